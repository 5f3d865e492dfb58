//! TW402: Two names differ only in upper and lower case.

use super::*;

pub(super) struct DuplicateKeyCase;

static META: Meta = Meta {
    code: "TW402",
    name: "duplicate-key-case",
    severity: Severity::Warning,
    when: When::Default,
    summary: "Two names differ only in upper and lower case.",
    why: "Windows and some libraries take them for one.",
    mend: "Keep one.",
    fix: FixKind::None,
    precedent: "dotenv-linter LowercaseKey.",
};

impl Rule for DuplicateKeyCase {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut seen: BTreeMap<String, Shape<'_>> = BTreeMap::new();
        for shape in shapes(file) {
            let folded = shape.at.name.to_ascii_lowercase();
            match seen.get(&folded) {
                Some(before) if before.at.name != shape.at.name => found.push(
                    Finding::new(&META, "another name differs from this one only in upper and lower case")
                        .at(shape.at.name_span)
                        .beside(before.at.name_span, "the other")
                        .of(&shape.at.name),
                ),
                Some(_) => {}
                None => {
                    seen.insert(folded, shape);
                }
            }
        }
        found
    }
}
