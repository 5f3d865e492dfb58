//! Asks the rules, honours what is to be ignored, and puts the findings in order.

mod vain;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use self::vain::{Owners, leans, looked, silent, vain};
use super::baseline::Baseline;
use super::facts::Facts;
use super::finding::Finding;
use super::fix::{Action, Edit, Fix};
use super::rule::{Meta, When};
use super::rules::{self, RULES, find};
use super::shape::garbled;
use super::suppress::{self, Silence};
use crate::dotenv::{EnvFile, Span};
use crate::model::KeySid;
use crate::model::time::Timestamp;

/// Rules that are asked for every reader, because what they find breaks the file as a whole or runs a part of it.
const FOR_ALL: &[&str] = &["TW301", "TW302", "TW306", "TW313", "TW318", "TW319", "TW320", "TW329"];

/// Which rules are asked, and what is to be left out.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Codes, names, or beginnings of codes such as `TW3`; all, if empty.
    pub select: Vec<String>,
    /// The same, to leave out.
    pub ignore: Vec<String>,
    /// Ask the pedantic ones too. A rule that `select` names by its whole code or name is asked in any case.
    pub pedantic: bool,
    /// Take no notice of comments that suppress.
    pub no_suppressions: bool,
    /// Exceptions from the user's configuration.
    pub exceptions: Vec<Exception>,
    /// Findings that are known.
    pub baseline: Option<Baseline>,
    /// The path that stands for this file in a baseline: relative to a root of the caller's choice.
    pub relative: String,
}

/// An exception from the user's configuration, keyed on rule, path and variable and never on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Code or name of the rule.
    pub rule: String,
    /// The file, as in [`Facts::path`]; every file, if `None`.
    pub path: Option<PathBuf>,
    /// The variable; every one and none, if `None`.
    pub variable: Option<String>,
    /// The key of the account that a finding is about; every one and none, if `None`.
    pub key: Option<KeySid>,
    /// Why.
    pub reason: String,
    /// The moment from which it holds no more.
    pub until: Option<Timestamp>,
}

impl Exception {
    fn excepts(&self, finding: &Finding) -> bool {
        let variable = self.variable.is_none() || self.variable == finding.variable;
        let key = self.key.is_none() || self.key == finding.key;
        finding.rule.is(&self.rule) && variable && key
    }
}

/// What an audit found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The findings: of the file as a whole first, then by line, column and code.
    pub findings: Vec<Finding>,
    /// How many were suppressed by comments or exceptions.
    pub suppressed: usize,
    /// How many were known to the baseline.
    pub known: usize,
    /// What somebody looked for and could not tell, each with its reason; sorted.
    pub untold: Vec<(&'static str, String)>,
    /// What Twilio was asked and another run may settle, whichever rules were asked: without that which a comment or an
    /// exception takes for granted, with the reason. That Twilio gave no answer nobody can take for granted.
    pub open: Vec<Finding>,
}

/// A rule that is named and is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is the code or name of no rule")]
pub struct UnknownRule(pub String);

impl Selection {
    /// Sees to it that every rule it names exists.
    ///
    /// # Errors
    /// The first that does not.
    pub fn check(&self) -> Result<(), UnknownRule> {
        let whole = self.exceptions.iter().map(|exception| &exception.rule);
        let named =
            self.select.iter().chain(&self.ignore).find(|name| !RULES.iter().any(|rule| names(name, rule.meta())));
        match named.or_else(|| whole.into_iter().find(|name| find(name).is_none())) {
            Some(name) => Err(UnknownRule(name.clone())),
            None => Ok(()),
        }
    }

    /// Whether a rule that is no live one is asked, so that its facts are worth looking for.
    #[must_use]
    pub fn wants(&self, code: &str) -> bool {
        find(code).is_some_and(|rule| self.asks(rule.meta(), false))
    }

    fn asks(&self, meta: &Meta, live: bool) -> bool {
        let exactly = self.select.iter().any(|name| meta.is(name));
        let selected = self.select.is_empty() || self.select.iter().any(|name| names(name, meta));
        let wanted = match meta.when {
            // Where nobody looked, those of the copies find nothing.
            When::Default | When::Copies => true,
            When::Pedantic => self.pedantic || exactly,
            When::Live => live,
        };
        selected && wanted && !self.ignore.iter().any(|name| names(name, meta))
    }
}

