//! What stands around the file.

use std::path::PathBuf;

use super::Fact;

/// What stands around the file.
#[derive(Debug, Clone, Default)]
pub struct PlaceFacts {
    /// Neighbours that bear the name of a copy of it: backups, swap files, leftovers of editors.
    pub siblings: Fact<Vec<Sibling>>,
    /// Copies that editors keep in their own directories, and the trash.
    pub editor_copies: Fact<Vec<Sibling>>,
    /// Why there may be more of those, if not everything was looked at.
    pub editor_more: Option<String>,
    /// The directory of a Dockerfile or compose file whose build context takes the file in.
    pub docker: Fact<Option<DockerContext>>,
    /// Packages whose archive has the file, or might.
    pub packages: Fact<Vec<Package>>,
    /// Lines of scripts beside it that load it in a way that gives it away.
    pub loaders: Fact<Vec<Loader>>,
    /// The ancestor that a web server serves, with what says so.
    pub web_root: Option<Marked>,
    /// The ancestor that is synced to other machines, with the service.
    pub synced: Option<Marked>,
    /// The shared temporary directory it lies under.
    pub shared_tmp: Option<PathBuf>,
}

/// A directory and what marks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// The directory.
    pub path: PathBuf,
    /// What marks it, such as `nginx.conf` or `Dropbox`.
    pub by: String,
}

/// A file that looks like a copy of the audited one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sibling {
    /// Where.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
    /// Whether it holds a secret value of the audited file.
    pub holds_value: Fact<bool>,
    /// Its group.
    pub gid: u32,
    /// Whether it is a copy by its name beyond doubt, has no other name (hard link) and belongs to the owner of the
    /// audited file: only then is it a copy that may be changed.
    pub sure: bool,
    /// Known if nothing would be lost with it; else the reason why it is to stay, or to be left alone if it is not sure.
    pub spare: Fact<()>,
}

/// A build context that takes the file in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerContext {
    /// The Dockerfile or compose file.
    pub file: PathBuf,
    /// The `.dockerignore` that does not cover the file, if there is one.
    pub ignore_file: Option<PathBuf>,
    /// Whether it covers the file: then all is well.
    pub ignored: bool,
}

/// A package that takes the file along when it is published, or might.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// What makes it one: `package.json`.
    pub manifest: PathBuf,
    /// What would take the file along: `npm pack`.
    pub command: &'static str,
    /// Whether it would.
    pub packed: Fact<Packed>,
}

/// When a package takes the file along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packed {
    /// In any case.
    Always,
    /// Unless git ignores it and does not track it.
    UnlessIgnored,
    /// If git tracks it.
    IfTracked,
}

/// A line of a script that loads the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loader {
    /// The script.
    pub path: PathBuf,
    /// 1-based line.
    pub line: usize,
    /// 1-based column in code points.
    pub column: usize,
    /// How it loads the file.
    pub idiom: Idiom,
}

/// A way of loading a file that gives it away, or loads another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idiom {
    /// `export $(cat FILE | xargs)`, `env $(cat FILE)`: every value becomes an argument of a program, or of a shell that
    /// prints its whole environment where there is none.
    Arguments,
    /// `source FILE` without a slash: a shell looks for the name on its search path first.
    SearchPath,
}
