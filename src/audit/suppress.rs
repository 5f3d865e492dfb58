//! Comments that tell the audit to keep quiet: `# twcred: ignore[TW501] reason` on the line above,
//! `# twcred: ignore-file[TW205] reason` anywhere.
//!
//! They cannot stand behind a value, where docker and systemd would take them for a part of it.

use crate::dotenv::{EnvFile, Item, Span};

/// One such comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Where it stands.
    pub span: Span,
    /// The codes or names in the brackets.
    pub rules: Vec<String>,
    /// The text behind the brackets.
    pub reason: String,
    /// The lines it speaks of, first and last; `None` for the whole file.
    pub lines: Option<(usize, usize)>,
}

/// Every such comment in the order of the file. A comment speaks of the next line that is not such a comment itself.
#[must_use]
pub fn comments(file: &EnvFile) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut waiting: Vec<Comment> = Vec::new();
    for item in file.items() {
        if let Item::Comment { span, .. } = item
            && let Some((whole, comment)) = parse(file, *span)
        {
            if whole {
                found.push(comment)
            } else {
                waiting.push(comment)
            }
            continue;
        }
        let last = match item {
            Item::Assignment(at) => at.last_line,
            other => other.line(),
        };
        found.extend(waiting.drain(..).map(|comment| Comment { lines: Some((item.line(), last)), ..comment }));
    }
    found.extend(waiting.into_iter().map(|comment| Comment { lines: Some((0, 0)), ..comment }));
    found.sort_by_key(|comment| comment.span.start);
    found
}

fn parse(file: &EnvFile, span: Span) -> Option<(bool, Comment)> {
    let text = std::str::from_utf8(file.raw(span)).ok()?;
    let text = text.trim_start_matches(['#', ' ', '\t']).strip_prefix("twcred:")?.trim_start();
    let (whole, text) = match text.strip_prefix("ignore-file[") {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix("ignore[")?),
    };
    let (rules, reason) = text.split_once(']')?;
    let rules = rules.split(',').map(|rule| rule.trim().to_owned()).filter(|rule| !rule.is_empty()).collect();
    Some((whole, Comment { span, rules, reason: reason.trim().to_owned(), lines: None }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_speaks_of_the_line_below_it() {
        let text = "# twcred: ignore[TW501, quoted-value] webhooks\n# twcred:ignore[TW411]\nA='x\ny'\n\
                    #twcred: ignore-file[TW205] known\n# twcred: ignore TW1\n";
        let file = EnvFile::parse(text.as_bytes());
        let found: Vec<_> = comments(&file).into_iter().map(|c| (c.rules.join("+"), c.reason, c.lines)).collect();
        assert_eq!(
            found,
            [
                ("TW501+quoted-value".into(), "webhooks".into(), Some((3, 4))),
                ("TW411".into(), String::new(), Some((3, 4))),
                ("TW205".into(), "known".into(), None),
            ]
        );
    }
}
