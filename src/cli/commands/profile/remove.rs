//! `twcred profile remove`: forgets a profile and its secret on this machine.

use std::io;

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::{Outcome, Page, View};
use crate::model::{AccountSid, KeySid, ProfileName};
use crate::store::profiles::{self, Profile, VaultError};

/// Forget a profile and its secret on this machine; at Twilio nothing changes
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Twilio shows the secret of a key once, so it may be gone for good: this asks, or takes --yes. \
The key itself lives on until `twcred keys revoke`."
)]
pub struct Args {
    /// The profile
    #[arg(value_name = "NAME")]
    name: ProfileName,
}

/// Removes it.
///
/// # Errors
/// Exit 2 if there is no such profile, or nobody can be asked; exit 1 if a rotation or an unfinished create works on it, if another run changed it
/// while the question was open, or the answer was no. If the store does not let go of the secret, the profile is removed all
/// the same, and the same command tries again.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let Args { name } = args;
    let profiles = context.needed_profiles()?;
    let seen = profiles.book()?.profiles.remove(name);
    if let Some(profile) = &seen {
        super::unused(context, name)?;
        let what = profile.key.as_ref().map_or_else(|| "an Auth Token".to_owned(), ToString::to_string);
        let question = format!("Remove the profile `{name}` and the secret of {what} from this machine");
        if !context.ui.confirm(question)? {
            return Err(Failure::failed("the answer was no; nothing was removed"));
        }
    }
    let progress = context.ui.progress("asking the keyring");
    // A rotation may have begun meanwhile, or begun and ended: then the profile holds what nothing else does.
    let removed = profiles.remove(name, |now| {
        now.map_or_else(|| super::settled(context, name), |_| super::unused(context, name))
            .and_then(|()| super::unchanged(name, seen.as_ref(), now))
            .map_err(|failure| failure.doing("the profile was not removed"))
    });
    drop(progress);
    let profiles::Removed { profile, was_active, taken } = removed?;
    let outcome = match profile {
        Some(profile) => {
            tell(context, &profile, was_active);
            Outcome::did(Removed { name: name.clone(), account: profile.account, key: profile.key, was_active })
        }
        None => Outcome::silent(crate::cli::exit::Exit::Done),
    };
    match taken {
        Ok(()) => Ok(outcome),
        Err(error) => Ok(outcome.failing(
            not_taken_out(error)
                .doing(format!("the secret of the profile `{name}`, which is removed, may still be there"))
                .hint(format!("try again: twcred profile remove {name}")),
        )),
    }
}

/// What the store said, with what is to be done about entries of a profile that is no more.
fn not_taken_out(error: VaultError) -> Failure {
    let VaultError::Several { entry, .. } = &error else { return error.into() };
    let hint = format!("in the keyring's program, take them all out: the service is twcred, the username {entry}");
    Failure::failed(error.to_string()).hint(hint)
}

fn tell(context: &Context, profile: &Profile, was_active: bool) {
    match &profile.key {
        Some(key) => {
            context.ui.note(format!("the key {key} lives on at Twilio; if nothing uses it: twcred keys revoke {key}"));
        }
        None => context.ui.note(format!("the Auth Token of {} goes on working", profile.account)),
    }
    if was_active {
        context.ui.note("no profile is active now; choose one: twcred profile use NAME");
    }
}

#[derive(Serialize)]
struct Removed {
    name: ProfileName,
    account: AccountSid,
    key: Option<KeySid>,
    was_active: bool,
}

impl View for Removed {
    const SCHEMA: &'static str = "twcred.profile-removed/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        page.line(format!("removed the profile {}", self.name))
    }
}
