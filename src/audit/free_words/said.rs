//! Turns of phrase: what denies that something is a secret, what asks a program for it, and numbers.

use super::lists::{
    ACTS, ASKS, DIGESTS, GIVES, LOGINS, MADE_UP, OF, OPEN, OWNERS, PROGRAMS, STAGES, STANDS, STORES, THINGS, WHICH,
};
use super::{Beside, GLUE, LABEL, Word, is_sid};

impl Beside<'_> {
    /// Whether the words right before one that says so take it back: `not a token`, `non-secret`, `example token`,
    /// `public key token`. What is `not the live token` is another one, and a `dummy account token` is that of an account.
    pub(super) fn denied(&self, says: usize) -> bool {
        if self.passes(says) {
            return true;
        }
        let (mut at, mut another) = (says, false);
        for _ in 0..GLUE {
            if at == 0 || self.gap(at).contains([',', ';', '.', ':', '=', '/', '(', ')']) {
                return false;
            }
            at -= 1;
            let word = &self.words[at];
            if word.is_of(MADE_UP) {
                return !self.words[at + 1].is_of(&["account"]);
            }
            if word.is_of(OPEN) || (!another && word.is_of(&["not", "non", "isn't"])) {
                return true;
            }
            another |= word.is_of(WHICH);
            if !(word.between() || word.is_of(&["auth", "api", "access", "account", "key"])) {
                return false;
            }
        }
        false
    }

    /// Whether it is what a program is asked for by its name: `bw get password …`, `kubectl get secret …`. Where a word
    /// stands between that no command has (`… gives the token …`), it is what the program said.
    pub(super) fn asked_for(&self) -> bool {
        let (mut at, mut asks, mut plain) = (self.at, false, true);
        for _ in 0..LABEL {
            let gap = self.gap(at);
            let ended = gap.contains([',', ';', ':', '>', '|', '(', ')', '\u{2013}', '\u{2014}']);
            let sentence = || self.words[at].text.starts_with(|first: char| first.is_ascii_uppercase());
            if at == 0 || ended || gap.starts_with(". ") && sentence() {
                return false;
            }
            at -= 1;
            let word = &self.words[at];
            if plain && word.is_of(GIVES) {
                return false;
            }
            if asks && PROGRAMS.contains(&word.text) {
                return true;
            }
            asks |= ASKS.contains(&word.text);
            plain &= word.between() || word.says() || word.is_of(&["auth", "api", "access", "account", "key"]);
        }
        false
    }

    /// Whether it stands in brackets as what a store has an item by: `token [… in bitwarden]`. Where it is from, or is too, a
    /// value may be; no item of 1Password has that form, and none has capitals in its id.
    pub(super) fn is_in_a_store(&self) -> bool {
        let inside = self.gap(self.at).trim_end().ends_with(['(', '[']);
        let id = self.word().text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let behind = (self.at + 1..self.words.len()).take(GLUE);
        let mut behind = behind.take_while(|at| self.gap(*at).trim().is_empty()).map(|at| &self.words[at]);
        let within = behind.next().is_some_and(|word| word.is_of(&["in", "at"]));
        let store = |word: &Word<'_>| word.is_of(STORES) && !word.is_of(&["1password", "onepassword"]);
        inside && id && within && behind.find(|word| !word.between()).is_some_and(store)
    }

    /// Whether `pass` is no password: `all tests pass`, `last pass`, `by-pass`, where `smtp-pass` is one; or it is the program
    /// of that name, given a name.
    fn passes(&self, says: usize) -> bool {
        if !self.words[says].is_of(&["pass"]) {
            return false;
        }
        let marked = self.gap(self.at).contains([':', '=', '>']);
        let gap = self.gap(says);
        let joined = matches!(gap.trim(), "" | "-");
        match says.checked_sub(1).filter(|_| joined).map(|before| &self.words[before]) {
            Some(word) if gap == "-" && word.is_of(LOGINS) => false,
            Some(word) => word.is_of(&["last"]) || !(word.between() || is_sid(word.text)),
            None => !marked && self.gap(says).trim_matches(['#', ' ', '\t']).is_empty(),
        }
    }

    /// Where a word stands that `no. 2` is the number of: right behind it.
    pub(super) fn numbered(&self, behind: usize) -> Option<usize> {
        let number = behind.checked_sub(1)?;
        let sign = number.checked_sub(1)?;
        let digits = self.words[number].text.bytes().all(|byte| byte.is_ascii_digit());
        let near = matches!(self.gap(number), " " | "." | ". ");
        let marks = self.gap(behind).trim_matches([' ', '\t', ':', '=', '-', '>', '"', '\'', '`']).is_empty();
        (digits && near && marks && self.words[sign].is_of(&["no", "nr", "number"])).then_some(sign)
    }

    /// Whether `that` begins what is told of something: `commit that leaked the token`, and not `that old token`.
    pub(super) fn relates(&self, at: usize, says: usize) -> bool {
        let told = |word: &Word<'_>| !(word.between() || word.is_of(&["auth", "api", "access", "account"]));
        self.words[at].is_of(&["that", "which", "who"]) && self.words[at + 1..says].iter().any(told)
    }

    /// Whether what is of a secret, or has it, is another thing: `kms key of the token`. A copy is the secret itself, and
    /// what one does with it is no thing.
    pub(super) fn is_of_a_thing(&self, of: usize) -> bool {
        let Some(at) = self.thing(of) else { return false };
        let thing = &self.words[at];
        let itself = thing.is_of(&["copy", "backup", "value", "rid"]) || thing.says() || is_sid(thing.text);
        !(itself || thing.is_of(ACTS) || thing.is_of(STAGES) && !thing.is_of(&["key"]))
            && self.says_as_a_key(at).is_none()
    }

    /// Whether a label begins within the brackets of what is made of it: `md5(TWILIO_AUTH_TOKEN)`.
    pub(super) fn is_made_of(&self, first: usize) -> bool {
        let Some(before) = first.checked_sub(1).map(|before| &self.words[before]) else { return false };
        let gap = self.gap(first);
        gap.starts_with('(') || (gap.contains('(') && before.is_of(DIGESTS))
    }

    /// Whether nothing stands between a word that says so and the value but what it is of, or how it stands with it.
    pub(super) fn goes_on_about_it(&self, says: usize) -> bool {
        let first = if self.says_as_a_key(says + 1).is_some() { says + 2 } else { says + 1 };
        let (mut right_behind, mut free) = (true, false);
        for at in first..self.at {
            let (gap, word) = (self.gap(at), &self.words[at]);
            if gap.contains(',') {
                (right_behind, free) = (false, word.is_of(&["if"]));
            }
            let joined = right_behind && gap == "-" && !word.between();
            // The account of a token is none; one that is called something may be whose the token is.
            if at == first && at + 1 == self.at && word.is_of(&["account", "subaccount"]) {
                return false;
            }
            if at > first && self.names_who_made_it(at) {
                return true;
            }
            free |= right_behind && word.is_of(OF) && !word.is_of(&["as", "by", "to"]);
            let stage = word.is_of(STAGES) && !word.is_of(&["key"]);
            let known = word.is_of(OF) || word.is_of(STANDS) || word.is_of(OWNERS);
            if joined || !(free || stage || word.between() || known) {
                return false;
            }
            right_behind &= word.between();
        }
        true
    }

    /// Whether a label ends in `added by` and a name. What has an id of its own makes tokens too: `created by job: …`.
    fn names_who_made_it(&self, by: usize) -> bool {
        let blank = |at: usize| !self.gap(at).is_empty() && self.gap(at).trim().is_empty();
        let made = &self.words[by - 1];
        if by + 2 != self.at || !self.words[by].is_of(&["by"]) || !blank(by) || !blank(by + 1) {
            return false;
        }
        let name = &self.words[by + 1];
        let letters = name.text.bytes().all(|byte| byte.is_ascii_alphabetic());
        made.is_of(&["added", "created", "changed", "rotated"])
            && letters
            && !(name.between() || name.names_another() || name.is_of(THINGS) || name.is_of(STORES))
    }
}
