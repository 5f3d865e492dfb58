//! Reading a source: every variable that has to do with Twilio, with the place it stands in.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::assemble::CredentialError;
use crate::dotenv::{EnvFile, Lookup, Unclear};
use crate::model::bare::{Bare, What};
use crate::model::variable::{Role, Variable, classify, group};
use crate::model::{Credential, KeySid, ProfileName, Secret, TokenNames};
use crate::store::profiles::{Contents, Profile};

/// What standard input is called where it is a source.
pub const STANDARD_INPUT: &str = "standard input";

/// A variable that a source gives a value.
#[derive(Debug, Clone)]
pub struct Value {
    /// The variable.
    pub name: String,
    /// The value, or why there is none to rely upon.
    pub value: Result<Secret, Doubt>,
    /// Where it stands, such as `repos.env:12 TWILIO_API_KEY`.
    pub place: String,
    /// The name as it stands there. On a broken line it may be a secret: compared with, and never shown.
    written: String,
    /// The same as a file and a 1-based line, if it stands in a file.
    pub line: Option<(PathBuf, usize)>,
}

impl Value {
    /// Whether this is the variable, be it known here or not.
    #[must_use]
    pub fn is_of(&self, variable: &str) -> bool {
        self.written == variable
    }

    /// Beside which Auth Token's variable this one stands, if it is that with one of these suffixes: the whole name, the
    /// token's variable, and which token it is then.
    #[must_use]
    pub fn staged(&self, suffixes: &TokenNames) -> Option<(&str, Variable<'_>, Role)> {
        let beside = |suffix: &str| {
            let of = self.written.strip_suffix(suffix).and_then(classify);
            of.filter(|known| known.role == Role::AuthToken)
        };
        let secondary = beside(suffixes.secondary()).map(|of| (of, Role::AuthTokenSecondary));
        let found = secondary.or_else(|| beside(suffixes.previous()).map(|of| (of, Role::AuthTokenPrevious)));
        found.map(|(of, role)| (self.written.as_str(), of, role))
    }

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
    /// The project whose values these are; empty for the source as a whole.
    project: String,
    bound: bool,
    /// Whether it is one Auth Token that somebody pasted, with nothing else to sign with.
    pasted: bool,
}

impl Values {
    /// The environment's variables.
    #[must_use]
    pub fn environment(variables: Vec<(&'static str, String)>) -> Self {
        let all = variables.into_iter().map(|(name, value)| Value {
            name: name.to_owned(),
            value: Ok(Secret::new(value)),
            place: format!("environment {name}"),
            written: name.to_owned(),
            line: None,
        });
        Self {
            source: "the environment".to_owned(),
            all: all.collect(),
            project: String::new(),
            bound: false,
            pasted: false,
        }
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

    /// Standard input, in the form of an env file, or nothing but one credential without names. It can be read once.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn standard_input() -> Result<Self, CredentialError> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
        let read = io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|why| CredentialError::Read { file: STANDARD_INPUT.to_owned(), why })?;
        let mut values = match std::str::from_utf8(&bytes).ok().and_then(Bare::parse) {
            Some(bare) => Self::bare(bare),
            None => Self::of_file(STANDARD_INPUT, None, &EnvFile::parse(&bytes)),
        };
        let mut signing =
            values.all.iter().filter_map(|value| classify(&value.name)).filter(|known| known.role.signs());
        let lone = (signing.next(), signing.next());
        values.pasted = matches!(lone, (Some(Variable { role: Role::AuthToken, .. }), None));
        Ok(values)
    }

    /// A credential that came without names, under the variables' names. Of a file it would be a broken line.
    fn bare(bare: Bare) -> Self {
        let value = |name: &str, value: Secret| Value {
            name: name.to_owned(),
            value: Ok(value),
            place: STANDARD_INPUT.to_owned(),
            line: None,
            written: name.to_owned(),
        };
        let plain = |name: &str, text: &str| value(name, Secret::new(text.to_owned()));
        let mut all: Vec<Value> =
            bare.account.iter().map(|account| plain("TWILIO_ACCOUNT_SID", account.as_str())).collect();
        match bare.what {
            What::Token(token) => all.push(value("TWILIO_AUTH_TOKEN", token)),
            What::Pair(pair) => {
                all.extend([plain("TWILIO_API_KEY", pair.sid.as_str()), value("TWILIO_API_SECRET", pair.secret)]);
            }
        }
        Self { source: STANDARD_INPUT.to_owned(), all, project: String::new(), bound: false, pasted: false }
    }

