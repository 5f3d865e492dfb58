//! Copies that editors keep in folders of their own, and the trash.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::siblings::{Likeness, likeness};
use super::values::Values;
use crate::audit::copies::editor_folders;
use crate::audit::facts::{Fact, Sibling};

/// The most entries of all folders together: the audit of a file must not become a search of the disk.
const MOST: usize = 20_000;
/// A note that says where a copy came from is a few kilobytes.
const NOTE: u64 = 1 << 20;
/// The most notes of the trash that are read, and the most bytes each may have: a path of the longest sort, encoded.
const TRASHED: usize = 1000;
const TRASH_NOTE: u64 = 16 << 10;

/// The copies of a file that are found by their names, or by notes beside them. What else lies in these folders is found
/// by content only, by the search for copies.
pub(super) fn of(path: &Path, home: &Path, values: &Values<'_>) -> Fact<Vec<Sibling>> {
    let mut looking =
        Looking { path, values, history: history_folder(path), found: Vec::new(), left: MOST, notes: TRASHED };
    for folder in editor_folders(home) {
        looking.folder(&folder, 2);
    }
    if looking.left == 0 {
        return Fact::Unknown(format!("editors keep more than {MOST} files"));
    }
    if looking.notes == 0 {
        return Fact::Unknown(format!("the trash has more than {TRASHED} files of such a name"));
    }
    looking.found.sort_by(|one, other| one.path.cmp(&other.path));
    looking.found.dedup_by(|one, other| one.path == other.path);
    Fact::Known(looking.found)
}

struct Looking<'l> {
    path: &'l Path,
    values: &'l Values<'l>,
    /// The name of the folder with the versions of the file.
    history: String,
    found: Vec<Sibling>,
    left: usize,
    /// How many notes of the trash may still be read.
    notes: usize,
}

impl Looking<'_> {
    fn folder(&mut self, folder: &Path, depth: usize) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                return;
            }
            let (path, name) = (entry.path(), entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && (depth == 0 || self.of_another(folder, &name.to_string_lossy())) => {}
                Ok(kind) if kind.is_dir() => self.folder(&path, depth - 1),
                Ok(kind) if kind.is_file() => match name.to_str() {
                    Some("entries.json") => self.history(&path, folder),
                    Some(name) if name.ends_with(".trashinfo") && self.trashed(name) => self.trash(&path, folder, name),
                    Some(name) if name.ends_with(".trashinfo") => {}
                    Some(name) => self.named(&path, name),
                    None => {}
                },
                _ => {}
            }
        }
    }

    /// Whether a folder is the history of another file, as its name tells. There may be thousands: they are not opened.
    fn of_another(&self, parent: &Path, name: &str) -> bool {
        let digits = name.strip_prefix('-').unwrap_or(name);
        let hash =
            (1..=8).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
        hash && name != self.history && parent.ends_with("User/History")
    }

    /// Visual Studio Code: a folder for each file, whose `entries.json` names the file and its versions.
    fn history(&mut self, note: &Path, folder: &Path) {
        let Some(note) = text(note, NOTE).and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok()) else {
            return;
        };
        let resource = note["resource"].as_str().and_then(|resource| resource.strip_prefix("file://"));
        if resource.map(unescape).as_deref() != Some(self.path.as_os_str().as_bytes()) {
            return;
        }
        for id in note["entries"].as_array().into_iter().flatten().filter_map(|entry| entry["id"].as_str()) {
            // The name comes from a file: it must not lead elsewhere.
            if !id.contains('/') {
                self.add(folder.join(id));
            }
        }
    }

    /// Whether a note of the trash may be about the file, by its name: where that was taken, each program puts a number in or
    /// behind it, and none before the first dot but that of a hidden file. There may be thousands: they are not opened.
    fn trashed(&self, note: &str) -> bool {
        let own = self.path.file_name().unwrap_or_default().to_string_lossy();
        let stem = if own.starts_with('.') { "." } else { own.split('.').next().unwrap_or_default() };
        note.starts_with(stem)
    }

    /// The trash of freedesktop.org: `info/NAME.trashinfo` says where `files/NAME` came from.
    fn trash(&mut self, note: &Path, folder: &Path, name: &str) {
        self.notes = self.notes.saturating_sub(1);
        if self.notes == 0 {
            return;
        }
        let Some(text) = text(note, TRASH_NOTE) else { return };
        let from = text.lines().find_map(|line| line.strip_prefix("Path=")).map(unescape);
        if from.as_deref() == Some(self.path.as_os_str().as_bytes())
            && let (Some(trash), Some(name)) = (folder.parent(), name.strip_suffix(".trashinfo"))
        {
            self.add(trash.join("files").join(name));
        }
    }

    /// Vim, nvim, Emacs, nano: the name is the path with another separator, or the file's own with an ending.
    fn named(&mut self, copy: &Path, name: &str) {
        let path = self.path.to_string_lossy();
        let whole = ["%", "!"].iter().any(|separator| name.contains(&path.replace('/', separator)));
        let own = self.path.file_name().unwrap_or_default().to_string_lossy();
        let like = name == own || likeness(&own, name) == Likeness::Strong;
        if whole || like && self.values.stand_in(copy) == Fact::Known(true) {
            self.add(copy.to_owned());
        }
    }

    fn add(&mut self, path: PathBuf) {
        if let Ok(metadata) = path.symlink_metadata()
            && metadata.is_file()
        {
            let holds_value = self.values.stand_in(&path);
            let mode = metadata.mode() & 0o7777;
            self.found.push(Sibling { path, mode, holds_value, ..Sibling::default() });
        }
    }
}

fn text(path: &Path, most: u64) -> Option<String> {
    let found = path.symlink_metadata().ok()?;
    if !found.is_file() || found.len() > most { None } else { std::fs::read_to_string(path).ok() }
}

/// What Visual Studio Code names the folder with the versions of a file after: a hash of the file's URL, signed, in
/// hexadecimal digits. Source: `workingCopyHistoryService.ts` (`toHistoryEntriesFolder`), `hash.ts` (`stringHash`) and
/// `uri.ts` (`encodeURIComponentFast`) of microsoft/vscode; so since local history came, with 1.66.
pub(super) fn history_folder(path: &Path) -> String {
    const SEED: i32 = 149_417;
    let mut hash = SEED;
    let mut add = |byte: u8| hash = hash.wrapping_mul(31).wrapping_add(i32::from(byte));
    b"file://".iter().for_each(|byte| add(*byte));
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(byte) {
            add(*byte);
        } else {
            format!("%{byte:02X}").bytes().for_each(&mut add);
        }
    }
    let sign = if hash < 0 { "-" } else { "" };
    format!("{sign}{:x}", hash.unsigned_abs())
}

/// Undoes the `%20` of a URL.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let coded = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = coded.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_as_visual_studio_code_names_them() {
        for (path, folder) in [
            ("/home/u/repos.env", "ee8b470"),
            ("/home/u/my app/r\u{e9}pos (1).env", "4ec15451"),
            ("/srv/app/.env", "-3dfdcec1"),
        ] {
            assert_eq!(history_folder(Path::new(path)), folder, "{path}");
        }
    }
}
