//! The text of `docs/rules.md`, from what the rules say of themselves.

use std::fmt::Write as _;

use super::RULES;
use crate::audit::rule::{FixKind, Meta, When};

const CHAPTERS: &[(&str, &str)] = &[
    ("TW1", "Permissions"),
    ("TW2", "Location"),
    ("TW3", "Syntax"),
    ("TW4", "Content"),
    ("TW5", "Hygiene"),
    ("TW6", "Live"),
];

/// Every rule as Markdown, by chapter and code.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(
        "# Rules of `twcred audit`\n\nGenerated from the rules themselves; `twcred audit --explain CODE` shows one.\n",
    );
    for (code, title) in CHAPTERS {
        let rules = || RULES.iter().map(|rule| rule.meta()).filter(|meta| meta.code.starts_with(code));
        let _ = write!(text, "\n## {title}\n\n| code | name | severity | asked | fix |\n|---|---|---|---|---|\n");
        for meta in rules() {
            let _ = writeln!(
                text,
                "| [{}](#{}) | {} | {} | {} | {} |",
                meta.code,
                anchor(meta),
                meta.name,
                meta.severity.name(),
                meta.when.name(),
                meta.fix.name()
            );
        }
        for meta in rules() {
            let _ = write!(text, "\n### {} {}\n\n", meta.code, meta.name);
            text.push_str(&explain(meta));
        }
    }
    text
}

/// What one rule says of itself: what, why, how, and who else says so.
#[must_use]
pub fn explain(meta: &Meta) -> String {
    let mut text = format!(
        "{}\n\n**Why.** {}\n\n**How to mend it.** {} {}\n",
        meta.summary,
        meta.why,
        meta.mend,
        meta.fix.sentence()
    );
    if !meta.precedent.is_empty() {
        let _ = write!(text, "\n**Elsewhere.** {}\n", meta.precedent);
    }
    text
}

fn anchor(meta: &Meta) -> String {
    format!("{}-{}", meta.code.to_ascii_lowercase(), meta.name)
}

impl When {
    /// In a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "always",
            Self::Pedantic => "`--pedantic`",
            Self::Copies => "`--copies`",
            Self::Live => "`--live`",
        }
    }
}

impl FixKind {
    /// In a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Suggested => "suggested",
            Self::Unsafe => "unsafe",
            Self::Safe => "safe",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::None | Self::Suggested => "Nothing is changed by `--fix`.",
            Self::Unsafe => "`--fix --unsafe-fixes` does what can be done by machine.",
            Self::Safe => "`--fix` does it where every value provably stays what it is.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_chapter_and_says_all_it_must() {
        let text = reference();
        let mut before = "";
        for rule in RULES {
            let meta = rule.meta();
            assert!(before < meta.code, "{} is out of order", meta.code);
            before = meta.code;
            assert!(text.contains(&format!("### {} {}", meta.code, meta.name)), "{}", meta.code);
            for sentence in [meta.summary, meta.why, meta.mend] {
                assert!(sentence.len() > 8 && sentence.ends_with(['.', '`']), "{}: {sentence}", meta.code);
            }
        }
    }
}
