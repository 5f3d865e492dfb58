//! Facts with nothing wrong in them, and ways to put one thing wrong.

use super::*;
use crate::audit::facts::{
    AccountKeys, Copied, CopyFacts, ExpectedOwner, FileSystem, GitFacts, LiveFacts, PlaceFacts, Repository,
};

pub(super) fn good() -> Facts {
    let dir = |path: &str, uid, holds| Ancestor { path: path.into(), mode: 0o755, uid, holds, ..Ancestor::default() };
    let mut home = dir("/home/u/secrets", 1000, true);
    home.mode = 0o700;
    Facts {
        veil: std::sync::Arc::default(),
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
            editor_more: None,
            docker: Fact::Known(None),
            ..PlaceFacts::default()
        }),
        git: Fact::Known(GitFacts::default()),
        copies: Fact::Known(CopyFacts::default()),
        live: Fact::Known(LiveFacts::default()),
        rotated: Fact::Known(Vec::new()),
        environment: Fact::Known(BTreeMap::new()),
        options: crate::audit::facts::Options {
            now: Some("2026-06-01T00:00:00Z".parse().unwrap()),
            ..crate::audit::facts::Options::default()
        },
    }
}

pub(super) fn kernel(change: impl FnOnce(&mut KernelFacts)) -> Facts {
    let mut facts = good();
    if let Fact::Known(kernel) = &mut facts.kernel {
        change(kernel);
    }
    facts
}

pub(super) fn place(change: impl FnOnce(&mut PlaceFacts)) -> Facts {
    let mut facts = good();
    if let Fact::Known(place) = &mut facts.place {
        change(place);
    }
    facts
}

pub(super) fn packaged(when: Packed, mut facts: Facts) -> Facts {
    if let Fact::Known(place) = &mut facts.place {
        let package = Package { manifest: "/p/package.json".into(), command: "npm pack", packed: Fact::Known(when) };
        place.packages = Fact::Known(vec![package]);
    }
    facts
}

pub(super) fn repository(tracked: bool, ignored: Option<IgnoreSource>, in_history: bool) -> Facts {
    let mut facts = good();
    facts.git = Fact::Known(GitFacts {
        repositories: vec![Repository {
            root: "/home/u".into(),
            tracked: Fact::Known(tracked),
            ignored: Fact::Known(ignored),
            in_history: Fact::Known(in_history),
            exclude: Some("/home/u/.git/info/exclude".into()),
            excepted: None,
        }],
    });
    facts
}

pub(super) fn copied(kind: CopyKind) -> Facts {
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
            kept: Vec::new(),
        }],
        ..CopyFacts::default()
    });
    facts
}

pub(super) fn probed(change: impl FnOnce(&mut Probe)) -> Facts {
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

pub(super) fn token(verdict: Verdict) -> Facts {
    probed(|probe| (probe.token, probe.variables, probe.verdict) = (true, vec!["TWILIO_AUTH_TOKEN".into()], verdict))
}

/// A key that was rotated here on a day.
pub(super) fn rotated(key: &str, day: &str) -> Facts {
    let what = Made::Key(KeySid::parse(&fill(key)).unwrap());
    Facts { rotated: Fact::Known(vec![Rotated { what, at: format!("{day}T00:00:00Z").parse().unwrap() }]), ..good() }
}

pub(super) fn listed(unheld: Fact<Vec<ApiKey>>) -> Facts {
    let mut facts = good();
    let accounts =
        vec![AccountKeys { variable: "TWILIO_ACCOUNT_SID".into(), unheld, unanswered: false, unread: false }];
    facts.live = Fact::Known(LiveFacts { accounts, ..LiveFacts::default() });
    facts
}

pub(super) fn unheld() -> ApiKey {
    let sid = KeySid::parse(&fill("{SK2}")).unwrap();
    ApiKey { sid, name: None, created: None, updated: None, kind: None, policy: None }
}

pub(super) fn acl(entries: &[(AclWho, u32)]) -> Fact<Acl> {
    Fact::Known(Acl { entries: entries.iter().map(|(who, perms)| AclEntry { who: *who, perms: *perms }).collect() })
}

pub(super) fn ancestor(mode: u32, uid: u32, gid: u32) -> Facts {
    kernel(|kernel| {
        let chain = Chain::Resolved;
        kernel.ancestors.push(Ancestor { path: "/x".into(), mode, uid, gid, chain, ..Ancestor::default() });
    })
}
