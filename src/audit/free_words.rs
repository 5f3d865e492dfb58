//! What a comment gives away in free words: something of the form of a secret, and right beside it what it is.
//!
//! A name in an address, a commit or the id of a request has the same form. So what says that it is a secret must stand
//! close: right before, with little between (`old token was: …`), or right behind (`… is the old token`).

use super::entries::placeholder;
use crate::model::{AccountSid, KeySid};

mod lists;
mod said;

use self::lists::{BETWEEN, DIGESTS, ENDS, HANDLES, OF, SHORT, STAGES, STORES};

/// How many words may stand between what has the form of a secret and what says so.
const GLUE: usize = 4;
/// The most words of a label before a colon, and of what stands in brackets.
const LABEL: usize = 10;
/// No name is longer. This and [`CHUNK`] see to it that the time that a comment takes grows with its length and no faster.
const LONGEST: usize = 128;
/// How far around a value the address or path is looked for that it is a part of.
const CHUNK: usize = 512;

/// What a comment gives away, said as a finding: 32 hexadecimal digits, or as many letters of both cases and digits, beside
/// a word or a variable's name that says what they are, or behind the SID they belong to. Passwords that have no form of
/// their own are not found.
pub(super) fn in_free_words(text: &str) -> Option<&'static str> {
    let words = words(text);
    (0..words.len()).find_map(|at| {
        let message = form(words[at].text)?;
        let beside = Beside { text, words: &words, at };
        (!beside.in_a_name()
            && !beside.asked_for()
            && !beside.is_in_a_store()
            && (beside.follows_a_sid() || beside.introduced() || beside.explained()))
        .then_some(message)
    })
}

/// Whether a name in a comment stands there as that of which something else is: `hash of TWILIO_AUTH_TOKEN`.
pub(super) fn is_of_another(text: &str, name: &str) -> bool {
    let start = name.as_ptr() as usize - text.as_ptr() as usize;
    let text = &text[text.ceil_char_boundary(start.saturating_sub(CHUNK))..start + name.len()];
    let words = words(text);
    let Some(at) = words.len().checked_sub(1) else { return false };
    let beside = Beside { text, words: &words, at };
    let apart = |before: &usize| beside.gap(before + 1).trim().is_empty();
    let before = (at.saturating_sub(GLUE)..at).rev().take_while(apart).find(|before| !words[*before].between());
    before.is_some_and(|before| {
        let of = || words[before].is_of(&["of", "for"]) && beside.names_what_is(before);
        words[before].is_of(DIGESTS) || of()
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

    /// Whether it says that something is a secret: `token`, `token2`, `authToken`, `SHOP_API_SECRET_OLD`.
    fn says(&self) -> bool {
        !self.is_of(STORES) && self.text.len() <= LONGEST && says(&self.text.to_ascii_lowercase())
    }

    /// The same, of several: `tokens`. A variable of that name holds a list.
    fn says_of_several(&self) -> bool {
        self.is_of(&["tokens", "secrets", "passwords"])
    }

    /// Whether it may stand between a word and its value: a number, a letter, a word such as `is`.
    fn between(&self) -> bool {
        let short = |most, of: fn(&u8) -> bool| self.text.len() <= most && self.text.bytes().all(|byte| of(&byte));
        self.is_of(BETWEEN) || short(4, u8::is_ascii_digit) || short(1, u8::is_ascii_alphabetic)
    }

    /// Whether what is called so has a token's form, and is none.
    fn names_another(&self) -> bool {
        self.is_of(DIGESTS) || self.is_of(HANDLES)
    }
}

fn words(text: &str) -> Vec<Word<'_>> {
    let pieces = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|piece| !piece.is_empty());
    pieces.map(|piece| Word { text: piece, start: piece.as_ptr() as usize - text.as_ptr() as usize }).collect()
}

/// Whether a name in small letters ends in a word for a secret, whatever number or stage is added.
fn says(name: &str) -> bool {
    let mut left = name;
    for _ in 0..=GLUE {
        let core = left.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
        // The name of an assembly has one, and a list that comes page by page, for everybody to read.
        if ["publickeytoken", "publictoken", "public_token", "pagetoken", "page_token"]
            .iter()
            .any(|end| core.ends_with(end))
        {
            return false;
        }
        let short = |end: &&str| core.strip_suffix(*end).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
        if ENDS.iter().any(|end| core.ends_with(end)) || SHORT.iter().any(short) {
            return true;
        }
        match core.rsplit_once('_') {
            Some((rest, stage)) if STAGES.contains(&stage) => left = rest,
            _ => return false,
        }
    }
    false
}

