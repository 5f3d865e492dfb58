//! Canary secrets, looked for in everything the program says, writes, starts and leaves behind.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use twcred::sandbox::Moment;

use crate::support::cage::{Cage, canary};
use crate::support::{account_sid, key_sid, secret};

#[test]
fn the_forms_are_found() {
    let cage = Cage::new();
    let basic = STANDARD.encode(format!("{}:{}", account_sid('a'), canary()));
    let inside = STANDARD.encode(format!("{{\"token\":\"{}\"}}", canary()));
    for text in [canary(), basic, inside, secret('1')[..12].to_owned()] {
        assert!(cage.forms().iter().any(|form| text.contains(form)), "{text} would not be found");
    }
}

fn of<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [args, &["--env-file", "repos.env"]].concat()
}

#[test]
fn every_command() {
    let cage = Cage::new();
    for args in [
        &["whoami"][..],
        &["keys", "list"],
        &["keys", "list", "--all-accounts"],
        &["keys", "show", key_sid('1').as_str()],
        &["keys", "verify"],
        &["keys", "rename", key_sid('1').as_str(), "renamed"],
        &["keys", "create", "another", "--to", "env:created.env#NEW_TWILIO_API_KEY"],
        &["keys", "rotate"],
        &["keys", "rotate", "--all", "--dry-run"],
        &["keys", "rotate", "--all"],
        &["rotation", "list"],
        &["rotation", "show"],
        &["keys", "rotate", "--all"],
    ] {
        cage.aloud(&of(args));
    }
    for id in cage.world.rotations() {
        cage.aloud(&["rotation", "show", &id]);
        cage.aloud(&["rotation", "abort", &id, "--yes"]);
    }
    let ids = cage.world.rotations();
    cage.aloud(&["rotation", "rollback", &ids[0], "--yes"]);
    cage.aloud(&["rotation", "retire", &ids[1], "--yes"]);
    cage.aloud(&of(&["keys", "rotate", "--all", "--now"]));
    cage.aloud(&["keys", "rotate", "--env-file", "nowhere.env"]);
    cage.aloud(&of(&["keys", "revoke", key_sid('1').as_str(), "--yes"]));
    assert!(cage.shown.lock().unwrap().len() > 6, "the secrets of new keys were heard");
    cage.assert_files_clean(&["repos.env", "created.env"]);
    assert_eq!(cage.world.sealed(), 0);
}

/// The secrets of profiles are in their store, and the file of profiles repeats none that a hand has put into it.
#[test]
fn profiles() {
    let cage = Cage::new();
    let entries = || -> Vec<String> {
        let folder = std::fs::read_dir(cage.world.path(".config/twcred/secrets")).unwrap();
        folder.map(|entry| format!(".config/twcred/secrets/{}", entry.unwrap().file_name().display())).collect()
    };
    let kept = || {
        let mut keep = entries();
        keep.push("repos.env".to_owned());
        keep
    };
    let (account, sid) = (account_sid('a'), key_sid('1'));
    let add = ["profile", "add", "key", "--store", "file", "--account", account.as_str(), "--sid", sid.as_str(), "-v"];
    for wrong in [canary(), secret('1')] {
        let ran = cage.world.run_with(&add, &wrong);
        cage.assert_clean("what add says", format!("{}{}", ran.raw_out, ran.raw_err).as_bytes());
    }
    cage.aloud(&of(&["profile", "add", "admin", "--store", "file", "--kind", "token"]));
    for args in [
        &["profile", "list"][..],
        &["profile", "show", "key"],
        &["profile", "use", "admin"],
        &["whoami"],
        &["keys", "list"],
        &["keys", "rotate", "-p", "key"],
        &["rotation", "rollback", "--yes"],
        &["keys", "rotate", "-p", "key", "--now"],
    ] {
        cage.aloud(args);
        let keep = kept();
        cage.assert_files_clean(&keep.iter().map(String::as_str).collect::<Vec<_>>());
    }
    assert!(cage.shown.lock().unwrap().len() > 4, "the secrets of new keys were heard");
    let book = cage.world.read(".config/twcred/profiles.toml");
    for text in [
        format!("secret = \"{}\"\n{book}", canary()),
        format!("{book}api_secret = \"{}\"\n", canary()),
        format!("active = \"{}\"\n", canary()),
        format!("profile = \"{}\"\n", canary()),
        format!("active = [\"{}\"\n", canary()),
        format!("{}\n{book}", canary()),
        book.replacen("store = \"file\"", &format!("store = \"{}\"", canary()), 1),
        book.replacen("account = \"AC", &format!("account = \"{}", canary()), 1),
        book.replacen("entry = \"", &format!("entry = \"{}", canary()), 1),
    ] {
        cage.world.file(".config/twcred/profiles.toml", &text);
        assert_eq!(cage.aloud(&["whoami"]).code, Some(2), "{text}");
    }
    for broken in [canary(), format!("{{\"api_secret\":\"{}\"", canary())] {
        cage.world.file(".config/twcred/profiles.toml", &book);
        for entry in entries() {
            cage.world.file(&entry, &broken);
        }
        assert_eq!(cage.aloud(&["whoami"]).code, Some(2));
        cage.aloud(&["profile", "show", "key", "--reveal"]);
    }
    cage.aloud(&["profile", "remove", "key", "--yes"]);
}

