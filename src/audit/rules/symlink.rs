//! TW112: The path leads over a symbolic link.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When};

pub(super) struct Symlink;

static META: Meta = Meta {
    code: "TW112",
    name: "symlink",
    severity: Severity::Warning,
    when: When::Default,
    summary: "The path leads over a symbolic link.",
    why: "chmod, editors and renames treat link and target each in its own way: a rename over a link replaces the link and leaves the old secret behind.",
    mend: "Name the file that is really meant.",
    fix: FixKind::None,
    precedent: "python-dotenv stopped to follow links when it writes (1.2.2).",
};

impl Rule for Symlink {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = facts.kernel.known() else { return Vec::new() };
        let mut found = Vec::new();
        for link in &kernel.links {
            // The system's own links at the root (`/tmp` on macOS, `/bin`) are nobody's mistake.
            if !link.last && link.uid == 0 && link.path.parent() == Some(std::path::Path::new("/")) {
                continue;
            }
            let foreign = link.uid != kernel.uid && link.uid != 0;
            let finding = if foreign && link.last {
                let message = format!("it is a symbolic link of user {} to a file of user {}", link.uid, kernel.uid);
                Finding::new(&META, message).severity(Severity::Error)
            } else if foreign {
                let message =
                    format!("a directory on the way is a symbolic link of user {}, who may turn it", link.uid);
                Finding::new(&META, message).severity(Severity::Error)
            } else if link.last {
                Finding::new(&META, "it is a symbolic link")
            } else {
                Finding::new(&META, "a directory on the way is a symbolic link")
            };
            let meant = kernel.resolved.as_ref().map(|path| format!("the file meant is {}", path.display()));
            let finding = finding.elsewhere(link.path.clone(), 0, 0);
            found.push(match meant {
                Some(note) => finding.note(note),
                None => finding,
            });
        }
        found
    }
}
