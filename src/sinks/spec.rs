//! The names of sinks, `scheme:target[#fragment]`, and the table of their kinds.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error as _};

use super::{Error, Options, Sink, env, exec, json};

/// What a kind's target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A file.
    File,
    /// A program: a path, or a name to be found on `PATH`.
    Program,
    /// The name of a profile.
    Profile,
}

/// How a sink of a kind is opened.
pub type Open = fn(&Spec, &Options) -> Result<Box<dyn Sink>, Error>;

/// A kind of sink.
#[derive(Debug)]
pub struct Kind {
    /// The word before the colon.
    pub scheme: &'static str,
    /// How its spec is written.
    pub form: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// What its target is.
    pub target: Target,
    /// Opens one.
    pub open: Open,
}

/// Every kind there is. Help, the parser and the contract test read this table.
pub const KINDS: &[Kind] = &[
    Kind {
        scheme: "env",
        form: "env:FILE[#VARIABLE,…]",
        help: "An env file; the fragment names the variables of key SIDs, or of Auth Tokens, that belong together",
        target: Target::File,
        open: env::open,
    },
    Kind {
        scheme: "json",
        form: "json:FILE[#/POINTER]",
        help: "A JSON file; account_sid, api_key and api_secret, or auth_token, in the object at the pointer",
        target: Target::File,
        open: json::open,
    },
    Kind {
        scheme: "keyring",
        form: "keyring:NAME",
        help: "A profile; its secret is in the keyring, or in the file that `profile add --store file` chose",
        target: Target::Profile,
        open: super::keyring::open,
    },
    Kind {
        scheme: "exec",
        form: "exec:PROGRAM",
        help: "A program of yours, which gets the credential as JSON on its standard input",
        target: Target::Program,
        open: exec::open,
    },
];

/// Why a text names no sink. The text is not repeated: it may be a secret in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// There is no `scheme:` in front.
    #[error("a sink is named scheme:target, and the scheme is missing; known are {known}", known = known())]
    NoScheme,
    /// There is no such kind.
    #[error("there is no kind of sink called {scheme}; known are {known}", known = known())]
    UnknownScheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// Nothing stands behind the colon.
    #[error("the target is missing; it is written {form}")]
    NoTarget {
        /// How it is written.
        form: &'static str,
    },
    /// A control character, which no name has by intention.
    #[error("there is a control character in it")]
    Control,
    /// The working directory's name is not UTF-8, so that the path cannot be written down whole.
    #[error("the directory it is relative to has a name that is not UTF-8")]
    NotUtf8,
}

fn known() -> String {
    KINDS.iter().map(|kind| kind.scheme).collect::<Vec<_>>().join(", ")
}

/// The name of a sink: `env:repos.env#TWILIO_API_KEY`. It holds no secret; journals and messages carry it.
///
/// A fragment starts at the first `#`, so no target may have one in its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct Spec {
    scheme: &'static str,
    target: String,
    fragment: Option<String>,
}

impl Spec {
    /// Takes a text for the name of a sink.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let is_scheme = |word: &str| {
            word.len() <= 16 && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let (scheme, rest) =
            text.split_once(':').filter(|(word, _)| !word.is_empty() && is_scheme(word)).ok_or(SpecError::NoScheme)?;
        let kind = KINDS.iter().find(|kind| kind.scheme == scheme);
        let kind = kind.ok_or_else(|| SpecError::UnknownScheme { scheme: scheme.to_owned() })?;
        if rest.chars().any(char::is_control) {
            return Err(SpecError::Control);
        }
        let (target, fragment) = match rest.split_once('#') {
            Some((target, fragment)) => (target, Some(fragment).filter(|text| !text.is_empty())),
            None => (rest, None),
        };
        if target.is_empty() {
            return Err(SpecError::NoTarget { form: kind.form });
        }
        Ok(Self { scheme: kind.scheme, target: target.to_owned(), fragment: fragment.map(str::to_owned) })
    }

    /// The word before the colon.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// What stands between the colon and the `#`.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// What stands behind the `#`.
    #[must_use]
    pub fn fragment(&self) -> Option<&str> {
        self.fragment.as_deref()
    }

    /// The variables that it names of an env file.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let fragment = self.fragment().filter(|_| self.scheme == "env");
        fragment.into_iter().flat_map(|fragment| fragment.split(','))
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> &'static Kind {
        KINDS.iter().find(|kind| kind.scheme == self.scheme).unwrap_or(&KINDS[0])
    }

    /// Whether both are of one file, by whatever paths, or of one program or profile.
    #[must_use]
    pub fn is_beside(&self, other: &Self) -> bool {
        self.scheme == other.scheme
            && match self.kind().target {
                Target::File => is_one_file(self.target.as_ref(), other.target.as_ref()),
                Target::Program | Target::Profile => self.target == other.target,
            }
    }

    /// Whether every token that the other is about is this one's, too: it is the same part of the same place, or one of an
    /// env file of which this is the whole. A JSON file as a whole is the object at its root alone.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self == other || self.is_beside(other) && (self.is_whole() || self.fragment == other.fragment)
    }

    /// Whether it is a whole env file, with every pair and token in it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.scheme == "env" && self.fragment.is_none()
    }

    /// The same sink named independently of the working directory: a relative file, or a program named by a relative
    /// path, is taken from `base`. A program's bare name stays, to be found on `PATH`, and so does a profile's.
    ///
    /// # Errors
    /// [`SpecError::NotUtf8`] if the path cannot be written as text.
    pub fn absolute(&self, base: &Path) -> Result<Self, SpecError> {
        match self.kind().target {
            Target::Profile => return Ok(self.clone()),
            Target::Program if !self.target.contains('/') => return Ok(self.clone()),
            Target::Program | Target::File => {}
        }
        let path: PathBuf = base.join(&self.target).components().collect();
        let target = path.to_str().ok_or(SpecError::NotUtf8)?.to_owned();
        Ok(Self { target, ..self.clone() })
    }
}