/// Whether a name is a rule's, or the beginning of its code.
fn names(name: &str, meta: &Meta) -> bool {
    let beginning = name.len() >= 2 && meta.code.get(..name.len()).is_some_and(|code| code.eq_ignore_ascii_case(name));
    meta.name == name || beginning
}

/// Asks every selected rule about a file.
#[must_use]
pub fn audit(file: &EnvFile, facts: &Facts, selection: &Selection) -> Report {
    let live = facts.live.known().is_some();
    let (mut findings, mut hidden): (Vec<Finding>, Vec<Finding>) = Default::default();
    for rule in RULES.iter().filter(|rule| selection.asks(rule.meta(), live)) {
        for finding in rule.check(file, facts) {
            match narrowed(finding, facts) {
                Ok(finding) => findings.push(finding),
                Err(finding) => hidden.push(finding),
            }
        }
    }
    let mut report = Report { untold: untold(facts), ..Report::default() };
    veil(facts, &mut findings, &mut report.untold);
    locate(file, &mut findings);
    locate(file, &mut hidden);
    sort(&mut findings);
    number(&mut findings);
    let comments = if selection.no_suppressions { Vec::new() } else { suppress::comments(file) };
    let before = findings.len();
    let raised: BTreeSet<&str> = findings.iter().chain(&hidden).map(|finding| finding.rule.code).collect();
    let mut silence = Silence::new(&comments);
    let owners = Owners::of(file);
    findings.retain(|finding| !silent(&mut silence, finding, &owners));
    report.suppressed = before - findings.len();
    report.open = open(file, facts, selection, &comments, &owners);
    let garbled = garbled(file);
    let mendable = |finding: &mut Finding| {
        finding.fix.take_if(|fix| garbled && matches!(fix.action, Action::Edits(_)) || among_joined(file, fix));
    };
    findings.iter_mut().for_each(mendable);
    let meant = if selection.no_suppressions { Vec::new() } else { suppress::meant(file, &comments) };
    let mut meant = Silence::of_what_may_be_meant(&meant);
    let further = if selection.no_suppressions { Vec::new() } else { suppress::further(file) };
    let mut further = Silence::of_what_may_be_meant(&further);
    for finding in &mut findings {
        let why = match () {
            () if silent(&mut meant, finding, &owners) => "a comment that has no effect asks for that",
            () if leans(&mut further, finding) => "a comment further up asks for that",
            () => continue,
        };
        if finding.fix.take().is_some() {
            finding.notes.push(format!("--fix leaves it: {why}"));
        }
    }
    let (mut vain, named) = vain((file, &owners), (&hidden, &raised), &comments, (silence, meant), selection, facts);
    vain.iter_mut().for_each(mendable);
    findings.extend(vain);
    leave(&mut findings, &named);
    report.suppressed += excepted(&mut findings, &hidden, selection, facts);
    if let Some(baseline) = &selection.baseline {
        let before = findings.len();
        findings.retain(|finding| !baseline.knows(&finding.identity(&selection.relative)));
        report.known = before - findings.len();
    }
    locate(file, &mut findings);
    sort(&mut findings);
    report.findings = findings;
    report
}

/// Takes from findings the edits of rules that a comment names which ignores nothing, each with its line; and from others
/// those that would take away the place of one: that would be gone as well.
fn leave(findings: &mut [Finding], named: &BTreeMap<&'static str, usize>) {
    fn edits(finding: &Finding) -> &[Edit] {
        match &finding.fix {
            Some(Fix { action: Action::Edits(edits), .. }) => edits,
            _ => &[],
        }
    }
    if named.is_empty() {
        return;
    }
    let mut left: Vec<(Span, usize)> = Vec::new();
    for finding in findings.iter() {
        if let Some(line) = named.get(finding.rule.code) {
            left.extend(edits(finding).iter().map(|edit| (edit.span, *line)));
        }
    }
    for finding in findings {
        let takes = |edit: &Edit| {
            let within = |span: &Span| edit.span.start <= span.start && span.end <= edit.span.end;
            left.iter().find(|(span, _)| !edit.span.is_empty() && within(span)).map(|(_, line)| *line)
        };
        let Some(line) = named.get(finding.rule.code).copied().or_else(|| edits(finding).iter().find_map(takes)) else {
            continue;
        };
        if finding.fix.take_if(|fix| matches!(fix.action, Action::Edits(_))).is_some() {
            finding
                .notes
                .push(format!("--fix leaves it: the comment in line {line} ignores nothing, and names what is here"));
        }
    }
}