/// Whether words say of a value that it is the name of something, or a digest: by the last of them that is not denied, or
/// because a store of secrets is among them.
fn name_another(words: &[Word<'_>]) -> bool {
    let mut left = words;
    while let Some(last) = left.iter().rposition(|word| !word.between()) {
        match denied_at(left, last) {
            Some(denied) => left = &left[..denied],
            None if left[last].names_another() => return true,
            None => break,
        }
    }
    words.iter().any(|word| word.is_of(STORES))
}

/// Where the word stands that takes one back: `not encrypted`.
fn denied_at(words: &[Word<'_>], at: usize) -> Option<usize> {
    let before = words[..at].iter().rposition(|word| !word.between())?;
    words[before].is_of(&["not", "non", "never"]).then_some(before)
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
        let head = &head[head.ceil_char_boundary(head.len().saturating_sub(CHUNK))..];
        let tail = &tail[..tail.floor_char_boundary(CHUNK)];
        let ends = |c: char| c.is_whitespace() || "\"'`<>".contains(c);
        // The mark of the comment itself may stand right before.
        let chunk = head.rsplit(ends).next().unwrap_or_default();
        let chunk = if self.word().start == chunk.len() { chunk.trim_start_matches('#') } else { chunk };
        let rest = &tail[..tail.find(ends).unwrap_or(tail.len())];
        let goes_on = rest.starts_with(['-', '.', '/', '\\'])
            && rest[1..].starts_with(|c: char| c.is_ascii_alphanumeric())
            || rest.starts_with(['/', '@', '?', '&', '#', '%']);
        let paired = chunk.ends_with([':', '/']) && self.follows_a_sid();
        // `arn:aws:secretsmanager:…`
        let colons = chunk.split(':').filter(|part| !part.is_empty()).count() > 1;
        match chunk.split_once("://") {
            Some((_, inside)) => !(paired && !inside.contains('/') && rest.starts_with('@')),
            None if paired => rest.starts_with('/'),
            None => {
                let before = chunk.ends_with(['-', '/', '\\', '.', '@', '#', '&', '%', '+']);
                before || chunk.contains('/') || goes_on || colons
            }
        }
    }

    /// `AC… / …`, `SK…:…`: nothing but marks between.
    fn follows_a_sid(&self) -> bool {
        let before = self.at.checked_sub(1).map(|before| self.words[before].text);
        before.is_some_and(is_sid)
    }

    /// What stands before says that it is one.
    fn introduced(&self) -> bool {
        let verb = self.at.checked_sub(1).is_some_and(|before| self.words[before].is_of(&["is", "was"]));
        let marked = verb || self.gap(self.at).contains([':', '=', '>']);
        if let Some(head) = self.skipped() {
            let word = &self.words[head];
            let named = self.text[..word.start].ends_with(['/', '.', '\\']);
            // `auth` alone is also what a service is called.
            let auth = word.is_of(&["auth"]) && (marked || head + 1 < self.at);
            if !named && (word.says() || auth || (marked && word.says_of_several())) {
                return self.is_the_subject(head);
            }
            if let Some(says) = self.says_as_a_key(head) {
                return self.is_the_subject(says);
            }
        }
        // `secret of the shop: …`, `old auth token, still valid: …`.
        marked && self.labelled()
    }

    /// `secret key` is a secret.
    fn says_as_a_key(&self, key: usize) -> Option<usize> {
        let says = key.checked_sub(1)?;
        let one = self.words[key].is_of(&["key", "keys"]) && self.gap(key).trim_matches([' ', '-']).is_empty();
        (one && self.words[says].says()).then_some(says)
    }

    /// The first word before it that is not merely between. What stands in brackets is, unless it says that the value is the
    /// name of something: `token (1Password item): …`.
    fn skipped(&self) -> Option<usize> {
        let (mut at, mut left) = (self.at, GLUE);
        loop {
            if let Some(numbered) = self.numbered(at) {
                at = numbered;
            }
            let gap = self.gap(at);
            if gap.contains([',', ';', '?', '!']) || (gap.contains(". ") && at < self.at) {
                return None;
            }
            at = at.checked_sub(1)?;
            if gap.trim_end_matches([' ', '\t', ':', '=', '-', '>', '"', '\'', '`']).ends_with(')') {
                let last = at;
                while !self.gap(at).contains('(') {
                    at = at.checked_sub(1).filter(|at| last - at < LABEL)?;
                }
                if name_another(&self.words[at..=last]) {
                    return None;
                }
                at = at.checked_sub(1)?;
            }
            if !self.words[at].between() {
                return Some(at);
            }
            left = left.checked_sub(1)?;
        }
    }

    /// Whether a word that says so is what the value is, and not what something else is of: `md5 of the token`. A secret of a
    /// store is there under its name.
    fn is_the_subject(&self, says: usize) -> bool {
        if self.denied(says) {
            return false;
        }
        let stored = self.words[says].text.to_ascii_lowercase().contains("secret");
        let (mut at, mut left) = (says, GLUE);
        for _ in 0..LABEL {
            let gap = self.gap(at);
            if at == 0 || gap.contains([',', ';', '.', ':', '=', '/', '(', ')']) {
                return true;
            }
            at -= 1;
            let word = &self.words[at];
            let none = word.is_of(&["no", "without"]) && !self.words[at + 1].is_of(&["longer"]);
            let digest = word.is_of(DIGESTS) && denied_at(self.words, at).is_none();
            if none || word.is_of(&["where", "how"]) || digest || (stored && word.is_of(STORES)) {
                return false;
            }
            // Behind what is done with it may stand of what that is: `trace of the login with the token`.
            if (word.is_of(&["of", "for", "with", "on", "about"]) || self.relates(at, says)) && self.is_of_a_thing(at) {
                return false;
            }
            if !word.between() {
                left -= 1;
            }
            if left == 0 {
                return true;
            }
        }
        true
    }

    /// Whether what is of a variable is called by a name: `id of TWILIO_AUTH_TOKEN`; or one asks for it so.
    fn names_what_is(&self, of: usize) -> bool {
        let thing = self.thing(of).map(|thing| &self.words[thing]);
        thing.is_some_and(|thing| thing.names_another() || thing.is_of(&["ask", "asks", "asked"]))
    }

    /// What something is of, or has it: the word before `of` that is not merely between.
    fn thing(&self, of: usize) -> Option<usize> {
        let mut before = (of.saturating_sub(GLUE)..=of).rev().take_while(|at| {
            let gap = self.gap(*at);
            *at > 0 && !gap.contains([',', ';', '.', ':', '=', '/', '(', ')'])
        });
        before.find(|at| !self.words[at - 1].between()).map(|at| at - 1)
    }

    /// Whether a label before a colon speaks of a secret: behind it stands at most of what or which it is, or until when, or
    /// that it is good or no good. Any other word there makes another thing of it: `token issuer: …`.
    fn labelled(&self) -> bool {
        let mut first = self.at;
        while first > 0
            && self.at - first < LABEL
            && (first == self.at || !self.gap(first).contains([';', '.', ':', '=', '(', ')']))
        {
            first -= 1;
        }
        let label = &self.words[first..self.at];
        let says = label.iter().rposition(Word::says).map(|says| first + says);
        let of_it = |at: usize| label[at].is_of(DIGESTS) && denied_at(label, at).is_none();
        let digest = (0..label.len()).any(of_it) || self.is_made_of(first);
        says.is_some_and(|says| self.goes_on_about_it(says) && self.is_the_subject(says))
            && !digest
            && !name_another(label)
    }

    /// What stands behind says that it is one: `… is the old token`, `…, a token`, `… (auth token)`, `… <- token`.
    fn explained(&self) -> bool {
        let before = &self.words[self.at.saturating_sub(2)..self.at];
        let denied = before.iter().any(Word::names_another) || before.iter().any(|word| word.is_of(STORES));
        let gap = self.gap(self.at + 1).trim_start_matches(['"', '\'', '`', '\u{201d}']);
        let bracket = gap.trim_start().starts_with('(');
        let mut rest = self.at + 1;
        let verb = self.words.get(rest).is_some_and(|word| word.is_of(&["is", "was", "as"]));
        let comma =
            gap.starts_with(',') && self.words.get(rest).is_some_and(|word| word.is_of(&["a", "the", "our", "my"]));
        let arrow = matches!(gap.trim(), "<-" | "<--" | "<=" | "=" | "==" | "\u{2190}");
        if denied || !(bracket || arrow || (verb && gap.trim().is_empty()) || comma) {
            return false;
        }
        let most = rest + GLUE + 2;
        while rest < most {
            let Some(word) = self.words.get(rest) else { return false };
            let after = self.gap(rest + 1);
            let last = rest + 1 == self.words.len();
            let ends = last || after.trim_start().starts_with([',', '.', ';', ')', '!', '(']);
            if word.says() && !word.is_of(SHORT) {
                return if bracket { after.starts_with(')') } else { ends || self.words[rest + 1].is_of(OF) };
            }
            if !(word.between() || word.is_of(&["as", "auth", "api", "key", "account"])) || !after.trim().is_empty() {
                return false;
            }
            rest += 1;
        }
        false
    }
}

/// Whether a word is the SID of an account or a key, which a secret belongs to.
fn is_sid(word: &str) -> bool {
    AccountSid::parse(word).is_ok() || KeySid::parse(word).is_ok()
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
mod tests;
