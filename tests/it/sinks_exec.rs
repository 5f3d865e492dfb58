//! Programs as sinks: what they see, and what becomes of one that misbehaves.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use twcred::sinks::{Error, Loaded, Options, Sink, Spec, open};

use crate::sinks_contract::{credential, fixture, sid};

fn program(home: &Path, name: &str, timeout: Duration) -> Box<dyn Sink> {
    let path = home.join(name);
    symlink(fixture("sink.sh"), &path).unwrap();
    let spec = Spec::parse(&format!("exec:{}", path.display())).unwrap();
    open(&spec, &Options { timeout, ..Options::default() }).unwrap()
}

#[test]
fn nothing_secret_is_in_arguments_or_environment() {
    let home = tempfile::tempdir().unwrap();
    program(home.path(), "put", Duration::from_secs(30)).store(&credential('1')).unwrap();
    let seen = fs::read_to_string(home.path().join("put.seen")).unwrap();
    assert!(seen.starts_with("arguments: 0\n"));
    assert!(!seen.contains("s3cr3t") && !seen.contains(sid('1').as_str()));
    let state = fs::read_to_string(home.path().join("put.state")).unwrap();
    assert!(state.contains("s3cr3t"), "the canary is real");
}

#[test]
fn one_that_does_not_read_back_says_so() {
    let home = tempfile::tempdir().unwrap();
    let sink = program(home.path(), "write-only", Duration::from_secs(30));
    sink.probe().unwrap();
    sink.store(&credential('1')).unwrap();
    assert_eq!(sink.load().unwrap(), Loaded::WriteOnly);
    assert!(sink.mentions(&sid('1')).unwrap().is_empty());
}

#[test]
fn one_that_misbehaves_is_ended_and_not_quoted() {
    let home = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let error = program(home.path(), "slow", Duration::from_millis(300)).probe().unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }) && started.elapsed() < Duration::from_secs(20));

    let error = program(home.path(), "rude", Duration::from_secs(30)).probe().unwrap_err();
    let said = error.to_string();
    assert!(said.contains("failed to probe: exit status 9: no: {") && said.contains("[…]"), "{said}");
    assert!(!format!("{error:?}").contains("0123456789abcdef"));

    let error = program(home.path(), "broken", Duration::from_secs(30)).load().unwrap_err();
    assert!(error.to_string().ends_with("not the JSON expected, at line 1, column 13"), "{error}");

    let spec = Spec::parse("exec:/nowhere/put").unwrap();
    assert!(matches!(open(&spec, &Options::default()).unwrap().probe(), Err(Error::NotStarted { .. })));
    let spec = Spec::parse("exec:put#x").unwrap();
    assert!(matches!(open(&spec, &Options::default()), Err(Error::Fragment { .. })));
}
