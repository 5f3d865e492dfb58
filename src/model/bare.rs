//! A credential written without the names of variables: as somebody pastes what was found.

use super::{AccountSid, KeyPair, KeySid, Secret};

/// What a text is that is nothing but one credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bare {
    /// The account, if it stands in front.
    pub account: Option<AccountSid>,
    /// The rest of it.
    pub what: What,
}

/// What signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// An Auth Token: 32 lower-case hexadecimal digits.
    Token(Secret),
    /// An API key with its secret: 32 letters and digits.
    Pair(KeyPair),
}

impl Bare {
    /// Understands a text that is one credential from end to end, its parts in their order and split by blanks, line ends
    /// or a colon: `TOKEN`, `AC…:TOKEN` as `curl -u` has it, `SK…:SECRET`, `AC… SK… SECRET`. Nothing of any other text: a
    /// single word of 32 letters and digits may be the secret of a key, and says nothing of which.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut words: Vec<&str> = Vec::new();
        for word in text.split(|c: char| c.is_ascii_whitespace() || c == ':').filter(|word| !word.is_empty()) {
            if words.len() == 3 {
                return None;
            }
            words.push(word);
        }
        let account = words.first().and_then(|word| AccountSid::parse(word).ok());
        if account.is_some() {
            words.remove(0);
        }
        let what = match words.as_slice() {
            [token] if is_token(token) => What::Token(Secret::new((*token).to_owned())),
            [sid, secret] if is_secret(secret) => {
                let sid = KeySid::parse(sid).ok()?;
                What::Pair(KeyPair { sid, secret: Secret::new((*secret).to_owned()) })
            }
            _ => return None,
        };
        Some(Self { account, what })
    }
}

fn is_token(word: &str) -> bool {
    word.len() == 32 && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_secret(word: &str) -> bool {
    word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_credential_from_end_to_end_or_nothing() {
        let (token, secret) = ("0123456789abcdef".repeat(2), "s3cr3tOf".repeat(4));
        let (account, key) = (format!("AC{}", "a".repeat(32)), format!("SK{}", "1".repeat(32)));
        let read = |text: &str| {
            Bare::parse(text).map(|found| {
                let account = found.account.map(|sid| sid.to_string() == account);
                match found.what {
                    What::Token(found) => (account, None, found == Secret::new(token.clone())),
                    What::Pair(pair) => {
                        (account, Some(pair.sid.as_str() == key), pair.secret == Secret::new(secret.clone()))
                    }
                }
            })
        };
        let table = [
            (token.clone(), Some((None, None, true))),
            (format!(" {token}\r\n\n"), Some((None, None, true))),
            (format!("{account}:{token}\n"), Some((Some(true), None, true))),
            (format!("{account}\n{token}\n"), Some((Some(true), None, true))),
            (format!("{key}:{secret}"), Some((None, Some(true), true))),
            (format!("{key} {secret}"), Some((None, Some(true), true))),
            (format!("{account} {key}\t{secret}"), Some((Some(true), Some(true), true))),
            (String::new(), None),
            (account.clone(), None),
            (key.clone(), None),
            (secret.clone(), None),
            (format!("{account}:{secret}"), None),
            (format!("{account}:{key}"), None),
            (token.to_uppercase(), None),
            (token[1..].to_owned(), None),
            (format!("{token}0"), None),
            (format!("{token} {token}"), None),
            (format!("{token}:{account}"), None),
            (format!("{account}:{key}:{secret}:{token}"), None),
            (format!("TWILIO_AUTH_TOKEN={token}"), None),
            (format!("# {token}"), None),
        ];
        for (at, (text, expected)) in table.iter().enumerate() {
            assert_eq!(read(text), *expected, "row {at}");
        }
    }
}
