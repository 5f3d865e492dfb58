//! A line for a list of another program's.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::Mode;

use super::Error;
use super::create::{ready, refused, write};
use super::read::{look, metadata};
use crate::store::dir::Of;

/// Adds a line to a file that holds no secret, such as a list of ignored files, if it does not stand there; makes the
/// file if there is none. Whole or not at all, durably; a new file has the mode the user's umask gives, one that is
/// there keeps its own. Never through a symbolic link, and never to a file of another user.
///
/// # Errors
/// [`Error::Linked`] if a symbolic link stands there; [`Error::Foreign`] if the file belongs to another user, or there is
/// none in a directory of another user's that is not root; [`Error::HardLinked`] if it has other names;
/// [`Error::Missing`] if its directory does not exist.
pub fn append_public(path: &Path, line: &str) -> Result<(), Error> {
    let own = rustix::process::geteuid().as_raw();
    let (dir, name) = ready(path)?;
    let refuse = |source| refused(&dir, source);
    if path.is_symlink() {
        return Err(Error::Linked { path: path.to_owned() });
    }
    let (mut text, mode) = match look(dir.file(), Path::new(name), path) {
        Ok((_, seen)) if seen.uid != own => return Err(Error::Foreign { path: path.to_owned(), uid: seen.uid }),
        Ok((_, seen)) if seen.nlink != 1 => return Err(Error::HardLinked { path: path.to_owned(), links: seen.nlink }),
        Ok((_, seen)) => (seen.bytes.to_vec(), Some(seen.mode)),
        Err(Error::Missing { .. }) => {
            let uid = metadata(dir.file(), dir.path())?.uid();
            if uid != own && uid != 0 {
                return Err(Error::Foreign { path: dir.path().to_owned(), uid });
            }
            (Vec::new(), None)
        }
        // It has become a link since.
        Err(Error::Changed { .. }) => return Err(Error::Linked { path: path.to_owned() }),
        Err(error) => return Err(error),
    };
    if text.split(|byte| *byte == b'\n').any(|found| found == line.as_bytes()) {
        return Ok(());
    }
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text.extend_from_slice(line.as_bytes());
    text.push(b'\n');
    let temp = dir.temp(name, Of::Nobody, Mode::from_raw_mode(0o666)).map_err(refuse)?;
    if let Some(mode) = mode {
        rustix::fs::fchmod(temp.file(), Mode::from_raw_mode(mode)).map_err(|error| refuse(error.into()))?;
    }
    write(temp.file(), &text).map_err(refuse)?;
    temp.place(name).map_err(Error::io("replace", path))?;
    dir.sync().map_err(Error::io("sync", dir.path()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::file::{Kind, create, read};

    #[test]
    fn a_line_is_added_once_and_never_through_a_link() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        append_public(&at("list"), "one").unwrap();
        append_public(&at("list"), "two").unwrap();
        append_public(&at("list"), "one").unwrap();
        assert_eq!(read(&at("list")).unwrap().bytes(), b"one\ntwo\n");
        create(&at("victim"), b"x").unwrap();
        std::os::unix::fs::symlink(at("victim"), at("link")).unwrap();
        assert!(matches!(append_public(&at("link"), "y"), Err(Error::Linked { .. })));
        std::fs::hard_link(at("victim"), at("second")).unwrap();
        assert!(matches!(append_public(&at("second"), "y"), Err(Error::HardLinked { .. })));
        assert_eq!(read(&at("victim")).unwrap().bytes(), b"x");
        assert!(matches!(append_public(home.path(), "y"), Err(Error::Kind { kind: Kind::Directory, .. })));
    }
}
