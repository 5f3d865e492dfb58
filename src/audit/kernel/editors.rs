//! Copies that editors keep in folders of their own, and the trash.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

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
/// What the name of such a note ends in.
const NOTE_END: &str = ".trashinfo";

/// The copies of a file that are found by their names, or by notes beside them. What else lies in these folders is found
/// by content only, by the search for copies. Beside them: why there may be more, if not everything was looked at.
pub(super) fn of(path: &Path, home: &Path, values: &Values<'_>) -> (Vec<Sibling>, Option<String>) {
    let mut looking = Looking {
        path,
        values,
        history: history_folder(path),
        found: Vec::new(),
        left: MOST,
        notes: TRASHED,
        overfull: false,
    };
    let folders = editor_folders(home);
    // What lies in the trash under the name of the file itself is found however much lies there.
    for folder in &folders {
        let info = folder.join("info");
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(NOTE_END);
        looking.trash(&info.join(&name), &info, &name);
    }
    for folder in &folders {
        looking.folder(folder, 2);
    }
    let more = match () {
        () if looking.left == 0 => Some(format!("editors keep more than {MOST} files, and the rest was not looked at")),
        () if looking.overfull => {
            Some(format!("the trash has more than {TRASHED} files of such a name, and the rest was not looked at"))
        }
        () => None,
    };
    looking.found.sort_by(|one, other| one.path.cmp(&other.path));
    looking.found.dedup_by(|one, other| one.path == other.path);
    (looking.found, more)
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
    /// There were more.
    overfull: bool,
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
                    Some(name) if self.trashed(name) => self.read_note(&path, folder, name.as_ref()),
                    Some(name) if name.ends_with(NOTE_END) => {}
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

    /// Whether a note of the trash may be about the file, by its name: where that was taken, each program puts a number
    /// somewhere into it, with no other letter (`.2.env`, `.env_2`, `.env (2)`). There may be thousands of other files:
    /// their notes are not opened.
    fn trashed(&self, note: &str) -> bool {
        let own = self.path.file_name().unwrap_or_default().to_string_lossy();
        let Some(name) = note.strip_suffix(NOTE_END).filter(|name| name.len() > own.len()) else { return false };
        let same = |(one, other): &(u8, u8)| one == other;
        let head = own.bytes().zip(name.bytes()).take_while(same).count();
        let tail = own.bytes().rev().zip(name.bytes().rev()).take_while(same).count();
        let between = &name.as_bytes()[head..head + name.len() - own.len()];
        head + tail >= own.len()
            && between.iter().any(u8::is_ascii_digit)
            && between.iter().all(|byte| byte.is_ascii_digit() || b"._-~ ()".contains(byte))
    }

    /// Reads a note that bears such a name, if not too many were read.
    fn read_note(&mut self, note: &Path, folder: &Path, name: &OsStr) {
        self.overfull |= self.notes == 0;
        if self.notes > 0 {
            self.notes -= 1;
            self.trash(note, folder, name);
        }
    }

    /// The trash of freedesktop.org: `info/NAME.trashinfo` says where `files/NAME` came from.
    fn trash(&mut self, note: &Path, folder: &Path, name: &OsStr) {
        let Some(text) = text(note, TRASH_NOTE) else { return };
        let from = text.lines().find_map(|line| line.strip_prefix("Path=")).map(unescape);
        if from.as_deref() == Some(self.path.as_os_str().as_bytes())
            && let (Some(trash), Some(name)) = (folder.parent(), name.as_bytes().strip_suffix(NOTE_END.as_bytes()))
        {
            self.add(trash.join("files").join(OsStr::from_bytes(name)));
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

/// The text of a note. Nothing of one that is longer, of a link, or of what is no file.
fn text(path: &Path, most: u64) -> Option<String> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    // Looked at before it is opened, for to open a device may do something.
    path.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty()).ok()?);
    file.metadata().ok().filter(|found| found.is_file() && found.len() <= most)?;
    let mut text = String::new();
    // It may grow meanwhile.
    let read = file.take(most + 1).read_to_string(&mut text).ok()?;
    (read as u64 <= most).then_some(text)
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

    /// Whoever can write into the trash must not have the audit read for ever, or wait.
    #[test]
    fn a_note_is_read_up_to_its_bound() {
        let dir = tempfile::tempdir().unwrap();
        let note = dir.path().join("note");
        for (length, read) in [(0, true), (16, true), (17, false), (1 << 20, false)] {
            let mut file = File::create(&note).unwrap();
            std::io::Write::write_all(&mut file, &vec![b'x'; length]).unwrap();
            assert_eq!(text(&note, 16).map(|text| text.len()), read.then_some(length), "{length}");
        }
        // Its length is said to be nothing, as that of a file which grows was.
        assert_eq!(text(Path::new("/proc/self/status"), 16), None);
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&note, &link).unwrap();
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, Mode::RWXU, 0).unwrap();
        for other in [&link, &pipe] {
            assert_eq!(text(other, 1 << 21), None, "{}", other.display());
        }
    }

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
