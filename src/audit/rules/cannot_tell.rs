//! TW610: Twilio gave no answer that settles it.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Probe, Rule, Severity, Verdict, When, escaped, pointed};
use crate::audit::facts::AccountKeys;

pub(super) struct CannotTell;

static META: Meta = Meta {
    code: "TW610",
    name: "cannot-tell",
    severity: Severity::Info,
    when: When::Live,
    summary: "Twilio gave no answer that settles it, or nothing in the file may ask.",
    why: "What was not told is neither well nor ill as far as anybody knows.",
    mend: "Where the file is at fault, asking again settles nothing: name the Account SID that is missing, or mend the line; where no account belongs there, except it with the reason. What a Standard key may not ask, an Auth Token of the account could. Where Twilio gave no answer, ask again later.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for CannotTell {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        untold_of(file, facts, |_| true, |_| true)
    }
}

/// Those of the findings that another run may settle, or a file that is mended first: what the files here leave open, which
/// somebody may take for granted, and what Twilio gave no answer to. What nobody here has the right to ask is no such thing.
pub(super) fn open(file: &EnvFile, facts: &Facts) -> [Vec<Finding>; 2] {
    let untried = |probe: &Probe| !probe.unanswered && matches!(probe.verdict, Verdict::CannotTell(_));
    [
        untold_of(file, facts, untried, |account| !account.unanswered && account.unread),
        untold_of(file, facts, |probe| probe.unanswered, |account| account.unanswered),
    ]
}

fn untold_of(
    file: &EnvFile,
    facts: &Facts,
    probes: impl Fn(&Probe) -> bool,
    accounts: impl Fn(&AccountKeys) -> bool,
) -> Vec<Finding> {
    let Some(live) = facts.live.known() else { return Vec::new() };
    let mut found = Vec::new();
    for probe in live.probes.iter().filter(|probe| probes(probe)) {
        let mut untold = untold(probe);
        if !untold.is_empty() {
            let finding = Finding::new(&META, untold.remove(0));
            let finding = untold.into_iter().fold(finding, Finding::note);
            found.push(probe.variables.first().map_or(finding.clone(), |name| pointed(file, name, finding)));
        }
    }
    for account in live.accounts.iter().filter(|account| accounts(account)) {
        if let Some(why) = account.unheld.unknown() {
            let message = format!("cannot tell which keys of the account no entry holds: {}", escaped(why));
            found.push(pointed(file, &account.variable, Finding::new(&META, message)));
        }
    }
    found
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
