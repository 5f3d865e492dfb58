//! What a comment gives away in free words: something of the form of a secret, and right beside it what it is.
//!
//! A name in an address, a commit or the id of a request has the same form. So what says that it is a secret must stand
//! close: right before, with little between (`old token was: …`), or right behind (`… is the old token`).

use super::entries::placeholder;
use crate::model::variable::classify;
use crate::model::{AccountSid, KeySid};

/// How many words may stand between what has the form of a secret and what says so.
const GLUE: usize = 4;
/// Words that say that it is a secret.
const SAYS: [&str; 9] =
    ["token", "authtoken", "auth_token", "secret", "apisecret", "api_secret", "password", "passwd", "pwd"];
/// Words that may stand between.
const BETWEEN: [&str; 26] = [
    "is", "was", "are", "were", "be", "the", "a", "an", "our", "my", "its", "old", "new", "now", "then", "current",
    "previous", "prev", "former", "last", "live", "real", "value", "twilio", "twilio's", "still",
];
/// Words that turn what stands before them into something else: `token for`, `secret of`.
const OF: [&str; 11] = ["of", "for", "from", "in", "on", "at", "to", "by", "with", "until", "till"];
/// What has a token's form and is of a token, but no token.
const DENIES: [&str; 25] = [
    "md5",
    "sha",
    "sha1",
    "sha256",
    "hash",
    "digest",
    "checksum",
    "sum",
    "commit",
    "etag",
    "uuid",
    "guid",
    "id",
    "fingerprint",
    "fp",
    "request",
    "trace",
    "build",
    "tenant",
    "session",
    "ticket",
    "version",
    "revision",
    "key",
    "file",
];
/// What stands behind the name of a variable without making another thing of it.
const STAGES: [&str; 14] = [
    "OLD",
    "NEW",
    "PREV",
    "PREVIOUS",
    "LAST",
    "SECONDARY",
    "BACKUP",
    "BAK",
    "TEST",
    "DEV",
    "STAGING",
    "PROD",
    "LIVE",
    "KEY",
];

/// What a comment gives away, said as a finding: 32 hexadecimal digits, or as many letters of both cases and digits, beside
/// a word or a variable's name that says what they are, or behind the SID they belong to. Passwords that have no form of
/// their own are not found.
pub(super) fn in_free_words(text: &str) -> Option<&'static str> {
    let words = words(text);
    (0..words.len()).find_map(|at| {
        let message = form(words[at].text)?;
        let beside = Beside { text, words: &words, at };
        (!beside.in_a_name() && (beside.behind_a_sid() || beside.introduced() || beside.explained())).then_some(message)
    })
}

/// A word and where it stands.
#[derive(Debug, Clone, Copy)]
struct Word<'t> {
    text: &'t str,
    start: usize,
}

impl Word<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }

    fn is_of(&self, list: &[&str]) -> bool {
        list.iter().any(|known| known.eq_ignore_ascii_case(self.text))
    }

    fn says(&self) -> bool {
        self.is_of(&SAYS) || variable(self.text)
    }
}

fn words(text: &str) -> Vec<Word<'_>> {
    let pieces = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|piece| !piece.is_empty());
    pieces.map(|piece| Word { text: piece, start: piece.as_ptr() as usize - text.as_ptr() as usize }).collect()
}

/// Whether a name is that of a secret's variable: one of Twilio's, or one that speaks of Twilio and of a token or secret;
/// whatever stage of it is added.
fn variable(name: &str) -> bool {
    let stage = |end: &str| STAGES.contains(&end) || end.bytes().all(|byte| byte.is_ascii_digit());
    let upper = name.to_ascii_uppercase();
    let mut left = upper.as_str();
    loop {
        let ends = ["_TOKEN", "_SECRET", "_AUTHTOKEN", "_APISECRET"].iter().any(|end| left.ends_with(end));
        if classify(left).is_some_and(|found| found.role.is_secret()) || (ends && left.contains("TWILIO")) {
            return true;
        }
        match left.rsplit_once('_') {
            Some((rest, end)) if stage(end) => left = rest,
            _ => return false,
        }
    }
}

/// Something of the form of a secret among the words of a comment.
struct Beside<'t> {
    text: &'t str,
    words: &'t [Word<'t>],
    at: usize,
}