/// Whether one of these sinks is the one of this name, by whatever path, or is about all that it is about
/// ([`Spec::covers`]).
pub fn is_among<'n>(name: &str, sinks: impl IntoIterator<Item = &'n String>) -> bool {
    let spec = Spec::parse(name);
    let covers = |other: &str| match (&spec, Spec::parse(other)) {
        (Ok(spec), Ok(other)) => other.covers(spec),
        _ => false,
    };
    sinks.into_iter().any(|other| other == name || covers(other))
}

/// Whether two paths lead to one file. One that is not there is told by its path.
#[must_use]
pub fn is_one_file(one: &Path, other: &Path) -> bool {
    real(one) == real(other)
}

/// A path without links, as far as it leads somewhere: of a file that is not there, its folder's.
pub(crate) fn real(path: &Path) -> PathBuf {
    let in_its_folder = || Some(std::fs::canonicalize(path.parent()?).ok()?.join(path.file_name()?));
    std::fs::canonicalize(path).ok().or_else(in_its_folder).unwrap_or_else(|| path.into())
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fragment {
            Some(fragment) => write!(f, "{}:{}#{fragment}", self.scheme, self.target),
            None => write!(f, "{}:{}", self.scheme, self.target),
        }
    }
}

impl FromStr for Spec {
    type Err = SpecError;
    fn from_str(text: &str) -> Result<Self, SpecError> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for Spec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl From<Spec> for String {
    fn from(spec: Spec) -> Self {
        spec.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written_alike() {
        for text in [
            "env:repos.env",
            "env:/a/repos.env#A_TWILIO_API_KEY,TWILIO_API_KEY",
            "json:x.json#/a/b",
            "exec:put",
            "keyring:acme",
        ] {
            let spec = Spec::parse(text).unwrap();
            assert_eq!(spec.to_string(), text);
            let json = serde_json::to_string(&spec).unwrap();
            assert_eq!(serde_json::from_str::<Spec>(&json).unwrap(), spec);
        }
        assert_eq!(Spec::parse("env:a#").unwrap().to_string(), "env:a");
    }

    #[test]
    fn what_is_no_name_is_not_repeated() {
        for (text, says) in [
            ("s3cr3t", "a sink is named scheme:target, and the scheme is missing; known are env, json, keyring, exec"),
            (
                "S3cr3t:x",
                "a sink is named scheme:target, and the scheme is missing; known are env, json, keyring, exec",
            ),
            ("ftp:x", "there is no kind of sink called ftp; known are env, json, keyring, exec"),
            ("env:#A", "the target is missing; it is written env:FILE[#VARIABLE,…]"),
            ("env:a\nb", "there is a control character in it"),
        ] {
            assert_eq!(Spec::parse(text).unwrap_err().to_string(), says);
        }
    }

    #[test]
    fn a_relative_target_is_taken_from_the_directory_given() {
        let base = Path::new("/srv/dir");
        for (text, absolute) in [
            ("env:./a/repos.env#X", "env:/srv/dir/a/repos.env#X"),
            ("json:/x.json", "json:/x.json"),
            ("exec:put", "exec:put"),
            ("keyring:acme", "keyring:acme"),
            ("exec:bin/put", "exec:/srv/dir/bin/put"),
        ] {
            assert_eq!(Spec::parse(text).unwrap().absolute(base).unwrap().to_string(), absolute);
        }
    }
}
