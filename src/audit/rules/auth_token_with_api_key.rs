//! TW501: An Auth Token stands beside a complete API key.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Probe, Role, Rule, Severity, Verdict, When, entries, projects};

pub(super) struct AuthTokenWithApiKey;

static META: Meta = Meta {
    code: "TW501",
    name: "auth-token-with-api-key",
    severity: Severity::Warning,
    when: When::Default,
    summary: "An Auth Token stands beside a complete API key.",
    why: "The token opens the whole account and cannot be revoked alone; the key would do. Only the check of webhook signatures still needs the token.",
    mend: "If nothing checks webhook signatures, take the token out.",
    fix: FixKind::Suggested,
    precedent: "Twilio's overview of API keys.",
};

impl Rule for AuthTokenWithApiKey {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let probes = facts.live.known().map_or(&[][..], |live| &live.probes);
        let works = |token: &str| {
            let of = |probe: &&Probe| probe.token && probe.variables.iter().any(|name| name == token);
            probes.iter().find(of).is_some_and(|probe| probe.verdict == Verdict::Live)
        };
        let entries = entries(file);
        let mut found = Vec::new();
        let projects = projects(&entries);
        for token in entries.iter().filter(|entry| entry.role == Role::AuthToken && entry.real().is_some()) {
            let Some(project) = projects.get(token.prefix) else { continue };
            let has = |role| project.iter().find(|e| e.role == role && e.real().is_some());
            if let (Some(key), Some(_)) = (has(Role::KeySid), has(Role::KeySecret)) {
                let severity = if works(token.name()) { Severity::Error } else { META.severity };
                found.push(
                    Finding::new(&META, "a complete API key is here too")
                        .at(token.shape.at.name_span)
                        .beside(key.shape.at.name_span, "the key")
                        .of(token.name())
                        .severity(severity),
                );
            }
        }
        found
    }
}
