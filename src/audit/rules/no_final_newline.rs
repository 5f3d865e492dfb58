//! TW325: The last line has no end.

use super::{Edit, EnvFile, Facts, Finding, Fix, FixKind, Meta, Piece, Rule, Severity, Span, When, garbled, shapes};

pub(super) struct NoFinalNewline;

static META: Meta = Meta {
    code: "TW325",
    name: "no-final-newline",
    severity: Severity::Info,
    when: When::Default,
    summary: "The last line has no end.",
    why: "`echo X=1 >> FILE` joins two values; dotenvy fails on a blank or a backslash there.",
    mend: "End it with a newline.",
    fix: FixKind::Safe,
    precedent: "dotenv-linter EndingBlankLine.",
};

impl Rule for NoFinalNewline {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let bytes = file.bytes();
        if garbled(file) || bytes.is_empty() || bytes.ends_with(b"\n") {
            return Vec::new();
        }
        // Behind an open quote or a backslash a newline would change what readers see.
        let risky = bytes.ends_with(b"\\") || shapes(file).any(|shape| shape.open);
        let end = Span { start: bytes.len(), end: bytes.len() };
        let edit = Edit { span: end, with: vec![Piece::Text("\n")] };
        vec![
            Finding::new(&META, "the last line has no end")
                .at(end)
                .fix((!risky).then(|| Fix::safe("end the last line", vec![edit]))),
        ]
    }
}
