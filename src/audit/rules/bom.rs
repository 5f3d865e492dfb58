//! TW319: The file begins with a byte order mark.

use super::{
    Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Meta, Portability, Rule, Severity, Span, When, portable,
    written,
};

pub(super) struct Bom;

static META: Meta = Meta {
    code: "TW319",
    name: "bom",
    severity: Severity::Error,
    when: When::Default,
    summary: "The file begins with a byte order mark.",
    why: "Shells, systemd, node and deno lose the first variable; dotenvy and godotenv refuse the file.",
    mend: "Remove it.",
    fix: FixKind::Safe,
    precedent: "",
};

impl Rule for Bom {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        if !file.has_bom() {
            return Vec::new();
        }
        let mark = Span { start: 0, end: 3 };
        let finding = Finding::new(&META, "the file begins with a byte order mark").at(mark);
        // A reader that the mark kept from the first line would see it: a shell may end there.
        let rest = &file.bytes()[mark.end..];
        let first = rest.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
        let clear = portable(&EnvFile::parse(first), |_| false) == Portability::Portable;
        let fix = clear.then(|| Fix::safe("remove the mark", vec![Edit::cut(mark)]));
        vec![written(finding, &[Construct::Bom]).fix(fix)]
    }
}
