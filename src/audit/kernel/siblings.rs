//! Neighbours that bear the name of a copy.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::spare;
use super::values::Values;
use crate::audit::facts::{Fact, Sibling};

/// The most neighbours that are looked at: a directory of mail or of sessions is no place to search.
const MOST: usize = 50_000;

/// The copies that stand beside a file.
pub(super) fn of(path: &Path, values: &Values<'_>) -> Fact<Vec<Sibling>> {
    let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else { return Fact::Known(Vec::new()) };
    let name = name.to_string_lossy();
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) => return Fact::Unknown(format!("its directory cannot be listed: {error}")),
    };
    let owner = path.symlink_metadata().ok().map(|found| found.uid());
    let mut found = Vec::new();
    for (number, entry) in entries.enumerate() {
        let Ok(entry) = entry else { return Fact::Unknown("its directory cannot be listed to the end".into()) };
        if number == MOST {
            return Fact::Unknown(format!("its directory has more than {MOST} entries"));
        }
        let other = entry.file_name();
        let likeness = likeness(&name, &other.to_string_lossy());
        // `DirEntry::metadata` does not follow links.
        if likeness != Likeness::None
            && let Ok(metadata) = entry.metadata()
            && metadata.is_file()
            // Where nothing is, nothing is to be lost or read.
            && metadata.len() > 0
        {
            let holds_value = values.stand_in(&entry.path());
            let strong = likeness == Likeness::Strong;
            if strong || holds_value == Fact::Known(true) {
                let why = match () {
                    () if metadata.nlink() != 1 => Some(spare::LINKED),
                    () if Some(metadata.uid()) != owner => Some(spare::FOREIGN),
                    () if !strong => Some("by its name it may be a file of its own"),
                    () => None,
                };
                found.push(Sibling {
                    path: entry.path(),
                    mode: metadata.mode() & 0o7777,
                    gid: metadata.gid(),
                    sure: why.is_none(),
                    spare: why.map_or(Fact::NotAsked, |why| Fact::Unknown(why.to_owned())),
                    holds_value,
                });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Fact::Known(found)
}

/// How much a name looks like that of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    None,
    /// Only if it holds one of the values.
    Weak,
    Strong,
}

/// Compares the name of a neighbour with the name of the file.
pub(super) fn likeness(name: &str, other: &str) -> Likeness {
    // What editors and package managers put behind the whole name.
    const AFTER: &[&str] = &[
        "~",
        ".bak",
        ".backup",
        ".orig",
        ".old",
        ".save",
        ".sav",
        ".prev",
        ".copy",
        ".rej",
        ".rpmsave",
        ".rpmorig",
        ".rpmnew",
        ".dpkg-old",
        ".dpkg-dist",
        ".dpkg-new",
        ".dpkg-bak",
        ".ucf-old",
        "___jb_tmp___",
        "___jb_old___",
        ".crswap",
        ".kate-swp",
        ".swp",
        ".swo",
        ".swn",
        ".swm",
        ".un~",
        " copy",
        " (copy)",
        ".disabled",
        ".tmp",
    ];
    if name == other || name.is_empty() {
        return Likeness::None;
    }
    if crate::store::leftover_of(other.as_ref()).is_some_and(|of| *of == *name) {
        return Likeness::Strong;
    }
    let undotted = other.strip_prefix('.').unwrap_or(other);
    let strong = [other, undotted].iter().any(|other| {
        other.strip_prefix(name).is_some_and(|after| AFTER.contains(&after) || numbered(after))
            || other.strip_prefix('#').is_some_and(|inner| inner == name || inner.strip_suffix('#') == Some(name))
    });
    if strong || duplicate(name, other) {
        return Likeness::Strong;
    }
    if temporary(name, other) { Likeness::Weak } else { Likeness::None }
}

/// Names that other files bear as well: what `sed -i`, `GLib`, `mkstemp`, rsync and many programs write before they rename,
/// and old versions that bear a number alone. A name that merely has the other in it (`.env.production` beside `.env`) is
/// that of a file of its own.
fn temporary(name: &str, other: &str) -> bool {
    let random = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let after = |start: &str| other.strip_prefix(start);
    after(".goutputstream-").is_some_and(|rest| random(rest, 6..=6))
        || after("sed").is_some_and(|rest| random(rest, 6..=6))
        || after(".tmp_").is_some_and(|rest| !rest.is_empty())
        || [other, after(".").unwrap_or(other)].iter().any(|other| {
            other
                .strip_prefix(name)
                .is_some_and(|rest| [".tmp", "-tmp", "_tmp"].iter().any(|tmp| rest.starts_with(tmp)))
        })
        || after("tmp").is_some_and(|rest| random(rest, 6..=8))
        || after(name).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| rest.parse::<u16>().is_ok())
        || after(".")
            .and_then(|rest| rest.strip_prefix(name)?.strip_prefix('.'))
            .is_some_and(|rest| random(rest, 6..=6))
}

