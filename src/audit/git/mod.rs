//! What git knows of a file, asked so that nothing runs which the repository configures.
//!
//! Repositories are found by their marks, every enclosing one, and each is asked by itself; only the git program reads
//! them. What it will not or cannot tell stays unknown.

mod command;
mod dotfiles;
mod trees;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

pub use command::Git;
pub(crate) use command::Pace;
pub(crate) use trees::{SHALLOW, common_dir, git_dir, is_partial, is_shallow, keeps_objects, shown, work_trees};

use super::facts::{Fact, GitFacts, IgnoreSource, Repository};
use command::{Answer, NO_REPOSITORY, why};

/// Other systems that keep every version of a file, by the directory that marks their work trees.
const OTHERS: [(&str, &str); 6] = [
    (".hg", "Mercurial"),
    (".jj", "Jujutsu"),
    (".svn", "Subversion"),
    ("_darcs", "Darcs"),
    (".pijul", "Pijul"),
    (".bzr", "Bazaar"),
];

/// What git says of a file in every repository whose work tree it lies in, innermost first.
///
/// `path` is absolute and free of links; `home` is where repositories for dotfiles are looked for, whose work tree is
/// the home although nothing in it says so. A file in no work tree costs no call of git.
#[must_use]
pub fn examine(git: &Git, path: &Path, home: Option<&Path>) -> Fact<GitFacts> {
    let trees = work_trees(path.parent().unwrap_or(path));
    let mut repositories = Vec::new();
    // A `.git` that is none keeps no `git add` of the repository around it away.
    let mut shielded = false;
    for root in &trees {
        let Ok(relative) = path.strip_prefix(root) else { continue };
        let at = At { git, dir: root, root, relative, bare: false };
        let found = at.repository(shielded);
        shielded |= found.as_ref().is_some_and(|found| found.tracked.unknown() != Some(NO_REPOSITORY));
        repositories.extend(found);
    }
    for (dir, root) in dotfiles::of(path, home) {
        let Ok(relative) = path.strip_prefix(&root) else { continue };
        let at = At { git, dir: &dir, root: &root, relative, bare: true };
        // Such a repository takes only what is added by name: not being ignored is no danger there.
        let found = at.repository(true).map(|found| Repository { root: dir.clone(), ..found });
        repositories.extend(found.filter(|found| found.tracked != Fact::Known(false)));
    }
    for dir in path.ancestors().skip(1) {
        for (mark, name) in OTHERS {
            let marked = dir.join(mark).is_dir();
            // Jujutsu may share the work tree with git, which then has been asked.
            if marked && !trees.iter().any(|root| root == dir) {
                let reason = format!("it lies in a work tree of {name}, which is not asked");
                repositories.push(Repository {
                    root: dir.to_owned(),
                    tracked: Fact::Unknown(reason.clone()),
                    ignored: Fact::Unknown(reason.clone()),
                    in_history: Fact::Unknown(reason),
                    exclude: None,
                    excepted: None,
                });
            }
        }
    }
    Fact::Known(GitFacts { repositories })
}

/// The rule that decides whether git ignores a file: the last one that fits, of the list that counts most.
enum Deciding {
    /// There is none.
    None,
    /// It ignores the file.
    Ignores(IgnoreSource),
    /// It is an exception from others (`!…`).
    Excepts(IgnoreSource),
}

const UNFINISHED: &str = "git was not asked to the end";

/// A file in one repository.
#[derive(Clone, Copy)]
struct At<'a> {
    git: &'a Git,
    /// Where git is started.
    dir: &'a Path,
    /// The root of the work tree.
    root: &'a Path,
    relative: &'a Path,
    /// `dir` is the repository itself, and its work tree elsewhere.
    bare: bool,
}

