//! TW310: A value without quotes has a character that a shell acts on.

use super::{
    Construct, EnvFile, Facts, Finding, FixKind, Meta, Reader, Readers, Rule, Severity, Shape, Span, When, each_bare,
    written,
};

pub(super) struct ShellMetacharacter;

static META: Meta = Meta {
    code: "TW310",
    name: "shell-metacharacter",
    severity: Severity::Error,
    when: When::Default,
    summary: "A value without quotes has a character that a shell acts on.",
    why: "A shell cuts the value, runs a part of it, writes to a file or expands it; every other reader takes it as it is.",
    mend: "Choose a value without such a character.",
    fix: FixKind::Suggested,
    precedent: "",
};

impl Rule for ShellMetacharacter {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        each_bare(file, |shape| {
            let acts = shape.find(|byte| b";&|<>()".contains(&byte)).or_else(|| tilde(&shape));
            let Some(acts) = acts else { return equals(&shape) };
            Some(written(shape.finding(&META, "a shell acts on this character", acts), &[Construct::ShellCharacter]))
        })
    }
}

/// A value that begins with `=`, behind which zsh looks for a program.
fn equals(shape: &Shape<'_>) -> Option<Finding> {
    let start = shape.at.value_span.start;
    let found = Finding::new(&META, "zsh takes a value that begins with `=` for the name of a program");
    let found = found.at(Span { start, end: start + 1 }).of(&shape.at.name).readers(Readers::from_iter([Reader::Zsh]));
    shape.text.starts_with(b"=").then_some(found)
}

/// A tilde that a shell takes for a home directory.
fn tilde(shape: &Shape<'_>) -> Option<Span> {
    let found = shape
        .text
        .iter()
        .enumerate()
        .find(|(at, byte)| **byte == b'~' && (*at == 0 || matches!(shape.text[at - 1], b':' | b'=')));
    let start = shape.at.value_span.start + found?.0;
    Some(Span { start, end: start + 1 })
}
