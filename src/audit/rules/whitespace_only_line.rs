//! TW324: A line has nothing but blanks, or blanks before a comment.

use super::{
    Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Item, Meta, Rule, Severity, Span, When, assigned_in,
    garbled, written,
};

pub(super) struct WhitespaceOnlyLine;

static META: Meta = Meta {
    code: "TW324",
    name: "whitespace-only-line",
    severity: Severity::Warning,
    when: When::Default,
    summary: "A line has nothing but blanks, or blanks before a comment.",
    why: "node 20 glues it to the name in the next line, which is lost.",
    mend: "Remove the blanks.",
    fix: FixKind::Safe,
    precedent: "nodejs/node#56686.",
};

impl Rule for WhitespaceOnlyLine {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        if garbled(file) {
            return Vec::new();
        }
        let blanks = file.items().iter().filter_map(|item| match item {
            Item::Blank { span, .. } => Some((*span, Construct::BlankLine, false)),
            Item::Comment { span, .. } => {
                let lead = file.raw(*span).iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(0);
                Some((
                    Span { start: span.start, end: span.start + lead },
                    Construct::IndentedComment,
                    assigned_in(file, *span),
                ))
            }
            _ => None,
        });
        blanks
            .filter(|(span, ..)| !span.is_empty())
            .map(|(span, construct, assigns)| {
                let message = if construct == Construct::BlankLine {
                    "the line is not quite empty"
                } else {
                    "the comment is indented"
                };
                let fix = (!assigns).then(|| Fix::safe("remove the blanks", vec![Edit::cut(span)]));
                written(Finding::new(&META, message).at(span), &[construct]).fix(fix)
            })
            .collect()
    }
}
