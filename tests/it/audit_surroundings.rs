//! `twcred audit` on what stands around the file: packages and scripts that give it away, and the journals of this
//! machine.

#![expect(clippy::disallowed_methods, reason = "a test makes the folders it needs")]

use insta::assert_snapshot;

use crate::support::{Ran, World, mode, remove, repos};

fn found(world: &World, code: &str) -> Ran {
    world.run(&["audit", "app/repos.env", "--select", code, "--fail-on", "info"])
}

fn project() -> World {
    let world = World::new();
    std::fs::create_dir(world.path("app")).unwrap();
    world.private("app/repos.env", "OTHER=x\n");
    world
}

#[test]
fn a_package_that_would_publish_the_file_is_told() {
    let world = project();
    assert_eq!(found(&world, "TW211").code, Some(0), "there is no package");
    world.file("app/package.json", "{\"name\": \"app\", \"version\": \"1.0.0\"}\n");
    let ran = found(&world, "TW211");
    assert_snapshot!(ran, @r"
    exit: 3
    --- stdout
    warning[TW211]: npm pack takes it along
    --> ~/app/package.json
     = why: npm knows nothing of a `.gitignore` above the package, cargo and Python's builders nothing of `.npmignore`: what one leaves out another publishes, for good.
     = help: Move the file out of the package; or name what is to be packed (`files`, `include`), or mark the package as private.

    1 file audited: found 1 warning
    ");
    let plain = world.run(&["audit", "app/repos.env", "--json"]);
    assert!(!plain.raw_out.contains("TW211"), "it is asked for by name or with --pedantic: {plain}");
    let pedantic = world.run(&["audit", "app/repos.env", "--json", "--pedantic"]);
    assert!(pedantic.raw_out.contains("TW211"), "{pedantic}");
    world.file("app/.npmignore", "repos.env\n");
    assert_eq!(found(&world, "TW211").code, Some(0), "it is left out");
    remove(&world.path("app/.npmignore"));
    world.file("app/package.json", "{\"name\": \"app\", \"version\": \"1.0.0\", \"private\": true}\n");
    assert_eq!(found(&world, "TW211").code, Some(0), "it is never published");
}

#[test]
fn a_script_that_gives_the_values_away_is_told() {
    let world = project();
    world.file("app/run.sh", "set -a; . ./repos.env; set +a\n");
    assert_eq!(found(&world, "TW507").code, Some(0), "that is the right way");
    world.file("app/run.sh", "#!/bin/sh\nexport $(cat repos.env | xargs)\n");
    std::fs::create_dir(world.path("app/bin")).unwrap();
    world.file("app/bin/start", "#!/bin/sh\nsource repos.env\n");
    world.file("app/bin/notes", "source repos.env\n");
    let ran = found(&world, "TW507");
    assert_snapshot!(ran, @r"
    exit: 3
    --- stdout
    warning[TW507]: this line looks for the file on the search path first
    --> ~/app/bin/start:2:8
     = why: `export $(xargs < FILE)` puts every value into the arguments of a program, which all users see, and where it fails `export` prints the whole environment. `source FILE` without a slash looks on the search path first, and may run another file.
     = help: Write `set -a; . ./FILE; set +a`.

    warning[TW507]: this line makes arguments of the values
    --> ~/app/run.sh:2:14

    1 file audited: found 2 warnings
    ");
    let plain = world.run(&["audit", "app/repos.env", "--json"]);
    assert!(!plain.raw_out.contains("TW507"), "it is asked for by name or with --pedantic: {plain}");
}

/// An audit without `--fix` changes nothing, the rights of the state directory included.
#[test]
fn the_state_directory_is_read_as_it_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    world.private("repos.env", &repos());
    assert_eq!(world.run(&["keys", "rotate", "--env-file", "repos.env"]).code, Some(0));
    world.days_pass(200);
    let overdue = || world.run(&["audit", "repos.env", "--select", "TW508", "--fail-on", "info"]);
    let chmod = |name: &str, bits: u32| {
        std::fs::set_permissions(world.state_dir().join(name), std::fs::Permissions::from_mode(bits)).unwrap();
    };
    for (name, bits) in [("", 0o755), ("rotations", 0o750), ("sealed", 0o755)] {
        chmod(name, bits);
        assert_eq!(overdue().code, Some(3), "{name}");
        assert_eq!(mode(&world.state_dir().join(name)), bits, "{name}");
        chmod(name, 0o700);
    }
    // Who can write there could have it say that all was rotated just now.
    for name in ["", "rotations"] {
        chmod(name, 0o777);
        let ran = overdue();
        assert!(ran.code == Some(0) && ran.raw_out.contains("may be written by other users (mode 0777)"), "{ran}");
        assert_eq!(mode(&world.state_dir().join(name)), 0o777, "{name}");
        chmod(name, 0o700);
    }
    // And nothing is made.
    std::fs::remove_dir_all(world.state_dir().join("rotations")).unwrap();
    assert_eq!(overdue().code, Some(0));
    assert!(!world.state_dir().join("rotations").exists());
}

/// Whether git is started, and how long it is waited for.
#[test]
fn git_is_asked_for_the_rules_that_need_it_and_not_for_ever() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = project();
    std::fs::create_dir(world.path("bin")).unwrap();
    let git = "/usr/bin/git";
    let script = format!(
        "#!/bin/sh\necho \"$*\" >> {}/asked\ncase \"$*\" in *rev-list*) exec sleep 600;; esac\nexec {git} \"$@\"\n",
        world.home.path().display()
    );
    world.file("bin/git", &script);
    std::fs::set_permissions(world.path("bin/git"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let init = std::process::Command::new(git).args(["init", "-q"]).current_dir(world.path("app")).output().unwrap();
    assert!(init.status.success());
    let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
    let world = world.env("PATH", &path);
    assert_eq!(found(&world, "TW305").code, Some(0));
    assert!(!world.path("asked").exists(), "{}", world.read("asked"));
    let ran = found(&world, "TW203");
    let message = "cannot tell whether a commit has it: git did not come to the end of the history within 2 seconds; \
                   with `--copies DIR --history` it is waited for longer";
    assert!(ran.code == Some(3) && ran.raw_out.contains(message), "{ran}");
}

#[test]
fn a_rotation_of_this_machine_that_is_long_ago_is_told() {
    let world = World::new();
    world.private("repos.env", &repos());
    let overdue =
        |more: &[&str]| world.run(&[&["audit", "repos.env", "--select", "TW508", "--fail-on", "info"], more].concat());
    assert_eq!(overdue(&[]).code, Some(0), "nothing was rotated here");
    let rotated = world.run(&["keys", "rotate", "--env-file", "repos.env"]);
    assert_eq!(rotated.code, Some(0), "{rotated}");
    assert_eq!(overdue(&[]).code, Some(0), "it was just now");
    world.days_pass(200);
    let before = world.rotations();
    let ran = overdue(&["--format", "github"]);
    assert_snapshot!(ran, @r"
    exit: 3
    --- stdout
    ::notice file=repos.env,line=5,endLine=5,col=1,endColumn=15,title=TW508 rotation-overdue::TWILIO_API_KEY: rotated 200d ago, by the journal of twcred; at most 180d is wished. Rotate with `twcred keys rotate` or `twcred token rotate`.
    ");
    assert_eq!(overdue(&["--max-age", "300d"]).code, Some(0), "that is young enough for the user");
    let piped = world.run_with(&["audit", "-", "--select", "TW508", "--fail-on", "info"], &world.read("repos.env"));
    assert_eq!(piped.code, Some(3), "{piped}");
    // A journal that cannot be read says nothing, and that is said.
    let journal = world.state_dir().join(format!("rotations/{}.jsonl", before[0]));
    std::fs::write(&journal, "{\n{\n").unwrap();
    let ran = overdue(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_snapshot!(ran, @r"
    exit: 0
    --- stdout
    repos.env: cannot tell about what twcred has rotated: the journal of rotation rotation.id1 cannot be read: line 1 of the journal ~/.local/state/twcred/rotations/rotation.id1.jsonl is not a record: EOF while parsing an object at line 1 column 1
    1 file audited: nothing found
    ");
}

/// The trash of a home where every folder once had a hidden file of the same name.
#[test]
fn a_copy_in_a_full_trash_is_told_with_what_was_not_looked_at() {
    let world = World::new();
    world.private(".env", &repos());
    let trash = world.path(".local/share/Trash");
    for folder in ["info", "files"] {
        std::fs::create_dir_all(trash.join(folder)).unwrap();
    }
    let put = |name: &str, text: &str| world.file(&format!(".local/share/Trash/{name}"), text);
    let note = format!("[Trash Info]\nPath={}\n", world.path(".env").canonicalize().unwrap().display());
    for number in 2..1010 {
        put(&format!("info/.DS_Store.{number}.trashinfo"), "");
    }
    put("info/.env.trashinfo", &note);
    put("files/.env", "TWILIO_AUTH_TOKEN=old\n");
    let audit = || world.run(&["audit", ".env", "--select", "TW206", "--json"]).raw_out;
    let out = audit();
    assert!(out.contains("TW206") && !out.contains("the trash has more"), "{out}");
    // The names that programs give to what has the name of something that is there already.
    for name in [".2.env", ".env.3", ".env_4", ".env (5)"] {
        put(&format!("info/{name}.trashinfo"), &note);
        put(&format!("files/{name}"), "x");
    }
    let out = audit();
    assert_eq!(out.matches("\"TW206\"").count(), 5, "{out}");
    // No path takes more than a few kilobytes: a note that has more is none, and is not read.
    for (name, padding, is_one) in [(".6.env", 15 << 10, true), (".7.env", 17 << 10, false)] {
        put(&format!("info/{name}.trashinfo"), &format!("{note}{}", "#".repeat(padding)));
        put(&format!("files/{name}"), "x");
        let out = audit();
        assert_eq!(out.contains(&format!("Trash/files/{name}")), is_one, "{name} {out}");
    }
    // Beyond the bound: what was found is told, and that there is more.
    for number in 10..1020 {
        put(&format!("info/.env.{number}.trashinfo"), "");
    }
    let out = audit();
    assert!(out.contains("TW206") && out.contains("the trash has more than 1000 files of such a name"), "{out}");
}
