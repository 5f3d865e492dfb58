//! `twcred.audit/v1`: stable, with bytes as well as lines and columns, and without values.

use std::io::{self, Write};

use serde::Serialize;

use super::report::{Audited, Report, Summary};
use crate::audit::fix::Mended;
use crate::audit::{Finding, Location, Safety, Severity};
use crate::cli::json::pretty;
use crate::model::KeySid;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    exit: u8,
    fail_on: Severity,
    summary: Summary,
    files: Vec<File<'a>>,
    unread: Vec<Unread<'a>>,
}

#[derive(Serialize)]
struct Unread<'a> {
    path: String,
    error: &'a str,
    because: &'a [String],
}

#[derive(Serialize)]
struct File<'a> {
    path: String,
    resolved: Option<String>,
    same_as: Option<&'a str>,
    findings: Vec<Found<'a>>,
    suppressed: usize,
    known: usize,
    cannot_tell: Vec<Unknown<'a>>,
    fixed: Vec<Done<'a>>,
    not_fixed: Vec<Done<'a>>,
}

#[derive(Serialize)]
struct Unknown<'a> {
    what: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct Done<'a> {
    code: &'a str,
    title: &'a str,
    variable: Option<&'a str>,
    /// The other file that it was done to; null if that is the audited one.
    path: Option<String>,
}

#[derive(Serialize)]
struct Found<'a> {
    code: &'static str,
    name: &'static str,
    severity: Severity,
    message: &'a str,
    variable: Option<&'a str>,
    key: Option<&'a KeySid>,
    locations: Vec<Place<'a>>,
    readers: Option<Vec<String>>,
    notes: &'a [String],
    why: &'static str,
    mend: &'static str,
    fix: Option<Mend<'a>>,
    fingerprint: String,
}

#[derive(Serialize)]
struct Mend<'a> {
    safety: &'static str,
    title: &'a str,
}

/// 1-based lines and columns in code points, the end exclusive; bytes from 0. Null where there is no such place.
#[derive(Serialize)]
struct Place<'a> {
    path: String,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
    start_byte: Option<usize>,
    end_byte: Option<usize>,
    label: Option<&'a str>,
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: "twcred.audit/v1",
        exit: report.exit.code(),
        fail_on: report.fail_on,
        summary: report.summary(),
        files: report.files.iter().map(file).collect(),
        unread: report.unread.iter().map(unread).collect(),
    };
    pretty(out, &document)?;
    out.write_all(b"\n")
}

fn unread(unread: &super::Unread) -> Unread<'_> {
    Unread {
        path: unread.path.to_string_lossy().into_owned(),
        error: unread.why.first().map_or("", String::as_str),
        because: unread.why.get(1..).unwrap_or_default(),
    }
}

fn file(audited: &Audited) -> File<'_> {
    File {
        path: audited.name(),
        resolved: audited.resolved.as_deref().map(|path| path.to_string_lossy().into_owned()),
        same_as: audited.same_as.as_deref(),
        findings: audited.report.findings.iter().map(|finding| found(audited, finding)).collect(),
        suppressed: audited.report.suppressed,
        known: audited.report.known,
        cannot_tell: audited.untold().map(|(what, why, _)| Unknown { what, why }).collect(),
        fixed: audited.done.iter().map(done).collect(),
        not_fixed: audited.left.iter().map(done).collect(),
    }
}

fn done(mended: &Mended) -> Done<'_> {
    let path = mended.path.as_deref().map(|path| path.to_string_lossy().into_owned());
    Done { code: mended.code, title: &mended.title, variable: mended.variable.as_deref(), path }
}

fn found<'a>(audited: &'a Audited, finding: &'a Finding) -> Found<'a> {
    Found {
        code: finding.rule.code,
        name: finding.rule.name,
        severity: finding.severity,
        message: &finding.message,
        variable: finding.variable.as_deref(),
        key: finding.key.as_ref(),
        locations: finding.locations.iter().map(|place| located(audited, place)).collect(),
        readers: finding.readers.map(|readers| readers.iter().map(|reader| reader.name().to_owned()).collect()),
        notes: &finding.notes,
        why: finding.rule.why,
        mend: finding.rule.mend,
        fix: finding
            .fix
            .as_ref()
            .map(|fix| Mend { safety: if fix.safety == Safety::Safe { "safe" } else { "unsafe" }, title: &fix.title }),
        fingerprint: finding.identity(&audited.relative),
    }
}

fn located<'a>(audited: &Audited, place: &'a Location) -> Place<'a> {
    let some = |number: usize| (number > 0).then_some(number);
    Place {
        path: place.path.as_ref().map_or_else(|| audited.name(), |path| path.to_string_lossy().into_owned()),
        line: some(place.line),
        column: some(place.column),
        end_line: some(place.end_line),
        end_column: some(place.end_column),
        start_byte: place.span.map(|span| span.start),
        end_byte: place.span.map(|span| span.end),
        label: place.label.as_deref(),
    }
}
