//! What must be true before a key is made. Nothing here changes anything.

use std::time::Duration;

use super::error::Cause;
use super::keys::{Keys, Liveness};
use crate::model::time::{self, Timestamp};
use crate::model::{ApiKey, Credential, KeyKind, KeyPair, KeySid};
use crate::sinks::{Loaded, Sink};

/// The farthest this machine's clock may be from Twilio's.
pub const SKEW: Duration = Duration::from_hours(1);

/// What a key that authorises a rotation must be allowed to do.
const NEEDED: [&str; 5] = ["create", "read", "list", "update", "delete"];

/// The old key as the account knows it, with which the authorising credential also proves its right to ask.
///
/// # Errors
/// If there is no such key, or Twilio refuses.
pub async fn old_key<K: Keys>(keys: &K, authority: &Credential, sid: &KeySid) -> Result<ApiKey, Cause> {
    match keys.fetch(sid).await {
        Ok(Some(key)) => Ok(key),
        Ok(None) => Err(Cause::UnknownKey(sid.clone())),
        Err(source) => {
            // The same 401 stands for a wrong secret and for a Standard key; only a call it may make tells them apart.
            if let Credential::ApiKey { pair, .. } = authority
                && source.is_refusal()
                && !source.proves_secret()
                && matches!(keys.verify(pair).await, Ok(Liveness::Live))
            {
                return Err(Cause::StandardAuthority(pair.sid.clone()));
            }
            Err(Cause::Twilio { doing: "fetching the key that is to be replaced", source })
        }
    }
}

/// Whether the credential in force may do all that a rotation needs.
///
/// # Errors
/// If it is a Restricted key whose policy lacks a permission.
pub async fn authority<K: Keys>(keys: &K, authority: &Credential) -> Result<(), Cause> {
    let Credential::ApiKey { pair, .. } = authority else { return Ok(()) };
    let own = keys.fetch(&pair.sid).await;
    let own = own.map_err(|source| Cause::Twilio { doing: "fetching the key that authorises", source })?;
    let Some(policy) = own.and_then(|key| key.policy) else { return Ok(()) };
    for action in NEEDED {
        let missing = format!("/twilio/iam/api-keys/{action}");
        if !policy.allow.contains(&missing) && !policy.allow.contains("/twilio/iam/api-keys/*") {
            return Err(Cause::AuthorityLacks { key: pair.sid.clone(), missing });
        }
    }
    Ok(())
}

/// The kind of the old key, and proof that its pair works: a rotation starts from something that does.
///
/// # Errors
/// If the pair is rejected, or either cannot be told.
pub async fn live<K: Keys>(keys: &K, key: &ApiKey, pair: &KeyPair) -> Result<KeyKind, Cause> {
    let what = || format!("the pair {} that stands in the file", pair.sid);
    let asked = match &key.policy {
        Some(_) => keys.verify(pair).await.map(|said| (said, Some(KeyKind::Restricted))),
        None => keys.identify(pair).await.map(|(said, kind)| (said, kind.or(key.kind))),
    };
    match asked.map_err(|source| Cause::Twilio { doing: "verifying the old pair", source })? {
        (Liveness::Live, Some(kind)) => Ok(kind),
        (Liveness::Live, None) => {
            Err(Cause::Unclear { what: what(), said: "the answers do not tell a Main key from a Standard one".into() })
        }
        (Liveness::Rejected(said), _) => Err(Cause::Rejected { what: what(), said }),
        (Liveness::Unclear(said), _) => Err(Cause::Unclear { what: what(), said }),
    }
}

/// Whether every sink can be written, and holds the old pair or nothing.
///
/// # Errors
/// With the first that cannot, or that holds another pair.
pub fn sinks(sinks: &[Box<dyn Sink>], old: &KeySid) -> Result<(), Cause> {
    for sink in sinks {
        let name = sink.spec().to_string();
        let failed = |doing| {
            let sink = name.clone();
            move |source| Cause::Sink { sink, doing, source }
        };
        sink.probe().map_err(failed("probing"))?;
        if let Loaded::Held(pairs) = sink.load().map_err(failed("reading"))?
            && let Some(other) = pairs.iter().find(|held| held.pair.sid != *old)
        {
            return Err(Cause::Drift {
                sink: name,
                holds: other.pair.sid.to_string(),
                old: old.clone(),
                after_grace: false,
            });
        }
    }
    Ok(())
}

/// Whether this machine's clock can be trusted with ages and graces.
///
/// # Errors
/// If it is more than [`SKEW`] from the time Twilio's answers carry.
pub fn clock(here: Timestamp, there: Option<Timestamp>) -> Result<(), Cause> {
    let Some(there) = there else { return Ok(()) };
    let (by, direction) =
        if here > there { (time::since(there, here), "ahead of") } else { (time::since(here, there), "behind") };
    if by > SKEW { Err(Cause::Clock { by: time::show_duration(by), direction }) } else { Ok(()) }
}
