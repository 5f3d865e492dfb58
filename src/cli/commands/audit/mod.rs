//! `twcred audit`: what is wrong with the files that hold the secrets.

mod able;
mod apply;
mod baseline;
mod config;
mod diff;
mod doing;
mod explain;
mod github;
mod human;
mod json;
mod live;
mod look;
mod report;
mod rotated;
mod sarif;
mod searched;
mod settings;
mod targets;
mod trusted;
mod ways;

use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{ArgAction, ValueEnum, ValueHint};
use zeroize::Zeroizing;

use self::live::Asking;
use self::look::Looked;
use self::report::{Audited, Report, Unread};
use self::settings::Settings;
use crate::audit::kernel::filesystem::is_kernels;
use crate::audit::{Facts, Severity, Veil, audit, foresee};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::text::{shown, word};
use crate::cli::view::{Outcome, Unwritten};
use crate::dotenv::EnvFile;
use crate::model::time::parse_duration;
use crate::store::file::{self, MAX, Snapshot};

/// Find what is wrong with a secrets file: who can read it, who reads it otherwise, and where else it stands
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[expect(clippy::doc_markdown, reason = "doc comments are the help text, which has no markup")]
#[command(after_help = "\
Nothing is sent anywhere without --live and nothing is changed without --fix. Values are never shown.

Exit code 3 if there is a finding of --fail-on or worse, whatever the format; after --fix, if one \
is left; 1 if something could not be mended, or what --copies or --history named could not be searched. A finding is silenced by `# twcred: ignore[TW501] reason` on the line above it, or by an [[exception]] in \
$XDG_CONFIG_HOME/twcred/audit.toml. docs/rules.md lists the rules.")]
pub struct Args {
    /// Env files, or folders whose env files are meant (`-`: standard input) [default: the current folder]
    #[arg(value_name = "FILE|DIR", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// Audit what standard input says
    #[arg(long, conflicts_with_all = ["fix", "diff"])]
    stdin: bool,
    /// How to show the findings; --json is --format json
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Human)]
    format: Format,
    /// Exit 3 for findings of this severity and above [default: error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<Level>,
    /// Exit 0 whatever is found
    #[arg(long)]
    exit_zero: bool,
    /// Ask these rules only: codes, names, or beginnings such as TW3
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    select: Vec<String>,
    /// Do not ask these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Ask the pedantic rules too
    #[arg(long)]
    pedantic: bool,
    /// The programs that read the file, such as docker,systemd [default: all that are known]
    #[arg(long, value_name = "READER", value_delimiter = ',')]
    readers: Vec<String>,
    /// Explain a rule and do nothing else
    #[arg(long, value_name = "RULE", conflicts_with_all = ["paths", "stdin", "fix", "diff", "live"])]
    explain: Option<String>,
    /// Mend what is safe to mend: each program reads what it read before, or now what stands there
    #[arg(long, help_heading = "Mending")]
    fix: bool,
    /// Also mend what somebody may rely upon
    #[arg(long, help_heading = "Mending")]
    unsafe_fixes: bool,
    /// Show what --fix would change, values masked, and change nothing
    #[arg(long, help_heading = "Mending", conflicts_with = "fix")]
    diff: bool,
    /// Search this file or folder, and the histories of shells, for other places where the values stand (repeatable)
    ///
    /// As they are, in UTF-16 and in base64, and in names. Not searched: archives and compressed files, base64 cut by line
    /// ends, UTF-32, where symbolic links lead, other file systems, and what git ignores or packs (see the next two).
    #[arg(long, value_name = "DIR", value_hint = ValueHint::AnyPath, help_heading = "Looking further")]
    copies: Vec<PathBuf>,
    /// Search folders that git ignores, too (ignored files in other folders, and tracked ones in these, are always searched)
    #[arg(long, requires = "copies", help_heading = "Looking further")]
    include_ignored: bool,
    /// Search the git history in and around the folders of --copies, too
    #[arg(long, requires = "copies", help_heading = "Looking further")]
    history: bool,
    /// Ask Twilio about the credentials; nothing is changed there
    #[arg(long, help_heading = "Looking further")]
    live: bool,
    /// The same, and exit 75 if an answer does not settle it
    #[arg(long, help_heading = "Looking further")]
    require_live: bool,
    /// Who the file should belong to: a user's name or number [default: this user; under sudo, the caller]
    #[arg(long, value_name = "USER", help_heading = "What is right")]
    owner: Option<String>,
    /// A group that may read the file: a name or number (repeatable)
    #[arg(long, value_name = "GROUP", help_heading = "What is right")]
    allow_group: Vec<String>,
    /// How old a credential may grow [default: 180d]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = "What is right")]
    max_age: Option<Duration>,
    /// Leave out the findings that this file knows
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Known findings")]
    baseline: Option<PathBuf>,
    /// Write the findings to this file, to be known from now on
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["baseline", "diff"],
        help_heading = "Known findings")]
    write_baseline: Option<PathBuf>,
    /// Take no notice of exceptions in the file and in the configuration
    #[arg(long, help_heading = "Known findings", action = ArgAction::SetTrue)]
    no_ignores: bool,
    /// Take exceptions and defaults from here [default: $XDG_CONFIG_HOME/twcred/audit.toml]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Known findings")]
    config: Option<PathBuf>,
}

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Human,
    /// twcred.audit/v1
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

