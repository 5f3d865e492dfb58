//! What a fragment names, and Auth Tokens in env files of many projects.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{EnvSink, Named, open, sink};
use crate::model::{AccountSid, Secret, TokenNames};
use crate::sinks::{
    Error, LoadedTokens, Options, Place, Sink as _, Spec, TokenChange, TokenRole, TokenTarget, TokensStored,
};

const OLD: &str = "s3cr3tOLD";
const NEW: &str = "s3cr3tNEW";

fn account(digit: char) -> AccountSid {
    AccountSid::parse(&format!("AC{}", digit.to_string().repeat(32))).unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn target() -> TokenTarget {
    TokenTarget { account: account('a'), names: TokenNames::default() }
}

fn stage() -> TokenChange {
    TokenChange::Stage { current: secret(OLD), secondary: secret(NEW) }
}

fn switch() -> TokenChange {
    TokenChange::Switch { old: secret(OLD), new: secret(NEW) }
}

fn clear() -> TokenChange {
    TokenChange::Clear { current: secret(NEW), previous: secret(OLD) }
}

fn unstage() -> TokenChange {
    TokenChange::Unstage { current: secret(OLD), secondary: secret(NEW) }
}

struct Scene {
    _home: tempfile::TempDir,
    path: PathBuf,
}

impl Scene {
    /// A file; `$A` and `$B` stand for accounts, `OLD` and `NEW` for the tokens.
    fn new(text: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("repos.env");
        write(&path, &spelt(text));
        Self { _home: home, path }
    }

    fn sink(&self, fragment: &str) -> EnvSink {
        sink(&Spec::parse(&format!("env:{}{fragment}", self.path.display())).unwrap(), &Options::default()).unwrap()
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.path).unwrap()
    }

    fn refused(&self, fragment: &str, change: &TokenChange) -> String {
        let before = self.text();
        let error = self.sink(fragment).store_tokens(&target(), change).unwrap_err();
        assert_eq!(self.text(), before);
        quiet(&error)
    }
}

fn spelt(text: &str) -> String {
    text.replace("$A", account('a').as_str())
        .replace("$B", account('b').as_str())
        .replace("OLD", OLD)
        .replace("NEW", NEW)
}

/// An error's words, which hold no secret.
fn quiet(error: &Error) -> String {
    assert!(!format!("{error:?} {error}").contains("s3cr3t"), "{error:?}");
    let said = error.to_string();
    said.rsplit('/').next().unwrap_or_default().to_owned()
}

fn names(places: &[Place]) -> Vec<&str> {
    places.iter().map(|place| place.what.as_str()).collect()
}

