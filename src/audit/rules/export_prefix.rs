//! TW304: `export` stands before the name.

use super::{
    Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Line, Meta, Rule, Severity, Span, When, lines, shapes,
    written,
};

pub(super) struct ExportPrefix;

static META: Meta = Meta {
    code: "TW304",
    name: "export-prefix",
    severity: Severity::Warning,
    when: When::Default,
    summary: "`export` stands before the name.",
    why: "docker refuses the file; systemd drops the variable and writes its line to the journal.",
    mend: "Remove `export`, and where a shell reads the file write `set -a` before it.",
    fix: FixKind::Unsafe,
    precedent: "",
};

impl Rule for ExportPrefix {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let mut found: Vec<Finding> = shapes(file)
            .filter(|shape| shape.at.export)
            .map(|shape| {
                let spaced = file.raw(shape.export) != b"export ";
                let construct = if spaced { Construct::ExportSpaced } else { Construct::Export };
                let word = Span { start: shape.export.start, end: shape.export.start + "export".len() };
                let finding = shape.finding(&META, "`export` is for shells", word);
                written(finding, &[construct]).fix(Fix::unsafe_("remove `export`", vec![Edit::cut(shape.export)]))
            })
            .collect();
        for span in lines(file, Line::Export) {
            found.push(written(
                Finding::new(&META, "`export` is for shells, and there is no value").at(span),
                &[Construct::Export],
            ));
        }
        found
    }
}
