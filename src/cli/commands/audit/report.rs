//! All that a run found, before it takes one of the four forms.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::look::Looked;
use super::settings::{Settings, relative};
use super::{Format, github, human, json, sarif};
use crate::audit::facts::{Gap, Missed};
use crate::audit::fix::Mended;
use crate::audit::{self, Action, Finding, Location, Safety, Severity};
use crate::cli::exit::Exit;
use crate::cli::view::{Page, Render};
use crate::dotenv::EnvFile;
use crate::store::file::Snapshot;

/// What the run found.
pub(super) struct Report {
    pub(super) format: Format,
    pub(super) fail_on: Severity,
    pub(super) here: PathBuf,
    pub(super) files: Vec<Audited>,
    pub(super) unread: Vec<Unread>,
    pub(super) exit: Exit,
}

/// One file.
pub(super) struct Audited {
    /// The path as it was given, without the secrets of the file.
    pub(super) path: PathBuf,
    /// The path without links, if it is a file; without the secrets of the file, too.
    pub(super) resolved: Option<PathBuf>,
    /// Which file it is, whatever it is called: device and inode.
    pub(super) inode: Option<(u64, u64)>,
    /// The first of the names that it was audited under, if this is another one.
    pub(super) same_as: Option<String>,
    /// What was said under that name already.
    pub(super) told: Vec<Finding>,
    /// The path that stands for the file where findings are compared.
    pub(super) relative: String,
    pub(super) file: EnvFile,
    pub(super) report: audit::Report,
    pub(super) done: Vec<Mended>,
    pub(super) left: Vec<Mended>,
    /// What mending would change, if that was asked for.
    pub(super) diff: Option<String>,
    /// What was to be searched for copies and could not be.
    pub(super) missed: Vec<Missed>,
    /// What else could not be told, or was not searched.
    pub(super) gaps: Vec<Untold>,
}

/// A file that could not be read, or a place that could not be searched.
pub(super) struct Unread {
    pub(super) path: PathBuf,
    pub(super) why: Vec<String>,
    /// What was not done with it.
    pub(super) undone: &'static str,
}

/// Something that a report on a file does not say.
pub(super) struct Untold {
    /// About what.
    pub(super) what: &'static str,
    pub(super) why: String,
    /// It is left out as a rule: nothing went wrong.
    pub(super) usual: bool,
}

impl Audited {
    pub(super) fn new(
        looked: &Looked,
        relative: String,
        snapshot: Option<&Snapshot>,
        file: EnvFile,
        report: audit::Report,
    ) -> Self {
        let copies = looked.facts.copies.known();
        let gaps = copies.into_iter().flat_map(|copies| &copies.gaps);
        let gap = |gap: &Gap| Untold { what: "copies", why: looked.veil.text(&gap.text), usual: gap.usual };
        Self {
            path: looked.veil.path(&looked.facts.path),
            resolved: snapshot.map(|snapshot| looked.veil.path(snapshot.resolved())),
            inode: snapshot.map(|snapshot| (snapshot.identity().dev, snapshot.identity().ino)),
            same_as: None,
            told: Vec::new(),
            relative,
            file,
            report,
            done: Vec::new(),
            left: Vec::new(),
            diff: None,
            missed: copies.map(|copies| copies.missed.clone()).unwrap_or_default(),
            gaps: gaps.map(gap).collect(),
        }
    }

    /// All that could not be told of the file.
    pub(super) fn untold(&self) -> impl Iterator<Item = (&'static str, &str, bool)> {
        let facts = self.report.untold.iter().map(|(what, why)| (*what, why.as_str(), false));
        facts.chain(self.gaps.iter().map(|gap| (gap.what, gap.why.as_str(), gap.usual)))
    }

    /// The path as people see it; not escaped yet.
    pub(super) fn name(&self) -> String {
        if self.path.as_os_str() == "-" { "<stdin>".into() } else { self.path.to_string_lossy().into_owned() }
    }
}

/// The other file that a finding points at, such as a copy; of a copy in a history the file of the commit. A directory or a
/// repository that is to blame is said in words: code scanning has nothing to show for it.
pub(super) fn elsewhere(finding: &Finding) -> Option<PathBuf> {
    let copies = ["TW205", "TW206", "TW504", "TW506"].contains(&finding.rule.code);
    finding.place().filter(|_| copies).and_then(Location::file)
}

/// What a finding says, with the variable in front and the directory to blame behind.
pub(super) fn said(finding: &Finding) -> String {
    let variable = finding.variable.as_deref().map_or_else(String::new, |name| format!("{name}: "));
    let place = finding.place().and_then(|place| place.path.as_deref()).filter(|_| elsewhere(finding).is_none());
    let place = place.map_or_else(String::new, |path| format!(" ({})", path.to_string_lossy()));
    format!("{variable}{}{place}", finding.message)
}

/// Whether a finding is about where a file stands, and so may be another one for each of its hard links.
fn of_its_place(finding: &Finding) -> bool {
    finding.rule.code.starts_with("TW2") || finding.rule.code == "TW107"
}

