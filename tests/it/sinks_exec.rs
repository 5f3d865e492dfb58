//! Programs as sinks: what they see, and what becomes of one that misbehaves.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use twcred::model::TokenNames;
use twcred::sinks::{Error, Loaded, LoadedTokens, Options, Sink, Spec, TokenChange, TokenTarget, open};

use crate::sinks_contract::{account, fixture, pair, secret, sid};

fn program(home: &Path, name: &str, timeout: Duration) -> Box<dyn Sink> {
    let path = home.join(name);
    symlink(fixture("sink.sh"), &path).unwrap();
    let spec = Spec::parse(&format!("exec:{}", path.display())).unwrap();
    open(&spec, &Options { timeout, ..Options::default() }).unwrap()
}

#[test]
fn nothing_secret_is_in_arguments_or_environment() {
    let home = tempfile::tempdir().unwrap();
    program(home.path(), "put", Duration::from_secs(30)).store(&account(), &pair('1')).unwrap();
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
    sink.store(&account(), &pair('1')).unwrap();
    assert_eq!(sink.load().unwrap(), Loaded::WriteOnly);
    assert!(sink.mentions(&sid('1')).unwrap().is_empty());
}

#[test]
fn tokens_are_handed_over_whole_and_nowhere_else() {
    let home = tempfile::tempdir().unwrap();
    let target = TokenTarget { account: account(), names: TokenNames::new("_NEXT", "_LAST").unwrap() };
    let sink = program(home.path(), "write-only", Duration::from_secs(30));
    sink.probe_tokens(&target, &secret('1'), None).unwrap();
    assert_eq!(sink.load_tokens(&target).unwrap(), LoadedTokens::WriteOnly);
    let stored = || fs::read_to_string(home.path().join("write-only.tokens")).unwrap();
    for (change, after) in [
        (
            TokenChange::Stage { current: secret('1'), secondary: secret('2') },
            r#"{"auth_token":"ONE","auth_token_secondary":"TWO","auth_token_previous":null}"#,
        ),
        (
            TokenChange::Switch { old: secret('1'), new: secret('2') },
            r#"{"auth_token":"TWO","auth_token_secondary":null,"auth_token_previous":"ONE"}"#,
        ),
        (
            TokenChange::Clear { current: secret('2'), previous: secret('1') },
            r#"{"auth_token":"TWO","auth_token_secondary":null,"auth_token_previous":null}"#,
        ),
        (
            TokenChange::Unstage { current: secret('1'), secondary: secret('2') },
            r#"{"auth_token":"ONE","auth_token_secondary":null,"auth_token_previous":null}"#,
        ),
    ] {
        let said = sink.store_tokens(&target, &change).unwrap();
        assert_eq!((said.changed.len(), said.left.len()), (1, 0));
        let whole = [('1', "ONE"), ('2', "TWO")].into_iter().fold(stored(), |text, (digit, name)| {
            text.replace(&format!("s3cr3t{}", digit.to_string().repeat(26)), name)
        });
        assert_eq!(whole.trim_end(), after);
    }
    assert!(sink.mentions_token(&secret('1')).unwrap().is_empty(), "not known, not nowhere");
    let seen = fs::read_to_string(home.path().join("write-only.seen")).unwrap();
    assert!(seen.starts_with("arguments: 0\n") && !seen.contains("s3cr3t"), "{seen}");

    // One that knows keys alone says so before anything is done.
    let error = program(home.path(), "keys-only", Duration::from_secs(30)).probe_tokens(&target, &secret('1'), None);
    assert!(error.unwrap_err().to_string().ends_with("keys-only failed to probe-tokens: exit status 64"));

    let error = program(home.path(), "broken-tokens", Duration::from_secs(30)).load_tokens(&target).unwrap_err();
    assert!(error.to_string().contains("answered load-tokens with something else than asked"), "{error}");
    let error = program(home.path(), "rude-tokens", Duration::from_secs(30));
    let error = error.store_tokens(&target, &TokenChange::Stage { current: secret('1'), secondary: secret('2') });
    let said = error.unwrap_err().to_string();
    assert!(said.contains("failed to store-tokens: exit status 9") && !said.contains("s3cr3t"), "{said}");
    assert_eq!(said.matches("[secret]").count(), 2, "{said}");
}

#[test]
fn one_that_misbehaves_is_ended_and_not_quoted() {
    let home = tempfile::tempdir().unwrap();
    // It does not end by itself while anybody waits for this test.
    let error = program(home.path(), "slow", Duration::from_millis(300)).probe().unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");

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