/// How bad a finding must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Level {
    Critical,
    Error,
    Warning,
    Info,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Critical => Self::Critical,
            Level::Error => Self::Error,
            Level::Warning => Self::Warning,
            Level::Info => Self::Info,
        }
    }
}

/// Audits the files.
///
/// # Errors
/// Exit 2, if the flags or the configuration make no sense; exit 1, if a file could not be audited.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    if let Some(name) = &args.explain {
        return explain::run(name);
    }
    let mut settings = Settings::new(args, context)?;
    if settings.asking.is_some() {
        let (region, edge) = (context.global.region.as_deref(), context.global.edge.as_deref());
        // With a region whose own edge is not known goes one that the file may have.
        context.way(region, edge.or(region))?;
    }
    let mut report = Report::new(&settings);
    let mut failures = Vec::new();
    let (targets, empty) = targets::all(args, context, &mut failures);
    settings.targets = targets.iter().filter_map(|path| path.canonicalize().ok()).collect();
    if let Some(path) = &args.write_baseline {
        baseline::may_write(path, &targets)?;
    }
    if settings.mending() && targets.iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::usage("standard input cannot be mended").hint("name the file itself"));
    }
    let mut stdin = targets.iter().any(|path| path.as_os_str() == "-").then(standard_input);
    let bytes = stdin.as_ref().and_then(|read| read.as_ref().ok()).map(|bytes| bytes.as_slice());
    settings.veil = Arc::new(of_all(&targets, bytes));
    for dir in empty {
        context.ui.warn(format!("there is no env file in {}", settings.veil.path(&dir).display()));
    }
    if settings.asking.is_some() {
        let bytes = stdin.as_ref().and_then(|read| read.as_ref().ok()).map(|bytes| bytes.as_slice());
        settings.asking = Some(Asking::about(&targets, bytes, &settings.veil, context));
    }
    let mut left = targets.iter();
    for target in left.by_ref() {
        let audited = match (interrupt::heard(), stdin.take_if(|_| target.as_os_str() == "-")) {
            (Some(exit), _) => Err(interrupt::interrupted(exit).into()),
            (None, Some(read)) => piped(read, &settings, context),
            (None, None) => one(target, &settings, context),
        };
        match audited {
            Ok(audited) => report.add(audited),
            Err(trouble) => {
                let trouble = match trouble.shown {
                    Some(_) => trouble,
                    None => trouble.veiled(&settings.veil, target),
                };
                let path = trouble.shown.clone().unwrap_or_default();
                report.unread.push(Unread { path, why: trouble.failure.chain(), undone: "audited" });
                if let Some(audited) = trouble.audited {
                    report.add(*audited);
                }
                let ends = ends(trouble.failure.exit());
                failures.push(trouble.failure);
                if ends {
                    break;
                }
            }
        }
    }
    for target in left {
        let why = vec!["the run ended before its turn".to_owned()];
        report.unread.push(Unread { path: settings.veil.path(target), why, undone: "audited" });
    }
    let ended = failures.last().map(Failure::exit).filter(|exit| ends(*exit));
    unsearched(&mut report, &mut failures, &settings);
    if let Some(path) = &args.write_baseline {
        if failures.is_empty() {
            let written = baseline::write(path, &targets, &mut report)?;
            let said = format!("{} written to {}", baseline::findings(written), path.display());
            context.ui.note(settings.veil.text(&said));
        } else {
            let said = format!("no baseline is written to {}: not all of it could be looked at", path.display());
            context.ui.warn(settings.veil.text(&said));
        }
    }
    report.exit = ended.unwrap_or_else(|| exit(&report, args, &settings, !failures.is_empty()));
    let exit = report.exit;
    if let (Exit::Temporary, Some(open)) = (exit, report.open()) {
        context.ui.warn(settings.veil.text(&format!("the answers that stay open are not shown (TW610): {open}")));
    }
    let mut failures: Vec<_> =
        failures.into_iter().map(|failure| failure.map(|text| settings.veil.text(text))).collect();
    let last = failures.pop();
    for failure in failures {
        failure.print(&context.ui, context.global.is_json());
    }
    let outcome = Outcome { view: Some(Box::new(report)), exit, failure: None, unwritten: Unwritten::Failed };
    Ok(match last {
        Some(failure) => outcome.failing(failure.with_exit(exit)),
        None => outcome,
    })
}

