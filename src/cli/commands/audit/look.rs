//! Finding out the facts about one file.

use std::path::{Path, PathBuf};

use super::live;
use super::settings::Settings;
use crate::audit::copies::{self, Audited, Hit, Place};
use crate::audit::facts::{Copied, CopyFacts, CopyKind, Fact, Facts};
use crate::audit::git::{self, Git};
use crate::audit::{kernel, needles};
use crate::cli::context::{Context, clock};
use crate::cli::env;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::dotenv::EnvFile;
use crate::store::file::{Identity, Snapshot};

/// The facts about one file.
pub(super) struct Looked {
    pub(super) facts: Facts,
    /// Twilio was asked, and something is not settled.
    pub(super) inconclusive: bool,
}

impl Looked {
    /// Looks everywhere the settings say.
    ///
    /// # Errors
    /// If a folder to be searched is not there, or the way to Twilio makes no sense.
    pub(super) fn at(
        snapshot: &Snapshot,
        file: &EnvFile,
        settings: &Settings,
        context: &Context,
    ) -> Result<Self, Failure> {
        let mut facts = Facts { path: snapshot.path().to_owned(), ..Facts::default() };
        facts.options = settings.options(context.now());
        around(snapshot, file, &mut facts, settings);
        let names = file.assignments().map(|at| at.name.as_str());
        facts.environment = Fact::Known(env::values_of(names));
        let inconclusive = live::look(file, &mut facts, settings, context)?;
        copies(file, &mut facts, Some(snapshot), settings, context)?;
        Ok(Self { facts, inconclusive })
    }

    /// Looks anew at what mending may have changed; what Twilio said and where the copies are is kept.
    pub(super) fn again(self, snapshot: &Snapshot, file: &EnvFile, settings: &Settings) -> Self {
        let mut facts = self.facts;
        around(snapshot, file, &mut facts, settings);
        Self { facts, ..self }
    }
}

/// What the kernel says of something that cannot be read.
pub(super) fn from_outside(path: &Path, settings: &Settings) -> Option<Looked> {
    let kernel = kernel::examine(path, None, expected(settings), umask()).ok()?;
    let mut facts = Facts { path: path.to_owned(), kernel: Fact::Known(kernel), ..Facts::default() };
    facts.options = settings.options(clock());
    Some(Looked { facts, inconclusive: false })
}

fn expected(settings: &Settings) -> crate::audit::facts::ExpectedOwner {
    kernel::expected_owner(settings.owner, env::sudo_uid())
}

fn around(snapshot: &Snapshot, file: &EnvFile, facts: &mut Facts, settings: &Settings) {
    let seen: &Identity = snapshot.identity();
    facts.kernel = match kernel::examine(snapshot.path(), Some(seen), expected(settings), umask()) {
        Ok(kernel) => Fact::Known(kernel),
        Err(error) => Fact::Unknown(error.to_string()),
    };
    let values = needles(file);
    let home = env::home();
    facts.place = Fact::Known(kernel::surroundings(snapshot.resolved(), &values, home.as_deref()));
    facts.git = git::examine(&Git::new(env::whole()), snapshot.resolved(), home.as_deref());
}

/// The process's umask, which can be asked for only by setting it; Linux tells it in a file.
fn umask() -> Option<u32> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"))?;
    u32::from_str_radix(line.trim(), 8).ok()
}

/// Looks for the file's values elsewhere, if that was asked for.
pub(super) fn copies(
    file: &EnvFile,
    facts: &mut Facts,
    snapshot: Option<&Snapshot>,
    settings: &Settings,
    context: &Context,
) -> Result<(), Failure> {
    if settings.copies.is_empty() {
        return Ok(());
    }
    let git = Git::new(env::whole());
    let options = copies::Options {
        audited: snapshot.map(|snapshot| Audited {
            dev: snapshot.identity().dev,
            ino: snapshot.identity().ino,
            path: snapshot.resolved().to_owned(),
        }),
        home: env::home(),
        histories: env::shell_history().filter(|path| path.is_file()).into_iter().collect(),
        history: settings.history.then_some(&git),
        ..copies::Options::default()
    };
    let progress = context.ui.progress("looking for copies");
    let found = copies::search(&needles(file), &settings.copies, &options);
    let found = found.doing("cannot look for copies").map_err(|failure| failure.with_exit(Exit::Failed))?;
    drop(progress);
    let mut unsearched = found.unsearched;
    unsearched.extend(found.unread_paths.into_iter().map(|path| (path, "it cannot be read".to_owned())));
    unsearched.sort();
    for (path, why) in &unsearched {
        context.ui.warn(format!("{} was not searched: {why}", path.display()));
    }
    let mut copied: Vec<Copied> = found.hits.into_iter().map(copied).collect();
    copied.dedup_by(|one, other| one.path == other.path && one.line == other.line && one.variable == other.variable);
    facts.copies = Fact::Known(CopyFacts { found: copied, unsearched });
    Ok(())
}

fn copied(hit: Hit) -> Copied {
    let (kind, path) = match hit.place {
        Place::GitHistory { name, .. } => (CopyKind::GitHistory, hit.path.join(name.unwrap_or_else(PathBuf::new))),
        Place::History => (CopyKind::ShellHistory, hit.path),
        _ => (CopyKind::File, hit.path),
    };
    let number = |number: Option<u64>| number.and_then(|number| usize::try_from(number).ok());
    let history = kind == CopyKind::GitHistory;
    Copied {
        variable: hit.label,
        secret: !hit.identifier,
        path,
        // A line of an old version is no line of the file that stands there now.
        line: number(hit.line).filter(|_| !history),
        column: number(hit.column).filter(|_| !history),
        kind,
    }
}