#[test]
fn every_project_of_the_account_changes_at_once_and_no_other() {
    let before = "# main\r\nTWILIO_ACCOUNT_SID=$A\r\nTWILIO_AUTH_TOKEN=\"OLD\" # ours\r\n\r\n\
        # falls back to the plain account\r\nexport SHIP_TWILIO_AUTH_TOKEN=OLD\r\n\
        OTHER_TWILIO_ACCOUNT_SID=$B\nOTHER_TWILIO_AUTH_TOKEN=OLD\nBARE_ACCOUNT_SID=$A\nBARE_AUTH_TOKEN='OLD'\n\
        GITHUB_AUTH_TOKEN=OLD\nMINE_TWILIO_AUTH_TOKEN=s3cr3tx\nAUTH_TOKEN=OLD";
    let staged = "# main\r\nTWILIO_ACCOUNT_SID=$A\r\nTWILIO_AUTH_TOKEN=\"OLD\" # ours\r\n\
        TWILIO_AUTH_TOKEN_SECONDARY=NEW\r\n\r\n# falls back to the plain account\r\n\
        export SHIP_TWILIO_AUTH_TOKEN=OLD\r\nexport SHIP_TWILIO_AUTH_TOKEN_SECONDARY=NEW\r\n\
        OTHER_TWILIO_ACCOUNT_SID=$B\nOTHER_TWILIO_AUTH_TOKEN=OLD\nBARE_ACCOUNT_SID=$A\nBARE_AUTH_TOKEN='OLD'\n\
        BARE_AUTH_TOKEN_SECONDARY=NEW\nGITHUB_AUTH_TOKEN=OLD\nMINE_TWILIO_AUTH_TOKEN=s3cr3tx\nAUTH_TOKEN=OLD\r\n\
        AUTH_TOKEN_SECONDARY=NEW";
    let scene = Scene::new(before);
    let sink = scene.sink("");
    sink.probe_tokens(&target(), &secret(OLD), None).unwrap();
    let said = sink.store_tokens(&target(), &stage()).unwrap();
    assert_eq!(scene.text(), spelt(staged));
    assert_eq!(
        names(&said.changed),
        [
            "repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY",
            "repos.env:8 SHIP_TWILIO_AUTH_TOKEN_SECONDARY",
            "repos.env:13 BARE_AUTH_TOKEN_SECONDARY",
            "repos.env:17 AUTH_TOKEN_SECONDARY",
        ]
    );
    assert_eq!(names(&said.left), ["repos.env:8 OTHER_TWILIO_AUTH_TOKEN", "repos.env:12 MINE_TWILIO_AUTH_TOKEN"]);

    sink.store_tokens(&target(), &unstage()).unwrap();
    assert_eq!(scene.text(), spelt(before));
    sink.store_tokens(&target(), &stage()).unwrap();
    let said = sink.store_tokens(&target(), &switch()).unwrap();
    let switched = staged
        .replace("TWILIO_AUTH_TOKEN=\"OLD\"", "TWILIO_AUTH_TOKEN=\"NEW\"")
        .replace("SHIP_TWILIO_AUTH_TOKEN=OLD", "SHIP_TWILIO_AUTH_TOKEN=NEW")
        .replace("BARE_AUTH_TOKEN='OLD'", "BARE_AUTH_TOKEN='NEW'")
        .replace("\nAUTH_TOKEN=OLD", "\nAUTH_TOKEN=NEW")
        .replace("_SECONDARY=NEW", "_PREVIOUS=OLD");
    assert_eq!(scene.text(), spelt(&switched));
    assert_eq!(said.changed.len(), 12);
    assert_eq!(
        names(&sink.mentions_token(&secret(OLD)).unwrap()),
        [
            "repos.env:4 TWILIO_AUTH_TOKEN_PREVIOUS",
            "repos.env:8 SHIP_TWILIO_AUTH_TOKEN_PREVIOUS",
            "repos.env:10 OTHER_TWILIO_AUTH_TOKEN",
            "repos.env:13 BARE_AUTH_TOKEN_PREVIOUS",
            "repos.env:14 GITHUB_AUTH_TOKEN",
            "repos.env:17 AUTH_TOKEN_PREVIOUS",
        ]
    );
    sink.store_tokens(&target(), &clear()).unwrap();
    let ours = |text: &str| text.lines().filter(|line| !line.contains("OTHER_")).collect::<String>();
    let cleared =
        ours(&spelt(before)).replace(OLD, NEW).replace("GITHUB_AUTH_TOKEN=s3cr3tNEW", "GITHUB_AUTH_TOKEN=s3cr3tOLD");
    assert_eq!(ours(&scene.text()), cleared);
    assert!(scene.text().contains(&spelt("OTHER_TWILIO_AUTH_TOKEN=OLD\n")));
}

