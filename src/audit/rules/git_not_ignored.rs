//! TW202: The file lies in a git work tree and is not ignored.

use super::*;

pub(super) struct GitNotIgnored;

static META: Meta = Meta {
    code: "TW202",
    name: "git-not-ignored",
    severity: Severity::Error,
    when: When::Default,
    summary: "The file lies in a git work tree and is not ignored.",
    why: "It is one `git add .` away from being committed.",
    mend: "Add it to `.gitignore`, or for this clone alone to `.git/info/exclude`; better keep it outside of the repository.",
    fix: FixKind::Unsafe,
    precedent: "",
};

impl Rule for GitNotIgnored {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(git) = facts.git.known() else { return Vec::new() };
        let resolved = facts.kernel.known().and_then(|kernel| kernel.resolved.as_deref()).unwrap_or(&facts.path);
        let open = git.repositories.iter().filter(|repository| {
            repository.tracked.known() == Some(&false) && repository.ignored.known() == Some(&None)
        });
        open.map(|repository| {
            let line = resolved.strip_prefix(&repository.root).ok().and_then(ignore_line);
            let fix = line.map(|line| Fix {
                safety: Safety::Unsafe,
                title: "ignore it in this clone".to_owned(),
                action: Action::Append { path: repository.root.join(".git/info/exclude"), line },
            });
            Finding::new(&META, "git does not track it and does not ignore it")
                .elsewhere(repository.root.clone(), 0, 0)
                .fix(fix)
        })
        .collect()
    }
}