#[test]
fn every_command_about_tokens() {
    let cage = Cage::new();
    let check = cage.program("check", "true");
    let check = check.to_str().unwrap();
    for args in [
        &["token", "status"][..],
        &["token", "rotate", "--dry-run"],
        &["token", "create"],
        &["token", "status"],
        &["token", "delete", "--yes"],
        &["token", "create"],
        &["rotation", "list"],
        &["rotation", "show"],
        &["token", "promote", "--check", check, "--after", check, "--propagation", "1h"],
        &["token", "status"],
        &["token", "delete", "--yes"],
        &["rotation", "retire", "--yes"],
        &["token", "rotate", "--yes", "--propagation", "0"],
    ] {
        cage.aloud(&of(args));
    }
    assert!(cage.shown.lock().unwrap().len() > 6, "the new tokens were heard");
    cage.assert_files_clean(&["repos.env"]);
    assert_eq!(cage.world.sealed(), 0);
}

/// A secret typed or pasted where it does not belong: the caller put it into the arguments, we need not log it too.
#[test]
fn an_argument_is_not_quoted() {
    let cage = Cage::new();
    let token = canary();
    let (joined, pair) = (format!("--auth-token={token}"), format!("{}:{token}", account_sid('a')));
    for args in [
        &["keys", "show", &token][..],
        &["keys", "verify", &token],
        &["keys", "rotate", &pair],
        &["keys", "list", "--account", &token],
        &["keys", "list", "--auth-token", &token],
        &["keys", "list", &joined],
        &["keys", "rotate", "--max-age", &token],
        &["keys", "rotate", "--to", &token],
        &["rotation", "show", &token],
        &["keys", "list", "--env-file", "repos.env", "--api-url", "", "--region", &token],
        &["keys", "list", "--env-file", "repos.env", "--api-url", "", "--region", "ie1", "--edge", &token],
        &["keys", "list", "--env-file", "repos.env", "--api-url", &pair],
        &["keys", "list", "--env-file", &token],
        &["keys", "rotate", "--env-file", "repos.env", "--var", &token],
        &["keys", "create", "x", "--env-file", "repos.env", "--to", &format!("env:x.env#{token}")],
        &[&token],
    ] {
        for more in [&[][..], &["--json"], &["--color", "always"]] {
            let ran = cage.run(&[args, more].concat());
            assert_eq!(ran.code, Some(2), "{ran}");
        }
    }
}

