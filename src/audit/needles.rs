//! Which values of a file are looked for elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::copies::{LEAST, Needle};
use super::entries::placeholder;
use super::finding::speakable;
use super::lines::{Line, foreign_mark, lines};
use super::loose::{beside, doubtful, loose, plain, sid};
use super::shape::shapes;
use crate::dotenv::{EnvFile, Span};
use crate::model::Secret;
use crate::model::variable::{Role, classify, group};

/// The values to look for, and the variables that have one which nobody can look for.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// See [`needles`].
    pub needles: Vec<Needle>,
    /// Variables whose value cannot be made out, sorted.
    pub unread: Vec<String>,
    /// Variables that have nothing but a stand-in for a value, sorted.
    pub stand_ins: Vec<String>,
}

/// Each value of Twilio's, and each that its variable's name calls a secret, once, under the first variable that has it.
///
/// A value that readers take differently is taken as it was meant, and where that is not clear, as it stands behind the
/// name, whatever the syntax around it; a stand-in for one is left out. What has the form of a SID is one, and nothing
/// else is: a name does not tell which of two values stands in the other's place.
#[must_use]
pub fn needles(file: &EnvFile) -> Vec<Needle> {
    sought(file).needles
}

/// The same, with what could not be made out.
#[must_use]
pub fn sought(file: &EnvFile) -> Sought {
    beyond(file, Foreign::Assigning)
}

/// What of the lines that are comments to other programs is taken for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Foreign {
    /// Nothing.
    Nothing,
    /// What `;NAME=VALUE` assigns in a shell that allows an empty command. All else is in a comment only.
    Assigning,
    /// Whatever may be one.
    All,
}

/// The same, with what is wanted of comments to other programs.
pub(super) fn beyond(file: &EnvFile, foreign: Foreign) -> Sought {
    match plain(file.bytes()) {
        Some(text) => in_text(&EnvFile::parse(&text), foreign),
        None => in_text(file, foreign),
    }
}

fn in_text(file: &EnvFile, foreign: Foreign) -> Sought {
    let known = |name: &str| classify(name).is_some() || called_secret(name);
    let comments: BTreeSet<usize> = lines(file, Line::ForeignComment)
        .filter(|span| match foreign {
            Foreign::Nothing => true,
            Foreign::Assigning => !assigns(file.raw(*span)),
            Foreign::All => false,
        })
        .map(|span| span.start)
        .collect();
    let said = |span: &Span| !comments.contains(&span.start);
    let unclear: Vec<_> = doubtful(file).filter(said).flat_map(|span| loose(file.raw(span), false, known)).collect();
    let words: Vec<_> = unread_lines(file).filter(said).flat_map(|span| beside(file.raw(span), known)).collect();
    let names = shapes(file).map(|shape| shape.at.name.as_str());
    let names = names.chain(unclear.iter().map(|found| found.name)).chain(words.iter().map(|(name, _)| *name));
    let roles: BTreeMap<String, Role> =
        group(names).into_iter().flat_map(|group| group.names).map(|(role, name)| (name, role)).collect();
    let wanted = |name: &str| match roles.get(name) {
        Some(role) => !matches!(role, Role::Region | Role::Edge),
        None => called_secret(name),
    };
    let mut found: Vec<Needle> = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut labels: BTreeSet<&str> = BTreeSet::new();
    let needle = |name: &str, value: &str| Needle {
        label: name.to_owned(),
        value: Secret::new(value.to_owned()),
        identifier: sid(value),
    };
    let mut stand_ins = BTreeSet::new();
    for shape in shapes(file) {
        let name = shape.at.name.as_str();
        // Blanks at its ends are in no copy that somebody has typed.
        let value = shape.meant().map(str::trim);
        let Some(value) = value.filter(|_| wanted(name)) else { continue };
        if placeholder(value).is_some() {
            // Of a SID that is none nobody need be told: it is no secret.
            stand_ins.extend(Some(name).filter(|_| !sid(value)));
            continue;
        }
        if speakable(name) && seen.insert(value) {
            labels.insert(name);
            found.push(needle(name, value));
        }
    }
    let mut unread = BTreeSet::new();
    for one in unclear.iter().filter(|one| wanted(one.name) && speakable(one.name)) {
        if one.values.iter().any(|value| placeholder(value).is_some() && !sid(value)) {
            stand_ins.insert(one.name);
        }
        for value in one.values.iter().filter(|value| placeholder(value).is_none() && !value.starts_with('$')) {
            // Where the beginning of a value is too short to be looked for, so may be one that is no value.
            let worth = value.len() >= LEAST || (roles.contains_key(one.name) && !labels.contains(one.name));
            if worth && seen.insert(value) {
                labels.insert(one.name);
                found.push(needle(one.name, value));
            }
        }
        if one.garbled {
            unread.insert(one.name);
        }
    }
    for (name, word) in words.into_iter().filter(|(name, _)| wanted(name) && speakable(name)) {
        if placeholder(word).is_none() && seen.insert(word) {
            labels.insert(name);
            found.push(needle(name, word));
        }
    }
    let unread = unread.into_iter().filter(|name| !labels.contains(name)).map(str::to_owned).collect();
    stand_ins.retain(|name| speakable(name) && !labels.contains(name));
    Sought { needles: found, unread, stand_ins: stand_ins.into_iter().map(str::to_owned).collect() }
}

