//! Finding out the facts about one file.

use std::path::Path;
use std::sync::Arc;

use super::settings::Settings;
use super::{live, rotated, searched};
use crate::audit::copies::{self, Audited};
use crate::audit::facts::{Copied, CopyKind, ExpectedOwner, Fact, Facts, GitFacts};
use crate::audit::git::{self, Git};
use crate::audit::{Selection, Veil, kernel, needles, sought};
use crate::cli::context::{Context, clock};
use crate::cli::env;
use crate::cli::error::Failure;
use crate::dotenv::EnvFile;
use crate::store::file::{self, Identity, Snapshot};

/// The facts about one file.
pub(super) struct Looked {
    pub(super) facts: Facts,
    /// The secrets of the file, which are in no path that is shown.
    pub(super) veil: Arc<Veil>,
}

impl Looked {
    /// Looks everywhere the settings say.
    ///
    /// # Errors
    /// If another file stands there by now, or the way to Twilio makes no sense.
    pub(super) fn at(
        snapshot: &Snapshot,
        file: &EnvFile,
        selection: &Selection,
        veil: &Arc<Veil>,
        settings: &Settings,
        context: &Context,
    ) -> Result<Self, Failure> {
        let veil = Arc::clone(veil);
        let mut facts = Facts { path: snapshot.path().to_owned(), veil: Arc::clone(&veil), ..Facts::default() };
        facts.options = settings.options(context.now());
        // Programs of git are started beside the rest: they take longer than all of it.
        let asked = &settings.git;
        std::thread::scope(|scope| {
            let git = scope.spawn(move || in_git(snapshot, selection, asked));
            around(snapshot, file, &mut facts, selection, settings)?;
            let names = file.assignments().map(|at| at.name.as_str());
            facts.environment = Fact::Known(env::values_of(names));
            facts.rotated = rotated::of(file, selection, settings, context);
            live::look(file, &mut facts, settings, context)?;
            copies(file, &mut facts, Some(snapshot), settings, context);
            facts.git = git.join().unwrap_or_else(|_| Fact::Unknown("git was not asked to the end".into()));
            Ok::<(), Failure>(())
        })?;
        Ok(Self { facts, veil })
    }

    /// Looks anew at what mending may have changed; what Twilio said is kept, and where the copies are that are still there.
    ///
    /// # Errors
    /// If another file stands there by now.
    pub(super) fn again(
        self,
        snapshot: &Snapshot,
        file: &EnvFile,
        selection: &Selection,
        settings: &Settings,
    ) -> Result<Self, Failure> {
        let mut facts = self.facts;
        around(snapshot, file, &mut facts, selection, settings)?;
        if let Fact::Known(copies) = &mut facts.copies {
            copies.found.retain(|copy| !gone(copy));
        }
        facts.git = in_git(snapshot, selection, &settings.git);
        Ok(Self { facts, ..self })
    }

    /// Notes that a chmod was said to be done and was not: the file system keeps no modes, whatever is known of its sort.
    pub(super) fn no_modes(&mut self) {
        if let Fact::Known(kernel) = &mut self.facts.kernel
            && let Fact::Known(system) = &mut kernel.filesystem
        {
            system.enforces_modes = Some(false);
        }
    }
}

/// Whether the file of a copy was removed. A path that holds a secret is not known in full, and nothing can be said of it.
fn gone(copy: &Copied) -> bool {
    let known = copy.kind != CopyKind::GitHistory && !Veil::hides_in(&copy.path);
    let missing = |error: std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    known && copy.path.symlink_metadata().is_err_and(missing)
}

/// What the kernel says of something that cannot be read.
pub(super) fn from_outside(path: &Path, settings: &Settings) -> Option<Looked> {
    let kernel = kernel::examine(path, None, expected(settings), umask()).ok()?;
    let mut facts = Facts { path: path.to_owned(), kernel: Fact::Known(kernel), ..Facts::default() };
    facts.veil = Arc::clone(&settings.veil);
    facts.options = settings.options(clock());
    Some(Looked { facts, veil: Arc::clone(&settings.veil) })
}

fn expected(settings: &Settings) -> ExpectedOwner {
    kernel::expected_owner(settings.owner, env::sudo_uid())
}

