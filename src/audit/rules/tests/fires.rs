//! Every rule fires where it must and is silent where it must.

use super::cases::*;
use super::given::*;
use super::*;
use crate::audit::facts::{FileSystem, Link};
use crate::audit::fix::mend;

#[test]
fn a_correct_file_raises_nothing() {
    let found = audit(&EnvFile::parse(fill(GOOD).as_bytes()), &good(), &pedantic()).findings;
    assert!(found.is_empty(), "{found:#?}");
    let found = audit(&EnvFile::parse(fill(GOOD).as_bytes()), &Facts::default(), &Selection::default()).findings;
    assert!(found.is_empty(), "{found:#?}");
}

/// The rules that have no case of one of both sorts.
fn untested<'r>(rules: impl Iterator<Item = &'r str>, cases: &[Case]) -> Vec<(&'r str, bool)> {
    let both = rules.flat_map(|code| [(code, true), (code, false)]);
    both.filter(|(code, fires)| !cases.iter().any(|case| (case.code, case.fires) == (*code, *fires))).collect()
}

#[test]
fn every_rule_fires_and_is_silent() {
    let cases = cases();
    for Case { code, text, facts, fires } in &cases {
        let found = codes(text, facts);
        let shown = String::from_utf8_lossy(&text[..text.len().min(200)]);
        assert_eq!(found.contains(code), *fires, "{code} of {shown:?}: {found:?}");
    }
    let all = || RULES.iter().map(|rule| rule.meta().code);
    assert_eq!(untested(all(), &cases), [], "every rule has a case where it fires and one where it does not");
    assert_eq!(all().collect::<BTreeSet<_>>().len(), RULES.len(), "no code is used twice");
    assert_eq!(untested(["TW101", "TW999"].into_iter(), &cases), [("TW999", true), ("TW999", false)]);
    let half: Vec<Case> = cases.into_iter().filter(|case| case.code != "TW101" || case.fires).collect();
    assert_eq!(untested(all(), &half), [("TW101", false)]);
}

/// The ways of mending that a rule offers in its cases, and that do something: edits are tried.
fn offered(meta: &Meta, cases: &[Case]) -> BTreeSet<Safety> {
    let mut found = BTreeSet::new();
    for case in cases.iter().filter(|case| case.code == meta.code) {
        let file = EnvFile::parse(&case.text);
        let report = audit(&file, &case.facts, &pedantic());
        let of_it = report.findings.iter().filter(|finding| finding.rule.code == meta.code);
        for fix in of_it.filter_map(|finding| finding.fix.as_ref()) {
            let elsewhere = !matches!(fix.action, Action::Edits(_) | Action::Transcode);
            let done = || mend(&file, &case.facts, &pedantic(), fix.safety).done;
            if elsewhere || done().iter().any(|mended| mended.code == meta.code && mended.title == fix.title) {
                found.insert(fix.safety);
            }
        }
    }
    found
}

#[test]
fn a_rule_mends_what_it_says_it_mends_and_no_other_does() {
    let cases = cases();
    for meta in RULES.iter().map(|rule| rule.meta()) {
        let found = offered(meta, &cases);
        match meta.fix {
            FixKind::Safe => assert!(found.contains(&Safety::Safe), "{} has no safe fix", meta.code),
            FixKind::Unsafe => assert!(found.contains(&Safety::Unsafe), "{} has no unsafe fix", meta.code),
            FixKind::None | FixKind::Suggested => assert!(found.is_empty(), "{} has a fix: {found:?}", meta.code),
        }
    }
}

