//! Findings for people: a caret under the bytes, the value masked, and notes that say what, why and how.

use std::collections::BTreeSet;
use std::io;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::report::{Report, Summary};
use crate::audit::fix::Mended;
use crate::audit::mask::Lines;
use crate::audit::{Finding, Location, Safety, Severity};
use crate::cli::text::shown;
use crate::cli::view::Page;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let renderer = if page.colored() { Renderer::styled() } else { Renderer::plain() };
    let mut explained = BTreeSet::new();
    for audited in &report.files {
        if let Some(diff) = &audited.diff {
            page.raw(diff)?;
            continue;
        }
        let name = shown(&audited.name()).into_owned();
        let lines = Lines::new(&audited.file);
        for finding in &audited.report.findings {
            let first = explained.insert(finding.rule.code);
            let groups = [group(finding, &name, &lines, first)];
            page.raw(&renderer.render(&groups))?;
            page.raw("\n\n")?;
        }
        for (what, why) in &audited.report.untold {
            page.line(format!("{}: cannot tell about {what}: {why}", audited.name()))?;
        }
        for done in &audited.done {
            let of = done.variable.as_deref().map_or_else(String::new, |name| format!(" ({name})"));
            page.line(format!("{}: {} mended: {}{of}{}", audited.name(), done.code, done.title, other(done)))?;
        }
        for left in &audited.left {
            page.line(format!("{}: {} not mended: {}{}", audited.name(), left.code, left.title, other(left)))?;
        }
    }
    // Where no file could be read, standard error has said so.
    if report.files.is_empty() { Ok(()) } else { footer(report, page) }
}

/// The other file that something was done to.
fn other(mended: &Mended) -> String {
    mended.path.as_deref().map_or_else(String::new, |path| format!(": {}", shown(&path.to_string_lossy())))
}

fn group<'a>(finding: &'a Finding, name: &'a str, lines: &Lines<'_>, first: bool) -> Group<'a> {
    let level = match finding.severity {
        Severity::Critical => Level::ERROR.with_name("critical"),
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let variable = finding.variable.as_deref().map_or_else(String::new, |name| format!("{name}: "));
    let title = shown(&format!("{variable}{}", finding.message)).into_owned();
    let mut group = level.primary_title(title).id(finding.rule.code).elements(places(finding, name, lines));
    if let Some(readers) = finding.readers.filter(|readers| !readers.is_empty()) {
        group = group.element(Level::NOTE.message(format!("read otherwise by {readers}")));
    }
    for note in &finding.notes {
        group = group.element(Level::NOTE.message(shown(note).into_owned()));
    }
    let mend = match finding.fix.as_ref().map(|fix| (fix.safety, &fix.title)) {
        Some((Safety::Safe, title)) => format!("--fix does it: {}", shown(title)),
        Some((Safety::Unsafe, title)) => format!("--fix --unsafe-fixes does it: {}", shown(title)),
        None => String::new(),
    };
    // Said once a run: forty entries with one fault need one lesson.
    if first {
        group = group.element(Level::NOTE.with_name("why").message(finding.rule.why));
        group = group.element(Level::HELP.message(finding.rule.mend));
    }
    if !mend.is_empty() {
        group = group.element(Level::HELP.message(mend));
    }
    group
}

fn places<'a>(finding: &'a Finding, name: &'a str, lines: &Lines<'_>) -> Vec<Element<'a>> {
    if finding.locations.is_empty() {
        return vec![Origin::path(name).into()];
    }
    let mut elements = Vec::new();
    // Of the objects of a repository the notes tell.
    let shown = |(at, place): &(usize, &Location)| *at == 0 || !place.history;
    for (at, place) in finding.locations.iter().enumerate().filter(shown) {
        let kind = if at == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        elements.push(match (&place.path, lines.get(place.line).filter(|_| place.span.is_some())) {
            (Some(path), _) => elsewhere(&path.to_string_lossy(), place).into(),
            (None, Some(line)) => snippet(line, name, place, kind).into(),
            (None, None) => Element::from(Origin::path(name)),
        });
    }
    elements
}

fn elsewhere<'a>(path: &str, place: &Location) -> Origin<'a> {
    let origin = Origin::path(shown(path).into_owned());
    let origin = if place.line > 0 { origin.line(place.line) } else { origin };
    if place.column > 0 { origin.char_column(place.column) } else { origin }
}

/// The masked line with its place underlined. A masked line has the columns of the file's own.
fn snippet<'a>(
    line: String,
    name: &'a str,
    place: &'a Location,
    kind: AnnotationKind,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let bytes = |column: usize| line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
    let start = bytes(place.column);
    let end = if place.end_line > place.line { line.len() } else { bytes(place.end_column) };
    let mut annotation = kind.span(start..end.max(start));
    if let Some(label) = &place.label {
        annotation = annotation.label(shown(label).into_owned());
    }
    Snippet::source(line).line_start(place.line).path(name).annotation(annotation)
}

fn footer(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let Summary { critical, error, warning, info, fixable, fixable_unsafely, suppressed, known, fixed } =
        report.summary();
    let counted = |count: usize, what: &str, plural: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {plural}")),
    };
    let of_each: Vec<String> = [
        counted(critical, "critical", "critical"),
        counted(error, "error", "errors"),
        counted(warning, "warning", "warnings"),
        counted(info, "info", "infos"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let names = report.files.len();
    let files = report.files.iter().filter(|file| file.same_as.is_none()).count();
    let under = if names > files { format!(" under {names} names") } else { String::new() };
    let files = counted(files, "file", "files").unwrap_or_else(|| "no file".into());
    let found = if of_each.is_empty() { "nothing found".to_owned() } else { format!("found {}", of_each.join(", ")) };
    let mut parts = vec![format!("{files} audited{under}: {found}")];
    if fixed > 0 {
        parts.push(format!("{fixed} mended"));
    }
    if fixable > 0 {
        parts.push(format!("{fixable} can be mended with --fix"));
    }
    if fixable_unsafely > 0 {
        parts.push(format!("{fixable_unsafely} with --fix --unsafe-fixes"));
    }
    if suppressed > 0 {
        parts.push(format!("{suppressed} silenced"));
    }
    if known > 0 {
        parts.push(format!("{known} known"));
    }
    page.line(parts.join("; "))
}