fn around(
    snapshot: &Snapshot,
    file: &EnvFile,
    facts: &mut Facts,
    selection: &Selection,
    settings: &Settings,
) -> Result<(), Failure> {
    let seen: &Identity = snapshot.identity();
    facts.kernel = match kernel::examine(snapshot.path(), Some(seen), expected(settings), umask()) {
        Ok(kernel) => Fact::Known(kernel),
        // Nobody may take the content of one file and the rights of another for an audit.
        Err(error @ (kernel::Error::Changed { .. } | kernel::Error::Missing { .. } | kernel::Error::Loop { .. })) => {
            return Err(Failure::failed(error.to_string()).hint("run the same command again"));
        }
        Err(error) => Fact::Unknown(error.to_string()),
    };
    let values = needles(file);
    let home = env::home().filter(|_| selection.wants("TW206"));
    let mut place = kernel::surroundings(snapshot.resolved(), &values, home.as_deref());
    kernel::projects(snapshot.resolved(), &mut place, selection.wants("TW211"), selection.wants("TW507"));
    if let Fact::Known(siblings) = &mut place.siblings
        && selection.wants("TW205")
    {
        for sibling in siblings.iter_mut().filter(|sibling| sibling.sure) {
            sibling.spare = spare(&sibling.path, snapshot, file, settings).map_or_else(Fact::Unknown, Fact::Known);
        }
    }
    facts.place = Fact::Known(place);
    Ok(())
}

/// Whether a copy may go; if not, why.
fn spare(path: &Path, snapshot: &Snapshot, file: &EnvFile, settings: &Settings) -> Result<(), String> {
    if settings.targets.contains(path) {
        return Err("it is audited in this run as a file of its own".to_owned());
    }
    let copy = file::read(path).map_err(|error| error.to_string())?;
    kernel::spare(&copy, snapshot, file)?;
    match git::examine(&settings.git, path, env::home().as_deref()) {
        Fact::Known(git) => git.repositories.iter().try_for_each(|repository| match &repository.tracked {
            Fact::Known(false) => Ok(()),
            Fact::Known(true) => Err("git tracks it".to_owned()),
            Fact::Unknown(_) | Fact::NotAsked => Err("it cannot be told whether git tracks it".to_owned()),
        }),
        Fact::Unknown(_) | Fact::NotAsked => Err("it cannot be told whether git tracks it".to_owned()),
    }
}

/// What git says, if a rule is asked that judges it.
fn in_git(snapshot: &Snapshot, selection: &Selection, git: &Git) -> Fact<GitFacts> {
    if !["TW201", "TW202", "TW203", "TW204", "TW211"].iter().any(|code| selection.wants(code)) {
        return Fact::NotAsked;
    }
    git::examine(git, snapshot.resolved(), env::home().as_deref())
}

/// The process's umask, which can be asked for only by setting it; Linux tells it in a file.
fn umask() -> Option<u32> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"))?;
    u32::from_str_radix(line.trim(), 8).ok()
}

/// Looks for the file's values in the folders of `--copies`, in the histories of shells and where editors keep theirs.
pub(super) fn copies(
    file: &EnvFile,
    facts: &mut Facts,
    snapshot: Option<&Snapshot>,
    settings: &Settings,
    context: &Context,
) {
    if settings.copies.is_empty() {
        return;
    }
    let git = Git::new(env::whole());
    let options = copies::Options {
        audited: snapshot.map(|snapshot| Audited {
            dev: snapshot.identity().dev,
            ino: snapshot.identity().ino,
            path: snapshot.resolved().to_owned(),
        }),
        home: env::home(),
        backups: true,
        histories: env::shell_history().and_then(|path| path.canonicalize().ok()).into_iter().collect(),
        history: settings.history.then_some(&git),
        git: Some(&settings.git),
        ignored: settings.include_ignored,
        ..copies::Options::default()
    };
    let progress = context.ui.progress("looking for copies");
    let sought = sought(file);
    let found = copies::search(&sought.needles, &settings.copies, &options);
    drop(progress);
    let nothing = sought.needles.len() == found.skipped.len();
    let mut found = found.facts();
    found.gaps.splice(0..0, searched::stand_ins(&sought));
    searched::say(&found.gaps, &settings.veil, context);
    found.gaps.extend(searched::unsought(&sought, nothing, &facts.veil.path(&facts.path), context));
    facts.copies = Fact::Known(found);
}
