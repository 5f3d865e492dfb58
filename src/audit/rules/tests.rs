//! Every rule fires where it must and is silent where it must; every case of the corpus raises what it should.

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::audit::facts::{
    AccountKeys, Ancestor, Copied, CopyFacts, DockerContext, ExpectedOwner, FileSystem, GitFacts, Link, LiveFacts,
    Loader, Marked, PlaceFacts, Repository, Sibling,
};
use crate::audit::fix::mend;
use crate::audit::{Portability, Selection, audit};
use crate::model::digest::sha256_hex;

/// Values of the right form, made here so that none stands in a committed file.
fn fill(text: &str) -> String {
    let hex = |seed: &str| sha256_hex(seed.as_bytes())[..32].to_owned();
    text.replace("{low}", &"aabb".repeat(8))
        .replace("{AC}", &format!("AC{}", hex("account")))
        .replace("{AC2}", &format!("AC{}", hex("other account")))
        .replace("{SK}", &format!("SK{}", hex("key")))
        .replace("{SK2}", &format!("SK{}", hex("other key")))
        .replace("{T}", &hex("token"))
        .replace("{S}", &format!("{}XyZ", &hex("secret")[..29]))
}

fn pedantic() -> Selection {
    Selection { pedantic: true, ..Selection::default() }
}

fn codes(text: &[u8], facts: &Facts) -> BTreeSet<&'static str> {
    audit(&EnvFile::parse(text), facts, &pedantic()).findings.iter().map(|finding| finding.rule.code).collect()
}

/// A file with all that a project needs, with nothing wrong anywhere.
const GOOD: &str = "# shipcrew\nTWILIO_ACCOUNT_SID={AC}\nTWILIO_API_KEY={SK}\nTWILIO_API_SECRET={S}\n\
                    TWILIO_PHONE_NUMBER=+14155550123\n\nOTHER=https://example.com/?a=b\n";

fn good() -> Facts {
    let dir = |path: &str, uid, holds| Ancestor { path: path.into(), mode: 0o755, uid, holds, ..Ancestor::default() };
    let mut home = dir("/home/u/secrets", 1000, true);
    home.mode = 0o700;
    Facts {
        path: "/home/u/secrets/repos.env".into(),
        kernel: Fact::Known(KernelFacts {
            resolved: Some("/home/u/secrets/repos.env".into()),
            mode: 0o600,
            uid: 1000,
            gid: 1000,
            nlink: 1,
            expected: ExpectedOwner { uid: 1000, source: OwnerSource::Process },
            acl: Fact::Known(Acl::default()),
            foreign_acl: Fact::Known(None),
            parent_default_acl: Fact::Known(Acl::default()),
            ancestors: vec![dir("/", 0, false), dir("/home", 0, false), dir("/home/u", 1000, false), home],
            filesystem: Fact::Known(FileSystem { name: "ext4".into(), network: false, enforces_modes: Some(true) }),
            umask: Fact::Known(0o077),
            ..KernelFacts::default()
        }),
        place: Fact::Known(PlaceFacts {
            siblings: Fact::Known(Vec::new()),
            editor_copies: Fact::Known(Vec::new()),
            docker: Fact::Known(None),
            ..PlaceFacts::default()
        }),
        git: Fact::Known(GitFacts::default()),
        copies: Fact::Known(CopyFacts::default()),
        live: Fact::Known(LiveFacts::default()),
        environment: Fact::Known(BTreeMap::new()),
        options: crate::audit::facts::Options {
            now: Some("2026-06-01T00:00:00Z".parse().unwrap()),
            ..crate::audit::facts::Options::default()
        },
    }
}

fn kernel(change: impl FnOnce(&mut KernelFacts)) -> Facts {
    let mut facts = good();
    if let Fact::Known(kernel) = &mut facts.kernel {
        change(kernel);
    }
    facts
}

fn place(change: impl FnOnce(&mut PlaceFacts)) -> Facts {
    let mut facts = good();
    if let Fact::Known(place) = &mut facts.place {
        change(place);
    }
    facts
}

