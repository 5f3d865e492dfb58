//! Turns of phrase: what denies that something is a secret, what asks a program for it, and numbers.

use super::lists::{ASKS, GIVES, MADE_UP, OPEN, PROGRAMS, WHICH};
use super::{Beside, GLUE, LABEL};

impl Beside<'_> {
    /// Whether the words right before one that says so take it back: `not a token`, `non-secret`, `example token`,
    /// `public key token`. What is `not the live token` is another one, and a `dummy account token` is that of an account.
    pub(super) fn denied(&self, says: usize) -> bool {
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

    /// Where a word stands that `no. 2` is the number of: right behind it.
    pub(super) fn numbered(&self, behind: usize) -> Option<usize> {
        let number = behind.checked_sub(1)?;
        let sign = number.checked_sub(1)?;
        let digits = self.words[number].text.bytes().all(|byte| byte.is_ascii_digit());
        let near = matches!(self.gap(number), " " | "." | ". ");
        let marks = self.gap(behind).trim_matches([' ', '\t', ':', '=', '-', '>', '"', '\'', '`']).is_empty();
        (digits && near && marks && self.words[sign].is_of(&["no", "nr", "number"])).then_some(sign)
    }
}
