//! SARIF 2.1.0, as code scanning of GitHub takes it: a physical location for every result, fingerprints that come from
//! no secret, no snippets, and rules each once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::report::{Audited, Report, elsewhere, said};
use crate::audit::{Finding, Location, Meta, Severity};
use crate::cli::json::pretty;

/// The folder the run was started in, which in a workflow is the repository.
const HERE: &str = "%SRCROOT%";
/// Everything else, counted from `/`.
const ELSEWHERE: &str = "FILESYSTEM";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let rules: BTreeMap<&str, &'static Meta> =
        report.findings().map(|(_, finding)| (finding.rule.code, finding.rule)).collect();
    let codes: Vec<&str> = rules.keys().copied().collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let results: Vec<Value> = report
        .findings()
        .map(|(audited, finding)| {
            let index = codes.iter().position(|code| *code == finding.rule.code);
            let identity = finding.identity(&audited.relative);
            let count = seen.entry(identity.clone()).or_default();
            *count += 1;
            result(report, audited, finding, index, &format!("{identity}:{count}"))
        })
        .collect();
    let notifications: Vec<Value> = report
        .unread
        .iter()
        .map(|unread| {
            let text = format!("{} was not audited: {}", unread.path.to_string_lossy(), unread.why.join(": "));
            json!({ "level": "error", "message": { "text": text } })
        })
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "twcred",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.values().map(|meta| rule(meta)).collect::<Vec<_>>(),
            } },
            "automationDetails": { "id": "twcred-audit/" },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {
                HERE: { "description": { "text": "the folder that twcred was started in" } },
                ELSEWHERE: { "description": { "text": "the root of the file system" } },
            },
            "invocations": [{
                "executionSuccessful": report.unread.is_empty(),
                "exitCode": report.exit.code(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    });
    pretty(out, &document)?;
    out.write_all(b"\n")
}

fn rule(meta: &Meta) -> Value {
    let chapter = match meta.code.as_bytes().get(2) {
        Some(b'1') => "permissions",
        Some(b'2') => "location",
        Some(b'3') => "syntax",
        Some(b'4') => "content",
        Some(b'5') => "hygiene",
        _ => "live",
    };
    json!({
        "id": meta.code,
        "name": meta.name,
        "shortDescription": { "text": meta.summary },
        "fullDescription": { "text": meta.why },
        "help": { "text": format!("{} {}", meta.why, meta.mend) },
        "defaultConfiguration": { "level": level(meta.severity) },
        "properties": {
            "tags": ["security", "secrets", chapter],
            "precision": "very-high",
            "security-severity": severity(meta.severity),
        },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.3",
        Severity::Error => "7.5",
        Severity::Warning => "5.0",
        Severity::Info => "2.0",
    }
}

fn result(report: &Report, audited: &Audited, finding: &Finding, rule: Option<usize>, fingerprint: &str) -> Value {
    let mut text = format!("{}.", said(finding));
    for note in &finding.notes {
        text.push(' ');
        text.push_str(note);
        text.push('.');
    }
    if let Some(readers) = finding.readers {
        let _ = write!(text, " Read otherwise by {readers}.");
    }
    let mut places = finding.locations.iter();
    let first = places.next().filter(|place| place.path.is_none() || elsewhere(finding).is_some());
    let first = physical(report, audited, first);
    let related: Vec<Value> = places
        .enumerate()
        .map(|(at, place)| {
            let mut value = json!({ "id": at, "physicalLocation": physical(report, audited, Some(place)) });
            if let Some(label) = &place.label {
                value["message"] = json!({ "text": label });
            }
            value
        })
        .collect();
    let mut result = json!({
        "ruleId": finding.rule.code,
        "ruleIndex": rule,
        "level": level(finding.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": first }],
        "partialFingerprints": { "primaryLocationLineHash": fingerprint },
        "properties": { "security-severity": severity(finding.severity) },
    });
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    result
}

/// A place in a file; the first character of the file, if the finding is about the file as a whole.
fn physical(report: &Report, audited: &Audited, place: Option<&Location>) -> Value {
    let elsewhere = place.and_then(|place| place.path.as_deref());
    let (uri, base) = match elsewhere.or(audited.resolved.as_deref()) {
        Some(path) => uri(path, &report.here),
        None if audited.path.as_os_str() == "-" => ("stdin".to_owned(), HERE),
        None => uri(&audited.path, &report.here),
    };
    let number = |of: fn(&Location) -> usize| place.map_or(0, of).max(1);
    let (line, column) = (number(|place| place.line), number(|place| place.column));
    let end_line = number(|place| place.end_line).max(line);
    let end_column = number(|place| place.end_column);
    let end_column = if end_line == line { end_column.max(column) } else { end_column };
    json!({
        "artifactLocation": { "uri": uri, "uriBaseId": base },
        "region": { "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column },
    })
}

/// A path as a relative reference and what it is counted from. Never absolute: one `file:` beside relative ones, and
/// GitHub refuses the whole file.
fn uri(path: &Path, here: &Path) -> (String, &'static str) {
    let (path, base) = match path.strip_prefix(here) {
        Ok(below) => (below, HERE),
        Err(_) if path.is_absolute() => (path.strip_prefix("/").unwrap_or(path), ELSEWHERE),
        Err(_) => (path, HERE),
    };
    let mut uri = String::new();
    for byte in std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(*byte)),
            other => {
                let _ = write!(uri, "%{other:02X}");
            }
        }
    }
    (if uri.is_empty() { ".".to_owned() } else { uri }, base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_texts_that_github_takes() {
        for found in crate::audit::RULES {
            let rule = rule(found.meta());
            for text in ["shortDescription", "fullDescription", "help"] {
                let text = rule[text]["text"].as_str().unwrap();
                assert!(!text.is_empty() && text.chars().count() <= 1024, "{rule}");
            }
        }
    }

    #[test]
    fn every_uri_is_relative() {
        let of = |path: &str| uri(Path::new(path), Path::new("/home/op/repo"));
        assert_eq!(of("/home/op/repo/a b/c\u{1b}.env"), ("a%20b/c%1B.env".into(), HERE));
        assert_eq!(of("/home/u/repos.env"), ("home/u/repos.env".into(), ELSEWHERE));
        assert_eq!(of("x:y.env"), ("x%3Ay.env".into(), HERE));
    }
}
