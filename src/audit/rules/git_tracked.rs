//! TW201: The file is tracked by git.

use super::*;

pub(super) struct GitTracked;

static META: Meta = Meta {
    code: "TW201",
    name: "git-tracked",
    severity: Severity::Critical,
    when: When::Default,
    summary: "The file is tracked by git.",
    why: "It is on a remote already, or will be with the next push, and in every clone.",
    mend: "Take it out of the index with `git rm --cached`, ignore it, and rotate what is in it.",
    fix: FixKind::Suggested,
    precedent: "gitleaks; push protection of GitHub.",
};

impl Rule for GitTracked {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(git) = facts.git.known() else {
            return unknown(&META, facts.git.unknown(), "whether git tracks it");
        };
        let mut found = Vec::new();
        for repository in &git.repositories {
            match &repository.tracked {
                Fact::Known(true) => {
                    found.push(Finding::new(&META, "it is tracked by git").elsewhere(repository.root.clone(), 0, 0))
                }
                Fact::Unknown(reason) => found.push(
                    Finding::new(&META, format!("cannot tell whether git tracks it: {reason}"))
                        .severity(Severity::Info)
                        .elsewhere(repository.root.clone(), 0, 0),
                ),
                Fact::Known(false) | Fact::NotAsked => {}
            }
        }
        found
    }
}
