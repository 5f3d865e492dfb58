//! The way to a file: every directory in which a name is looked up, and every link that is followed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsString;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use super::{Error, acl, fact, look};
use crate::audit::facts::{Ancestor, Chain, Link};

/// How many links the kernel follows (`path_resolution(7)`).
const LINKS: usize = 40;

pub(super) struct Way {
    pub(super) resolved: PathBuf,
    pub(super) ancestors: Vec<Ancestor>,
    pub(super) links: Vec<Link>,
}

enum Step {
    Up,
    Into(OsString),
}

/// Goes the way the kernel goes. Directories between two links count as well: whoever owns one of them decides where
/// the path leads, although it is neither on the path as given nor on the one it resolves to.
pub(super) fn walk(path: &Path) -> Result<Way, Error> {
    let failed = |path: &Path, source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => Error::Missing { path: path.to_owned() },
        _ => Error::Io { path: path.to_owned(), source },
    };
    let absolute = std::path::absolute(path).map_err(|source| failed(path, source))?;
    let mut pending: VecDeque<Step> = steps(&absolute).collect();
    let mut here = PathBuf::from("/");
    let mut visited: BTreeMap<PathBuf, Metadata> = BTreeMap::new();
    let mut as_given: BTreeSet<PathBuf> = BTreeSet::new();
    let mut links: Vec<Link> = Vec::new();
    loop {
        let found = here.symlink_metadata().map_err(|source| failed(&here, source))?;
        // What is no directory is the file itself, or the kernel will say so of the next step.
        if found.is_dir() && !pending.is_empty() {
            if links.is_empty() {
                as_given.insert(here.clone());
            }
            visited.insert(here.clone(), found);
        }
        let name = match pending.pop_front() {
            None => break,
            Some(Step::Up) => {
                here.pop();
                continue;
            }
            Some(Step::Into(name)) => name,
        };
        let next = here.join(&name);
        let found = next.symlink_metadata().map_err(|source| failed(&next, source))?;
        if !found.is_symlink() {
            here = next;
            continue;
        }
        if links.len() == LINKS {
            return Err(Error::Loop { path: path.to_owned() });
        }
        let target = std::fs::read_link(&next).map_err(|source| failed(&next, source))?;
        links.push(Link { path: next, target: Some(target.clone()), uid: found.uid(), last: pending.is_empty() });
        if target.is_absolute() {
            here = PathBuf::from("/");
        }
        for step in steps(&target).collect::<Vec<_>>().into_iter().rev() {
            pending.push_front(step);
        }
    }
    let holder = here.parent();
    let ancestors = visited.into_iter().map(|(path, found)| Ancestor {
        mode: found.mode() & 0o7777,
        uid: found.uid(),
        gid: found.gid(),
        chain: match (as_given.contains(&path), path != here && here.starts_with(&path)) {
            (true, true) => Chain::Both,
            (_, false) => Chain::Lexical,
            (false, true) => Chain::Resolved,
        },
        holds: holder == Some(&path),
        acl: fact(look(&path).map_err(|error| format!("it cannot be opened: {error}")).and_then(acl::access)),
        path,
    });
    Ok(Way { ancestors: ancestors.collect(), links, resolved: here })
}

fn steps(path: &Path) -> impl Iterator<Item = Step> {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(Step::Into(name.to_owned())),
        Component::ParentDir => Some(Step::Up),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    })
}
