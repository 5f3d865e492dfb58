//! The variables of a file that are Twilio's, with what they were meant to be.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use super::finding::Finding;
use super::rule::Meta;
use super::shape::{Shape, shapes};
use crate::dotenv::{EnvFile, Span};
use crate::model::variable::{Role, classify};

/// A variable that holds something of Twilio's.
pub(super) struct Entry<'a> {
    pub(super) shape: Shape<'a>,
    pub(super) role: Role,
    /// The project's prefix.
    pub(super) prefix: &'a str,
}

impl<'a> Entry<'a> {
    pub(super) fn name(&self) -> &'a str {
        &self.shape.at.name
    }

    pub(super) fn finding(&self, rule: &'static Meta, message: impl Into<String>, at: Span) -> Finding {
        self.shape.finding(rule, message, at)
    }

    pub(super) fn meant(&self) -> Option<&'a str> {
        self.shape.meant()
    }

    /// A value that is neither missing nor a stand-in for one.
    pub(super) fn real(&self) -> Option<&'a str> {
        self.meant().filter(|value| !value.is_empty() && placeholder(value).is_none())
    }
}

/// Every assignment of a variable of Twilio's, in the order of the file. As in [`crate::model::variable::group`], a bare
/// name under a prefix counts only beside its partner; this takes no longer for many projects than for few.
pub(super) fn entries(file: &EnvFile) -> Vec<Entry<'_>> {
    let ours = shapes(file).filter_map(|shape| Some((shape, classify(shape.at.name.as_str())?)));
    let ours: Vec<_> = ours.collect();
    let mut bare: BTreeMap<&str, BTreeSet<Role>> = BTreeMap::new();
    for (_, variable) in ours.iter().filter(|(_, variable)| variable.bare) {
        bare.entry(variable.prefix).or_default().insert(variable.role);
    }
    let partners = BTreeSet::from([Role::AccountSid, Role::AuthToken]);
    let alone = |prefix: &str| !prefix.is_empty() && bare.get(prefix).is_some_and(|roles| !partners.is_subset(roles));
    ours.into_iter()
        .filter(|(_, variable)| !(variable.bare && alone(variable.prefix)))
        .map(|(shape, variable)| Entry { shape, role: variable.role, prefix: variable.prefix })
        .collect()
}

/// The entries of each project.
pub(super) fn projects<'e, 'a>(entries: &'e [Entry<'a>]) -> BTreeMap<&'a str, Vec<&'e Entry<'a>>> {
    let mut projects: BTreeMap<&str, Vec<&Entry<'a>>> = BTreeMap::new();
    for entry in entries {
        projects.entry(entry.prefix).or_default().push(entry);
    }
    projects
}

/// Whether a name is that of a phone number or another sender.
pub(super) fn sender(name: &str) -> bool {
    let Some(at) = name.find("TWILIO_") else { return false };
    if at > 0 && !name[..at].ends_with('_') {
        return false;
    }
    let rest = &name[at + "TWILIO_".len()..];
    matches!(
        rest,
        "PHONE_NUMBER" | "PHONE" | "NUMBER" | "FROM" | "FROM_NUMBER" | "FROM_PHONE_NUMBER" | "CALLER_ID" | "SENDER"
    ) || rest.ends_with("_PHONE_NUMBER")
}

/// Whether a number of that name is rather that of somebody whom the program calls or writes to, and no sender.
pub(super) fn recipient(name: &str) -> bool {
    const PEOPLE: &[&str] = &[
        "ADMIN",
        "AGENT",
        "ALERT",
        "ALERTS",
        "CONTACT",
        "CUSTOMER",
        "DESTINATION",
        "EMERGENCY",
        "FORWARD",
        "FORWARDING",
        "MY",
        "NOTIFY",
        "ONCALL",
        "OPERATOR",
        "OWNER",
        "PERSONAL",
        "RECEIVER",
        "RECIPIENT",
        "TARGET",
        "TO",
        "USER",
        "YOUR",
    ];
    let rest = name.rsplit_once("TWILIO_").map_or(name, |(_, rest)| rest);
    rest.split('_').any(|word| PEOPLE.contains(&word))
}