/// Only `--reveal` shows a secret, and only on standard output.
#[test]
fn a_secret_is_revealed_on_request_only() {
    let cage = Cage::new();
    let ran = cage.world.run(&["keys", "create", "shown", "--reveal", "--env-file", "repos.env", "-v"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.raw_out.contains(&*cage.shown.lock().unwrap()[3]));
    cage.assert_clean("stderr", ran.raw_err.as_bytes());
    cage.run(&["keys", "create", "hidden", "--env-file", "repos.env"]);
}

#[test]
fn a_rehearsal_knows_no_secret() {
    let cage = Cage::new();
    let ran = cage.run(&["rehearse", "repos.env", "--var", "TWILIO_API_KEY", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    cage.run(&["rehearse", "--env-file", "repos.env", "--var", "NO_TWILIO_API_KEY", "-v"]);
    assert_eq!(std::fs::read_dir(cage.world.path("tmp")).unwrap().count(), 0);
}

/// The programs that a rotation starts get a secret on their standard input only, and only those that store it.
#[test]
fn children_see_no_secret() {
    let cage = Cage::new();
    let sink = cage.program(
        "sink",
        "read -r line\ncase $line in\n*'\"store\"'*) printf '%s' \"$line\" > stored ;;\n\
         *'\"load\"'*) exit 3 ;;\nesac",
    );
    let check = cage.program("check", "exit 0");
    let (to, check) = (format!("exec:{}", sink.display()), check.display().to_string());
    let rotate = ["keys", "rotate", "--env-file", "repos.env", "--var", "TWILIO_API_KEY", "--now", "-v"];
    let ran = cage.run(&[&rotate[..], &["--to", &to, "--check", &check, "--after", &check]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    let seen: Vec<_> = std::fs::read_dir(cage.world.path("tmp")).unwrap().collect();
    assert!(seen.len() >= 10, "probe, load, store, check and after have been seen: {}", seen.len());
    assert!(std::fs::read_to_string(cage.world.path("stored")).unwrap().contains("api_secret"));
    cage.assert_files_clean(&["repos.env", "stored"]);
}

/// What the user's own environment gave us is not passed on.
#[test]
fn children_do_not_inherit_the_credential() {
    let cage = Cage::new();
    let file = Cage::repos().replace("TWILIO_AUTH_TOKEN", "#");
    cage.world.file("repos.env", &file);
    let hook = cage.program("hook", "exit 0").display().to_string();
    let to = format!("exec:{}", cage.program("sink", "grep -q load && exit 3; exit 0").display());
    let rotate = ["keys", "rotate", "--env-file", "repos.env", "--var", "TWILIO_API_KEY", "--now"];
    let mut command = cage.world.command(&[&rotate[..], &["--to", &to, "--check", &hook, "--after", &hook]].concat());
    command.env("TWILIO_ACCOUNT_SID", account_sid('a').as_str()).env("TWILIO_AUTH_TOKEN", canary());
    let ran = cage.world.finish(command);
    assert_eq!(ran.code, Some(0), "{ran}");
    let paths = std::fs::read_dir(cage.world.path("tmp")).unwrap().map(|entry| entry.unwrap().path());
    let own: Vec<_> = paths.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("own.")).collect();
    assert!(own.len() >= 5, "{own:?}");
    for path in own {
        cage.assert_clean("a child's environment", &std::fs::read(path).unwrap());
    }
}

/// A program that blurts out what it was given.
#[test]
fn a_chatty_sink_is_not_quoted() {
    let cage = Cage::new();
    let sink = cage.program(
        "sink",
        "read -r line\ncase $line in\n*'\"store\"'*) echo \"cannot store $line\" >&2; exit 1 ;;\n\
         *'\"load\"'*) exit 3 ;;\nesac",
    );
    let to = format!("exec:{}", sink.display());
    let rotate = ["keys", "rotate", "--env-file", "repos.env", "--var", "TWILIO_API_KEY", "--to", &to];
    let ran = cage.aloud(&rotate);
    assert_eq!(ran.code, Some(5), "{ran}");
    cage.assert_files_clean(&["repos.env"]);
}

/// Broken files, with the secret where the break is.
#[test]
fn a_broken_file_is_not_quoted() {
    let cage = Cage::new();
    let (token, whole) = (canary(), Cage::repos());
    let lines = [
        format!("TWILIO_AUTH_TOKEN=\"{token}\n"),
        format!("TWILIO_AUTH_TOKEN='{token}'x\n"),
        format!("TWILIO_AUTH_TOKEN = {token}\n"),
        format!("TWILIO_AUTH_TOKEN={token} {token}\n"),
        format!("TWILIO_AUTH_TOKEN=$({token})\n"),
        format!("TWILIO_AUTH_TOKEN={token}\\\n"),
        format!("{token}\n"),
        format!("{token}={token}\n"),
        format!("export {token} {token}\n"),
        format!("{token}: {token}\n"),
        format!("TWILIO_API_KEY={token}\n"),
        format!("TWILIO_ACCOUNT_SID={token}\n"),
        format!("SK{token}=1\n"),
        format!("OTHER_TWILIO_API_KEY={token}\nOTHER_TWILIO_API_SECRET={token}\n"),
        format!("TWILIO_REGION={token}\n"),
        format!("TWILIO_EDGE=x.{token}/\n"),
    ];
    for line in lines {
        for text in [whole.clone() + &line, line.clone()] {
            cage.world.file("repos.env", &text);
            for command in [
                &["keys", "rotate", "--all", "--dry-run"][..],
                &["keys", "rotate", "--var", "TWILIO_API_KEY", "--dry-run"],
                &["whoami"],
                &["keys", "list"],
                &["rehearse"],
            ] {
                if command != ["rehearse"] || text == line {
                    cage.run(&[command, &["--env-file", "repos.env", "-v"]].concat());
                }
            }
        }
    }
    cage.world.file("repos.env", &whole);
    for json in [
        format!("{{\"api_key\":\"{token}\",\"api_secret\":\"{token}\"}}"),
        format!("{{\"api_secret\":\"{token}\""),
        token.clone(),
        format!("{{\"{token}\":{token}}}"),
    ] {
        cage.world.file("keys.json", &json);
        let rotate = ["keys", "rotate", "--env-file", "repos.env", "--var", "TWILIO_API_KEY", "--to", "json:keys.json"];
        let ran = cage.aloud(&rotate);
        assert_ne!(ran.code, Some(0), "{json}: {ran}");
    }
    cage.assert_files_clean(&["repos.env", "keys.json"]);
}

/// Answers that repeat the secret: in an error's message, in a header's place, in what is cut off.
#[test]
fn an_answer_is_not_quoted() {
    let token = canary();
    let said = [
        format!("{{\"code\":20003,\"message\":\"no such token: {token}\",\"status\":401}}"),
        format!("{{\"code\":\"{token}\",\"message\":[\"{token}\"],\"more_info\":\"{token}\"}}"),
        token.clone(),
        format!("<html>{token}</html>"),
        format!("{{\"sid\":\"{token}\"}}"),
    ];
    for text in said {
        let cage = Cage::behind(move |_, _| text.clone());
        for fault in ["", "refuse:401=*", "refuse:400=*", "refuse:503=*"] {
            cage.world.sandbox.clear_faults();
            if !fault.is_empty() {
                cage.world.fault(fault);
            }
            for command in [&["keys", "list"][..], &["whoami"], &["keys", "rotate", "--var", "TWILIO_API_KEY"]] {
                cage.run(&[command, &["--env-file", "repos.env", "-v"]].concat());
            }
        }
        cage.assert_files_clean(&["repos.env"]);
    }
    // The one answer with a new secret in it, spoilt in every way.
    let spoil: [fn(String) -> String; 4] = [
        |body| body[..body.len() - 3].to_owned(),
        |body| body.replace("\"sid\"", "\"Sid\""),
        |body| body.replace("\"secret\":\"", "\"secret\":[\"").replace("\",\"sid\"", "\"],\"sid\""),
        |body| format!("{body}{body}"),
    ];
    for change in spoil {
        let cage = Cage::behind(move |what, body| if what == "POST /v1/Keys" { change(body) } else { body });
        let ran = cage.run(&["keys", "rotate", "--env-file", "repos.env", "--var", "TWILIO_API_KEY", "-v"]);
        assert_ne!(ran.code, Some(0), "{ran}");
        cage.run(&["keys", "create", "x", "--to", "env:x.env", "--env-file", "repos.env", "-v"]);
        assert!(cage.shown.lock().unwrap().len() > 3);
        cage.assert_files_clean(&["repos.env"]);
    }
}

/// At every exchange of a rotation: what stands on disk, and what anybody may read of the process.
#[test]
fn killed_with_a_secret_in_its_hands() {
    let rotate = ["keys", "rotate", "--env-file", "repos.env", "--var", "TWILIO_API_KEY", "--now", "-v"];
    let mut n = 0;
    loop {
        n += 1;
        let cage = Cage::new();
        cage.world.sandbox.hold(n, Moment::After);
        let mut command = cage.world.command(&rotate);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let reached = loop {
            if cage.world.sandbox.wait_held(std::time::Duration::from_millis(50)).is_some() {
                break true;
            }
            if child.try_wait().unwrap().is_some() {
                break false;
            }
        };
        if !reached {
            break;
        }
        let of = |name: &str| std::fs::read(format!("/proc/{}/{name}", child.id())).unwrap_or_default();
        cage.assert_clean("the arguments", &of("cmdline"));
        cage.assert_clean("the environment", &of("environ"));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        cage.world.settle();
        cage.assert_clean("stderr", &output.stderr);
        cage.assert_clean("stdout", &output.stdout);
        cage.assert_files_clean(&["repos.env"]);
    }
    assert!(n > 8, "only {n} exchanges");
}

/// No core file: the limit is 0 and, what counts where cores go to a program, the process is not dumpable. Its files
/// in `/proc` are root's then, whoever it runs as.
#[test]
fn cores_are_off() {
    let cage = Cage::new();
    cage.world.fault("hold-before=GET /v1/Keys/{Sid}");
    let program = cage.world.command(&["keys", "rotate", "--env-file", "repos.env", "--var", "TWILIO_API_KEY"]);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$@\"", "sh"]);
    command.arg(program.get_program()).args(program.get_args()).env_clear();
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(cage.world.home.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if rustix::process::geteuid().is_root() {
        for path in [cage.world.home.path().to_path_buf(), cage.world.path("repos.env"), cage.world.path("tmp")] {
            std::os::unix::fs::chown(path, Some(65_534), Some(65_534)).unwrap();
        }
        command.uid(65_534).gid(65_534);
    }
    let mut child = command.spawn().unwrap();
    assert!(cage.world.sandbox.wait_held(std::time::Duration::from_secs(20)).is_some());
    let proc = PathBuf::from(format!("/proc/{}", child.id()));
    let limits = std::fs::read_to_string(proc.join("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    assert_eq!(std::fs::metadata(proc.join("maps")).unwrap().uid(), 0, "the process is dumpable");
    let pid = rustix::process::Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::ABORT).unwrap();
    let status = child.wait().unwrap();
    assert!(status.signal().is_some() && !status.core_dumped(), "{status}");
    let left: Vec<_> = std::fs::read_dir(cage.world.home.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let core = |path: &Path| path.file_name().unwrap().to_string_lossy().starts_with("core");
    assert!(!left.iter().any(|path| core(path)), "{left:?}");
}
