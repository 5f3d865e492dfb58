//! `twcred keys verify`: do this SID and secret work, of what type are they, which account.

use crate::api::{Candidate, Client};
use crate::cli::commands::verdict::{Subject, examine};
use crate::cli::context::Context;
use crate::cli::credentials::Prefer;
use crate::cli::error::Failure;
use crate::cli::interrupt;
use crate::cli::view::Outcome;
use crate::model::variable::Role;
use crate::model::{Credential, KeyPair, KeySid};

/// Find out whether a key and its secret work
#[derive(Debug, clap::Args)]
#[command(after_help = "Without --sid it is the key of the credential in force: of --env-file (`-`: standard input), \
--profile, the environment or the active profile. Exits 0 if it works, 4 if Twilio rejects it or the account is suspended or closed, \
75 if nothing can be said.")]
pub struct Args {
    /// The key; its secret is asked for, or read from standard input
    #[arg(long, value_name = "SK…", conflicts_with = "env_file")]
    sid: Option<KeySid>,
    /// Take the key whose SID stands in this variable
    #[arg(long, value_name = "VARIABLE", conflicts_with = "sid")]
    var: Option<String>,
}

/// Tries the key. Reads only.
///
/// # Errors
/// If there is no key to try, or no answer of Twilio's came.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let (candidate, subject, client) = match &args.sid {
        Some(sid) => given(sid, context)?,
        None => in_force(args.var.as_deref(), context)?,
    };
    let progress = context.ui.progress("asking Twilio");
    let finding = interrupt::block_on(examine(&client, subject, &candidate))?;
    drop(progress);
    Ok(finding.outcome())
}

fn given(sid: &KeySid, context: &Context) -> Result<(Candidate, Subject, Client), Failure> {
    let (secret, place) = context.typed_secret(&format!("Secret of {sid}"))?;
    let pair = KeyPair { sid: sid.clone(), secret };
    let mut origins = vec![(Role::KeySid, "--sid".to_owned()), (Role::KeySecret, place.to_owned())];
    if context.global.account.is_some() {
        origins.insert(0, (Role::AccountSid, "--account".to_owned()));
    }
    let (region, edge) = context.place(None, &mut origins);
    let client = context.client_at(region.as_deref(), edge.as_deref())?;
    let subject = Subject {
        user: sid.to_string(),
        account: context.global.account.clone(),
        fingerprint: pair.secret.fingerprint(),
        origins,
    };
    let candidate = match &context.global.account {
        Some(account) => Candidate::Credential(Credential::ApiKey { account: account.clone(), pair }),
        None => Candidate::Pair(pair),
    };
    Ok((candidate, subject, client))
}

fn in_force(variable: Option<&str>, context: &Context) -> Result<(Candidate, Subject, Client), Failure> {
    let resolved = match variable {
        Some(variable) => context.resolve_pair(variable)?,
        None => context.resolve(Prefer::Key)?,
    };
    if resolved.credential.key().is_none() {
        // The plain names come first, and there are pairs under a project's.
        if let Some(choices) = context.choices_in(&resolved.source) {
            let what = format!("nothing says which key of {} is meant", resolved.source);
            return Err(Failure::usage(what).hint(choices));
        }
        return Err(Failure::usage(format!("there is an Auth Token and no API key in {}", resolved.source))
            .hint("`twcred whoami` tries an Auth Token; --sid SK… takes a key and asks for its secret"));
    }
    let client = context.client(&resolved)?;
    let subject = Subject::of(&resolved);
    Ok((Candidate::Credential(resolved.credential), subject, client))
}