/// Whether a failure is none of one file, but ends the run: a signal came, or what the flags say makes no sense.
fn ends(exit: Exit) -> bool {
    matches!(exit, Exit::Interrupted | Exit::Terminated | Exit::Usage)
}

/// What was to be searched for copies and could not be, once for all files.
fn unsearched(report: &mut Report, failures: &mut Vec<Failure>, settings: &Settings) {
    let mut missed: Vec<_> = report.files.iter().flat_map(|file| &file.missed).cloned().collect();
    missed.sort();
    missed.dedup();
    for missed in missed {
        let failure = searched::failure(&missed).map(|text| settings.veil.text(text));
        let path = settings.veil.path(&missed.path);
        report.unread.push(Unread { path, why: failure.chain(), undone: "searched" });
        failures.push(failure);
    }
}

/// The secrets of all files that are to be audited, gathered before anything is said: what one holds may name another.
fn of_all(targets: &[PathBuf], stdin: Option<&[u8]>) -> Veil {
    let read = targets.iter().filter_map(|path| file::read(path).ok());
    let mut values: Vec<_> = read.flat_map(|snapshot| Veil::values(&EnvFile::parse(snapshot.bytes()))).collect();
    values.extend(stdin.into_iter().flat_map(|bytes| Veil::values(&EnvFile::parse(bytes))));
    Veil::new(&values)
}

/// What could not be done comes before what was found, and what was found before what nobody could tell. A fix that was
/// asked for and not made could not be done, whatever held it back.
fn exit(report: &Report, args: &Args, settings: &Settings, failed: bool) -> Exit {
    let failed = failed || report.files.iter().any(|file| !file.left.is_empty());
    let worst = report.findings().map(|(_, finding)| finding.severity).max();
    match () {
        () if failed => Exit::Failed,
        () if !args.exit_zero && worst.is_some_and(|worst| worst >= settings.fail_on) => Exit::Findings,
        () if args.require_live && report.files.iter().any(|file| !file.report.open.is_empty()) => Exit::Temporary,
        () => Exit::Done,
    }
}

/// A file that could not be read or mended, with what can be said of it all the same.
struct Trouble {
    failure: Failure,
    audited: Option<Box<Audited>>,
    /// The path as it may be shown, where what the file holds is known.
    shown: Option<PathBuf>,
}

impl Trouble {
    fn new(failure: Failure, audited: Option<Audited>) -> Self {
        Self { failure, audited: audited.map(Box::new), shown: None }
    }

    /// The same without the secrets of the file in what is said.
    fn veiled(self, veil: &Veil, path: &Path) -> Self {
        Self { failure: self.failure.map(|text| veil.text(text)), shown: Some(veil.path(path)), ..self }
    }
}

impl<E: Into<Failure>> From<E> for Trouble {
    fn from(failure: E) -> Self {
        Self::new(failure.into(), None)
    }
}

fn one(path: &Path, settings: &Settings, context: &Context) -> Result<Audited, Trouble> {
    let snapshot = match file::read(path) {
        Ok(snapshot) => snapshot,
        Err(error) => return Err(unread(path, error, settings)),
    };
    let file = EnvFile::parse(snapshot.bytes());
    let veil = Arc::new(Veil::over_paths(&file).with(&settings.veil));
    named_by_secrets(&snapshot, &veil, context);
    read(&snapshot, file, &veil, settings, context).map_err(|trouble| trouble.veiled(&veil, path))
}

fn read(
    snapshot: &Snapshot,
    file: EnvFile,
    veil: &Arc<Veil>,
    settings: &Settings,
    context: &Context,
) -> Result<Audited, Trouble> {
    let mut selection = settings.selection(snapshot.path(), Some(snapshot.resolved()));
    selection.relative = veil.text(&selection.relative);
    let looked = Looked::at(snapshot, &file, &selection, veil, settings, context)?;
    if settings.mending() {
        // It may have come while something else was waited for than Twilio.
        if let Some(exit) = interrupt::heard() {
            return Err(interrupt::interrupted(exit).into());
        }
        return apply::mend(snapshot, &file, looked, &selection, settings, context);
    }
    let mut report = audit(&file, &looked.facts, &selection);
    let held = apply::hold(&mut report, snapshot, &looked.facts, settings.safety(), veil);
    let diff = settings.diff().then(|| {
        let not = |why: &str| format!("{}: {}\n", shown(&veil.path(snapshot.path()).to_string_lossy()), shown(why));
        match held {
            apply::Hold::All(why) => not(&why),
            apply::Hold::Content(why) => {
                not(&why) + &veil.text(&diff::actions(&report, &looked.facts, settings, snapshot.mode()))
            }
            apply::Hold::None => {
                veil.text(&diff::of(&file, &looked.facts, &selection, settings, &report, snapshot.mode()))
            }
        }
    });
    foresee(&mut report, &file, &looked.facts, &selection);
    Ok(Audited { diff, ..Audited::new(&looked, selection.relative, Some(snapshot), file, report) })
}

