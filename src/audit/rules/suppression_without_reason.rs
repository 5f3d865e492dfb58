//! TW510: A finding is ignored and nobody says why.

use super::*;

pub(super) struct SuppressionWithoutReason;

static META: Meta = Meta {
    code: "TW510",
    name: "suppression-without-reason",
    severity: Severity::Warning,
    when: When::Default,
    summary: "A finding is ignored and nobody says why.",
    why: "In a year nobody can tell whether the reason still holds.",
    mend: "Write the reason behind the brackets.",
    fix: FixKind::None,
    precedent: "biome refuses such a comment.",
};

impl Rule for SuppressionWithoutReason {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        suppress::comments(file)
            .into_iter()
            .filter(|comment| comment.reason.is_empty())
            .map(|comment| Finding::new(&META, "the reason is missing").at(comment.span))
            .collect()
    }
}
