//! What one line of flags asks for, or one target of the configuration: which token, where it stands, by which rules.

use std::time::Duration;

use super::flags::{absolute, env_file};
use super::hand::{self, Hand};
use super::known;
use super::rotate::Args;
use crate::cli::config::{Config, Kind, Of, Target};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::model::TokenNames;

/// What is to be rotated, and how.
pub(super) struct Order {
    /// The target that says so; `None` where flags do.
    pub(super) target: Option<String>,
    /// Whether the target says its account.
    pub(super) is_said: bool,
    pub(super) hand: Hand,
    /// Where Twilio is, as the journal notes it.
    endpoint: String,
    pub(super) sinks: Vec<String>,
    pub(super) without: Vec<String>,
    pub(super) names: TokenNames,
    pub(super) max_age: Option<Duration>,
    pub(super) propagation: Option<Duration>,
    pub(super) check: Option<String>,
    pub(super) after: Option<String>,
    pub(super) suppress_email: bool,
}

impl Order {
    /// What the flags ask for.
    pub(super) fn of_flags(args: &Args, context: &Context) -> Result<Self, Failure> {
        let file = env_file(context)?;
        let names = args.places.names.over(&known::names_of(context, file.as_deref()))?;
        let hand = hand::find(context, file.as_deref(), &names)?;
        let sinks = args.places.sinks(file.as_deref())?;
        Ok(Self {
            target: None,
            is_said: false,
            endpoint: identity(context, &hand)?,
            hand,
            sinks,
            without: args.places.left_out()?,
            names,
            max_age: args.max_age,
            propagation: args.propagation,
            check: args.check.clone(),
            after: args.after.clone(),
            suppress_email: args.places.suppress_email,
        })
    }

    /// What a target asks for, where the flags do not say otherwise. Sinks of both count.
    fn of_target(target: &Target, args: &Args, context: &Context) -> Result<Self, Failure> {
        let Of::AuthToken { propagation, names, suppress_email } = &target.of else {
            return Err(Failure::usage(format!("the target {} is none of an Auth Token", target.name)));
        };
        if let (Some(flag), Some(own)) = (&context.global.account, &target.account)
            && flag != own
        {
            return Err(Failure::usage(format!("--account is not the account of the target {}", target.name))
                .hint("leave --account out: the target says which account it is of"));
        }
        let names = args.places.names.over(names)?;
        let hand = hand::of_target(context, target, &names)?;
        let mut sinks: Vec<_> = target.places().collect();
        for sink in absolute(&args.places.to)? {
            if !sinks.contains(&sink) {
                sinks.push(sink);
            }
        }
        let mut without: Vec<String> = target.without.iter().map(ToString::to_string).collect();
        without.extend(args.places.left_out()?);
        Ok(Self {
            target: Some(target.name.clone()),
            is_said: target.account.is_some(),
            endpoint: identity(context, &hand)?,
            hand,
            sinks,
            without,
            names,
            max_age: args.max_age.or(target.max_age),
            propagation: args.propagation.or(*propagation),
            check: args.check.clone().or_else(|| target.check.clone()),
            after: args.after.clone().or_else(|| target.after.clone()),
            suppress_email: args.places.suppress_email || *suppress_email,
        })
    }

    /// The failure of this order, with the target's name in front.
    pub(super) fn blame(&self, failure: Failure) -> Failure {
        match &self.target {
            Some(name) => named(name, failure),
            None => failure,
        }
    }

    /// Whether both are about one token of Twilio's: each region has tokens of its own.
    fn is_the_same_token(&self, other: &Self) -> bool {
        self.hand.account == other.hand.account && self.endpoint == other.endpoint
    }
}

fn identity(context: &Context, hand: &Hand) -> Result<String, Failure> {
    Ok(context.endpoint_at(hand.region.as_deref(), hand.edge.as_deref())?.identity())
}

fn named(name: &str, failure: Failure) -> Failure {
    failure.doing(format!("target {name} stopped"))
}

/// What the targets of these names ask for, or all targets. One that cannot be used does not stop the others.
///
/// # Errors
/// Exit 2, if the configuration cannot be used, or has no such target.
pub(super) fn of_targets(args: &Args, context: &Context) -> Result<Vec<Result<Order, Failure>>, Failure> {
    if context.global.profile.is_some() {
        return Err(Failure::usage(
            "nothing but the token itself may replace it, and --profile names another credential",
        )
        .hint("leave --profile out: a target says where its token is, which may be a profile"));
    }
    let config = Config::load(context)?;
    let targets = config.select(&args.targets, Kind::AuthToken)?;
    if targets.len() > 1 && !args.places.to.is_empty() {
        return Err(Failure::usage("--to names a sink for one token, and several targets are to be rotated")
            .hint("write it into the configuration, as a sink of its target"));
    }
    let all: Vec<(&Target, Result<Order, Failure>)> = config
        .of_kind(Kind::AuthToken)
        .map(|target| (target, Order::of_target(target, args, context).map_err(|failure| named(&target.name, failure))))
        .collect();
    let double = |at: usize, order: &Order| {
        let others = all.iter().enumerate().filter(|(other, _)| *other != at);
        others
            .filter_map(|(_, (target, other))| Some((target, other.as_ref().ok()?)))
            .find_map(|(target, other)| order.is_the_same_token(other).then(|| target.name.clone()))
    };
    let doubles: Vec<Option<String>> =
        all.iter().enumerate().map(|(at, (_, order))| double(at, order.as_ref().ok()?)).collect();
    let mut asked = Vec::new();
    for ((target, order), double) in all.into_iter().zip(doubles) {
        if !targets.iter().any(|wanted| wanted.name == target.name) {
            if let Err(failure) = order {
                context.ui.warn(format!(
                    "the target {} cannot be looked into, and may hold a token that is replaced here: {}",
                    target.name,
                    failure.chain().join(": ")
                ));
            }
            continue;
        }
        asked.push(match double {
            // A promotion ends the old token everywhere: what the other target holds would be dead.
            Some(other) => Err(named(
                &target.name,
                Failure::usage(format!(
                    "the target {other} holds the same account's token, and a promotion strikes both"
                ))
                .hint(format!("make one target of {} and {other}, with the sinks of both", target.name)),
            )),
            None => order,
        });
    }
    Ok(asked)
}
