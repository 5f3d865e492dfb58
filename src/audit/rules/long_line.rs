//! TW326: A line is longer than 64 KiB.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Reader, Readers, Rule, Severity, Span, When};

pub(super) struct LongLine;

static META: Meta = Meta {
    code: "TW326",
    name: "long-line",
    severity: Severity::Info,
    when: When::Pedantic,
    summary: "A line is longer than 64 KiB.",
    why: "docker refuses the file: token too long.",
    mend: "Keep such a value in a file of its own.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for LongLine {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let lines = file.bytes().split(|byte| *byte == b'\n').scan(0, |next, line| {
            let start = *next;
            *next += line.len() + 1;
            Some((start, line.len()))
        });
        let long = lines.filter(|(_, length)| *length >= 65_536).map(|(start, _)| {
            let docker = Readers::from_iter([Reader::Docker]);
            Finding::new(&META, "the line is longer than 64 KiB").at(Span { start, end: start }).readers(docker)
        });
        long.collect()
    }
}
