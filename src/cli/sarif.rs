//! SARIF 2.1.0: what every log of ours has in common.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::exit::Exit;
use super::json::pretty;
use crate::audit::{Meta, Severity};

/// The folder the run was started in, which in a workflow is the repository.
pub(super) const HERE: &str = "%SRCROOT%";
/// Everything else, counted from `/`.
const ELSEWHERE: &str = "FILESYSTEM";

/// What one run found.
pub(super) struct Run<'a> {
    /// What kind of run it was, ending in a slash: runs of one kind are compared with each other.
    pub(super) id: &'static str,
    /// The rules of the results, each once.
    pub(super) rules: &'a [&'static Meta],
    pub(super) results: Vec<Value>,
    /// Whether everything was looked at.
    pub(super) complete: bool,
    pub(super) exit: Exit,
    /// What was not looked at, and why; each with its level.
    pub(super) notifications: Vec<(&'static str, String)>,
}

impl Run<'_> {
    /// Writes the log.
    pub(super) fn write(self, out: &mut dyn Write) -> io::Result<()> {
        let told = |(level, text): (&str, String)| json!({ "level": level, "message": { "text": text } });
        let document = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "twcred",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": self.rules.iter().map(|meta| rule(meta)).collect::<Vec<_>>(),
                } },
                "automationDetails": { "id": self.id },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {
                    HERE: { "description": { "text": "the folder that twcred was started in" } },
                    ELSEWHERE: { "description": { "text": "the root of the file system" } },
                },
                "invocations": [{
                    "executionSuccessful": self.complete,
                    "exitCode": self.exit.code(),
                    "toolExecutionNotifications": self.notifications.into_iter().map(told).collect::<Vec<_>>(),
                }],
                "results": self.results,
            }],
        });
        pretty(out, &document)?;
        out.write_all(b"\n")
    }
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

/// A severity as a level.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A severity as GitHub orders them.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.3",
        Severity::Error => "7.5",
        Severity::Warning => "5.0",
        Severity::Info => "2.0",
    }
}

/// A path as a relative reference and what it is counted from. Never absolute: one `file:` beside relative ones, and
/// GitHub refuses the whole file.
pub(super) fn uri(path: &Path, here: &Path) -> (String, &'static str) {
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
