//! TW601: Twilio refuses the credential.

use super::{
    EnvFile, Fact, Facts, Finding, FixKind, Meta, Probe, Role, Rule, Severity, Verdict, When, entries, probes, stage,
};

pub(super) struct CredentialRejected;

static META: Meta = Meta {
    code: "TW601",
    name: "credential-rejected",
    severity: Severity::Error,
    when: When::Live,
    summary: "Twilio refuses the credential.",
    why: "One answer, many causes: deleted, wrong secret, wrong region, stray characters. It was asked where every credential of its kind may ask.",
    mend: "Mend what the other findings say of its characters first; then compare region and account; then make a new one.",
    fix: FixKind::None,
    precedent: "TruffleHog called throttled Twilio credentials rotated (#5267).",
};

impl Rule for CredentialRejected {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        probes(file, facts, &META, |probe| {
            if probe.verdict != Verdict::Rejected || stands_in(file, probe) {
                return None;
            }
            let (said, severity) = match (stage(probe), &probe.kept) {
                // As it should be, as long as signatures that were made with it are on their way.
                (Some(Role::AuthTokenPrevious), _) => {
                    ("Twilio refuses it, as after a promotion: nothing needs it for long", Some(Severity::Info))
                }
                (Some(Role::AuthTokenSecondary), _) => (
                    "Twilio refuses it, as after a promotion or when the account has no such secondary token",
                    Some(Severity::Warning),
                ),
                (_, Fact::Known(true)) => ("Twilio refuses it, and the account has the key: its secret is wrong", None),
                _ => ("Twilio refuses it", None),
            };
            Some((said.to_owned(), severity))
        })
    }
}

/// Whether a token of a rotation is a placeholder, kept for the time when there is one.
fn stands_in(file: &EnvFile, probe: &Probe) -> bool {
    let staged = matches!(stage(probe), Some(Role::AuthTokenPrevious | Role::AuthTokenSecondary));
    let variable = probe.variables.first().filter(|_| staged);
    variable.is_some_and(|name| entries(file).iter().any(|entry| entry.name() == name && entry.real().is_none()))
}
