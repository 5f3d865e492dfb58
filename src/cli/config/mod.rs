//! `twcred.toml`: named targets, each with its places and the rules of its rotation.
//!
//! `fields` is the one table of which the parser, the schema for editors and the sample are made. Reading goes by `place`
//! (where it is, and who may have written it), `read` and `value` (TOML against the table), `check` (what contradicts
//! itself). All errors of a file are found, each with line and column (`problem`). A command that needs no target opens
//! the file only to learn which places hold a key or a token, and by which names tokens stand there, and goes on without
//! it, unless one is to end.

mod check;
mod fields;
mod place;
mod problem;
mod read;
pub mod sample;
pub mod schema;
mod secrets;
mod settings;
pub mod target;
mod value;

#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::env;
use super::error::Failure;
use problem::Problem;
use read::Document;

pub(in crate::cli) use place::guarded;
pub use read::is_target_name;
pub use settings::Kind;
pub use target::{Of, Source, Target, Wanted};

/// The configuration, understood.
#[derive(Debug)]
pub struct Config {
    path: PathBuf,
    targets: Vec<Target>,
}

impl Config {
    /// Reads the configuration, which must be there. Its errors are said on stderr, each with its line.
    ///
    /// # Errors
    /// Exit 2, if it is not there, if others may write it, or for whatever is wrong in it.
    pub fn load(context: &Context) -> Result<Self, Failure> {
        let path = place::path(context)?;
        if place::is_none(&path) {
            return Ok(Self { path, targets: Vec::new() });
        }
        let snapshot = place::read(&path)?;
        // A byte-order mark is no character of the first line.
        let bytes = snapshot.bytes().strip_prefix(b"\xef\xbb\xbf").unwrap_or(snapshot.bytes());
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let (good, _) = bytes.split_at(error.valid_up_to());
                let good = String::from_utf8_lossy(good);
                let problem = Problem::new(good.len()..good.len(), "", "what stands here is no UTF-8");
                return Err(problem::report(context, &path, &good, &[problem], &[]));
            }
        };
        let (targets, document) = understand(text, env::home().as_deref());
        if document.problems.is_empty() {
            return Ok(Self { path, targets });
        }
        Err(problem::report(context, &path, text, &document.problems, &document.open))
    }

    /// The same, where nobody named a file: then it need not be there.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load_if_there(context: &Context) -> Result<Option<Self>, Failure> {
        let named = context.global.config.is_some() || env::config().is_some();
        if !named {
            let Ok(path) = place::path(context) else { return Ok(None) };
            let found = std::fs::symlink_metadata(path);
            if found.is_err_and(|error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)) {
                return Ok(None);
            }
        }
        Self::load(context).map(Some)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every target, in the order of the file.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The targets of one kind, in the order of the file.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(move |target| target.kind() == kind)
    }

    /// Every target, of which there must be one.
    ///
    /// # Errors
    /// Exit 2, if there is none.
    pub fn any(&self) -> Result<Vec<&Target>, Failure> {
        if self.targets.is_empty() {
            return Err(Failure::usage(format!("the configuration {} has no target", self.path.display()))
                .hint("add one there: [targets.NAME], and beneath it env-file = \"/path/to/repos.env\""));
        }
        Ok(self.targets.iter().collect())
    }

    /// The targets of these names, in the order of the names, each once.
    ///
    /// # Errors
    /// Exit 2, for a name that no target has.
    pub fn named(&self, names: &[String]) -> Result<Vec<&Target>, Failure> {
        let mut found: Vec<&Target> = Vec::new();
        for name in names {
            let Some(target) = self.targets.iter().find(|target| target.name == *name) else {
                return Err(self.unknown(name));
            };
            if !found.iter().any(|known| known.name == target.name) {
                found.push(target);
            }
        }
        Ok(found)
    }

    /// The targets of these names, which must be of one kind; or all of that kind, if no name is given.
    ///
    /// # Errors
    /// Exit 2, for a name that no target has, for a target of another kind, and if there is none at all.
    pub fn select(&self, names: &[String], kind: Kind) -> Result<Vec<&Target>, Failure> {
        let path = self.path.display();
        if names.is_empty() {
            let all: Vec<&Target> = self.of_kind(kind).collect();
            if all.is_empty() {
                return Err(Failure::usage(format!(
                    "the configuration {path} has no target of kind \"{}\"",
                    kind.name()
                ))
                .hint(format!(
                    "add one there: [targets.NAME], and beneath it kind = \"{}\" and env-file = \"/path/to/repos.env\"",
                    kind.name()
                )));
            }
            return Ok(all);
        }
        let found = self.named(names)?;
        match found.iter().find(|target| target.kind() != kind) {
            Some(other) => {
                let what = format!("the target {} is of kind \"{}\"", other.name, other.kind().name());
                Err(Failure::usage(what).hint(match other.kind() {
                    Kind::ApiKey => "`twcred keys rotate` rotates the pairs of API keys",
                    Kind::AuthToken => "`twcred token rotate` rotates Auth Tokens",
                }))
            }
            None => Ok(found),
        }
    }

    fn unknown(&self, name: &str) -> Failure {
        let known: Vec<&str> = self.targets.iter().map(|target| target.name.as_str()).collect();
        let said = if read::is_target_name(name) { format!(" called {name}") } else { " of that name".to_owned() };
        let failure = Failure::usage(format!("the configuration {} has no target{said}", self.path.display()));
        match (read::nearest(name, &known), known.is_empty()) {
            (Some(near), _) => failure.hint(format!("did you mean {near}?")),
            (None, true) => failure.hint("it has no targets at all"),
            (None, false) => failure.hint(format!("known are {}", known.join(", "))),
        }
    }
}

/// Where a configuration is, or is to be written.
///
/// # Errors
/// Exit 2, if `TWCRED_CONFIG` is relative, or there is no home.
pub fn path(context: &Context) -> Result<PathBuf, Failure> {
    place::path(context)
}

/// Whether a configuration may be used as it stands there: it is read by no command otherwise.
///
/// # Errors
/// Exit 2, if others may write it, a folder on the way to it, or a link that leads to it.
pub fn trusted(path: &Path) -> Result<(), Failure> {
    place::read(path).map(drop)
}

/// Takes a text for a configuration. The targets count only if the document has no problems.
fn understand(text: &str, home: Option<&Path>) -> (Vec<Target>, Document) {
    let mut document = Document::parse(text, home);
    let targets = check::targets(&mut document, text);
    (targets, document)
}