#[test]
fn a_token_of_another_stage_is_a_secret_like_the_one_in_force() {
    let rotating = "TWILIO_ACCOUNT_SID={AC}\nTWILIO_AUTH_TOKEN={T}\nTWILIO_AUTH_TOKEN_SECONDARY={T2}\n\
                    TWILIO_AUTH_TOKEN_PREVIOUS={T3}\n";
    let fill = |text: &str| {
        let hex = |seed: &str| sha256_hex(seed.as_bytes())[..32].to_owned();
        fill(&text.replace("{T2}", &hex("second")).replace("{T3}", &hex("third")))
    };
    let found = codes(fill(rotating).as_bytes(), &good());
    assert!(found.is_empty(), "a file in the middle of a rotation has nothing wrong: {found:?}");
    for (code, text) in [
        ("TW406", "TWILIO_AUTH_TOKEN_SECONDARY={T}a\n"),
        ("TW406", "A_TWILIO_AUTH_TOKEN_PREVIOUS={T}a\n"),
        ("TW409", "TWILIO_AUTH_TOKEN_SECONDARY={SK}\n"),
        ("TW409", "TWILIO_AUTH_TOKEN_SECONDARY={T}\nTWILIO_API_SECRET={T}\n"),
        ("TW403", "TWILIO_AUTH_TOKEN_SECONDARY={T}\nAUTH_TOKEN_SECONDARY={T2}\n"),
        ("TW410", "TWILIO_AUTH_TOKEN_PREVIOUS=<your_auth_token>\n"),
        ("TW412", "TWILIO_AUTH_TOKEN_SECONDARY={low}\n"),
        ("TW414", "TWILIO_AUTH_TOKEN_SECONDRY={T}\n"),
        ("TW505", "# TWILIO_AUTH_TOKEN_PREVIOUS={T}\n"),
        ("TW505", "TWILIO_AUTH_TOKEN_PREVIOUS={T}\n# was {T}\n"),
    ] {
        let found = codes(fill(text).as_bytes(), &good());
        assert!(found.contains(code), "{code} does not fire on {text}: {found:?}");
    }
    let theirs = codes(fill("GITHUB_AUTH_TOKEN=x\nGITHUB_AUTH_TOKEN_SECONDARY={low}\n").as_bytes(), &good());
    assert!(!theirs.contains("TW406") && !theirs.contains("TW412"), "{theirs:?}");
}

#[test]
fn severities_follow_the_circumstances() {
    let worst = |facts: &Facts, code: &str| {
        let found = audit(&EnvFile::parse(fill(GOOD).as_bytes()), facts, &pedantic()).findings;
        found.iter().filter(|f| f.rule.code == code).map(|f| f.severity).max()
    };
    assert_eq!(worst(&kernel(|k| k.uid = 0), "TW104"), Some(Severity::Warning));
    assert_eq!(worst(&ancestor(0o775, 1000, 1000), "TW109"), Some(Severity::Warning));
    assert_eq!(worst(&ancestor(0o775, 1000, 50), "TW109"), Some(Severity::Critical));
    assert_eq!(worst(&ancestor(0o775, 0, 0), "TW109"), Some(Severity::Warning));
    assert_eq!(worst(&ancestor(0o755, 65_534, 0), "TW110"), Some(Severity::Info));
    let masked = kernel(|k| {
        (k.mode, k.acl) = (0o640, acl(&[(AclWho::User(7), 4), (AclWho::OwningGroup, 0), (AclWho::Mask, 4)]));
    });
    assert_eq!(worst(&masked, "TW102"), None, "the group bits are the mask");
    let drvfs = kernel(|k| {
        k.mode = 0o777;
        k.filesystem = Fact::Known(FileSystem { name: "drvfs".into(), network: false, enforces_modes: Some(false) });
    });
    assert_eq!(
        (worst(&drvfs, "TW101"), worst(&drvfs, "TW115")),
        (None, Some(Severity::Warning)),
        "one finding, not ten"
    );
    let unknown = Facts { git: Fact::Unknown("dubious ownership".into()), ..good() };
    assert_eq!(worst(&unknown, "TW201"), Some(Severity::Info));
    let mut half = repository(false, None, false);
    if let Fact::Known(git) = &mut half.git {
        git.repositories[0].ignored = Fact::Unknown("late".into());
        git.repositories[0].in_history = Fact::Unknown("late".into());
    }
    assert_eq!(worst(&half, "TW202").max(worst(&half, "TW203")), Some(Severity::Info), "unknown is said as unknown");
    let link = |uid, last| kernel(|k| k.links.push(Link { path: "/home/u/l".into(), target: None, uid, last }));
    assert_eq!(worst(&link(1001, true), "TW112"), Some(Severity::Error));
    assert_eq!(worst(&link(1001, false), "TW112"), Some(Severity::Error), "its owner may turn it");
    assert_eq!(worst(&link(1000, false), "TW112"), Some(Severity::Warning));
    let group = |mode, allowed: &[u32]| {
        let mut facts = kernel(|k| k.mode = mode);
        facts.options.allow_groups.extend(allowed);
        facts
    };
    assert_eq!(worst(&group(0o650, &[]), "TW103"), None, "it is told with the group's other rights");
    assert_eq!(worst(&group(0o650, &[1000]), "TW103"), Some(Severity::Warning));
    let both = fill(&format!("TWILIO_AUTH_TOKEN={{T}}\n{GOOD}"));
    let raised = |verdict: Verdict| {
        let facts = token(verdict);
        let found = audit(&EnvFile::parse(both.as_bytes()), &facts, &pedantic()).findings;
        found.iter().find(|f| f.rule.code == "TW501").map(|f| f.severity)
    };
    assert_eq!(raised(Verdict::Live), Some(Severity::Error), "it opens the account, as was seen");
    assert_eq!(raised(Verdict::Rejected), Some(Severity::Warning));
}
