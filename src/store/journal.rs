//! What a rotation has done and is about to do: append-only JSON Lines.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::dir::{Dir, PRIVATE};

/// The version every line carries. A change that an older twcred would misread raises it.
pub const VERSION: u64 = 1;

/// A journal that is open for appending. One record is one line, `{"v":1,…}`, with the record's own fields after the
/// version; so a record must serialize as a JSON object without a field `v`. It never holds a secret: `Secret` does not
/// serialize.
///
/// A record whose [`append`](Journal::append) returned survives everything. One that was being written when the process
/// died or the disk was full is a torn tail, bytes after the last line feed, and is cut off by the next
/// [`open`](Journal::open): it was never acted upon. Whoever appends holds the [`Lock`](super::Lock) of the target.
#[derive(Debug)]
pub struct Journal<R> {
    file: File,
    path: PathBuf,
    /// The bytes of complete records.
    len: u64,
    /// Whether bytes of a failed append may stand after them.
    torn: bool,
    record: PhantomData<fn(&R)>,
}

/// Why a journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is one already.
    #[error("the journal {path} exists already")]
    Exists {
        /// The journal.
        path: PathBuf,
    },
    /// There is none.
    #[error("there is no journal {path}")]
    Missing {
        /// The journal.
        path: PathBuf,
    },
    /// It has no complete record: the run that made it was killed before its first record was durable, so nothing was
    /// begun. It may be removed.
    #[error("the journal {path} has no record; the run that made it ended before anything was begun")]
    Empty {
        /// The journal.
        path: PathBuf,
    },
    /// A complete line is not a record. twcred does not write such a line.
    #[error("line {line} of the journal {path} is not a record: {why}")]
    Broken {
        /// The journal.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it. Names fields and positions; a journal holds no secret.
        why: String,
    },
    /// It was written by a version of twcred with another format.
    #[error("the journal {path} has format {found}; this twcred reads format {VERSION}")]
    Version {
        /// The journal.
        path: PathBuf,
        /// The version found.
        found: u64,
    },
    /// A record cannot be one line of JSON. The journal is as it was.
    #[error("a record for the journal {path} is not a JSON object: {why}")]
    Record {
        /// The journal.
        path: PathBuf,
        /// What the record is instead.
        why: String,
    },
    /// The file cannot be read or written. After a failed append the journal holds what it held before.
    #[error("cannot {doing} the journal {path}")]
    Io {
        /// What was being done, as a verb.
        doing: &'static str,
        /// The journal.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    fn io<E: Into<io::Error>>(doing: &'static str, path: &Path) -> impl FnOnce(E) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source: source.into() }
    }
}

impl<R: Serialize + DeserializeOwned> Journal<R> {
    /// Makes a journal, 0600, with its first record; the file and its name are durable when this returns. Killed
    /// halfway, it leaves nothing, or a journal that [`Journal::open`] answers with [`Error::Empty`], or a whole one.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Record`], [`Error::Io`]; nothing is left then.
    pub fn create(path: &Path, first: &R) -> Result<Self, Error> {
        let line = encode(first, path)?;
        let (dir, name) = holding(path)?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(dir.file(), name, flags | OFlags::APPEND, PRIVATE) {
            Ok(fd) => File::from(fd),
            Err(Errno::EXIST) => return Err(Error::Exists { path: path.to_owned() }),
            Err(error) => return Err(Error::io("make", path)(error)),
        };
        let written = write_line(&file, &line).and_then(|()| file.sync_all()).and_then(|()| dir.sync());
        if let Err(error) = written {
            let _ = dir.remove(name);
            return Err(Error::io("write", path)(error));
        }
        Ok(Self { file, path: path.to_owned(), len: line.len() as u64, torn: false, record: PhantomData })
    }

