//! TW503: There is an API key and no Account SID.

use std::collections::BTreeSet;

use super::{EnvFile, Facts, Finding, FixKind, Meta, Role, Rule, Severity, When, entries};

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
        let with = |role| {
            let of =
                entries.iter().filter(move |e| e.role == role && (role == Role::AccountSid || e.meant() != Some("")));
            of.map(|e| e.prefix).collect::<BTreeSet<&str>>()
        };
        let (accounts, secrets) = (with(Role::AccountSid), with(Role::KeySecret));
        let mut told: BTreeSet<&str> = BTreeSet::new();
        let mut found = Vec::new();
        for key in entries.iter().filter(|e| e.role == Role::KeySid && e.meant() != Some("")) {
            // Projects in one file may share the account of the plain names.
            let account = accounts.contains(key.prefix) || accounts.contains("");
            if account || !secrets.contains(key.prefix) || !told.insert(key.prefix) {
                continue;
            }
            found.push(key.finding(&META, "the Account SID it belongs to is missing", key.shape.at.name_span));
        }
        found
    }
}