/// The two places whose values a fix exchanges, in their order.
fn exchange(finding: &Finding) -> Option<[usize; 2]> {
    let fix = finding.fix.as_ref().filter(|_| Mended::of(finding).exchanged)?;
    let Action::Edits(edits) = &fix.action else { return None };
    let mut spans = [edits.first()?.span.start, edits.get(1)?.span.start];
    spans.sort_unstable();
    Some(spans)
}

/// How many findings of each severity, and what can be done about them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(super) struct Summary {
    pub(super) critical: usize,
    pub(super) error: usize,
    pub(super) warning: usize,
    pub(super) info: usize,
    /// Mended by `--fix`.
    pub(super) fixable: usize,
    /// Mended by `--fix --unsafe-fixes` only.
    pub(super) fixable_unsafely: usize,
    pub(super) suppressed: usize,
    pub(super) known: usize,
    pub(super) fixed: usize,
}

impl Report {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            format: settings.format,
            fail_on: settings.fail_on,
            here: settings.here.clone(),
            files: Vec::new(),
            unread: Vec::new(),
            exit: Exit::Done,
        }
    }

    /// Adds what was found under one name. Of what was found already under another name of the file, which a link gives it,
    /// nothing is said again; the name itself is.
    pub(super) fn add(&mut self, mut audited: Audited) {
        let same = |file: &&Audited| file.inode.is_some() && file.inode == audited.inode;
        let others: Vec<&Audited> = self.files.iter().filter(same).collect();
        if let Some(first) = others.first() {
            audited.same_as = Some(first.name());
            let here = |other: &&&Audited| other.resolved == audited.resolved;
            let told = |finding: &Finding| {
                let said = |other: &&Audited| {
                    other.report.findings.iter().any(|one| {
                        (one.rule.code, &one.variable, &one.key, &one.message, &one.locations)
                            == (
                                finding.rule.code,
                                &finding.variable,
                                &finding.key,
                                &finding.message,
                                &finding.locations,
                            )
                    })
                };
                if of_its_place(finding) { others.iter().filter(here).any(said) } else { others.iter().any(said) }
            };
            (audited.told, audited.report.findings) =
                std::mem::take(&mut audited.report.findings).into_iter().partition(told);
            (audited.report.suppressed, audited.report.known, audited.diff) = (0, 0, None);
        }
        self.files.push(audited);
    }

    /// What could not be told of the files, in words and each once, and whether that is as usual.
    pub(super) fn untold(&self) -> Vec<(String, bool)> {
        let mut all: Vec<(String, bool)> = Vec::new();
        for file in &self.files {
            for (what, why, usual) in file.untold() {
                let said = format!("{}: cannot tell about {what}: {why}", file.name());
                if !all.iter().any(|(known, _)| *known == said) {
                    all.push((said, usual));
                }
            }
        }
        all
    }

    /// The answers that stay open and are no finding of this report, in words; none if there is no such answer.
    pub(super) fn open(&self) -> Option<String> {
        let all = self.files.iter().flat_map(|file| file.report.open.iter().map(move |open| (file, open)));
        let hidden = all.filter(|(file, open)| {
            let same = |found: &Finding| {
                (found.rule.code, &found.variable, &found.message) == (open.rule.code, &open.variable, &open.message)
            };
            !file.report.findings.iter().chain(&file.told).any(same)
        });
        let said: Vec<String> = hidden.map(|(file, open)| format!("{}: {}", file.name(), said(open))).collect();
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// Every finding with its file, in order.
    pub(super) fn findings(&self) -> impl Iterator<Item = (&Audited, &Finding)> {
        self.files.iter().flat_map(|file| file.report.findings.iter().map(move |finding| (file, finding)))
    }

    pub(super) fn summary(&self) -> Summary {
        let mut all = Summary::default();
        let mut exchanges = BTreeSet::new();
        for (at, finding) in self
            .files
            .iter()
            .enumerate()
            .flat_map(|(at, file)| file.report.findings.iter().map(move |finding| (at, finding)))
        {
            *match finding.severity {
                Severity::Critical => &mut all.critical,
                Severity::Error => &mut all.error,
                Severity::Warning => &mut all.warning,
                Severity::Info => &mut all.info,
            } += 1;
            // Both findings of an exchange have it, and one is all that is made.
            let again = exchange(finding).is_some_and(|spans| !exchanges.insert((at, spans)));
            match finding.fix.as_ref().filter(|_| !again).map(|fix| fix.safety) {
                Some(Safety::Safe) => all.fixable += 1,
                Some(Safety::Unsafe) => all.fixable_unsafely += 1,
                None => {}
            }
        }
        for file in &self.files {
            all.suppressed += file.report.suppressed;
            all.known += file.report.known;
            all.fixed += file.done.len();
        }
        all
    }

    /// A path as it is seen from the current folder.
    pub(super) fn seen(&self, path: &Path) -> String {
        relative(path, &self.here)
    }
}

impl Render for Report {
    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        json::write(self, out)
    }

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        match self.format {
            Format::Human => human::write(self, page),
            Format::Json => page.raw(&text(|out| json::write(self, out))?),
            Format::Sarif => page.raw(&text(|out| sarif::write(self, out))?),
            Format::Github => page.raw(&github::text(self)),
        }
    }
}

fn text(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<String> {
    let mut bytes = Vec::new();
    write(&mut bytes)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}
