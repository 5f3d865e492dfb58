//! Repositories for dotfiles, which lie beside the files they keep.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Names in use for them, relative to a home.
const NAMES: [&str; 12] = [
    ".dotfiles",
    ".dotfiles.git",
    "dotfiles.git",
    ".cfg",
    ".myconf",
    ".myconfig",
    ".config.git",
    ".home.git",
    ".dots",
    ".dot",
    ".local/share/yadm/repo.git",
    ".config/yadm/repo.git",
];
/// `vcsh` keeps one for each program here.
const MANY: &str = ".config/vcsh/repo.d";

/// Bare repositories whose work tree is the home that `path` lies in, each with that home.
///
/// Git checks whose a repository is only when it finds it by itself; these it is led to. One that belongs neither to us
/// nor to root, nor to the owner of the home, is passed over.
pub(super) fn of(path: &Path, home: Option<&Path>) -> Vec<(PathBuf, PathBuf)> {
    let Some(home) = home.filter(|home| path.starts_with(home)) else { return Vec::new() };
    let many = std::fs::read_dir(home.join(MANY)).into_iter().flatten().flatten().map(|entry| entry.path());
    let trusted = [rustix::process::geteuid().as_raw(), 0, home.metadata().map_or(0, |found| found.uid())];
    let bare = |dir: &PathBuf| {
        let owned = dir.symlink_metadata().is_ok_and(|found| found.is_dir() && trusted.contains(&found.uid()));
        owned && dir.join("HEAD").is_file() && dir.join("objects").is_dir() && dir.join("refs").is_dir()
    };
    let known = NAMES.iter().map(|name| home.join(name));
    known.chain(many).filter(bare).map(|dir| (dir, home.to_owned())).collect()
}
