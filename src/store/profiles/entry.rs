//! What an entry of a store holds: a whole credential, in one value.
//!
//! SID and secret stand in one value, so that no crash and no hand can leave the SID of one key beside the secret of
//! another. The value is JSON with the names that the `json:` sink uses:
//!
//! ```json
//! {"schema":"twcred.profile-entry/v1","account_sid":"AC…","api_key":"SK…","api_secret":"…"}
//! {"schema":"twcred.profile-entry/v1","account_sid":"AC…","auth_token":"…"}
//! ```

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::model::{AccountSid, Credential, KeyPair, KeySid, Secret};

/// The name and version of the form.
pub(super) const SCHEMA: &str = "twcred.profile-entry/v1";

#[derive(Serialize)]
struct Written<'a> {
    schema: &'static str,
    account_sid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_secret: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_token: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    schema: String,
    account_sid: AccountSid,
    api_key: Option<KeySid>,
    api_secret: Option<Secret>,
    auth_token: Option<Secret>,
}

/// A credential as one value.
#[expect(clippy::disallowed_methods, reason = "into the store that was chosen for this secret")]
pub(super) fn encode(credential: &Credential) -> Zeroizing<Vec<u8>> {
    let account_sid = credential.account().as_str();
    let none = Written { schema: SCHEMA, account_sid, api_key: None, api_secret: None, auth_token: None };
    let written = match credential {
        Credential::ApiKey { pair, .. } => {
            Written { api_key: Some(pair.sid.as_str()), api_secret: Some(pair.secret.expose()), ..none }
        }
        Credential::AuthToken { token, .. } => Written { auth_token: Some(token.expose()), ..none },
    };
    // One allocation, so that no copy is left behind unwiped.
    let mut value = Zeroizing::new(Vec::with_capacity(1024));
    // Writing to memory does not fail.
    let _ = serde_json::to_writer(&mut *value, &written);
    value
}

/// The credential of a value, or why it is none. The value is not repeated.
pub(super) fn decode(value: &[u8]) -> Result<Credential, &'static str> {
    let read: Read = serde_json::from_slice(value).map_err(|_| "it is not what twcred writes, or only a part of it")?;
    if read.schema != SCHEMA {
        return Err("another version of twcred wrote it");
    }
    let account = read.account_sid;
    let whole = |secret: &Secret| !secret.is_empty();
    match (read.api_key, read.api_secret.filter(whole), read.auth_token.filter(whole)) {
        (Some(sid), Some(secret), None) => Ok(Credential::ApiKey { account, pair: KeyPair { sid, secret } }),
        (None, None, Some(token)) => Ok(Credential::AuthToken { account, token }),
        _ => Err("half of a credential is missing"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> AccountSid {
        AccountSid::parse(&format!("AC{}", "a".repeat(32))).unwrap()
    }

    #[test]
    fn a_credential_is_read_as_it_was_written() {
        let sid = KeySid::parse(&format!("SK{}", "1".repeat(32))).unwrap();
        let pair = KeyPair { sid, secret: Secret::new("s3\"cr3t".into()) };
        for credential in [
            Credential::ApiKey { account: account(), pair },
            Credential::AuthToken { account: account(), token: Secret::new("s3cr3t".into()) },
        ] {
            assert_eq!(decode(&encode(&credential)).unwrap(), credential);
        }
    }

    #[test]
    fn a_part_of_one_is_none() {
        let token = Credential::AuthToken { account: account(), token: Secret::new("s3cr3t".into()) };
        let value = encode(&token);
        for end in 0..value.len() {
            assert!(decode(&value[..end]).is_err(), "{end}");
        }
        let text = std::str::from_utf8(&value).unwrap();
        for (what, why) in [
            (text.replace("auth_token", "api_secret"), "half of a credential is missing"),
            (text.replace("s3cr3t", ""), "half of a credential is missing"),
            (text.replace("/v1", "/v2"), "another version of twcred wrote it"),
            (text.replace('}', ",\"more\":1}"), "it is not what twcred writes, or only a part of it"),
        ] {
            assert_eq!(decode(what.as_bytes()), Err(why));
        }
    }
}
