//! One large file, searched by all threads: otherwise the last of them would search it while the others have nothing
//! left to do.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

use super::scan::{PIECE, Scanned, Scanner};

/// From so many bytes on a file is large.
pub(super) const LARGE: u64 = 16 << 20;
/// What a thread takes at once at least; whole pieces.
const PART: u64 = 16 * PIECE as u64;
/// Into how many parts a file is cut at most, so that what is noted of them does not grow with the file.
const PARTS: u64 = 4096;

/// Searches a file of `size` bytes with as many threads as there are scanners. Ends early once `stop` is set. Where a part
/// cannot be read the others are searched all the same, and the error is given with what they hold.
pub(super) fn search(
    file: &File,
    size: u64,
    scanners: &mut [Scanner<'_>],
    stop: Option<&AtomicBool>,
) -> (Scanned, io::Result<()>) {
    let stopped = || stop.is_some_and(|stop| stop.load(Ordering::Relaxed));
    let (mut all, mut outcome) = (Scanned::default(), Ok(()));
    for (scanned, end) in shared(scanners, size, |scanner, part| {
        let (mut all, mut at) = (Scanned::default(), part.start);
        for data in data(file, part.clone(), scanner.longest()) {
            if stopped() {
                break;
            }
            if at < data.start {
                all.append(Scanned::hole());
            }
            at = data.end;
            let (scanned, end) = scanner.scan_part(file, data);
            all.append(scanned);
            if end.is_err() {
                return (all, end);
            }
        }
        if at < part.end {
            all.append(Scanned::hole());
        }
        (all, Ok(()))
    }) {
        all.append(scanned);
        outcome = outcome.and(end);
    }
    all.settle();
    all.found.sort_by_key(|found| found.offset);
    (all, outcome)
}

/// The stretches of a part that are not holes. What starts in the last `over` bytes of a hole may end behind it.
fn data(file: &File, part: Range<u64>, over: u64) -> impl Iterator<Item = Range<u64>> {
    let mut at = part.start;
    std::iter::from_fn(move || {
        let first = match seek(file, SeekFrom::Data(at)) {
            Ok(first) => first,
            // Nothing but a hole up to the end.
            Err(Errno::NXIO) => return None,
            // A file system that does not tell.
            Err(_) => at,
        };
        let start = first.saturating_sub(over).max(at);
        if start >= part.end {
            return None;
        }
        let end = seek(file, SeekFrom::Hole(first)).ok().filter(|end| *end > at);
        at = end.map_or(part.end, |end| end.min(part.end));
        Some(start..at)
    })
}

/// Does something with every part of a file of `size` bytes, a thread for each scanner, and gives the answers in order.
fn shared<'l, T: Send>(
    scanners: &mut [Scanner<'l>],
    size: u64,
    work: impl Fn(&mut Scanner<'l>, Range<u64>) -> T + Sync,
) -> Vec<T> {
    let next = AtomicU64::new(0);
    let length = size.div_ceil(PARTS).next_multiple_of(PIECE as u64).max(PART);
    let take = |scanner: &mut Scanner<'l>| {
        let mut done = Vec::new();
        loop {
            let start = next.fetch_add(length, Ordering::Relaxed);
            if start >= size {
                return done;
            }
            done.push((start, work(scanner, start..size.min(start + length))));
        }
    };
    let Some((own, others)) = scanners.split_first_mut() else { return Vec::new() };
    let mut all = thread::scope(|scope| {
        let take = &take;
        // Where no thread can be had this one does the work alone.
        let begun = others
            .iter_mut()
            .map_while(|scanner| thread::Builder::new().spawn_scoped(scope, move || take(scanner)).ok());
        let begun: Vec<_> = begun.collect();
        let mut all = take(own);
        for thread in begun {
            all.extend(thread.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)));
        }
        all
    });
    all.sort_by_key(|(start, _)| *start);
    all.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::FileExt as _;

    use super::super::Needle;
    use super::super::literals::Literals;
    use super::*;

    const VALUE: &str = "Zq3xPb81LmT0yWcR5sVnKdHj7uEgAo29";

    fn literals() -> Literals {
        let needle = Needle { label: "A".into(), value: VALUE.to_owned().into(), identifier: false };
        Literals::new(&[needle]).0
    }

    fn searched(file: &File, threads: usize, stop: Option<&AtomicBool>) -> Scanned {
        let (literals, size) = (literals(), file.metadata().unwrap().len());
        let mut scanners: Vec<_> = (0..threads).map(|_| Scanner::new(&literals)).collect();
        let (scanned, end) = search(file, size, &mut scanners, stop);
        end.unwrap();
        scanned
    }

    /// At each cut the value is moved on by a byte, so that the cut falls before, into and behind it.
    #[test]
    fn a_value_across_each_cut_is_found_once_by_any_number_of_threads() {
        let mut file = tempfile::tempfile().unwrap();
        let size = 34 * PART + 77;
        let line = [vec![b'.'; 63], vec![b'\n']].concat();
        let part = line.repeat(usize::try_from(PART).unwrap() / line.len());
        for _ in 0..=34 {
            file.write_all(&part).unwrap();
        }
        file.set_len(size).unwrap();
        let planted: Vec<u64> = (1..=34).map(|cut| cut * PART + cut - 34).collect();
        for at in &planted {
            file.write_all_at(VALUE.as_bytes(), *at).unwrap();
        }
        file.write_all_at(VALUE.as_bytes(), size - VALUE.len() as u64).unwrap();
        for threads in [1, 2, 7] {
            let scanned = searched(&file, threads, None);
            assert_eq!((scanned.found.len(), scanned.bytes), (1, size));
            let found = scanned.found[0];
            assert_eq!((found.offset, found.count), (planted[0], 35));
            assert_eq!(scanned.position(&found), Some((planted[0] / 64 + 1, planted[0] % 64 + 1)));
        }
    }

    #[test]
    fn holes_are_not_read_and_what_stands_around_them_is_found() {
        let file = tempfile::tempfile().unwrap();
        // A terabyte, which no test could read.
        file.set_len(1 << 40).unwrap();
        let planted = [3 * PART - 5, 40 * PART + 4090, (1 << 39) - 16, (1 << 40) - VALUE.len() as u64];
        for at in planted {
            file.write_all_at(VALUE.as_bytes(), at).unwrap();
        }
        let scanned = searched(&file, 2, None);
        assert_eq!(
            scanned.found.iter().map(|found| (found.offset, found.count)).collect::<Vec<_>>(),
            [(planted[0], 4)]
        );
        assert_eq!(scanned.position(&scanned.found[0]), None, "what has holes is no text");
        assert!(scanned.bytes < 1 << 26, "{}", scanned.bytes);
    }

    #[test]
    fn a_search_that_is_stopped_ends() {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(VALUE.as_bytes(), 0).unwrap();
        file.set_len(LARGE).unwrap();
        assert_eq!(searched(&file, 2, Some(&AtomicBool::new(true))).found, []);
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_no_empty_file() {
        let file = File::open("/").unwrap();
        let literals = literals();
        let (_, end) = search(&file, LARGE, &mut [Scanner::new(&literals), Scanner::new(&literals)], None);
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::IsADirectory);
    }
}
