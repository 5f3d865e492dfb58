//! TW204: The file is ignored by git in this clone only.

use super::*;

pub(super) struct IgnoredOnlyHere;

static META: Meta = Meta {
    code: "TW204",
    name: "ignored-only-here",
    severity: Severity::Info,
    when: When::Pedantic,
    summary: "The file is ignored by git in this clone only.",
    why: "Other clones of the repository are not protected.",
    mend: "Add it to a `.gitignore` that is committed.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for IgnoredOnlyHere {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(git) = facts.git.known() else { return Vec::new() };
        let local = git.repositories.iter().filter_map(|repository| match repository.ignored.known() {
            Some(Some(IgnoreSource::Local(path))) => Some(path),
            _ => None,
        });
        local.map(|path| Finding::new(&META, "only this clone ignores it").elsewhere(path.clone(), 0, 0)).collect()
    }
}