impl<'t> Beside<'t> {
    fn word(&self) -> &Word<'t> {
        &self.words[self.at]
    }

    fn gap(&self, before: usize) -> &'t str {
        let start = before.checked_sub(1).map_or(0, |last| self.words[last].end());
        let end = self.words.get(before).map_or(self.text.len(), |word| word.start);
        &self.text[start..end]
    }

    /// Whether it is a part of an address, a path or a name: there is what has that form by the dozen. What stands before
    /// the `@` of an address, and behind a SID, is none.
    fn in_a_name(&self) -> bool {
        let (head, tail) = (&self.text[..self.word().start], &self.text[self.word().end()..]);
        let ends = |c: char| c.is_whitespace() || "\"'`<>".contains(c);
        // The mark of the comment itself may stand right before.
        let chunk = head.rsplit(ends).next().unwrap_or_default();
        let chunk = if head.len() == chunk.len() { chunk.trim_start_matches('#') } else { chunk };
        let rest = &tail[..tail.find(ends).unwrap_or(tail.len())];
        let goes_on = rest.starts_with(['-', '.', '/', '\\'])
            && rest[1..].starts_with(|c: char| c.is_ascii_alphanumeric())
            || rest.starts_with(['/', '@', '?', '&', '#', '%']);
        let paired = chunk.ends_with([':', '/']) && self.follows_a_sid();
        match chunk.split_once("://") {
            Some((_, inside)) => !(paired && !inside.contains('/') && rest.starts_with('@')),
            None if paired => rest.starts_with('/'),
            None => chunk.ends_with(['-', '/', '\\', '.', '@', '#', '&', '%', '+']) || chunk.contains('/') || goes_on,
        }
    }

    fn follows_a_sid(&self) -> bool {
        let before = self.at.checked_sub(1).map(|before| self.words[before].text);
        before.is_some_and(|sid| AccountSid::parse(sid).is_ok() || KeySid::parse(sid).is_ok())
    }

    /// `AC… / …`, `SK…:…`: nothing but marks between.
    fn behind_a_sid(&self) -> bool {
        self.follows_a_sid()
    }

    /// What stands before says that it is one.
    fn introduced(&self) -> bool {
        let marked = self.gap(self.at).contains([':', '=', '>']);
        let Some(says) = self.skipped() else { return false };
        let word = &self.words[says];
        let named = self.text[..word.start].ends_with(['/', '.', '\\']);
        // `auth` alone is also what a service is called.
        let auth = word.is_of(&["auth"]) && (marked || says + 1 < self.at);
        if !named && (word.says() || auth) {
            return self.of_itself(says);
        }
        // `secret of the shop: …`: the label is cut where it says of what.
        marked && self.labelled()
    }

    /// The first word before it that is not merely between; what stands in brackets is.
    fn skipped(&self) -> Option<usize> {
        let (mut at, mut left) = (self.at, GLUE);
        loop {
            let gap = self.gap(at);
            if gap.contains([',', ';', '?', '!']) || (gap.contains(". ") && at < self.at) {
                return None;
            }
            at = at.checked_sub(1)?;
            let closed = gap.trim_end_matches([' ', '\t', ':', '=', '-', '>', '"', '\'', '`']).ends_with(')');
            if closed {
                while !self.gap(at).contains('(') {
                    at = at.checked_sub(1)?;
                }
                // The gap before the word with the bracket is looked at in the next round, without the bracket.
                let word = &self.words[at.checked_sub(1)?];
                if !word.is_of(&BETWEEN) {
                    return at.checked_sub(1);
                }
                continue;
            }
            if !self.words[at].is_of(&BETWEEN) {
                return Some(at);
            }
            left = left.checked_sub(1)?;
        }
    }

    /// Whether a word that says so is not itself what something else is of: `md5 of the token`.
    fn of_itself(&self, says: usize) -> bool {
        let (mut at, mut of) = (says, false);
        for _ in 0..GLUE {
            let gap = self.gap(at);
            if at == 0 || gap.contains([',', ';', '.', ':', '(', ')']) {
                return true;
            }
            at -= 1;
            let word = &self.words[at];
            if word.is_of(&DENIES) || (of && !word.is_of(&BETWEEN) && !word.is_of(&["copy", "backup"])) {
                return false;
            }
            // A copy of the token, or its value, is the token.
            of = word.is_of(&["of", "for"]) || (of && word.is_of(&BETWEEN) && !word.is_of(&["value"]));
        }
        true
    }

    /// Whether the label before a colon has for its subject what says so.
    fn labelled(&self) -> bool {
        let mut first = self.at;
        while first > 0
            && self.at - first < 7
            && (first == self.at || !self.gap(first).contains([',', ';', '.', ':', '=', '(']))
        {
            first -= 1;
        }
        let label = &self.words[first..self.at];
        let Some(cut) = label.iter().position(|word| word.is_of(&OF)) else { return false };
        let subject = cut.checked_sub(1).is_some_and(|subject| label[subject].says());
        subject && !label.iter().any(|word| word.is_of(&DENIES))
    }

    /// What stands behind says that it is one: `… is the old token`, `…, a token`, `… (auth token)`.
    fn explained(&self) -> bool {
        let denied = self.words[self.at.saturating_sub(2)..self.at].iter().any(|word| word.is_of(&DENIES));
        let gap = self.gap(self.at + 1).trim_start_matches(['"', '\'', '`', '\u{201d}']);
        let bracket = gap.trim_start().starts_with('(');
        let mut rest = self.at + 1;
        let verb = self.words.get(rest).is_some_and(|word| word.is_of(&["is", "was", "as"]));
        let comma =
            gap.starts_with(',') && self.words.get(rest).is_some_and(|word| word.is_of(&["a", "the", "our", "my"]));
        if denied || !(bracket || (verb && gap.trim().is_empty()) || comma) {
            return false;
        }
        let most = rest + GLUE + 2;
        while rest < most {
            let Some(word) = self.words.get(rest) else { return false };
            let after = self.gap(rest + 1);
            let last = rest + 1 == self.words.len();
            let ends = last || after.trim_start().starts_with([',', '.', ';', ')', '!', '(']);
            if word.says() {
                return if bracket { after.starts_with(')') } else { ends || self.words[rest + 1].is_of(&OF) };
            }
            if !(word.is_of(&BETWEEN) || word.is_of(&["as", "auth", "api"])) || !after.trim().is_empty() {
                return false;
            }
            rest += 1;
        }
        false
    }
}