/// Says how the file is found whose path cannot be shown as it is: every list of processes and every history has it.
fn named_by_secrets(snapshot: &Snapshot, veil: &Veil, context: &Context) {
    let path = std::path::absolute(snapshot.path()).unwrap_or_else(|_| snapshot.path().to_owned());
    let [given, resolved] = [path.as_path(), snapshot.resolved()].map(|path| path.as_os_str().as_bytes());
    let mut named = [veil.named_by(given), veil.named_by(resolved)].concat();
    named.sort_unstable();
    named.dedup();
    if named.is_empty() {
        return;
    }
    let clear = |dir: &&Path| !veil.stands_in(dir.as_os_str().as_bytes());
    let from = snapshot.resolved().ancestors().find(clear).unwrap_or(Path::new("/"));
    let (variables, words): (Vec<&str>, Vec<&str>) = named.into_iter().partition(|name| !name.is_empty());
    let variables = (!variables.is_empty()).then(|| format!("the value of {}", variables.join(" and ")));
    let words = (!words.is_empty()).then(|| "what stands in the file and may be a secret".to_owned());
    let named: Vec<String> = variables.into_iter().chain(words).collect();
    context.ui.warn(format!(
        "the path of {} holds {}, shown as ***; `find {} -xdev -inum {}` finds the file: rename it, and rotate",
        veil.path(snapshot.path()).display(),
        named.join(" and "),
        word(from),
        snapshot.identity().ino,
    ));
}

/// A pipe or a device is not read, but what the kernel says of it is a finding all the same.
fn unread(path: &Path, error: file::Error, settings: &Settings) -> Trouble {
    let pipe = matches!(error, file::Error::Kind { kind: file::Kind::Pipe, .. });
    let odd = matches!(error, file::Error::Kind { .. });
    // What the kernel makes up anew has another size each time, and nobody has changed it.
    if matches!(error, file::Error::Changed { .. }) && path.canonicalize().is_ok_and(|real| is_kernels(&real)) {
        let what = format!("{} is made up by the kernel each time it is read, and is no file to audit", path.display());
        let hint = format!("`cat {} | twcred audit --stdin` audits what it says", word(path));
        return Trouble::new(Failure::failed(what).hint(hint), None);
    }
    let mut failure = Failure::from(error).with_exit(Exit::Failed);
    if pipe {
        failure = failure.hint("`twcred audit --stdin` audits what a program writes");
    }
    let audited = odd.then(|| look::from_outside(path, settings)).flatten().map(|looked| {
        let mut selection = settings.selection(&looked.facts.path, None);
        selection.relative = settings.veil.text(&selection.relative);
        let file = EnvFile::parse(b"");
        let report = audit(&file, &looked.facts, &selection);
        Audited::new(&looked, selection.relative, None, file, report)
    });
    Trouble::new(failure, audited)
}

/// All of standard input, which can be read once only.
fn standard_input() -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    let most = u64::try_from(MAX).unwrap_or(u64::MAX);
    std::io::stdin()
        .lock()
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::failed(format!("cannot read standard input: {error}")))?;
    if bytes.len() > MAX {
        return Err(Failure::failed(format!("standard input has more than the {MAX} bytes of a secrets file")));
    }
    Ok(bytes)
}

fn piped(
    read: Result<Zeroizing<Vec<u8>>, Failure>,
    settings: &Settings,
    context: &Context,
) -> Result<Audited, Trouble> {
    let file = EnvFile::parse(&read?);
    let mut facts = Facts { path: PathBuf::from("-"), options: settings.options(context.now()), ..Facts::default() };
    facts.veil = Arc::clone(&settings.veil);
    live::look(&file, &mut facts, settings, context)?;
    look::copies(&file, &mut facts, None, settings, context);
    let selection = settings.selection(&facts.path, None);
    facts.rotated = rotated::of(&file, &selection, settings, context);
    let looked = Looked { facts, veil: Arc::clone(&settings.veil) };
    let mut report = audit(&file, &looked.facts, &selection);
    // It cannot be mended, and nothing is said of what `--fix` would do or leave.
    for finding in &mut report.findings {
        finding.fix = None;
        finding.notes.retain(|note| !note.starts_with("--fix "));
    }
    Ok(Audited::new(&looked, selection.relative, None, file, report))
}
