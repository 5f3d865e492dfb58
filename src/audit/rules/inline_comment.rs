//! TW308: A comment stands behind a value.

use super::{
    Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Meta, Piece, Rule, Severity, Shape, Span, When,
    assigned_in, each, line_end, names, shapes, suppress, written,
};

pub(super) struct InlineComment;

static META: Meta = Meta {
    code: "TW308",
    name: "inline-comment",
    severity: Severity::Error,
    when: When::Default,
    summary: "A comment stands behind a value.",
    why: "docker and systemd take it for a part of the value, and Twilio answers 20003.",
    mend: "Give the comment a line of its own.",
    fix: FixKind::Safe,
    precedent: "",
};

impl Rule for InlineComment {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let names = names(file);
        // A quote in a comment opens one to some readers, and a stray quote further down closes it: they go together.
        let stray = shapes(file).any(|shape| shape.open || shape.tail.is_some() || shape.opens());
        each(file, |shape| {
            let comment = shape.at.comment?;
            let empty = shape.unquoted() && shape.text.is_empty();
            let construct = if empty { Construct::InlineCommentAfterEmpty } else { Construct::InlineComment };
            let start = if empty { shape.at.value_span.end } else { shape.spelling().end };
            let cut = Span { start, end: comment.end };
            // A comment in between would take the place of what the one above speaks of.
            let line = suppress::first_above(file, shape.at.span.start);
            let with = vec![Piece::Copy(comment), Piece::Text(line_end(file))];
            let above = Edit { span: Span { start: line, end: line }, with };
            // The carriage return goes first: it would come to be the end of the value.
            let ends = !file.raw(comment).ends_with(b"\\") && file.bytes().get(comment.end) != Some(&b'\r');
            let matters = shape.opens() || shape.exports_nothing() || assigned_in(file.raw(comment), &names);
            let pairs = stray && file.raw(comment).iter().any(|byte| b"'\"`".contains(byte));
            let movable = shape.lines() == 1 && !matters && !pairs && ends && !ends_in_a_blank(&shape);
            let finding = shape.finding(&META, "a comment stands behind the value", comment);
            let fix = movable.then(|| Fix::safe("give the comment its own line", vec![above, Edit::cut(cut)]));
            Some(written(finding, &[construct]).fix(fix))
        })
    }
}

/// Whether a value ends in what some readers take for a blank at the end of a line, where the value would come to stand:
/// dotenvy cuts every blank of Unicode there, and none before a comment.
fn ends_in_a_blank(shape: &Shape<'_>) -> bool {
    let last = std::str::from_utf8(shape.text).ok().and_then(|text| text.chars().next_back());
    shape.unquoted() && last.is_some_and(|last| last.is_whitespace() || last.is_control() || last == '\u{feff}')
}
