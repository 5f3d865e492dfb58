//! TW304: `export` stands before the name.

use super::{
    Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Line, Meta, Quote, Rule, Severity, Shape, Span, When,
    lines, portable_name, portable_value, shapes, written,
};

pub(super) struct ExportPrefix;

static META: Meta = Meta {
    code: "TW304",
    name: "export-prefix",
    severity: Severity::Warning,
    when: When::Default,
    summary: "`export` stands before the name.",
    why: "docker refuses the file; systemd drops the variable and writes its line to the journal.",
    mend: "Remove `export`, and where a shell reads the file write `set -a` before it. There is no fix where a shell may see more than one word behind `export`: without it, it would run the second.",
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
                let fix = one_word(&shape).then(|| Fix::unsafe_("remove `export`", vec![Edit::cut(shape.export)]));
                written(finding, &[construct]).fix(fix)
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

/// Whether name and value are one word to a shell, of which it runs nothing. Of `export A=x touch y` it exports three names;
/// of `A=x touch y` it runs `touch`.
fn one_word(shape: &Shape<'_>) -> bool {
    let tight = shape.before.is_empty() && shape.after.is_empty() && !shape.append;
    let whole = shape.meant().filter(|_| shape.lines() == 1);
    let literal = |text: &str| !text.contains(['\'', '"', '`', '\\', '$']);
    let value = whole.is_some_and(|text| match shape.quoted() {
        Some(Quote::Single | Quote::Double) => literal(text),
        Some(Quote::Backtick) => false,
        None => portable_value(text) && (!text.is_empty() || shape.trailing.is_empty()),
    });
    tight && value && portable_name(&shape.at.name)
}
