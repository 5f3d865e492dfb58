//! Whether a copy may go: whether anything would be lost with it.

use std::collections::HashSet;

use crate::audit::shape::shapes;
use crate::dotenv::EnvFile;
use crate::store::file::Snapshot;

/// Why a copy stays that others know by another name.
pub(super) const LINKED: &str = "it has other names (hard links)";
/// Why a copy stays that is not the file's owner's.
pub(super) const FOREIGN: &str = "it belongs to another user";

/// Nothing if every line of the copy stands in the audited file too, be it in another spelling; the copy is a regular
/// file of the same owner and has no other name.
///
/// What else a line holds than a known value, a comment too, may be the only place of a secret: then it is to stay.
///
/// # Errors
/// With why it is to stay.
pub fn spare(copy: &Snapshot, audited: &Snapshot, file: &EnvFile) -> Result<(), &'static str> {
    match () {
        () if copy.is_link() => Err("it is a symbolic link"),
        () if copy.nlink() != 1 => Err(LINKED),
        () if copy.uid() != audited.uid() => Err(FOREIGN),
        () if copy.identity() == audited.identity() => Err("it is the file itself"),
        () if !within(copy.bytes(), file) => Err("it holds what this file does not"),
        () => Ok(()),
    }
}

fn within(copy: &[u8], file: &EnvFile) -> bool {
    let mut values: HashSet<&str> = HashSet::from([""]);
    let mut texts: HashSet<&[u8]> = file.bytes().split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect();
    texts.insert(b"");
    for shape in shapes(file) {
        values.extend(shape.meant());
        texts.insert(rest(file, shape.spelling().end));
    }
    copy.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).all(|line| {
        texts.contains(line) || {
            let line = EnvFile::parse(line);
            let shapes: Vec<_> = shapes(&line).collect();
            matches!(&shapes[..], [one] if one.meant().is_some_and(|value| values.contains(value))
                && texts.contains(rest(&line, one.spelling().end)))
        }
    })
}

/// What stands behind a value on its line.
fn rest(file: &EnvFile, from: usize) -> &[u8] {
    let rest = file.bytes().get(from..).unwrap_or_default();
    rest.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_within_the_file_is_told_from_one_that_holds_more() {
        let file = EnvFile::parse(b"# all\nA='x y'\nexport B=z # why\nC=\n");
        for copy in ["", "A=\"x y\"\n\n# all\r\n", "B=z # why\nC=z", "# why\nD='z'\n"] {
            assert!(within(copy.as_bytes(), &file), "{copy}");
        }
        for copy in ["A=x", "# A=z", "B=z # other", "B=zz\n", "Z", "A='z", "A=z\0", "A='x y' C=s"] {
            assert!(!within(copy.as_bytes(), &file), "{copy}");
        }
    }
}
