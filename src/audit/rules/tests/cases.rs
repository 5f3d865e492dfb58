//! For every rule what makes it fire, and what is close to that and leaves it silent.

use std::path::PathBuf;

use super::given::*;
use super::*;
use crate::audit::facts::{DockerContext, FileSystem, Link, Loader, Marked, Sibling};

/// A file and facts about it, and whether the rule finds something there.
pub(super) struct Case {
    pub(super) code: &'static str,
    pub(super) text: Vec<u8>,
    pub(super) facts: Facts,
    pub(super) fires: bool,
}

/// Every case of every rule. A rule of which something is missing here fails the tests.
pub(super) fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    let mut add = |code, fires, text: &[u8], facts| all.push(Case { code, text: text.to_vec(), facts, fires });
    for (code, fires, silent) in BY_TEXT {
        add(code, true, fill(fires).as_bytes(), good());
        add(code, false, fill(silent).as_bytes(), good());
    }
    for (code, fires, silent) in of_the_kernel().into_iter().chain(of_others()) {
        add(code, true, fill(GOOD).as_bytes(), fires);
        add(code, false, fill(GOOD).as_bytes(), silent);
    }
    let long = |length: usize| format!("A={}\n", "x".repeat(length));
    add("TW326", true, long(65_536).as_bytes(), good());
    add("TW326", false, long(60_000).as_bytes(), good());
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    add("TW320", true, &utf16("\u{feff}A=1\n"), good());
    let utf32 = |text: &str| text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect::<Vec<u8>>();
    add("TW320", true, &utf32("\u{feff}A=1\n"), good());
    add("TW320", true, &utf32("A=1\n"), good());
    let both = fill(&format!("TWILIO_AUTH_TOKEN={{T}}\n{GOOD}"));
    add("TW607", true, both.as_bytes(), token(Verdict::Live));
    add("TW607", false, both.as_bytes(), token(Verdict::Rejected));
    all
}