impl At<'_> {
    /// Asks the questions side by side: each is the start of a program, and starting takes longer than answering. None
    /// if the mark is an empty folder. With `shielded` the file lies in a repository within this one, or is
    /// taken in by name only: then no careless `git add` reaches it, and whether it is ignored is not asked.
    fn repository(self, shielded: bool) -> Option<Repository> {
        let ((tracked, rule), in_history) = std::thread::scope(|scope| {
            let history = scope.spawn(move || self.in_history());
            let standing = if shielded { (self.tracked(), Fact::NotAsked) } else { self.standing() };
            (standing, history.join().unwrap_or_else(|_| Fact::Unknown(UNFINISHED.to_owned())))
        });
        if tracked.unknown() == Some(NO_REPOSITORY) && self.is_unmarked() {
            return None;
        }
        let exclude = (!self.bare).then(|| self.common_dir().join("info/exclude"));
        let (ignored, excepted) = match rule {
            Fact::Known(Deciding::Ignores(source)) => (Fact::Known(Some(source)), None),
            Fact::Known(Deciding::Excepts(IgnoreSource::Shared(path))) => (Fact::Known(None), Some(path)),
            // A line more in the list of this clone comes after its own, and before that of the user.
            Fact::Known(Deciding::Excepts(IgnoreSource::Local(_)) | Deciding::None) => (Fact::Known(None), None),
            Fact::Unknown(why) => (Fact::Unknown(why), None),
            Fact::NotAsked => (Fact::NotAsked, None),
        };
        Some(Repository { root: self.root.to_owned(), tracked, ignored, in_history, exclude, excepted })
    }

    fn common_dir(self) -> PathBuf {
        if self.bare { self.dir.to_owned() } else { common_dir(self.root) }
    }

    /// Whether there is nothing in what looks like a repository. One that git does not see may be damaged, or lie where a
    /// container does not show it, and have the file all the same.
    fn is_unmarked(self) -> bool {
        let mark = if self.bare { self.dir.to_owned() } else { self.root.join(".git") };
        std::fs::read_dir(mark).is_ok_and(|mut found| found.next().is_none())
    }

    /// Whether the file is tracked, and what ignores it. Where all is well one answer tells both: git calls no file
    /// ignored that it tracks.
    fn standing(self) -> (Fact<bool>, Fact<Deciding>) {
        if let ignored @ Fact::Known(Deciding::Ignores(_)) = self.ignored(&[]) {
            return (Fact::Known(false), ignored);
        }
        std::thread::scope(|scope| {
            let ignored = scope.spawn(move || self.ignored(&["--no-index"]));
            (self.tracked(), ignored.join().unwrap_or_else(|_| Fact::Unknown(UNFINISHED.to_owned())))
        })
    }

    /// The work tree is named, and not left to the configuration: with a `core.worktree` that leads elsewhere, the path
    /// would be looked up in the index under another name and not be found.
    fn ask(self, arguments: &[&str], input: &[u8]) -> Result<Answer, String> {
        let work_tree = prefixed("--work-tree=", self.root);
        let mut all = vec![work_tree.as_os_str()];
        let git_dir = prefixed("--git-dir=", self.dir);
        if self.bare {
            all.push(git_dir.as_os_str());
        }
        if input.is_empty() {
            all.push(OsStr::new("--literal-pathspecs"));
        }
        all.extend(arguments.iter().map(OsStr::new));
        if input.is_empty() {
            all.extend([OsStr::new("--"), self.relative.as_os_str()]);
        }
        self.git.ask(self.root, &all, input)
    }

    fn tracked(self) -> Fact<bool> {
        match self.ask(&["ls-files", "--error-unmatch", "-z"], &[]) {
            Ok(Answer { code: Some(0), .. }) => Fact::Known(true),
            Ok(Answer { code: Some(1), .. }) => Fact::Known(false),
            Ok(Answer { stderr, .. }) => Fact::Unknown(why(&stderr)),
            Err(reason) => Fact::Unknown(reason),
        }
    }

    /// The deciding rule is asked for, and not only whether there is one: with `--verbose` git answers 0 for a rule that
    /// is an exception as well, and says which it is.
    ///
    /// Of a tracked file nothing is said without `--no-index`.
    fn ignored(self, options: &[&str]) -> Fact<Deciding> {
        // The form with NULs, which no name can imitate, is given for names on standard input only. This command knows
        // no literal names, but takes none that starts with a dot for a pattern.
        let input = [b"./", self.relative.as_os_str().as_bytes(), b"\0"].concat();
        let question = [&["check-ignore", "--verbose", "-z", "--stdin"], options].concat();
        match self.ask(&question, &input) {
            Ok(Answer { code: Some(0), stdout, .. }) => {
                let mut fields = stdout.split(|byte| *byte == 0);
                let (source, _line, pattern) = (fields.next(), fields.next(), fields.next());
                match (source, pattern) {
                    (Some(source), Some([b'!', ..])) => Fact::Known(Deciding::Excepts(self.source(source))),
                    (Some(source), Some(_)) => Fact::Known(Deciding::Ignores(self.source(source))),
                    _ => Fact::Unknown("git gave an answer of an unknown form".into()),
                }
            }
            Ok(Answer { code: Some(1), .. }) => Fact::Known(Deciding::None),
            Ok(Answer { stderr, .. }) => Fact::Unknown(why(&stderr)),
            Err(reason) => Fact::Unknown(reason),
        }
    }

    /// A rule in the work tree is in every clone; `info/exclude` and what `core.excludesFile` names is not.
    fn source(self, bytes: &[u8]) -> IgnoreSource {
        let source = Path::new(OsStr::from_bytes(bytes));
        let path = self.root.join(source);
        let shared = source.is_relative()
            && source.file_name() == Some(OsStr::new(".gitignore"))
            && !source.components().any(|part| part.as_os_str() == ".git" || part.as_os_str() == "..");
        if shared { IgnoreSource::Shared(path) } else { IgnoreSource::Local(path) }
    }

    /// Stops at the first commit. In a long history that has none this reads it all, for as long as git is given.
    ///
    /// Both sides of a merge are gone through: one that took the file out again is otherwise left aside. So is what a
    /// branch led to once, for it may have been pushed before it was mended.
    fn in_history(self) -> Fact<bool> {
        let git = self.git.for_history();
        let question = ["rev-list", "--all", "--reflog", "--full-history", "--max-count=1"];
        match (At { git: &git, ..self }).ask(&question, &[]) {
            Ok(Answer { code: Some(0), stdout, .. }) if stdout.is_empty() && is_shallow(&self.common_dir()) => {
                Fact::Unknown(SHALLOW.to_owned())
            }
            Ok(Answer { code: Some(0), stdout, .. }) => Fact::Known(!stdout.is_empty()),
            Ok(Answer { stderr, .. }) => Fact::Unknown(why(&stderr)),
            Err(reason) if reason == git.late() => Fact::Unknown(format!(
                "git did not come to the end of the history within {} seconds; with `--copies DIR --history` it is waited \
                 for longer",
                self.git.history().as_secs()
            )),
            Err(reason) => Fact::Unknown(reason),
        }
    }
}

fn prefixed(option: &str, path: &Path) -> PathBuf {
    let mut text = std::ffi::OsString::from(option);
    text.push(path);
    text.into()
}

#[cfg(test)]
mod tests;
