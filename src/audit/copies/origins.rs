//! What leads to objects of git: a file or a folder of a commit, a tag.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::place::{Origin, Way};
use crate::audit::git::{Git, Pace};

/// For how many objects it is looked up: a log that holds more hits needs no longer list.
const TRACED: usize = 200;
/// All that leads to commits, but for the stash and the notes.
const BRANCHES: [&str; 3] = ["--exclude=refs/stash", "--exclude=refs/notes/*", "--all"];

/// What leads to each object, of which the name and the type are given.
pub(super) fn of(git: &Git, repository: &Path, objects: &[(&str, &str)]) -> BTreeMap<String, Origin> {
    let of = |wanted: &'static str| objects.iter().filter(move |(_, kind)| *kind == wanted).map(|(name, _)| *name);
    let mut origins: BTreeMap<String, Origin> = of("commit").map(|name| (name.to_owned(), Origin::Commit)).collect();
    let mut search = Search { git, repository, trees: of("tree").collect(), found: &mut origins };
    let wanted: Vec<&str> = of("blob").chain(of("tree")).take(TRACED).collect();
    if !wanted.is_empty() {
        let whole = search.log(&wanted, &BRANCHES) && {
            let left: Vec<&str> = search.left(&wanted);
            let beside: Vec<&str> = ["--all", "--not"].into_iter().chain(BRANCHES).collect();
            left.is_empty() || search.log(&left, &beside)
        };
        // What could not be asked is not said to lead nowhere.
        if whole {
            search.left(&wanted).into_iter().for_each(|name| search.nothing(name));
        }
    }
    let tags: BTreeSet<&str> = of("tag").collect();
    if !tags.is_empty() && search.tags(&tags) {
        let tags: Vec<&str> = tags.into_iter().collect();
        search.left(&tags).into_iter().for_each(|name| search.nothing(name));
    }
    origins
}

struct Search<'s> {
    git: &'s Git,
    repository: &'s Path,
    trees: BTreeSet<&'s str>,
    found: &'s mut BTreeMap<String, Origin>,
}

impl Search<'_> {
    fn left<'o>(&self, wanted: &[&'o str]) -> Vec<&'o str> {
        wanted.iter().copied().filter(|name| !self.found.contains_key(*name)).collect()
    }

    fn nothing(&mut self, name: &str) {
        self.found.insert(name.to_owned(), Origin::Nothing);
    }

    /// Looks the objects up in the commits that some references lead to. Whether git could tell.
    fn log(&mut self, objects: &[&str], references: &[&str]) -> bool {
        let wanted: BTreeSet<&str> = objects.iter().copied().collect();
        let fixed = ["log", "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-mailmap", "--no-notes"];
        let format = ["--format=%H %S", "--raw", "-z", "--no-abbrev", "--no-renames", "-m", "--root"];
        let find: Vec<String> = objects.iter().map(|object| format!("--find-object={object}")).collect();
        let arguments = fixed.iter().chain(&format).copied().chain(find.iter().map(String::as_str));
        let arguments: Vec<&str> = arguments.chain(references.iter().copied()).collect();
        let (git, repository) = (self.git, self.repository);
        let changes = git.stream(repository, &arguments, Pace::Sparse, |stream| {
            let (mut commit, mut by) = (String::new(), Way::Branch);
            let mut fields = BufReader::new(stream).split(0);
            while let Some(field) = fields.next().transpose()? {
                let field = String::from_utf8_lossy(&field);
                let field = field.trim_start_matches('\n');
                if let Some(change) = field.strip_prefix(':') {
                    let Some(name) = fields.next().transpose()? else { break };
                    // `old-mode new-mode old-object new-object status`
                    if let Some(object) = change.split(' ').nth(3).filter(|object| wanted.contains(object)) {
                        // Newest first: what comes later is older.
                        self.note(object, PathBuf::from(OsStr::from_bytes(&name)), commit.clone(), by);
                    }
                } else {
                    (commit, by) = head(field);
                }
            }
            Ok(())
        });
        // A difference never shows the folder at the top.
        let tops: BTreeSet<&str> = self.left(objects).into_iter().filter(|name| self.trees.contains(name)).collect();
        let tops = tops.is_empty() || {
            let arguments: Vec<&str> =
                ["log", "--no-show-signature", "--no-mailmap", "--no-notes", "--format=%T %H %S"]
                    .into_iter()
                    .chain(references.iter().copied())
                    .collect();
            let read = |stream: &mut dyn Read| -> io::Result<()> {
                for line in BufReader::new(stream).lines() {
                    let line = line?;
                    if let Some((tree, rest)) = line.split_once(' ').filter(|(tree, _)| tops.contains(tree)) {
                        let (commit, by) = head(rest);
                        self.note(tree, PathBuf::new(), commit, by);
                    }
                }
                Ok(())
            };
            git.stream(repository, &arguments, Pace::Sparse, read).is_ok()
        };
        changes.is_ok() && tops
    }

    fn note(&mut self, object: &str, name: PathBuf, commit: String, by: Way) {
        let origin = if self.trees.contains(object) {
            Origin::Folder { name, commit, by }
        } else {
            Origin::File { name, commit, by }
        };
        self.found.insert(object.to_owned(), origin);
    }

    /// Looks up which references are annotated tags. Whether git could tell.
    fn tags(&mut self, wanted: &BTreeSet<&str>) -> bool {
        let arguments = ["for-each-ref", "--format=%(objectname) %(refname)"];
        let read = |stream: &mut dyn Read| -> io::Result<()> {
            for line in BufReader::new(stream).split(b'\n') {
                let line = String::from_utf8_lossy(&line?).into_owned();
                if let Some((object, name)) = line.split_once(' ').filter(|(object, _)| wanted.contains(object)) {
                    let name = name.strip_prefix("refs/tags/").unwrap_or(name).to_owned();
                    self.found.insert(object.to_owned(), Origin::Tag(name));
                }
            }
            Ok(())
        };
        self.git.stream(self.repository, &arguments, Pace::Steady, read).is_ok()
    }
}

/// A commit and what leads to it, of `COMMIT REFERENCE`.
fn head(text: &str) -> (String, Way) {
    let (commit, reference) = text.trim_end().split_once(' ').unwrap_or((text.trim_end(), ""));
    let by = match reference {
        "refs/stash" => Way::Stash,
        notes if notes.starts_with("refs/notes/") => Way::Notes,
        _ => Way::Branch,
    };
    (commit.to_owned(), by)
}