fn packaged(when: Packed, mut facts: Facts) -> Facts {
    if let Fact::Known(place) = &mut facts.place {
        let package = Package { manifest: "/p/package.json".into(), command: "npm pack", packed: Fact::Known(when) };
        place.packages = Fact::Known(vec![package]);
    }
    facts
}

fn repository(tracked: bool, ignored: Option<IgnoreSource>, in_history: bool) -> Facts {
    let mut facts = good();
    facts.git = Fact::Known(GitFacts {
        repositories: vec![Repository {
            root: "/home/u".into(),
            tracked: Fact::Known(tracked),
            ignored: Fact::Known(ignored),
            in_history: Fact::Known(in_history),
            exclude: Some("/home/u/.git/info/exclude".into()),
        }],
    });
    facts
}

fn copied(kind: CopyKind) -> Facts {
    let mut facts = good();
    facts.copies = Fact::Known(CopyFacts {
        found: vec![Copied {
            variable: "TWILIO_API_SECRET".into(),
            secret: true,
            path: "/p/ci.yml".into(),
            line: Some(3),
            column: Some(7),
            kind,
            note: Some("in base64".into()),
        }],
        unsearched: Vec::new(),
    });
    facts
}

fn probed(change: impl FnOnce(&mut Probe)) -> Facts {
    let mut facts = good();
    let variables = vec!["TWILIO_API_KEY".into(), "TWILIO_API_SECRET".into()];
    let mut probe = Probe {
        kind: Fact::Known(KeyKind::Standard),
        created: Fact::Known("2026-05-01T00:00:00Z".parse().unwrap()),
        foreign_numbers: Fact::Known(Vec::new()),
        ..Probe::new(variables, false, Verdict::Live)
    };
    change(&mut probe);
    facts.live = Fact::Known(LiveFacts { probes: vec![probe], ..LiveFacts::default() });
    facts
}

fn listed(unheld: Fact<Vec<ApiKey>>) -> Facts {
    let mut facts = good();
    let accounts = vec![AccountKeys { variable: "TWILIO_ACCOUNT_SID".into(), unheld, unanswered: false }];
    facts.live = Fact::Known(LiveFacts { accounts, ..LiveFacts::default() });
    facts
}

fn unheld() -> ApiKey {
    let sid = KeySid::parse(&fill("{SK2}")).unwrap();
    ApiKey { sid, name: None, created: None, updated: None, kind: None, policy: None }
}

fn acl(entries: &[(AclWho, u32)]) -> Fact<Acl> {
    Fact::Known(Acl { entries: entries.iter().map(|(who, perms)| AclEntry { who: *who, perms: *perms }).collect() })
}

fn ancestor(mode: u32, uid: u32, gid: u32) -> Facts {
    kernel(|kernel| {
        kernel.ancestors.push(Ancestor { path: "/x".into(), mode, uid, gid, chain: Chain::Resolved, holds: false });
    })
}

