//! `twcred audit` of lines that programs read differently, and of files that are no plain text: what stands there is not
//! taken for what is not there.

#![expect(clippy::disallowed_methods, reason = "a test makes the files it needs")]

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use twcred::sandbox::{AccountSeed, Fault, Kind};

use crate::support::{Ran, World, account_sid, add_key, key_sid, secret, token};

const FORMATS: [&str; 4] = ["human", "json", "sarif", "github"];

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn token_text() -> String {
    format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\n", account_sid('a'), token())
}

fn put(world: &World, name: &str, bytes: impl AsRef<[u8]>) {
    let path = world.path(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
}

/// A secret in each way of writing that splits the readers, or that none of them understands.
fn spellings(name: &str, value: &str) -> Vec<Vec<u8>> {
    let text = |text: String| text.into_bytes();
    vec![
        text(format!("A=\"open\n{name}={value}\n")),
        text(format!("A=it's\n{name}={value}\n")),
        text(format!("{name}=\"{value}\n")),
        text(format!("{name}=`{value}`\n")),
        text(format!("{name}=\"{value}\"x\n")),
        text(format!("{name}=\"{value}\";\n")),
        text(format!("{name}={value}\\\n")),
        text(format!("{name}: {value}\n")),
        text(format!("\"{name}\": \"{value}\",\n")),
        text(format!("export B=1 {name}={value}\n")),
        text(format!("setenv {name} {value}\n")),
        text(format!("{name}='\n{value}\n'\n")),
        text(format!("{name}=$(echo {value})\n")),
        text(format!("{name}=${{B:-{value}}}\n")),
        text(format!("A=1\r{name}={value}\r")),
        text(format!("{name}={value}\0\n")),
        utf16(&format!("{name}={value}\n")),
        utf16(&format!("{name}={value}\n"))[2..].to_vec(),
    ]
}

#[test]
fn a_key_that_stands_anywhere_in_an_audited_file_is_held() {
    let world = World::new();
    world.private("token.env", &token_text());
    let key = key_sid('1');
    let mut files = spellings("TWILIO_API_KEY", key.as_str());
    files.push(format!("export TWILIO_API_KEY={key} TWILIO_API_SECRET={}\n", secret('1')).into_bytes());
    files.push(format!("# in the vault: {key}\n").into_bytes());
    let asked = |more: &[&str]| world.run(&[&["audit", "--live", "--select", "TW611", "token.env"], more].concat());
    for bytes in files {
        put(&world, "other.env", &bytes);
        let ran = asked(&["other.env"]);
        assert!(!ran.raw_out.contains("TW611"), "{}\n{ran}", String::from_utf8_lossy(&bytes));
    }
    assert!(asked(&[]).raw_out.contains("TW611"));
    // What a file holds that could not be read, nobody knows.
    let ran = world.run(&["audit", "--live", "--select", "TW611,TW610", "token.env", "gone.env"]);
    assert!(!ran.raw_out.contains("TW611") && ran.raw_out.contains("gone.env could not be read"), "{ran}");
}

#[test]
fn a_secret_is_looked_for_however_its_line_is_written() {
    let world = World::new();
    let value = secret('1');
    put(&world, "cp/a", &value);
    for bytes in spellings("TWILIO_API_SECRET", &value).into_iter().chain(spellings("SHOP_DB_PASSWORD", &value)) {
        put(&world, "f.env", &bytes);
        for select in ["TW504", "TW504,TW3"] {
            let ran = world.run(&["audit", "f.env", "--select", select, "--copies", "cp"]);
            let found = ran.code == Some(3) && ran.raw_out.contains("error[TW504]");
            assert!(found && !world.leaks(&ran.raw_out), "{:?}\n{ran}", String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn what_was_not_looked_for_is_said_in_every_form() {
    let world = World::new();
    put(&world, "cp/a", "x");
    let latin: &[u8] = b"SHOP_DB_PASSWORD=of-the-shop-\xe9-and-long-enough\n";
    for (bytes, says) in [
        (latin, "SHOP_DB_PASSWORD was not looked for: its value cannot be made out"),
        (b"TWILIO_API_SECRET=short\n", "no value of the file could be looked for"),
        (b"TWILIO_API_SECRET=$OTHER\n", "no value of the file could be looked for"),
        (b"", "no value of the file could be looked for"),
    ] {
        put(&world, "f.env", bytes);
        for format in FORMATS {
            let ran = world.run(&["audit", "f.env", "--select", "TW504", "--copies", "cp", "--format", format]);
            // People read it beside the report, on standard error.
            let untold =
                (format == "human" || ran.raw_out.contains(says)) && ran.raw_err.contains(&format!("f.env: {says}"));
            assert!(untold && ran.code == Some(0), "{format} {:?}\n{ran}", String::from_utf8_lossy(bytes));
        }
    }
    put(&world, "f.env", format!("TWILIO_API_SECRET={}\n", secret('1')));
    let ran = world.run(&["audit", "f.env", "--select", "TW504", "--copies", "cp"]);
    assert!(!format!("{}{}", ran.raw_out, ran.raw_err).contains("looked for"), "{ran}");
}

fn required(world: &World, more: &[&str]) -> Ran {
    world.run(&[&["audit", "u.env", "--require-live"], more].concat())
}

#[test]
fn a_credential_that_was_not_tried_is_no_settled_answer() {
    let world = World::new();
    let [account, key] = [account_sid('a').to_string(), key_sid('1').to_string()];
    let pair = format!("TWILIO_ACCOUNT_SID={account}\nTWILIO_API_KEY={key}\n");
    let mut files = vec![utf16(&token_text()), utf16(&token_text())[2..].to_vec()];
    files.push(token_text().replace('=', ": ").into_bytes());
    files.push(token_text().replace('\n', "\r").into_bytes());
    files.push([pair.as_bytes(), format!("TWILIO_API_SECRET: {}\n", secret('1')).as_bytes()].concat());
    files.push(format!("export TWILIO_ACCOUNT_SID={account} TWILIO_AUTH_TOKEN={}\n", token()).into_bytes());
    for bytes in files {
        put(&world, "u.env", &bytes);
        let ran = required(&world, &["--select", "TW6"]);
        let untold = ran.code == Some(75) && ran.raw_out.contains("TW610");
        assert!(untold, "{:?}\n{ran}", String::from_utf8_lossy(&bytes));
        assert_eq!(required(&world, &["--fail-on", "critical"]).code, Some(75));
    }
    // A template in a comment, and a token of somebody else's, are none.
    put(&world, "u.env", format!("# TWILIO_AUTH_TOKEN={}\nGITHUB_AUTH_TOKEN: {}\n", token(), token()));
    assert_eq!(required(&world, &["--select", "TW6"]).code, Some(0));
}

/// What the user takes for granted, in writing and with the reason, keeps no run from ending well.
#[test]
fn what_is_excepted_with_a_reason_is_no_open_answer() {
    let world = World::new();
    let text = format!("TWILIO_AUTH_TOKEN={}\n", "5e3d07ab1c9f4826".repeat(2));
    let exception = "[[exception]]\nrule = \"TW610\"\nvariable = \"TWILIO_AUTH_TOKEN\"\nreason = \"validator\"\n";
    world.private("a.toml", exception);
    world.private("none.toml", "");
    for (comment, config, more, code) in [
        ("", "none", &["--select", "TW6"][..], 75),
        ("# twcred: ignore[TW610] validator\n", "none", &["--select", "TW6"], 0),
        ("# twcred: ignore[TW610] validator\n", "none", &["--select", "TW3"], 0),
        ("# twcred: ignore[TW610] validator\n", "none", &["--select", "TW6", "--no-ignores"], 75),
        ("# twcred: ignore-file[cannot-tell] validator\n", "none", &["--select", "TW6"], 0),
        ("# twcred: ignore[TW610]\n", "none", &["--select", "TW6"], 75),
        ("", "a", &["--select", "TW6"], 0),
        ("", "a", &["--select", "TW6", "--no-ignores"], 75),
        ("", "none", &["--ignore", "TW610,TW207,TW5"], 75),
        ("", "none", &["--select", "TW3"], 75),
    ] {
        put(&world, "u.env", format!("{comment}{text}"));
        let ran = required(&world, &[&["--config", &format!("{config}.toml")], more].concat());
        assert_eq!(ran.code, Some(code), "{comment}{more:?}\n{ran}");
        let said =
            "the answers that stay open are not shown (TW610): u.env: TWILIO_AUTH_TOKEN: cannot tell whether it works";
        let hidden = code == 75 && !ran.raw_out.contains("TW610");
        assert_eq!(ran.raw_err.contains(said), hidden, "{ran}");
    }
}

/// Whoever takes for granted that a token cannot be tried has not said that Twilio may be out of reach.
#[test]
fn what_twilio_did_not_answer_stays_open_whatever_excepts_it() {
    let exception = "[[exception]]\nrule = \"TW610\"\nreason = \"validator\"\n";
    let away = ["--timeout", "1s", "--select", "TW6"];
    let world = World::new().env("TWCRED_API_URL", "http://127.0.0.1:9");
    world.private("a.toml", exception);
    world.private("none.toml", "");
    let comment = "# twcred: ignore-file[TW610] validator\n";
    for (text, config, code) in [
        (format!("{comment}{}", token_text()), "none", 75),
        (token_text().replace("TWILIO_AUTH", "# twcred: ignore[TW610] validator\nTWILIO_AUTH"), "none", 75),
        (token_text(), "a", 75),
        // Nobody was asked.
        (format!("{comment}{}", token_text().replace('=', ": ")), "none", 0),
        (token_text().replace('=', ": "), "a", 0),
    ] {
        put(&world, "u.env", &text);
        let ran = required(&world, &[&["--config", &format!("{config}.toml")][..], &away].concat());
        assert_eq!(ran.code, Some(code), "{config}\n{ran}");
        let said = ran.raw_err.contains("the answers that stay open are not shown (TW610): u.env: TWILIO_AUTH_TOKEN");
        assert_eq!(said, code == 75, "{ran}");
    }
    // The keys of an account are asked for too, and a file that cannot be read is a thing of this machine.
    let fault: Fault = "refuse:503=GET /v1/Keys".parse().unwrap();
    let world = World::served(|_| {}, |options| options.faults = vec![fault]);
    world.private("a.toml", exception);
    put(&world, "u.env", token_text());
    assert_eq!(required(&world, &["--config", "a.toml", "--select", "TW6"]).code, Some(75));
}

/// What is at fault is the file, and asking again would settle nothing.
#[test]
fn the_help_for_a_token_without_its_account_does_not_begin_with_asking_again() {
    let world = World::new();
    put(&world, "u.env", format!("TWILIO_AUTH_TOKEN={}\n", "5e3d07ab1c9f4826".repeat(2)));
    let ran = required(&world, &["--select", "TW610"]);
    let help = ran.raw_out.lines().find(|line| line.contains("help: ")).unwrap_or_default();
    assert!(help.contains("asking again settles nothing: name the Account SID that is missing"), "{ran}");
}

#[test]
fn a_key_that_the_account_does_not_have_is_not_said_to_be_revoked() {
    let world = World::with(|state| {
        let seed = AccountSeed {
            sid: account_sid('b'),
            owner: Some(account_sid('a')),
            name: "Child".to_owned(),
            token: "f0".repeat(16).into(),
            created: twcred::cli::context::clock(),
        };
        state.add_account(seed).unwrap();
        add_key(state, 'b', '4', "child key", Kind::Standard, 3);
    });
    let pair = format!("TWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n", key_sid('4'), secret('9'));
    world.private("repos.env", &(token_text() + &pair));
    let ran = world.run(&["audit", "repos.env", "--live", "--select", "TW601,TW609"]);
    let said = ran.raw_out.contains("the account has no such key: it was revoked, or is another account's");
    assert!(said && ran.code == Some(3) && !ran.raw_out.contains("keys rotate"), "{ran}");
}

#[test]
fn a_secret_in_the_place_of_a_sid_is_one() {
    let world = World::new();
    let (value, sid) = (secret('1'), format!("SK{}", "0a1b2c3d4e5f6789".repeat(2)));
    put(&world, "cp/a", &value);
    put(&world, "cp/b", &sid);
    let name = format!("sw/{value}.env");
    put(&world, &name, format!("TWILIO_API_KEY={value}\nTWILIO_API_SECRET={sid}\n"));
    for format in FORMATS {
        let ran = world.run(&["audit", &name, "--select", "TW504", "--copies", "cp", "--format", format]);
        assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err), "{ran}");
        assert_eq!(ran.code, Some(3), "{ran}");
        if format == "human" {
            let (secret, sid) = ("TWILIO_API_KEY: the secret", "TWILIO_API_SECRET: the SID, which is no secret,");
            assert!(ran.raw_out.contains(secret) && ran.raw_out.contains(sid), "{ran}");
        }
    }
}

#[test]
fn no_path_shows_what_the_file_says_wherever_it_says_it() {
    let world = World::new();
    let value = secret('1');
    let mut files = spellings("TWILIO_API_SECRET", &value);
    let key = key_sid('1');
    let more = [
        format!("#TWILIO_API_SECRET={value}\n"),
        format!("TWILIO_API_KEY={key} # {value}\n"),
        format!("# {value}\n"),
        format!("STRIPE_KEY={value}\n"),
        format!("DATABASE_URL=postgres://u:{value}@h/db\n"),
        format!("DB_PASS={value}\n"),
        format!("PASSPHRASE={value}\n"),
        format!("SENTRY_DSN=https://{value}@o1.ingest.example.com/1\n"),
    ];
    files.extend(more.map(String::into_bytes));
    let name = format!("{value}.env");
    for bytes in files {
        put(&world, &name, &bytes);
        for format in FORMATS {
            let ran = world.run(&["audit", &name, "--format", format]);
            let clear = !world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err);
            assert!(clear, "{:?}\n{ran}", String::from_utf8_lossy(&bytes));
        }
    }
    // Words that have no form of a secret's hide nothing but themselves where their names say so.
    for (named, text, shown) in [
        ("correct-horse-battery-staple", "DB_PASS=correct-horse-battery-staple\n", false),
        ("correct-horse-battery-staple", "DATABASE_URL=postgres://u:correct-horse-battery-staple@h/db\n", false),
        ("shipcrew-production-server", "APP=shipcrew-production-server\n", true),
        ("shipcrew-production-server", "SSL_KEY=/srv/shipcrew-production-server/key.pem\n", true),
    ] {
        let name = format!("{named}/repos.env");
        put(&world, &name, text);
        let ran = world.run(&["audit", &name, "--json"]);
        assert_eq!(ran.raw_out.contains(named), shown, "{text}\n{ran}");
        assert!(ran.raw_out.contains("repos.env"), "{ran}");
    }
}
