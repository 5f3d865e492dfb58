//! What one line of flags asks for, or one target of the configuration.

use std::path::{Path, PathBuf};

use super::Args;
use crate::cli::config::{Of, Source, Target, Wanted};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{Doing as _, Failure};
use crate::model::{AccountSid, ProfileName};
use crate::rotation::plan::{GRACE, Schedule};
use crate::rotation::run::GraceBy;
use crate::sinks::Spec;

/// Where pairs stand, and where else they go.
#[derive(Debug, Clone)]
pub struct Places {
    /// The target that says so; `None` where flags do.
    pub target: Option<String>,
    /// Where they stand.
    pub source: Source,
    /// The account, if it is said.
    pub account: Option<AccountSid>,
    /// The profile that authorises, if the target names one.
    pub authority: Option<ProfileName>,
    /// The further sinks, named absolutely.
    pub sinks: Vec<String>,
}

/// What is to be rotated, and how.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) places: Places,
    pub(super) without: Vec<String>,
    pub(super) schedule: Schedule,
    pub(super) grace_by: Option<GraceBy>,
    pub(super) check: Option<String>,
    pub(super) after: Option<String>,
    pub(super) allow_downgrade: bool,
}

impl Places {
    /// The places of a target.
    #[must_use]
    pub fn of(target: &Target) -> Self {
        Self {
            target: Some(target.name.clone()),
            source: target.source.clone(),
            account: target.account.clone(),
            authority: target.authority.clone(),
            sinks: target.sinks.iter().map(ToString::to_string).collect(),
        }
    }

    /// The failure of these places, with the target's name in front.
    #[must_use]
    pub fn blame(&self, failure: Failure) -> Failure {
        match &self.target {
            Some(name) => failure.doing(format!("target {name} stopped")),
            None => failure,
        }
    }
}

impl Order {
    /// What the flags ask for.
    pub(super) fn of_flags(args: &Args, context: &Context) -> Result<Self, Failure> {
        let wanted = match (args.all, args.var.as_slice()) {
            (true, _) => Wanted::Every,
            (false, []) => Wanted::Only,
            (false, named) => Wanted::Named(named.to_vec()),
        };
        let missing = || {
            Failure::usage("nothing says which file holds the pair")
                .hint("name it: twcred keys rotate --env-file repos.env")
                .hint("or a target of the configuration: twcred keys rotate TARGET, or --all for every one")
                .hint("or the profile that holds it: twcred keys rotate --profile NAME")
        };
        let path = whole(context.global.env_file.as_deref().ok_or_else(missing)?)?;
        Self::of_source(Source::File { path, wanted }, args)
    }

    /// What the flags ask for of the pair of a profile.
    pub(super) fn of_profile(args: &Args, name: &ProfileName) -> Result<Self, Failure> {
        Self::of_source(Source::Sink(Spec::parse(&format!("keyring:{name}"))?), args)
    }

    fn of_source(source: Source, args: &Args) -> Result<Self, Failure> {
        not_left_out(&args.to, &args.without)?;
        Ok(Self {
            places: Places { target: None, source, account: None, authority: None, sinks: absolute(&args.to)? },
            without: absolute(&args.without)?,
            schedule: Schedule::new(args.max_age, args.grace.unwrap_or(GRACE))?,
            grace_by: args.grace.map(|_| GraceBy::Flag),
            check: args.check.clone(),
            after: args.after.clone(),
            allow_downgrade: args.allow_downgrade,
        })
    }

    /// What a target asks for, where the flags do not say otherwise. Sinks of both count.
    pub(super) fn of_target(target: &Target, args: &Args, context: &Context) -> Result<Self, Failure> {
        if let (Some(flag), Some(own)) = (&context.global.account, &target.account)
            && flag != own
        {
            return Err(Failure::usage(format!("--account is not the account of the target {}", target.name))
                .hint("leave --account out: the target says which account it is of"));
        }
        let mut places = Places::of(target);
        let Of::ApiKey { grace, allow_downgrade } = &target.of else {
            return Err(Failure::usage(format!("the target {} is none of an API key", target.name)));
        };
        not_left_out(&args.to, &args.without)?;
        if let Some(sink) = covered(&args.to, &target.without)? {
            let failure = Failure::usage(format!("{sink} is to get the new pair, and the target leaves it out"));
            return Err(places
                .blame(failure.hint("take --to away, or the sink out of the target's `without`; nothing was made")));
        }
        for sink in absolute(&args.to)? {
            if !places.sinks.contains(&sink) {
                places.sinks.push(sink);
            }
        }
        let mut left_out: Vec<String> = target.without.iter().map(ToString::to_string).collect();
        left_out.extend(absolute(&args.without)?);
        let schedule = Schedule::new(args.max_age.or(target.max_age), args.grace.or(*grace).unwrap_or(GRACE));
        let configured = grace.map(|_| GraceBy::Target(target.name.clone()));
        Ok(Self {
            schedule: schedule.map_err(|error| places.blame(error.into()))?,
            grace_by: args.grace.map(|_| GraceBy::Flag).or(configured),
            without: left_out,
            check: args.check.clone().or_else(|| target.check.clone()),
            after: args.after.clone().or_else(|| target.after.clone()),
            allow_downgrade: args.allow_downgrade || *allow_downgrade,
            places,
        })
    }
}

/// Makes sure that no sink is both to be taken in and left out.
///
/// # Errors
/// Exit 2 naming the first that is.
fn not_left_out(to: &[Spec], without: &[Spec]) -> Result<(), Failure> {
    match covered(to, without)? {
        Some(sink) => Err(Failure::usage(format!("{sink} is to get the new pair, and --without leaves it out"))
            .hint("take one of the two away; nothing was made")),
        None => Ok(()),
    }
}

/// The first sink to be taken in that is to be left out as well.
fn covered(to: &[Spec], without: &[Spec]) -> Result<Option<Spec>, Failure> {
    let (to, without) = (specs(to)?, specs(without)?);
    Ok(to.into_iter().find(|sink| without.iter().any(|left| left.covers(sink))))
}

fn absolute(sinks: &[Spec]) -> Result<Vec<String>, Failure> {
    Ok(specs(sinks)?.iter().map(ToString::to_string).collect())
}

fn specs(specs: &[Spec]) -> Result<Vec<Spec>, Failure> {
    if specs.is_empty() {
        return Ok(Vec::new());
    }
    let here = env::here().doing("cannot tell where I am")?;
    specs.iter().map(|spec| Ok(spec.absolute(&here)?)).collect()
}

/// The whole path of a file that is to be rotated.
///
/// # Errors
/// Exit 2, if it is standard input, or no sink could name it.
pub fn whole(path: &Path) -> Result<PathBuf, Failure> {
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
