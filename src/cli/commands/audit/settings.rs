//! What the flags and the configuration ask for, checked.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::config::{self, Config};
use super::live::Asking;
use super::{Args, Format, baseline};
use crate::audit::facts::{Fact, Options, Rotated};
use crate::audit::git::Git;
use crate::audit::{Exception, Readers, Safety, Selection, Severity, Veil};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{Doing as _, Failure};
use crate::model::time::Timestamp;

/// Everything that holds for every file of this run.
pub(super) struct Settings {
    pub(super) format: Format,
    pub(super) fail_on: Severity,
    pub(super) copies: Vec<PathBuf>,
    pub(super) include_ignored: bool,
    pub(super) history: bool,
    /// The git program, of which a plain audit asks little; one for all files, for it remembers who does not answer.
    pub(super) git: Git,
    /// The secrets of all files of the run: what one of them holds may name another.
    pub(super) veil: Arc<Veil>,
    /// What Twilio is asked about, if it is.
    pub(super) asking: Option<Asking>,
    /// What was rotated on this machine, once somebody has looked.
    pub(super) rotated: OnceCell<Fact<Vec<Rotated>>>,
    pub(super) owner: Option<u32>,
    /// What is audited in this run, without links: none of it is a mere copy of another.
    pub(super) targets: BTreeSet<PathBuf>,
    /// The folder that paths are shown and known by.
    pub(super) here: PathBuf,
    fix: Option<Safety>,
    diff: Option<Safety>,
    selection: Selection,
    exceptions: Vec<config::Exception>,
    allow_groups: BTreeSet<u32>,
    readers: Readers,
    max_age: Option<Duration>,
    /// The folder of the baseline, from which its paths are counted.
    root: Option<PathBuf>,
}

impl Settings {
    /// # Errors
    /// Exit 2, if something is named that there is not, or the configuration cannot be used.
    pub(super) fn new(args: &Args, context: &Context) -> Result<Self, Failure> {
        let config = Config::load(args.config.as_deref())?;
        let format = if context.global.is_json() { Format::Json } else { args.format };
        if args.unsafe_fixes && !args.fix && !args.diff {
            return Err(
                Failure::usage("--unsafe-fixes does nothing by itself").hint("add --fix, or --diff to look first")
            );
        }
        if args.diff && format != Format::Human {
            return Err(Failure::usage("--diff is for people").hint("the JSON of each finding says how it is mended"));
        }
        let or = |flags: &[String], config: Vec<String>| if flags.is_empty() { config } else { flags.to_vec() };
        let readers = or(&args.readers, config.readers).join(",");
        let readers = if readers.is_empty() {
            Readers::default()
        } else {
            readers.parse().map_err(Failure::from).map_err(|failure: Failure| failure.with_exit(super::Exit::Usage))?
        };
        let selection = Selection {
            select: or(&args.select, config.select),
            ignore: or(&args.ignore, config.ignore),
            pedantic: args.pedantic || config.pedantic,
            no_suppressions: args.no_ignores,
            baseline: args.baseline.as_deref().map(baseline::read).transpose()?,
            ..Selection::default()
        };
        let exceptions = if args.no_ignores { Vec::new() } else { config.exceptions };
        let named = exceptions.iter().map(config::Exception::of_every_file);
        Selection { exceptions: named.collect(), ..selection.clone() }.check().map_err(|error| {
            Failure::usage(error.to_string()).hint("docs/rules.md lists the rules; `--explain RULE` explains one")
        })?;
        let safety = if args.unsafe_fixes { Safety::Unsafe } else { Safety::Safe };
        let groups = or(&args.allow_group, config.allow_groups);
        let groups = groups.iter().map(|group| account("group", Path::new("/etc/group"), group));
        let owner = args.owner.clone().or(config.owner);
        let here = env::here().doing("cannot tell the current folder")?;
        let here = here.canonicalize().unwrap_or(here);
        Ok(Self {
            format,
            fail_on: args.fail_on.map(Severity::from).or(config.fail_on).unwrap_or(Severity::Error),
            copies: args.copies.clone(),
            include_ignored: args.include_ignored,
            history: args.history,
            git: if args.history {
                Git::new(env::whole()).patient_with_history()
            } else {
                Git::new(env::whole()).brief()
            },
            veil: Arc::default(),
            asking: (args.live || args.require_live).then(Asking::default),
            rotated: OnceCell::new(),
            owner: owner.map(|owner| account("user", Path::new("/etc/passwd"), &owner)).transpose()?,
            root: args.baseline.as_deref().or(args.write_baseline.as_deref()).and_then(|path| folder(path, &here)),
            here,
            targets: BTreeSet::new(),
            fix: args.fix.then_some(safety),
            diff: args.diff.then_some(safety),
            selection,
            exceptions,
            allow_groups: groups.collect::<Result<_, _>>()?,
            readers,
            max_age: args.max_age.or(config.max_age),
        })
    }

    pub(super) fn mending(&self) -> bool {
        self.fix.is_some()
    }

    pub(super) fn diff(&self) -> bool {
        self.diff.is_some()
    }

    /// How far mending goes.
    pub(super) fn safety(&self) -> Safety {
        self.fix.or(self.diff).unwrap_or(Safety::Safe)
    }

    pub(super) fn options(&self, now: Timestamp) -> Options {
        Options {
            allow_groups: self.allow_groups.clone(),
            max_age: self.max_age,
            readers: self.readers,
            now: Some(now),
            unsafe_fixes: self.safety() == Safety::Unsafe,
        }
    }

    /// The selection for one file: `path` as in its facts, `resolved` without links.
    pub(super) fn selection(&self, path: &Path, resolved: Option<&Path>) -> Selection {
        let exceptions = self.exceptions.iter().filter_map(|exception| exception.of(path, resolved));
        let exceptions: Vec<Exception> = exceptions.collect();
        let root = self.root.as_deref().unwrap_or(&self.here);
        Selection { exceptions, relative: relative(resolved.unwrap_or(path), root), ..self.selection.clone() }
    }
}

/// A path below a root as it is seen from there; any other as it is.
pub(super) fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}

fn folder(path: &Path, here: &Path) -> Option<PathBuf> {
    let parent = here.join(path).parent()?.to_owned();
    Some(parent.canonicalize().unwrap_or(parent))
}

/// The number of a user or group, by number or by a name in the system's own list. Names that only a directory service
/// knows are given by number.
fn account(what: &str, list: &Path, name: &str) -> Result<u32, Failure> {
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let text = std::fs::read_to_string(list).unwrap_or_default();
    let number = text.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    });
    number.ok_or_else(|| {
        Failure::usage(format!("there is no {what} `{name}` in {}", list.display())).hint("give its number")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_by_name_and_number() {
        assert_eq!(account("user", Path::new("/etc/passwd"), "root").unwrap(), 0);
        assert_eq!(account("user", Path::new("/etc/passwd"), "4711").unwrap(), 4711);
        let failure = account("group", Path::new("/etc/group"), "no such group").unwrap_err();
        assert_eq!(failure.exit(), crate::cli::exit::Exit::Usage);
    }

    #[test]
    fn paths_as_seen_from_a_root() {
        assert_eq!(relative(Path::new("/a/b/c"), Path::new("/a")), "b/c");
        assert_eq!(relative(Path::new("/x/c"), Path::new("/a")), "/x/c");
    }
}