/// Facts by which a rule fires, and facts close to them by which it is silent; the file is [`GOOD`].
fn of_the_kernel() -> Vec<(&'static str, Facts, Facts)> {
    let filesystem = |name: &str, network, enforces_modes| {
        kernel(|kernel| kernel.filesystem = Fact::Known(FileSystem { name: name.into(), network, enforces_modes }))
    };
    let for_group = |acl| {
        let mut facts = kernel(|k| k.acl = acl);
        facts.options.allow_groups.insert(1001);
        facts
    };
    let dormant = || acl(&[(AclWho::User(1001), 4), (AclWho::Mask, 0)]);
    vec![
        ("TW101", kernel(|k| k.mode = 0o604), kernel(|k| k.mode = 0o400)),
        ("TW102", kernel(|k| k.mode = 0o640), {
            let mut facts = kernel(|k| k.mode = 0o640);
            facts.options.allow_groups.insert(1000);
            facts
        }),
        (
            "TW102",
            {
                let mut facts = kernel(|k| k.mode = 0o620);
                facts.options.allow_groups.insert(1000);
                facts
            },
            kernel(|k| k.mode = 0o600),
        ),
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
            "TW105",
            for_group(acl(&[(AclWho::Group(1001), 6), (AclWho::OwningGroup, 0), (AclWho::Mask, 6)])),
            for_group(acl(&[(AclWho::Group(1001), 4), (AclWho::OwningGroup, 0), (AclWho::Mask, 4)])),
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
            let holds_value = Fact::Known(holds);
            place.siblings = Fact::Known(vec![Sibling {
                path,
                mode,
                holds_value,
                sure: true,
                spare: Fact::Known(()),
                ..Sibling::default()
            }]);
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
        ("TW205", sibling(0o600, true), good()),
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
        ("TW508", rotated("{SK}", "2025-01-01"), rotated("{SK}", "2026-05-01")),
        ("TW508", rotated("{SK}", "2025-01-01"), rotated("{SK2}", "2025-01-01")),
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
    ("TW322", "TWILIO_REGION=ie1 \n", "TWILIO_REGION=ie1\n"),
    ("TW323", " A=1\n", "A=1\n"),
    ("TW324", "A=1\n \nB=1\n", "A=1\n\nB=1\n"),
    ("TW325", "A=1", ""),
    ("TW327", "// A\n", "#// A\n"),
    ("TW328", "A: 1\n", "# A: 1\n"),
    ("TW329", "touch x\n", "A=touch\n"),
    ("TW330", "UID=1000\n", "APP_UID=1000\n"),
    ("TW330", "status=ok\n", "STATUS=ok\n"),
    ("TW330", "RANDOM=1\n", "PATH=/bin\n"),
    ("TW401", "A=1\nB=1\nA=2\n", "A=1\nB=1\n"),
    ("TW401", "A=1\nB=1\nA=1\n", "A=1\nB=1\n"),
    ("TW402", "A=1\na=1\n", "A=1\nb=1\n"),
    ("TW403", "TWILIO_API_KEY={SK}\nTWILIO_API_KEY_SID={SK2}\n", "TWILIO_API_KEY={SK}\nTWILIO_API_KEY_SID={SK}\n"),
    ("TW404", "TWILIO_ACCOUNT_SID={AC}0\n", "TWILIO_ACCOUNT_SID={AC}\n"),
    ("TW405", "TWILIO_API_KEY=X{SK}\n", "TWILIO_API_KEY={SK}\n"),
    ("TW406", "TWILIO_AUTH_TOKEN={T}a\n", "TWILIO_AUTH_TOKEN={T}\nGITHUB_AUTH_TOKEN=x\n"),
    ("TW407", "TWILIO_API_SECRET={S}a\n", "TWILIO_API_SECRET={S}\n"),
    (
        "TW408",
        "TWILIO_PHONE_NUMBER=+14155550123,4155550124\n",
        "TWILIO_PHONE_NUMBER=+14155550123,+14155550124\nTWILIO_PHONE_NUMBERS=+14155550123,+14155550124\n",
    ),
    ("TW408", "TWILIO_PHONE_NUMBER=+1 415 555 0123\n", "TWILIO_PHONE_NUMBER=whatsapp:+14155550123\n"),
    ("TW409", "TWILIO_ACCOUNT_SID={SK}\n", "TWILIO_ACCOUNT_SID={AC}\n"),
    ("TW409", "TWILIO_ACCOUNT_SID={SK}\nTWILIO_API_KEY={AC}\n", "TWILIO_ACCOUNT_SID={AC}\nTWILIO_API_KEY={SK}\n"),
    ("TW409", "TWILIO_API_SECRET={T}\n", "TWILIO_API_SECRET={S}\n"),
    ("TW410", "TWILIO_AUTH_TOKEN=<your_auth_token>\n", "OTHER=changeme\n"),
    ("TW411", "TWILIO_AUTH_TOKEN=\n", "TWILIO_AUTH_TOKEN={T}\n"),
    ("TW412", "TWILIO_AUTH_TOKEN={low}\n", "TWILIO_AUTH_TOKEN={T}\n"),
    ("TW413", "TWILIO_PHONE_NUMBER=+15005550006\n", "TWILIO_TEST_PHONE_NUMBER=+15005550006\n"),
    ("TW414", "TWILLIO_API_KEY={SK}\n", "TWILIO_API_KEY={SK}\n"),
    ("TW414", "SHIPCREW_TWILLIO_API_KEY={SK}\n", "SHIPCREWTWILLIO_API_KEY={SK}\n"),
    ("TW414", "A_TWILIO_TOKEN={T}\n", "A_TWILIO_MY_TOKEN={T}\n"),
    ("TW414", "TWILLIO_API_KEY={SK}\n", "TWILIO_PHONE_NUMBERS=+14155550123,+14155550124\n"),
    ("TW414", "A_TWILIO_TOKEN={T}\n", "A_TWILIO_ACCOUNT_SIDS={AC},{AC2}\n"),
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
    ("TW505", "TWILIO_API_SECRET={S}\n# TWILIO_API_SECRET={S}\n", "TWILIO_API_SECRET={S}\n# TWILIO_API_SECRET\n"),
    ("TW505", "# old: TWILIO_API_SECRET={S}\n", "# old: TWILIO_API_SECRET=<secret>\n"),
    ("TW505", "# TWILIO_API_SECRET: {S}\n", "# TWILIO_API_SECRET: of the old account\n"),
    ("TW505", "A=1\n# it was TWILIO_AUTH_TOKEN = \"{T}\", until May\n", "# TWILIO_AUTH_TOKENS={T}\n"),
    ("TW508", "# twcred: rotated=2025-01-01\n", "# twcred: rotated=2026-05-01\n"),
    ("TW509", "# twcred: ignore TW305 why\nA='1'\n", "# twcred: ignore[TW305] why\nA='1'\n"),
    ("TW508", "# rotated: 2025-01-01\n", "# rotated: 2025-01-01\n# rotated: 2026-05-01\n"),
    ("TW509", "# twcred: ignore[TW305] why\nA=1\n", "# twcred: ignore[TW305] why\nA='1'\n"),
    ("TW510", "# twcred: ignore[TW305]\nA='1'\n", "# twcred: ignore[TW305] why\nA='1'\n"),
    ("TW511", "A_TWILIO_API_KEY={SK}\nB_TWILIO_API_KEY={SK}\n", "A_TWILIO_API_KEY={SK}\nB_TWILIO_API_KEY={SK2}\n"),
];
