//! TW202: The file lies in a git work tree and is not ignored.

use std::path::Path;

use super::{
    Action, EnvFile, Fact, Facts, Finding, Fix, FixKind, Meta, Rule, Safety, Severity, When, escaped, ignore_line,
};

pub(super) struct GitNotIgnored;

static META: Meta = Meta {
    code: "TW202",
    name: "git-not-ignored",
    severity: Severity::Error,
    when: When::Default,
    summary: "The file lies in a git work tree and is not ignored.",
    why: "It is one `git add .` away from being committed.",
    mend: "Add it to `.gitignore`, or for this clone alone to `.git/info/exclude`, which a pattern with `!` in a `.gitignore` overrules; better keep it outside of the repository.",
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
        // Git adds nothing whose path has a folder of its own in it, however it is written there.
        let within_gits_own = |root: &Path| {
            let below = resolved.strip_prefix(root).unwrap_or(Path::new(""));
            below.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git"))
        };
        let untracked = git.repositories.iter().filter(|repository| repository.tracked.known() == Some(&false));
        let untracked = untracked.filter(|repository| !within_gits_own(&repository.root));
        let judged = untracked.filter_map(|repository| {
            let finding = match &repository.ignored {
                Fact::Known(None) => Finding::new(&META, "git does not track it and does not ignore it"),
                Fact::Unknown(reason) => {
                    let message = format!("cannot tell whether git ignores it: {reason}");
                    Finding::new(&META, message).severity(Severity::Info)
                }
                Fact::Known(Some(_)) | Fact::NotAsked => return None,
            };
            let line = resolved.strip_prefix(&repository.root).ok().and_then(ignore_line);
            let known = repository.ignored.known().and(repository.exclude.clone());
            if let (Some(_), Some(excepted)) = (&known, &repository.excepted) {
                let why = "has a pattern with `!` for it, which counts more than `.git/info/exclude`";
                let note = format!("--fix leaves it: {} {why}", escaped(&excepted.to_string_lossy()));
                return Some(finding.elsewhere(repository.root.clone(), 0, 0).note(note));
            }
            let fix = line.zip(known).map(|(line, path)| Fix {
                safety: Safety::Unsafe,
                title: "ignore it in this clone".to_owned(),
                action: Action::Append { path, line },
            });
            Some(finding.elsewhere(repository.root.clone(), 0, 0).fix(fix))
        });
        judged.collect()
    }
}
