//! The validators of `docs/token-rotation.md`, taken from the page and run as they stand, on the webhooks of a whole
//! rotation of the Auth Token.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use twcred::sandbox::{Account, SecondaryToken, Stored};

use crate::support::{Sample, Tools, run};
use crate::token::{Home, value_of};
use crate::webhook::{AUTH_TOKEN, Webhook, sign};

const CURRENT: &str = "TWILIO_AUTH_TOKEN";
const SECONDARY: &str = "TWILIO_AUTH_TOKEN_SECONDARY";
const PREVIOUS: &str = "TWILIO_AUTH_TOKEN_PREVIOUS";

const URL: &str = "https://hooks.example.test/sms?tenant=7";

/// One of the validators, ready to be run.
struct Validator {
    command: Box<dyn Fn() -> Command>,
    _folder: TempDir,
}

/// The one block of the page in a language.
fn block(language: &str) -> String {
    let page = include_str!("../../docs/token-rotation.md");
    let fence = format!("\n```{language}\n");
    let mut found = page.split(fence.as_str()).skip(1);
    let (Some(block), None) = (found.next(), found.next()) else { panic!("not one block in {language}") };
    block.split("\n```\n").next().unwrap().to_owned() + "\n"
}

fn write(path: &Path, text: &str) {
    if std::fs::read_to_string(path).is_ok_and(|found| found == text) {
        return;
    }
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

impl Validator {
    fn python() -> Option<Self> {
        let tools = Tools::with_python()?;
        let (folder, file) = page_file("validator.py", "python");
        Some(Self { command: Box::new(move || argument(tools.python("validator.py"), &file)), _folder: folder })
    }

    fn node() -> Option<Self> {
        let tools = Tools::with_node()?;
        let (folder, file) = page_file("validator.js", "js");
        Some(Self { command: Box::new(move || argument(tools.node("validator.js"), &file)), _folder: folder })
    }

    /// A crate of its own, with the dependencies that the page names, at the versions this repository is locked to.
    fn rust() -> Self {
        let dir = Tools::folder("validator");
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let package = "[package]\nname = \"validator\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n";
        write(&dir.join("Cargo.toml"), &(package.to_owned() + &block("toml")));
        write(&dir.join("src/validator.rs"), &block("rust"));
        write(&dir.join("src/main.rs"), include_str!("rust/validator_main.rs"));
        std::fs::copy(repository.join("Cargo.lock"), dir.join("Cargo.lock")).unwrap();
        let mut build = Tools::cargo();
        build.args(["build", "--quiet", "--manifest-path"]).arg(dir.join("Cargo.toml"));
        run(build.arg("--target-dir").arg(dir.join("target")), "").succeeded("the validator in Rust");
        let program = dir.join("target/debug/validator");
        Self { command: Box::new(move || bare(&program)), _folder: TempDir::new().unwrap() }
    }

    /// Whether it accepts a webhook with these variables set.
    #[track_caller]
    fn accepts(&self, tokens: &[(&str, &str)], webhook: &Webhook) -> bool {
        let mut command = (self.command)();
        command.envs(tokens.iter().map(|(name, value)| (format!("NOW_{name}"), value)));
        let ran = run(command.arg(&webhook.url).arg(&webhook.signature), &webhook.body);
        ran.succeeded("a validator");
        match ran.stdout.as_str() {
            "accepted\n" => true,
            "refused\n" => false,
            other => panic!("{other}"),
        }
    }
}

fn page_file(name: &str, language: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join(name);
    write(&file, &block(language));
    (folder, file)
}

fn argument(mut command: Command, file: &Path) -> Command {
    command.arg(file);
    command
}

fn bare(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    command
}

fn message(token: &str, url: &str) -> Webhook {
    Webhook::form(
        token,
        url,
        &[("From", "+15005550006"), ("Body", "hi & é"), ("MediaUrl0", ""), ("Tag", "b"), ("Tag", "a")],
    )
}

/// A rotation at the sandbox, and what an env file holds at each of its stages.
fn a_rotation_from_end_to_end(validator: &Validator) {
    let sample = Sample::start(0);
    let (old, new) = (sample.token(), "fedcba9876543210".repeat(2));
    let account = |change: &dyn Fn(&mut Account)| {
        sample.sandbox.with_state(|state| change(state.account_mut(sample.account()).unwrap()));
    };
    // Twilio signs with what is the primary token now.
    let incoming = || message(&sample.token(), URL);
    let late = incoming();
    let stranger = message(&"9".repeat(32), URL);
    let before = [(CURRENT, old.as_str())];
    assert!(validator.accepts(&before, &incoming()), "before");
    assert!(!validator.accepts(&before, &message(&new, URL)), "a token that is not there yet");

    account(&|account| {
        let token = Stored::new(twcred::model::Secret::new(new.clone()));
        account.secondary = Some(SecondaryToken { token, created: account.created });
    });
    let during = [(CURRENT, old.as_str()), (SECONDARY, new.as_str())];
    assert!(validator.accepts(&during, &incoming()), "the secondary is published, and signs nothing");

    account(&|account| account.token = account.secondary.take().unwrap().token);
    assert_eq!(sample.token(), new);
    assert!(validator.accepts(&during, &incoming()), "promoted, and the file not yet brought up to date");
    assert!(validator.accepts(&during, &late), "signed before, and come after");

    let promoted = [(CURRENT, new.as_str()), (PREVIOUS, old.as_str())];
    assert!(validator.accepts(&promoted, &incoming()), "published");
    assert!(validator.accepts(&promoted, &late), "signed before, and come later still");

    let after = [(CURRENT, new.as_str())];
    assert!(validator.accepts(&after, &incoming()), "after");
    assert!(!validator.accepts(&after, &late), "the old token is gone");
    for stage in [&before[..], &during, &promoted, &after] {
        assert!(!validator.accepts(stage, &stranger), "a token of somebody else");
    }
}

/// One run of the built program, from end to end. The file is kept as it was at the gate, by the check, and once the new
/// token was in force, by the after command: what a service reads that loads it then.
fn a_run_of_token_rotate(validator: &Validator) {
    let sample = Sample::start(0);
    let (home, old) = (Home::new(&sample), sample.token());
    let before = home.text.clone();
    let (check, after) = ("cp repos.env gate.env", "cp repos.env promoted.env");
    home.twcred(&sample, &["token", "rotate", "--check", check, "--after", after, "--propagation", "0"]);
    let new = sample.token();
    assert_ne!(new, old);
    let [gate, promoted, end] = ["gate.env", "promoted.env", "repos.env"].map(|name| home.read(name));
    assert_eq!(value_of(&gate, SECONDARY).as_deref(), Some(new.as_str()));
    assert_eq!(value_of(&promoted, PREVIOUS).as_deref(), Some(old.as_str()));
    let accepts = |text: &str, token: &str| {
        let held = [CURRENT, SECONDARY, PREVIOUS].map(|name| (name, value_of(text, name).unwrap_or_default()));
        let held = held.each_ref().map(|(name, value)| (*name, value.as_str()));
        validator.accepts(&held, &message(token, URL))
    };
    for (what, text, signer, accepted) in [
        ("before", &before, &old, true),
        ("before, by a token that is not there yet", &before, &new, false),
        ("during, before the promote", &gate, &old, true),
        ("during, after the promote, with what was read before it", &gate, &new, true),
        ("during, once the new token is in force", &promoted, &new, true),
        ("during, signed before the promote and come after it", &promoted, &old, true),
        ("after", &end, &new, true),
        ("after, by the old token", &end, &old, false),
    ] {
        assert_eq!(accepts(text, signer), accepted, "{what}");
    }
}

fn what_is_accepted_and_refused(validator: &Validator) {
    let token = "0123456789abcdef".repeat(2);
    let other = "f".repeat(32);
    let set = [(CURRENT, other.as_str()), (SECONDARY, ""), (PREVIOUS, token.as_str())];
    let good = message(&token, URL);
    for (what, webhook) in [
        ("a form", good.clone()),
        ("no body", Webhook::form(&token, URL, &[])),
        ("JSON", Webhook::json(&token, URL, r#"{"k":1,"é":" "}"#)),
        ("an empty body with its hash", Webhook::json(&token, URL, "")),
        ("the port, signed", Webhook { url: URL.to_owned(), ..message(&token, &URL.replace("test/", "test:443/")) }),
        ("the port, not signed", Webhook { url: URL.replace("test/", "test:443/"), ..good.clone() }),
        ("a port of its own", message(&token, "http://hook@127.0.0.1:8080/sms")),
    ] {
        assert!(validator.accepts(&set, &webhook), "{what}");
    }
    let json = Webhook::json(&token, URL, r#"{"k":1}"#);
    let bare = Webhook { url: URL.to_owned(), signature: sign(AUTH_TOKEN, &token, URL), ..json.clone() };
    for (what, webhook) in [
        ("another body", Webhook { body: good.body.replace("hi", "ho"), ..good.clone() }),
        ("a field more", Webhook { body: format!("{}&To=%2B1", good.body), ..good.clone() }),
        ("a field less", Webhook { body: good.body.replace("&MediaUrl0=", ""), ..good.clone() }),
        ("no body any more", Webhook { body: String::new(), ..good.clone() }),
        ("another URL", Webhook { url: URL.replace('7', "8"), ..good.clone() }),
        ("another host", Webhook { url: URL.replace("hooks", "hook"), ..good.clone() }),
        ("no signature", Webhook { signature: String::new(), ..good.clone() }),
        ("no base64", Webhook { signature: "#".to_owned(), ..good.clone() }),
        ("half a signature", Webhook { signature: good.signature[..12].to_owned(), ..good.clone() }),
        ("other JSON", Webhook { body: r#"{"k":2}"#.to_owned(), ..json.clone() }),
        ("JSON taken away", Webhook { body: String::new(), ..json.clone() }),
        ("JSON that nothing vouches for", bare),
    ] {
        assert!(!validator.accepts(&set, &webhook), "{what}");
    }
    // What anybody can sign: with the empty key, and with a key of blanks.
    for forged in ["", " "] {
        let webhook = message(forged, URL);
        for set in
            [&[][..], &[(CURRENT, forged)], &[(CURRENT, token.as_str()), (SECONDARY, forged), (PREVIOUS, forged)]]
        {
            assert!(!validator.accepts(set, &webhook), "an empty token, of {set:?}");
        }
    }
    assert!(!validator.accepts(&[], &good), "no token at all");
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn the_python_validator_accepts_webhooks_before_during_and_after_a_rotation() {
    let Some(validator) = Validator::python() else { return };
    a_rotation_from_end_to_end(&validator);
    a_run_of_token_rotate(&validator);
    what_is_accepted_and_refused(&validator);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn the_node_validator_accepts_webhooks_before_during_and_after_a_rotation() {
    let Some(validator) = Validator::node() else { return };
    a_rotation_from_end_to_end(&validator);
    a_run_of_token_rotate(&validator);
    what_is_accepted_and_refused(&validator);
}

#[test]
#[ignore = "builds a crate of its own"]
fn the_rust_validator_accepts_webhooks_before_during_and_after_a_rotation() {
    let validator = Validator::rust();
    a_rotation_from_end_to_end(&validator);
    a_run_of_token_rotate(&validator);
    what_is_accepted_and_refused(&validator);
}
