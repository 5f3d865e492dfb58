//! From a value of TOML to what a field wants.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeValue;

use super::fields::{Field, Form};
use super::problem::Problem;
use super::settings::{At, Kind, Settings};
use crate::model::time::parse_duration;
use crate::model::{AccountSid, ProfileName};
use crate::sinks::{self, Spec, Target};

/// Reads the value of one field.
pub(super) struct Reader<'a> {
    pub(super) field: &'static Field,
    /// Its whole name, for errors.
    pub(super) key: &'a str,
    /// What `~` stands for.
    pub(super) home: Option<&'a Path>,
    pub(super) problems: &'a mut Vec<Problem>,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    /// Puts the value where it belongs, or says why it cannot be.
    pub(super) fn read(&mut self, value: &Value<'_>, into: &mut Settings) {
        match self.field.form {
            Form::Kind(slot) => *slot(into) = self.text(value, kind),
            Form::Account(slot) => *slot(into) = self.text(value, account),
            Form::Profile(slot) => *slot(into) = self.text(value, profile),
            Form::Path(slot) => {
                let home = self.home;
                *slot(into) = self.text(value, |text| path(text, home));
            }
            Form::Variables(slot) => *slot(into) = self.list(value, variable),
            Form::Sinks(slot) => {
                let home = self.home;
                *slot(into) = self.list(value, |text| sink(text, home));
            }
            Form::Duration(slot) => {
                let wrong =
                    |_| "this is no duration: it is a number and a unit, such as 90d, 24h, 15m or 30s".to_owned();
                *slot(into) = self.text(value, |text| parse_duration(text).map_err(wrong));
            }
            Form::Command(slot) => *slot(into) = self.text(value, command),
            Form::Suffix(slot) => *slot(into) = self.text(value, suffix),
            Form::Flag(slot) => match value.get_ref() {
                DeValue::Boolean(flag) => *slot(into) = Some(At { value: *flag, span: value.span() }),
                other => self.wrong_type(value, other),
            },
        }
    }

    fn text<T>(&mut self, value: &Value<'_>, understand: impl FnOnce(&str) -> Result<T, String>) -> Option<At<T>> {
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(value, value.get_ref());
            return None;
        };
        match understand(text) {
            Ok(understood) => Some(At { value: understood, span: value.span() }),
            Err(what) => {
                self.problems.push(Problem::new(value.span(), self.key, what));
                None
            }
        }
    }

    fn list<T>(
        &mut self,
        value: &Value<'_>,
        mut understand: impl FnMut(&str) -> Result<T, String>,
    ) -> Option<At<Vec<At<T>>>> {
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(value, value.get_ref());
            return None;
        };
        if items.is_empty() {
            let what = "this list is empty";
            self.problems.push(Problem::new(value.span(), self.key, what).hint("leave the field out instead"));
            return None;
        }
        let found: Vec<_> = items.iter().filter_map(|item| self.text(item, &mut understand)).collect();
        // A list of which a part is wrong counts as written, so that no error follows from its absence.
        Some(At { value: found, span: value.span() })
    }

    fn wrong_type(&mut self, value: &Value<'_>, found: &DeValue<'_>) {
        let found = match found {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let problem = Problem::new(
            value.span(),
            self.key,
            format!("{found} stands here, and {} belongs here", self.field.what()),
        );
        self.problems.push(problem.hint(format!("write {} = {}", self.field.name, self.field.example)));
    }
}

fn kind(text: &str) -> Result<Kind, String> {
    let found = Kind::ALL.into_iter().find(|kind| kind.name() == text);
    found.ok_or_else(|| "there is no such kind; it is \"api-key\" or \"auth-token\"".to_owned())
}

fn account(text: &str) -> Result<AccountSid, String> {
    AccountSid::parse(text).map_err(|error| format!("what stands here {error}"))
}

fn profile(text: &str) -> Result<ProfileName, String> {
    ProfileName::parse(text).map_err(|error| error.to_string())
}

fn command(text: &str) -> Result<String, String> {
    match text {
        text if text.trim().is_empty() => Err("the command is empty; leave the field out instead".to_owned()),
        text if text.contains('\0') => Err("no command has a NUL in it".to_owned()),
        text => Ok(text.to_owned()),
    }
}

