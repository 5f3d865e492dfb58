//! Twilio's identifiers, valid by construction.
//!
//! Source of the form: Twilio's OpenAPI files, `^AC[0-9a-fA-F]{32}$` and `^SK[0-9a-fA-F]{32}$`. A SID is a name, not a
//! secret; it may be printed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not the SID it should be. The text itself is never repeated: it may be a secret in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SidError {
    /// The prefix is that of another Twilio object.
    #[error("starts with {found}, but {expected} was expected here")]
    OtherKind {
        /// The two letters that were expected, with the name of the thing.
        expected: &'static str,
        /// What the two letters found stand for.
        found: &'static str,
    },
    /// The two-letter prefix is missing.
    #[error("does not start with {0}")]
    NoPrefix(&'static str),
    /// The text has the wrong number of characters.
    #[error("has {found} characters; a SID has 34")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character after the prefix is not a hexadecimal digit.
    #[error("has a character at position {position} that is not a hexadecimal digit")]
    NotHex {
        /// 1-based position of the first such character.
        position: usize,
    },
}

const KINDS: &[(&str, &str)] = &[
    ("AC", "AC (an Account SID)"),
    ("SK", "SK (an API key SID)"),
    ("MG", "MG (a Messaging Service SID)"),
    ("PN", "PN (a phone number SID)"),
    ("VA", "VA (a Verify Service SID)"),
    ("CR", "CR (a credential SID)"),
    ("US", "US (a user SID)"),
    ("OQ", "OQ (an OAuth app SID)"),
];

fn kind_name(prefix: &str) -> Option<&'static str> {
    KINDS.iter().find(|(letters, _)| *letters == prefix).map(|(_, name)| *name)
}

fn check(text: &str, prefix: &'static str) -> Result<(), SidError> {
    let expected = kind_name(prefix).unwrap_or(prefix);
    match text.get(..2) {
        Some(found) if found == prefix => {}
        Some(found) => {
            return Err(match kind_name(found) {
                Some(found) => SidError::OtherKind { expected, found },
                None => SidError::NoPrefix(expected),
            });
        }
        None => return Err(SidError::NoPrefix(expected)),
    }
    let found = text.chars().count();
    if found != 34 {
        return Err(SidError::Length { found });
    }
    match text.chars().skip(2).position(|c| !c.is_ascii_hexdigit()) {
        Some(at) => Err(SidError::NotHex { position: at + 3 }),
        None => Ok(()),
    }
}

macro_rules! sid {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// The two letters every such SID starts with.
            pub const PREFIX: &'static str = $prefix;

            /// Takes a text for a SID of this kind.
            ///
            /// # Errors
            /// Says what is wrong with it, without repeating it.
            pub fn parse(text: &str) -> Result<Self, SidError> {
                check(text, $prefix).map(|()| Self(text.into()))
            }

            /// The SID as Twilio writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = SidError;
            fn from_str(text: &str) -> Result<Self, SidError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = SidError;
            fn try_from(text: String) -> Result<Self, SidError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(sid: $name) -> Self {
                sid.0.into()
            }
        }
    };
}

sid! {
    /// The SID of an account or subaccount: `AC` and 32 hexadecimal digits.
    AccountSid, "AC"
}
sid! {
    /// The SID of an API key: `SK` and 32 hexadecimal digits.
    KeySid, "SK"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_and_never_repeats_the_text() {
        let hex = "0".repeat(32);
        assert!(AccountSid::parse(&format!("AC{hex}")).is_ok());
        for (text, says) in [
            (format!("SK{hex}"), "starts with SK (an API key SID), but AC (an Account SID) was expected here"),
            (format!("ZZ{hex}"), "does not start with AC (an Account SID)"),
            (format!("AC{hex}0"), "has 35 characters; a SID has 34"),
            (format!("AC{}O", &hex[1..]), "has a character at position 34 that is not a hexadecimal digit"),
            ("é".into(), "does not start with AC (an Account SID)"),
            (String::new(), "does not start with AC (an Account SID)"),
        ] {
            assert_eq!(AccountSid::parse(&text).unwrap_err().to_string(), says);
        }
    }
}
