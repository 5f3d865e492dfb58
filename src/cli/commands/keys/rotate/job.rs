//! One run over all keys that are meant: each done in its turn, the worst exit code kept.

use std::rc::Rc;

use serde::Serialize;

use super::order::Order;
use super::{Args, Found, profile};
use crate::cli::commands::profile::none_claimed;
use crate::cli::commands::rotation::authority::Search;
use crate::cli::commands::rotation::creates;
use crate::cli::commands::rotation::engine::{self, Engine, Told};
use crate::cli::commands::rotation::narrate;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::view::{Outcome, Page, Unwritten, View};
use crate::cli::worst::Worst;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, KeySid};
use crate::rotation::error::Cause;
use crate::rotation::plan::{Decision, Plan};
use crate::rotation::run::{self, Report, Request};
use crate::rotation::watched::Said;
use crate::rotation::{Error, Ledger};
use crate::sinks::is_among;
use crate::store::lock::Owner;
use crate::store::paths::StateDir;

/// What was done so far.
pub(super) struct Job<'a> {
    args: &'a Args,
    context: &'a Context,
    started: Timestamp,
    /// The accounts whose unfinished creates were told of.
    reminded: Vec<AccountSid>,
    reports: Vec<Of<Report>>,
    plans: Vec<Of<Plan>>,
    worst: Worst,
    /// What programs have said so far.
    said: Rc<Said>,
}

/// Something about one key, with the target it was asked for by.
#[derive(Serialize)]
struct Of<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// The key as it was found.
    #[serde(skip)]
    key: KeySid,
    /// The sinks it was done for.
    #[serde(skip)]
    sinks: Vec<String>,
    #[serde(flatten)]
    what: T,
}

impl<'a> Job<'a> {
    pub(super) fn new(args: &'a Args, context: &'a Context) -> Self {
        Self {
            args,
            context,
            started: context.now(),
            reminded: Vec::new(),
            reports: Vec::new(),
            plans: Vec::new(),
            worst: Worst::default(),
            said: Rc::default(),
        }
    }

    /// Does for one key what is due.
    pub(super) fn one(&mut self, order: &Order, found: &Found) -> Result<(), Failure> {
        let context = self.context;
        if self.shared(order, found) {
            return Ok(());
        }
        let search = Search {
            file: found.file.as_ref().map(|(path, _)| path.as_path()),
            prefix: found.file.as_ref().map(|(_, prefix)| prefix.as_str()),
            profile: found.profile.as_ref().map(|(name, _)| name),
            authority: found.authority.as_ref(),
            account: &found.account,
            said: found.said,
            sealed: None,
            own: Some(&found.pair),
            open: None,
        };
        let ledger = Ledger::new(StateDir::open(&context.state_dir()?)?);
        let authority = engine::in_its_stead(context, &ledger, search.run(context)?, None)?;
        let (first, without) = (found.sinks.first().cloned(), order.without.clone());
        let told = Told {
            step: self.args.step,
            target: first,
            without,
            said: Rc::clone(&self.said),
            rotate: Some(rotates(order, found, context)),
        };
        let engine = Engine::new(context, &authority, told)?;
        if let Some((name, kept)) = &found.profile {
            Context::is_one_of(name, kept, &engine.endpoint())?;
            if authority.credential.key() != Some(&found.pair.sid) {
                context.ui.note(format!("authorised by {}", authority.source));
            }
        }
        if !self.reminded.contains(&found.account) {
            creates::remind(context, engine.ledger(), &engine.endpoint(), &found.account)?;
            self.reminded.push(found.account.clone());
        }
        let mut sinks = found.sinks.clone();
        for name in profile::holders(context, &found.pair.sid, &found.account, &engine.endpoint())? {
            if !sinks.contains(&name) && !order.without.contains(&name) {
                sinks.push(name);
            }
        }
        none_claimed(context, sinks.iter().filter(|name| !is_among(name, &order.without)))?;
        let request = Request {
            endpoint: engine.endpoint(),
            account: found.account.clone(),
            pair: found.pair.clone(),
            sinks,
            without: order.without.clone(),
            schedule: order.schedule,
            grace_by: order.grace_by.clone(),
            retire_now: self.args.now,
            check: order.check.clone(),
            after: order.after.clone(),
            allow_downgrade: order.allow_downgrade,
            owner: Owner { pid: std::process::id(), started: self.started, command: "keys rotate".to_owned() },
        };
        let _progress = (!self.args.step).then(|| context.ui.progress(format!("rotating {}", found.pair.sid)));
        let target = order.places.target.clone();
        let done_for = request.sinks.iter().filter(|name| !is_among(name, &request.without)).cloned().collect();
        if self.args.dry_run {
            let plan = interrupt::block_on(async {
                let plan = engine.with(async |world, ledger, keys| {
                    run::dry_run(world, ledger, keys, &authority.credential, &request).await
                });
                plan.await.map_err(|error| stopped(context, &engine, found, error))
            })?;
            self.plans.push(Of { target, key: found.pair.sid.clone(), sinks: done_for, what: plan });
        } else {
            let report = interrupt::block_on(async {
                let report = engine.with(async |world, ledger, keys| {
                    run::rotate(world, ledger, keys, &authority.credential, &request).await
                });
                report.await.map_err(|error| stopped(context, &engine, found, error))
            })?;
            self.reports.push(Of { target, key: found.pair.sid.clone(), sinks: done_for, what: report });
        }
        Ok(())
    }

