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
