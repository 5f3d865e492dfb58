//! What mending would change, shown with the values masked.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use super::apply;
use super::settings::Settings;
use crate::audit::mask::Lines;
use crate::audit::{Facts, Report, Selection, mend};
use crate::cli::text::shown;
use crate::dotenv::EnvFile;

/// The changes as a unified diff, and below it what would happen to rights and other files, by the fixes that the report
/// still has; empty if nothing would.
pub(super) fn of(
    file: &EnvFile,
    facts: &Facts,
    selection: &Selection,
    settings: &Settings,
    report: &Report,
    mode: u32,
) -> String {
    let path = shown(&facts.path.to_string_lossy()).into_owned();
    let fixed = mend(file, facts, selection, settings.safety());
    let after = EnvFile::parse(&fixed.bytes);
    let mut text = unified(file, &after, &path);
    // With the values masked, lines whose values change places look as they did.
    for mended in fixed.done.iter().filter(|mended| mended.exchanged) {
        let _ = writeln!(text, "{path}: {} (unsafe)", shown(&mended.title));
    }
    text + &actions(report, facts, settings, mode)
}

/// What would happen to rights and other files.
pub(super) fn actions(report: &Report, facts: &Facts, settings: &Settings, mode: u32) -> String {
    let path = shown(&facts.path.to_string_lossy()).into_owned();
    let (mut text, mut said) = (String::new(), BTreeSet::new());
    let then = apply::closed(report, mode, settings.safety()).mode;
    let fixes = report.findings.iter().filter_map(|finding| finding.fix.as_ref());
    for fix in fixes.filter(|fix| fix.safety <= settings.safety()) {
        for line in apply::shown(&fix.action, fix.safety, &path, (mode, then)) {
            if said.insert(line.clone()) {
                let _ = writeln!(text, "{}", shown(&line));
            }
        }
    }
    text
}

fn unified(before: &EnvFile, after: &EnvFile, path: &str) -> String {
    let (old, new) = (lines(before.bytes()), lines(after.bytes()));
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
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

    #[test]
    fn names_and_marks_and_no_value() {
        let before = EnvFile::parse(b"# c\nA='s3cr3t'\nB=x\nX=w\nC=y\nD=z");
        let after = EnvFile::parse(b"# c\nA=s3cr3t\nB=x\nX=w\nC=y\nD=z\n");
        assert_eq!(
            unified(&before, &after, "x.env"),
            "--- x.env\n+++ x.env\n@@ -1,3 +1,3 @@\n # *\n-A='******'\n+A=******\n B=*\n@@ -5,2 +5,2 @@\n C=*\n-D=*\n\
             \\ No newline at end of file\n+D=*\n"
        );
        assert_eq!(unified(&before, &before, "x.env"), "");
    }
}
