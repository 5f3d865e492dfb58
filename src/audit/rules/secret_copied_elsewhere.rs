//! TW504: The exact value stands in another file too.

use std::collections::BTreeSet;

use super::{CopyKind, EnvFile, Facts, Finding, FixKind, Kept, Meta, Rule, Severity, When};

pub(super) struct SecretCopiedElsewhere;

static META: Meta = Meta {
    code: "TW504",
    name: "secret-copied-elsewhere",
    severity: Severity::Error,
    when: When::Copies,
    summary: "The exact value stands in another file too.",
    why: "A rotation does not reach that copy: it breaks, or it keeps the leak alive.",
    mend: "Take the value out there, and let the program read this file.",
    fix: FixKind::None,
    precedent: "gitleaks and TruffleHog have to guess; an exact value is no guess.",
};

impl Rule for SecretCopiedElsewhere {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(copies) = facts.copies.known() else { return Vec::new() };
        copies
            .found
            .iter()
            .filter(|copy| copy.kind != CopyKind::ShellHistory)
            .map(|copy| {
                let what = if copy.secret { "the secret" } else { "the SID, which is no secret," };
                let place =
                    if copy.kind == CopyKind::GitHistory { "the history of a repository" } else { "another file" };
                let mut finding = Finding::new(&META, format!("{what} stands in {place} too")).of(&copy.variable);
                finding.notes.extend(copy.note.clone());
                let (line, column) = (copy.line.unwrap_or(0), copy.column.unwrap_or(0));
                let severity = if copy.secret { META.severity } else { Severity::Info };
                let finding = if copy.kind == CopyKind::GitHistory {
                    let finding = told(&copy.kept).into_iter().fold(finding, Finding::note);
                    copy.kept.iter().fold(finding, |finding, kept| {
                        finding.in_history(copy.path.clone(), kept.within.clone(), &kept.said)
                    })
                } else {
                    finding.elsewhere(copy.path.clone(), line, column)
                };
                finding.severity(severity)
            })
            .collect()
    }
}

/// How many objects are told beside the first.
const MORE: usize = 4;

/// The first object, a few that are of another place than those before, and how many there are besides.
fn told(kept: &[Kept]) -> Vec<String> {
    let Some((first, rest)) = kept.split_first() else { return Vec::new() };
    let mut places = BTreeSet::from([&first.place]);
    let others: Vec<&Kept> = rest.iter().filter(|kept| places.insert(&kept.place)).take(MORE).collect();
    let mut told = vec![first.said.clone()];
    told.extend(others.iter().map(|kept| format!("also {}", kept.said)));
    match rest.len() - others.len() {
        0 => {}
        1 => told.push("and in 1 more object, which --format json lists".to_owned()),
        more => told.push(format!("and in {more} more objects, which --format json lists")),
    }
    told
}
