//! `twcred audit --copies`: where else the values of a file stand, and what is said of what was not searched.

#![expect(clippy::disallowed_methods, reason = "a test makes the trees it needs")]

use std::fs::create_dir_all;
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Ran, World, key_sid, secret, skipped};

const RULES: &[&str] = &["--select", "TW504,TW506"];

fn world() -> World {
    let world = World::new();
    world.private("repos.env", &format!("TWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n", key_sid('1'), secret('1')));
    world
}

fn run(world: &World, more: &[&str]) -> Ran {
    let ran = world.run(&[&["audit", "repos.env"], RULES, more].concat());
    assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err), "{ran}");
    ran
}

fn put(world: &World, name: &str, bytes: impl AsRef<[u8]>) {
    create_dir_all(world.path(name).parent().unwrap()).unwrap();
    std::fs::write(world.path(name), bytes).unwrap();
}

/// The path of each finding, as it is shown, and its severity.
fn found(ran: &Ran) -> Vec<(String, String)> {
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = json["files"][0]["findings"].as_array().unwrap();
    let one = |finding: &Value| (text(&finding["locations"][0]["path"]), text(&finding["severity"]));
    let mut all: Vec<_> = findings.iter().map(one).collect();
    all.sort();
    all
}

#[test]
fn every_sort_of_file_in_a_tree_is_searched() {
    let world = world();
    let utf16: Vec<u8> = secret('1').encode_utf16().flat_map(u16::to_le_bytes).collect();
    let plain = secret('1').into_bytes();
    for (name, bytes) in [
        ("app/.env.production", plain.clone()),
        ("app/.github/workflows/ci.yml", plain.clone()),
        ("app/.hidden/deep/er/x", plain.clone()),
        ("app/.repos.env.swp", [b"b0VIM 9.0\0\0", plain.as_slice()].concat()),
        ("app/a.ipynb", format!("{{\"source\": [\"t = '{}'\\n\"]}}", secret('1')).into_bytes()),
        ("app/docker-compose.yml", plain.clone()),
        ("app/k8s.yaml", BASE64_STANDARD.encode(format!("x{}", secret('1'))).into_bytes()),
        ("app/main.py~", plain.clone()),
        ("app/program", [b"\x7fELF\0\0", plain.as_slice()].concat()),
        ("app/windows.txt", [b"\xff\xfe", utf16.as_slice()].concat()),
    ] {
        put(&world, name, bytes);
    }
    put(&world, "app/near.txt", format!("{} {}", &secret('1')[1..], secret('1').to_uppercase()));
    let ran = run(&world, &["--copies", "app", "--json"]);
    let paths: Vec<_> = found(&ran).into_iter().map(|(path, _)| path).collect();
    let expected = [
        "app/.env.production",
        "app/.github/workflows/ci.yml",
        "app/.hidden/deep/er/x",
        "app/.repos.env.swp",
        "app/a.ipynb",
        "app/docker-compose.yml",
        "app/k8s.yaml",
        "app/main.py~",
        "app/program",
        "app/windows.txt",
    ];
    assert_eq!(paths, expected, "{ran}");
}

#[test]
fn a_sid_is_told_apart_from_a_secret_and_short_values_are_not_looked_for() {
    let world = World::new();
    // What is monotonous or counts up is a placeholder.
    let sid = format!("SK{}", "0a1b2c3d4e5f6789".repeat(2));
    world.private(
        "repos.env",
        &format!("TWILIO_API_KEY={sid}\nTWILIO_API_SECRET={}\nDB_PASSWORD=hunter2hunter2x\n", secret('1')),
    );
    put(&world, "app/sid.txt", format!("key {sid}\n"));
    put(&world, "app/password.txt", "hunter2hunter2x");
    put(&world, "app/secret.txt", secret('1'));
    let both = run(&world, &["--copies", "app", "--json"]);
    assert_eq!(both.err, "DB_PASSWORD has fewer than 16 bytes and was not looked for\n");
    let pair = |path: &str, severity: &str| (path.to_owned(), severity.to_owned());
    assert_eq!(found(&both), [pair("app/secret.txt", "error"), pair("app/sid.txt", "info")]);
}

