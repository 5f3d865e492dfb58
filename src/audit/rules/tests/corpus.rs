//! Every case of the corpus raises what it should, and is mended without a change of what it says.

use std::path::PathBuf;

use super::*;
use crate::audit::fix::mend;

/// What a case raises beside, or instead of, what was proposed for it, and why that is right.
const DEVIATIONS: &[(&str, &[&str], &[&str])] = &[
    // The line ends in a quote, not in a backslash.
    ("dq-trailing-backslash", &[], &["TW317"]),
    // `B=` is as empty here as it is in the case `empty-value`.
    ("dollar-brace-default-empty", &["TW411"], &[]),
    // An Auth Token of one or three characters is none, a secret of three neither, and a secret without a key is half.
    ("dup-case", &["TW406"], &[]),
    ("token-then-space-eof", &["TW406"], &[]),
    ("empty-space-next", &["TW407", "TW502"], &[]),
];

fn corpus(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/env-corpus").join(name)
}

fn files() -> Vec<(String, Vec<u8>)> {
    let cases: serde_json::Value = serde_json::from_slice(&std::fs::read(corpus("cases.json")).unwrap()).unwrap();
    let bytes = |case: &serde_json::Value| std::fs::read(corpus(case["file"].as_str().unwrap())).unwrap();
    cases.as_array().unwrap().iter().map(|case| (case["id"].as_str().unwrap().into(), bytes(case))).collect()
}

#[test]
fn every_case_of_the_corpus_raises_what_was_proposed() {
    let proposed: serde_json::Value =
        serde_json::from_slice(&std::fs::read(corpus("suggested_rules.json")).unwrap()).unwrap();
    let ambient = BTreeMap::from([("AMBIENT".to_owned(), Secret::new("ambient".into()))]);
    let facts = Facts { environment: Fact::Known(ambient), ..Facts::default() };
    let mut wrong = Vec::new();
    for (id, bytes) in files() {
        let found = codes(&bytes, &facts);
        let wanted: BTreeSet<&str> =
            proposed[&id].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
        let (more, less) = DEVIATIONS.iter().find(|(case, ..)| *case == id).map_or((&[][..], &[][..]), |d| (d.1, d.2));
        let added: Vec<&str> = found.difference(&wanted).copied().collect();
        let missing: Vec<&str> = wanted.difference(&found).copied().collect();
        if added != more || missing != less {
            wrong.push(format!("{id}: more {added:?}, less {missing:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_finding_holds_a_value() {
    for (id, bytes) in files() {
        let file = EnvFile::parse(&bytes);
        let found = audit(&file, &Facts::default(), &pedantic());
        let said = format!("{found:?}");
        assert!(!said.contains("s3cr3t") && !said.contains("pwned"), "{id}: {said}");
    }
    let text =
        fill("TWILIO_ACCOUNT_SID={SK}\nTWILIO_AUTH_TOKEN={T}x\nTWILIO_API_SECRET={T}\n# TWILIO_AUTH_TOKEN={T}\n");
    let said = format!("{:?}", audit(&EnvFile::parse(text.as_bytes()), &Facts::default(), &pedantic()));
    assert!(!said.contains(&fill("{T}")) && !said.contains(&fill("{SK}")), "{said}");
}

/// A safe fix makes what it touches portable, so that every reader sees what these two, who take most things as they are
/// meant, saw before.
#[test]
fn what_a_fix_makes_portable_is_what_was_read_before() {
    let expected: serde_json::Value = serde_json::from_slice(&std::fs::read(corpus("expected.json")).unwrap()).unwrap();
    let mut compared = 0;
    for (id, bytes) in files() {
        let file = EnvFile::parse(&bytes);
        let fixed = mend(&file, &Facts::default(), &pedantic(), Safety::Safe);
        let after = EnvFile::parse(&fixed.bytes);
        for at in after.assignments().filter(|at| after.named(&at.name).count() == 1) {
            let line = String::from_utf8_lossy(after.raw(at.span)).into_owned();
            if fixed.done.is_empty() || !literal_line(&line) {
                continue;
            }
            for reader in ["python-dotenv", "node-dotenv18"] {
                let seen = expected["cases"][&id]["results"][reader]["vars"][&at.name].as_str();
                let value = after.value(at).unwrap();
                assert_eq!(seen.map(|text| Secret::new(text.to_owned())), Some(value), "{id}: {} to {reader}", at.name);
                compared += 1;
            }
        }
    }
    assert!(compared > 60, "{compared}");
}

/// What all readers make of a mended file is what they made of it before, or what was meant.
#[test]
fn mending_a_case_keeps_what_it_says_and_done_again_does_nothing() {
    for (id, bytes) in files() {
        for safety in [Safety::Safe, Safety::Unsafe] {
            let file = EnvFile::parse(&bytes);
            let fixed = mend(&file, &Facts::default(), &pedantic(), safety);
            let after = EnvFile::parse(&fixed.bytes);
            for at in file.assignments() {
                if file.named(&at.name).last() != Some(at) {
                    continue;
                }
                let (Ok(before), Some(now)) = (file.read(at), after.named(&at.name).last()) else { continue };
                assert_eq!(Some(before), after.value(now).or_else(|| file.value(at)), "{id}: {}", at.name);
            }
            let again = mend(&after, &Facts::default(), &pedantic(), safety);
            assert_eq!(*again.bytes, *fixed.bytes, "{id}");
            assert!(again.done.is_empty(), "{id}: {:?}", again.done);
        }
    }
}
