use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tempfile::TempDir;

use super::*;
use crate::audit::facts::CopyKind;

const SECRET: &str = "Zq3xPb81LmT0yWcR5sVnKdHj7uEgAo29";

fn sid() -> String {
    format!("SK{}", "0123456789abcdef".repeat(2))
}

fn needles() -> Vec<Needle> {
    let needle =
        |label: &str, value: String, identifier| Needle { label: label.into(), value: value.into(), identifier };
    vec![needle("TWILIO_API_SECRET", SECRET.into(), false), needle("TWILIO_API_KEY", sid(), true)]
}

fn put(home: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = home.path().join(name);
    std::fs::DirBuilder::new().recursive(true).create(path.parent().unwrap()).unwrap();
    File::create(&path).unwrap().write_all(bytes.as_ref()).unwrap();
    path
}

fn run(home: &TempDir, options: &Options<'_>) -> Report {
    search(&needles(), &[home.path().to_owned()], options)
}

fn paths(home: &TempDir, report: &Report) -> Vec<String> {
    let name = |hit: &Hit| hit.path.strip_prefix(home.path()).unwrap().display().to_string();
    report.hits.iter().map(name).collect()
}

#[test]
fn every_copy_is_found_with_its_place_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    put(&home, "app/.env", format!("# é\nX=1; TOKEN={SECRET}\nAGAIN={SECRET}\n"));
    put(&home, "app/.github/workflows/ci.yml", format!("env:\n  KEY: {}\n", sid()));
    put(&home, "k8s/secret.yaml", BASE64_STANDARD.encode(format!("{}:{SECRET}", sid())));
    put(&home, "app/near.txt", format!("{} {}", &SECRET[1..], SECRET.to_lowercase()));
    put(&home, "bin/program", [b"\x7fELF\0\0", SECRET.as_bytes(), b"\0"].concat());
    put(&home, "win.txt", SECRET.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    put(&home, "win2.txt", SECRET.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>());
    let report = run(&home, &Options::default());
    let brief: Vec<_> =
        report.hits.iter().map(|hit| (hit.line, hit.column, hit.offset, hit.count, hit.spelling)).collect();
    assert_eq!(
        paths(&home, &report),
        [
            "app/.env",
            "app/.github/workflows/ci.yml",
            "bin/program",
            "k8s/secret.yaml",
            "k8s/secret.yaml",
            "win.txt",
            "win2.txt"
        ]
    );
    assert_eq!(brief[0], (Some(2), Some(12), 16, 2, Spelling::Plain));
    assert_eq!(brief[1], (Some(2), Some(8), 12, 1, Spelling::Plain));
    assert_eq!(brief[2], (None, None, 6, 1, Spelling::Plain));
    assert_eq!((brief[3].4, brief[4].4), (Spelling::Base64, Spelling::Base64));
    assert_eq!((brief[5].0, brief[5].4, brief[6].4), (None, Spelling::Utf16Le, Spelling::Utf16Be));
    assert_eq!((report.hits[0].place.clone(), report.hits[1].place.clone()), (Place::Env, Place::Ci));
    assert!(report.hits[1].identifier && !report.hits[0].identifier);
    assert_eq!((report.files, report.unread, report.hits[0].mode.unwrap() & 0o600), (7, 0, 0o600));
    let shown = format!("{report:?}");
    assert!(!shown.contains(SECRET) && !shown.contains(&sid()));
    assert_eq!(run(&home, &Options::default()), report, "the same tree gives the same report");
}

#[test]
fn the_file_itself_is_no_copy_but_its_other_names_are_told() {
    let home = tempfile::tempdir().unwrap();
    let own = put(&home, "repos.env", SECRET);
    std::fs::hard_link(&own, home.path().join("other")).unwrap();
    symlink(&own, home.path().join("link")).unwrap();
    let found = own.metadata().unwrap();
    let audited = Audited { dev: found.dev(), ino: found.ino(), path: own.canonicalize().unwrap() };
    let report = run(&home, &Options { audited: Some(audited), ..Options::default() });
    assert_eq!(report.hits, []);
    assert_eq!(report.hard_links, [home.path().join("other")]);
}

