//! What a search found, as the rules take it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Hit, Place, Report, Spelling};
use crate::audit::facts::{Copied, CopyFacts, CopyKind};

/// How many characters of the name of a commit or an object are shown: enough for git to know it by.
const SHOWN: usize = 12;

impl Report {
    /// The report as the rules take it: each place once, and each value once for a repository, however many of its objects
    /// have it.
    #[must_use]
    pub fn facts(&self) -> CopyFacts {
        let mut found = Vec::new();
        let mut kept: BTreeMap<_, Vec<&Hit>> = BTreeMap::new();
        for hit in &self.hits {
            match hit.place {
                Place::GitHistory { .. } => kept.entry((&hit.path, &hit.label)).or_default().push(hit),
                Place::History => found.push(copied(hit, CopyKind::ShellHistory, encoded(hit))),
                _ => found.push(copied(hit, CopyKind::File, encoded(hit))),
            }
        }
        found.extend(kept.values().map(|hits| in_history(hits)));
        found.sort_by(|one, other| {
            let key = |copy: &Copied| (copy.line, copy.column, copy.kind);
            one.path
                .cmp(&other.path)
                .then_with(|| key(one).cmp(&key(other)))
                .then_with(|| one.variable.cmp(&other.variable))
        });
        found.dedup();
        let mut unsearched: Vec<_> = self.unread_paths.iter().chain(&self.unsearched).cloned().collect();
        unsearched.sort();
        CopyFacts { found, unsearched, ..CopyFacts::default() }
    }
}

fn copied(hit: &Hit, kind: CopyKind, note: Option<String>) -> Copied {
    let number = |number: Option<u64>| number.and_then(|number| usize::try_from(number).ok());
    Copied {
        variable: hit.label.clone(),
        secret: !hit.identifier,
        path: hit.path.clone(),
        line: number(hit.line),
        column: number(hit.column),
        kind,
        within: None,
        note,
    }
}

/// What somebody who looks for the value would not see.
fn encoded(hit: &Hit) -> Option<String> {
    let spelling = match hit.spelling {
        Spelling::Plain if hit.line.is_some() => return None,
        Spelling::Plain => "it stands there",
        Spelling::Utf16 => "it stands there in UTF-16",
        Spelling::Base64 => "it stands there in base64",
    };
    let place = if hit.line.is_some() { String::new() } else { format!(", from byte {} on", hit.offset) };
    Some(format!("{spelling}{place}"))
}

/// A value in the objects of one repository.
fn in_history(hits: &[&Hit]) -> Copied {
    let (within, note) = objects(hits).unzip();
    Copied { within: within.flatten(), ..copied(hits[0], CopyKind::GitHistory, note) }
}

/// Where to look for it first, the path there and in words: an object that some commit has comes before one that none leads to.
fn objects(hits: &[&Hit]) -> Option<(Option<PathBuf>, String)> {
    let mut named: Vec<_> = hits
        .iter()
        .filter_map(|hit| match &hit.place {
            Place::GitHistory { object, commit, name } => Some((commit.is_none(), name, object, commit)),
            _ => None,
        })
        .collect();
    named.sort();
    named.dedup_by_key(|(.., object, _)| *object);
    let (_, name, object, commit) = named.first()?;
    let short = |name: &str| name.chars().take(SHOWN).collect::<String>();
    let first = match (commit, name) {
        (Some(commit), Some(name)) => format!("{} of commit {}", name.display(), short(commit)),
        (Some(commit), None) => format!("the message of commit {}", short(commit)),
        (None, _) => format!("object {}, to which no branch or tag was seen to lead", short(object)),
    };
    let said = match named.len() - 1 {
        0 => first,
        1 => format!("{first}, and 1 more object"),
        more => format!("{first}, and {more} more objects"),
    };
    Some(((*name).clone().filter(|_| commit.is_some()), said))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_git(object: &str, commit: Option<&str>, name: Option<&str>) -> Hit {
        let place = Place::GitHistory {
            object: object.repeat(40),
            commit: commit.map(|commit| commit.repeat(40)),
            name: name.map(Into::into),
        };
        Hit {
            path: "/r".into(),
            offset: 0,
            label: "A".into(),
            identifier: false,
            line: None,
            column: None,
            count: 1,
            spelling: Spelling::Plain,
            place,
            mode: None,
        }
    }

    fn notes(hits: Vec<Hit>) -> Vec<Option<String>> {
        Report { hits, ..Report::default() }.facts().found.into_iter().map(|copy| copy.note).collect()
    }

    #[test]
    fn a_value_is_told_once_for_a_repository() {
        let lost = in_git("a", None, None);
        let message = in_git("b", Some("b"), None);
        let file = in_git("c", Some("d"), Some("app/.env"));
        let note = |text: &str| vec![Some(text.to_owned())];
        assert_eq!(notes(vec![file.clone()]), note("app/.env of commit dddddddddddd"));
        assert_eq!(
            notes(vec![message.clone(), file.clone()]),
            note("the message of commit bbbbbbbbbbbb, and 1 more object")
        );
        assert_eq!(notes(vec![lost.clone()]), note("object aaaaaaaaaaaa, to which no branch or tag was seen to lead"));
        let twice = Hit { spelling: Spelling::Base64, ..file.clone() };
        assert_eq!(notes(vec![lost, file, twice]), note("app/.env of commit dddddddddddd, and 1 more object"));
    }

    #[test]
    fn what_cannot_be_seen_is_explained() {
        let seen = Hit { line: Some(1), column: Some(1), place: Place::Env, ..in_git("a", None, None) };
        let binary = Hit { path: "/s".into(), line: None, offset: 7, ..seen.clone() };
        let encoded = Hit { path: "/t".into(), spelling: Spelling::Base64, ..seen.clone() };
        let note = |text: &str| Some(text.to_owned());
        let expected = [None, note("it stands there, from byte 7 on"), note("it stands there in base64")];
        assert_eq!(notes(vec![seen, binary, encoded]), expected);
    }
}
