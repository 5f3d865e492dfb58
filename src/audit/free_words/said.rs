//! Turns of phrase: what denies that something is a secret, what asks a program for it, and what stands in between.

use super::lists::{ASIDE, ASKS, MADE_UP, PROGRAMS};
use super::{Beside, GLUE, LABEL};

impl Beside<'_> {
    /// Whether the words right before one that says so take it back: `not a token`, `non-secret`, `example token`,
    /// `public key token`.
    pub(super) fn denied(&self, says: usize) -> bool {
        let mut at = says;
        for _ in 0..GLUE {
            if at == 0 || self.gap(at).contains([',', ';', '.', ':', '=', '/', '(', ')']) {
                return false;
            }
            at -= 1;
            let word = &self.words[at];
            if word.is_of(&["not", "non", "isn't"]) || word.is_of(MADE_UP) {
                return true;
            }
            if word.is_of(&["key"]) && at > 0 && self.words[at - 1].is_of(&["public"]) {
                return true;
            }
            if !(word.between() || word.is_of(&["auth", "api", "access", "account", "key"])) {
                return false;
            }
        }
        false
    }

    /// Whether it is what a program is asked for by its name: `bw get password …`, `kubectl get secret …`.
    pub(super) fn asked_for(&self) -> bool {
        let (mut at, mut asks) = (self.at, false);
        for _ in 0..LABEL {
            if at == 0 || self.gap(at).contains([',', ';', ':', '>', '|', '(', ')']) {
                return false;
            }
            at -= 1;
            let word = &self.words[at];
            if asks && PROGRAMS.contains(&word.text) {
                return true;
            }
            asks |= ASKS.contains(&word.text);
        }
        false
    }

    /// The word that says so before a comma and a warning: `old auth token, do not use: …`.
    pub(super) fn before_an_aside(&self) -> Option<usize> {
        if !self.gap(self.at).contains([':', '=', '>']) {
            return None;
        }
        let mut at = self.at.checked_sub(1)?;
        for _ in 0..=GLUE {
            if !self.words[at].is_of(ASIDE) {
                return None;
            }
            let gap = self.gap(at);
            at = at.checked_sub(1)?;
            if gap.trim() == "," {
                return self.words[at].says().then_some(at);
            }
            if !(gap.trim().is_empty() || matches!(gap, "'" | "\u{2019}")) {
                return None;
            }
        }
        None
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
