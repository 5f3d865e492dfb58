//! TW414: A name is nearly one of Twilio's.

use super::{EnvFile, Facts, Finding, FixKind, Meta, NAMES, Role, Rule, Severity, When, classify, each, sender};

pub(super) struct UnknownTwilioKey;

static META: Meta = Meta {
    code: "TW414",
    name: "unknown-twilio-key",
    severity: Severity::Warning,
    when: When::Default,
    summary: "A name is nearly one of Twilio's.",
    why: "Nothing reads it, and nothing says so.",
    mend: "Correct the name.",
    fix: FixKind::Suggested,
    precedent: "rustc: did you mean.",
};

impl Rule for UnknownTwilioKey {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        each(file, |shape| {
            let name = shape.at.name.as_str();
            let (prefix, meant) = misspelt(name).filter(|(_, meant)| !of_another(shape.meant(), meant))?;
            let finding = Finding::new(&META, format!("did you mean {prefix}{meant}?"));
            Some(finding.at(shape.at.name_span).of(name)).filter(|finding| finding.variable.is_some())
        })
    }
}

/// Names that people write, and the one they meant.
const SLIPS: &[(&str, &str)] = &[
    ("TWILIO_SID", "TWILIO_ACCOUNT_SID"),
    ("TWILIO_ACCOUNTSID", "TWILIO_ACCOUNT_SID"),
    ("TWILIO_ACCOUNT_ID", "TWILIO_ACCOUNT_SID"),
    ("TWILIO_TOKEN", "TWILIO_AUTH_TOKEN"),
    ("TWILIO_AUTHTOKEN", "TWILIO_AUTH_TOKEN"),
    ("TWILIO_APIKEY", "TWILIO_API_KEY"),
    ("TWILIO_APISECRET", "TWILIO_API_SECRET"),
    ("TWILIO_APIKEY_SECRET", "TWILIO_API_KEY_SECRET"),
    ("TWILIO_API_TOKEN", "TWILIO_AUTH_TOKEN"),
];

/// Names that Twilio's own documents use for something else, although they are nearly one of these.
const OTHERS: &[&str] = &["TWILIO_APP_SID", "TWILIO_API_URL"];

/// Whether a value is the SID of something else than the name that was meant would hold.
fn of_another(value: Option<&str>, meant: &str) -> bool {
    let Some(value) = value else { return false };
    let letters = value.get(..2).filter(|letters| letters.bytes().all(|byte| byte.is_ascii_uppercase()));
    let sid = value.len() == 34 && value.bytes().skip(2).all(|byte| byte.is_ascii_hexdigit());
    let own = match classify(meant).map(|variable| variable.role) {
        Some(Role::AccountSid) => "AC",
        Some(Role::KeySid) => "SK",
        _ => "",
    };
    letters.is_some_and(|letters| sid && letters != own)
}

/// A name that would be a project's, if its prefix were not nearly `TWILIO` itself. `TWILIO2` is a project's.
fn nearly_twilios(name: &str) -> Option<(&str, &'static str)> {
    let variable = classify(name).filter(|variable| variable.bare)?;
    let word = variable.prefix.rsplit('_').next()?;
    let letters = word.bytes().all(|byte| byte.is_ascii_uppercase());
    if !letters || !one_apart(b"TWILIO", word.as_bytes()) {
        return None;
    }
    let own = variable.prefix.len() - word.len();
    let rest = &name[variable.prefix.len()..];
    let meant = NAMES.iter().map(|(known, _)| *known).find(|known| known.strip_prefix("TWILIO") == Some(rest))?;
    Some((&name[..own], meant))
}

/// The project's prefix with its underscore, and the name that was meant behind it.
fn misspelt(name: &str) -> Option<(&str, &'static str)> {
    let known = |name: &str| classify(name).is_some() || sender(name);
    if let Some(found) = nearly_twilios(name) {
        return Some(found);
    }
    let other = |other: &str| name.strip_suffix(other).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
    // A list of what a known name holds one of is not misspelt.
    if known(name) || name.strip_suffix('S').is_some_and(known) || OTHERS.iter().any(|known| other(known)) {
        return None;
    }
    let tail = |length: usize| {
        let at = name.len().checked_sub(length).filter(|at| name.is_char_boundary(*at))?;
        let (prefix, tail) = name.split_at(at);
        (prefix.is_empty() || prefix.ends_with('_')).then_some((prefix, tail))
    };
    let slip = SLIPS.iter().find_map(|(slip, meant)| {
        let (prefix, found) = tail(slip.len())?;
        (found == *slip).then_some((prefix, *meant))
    });
    let known = NAMES.iter().map(|(known, _)| *known).chain(["TWILIO_PHONE_NUMBER"]);
    slip.or_else(|| {
        known.flat_map(|known| [known.len(), known.len() + 1, known.len() - 1].map(|length| (known, length))).find_map(
            |(known, length)| {
                let (prefix, found) = tail(length)?;
                one_apart(known.as_bytes(), found.as_bytes()).then_some((prefix, known))
            },
        )
    })
}

/// Whether one character was added, dropped, mistaken, or exchanged with its neighbour.
fn one_apart(one: &[u8], other: &[u8]) -> bool {
    if !one.is_ascii() || !other.is_ascii() || one == other {
        return false;
    }
    let head = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let tail = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let (long, short) = (one.len().max(other.len()), one.len().min(other.len()));
    if long != short {
        return head + tail >= short;
    }
    let apart = long.saturating_sub(head + tail);
    apart <= 1 || (apart == 2 && one[head] == other[head + 1] && one[head + 1] == other[head])
}
