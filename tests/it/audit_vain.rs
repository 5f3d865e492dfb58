//! Comments that tell the audit to keep quiet, and find nothing to ignore: told, and taken away only if no fix could have
//! made them vain.

use crate::support::{Ran, World, key_sid, secret};

const IGNORED: &str = "TW207,TW405,TW406,TW410,TW412,TW502,TW503";

fn audited(text: &str, more: &[&str]) -> (String, Ran) {
    let world = World::new();
    world.private("repos.env", text);
    let ran = world.run(&[&["audit", "repos.env", "--ignore", IGNORED], more].concat());
    (world.read("repos.env"), ran)
}

fn token() -> String {
    "5e3d07ab1c9f4826".repeat(2)
}

/// The comment stands above something else than it means, and what it means is there.
#[test]
fn what_a_comment_further_up_asks_to_keep_stays() {
    let (key, token) = (format!("SK{}", token()), token());
    let both = format!("TWILIO_API_KEY={key}\nTWILIO_API_SECRET={}\n", secret('7'));
    for text in [
        "# twcred: ignore[TW304] sourced by cron\n# sender\nexport TWILIO_PHONE_NUMBER=+14155550123\n".to_owned(),
        "# twcred: ignore[TW305] compose needs them\n\n# sender\nTWILIO_PHONE_NUMBER='+14155550123'\n".to_owned(),
        "# twcred: ignore[TW305,TW304] compose needs them\n# sender\nTWILIO_PHONE_NUMBER='+14155550123'\n".to_owned(),
        format!("{both}# twcred: ignore[TW501] webhook signatures\n# main\nTWILIO_AUTH_TOKEN={token}\n"),
        format!("{both}# twcred: ignore[TW501] webhook signatures\n\nTWILIO_AUTH_TOKEN={token}\n"),
        format!("# twcred: ignore[TW401] both for now\nTWILIO_API_KEY={key}\nTWILIO_API_KEY={key}\n"),
        "# twcred: ignore[TW402] two systems\nFOO_A=1\nfoo_a=2\n".to_owned(),
        format!(
            "# twcred: ignore[TW403] two systems\nTWILIO_API_KEY={key}\nTWILIO_API_KEY_SID=SK{}\n",
            "91c04be7d2a8f635".repeat(2)
        ),
        "# twcred: ignore[TW318] windows\r\nTWILIO_REGION=ie1\r\n".to_owned(),
    ] {
        for more in [&["--fix"][..], &["--fix", "--unsafe-fixes"]] {
            let (after, ran) = audited(&text, more);
            assert_eq!(after, text, "{ran}");
            assert!(ran.raw_out.contains("TW509"), "it is above the wrong line, and that is told: {ran}");
        }
        let (_, ran) = audited(&text, &[]);
        assert!(!ran.raw_out.contains("does it"), "{ran}");
    }
}

/// What it ignores may be there again as soon as another fault of the file is mended.
#[test]
fn a_comment_in_vain_goes_only_if_that_is_asked_for() {
    for text in [
        "# twcred: ignore[TW305] docker is not used\nTWILIO_REGION=ie1\n".to_owned(),
        format!(
            "TWILIO_API_KEY={}\nTWILIO_API_SECRET=\n# twcred: ignore[TW501] webhook signatures\nTWILIO_AUTH_TOKEN={}\n",
            key_sid('7'),
            token()
        ),
    ] {
        let (after, ran) = audited(&text, &["--fix"]);
        assert_eq!(after, text, "{ran}");
        assert!(ran.raw_out.contains("--fix --unsafe-fixes does it: remove the comment"), "{ran}");
        let (after, ran) = audited(&text, &["--fix", "--unsafe-fixes"]);
        assert!(!after.contains("twcred:") && ran.raw_out.contains("TW509 mended"), "{ran}");
    }
}

/// A comment that stands above something else than it means: what it names is not mended as long as nobody has said what
/// it is for, or it would be taken away as one that has nothing to ignore any more.
#[test]
fn what_a_comment_elsewhere_names_stays_until_somebody_decides() {
    let comment = "# twcred: ignore[TW305] compose needs them\n";
    for text in [
        format!("{comment}A=1\nTWILIO_PHONE_NUMBER='+14155550123'\n"),
        format!("TWILIO_PHONE_NUMBER='+14155550123'\n\n{comment}A=1\n"),
        format!(
            "# twcred: ignore[TW304] sourced by cron\nA=1\nexport TWILIO_PHONE_NUMBER=+14155550123\n{comment}B=1\nC='x'\n"
        ),
    ] {
        for more in [&["--fix"][..], &["--fix", "--unsafe-fixes"]] {
            let (after, ran) = audited(&text, more);
            assert_eq!(after, text, "{ran}");
            let told = ran.raw_out.contains("--fix leaves it: the comment in line ")
                && ran.raw_out.contains("there is nothing to ignore");
            assert!(told && !ran.raw_out.contains("does it"), "{ran}");
        }
    }
    // Nor is what it names taken away with something else: the end of the file that is to lack its newline.
    let text = "# twcred: ignore[TW325] meant\nA=1\n# twcred: ignore[TW999] old";
    assert_eq!(audited(text, &["--fix", "--unsafe-fixes"]).0, text);
    // What another comment is in use for, and what stands in a file that says no more of it, is mended.
    let (after, _) = audited(&format!("{comment}A='1'\nB='1'\n"), &["--fix", "--unsafe-fixes"]);
    assert_eq!(after, format!("{comment}A='1'\nB=1\n"));
    // Nor can it excuse who may read the file, by keeping it open.
    let (after, _) = audited("# twcred: ignore-file[TW101] meant\nA='1'\n", &["--fix", "--unsafe-fixes"]);
    assert_eq!(after, "A=1\n");
}