/// Facts by which a rule fires, and facts close to them by which it is silent; the file is [`GOOD`].
fn of_the_kernel() -> Vec<(&'static str, Facts, Facts)> {
    let filesystem = |name: &str, network, enforces_modes| {
        kernel(|kernel| kernel.filesystem = Fact::Known(FileSystem { name: name.into(), network, enforces_modes }))
    };
    let dormant = || acl(&[(AclWho::User(1001), 4), (AclWho::Mask, 0)]);
    vec![
        ("TW101", kernel(|k| k.mode = 0o604), kernel(|k| k.mode = 0o400)),
        ("TW102", kernel(|k| k.mode = 0o640), {
            let mut facts = kernel(|k| k.mode = 0o640);
            facts.options.allow_groups.insert(1000);
            facts
        }),
        ("TW103", kernel(|k| k.mode = 0o700), kernel(|k| k.mode = 0o600)),
        ("TW104", kernel(|k| k.uid = 1001), kernel(|k| k.uid = 1000)),
        (
            "TW105",
            kernel(|k| {
                (k.mode, k.acl) = (0o640, acl(&[(AclWho::User(1001), 4), (AclWho::OwningGroup, 0), (AclWho::Mask, 4)]));
            }),
            kernel(|k| k.acl = dormant()),
        ),
        (
            "TW106",
            kernel(|k| k.acl = dormant()),
            kernel(|k| k.acl = acl(&[(AclWho::User(1001), 0), (AclWho::Mask, 0)])),
        ),
        (
            "TW107",
            kernel(|k| k.parent_default_acl = acl(&[(AclWho::Owner, 7), (AclWho::Other, 4)])),
            kernel(|k| k.parent_default_acl = acl(&[(AclWho::Owner, 7), (AclWho::Other, 0)])),
        ),
        (
            "TW108",
            kernel(|k| k.foreign_acl = Fact::Unknown("no".into())),
            kernel(|k| k.foreign_acl = Fact::Known(Some(false))),
        ),
        ("TW109", ancestor(0o777, 0, 0), ancestor(0o1777, 0, 0)),
        ("TW110", ancestor(0o755, 1001, 0), ancestor(0o755, 0, 0)),
        (
            "TW111",
            kernel(|k| {
                for dir in k.ancestors.iter_mut().filter(|dir| dir.holds) {
                    dir.mode = 0o711;
                }
            }),
            good(),
        ),
        (
            "TW112",
            kernel(|k| k.links.push(Link { path: "/home/u/l".into(), target: None, uid: 1000, last: true })),
            kernel(|k| k.links.push(Link { path: "/var".into(), target: None, uid: 0, last: false })),
        ),
        ("TW113", kernel(|k| k.nlink = 2), good()),
        ("TW114", kernel(|k| k.kind = FileKind::Fifo), good()),
        ("TW115", filesystem("drvfs", false, Some(false)), filesystem("fuse", false, None)),
        ("TW116", kernel(|k| k.umask = Fact::Known(0o022)), good()),
    ]
}

