//! TW203: The file is in the history of a git repository.

use super::*;

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
        let was = git.repositories.iter().filter(|repository| {
            repository.in_history.known() == Some(&true) && repository.tracked.known() != Some(&true)
        });
        was.map(|repository| {
            Finding::new(&META, "a commit of this repository has it").elsewhere(repository.root.clone(), 0, 0)
        })
        .collect()
    }
}
