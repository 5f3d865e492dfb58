//! Auth Tokens in env files of any shape: what a probe promises is kept, and nothing beside it changes.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use proptest::prelude::*;
use twcred::model::{AccountSid, Secret, TokenNames};
use twcred::sinks::{Options, Spec, TokenChange, TokenTarget, open};

use crate::sinks_contract::put;

const OLD: &str = "s3cr3tOLD";
const NEW: &str = "s3cr3tNEW";

fn account(digit: &str) -> String {
    format!("AC{}", digit.repeat(32))
}

/// A line of a file; the first letter of a project's name tells it from the others.
fn line() -> impl Strategy<Value = String> {
    let project = prop_oneof![2 => Just(""), 1 => Just("P_"), 1 => Just("Q_")];
    let value = prop_oneof![6 => Just(OLD), 1 => Just("s3cr3tx"), 1 => Just(""), 1 => Just("two words")];
    let quote = prop_oneof![3 => Just(""), 1 => Just("'"), 1 => Just("\"")];
    let behind = prop_oneof![3 => Just(""), 1 => Just(" # its comment"), 1 => Just("  ")];
    let name = prop_oneof![4 => Just("TWILIO_AUTH_TOKEN"), 1 => Just("AUTH_TOKEN")];
    let token = ("(export )?", project.clone(), name, quote, value, behind).prop_map(
        |(export, project, name, quote, value, behind)| {
            format!("{export}{project}{name}={quote}{value}{quote}{behind}")
        },
    );
    let owner = (project, prop_oneof![Just("a"), Just("b")])
        .prop_map(|(project, digit)| format!("{project}TWILIO_ACCOUNT_SID={}", account(digit)));
    prop_oneof![
        6 => token,
        2 => owner,
        1 => Just(String::new()),
        1 => Just(format!("# not {OLD}")),
        1 => Just("X=1".to_owned()),
        1 => Just("TWILIO_API_KEY=SK1".to_owned()),
        1 => "[ -~]{0,10}",
    ]
}

fn text() -> impl Strategy<Value = String> {
    let ending = prop_oneof![4 => Just("\n"), 1 => Just("\r\n")];
    (prop::collection::vec((line(), ending), 1..10), any::<bool>()).prop_map(|(lines, last)| {
        let whole = lines.into_iter().flat_map(|(line, ending)| [line, ending.to_owned()]).collect::<String>();
        if last { whole } else { whole.trim_end_matches(['\r', '\n']).to_owned() }
    })
}

/// The file after the rotation, made line by line, independently of how the sink does it.
fn rotated(text: &str) -> String {
    let project = |line: &str| -> Option<String> {
        let name = line.strip_prefix("export ").unwrap_or(line).split('=').next()?;
        let at = name.find("TWILIO_AUTH_TOKEN").or_else(|| name.find("AUTH_TOKEN"))?;
        Some(name[..at].to_owned())
    };
    let others =
        |project: &str| text.lines().any(|line| *line == format!("{project}TWILIO_ACCOUNT_SID={}", account("b")));
    let bare = |line: &str| !line.contains("TWILIO_") && !line.trim_start_matches("export ").starts_with("AUTH");
    let rotates = |line: &str| {
        let value = line.split('=').nth(1).unwrap_or_default();
        let held = value.trim_start_matches(['\'', '"']).starts_with(OLD);
        held && !line.starts_with('#') && !bare(line) && project(line).is_some_and(|project| !others(&project))
    };
    text.split_inclusive('\n')
        .map(|line| if rotates(line) { line.replace(OLD, NEW) } else { line.to_owned() })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_rotation_that_was_probed_works_and_changes_the_tokens_alone(text in text()) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("repos.env");
        put(&path, &text);
        let spec = Spec::parse(&format!("env:{}", path.display())).unwrap();
        let sink = open(&spec, &Options::default()).unwrap();
        let account = AccountSid::parse(&account("a")).unwrap();
        let target = TokenTarget { account, names: TokenNames::default() };
        let [old, new] = [OLD, NEW].map(|text| Secret::new(text.to_owned()));
        let store = |change: &TokenChange| sink.store_tokens(&target, change);
        let now = || fs::read_to_string(&path).unwrap();
        let stage = TokenChange::Stage { current: old.clone(), secondary: new.clone() };
        let probed = sink.probe_tokens(&target, &old, None);
        prop_assert_eq!(now(), text.as_str(), "a probe wrote");
        if let Err(error) = probed {
            let said = format!("{error:?} {error}");
            prop_assert!(!said.contains("s3cr3t"));
            if store(&stage).is_err() {
                prop_assert_eq!(now(), text, "an error wrote");
            }
            return Ok(());
        }
        store(&stage).unwrap();
        store(&TokenChange::Unstage { current: old.clone(), secondary: new.clone() }).unwrap();
        prop_assert_eq!(now(), text.as_str(), "staged and taken out again");
        for change in [
            stage,
            TokenChange::Switch { old: old.clone(), new: new.clone() },
            TokenChange::Clear { current: new.clone(), previous: old.clone() },
        ] {
            let said = store(&change).unwrap();
            prop_assert!(!said.changed.is_empty());
            let inode = fs::metadata(&path).unwrap().ino();
            prop_assert_eq!(store(&change).unwrap().changed, vec![]);
            prop_assert_eq!(fs::metadata(&path).unwrap().ino(), inode, "repeated");
        }
        prop_assert_eq!(now(), rotated(&text));
    }
}
