//! `twcred keys rotate`: finds the pairs of an env file and does for each what is due.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::cli::commands::rotation::authority::Search;
use crate::cli::commands::rotation::engine::{Engine, Told};
use crate::cli::commands::rotation::narrate;
use crate::cli::context::Context;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::interrupt;
use crate::cli::view::{Outcome, Page, View};
use crate::dotenv::EnvFile;
use crate::model::time::{Timestamp, parse_duration};
use crate::model::{AccountSid, KeyPair, KeySid};
use crate::rotation::plan::{Plan, Schedule};
use crate::rotation::run::{self, Report, Request};
use crate::sinks::{self, FoundPair, Spec};
use crate::store::file;
use crate::store::lock::Owner;

/// How a line starts that asks for leave to take the next step.
pub const STEP_MARK: &str = "next: ";

/// Replace a key by a new one wherever it is used, and retire it
///
/// Continues what is open, retires what is due, rotates what is old, and otherwise does nothing: the same line may run
/// as often as one likes.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(after_help = "\
The pair is found in --env-file, and every pair of that file that holds the same key is replaced with it. \
The credential that authorises the change is the Auth Token beside the pair, else one of the environment for the \
same account, else the pair itself, if it is a Restricted key that may manage keys.

A check or after command runs through `sh -c` with TWCRED_ROTATION, TWCRED_ACCOUNT_SID, TWCRED_OLD_KEY_SID and \
TWCRED_NEW_KEY_SID in its environment; it may be run more than once.")]
pub struct Args {
    /// Rotate the pair whose SID stands in this variable (repeatable)
    #[arg(long, value_name = "VARIABLE")]
    var: Vec<String>,
    /// Rotate every pair of the file
    #[arg(long, conflicts_with = "var")]
    all: bool,
    /// Store the new pair in this sink as well (repeatable)
    #[arg(long, value_name = "SINK")]
    to: Vec<Spec>,
    /// Leave this sink of an earlier rotation alone, although it holds the key (repeatable)
    #[arg(long, value_name = "SINK")]
    without: Vec<Spec>,
    /// Rotate only keys that would outlive this age within their grace
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    max_age: Option<Duration>,
    /// How long the old key goes on working
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = parse_duration)]
    grace: Duration,
    /// End the grace now: revoke the old key in this very run
    #[arg(long)]
    now: bool,
    /// Hold the rotation while this command fails
    #[arg(long, value_name = "COMMAND")]
    check: Option<String>,
    /// Run this once the new pair is current; the old key stays until it has succeeded
    #[arg(long, value_name = "COMMAND")]
    after: Option<String>,
    /// Say what would be done, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Replace a Main key, which cannot be made by API, by a Standard one
    #[arg(long)]
    allow_downgrade: bool,
    /// Stop before every step until Enter is pressed
    #[arg(long, conflicts_with = "dry_run")]
    step: bool,
}

/// One key of the file: all pairs that hold it are replaced as one.
struct Target {
    account: AccountSid,
    prefix: String,
    sinks: Vec<String>,
    without: Vec<String>,
    pair: KeyPair,
}

/// Does what is due.
///
/// # Errors
/// Exit 2 for what the flags or the file leave open; else as the rotation says.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let started = context.now();
    if args.step && context.global.no_input {
        return Err(Failure::usage("--step waits for Enter, and --no-input was given"));
    }
    let schedule = Schedule::new(args.max_age, args.grace)?;
    let path = env_file(context)?;
    let targets = targets(args, context, &path)?;
    let mut job = Job { args, context, schedule, started, path, reports: Vec::new(), plans: Vec::new(), failed: None };
    for target in &targets {
        if let Err(failure) = job.one(target) {
            job.fail(failure);
        }
        if interrupt::is_heard() {
            break;
        }
    }
    job.outcome()
}

fn env_file(context: &Context) -> Result<PathBuf, Failure> {
    let missing = || {
        Failure::usage("nothing says which file holds the pair")
            .hint("name it: twcred keys rotate --env-file repos.env")
    };
    let path = context.global.env_file.as_deref().ok_or_else(missing)?;
    if path == Path::new("-") {
        return Err(Failure::usage("a rotation writes the new pair into the file, and standard input is none")
            .hint("name the file: --env-file repos.env"));
    }
    let path = std::path::absolute(path).doing(format!("cannot find {}", path.display()))?;
    match path.to_str() {
        Some(text) if !text.contains('#') => Ok(path),
        _ => {
            Err(Failure::usage(format!("{}: a file to be rotated has no # in its path, and is UTF-8", path.display())))
        }
    }
}