fn suffix(text: &str) -> Result<String, String> {
    let good = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    if text.len() > 1 && text.starts_with('_') && text.bytes().all(good) {
        Ok(text.to_owned())
    } else {
        Err("the end of a variable's name is an underscore with capitals, digits and underscores behind it".to_owned())
    }
}

fn variable(text: &str) -> Result<String, String> {
    let begins = |b: u8| b.is_ascii_alphabetic() || b == b'_';
    let good = text.bytes().all(|b| begins(b) || b.is_ascii_digit()) && text.bytes().next().is_some_and(begins);
    if good || text == "*" { Ok(text.to_owned()) } else { Err("this is no variable's name".to_owned()) }
}

/// A path without its `~`. Nothing is taken from the working directory: cron runs in any, and so may a stranger's checkout.
fn path(text: &str, home: Option<&Path>) -> Result<PathBuf, String> {
    if text.contains('#') || text.chars().any(char::is_control) {
        return Err("a path with a # or a control character in it cannot be written as a sink".to_owned());
    }
    let whole = match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        (Some(_), None) => return Err("there is no home folder that ~ could stand for".to_owned()),
        (None, _) => PathBuf::from(text),
    };
    if !whole.is_absolute() {
        return Err("a path starts with / or ~/ here: cron runs in no particular folder".to_owned());
    }
    if text.ends_with('/') {
        return Err("this is a folder; a file belongs here".to_owned());
    }
    Ok(whole.components().collect())
}

fn sink(text: &str, home: Option<&Path>) -> Result<Spec, String> {
    let spec = Spec::parse(text).map_err(|error| error.to_string())?;
    let named = match spec.kind().target {
        Target::File => false,
        Target::Program => !spec.target().contains('/'),
        Target::Profile => true,
    };
    let spec = if named {
        spec
    } else {
        let whole = path(spec.target(), home)?;
        let whole = whole.to_str().ok_or("the home folder's name is not UTF-8")?;
        let fragment = spec.fragment().map_or_else(String::new, |fragment| format!("#{fragment}"));
        Spec::parse(&format!("{}:{whole}{fragment}", spec.scheme())).map_err(|error| error.to_string())?
    };
    // Reads and writes nothing: says whether the fragment suits the kind.
    match sinks::open(&spec, &sinks::Options::default()) {
        // Which profiles there are is not asked here.
        Ok(_) | Err(sinks::Error::NoProfiles { .. }) => Ok(spec),
        Err(sinks::Error::Fragment { why, .. }) => Err(format!("the part after # {why}")),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_whole() {
        let home = Some(Path::new("/home/u"));
        assert_eq!(path("~/a/./b.env", home).unwrap(), Path::new("/home/u/a/b.env"));
        assert_eq!(path("/a//b.env", None).unwrap(), Path::new("/a/b.env"));
        for text in ["", "b.env", "./b.env", "~", "~root/b.env", "~/", "/a/", "/a#b", "/a\nb"] {
            assert!(path(text, home).is_err(), "{text:?}");
        }
        assert!(path("~/b.env", None).is_err());
    }

    #[test]
    fn sinks_are_whole_and_of_a_known_kind() {
        let home = Some(Path::new("/home/u"));
        for (text, whole) in [
            ("env:~/a.env#A_TWILIO_API_KEY", "env:/home/u/a.env#A_TWILIO_API_KEY"),
            ("json:/a.json#/x/y", "json:/a.json#/x/y"),
            ("exec:put", "exec:put"),
            ("keyring:acme", "keyring:acme"),
            ("exec:~/bin/put", "exec:/home/u/bin/put"),
        ] {
            assert_eq!(sink(text, home).unwrap().to_string(), whole);
        }
        for text in [
            "env:a.env",
            "ftp:/x",
            "/x",
            "exec:bin/put",
            "env:/a.env#TWILIO_AUTH",
            "json:/a.json#x",
            "keyring:a b",
            "keyring:a#b",
        ] {
            assert!(sink(text, home).is_err(), "{text}");
        }
    }
}
