//! Repositories around a path, found by their marks and not by asking git.

use std::path::{Path, PathBuf};

/// The roots of the work trees that a path lies in, innermost first. The path is absolute and free of links.
pub(crate) fn work_trees(path: &Path) -> Vec<PathBuf> {
    path.ancestors().filter(|dir| dir.join(".git").symlink_metadata().is_ok()).map(Path::to_owned).collect()
}

/// The directory in which a repository keeps its objects, whether `path` is a work tree, one made by `git worktree`, a
/// submodule, or that directory itself; `path` if it is none of these. Free of links, so that it names a repository.
pub(crate) fn common_dir(path: &Path) -> PathBuf {
    let dir = git_dir(path);
    let common = pointed(&dir.join("commondir"), "", &dir).unwrap_or(dir);
    common.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The directory in which git keeps what is of one work tree alone, such as its index; `path` if it is none.
pub(crate) fn git_dir(path: &Path) -> PathBuf {
    let mark = path.join(".git");
    if mark.is_dir() { mark } else { pointed(&mark, "gitdir: ", path).unwrap_or_else(|| path.to_owned()) }
}

/// Whether `objects` in a directory is where git keeps objects: it has what git asks of a repository besides.
pub(crate) fn keeps_objects(dir: &Path) -> bool {
    let head = dir.join("HEAD");
    let commit = |text: &str| text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let names = || {
        let text = pointed(&head, "", Path::new("")).and_then(|text| text.into_os_string().into_string().ok());
        text.is_some_and(|text| text.starts_with("ref: ") || commit(&text))
    };
    dir.join("refs").is_dir() && (head.is_symlink() || names())
}

/// What is said of a clone that was made with `--depth` and the like.
pub(crate) const SHALLOW: &str =
    "the clone is shallow, and older commits are not here; `git fetch --unshallow` gets them";

/// Whether the older commits were left out when the repository of a common directory was cloned: git keeps the names of
/// those at which it was cut there, and no file where there are none.
pub(crate) fn is_shallow(common: &Path) -> bool {
    common.join("shallow").metadata().is_ok_and(|found| found.len() > 0)
}

/// Whether git may fetch objects of the repository only when it needs them, as a clone with `--filter` does: each pack that
/// it has from such a remote has a mark beside it.
pub(crate) fn is_partial(common: &Path) -> bool {
    let Ok(packs) = std::fs::read_dir(common.join("objects/pack")) else { return false };
    packs.flatten().any(|pack| pack.path().extension().is_some_and(|end| end == "promisor"))
}

/// The work tree of a common directory, as far as its name tells; for people, who know it by that.
pub(crate) fn shown(common: &Path) -> &Path {
    if common.file_name().is_some_and(|name| name == ".git") { common.parent().unwrap_or(common) } else { common }
}

/// What a small file says that points to a directory.
fn pointed(file: &Path, prefix: &str, base: &Path) -> Option<PathBuf> {
    let found = file.symlink_metadata().ok()?;
    if !found.is_file() || found.len() > LONGEST {
        return None;
    }
    let text = std::fs::read_to_string(file).ok()?;
    Some(base.join(text.strip_prefix(prefix)?.trim_end_matches('\n')))
}

/// The longest path the kernel takes, with room for the words before it.
const LONGEST: u64 = 5000;
