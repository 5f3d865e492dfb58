//! The secrets of a file, taken out of paths and of texts that name paths: a file or a folder can be named by what it holds.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::copies::{LEAST, Needle};
use super::entries::placeholder;
use super::finding::speakable;
use super::loose::{loose, plain, random_words, sid, userinfo};
use super::needles::{Foreign, beyond};
use crate::dotenv::EnvFile;
use crate::model::Secret;

/// What stands in a path instead of a secret.
const VEIL: &[u8] = b"***";

/// Secrets that are not to be said. What is public, or shorter than [`LEAST`] bytes and so there by chance, is none.
#[derive(Debug, Clone, Default)]
pub struct Veil {
    /// The longest first: of one that has another in it no rest is left.
    secrets: Vec<Needle>,
    /// By their bytes, without those that begin with another one.
    order: Vec<usize>,
    /// Those of the other files of a run.
    beyond: Option<Arc<Veil>>,
}

impl Veil {
    /// The secrets that the variables of a file hold. What a comment says is none of them, to whatever program it is one.
    #[must_use]
    pub fn of(file: &EnvFile) -> Self {
        Self::new(&beyond(file, Foreign::Nothing).needles)
    }

    /// What a file holds that is in no path which is shown; see [`Veil::values`].
    #[must_use]
    pub fn over_paths(file: &EnvFile) -> Self {
        Self::new(&Self::values(file))
    }

    /// What of a file may be a secret if it stands in a path, to be gathered from several: besides what its variables hold,
    /// every value behind a name that speaks of one, what stands before the `@` of an address, and each word with the look of
    /// a secret, in comments and broken lines too. A path hidden without need costs little.
    #[must_use]
    pub fn values(file: &EnvFile) -> Vec<Needle> {
        match plain(file.bytes()) {
            Some(text) => in_text(&EnvFile::parse(&text)),
            None => in_text(file),
        }
    }

    /// Those among some values.
    #[must_use]
    pub fn new(values: &[Needle]) -> Self {
        let secret = |value: &&Needle| !value.identifier && bytes(value).len() >= LEAST;
        let mut secrets: Vec<Needle> = values.iter().filter(secret).cloned().collect();
        secrets.sort_by_key(|secret| Reverse(bytes(secret).len()));
        let mut order: Vec<usize> = (0..secrets.len()).collect();
        order.sort_by(|one, other| bytes(&secrets[*one]).cmp(bytes(&secrets[*other])));
        order.dedup_by(|one, before| bytes(&secrets[*one]).starts_with(bytes(&secrets[*before])));
        Self { secrets, order, beyond: None }
    }

    /// The same with those of the other files of a run, whose paths may be named by what this one holds, and the other way
    /// round.
    #[must_use]
    pub fn with(self, beyond: &Arc<Veil>) -> Self {
        let beyond = (!beyond.secrets.is_empty()).then(|| Arc::clone(beyond));
        Self { beyond, ..self }
    }

    /// Whether one of them stands anywhere in a text. The one that begins at a place, if any does, is the last in order
    /// that is not behind the rest of the text: so this takes hardly longer for many secrets than for few.
    #[must_use]
    pub fn stands_in(&self, text: &[u8]) -> bool {
        let begins = |at: usize| {
            let rest = &text[at..];
            let after = self.order.partition_point(|secret| bytes(&self.secrets[*secret]) <= rest);
            after.checked_sub(1).is_some_and(|last| rest.starts_with(bytes(&self.secrets[self.order[last]])))
        };
        (!self.order.is_empty() && (0..text.len()).any(begins))
            || self.beyond.as_ref().is_some_and(|beyond| beyond.stands_in(text))
    }

    /// The variables whose values stand in a text; an empty name for what is no variable's.
    #[must_use]
    pub fn named_by(&self, text: &[u8]) -> Vec<&str> {
        if !self.stands_in(text) {
            return Vec::new();
        }
        let there = |secret: &&Needle| text.windows(bytes(secret).len()).any(|window| window == bytes(secret));
        let mut named: Vec<&str> = self.secrets.iter().filter(there).map(|secret| secret.label.as_str()).collect();
        named.extend(self.beyond.iter().flat_map(|beyond| beyond.named_by(text)));
        named.sort_unstable();
        named.dedup();
        named
    }

    /// Whether a path may be one in which a secret was hidden.
    #[must_use]
    pub fn hides_in(path: &Path) -> bool {
        path.as_os_str().as_bytes().windows(VEIL.len()).any(|part| part == VEIL)
    }

    /// A path with `***` where a secret stands in it.
    #[must_use]
    pub fn path(&self, path: &Path) -> PathBuf {
        match self.without(path.as_os_str().as_bytes()) {
            Some(bytes) => PathBuf::from(OsString::from_vec(bytes)),
            None => path.to_owned(),
        }
    }