/// Why a whole value is a stand-in and no credential.
pub(super) fn placeholder(value: &str) -> Option<&'static str> {
    let lower = Zeroizing::new(value.to_ascii_lowercase());
    let wrapped = |open: &str, close: &str| lower.starts_with(open) && lower.ends_with(close) && lower.len() > 2;
    if wrapped("<", ">") || wrapped("${", "}") || wrapped("{{", "}}") || wrapped("%", "%") {
        return Some("it is in the brackets of a template");
    }
    let words = [
        "changeme",
        "change_me",
        "change-me",
        "replaceme",
        "replace_me",
        "replace-me",
        "placeholder",
        "redacted",
        "[redacted]",
        "example",
        "dummy",
        "todo",
        "tbd",
        "fixme",
        "secret",
        "token",
        "none",
        "null",
        "undefined",
        "test",
        "account_sid",
        "auth_token",
        "api_key",
        "api_secret",
    ];
    if words.contains(&lower.as_str())
        || ["your_", "your-", "your ", "my_", "insert_", "enter_"].iter().any(|w| lower.starts_with(w))
    {
        return Some("it is a word that stands for a value");
    }
    let prefix = value.get(..2).is_some_and(|two| two.bytes().all(|b| b.is_ascii_uppercase()));
    let body = if prefix && value.len() > 8 { &lower[2..] } else { &lower };
    if body.len() >= 3 && body.bytes().all(|b| matches!(b, b'x' | b'*' | b'.' | b'_' | b'-')) {
        return Some("it is crossed out");
    }
    let first = body.bytes().next()?;
    // Letters of both cases were not counted by anybody.
    let mixed = value.bytes().skip(2).any(|b| b.is_ascii_uppercase()) && value.bytes().any(|b| b.is_ascii_lowercase());
    if body.len() >= 8 && body.bytes().all(|b| b == first) {
        return Some("it is one character, repeated");
    }
    let digits = b"0123456789abcdef";
    let counts = |base: usize| {
        body.len() >= 16
            && body.as_bytes().windows(2).all(|pair| {
                let at = |byte| digits[..base].iter().position(|digit| *digit == byte);
                matches!((at(pair[0]), at(pair[1])), (Some(a), Some(b)) if (a + 1) % base == b)
            })
    };
    (!mixed && (counts(16) || counts(10))).then_some("its characters count upwards")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_is_told_from_a_value() {
        for value in [
            "<your_auth_token>",
            "your_auth_token",
            "changeme",
            "xxx",
            "XXXX",
            "REDACTED",
            "${TOKEN}",
            "{{ token }}",
            &format!("AC{}", "X".repeat(32)),
            &"0".repeat(32),
            &"0123456789abcdef".repeat(2),
            &"1234567890".repeat(3),
        ] {
            assert!(placeholder(value).is_some(), "{value}");
        }
        for value in [
            "",
            "a",
            &"abcDEF0123456789".repeat(2),
            &crate::model::digest::sha256_hex(b"token")[..32],
            "example.com",
            "+15550100000",
        ] {
            assert!(placeholder(value).is_none(), "{value}");
        }
    }

    #[test]
    fn senders() {
        for name in ["TWILIO_PHONE_NUMBER", "A_TWILIO_FROM", "TWILIO_WHATSAPP_PHONE_NUMBER"] {
            assert!(sender(name), "{name}");
        }
        for name in ["PHONE_NUMBER", "XTWILIO_FROM", "TWILIO_FROM_NAME", "TWILIO_API_KEY"] {
            assert!(!sender(name), "{name}");
        }
        for name in ["TWILIO_ADMIN_PHONE_NUMBER", "A_TWILIO_RECIPIENT_PHONE_NUMBER", "TWILIO_TO_PHONE_NUMBER"] {
            assert!(recipient(name), "{name}");
        }
        for name in ["TWILIO_PHONE_NUMBER", "ADMIN_TWILIO_PHONE_NUMBER", "TWILIO_TOLLFREE_PHONE_NUMBER"] {
            assert!(!recipient(name), "{name}");
        }
    }
}
