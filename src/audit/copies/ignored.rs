//! Which directories git ignores, asked of the `.gitignore` files and not of git.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustix::fs::{Mode, OFlags};

/// The most bytes of an ignore file that are read: one of gigabytes, or a pipe, must not hold up the search.
const MOST: u64 = 1 << 20;

/// The rules on the way to the directory a thread is in. What git does not see as a work tree has none, so that the
/// `.gitignore` of a home kept in a bare repository does not hide the home.
#[derive(Debug, Default)]
pub(super) struct Ignored {
    levels: Vec<Level>,
}

#[derive(Debug)]
struct Level {
    dir: PathBuf,
    /// The root of a work tree: rules above it do not count.
    root: bool,
    inside: bool,
    rules: Option<Gitignore>,
}

impl Ignored {
    /// The work tree in which a directory is ignored, if it is. The path is absolute and free of links.
    pub(super) fn prunes(&mut self, dir: &Path) -> Option<&Path> {
        self.enter(dir.parent()?);
        let innermost = self.levels.iter().rposition(|level| level.root)?;
        for level in self.levels[innermost..].iter().rev() {
            match level.rules.as_ref().map(|rules| rules.matched(dir, true)) {
                Some(Match::Ignore(_)) => return Some(&self.levels[innermost].dir),
                Some(Match::Whitelist(_)) => return None,
                None | Some(Match::None) => {}
            }
        }
        None
    }

    /// Makes the levels those of `dir`. A thread walks one directory after the other, so most of them stay.
    fn enter(&mut self, dir: &Path) {
        while self.levels.last().is_some_and(|level| !dir.starts_with(&level.dir)) {
            self.levels.pop();
        }
        let known = self.levels.last().map_or(0, |level| level.dir.components().count());
        let missing = dir.components().count() - known;
        let ancestors: Vec<&Path> = dir.ancestors().take(missing).collect();
        for ancestor in ancestors.into_iter().rev() {
            let root = ancestor.join(".git").exists();
            let inside = root || self.levels.last().is_some_and(|level| level.inside);
            let rules = inside.then(|| rules(ancestor, root)).flatten();
            self.levels.push(Level { dir: ancestor.to_owned(), root, inside, rules });
        }
    }
}

fn rules(dir: &Path, root: bool) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new(dir);
    let mut any = false;
    // Later lines win: a directory's own file decides over the clone's private one.
    let private = root.then(|| dir.join(".git/info/exclude"));
    for path in private.into_iter().chain([dir.join(".gitignore")]) {
        for line in text(&path).unwrap_or_default().lines() {
            any |= builder.add_line(None, line).is_ok();
        }
    }
    any.then(|| builder.build().ok()).flatten()
}

fn text(path: &Path) -> Option<String> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty()).ok()?);
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::file::write_public;

    #[test]
    fn rules_count_within_a_work_tree_and_no_further() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        for dir in ["repo/.git/info", "repo/sub/keep", "repo/sub/inner/.git", "repo/sub/inner/target", "plain/target"] {
            std::fs::DirBuilder::new().recursive(true).create(at(dir)).unwrap();
        }
        write_public(&at(".gitignore"), b"*\n").unwrap();
        write_public(&at("repo/.gitignore"), b"target/\n/sub/keep\n").unwrap();
        write_public(&at("repo/sub/.gitignore"), b"!keep/\n").unwrap();
        write_public(&at("repo/.git/info/exclude"), b"private\n").unwrap();
        let mut ignored = Ignored::default();
        for (dir, expected) in [
            ("plain/target", false),
            ("repo", false),
            ("repo/target", true),
            ("repo/sub", false),
            ("repo/sub/keep", false),
            ("repo/private", true),
            ("repo/sub/inner/target", false),
            ("plain", false),
            ("repo/sub/target", true),
        ] {
            assert_eq!(ignored.prunes(&at(dir)).is_some(), expected, "{dir}");
        }
    }

    #[test]
    fn an_ignore_file_that_is_a_pipe_does_not_hold_up_the_search() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".git")).unwrap();
        let pipe = home.path().join(".gitignore");
        rustix::fs::mknodat(rustix::fs::CWD, pipe, rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
        assert!(Ignored::default().prunes(&home.path().join("x")).is_none());
    }
}
