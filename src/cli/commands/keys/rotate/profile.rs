//! The pairs that profiles hold: one as the target of a rotation, the others as holders of a key that is rotated.

use super::Found;
use super::find::all;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::model::{AccountSid, Credential, KeySid, ProfileName};
use crate::sinks::Spec;

/// The profile that a sink is, if it is one.
#[must_use]
pub fn named(spec: &Spec) -> Option<ProfileName> {
    if spec.kind().scheme == "keyring" { ProfileName::parse(spec.target()).ok() } else { None }
}

/// The pair of a profile, as what is to be rotated, and the further sinks that it goes into.
pub(super) fn found(context: &Context, name: &ProfileName, further: &[String]) -> Result<Found, Failure> {
    let profiles = context.needed_profiles()?;
    if profiles.profile(name)?.key.is_none() {
        return Err(Failure::usage(format!(
            "the profile `{name}` holds an Auth Token, and `keys rotate` replaces API keys"
        ))
        .hint(
            "name a profile with a key, or an env file: --env-file repos.env --profile NAME authorises with the token",
        ));
    }
    let progress = context.ui.progress("asking the keyring");
    let loaded = profiles.load(name);
    drop(progress);
    let (profile, credential) = loaded.map_err(|error| context.lost(name, error))?;
    let Credential::ApiKey { account, pair } = credential else {
        return Err(Failure::failed(format!("the profile `{name}` holds no API key")));
    };
    if let Some(other) = context.global.account.as_ref().filter(|other| **other != account) {
        return Err(Failure::usage(format!("the profile `{name}` is one of {account}, not of {other}"))
            .hint("leave --account out"));
    }
    let sinks = all(format!("keyring:{name}"), further);
    let profile = Some((name.clone(), profile.endpoint));
    Ok(Found { account, said: false, file: None, sinks, pair, authority: None, profile })
}

/// The profiles that hold this key of this Twilio as well, or one that the open rotation of it replaces or has made. They
/// are rotated with it, or they would be left with a key that is about to be revoked.
pub(super) fn holders(
    context: &Context,
    key: &KeySid,
    account: &AccountSid,
    endpoint: &str,
) -> Result<Vec<String>, Failure> {
    let Some(book) = context.known_profiles()? else { return Ok(Vec::new()) };
    let mut keys = vec![key.clone()];
    if !book.profiles.is_empty()
        && let Some(ledger) = context.ledger()?
    {
        for rotation in ledger.all()?.0.iter().filter(|rotation| rotation.outcome().is_none()) {
            let both = [Some(&rotation.begun().old), rotation.new_key()];
            if both.contains(&Some(key)) {
                keys.extend(both.into_iter().flatten().cloned());
            }
        }
    }
    let same = book.profiles.iter().filter(|(_, profile)| {
        profile.account == *account
            && profile.endpoint == endpoint
            && profile.key.as_ref().is_some_and(|key| keys.contains(key))
    });
    Ok(same.map(|(name, _)| format!("keyring:{name}")).collect())
}

/// A profile that may replace the key of another: one with the Auth Token of the same account and Twilio.
pub(super) fn that_may_authorise(context: &Context, found: &Found) -> Option<ProfileName> {
    let (own, endpoint) = found.profile.as_ref()?;
    let book = context.known_profiles().ok()??;
    let may = book.profiles.iter().find(|(name, profile)| {
        *name != own && profile.key.is_none() && profile.account == found.account && profile.endpoint == *endpoint
    });
    may.map(|(name, _)| name.clone())
}