/// The same, of everything else than the kernel.
fn of_others() -> Vec<(&'static str, Facts, Facts)> {
    let verdict = |verdict: Verdict| probed(|probe| probe.verdict = verdict);
    let sibling = |mode, holds| {
        place(|place| {
            let path = PathBuf::from("/home/u/secrets/repos.env~");
            place.siblings = Fact::Known(vec![Sibling { path, mode, holds_value: Fact::Known(holds) }]);
        })
    };
    let environment = |value: &str| Facts {
        environment: Fact::Known(BTreeMap::from([("OTHER".to_owned(), Secret::new(value.to_owned()))])),
        ..good()
    };
    let docker = |ignored| {
        place(|place| {
            let file = PathBuf::from("/home/u/Dockerfile");
            place.docker = Fact::Known(Some(DockerContext { file, ignore_file: None, ignored }));
        })
    };
    let filesystem = |name: &str, network, enforces_modes| {
        kernel(|kernel| kernel.filesystem = Fact::Known(FileSystem { name: name.into(), network, enforces_modes }))
    };
    let marked = || Some(Marked { path: "/srv/www".into(), by: "nginx.conf".into() });
    let local = Some(IgnoreSource::Local("/home/u/.git/info/exclude".into()));
    let shared = || Some(IgnoreSource::Shared("/home/u/.gitignore".into()));
    vec![
        ("TW201", repository(true, None, true), repository(false, shared(), false)),
        ("TW202", repository(false, None, false), repository(false, shared(), false)),
        ("TW203", repository(false, shared(), true), repository(true, None, true)),
        ("TW204", repository(false, local, false), repository(false, shared(), false)),
        ("TW205", sibling(0o644, true), good()),
        (
            "TW206",
            place(|p| p.editor_copies = Fact::Known(vec![Sibling { path: "/h/e".into(), ..Sibling::default() }])),
            good(),
        ),
        ("TW207", place(|p| p.shared_tmp = Some("/tmp".into())), good()),
        ("TW208", place(|p| p.web_root = marked()), good()),
        ("TW209", place(|p| p.synced = marked()), good()),
        ("TW210", docker(false), docker(true)),
        (
            "TW211",
            packaged(Packed::UnlessIgnored, repository(false, None, false)),
            packaged(Packed::UnlessIgnored, repository(false, shared(), false)),
        ),
        (
            "TW211",
            packaged(Packed::IfTracked, repository(true, None, false)),
            packaged(Packed::IfTracked, repository(false, None, false)),
        ),
        ("TW211", packaged(Packed::Always, repository(false, shared(), false)), packaged(Packed::IfTracked, good())),
        ("TW212", filesystem("nfs", true, None), good()),
        (
            "TW507",
            place(|p| {
                p.loaders =
                    Fact::Known(vec![Loader { path: "/p/run.sh".into(), line: 1, column: 1, idiom: Idiom::Arguments }]);
            }),
            place(|p| p.loaders = Fact::Known(Vec::new())),
        ),
        ("TW416", environment("x"), environment("https://example.com/?a=b")),
        ("TW504", copied(CopyKind::File), copied(CopyKind::ShellHistory)),
        ("TW506", copied(CopyKind::ShellHistory), copied(CopyKind::File)),
        ("TW601", verdict(Verdict::Rejected), verdict(Verdict::CannotTell("no answer".into()))),
        ("TW602", verdict(Verdict::AccountInactive), verdict(Verdict::Live)),
        ("TW603", verdict(Verdict::OtherAccount), verdict(Verdict::Live)),
        (
            "TW604",
            probed(|p| p.foreign_numbers = Fact::Known(vec!["TWILIO_PHONE_NUMBER".into()])),
            verdict(Verdict::Live),
        ),
        (
            "TW605",
            probed(|p| p.kind = Fact::Known(KeyKind::Main)),
            probed(|p| p.kind = Fact::Unknown("no right".into())),
        ),
        (
            "TW606",
            probed(|p| p.created = Fact::Known("2025-05-01T00:00:00Z".parse().unwrap())),
            probed(|p| p.created = Fact::Unknown("no right".into())),
        ),
        ("TW608", verdict(Verdict::Test), verdict(Verdict::Live)),
        ("TW609", verdict(Verdict::Revoked), verdict(Verdict::Live)),
        ("TW610", verdict(Verdict::CannotTell("no answer".into())), verdict(Verdict::Rejected)),
        ("TW610", probed(|p| p.created = Fact::Unknown("no right".into())), verdict(Verdict::Live)),
        ("TW610", listed(Fact::Unknown("no right".into())), listed(Fact::Known(Vec::new()))),
        ("TW611", listed(Fact::Known(vec![unheld()])), listed(Fact::Known(Vec::new()))),
    ]
}

