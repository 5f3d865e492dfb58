//! What is wrong with the file, with line and column, and never with a value: whoever pastes a secret in the wrong place
//! must not find it again in a log.

use std::path::Path;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::settings::Span;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::text::{shown, veiled};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// Where, in bytes.
    pub(super) span: Span,
    /// Which key it is about, such as `targets.shop.max-age`; empty if that is not known.
    pub(super) key: String,
    /// What is wrong. It repeats no value of the file.
    pub(super) what: String,
    /// What to do about it.
    pub(super) hint: Option<String>,
}

impl Problem {
    pub(super) fn new(span: Span, key: impl Into<String>, what: impl Into<String>) -> Self {
        Self { span, key: key.into(), what: what.into(), hint: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    fn title(&self) -> String {
        if self.key.is_empty() { self.what.clone() } else { format!("{}: {}", self.key, self.what) }
    }

    /// `FILE:LINE:COLUMN: KEY: WHAT`, both counted from 1, the column in characters.
    fn line(&self, path: &Path, text: &str) -> String {
        let (line, column) = position(text, self.span.start);
        let hint = self.hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
        format!("{}:{line}:{column}: {}{hint}", path.display(), self.title())
    }

    /// The same with the line, in which nothing can be read but the names that are `open`.
    pub(super) fn snippet(&self, path: &Path, text: &str, open: &[Span], color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let (number, _) = position(text, self.span.start);
        let start = text[..self.span.start.min(text.len())].rfind('\n').map_or(0, |at| at + 1);
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let (line, from, to) = masked(text, start..end, &self.span, open);
        let annotation = AnnotationKind::Primary.span(from..to.max(from));
        let path = shown(&path.display().to_string()).into_owned();
        let source = Snippet::source(line).line_start(number).path(path).annotation(annotation);
        let mut group = Level::ERROR.primary_title(veiled(&shown(&self.title()))).element(source);
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(veiled(&shown(hint))));
        }
        renderer.render(&[group])
    }
}

/// Line and column of a byte, both from 1.
pub(super) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// A line with every letter and digit outside of `open` as `*`, and where `span` begins and ends in it.
fn masked(text: &str, line: Span, span: &Span, open: &[Span]) -> (String, usize, usize) {
    let mut out = String::new();
    let (mut from, mut to) = (None, None);
    for (at, c) in text[line.clone()].char_indices() {
        let at = line.start + at;
        if at >= span.start && from.is_none() {
            from = Some(out.len());
        }
        if at >= span.end && to.is_none() {
            to = Some(out.len());
        }
        out.push(match c {
            c if open.iter().any(|open| open.contains(&at)) => c,
            '\t' => ' ',
            c if c.is_control() || (!c.is_ascii() && !c.is_alphanumeric()) => '?',
            c if c.is_alphanumeric() => '*',
            c => c,
        });
    }
    let end = out.trim_end().len();
    out.truncate(end.max(from.unwrap_or(0)));
    let from = from.unwrap_or(out.len());
    (out.clone(), from, to.unwrap_or(out.len()).min(out.len()))
}

/// The failure of a file with these problems, all of them: for people each with its line, said at once and once in a run;
/// for programs as reasons in the error.
pub(super) fn report(context: &Context, path: &Path, text: &str, problems: &[Problem], open: &[Span]) -> Failure {
    let count = if problems.len() == 1 { "1 error".to_owned() } else { format!("{} errors", problems.len()) };
    let failure = Failure::usage(format!("the configuration {} has {count}", path.display()));
    let failure = if context.global.is_json() {
        let lines = problems.iter().rev().map(|problem| Failure::usage(problem.line(path, text)));
        match lines.reduce(|later, earlier| earlier.because(&later)) {
            Some(reasons) => failure.because(&reasons),
            None => failure,
        }
    } else {
        for problem in problems {
            let snippet = problem.snippet(path, text, open, context.ui.color_err());
            let mut said = context.problems_said.borrow_mut();
            if !said.contains(&snippet) {
                context.ui.raw(&snippet);
                said.push(snippet);
            }
        }
        failure
    };
    failure.hint("nothing was done; `twcred init --schema` prints what an editor needs to check the file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_in_characters() {
        let text = "a = 1\né = \"é\" # x\n";
        let problem = Problem::new(12..16, "é", "is wrong").hint("mend it");
        assert_eq!(problem.line(Path::new("/x.toml"), text), "/x.toml:2:6: é: is wrong; mend it");
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, 99), (3, 1));
    }

    #[test]
    fn a_line_shows_the_names_that_are_known_and_nothing_else() {
        let text = "x = 1\ncheck = \"s3cret é\u{202e}\" # c\n";
        let problem = Problem::new(14..28, "check", "is wrong").hint("mend it");
        let shown = problem.snippet(Path::new("/x.toml"), text, std::slice::from_ref(&(6..11)), false);
        assert_eq!(
            shown,
            "error: check: is wrong\n --> /x.toml:2:9\n  |\n2 | check = \"****** *?\" # *\n  |         ^^^^^^^^^^^\n  |\n  = help: mend it"
        );
    }

    #[test]
    fn a_place_at_the_end_of_the_file_has_a_line() {
        for (text, span) in [("", 0..0), ("a", 1..1), ("a\n", 2..2), ("a\nb = \"", 7..7)] {
            assert!(Problem::new(span, "", "ends").snippet(Path::new("/x"), text, &[], false).contains("--> /x:"));
        }
    }
}
