//! Comments that suppress, and those that do so in vain.

use std::collections::{BTreeMap, BTreeSet};

use super::Selection;
use crate::audit::copies::LEAST;
use crate::audit::facts::Facts;
use crate::audit::finding::Finding;
use crate::audit::fix::{Edit, Fix};
use crate::audit::rule::{Meta, Rule};
use crate::audit::rules::find;
use crate::audit::shape::shapes;
use crate::audit::suppress::{self, ANY, Comment, Silence};
use crate::dotenv::{EnvFile, Span};

/// Rules whose findings are about another place where the value of a variable stands.
const COPIES: &[&str] = &["TW504", "TW506"];

/// In which lines the values stand that copies are found of. A copy is found once, under the first variable that has the
/// value.
pub(super) struct Owners<'f> {
    file: &'f EnvFile,
    values: BTreeMap<&'f str, Vec<&'f str>>,
    lines: BTreeMap<&'f str, Vec<usize>>,
}

impl<'f> Owners<'f> {
    pub(super) fn of(file: &'f EnvFile) -> Self {
        let (mut values, mut lines) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for shape in shapes(file) {
            let Some(value) = shape.meant().map(str::trim).filter(|value| !value.is_empty()) else { continue };
            values.entry(shape.at.name.as_str()).or_default().push(value);
            lines.entry(value).or_default().push(shape.at.line);
        }
        Self { file, values, lines }
    }

    /// The lines of a variable, and of every other that has a value of it.
    fn lines(&self, name: &str) -> Vec<usize> {
        let own = self.file.named(name).map(|at| at.line);
        let values = self.values.get(name).into_iter().flatten();
        let same = values.filter_map(|value| self.lines.get(value)).flatten().copied();
        own.chain(same).collect()
    }
}

/// Whether a comment silences a finding. A copy of a value has no line in the file, and belongs to the variables that have
/// it.
pub(super) fn silent(silence: &mut Silence<'_>, finding: &Finding, owners: &Owners<'_>) -> bool {
    let owner = || finding.variable.as_ref().filter(|_| COPIES.contains(&finding.rule.code));
    let above = match (finding.line(), owner()) {
        (0, Some(name)) => owners.lines(name),
        _ => Vec::new(),
    };
    let above = above.into_iter().filter(|line| silence.covers(finding.rule, *line)).count() > 0;
    silence.covers(finding.rule, finding.line()) || above
}

/// Whether a comment about copies stands above the end of the file: no run finds a copy of that, wherever it looks. Above
/// anything else it may be meant for a value further down, or for one that stands in no assignment.
fn above_nothing(comment: &Comment) -> bool {
    comment.lines == Some((0, 0))
}

/// Whether a comment is meant for a line that a finding is about, or leans upon: the first of two that say the same.
pub(super) fn leans(further: &mut Silence<'_>, finding: &Finding) -> bool {
    let here = finding.locations.iter().filter(|place| place.path.is_none());
    here.filter(|place| further.covers(finding.rule, place.line)).count() > 0
}

