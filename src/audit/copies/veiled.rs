//! Paths without the secrets that stand in them.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

use super::{LEAST, Needle, Place, Report};

/// What stands in a path instead of a secret.
const VEIL: &[u8] = b"***";

/// Takes the secrets out of every path and text of a report. What is public or too short to be looked for stays.
#[expect(clippy::disallowed_methods, reason = "to compare, as the search does")]
pub(super) fn veil(report: &mut Report, needles: &[Needle]) {
    let secrets = needles.iter().filter(|needle| !needle.identifier).map(|needle| needle.value.expose().as_bytes());
    let mut secrets: Vec<&[u8]> = secrets.filter(|secret| secret.len() >= LEAST).collect();
    // One that has another in it goes first, so that no rest of it is left.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let path = |path: &mut PathBuf| {
        if let Some(bytes) = without(path.as_os_str().as_bytes(), &secrets) {
            *path = PathBuf::from(OsString::from_vec(bytes));
        }
    };
    let text = |text: &mut String| {
        if let Some(bytes) = without(text.as_bytes(), &secrets) {
            *text = String::from_utf8_lossy(&bytes).into_owned();
        }
    };
    for hit in &mut report.hits {
        path(&mut hit.path);
        if let Place::GitHistory { name: Some(name), .. } = &mut hit.place {
            path(name);
        }
    }
    report.hard_links.iter_mut().chain(&mut report.foreign_paths).for_each(path);
    for (at, why) in report.unread_paths.iter_mut().chain(&mut report.unsearched) {
        path(at);
        text(why);
    }
}

/// Bytes with none of the secrets in them; nothing if there was none.
fn without(bytes: &[u8], secrets: &[&[u8]]) -> Option<Vec<u8>> {
    let mut left = bytes.to_vec();
    let mut found = false;
    for secret in secrets {
        while let Some(at) = left.windows(secret.len()).position(|window| window == *secret) {
            left.splice(at..at + secret.len(), VEIL.iter().copied());
            found = true;
        }
    }
    found.then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_left_in_a_path() {
        let secrets: [&[u8]; 2] = [b"a-first-secret-of-it", b"secret-of"];
        let of = |text: &str| without(text.as_bytes(), &secrets).map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(of("/p/a-first-secret-of-it.txt").as_deref(), Some("/p/***.txt"));
        assert_eq!(of("/secret-of/x-secret-of").as_deref(), Some("/***/x-***"));
        assert_eq!(of("/p/x"), None);
    }
}