    /// A text with `***` where a secret stands in it.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        match self.without(text.as_bytes()) {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            None => text.to_owned(),
        }
    }

    /// Takes them out of a text, if it has any.
    pub(super) fn draw(&self, text: &mut String) {
        if self.stands_in(text.as_bytes()) {
            *text = self.text(text);
        }
    }

    /// Takes them out of a path, if it has any.
    pub(super) fn draw_path(&self, path: &mut PathBuf) {
        if self.stands_in(path.as_os_str().as_bytes()) {
            *path = self.path(path);
        }
    }

    /// Bytes with none of them; nothing if there was none.
    fn without(&self, text: &[u8]) -> Option<Vec<u8>> {
        if !self.stands_in(text) {
            return None;
        }
        // Those of all files first: among them is the longest.
        let mut left = match &self.beyond {
            Some(beyond) => beyond.without(text).unwrap_or_else(|| text.to_vec()),
            None => text.to_vec(),
        };
        for secret in self.secrets.iter().map(bytes) {
            while let Some(at) = left.windows(secret.len()).position(|window| window == secret) {
                left.splice(at..at + secret.len(), VEIL.iter().copied());
            }
        }
        Some(left)
    }
}

fn in_text(file: &EnvFile) -> Vec<Needle> {
    let mut found = beyond(file, Foreign::All).needles;
    let text = file.bytes();
    let named = loose(text, true, speaks_of_a_secret);
    let named = named.iter().flat_map(|one| one.values.iter().map(|value| (Some(one.name), *value)));
    // A variable may name the file that holds the secret.
    let named = named.filter(|(_, value)| !value.starts_with(['/', '~', '.']) && !sid(value));
    let more = named.chain(userinfo(text).into_iter().map(|value| (None, value))).chain(random_words(file));
    let mut seen: BTreeSet<&[u8]> = found.iter().map(bytes).collect();
    let more: Vec<Needle> = more
        .filter(|(_, value)| value.len() >= LEAST && placeholder(value).is_none() && seen.insert(value.as_bytes()))
        .map(|(name, value)| Needle {
            label: name.filter(|name| speakable(name)).unwrap_or_default().to_owned(),
            value: Secret::new(value.to_owned()),
            identifier: false,
        })
        .collect();
    found.extend(more);
    found
}

/// Whether one of the words of a name says that a secret is behind it, and the last one not that it is something else.
fn speaks_of_a_secret(name: &str) -> bool {
    const SAYS: [&str; 7] = ["SECRET", "TOKEN", "PASS", "PWD", "KEY", "DSN", "CREDENTIAL"];
    const ELSE: [&str; 7] = ["FILE", "PATH", "DIR", "NAME", "ID", "SID", "HOST"];
    let name = name.to_ascii_uppercase();
    let last = name.rsplit('_').next().unwrap_or_default();
    !ELSE.contains(&last) && name.split('_').any(|word| SAYS.iter().any(|says| word.contains(says)))
}

#[expect(clippy::disallowed_methods, reason = "to compare, as the search does")]
fn bytes(secret: &Needle) -> &[u8] {
    secret.value.expose().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(secrets: &[&str]) -> Veil {
        let needle = |value: &&str| Needle { label: "A".into(), value: (*value).to_owned().into(), identifier: false };
        Veil::new(&secrets.iter().map(needle).collect::<Vec<_>>())
    }

    #[test]
    fn a_secret_is_found_wherever_it_stands() {
        let veil = of(&["b-second-secret-of-it", "a-first-secret-of-it", "a-first-secret-of-it-and-more", "short"]);
        for (text, stands) in [
            ("# a-first-secret-of-it", true),
            ("# https://u:a-first-secret-of-it-and@x", true),
            ("# \u{e9}b-second-secret-of-it\u{e9}", true),
            ("# a-first-secret-of-i", false),
            ("# short", false),
            ("", false),
        ] {
            assert_eq!(veil.stands_in(text.as_bytes()), stands, "{text}");
        }
        assert!(!of(&[]).stands_in(b"# anything at all"));
    }

    #[test]
    fn no_secret_is_left_in_a_path() {
        let veil = of(&["first-secret-of-it", "a-first-secret-of-it-and"]);
        let shown = |text: &str| veil.path(Path::new(text)).display().to_string();
        assert_eq!(shown("/p/a-first-secret-of-it-and.txt"), "/p/***.txt");
        assert_eq!(shown("/first-secret-of-it/x-first-secret-of-it"), "/***/x-***");
        assert_eq!(shown("/p/x"), "/p/x");
        let file = EnvFile::parse(b"DB_PASSWORD=a-first-secret-of-it\nOTHER=no-secret-by-its-name\n");
        let veil = Veil::over_paths(&file);
        assert_eq!(veil.text("no-secret-by-its-name/a-first-secret-of-it"), "no-secret-by-its-name/***");
        assert_eq!(veil.named_by(b"x/a-first-secret-of-it"), ["DB_PASSWORD"]);
        let utf16: Vec<u8> =
            "\u{feff}DB_PASSWORD=a-first-secret-of-it\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(Veil::of(&EnvFile::parse(&utf16)).text("a-first-secret-of-it"), "***");
    }
}
