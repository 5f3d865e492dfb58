//! TW401: A variable is assigned more than once.

use super::{
    BTreeMap, Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Meta, Rule, Severity, Shape, When, line_with_end,
    others, portable_line, shapes, written,
};

pub(super) struct DuplicateKey;

static META: Meta = Meta {
    code: "TW401",
    name: "duplicate-key",
    severity: Severity::Error,
    when: When::Default,
    summary: "A variable is assigned more than once.",
    why: "Most readers take the last, deno takes the first, and whoever edits one forgets the other.",
    mend: "Keep one.",
    fix: FixKind::Safe,
    precedent: "dotenv-linter DuplicatedKey, which leaves the secret behind in a comment.",
};

impl Rule for DuplicateKey {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let mut found: Vec<Finding> = Vec::new();
        let mut first: BTreeMap<&str, Shape<'_>> = BTreeMap::new();
        // Node takes a line without `=` for the beginning of the next name: the first of two may not be seen at all.
        let whole = others(file).is_empty();
        // What `+=` adds to is assigned before by intent.
        for shape in shapes(file).filter(|shape| !shape.append) {
            let name = shape.at.name.as_str();
            let Some(before) = first.get(name) else {
                first.insert(name, shape);
                continue;
            };
            let alike = || portable_line(file, &shape) && portable_line(file, before);
            let (same, known) = match (file.read(before.at), file.read(shape.at)) {
                (Ok(one), Ok(other)) => (one == other, true),
                // Such as a value with a curly quote: what was meant is not clear, and every reader takes it as it stands.
                _ => (shape.text == before.text && alike(), false),
            };
            let (severity, message) = match (same, known) {
                (true, _) => (Severity::Warning, "it is assigned before, with the same value"),
                (false, true) => (Severity::Error, "it is assigned before, with another value"),
                (false, false) => (Severity::Error, "it is assigned before, perhaps with another value"),
            };
            let finding = Finding::new(&META, message).at(shape.at.name_span).beside(before.at.name_span, "first here");
            let finding = finding.of(name).severity(severity);
            let line = line_with_end(file, shape.at.span);
            let plain = whole && known && alike();
            found.push(if same {
                finding.fix(plain.then(|| Fix::safe("remove the second", vec![Edit::cut(line)])))
            } else {
                written(finding, &[Construct::Repeated])
            });
        }
        found
    }
}
