//! Twilio's words for no, and what each of them proves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::error::{Head, Kind, Malformed, Why};
use super::wire::{Loose, Text};

/// The most characters of Twilio's message that are kept.
const MESSAGE_MAX: usize = 300;

/// Twilio's own words in an error body, in any of its three shapes.
pub(super) struct Said {
    pub(super) code: u32,
    pub(super) message: String,
}

impl Said {
    /// Reads the classic shape (`code`, `message`), the one of 2025 (`code`, `message`, `httpStatusCode`) and RFC 9457
    /// (`code`, `title`, `detail`). Nothing else counts as Twilio's. Should the password of the request be repeated in it,
    /// alone or as its header has it, it is left out: what answers need not be Twilio.
    pub(super) fn read(body: &[u8], login: (&str, &str)) -> Option<Self> {
        #[derive(Deserialize)]
        struct Wire<'a> {
            code: Option<Loose<u32>>,
            #[serde(borrow)]
            message: Option<Loose<Text<'a>>>,
            #[serde(borrow)]
            title: Option<Loose<Text<'a>>>,
            #[serde(borrow)]
            detail: Option<Loose<Text<'a>>>,
        }
        let wire: Wire<'_> = serde_json::from_slice(body).ok()?;
        let code = wire.code?.get()?;
        let [message, title, detail] = [wire.message, wire.title, wire.detail].map(|field| field.and_then(Loose::get));
        let message = match (message, title, detail) {
            (Some(message), _, _) => message.0.into_owned(),
            (None, Some(title), Some(detail)) => format!("{}: {}", title.0, detail.0),
            (None, Some(only), None) | (None, None, Some(only)) => only.0.into_owned(),
            (None, None, None) => return None,
        };
        Some(Self { code, message: without(&message, login) })
    }
}

/// A text without the password, and without the one of the header, be its padding there or not.
pub(super) fn without(text: &str, (user, password): (&str, &str)) -> String {
    if password.is_empty() {
        return text.to_owned();
    }
    let pair = Zeroizing::new(format!("{user}:{password}"));
    let header = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    let bare = header.trim_end_matches('=');
    text.replace(header.as_str(), "…").replace(bare, "…").replace(password, "…")
}

/// Sorts an answer with a status other than 2xx.
pub(super) fn classify(head: &Head, said: Option<&Said>, key_on_closed: bool) -> Kind {
    if (300..400).contains(&head.status) {
        return Kind::Redirected { host: head.location.as_deref().map(tame) };
    }
    if head.status == 429 {
        return Kind::Throttled;
    }
    if head.status >= 500 {
        return Kind::Server;
    }
    let Some(said) = said else {
        return Kind::Malformed(Malformed::NotTwilios { at: None });
    };
    match (head.status, said.code) {
        (401 | 403, code) => Kind::Refused(refusal(code, &said.message, key_on_closed)),
        (404, _) => Kind::NotFound,
        (409, _) => Kind::Conflict,
        _ => Kind::Invalid,
    }
}

fn refusal(code: u32, message: &str, key_on_closed: bool) -> Why {
    match code {
        20003 if message.contains("Policy evaluation failed") => Why::PolicyEvaluation,
        20003 if key_on_closed => Why::StandardKeyOrBadCredential,
        20003 => Why::BadCredential,
        10001 | 20005 | 20403 => Why::AccountInactive,
        20008 => Why::TestCredential,
        70051 => match missing_permission(message) {
            Some(permission) => Why::MissingPermission { permission },
            None => Why::Ambiguous,
        },
        70052 => Why::ClientValidationRequired,
        _ => Why::Ambiguous,
    }
}

/// Reads the name out of `required permission twilio/messaging/messages/list is missing`. Without it the code proves
/// nothing: unknown keys and foreign accounts get 70051 too.
fn missing_permission(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("required permission")?;
    let name = rest.trim_start_matches([':', ' ', '\'', '"', '`', '[']).split_whitespace().next()?;
    let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '*');
    let whole = name.starts_with("twilio/") && name.bytes().all(|b| b.is_ascii_graphic());
    whole.then(|| format!("/{name}"))
}

/// Makes a foreign text fit for a terminal and a log: nothing that moves a cursor or turns the reading direction.
pub(super) fn tame(text: &str) -> String {
    let mut tame = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == MESSAGE_MAX {
            tame.push('…');
            break;
        }
        let format =
            matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if c.is_control() || format {
            tame.extend(c.escape_default());
        } else {
            tame.push(c);
        }
    }
    tame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_by_code_and_message() {
        let why = |code: u32, message: &str, closed| refusal(code, message, closed);
        assert_eq!(why(20003, "Authenticate", false), Why::BadCredential);
        assert_eq!(why(20003, "Authenticate", true), Why::StandardKeyOrBadCredential);
        assert_eq!(why(20003, "Policy evaluation failed", true), Why::PolicyEvaluation);
        assert_eq!(why(20005, "Account not active", true), Why::AccountInactive);
        assert_eq!(why(70052, "x", false), Why::ClientValidationRequired);
        assert_eq!(why(20006, "x", false), Why::Ambiguous);
        for (message, permission) in [
            (
                "Authorization failed: required permission twilio/messaging/messages/list is missing",
                Some("/twilio/messaging/messages/list"),
            ),
            ("required permission '/twilio/iam/api-keys/create' is missing.", Some("/twilio/iam/api-keys/create")),
            ("Authorization failed", None),
            ("required permission", None),
            ("required permission is missing", None),
        ] {
            let expected = permission.map_or(Why::Ambiguous, |p| Why::MissingPermission { permission: p.into() });
            assert_eq!(why(70051, message, true), expected, "{message}");
        }
    }
}
