//! Bad env files and bad flags: each named, with the right exit code, and nothing changed.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use insta::assert_snapshot;
use twcred::sandbox::Kind;

use crate::support::{World, account_sid, add_key, env_text, key, key_sid, mode, repos, secret, token};

const ROTATE: &[&str] = &["keys", "rotate", "--env-file", "repos.env"];

/// A world whose env file says this.
fn holding(text: &str) -> World {
    let world = World::new();
    world.file("repos.env", text);
    world
}

#[test]
fn no_such_file() {
    let world = World::new();
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: ~/repos.env does not exist
    hint: look at the path; one that does not start with / is taken from the current folder
    ");
    assert_snapshot!(world.refused(&["keys", "rotate"]), @r"
    exit: 2
    --- stderr
    error: nothing says which file holds the pair
    hint: name it: twcred keys rotate --env-file repos.env
    hint: or a target of the configuration: twcred keys rotate TARGET, or --all for every one
    hint: or the profile that holds it: twcred keys rotate --profile NAME
    ");
    assert_snapshot!(world.refused(&["keys", "rotate", "--env-file", "-"]), @r"
    exit: 2
    --- stderr
    error: a rotation writes the new pair into the file, and standard input is none
    hint: name the file: --env-file repos.env
    ");
    std::os::unix::fs::symlink("gone.env", world.path("repos.env")).unwrap();
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: ~/repos.env is a symbolic link to a file that does not exist
    hint: look at the path; one that does not start with / is taken from the current folder
    ");
    let world = World::new();
    std::os::unix::fs::symlink("repos.env", world.path("repos.env")).unwrap();
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: ~/repos.env is a loop of symbolic links
    hint: look at the path; one that does not start with / is taken from the current folder
    ");
}

#[test]
fn a_directory() {
    let world = World::new();
    std::fs::create_dir(world.path("repos.env")).unwrap();
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: ~/repos.env is a directory, not a regular file
    hint: name a regular file: a secrets file is read whole and replaced whole
    ");
}

/// It must not be opened either: nobody writes to it, and a reader would wait for ever.
#[test]
fn a_fifo() {
    let world = World::new();
    assert!(Command::new("mkfifo").arg(world.path("repos.env")).status().unwrap().success());
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: ~/repos.env is a pipe, not a regular file
    hint: name a regular file: a secrets file is read whole and replaced whole
    ");
}

/// The program as a user whom the modes of files bind, root's or not.
fn as_nobody(world: &World, args: &[&str]) -> Command {
    let mut command = world.command(args);
    if rustix::process::geteuid().is_root() {
        let nobody = Some(65_534);
        for path in [world.home.path().to_path_buf(), world.path("repos.env")] {
            std::os::unix::fs::chown(path, nobody, nobody).unwrap();
        }
        command.uid(65_534).gid(65_534);
    }
    command
}

fn chmod(world: &World, name: &str, mode: u32) {
    let file = std::fs::File::open(world.path(name)).unwrap();
    file.set_permissions(std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn an_unreadable_file() {
    let world = holding(&repos());
    chmod(&world, "repos.env", 0o000);
    let command = as_nobody(&world, ROTATE);
    assert_snapshot!(world.refused_by(command), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: ~/repos.env may not be read by this user
    hint: run as the user whom the file belongs to
    ");
}

#[test]
fn a_read_only_directory() {
    let world = World::new().env("TWCRED_STATE_DIR", "/nowhere");
    std::fs::create_dir(world.path("ro")).unwrap();
    let state = world.path("state");
    let world = world.env("TWCRED_STATE_DIR", state.to_str().unwrap());
    world.file("ro/repos.env", &repos());
    world.file("repos.env", "");
    let command = as_nobody(&world, &["keys", "rotate", "--env-file", "ro/repos.env"]);
    chmod(&world, "ro", 0o555);
    let (before, live) = (world.read("ro/repos.env"), world.live());
    let ran = world.finish(command);
    assert_snapshot!(ran, @r"
    exit: 1
    --- stderr
    error: probing env:~/ro/repos.env#TWILIO_API_KEY failed
      because: no new file can be made in ~/ro
      because: Permission denied (os error 13)
    hint: a new file takes the old one's place: the folder must be open to this user, and the disk not full
    ");
    assert_eq!(world.read("ro/repos.env"), before);
    assert_eq!(world.live(), live);
    assert_eq!(std::fs::read_dir(world.path("ro")).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(state.join("rotations")).unwrap().count(), 0);
    chmod(&world, "ro", 0o755);
}

#[test]
fn a_state_directory_that_cannot_be_used() {
    let world = holding(&repos());
    let command = as_nobody(&world, &[ROTATE, &["--state-dir", "/proc/twcred"]].concat());
    assert_snapshot!(world.refused_by(command), @r"
    exit: 2
    --- stderr
    error: cannot make /proc/twcred
      because: No such file or directory (os error 2)
    hint: name another folder with --state-dir or TWCRED_STATE_DIR
    ");
    world.file("taken", "");
    assert_snapshot!(world.refused(&[ROTATE, &["--state-dir", "taken"]].concat()), @r"
    exit: 2
    --- stderr
    error: ~/taken is not a directory
    hint: name another folder with --state-dir or TWCRED_STATE_DIR
    ");
    std::os::unix::fs::symlink("/tmp", world.path("link")).unwrap();
    assert_snapshot!(world.refused(&[ROTATE, &["--state-dir", "link"]].concat()), @r"
    exit: 2
    --- stderr
    error: ~/link is a symbolic link; the state directory must be a directory itself
    hint: name another folder with --state-dir or TWCRED_STATE_DIR
    ");
}

#[test]
fn bytes_that_readers_disagree_about() {
    let world = World::new();
    let put = |bytes: &[u8]| {
        use std::io::Write as _;
        std::fs::File::create(world.path("repos.env")).unwrap().write_all(bytes).unwrap();
    };
    put(&[repos().as_bytes(), b"NAME=caf\xe9\n"].concat());
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: ~/repos.env, line 9: there are bytes that are not UTF-8
    hint: readers disagree about such a file; save it as plain UTF-8 text
    ");
    put(&[repos().as_bytes(), b"NAME=a\0b\n"].concat());
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: ~/repos.env, line 9: there is a NUL byte
    hint: readers disagree about such a file; save it as plain UTF-8 text
    ");
    put(&[b"\xef\xbb\xbf", repos().as_bytes()].concat());
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: ~/repos.env, line 1: the file starts with a byte-order mark
    hint: bash, systemd and dotenvy lose its first variable or the whole file; save it without the mark
    ");
    put(&repos().encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: ~/repos.env, line 1: there is a NUL byte
    hint: readers disagree about such a file; save it as plain UTF-8 text
    ");
    put(b"");
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: ~/repos.env holds no API key pair
    hint: a pair is TWILIO_API_KEY and TWILIO_API_SECRET, with TWILIO_ACCOUNT_SID beside them
    hint: make one: twcred keys create NAME --to env:~/repos.env
    ");
    put(&vec![b'#'; (1 << 20) + 1]);
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: ~/repos.env has 1048577 bytes; a secrets file has 1048576 at most
    ");
}

/// CRLF is legal: the file is rotated, and stays CRLF to the last byte.
#[test]
fn crlf_is_kept() {
    let text = repos().replace('\n', "\r\n");
    let world = holding(&text);
    chmod(&world, "repos.env", 0o640);
    let ran = world.run(&[ROTATE, &["--now"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    let [new] = world.live().try_into().unwrap();
    let pair = world.pair(&new);
    let expected =
        text.replace(key_sid('1').as_str(), new.as_str()).replace(&secret('1'), crate::support::exposed(&pair.secret));
    assert_eq!(world.read("repos.env"), expected);
    assert_eq!(mode(&world.path("repos.env")), 0o640);
}

#[test]
fn variables_that_contradict() {
    let world = holding(&format!("{}TWILIO_API_SECRET={}\n", repos(), secret('2')));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: line 6, TWILIO_API_SECRET: it has different values in lines 6 and 9
    hint: keep the line that is right and take the other out: programs do not agree which of them counts
    ");
    let world = holding(&format!("{}TWILIO_API_KEY_SID={}\n", repos(), key_sid('2')));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: line 9, TWILIO_API_KEY_SID: its value differs from that of TWILIO_API_KEY in line 5
    hint: keep the line that is right and take the other out: programs do not agree which of them counts
    ");
    let world = holding(&format!("{}TWILIO_AUTH_TOKEN={}\n", repos(), token().replace('0', "1")));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot use ~/repos.env
      because: line 3, TWILIO_AUTH_TOKEN: it has different values in lines 3 and 9
    hint: keep the line that is right and take the other out: programs do not agree which of them counts
    ");
    let other = env_text(&key('1')).replace("TWILIO_", "SHOP_TWILIO_").replace(&secret('1'), &secret('2'));
    let world = holding(&(repos() + &other));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: ~/repos.env: TWILIO_API_KEY and SHOP_TWILIO_API_KEY name the same key with two secrets
    hint: one of them is wrong: twcred keys verify tells which
    ");
    let world = holding(&repos().replace("TWILIO_API_SECRET=", "TWILIO_API_SECRET=$(cat secret) #"));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: line 6, TWILIO_API_SECRET: it has a dollar sign
    hint: programs read such a line differently: write the value once, on one line, in single quotes or none
    ");
}

#[test]
fn half_a_pair() {
    let lines = |gone: &str| -> String {
        let text = repos();
        text.split_inclusive('\n').filter(|line| !line.starts_with(gone)).collect()
    };
    assert_snapshot!(holding(&lines("TWILIO_API_SECRET")).refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: line 5, TWILIO_API_KEY: the secret that belongs to it is missing
    hint: put the missing half beside it, or take this line out: a credential is whole or not there
    ");
    assert_snapshot!(holding(&lines("TWILIO_API_KEY")).refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: line 5, TWILIO_API_SECRET: the key SID that belongs to it is missing
    hint: put the missing half beside it, or take this line out: a credential is whole or not there
    ");
    assert_snapshot!(holding(&lines("TWILIO_ACCOUNT_SID")).refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: ~/repos.env: nothing says which account TWILIO_API_KEY belongs to
    hint: add TWILIO_ACCOUNT_SID to the file, or give --account AC…
    ");
    let empty = repos().replace(&format!("SECRET={}", secret('1')), "SECRET=");
    assert_snapshot!(holding(&empty).refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: line 5, TWILIO_API_KEY: the secret that belongs to it is missing
    hint: put the missing half beside it, or take this line out: a credential is whole or not there
    ");
    assert_snapshot!(holding("OTHER=1\n").refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: ~/repos.env holds no API key pair
    hint: a pair is TWILIO_API_KEY and TWILIO_API_SECRET, with TWILIO_ACCOUNT_SID beside them
    hint: make one: twcred keys create NAME --to env:~/repos.env
    ");
}

#[test]
fn two_pairs_and_no_choice() {
    let second = env_text(&key('2')).replace("TWILIO_", "SHOP_TWILIO_");
    let world = World::with(|state| add_key(state, 'a', '2', "shop", Kind::Standard, 5));
    world.file("repos.env", &(repos() + &second));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: ~/repos.env holds 2 keys, and nothing says which is meant
    hint: choose: --var TWILIO_API_KEY, or --var SHOP_TWILIO_API_KEY
    hint: or rotate them all: --all
    ");
    assert_snapshot!(world.refused(&[ROTATE, &["--var", "BAR_TWILIO_API_KEY"]].concat()), @r"
    exit: 2
    --- stderr
    error: ~/repos.env has no pair whose SID stands in BAR_TWILIO_API_KEY
    hint: choose: --var TWILIO_API_KEY, or --var SHOP_TWILIO_API_KEY
    ");
    assert_snapshot!(world.refused(&[ROTATE, &["--all", "--to", "json:keys.json"]].concat()), @r"
    exit: 2
    --- stderr
    error: --to names a sink for one pair, and several are to be rotated
    hint: rotate them one at a time, with --var
    ");
    assert_snapshot!(world.refused(&[ROTATE, &["--all", "--var", "TWILIO_API_KEY"]].concat()), @r"
    exit: 2
    --- stderr
    error: the argument '--all' cannot be used with '--var <VARIABLE>'

    Usage: twcred keys rotate --env-file <FILE> --all [TARGET]...

    For more information, try '--help'.
    ");
}

#[test]
fn sids_in_the_wrong_place() {
    let (ac, sk) = (account_sid('a'), key_sid('1'));
    let put = |from: &str, to: &str| holding(&repos().replace(from, to));
    assert_snapshot!(put(ac.as_str(), sk.as_str()).refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: line 2, TWILIO_ACCOUNT_SID: starts with SK (an API key SID), but AC (an Account SID) was expected here
    hint: AC… names an account and SK… a key, each 34 characters long; the Console shows both
    ");
    assert_snapshot!(put(sk.as_str(), ac.as_str()).refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: line 5, TWILIO_API_KEY: starts with AC (an Account SID), but SK (an API key SID) was expected here
    hint: AC… names an account and SK… a key, each 34 characters long; the Console shows both
    ");
    assert_snapshot!(put(sk.as_str(), &sk.as_str()[..20]).refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: line 5, TWILIO_API_KEY: has 20 characters; a SID has 34
    hint: AC… names an account and SK… a key, each 34 characters long; the Console shows both
    ");
    let swapped = repos().replace(sk.as_str(), "@").replace(&secret('1'), sk.as_str()).replace('@', &secret('1'));
    assert_snapshot!(holding(&swapped).refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: cannot rotate ~/repos.env
      because: line 5, TWILIO_API_KEY: does not start with SK (an API key SID)
    hint: AC… names an account and SK… a key, each 34 characters long; the Console shows both
    ");
    assert_snapshot!(holding(&repos()).refused(&[ROTATE, &["--account", sk.as_str()]].concat()), @r"
    exit: 2
    --- stderr
    error: invalid value 'SK.1..............................' for '--account <AC…>': starts with SK (an API key SID), but AC (an Account SID) was expected here

    For more information, try '--help'.
    ");
}

#[test]
fn flags_that_cannot_be_meant() {
    let world = holding(&repos());
    let with = |more: &[&str]| world.refused(&[ROTATE, more].concat());
    assert_snapshot!(with(&["--max-age", "12h"]), @r"
    exit: 2
    --- stderr
    error: max-age 12h is not longer than grace 1d: the old key would outlive it
    hint: give a longer --max-age or a shorter --grace
    ");
    assert_snapshot!(with(&["--max-age", "24h", "--grace", "24h"]), @r"
    exit: 2
    --- stderr
    error: max-age 1d is not longer than grace 1d: the old key would outlive it
    hint: give a longer --max-age or a shorter --grace
    ");
    assert_snapshot!(with(&["--max-age", "90"]), @r"
    exit: 2
    --- stderr
    error: invalid value '90' for '--max-age <DURATION>': `90` is not a duration; write a number and a unit, such as 90d, 24h, 15m or 30s

    For more information, try '--help'.
    ");
    assert_snapshot!(with(&["--to", "ftp:somewhere"]), @r"
    exit: 2
    --- stderr
    error: invalid value 'ftp:somewhere' for '--to <SINK>': there is no kind of sink called ftp; known are env, json, keyring, exec

    For more information, try '--help'.
    ");
    assert_snapshot!(with(&["--to", "exec:/does/not/exist"]), @r"
    exit: 2
    --- stderr
    error: probing exec:/does/not/exist failed
      because: /does/not/exist could not be started
      because: No such file or directory (os error 2)
    hint: a sink's program is started without a shell: give its whole path, and make it executable
    ");
    assert_snapshot!(with(&["--to", "json:/does/not/exist/keys.json"]), @r"
    exit: 1
    --- stderr
    error: probing json:/does/not/exist/keys.json failed
      because: no new file can be made in /does/not/exist
      because: No such file or directory (os error 2)
    hint: a new file takes the old one's place: the folder must be open to this user, and the disk not full
    ");
    assert_snapshot!(with(&["--step", "--no-input"]), @r"
    exit: 2
    --- stderr
    error: --step waits for Enter, and --no-input was given
    ");
    assert_snapshot!(with(&["--api-url", "http://example.com"]), @r"
    exit: 2
    --- stderr
    error: cannot use the address of --api-url or TWCRED_API_URL
      because: credentials are sent over https, or over http to this machine only
    hint: such as --api-url https://twilio.example or http://127.0.0.1:4010
    ");
    assert_snapshot!(with(&["--ca-file", "none.pem"]), @r"
    exit: 2
    --- stderr
    error: cannot read the CA file none.pem
      because: No such file or directory (os error 2)
    ");
    assert_snapshot!(with(&["--ca-file", "repos.env"]), @r"
    exit: 2
    --- stderr
    error: fetching the key that is to be replaced failed
      because: no request could be made: the extra CA file holds no certificate
    hint: look at --ca-file
    ");
}

/// A name of 65 characters is refused; one of 64 leaves no room for the rotation's mark, and comes back whole.
#[test]
fn names_that_are_long() {
    let world = World::new().with_token();
    assert_snapshot!(world.refused(&["keys", "create", &"x".repeat(65), "--to", "env:new.env"]), @r"
    exit: 2
    --- stderr
    error: invalid value 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' for '<NAME>': the name has 65 characters; Twilio takes 64 at most

    For more information, try '--help'.
    ");
    assert_snapshot!(world.refused(&["keys", "rename", key_sid('1').as_str(), &"x".repeat(65)]), @r"
    exit: 2
    --- stderr
    error: invalid value 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' for '<NAME>': the name has 65 characters; Twilio takes 64 at most

    For more information, try '--help'.
    ");
    let long = "n".repeat(64);
    let world = World::with(|state| {
        state.key_mut(&key_sid('1')).unwrap().name = Some(long.clone());
    });
    world.file("repos.env", &repos());
    let ran = world.run(ROTATE);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(world.names().iter().all(|name| name.chars().count() <= 64), "{:?}", world.names());
    let ran = world.run(&["rotation", "retire", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.names(), [long]);
}

/// With `--json` the same exit codes, and the error as one line of JSON.
#[test]
fn the_same_in_json() {
    let world = World::new();
    assert_snapshot!(world.refused(&[ROTATE, &["--json"]].concat()), @r#"
    exit: 2
    --- stderr
    {"schema":"twcred.error/v1","exit":2,"kind":"usage","error":"cannot rotate ~/repos.env","because":["~/repos.env does not exist"],"hints":["look at the path; one that does not start with / is taken from the current folder"]}
    "#);
    let world = holding(&repos());
    assert_snapshot!(world.refused(&[ROTATE, &["--json", "--max-age", "1h"]].concat()), @r#"
    exit: 2
    --- stderr
    {"schema":"twcred.error/v1","exit":2,"kind":"usage","error":"max-age 1h is not longer than grace 1d: the old key would outlive it","because":[],"hints":["give a longer --max-age or a shorter --grace"]}
    "#);
}
