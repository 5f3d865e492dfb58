//! `twcred audit --fix`, `--diff`, exceptions, the baseline: what is changed, and what is not.

#![expect(clippy::disallowed_methods, reason = "a test makes the files and modes it needs")]

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Ran, World, account_sid, exposed, key_sid, mode, remove, secret};

const QUIET: &[&str] = &["--ignore", "TW207,TW410,TW405"];

fn run(world: &World, more: &[&str]) -> Ran {
    world.run(&[&["audit", "repos.env"], QUIET, more].concat())
}

fn pair() -> String {
    format!("TWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n", key_sid('1'), secret('1'))
}

fn faulty(world: &World) -> String {
    let text = format!(
        "\u{feff}# all\r\nTWILIO_ACCOUNT_SID={}\r\nTWILIO_API_KEY=\"{}\" # main\r\nTWILIO_API_SECRET = {}  \r\n\r\nA=$(x)",
        account_sid('a'),
        key_sid('1'),
        secret('1'),
    );
    world.private("repos.env", &text);
    chmod(&world.path("repos.env"), 0o644);
    text
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn names(world: &World) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(world.home.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_preview_changes_nothing_and_shows_no_value() {
    let world = World::new();
    let text = faulty(&world);
    let before = std::fs::metadata(world.path("repos.env")).unwrap();
    let ran = run(&world, &["--diff"]);
    assert!(!world.leaks(&ran.raw_out) && !ran.raw_out.contains("main"));
    assert_snapshot!(ran, @r#"
    exit: 3
    --- stdout
    --- repos.env
    +++ repos.env
    @@ -1,6 +1,7 @@
    -# ***?
    -TWILIO_ACCOUNT_SID=**********************************?
    -TWILIO_API_KEY="**********************************" # ****?
    -TWILIO_API_SECRET = ********************************  ?
    -?
    -A=$(*)
    \ No newline at end of file
    +# ***
    +TWILIO_ACCOUNT_SID=**********************************
    +# ****
    +TWILIO_API_KEY=**********************************
    +TWILIO_API_SECRET=********************************
    +
    +A=$(*)
    mode of repos.env: 0644 becomes 0600
    1 file audited: found 2 critical, 5 errors, 2 warnings, 1 info; 9 can be mended with --fix
    "#);
    let after = std::fs::metadata(world.path("repos.env")).unwrap();
    assert_eq!((world.read("repos.env"), before.ino(), before.mode()), (text, after.ino(), after.mode()));
}

#[test]
fn what_is_safe_is_mended_once_and_the_rest_is_left() {
    let world = World::new();
    faulty(&world);
    let ran = run(&world, &["--fix"]);
    assert!(!world.leaks(&ran.raw_out), "{ran}");
    assert_snapshot!(ran, @r"
    exit: 3
    --- stdout
    critical[TW313]: A: a shell runs this as a command
     --> repos.env:7:3
      |
    7 | A=$(*)
      |   ^^^^
      |
      = note: read otherwise by bash, dash, zsh, xargs, deno, dotenvy, dotenv-rs and direnv
      = why: Every shell that reads the file runs it.
      = help: Write the value itself.

    repos.env: TW101 mended: close the file to others
    repos.env: TW102 mended: close the file to others
    repos.env: TW318 mended: end lines in LF
    repos.env: TW319 mended: remove the mark
    repos.env: TW305 mended: remove the quotes (TWILIO_API_KEY)
    repos.env: TW308 mended: give the comment its own line (TWILIO_API_KEY)
    repos.env: TW303 mended: remove the blanks (TWILIO_API_SECRET)
    repos.env: TW322 mended: remove the blanks (TWILIO_API_SECRET)
    repos.env: TW325 mended: end the last line
    1 file audited: found 1 critical; 9 mended
    ");
    let expected = format!(
        "# all\nTWILIO_ACCOUNT_SID={}\n# main\nTWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n\nA=$(x)\n",
        account_sid('a'),
        key_sid('1'),
        secret('1')
    );
    assert_eq!(world.read("repos.env"), expected);
    assert_eq!(mode(&world.path("repos.env")), 0o600);
    assert_eq!(names(&world), ["repos.env"], "no backup, nothing left behind");
    let inode = std::fs::metadata(world.path("repos.env")).unwrap().ino();
    let again = run(&world, &["--fix", "--json"]);
    let json: Value = serde_json::from_str(&again.raw_out).unwrap();
    assert_eq!(json["summary"]["fixed"], 0);
    assert_eq!(
        std::fs::metadata(world.path("repos.env")).unwrap().ino(),
        inode,
        "a file without fault is not replaced"
    );
    let clean = run(&world, &["--fix", "--ignore", "TW313"]);
    assert_eq!(clean.code, Some(0), "the exit code is about what is left: {clean}");
}

#[test]
fn what_somebody_may_rely_upon_takes_a_second_flag() {
    let world = World::new();
    world.private(
        "repos.env",
        &format!("TWILIO_ACCOUNT_SID={}\nexport TWILIO_PHONE_NUMBER=+1-555-010-0000\n", account_sid('a')),
    );
    let before = world.read("repos.env");
    let ran = run(&world, &["--fix"]);
    assert!(ran.raw_out.contains("with --fix --unsafe-fixes"), "{ran}");
    assert_eq!(world.read("repos.env"), before);
    run(&world, &["--fix", "--unsafe-fixes"]);
    assert!(world.read("repos.env").ends_with("\nTWILIO_PHONE_NUMBER=+15550100000\n"), "{}", world.read("repos.env"));
}

/// Each value fits where the other stands, so that nobody has to guess.
#[test]
fn values_under_each_others_names_are_exchanged() {
    let world = World::new();
    let text = |account: &str, key: &str| {
        format!("# shop\nTWILIO_ACCOUNT_SID={account}\nTWILIO_API_KEY={key}\nTWILIO_API_SECRET={}\n", secret('1'))
    };
    let (account, key) = (format!("AC{}", "5e3d".repeat(8)), format!("SK{}", "07ab".repeat(8)));
    world.private("repos.env", &text(&key, &account));
    let only = ["--select", "TW409"];
    let shown = run(&world, &[&only[..], &["--diff", "--unsafe-fixes"]].concat());
    assert!(!world.leaks(&shown.raw_out) && !shown.raw_out.contains(&key) && !shown.raw_out.contains(&account));
    assert_snapshot!(shown, @r"
    exit: 3
    --- stdout
    --- repos.env
    +++ repos.env
    @@ -1,4 +1,4 @@
     # ****
    -TWILIO_ACCOUNT_SID=**********************************
    -TWILIO_API_KEY=**********************************
    +TWILIO_ACCOUNT_SID=**********************************
    +TWILIO_API_KEY=**********************************
     TWILIO_API_SECRET=********************************
    repos.env: exchange the values of TWILIO_ACCOUNT_SID and TWILIO_API_KEY (unsafe)
    1 file audited: found 2 errors; 1 with --fix --unsafe-fixes
    ");
    run(&world, &[&only[..], &["--fix"]].concat());
    assert_eq!(world.read("repos.env"), text(&key, &account), "whose value it is, is for the user to say");
    let ran = run(&world, &[&only[..], &["--fix", "--unsafe-fixes"]].concat());
    assert_snapshot!(ran, @r"
    exit: 0
    --- stdout
    repos.env: TW409 mended: exchange the values of TWILIO_ACCOUNT_SID and TWILIO_API_KEY (TWILIO_ACCOUNT_SID)
    1 file audited: nothing found; 1 mended
    ");
    assert_eq!(world.read("repos.env"), text(&account, &key));
    // Twice the same thing: which of them is meant cannot be told.
    let twice = format!("{}TWILIO_API_KEY_SID={account}\n", text(&key, &account));
    remove(&world.path("repos.env"));
    world.private("repos.env", &twice);
    let ran = run(&world, &[&only[..], &["--fix", "--unsafe-fixes"]].concat());
    assert_eq!((ran.code, world.read("repos.env")), (Some(3), twice));
}

#[test]
fn a_file_in_utf_16_is_written_anew_as_utf_8() {
    let world = World::new();
    let utf16: Vec<u8> =
        format!("\u{feff}TWILIO_API_SECRET={}\r\n", secret('1')).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let file = world.private_bytes("repos.env", &utf16);
    let only = ["--select", "TW320,TW318", "--unsafe-fixes"];
    let shown = run(&world, &[&only[..], &["--diff"]].concat());
    assert!(!world.leaks(&shown.raw_out), "{shown}");
    assert_snapshot!(shown, @r"
    exit: 3
    --- stdout
    --- repos.env
    +++ repos.env
    @@ -1,2 +1,1 @@
    -??*?*?*?*?*?*?_?*?*?*?_?*?*?*?*?*?*?=?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*???
    -?
    \ No newline at end of file
    +TWILIO_API_SECRET=********************************
    encoding of repos.env: UTF-16 becomes UTF-8 (unsafe)
    1 file audited: found 1 error; 1 with --fix --unsafe-fixes
    ");
    assert_eq!(std::fs::read(&file).unwrap(), utf16);
    let ran = run(&world, &[&only[..], &["--fix"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("repos.env"), format!("TWILIO_API_SECRET={}\n", secret('1')));
    assert_eq!(mode(&file), 0o600);
}

#[test]
fn a_link_stays_and_its_target_is_mended() {
    let world = World::new();
    std::fs::create_dir(world.path("real")).unwrap();
    chmod(&world.path("real"), 0o700);
    world.private("real/repos.env", "A='x'\n");
    std::os::unix::fs::symlink("real/repos.env", world.path("repos.env")).unwrap();
    run(&world, &["--fix"]);
    assert!(world.path("repos.env").is_symlink());
    assert_eq!(world.read("real/repos.env"), "A=x\n");
}

/// A replaced file would leave the old secrets under the other name: then nothing is changed at all.
#[test]
fn a_file_with_two_names_is_mended_whole_or_not_at_all() {
    let world = World::new();
    let file = world.private("repos.env", "A='x'\n");
    chmod(&file, 0o644);
    std::fs::hard_link(&file, world.path("other")).unwrap();
    let ran = run(&world, &["--fix", "--select", "TW1,TW305"]);
    assert_snapshot!(ran, @r"
    exit: 1
    --- stdout
    critical[TW101]: mode 0644 lets every user read it
    --> repos.env
     = note: closing it does not call back what was read while it was open: rotate the credentials too
     = note: --fix changes nothing: it has 2 names (hard links), and the others would keep the old content
     = why: Any local account, also that of a broken-in web server, reads the credentials or puts its own in their place.
     = help: Take the rights away with `chmod 600`. Whoever could read the file has had the chance: rotate what is in it.

    error[TW102]: mode 0644 lets group 0 read it
    --> repos.env
     = note: --fix changes nothing: it has 2 names (hard links), and the others would keep the old content
     = why: Every member of the group, now or later, reads the credentials.
     = help: Take the rights away with `chmod 600`; if the group is meant to read the file, allow it with `--allow-group`.

    warning[TW113]: it has 2 names
    --> repos.env
     = why: When the file is replaced, the old secrets stay under the other name, perhaps in an open directory.
     = help: Find the other name with `find / -samefile FILE` and remove it.

    warning[TW305]: A: the quotes are not needed
     --> repos.env:1:3
      |
    1 | A='*'
      |   ^^^
      |
      = note: read otherwise by docker
      = note: --fix changes nothing: it has 2 names (hard links), and the others would keep the old content
      = why: docker takes the quotes for a part of the value and hands them to Twilio, which answers 20003. No way of quoting means the same to every reader.
      = help: Remove the quotes where the value does without them, as every value of Twilio's does.

    1 file audited: found 1 critical, 1 error, 2 warnings
    --- stderr
    error: cannot mend repos.env, and nothing of it was changed
      because: repos.env has 2 names (hard links); the old secret would stay under the others
    hint: keep one name, and make the others symbolic links to it
    hint: its other name is ~/other
    hint: `twcred audit --fix --select TW1 repos.env` closes it to others under all its names
    ");
    assert_eq!((world.read("repos.env").as_str(), mode(&file)), ("A='x'\n", 0o644));
    assert_eq!(names(&world), ["other", "repos.env"], "no trial is left behind");
    // The rights alone are those of every name.
    let ran = run(&world, &["--fix", "--select", "TW1"]);
    assert!(ran.code == Some(0) && ran.raw_out.contains("TW101 mended"), "{ran}");
    assert_eq!((mode(&file), mode(&world.path("other"))), (0o600, 0o600));
    std::fs::remove_file(world.path("other")).unwrap();
    assert_eq!(run(&world, &["--fix"]).code, Some(0));
    assert_eq!(world.read("repos.env"), "A=x\n");
}

#[test]
fn a_backup_is_closed_and_removed_only_if_it_holds_a_value() {
    let world = World::new();
    world.private("repos.env", &pair());
    for (name, text) in [("repos.env.bak", pair()), ("repos.env~", "# nothing\n".to_owned())] {
        world.private(name, &text);
        chmod(&world.path(name), 0o644);
    }
    let ran = run(&world, &["--fix", "--ignore", "TW503"]);
    assert!(ran.raw_out.contains("TW205"), "{ran}");
    assert_eq!((mode(&world.path("repos.env.bak")), names(&world).len()), (0o600, 3), "{ran}");
    chmod(&world.path("repos.env.bak"), 0o644);
    let ran = run(&world, &["--fix", "--unsafe-fixes"]);
    assert_eq!(names(&world), ["repos.env", "repos.env~"], "it need not be closed first\n{ran}");
}

#[test]
fn a_copy_that_was_removed_is_told_no_more() {
    for folder in [".", "~", "repos.env.bak"] {
        let world = World::new();
        world.private("repos.env", &pair());
        world.private("repos.env.bak", &pair());
        world.file("other", &pair());
        let home = world.home.path().to_str().unwrap().to_owned();
        let folder = if folder == "~" { home.as_str() } else { folder };
        let copies = ["--copies", folder, "--select", "TW205,TW504"];
        let before = run(&world, &copies);
        assert!(before.code == Some(3) && before.raw_out.contains("repos.env.bak"), "{before}");
        let ran = run(&world, &[&["--fix", "--unsafe-fixes", "--json"], &copies[..]].concat());
        assert!(!world.path("repos.env.bak").exists(), "{ran}");
        let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
        let paths = json["files"][0]["findings"].as_array().unwrap().iter();
        let paths: Vec<_> = paths.map(|found| found["locations"][0]["path"].as_str().unwrap()).collect();
        let other = folder != "repos.env.bak";
        assert_eq!(paths.len(), usize::from(other), "{paths:?}");
        assert!(paths.iter().all(|path| path.ends_with("other")), "{paths:?}");
        assert_eq!(ran.code, Some(if other { 3 } else { 0 }), "{ran}");
    }
}

#[test]
fn exceptions_in_the_file_and_in_the_configuration() {
    let world = World::new();
    world.private("repos.env", "# twcred: ignore[TW305] docker is not used\nA='x'\nB='y'\nC='z'\n");
    std::fs::create_dir_all(world.path(".config/twcred")).unwrap();
    world.file(
        ".config/twcred/audit.toml",
        "fail-on = \"warning\"\n[[exception]]\nrule = \"quoted-value\"\npath = \"~/repos.env\"\nvariable = \"B\"\nreason = \"r\"\n\
         until = 2999-12-31\n[[exception]]\nrule = \"TW305\"\npath = \"~/repos.env\"\nvariable = \"C\"\nreason = \"r\"\nuntil = 2020-01-01\n",
    );
    let left = |more: &[&str]| {
        let ran = run(&world, &[&["--json"], more].concat());
        assert_ne!(ran.code, Some(2), "{ran}");
        let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
        let found = json["files"][0]["findings"].as_array().unwrap().clone();
        let names: Vec<_> = found.iter().map(|f| f["variable"].as_str().unwrap_or("-").to_owned()).collect();
        (names.join(" "), json["summary"]["suppressed"].as_u64().unwrap(), ran.code)
    };
    assert_eq!(left(&[]), ("C".into(), 2, Some(3)), "an exception that has ended holds no more");
    assert_eq!(left(&["--no-ignores"]), ("A B C".into(), 0, Some(3)));
    assert_eq!(run(&world, &["--config", "/dev/null"]).code, Some(2));
    world.file("empty.toml", "");
    assert_eq!(left(&["--config", "empty.toml"]), ("B C".into(), 1, Some(0)));
    // What stands beside the file is nobody's configuration.
    world.file("audit.toml", "ignore = [\"TW305\"]\n");
    world.file("twcred.toml", "ignore = [\"TW305\"]\n");
    assert_eq!(left(&[]).0, "C");
    chmod(&world.path(".config/twcred/audit.toml"), 0o666);
    let ran = run(&world, &[]);
    assert!(ran.code == Some(2) && ran.raw_err.contains("may be written by others"), "{ran}");
}

#[test]
fn a_baseline_knows_findings_wherever_they_move_to() {
    let world = World::new();
    world.private("repos.env", &format!("A='x'\n{}", pair()));
    let ran = run(&world, &["--ignore", "TW503", "--write-baseline", "known.txt"]);
    assert_snapshot!(ran, @r"
    exit: 0
    --- stdout
    1 file audited: nothing found; 1 known
    --- stderr
    1 finding written to known.txt
    ");
    let known = world.read("known.txt");
    assert!(!world.leaks(&known) && known.contains(" TW305 repos.env A"), "{known}");
    let text = format!("# moved\n\n{}B='new'\n", world.read("repos.env"));
    world.file("repos.env", &text);
    let ran = run(&world, &["--ignore", "TW503", "--baseline", "known.txt", "--fail-on", "warning"]);
    assert!(ran.code == Some(3) && ran.raw_out.contains("repos.env:6:3") && ran.raw_out.contains("1 known"), "{ran}");
    run(&world, &["--ignore", "TW503", "--write-baseline", "again.txt"]);
    let ran = run(&world, &["--ignore", "TW503", "--baseline", "again.txt", "--fail-on", "info"]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

#[test]
fn a_baseline_of_half_the_findings_is_not_written() {
    let world = World::new();
    world.private("repos.env", &format!("A='x'\n{}", pair()));
    let known = ["--ignore", "TW503", "--write-baseline", "known.txt"];
    assert_eq!(run(&world, &known).code, Some(0));
    let before = world.read("known.txt");
    for missing in [&["--copies", "gone"][..], &["gone.env"]] {
        let ran = run(&world, &[&known, missing].concat());
        assert_eq!((ran.code, world.read("known.txt")), (Some(1), before.clone()), "{ran}");
        assert!(ran.raw_err.contains("no baseline is written to known.txt"), "{ran}");
        assert!(ran.raw_out.contains("TW305"), "what is not known is told\n{ran}");
    }
}

#[test]
fn copies_in_a_tree_and_in_a_history() {
    let world = World::new();
    world.private("repos.env", &pair());
    std::fs::create_dir_all(world.path("app/.github/workflows")).unwrap();
    world.file("app/.github/workflows/ci.yml", &format!("env:\n  S: {}\n", secret('1')));
    world.file(".bash_history", &format!("ls\nexport S={}\n", secret('1')));
    let ran = run(&world, &["--select", "TW504,TW506"]);
    assert_eq!(ran.code, Some(0), "histories can be long: without --copies nobody looks\n{ran}");
    let ran = run(&world, &["--ignore", "TW503", "--copies", "app", "--select", "TW504,TW506", "--format", "github"]);
    assert!(!world.leaks(&ran.raw_out), "{ran}");
    assert_snapshot!(ran, @r"
    exit: 3
    --- stdout
    ::error file=app/.github/workflows/ci.yml,line=2,endLine=2,col=6,endColumn=6,title=TW504 secret-copied-elsewhere::TWILIO_API_SECRET: the secret stands in another file too (of repos.env). Take the value out there, and let the program read this file.
    ::error file=.bash_history,line=2,endLine=2,col=10,endColumn=10,title=TW506 secret-in-shell-history::TWILIO_API_SECRET: the secret stands in a history of typed commands (of repos.env). Delete the line from the history, and rotate.
    ");
}

#[test]
fn git_is_asked_of_files_in_a_work_tree() {
    let world = World::new();
    world.private("repos.env", &pair());
    world.git(".", &["init", "-q"]);
    let codes = |more: &[&str]| {
        let ran = run(&world, &[&["--select", "TW201,TW202,TW203", "--json"], more].concat());
        let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
        let found = json["files"][0]["findings"].as_array().unwrap().clone();
        found.iter().map(|f| f["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes(&[]), ["TW202"]);
    assert_eq!(codes(&["--fix"]), ["TW202"], "whether git is to ignore it is for the user to say");
    // Where git made no folder for it, nothing is promised.
    std::fs::rename(world.path(".git/info"), world.path(".git/away")).unwrap();
    let ran = run(&world, &["--select", "TW202"]);
    assert!(ran.raw_out.contains("there is no folder"), "{ran}");
    std::fs::rename(world.path(".git/away"), world.path(".git/info")).unwrap();
    assert!(codes(&["--fix", "--unsafe-fixes"]).is_empty());
    assert!(world.read(".git/info/exclude").ends_with("/repos.env\n"));
    world.git(".", &["add", "-f", "repos.env"]);
    assert_eq!(codes(&[]), ["TW201"]);
    world.git(".", &["commit", "-q", "-m", "x"]);
    world.git(".", &["rm", "-q", "--cached", "repos.env"]);
    assert_eq!(codes(&[]), ["TW203"]);
}

#[test]
fn a_value_of_the_environment_is_compared_and_never_shown() {
    let world = World::new().env("TWILIO_API_SECRET", &secret('2'));
    world.private("repos.env", &pair());
    let ran = run(&world, &["--select", "TW416", "--fail-on", "warning"]);
    assert!(ran.code == Some(3) && !ran.raw_out.contains(&secret('2')), "{ran}");
    let same = World::new().env("TWILIO_API_SECRET", &secret('1'));
    same.private("repos.env", &pair());
    assert_eq!(run(&same, &["--select", "TW416", "--fail-on", "warning"]).code, Some(0));
    let key = same.pair(&key_sid('1'));
    assert_eq!(exposed(&key.secret), secret('1'));
}
