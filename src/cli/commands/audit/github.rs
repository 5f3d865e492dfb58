//! Annotations of GitHub Actions: one workflow command a finding.

use std::fmt::Write as _;

use super::report::{Audited, Report, elsewhere, said};
use crate::audit::{Finding, Severity};
use crate::cli::text::shown;

pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    for (audited, finding) in report.findings() {
        let _ = writeln!(text, "{}", command(report, audited, finding));
    }
    for unread in &report.unread {
        let (file, why) = (property(&unread.path.to_string_lossy()), data(&unread.why.join(": ")));
        let _ = writeln!(text, "::error file={file},title=not {}::{why}", unread.undone);
    }
    for (said, usual) in report.untold() {
        let level = if usual { "notice" } else { "warning" };
        let _ = writeln!(text, "::{level} title=cannot tell::{}", data(&said));
    }
    text
}

fn command(report: &Report, audited: &Audited, finding: &Finding) -> String {
    let level = match finding.severity {
        Severity::Critical | Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let place = finding.place();
    let other = elsewhere(finding);
    let mut properties = Vec::new();
    // What stands on standard input has no place in the repository.
    if let Some(path) = other.as_deref().or(audited.resolved.as_deref()) {
        properties.push(format!("file={}", property(&report.seen(path))));
    }
    if let Some(place) = place.filter(|place| place.line > 0 && (place.path.is_none() || other.is_some())) {
        properties.push(format!("line={}", place.line));
        properties.push(format!("endLine={}", place.end_line.max(place.line)));
        // Columns are heeded only where a finding begins and ends on one line.
        if place.column > 0 && place.end_line == place.line {
            properties.push(format!("col={}", place.column));
            properties.push(format!("endColumn={}", place.end_column.max(place.column)));
        }
    }
    properties.push(format!("title={}", property(&format!("{} {}", finding.rule.code, finding.rule.name))));
    let of = if other.is_some() { format!(" (of {})", audited.name()) } else { String::new() };
    // The file of a commit need not be there any more: which commit is a part of the place.
    let commit = place.filter(|place| place.history && !finding.notes.is_empty());
    let commit = commit.map_or_else(String::new, |_| format!(" ({})", finding.notes.join("; ")));
    let message = format!("{}{of}{commit}. {}", said(finding), finding.rule.mend);
    format!("::{level} {}::{}", properties.join(","), data(&message))
}

/// The text of a command. What is hostile to a terminal is shown by its number first, line feeds included.
fn data(text: &str) -> String {
    shown(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_end_a_command_or_begin_another() {
        assert_eq!(property("a,b:c%\n::error::x\u{1b}"), "a%2Cb%3Ac%25\\n%3A%3Aerror%3A%3Ax\\u{1b}");
        assert_eq!(data("50% of a: b, c"), "50%25 of a: b, c");
    }
}