/// A comment behind a value that gets a line of its own is told there, for whatever reason, as it was told before.
#[test]
fn a_comment_that_ignores_nothing_is_moved_from_behind_its_value() {
    for comment in ["ignore[TW305]", "ignore-file[TW305]", "ignore[TW305] why", "ignore TW305"] {
        let (after, ran) = audited(&format!("A=x # twcred: {comment}\n"), &["--fix"]);
        assert_eq!((after, ran.code), (format!("# twcred: {comment}\nA=x\n"), Some(0)), "{ran}");
    }
    // Where it is not told yet, the reason says that it would be, be there others that are.
    let text = "A=x # twcred: ignore TW305\n// twcred: ignore TW305\nB=x\n";
    let (after, ran) = audited(text, &["--fix"]);
    assert_eq!(after, "# twcred: ignore TW305\nA=x\n// twcred: ignore TW305\nB=x\n", "{ran}");
    assert!(ran.raw_err.contains("TW327 was not mended: TW509 would then be found where it is not now"), "{ran}");
}

/// Another user's list of what git ignores, and another's home, say something else.
#[test]
fn what_hangs_on_the_user_is_never_called_vain() {
    for rule in ["TW202", "TW204", "TW206"] {
        let world = World::new();
        world.git(".", &["init", "-q"]);
        let text = format!("# twcred: ignore-file[{rule}] the list of the server has it\nTWILIO_REGION=ie1\n");
        world.private("repos.env", &text);
        world.file(".gitignore", "repos.env\n");
        let ran = world.run(&["audit", "repos.env", "--ignore", IGNORED, "--fix", "--unsafe-fixes"]);
        assert!(world.read("repos.env") == text && !ran.raw_out.contains("TW509"), "{ran}");
    }
}

/// What cannot be mended because of what the rules would then find is not said to change a value.
#[test]
fn a_reason_that_was_found_anew_is_named() {
    let sids = [format!("AC{}", token()), format!("SK{}", token())];
    let text =
        format!("TWILIO_ACCOUNT_SID={}\n# twcred: ignore[TW409] odd but meant\nTWILIO_API_KEY={}\n", sids[1], sids[0]);
    let (after, ran) = audited(&text, &["--fix", "--unsafe-fixes", "--select", "TW409,TW509"]);
    assert_eq!(after, text, "{ran}");
    assert!(ran.raw_err.contains("TW409 was not mended: TW509 would then be found"), "{ran}");
    let text = format!("// twcred: ignore[TW305] docker is not used\nTWILIO_ACCOUNT_SID={}\n", sids[0]);
    let (after, ran) = audited(&text, &["--fix"]);
    assert_eq!(after, text, "{ran}");
    assert!(ran.raw_err.contains("TW327 was not mended: TW509 would then be found"), "{ran}");
    let (_, ran) = audited(&text, &[]);
    assert!(ran.raw_out.contains("--fix leaves it: TW509 would then be found"), "{ran}");
}

#[test]
fn line_ends_that_stay_say_why() {
    for (text, why) in [
        ("A=1\r\n# end \\\r\nB='x'\r\n", "a line ends in a backslash"),
        ("A=1\r\nB=x;y\r\n", "a shell would run"),
        ("A=1\r\nB=~/x\r\n", "a shell would put a home"),
        ("A=1\r\nB='x\r\ny'\r\n", "a value goes over several lines"),
        ("A=1\rB=2\r\n", "a carriage return stands alone"),
    ] {
        let (after, ran) = audited(text, &["--fix"]);
        assert_eq!(after, text, "{ran}");
        assert!(ran.raw_out.contains(&format!("--fix leaves the line ends: {why}")), "{ran}");
    }
    let (_, ran) = audited("A=1\r\n# end \\\r\nB='x'\r\n", &["--fix"]);
    assert!(ran.raw_err.contains("TW305, TW317 was not mended: the carriage returns stay"), "{ran}");
}
