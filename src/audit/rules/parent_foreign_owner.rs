//! TW110: A directory on the way to the file belongs to somebody else.

use super::*;

pub(super) struct ParentForeignOwner;

static META: Meta = Meta {
    code: "TW110",
    name: "parent-foreign-owner",
    severity: Severity::Error,
    when: When::Default,
    summary: "A directory on the way to the file belongs to somebody else.",
    why: "The owner of a directory can rename the file and put his own in its place.",
    mend: "Move the file to a place where every directory is yours or root's.",
    fix: FixKind::None,
    precedent: "OpenSSH checks the path of a key.",
};

impl Rule for ParentForeignOwner {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = regular(facts) else { return Vec::new() };
        let foreign = kernel.ancestors.iter().filter(|dir| dir.uid != 0 && dir.uid != kernel.expected.uid);
        foreign
            .map(|dir| {
                let finding = if dir.uid == 65_534 {
                    let message =
                        "cannot tell who owns a directory on the way: it shows as user 65534, as unmapped users do";
                    Finding::new(&META, message).severity(Severity::Info)
                } else {
                    Finding::new(&META, format!("a directory on the way belongs to user {}", dir.uid))
                };
                finding.elsewhere(dir.path.clone(), 0, 0)
            })
            .collect()
    }
}
