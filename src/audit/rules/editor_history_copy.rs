//! TW206: An editor keeps a copy of the file in its own directory, or the trash has one.

use super::*;

pub(super) struct EditorHistoryCopy;

static META: Meta = Meta {
    code: "TW206",
    name: "editor-history-copy",
    severity: Severity::Warning,
    when: When::Default,
    summary: "An editor keeps a copy of the file in its own directory, or the trash has one.",
    why: "It survives the deletion of the file, usually readable by others.",
    mend: "Exclude the file in the editor's settings, and delete the copies.",
    fix: FixKind::Suggested,
    precedent: "microsoft/vscode#88813.",
};

impl Rule for EditorHistoryCopy {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(copies) = facts.place.known().and_then(|place| place.editor_copies.known()) else { return Vec::new() };
        copies
            .iter()
            .map(|copy| {
                Finding::new(&META, format!("a copy, mode {:04o}, is kept by an editor or the trash", copy.mode))
                    .elsewhere(copy.path.clone(), 0, 0)
            })
            .collect()
    }
}