/// What stays open of what Twilio was asked.
fn open(
    file: &EnvFile,
    facts: &Facts,
    selection: &Selection,
    comments: &[suppress::Comment],
    owners: &Owners<'_>,
) -> Vec<Finding> {
    let [mut open, mut unanswered] = rules::open(file, facts);
    for some in [&mut open, &mut unanswered] {
        veil(facts, some, &mut []);
        locate(file, some);
    }
    let reasoned: Vec<_> = comments.iter().filter(|comment| !comment.reason.is_empty()).cloned().collect();
    let mut silence = Silence::new(&reasoned);
    open.retain(|finding| !silent(&mut silence, finding, owners));
    open.retain(|finding| !in_force(selection, facts).any(|exception| exception.excepts(finding)));
    open.extend(unanswered);
    sort(&mut open);
    open
}

/// Takes the secrets of the files out of whatever names a path: a file can be named by what it holds. What a fix does is
/// left alone, for it needs the path.
fn veil(facts: &Facts, findings: &mut [Finding], untold: &mut [(&'static str, String)]) {
    let elsewhere = |finding: &Finding| {
        let mut texts = finding.notes.iter().chain([&finding.message]);
        finding.locations.iter().any(|place| place.path.is_some()) || texts.any(|text| text.contains('/'))
    };
    // Most findings are about a place in the file, and then there is nothing to be done.
    if untold.is_empty() && !findings.iter().any(elsewhere) {
        return;
    }
    let veil = &facts.veil;
    for (_, why) in untold {
        veil.draw(why);
    }
    for finding in findings {
        finding.notes.iter_mut().chain([&mut finding.message]).for_each(|text| veil.draw(text));
        for place in &mut finding.locations {
            place.path.iter_mut().chain(&mut place.within).for_each(|path| veil.draw_path(path));
            place.label.iter_mut().for_each(|label| veil.draw(label));
        }
    }
}

/// Whether a fix edits lines that some readers join: what looks like a blank or a comment there may be of a value.
fn among_joined(file: &EnvFile, fix: &Fix) -> bool {
    let Action::Edits(edits) = &fix.action else { return false };
    edits.iter().any(|edit| {
        let joined = file.joined();
        let next = joined.partition_point(|lines| lines.end < edit.span.start);
        let begins =
            |lines: &Span| edit.span.end > lines.start || (edit.span.is_empty() && edit.span.start == lines.start);
        joined.get(next).is_some_and(begins)
    })
}

/// Leaves of a finding's readers those that the user cares about. The error is a finding that concerns none of them.
fn narrowed(mut finding: Finding, facts: &Facts) -> Result<Finding, Finding> {
    let Some(readers) = finding.readers else { return Ok(finding) };
    let concerned = readers.and(facts.options.readers);
    if !concerned.is_empty() {
        finding.readers = Some(concerned);
    } else if !FOR_ALL.contains(&finding.rule.code) {
        return Err(finding);
    }
    Ok(finding)
}

fn untold(facts: &Facts) -> Vec<(&'static str, String)> {
    let kernel = facts.kernel.known();
    let place = facts.place.known();
    let way = kernel.and_then(|kernel| kernel.ancestors.iter().find(|dir| dir.acl.unknown().is_some()));
    let all = [
        ("the file's mode and owner", facts.kernel.unknown()),
        ("the file's access control list", kernel.and_then(|kernel| kernel.acl.unknown())),
        ("the access control list of a directory on the way", way.and_then(|dir| dir.acl.unknown())),
        ("the directory's access control list", kernel.and_then(|kernel| kernel.parent_default_acl.unknown())),
        ("the file system", kernel.and_then(|kernel| kernel.filesystem.unknown())),
        ("its neighbours", place.and_then(|place| place.siblings.unknown())),
        ("the copies of editors", place.and_then(|place| place.editor_copies.unknown())),
        ("all copies of editors", place.and_then(|place| place.editor_more.as_deref())),
        ("the scripts beside it", place.and_then(|place| place.loaders.unknown())),
        ("builds of images", place.and_then(|place| place.docker.unknown())),
        ("git", facts.git.unknown()),
        ("copies", facts.copies.unknown()),
        ("what twcred has rotated", facts.rotated.unknown()),
        ("Twilio", facts.live.unknown()),
    ];
    all.into_iter().filter_map(|(what, why)| why.map(|why| (what, why.to_owned()))).collect()
}

/// Fills in lines and columns from the spans.
fn locate(file: &EnvFile, findings: &mut [Finding]) {
    let bytes = file.bytes();
    let mut starts = vec![0];
    starts.extend(bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1));
    let place = |offset: usize| {
        let offset = offset.min(bytes.len());
        let line = starts.partition_point(|start| *start <= offset);
        let begin = starts[line - 1];
        // A byte order mark has no column, since no editor shows it.
        let begin = if begin == 0 && file.has_bom() { offset.min(3) } else { begin };
        // A byte that continues a character starts no column.
        let column = bytes[begin..offset].iter().filter(|byte| **byte & 0xc0 != 0x80).count() + 1;
        (line, column)
    };
    for location in findings.iter_mut().flat_map(|finding| &mut finding.locations) {
        if let (None, Some(span)) = (&location.path, location.span) {
            (location.line, location.column) = place(span.start);
            (location.end_line, location.end_column) = place(span.end);
        }
    }
}

fn sort(findings: &mut [Finding]) {
    fn key(finding: &Finding) -> (usize, usize, &'static str, Option<&Path>, usize, Option<&str>, &str) {
        let place = finding.place();
        (
            finding.line(),
            place.filter(|place| place.path.is_none()).map_or(0, |place| place.column),
            finding.rule.code,
            place.and_then(|place| place.path.as_deref()),
            place.map_or(0, |place| place.line),
            finding.variable.as_deref(),
            &finding.message,
        )
    }
    findings.sort_by(|one, other| key(one).cmp(&key(other)));
}

fn number(findings: &mut [Finding]) {
    type Subject = (Option<PathBuf>, Option<String>, Option<KeySid>);
    let mut seen: BTreeMap<(&'static str, Subject), usize> = BTreeMap::new();
    for finding in findings {
        let elsewhere = finding.place().and_then(|place| place.path.clone());
        let subject = (elsewhere, finding.variable.clone(), finding.key.clone());
        let count = seen.entry((finding.rule.code, subject)).or_default();
        finding.ordinal = *count;
        *count += 1;
    }
}

/// The exceptions that hold for the file, and still do.
fn in_force<'s>(selection: &'s Selection, facts: &'s Facts) -> impl Iterator<Item = &'s Exception> {
    let here = |exception: &&Exception| exception.path.as_ref().is_none_or(|path| *path == facts.path);
    let valid = |exception: &&Exception| match (exception.until, facts.options.now) {
        (Some(until), Some(now)) => now < until,
        _ => true,
    };
    selection.exceptions.iter().filter(here).filter(valid)
}

/// Leaves out what the configuration excepts, and adds exceptions that are in vain. Gives how many findings it left out.
fn excepted(findings: &mut Vec<Finding>, hidden: &[Finding], selection: &Selection, facts: &Facts) -> usize {
    let all = findings.len();
    let unused = find("TW509").map(super::rule::Rule::meta).filter(|meta| selection.asks(meta, false));
    let mut vain = Vec::new();
    for exception in in_force(selection, facts) {
        let before = findings.len();
        findings.retain(|finding| !exception.excepts(finding));
        // An exception for every file may well be for another one.
        let named = exception.path.is_some() && find(&exception.rule).is_some_and(|rule| looked(rule.meta(), facts));
        if findings.len() == before && named && !hidden.iter().any(|finding| exception.excepts(finding)) {
            vain.push(exception);
        }
    }
    let excepted = all - findings.len();
    for (exception, meta) in vain.into_iter().zip(std::iter::repeat(unused)) {
        let Some(meta) = meta else { continue };
        let message = format!("the exception from {} in the configuration has nothing to ignore", exception.rule);
        findings.push(Finding::new(meta, message));
    }
    excepted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str, selection: &Selection) -> Vec<String> {
        let report = audit(&EnvFile::parse(text.as_bytes()), &Facts::default(), selection);
        report
            .findings
            .iter()
            .map(|f| format!("{}:{}:{}", f.rule.code, f.line(), f.place().map_or(0, |p| p.column)))
            .collect()
    }

    #[test]
    fn findings_come_in_order_with_lines_and_columns() {
        let all = Selection::default();
        assert_eq!(codes("A=\u{e9}'x\nB='x'\n", &all), ["TW315:1:4"]);
        assert_eq!(codes("# \u{e9}\nB='x' \nA=x # c\n", &all), ["TW305:2:3", "TW322:2:6", "TW308:3:5"]);
        assert_eq!(codes("\u{feff}A='x'\n", &all), ["TW319:1:1", "TW305:1:3"]);
        assert_eq!(codes("A=1", &all), ["TW325:1:4"]);
    }

    #[test]
    fn rules_are_selected_by_code_name_and_chapter() {
        let of = |select: &[&str], ignore: &[&str]| Selection {
            select: select.iter().map(|s| (*s).to_owned()).collect(),
            ignore: ignore.iter().map(|s| (*s).to_owned()).collect(),
            ..Selection::default()
        };
        let text = " A='x' \n";
        assert_eq!(codes(text, &of(&["TW305"], &[])), ["TW305:1:4"]);
        assert_eq!(codes(text, &of(&["leading-whitespace"], &[])), ["TW323:1:1"]);
        assert_eq!(codes(text, &of(&["TW3"], &["quoted-value"])), ["TW322:1:7"]);
        assert!(of(&["TW9"], &[]).check().is_err() && of(&["TW3", "crlf"], &["TW101"]).check().is_ok());
    }

    #[test]
    fn readers_that_nobody_uses_silence_what_concerns_them_alone() {
        let file = EnvFile::parse(b"A='x'\nexport B=1\nC=$(x)\n");
        let mut facts = Facts::default();
        facts.options.readers = "node24".parse().unwrap();
        let found = audit(&file, &facts, &Selection::default()).findings;
        assert_eq!(found.iter().map(|f| f.rule.code).collect::<Vec<_>>(), ["TW313"]);
        facts.options.readers = "docker,node24".parse().unwrap();
        let found = audit(&file, &facts, &Selection::default()).findings;
        assert_eq!(found[0].readers.unwrap().to_string(), "docker");
    }

    #[test]
    fn suppressions_are_honoured_and_reported_where_they_are_in_vain() {
        let all = Selection::default();
        let text = "# twcred: ignore[TW305] docker is not used\nA='x'\nB='x'\n";
        assert_eq!(codes(text, &all), ["TW305:3:3"]);
        assert_eq!(codes("# twcred: ignore-file[quoted-value] why\nA='x'\nB='x'\n", &all), Vec::<String>::new());
        assert_eq!(codes("# twcred: ignore[TW305] why\nA=x\n", &all), ["TW509:1:1"]);
        assert_eq!(codes("# twcred: ignore[TW305]\nA='x'\n", &all), ["TW510:1:1"]);
        assert_eq!(
            codes("# twcred: ignore[TW101] why\nA=x\n", &all),
            Vec::<String>::new(),
            "nobody looked at the mode"
        );
        assert_eq!(codes("# twcred: ignore[TW999] why\nA=x\n", &all), ["TW509:1:1"]);
        let loud = Selection { no_suppressions: true, ..Selection::default() };
        for selection in [&all, &loud] {
            let malformed = EnvFile::parse(b"# twcred: ignore TW305\nA=1\n");
            let report = audit(&malformed, &Facts::default(), selection);
            assert_eq!((report.findings.len(), report.suppressed), (1, 0), "what is told is not silenced");
        }
        assert_eq!(codes(text, &loud), ["TW305:2:3", "TW305:3:3"]);
    }

    #[test]
    fn exceptions_end() {
        let exception = |until: Option<&str>| Exception {
            rule: "TW305".into(),
            path: Some("x.env".into()),
            variable: Some("A".into()),
            key: None,
            reason: "r".into(),
            until: until.map(|at| at.parse().unwrap()),
        };
        let mut facts = Facts { path: "x.env".into(), ..Facts::default() };
        facts.options.now = Some("2026-06-01T00:00:00Z".parse().unwrap());
        let found = |text: &str, until| {
            let selection = Selection { exceptions: vec![exception(until)], ..Selection::default() };
            let report = audit(&EnvFile::parse(text.as_bytes()), &facts, &selection);
            (report.findings.iter().map(|f| f.rule.code).collect::<Vec<_>>(), report.suppressed)
        };
        assert_eq!(found("A='x'\nB='x'\n", None), (vec!["TW305"], 1));
        assert_eq!(found("A='x'\n", Some("2026-05-31T00:00:00Z")), (vec!["TW305"], 0));
        assert_eq!(found("A=x\n", Some("2026-07-31T00:00:00Z")), (vec!["TW509"], 0));
    }
}
