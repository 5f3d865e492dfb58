//! The API keys of an account whose pairs are known here: what a promote must leave working.

use crate::dotenv::EnvFile;
use crate::model::{AccountSid, KeyPair};
use crate::sinks::{self, Loaded, Sink, Spec};
use crate::store::file;

/// Every pair of the account in these sinks, each key once. In an env file that is every pair, whoever's sink it is.
///
/// What cannot be read is passed over: a key that is not known here cannot be tried, and a promote does not touch it.
pub fn pairs<'a>(sinks: impl IntoIterator<Item = &'a dyn Sink>, account: &AccountSid) -> Vec<KeyPair> {
    let mut found: Vec<KeyPair> = Vec::new();
    for sink in sinks {
        for pair in of_sink(sink, account) {
            if !found.contains(&pair) {
                found.push(pair);
            }
        }
    }
    found
}

fn of_sink(sink: &dyn Sink, account: &AccountSid) -> Vec<KeyPair> {
    if is_env(sink.spec()) {
        let Ok(read) = file::read(sink.spec().target().as_ref()) else { return Vec::new() };
        let pairs = sinks::pairs(&EnvFile::parse(read.bytes())).into_iter().flatten();
        return pairs.filter(|pair| pair.account.as_ref() == Some(account)).map(|pair| pair.pair()).collect();
    }
    match sink.load() {
        Ok(Loaded::Held(held)) => {
            held.into_iter().filter(|held| held.account.as_ref() == Some(account)).map(|held| held.pair).collect()
        }
        Ok(Loaded::Absent | Loaded::WriteOnly) | Err(_) => Vec::new(),
    }
}

fn is_env(spec: &Spec) -> bool {
    spec.scheme() == "env"
}
