//! The keys of an account that nobody here knows of.

use std::collections::BTreeSet;

use super::Subject;
use crate::api::{Candidate, Client};
use crate::audit::facts::{AccountKeys, Fact, Probe, Verdict};
use crate::audit::loose::{keys as sids, plain};
use crate::model::{AccountSid, Credential, KeyKind, KeySid};

/// The keys whose SIDs stand anywhere in the bytes of a file, in whatever encoding, syntax or comment: a key that somebody
/// has written down is not one that nobody knows of.
#[must_use]
pub fn held(bytes: &[u8]) -> BTreeSet<KeySid> {
    let plain = plain(bytes);
    sids(bytes).chain(plain.iter().flat_map(|text| sids(text))).collect()
}

/// An account, and what the file holds that may list its keys.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account.
    pub sid: AccountSid,
    /// The variable that names it, beside the first of its credentials.
    variable: String,
    /// Working credentials that may be let in, the likeliest first.
    authorities: Vec<Credential>,
}

impl Account {
    /// The account of a credential, if it was seen to work there.
    #[must_use]
    pub fn of(subject: &Subject, probe: &Probe) -> Option<Self> {
        let Candidate::Credential(credential) = &subject.candidate else { return None };
        if probe.verdict != Verdict::Live {
            return None;
        }
        // A Standard key is refused as a wrong one would be: it need not be tried.
        let may = probe.token || probe.kind != Fact::Known(KeyKind::Standard);
        Some(Self {
            sid: credential.account().clone(),
            variable: probe.variables.last().cloned().unwrap_or_default(),
            authorities: may.then(|| credential.clone()).into_iter().collect(),
        })
    }

    /// Adds what another credential of the same account can do.
    pub fn join(&mut self, other: Self) {
        self.authorities.extend(other.authorities);
        // An Auth Token may list; of a key only a Main one, or one whose policy says so.
        self.authorities.sort_by_key(|credential| matches!(credential, Credential::ApiKey { .. }));
    }
}

/// Lists the keys of an account and leaves out those that are known, by an entry or by whoever works on them. One or two
/// requests a page for each credential, until one is let in.
pub async fn keys(client: &Client, account: &Account, known: &BTreeSet<KeySid>) -> AccountKeys {
    let mut found = AccountKeys {
        variable: account.variable.clone(),
        unheld: Fact::Unknown("nothing in the file may list the keys of its account".into()),
        unanswered: false,
        unread: false,
    };
    for authority in &account.authorities {
        match client.all_keys(authority, &account.sid).await {
            Ok((mut keys, _)) => {
                keys.retain(|key| !known.contains(&key.sid));
                keys.sort_by(|one, other| one.sid.cmp(&other.sid));
                return AccountKeys { unheld: Fact::Known(keys), unanswered: false, ..found };
            }
            Err(error) if error.is_refusal() => {}
            Err(error) => {
                found.unanswered = true;
                found.unheld = Fact::Unknown(error.to_string());
            }
        }
    }
    found
}
