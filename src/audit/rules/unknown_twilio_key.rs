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

/// Names that people write, and the one they meant. What merely leaves underscores out need not stand here.
const SLIPS: &[(&str, &str)] = &[
    ("TWILIO_SID", "TWILIO_ACCOUNT_SID"),
    ("TWILIO_ACCOUNT_ID", "TWILIO_ACCOUNT_SID"),
    ("TWILIO_ACCOUNTS_SID", "TWILIO_ACCOUNT_SID"),
    ("TWILIO_TOKEN", "TWILIO_AUTH_TOKEN"),
    ("TWILIO_API_TOKEN", "TWILIO_AUTH_TOKEN"),
];

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

/// No slip of a known name is longer: it keeps the time that a name of many words takes within bounds.
const LONGEST: usize = 32;

/// The names one could have meant.
fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(known, _)| *known).chain(["TWILIO_PHONE_NUMBER"])
}

/// The name that was meant, with the project's prefix and without it.
///
/// One slip is taken for one, and nothing else is: one word with one wrong letter, or underscores that are left out. Only in
/// Twilio's own name there may be a slip beside another way to write the rest, for nobody else's begins so. A prefix, a stage
/// or a number that somebody put there is none.
fn misspelt(name: &str) -> Option<(String, &'static str)> {
    let known = |name: &str| classify(name).is_some_and(|variable| !variable.bare) || sender(name);
    // A list of what a known name holds one of is not misspelt.
    if known(name) || name.strip_suffix('S').is_some_and(known) {
        return None;
    }
    let starts = std::iter::once(0).chain(name.match_indices('_').map(|(at, _)| at + 1));
    let tails = starts.map(|start| (start, &name[start..])).filter(|(_, tail)| tail.len() <= LONGEST);
    tails.into_iter().find_map(|(start, tail)| {
        let (word, rest) = tail.split_once('_').unwrap_or((tail, ""));
        let own = if word == "TWILIO" || one_slip("TWILIO", word) { format!("TWILIO_{rest}") } else { tail.to_owned() };
        let meant = match word {
            "TWILIO" => slip(&own).or_else(|| names().find(|known| one_word_slips(known, tail))),
            _ => slip(&own).or_else(|| names().find(|known| own != tail && *known == own)),
        };
        meant.map(|meant| (name[..start].to_owned(), meant))
    })
}

/// The name that people mean by another one, or by one without its underscores.
fn slip(name: &str) -> Option<&'static str> {
    let bare = |name: &str| name.replace('_', "");
    let count = |name: &str| name.matches('_').count();
    let listed = SLIPS.iter().find(|(slip, _)| *slip == name).map(|(_, meant)| *meant);
    listed.or_else(|| names().find(|known| count(name) < count(known) && bare(known) == bare(name)))
}

/// Whether two names differ in one slip in one of their words.
fn one_word_slips(known: &str, found: &str) -> bool {
    let (known, found): (Vec<&str>, Vec<&str>) = (known.split('_').collect(), found.split('_').collect());
    let mut apart = known.iter().zip(&found).filter(|(known, found)| known != found);
    known.len() == found.len()
        && apart.next().is_some_and(|(known, found)| one_slip(known, found))
        && apart.next().is_none()
}

/// Whether a word is another one with a letter added, dropped, mistaken, or exchanged with its neighbour.
///
/// A letter before or behind a word is added by mistake only if it was typed twice: others tell one account from another. A
/// word of three letters is too near to other words, so that nothing of it may be missing or another letter.
fn one_slip(known: &str, found: &str) -> bool {
    let (one, other) = (known.as_bytes(), found.as_bytes());
    if one == other || !other.iter().all(u8::is_ascii_uppercase) {
        return false;
    }
    let head = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let tail = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let long = one.len() > 3;
    if other.len() == one.len() + 1 {
        return match () {
            () if head == one.len() => other.last() == one.last(),
            () if tail == one.len() => other.first() == one.first(),
            () => head + tail >= one.len(),
        };
    }
    if one.len() == other.len() + 1 {
        return long && head + tail >= other.len();
    }
    if one.len() != other.len() {
        return false;
    }
    let apart = one.len().saturating_sub(head + tail);
    let exchanged = apart == 2 && one[head] == other[head + 1] && one[head + 1] == other[head];
    exchanged || long && apart <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_one_letter() {
        for found in ["TWILLIO", "TWILO", "TWILOI", "TWLIIO", "TWYLIO", "TTWILIO", "TWILIOO", "WILIO", "TWILI"] {
            assert!(one_slip("TWILIO", found), "{found}");
        }
        for found in
            ["TWILIO", "", "T", "TO", "IO", "TWO", "TWIO", "MYTWILIO", "TWILIOEU", "TWILIO2", "TWILIOA", "XTWILIO"]
        {
            assert!(!one_slip("TWILIO", found), "{found}");
        }
        assert!(["SIDD", "SDI", "SIID"].iter().all(|found| one_slip("SID", found)));
        assert!(["SI", "SIM", "SIDS", "SID2", "KEY"].iter().all(|found| !one_slip("SID", found)));
    }

    #[test]
    fn no_known_name_is_longer_than_what_is_looked_at() {
        assert!(names().chain(SLIPS.iter().map(|(slip, _)| *slip)).all(|name| name.len() < LONGEST));
    }
}