#[test]
fn ignored_directories_are_left_out_and_counted_but_never_ignored_files() {
    let home = tempfile::tempdir().unwrap();
    for name in [".env", "target/out.txt", "src/main.py", "sub/deps/x", ".git/config", ".git/objects/ab/cd"] {
        put(&home, name, SECRET);
    }
    put(&home, ".git/HEAD", "ref: refs/heads/main\n");
    put(&home, ".git/refs/x", "");
    put(&home, ".gitignore", ".env\ntarget/\ndeps\n");
    let report = run(&home, &Options::default());
    assert_eq!(paths(&home, &report), [".env", ".git/config", "src/main.py"]);
    assert_eq!(report.pruned, 2);
    let all = run(&home, &Options { ignored: true, ..Options::default() });
    assert_eq!(paths(&home, &all), [".env", ".git/config", "src/main.py", "sub/deps/x", "target/out.txt"]);
}

#[test]
fn histories_and_backups_of_a_home_are_searched_without_being_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let tree = tempfile::tempdir().unwrap();
    put(&home, ".bash_history", format!("curl -u x:{SECRET} y\n"));
    put(&home, ".config/Code/User/History/-1a2b/Qx1.env", SECRET);
    put(&home, ".local/share/Trash/files/repos.env", SECRET);
    put(&home, "Documents/letter.txt", SECRET);
    let histfile = put(&tree, "my_hist", SECRET);
    let options = Options {
        home: Some(home.path().to_owned()),
        backups: true,
        histories: vec![histfile.clone(), home.path().join("none")],
        ..Options::default()
    };
    let report = search(&needles(), &[], &options);
    let found: Vec<_> = report.hits.iter().map(|hit| (hit.path.clone(), hit.place.clone())).collect();
    let at = |name: &str| home.path().join(name);
    for expected in [
        (at(".bash_history"), Place::History),
        (at(".config/Code/User/History/-1a2b/Qx1.env"), Place::Backup),
        (at(".local/share/Trash/files/repos.env"), Place::Backup),
        (histfile, Place::History),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    assert_eq!(found.len(), 4);
    let facts = report.facts();
    assert_eq!(facts.found.iter().filter(|copy| copy.kind == CopyKind::ShellHistory).count(), 2);
    assert!(facts.gaps.is_empty() && facts.found.iter().all(|copy| copy.secret));
    let brief = search(&needles(), &[], &Options { backups: false, histories: Vec::new(), ..options });
    assert_eq!(brief.hits.len(), 1);
}

#[test]
fn pipes_loops_and_sparse_giants_do_not_hold_up_the_search() {
    let home = tempfile::tempdir().unwrap();
    let pipe = home.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    symlink(home.path(), home.path().join("loop")).unwrap();
    symlink("/nowhere", home.path().join("dangling")).unwrap();
    let mut giant = File::create(home.path().join("giant")).unwrap();
    giant.seek(SeekFrom::Start(4 << 20)).unwrap();
    giant.write_all(SECRET.as_bytes()).unwrap();
    let report = run(&home, &Options::default());
    assert_eq!((paths(&home, &report), report.hits[0].offset), (vec!["giant".to_owned()], 4 << 20));
    assert_eq!(report.unread, 0);
}

#[test]
fn roots_within_roots_are_searched_once_and_a_missing_one_is_told() {
    let home = tempfile::tempdir().unwrap();
    let file = put(&home, "a/b/x", SECRET);
    let roots = [home.path().join("a/b"), home.path().to_owned(), home.path().join("a/../a"), file];
    let report = search(&needles(), &roots, &Options::default());
    assert_eq!((report.files, report.hits.len()), (1, 1));
    let missing = [home.path().join("none"), home.path().to_owned()];
    let report = search(&needles(), &missing, &Options::default());
    let missed: Vec<_> = report.missed.iter().map(|missed| (missed.path.as_path(), missed.why.as_str())).collect();
    assert_eq!((report.files, missed), (1, vec![(missing[0].as_path(), "it is not there")]));
}