/// What a word has the form of, said as a finding.
fn form(word: &str) -> Option<&'static str> {
    let all = |of: fn(&u8) -> bool| word.bytes().all(|byte| of(&byte));
    let has = |of: fn(&u8) -> bool| word.bytes().any(|byte| of(&byte));
    if word.len() != 32 || placeholder(word).is_some() || !has(u8::is_ascii_digit) {
        return None;
    }
    if all(u8::is_ascii_hexdigit) {
        return has(u8::is_ascii_alphabetic).then_some("what has the form of an Auth Token stands in a comment");
    }
    let mixed = all(u8::is_ascii_alphanumeric) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    mixed.then_some("what has the form of an API key's secret stands in a comment")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_words_that_say_what_they_are() {
        let (token, secret) = ("5e3d07ab1c9f4826".repeat(2), "aB3dE6gH9jK2mN5p".repeat(2));
        let key = format!("SK{token}");
        for (text, told) in [
            (format!("# old token {token}"), true),
            (format!("# the Auth Token was: {token} (until May)"), true),
            (format!("#{token} is the old token"), true),
            (format!("# token:\u{a0}{token}\u{a0}\u{2028}{token}"), true),
            (format!("# secret: {secret}"), true),
            (format!("# {key}:{secret}"), true),
            (format!("# {token}"), false),
            (format!("# {key}"), false),
            (format!("# the token of {key}"), false),
            (format!("# md5 of the token file: {token}"), false),
            (format!("# request id {token}, token expired"), false),
            (format!("# tokens {token}"), false),
            (format!("# token {}", "a".repeat(32)), false),
            (format!("# token {token}0"), false),
            (format!("# token: of the shop, kept in the vault under the name {token}"), false),
            ("# password is in the vault".to_owned(), false),
        ] {
            assert_eq!(in_free_words(&text).is_some(), told, "{text}");
        }
    }
}
