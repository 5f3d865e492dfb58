//! TW327: A line begins with `;` or `//`, which is a comment elsewhere.

use super::{
    Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Line, Meta, Piece, Rule, Severity, Span, When,
    foreign_mark, lines, written,
};

pub(super) struct ForeignComment;

static META: Meta = Meta {
    code: "TW327",
    name: "foreign-comment",
    severity: Severity::Warning,
    when: When::Default,
    summary: "A line begins with `;` or `//`, which is a comment elsewhere.",
    why: "zsh sets a variable by it; dotenvy, Go's readers and bash fail.",
    mend: "Begin comments with `#`.",
    fix: FixKind::Safe,
    precedent: "",
};

impl Rule for ForeignComment {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        lines(file, Line::ForeignComment)
            .map(|span| {
                let text = file.raw(span);
                let mark = foreign_mark(text);
                let length = mark.len();
                let mark = Span { start: span.start + mark.start, end: span.start + mark.end };
                let edit = Edit { span: mark, with: vec![Piece::Text("#")] };
                let finding = Finding::new(&META, "this begins no comment here").at(mark);
                // A shell that allows an empty command assigns in `;A=1`.
                let acts = length == 1 && text.contains(&b'=');
                let joined = text.ends_with(b"\\");
                written(finding, &[Construct::ForeignComment])
                    .fix((!joined && !acts).then(|| Fix::safe("begin the comment with `#`", vec![edit])))
            })
            .collect()
    }
}
