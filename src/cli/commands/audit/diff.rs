//! What mending would change, shown with the values masked.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use similar::{DiffOp, group_diff_ops};

use super::apply;
use super::settings::Settings;
use crate::audit::mask::Lines;
use crate::audit::{Facts, Selection, audit, mend};
use crate::cli::text::shown;
use crate::dotenv::EnvFile;

/// The changes as a unified diff, and below it what would happen to rights and other files; empty if nothing would.
pub(super) fn of(file: &EnvFile, facts: &Facts, selection: &Selection, settings: &Settings, mode: u32) -> String {
    let path = shown(&facts.path.to_string_lossy()).into_owned();
    let fixed = mend(file, facts, selection, settings.safety());
    let after = EnvFile::parse(&fixed.bytes);
    let mut text = unified(file, &after, &fixed.origins, &path);
    let mut said = BTreeSet::new();
    // With the values masked, lines whose values change places look as they did.
    for mended in fixed.done.iter().filter(|mended| mended.exchanged) {
        let _ = writeln!(text, "{path}: {} (unsafe)", shown(&mended.title));
    }
    for finding in &audit(file, facts, selection).findings {
        let fix = finding.fix.as_ref().filter(|fix| fix.safety <= settings.safety());
        if let Some(line) = fix.and_then(|fix| apply::shown(&fix.action, fix.safety, &path, mode))
            && said.insert(line.clone())
        {
            let _ = writeln!(text, "{}", shown(&line));
        }
    }
    text
}

fn unified(before: &EnvFile, after: &EnvFile, origins: &[Option<usize>], path: &str) -> String {
    let (old, new) = (lines(before.bytes()), lines(after.bytes()));
    let ops = operations(&old, &new, origins);
    let (old_shown, new_shown) = (Lines::new(before), Lines::new(after));
    let mut text = String::new();
    for group in group_diff_ops(ops, 1) {
        if group.iter().all(|op| matches!(op, DiffOp::Equal { .. })) {
            continue;
        }
        if text.is_empty() {
            let _ = writeln!(text, "--- {path}\n+++ {path}");
        }
        let span = |ranges: Vec<std::ops::Range<usize>>| {
            let start = ranges.first().map_or(0, |range| range.start);
            let end = ranges.last().map_or(0, |range| range.end);
            format!("{},{}", if end > start { start + 1 } else { start }, end - start)
        };
        let old_span = span(group.iter().map(DiffOp::old_range).collect());
        let new_span = span(group.iter().map(DiffOp::new_range).collect());
        let _ = writeln!(text, "@@ -{old_span} +{new_span} @@");
        for op in group {
            let equal = matches!(op, DiffOp::Equal { .. });
            for at in op.old_range() {
                line(&mut text, if equal { ' ' } else { '-' }, &old_shown, at, &old);
            }
            for at in if equal { 0..0 } else { op.new_range() } {
                line(&mut text, '+', &new_shown, at, &new);
            }
        }
    }
    text
}

/// What became of the lines. Where each came from is known, so that nothing has to be looked for: a search for the least
/// difference of two files takes as long as their lines times those that differ.
fn operations(old: &[&[u8]], new: &[&[u8]], origins: &[Option<usize>]) -> Vec<DiffOp> {
    let mut operations: Vec<DiffOp> = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    let same = new.iter().zip(origins).enumerate().filter_map(|(at, (line, origin))| {
        let origin = (*origin)?;
        (old.get(origin) == Some(line)).then_some((origin, at))
    });
    for (origin, at) in same.chain([(old.len(), new.len())]) {
        operations.extend(changed(old_at..origin, new_at..at));
        if origin < old.len() {
            match operations.last_mut() {
                Some(DiffOp::Equal { len, .. }) => *len += 1,
                _ => operations.push(DiffOp::Equal { old_index: origin, new_index: at, len: 1 }),
            }
        }
        (old_at, new_at) = (origin + 1, at + 1);
    }
    operations
}

/// Lines in the place of others.
fn changed(old: std::ops::Range<usize>, new: std::ops::Range<usize>) -> Option<DiffOp> {
    let (old_index, old_len, new_index, new_len) = (old.start, old.len(), new.start, new.len());
    match (old_len, new_len) {
        (0, 0) => None,
        (0, _) => Some(DiffOp::Insert { old_index, new_index, new_len }),
        (_, 0) => Some(DiffOp::Delete { old_index, old_len, new_index }),
        _ => Some(DiffOp::Replace { old_index, old_len, new_index, new_len }),
    }
}

fn line(text: &mut String, sign: char, shown: &Lines<'_>, at: usize, all: &[&[u8]]) {
    let _ = writeln!(text, "{sign}{}", shown.get(at + 1).unwrap_or_default());
    if at + 1 == all.len() && !all[at].ends_with(b"\n") {
        let _ = writeln!(text, "\\ No newline at end of file");
    }
}

/// Lines with their ends, so that a changed end is a changed line.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Safety;

    fn diff(text: &str) -> String {
        let before = EnvFile::parse(text.as_bytes());
        let fixed = mend(&before, &Facts::default(), &Selection::default(), Safety::Unsafe);
        unified(&before, &EnvFile::parse(&fixed.bytes), &fixed.origins, "x.env")
    }

    #[test]
    fn names_and_marks_and_no_value() {
        assert_eq!(
            diff("# c\nA='s3cr3t'\nB=x\nX=w\nC=y\nD=z"),
            "--- x.env\n+++ x.env\n@@ -1,3 +1,3 @@\n # *\n-A='******'\n+A=******\n B=*\n@@ -5,2 +5,2 @@\n C=*\n-D=*\n\
             \\ No newline at end of file\n+D=*\n"
        );
        assert_eq!(diff("A=x\n"), "");
    }

    /// Lines that go, between lines that stay and lines that change.
    #[test]
    fn lines_that_go_and_lines_that_change_in_their_places() {
        assert_eq!(
            diff("A=1\nA=1\n\nB='2'\nB='2'\nC=3 \nC=3\nD=4\n"),
            "--- x.env\n+++ x.env\n@@ -1,8 +1,5 @@\n A=*\n-A=*\n \n-B='*'\n-B='*'\n-C=* \n-C=*\n+B=*\n+C=*\n D=*\n"
        );
    }
}
