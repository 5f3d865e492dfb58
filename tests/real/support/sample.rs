//! A sandbox with the sample account, and what a script must know of it.

use std::sync::Arc;

use serde_json::{Value, json};
use twcred::model::time::Timestamp;
use twcred::model::{AccountSid, KeyPair, KeySid, Secret};
use twcred::sandbox::{KeySeed, Kind, Options, Sandbox, State};

/// A running sandbox with the sample account.
pub(crate) struct Sample {
    pub(crate) sandbox: Sandbox,
    main: AccountSid,
    child: AccountSid,
}

impl Sample {
    /// Starts one, with so many keys more than the sample has.
    pub(crate) fn start(more_keys: u32) -> Self {
        let mut state = State::sample(1);
        let sids: Vec<AccountSid> = state.accounts().map(|account| account.sid.clone()).collect();
        let [main, child] = sids.try_into().expect("the sample has an account and its child");
        for n in 0..more_keys {
            let seed = KeySeed {
                sid: KeySid::parse(&format!("SK{:032x}", u64::from(n) + 1)).unwrap(),
                secret: Secret::new(format!("{n:032}")),
                name: Some(format!("key {n}")),
                kind: Kind::Standard,
                created: Timestamp::now(),
            };
            state.add_key(&main, seed).unwrap();
        }
        let sandbox = Sandbox::start(state, Options::new(Arc::new(Timestamp::now))).unwrap();
        Self { sandbox, main, child }
    }

    /// The account's SID.
    pub(crate) fn account(&self) -> &AccountSid {
        &self.main
    }

    /// The account's Auth Token, for a program's environment.
    pub(crate) fn token(&self) -> String {
        text(&self.sandbox.state().account(&self.main).unwrap().token.secret())
    }

    /// A key of the sample by its name, as SID and secret.
    pub(crate) fn key(&self, name: &str) -> (String, String) {
        let state = self.sandbox.state();
        let KeyPair { sid, secret } =
            state.keys(&self.main).find(|key| key.name.as_deref() == Some(name)).expect("a key of the sample").pair();
        (sid.as_str().to_owned(), text(&secret))
    }

    /// The SIDs of the account's live keys.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.sandbox.state().keys(&self.main).map(|key| key.sid.to_string()).collect()
    }

    /// Lets everything go on, and waits until what was asked is done.
    pub(crate) fn settle(&self) {
        self.sandbox.clear_faults();
        self.sandbox.release();
        for exchange in self.sandbox.exchanges() {
            assert!(self.sandbox.wait_exchange(exchange.n, std::time::Duration::from_secs(20)).is_some());
        }
    }

    /// What a script gets on its standard input. With `strict`, somebody in the middle refuses what is not valid.
    pub(crate) fn for_script(&self, url: &str, strict: bool) -> String {
        let state = self.sandbox.state();
        let child_token = text(&state.account(&self.child).unwrap().token.secret());
        let keys: serde_json::Map<String, Value> = ["main", "standard", "rotator"]
            .into_iter()
            .map(|name| {
                let (sid, secret) = self.key(name);
                (name.to_owned(), json!({ "sid": sid, "secret": secret }))
            })
            .collect();
        json!({
            "url": url,
            "strict": strict,
            "account": self.main.as_str(),
            "token": self.token(),
            "child": { "account": self.child.as_str(), "token": child_token },
            "keys": keys,
            "key_count": state.keys(&self.main).count(),
        })
        .to_string()
    }
}

/// The characters of a secret that opens nothing but a sandbox; they go to a client of it.
fn text(secret: &Secret) -> String {
    secret.expose().to_owned()
}