/// The lines of which programs do not read the same. That a value has several lines is no doubt about it.
fn unread_lines(file: &EnvFile) -> impl Iterator<Item = Span> {
    let clear: BTreeSet<usize> = file.assignments().filter(|at| at.unclear.is_none()).map(|at| at.span.start).collect();
    doubtful(file).filter(move |span| !clear.contains(&span.start))
}

/// Whether a comment to other programs assigns behind its `;` in some shell.
fn assigns(line: &[u8]) -> bool {
    let mark = foreign_mark(line);
    let rest = line[mark.end..].trim_ascii_start();
    let rest = rest.strip_prefix(b"export ").map_or(rest, <[u8]>::trim_ascii_start);
    let name = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')).unwrap_or(rest.len());
    mark.len() == 1 && name > 0 && (rest[name..].starts_with(b"=") || rest[name..].starts_with(b"+="))
}

fn called_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["SECRET", "TOKEN", "PASSWORD", "PASSWD", "API_KEY", "SECRET_KEY", "PRIVATE_KEY", "ACCESS_KEY"]
        .iter()
        .any(|end| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('_')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<(String, bool)> {
        needles(&EnvFile::parse(text.as_bytes())).into_iter().map(|needle| (needle.label, needle.identifier)).collect()
    }

    #[test]
    fn secrets_and_identifiers_once_each_and_no_stand_ins() {
        let sid = format!("SK{}", "0a1b2c3d4e5f6789".repeat(2));
        let text = format!(
            "TWILIO_API_KEY={sid}\nA_TWILIO_API_KEY={sid}\nTWILIO_API_SECRET='s3cr3t of mine'\nTWILIO_EDGE=dublin\n\
             TWILIO_AUTH_TOKEN=changeme\nGITHUB_TOKEN=g1thub\nAPP_NAME=shop\nMYTOKENS=x\nTWILIO_AUTH_TOKEN_PREVIOUS=l4st\n"
        );
        let secrets = ["TWILIO_API_SECRET", "GITHUB_TOKEN", "TWILIO_AUTH_TOKEN_PREVIOUS"];
        let mut expected = vec![("TWILIO_API_KEY".to_owned(), true)];
        expected.extend(secrets.map(|label| (label.to_owned(), false)));
        assert_eq!(labels(&text), expected);
    }

    #[test]
    fn values_of_unclear_lines_are_taken_as_they_stand() {
        let value = "of-the-shop-and-long-enough";
        for (text, expected) in [
            (format!("A=\"open\nDB_PASSWORD={value}\n"), &["DB_PASSWORD"][..]),
            // Alone it may be anybody's.
            (format!("GITHUB_AUTH_TOKEN: {value}\n"), &["GITHUB_AUTH_TOKEN"]),
            (format!("X_AUTH_TOKEN: {value}\nX_ACCOUNT_SID: AC1\n"), &["X_AUTH_TOKEN", "X_ACCOUNT_SID"]),
            ("DB_PASSWORD: short\n".to_owned(), &[]),
            ("TWILIO_API_SECRET: short\n".to_owned(), &["TWILIO_API_SECRET"]),
            (format!("TWILIO_API_SECRET=it's {value}\n"), &["TWILIO_API_SECRET"]),
            // To a shell that allows an empty command this is no comment.
            (format!(";DB_PASSWORD={value}\n"), &["DB_PASSWORD"]),
            (format!("// DB_PASSWORD={value}\n; DB_PASSWORD: {value}\n; DB_PASSWORD in {value}9f3a\n"), &[]),
            (format!("DB_PASSWORD: $OTHER\n# DB_PASSWORD={value}\nB=1 # DB_PASSWORD={value}\n"), &[]),
        ] {
            let found: Vec<String> = labels(&text).into_iter().map(|(label, _)| label).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