/// A path of 10,000 characters, which no system call takes.
#[test]
fn what_is_too_deep_to_be_named_is_told_and_holds_up_nothing() {
    let home = tempfile::tempdir().unwrap();
    put(&home, "near", SECRET);
    let mut dir = File::open(home.path()).unwrap();
    let name = "d".repeat(250);
    let mut deep = home.path().to_owned();
    for _ in 0..40 {
        rustix::fs::mkdirat(&dir, &name, rustix::fs::Mode::RWXU).unwrap();
        let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::DIRECTORY;
        dir = File::from(rustix::fs::openat(&dir, &name, flags, rustix::fs::Mode::empty()).unwrap());
        deep.push(&name);
    }
    let report = run(&home, &Options::default());
    assert_eq!((paths(&home, &report), report.unread), (vec!["near".to_owned()], 1));
    let (path, why) = &report.unread_paths[0];
    assert!(deep.starts_with(path) && why.starts_with("it cannot be read: File name too long"), "{why}");
}

/// Run as another user, for root may read everything.
#[test]
fn what_may_not_be_read_is_counted_and_named() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let home = tempfile::tempdir_in("/var/tmp").unwrap();
    crate::store::file::create(&put(&home, "open/x", "").with_file_name("closed"), SECRET.as_bytes()).unwrap();
    put(&home, "open/y", SECRET);
    let shut = put(&home, "open/shut/z", SECRET);
    File::open(shut.parent().unwrap()).unwrap().set_permissions(std::fs::Permissions::from_mode(0o700)).unwrap();
    for dir in [home.path().to_owned(), home.path().join("open")] {
        File::open(dir).unwrap().set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let report = as_nobody(home.path());
    assert!(report.contains("hits 1 unread 2 "), "{report}");
    for named in ["open/closed\", \"it may not be read\"", "open/shut\", \"it may not be read\""] {
        assert!(report.contains(named), "{report}");
    }
}

/// Runs [`searches_for_a_parent`] in another process of this test program, as user 65534.
fn as_nobody(root: &Path) -> String {
    // By another process: what this one has open for writing, the children of other tests have too, and it does not start.
    let path = tempfile::NamedTempFile::new_in("/var/tmp").unwrap().into_temp_path();
    let own = std::env::current_exe().unwrap();
    assert!(Command::new("install").args(["-m", "755"]).arg(own).arg(&path).status().unwrap().success());
    let name = "audit::copies::tests::searches_for_a_parent";
    let out = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
        .arg(&path)
        .args(["--exact", name, "--ignored", "--nocapture"])
        .current_dir(root)
        .output()
        .unwrap();
    String::from_utf8(out.stdout).unwrap()
}

#[test]
#[ignore = "is started by another test, as another user"]
fn searches_for_a_parent() {
    let report = search(&needles(), &[".".into()], &Options::default());
    println!("hits {} unread {} {:?}", report.hits.len(), report.unread, report.unread_paths);
}

#[test]
fn git_keeps_what_the_tree_has_forgotten() {
    let home = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let author = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"];
        let mut command = Command::new("git");
        command.arg("-C").arg(home.path()).args(author).args(arguments).env("HOME", home.path());
        assert!(command.output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["init", "-q"]);
    put(&home, "config/app.env", format!("A={SECRET}\n"));
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    git(&["rm", "-q", "config/app.env"]);
    git(&["commit", "-qm", "two"]);
    git(&["repack", "-adq"]);
    let loose = put(&home, "lost", sid());
    git(&["hash-object", "-w", "lost"]);
    rustix::fs::unlink(&loose).unwrap();
    let asked = Git::new([("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())]);
    let report = run(&home, &Options { history: Some(&asked), ..Options::default() });
    assert_eq!((report.repositories, &report.unsearched), (1, &Vec::new()));
    assert_eq!(report.hits.len(), 2, "{:?}", report.hits);
    let traced = |hit: &Hit| match &hit.place {
        Place::GitHistory { origin: Origin::File { commit, name, by: Way::Branch }, .. } => {
            (Some(commit.len()), Some(name.clone()))
        }
        Place::GitHistory { origin: Origin::Nothing, .. } => (None, None),
        other => panic!("{other:?}"),
    };
    let mut found: Vec<_> = report.hits.iter().map(traced).collect();
    found.sort();
    assert_eq!(found, [(None, None), (Some(40), Some("config/app.env".into()))]);
    let none = Git::new([]).program("/nowhere/git");
    let report = run(&home, &Options { history: Some(&none), ..Options::default() });
    assert_eq!((report.missed[0].history, report.missed[0].why.as_str()), (true, "there is no git program"));
}
