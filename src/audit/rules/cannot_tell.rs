//! TW610: Twilio gave no answer that settles it.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Probe, Rule, Severity, Verdict, When, escaped, pointed};

pub(super) struct CannotTell;

static META: Meta = Meta {
    code: "TW610",
    name: "cannot-tell",
    severity: Severity::Info,
    when: When::Live,
    summary: "Twilio gave no answer that settles it, or nothing in the file may ask.",
    why: "What was not told is neither well nor ill as far as anybody knows.",
    mend: "Ask again later. Name the Account SID where it is missing. What a Standard key may not ask, an Auth Token of the account could.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for CannotTell {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(live) = facts.live.known() else { return Vec::new() };
        let mut found = Vec::new();
        for probe in &live.probes {
            let mut untold = untold(probe);
            if !untold.is_empty() {
                let finding = Finding::new(&META, untold.remove(0));
                let finding = untold.into_iter().fold(finding, Finding::note);
                found.push(probe.variables.first().map_or(finding.clone(), |name| pointed(file, name, finding)));
            }
        }
        for account in &live.accounts {
            if let Some(why) = account.unheld.unknown() {
                let message = format!("cannot tell which keys of the account no entry holds: {}", escaped(why));
                found.push(pointed(file, &account.variable, Finding::new(&META, message)));
            }
        }
        found
    }
}

/// What was asked of a credential and not told.
fn untold(probe: &Probe) -> Vec<String> {
    let works = match &probe.verdict {
        Verdict::CannotTell(why) => Some(why.as_str()),
        _ => None,
    };
    let all = [
        ("whether it works", works),
        ("of what kind it is", probe.kind.unknown()),
        ("how old it is", probe.created.unknown()),
        ("whether the account owns the numbers beside it", probe.foreign_numbers.unknown()),
        ("whether the account still has it", probe.kept.unknown()),
    ];
    all.into_iter().filter_map(|(what, why)| Some(format!("cannot tell {what}: {}", escaped(why?)))).collect()
}