/// Texts by which a rule fires, and texts close to them by which it is silent.
const BY_TEXT: &[(&str, &str, &str)] = &[
    ("TW301", "[twilio]\n", "# [twilio]\n"),
    ("TW302", "A-B=1\n", "A_B=1\n"),
    ("TW303", "A = 1\n", "A=1\n"),
    ("TW304", "export A=1\n", "exported=1\n"),
    ("TW305", "A='1'\n", "A=1\n"),
    ("TW306", "A=\"1\nB=2\n", "A=\"1\"\nB=2\n"),
    ("TW307", "A=\"1\"2\n", "A=\"1\" # 2\n"),
    ("TW308", "A=1 # c\n", "# c\nA=1\n"),
    ("TW309", "A=1 2\n", "A=1;2 3\n"),
    ("TW310", "A=1&2\n", "A='1&2'\n"),
    ("TW311", "A='1$2'\n", "A=`1$2`\n"),
    ("TW312", "A=1\\2\n", "A=12\\\n"),
    ("TW313", "A=\"$(x)\"\n", "A='$(x)'\n"),
    ("TW314", "A=1#2\n", "A='1#2'\n"),
    ("TW315", "A=it's\n", "A=\"it's\"\n"),
    ("TW316", "A='1\n2'\n", "A='1 2'\n"),
    ("TW317", "# c \\\n", "# c \\ d\n"),
    ("TW318", "A=1\r\n", "A=1\n"),
    ("TW319", "\u{feff}A=1\n", "A=\u{feff}1\n"),
    ("TW320", "A=1\0\n", "A=\u{e9}\n"),
    ("TW321", "A=x\u{a0}\n", "# x\u{a0}\u{2019}\n"),
    ("TW322", "A=1 \n", "# A=1 \n"),
    ("TW323", " A=1\n", "A=1\n"),
    ("TW324", "A=1\n \nB=1\n", "A=1\n\nB=1\n"),
    ("TW325", "A=1", ""),
    ("TW327", "// A\n", "#// A\n"),
    ("TW328", "A: 1\n", "# A: 1\n"),
    ("TW329", "touch x\n", "A=touch\n"),
    ("TW401", "A=1\nB=1\nA=2\n", "A=1\nB=1\n"),
    ("TW402", "A=1\na=1\n", "A=1\nb=1\n"),
    ("TW403", "TWILIO_API_KEY={SK}\nTWILIO_API_KEY_SID={SK2}\n", "TWILIO_API_KEY={SK}\nTWILIO_API_KEY_SID={SK}\n"),
    ("TW404", "TWILIO_ACCOUNT_SID={AC}0\n", "TWILIO_ACCOUNT_SID={AC}\n"),
    ("TW405", "TWILIO_API_KEY=X{SK}\n", "TWILIO_API_KEY={SK}\n"),
    ("TW406", "TWILIO_AUTH_TOKEN={T}a\n", "TWILIO_AUTH_TOKEN={T}\nGITHUB_AUTH_TOKEN=x\n"),
    ("TW407", "TWILIO_API_SECRET={S}a\n", "TWILIO_API_SECRET={S}\n"),
    ("TW408", "TWILIO_PHONE_NUMBER=+1 415 555 0123\n", "TWILIO_PHONE_NUMBER=whatsapp:+14155550123\n"),
    ("TW409", "TWILIO_ACCOUNT_SID={SK}\n", "TWILIO_ACCOUNT_SID={AC}\n"),
    ("TW409", "TWILIO_API_SECRET={T}\n", "TWILIO_API_SECRET={S}\n"),
    ("TW410", "TWILIO_AUTH_TOKEN=<your_auth_token>\n", "OTHER=changeme\n"),
    ("TW411", "TWILIO_AUTH_TOKEN=\n", "TWILIO_AUTH_TOKEN={T}\n"),
    ("TW412", "TWILIO_AUTH_TOKEN={low}\n", "TWILIO_AUTH_TOKEN={T}\n"),
    ("TW413", "TWILIO_PHONE_NUMBER=+15005550006\n", "TWILIO_TEST_PHONE_NUMBER=+15005550006\n"),
    ("TW414", "TWILLIO_API_KEY={SK}\n", "TWILIO_API_KEY={SK}\n"),
    ("TW414", "SHIPCREW_TWILLIO_API_KEY={SK}\n", "SHIPCREWTWILLIO_API_KEY={SK}\n"),
    ("TW414", "A_TWILIO_TOKEN={T}\n", "A_TWILIO_MY_TOKEN={T}\n"),
    ("TW415", "G=ghp_0123456789abcdef\n", "G=ghp\n"),
    (
        "TW501",
        "TWILIO_AUTH_TOKEN={T}\nTWILIO_API_KEY={SK}\nTWILIO_API_SECRET={S}\n",
        "TWILIO_AUTH_TOKEN={T}\nA_TWILIO_API_KEY={SK}\nA_TWILIO_API_SECRET={S}\n",
    ),
    ("TW502", "TWILIO_API_KEY={SK}\n", "TWILIO_API_KEY={SK}\nTWILIO_API_SECRET={S}\n"),
    (
        "TW503",
        "TWILIO_API_KEY={SK}\nTWILIO_API_SECRET={S}\n",
        "TWILIO_ACCOUNT_SID={AC}\nA_TWILIO_API_KEY={SK}\nA_TWILIO_API_SECRET={S}\n",
    ),
    ("TW505", "# TWILIO_AUTH_TOKEN={T}\n", "# TWILIO_AUTH_TOKEN=<token>\n# SOME_AUTH_TOKENS={T}\n"),
    ("TW508", "# twcred: rotated=2025-01-01\n", "# twcred: rotated=2026-05-01\n"),
    ("TW509", "# twcred: ignore[TW305] why\nA=1\n", "# twcred: ignore[TW305] why\nA='1'\n"),
    ("TW510", "# twcred: ignore[TW305]\nA='1'\n", "# twcred: ignore[TW305] why\nA='1'\n"),
    ("TW511", "A_TWILIO_API_KEY={SK}\nB_TWILIO_API_KEY={SK}\n", "A_TWILIO_API_KEY={SK}\nB_TWILIO_API_KEY={SK2}\n"),
];

