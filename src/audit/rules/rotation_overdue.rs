//! TW508: By a note in the file, the last rotation is long ago.

use super::*;

pub(super) struct RotationOverdue;

static META: Meta = Meta {
    code: "TW508",
    name: "rotation-overdue",
    severity: Severity::Info,
    when: When::Default,
    summary: "By a note in the file, the last rotation is long ago.",
    why: "The longer a credential lives, the more places have seen it.",
    mend: "Rotate with `twcred keys rotate`.",
    fix: FixKind::Suggested,
    precedent: "",
};

impl Rule for RotationOverdue {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(now) = facts.options.now else { return Vec::new() };
        let limit = facts.options.max_age.unwrap_or(std::time::Duration::from_secs(180 * 86_400));
        let mut found = Vec::new();
        for item in file.items() {
            let Item::Comment { span, .. } = item else { continue };
            let Ok(text) = std::str::from_utf8(file.raw(*span)) else { continue };
            let note = text.trim_start_matches(['#', ' ', '\t']).strip_prefix("twcred:").map(str::trim_start);
            let Some(date) = note.and_then(|note| note.strip_prefix("rotated=")).and_then(|rest| rest.get(..10)) else {
                continue;
            };
            let Ok(rotated) = format!("{date}T00:00:00Z").parse::<Timestamp>() else { continue };
            let age = since(rotated, now);
            if age > limit {
                let message = format!(
                    "rotated {} ago, by this note; at most {} is wished",
                    show_duration(age),
                    show_duration(limit)
                );
                found.push(Finding::new(&META, message).at(*span));
            }
        }
        found
    }
}
