//! What `twcred audit --fix` keeps: a number that is no plain one, what stands before a carriage return that stays, and what
//! a comment asks to be left.

#![expect(clippy::disallowed_methods, reason = "a test makes the files and modes it needs")]

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;

use crate::support::{Ran, World, key_sid, mode, secret};

const ALL: &[&str] = &["--ignore", "TW207,TW405,TW410,TW503", "--fix", "--unsafe-fixes"];

fn token() -> String {
    "c81e0f2a94d7b365".repeat(2)
}

/// What the file holds after it was mended as far as can be, and what was said of it before and then.
fn mended(text: &str, more: &[&str]) -> (String, Ran, Ran) {
    let world = World::new();
    world.private("repos.env", text);
    let plain = world.run(&[&["audit", "repos.env", "--json", ALL[0], ALL[1]], more].concat());
    let ran = world.run(&[&["audit", "repos.env"], ALL, more].concat());
    (world.read("repos.env"), plain, ran)
}

/// How many fixes the summary of an audit promises, safe and unsafe ones.
fn promised(plain: &Ran) -> (u64, u64) {
    let json: Value = serde_json::from_str(&plain.raw_out).unwrap();
    let count = |key: &str| json["summary"][key].as_u64().unwrap();
    (count("fixable"), count("fixable_unsafely"))
}

