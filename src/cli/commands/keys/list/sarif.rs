//! The keys that are older than wished, as SARIF 2.1.0: each at the lines that hold it, and each by its SID, since most
//! of an account's keys stand in no file of this machine.

use std::convert::Infallible;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::listing::{Listing, Part};
use crate::audit::{Meta, RULES};
use crate::cli::commands::keys::entry::Entry;
use crate::cli::sarif::{Run, level, severity, uri};
use crate::model::digest::sha256_hex;
use crate::model::time::show_duration;

/// The audit's rule of the same meaning.
const TOO_OLD: &str = "TW606";

/// Writes the log when all keys have come.
pub(super) fn write<P: Iterator<Item = Part>>(listing: &Listing<'_, P>, out: &mut dyn Write) -> io::Result<()> {
    let here = crate::cli::env::here()?;
    let rules: Vec<&'static Meta> = RULES.iter().map(|rule| rule.meta()).filter(|meta| meta.code == TOO_OLD).collect();
    let mut results = Vec::new();
    let Ok(()) = listing.each(|entry| {
        if entry.overdue().is_some_and(|overdue| overdue != Some(false)) {
            results.extend(rules.first().map(|meta| result(meta, entry, listing, &here)));
        }
        Ok::<(), Infallible>(())
    });
    let rest = listing.rest.borrow();
    let failed = rest.failed.iter().map(|failed| format!("{} was not listed: {}", failed.account, failed.error));
    let not_reached = rest.not_reached.iter().map(|account| format!("{account} was not reached"));
    let notifications = failed.chain(not_reached).map(|text| ("error", text)).collect();
    let run =
        Run { id: "twcred-keys/", rules: &rules, results, complete: rest.complete, exit: rest.exit(), notifications };
    run.write(out)
}

fn result<P: Iterator<Item = Part>>(meta: &Meta, entry: &Entry<'_>, listing: &Listing<'_, P>, here: &Path) -> Value {
    let (account, sid) = (entry.account(), entry.sid());
    let limit = listing.local.max_age().map_or_else(String::new, show_duration);
    let text = match entry.overdue().flatten() {
        Some(_) => format!("{sid} of {account} is {} old; at most {limit} is wished.", entry.age()),
        None => format!("Nobody says how old {sid} of {account} is; at most {limit} is wished."),
    };
    let key = json!({ "name": sid, "fullyQualifiedName": format!("{account}/{sid}"), "kind": "resource" });
    let lines = entry.lines(listing.local);
    let mut locations: Vec<Value> = lines
        .iter()
        .map(|(given, line)| {
            let path = given.canonicalize();
            let (uri, base) = uri(path.as_deref().unwrap_or(given), here);
            json!({
                "physicalLocation": {
                    "artifactLocation": { "uri": uri, "uriBaseId": base },
                    "region": { "startLine": line },
                },
                "logicalLocations": [key],
            })
        })
        .collect();
    if locations.is_empty() {
        locations.push(json!({ "logicalLocations": [key] }));
    }
    let identity = sha256_hex(format!("{}\u{1f}{account}\u{1f}{sid}", meta.code).as_bytes());
    json!({
        "ruleId": meta.code,
        "ruleIndex": 0,
        "level": level(meta.severity),
        "message": { "text": text },
        "locations": locations,
        "partialFingerprints": { "twcredKey/v1": identity[..16] },
        "properties": { "security-severity": severity(meta.severity) },
    })
}