#[test]
fn a_correct_file_raises_nothing() {
    let found = audit(&EnvFile::parse(fill(GOOD).as_bytes()), &good(), &pedantic()).findings;
    assert!(found.is_empty(), "{found:#?}");
    let found = audit(&EnvFile::parse(fill(GOOD).as_bytes()), &Facts::default(), &Selection::default()).findings;
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_rule_fires_and_is_silent() {
    let mut tested: BTreeSet<&str> = BTreeSet::new();
    for (code, fires, silent) in BY_TEXT {
        let (fires, silent) = (codes(fill(fires).as_bytes(), &good()), codes(fill(silent).as_bytes(), &good()));
        assert!(fires.contains(code), "{code} does not fire: {fires:?}");
        assert!(!silent.contains(code), "{code} is not silent: {silent:?}");
        tested.insert(code);
    }
    let text = fill(GOOD);
    for (code, fires, silent) in of_the_kernel().into_iter().chain(of_others()) {
        let (fires, silent) = (codes(text.as_bytes(), &fires), codes(text.as_bytes(), &silent));
        assert!(fires.contains(code), "{code} does not fire: {fires:?}");
        assert!(!silent.contains(code), "{code} is not silent: {silent:?}");
        tested.insert(code);
    }
    let long = |length: usize| format!("A={}\n", "x".repeat(length));
    assert!(codes(long(65_536).as_bytes(), &good()).contains("TW326"));
    assert!(!codes(long(60_000).as_bytes(), &good()).contains("TW326"));
    let token = |verdict: Verdict| {
        probed(|probe| {
            (probe.token, probe.variables, probe.verdict) = (true, vec!["TWILIO_AUTH_TOKEN".into()], verdict);
        })
    };
    let both = fill(&format!("TWILIO_AUTH_TOKEN={{T}}\n{GOOD}"));
    assert!(codes(both.as_bytes(), &token(Verdict::Live)).contains("TW607"));
    assert!(!codes(both.as_bytes(), &token(Verdict::Rejected)).contains("TW607"));
    tested.extend(["TW326", "TW607"]);
    let all: BTreeSet<&str> = RULES.iter().map(|rule| rule.meta().code).collect();
    assert_eq!(all, tested, "every rule has a case here");
    assert_eq!(all.len(), RULES.len(), "no code is used twice");
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
        let facts = probed(|p| (p.token, p.variables, p.verdict) = (true, vec!["TWILIO_AUTH_TOKEN".into()], verdict));
        let found = audit(&EnvFile::parse(both.as_bytes()), &facts, &pedantic()).findings;
        found.iter().find(|f| f.rule.code == "TW501").map(|f| f.severity)
    };
    assert_eq!(raised(Verdict::Live), Some(Severity::Error), "it opens the account, as was seen");
    assert_eq!(raised(Verdict::Rejected), Some(Severity::Warning));
}

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

