//! The user's configuration: defaults, and exceptions with their reasons.
//!
//! It is read from the user's own folder or from where `--config` says, and never from beside an audited file: whoever
//! can write there could silence what gives him away.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::trusted;
use crate::audit::{self, Severity};
use crate::cli::env;
use crate::cli::error::Failure;
use crate::model::KeySid;
use crate::model::time::{Timestamp, after, parse_duration};

/// The configuration, understood.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub(super) fail_on: Option<Severity>,
    pub(super) select: Vec<String>,
    pub(super) ignore: Vec<String>,
    pub(super) pedantic: bool,
    pub(super) readers: Vec<String>,
    pub(super) owner: Option<String>,
    pub(super) allow_groups: Vec<String>,
    pub(super) max_age: Option<Duration>,
    pub(super) exceptions: Vec<Exception>,
}

/// A finding that is to be left alone.
#[derive(Debug, Clone)]
pub(super) struct Exception {
    rule: String,
    path: Option<PathBuf>,
    variable: Option<String>,
    key: Option<KeySid>,
    reason: String,
    until: Option<Timestamp>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    fail_on: Option<String>,
    select: Vec<String>,
    ignore: Vec<String>,
    pedantic: bool,
    readers: Vec<String>,
    owner: Option<String>,
    allow_groups: Vec<String>,
    max_age: Option<String>,
    exception: Vec<WrittenException>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenException {
    rule: String,
    path: Option<PathBuf>,
    variable: Option<String>,
    key: Option<String>,
    reason: String,
    until: Option<Date>,
}

/// A day, with or without quotes.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Date {
    Text(String),
    Date(toml::value::Datetime),
}

impl Config {
    /// The file that is named, which must be there, or the user's own, which need not.
    pub(super) fn load(named: Option<&Path>) -> Result<Self, Failure> {
        let own = || env::config_dir().map(|dir| dir.join("audit.toml"));
        let Some(path) = named.map(Path::to_owned).or_else(own) else { return Ok(Self::default()) };
        let cannot = |why: String| Failure::usage(format!("cannot use the configuration {}: {why}", path.display()));
        let missing = |error: io::Error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
        if named.is_none() && path.symlink_metadata().is_err_and(missing) {
            return Ok(Self::default());
        }
        let snapshot = trusted::read("configuration", &path)?;
        let text = std::str::from_utf8(snapshot.bytes()).map_err(|_| cannot("it is no text".into()))?;
        Self::parse(text, env::home().as_deref()).map_err(cannot)
    }

    fn parse(text: &str, home: Option<&Path>) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            format!("line {line}: {}", error.message())
        })?;
        let severity = |name: String| {
            let all = [Severity::Critical, Severity::Error, Severity::Warning, Severity::Info];
            all.into_iter()
                .find(|severity| severity.name() == name)
                .ok_or_else(|| format!("fail-on is `{name}`; it is one of critical, error, warning, info"))
        };
        Ok(Self {
            fail_on: written.fail_on.map(severity).transpose()?,
            select: written.select,
            ignore: written.ignore,
            pedantic: written.pedantic,
            readers: written.readers,
            owner: written.owner,
            allow_groups: written.allow_groups,
            max_age: written.max_age.map(|age| parse_duration(&age)).transpose().map_err(|error| error.to_string())?,
            exceptions: written.exception.into_iter().map(|found| found.understood(home)).collect::<Result<_, _>>()?,
        })
    }
}

impl WrittenException {
    fn understood(self, home: Option<&Path>) -> Result<Exception, String> {
        let rule = self.rule;
        if self.reason.trim().is_empty() {
            return Err(format!("the exception from {rule} has no reason"));
        }
        let path = match (self.path, home) {
            (Some(path), Some(home)) => Some(path.strip_prefix("~").map(|rest| home.join(rest)).unwrap_or(path)),
            (path, _) => path,
        };
        if let Some(path) = path.as_deref().filter(|path| !path.is_absolute()) {
            return Err(format!(
                "the exception from {rule} names {}, which does not start with / or ~/",
                path.display()
            ));
        }
        let day = |date: Date| {
            let text = match date {
                Date::Text(text) => text,
                Date::Date(date) => date.to_string(),
            };
            let at = format!("{text}T00:00:00Z").parse::<Timestamp>();
            let at = at
                .map_err(|_| format!("the exception from {rule} ends on `{text}`, which is no day such as 2027-01-31"));
            at.map(|at| after(at, Duration::from_hours(24)))
        };
        let until = self.until.map(day).transpose()?;
        let key = self.key.map(|key| KeySid::parse(&key)).transpose();
        let key = key.map_err(|error| format!("the exception from {rule} names no key: it {error}"))?;
        Ok(Exception { rule, path, variable: self.variable, key, reason: self.reason, until })
    }
}

impl Exception {
    /// The exception as the engine takes it for one file, if it is about that file.
    pub(super) fn of(&self, path: &Path, resolved: Option<&Path>) -> Option<audit::Exception> {
        let Some(wanted) = &self.path else { return Some(self.of_every_file()) };
        let real = wanted.canonicalize().ok();
        let meant = resolved.is_some_and(|resolved| real.as_deref() == Some(resolved)) || wanted == path;
        meant.then(|| audit::Exception { path: Some(path.to_owned()), ..self.of_every_file() })
    }

    pub(super) fn of_every_file(&self) -> audit::Exception {
        audit::Exception {
            rule: self.rule.clone(),
            path: None,
            variable: self.variable.clone(),
            key: self.key.clone(),
            reason: self.reason.clone(),
            until: self.until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_exceptions() {
        let text = "fail-on = \"warning\"\nreaders = [\"docker\"]\nmax-age = \"90d\"\n[[exception]]\nrule = \"TW501\"\n\
                    path = \"~/repos.env\"\nvariable = \"A\"\nreason = \"webhooks\"\nuntil = 2027-01-31\n";
        let config = Config::parse(text, Some(Path::new("/home/u"))).unwrap();
        assert_eq!(config.fail_on, Some(Severity::Warning));
        let found = &config.exceptions[0];
        assert_eq!(found.path.as_deref(), Some(Path::new("/home/u/repos.env")));
        assert_eq!(found.until.unwrap().to_string(), "2027-02-01T00:00:00Z", "the last day counts");
        let quoted = Config::parse(&text.replace("2027-01-31", "\"2027-01-31\""), None);
        assert!(quoted.unwrap_err().contains("does not start with /"));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (text, why) in [
            ("fail_on = \"x\"", "line 1: unknown field `fail_on`"),
            ("fail-on = \"x\"", "fail-on is `x`"),
            ("\n[[exception]]\nrule = \"TW1\"", "line 2: missing field `reason`"),
            ("[[exception]]\nrule = \"TW1\"\nreason = \" \"", "has no reason"),
            ("[[exception]]\nrule = \"TW1\"\nreason = \"r\"\nuntil = \"soon\"", "no day such as"),
            ("[[exception]]\nrule = \"TW611\"\nreason = \"r\"\nkey = \"SK1\"", "names no key: it"),
            ("[[exception]]\nrule = \"TW1\"\nreason = \"r\"\npath = \"x.env\"", "does not start with /"),
        ] {
            let said = Config::parse(text, None).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }
}
