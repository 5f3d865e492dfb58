//! What a search found, as the rules take it.

use std::collections::BTreeMap;

use super::place::{Origin, Way};
use super::{Hit, Place, Report, Spelling};
use crate::audit::facts::{Copied, CopyFacts, CopyKind, Kept};

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
        CopyFacts { found, names: self.hard_links.clone(), missed: self.missed.clone(), gaps: self.gaps() }
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
        note,
        kept: Vec::new(),
    }
}

/// What somebody who looks for the value would not see.
fn encoded(hit: &Hit) -> Option<String> {
    let how = match hit.spelling {
        Spelling::Plain => "",
        Spelling::Utf16Le | Spelling::Utf16Be => " in UTF-16",
        Spelling::Base64 => " in base64",
    };
    if let Some(find) = &hit.named {
        return Some(format!("its name holds it{how}; `{find}` finds it"));
    }
    if how.is_empty() && hit.line.is_some() {
        return None;
    }
    let place = if hit.line.is_some() { String::new() } else { format!(", from byte {} on", hit.offset) };
    Some(format!("it stands there{how}{place}"))
}

/// A value in the objects of one repository, the one first that is found most easily.
fn in_history(hits: &[&Hit]) -> Copied {
    let mut objects: Vec<(&Origin, &str)> = hits
        .iter()
        .filter_map(|hit| match &hit.place {
            Place::GitHistory { object, origin } => Some((origin, object.as_str())),
            _ => None,
        })
        .collect();
    objects.sort_by_key(|(origin, object)| (rank(origin), *origin, *object));
    objects.dedup();
    let kept = objects.iter().map(|(origin, object)| kept(origin, object)).collect();
    Copied { kept, ..copied(hits[0], CopyKind::GitHistory, None) }
}

/// What somebody can look at with the fewest words to git comes first, and what nothing leads to last.
fn rank(origin: &Origin) -> u8 {
    match origin {
        Origin::File { by: Way::Branch, .. } => 0,
        Origin::Folder { by: Way::Branch, .. } => 1,
        Origin::Tag(_) => 2,
        Origin::Commit => 3,
        Origin::File { by: Way::Stash, .. } | Origin::Folder { by: Way::Stash, .. } => 4,
        Origin::File { by: Way::Notes, .. } | Origin::Folder { by: Way::Notes, .. } => 5,
        Origin::Reference(_) => 6,
        Origin::Nothing => 7,
        Origin::Unasked => 8,
    }
}

fn kept(origin: &Origin, object: &str) -> Kept {
    let short = |name: &str| name.chars().take(SHOWN).collect::<String>();
    let mut within = None;
    let mut led = None;
    let place = match origin {
        // The path in the tree of notes is the name of what the note is on, cut into folders.
        Origin::File { name, by: Way::Notes, .. } => {
            format!("a note on object {}", short(&name.to_string_lossy().replace('/', "")))
        }
        Origin::File { name, commit, by } => {
            (within, led) = (Some(name.clone()), Some((commit, by)));
            name.display().to_string()
        }
        Origin::Folder { name, commit, by } => {
            led = Some((commit, by));
            let top = name.as_os_str().is_empty();
            if top { "a name at the top".to_owned() } else { format!("a name in {}", name.display()) }
        }
        Origin::Commit => format!("the message of commit {}", short(object)),
        Origin::Tag(name) => format!("the message of tag {name}"),
        Origin::Reference(name) => format!("the name of {name}"),
        Origin::Nothing => format!("object {}, to which no branch or tag was seen to lead", short(object)),
        Origin::Unasked => format!("object {}", short(object)),
    };
    match led {
        Some((commit, Way::Stash)) => {
            let said = format!("{place} of commit {} (a stash)", short(commit));
            Kept { within, said, place: format!("{place} (a stash)") }
        }
        Some((commit, _)) => Kept { within, said: format!("{place} of commit {}", short(commit)), place },
        None => Kept { within, said: place.clone(), place },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_git(object: &str, origin: Origin) -> Hit {
        Hit {
            path: "/r".into(),
            offset: 0,
            label: "A".into(),
            identifier: false,
            line: None,
            column: None,
            count: 1,
            spelling: Spelling::Plain,
            place: Place::GitHistory { object: object.repeat(40), origin },
            mode: None,
            named: None,
        }
    }

    fn file(commit: &str, by: Way) -> Origin {
        Origin::File { name: "app/.env".into(), commit: commit.repeat(40), by }
    }

    fn facts(hits: Vec<Hit>) -> Vec<Copied> {
        Report { hits, ..Report::default() }.facts().found
    }

    #[test]
    fn a_value_is_told_once_for_a_repository_with_all_places_the_best_first() {
        let twice = Hit { spelling: Spelling::Base64, ..in_git("d", file("e", Way::Branch)) };
        let all = vec![
            in_git("0", Origin::Unasked),
            in_git("a", Origin::Nothing),
            in_git("b", Origin::Commit),
            in_git("c", file("c", Way::Stash)),
            in_git("d", file("e", Way::Branch)),
            in_git("f", Origin::Tag("v1".into())),
            twice,
        ];
        let facts = facts(all);
        assert_eq!(facts.len(), 1);
        let said: Vec<&str> = facts[0].kept.iter().map(|kept| kept.said.as_str()).collect();
        let expected = [
            "app/.env of commit eeeeeeeeeeee",
            "the message of tag v1",
            "the message of commit bbbbbbbbbbbb",
            "app/.env of commit cccccccccccc (a stash)",
            "object aaaaaaaaaaaa, to which no branch or tag was seen to lead",
            "object 000000000000",
        ];
        assert_eq!(said, expected);
        assert_eq!(facts[0].kept[0].within, Some("app/.env".into()));
    }

    #[test]
    fn what_cannot_be_seen_is_explained() {
        let seen = Hit { line: Some(1), column: Some(1), place: Place::Env, ..in_git("a", Origin::Nothing) };
        let binary = Hit { path: "/s".into(), line: None, offset: 7, ..seen.clone() };
        let encoded = Hit { path: "/t".into(), spelling: Spelling::Base64, ..seen.clone() };
        let note = |text: &str| Some(text.to_owned());
        let expected = [None, note("it stands there, from byte 7 on"), note("it stands there in base64")];
        let notes: Vec<_> = facts(vec![seen, binary, encoded]).into_iter().map(|copy| copy.note).collect();
        assert_eq!(notes, expected);
    }
}
