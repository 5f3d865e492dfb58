//! The program as such: version, usage, JSON errors, signals, exit codes, `sandbox`, `completions`, `man`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

use insta::assert_snapshot;
use twcred::sandbox::Fault;

use crate::support::World;

#[test]
fn version_and_usage() {
    let world = World::new();
    assert_eq!(world.run(&["--version"]).raw_out, concat!("twcred ", env!("CARGO_PKG_VERSION"), "\n"));
    // Asked for alone it is answered before anything is parsed, and otherwise by the parser.
    let told = |args: &[&str]| {
        let ran = world.run(args);
        (ran.code, ran.raw_out, ran.raw_err)
    };
    for alone in ["--version", "-V"] {
        for parsed in [&["--quiet", alone][..], &[alone, "keys"], &[alone, "--json"]] {
            assert_eq!(told(&[alone]), told(parsed), "{parsed:?}");
        }
    }
    assert_snapshot!(world.run(&["keys", "list", "--bogus"]), @r#"
    exit: 2
    --- stderr
    error: unexpected argument '--bogus' found

    Usage: twcred keys list [OPTIONS]

    For more information, try '--help'.
    "#);
    assert_snapshot!(world.run(&["keys", "list", "--bogus", "--json"]), @r#"
    exit: 2
    --- stderr
    {"schema":"twcred.error/v1","exit":2,"kind":"usage","error":"unexpected argument '--bogus' found","because":[],"hints":["Usage: twcred keys list [OPTIONS]","For more information, try '--help'."]}
    "#);
    assert_eq!(world.sandbox.exchanges().len(), 0);
}

/// What could not be written was not said.
#[test]
fn a_version_that_cannot_be_written_is_an_error() {
    let world = World::new();
    for args in [&["--version"][..], &["-V", "--json"], &["--help"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ran = world.command(args).stdout(full).output().unwrap();
        assert_eq!(ran.status.code(), Some(1), "{args:?}");
        assert!(String::from_utf8_lossy(&ran.stderr).contains("cannot write to standard output"), "{args:?}");
        // A reader that goes away has seen enough.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_eq!(world.command(args).stdout(writer).output().unwrap().status.code(), Some(0), "{args:?}");
    }
}

#[test]
fn a_home_that_is_relative_is_named() {
    let world = World::new().with_token().env("HOME", "rel");
    let ran = world.run(&["keys", "list"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.err.contains("HOME") && !ran.err.contains("TWCRED_STATE_DIR is"), "{ran}");
    let world = world.env("TWCRED_STATE_DIR", "rel");
    let ran = world.run(&["keys", "list"]);
    assert!(ran.code == Some(2) && ran.err.contains("TWCRED_STATE_DIR is rel, which is not an absolute path"), "{ran}");
}

#[test]
fn errors_are_one_line_of_json_if_asked() {
    let world = World::new().with_token().env("TWILIO_AUTH_TOKEN", "wrong");
    let ran = world.run(&["keys", "list", "--json"]);
    assert_snapshot!(ran.err, @r#"{"schema":"twcred.error/v1","exit":4,"kind":"refused","error":"cannot list the keys of AC.1..............................","because":["TWILIO refused GET /v1/Keys: Authenticate (code 20003, HTTP 401, request RQ…)"],"hints":["the secret is wrong or revoked, the account is suspended, or the SID belongs to another account","keys and tokens are good in one region only: this one was sent to TWILIO","the request was signed by AC.1..............................; its secret is from environment TWILIO_AUTH_TOKEN"],"twilio":{"code":20003,"status":401,"request_id":"RQ…"}}"#);
    assert_eq!((ran.code, ran.out.as_str()), (Some(4), ""));
    assert_eq!(world.run(&["keys", "list"]).code, Some(4));
}

#[test]
fn throttled_for_good_is_temporary() {
    let world = World::new().with_token();
    world.sandbox.add_fault("throttle:0=*".parse::<Fault>().unwrap());
    let ran = world.run(&["whoami"]);
    assert_eq!(ran.code, Some(75), "{ran}");
}

#[test]
fn sigterm_during_a_request_is_143_and_ctrl_c_130() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let world = World::new().with_token();
        world.sandbox.hold(1, twcred::sandbox::Moment::Before);
        let mut command = world.command(&["keys", "list"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        world.sandbox.wait_held(Duration::from_secs(20)).unwrap();
        let pid = child.id().to_string();
        assert!(
            std::process::Command::new("/bin/kill").args([&format!("-{signal}"), &pid]).status().unwrap().success()
        );
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

#[test]
fn verbose_shows_exchanges_and_no_secret() {
    let world = World::new().with_token();
    let ran = world.run(&["keys", "list", "-v"]);
    assert!(ran.err.starts_with("GET http://TWILIO/v1/Keys?AccountSid=AC"), "{ran}");
    assert!(!world.leaks(&ran.raw_err));
}

#[test]
fn a_sandbox_runs_a_command_and_gives_its_code() {
    let world = World::new();
    let script = r#"[ -n "$TWCRED_API_URL" ] && [ -n "$TWILIO_API_SECRET" ] && [ -z "$AUTH_TOKEN" ] && exit 7"#;
    let world = world.env("AUTH_TOKEN", "inherited");
    let code = |args: &[&str]| world.run(&[&["sandbox", "--save", "state.json", "--"], args].concat()).code;
    assert_eq!(code(&["/bin/sh", "-c", script]), Some(7));
    assert_eq!(crate::support::mode(&world.path("state.json")), 0o600);
    assert_eq!(code(&["/bin/sh", "-c", "kill -TERM $$"]), Some(143));
    assert_eq!(code(&["/no/such/program"]), Some(127));
    assert_eq!(code(&["/etc/hostname"]), Some(126));
    let own = world.run(&["sandbox", "--load", "nowhere.json", "--", "/bin/true"]);
    assert_eq!(own.code, Some(125), "{own}");
    let program = env!("CARGO_BIN_EXE_twcred");
    let made = world.run(&["sandbox", "--", program, "keys", "create", "x", "--to", "env:x.env#TWILIO_API_KEY"]);
    assert_eq!(made.code, Some(0), "{made}");
}

#[test]
fn a_sandbox_serves_until_it_is_told_to_stop() {
    let world = World::new();
    let mut child = world.command(&["sandbox"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.starts_with("export TWCRED_API_URL=http://127.0.0.1:"), "{first}");
    assert!(lines.next().unwrap().unwrap().starts_with("export TWILIO_ACCOUNT_SID=AC"));
    let pid = child.id().to_string();
    assert!(std::process::Command::new("/bin/kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn completions_and_manual() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = world.run(&["completions", shell]);
        assert!(ran.code == Some(0) && ran.out.contains("keys"), "{shell}");
    }
    assert!(world.run(&["man"]).out.contains(".SH EXIT STATUS"));
    assert_eq!(world.run(&["man", "--dir", "."]).code, Some(0));
    assert!(world.path("twcred-keys-create.1").exists());
    assert_eq!(world.run(&["man", "--dir", "nowhere"]).code, Some(2));
}
