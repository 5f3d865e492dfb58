//! TW503: There is an API key and no Account SID.

use super::*;

pub(super) struct MissingAccountSid;

static META: Meta = Meta {
    code: "TW503",
    name: "missing-account-sid",
    severity: Severity::Error,
    when: When::Default,
    summary: "There is an API key and no Account SID.",
    why: "The addresses of Twilio's API have the account in them. An Auth Token alone may be there to check the signatures of webhooks, and is not meant here.",
    mend: "Add the Account SID.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for MissingAccountSid {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let entries = entries(file);
        let account = |prefix: &str| entries.iter().any(|e| e.role == Role::AccountSid && e.prefix == prefix);
        let mut told: Vec<&str> = Vec::new();
        let mut found = Vec::new();
        for entry in &entries {
            let prefix = entry.prefix.as_str();
            let pair = entry.role == Role::KeySid
                && entries.iter().any(|e| e.role == Role::KeySecret && e.prefix == prefix && e.meant() != Some(""));
            // Projects in one file may share the account of the plain names.
            if !pair || entry.meant() == Some("") || account(prefix) || account("") || told.contains(&prefix) {
                continue;
            }
            told.push(prefix);
            found.push(
                Finding::new(&META, "the Account SID it belongs to is missing")
                    .at(entry.shape.at.name_span)
                    .of(entry.name()),
            );
        }
        found
    }
}
