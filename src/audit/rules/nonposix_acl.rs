//! TW108: An access control list of another kind lets others in, or cannot be read.

use super::*;

pub(super) struct NonposixAcl;

static META: Meta = Meta {
    code: "TW108",
    name: "nonposix-acl",
    severity: Severity::Error,
    when: When::Default,
    summary: "An access control list of another kind lets others in, or cannot be read.",
    why: "Lists of macOS, NFSv4 and Windows count beside or instead of the mode, so that 0600 proves nothing.",
    mend: "Remove the entries with `chmod -N`, `nfs4_setfacl` or `icacls`.",
    fix: FixKind::Suggested,
    precedent: "",
};

impl Rule for NonposixAcl {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = regular(facts) else { return Vec::new() };
        if kernel.foreign_acl.known() == Some(&Some(true)) {
            return vec![Finding::new(
                &META,
                "an access control list that the mode does not show lets somebody else in",
            )];
        }
        let unknown = kernel.foreign_acl.unknown().or_else(|| kernel.acl.unknown());
        unknown
            .map(|reason| {
                Finding::new(&META, format!("cannot tell whether an access control list lets others in: {reason}"))
                    .severity(Severity::Info)
            })
            .into_iter()
            .collect()
    }
}
