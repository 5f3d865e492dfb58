//! Which files are meant.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::Args;
use crate::cli::context::Context;
use crate::cli::error::Failure;

/// The files named, and of each folder those that are env files by their name; each name once, in the order of the
/// command line: a link and its target are two. A folder that cannot be listed is a failure of its own, and the others are
/// audited all the same. Beside them: the folders that have none.
pub(super) fn all(args: &Args, context: &Context, failures: &mut Vec<Failure>) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let mut named = args.paths.clone();
    if args.stdin {
        named.push(PathBuf::from("-"));
    }
    if named.is_empty() {
        named.push(context.global.env_file.clone().unwrap_or_else(|| PathBuf::from(".")));
    }
    let mut seen = BTreeSet::new();
    let (mut targets, mut empty) = (Vec::new(), Vec::new());
    for path in named {
        let found = if path.is_dir() { listed(&path, failures, &mut empty) } else { vec![path] };
        for path in found {
            if seen.insert(name(&path)) {
                targets.push(path);
            }
        }
    }
    (targets, empty)
}

/// A path without links but the last: a link is a finding of its own, wherever its target is named.
fn name(path: &Path) -> PathBuf {
    let dir = path.parent().map(|dir| if dir.as_os_str().is_empty() { Path::new(".") } else { dir });
    match (dir.and_then(|dir| dir.canonicalize().ok()), path.file_name()) {
        (Some(dir), Some(name)) => dir.join(name),
        _ => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
    }
}

fn listed(dir: &Path, failures: &mut Vec<Failure>, empty: &mut Vec<PathBuf>) -> Vec<PathBuf> {
    let cannot = |error: std::io::Error| {
        Failure::failed(format!("cannot list {}: {error}", dir.display()))
            .hint("name the files themselves, or run as the user whom the folder belongs to")
    };
    let mut found = Vec::new();
    match std::fs::read_dir(dir) {
        Ok(entries) => {
            for entry in entries {
                match entry {
                    Ok(entry) if env_file(&entry.file_name()) && !entry.path().is_dir() => {
                        let here = dir == Path::new(".");
                        found.push(if here { entry.file_name().into() } else { entry.path() });
                    }
                    Ok(_) => {}
                    Err(error) => failures.push(cannot(error)),
                }
            }
        }
        Err(error) => {
            failures.push(cannot(error));
            return found;
        }
    }
    found.sort();
    if found.is_empty() {
        empty.push(dir.to_owned());
    }
    found
}

/// `.env`, `.env.production`, `repos.env`; not the templates that are committed on purpose, and not what an editor or a
/// killed run left, which is judged with the file it belongs to.
fn env_file(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let env = name == ".env" || name.starts_with(".env.") || (name.ends_with(".env") && !name.starts_with(".#"));
    let template = ["example", "sample", "template", "dist", "defaults", "tmpl", "schema"];
    let template = name.split('.').any(|part| template.contains(&part));
    let leftover =
        ["~", ".swp", ".swo", ".bak", ".orig", ".old", ".save", ".tmp"].iter().any(|end| name.ends_with(end));
    env && !template && !leftover
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_files_by_name() {
        for name in [".env", ".env.production", "repos.env", ".secrets.env"] {
            assert!(env_file(OsStr::new(name)), "{name}");
        }
        for name in [".env.example", "sample.env", "env", ".envrc", ".env~", ".env.bak", ".#repos.env", "environment"] {
            assert!(!env_file(OsStr::new(name)), "{name}");
        }
    }
}
