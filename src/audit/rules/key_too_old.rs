//! TW606: The key is older than wished.

use super::*;

pub(super) struct KeyTooOld;

static META: Meta = Meta {
    code: "TW606",
    name: "key-too-old",
    severity: Severity::Warning,
    when: When::Live,
    summary: "The key is older than wished.",
    why: "The longer a credential lives, the more places have seen it.",
    mend: "Rotate with `twcred keys rotate`.",
    fix: FixKind::Suggested,
    precedent: "",
};

impl Rule for KeyTooOld {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(now) = facts.options.now else { return Vec::new() };
        let limit = facts.options.max_age.unwrap_or(std::time::Duration::from_secs(180 * 86_400));
        probes(file, facts, &META, |probe| {
            let age = since(*probe.created.known()?, now);
            (age > limit).then(|| {
                (format!("it is {} old; at most {} is wished", show_duration(age), show_duration(limit)), None)
            })
        })
    }
}