#[test]
fn a_number_is_mended_only_where_its_digits_are_grouped_and_nothing_else() {
    for (written, plain) in [
        ("+1 415 555 0123", "+14155550123"),
        ("+1 (415) 555-0123", "+14155550123"),
        ("+1(415)555.0123", "+14155550123"),
        ("+1-415-555-0123", "+14155550123"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+33 1 02 03 04 05", "+33102030405"),
    ] {
        let (after, ..) = mended(&format!("TWILIO_PHONE_NUMBER={written}\n"), &["--select", "TW408"]);
        assert_eq!(after, format!("TWILIO_PHONE_NUMBER={plain}\n"));
    }
    for stays in [
        // A zero that is dialled within the country only.
        "+44 (0)20 7946 0958",
        "+49 (0)30 1234567",
        "+49 (030) 1234567",
        "+44 (0) 20 7946 0958",
        "+49 030 1234567",
        "+44-020-7946-0958",
        "+49 0 30 1234567",
        "+49 (0 30) 1234567",
        // An extension, two numbers, another prefix.
        "+1 415 555 0123 12",
        "+1 415 555 0123 (12)",
        "+1 415 555 0123 x12",
        "+1 415 555 0123 ext. 12",
        "+1-415-555-0123-12",
        "+44 20 7946 0958 - 59",
        "+44 20 7946 0958 +44 20 7946 0959",
        "+44 20 7946 0958 / 59",
        "+00 44 20 7946 0958",
        "+(44) 20 7946 0958",
        "00 44 20 7946 0958",
        "+1 415 555 012",
        "+1 415 FLOWERS",
        "+44 20 7946 0958.",
        "+44 20 (7946) 0958",
        "+44 (20 7946 0958",
        "+44 20) 7946 0958",
        "+44 ()20 7946 0958",
    ] {
        let text = format!("TWILIO_PHONE_NUMBER={stays}\n");
        let (after, plain, ran) = mended(&text, &["--select", "TW408"]);
        assert_eq!((after, promised(&plain), ran.code), (text, (0, 0), Some(0)), "{ran}");
        assert!(ran.raw_out.contains("TW408"), "{ran}");
    }
}

/// What bash reads as the token.
fn read_by_bash(world: &World, name: &str) -> String {
    let script = format!("set -a; . ./{name} 2>/dev/null; printf %s \"$TWILIO_AUTH_TOKEN\"");
    let out = Command::new("bash").args(["-c", &script]).current_dir(world.home.path()).env_clear().output().unwrap();
    String::from_utf8(out.stdout).unwrap()
}

/// Behind a blank the carriage return is a word of its own to a shell, and without the blank it is of the value.
#[test]
fn nothing_is_mended_before_a_carriage_return_that_stays() {
    let token = token();
    let export = format!("export TWILIO_AUTH_TOKEN={token} \r\nTWILIO_REGION=us1\r\n");
    for (text, more) in [
        (format!("# twcred: ignore-file[TW318] Windows programs read it\r\n{export}"), &[][..]),
        (export.clone(), &["--select", "TW304"]),
        (export.clone(), &["--select", "TW304,TW322"]),
        (export.clone(), &["--ignore", "TW318"]),
        (format!("{export}export GREETING=it's us\r\n"), &[]),
        (format!("{export}export DATA_DIR=C:\\data\\\r\n"), &[]),
        (format!("A=1\r\nTWILIO_AUTH_TOKEN='{token}'\r\nGREETING=it's us\r\n"), &[]),
    ] {
        let world = World::new();
        world.private("repos.env", &text);
        let seen = read_by_bash(&world, "repos.env");
        let (after, plain, ran) = mended(&text, &[&["--ignore", "TW207"], more].concat());
        world.private("after.env", &after);
        assert_eq!(read_by_bash(&world, "after.env"), seen, "{ran}");
        assert_eq!((after, promised(&plain)), (text, (0, 0)), "{ran}");
    }
    // Where they go, all else is mended behind them.
    let (after, ..) = mended(&export, &[]);
    assert_eq!(after, format!("TWILIO_AUTH_TOKEN={token}\nTWILIO_REGION=us1\n"));
}

fn pair() -> String {
    format!("TWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n", key_sid('1'), secret('1'))
}

/// Also where what it names is mended elsewhere than in the file.
#[test]
fn what_a_comment_behind_a_value_names_is_left_wherever_it_is() {
    for (safe, then) in [(true, false), (false, false), (false, true)] {
        let world = World::new();
        world.private("repos.env", &format!("REGION=us1 # twcred: ignore-file[TW205] it is encrypted\n{}", pair()));
        world.private("repos.env.bak", &pair());
        std::fs::set_permissions(world.path("repos.env.bak"), std::fs::Permissions::from_mode(0o644)).unwrap();
        let flags = if safe { &ALL[..3] } else { ALL };
        let ran = world.run(&[&["audit", "repos.env"], flags].concat());
        assert!(world.path("repos.env.bak").exists(), "{ran}");
        assert_eq!(mode(&world.path("repos.env.bak")), 0o644, "{ran}");
        let once = world.read("repos.env");
        assert!(once.starts_with("# twcred: ignore-file[TW205] it is encrypted\nREGION=us1\n"), "{ran}");
        if then {
            let ran = world.run(&[&["audit", "repos.env"], ALL].concat());
            assert!(world.path("repos.env.bak").exists() && world.read("repos.env") == once, "{ran}");
        }
    }
    let world = World::new();
    world.private("repos.env", &format!("REGION=us1 # twcred: ignore-file[TW202] the repository is mine\n{}", pair()));
    world.git(".", &["init", "-q"]);
    let exclude = || std::fs::read_to_string(world.path(".git/info/exclude")).unwrap_or_default();
    let before = exclude();
    let ran = world.run(&[&["audit", "repos.env"], ALL].concat());
    assert_eq!(exclude(), before, "{ran}");
}

/// A comment that is given a line of its own does not come between another and what that one speaks of.
#[test]
fn a_comment_is_moved_above_those_that_silence_something() {
    let token = token();
    let (account, key) = (format!("AC{}", "5e3d07ab".repeat(4)), format!("SK{}", "91c04be7".repeat(4)));
    let rest = format!(
        "TWILIO_ACCOUNT_SID={account}\nTWILIO_API_KEY={key}\nTWILIO_API_SECRET={}\n",
        "aB3dE6gH9jK2mN5p".repeat(2)
    );
    let line = format!("TWILIO_AUTH_TOKEN={token}");
    for (before, after) in [
        (
            format!("# twcred: ignore[TW501] hooks\n{line} # hooks\n"),
            format!("# hooks\n# twcred: ignore[TW501] hooks\n{line}\n"),
        ),
        (
            format!(
                "# a\n# twcred: ignore[TW501] hooks\n# twcred: ignore[TW305] x\nTWILIO_AUTH_TOKEN='{token}' # hooks\n"
            ),
            format!(
                "# a\n# hooks\n# twcred: ignore[TW501] hooks\n# twcred: ignore[TW305] x\nTWILIO_AUTH_TOKEN='{token}'\n"
            ),
        ),
        (
            format!(
                "# twcred: ignore[TW501] hooks\nTWILIO_AUTH_TOKEN='{token}' # twcred: ignore[TW305] docker is not used\n"
            ),
            format!(
                "# twcred: ignore[TW305] docker is not used\n# twcred: ignore[TW501] hooks\nTWILIO_AUTH_TOKEN='{token}'\n"
            ),
        ),
        // Nor does it matter that it gives no reason.
        (
            format!("# twcred: ignore[TW501] hooks\nTWILIO_AUTH_TOKEN='{token}' # twcred: ignore[TW305]\n"),
            format!("# twcred: ignore[TW305]\n# twcred: ignore[TW501] hooks\nTWILIO_AUTH_TOKEN='{token}'\n"),
        ),
    ] {
        let (found, plain, ran) = mended(&format!("{before}{rest}"), &[]);
        assert_eq!(found, format!("{after}{rest}"), "{ran}");
        assert_eq!(promised(&plain), (1, 0), "{plain}");
        assert_eq!(mended(&found, &[]).0, found);
    }
}

/// Whoever wrote the beginning of a code meant some rule, and nobody knows which one a misspelt name is.
#[test]
fn a_comment_that_names_no_rule_keeps_what_it_stands_above() {
    for text in [
        "# twcred: ignore[TW3] all\nTWILIO_REGION='ie1' \n",
        "# twcred: ignore[quoted-values] docker is not used\nTWILIO_REGION='ie1' \n",
        "# twcred: ignore[TW999] of old\nTWILIO_REGION='ie1' \n",
        "# twcred: ignore-file[TW3] all\nB=1\nTWILIO_REGION='ie1' \n",
        "# twcred: ignore[TW305, tw3]\nTWILIO_REGION='ie1' \n",
        "# twcred: ignore[TW6] the live ones\nTWILIO_REGION=ie1\n",
    ] {
        let (after, plain, ran) = mended(text, &[]);
        assert_eq!((after.as_str(), promised(&plain)), (text, (0, 0)), "{ran}");
        assert!(ran.raw_out.contains("it names a rule that there is not"), "{ran}");
    }
    // What it cannot have meant is mended.
    let (after, ..) = mended("# twcred: ignore[TW3] all\nA=1\nTWILIO_REGION='ie1'\n", &[]);
    assert_eq!(after, "# twcred: ignore[TW3] all\nA=1\nTWILIO_REGION=ie1\n");
    let (after, ..) = mended("# twcred: ignore[TW4] all\nTWILIO_REGION='ie1'\n", &[]);
    assert_eq!(after, "# twcred: ignore[TW4] all\nTWILIO_REGION=ie1\n");
    let (after, ..) = mended("# twcred: ignore-file[TW205x] all\nTWILIO_REGION='ie1'\n", &[]);
    assert_eq!(after, "# twcred: ignore-file[TW205x] all\nTWILIO_REGION='ie1'\n");
}

/// It silences nothing, and yet somebody asks for it. Once mended, what it names is beyond asking.
#[test]
fn what_a_comment_of_a_wrong_form_names_is_left() {
    for comment in [
        "# twcred: ignore TW305 compose needs them",
        "# TWCRED: ignore[TW305] compose needs them",
        "# twcred ignore[TW305]",
        "# twcred: ignore(TW305)",
        "# twcred: ignore [quoted-value] compose needs them",
        "# twcred: ignore-line: TW305",
        "# twcred: ignore",
        "#\n# twcred: ignore TW305\n# sender\n",
    ] {
        let text = format!("A=1\n{comment}\nTWILIO_REGION='ie1'\nB='2'\n");
        let (after, plain, ran) = mended(&text, &[]);
        assert_eq!((after, promised(&plain)), (text.replace("'2'", "2"), (1, 0)), "{ran}");
        assert!(plain.raw_out.contains("--fix leaves it: a comment"), "{plain}");
        // Another rule is none of it, but where nobody knows which one is.
        let text = format!("A=1\n{comment}\nTWILIO_REGION=ie1 \n");
        let (after, ..) = mended(&text, &[]);
        let expected = if comment.ends_with("ignore") { text } else { text.replace("ie1 ", "ie1") };
        assert_eq!(after, expected, "{comment}");
    }
    let text = "# twcred: ignore-file TW305\nA=1\nTWILIO_REGION='ie1'\n";
    assert_eq!(mended(text, &[]).0, text);
    let (after, _, ran) = mended("A='1' # twcred: ignore TW305\n", &[]);
    assert_eq!(after, "# twcred: ignore TW305\nA='1'\n", "{ran}");
    // To be a comment of this file at all it takes a mend of its own, and then it silences.
    for mark in ["//", ";"] {
        let (after, _, ran) = mended(&format!("{mark} twcred: ignore[TW305] compose\nTWILIO_REGION='ie1'\n"), &[]);
        assert_eq!(after, "# twcred: ignore[TW305] compose\nTWILIO_REGION='ie1'\n", "{ran}");
        assert!(ran.code == Some(0) && ran.raw_out.contains("1 silenced"), "{ran}");
    }
}

/// The note is there before and after the mend.
#[test]
fn a_note_of_a_rotation_holds_no_mend_back() {
    for (text, expected) in [
        ("TWILIO_REGION=ie1 # rotated: 2020-01-10\n", "# rotated: 2020-01-10\nTWILIO_REGION=ie1\n"),
        ("; rotated: 2020-01-10\nTWILIO_REGION=ie1\n", "# rotated: 2020-01-10\nTWILIO_REGION=ie1\n"),
        (
            "# rotated 2020-01-01\nTWILIO_REGION=ie1 # rotated 2019-01-10\n",
            "# rotated 2020-01-01\n# rotated 2019-01-10\nTWILIO_REGION=ie1\n",
        ),
    ] {
        let (after, plain, ran) = mended(text, &[]);
        assert_eq!((after.as_str(), promised(&plain), ran.code), (expected, (1, 0), Some(0)), "{ran}");
        assert!(plain.raw_out.contains("TW508") && ran.raw_out.contains("TW508"), "{ran}");
    }
}

/// Also of what only another fix lays bare.
#[test]
fn as_many_are_mended_as_were_promised() {
    let token = token();
    for (text, count) in [
        (format!("TWILIO_AUTH_TOKEN={token} # main\r\nB=\"x\"\r\n"), 3),
        ("X='1'\nX='1'\n".to_owned(), 3),
        (format!("TWILIO_AUTH_TOKEN={token}\nexport X='1'\n"), 2),
    ] {
        let (after, plain, ran) = mended(&text, &[]);
        let (safe, with_unsafe) = promised(&plain);
        assert!(ran.raw_out.contains(&format!("{count} mended")), "{ran}");
        assert_eq!(safe + with_unsafe, count, "{plain}");
        assert!(!after.contains(['\'', '"', '\r']), "{ran}");
    }
}
