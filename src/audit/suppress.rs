//! Comments that tell the audit to keep quiet: `# twcred: ignore[TW501] reason` on the line above,
//! `# twcred: ignore-file[TW205] reason` anywhere.
//!
//! They cannot stand behind a value, where docker and systemd would take them for a part of it.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{Line, foreign_mark, lines};
use super::rule::Meta;
use super::rules::{RULES, find};
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
    above(file, |item| match item {
        Item::Comment { span, .. } => parse(file, *span),
        _ => None,
    })
}

/// The same with those that only look like one, or are one to another program, and have no effect.
fn alike(file: &EnvFile) -> Vec<Comment> {
    let foreign: BTreeSet<usize> = lines(file, Line::ForeignComment).map(|span| span.start).collect();
    above(file, |item| match item {
        Item::Comment { span, .. } => like_one(file, *span),
        Item::Other { span, .. } if foreign.contains(&span.start) => {
            like_one(file, Span { start: span.start + foreign_mark(file.raw(*span)).end, ..*span })
        }
        _ => None,
    })
}

/// Those among the lines, with what each speaks of.
fn above(file: &EnvFile, one: impl Fn(&Item) -> Option<(bool, Comment)>) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut waiting: Vec<Comment> = Vec::new();
    for item in file.items() {
        if let Some((whole, comment)) = one(item) {
            if whole {
                found.push(comment);
            } else {
                waiting.push(comment);
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

/// Where the first stands of those right above a line that suppress something in it; the line itself if there is none.
pub(super) fn first_above(file: &EnvFile, line: usize) -> usize {
    let items = file.items();
    let above = items.partition_point(|item| item.span().start < line);
    let silences = |item: &&Item| matches!(item, Item::Comment { span, .. } if parse(file, *span).is_some());
    let first = items[..above].iter().rev().take_while(silences).last();
    first.map_or(line, |item| item.span().start)
}

fn parse(file: &EnvFile, span: Span) -> Option<(bool, Comment)> {
    let text = std::str::from_utf8(file.raw(span)).ok()?;
    let text = text.trim_start_matches(['#', ' ', '\t']).strip_prefix("twcred:")?.trim_start();
    let (whole, text) = match text.strip_prefix("ignore-file[") {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix("ignore[")?),
    };
    let (rules, reason) = text.split_once(']')?;
    let rules: Vec<_> = rules.split(',').map(|rule| rule.trim().to_owned()).filter(|rule| !rule.is_empty()).collect();
    (!rules.is_empty()).then(|| (whole, Comment { span, rules, reason: reason.trim().to_owned(), lines: None }))
}

/// What a comment says, or may mean if it only looks like one: all rules that it names anywhere, and any if it names none.
fn like_one(file: &EnvFile, span: Span) -> Option<(bool, Comment)> {
    parse(file, span).or_else(|| {
        let text = std::str::from_utf8(file.raw(span)).ok().filter(|text| looks_like_one(text))?;
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').map(str::to_ascii_lowercase);
        let code =
            |word: &str| word.strip_prefix("tw").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let mut rules: Vec<String> = words.filter(|word| code(word) || find(word).is_some()).collect();
        if rules.is_empty() {
            rules.push(ANY.to_owned());
        }
        let whole = ["ignore-file", "ignore_file"].iter().any(|head| text.to_ascii_lowercase().contains(head));
        Some((whole, Comment { span, rules, reason: String::new(), lines: None }))
    })
}

/// What a name means of which nobody can say which rule it is.
pub(super) const ANY: &str = "";

/// What comments may mean though they have no effect, each by the beginning of the codes: first those given, for what of
/// their names no rule has, then every one of a wrong form or with another program's mark, and every comment behind a value
/// that would suppress something in a line of its own. Given one by a fix it would come too late: what it is meant to keep
/// would be mended by then, and it would go as one that has nothing to ignore.
pub(super) fn meant(file: &EnvFile, comments: &[Comment]) -> Vec<Comment> {
    let behind = file.assignments().filter_map(|at| {
        let (whole, comment) = like_one(file, at.comment?)?;
        Some(Comment { lines: (!whole).then_some((at.line, at.last_line)), ..comment })
    });
    let alike = alike(file).into_iter().filter(|comment| !comments.contains(comment));
    let all = comments.iter().cloned().chain(alike).chain(behind);
    all.map(|comment| Comment { rules: comment.rules.iter().map(|name| meaning(name)).collect(), ..comment }).collect()
}

/// What comments above a line may mean further down: each speaks of all that stands between the assignment before it and
/// the end of the next one, whatever other comments and blank lines are there.
pub(super) fn further(file: &EnvFile) -> Vec<Comment> {
    let mut next = file.assignments().peekable();
    let (mut found, mut first) = (Vec::new(), 1);
    for comment in alike(file).into_iter().filter(|comment| comment.lines.is_some()) {
        while let Some(before) = next.next_if(|at| at.span.start < comment.span.start) {
            first = before.last_line + 1;
        }
        let Some(below) = next.peek() else { break };
        let rules = comment.rules.iter().map(|name| meaning(name)).filter(|begins| begins != ANY).collect();
        found.push(Comment { rules, lines: Some((first, below.last_line)), ..comment });
    }
    found
}

/// The beginning of the codes that a name may mean.
pub(super) fn meaning(name: &str) -> String {
    let code = find(name).map_or_else(|| name.to_ascii_uppercase(), |rule| rule.meta().code.to_owned());
    let begins = code.len() >= 2 && RULES.iter().any(|rule| rule.meta().code.starts_with(&code));
    if begins { code } else { ANY.to_owned() }
}

/// Comments that look as if they told to keep quiet and do not, each with the reason.
pub(super) fn faulty(file: &EnvFile) -> Vec<(Span, &'static str)> {
    let found = file.items().iter().filter_map(|item| {
        let (span, behind) = match item {
            Item::Comment { span, .. } => (*span, false),
            Item::Assignment(at) => (at.comment?, true),
            _ => return None,
        };
        let text = std::str::from_utf8(file.raw(span)).ok()?;
        if !looks_like_one(text) {
            return None;
        }
        match (behind, parse(file, span)) {
            (true, _) => Some((span, "it has no effect behind a value: it belongs on the line above")),
            (false, None) => Some((span, "it has no effect: the form is `# twcred: ignore[RULE] reason`")),
            (false, Some(_)) => None,
        }
    });
    found.collect()
}

/// `twcred: ignore…`, in whatever letters, with a colon or with what could be rules behind it.
fn looks_like_one(comment: &str) -> bool {
    fn behind<'t>(text: &'t str, word: &str) -> Option<&'t str> {
        let (head, rest) = text.split_at_checked(word.len())?;
        head.eq_ignore_ascii_case(word).then_some(rest)
    }
    let text = comment.trim_start_matches(['#', ' ', '\t']);
    let Some(rest) = behind(text, "twcred") else { return false };
    let rest = rest.trim_start();
    let (colon, rest) = rest.strip_prefix(':').map_or((false, rest), |rest| (true, rest.trim_start()));
    let Some(rest) = behind(rest, "ignore") else { return false };
    let rest = ["-file", "-line", "_file", "_line"].iter().find_map(|more| behind(rest, more)).unwrap_or(rest);
    let open = rest.trim_start();
    let rules = rest.trim_start_matches([' ', '\t', ':', '=', ',', '(', '{', '"']);
    let name = rules.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default();
    let apart = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-');
    // What else stands behind the word is prose: `ignore nothing, we fix things`.
    open.starts_with('[')
        || (colon
            && apart
            && (rules.is_empty() || open.starts_with(['(', '{']) || find(&name.to_lowercase()).is_some()))
        || behind(rules, "TW").is_some_and(|code| code.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether no comment in the file can silence a rule: whoever may write the file could silence what gives him away. That
/// is so of all rules about its rights, its owner and the way to it; the user's own configuration excepts from them.
pub(super) fn beyond(rule: &Meta) -> bool {
    rule.code.starts_with("TW1")
}

/// What comments suppress, told without going through all of them for each finding.
pub(super) struct Silence<'c> {
    comments: &'c [Comment],
    /// Those that speak of the whole file.
    whole: Vec<usize>,
    /// The others, by the first of their lines. They speak of the same lines or of others, never of some of the same.
    above: BTreeMap<usize, Vec<usize>>,
    /// Whether a rule is silent in the whole file, by its code.
    silent: BTreeMap<&'static str, bool>,
    /// What suppressed something: a comment, and the rule as it names it.
    used: BTreeSet<(usize, &'c str)>,
    /// Whether a name is that of a rule.
    names: fn(&Meta, &str) -> bool,
}

impl<'c> Silence<'c> {
    pub(super) fn new(comments: &'c [Comment]) -> Self {
        let (mut whole, mut above) = (Vec::new(), BTreeMap::<usize, Vec<usize>>::new());
        for (at, comment) in comments.iter().enumerate() {
            match comment.lines {
                None => whole.push(at),
                Some((first, _)) => above.entry(first).or_default().push(at),
            }
        }
        Self { comments, whole, above, silent: BTreeMap::new(), used: BTreeSet::new(), names: Meta::is }
    }

    /// The same of what comments may mean, whose names are the beginnings of codes.
    pub(super) fn of_what_may_be_meant(comments: &'c [Comment]) -> Self {
        Self { names: |rule, code| rule.code.starts_with(code), ..Self::new(comments) }
    }

    /// Whether a finding of a rule is suppressed; line 0 is the file as a whole.
    pub(super) fn covers(&mut self, rule: &'static Meta, line: usize) -> bool {
        // A comment cannot excuse itself for its missing reason.
        if rule.code == "TW510" || beyond(rule) {
            return false;
        }
        let (comments, means, used) = (self.comments, self.names, &mut self.used);
        let mut named = |some: &[usize]| {
            let rules = some.iter().flat_map(|at| comments[*at].rules.iter().map(|name| (*at, name.as_str())));
            rules.filter(|(_, name)| means(rule, name)).map(|each| used.insert(each)).count() > 0
        };
        let whole = *self.silent.entry(rule.code).or_insert_with(|| named(&self.whole));
        let above = self.above.range(..=line).next_back().map(|(_, above)| above.as_slice()).filter(|above| {
            let last = above.first().and_then(|at| comments[*at].lines);
            line > 0 && last.is_some_and(|(_, last)| line <= last)
        });
        above.is_some_and(named) || whole
    }

    /// Whether a comment, by its place among all, suppressed anything by this of its rules.
    pub(super) fn used(&self, at: usize, rule: &'c str) -> bool {
        self.used.contains(&(at, rule))
    }
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

    #[test]
    fn what_looks_like_one_and_is_none_is_told() {
        for comment in [
            "# twcred: ignore TW305 why",
            "# twcred: ignore [TW501]",
            "# twcred: ignore[]",
            "# twcred: ignore[ , ] why",
            "# twcred: ignore[TW305 why",
            "# TWCRED: ignore[TW305] why",
            "# twcred: Ignore[TW305] why",
            "# twcred: ignore",
            "# twcred: ignore: quoted-value",
            "# twcred: ignore-file TW205",
            "# twcred: ignore-line[TW305] why",
            "# twcred ignore[TW305] why",
            "#twcred ignore TW305",
            "# twcred : ignore[TW305] why",
            "# twcred: ignore:",
            "# twcred: ignore Quoted-Value, it is meant",
            "# twcred: ignore (quoted-value)",
        ] {
            let file = EnvFile::parse(format!("{comment}\nA=1\n").as_bytes());
            assert_eq!((faulty(&file).len(), comments(&file).len()), (1, 0), "{comment}");
        }
        for comment in [
            "# twcred: ignore[TW305] why",
            "# twcred:ignore-file[quoted-value]",
            "# twcred: rotated=2026-01-01",
            "# twcred: ignores nothing here",
            "# twcred: ignore list is in audit.toml",
            "# twcred: ignore nothing, we fix things",
            "# twcred: ignore-file is not used here",
            "# twcred ignore list is in the wiki",
            "# twcred audit said: ignore[TW305]",
            "# é twcred: ignore",
            "# twcré: ignore",
        ] {
            let file = EnvFile::parse(format!("{comment}\nA=1\n").as_bytes());
            assert_eq!(faulty(&file), [], "{comment}");
        }
        let file = EnvFile::parse(b"A='x' # twcred: ignore[TW305] why\n");
        assert!(faulty(&file).len() == 1 && comments(&file).is_empty());
    }

    #[test]
    fn what_is_silent_is_told_by_rule_and_line() {
        let text = "# twcred: ignore[TW305] r\n# twcred: ignore[quoted-value] r\nA='x'\nB='x'\n\
                    # twcred: ignore-file[tw308] r\n# twcred: ignore[TW510]\nC=x\n# twcred: ignore[TW305]\n";
        let file = EnvFile::parse(text.as_bytes());
        let comments = comments(&file);
        let mut silence = Silence::new(&comments);
        let mut covers = |code, line| silence.covers(crate::audit::rules::find(code).unwrap().meta(), line);
        assert!(beyond(crate::audit::rules::find("world-accessible").unwrap().meta()));
        let told = [("TW305", 3), ("TW305", 4), ("TW305", 0), ("TW308", 4), ("TW308", 0), ("TW510", 7)];
        assert_eq!(told.map(|(code, line)| covers(code, line)), [true, false, false, true, true, false]);
        let used: Vec<bool> = comments.iter().enumerate().map(|(at, c)| silence.used(at, &c.rules[0])).collect();
        assert_eq!(used, [true, true, true, false, false], "both above the line, and the one for the file");
    }
}
