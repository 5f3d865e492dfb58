//! A main account with many subaccounts.

use twcred::cli::context::clock;
use twcred::model::{AccountSid, KeySid, Secret};
use twcred::sandbox::{AccountSeed, KeySeed, Kind, Options, State};

use super::{World, account_sid, ago};

pub(crate) fn child(n: usize) -> AccountSid {
    AccountSid::parse(&format!("AC{:032x}", 0xc000 + n)).unwrap()
}

/// The key of the subaccount of this number.
pub(crate) fn childs_key(n: usize) -> KeySid {
    KeySid::parse(&format!("SK{:032x}", 0xd000 + n)).unwrap()
}

pub(crate) fn childs_token(n: usize) -> String {
    format!("{:032x}", 0xe000_0000 + n)
}

/// The route on which the keys of a subaccount are listed.
pub(crate) fn keys_of(n: usize) -> String {
    format!("GET /2010-04-01/Accounts/{}/Keys.json", child(n))
}

/// So many subaccounts, numbered from 0, with a Standard key each.
pub(crate) fn add_children(state: &mut State, count: usize) {
    for n in 0..count {
        let seed = AccountSeed {
            sid: child(n),
            owner: Some(account_sid('a')),
            name: format!("Child {n}"),
            token: Secret::new(childs_token(n)),
            created: clock(),
        };
        state.add_account(seed).unwrap();
        let key = KeySeed {
            sid: childs_key(n),
            secret: Secret::new(format!("s3cr3tOfChild{n:019}")),
            name: Some(format!("key {n}")),
            kind: Kind::Standard,
            created: ago(1),
        };
        state.add_key(&child(n), key).unwrap();
    }
}

/// A main account with a key and so many subaccounts with one each, and its Auth Token in the environment.
pub(crate) fn family(children: usize) -> World {
    served(children, |_| {})
}

pub(crate) fn served(children: usize, options: impl FnOnce(&mut Options)) -> World {
    World::served(|state| add_children(state, children), options).with_token()
}

impl World {
    /// The keys of a list as JSON, in their order.
    pub(crate) fn keys(json: &serde_json::Value) -> Vec<String> {
        json["keys"].as_array().unwrap().iter().map(|key| key["sid"].as_str().unwrap().to_owned()).collect()
    }

    /// How often a subaccount's keys were asked for since an exchange.
    pub(crate) fn asked_since(&self, n: u64) -> usize {
        let keys = |route: &Option<String>| route.as_deref().is_some_and(|route| route.ends_with("/Keys.json"));
        self.sandbox.exchanges().iter().filter(|exchange| exchange.n > n && keys(&exchange.route)).count()
    }
}