#[test]
fn what_a_place_holds_is_told_by_line_and_role() {
    let scene = Scene::new(
        "TWILIO_ACCOUNT_SID=$A\nTWILIO_AUTH_TOKEN=OLD\nTWILIO_AUTH_TOKEN_SECONDARY=NEW\nTWILIO_AUTH_TOKEN_PREVIOUS=\n\
         B_TWILIO_ACCOUNT_SID=$B\nB_TWILIO_AUTH_TOKEN=x\nGONE_TWILIO_AUTH_TOKEN_SECONDARY=NEW\nC_TWILIO_ACCOUNT_SID=no\n\
         C_TWILIO_AUTH_TOKEN=y\nD_TWILIO_AUTH_TOKEN=my token\n",
    );
    let loaded = scene.sink("").load_tokens(&target()).unwrap();
    let LoadedTokens::Held(held) = loaded else { panic!("{loaded:?}") };
    let shown: Vec<_> =
        held.iter().map(|held| (held.place.what.as_str(), held.role, held.value == secret(NEW))).collect();
    assert_eq!(
        shown,
        [
            ("repos.env:2 TWILIO_AUTH_TOKEN", TokenRole::Current, false),
            ("repos.env:3 TWILIO_AUTH_TOKEN_SECONDARY", TokenRole::Secondary, true),
            ("repos.env:7 GONE_TWILIO_AUTH_TOKEN_SECONDARY", TokenRole::Secondary, true),
        ]
    );
    assert!(held.iter().all(|held| held.account == Some(account('a'))));

    // The variable is gone, its secondary is not: taken out with the others.
    scene.sink("").store_tokens(&target(), &unstage()).unwrap();
    assert!(!scene.text().contains(NEW), "{}", scene.text());
    let certain = Scene::new("TWILIO_ACCOUNT_SID=$A\nTWILIO_AUTH_TOKEN=my token\n");
    let error = certain.sink("").load_tokens(&target()).unwrap_err();
    assert_eq!(quiet(&error), "repos.env: line 2, TWILIO_AUTH_TOKEN: it has a blank and no quotes");
}

#[test]
fn what_is_in_the_way_is_named_before_anything_is_written() {
    let with = |line: &str| format!("TWILIO_ACCOUNT_SID=$A\nTWILIO_AUTH_TOKEN=OLD\n{line}\nX_TWILIO_AUTH_TOKEN=OLD\n");
    for (line, says) in [
        (
            "TWILIO_AUTH_TOKEN_SECONDARY=s3cr3tx",
            "repos.env:3 TWILIO_AUTH_TOKEN_SECONDARY holds another value already, where the secondary Auth Token is to stand",
        ),
        (
            "X_TWILIO_AUTH_TOKEN_PREVIOUS=s3cr3tx",
            "repos.env:3 X_TWILIO_AUTH_TOKEN_PREVIOUS holds another value already, where the previous Auth Token is to stand",
        ),
        ("TWILIO_AUTH_TOKEN=s3cr3tx", "repos.env: line 2, TWILIO_AUTH_TOKEN: it has different values in lines 2 and 3"),
        (
            "export TWILIO_AUTH_TOKEN_SECONDARY",
            "repos.env: line 3, TWILIO_AUTH_TOKEN_SECONDARY: there is no `=`, and some readers take the value from elsewhere",
        ),
        ("Y_TWILIO_AUTH_TOKEN=\"OLD\\n\"", "repos.env: line 3, Y_TWILIO_AUTH_TOKEN: it has a backslash"),
        (
            "X_TWILIO_ACCOUNT_SID=changeme",
            "repos.env: line 3, X_TWILIO_ACCOUNT_SID: does not start with AC (an Account SID)",
        ),
        ("not one", "repos.env: line 3, X_TWILIO_AUTH_TOKEN: another reader cannot read this line and stops there"),
    ] {
        let scene = Scene::new(&with(line));
        let error = scene.sink("").probe_tokens(&target(), &secret(OLD), None).unwrap_err();
        assert_eq!(quiet(&error), says, "{line}");
        assert_eq!(scene.refused("", &stage()), says, "{line}");
    }
    let nul = Scene::new("TWILIO_AUTH_TOKEN=OLD\n\0");
    assert!(nul.refused("", &stage()).ends_with("there is a NUL byte"));
}

