//! A disk without room. A file system of a few pages is mounted where only this test sees it.

use std::process::Command;

use insta::assert_snapshot;

use crate::support::{Ran, World, key_sid, mode, repos, skipped};

/// Runs the program where `dir` is a full file system of its own, holding a copy of `file` if that is named; what
/// stands in it afterwards is copied to `after`. `None` if this machine lets nobody mount anything.
fn on_a_full_disk(world: &World, dir: &str, file: Option<&str>, args: &[&str]) -> Option<Ran> {
    let (dir, after) = (world.path(dir), world.path("after"));
    std::fs::create_dir(&dir).unwrap();
    std::fs::create_dir(&after).unwrap();
    let file = file.map_or_else(|| "/dev/null".into(), |name| world.path(name));
    let script = r#"
        dir=$1 file=$2 after=$3; shift 3
        mount -t tmpfs -o size=16k,mode=700 full "$dir" || exit 99
        if [ -s "$file" ]; then cp "$file" "$dir/repos.env"; else mkdir "$dir/rotations" "$dir/sealed" "$dir/locks"; fi
        cat /dev/zero > "$dir/filler" 2>/dev/null
        "$@"
        code=$?
        cp -R "$dir/." "$after"
        exit $code
    "#;
    let program = world.command(args);
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.args(["--mount", "sh", "-c", script, "sh"]).arg(&dir).arg(file).arg(&after);
    command.arg(program.get_program()).args(program.get_args());
    command.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(world.home.path());
    let ran = world.finish(command);
    if ran.code == Some(99) || ran.raw_err.contains("unshare:") {
        skipped("a full disk", "nothing can be mounted here");
        return None;
    }
    Some(ran)
}

#[test]
fn the_disk_of_the_env_file_is_full() {
    let world = World::new();
    world.file("repos.env", &repos());
    let args = ["keys", "rotate", "--env-file", "full/repos.env"];
    let Some(ran) = on_a_full_disk(&world, "full", Some("repos.env"), &args) else { return };
    assert_snapshot!(ran, @r"
    exit: 1
    --- stderr
    error: probing env:~/full/repos.env#TWILIO_API_KEY failed
      because: no new file can be made in ~/full
      because: No space left on device (os error 28)
    hint: a new file takes the old one's place: the folder must be open to this user, and the disk not full
    ");
    assert_eq!(world.read("after/repos.env"), repos());
    assert_eq!(std::fs::read_dir(world.path("after")).unwrap().count(), 2, "nothing but the file and the filler");
    assert_eq!(world.live(), [key_sid('1')]);
    assert!(world.rotations().is_empty());
}

#[test]
fn the_disk_of_the_journal_is_full() {
    let world = World::new();
    world.file("repos.env", &repos());
    let args = ["keys", "rotate", "--env-file", "repos.env", "--state-dir", "full"];
    let Some(ran) = on_a_full_disk(&world, "full", None, &args) else { return };
    assert_snapshot!(ran, @r"
    exit: 1
    --- stderr
    error: the lock cannot be taken
      because: cannot lock ~/full/locks/AC.1..............................-SK.1...............................lock
      because: No space left on device (os error 28)
    hint: make room and leave to write there, or name another folder with --state-dir
    ");
    assert_eq!(world.read("repos.env"), repos());
    assert_eq!(world.live(), [key_sid('1')]);
    for dir in ["rotations", "sealed"] {
        assert_eq!(std::fs::read_dir(world.path("after").join(dir)).unwrap().count(), 0);
    }
}

/// A right is taken away without any room.
#[test]
fn the_disk_of_an_open_file_is_full() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let file = world.file("repos.env", "A='x'\n");
    std::fs::File::open(file).unwrap().set_permissions(std::fs::Permissions::from_mode(0o644)).unwrap();
    let args = ["audit", "full/repos.env", "--select", "TW101,TW102,TW305", "--fix"];
    let Some(ran) = on_a_full_disk(&world, "full", Some("repos.env"), &args) else { return };
    assert_snapshot!(ran, @r"
    exit: 1
    --- stdout
    warning[TW305]: A: the quotes are not needed
     --> full/repos.env:1:3
      |
    1 | A='*'
      |   ^^^
      |
      = note: read otherwise by docker
      = note: --fix cannot mend it: no new file can be made in ~/full: No space left on device (os error 28)
      = why: docker takes the quotes for a part of the value and hands them to Twilio, which answers 20003. No way of quoting means the same to every reader.
      = help: Remove the quotes where the value does without them, as every value of Twilio's does.

    full/repos.env: TW101 mended: close the file to others
    full/repos.env: TW102 mended: close the file to others
    full/repos.env: TW305 not mended: remove the quotes
    1 file audited: found 1 warning; 2 mended
    --- stderr
    error: cannot mend the content of full/repos.env
      because: no new file can be made in ~/full
      because: No space left on device (os error 28)
    hint: a new file takes the old one's place: the folder must be open to this user, and the disk not full
    ");
    assert_eq!((mode(&world.path("after/repos.env")), world.read("after/repos.env")), (0o600, "A='x'\n".to_owned()));
}