fn cases() -> Vec<(String, Vec<u8>)> {
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
    for (id, bytes) in cases() {
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
    for (id, bytes) in cases() {
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
    for (id, bytes) in cases() {
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
    for (id, bytes) in cases() {
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

#[test]
fn safe_fixes_do_what_they_say() {
    for (before, after) in [
        ("A='x'\n", "A=x\n"),
        ("A='x y'\n", "A='x y'\n"),
        ("A = x\n", "A=x\n"),
        ("A=x # c\n", "# c\nA=x\n"),
        ("A=\"x\" # it's\nB=2\n", "# it's\nA=x\nB=2\n"),
        ("A=x # c\r\nB=1\r\n", "# c\nA=x\nB=1\n"),
        ("\u{feff}A=x", "A=x\n"),
        ("A=1\nA=1\n", "A=1\n"),
        ("A=1\nA=2\n", "A=1\nA=2\n"),
        ("# c \\\nA=1\n", "# c \nA=1\n"),
        ("TWILIO_REGION=ie1 \n", "TWILIO_REGION=ie1\n"),
        ("OTHER=ie1 \n", "OTHER=ie1 \n"),
        ("  # c\nA=1\n \n", "# c\nA=1\n\n"),
        ("// c\n;d\nA=1\n", "# c\n#d\nA=1\n"),
        ("# twcred: ignore[TW305] r\nA=1\n", "A=1\n"),
        ("export A='x'\n", "export A=x\n"),
        ("A='x\r\ny'\r\n", "A='x\r\ny'\r\n"),
    ] {
        let fixed = mend(&EnvFile::parse(before.as_bytes()), &Facts::default(), &Selection::default(), Safety::Safe);
        assert_eq!(String::from_utf8_lossy(&fixed.bytes), after, "{before:?}: {:?}", fixed.left);
    }
    let unsafe_ = |text: &str| {
        let fixed = mend(&EnvFile::parse(text.as_bytes()), &Facts::default(), &Selection::default(), Safety::Unsafe);
        String::from_utf8_lossy(&fixed.bytes).into_owned()
    };
    assert_eq!(unsafe_("export A=x\n"), "A=x\n");
    assert_eq!(unsafe_("TWILIO_PHONE_NUMBER=+1 (415) 555-0123\n"), "TWILIO_PHONE_NUMBER=+14155550123\n");
    assert_eq!(unsafe_(&fill("# TWILIO_AUTH_TOKEN={T}\nA=1\n")), "A=1\n");
    for (before, after) in [
        ("TWILIO_ACCOUNT_SID={SK}\nTWILIO_API_KEY={AC}\n", "TWILIO_ACCOUNT_SID={AC}\nTWILIO_API_KEY={SK}\n"),
        ("A_TWILIO_API_KEY={S}\nA_TWILIO_API_SECRET={SK}\n", "A_TWILIO_API_KEY={SK}\nA_TWILIO_API_SECRET={S}\n"),
        ("TWILIO_ACCOUNT_SID={SK}\nA_TWILIO_API_KEY={AC}\n", "TWILIO_ACCOUNT_SID={SK}\nA_TWILIO_API_KEY={AC}\n"),
        ("TWILIO_ACCOUNT_SID={SK}\nTWILIO_API_KEY={SK2}\n", "TWILIO_ACCOUNT_SID={SK}\nTWILIO_API_KEY={SK2}\n"),
    ] {
        assert_eq!(unsafe_(&fill(before)), fill(after), "{before}");
    }
}

#[test]
fn utf_16_becomes_the_same_text_or_stays() {
    let mended = |bytes: &[u8], safety| {
        let fixed = mend(&EnvFile::parse(bytes), &Facts::default(), &Selection::default(), safety);
        fixed.bytes.to_vec()
    };
    let encoded = |text: &str, of: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(of).collect::<Vec<u8>>();
    let text = "\u{feff}# caf\u{e9} \u{1f511}\r\nA=s3cr3t\r\n";
    for of in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes = encoded(text, of);
        assert_eq!(mended(&bytes, Safety::Unsafe), "# caf\u{e9} \u{1f511}\nA=s3cr3t\n".as_bytes());
        assert_eq!(mended(&bytes, Safety::Safe), bytes);
        assert_eq!(mended(&bytes[..bytes.len() - 1], Safety::Unsafe), bytes[..bytes.len() - 1], "half a character");
        let (alone, nul) = ([&of(0xfeff)[..], &of(0xd800)].concat(), encoded("\u{feff}A=\0\n", of));
        assert_eq!((mended(&alone, Safety::Unsafe), mended(&nul, Safety::Unsafe)), (alone, nul));
    }
}

/// Each of these some real reader takes otherwise after the fix that the rule would have; see `tests/real/env_readers`.
#[test]
fn no_safe_fix_is_offered_where_a_reader_would_see_another_value() {
    for (code, text) in [
        // What looks like a comment, a blank or an empty line is the inside of a quote, a bracket or a joined line.
        ("TW308", "A=x'y # z' # c\nB=2\n"),
        ("TW322", "TWILIO_REGION=it's \nB='\n"),
        ("TW322", "TWILIO_REGION=x\\ \nB=1\n"),
        ("TW324", "A=it's\n \nB='\n"),
        ("TW323", "A=x\\\n B=1\n"),
        ("TW323", "A=x(\n B=1\n"),
        ("TW318", "A=x\\\r\nB=1\r\n"),
        // A name for a home stands there once the carriage return has gone.
        ("TW318", "A=~root\r\n"),
        // The carriage return would come to be the end of the value, if only this were mended.
        ("TW308", "A=x # c\r\nB=`x`\r\n"),
        // `node --env-file` reads on in the next line, or takes `export` for a part of the name.
        ("TW305", "A='' \nB=2\n"),
        ("TW305", "export A=''\nB=2\n"),
        ("TW303", "A = # c\nB=2\n"),
        ("TW308", "export A= # c\n"),
        ("TW322", "export TWILIO_REGION= \n"),
        // `xargs` assigns what the comment says, and a shell what stands behind the `;`.
        ("TW308", "B=2\nA=x # B=1\n"),
        ("TW324", "B=2\n # B=1\n"),
        ("TW327", ";B=1\n"),
    ] {
        let selection = Selection { select: vec![code.to_owned()], ..pedantic() };
        let file = EnvFile::parse(text.as_bytes());
        let found = audit(&file, &Facts::default(), &selection).findings;
        assert!(!found.is_empty(), "{code} says nothing of {text:?}");
        let fixed = mend(&file, &Facts::default(), &selection, Safety::Safe);
        assert_eq!(String::from_utf8_lossy(&fixed.bytes), text, "{code}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_panics_and_mending_is_idempotent(parts in prop::collection::vec(prop::sample::select(&[
        "A", "TWILIO_API_KEY", "TWILIO_AUTH_TOKEN", "export ", "=", " = ", "'", "\"", "`", "\\", "\n", "\r\n", "\r", " ", "\t", "#",
        " # ", "$", "$(", ")", "x", "1", "\u{e9}", "\u{a0}", "\u{feff}", "\u{1b}", "\0", ":", ";", "//", "# twcred: ignore[TW305] r\n",
        "+1 ", "~", "+=", "<your>", "AC", "0123456789abcdef", "# TWILIO_AUTH_TOKEN=",
    ][..]), 0..40)) {
        let text = parts.concat();
        let file = EnvFile::parse(text.as_bytes());
        let facts = good();
        let _ = audit(&file, &facts, &pedantic());
        let verdict = crate::audit::portable(&file, |_| false) == Portability::Portable;
        let found = audit(&file, &Facts::default(), &Selection { no_suppressions: true, ..pedantic() }).findings;
        let split: Vec<_> = found.iter().filter(|f| f.readers.is_some_and(|readers| !readers.is_empty())).collect();
        if verdict {
            prop_assert!(split.is_empty(), "portable, but {:?}", split);
        } else {
            prop_assert!(!found.is_empty(), "not portable, and nothing says why: {:?}", text);
        }
        for line in 1..8 {
            let _ = crate::audit::mask::line(&file, line);
        }
        for safety in [Safety::Safe, Safety::Unsafe] {
            let fixed = mend(&file, &facts, &pedantic(), safety);
            let again = mend(&EnvFile::parse(&fixed.bytes), &facts, &pedantic(), safety);
            prop_assert_eq!(&*again.bytes, &*fixed.bytes);
        }
    }

    #[test]
    fn any_bytes_will_do(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let file = EnvFile::parse(&bytes);
        let _ = audit(&file, &Facts::default(), &pedantic());
        let _ = mend(&file, &Facts::default(), &pedantic(), Safety::Unsafe);
    }
}
