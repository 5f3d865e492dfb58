//! TW508: By a note in the file, or by the journals of twcred, the last rotation is long ago.

use super::{
    Entry, EnvFile, Facts, Finding, FixKind, Item, MAX_AGE, Made, Meta, Role, Rotated, Rule, Secret, Severity,
    Timestamp, When, entries, show_duration, since,
};

pub(super) struct RotationOverdue;

static META: Meta = Meta {
    code: "TW508",
    name: "rotation-overdue",
    severity: Severity::Info,
    when: When::Default,
    summary: "By a note in the file, or by the journals of twcred, the last rotation is long ago.",
    why: "The longer a credential lives, the more places have seen it.",
    mend: "Rotate with `twcred keys rotate` or `twcred token rotate`.",
    fix: FixKind::Suggested,
    precedent: "",
};

impl Rule for RotationOverdue {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(now) = facts.options.now else { return Vec::new() };
        let limit = facts.options.max_age.unwrap_or(MAX_AGE);
        let overdue = |rotated: Timestamp, by: &str| {
            let age = since(rotated, now);
            let message =
                || format!("rotated {} ago, by {by}; at most {} is wished", show_duration(age), show_duration(limit));
            (age > limit).then(|| Finding::new(&META, message()))
        };
        let mut found = Vec::new();
        for item in file.items() {
            let Item::Comment { span, .. } = item else { continue };
            let Ok(text) = std::str::from_utf8(file.raw(*span)) else { continue };
            let note = text.trim_start_matches(['#', ' ', '\t']).strip_prefix("twcred:").map(str::trim_start);
            let Some(date) = note.and_then(|note| note.strip_prefix("rotated=")).and_then(|rest| rest.get(..10)) else {
                continue;
            };
            let Ok(rotated) = format!("{date}T00:00:00Z").parse::<Timestamp>() else { continue };
            found.extend(overdue(rotated, "this note").map(|finding| finding.at(*span)));
        }
        let Some(rotated) = facts.rotated.known().filter(|rotated| !rotated.is_empty()) else { return found };
        for entry in entries(file).iter().filter(|entry| !told(entry, facts)) {
            let last = rotated.iter().filter(|rotated| made(entry, rotated)).map(|rotated| rotated.at).max();
            let finding = last.and_then(|at| overdue(at, "the journal of twcred"));
            found.extend(finding.map(|finding| finding.at(entry.shape.at.name_span).of(entry.name())));
        }
        found
    }
}

/// Whether a rotation has made what a variable holds.
fn made(entry: &Entry<'_>, rotated: &Rotated) -> bool {
    let Some(value) = entry.real() else { return false };
    match (&rotated.what, entry.role) {
        (Made::Key(sid), Role::KeySid) => sid.as_str() == value,
        (Made::Token(token), Role::AuthToken) => Secret::new(value.to_owned()).fingerprint() == *token,
        _ => false,
    }
}

/// Whether Twilio has told the age: then another rule judges it.
fn told(entry: &Entry<'_>, facts: &Facts) -> bool {
    let probes = facts.live.known().map_or(&[][..], |live| &live.probes);
    probes.iter().any(|probe| {
        probe.created.known().is_some() && probe.variables.first().is_some_and(|variable| variable == entry.name())
    })
}
