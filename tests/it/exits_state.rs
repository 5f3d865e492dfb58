//! Another run, a broken journal, a sealed secret that was tampered with: said, and nothing lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use insta::assert_snapshot;
use jiff::SignedDuration;
use twcred::cli::context::clock;
use twcred::sandbox::Moment;

use crate::support::evidence::Evidence;
use crate::support::{World, exposed, key_sid, repos};

const ROTATE: &[&str] = &["keys", "rotate", "--env-file", "repos.env"];
const NOW: &[&str] = &["keys", "rotate", "--env-file", "repos.env", "--now"];

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world
}

/// A file of the state directory.
fn write(path: &std::path::Path, bytes: &[u8]) {
    use std::io::Write as _;
    std::fs::File::create(path).unwrap().write_all(bytes).unwrap();
}

#[test]
fn the_lock_is_held() {
    let world = world();
    world.fault("hold-before=POST /v1/Keys");
    let first = world.held(ROTATE);
    let before = Evidence::of(&world);
    let second = world.finish(world.command(ROTATE));
    assert_eq!(Evidence::of(&world), before);
    let shown = |text: String| match (text.find("started "), text.find(")\n")) {
        (Some(from), Some(to)) => format!("{}MOMENT{}", &text[..from + 8], &text[to..]),
        _ => text,
    };
    let pid = format!("pid {}", first.id());
    assert_snapshot!(shown(second.to_string().replace(&pid, "pid PID")), @r"
    exit: 6
    --- stderr
    error: another run holds the lock on SK.1.............................. (pid PID, `keys rotate`, started MOMENT)
    hint: wait for it to end; if it was killed, the lock went with it
    ");
    for wish in ["resume", "rollback", "abort"] {
        let ran = world.refused(&["rotation", wish, "--yes"]);
        assert_eq!(ran.code, Some(6), "{ran}");
        assert!(ran.raw_err.contains(&pid), "{ran}");
    }
    world.settle();
    assert!(first.wait_with_output().unwrap().status.success());
    assert_eq!(world.live().len(), 2);
}

/// A rotation in grace, and its journal's path.
fn in_grace() -> (World, std::path::PathBuf) {
    let world = world();
    assert_eq!(world.run(ROTATE).code, Some(0));
    let journal = world.state_dir().join(format!("rotations/{}.jsonl", world.rotations()[0]));
    (world, journal)
}

#[test]
fn a_broken_journal() {
    let (world, journal) = in_grace();
    let whole = std::fs::read_to_string(&journal).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let broken = |change: &dyn Fn(usize, &str) -> String| {
        let text: String = lines.iter().enumerate().map(|(at, line)| change(at, line) + "\n").collect();
        write(&journal, text.as_bytes());
        world.refused(ROTATE)
    };
    assert_snapshot!(broken(&|at, line| if at == 2 { "garbage".to_owned() } else { line.to_owned() }), @r"
    exit: 1
    --- stderr
    error: the journal of rotation rotation.id1 cannot be read
      because: line 3 of the journal ~/.local/state/twcred/rotations/rotation.id1.jsonl is not a record: expected value at line 1 column 1
    hint: nothing was begun or continued: a rotation of this very key may be behind the journal; `twcred keys list` shows its new key, whose name ends in [twcred rotation.id1]
    hint: restore the journal from a backup, or settle both keys by hand and move the journal away
    ");
    assert_snapshot!(broken(&|at, line| if at == 2 { line.replace("\"v\":1", "\"v\":9") } else { line.to_owned() }), @r"
    exit: 1
    --- stderr
    error: the journal of rotation rotation.id1 cannot be read
      because: the journal ~/.local/state/twcred/rotations/rotation.id1.jsonl has format 9; this twcred reads format 1
    hint: nothing was begun or continued: a rotation of this very key may be behind the journal; `twcred keys list` shows its new key, whose name ends in [twcred rotation.id1]
    hint: restore the journal from a backup, or settle both keys by hand and move the journal away
    ");
    assert_snapshot!(broken(&|at, line| if at == 0 { "{}".to_owned() } else { line.to_owned() }), @r"
    exit: 1
    --- stderr
    error: the journal of rotation rotation.id1 cannot be read
      because: line 1 of the journal ~/.local/state/twcred/rotations/rotation.id1.jsonl is not a record: it has no version
    hint: nothing was begun or continued: a rotation of this very key may be behind the journal; `twcred keys list` shows its new key, whose name ends in [twcred rotation.id1]
    hint: restore the journal from a backup, or settle both keys by hand and move the journal away
    ");
    assert_snapshot!(broken(&|at, line| if at == 2 { line.replace("\"sid\":\"SK", "\"sid\":\"AC") } else { line.to_owned() }), @r"
    exit: 1
    --- stderr
    error: the journal of rotation rotation.id1 cannot be read
      because: line 3 of the journal ~/.local/state/twcred/rotations/rotation.id1.jsonl is not a record: starts with AC (an Account SID), but SK (an API key SID) was expected here
    hint: nothing was begun or continued: a rotation of this very key may be behind the journal; `twcred keys list` shows its new key, whose name ends in [twcred rotation.id1]
    hint: restore the journal from a backup, or settle both keys by hand and move the journal away
    ");
    assert_snapshot!(world.refused(&["rotation", "resume"]), @r"
    exit: 1
    --- stderr
    error: the journal of rotation rotation.id1 cannot be read
      because: line 3 of the journal ~/.local/state/twcred/rotations/rotation.id1.jsonl is not a record: starts with AC (an Account SID), but SK (an API key SID) was expected here
    hint: nothing was begun or continued: a rotation of this very key may be behind the journal; `twcred keys list` shows its new key, whose name ends in [twcred rotation.id1]
    hint: restore the journal from a backup, or settle both keys by hand and move the journal away
    ");
    assert_snapshot!(world.refused(&["rotation", "list"]), @r"
    exit: 1
    --- stdout
    rotation  phase  old key  new key  begun  old key ends
    --- stderr
    error: the journal of rotation rotation.id1 cannot be read
      because: line 3 of the journal ~/.local/state/twcred/rotations/rotation.id1.jsonl is not a record: starts with AC (an Account SID), but SK (an API key SID) was expected here
    hint: nothing was begun or continued: a rotation of this very key may be behind the journal; `twcred keys list` shows its new key, whose name ends in [twcred rotation.id1]
    hint: restore the journal from a backup, or settle both keys by hand and move the journal away
    ");
    // A torn last line is what a loss of power leaves: cut off, and the work goes on.
    write(&journal, (whole + "{\"v\":1,\"reco").as_bytes());
    assert_snapshot!(world.run(NOW), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    revoked SK.1..............................
    ");
    assert_eq!((world.live().len(), world.open()), (1, 0));
}

#[test]
fn a_journal_that_is_no_file() {
    let (world, journal) = in_grace();
    crate::support::remove(&journal);
    std::fs::create_dir(&journal).unwrap();
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 1
    --- stderr
    error: the journal of rotation rotation.id1 cannot be read
      because: cannot read the journal ~/.local/state/twcred/rotations/rotation.id1.jsonl
      because: Is a directory (os error 21)
    hint: nothing was begun or continued: a rotation of this very key may be behind the journal; `twcred keys list` shows its new key, whose name ends in [twcred rotation.id1]
    hint: restore the journal from a backup, or settle both keys by hand and move the journal away
    ");
    std::fs::remove_dir(&journal).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &journal).unwrap();
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 1
    --- stderr
    error: the journal of rotation rotation.id1 cannot be read
      because: cannot open the journal ~/.local/state/twcred/rotations/rotation.id1.jsonl
      because: Too many levels of symbolic links (os error 40)
    hint: nothing was begun or continued: a rotation of this very key may be behind the journal; `twcred keys list` shows its new key, whose name ends in [twcred rotation.id1]
    hint: restore the journal from a backup, or settle both keys by hand and move the journal away
    ");
}

/// Dead after the new key was made and sealed, before anything else.
fn dead_after_the_seal() -> (World, std::path::PathBuf) {
    let twin = world();
    assert_eq!(twin.run(ROTATE).code, Some(0));
    let create = twin.sandbox.exchanges().iter().find(|exchange| exchange.method == "POST").unwrap().n;
    let world = world();
    world.sandbox.hold(create + 1, Moment::Before);
    world.killed(ROTATE);
    assert_eq!((world.live().len(), world.sealed()), (2, 1));
    let sealed = world.state_dir().join(format!("sealed/{}.sealed", world.rotations()[0]));
    (world, sealed)
}

/// A file that does not open holds nothing: its key is revoked, and another one made.
#[test]
fn a_sealed_secret_that_was_tampered_with() {
    type Tamper = fn(&std::path::Path, Vec<u8>);
    let tampers: [(&str, Tamper); 6] = [
        ("a byte", |path, mut bytes| {
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            write(path, &bytes);
        }),
        ("the head", |path, mut bytes| {
            bytes[0] ^= 1;
            write(path, &bytes);
        }),
        ("cut", |path, bytes| write(path, &bytes[..40])),
        ("empty", |path, _| write(path, b"")),
        ("long", |path, mut bytes| {
            bytes.resize(1 << 20, 0);
            write(path, &bytes);
        }),
        ("gone", |path, _| crate::support::remove(path)),
    ];
    for (what, tamper) in tampers {
        let (world, sealed) = dead_after_the_seal();
        let orphan = world.live().into_iter().find(|sid| *sid != key_sid('1')).unwrap();
        tamper(&sealed, std::fs::read(&sealed).unwrap());
        let ran = world.run(NOW);
        assert_eq!(ran.code, Some(0), "{what}: {ran}");
        assert!(ran.raw_err.contains(&format!("revoked {orphan}, which an unfinished run had left")), "{what}: {ran}");
        assert_eq!((world.live().len(), world.open(), world.sealed()), (1, 0, 0), "{what}: {ran}");
        let pair = world.pair(&world.live()[0]);
        assert!(world.read("repos.env").contains(exposed(&pair.secret)), "{what}");
    }
}

/// What stands in the place of the sealed file and is none: it is not taken for a file, nor deleted as one.
#[test]
fn a_sealed_secret_that_is_no_file() {
    let (world, sealed) = dead_after_the_seal();
    crate::support::remove(&sealed);
    std::fs::create_dir(&sealed).unwrap();
    let ran = world.run(NOW);
    assert_snapshot!(ran, @r"
    exit: 5
    --- stderr
    error: rotation rotation.id1 stopped
      because: the sealed secret cannot be opened
      because: cannot read ~/.local/state/twcred/sealed/rotation.id1.sealed
      because: Is a directory (os error 21)
    hint: both keys work and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1`
    ");
    assert!(world.read("repos.env").contains(key_sid('1').as_str()));
    std::fs::remove_dir(&sealed).unwrap();
    assert_eq!(world.run(NOW).code, Some(0));
    assert_eq!((world.live().len(), world.open(), world.sealed()), (1, 0, 0));
}

/// A clock that leaps ahead ends every grace at once. It must not take the old key with it.
#[test]
fn a_clock_that_leaps_ahead_in_the_grace() {
    let behind = Arc::new(AtomicI64::new(0));
    let hours = behind.clone();
    let world = World::served(
        |_| {},
        move |options| {
            options.now = Arc::new(move || {
                clock().checked_add(SignedDuration::from_hours(hours.load(Ordering::Relaxed))).unwrap()
            });
        },
    );
    world.file("repos.env", &repos());
    assert_eq!(world.run(&[ROTATE, &["--grace", "1s"]].concat()).code, Some(0));
    std::thread::sleep(std::time::Duration::from_millis(1100));
    // To this machine the grace is over; to Twilio it was not two hours ago, and nobody knows who is right.
    behind.store(-2, Ordering::Relaxed);
    let ran = world.run(&[ROTATE, &["--grace", "1s"]].concat());
    assert_snapshot!(ran.to_string().replace("1h 59m", "2h"), @r"
    exit: 5
    --- stderr
    error: rotation rotation.id1 stopped
      because: this machine's clock is 2h ahead of Twilio's, so ages and the end of a grace would be wrong
    hint: both keys work and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1`
    hint: set the clock (timedatectl set-ntp true) and run again
    ");
    assert_eq!(world.live().len(), 2);
    // Somebody who says `--now` does not ask the clock.
    assert_eq!(world.run(NOW).code, Some(0));
    assert_eq!(world.live().len(), 1);
}

/// Ctrl-C and a service manager's stop are the same event as a crash: what was begun is finished by the next run.
#[test]
fn interrupted() {
    for (signal, code) in [(rustix::process::Signal::INT, 130), (rustix::process::Signal::TERM, 143)] {
        let world = world();
        world.fault("hold-after=POST /v1/Keys");
        let child = world.held(NOW);
        let pid = rustix::process::Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
        let ran = world.ran(child.wait_with_output().unwrap());
        world.settle();
        assert_eq!(ran.code, Some(code), "{ran}");
        assert_eq!(world.read("repos.env"), repos());
        if code == 130 {
            assert_snapshot!(ran, @r"
            exit: 130
            --- stderr
            error: interrupted; state is safe
            hint: run the same command again to continue
            ");
            assert_snapshot!(world.run(NOW), @r"
            exit: 0
            --- stdout
            SK.1.............................. was replaced by SK.2.............................. and is revoked
            --- stderr
            revoked SK.3.............................., which an unfinished run had left and nobody held
            SK.2.............................. is made, its secret sealed
            SK.2.............................. works
            wrote env:~/repos.env#TWILIO_API_KEY
            read env:~/repos.env#TWILIO_API_KEY back: it works
            revoked SK.1..............................
            ");
        } else {
            assert_eq!(world.run(NOW).code, Some(0));
        }
        assert_eq!((world.live().len(), world.open(), world.sealed()), (1, 0, 0));
    }
}

/// Nobody reads what is said, or it cannot be written: what was done stays done.
#[test]
fn a_standard_output_that_is_gone() {
    let world = world();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = world.command(NOW).stdin(std::process::Stdio::null()).stdout(full).output().unwrap();
    let ran = world.ran(output);
    assert_snapshot!(ran, @r"
    exit: 0
    --- stderr
    SK.1.............................. is made, its secret sealed
    SK.1.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    revoked SK.2..............................
    warning: cannot write to standard output: No space left on device (os error 28); what was done stays done
    ");
    assert_eq!((world.live().len(), world.open()), (1, 0));
    let mut child =
        world.command(NOW).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!((world.live().len(), world.open()), (1, 0));
}
