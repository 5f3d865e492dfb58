//! SARIF 2.1.0, as code scanning of GitHub takes it: a physical location for every result, fingerprints that come from
//! no secret, no snippets, and rules each once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::report::{Audited, Report, elsewhere, said};
use crate::audit::{Finding, Location, Meta};
use crate::cli::sarif::{HERE, Run, level, severity, uri};

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
    let notifications = report
        .unread
        .iter()
        .map(|unread| {
            let path = unread.path.to_string_lossy();
            ("error", format!("{path} was not {}: {}", unread.undone, unread.why.join(": ")))
        })
        .chain(report.untold().into_iter().map(|(said, usual)| (if usual { "note" } else { "warning" }, said)))
        .collect();
    let rules: Vec<&Meta> = rules.values().copied().collect();
    let run = Run {
        id: "twcred-audit/",
        rules: &rules,
        results,
        complete: report.unread.is_empty(),
        exit: report.exit,
        notifications,
    };
    run.write(out)
}

/// How many further places of a result GitHub shows; a log with ten times as many it refuses.
const RELATED: usize = 100;

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
        .take(RELATED)
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
    let elsewhere = place.and_then(Location::file);
    let (uri, base) = match elsewhere.as_deref().or(audited.resolved.as_deref()) {
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
