//! How keys look in the answers of both key APIs.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::error::Error;
use super::keys::Api;
use super::paging::{Next, page};
use super::transport::{Answer, Call};
use super::wire::{Loose, Text, present};
use crate::model::key::CreatedKey;
use crate::model::time::parse_twilio;
use crate::model::{ApiKey, FriendlyName, KeyKind, KeyPair, KeySid, Policy, Secret};

#[derive(Deserialize)]
struct V1Page<'a> {
    #[serde(borrow)]
    keys: Vec<Listed<'a>>,
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(deserialize_with = "present")]
    next_page_url: Option<String>,
}

#[derive(Deserialize)]
struct V2010Page<'a> {
    #[serde(borrow)]
    keys: Vec<Listed<'a>>,
    #[serde(deserialize_with = "present")]
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    sid: Text<'a>,
    #[serde(borrow)]
    friendly_name: Option<Text<'a>>,
    #[serde(borrow)]
    date_created: Option<Text<'a>>,
    #[serde(borrow)]
    date_updated: Option<Text<'a>>,
    #[serde(borrow)]
    flags: Option<Vec<Text<'a>>>,
    policy: Option<Loose<WirePolicy>>,
}

#[derive(Deserialize)]
struct WirePolicy {
    allow: BTreeSet<String>,
}

/// The answer to a create. Nothing but the SID and the secret can spoil it.
#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "Twilio's names")]
struct Created<'a> {
    #[serde(borrow)]
    sid: Text<'a>,
    secret: Secret,
    #[serde(borrow)]
    friendly_name: Option<Loose<Text<'a>>>,
    #[serde(borrow)]
    date_created: Option<Loose<Text<'a>>>,
    #[serde(borrow)]
    date_updated: Option<Loose<Text<'a>>>,
    #[serde(borrow)]
    flags: Option<Loose<Vec<Text<'a>>>>,
    policy: Option<Loose<WirePolicy>>,
}

impl Listed<'_> {
    /// `None` if the SID is not one of a key.
    fn into_key(self) -> Option<ApiKey> {
        let created = self.date_created.as_ref().and_then(|text| parse_twilio(text.as_str()));
        // Most keys were never changed; their two dates are one text.
        let updated = match (&self.date_created, &self.date_updated) {
            (Some(first), Some(last)) if first.as_str() == last.as_str() => created,
            (_, last) => last.as_ref().and_then(|text| parse_twilio(text.as_str())),
        };
        // Any policy restricts, one that cannot be read included.
        let restricted = self.policy.is_some().then_some(KeyKind::Restricted);
        let kind = restricted.or_else(|| self.flags.as_deref().and_then(kind_of_flags));
        let policy = self.policy.and_then(Loose::get).map(|policy| Policy { allow: policy.allow });
        let name = self.friendly_name.map(|name| FriendlyName::from_twilio(name.as_str()));
        Some(ApiKey { sid: KeySid::parse(self.sid.as_str()).ok()?, name, created, updated, kind, policy })
    }
}

/// Reads a kind out of a key's flags. Without flags, or with unknown ones only, the kind is not known. That a Main key
/// has `manage_keys` or `manage_accounts` is known from a client's enumeration, not from Twilio.
pub(super) fn kind_of_flags(flags: &[Text<'_>]) -> Option<KeyKind> {
    let has = |name| flags.iter().any(|flag| flag.as_str() == name);
    if has("restricted") {
        Some(KeyKind::Restricted)
    } else if has("manage_keys") || has("manage_accounts") {
        Some(KeyKind::Main)
    } else if has("rest_api") || has("signing") {
        Some(KeyKind::Standard)
    } else {
        None
    }
}

/// Reads one page of a list.
pub(super) fn read_page(api: Api, answer: &Answer, call: &Call<'_>) -> Result<(Vec<ApiKey>, Next), Error> {
    let (listed, next) = match api {
        Api::IamV1 => {
            let V1Page { keys, meta } = answer.read(call, &[200])?;
            (keys, meta.next_page_url.map_or(Next::End, Next::Absolute))
        }
        Api::V2010 => {
            let V2010Page { keys, next_page_uri } = answer.read(call, &[200])?;
            (keys, next_page_uri.map_or(Next::End, Next::Relative))
        }
    };
    page(listed, next, Listed::into_key, answer, call)
}

/// Reads the one key that was asked for. Another one in its place is no answer: what follows, a revoke even, would
/// strike that.
pub(super) fn read_key(answer: &Answer, call: &Call<'_>, sid: &KeySid) -> Result<ApiKey, Error> {
    let key = answer.read::<Listed<'_>>(call, &[200])?.into_key();
    key.filter(|key| key.sid == *sid).ok_or_else(|| answer.unusable(call, None))
}

/// Reads a key just made, with its secret.
pub(super) fn read_created(answer: &Answer, call: &Call<'_>) -> Result<CreatedKey, Error> {
    let Created { sid, secret, friendly_name, date_created, date_updated, flags, policy } =
        answer.read(call, &[200, 201])?;
    if secret.is_empty() {
        return Err(answer.unusable(call, None));
    }
    let listed = Listed {
        sid,
        friendly_name: friendly_name.and_then(Loose::get),
        date_created: date_created.and_then(Loose::get),
        date_updated: date_updated.and_then(Loose::get),
        flags: flags.and_then(Loose::get),
        policy,
    };
    let key = listed.into_key().ok_or_else(|| answer.unusable(call, None))?;
    let pair = KeyPair { sid: key.sid.clone(), secret };
    Ok(CreatedKey { key, pair })
}