    /// Opens a journal to continue it, and gives its records. A torn tail is cut off, durably.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Empty`], [`Error::Broken`], [`Error::Version`], [`Error::Io`]. The file is then as
    /// it was.
    pub fn open(path: &Path) -> Result<(Self, Vec<R>), Error> {
        let file = open_file(path, OFlags::RDWR | OFlags::APPEND)?;
        let (records, len, torn) = records(&file, path)?;
        if torn {
            cut(&file, len).map_err(Error::io("cut the torn end of", path))?;
        }
        Ok((Self { file, path: path.to_owned(), len, torn: false, record: PhantomData }, records))
    }

    /// Appends one record, durably: in one write, then synced. Every record before it is durable then as well.
    ///
    /// # Errors
    /// [`Error::Record`], [`Error::Io`]. What had been written of the record is taken back; if not even that is
    /// possible, the next append or [`Journal::open`] does it.
    pub fn append(&mut self, record: &R) -> Result<(), Error> {
        self.write(record, true)
    }

    /// Appends one record in one write, and does not wait for the disk: it survives the death of the process, and a
    /// loss of power perhaps. For what the next run would find out or do again at no cost.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn append_lazily(&mut self, record: &R) -> Result<(), Error> {
        self.write(record, false)
    }

    /// Makes every record durable.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn sync(&self) -> Result<(), Error> {
        self.file.sync_data().map_err(Error::io("sync", &self.path))
    }

    fn write(&mut self, record: &R, durable: bool) -> Result<(), Error> {
        let line = encode(record, &self.path)?;
        if self.torn {
            cut(&self.file, self.len).map_err(Error::io("cut the torn end of", &self.path))?;
            self.torn = false;
        }
        let written = write_line(&self.file, &line);
        match written.and_then(|()| if durable { self.file.sync_data() } else { Ok(()) }) {
            Ok(()) => {
                self.len += line.len() as u64;
                Ok(())
            }
            Err(error) => {
                self.torn = cut(&self.file, self.len).is_err();
                Err(Error::io("write", &self.path)(error))
            }
        }
    }
}

impl<R> Journal<R> {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Reads the records of a journal without changing it, for a listing. A torn tail is passed over: another run may be
/// writing it just now.
///
/// # Errors
/// Those of [`Journal::open`].
pub fn read<R: DeserializeOwned>(path: &Path) -> Result<Vec<R>, Error> {
    let file = open_file(path, OFlags::RDONLY)?;
    records(&file, path).map(|(records, ..)| records)
}

/// Reads the records of a broken journal up to the line that breaks it, to tell at least whose it is.
///
/// # Errors
/// [`Error::Missing`], [`Error::Empty`], [`Error::Io`].
pub fn read_whole_part<R: DeserializeOwned>(path: &Path) -> Result<Vec<R>, Error> {
    let bytes = contents(&open_file(path, OFlags::RDONLY)?, path)?;
    Ok(lines(&bytes, path)?.map_while(|(at, line)| decode(line, at + 1, path).ok()).collect())
}

/// Reads a journal's first record alone, to tell what it is about.
///
/// # Errors
/// [`Error::Missing`], [`Error::Empty`], [`Error::Broken`], [`Error::Version`], [`Error::Io`].
pub fn first<R: DeserializeOwned>(path: &Path) -> Result<R, Error> {
    let bytes = contents(&open_file(path, OFlags::RDONLY)?, path)?;
    let first = lines(&bytes, path)?.next();
    first.map_or_else(|| Err(Error::Empty { path: path.to_owned() }), |(at, line)| decode(line, at + 1, path))
}

/// Removes a journal, durably; that it is gone already is no error.
///
/// # Errors
/// [`Error::Io`].
pub fn remove(path: &Path) -> Result<(), Error> {
    let (dir, name) = holding(path)?;
    if dir.remove(name).map_err(Error::io("remove", path))? {
        dir.sync().map_err(Error::io("remove", path))?;
    }
    Ok(())
}

/// Removes a journal, and does not wait for the disk: after a loss of power it may be there again, and what it says must
/// be true still.
///
/// # Errors
/// [`Error::Io`].
pub fn forget(path: &Path) -> Result<(), Error> {
    let (dir, name) = holding(path)?;
    dir.remove(name).map(drop).map_err(Error::io("remove", path))
}

fn holding(path: &Path) -> Result<(Dir, &std::ffi::OsStr), Error> {
    Dir::holding(path).map_err(Error::io("reach", path))
}

fn open_file(path: &Path, mode: OFlags) -> Result<File, Error> {
    let flags = mode | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => Ok(File::from(fd)),
        Err(Errno::NOENT) => Err(Error::Missing { path: path.to_owned() }),
        Err(error) => Err(Error::io("open", path)(error)),
    }
}

