//! The forms of Twilio's credentials, and what is wrong with a value that has none of them.

use super::entries::{entries, placeholder};
use super::finding::masked;
use super::shape::Shape;
use crate::dotenv::EnvFile;
use crate::model::variable::Role;
use crate::model::{AccountSid, KeySid};

/// The values of some roles that could be of their form: not empty, no stand-in, and not those of another role.
pub(super) fn malformed(file: &EnvFile, of: impl Fn(Role) -> bool) -> Vec<(Shape<'_>, &str)> {
    let found = entries(file).into_iter().filter(|entry| of(entry.role));
    found
        .filter_map(|entry| {
            let shape = entry.shape;
            let value = shape.meant().filter(|value| !value.is_empty() && placeholder(value).is_none())?;
            belongs(value, entry.role).is_none().then_some((shape, value))
        })
        .collect()
}

/// Why a text is not 32 characters of a sort.
pub(super) fn off_form(value: &str, what: &str, of: impl Fn(char) -> bool, sort: &str) -> Option<String> {
    if let Some(at) = value.chars().position(|c| !of(c)) {
        return Some(hinted(value, &format!("has a character at position {} that is not {sort}", at + 1)));
    }
    let count = value.chars().count();
    (count != 32).then(|| format!("has {count} characters; {what} has 32"))
}

/// Adds what the eye misses.
pub(super) fn hinted(value: &str, why: &str) -> String {
    let body = value.get(2..).unwrap_or(value);
    let hint = if value.trim() != value || value.contains([' ', '\t']) {
        "; there is a blank in it"
    } else if body.contains(['O', 'o']) && value.chars().filter(char::is_ascii_hexdigit).count() + 4 >= value.len() {
        "; the letter O may stand for a zero"
    } else if body.contains(['l', 'I']) && value.chars().filter(char::is_ascii_hexdigit).count() + 4 >= value.len() {
        "; a letter may stand for the digit 1"
    } else {
        ""
    };
    format!("the value {why}{hint}")
}

/// Whether a value could be of a role.
pub(super) fn fits(value: &str, role: Role) -> bool {
    let of = |sort: fn(&u8) -> bool| value.len() == 32 && value.as_bytes().iter().all(sort);
    match role {
        Role::AccountSid => AccountSid::parse(value).is_ok(),
        Role::KeySid => KeySid::parse(value).is_ok(),
        Role::AuthToken | Role::AuthTokenSecondary | Role::AuthTokenPrevious => of(u8::is_ascii_hexdigit),
        Role::KeySecret => of(u8::is_ascii_alphanumeric),
        Role::Region | Role::Edge => false,
    }
}

/// What a value is instead, if it has the form of another thing than its variable holds.
pub(super) fn belongs(value: &str, role: Role) -> Option<String> {
    let sid = value.len() == 34 && value.bytes().skip(2).all(|byte| byte.is_ascii_hexdigit());
    let kind = if AccountSid::parse(value).is_ok() {
        Some((Role::AccountSid, "an Account SID"))
    } else if KeySid::parse(value).is_ok() {
        Some((Role::KeySid, "the SID of an API key"))
    } else {
        None
    };
    if let Some((found, what)) = kind {
        return (found != role && !matches!(role, Role::Region | Role::Edge))
            .then(|| format!("the value is {what}, {}", masked(value)));
    }
    // Secrets of keys are of letters of both cases and digits: one in sixty million million million is none but this.
    let token = value.len() == 32 && value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if token && role == Role::KeySecret {
        return Some("the value has the form of an Auth Token".to_owned());
    }
    let other = match value.get(..2).filter(|_| sid)? {
        "PK" | "MG" | "PN" | "CA" | "SM" | "MM" | "VA" | "CR" | "IS" | "ZS" | "US" | "OQ" => masked(value),
        _ => return None,
    };
    Some(format!("the value is the SID of something else, {other}"))
        .filter(|_| !matches!(role, Role::Region | Role::Edge))
}