/// `.~1~`, `_1700000000.bak`, `.20261122`, `.2026-11-22`, `.bak2`, `.save.1`, ` (1)`; `.backup-before-move`. A short
/// number alone may be that of an instance.
fn numbered(after: &str) -> bool {
    let core = after
        .strip_suffix(".bak")
        .or_else(|| after.strip_suffix('~'))
        .or_else(|| after.strip_suffix(')'))
        .unwrap_or(after);
    let word = [".bak", ".backup", ".old", ".orig", ".save"].iter().find_map(|word| after.strip_prefix(word));
    if word.is_some_and(|rest| rest.starts_with(['-', '_', '.'])) {
        return true;
    }
    let digits = core.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    let count = core[digits.len()..].bytes().filter(u8::is_ascii_digit).count();
    let marked = core.len() < after.len() || [".~", " (", "(", ".bak", ".old"].contains(&digits);
    [".", "_", "-", "", ".~", " (", "(", ".bak", ".old"].contains(&digits) && count >= if marked { 1 } else { 6 }
}

/// Copies that file managers make: the word stands before the ending. `repos copy.env`, `repos (1).env`,
/// `Copy of repos.env`.
fn duplicate(name: &str, other: &str) -> bool {
    if other.strip_prefix("Copy of ").is_some_and(|of| of == name) {
        return true;
    }
    let Some((stem, ending)) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) else { return false };
    let middle =
        other.strip_prefix(stem).and_then(|rest| rest.strip_suffix(ending)).and_then(|rest| rest.strip_suffix('.'));
    middle.is_some_and(|middle| {
        let inner = middle.strip_prefix(" (").and_then(|inner| inner.strip_suffix(')'));
        let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        inner.is_some_and(|inner| digits(inner) || inner == "copy" || inner.ends_with("conflicted copy"))
            || middle == " copy"
            || middle.strip_prefix(" copy ").is_some_and(digits)
            || middle.starts_with(".sync-conflict-")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_copies_are_known_and_names_of_other_files_are_not() {
        for other in [
            "repos.env~",
            "repos.env.bak",
            "repos.env.orig",
            ".repos.env.swp",
            "repos.env.swp",
            "#repos.env#",
            ".#repos.env",
            "repos.env_1700000000.bak",
            "repos.env.20261122",
            "repos.env.~3~",
            "repos.env.save.1",
            "repos.env.rpmsave",
            "repos.env.dpkg-old",
            "repos.env___jb_tmp___",
            "repos (1).env",
            "repos copy.env",
            "repos.env (1)",
            "Copy of repos.env",
            ".repos.env.un~",
            ".repos.env.twcred-ab12cd.tmp",
            "repos.sync-conflict-20261122-101010-ABCDEFG.env",
        ] {
            assert_eq!(likeness("repos.env", other), Likeness::Strong, "{other}");
        }
        for other in ["repos.env.backup-before-move", "repos.env.2026-11-22", "repos.env-20261122", "repos.env.bak2"] {
            assert_eq!(likeness("repos.env", other), Likeness::Strong, "{other}");
        }
        for other in [
            ".tmp_abc",
            ".tmp_repos.env",
            "sedX12abc",
            ".repos.env.Ab12Cd",
            "tmpab12cd_x",
            ".goutputstream-AB12CD",
            "repos.env.1",
            "repos.env.tmp123",
            "repos.env.tmpAbC",
            "repos.env.tmp.9f",
            ".repos.env.tmp7",
            "repos.env-tmp",
        ] {
            assert_eq!(likeness("repos.env", other), Likeness::Weak, "{other}");
        }
        for other in
            ["repos.env", "repos.toml", "other.env", "repos", ".env", "old-repos.env", "repos.env.prod", "seds"]
        {
            assert_eq!(likeness("repos.env", other), Likeness::None, "{other}");
        }
        let own =
            [".env.production", ".env.local", ".env.example", "environment.py", "prod.env", "a.env.prod", ".env-2"];
        for other in own {
            assert_eq!(likeness(".env", other), Likeness::None, "{other}");
        }
        assert_eq!(likeness(".env", ".env.swp"), Likeness::Strong);
    }
}