/// The pairs that are meant, one target for each key.
fn targets(args: &Args, context: &Context, path: &Path) -> Result<Vec<Target>, Failure> {
    let shown = path.display();
    // What a killed run left beside the file is a copy with a secret in it.
    file::sweep(path).doing(format!("cannot rotate {shown}"))?;
    let read = file::read(path).doing(format!("cannot rotate {shown}"))?;
    let document = EnvFile::parse(read.bytes());
    if let Some(problem) = document.problems().first() {
        return Err(Failure::usage(format!("{shown}, line {}: {}", problem.line, problem.kind))
            .hint("readers disagree about such a file; save it as plain UTF-8 text"));
    }
    if document.has_bom() {
        return Err(Failure::usage(format!("{shown}, line 1: the file starts with a byte-order mark"))
            .hint("bash, systemd and dotenvy lose its first variable or the whole file; save it without the mark"));
    }
    let found = sinks::pairs(&document);
    let named = |pair: &FoundPair| args.var.iter().any(|var| pair.sid_vars.contains(var));
    let wanted: Vec<FoundPair> = if args.var.is_empty() {
        found.into_iter().collect::<Result<_, _>>().doing(format!("cannot rotate {shown}"))?
    } else {
        // Another project's broken lines are no reason not to rotate the one that was named.
        let mut wanted = Vec::new();
        for pair in found {
            match pair {
                Ok(pair) => wanted.push(pair),
                Err(error) if args.var.contains(&error.variable) || prefix_named(&error.prefix, &args.var) => {
                    return Err(error).doing(format!("cannot rotate {shown}"));
                }
                Err(error) => context.ui.warn(format!("{shown}: {error}")),
            }
        }
        wanted
    };
    for var in &args.var {
        if !wanted.iter().any(|pair| pair.sid_vars.contains(var)) {
            return Err(Failure::usage(format!("{shown} has no pair whose SID stands in {var}")).hint(listed(&wanted)));
        }
    }
    let mut keys: Vec<KeySid> = Vec::new();
    for pair in wanted.iter().filter(|pair| args.var.is_empty() || named(pair)) {
        if !keys.contains(&pair.sid) {
            keys.push(pair.sid.clone());
        }
    }
    match keys.len() {
        0 => Err(Failure::usage(format!("{shown} holds no API key pair"))
            .hint("a pair is TWILIO_API_KEY and TWILIO_API_SECRET, with TWILIO_ACCOUNT_SID beside them")
            .hint(format!("make one: twcred keys create NAME --to env:{shown}"))),
        count if count > 1 && !args.all && args.var.is_empty() => {
            Err(Failure::usage(format!("{shown} holds {count} keys, and nothing says which is meant"))
                .hint(listed(&wanted))
                .hint("or rotate them all: --all"))
        }
        count if count > 1 && !args.to.is_empty() => {
            Err(Failure::usage("--to names a sink for one pair, and several are to be rotated")
                .hint("rotate them one at a time, with --var"))
        }
        _ => keys.iter().map(|key| target(args, context, path, &wanted, key)).collect(),
    }
}

fn prefix_named(prefix: &str, vars: &[String]) -> bool {
    vars.iter().any(|var| crate::model::variable::classify(var).is_some_and(|variable| variable.prefix == prefix))
}

fn listed(pairs: &[FoundPair]) -> String {
    let names: Vec<String> = pairs.iter().map(|pair| format!("--var {}", pair.variable())).collect();
    if names.is_empty() { "the file holds no pair".to_owned() } else { format!("choose: {}", names.join(", or ")) }
}

fn target(args: &Args, context: &Context, path: &Path, pairs: &[FoundPair], key: &KeySid) -> Result<Target, Failure> {
    let same: Vec<&FoundPair> = pairs.iter().filter(|pair| pair.sid == *key).collect();
    let first = same.first().ok_or_else(|| Failure::failed("the pair is gone"))?;
    if let Some(other) = same.iter().find(|pair| pair.secret != first.secret) {
        let (one, two) = (first.variable(), other.variable());
        return Err(Failure::usage(format!("{}: {one} and {two} name the same key with two secrets", path.display()))
            .hint("one of them is wrong: twcred keys verify tells which"));
    }
    let stated = same.iter().find_map(|pair| Some((pair.account.clone()?, pair.account_vars.first()?)));
    if let (Some((stated, var)), Some(given)) = (&stated, &context.global.account)
        && stated != given
    {
        let what = format!("{} is a key of {stated}, as {var} says, and --account names {given}", first.variable());
        let prefix = if first.prefix.is_empty() { String::new() } else { format!("{}_", first.prefix) };
        return Err(Failure::usage(format!("{}: {what}", path.display()))
            .hint("leave --account out")
            .hint(format!("or, if the key belongs to {given}, say so in the file: {prefix}TWILIO_ACCOUNT_SID={given}")));
    }
    let account = context.global.account.clone().or_else(|| stated.map(|(account, _)| account));
    let account = account.ok_or_else(|| {
        Failure::usage(format!("{}: nothing says which account {} belongs to", path.display(), first.variable()))
            .hint("add TWILIO_ACCOUNT_SID to the file, or give --account AC…")
    })?;
    let variables: Vec<&str> = same.iter().map(|pair| pair.variable()).collect();
    let mut sinks = vec![format!("env:{}#{}", path.display(), variables.join(","))];
    let here = crate::cli::env::here().doing("cannot tell where I am")?;
    for spec in &args.to {
        let name = spec.absolute(&here)?.to_string();
        if !sinks.contains(&name) {
            sinks.push(name);
        }
    }
    let absolute = |spec: &Spec| Ok(spec.absolute(&here)?.to_string());
    let without = args.without.iter().map(absolute).collect::<Result<_, Failure>>()?;
    Ok(Target { account, prefix: first.prefix.clone(), sinks, without, pair: first.pair() })
}