#[test]
fn what_is_broken_elsewhere_is_nobodys_business() {
    let scene = Scene::new(
        "TWILIO_ACCOUNT_SID=$A\nTWILIO_AUTH_TOKEN=OLD\nA_TWILIO_AUTH_TOKEN=your token here\nB_TWILIO_ACCOUNT_SID=changeme\n\
         B_TWILIO_AUTH_TOKEN=changeme\nTWILIO_API_KEY=half\n",
    );
    let sink = scene.sink("");
    sink.probe_tokens(&target(), &secret(OLD), None).unwrap();
    for change in [stage(), switch(), clear()] {
        let said = sink.store_tokens(&target(), &change).unwrap();
        assert_eq!(names(&said.left).len(), 1, "{said:?}");
    }
    assert!(scene.text().starts_with(&spelt("TWILIO_ACCOUNT_SID=$A\nTWILIO_AUTH_TOKEN=NEW\nA_TWILIO_AUTH_TOKEN=your")));
}

#[test]
fn after_the_promotion_a_value_that_is_not_ours_is_left_and_told_of() {
    let scene = Scene::new(
        "TWILIO_ACCOUNT_SID=$A\nTWILIO_AUTH_TOKEN=OLD\nTWILIO_AUTH_TOKEN_SECONDARY=s3cr3tx\n\
         X_TWILIO_AUTH_TOKEN=OLD\nX_TWILIO_AUTH_TOKEN_SECONDARY=\nX_TWILIO_AUTH_TOKEN_PREVIOUS=s3cr3ty\n",
    );
    let said = scene.sink("").store_tokens(&target(), &switch()).unwrap();
    assert_eq!(
        names(&said.left),
        ["repos.env:3 TWILIO_AUTH_TOKEN_SECONDARY", "repos.env:6 X_TWILIO_AUTH_TOKEN_PREVIOUS"]
    );
    assert_eq!(
        scene.text(),
        spelt(
            "TWILIO_ACCOUNT_SID=$A\nTWILIO_AUTH_TOKEN=NEW\nTWILIO_AUTH_TOKEN_PREVIOUS=OLD\n\
             TWILIO_AUTH_TOKEN_SECONDARY=s3cr3tx\nX_TWILIO_AUTH_TOKEN=NEW\nX_TWILIO_AUTH_TOKEN_SECONDARY=\n\
             X_TWILIO_AUTH_TOKEN_PREVIOUS=s3cr3ty\n"
        )
    );
}

#[test]
fn a_fragment_narrows_it_down_and_suffixes_may_be_ones_own() {
    let text = "TWILIO_ACCOUNT_SID=$A\nTWILIO_AUTH_TOKEN=OLD\nX_TWILIO_AUTH_TOKEN=OLD\nB_TWILIO_ACCOUNT_SID=$B\n\
                B_TWILIO_AUTH_TOKEN=OLD\nGITHUB_AUTH_TOKEN=OLD\n";
    let scene = Scene::new(text);
    let named = TokenTarget { names: TokenNames::new("_NEXT", "_LAST").unwrap(), ..target() };
    let sink = scene.sink("#X_TWILIO_AUTH_TOKEN,GITHUB_AUTH_TOKEN");
    sink.probe_tokens(&named, &secret(OLD), None).unwrap();
    let said = sink.store_tokens(&named, &stage()).unwrap();
    assert_eq!(names(&said.changed), ["repos.env:4 X_TWILIO_AUTH_TOKEN_NEXT", "repos.env:8 GITHUB_AUTH_TOKEN_NEXT"]);
    sink.store_tokens(&named, &switch()).unwrap();
    assert_eq!(
        scene.text(),
        spelt(
            "TWILIO_ACCOUNT_SID=$A\nTWILIO_AUTH_TOKEN=OLD\nX_TWILIO_AUTH_TOKEN=NEW\nX_TWILIO_AUTH_TOKEN_LAST=OLD\n\
             B_TWILIO_ACCOUNT_SID=$B\nB_TWILIO_AUTH_TOKEN=OLD\nGITHUB_AUTH_TOKEN=NEW\nGITHUB_AUTH_TOKEN_LAST=OLD\n"
        )
    );
    for (fragment, says) in [
        ("#B_TWILIO_AUTH_TOKEN", "repos.env:6 B_TWILIO_AUTH_TOKEN names another account than the credential's"),
        ("#X_TWILIO_AUTH_TOKEN", "repos.env:3 X_TWILIO_AUTH_TOKEN does not hold the Auth Token"),
        ("#C_TWILIO_AUTH_TOKEN", "repos.env C_TWILIO_AUTH_TOKEN does not hold the Auth Token"),
        ("#TWILIO_API_KEY", "repos.env#TWILIO_API_KEY names API keys and no Auth Token"),
    ] {
        let error = scene.sink(fragment).probe_tokens(&target(), &secret(OLD), None).unwrap_err();
        assert_eq!(quiet(&error), says);
    }
    let error = scene.sink("").probe_tokens(&target(), &secret("s3cr3tz"), None).unwrap_err();
    assert_eq!(quiet(&error), "repos.env does not hold the Auth Token");
    let said = scene.sink("#C_TWILIO_AUTH_TOKEN").store_tokens(&target(), &stage()).unwrap();
    assert_eq!(said, TokensStored::default(), "a variable that is not there is nothing to leave");
}

