//! TW501: An Auth Token stands beside a complete API key.

use super::*;

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

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let entries = entries(file);
        let mut found = Vec::new();
        for token in entries.iter().filter(|entry| entry.role == Role::AuthToken && entry.real().is_some()) {
            let has = |role| entries.iter().find(|e| e.role == role && e.prefix == token.prefix && e.real().is_some());
            if let (Some(key), Some(_)) = (has(Role::KeySid), has(Role::KeySecret)) {
                found.push(
                    Finding::new(&META, "a complete API key is here too")
                        .at(token.shape.at.name_span)
                        .beside(key.shape.at.name_span, "the key")
                        .of(token.name()),
                );
            }
        }
        found
    }
}
