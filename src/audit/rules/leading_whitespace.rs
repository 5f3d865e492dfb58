//! TW323: Blanks stand before a name.

use super::{Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Meta, Rule, Severity, When, shapes, written};

pub(super) struct LeadingWhitespace;

static META: Meta = Meta {
    code: "TW323",
    name: "leading-whitespace",
    severity: Severity::Info,
    when: When::Pedantic,
    summary: "Blanks stand before a name.",
    why: "node 20 keeps a tab in the name.",
    mend: "Remove them.",
    fix: FixKind::Safe,
    precedent: "dotenv-linter LeadingCharacter.",
};

impl Rule for LeadingWhitespace {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        shapes(file)
            .filter(|shape| !shape.lead.is_empty())
            .map(|shape| {
                let finding = shape.finding(&META, "blanks stand before the name", shape.lead);
                let tab = file.raw(shape.lead).contains(&b'\t');
                let finding = if tab { written(finding, &[Construct::LeadingTab]) } else { finding };
                finding.fix(Fix::safe("remove the blanks", vec![Edit::cut(shape.lead)]))
            })
            .collect()
    }
}
