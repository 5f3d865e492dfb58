//! What a rule is: what it says of itself, and what it says of a file.

use super::facts::Facts;
use super::finding::{Finding, Severity};
use crate::dotenv::EnvFile;

/// When a rule is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Default,
    /// With `--pedantic` only.
    Pedantic,
    /// With `--copies` only: it judges what was found elsewhere.
    Copies,
    /// With `--live` only: it judges what Twilio answered.
    Live,
}

/// What may be done about a finding by machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixKind {
    /// Nothing.
    None,
    /// Nothing, but what to type is said.
    Suggested,
    /// With `--fix --unsafe-fixes`.
    Unsafe,
    /// With `--fix`, where it can be proved that every value stays what it is to every reader.
    Safe,
}

/// What a rule says of itself: the text of `--explain`, of `docs/rules.md` and of SARIF.
#[derive(Debug)]
pub struct Meta {
    /// Its code, `TW` and three digits. Never used again for another.
    pub code: &'static str,
    /// Its readable name.
    pub name: &'static str,
    /// How bad it is, unless the circumstances say otherwise.
    pub severity: Severity,
    /// When it is asked.
    pub when: When,
    /// What it checks, in one sentence.
    pub summary: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// How to mend it.
    pub mend: &'static str,
    /// What may be done by machine.
    pub fix: FixKind,
    /// Who else checks it, or where it went wrong; empty if nobody.
    pub precedent: &'static str,
}

impl Meta {
    /// Whether this is the rule's code, in either case of letters, or its name.
    #[must_use]
    pub fn is(&self, code_or_name: &str) -> bool {
        self.code.eq_ignore_ascii_case(code_or_name) || self.name == code_or_name
    }
}

/// A rule.
pub trait Rule: Sync {
    /// What it says of itself.
    fn meta(&self) -> &'static Meta;

    /// What it finds. Pure: the bytes are in `file`, everything else in `facts`.
    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding>;
}
