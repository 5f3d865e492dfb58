//! What must hold of an env file under any bytes. Each function panics where it does not.
//!
//! The fuzz targets drive these with coverage; `tests/it/properties.rs` includes this very file and drives it with
//! what the fuzzer found and with random lines, so that every run of the tests asks the same questions.

use twcred::audit::{self, Facts, Portability, Safety, Selection};
use twcred::dotenv::{EnvFile, agree};
use twcred::model::Secret;

/// The variables whose values are changed and compared.
const NAMES: [&str; 3] = ["A", "TWILIO_API_KEY", "TWILIO_AUTH_TOKEN"];

/// Nothing is lost in parsing; a change of one variable changes nothing else, and made again changes nothing at all.
pub fn document(bytes: &[u8]) {
    let file = EnvFile::parse(bytes);
    assert_eq!(file.bytes(), bytes, "parsing is lossless");
    let mut end = 0;
    for item in file.items() {
        let span = item.span();
        assert!(span.start >= end && span.end <= bytes.len(), "the items follow each other");
        end = span.end;
    }
    for assignment in file.assignments() {
        let _ = file.value(assignment);
        let _ = file.lookup(&assignment.name);
    }
    let _ = agree(&file, &NAMES);
    let new = Secret::new("Changed0".to_owned());
    for name in NAMES {
        if let Ok(changed) = file.set(&[(name, &new)]) {
            let after = EnvFile::parse(&changed);
            assert!(after.named(name).count() > 0, "what was set is there");
            assert!(after.named(name).all(|at| after.value(at).as_ref() == Some(&new)), "and is what was set");
            assert_eq!(without(&file, name), without(&after, name), "nothing beside the value changed");
            for other in NAMES.into_iter().filter(|other| *other != name) {
                assert_eq!(values(&file, other), values(&after, other), "no other value changed");
            }
            let again = after.set(&[(name, &new)]).expect("what was set can be set again");
            assert!(again.as_slice() == changed.as_slice(), "setting it again changes nothing");
        }
    }
    if let Ok(longer) = file.append(&[("NEW_ONE", &new)]) {
        assert!(longer.starts_with(bytes), "what was there stays");
        let after = EnvFile::parse(&longer);
        assert_eq!(values(&after, "NEW_ONE").last(), Some(&Some(new)), "and the new one is read");
    }
}

/// The rules answer to anything, alike each time; what is called portable splits no readers, and what is not is said;
/// mending changes no value, and made again changes nothing.
pub fn rules(bytes: &[u8]) {
    let file = EnvFile::parse(bytes);
    let facts = Facts::default();
    let everything = Selection { pedantic: true, no_suppressions: true, ..Selection::default() };
    let report = audit::audit(&file, &facts, &everything);
    let shown = |report: &audit::Report| format!("{:?}", report.findings);
    assert_eq!(shown(&report), shown(&audit::audit(&file, &facts, &everything)), "two looks see the same");
    let splits = report.findings.iter().find(|found| found.readers.is_some_and(|readers| !readers.is_empty()));
    match audit::portable(&file, |_| false) {
        Portability::Portable => assert!(splits.is_none(), "portable, but {:?}", splits.map(|found| found.rule.code)),
        Portability::Differs { line, why } => {
            assert!(!report.findings.is_empty(), "line {line}: {why}, and no rule says so");
        }
    }
    for assignment in file.assignments() {
        let masked = audit::mask::line(&file, assignment.line).expect("the line is there");
        let (_, value) = masked.split_once('=').expect("an assignment has a `=`");
        assert!(!value.contains(|c: char| c.is_alphanumeric()), "a masked line holds nothing of the value");
    }
    for selection in [everything, Selection::default()] {
        for safety in [Safety::Safe, Safety::Unsafe] {
            let fixed = audit::mend(&file, &facts, &selection, safety);
            let after = EnvFile::parse(&fixed.bytes);
            let again = audit::mend(&after, &facts, &selection, safety);
            assert!(*again.bytes == *fixed.bytes, "mending again changes nothing: {:?}", again.done);
            if safety == Safety::Safe {
                kept(&file, &after);
            }
        }
    }
}

/// A value that was clear before a safe fix is what it was, once it is there at all.
fn kept(before: &EnvFile, after: &EnvFile) {
    for assignment in before.assignments() {
        let name = assignment.name.as_str();
        let clear: Vec<_> = before.named(name).map(|at| before.read(at).ok()).collect();
        if clear.iter().any(Option::is_none) {
            continue;
        }
        let mut clear: Vec<_> = clear.into_iter().flatten().collect();
        let mut now: Vec<_> = after.named(name).filter_map(|at| after.read(at).ok()).collect();
        clear.dedup();
        now.dedup();
        assert!(clear == now, "{name} is what it was");
    }
}

fn values(file: &EnvFile, name: &str) -> Vec<Option<Secret>> {
    file.named(name).map(|at| file.value(at)).collect()
}

/// Cuts the values of one variable out of a file, independently of how the editor puts them in.
fn without(file: &EnvFile, name: &str) -> Vec<u8> {
    let mut bytes = file.bytes().to_vec();
    let spans: Vec<_> = file.named(name).map(|at| at.value_span).collect();
    for span in spans.into_iter().rev() {
        bytes.drain(span.start..span.end);
    }
    bytes
}
