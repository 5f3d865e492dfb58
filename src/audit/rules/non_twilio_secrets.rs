//! TW415: The file holds secrets of others too.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, shapes};

pub(super) struct NonTwilioSecrets;

static META: Meta = Meta {
    code: "TW415",
    name: "non-twilio-secrets",
    severity: Severity::Info,
    when: When::Pedantic,
    summary: "The file holds secrets of others too.",
    why: "One leak then gives away more.",
    mend: "Keep the secrets of each service in a file of their own.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for NonTwilioSecrets {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let marks = [
            "ghp_",
            "github_pat_",
            "gho_",
            "glpat-",
            "sk_live_",
            "rk_live_",
            "xoxb-",
            "xoxp-",
            "AKIA",
            "SG.",
            "npm_",
            "AIza",
        ];
        shapes(file)
            .filter(|shape| {
                let value = shape.meant().unwrap_or_default();
                value.len() >= 16 && marks.iter().any(|mark| value.starts_with(mark))
            })
            .map(|shape| shape.finding(&META, "it has the form of another service's secret", shape.at.name_span))
            .collect()
    }
}
