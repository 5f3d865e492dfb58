//! A new key as it is shown.

use std::io;

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::reveal::Revealed;
use crate::cli::view::{Page, View};
use crate::model::secret::Fingerprint;
use crate::model::{AccountSid, FriendlyName, KeyKind, KeyPair, KeySid, Policy, ProfileName};
use crate::sinks::{Spec, Target};
use crate::store::profiles::Store;

/// A new key, and where its secret is.
#[derive(Serialize)]
pub(super) struct Made {
    account: AccountSid,
    sid: KeySid,
    name: FriendlyName,
    #[serde(rename = "type")]
    kind: KeyKind,
    policy: Option<Policy>,
    stored_in: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    profiles: Vec<Keeper>,
    secret_fingerprint: Fingerprint,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<Revealed>,
}

/// A profile, and what keeps its secret.
#[derive(Serialize)]
struct Keeper {
    name: ProfileName,
    store: Store,
}

impl Keeper {
    /// The profile that a sink is, with what keeps its secret.
    fn of(context: &Context, spec: &Spec) -> Option<Self> {
        let name = (spec.kind().target == Target::Profile).then(|| spec.target().parse().ok()).flatten()?;
        let store = context.profiles()?.profile(&name).ok()?.store;
        Some(Self { name, store })
    }
}

impl Made {
    /// The key of this pair, which was asked for by this name and policy and is in these sinks.
    pub(super) fn new(
        context: &Context,
        account: &AccountSid,
        pair: &KeyPair,
        (name, policy): (&FriendlyName, Option<&Policy>),
        stored_in: &[Spec],
        reveal: bool,
    ) -> Self {
        Self {
            account: account.clone(),
            sid: pair.sid.clone(),
            name: name.clone(),
            kind: if policy.is_some() { KeyKind::Restricted } else { KeyKind::Standard },
            policy: policy.cloned(),
            stored_in: stored_in.iter().map(ToString::to_string).collect(),
            profiles: stored_in.iter().filter_map(|spec| Keeper::of(context, spec)).collect(),
            secret_fingerprint: pair.secret.fingerprint(),
            secret: reveal.then(|| Revealed(pair.secret.clone())),
        }
    }

    /// A sink, with the store if it is a profile.
    fn shown(&self, sink: &str) -> String {
        let keeper = self.profiles.iter().find(|keeper| sink.strip_prefix("keyring:") == Some(keeper.name.as_str()));
        keeper.map_or_else(|| sink.to_owned(), |keeper| format!("{sink} ({})", keeper.store))
    }
}

impl View for Made {
    const SCHEMA: &'static str = "twcred.created-key/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let fingerprint = format!("fingerprint {}", self.secret_fingerprint);
        let stored_in: Vec<String> = self.stored_in.iter().map(|sink| self.shown(sink)).collect();
        page.fields(&[
            ("SID", self.sid.as_str()),
            ("name", self.name.as_str()),
            ("account", self.account.as_str()),
            ("type", &self.kind.to_string()),
            ("stored in", &stored_in.join(", ")),
            ("secret", self.secret.as_ref().map_or(&fingerprint, Revealed::characters)),
        ])
    }
}
