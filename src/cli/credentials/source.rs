//! Reading a source: every variable that has to do with Twilio, with the place it stands in.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::assemble::CredentialError;
use crate::dotenv::{EnvFile, Lookup, Unclear};
use crate::model::variable::{Role, classify, group};
use crate::model::{KeySid, Secret};

/// A variable that a source gives a value.
#[derive(Debug, Clone)]
pub struct Value {
    /// The variable.
    pub name: String,
    /// The value, or why there is none to rely upon.
    pub value: Result<Secret, Doubt>,
    /// Where it stands, such as `repos.env:12 TWILIO_API_KEY`.
    pub place: String,
    /// The same as a file and a 1-based line, if it stands in a file.
    pub line: Option<(PathBuf, usize)>,
}

impl Value {
    /// The value as a key's SID, if it is one.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "compared with the form of a SID; what is none goes nowhere")]
    pub fn key_sid(&self) -> Option<KeySid> {
        self.value.as_ref().ok().and_then(|value| KeySid::parse(value.expose()).ok())
    }
}

/// Why a variable's value cannot be relied upon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Readers of the file disagree.
    #[error("programs read it differently: {0}")]
    Unclear(Unclear),
    /// The file gives it several values.
    #[error("it is set more than once, to different values (lines {})", lines(.0))]
    Differ(Vec<usize>),
}

fn lines(numbers: &[usize]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// All that one source says.
#[derive(Debug, Clone)]
pub struct Values {
    source: String,
    all: Vec<Value>,
}

impl Values {
    /// The environment's variables.
    #[must_use]
    pub fn environment(variables: Vec<(&'static str, String)>) -> Self {
        let all = variables.into_iter().map(|(name, value)| Value {
            name: name.to_owned(),
            value: Ok(Secret::new(value)),
            place: format!("environment {name}"),
            line: None,
        });
        Self { source: "the environment".to_owned(), all: all.collect() }
    }

    /// An env file's variables.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, CredentialError> {
        let bytes = std::fs::read(path).map(Zeroizing::new);
        let bytes = bytes.map_err(|why| CredentialError::Read { file: path.display().to_string(), why })?;
        Ok(Self::of_file(&path.display().to_string(), Some(path), &EnvFile::parse(&bytes)))
    }

    /// Standard input, in the form of an env file. It can be read once.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn standard_input() -> Result<Self, CredentialError> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
        let read = io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|why| CredentialError::Read { file: "standard input".to_owned(), why })?;
        Ok(Self::of_file("standard input", None, &EnvFile::parse(&bytes)))
    }

    fn of_file(source: &str, path: Option<&Path>, file: &EnvFile) -> Self {
        let mut all: Vec<Value> = Vec::new();
        for assignment in file.assignments() {
            // A broken line may have a secret where the name should be: only names that mean something are repeated.
            let known = classify(&assignment.name).is_some();
            let mut place = format!("{source}:{}", assignment.line);
            if known {
                place = format!("{place} {}", assignment.name);
            }
            let value = match file.lookup(&assignment.name) {
                Lookup::Differ { lines } if known => Err(Doubt::Differ(lines)),
                Lookup::Unclear { why, .. } if known => Err(Doubt::Unclear(why)),
                _ => file.read(assignment).map_err(Doubt::Unclear),
            };
            if value.as_ref().is_ok_and(Secret::is_empty) {
                continue;
            }
            let name = if known { assignment.name.clone() } else { String::new() };
            let line = path.map(|path| (path.to_owned(), assignment.line));
            all.push(Value { name, value, place, line });
        }
        Self { source: source.to_owned(), all }
    }

    /// The source as a whole.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Every variable with a value.
    #[must_use]
    pub fn all(&self) -> &[Value] {
        &self.all
    }

    /// Whether anything in it is half of a credential at least. An Account SID or a region alone is no credential.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        let names = self.all.iter().map(|value| value.name.as_str());
        group(names).iter().flat_map(|found| &found.names).any(|(role, _)| role.is_secret() || *role == Role::KeySid)
    }

    /// The values of one variable.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.all.iter().filter(move |value| value.name == name)
    }

    /// The value of a role that is no secret, under its plain name, and where it stands.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "a region or an edge, which is no secret")]
    pub fn plain(&self, role: Role) -> Option<(String, String)> {
        let found = self.all.iter().find(|value| {
            classify(&value.name)
                .is_some_and(|known| known.role == role && known.prefix.is_empty() && !role.is_secret())
        })?;
        found.value.as_ref().ok().map(|value| (value.expose().to_owned(), found.place.clone()))
    }
}
