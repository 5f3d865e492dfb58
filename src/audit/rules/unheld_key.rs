//! TW611: The account has a key that no entry holds.

use super::{
    ApiKey, EnvFile, Facts, Finding, FixKind, FriendlyName, Meta, Rule, Severity, Timestamp, When, escaped, pointed,
    show_duration, since,
};

pub(super) struct UnheldKey;

static META: Meta = Meta {
    code: "TW611",
    name: "unheld-key",
    severity: Severity::Warning,
    when: When::Live,
    summary: "The account has a key whose SID stands in none of the audited files.",
    why: "It works, and nobody here can say who has its secret: a key that was made by hand and forgotten, or leaked.",
    mend: "Find out who uses it, and name that file too, or except the key by its SID with the reason. If nobody does, \
           `twcred keys revoke`.",
    fix: FixKind::Suggested,
    precedent: "",
};

impl Rule for UnheldKey {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(live) = facts.live.known() else { return Vec::new() };
        let mut found = Vec::new();
        for account in &live.accounts {
            for key in account.unheld.known().into_iter().flatten() {
                let finding = Finding::new(&META, described(key, facts.options.now)).of_key(&key.sid);
                let finding = match key.name.as_ref().and_then(FriendlyName::marker) {
                    Some(_) => {
                        finding.note("its name bears the mark of a rotation that is not of this machine, or is gone")
                    }
                    None => finding,
                };
                found.push(pointed(file, &account.variable, finding));
            }
        }
        found
    }
}

/// Its SID, and its name, kind and age as far as the list tells them.
fn described(key: &ApiKey, now: Option<Timestamp>) -> String {
    let name = key.name.as_ref().map(|name| format!("`{}`", escaped(&name.to_string())));
    let kind = key.kind.map(|kind| kind.to_string());
    let age = key.created.zip(now).map(|(created, now)| format!("{} old", show_duration(since(created, now))));
    let said: Vec<String> = [name, kind, age].into_iter().flatten().collect();
    let said = if said.is_empty() { String::new() } else { format!(" ({})", said.join(", ")) };
    format!("no entry holds the key {}{said}", key.sid)
}