#[test]
fn a_placeholder_is_not_looked_for_and_that_is_told() {
    let world = World::new();
    let text =
        format!("TWILIO_API_SECRET={}\nA_TOKEN=your_token_goes_here_please\nB_TOKEN=\nAPP=todo\n", "a".repeat(32));
    world.private("repos.env", &text);
    put(&world, "app/x", "a".repeat(32));
    let ran = run(&world, &["--copies", "app"]);
    assert_snapshot!(ran.err, @r"
    A_TOKEN looks like a placeholder and was not looked for
    TWILIO_API_SECRET looks like a placeholder and was not looked for
    B_TOKEN has fewer than 16 bytes and was not looked for
    warning: repos.env: no value of the file could be looked for
    ");
}

/// Wherever it lies and whatever it is called, and also where a folder that is searched holds it.
#[test]
fn what_histfile_names_is_a_history() {
    for folder in ["app", "kept"] {
        let world = world();
        put(&world, "app/x", "");
        put(&world, "kept/typed", format!("export S={}\n", secret('1')));
        std::os::unix::fs::symlink(world.path("kept/typed"), world.path("link")).unwrap();
        for named in ["kept/typed", "link"] {
            let path = world.path(named).display().to_string();
            let mut command = world.command(&["audit", "repos.env", "--copies", folder, "--json"]);
            let output = command.args(RULES).env("HISTFILE", path).output().unwrap();
            let json: Value = serde_json::from_slice(&output.stdout).unwrap();
            let findings = json["files"][0]["findings"].as_array().unwrap();
            let codes: Vec<_> = findings.iter().map(|found| found["code"].as_str().unwrap()).collect();
            assert_eq!(codes, ["TW506"], "{folder} {named} {json}");
        }
    }
}

/// A copy belongs to the variable whose value it is: that is where a comment excuses it.
#[test]
fn a_comment_above_the_variable_excuses_its_copies() {
    let world = World::new();
    put(&world, "app/x", secret('1'));
    let comment = "# twcred: ignore[TW504] the test needs it\n";
    let sid = format!("TWILIO_API_KEY=SK{}\n", "0a1b2c3d4e5f6789".repeat(2));
    let value = format!("TWILIO_API_SECRET={}\n", secret('1'));
    let codes = |text: String, more: &[&str]| {
        let _ = std::fs::remove_file(world.path("repos.env"));
        world.private("repos.env", &text);
        let ran = world.run(&[&["audit", "repos.env", "--select", "TW504,TW509", "--json"], more].concat());
        let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
        let findings = json["files"][0]["findings"].as_array().unwrap().iter();
        let codes: Vec<_> = findings.map(|found| found["code"].as_str().unwrap().to_owned()).collect();
        (codes, json["summary"]["suppressed"].as_u64().unwrap())
    };
    let copies = ["--copies", "app"];
    let none: [String; 0] = [];
    assert_eq!(codes(format!("{sid}{comment}{value}"), &copies), (none.to_vec(), 1));
    assert_eq!(codes(format!("{comment}{sid}{value}"), &copies), (vec!["TW504".to_owned()], 0), "of another variable");
    // Another folder may have a copy; of the end of the file none has.
    assert_eq!(codes(format!("{sid}{comment}{value}"), &[]), (none.to_vec(), 0));
    assert_eq!(codes(format!("{sid}{comment}"), &[]), (vec!["TW509".to_owned()], 0));
    let colon = format!("TWILIO_AUTH_TOKEN: {}\n", secret('1'));
    for below in ["\n", "# what\n", &colon] {
        assert_eq!(codes(format!("{comment}{below}{sid}"), &[]), (none.to_vec(), 0), "{below:?}");
    }
    // The copy is found under the first of two variables that have the value.
    let second = format!("SHOP_API_SECRET={}\n", secret('1'));
    assert_eq!(codes(format!("{value}{comment}{second}"), &copies), (none.to_vec(), 1));
    assert_eq!(codes(format!("{comment}{value}{second}"), &copies), (none.to_vec(), 1));
}

#[test]
fn folders_that_git_ignores_are_left_out_and_told() {
    let world = world();
    for name in ["app/.env", "app/target/out", "app/src/main.py", "app/node_modules/x/y"] {
        put(&world, name, secret('1'));
    }
    put(&world, "app/.gitignore", ".env\ntarget/\nnode_modules\n");
    world.git("app", &["init", "-q"]);
    assert_snapshot!(run(&world, &["--copies", "app", "--format", "github"]), @r"
    exit: 3
    --- stdout
    ::error file=app/.env,line=1,endLine=1,col=1,endColumn=1,title=TW504 secret-copied-elsewhere::TWILIO_API_SECRET: the secret stands in another file too (of repos.env). Take the value out there, and let the program read this file.
    ::error file=app/src/main.py,line=1,endLine=1,col=1,endColumn=1,title=TW504 secret-copied-elsewhere::TWILIO_API_SECRET: the secret stands in another file too (of repos.env). Take the value out there, and let the program read this file.
    ::notice title=cannot tell::repos.env: cannot tell about copies: 2 folders that git ignores left out; --include-ignored searches them too
    --- stderr
    2 folders that git ignores left out; --include-ignored searches them too
    ");
    let all = run(&world, &["--copies", "app", "--include-ignored", "--json"]);
    let paths: Vec<_> = found(&all).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["app/.env", "app/node_modules/x/y", "app/src/main.py", "app/target/out"]);
    assert_eq!(all.raw_err, "");
}

#[test]
fn the_history_of_a_repository_is_searched_loose_and_packed() {
    let world = world();
    put(&world, "app/odd\u{1b}[31m.py", format!("S = '{}'\n", secret('1')));
    world.git("app", &["init", "-q"]);
    world.git("app", &["add", "."]);
    world.git("app", &["commit", "-qm", "one"]);
    world.git("app", &["rm", "-qr", "."]);
    world.git("app", &["commit", "-qm", "two"]);
    create_dir_all(world.path("app")).unwrap();
    for packed in [false, true] {
        if packed {
            world.git("app", &["gc", "-q", "--prune=now"]);
        }
        let without = run(&world, &["--copies", "app", "--json"]);
        assert_eq!(found(&without), [], "{without}");
        let ran = run(&world, &["--copies", "app", "--history"]);
        assert_eq!(ran.code, Some(3));
        assert!(ran.out.contains("TWILIO_API_SECRET: the secret stands in the history of a repository too"), "{ran}");
        assert!(ran.out.contains("odd\\u{1b}[31m.py of commit "), "{packed} {ran}");
        assert!(!ran.raw_out.contains('\u{1b}'), "{ran}");
    }
}

/// None of it may hold up the search, or be followed out of the tree.
#[test]
fn pipes_links_and_odd_names_in_a_tree() {
    let world = world();
    put(&world, "outside/x", secret('1'));
    put(&world, "app/\u{1b}[31mred\u{7}\nline", secret('1'));
    put(&world, &format!("app/{}", "n".repeat(255)), secret('1'));
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, world.path(name)).unwrap();
    link(".", "app/loop");
    link("../outside", "app/out");
    link("itself", "app/itself");
    assert!(Command::new("mkfifo").arg(world.path("app/pipe")).status().unwrap().success());
    for format in ["human", "json", "sarif", "github"] {
        let ran = run(&world, &["--copies", "app", "--format", format]);
        assert!(!ran.raw_out.contains('\u{1b}') && !ran.raw_out.contains('\u{7}'), "{format} {:?}", ran.raw_out);
        assert!(!ran.raw_out.contains("outside"), "{ran}");
        assert_eq!((ran.code, ran.raw_err.as_str()), (Some(3), ""), "{format}");
    }
    assert_eq!(found(&run(&world, &["--copies", "app", "--json"])).len(), 2);
}