/// What comments suppress in vain. What this run hides is suppressed all the same: the next run may be for other readers.
///
/// No comment goes as long as what it names is found anywhere in the file: it may only stand above the wrong line. And it
/// goes by an unsafe fix, for another fault of the file may hide what it is there for. `raised` are the codes of all that
/// was found, whatever silences it. Gives with them which rules such a comment names, and its line: as long as nobody has
/// said what it is meant for, nothing is mended of these, or the comment would be taken away for that very reason.
///
/// The second of the silences is of what the comments may mean; its first comments are these.
pub(super) fn vain<'c>(
    (file, owners): (&EnvFile, &Owners<'_>),
    (hidden, raised): (&[Finding], &BTreeSet<&str>),
    comments: &'c [Comment],
    (mut silence, mut meant): (Silence<'c>, Silence<'c>),
    selection: &Selection,
    facts: &Facts,
) -> (Vec<Finding>, BTreeMap<&'static str, usize>) {
    let (mut left, mut named) = (Vec::new(), BTreeMap::new());
    for finding in hidden {
        silent(&mut silence, finding, owners);
        silent(&mut meant, finding, owners);
    }
    let Some(meta) = find("TW509").map(Rule::meta) else { return (left, named) };
    let live = facts.live.known().is_some();
    if !selection.asks(meta, live) {
        return (left, named);
    }
    for (at, comment) in comments.iter().enumerate() {
        // Of a rule that was not asked nothing can be said.
        let asked = |rule: &&String| {
            let Some(found) = find(rule) else { return true };
            let known = looked(found.meta(), facts) || COPIES.contains(&found.meta().code) && above_nothing(comment);
            selection.asks(found.meta(), live) && known
        };
        let vain: Vec<&String> = comment.rules.iter().filter(asked).filter(|rule| !silence.used(at, rule)).collect();
        if vain.is_empty() {
            continue;
        }
        let unknown = vain.iter().any(|rule| find(rule).is_none());
        let beyond = |rule: &&String| find(rule).is_some_and(|found| suppress::beyond(found.meta()));
        let message = match () {
            () if unknown => "it names a rule that there is not",
            () if vain.iter().any(beyond) => "a comment in the file cannot excuse who may read or write it",
            () => "there is nothing to ignore",
        };
        // Of what a misspelt name or the beginning of codes means, nobody can say that there is nothing to ignore.
        let of_none = |rule: &str| of_old(rule) && suppress::meaning(rule) == ANY && !meant.used(at, ANY);
        let gone = |rule: &&&String| find(rule).is_some() || of_none(rule);
        let whole = vain.iter().filter(gone).count() == comment.rules.len();
        let end = usize::from(file.bytes().get(comment.span.end) == Some(&b'\n'));
        let whole_line = Span { start: comment.span.start, end: comment.span.end + end };
        let found = |rule: &String| {
            let begins = suppress::meaning(rule);
            begins != ANY && raised.iter().any(|code| code.starts_with(&begins))
        };
        let may_go = whole && !may_hold_a_secret(comment);
        let kept = may_go && comment.rules.iter().any(found);
        if kept {
            let number = file.bytes()[..comment.span.start].split(|byte| *byte == b'\n').count();
            let rules = comment.rules.iter().filter_map(|rule| find(rule)).map(Rule::meta);
            let excusable = rules.filter(|rule| !suppress::beyond(rule) && rule.code != "TW510");
            excusable.for_each(|rule| _ = named.entry(rule.code).or_insert(number));
        }
        let fix = (may_go && !kept).then(|| Fix::unsafe_("remove the comment", vec![Edit::cut(whole_line)]));
        left.push(Finding::new(meta, message).at(comment.span).fix(fix));
    }
    (left, named)
}

/// Whether a name can be the code of a rule that there is no more, or not yet.
fn of_old(name: &str) -> bool {
    let number = name.strip_prefix("TW").unwrap_or_default();
    (1..=4).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether something in a comment may be a secret, which may stand nowhere else: what is long, or has a digit or a `=`.
fn may_hold_a_secret(comment: &Comment) -> bool {
    let unknown = comment.rules.iter().filter(|rule| find(rule).is_none() && !of_old(rule));
    let mut words = unknown.chain([&comment.reason]).flat_map(|text| text.split_whitespace());
    words.any(|word| word.len() >= LEAST || word.contains(|c: char| c.is_numeric() || c == '='))
}

/// Whether the facts that a rule judges were looked for, and would be the same in another run: what is found may hang on
/// where copies were looked for, on the environment, on the age that was asked for, or on Twilio.
pub(super) fn looked(meta: &Meta, facts: &Facts) -> bool {
    match meta.code {
        // Git and the editors are asked about what is this user's: another one has another home.
        "TW504" | "TW506" | "TW416" | "TW508" | "TW202" | "TW204" | "TW206" => false,
        code if code.starts_with("TW6") => false,
        "TW211" => facts.place.known().is_some_and(|place| place.packages.known().is_some()),
        "TW507" => facts.place.known().is_some_and(|place| place.loaders.known().is_some()),
        code if code.starts_with("TW1") || code == "TW212" => facts.kernel.known().is_some(),
        "TW201" | "TW203" => facts.git.known().is_some(),
        code if code.starts_with("TW2") => facts.place.known().is_some(),
        _ => true,
    }
}