struct Job<'a> {
    args: &'a Args,
    context: &'a Context,
    schedule: Schedule,
    started: Timestamp,
    path: PathBuf,
    reports: Vec<Report>,
    plans: Vec<Plan>,
    failed: Option<Failure>,
}

impl Job<'_> {
    fn one(&mut self, target: &Target) -> Result<(), Failure> {
        let context = self.context;
        let search = Search {
            file: Some(&self.path),
            prefix: Some(&target.prefix),
            account: &target.account,
            own: Some(&target.pair),
        };
        let authority = search.run(context)?;
        let told = Told { step: self.args.step, target: target.sinks.first().cloned() };
        let engine = Engine::new(context, &authority, told)?;
        let request = Request {
            endpoint: engine.endpoint(),
            account: target.account.clone(),
            pair: target.pair.clone(),
            sinks: target.sinks.clone(),
            without: target.without.clone(),
            schedule: self.schedule,
            retire_now: self.args.now,
            check: self.args.check.clone(),
            after: self.args.after.clone(),
            allow_downgrade: self.args.allow_downgrade,
            owner: Owner { pid: std::process::id(), started: self.started, command: "keys rotate".to_owned() },
        };
        let _progress = (!self.args.step).then(|| context.ui.progress(format!("rotating {}", target.pair.sid)));
        if self.args.dry_run {
            let plan = interrupt::block_on(async {
                let plan = engine.with(async |world, ledger, keys| {
                    run::dry_run(world, ledger, keys, &authority.credential, &request).await
                });
                plan.await.map_err(|error| engine.blame(error))
            })?;
            self.plans.push(plan);
        } else {
            let report = interrupt::block_on(async {
                let report = engine.with(async |world, ledger, keys| {
                    run::rotate(world, ledger, keys, &authority.credential, &request).await
                });
                report.await.map_err(|error| engine.blame(error))
            })?;
            self.reports.push(report);
        }
        Ok(())
    }

    /// Keeps the first failure for the exit code; the others are said at once. An interruption comes before all.
    fn fail(&mut self, failure: Failure) {
        let other = match &self.failed {
            Some(_) if Some(failure.exit()) != interrupt::heard() => Some(failure),
            _ => self.failed.replace(failure),
        };
        if let Some(other) = other {
            other.print(&self.context.ui, self.context.global.is_json());
        }
    }

    fn outcome(self) -> Result<Outcome, Failure> {
        let nothing = self.reports.is_empty() && self.plans.is_empty();
        if nothing && let Some(failure) = self.failed {
            return Err(failure);
        }
        let quiet = self.context.global.quiet && !self.context.global.is_json();
        let outcome = if self.args.dry_run {
            Outcome::show(Plans { plans: self.plans })
        } else {
            let mut rotations = self.reports;
            // From cron, a line is a mail: only a day on which something was done is worth one.
            rotations.retain(|report| !quiet || report.changed());
            Outcome::show(Reports { rotations })
        };
        Ok(match self.failed {
            Some(failure) => outcome.failing(failure),
            None => outcome,
        })
    }
}

#[derive(Serialize)]
struct Reports {
    rotations: Vec<Report>,
}

impl View for Reports {
    const SCHEMA: &'static str = "twcred.keys-rotate/v1";

    fn human(&self, page: &mut Page<'_>) -> std::io::Result<()> {
        self.rotations.iter().try_for_each(|report| page.line(narrate::report(report)))
    }
}

#[derive(Serialize)]
struct Plans {
    plans: Vec<Plan>,
}

impl View for Plans {
    const SCHEMA: &'static str = "twcred.plan/v1";

    fn human(&self, page: &mut Page<'_>) -> std::io::Result<()> {
        for plan in &self.plans {
            narrate::plan(plan, page)?;
        }
        Ok(())
    }
}