/// Root may read everything, so another user searches.
#[test]
fn what_may_not_be_read_is_told() {
    if !rustix::process::geteuid().is_root() {
        return skipped("a search by another user", "needs root");
    }
    let world = world();
    for name in ["app/shut/x", "app/open/y"] {
        put(&world, name, secret('1'));
    }
    world.private("app/closed", &secret('1'));
    let chmod = |name: &str, mode: u32| {
        let rights = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(world.path(name), rights).unwrap();
    };
    chmod("app/shut", 0o700);
    chmod("", 0o755);
    std::os::unix::fs::chown(world.path("repos.env"), Some(65534), Some(65534)).unwrap();
    let own = world.command(&[&["audit", "repos.env", "--copies", "app", "--format", "github"], RULES].concat());
    // By another process: what this one has open for writing, the children of other tests have too, and it does not start.
    let program = tempfile::NamedTempFile::new_in("/var/tmp").unwrap().into_temp_path();
    let copied = Command::new("install").args(["-m", "755"]).arg(own.get_program()).arg(&program).status().unwrap();
    assert!(copied.success());
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(&program).args(own.get_args());
    command.env_clear().env("HOME", world.home.path()).env("PATH", "/usr/bin:/bin").current_dir(world.home.path());
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(out.contains("file=app/open/y") && !world.leaks(&out) && !world.leaks(&err), "{out}{err}");
    assert_snapshot!(err, @r"
    warning: app/closed was not searched: it may not be read
    warning: app/shut was not searched: it may not be read
    ");
}

#[test]
fn what_is_not_there_fails_and_stops_nothing_else() {
    let world = world();
    put(&world, "app/copy", secret('1'));
    put(&world, "q.env", format!("TWILIO_API_SECRET='{}'\n", secret('1')));
    let copies = ["--copies", "app", "--copies", "app/gone", "--format", "json"];
    let ran = world.run(&[&["audit", "q.env", "--fix", "--select", "TW101,TW305,TW504"], &copies[..]].concat());
    let paths: Vec<_> = found(&ran).into_iter().map(|(path, _)| path).collect();
    assert_eq!((paths, ran.code), (vec!["app/copy".to_owned()], Some(1)), "{ran}");
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
    assert_eq!(json["unread"][0]["path"], "app/gone", "{ran}");
    assert_eq!(std::fs::read_to_string(world.path("q.env")).unwrap(), format!("TWILIO_API_SECRET={}\n", secret('1')));
    assert_eq!(crate::support::mode(&world.path("q.env")), 0o600);
    let ran = run(&world, &["--copies", "gone"]);
    assert!(ran.code == Some(1) && ran.err.contains("cannot search gone for copies"), "{ran}");
    assert!(ran.err.contains("it is not there"), "{ran}");
}