    /// Whether another target that shares this key had it rotated in this very run, this one's sinks with it, or would
    /// have: then its report or its plan is told for this one, too. A key that was not due by the other's rules may be due
    /// by this one's. A rotation that came to its end has done so for each target that held either of its keys, as one that
    /// was cut off between two of them leaves them: the one that is gone is nothing that could be rotated.
    fn shared(&mut self, order: &Order, found: &Found) -> bool {
        let (target, key) = (order.places.target.as_ref(), &found.pair.sid);
        let is_this = |of: &Of<Report>| match &of.what {
            Report::NotDue { .. } => false,
            Report::Ended { old, new, .. } if old == key || new.as_ref() == Some(key) => {
                of.key == *key || found.sinks.first().is_some_and(|own| of.sinks.contains(own))
            }
            _ => of.key == *key,
        };
        let is_planned = |of: &Of<Plan>| of.key == *key && !matches!(of.what.decision, Decision::NotDue { .. });
        target.is_some()
            && (again(&mut self.reports, target, key, is_this) || again(&mut self.plans, target, key, is_planned))
    }

    /// Keeps a failure that does not stop the others.
    pub(super) fn fail(&mut self, failure: Failure) {
        self.worst.add(failure, self.context);
    }

    /// Whether a signal has come: then the keys that are left are left alone, and the exit code says so.
    pub(super) fn is_stopped(&mut self) -> bool {
        let Some(exit) = interrupt::heard() else { return false };
        if !self.worst.is(exit) {
            self.fail(interrupt::interrupted(exit));
        }
        true
    }

    /// What is to be shown, and the exit code.
    pub(super) fn outcome(self) -> Result<Outcome, Failure> {
        if self.reports.is_empty() && self.plans.is_empty() {
            // Without a failure there is no run that comes to nothing.
            return self.worst.alone().map_or_else(|| Ok(Outcome::silent(Exit::Done)), Err);
        }
        let quiet = self.context.global.quiet && !self.context.global.is_json();
        let outcome = if self.args.dry_run {
            Outcome::show(Plans { plans: self.plans })
        } else {
            let mut rotations = self.reports;
            // From cron, a line is a mail: only a day on which something was done is worth one.
            rotations.retain(|report| !quiet || report.what.changed());
            let is_open = rotations.iter().any(|report| report.what.is_open());
            Outcome::show(Reports { rotations }).unwritten(Unwritten::of(is_open))
        };
        Ok(self.worst.after(outcome))
    }
}

/// Tells for a target what was told already, if some of that counts for it.
fn again<T: Clone>(
    told: &mut Vec<Of<T>>,
    target: Option<&String>,
    key: &KeySid,
    counts: impl Fn(&Of<T>) -> bool,
) -> bool {
    let found = told.iter().find(|of| counts(of)).map(|of| (of.sinks.clone(), of.what.clone()));
    let Some((sinks, what)) = found else { return false };
    told.push(Of { target: target.cloned(), key: key.clone(), sinks, what });
    true
}

/// The arguments of `twcred` that rotate this key, as this run was asked to.
fn rotates(order: &Order, found: &Found, context: &Context) -> String {
    let beside =
        |flag: &str, value: Option<String>| value.map(|value| format!(" --{flag} {value}")).unwrap_or_default();
    let profile = beside("profile", context.global.profile.as_ref().map(ToString::to_string));
    let account = beside("account", context.global.account.as_ref().map(ToString::to_string));
    match (&order.places.target, &found.file, &found.profile) {
        (Some(target), ..) => format!("keys rotate {target}{profile}"),
        (None, Some((path, _)), _) => super::typed(path, found.sinks.first()) + &profile + &account,
        (None, None, Some((name, _))) => format!("keys rotate --profile {name}"),
        (None, None, None) => "keys rotate".to_owned(),
    }
}

/// What stopped a rotation. Where the key of a profile may not replace itself, the profile that may is named.
fn stopped(context: &Context, engine: &Engine<'_>, found: &Found, error: Error) -> Failure {
    let may_not = matches!(&error, Error::Preflight(cause) if matches!(**cause, Cause::StandardAuthority(_)));
    let failure = engine.blame(error);
    match profile::that_may_authorise(context, found).filter(|_| may_not) {
        Some(name) => failure.hint(format!("the profile `{name}` may: twcred profile use {name}, and run again")),
        None => failure,
    }
}

#[derive(Serialize)]
struct Reports {
    rotations: Vec<Of<Report>>,
}

impl View for Reports {
    const SCHEMA: &'static str = "twcred.keys-rotate/v1";

    fn human(&self, page: &mut Page<'_>) -> std::io::Result<()> {
        self.rotations.iter().try_for_each(|Of { target, what, .. }| {
            let name = target.as_ref().map_or_else(String::new, |name| format!("{name}: "));
            page.line(format!("{name}{}", narrate::report(what)))
        })
    }
}

#[derive(Serialize)]
struct Plans {
    plans: Vec<Of<Plan>>,
}

impl View for Plans {
    const SCHEMA: &'static str = "twcred.plan/v1";

    fn human(&self, page: &mut Page<'_>) -> std::io::Result<()> {
        for (at, Of { target, what, .. }) in self.plans.iter().enumerate() {
            if at > 0 {
                page.line("")?;
            }
            narrate::plan(target.as_deref(), what, page)?;
        }
        Ok(())
    }
}
