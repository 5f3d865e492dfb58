//! `profiles.toml`: which profiles there are, which is active, and where the secret of each is. It holds none itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{EntryName, Store};
use crate::model::time::Timestamp;
use crate::model::{AccountSid, Credential, Fingerprint, KeySid, ProfileName};

const HEAD: &str = "\
# The profiles of twcred, which writes this file anew whenever one of them changes: comments are not kept.
# There is no secret in it; `store` and `entry` say where each one is.

";

/// A profile: an account, a credential for it, and where its secret is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The account.
    pub account: AccountSid,
    /// The API key; nothing if the credential is the account's Auth Token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<KeySid>,
    /// The fingerprint of the secret.
    pub fingerprint: Fingerprint,
    /// The Twilio it was tried at; it is sent to no other.
    pub endpoint: String,
    /// The region to ask in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The edge to ask at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edge: Option<String>,
    /// What keeps the secret.
    pub store: Store,
    /// Under which name.
    pub entry: EntryName,
    /// When the profile was added.
    pub added: Timestamp,
}

impl Profile {
    /// Whether this profile is about this credential, secret and all.
    #[must_use]
    pub fn describes(&self, credential: &Credential) -> bool {
        self.account == *credential.account()
            && self.key.as_ref() == credential.key()
            && self.fingerprint == credential.secret().fingerprint()
    }
}

/// An entry that a store may still hold, or may yet be given, and that no profile is about any more, or not yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leftover {
    /// Whose it was, or was to be.
    pub profile: ProfileName,
    /// The store.
    pub store: Store,
    /// The entry's name there.
    pub entry: EntryName,
    /// Since when.
    pub since: Timestamp,
}

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// The profile that is used where nothing else is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<ProfileName>,
    /// Every profile, by its name.
    #[serde(rename = "profile", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub profiles: BTreeMap<ProfileName, Profile>,
    /// What is to be taken out of a store.
    #[serde(rename = "leftover", default, skip_serializing_if = "Vec::is_empty")]
    pub leftovers: Vec<Leftover>,
}

/// Why a text is no such file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) why: String,
}

impl Book {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        // A byte-order mark is no character of the first line.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let fault = |at: usize, why: &str| {
            let before = &text[..text.floor_char_boundary(at)];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            Fault { line, column, why: why.lines().collect::<Vec<_>>().join(" ") }
        };
        let book: Self = toml::from_str(text)
            .map_err(|error| fault(error.span().map_or(0, |span| span.start.min(text.len())), error.message()))?;
        // An entry of another profile's would be taken out with that one.
        if let Some((_, profile)) = book.profiles.iter().find(|(name, profile)| !profile.entry.is_of(name)) {
            let at = text.find(profile.entry.as_str()).unwrap_or(0);
            return Err(fault(at, "it is not the name of an entry of this profile"));
        }
        match &book.active {
            Some(active) if !book.profiles.contains_key(active) => {
                // A bare key stands before every table.
                let line = text.split_inclusive('\n').take_while(|line| !line.trim_start().starts_with("active"));
                Err(fault(line.map(str::len).sum(), &format!("there is no profile `{active}`")))
            }
            _ => Ok(book),
        }
    }

    pub(super) fn text(&self) -> Result<String, toml::ser::Error> {
        Ok(format!("{HEAD}{}", toml::to_string(self)?))
    }

    /// The profiles that hold a key.
    pub fn holding<'a>(&'a self, key: &'a KeySid) -> impl Iterator<Item = (&'a ProfileName, &'a Profile)> {
        self.profiles.iter().filter(move |(_, profile)| profile.key.as_ref() == Some(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Book {
        let name = |text: &str| ProfileName::parse(text).unwrap();
        let at: Timestamp = "2026-03-04T10:23:47Z".parse().unwrap();
        let profile = |of: &str, store, key: Option<char>| Profile {
            account: AccountSid::parse(&format!("AC{}", "a".repeat(32))).unwrap(),
            key: key.map(|digit| KeySid::parse(&format!("SK{}", digit.to_string().repeat(32))).unwrap()),
            fingerprint: crate::model::Secret::new("x".into()).fingerprint(),
            endpoint: "twilio ie1".to_owned(),
            region: Some("ie1".to_owned()),
            edge: None,
            store,
            entry: EntryName::new(&name(of), [7; 6]),
            added: at,
        };
        Book {
            active: Some(name("acme")),
            profiles: [
                (name("acme"), profile("acme", Store::SecretService, Some('1'))),
                (name("a.b"), profile("a.b", Store::File, None)),
            ]
            .into(),
            leftovers: vec![Leftover {
                profile: name("old"),
                store: Store::File,
                entry: EntryName::new(&name("old"), [8; 6]),
                since: at,
            }],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let text = book().text().unwrap();
        assert_eq!(Book::parse(&text).unwrap(), book(), "{text}");
        assert_eq!(Book::parse(&Book::default().text().unwrap()).unwrap(), Book::default());
        assert_eq!(Book::parse("").unwrap(), Book::default());
    }

    #[test]
    fn what_makes_no_sense_is_named_by_line_and_column() {
        let good = book().text().unwrap();
        let line_of = |what: &str| good[..good.find(what).unwrap()].matches('\n').count() + 1;
        let profile = line_of("[profile.acme]");
        for (text, line, column, why) in [
            (
                good.replacen("store = \"file\"", "stored = \"file\"", 1),
                line_of("store = \"file\""),
                1,
                "unknown field `stored`",
            ),
            (
                good.replacen("store = \"file\"", "store = \"kernel\"", 1),
                line_of("store = \"file\""),
                9,
                "no such store",
            ),
            (good.replace("active = \"acme\"", "active = \"acmee\""), 4, 1, "there is no profile `acmee`"),
            (good.replace("[profile.\"a.b\"]", "[profile.acme]"), profile, 10, "duplicate key"),
            (good.replacen("account = \"AC", "account = \"SK", 1), line_of("account"), 11, "starts with SK"),
            (format!("{good}secret = \"s3cr3t\"\n"), good.lines().count() + 1, 1, "unknown field `secret`"),
            (good.replacen(".070707070707", "/../../x", 1), line_of("entry = "), 9, "no name that twcred gave"),
            (good.replacen("entry = \"a.b.", "entry = \"x.", 1), line_of("entry = "), 10, "of this profile"),
            ("profile = [".to_owned(), 1, 12, "array"),
        ] {
            let fault = Book::parse(&text).unwrap_err();
            assert!(fault.why.contains(why), "{fault:?}");
            assert_eq!((fault.line, fault.column), (line, column), "{fault:?}\n{text}");
            assert!(!fault.why.contains("s3cr3t"));
        }
    }
}
