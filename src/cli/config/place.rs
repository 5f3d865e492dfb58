//! Where the configuration is, and whether it can be trusted: it holds commands that are run.

use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use crate::audit::kernel;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::store::file::{self, Snapshot};

/// The name of the file in the user's own folder.
const NAME: &str = "twcred.toml";

/// The file that is meant: `--config`, else `TWCRED_CONFIG`, else the user's own. Never one of the working directory or
/// beside an env file: whoever can write there could have commands run.
///
/// # Errors
/// Exit 2, if `TWCRED_CONFIG` is relative, or there is no home.
pub(super) fn path(context: &Context) -> Result<PathBuf, Failure> {
    if let Some(path) = &context.global.config {
        return std::path::absolute(path).doing(format!("cannot find {}", path.display()));
    }
    match env::config() {
        Some(path) if path.is_absolute() => Ok(path),
        Some(path) => {
            let what = format!("TWCRED_CONFIG is {}, which is not an absolute path", path.display());
            Err(Failure::usage(what).hint("give it from the root on"))
        }
        None => env::config_dir().map(|dir| dir.join(NAME)).ok_or_else(|| {
            Failure::usage("there is no home folder to look for the configuration in")
                .hint("name it with --config or TWCRED_CONFIG")
        }),
    }
}

/// Whether it is the device in which nothing stands, by which a run goes without any configuration.
pub(super) fn is_none(path: &Path) -> bool {
    let is_device = || path.metadata().is_ok_and(|found| found.file_type().is_char_device());
    path == Path::new("/dev/null") && is_device()
}

/// Reads the file, if nobody but this user and root can have written it or put another in its place.
///
/// # Errors
/// Exit 2, if it is not there, or others may write it, a folder on the way to it, or a link that leads to it.
pub(super) fn read(path: &Path) -> Result<Snapshot, Failure> {
    let shown = path.display();
    let usage = |failure: Failure| failure.with_exit(Exit::Usage);
    let snapshot = match file::read(path) {
        Ok(snapshot) => snapshot,
        Err(file::Error::Missing { .. }) => {
            return Err(Failure::usage(format!("there is no configuration {shown}"))
                .hint("`twcred init` writes one, with every field explained")
                .hint("--config FILE or TWCRED_CONFIG names another"));
        }
        Err(error) => return Err(usage(Failure::from(error).doing(format!("cannot use the configuration {shown}")))),
    };
    guarded("configuration", path, &snapshot, "it holds commands")?;
    Ok(snapshot)
}

/// Sees to it that nobody but this user and root can have written a file or put another in its place. `what` is what the
/// file is to be used as, and `since` says what is at stake.
///
/// # Errors
/// Exit 2, if others may write it, a folder on the way to it, or a link that leads to it.
pub(in crate::cli) fn guarded(what: &str, path: &Path, snapshot: &Snapshot, since: &str) -> Result<(), Failure> {
    let shown = path.display();
    let usage = |failure: Failure| failure.with_exit(Exit::Usage);
    let expected = kernel::expected_owner(None, None);
    let examined = kernel::examine(path, Some(snapshot.identity()), expected, None);
    let facts = examined.doing(format!("cannot use the {what} {shown}")).map_err(usage)?;
    let refuse = |why: String, hint: String| {
        Err(Failure::usage(format!("{why}; the {what} {shown} is not used, since {since}")).hint(hint))
    };
    let own = |uid: u32| uid == 0 || uid == expected.uid;
    let resolved = snapshot.resolved();
    if !own(facts.uid) {
        let why = format!("{} belongs to user {}, who may change it", resolved.display(), facts.uid);
        return refuse(why, format!("take it over: chown {} {}", expected.uid, resolved.display()));
    }
    if facts.mode & 0o022 != 0 {
        let why = format!("{} may be written by others (mode {:04o})", resolved.display(), facts.mode);
        return refuse(why, format!("chmod go-w {}", resolved.display()));
    }
    if let Some(link) = facts.links.iter().find(|link| !own(link.uid)) {
        let why = format!("{} is a link of user {}, who may lead it elsewhere", link.path.display(), link.uid);
        return refuse(why, "name the file itself".to_owned());
    }
    for dir in &facts.ancestors {
        let at = dir.path.display();
        if !own(dir.uid) {
            let why = format!("the folder {at} belongs to user {}, who may put another file there", dir.uid);
            return refuse(why, format!("keep the {what} in a folder of your own, or: chown {} {at}", expected.uid));
        }
        // In a sticky folder others can make files and not replace those of ours.
        // An access control list gives nobody more than its mask, which stands here for the group.
        if dir.mode & 0o022 != 0 && dir.mode & 0o1000 == 0 {
            let why = format!("others may put another file into the folder {at} (mode {:04o})", dir.mode);
            return refuse(why, format!("chmod go-w {at}"));
        }
    }
    Ok(())
}
