//! A small Twilio to start with.

use super::{AccountSeed, KeySeed, Kind, Number, Service, State, sample_time};
use crate::model::{AccountSid, KeySid, Policy};
use crate::sandbox::dice::Dice;

impl State {
    /// A main account with a Main key, a Standard key and a Restricted key that rotates keys, a phone number and a Verify
    /// service, and one subaccount with a Standard key. The same seed gives the same SIDs and secrets.
    #[must_use]
    pub fn sample(seed: u64) -> Self {
        Self::sample_of(seed, 1)
    }

    /// The same with so many subaccounts, one at least. All but the first have two Standard keys.
    #[must_use]
    pub fn sample_of(seed: u64, subaccounts: usize) -> Self {
        let mut state = Self::new();
        let mut dice = Dice::new(seed);
        let created = sample_time();
        let (Some(main), Some(child)) = (account(&mut dice), account(&mut dice)) else { return state };
        let seeds = [("Sandbox", &main, None), ("Sandbox subaccount", &child, Some(main.clone()))];
        for (name, sid, owner) in seeds {
            let token = dice.token();
            // Neither can fail: the SIDs are new and the owner comes first.
            let _ = state.add_account(AccountSeed { sid: sid.clone(), owner, name: name.to_owned(), token, created });
        }
        let rotate =
            ["create", "list", "read", "update", "delete"].map(|action| format!("/twilio/iam/api-keys/{action}"));
        for (account, name, kind) in [
            (&main, "main", Kind::Main),
            (&main, "standard", Kind::Standard),
            (&main, "rotator", Kind::Restricted(Policy { allow: rotate.into_iter().collect() })),
            (&child, "standard", Kind::Standard),
        ] {
            state.add_sample_key(account, name, kind, &mut dice);
        }
        let number = |sid, number: &str| Number { sid, number: number.to_owned(), created };
        state.add_number(&main, number(dice.sid("PN"), "+15005550006"));
        state.add_number(&child, number(dice.sid("PN"), "+15005550010"));
        state.add_service(&main, Service { sid: dice.sid("VA"), name: "Sandbox".to_owned(), created });
        for number in 2..=subaccounts {
            let Some(sid) = account(&mut dice) else { continue };
            let (owner, name) = (Some(main.clone()), format!("Sandbox subaccount {number}"));
            let _ = state.add_account(AccountSeed { sid: sid.clone(), owner, name, token: dice.token(), created });
            for name in ["standard", "ci-deploy"] {
                state.add_sample_key(&sid, name, Kind::Standard, &mut dice);
            }
        }
        state
    }

    fn add_sample_key(&mut self, account: &AccountSid, name: &str, kind: Kind, dice: &mut Dice) {
        if let Ok(sid) = KeySid::parse(&dice.sid("SK")) {
            let (secret, name, created) = (dice.secret(), Some(name.to_owned()), sample_time());
            let _ = self.add_key(account, KeySeed { sid, secret, name, kind, created });
        }
    }
}

fn account(dice: &mut Dice) -> Option<AccountSid> {
    AccountSid::parse(&dice.sid("AC")).ok()
}
