//! TW203: The file is in the history of a git repository.

use super::{EnvFile, Fact, Facts, Finding, FixKind, Meta, Rule, Severity, When};

pub(super) struct GitInHistory;

static META: Meta = Meta {
    code: "TW203",
    name: "git-in-history",
    severity: Severity::Critical,
    when: When::Default,
    summary: "The file is in the history of a git repository.",
    why: "Removing it from the work tree does not unpublish it: every clone has the old commits.",
    mend: "Rotate what was in it. Rewriting history comes second and never reaches every clone.",
    fix: FixKind::Suggested,
    precedent: "gitleaks scans the history.",
};

impl Rule for GitInHistory {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(git) = facts.git.known() else { return Vec::new() };
        // Of one that cannot be looked into at all, or that has the file still, another rule tells.
        let gone = git.repositories.iter().filter(|repository| repository.tracked.known() == Some(&false));
        let judged = gone.filter_map(|repository| {
            let finding = match &repository.in_history {
                Fact::Known(true) => Finding::new(&META, "a commit of this repository has it"),
                Fact::Unknown(reason) => {
                    let message = format!("cannot tell whether a commit has it: {reason}");
                    Finding::new(&META, message).severity(Severity::Info)
                }
                Fact::Known(false) | Fact::NotAsked => return None,
            };
            Some(finding.elsewhere(repository.root.clone(), 0, 0))
        });
        judged.collect()
    }
}