#[test]
fn what_an_editor_saves_in_between_is_kept() {
    let scene = Scene::new("TWILIO_ACCOUNT_SID=$A\nTWILIO_AUTH_TOKEN=OLD\n");
    let sink = scene.sink("");
    let mut edits = 0;
    let stored = super::rewrite(&sink.path, None, None, |bytes| {
        let edited = sink.with_tokens(&sink.parse(bytes)?, &target(), &stage());
        edits += 1;
        if edits == 1 {
            write(&scene.path, &spelt("TWILIO_ACCOUNT_SID=$A\nX=1\nTWILIO_AUTH_TOKEN=OLD # new comment\n"));
        }
        edited
    });
    assert_eq!((stored.unwrap().changed.len(), edits), (1, 2));
    assert_eq!(
        scene.text(),
        spelt("TWILIO_ACCOUNT_SID=$A\nX=1\nTWILIO_AUTH_TOKEN=OLD # new comment\nTWILIO_AUTH_TOKEN_SECONDARY=NEW\n")
    );
}

#[test]
fn a_file_of_many_projects_is_changed_whole() {
    let mut text = "TWILIO_ACCOUNT_SID=$A\n".to_owned();
    for at in 0..400 {
        writeln!(text, "P{at}_TWILIO_AUTH_TOKEN=OLD\n# {at}").unwrap();
    }
    let scene = Scene::new(&text);
    let sink = scene.sink("");
    sink.probe_tokens(&target(), &secret(OLD), None).unwrap();
    for change in [stage(), switch(), clear()] {
        assert!(sink.store_tokens(&target(), &change).unwrap().changed.len() >= 400);
    }
    assert_eq!(scene.text(), spelt(&text.replace("OLD", "NEW")));
}

fn write(path: &Path, text: &str) {
    File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_fragment_names_sids_or_tokens_and_never_both() {
    for fragment in [
        "X",
        "TWILIO_API_SECRET",
        "TWILIO_AUTH_TOKEN_SECONDARY",
        "TWILIO_API_KEY,",
        "TWILIO_API_KEY,TWILIO_API_KEY_SID",
        "TWILIO_AUTH_TOKEN,TWILIO_AUTH_TOKEN",
        "TWILIO_API_KEY,TWILIO_AUTH_TOKEN",
    ] {
        let spec = Spec::parse(&format!("env:x#{fragment}")).unwrap();
        assert!(matches!(open(&spec, &Options::default()), Err(Error::Fragment { .. })), "{fragment}");
    }
    let named = |fragment: &str| {
        let spec = Spec::parse(&format!("env:x#{fragment}")).unwrap();
        sink(&spec, &Options::default()).unwrap().named
    };
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(named("A_TWILIO_API_KEY,TWILIO_API_SID"), Named::Keys(owned(&["A_TWILIO_API_KEY", "TWILIO_API_SID"])));
    assert_eq!(named("AUTH_TOKEN,TWILIO_AUTH_TOKEN"), Named::Tokens(owned(&["AUTH_TOKEN", "TWILIO_AUTH_TOKEN"])));
    assert_eq!(named(""), Named::Nothing);
}