    /// A profile's credential, under the variables' names. `secret` says where its secret is.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "from one `Secret` into another")]
    pub fn profile(name: &ProfileName, profile: &Profile, contents: &Contents, secret: &str) -> Self {
        let source = format!("profile {name}");
        let value = |name: &str, value: &str, place: String| Value {
            name: name.to_owned(),
            value: Ok(Secret::new(value.to_owned())),
            place,
            line: None,
            written: name.to_owned(),
        };
        let plain = |name: &str, text: &str| value(name, text, source.clone());
        let kept = |name: &str, text: &Secret| value(name, text.expose(), format!("{source} ({secret})"));
        let mut all = vec![plain("TWILIO_ACCOUNT_SID", contents.credential.account().as_str())];
        match &contents.credential {
            Credential::ApiKey { pair, .. } => {
                all.extend([plain("TWILIO_API_KEY", pair.sid.as_str()), kept("TWILIO_API_SECRET", &pair.secret)]);
            }
            Credential::AuthToken { token, .. } => all.push(kept("TWILIO_AUTH_TOKEN", token)),
        }
        all.extend(contents.secondary.iter().map(|token| kept("TWILIO_AUTH_TOKEN_SECONDARY", token)));
        all.extend(contents.previous.iter().map(|token| kept("TWILIO_AUTH_TOKEN_PREVIOUS", token)));
        all.extend(profile.region.iter().map(|region| plain("TWILIO_REGION", region)));
        all.extend(profile.edge.iter().map(|edge| plain("TWILIO_EDGE", edge)));
        Self { source, all, project: String::new(), bound: true, pasted: false }
    }

    /// A source with nothing in it.
    #[must_use]
    pub fn nothing() -> Self {
        Self { source: String::new(), all: Vec::new(), project: String::new(), bound: false, pasted: false }
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
            all.push(Value { name, value, place, line, written: assignment.name.clone() });
        }
        Self { source: source.to_owned(), all, project: String::new(), bound: false, pasted: false }
    }

    /// The values of the project that has its key's SID in this variable, with the account, the region and the edge that
    /// stand under the plain names for all projects. Nothing if no key's SID stands there.
    #[must_use]
    pub fn of_project(&self, variable: &str) -> Option<Self> {
        let named = classify(variable).filter(|named| named.role == Role::KeySid)?;
        self.named(variable).next()?;
        let belongs = |value: &&Value| {
            classify(&value.name).is_some_and(|other| {
                let shared = matches!(other.role, Role::AccountSid | Role::Region | Role::Edge);
                other.prefix == named.prefix || (other.prefix.is_empty() && shared)
            })
        };
        let all = self.all.iter().filter(belongs).cloned().collect();
        Some(Self {
            source: self.source.clone(),
            all,
            project: named.prefix.to_owned(),
            bound: self.bound,
            pasted: self.pasted,
        })
    }

    /// The variables in which the SID of a key stands, each once.
    #[must_use]
    pub fn key_variables(&self) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for value in &self.all {
            let is_key = classify(&value.name).is_some_and(|known| known.role == Role::KeySid);
            if is_key && !found.contains(&value.name.as_str()) {
                found.push(&value.name);
            }
        }
        found
    }

    /// The source as a whole.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it says itself where its credential is good, so that the environment's region does not complete it.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.bound
    }

    /// Whether it is one Auth Token that somebody pasted, with nothing else to sign with: then `--account` can say whose.
    #[must_use]
    pub fn is_pasted(&self) -> bool {
        self.pasted
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
        group(names).iter().flat_map(|found| &found.names).any(|(role, _)| role.signs())
    }

    /// The values of one variable.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.all.iter().filter(move |value| value.name == name)
    }

    /// The value of a role that is no secret, under the project's name or else the plain one, and where it stands.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "a region or an edge, which is no secret")]
    pub fn plain(&self, role: Role) -> Option<(String, String)> {
        let of = |prefix: &str| {
            self.all.iter().find(|value| {
                classify(&value.name)
                    .is_some_and(|known| known.role == role && known.prefix == prefix && !role.is_secret())
            })
        };
        let found = of(&self.project).or_else(|| of(""))?;
        found.value.as_ref().ok().map(|value| (value.expose().to_owned(), found.place.clone()))
    }
}