/// One write call, so that a kill leaves the whole line or a torn one, never two halves around another's.
fn write_line(mut file: &File, line: &[u8]) -> io::Result<()> {
    loop {
        match file.write(line) {
            Ok(count) if count == line.len() => return Ok(()),
            Ok(_) => return Err(io::Error::new(io::ErrorKind::StorageFull, "only a part of the record was written")),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn cut(file: &File, len: u64) -> io::Result<()> {
    file.set_len(len)?;
    file.sync_data()
}

fn encode<R: Serialize>(record: &R, path: &Path) -> Result<Vec<u8>, Error> {
    let refuse = |why: String| Error::Record { path: path.to_owned(), why };
    let body = serde_json::to_string(record).map_err(|error| refuse(error.to_string()))?;
    let fields = body.strip_prefix('{').ok_or_else(|| refuse("it has no fields".to_owned()))?;
    let comma = if fields == "}" { "" } else { "," };
    Ok(format!("{{\"v\":{VERSION}{comma}{fields}\n").into_bytes())
}

/// The records of complete lines, the bytes of those, and whether more bytes follow.
fn records<R: DeserializeOwned>(file: &File, path: &Path) -> Result<(Vec<R>, u64, bool), Error> {
    let bytes = contents(file, path)?;
    let records = lines(&bytes, path)?.map(|(at, line)| decode(line, at + 1, path)).collect::<Result<_, _>>()?;
    let end = complete(&bytes);
    Ok((records, end as u64, end < bytes.len()))
}

fn contents(mut file: &File, path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(Error::io("read", path))?;
    Ok(bytes)
}

/// How many bytes belong to complete lines.
fn complete(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

fn lines<'a>(bytes: &'a [u8], path: &Path) -> Result<impl Iterator<Item = (usize, &'a [u8])> + use<'a>, Error> {
    match complete(bytes) {
        0 => Err(Error::Empty { path: path.to_owned() }),
        end => Ok(bytes[..end - 1].split(|byte| *byte == b'\n').enumerate()),
    }
}

fn decode<R: DeserializeOwned>(line: &[u8], number: usize, path: &Path) -> Result<R, Error> {
    let broken = |why: String| Error::Broken { path: path.to_owned(), line: number, why };
    let mut record: Value = serde_json::from_slice(line).map_err(|error| broken(error.to_string()))?;
    let fields = record.as_object_mut().ok_or_else(|| broken("it is not a JSON object".to_owned()))?;
    // Before the fields: those of another version may be anything.
    match fields.remove("v").as_ref().and_then(Value::as_u64) {
        Some(VERSION) => serde_json::from_value(record).map_err(|error| broken(error.to_string())),
        Some(found) => Err(Error::Version { path: path.to_owned(), found }),
        None => Err(broken("it has no version".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "record", rename_all = "kebab-case", deny_unknown_fields)]
    enum Record {
        Begun { target: String },
        Created { sid: String },
        Done,
    }

    fn begun() -> Record {
        Record::Begun { target: "a\nb \"é\"".to_owned() }
    }

    fn sample() -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("0123456789ab.jsonl");
        let mut journal = Journal::create(&path, &begun()).unwrap();
        journal.append(&Record::Created { sid: "SK".to_owned() }).unwrap();
        (home, path)
    }

    fn add(path: &Path, bytes: &[u8]) {
        File::options().append(true).open(path).unwrap().write_all(bytes).unwrap();
    }

    #[test]
    fn records_come_back_in_order_and_the_journal_goes_on() {
        let (_home, path) = sample();
        let (mut journal, records) = Journal::<Record>::open(&path).unwrap();
        assert_eq!(records, [begun(), Record::Created { sid: "SK".to_owned() }]);
        journal.append(&Record::Done).unwrap();
        assert_eq!(read::<Record>(&path).unwrap().len(), 3);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().last(), Some("{\"v\":1,\"record\":\"done\"}"));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(Journal::create(&path, &begun()), Err(Error::Exists { .. })));
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert!(matches!(Journal::<Record>::open(&path), Err(Error::Missing { .. })));
    }

    #[test]
    fn every_torn_tail_is_cut_and_a_reader_passes_it_over() {
        let line = String::from_utf8(encode(&Record::Done, Path::new("")).unwrap()).unwrap();
        for end in 1..line.len() {
            let (_home, path) = sample();
            let whole = path.metadata().unwrap().len();
            add(&path, &line.as_bytes()[..end]);
            assert_eq!(read::<Record>(&path).unwrap().len(), 2);
            assert_eq!(path.metadata().unwrap().len(), whole + end as u64, "a reader changes nothing");
            let (mut journal, records) = Journal::<Record>::open(&path).unwrap();
            assert_eq!((records.len(), path.metadata().unwrap().len()), (2, whole));
            journal.append(&Record::Done).unwrap();
            assert_eq!(read::<Record>(&path).unwrap().len(), 3);
        }
    }

    #[test]
    fn a_journal_that_was_never_begun_is_empty() {
        let home = tempfile::tempdir().unwrap();
        for (number, bytes) in [&b""[..], b"{", b"{\"v\":1,\"record\":\"done\"}", b"\0\0\0\0"].into_iter().enumerate() {
            let path = home.path().join(number.to_string());
            File::create(&path).unwrap().write_all(bytes).unwrap();
            assert!(matches!(Journal::<Record>::open(&path), Err(Error::Empty { .. })));
            assert!(matches!(read::<Record>(&path), Err(Error::Empty { .. })));
        }
    }

    #[test]
    fn a_broken_line_and_another_version_are_refused_untouched() {
        for line in ["{\"v\":1,\"record\":\"unheard\"}\n", "\n", "[]\n", "{\"record\":\"done\"}\n", "garbage\n"] {
            let (_home, path) = sample();
            add(&path, line.as_bytes());
            add(&path, b"{\"v\":1,\"record\":\"done\"}\ntorn");
            let before = std::fs::read(&path).unwrap();
            assert!(matches!(Journal::<Record>::open(&path), Err(Error::Broken { line: 3, .. })), "{line}");
            assert_eq!(std::fs::read(&path).unwrap(), before);
        }
        let (_home, path) = sample();
        add(&path, b"{\"v\":2,\"other\":true}\n");
        assert!(matches!(Journal::<Record>::open(&path), Err(Error::Version { found: 2, .. })));
    }

    #[test]
    fn a_record_must_be_an_object() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("j");
        assert!(matches!(Journal::create(&path, &"text".to_owned()), Err(Error::Record { .. })));
        assert!(!path.exists());
    }

    #[test]
    fn a_failed_append_is_taken_back_before_the_next() {
        let (_home, path) = sample();
        let (mut journal, _) = Journal::<Record>::open(&path).unwrap();
        // As if a full disk had taken half a record and then refused to give it back.
        add(&path, b"{\"v\":1,\"rec");
        journal.torn = true;
        journal.append(&Record::Done).unwrap();
        assert_eq!(read::<Record>(&path).unwrap().len(), 3);
    }
}
