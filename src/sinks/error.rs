//! Why a sink did not do what was asked.

use std::path::PathBuf;
use std::time::Duration;

use super::pairs::PairError;
use super::{Place, SpecError, TokenRole};
use crate::dotenv::{EditError, ProblemKind};
use crate::model::sid::SidError;
use crate::model::{KeySid, ProfileNameError};
use crate::store;

/// Why a sink did not do what was asked. It never holds a secret, nor a line of a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name is none of a sink.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The fragment does not suit the kind.
    #[error("the part after # in {spec} {why}")]
    Fragment {
        /// The sink.
        spec: String,
        /// What is wrong with the fragment.
        why: &'static str,
    },
    /// The file cannot be read or replaced.
    #[error(transparent)]
    File(#[from] store::file::Error),
    /// The file is not text.
    #[error("{path}, line {line}: {kind}")]
    Doubtful {
        /// The file.
        path: PathBuf,
        /// 1-based line number.
        line: usize,
        /// What is wrong.
        kind: ProblemKind,
    },
    /// The variables of a project make no pair.
    #[error("{path}: {source}")]
    Pair {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and variable.
        source: PairError,
    },
    /// The file cannot be edited safely.
    #[error("{path}: {source}")]
    Edit {
        /// The file.
        path: PathBuf,
        /// What stands against it.
        source: EditError,
    },
    /// The sink was not allowed to make a pair, and there is none.
    #[error("{path} has no {variable}")]
    NoPair {
        /// The file.
        path: PathBuf,
        /// The variable, or the member of a JSON object.
        variable: String,
    },
    /// Several pairs that are not the same key, and nothing says which is meant.
    #[error("{path} has several pairs: {}", .variables.join(", "))]
    Several {
        /// The file.
        path: PathBuf,
        /// The variable of each.
        variables: Vec<String>,
    },
    /// A pair stands there that the sink was not told to replace.
    #[error("{place} holds {sid}, which is not to be replaced here")]
    Occupied {
        /// Where.
        place: Place,
        /// Whose pair.
        sid: KeySid,
    },
    /// Another account is named beside the pair.
    #[error("{place} names another account than the credential's")]
    OtherAccount {
        /// Where.
        place: Place,
    },
    /// The file was changed by another program each time it was to be replaced.
    #[error("{path} was changed by another program {tries} times in a row")]
    Busy {
        /// The file.
        path: PathBuf,
        /// How often it was tried.
        tries: usize,
    },
    /// The file is not the JSON it should be.
    #[error("{path}, line {line}, column {column}: {why}")]
    Json {
        /// The file.
        path: PathBuf,
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// What stands where a SID should is none.
    #[error("{place} {source}")]
    Sid {
        /// Where.
        place: Place,
        /// What is wrong with it.
        source: SidError,
    },
    /// One half of a pair is missing.
    #[error("{place} is only half of a pair")]
    Half {
        /// The half that is there.
        place: Place,
    },
    /// The Auth Token that is to be rotated is not here.
    #[error("{place} does not hold the Auth Token")]
    NoToken {
        /// The file, or the variable that was named and holds something else.
        place: Place,
    },
    /// A value stands there that is not to be replaced.
    #[error("{place} holds another value already, where the {role} Auth Token is to stand")]
    TokenOccupied {
        /// Where.
        place: Place,
        /// What is to stand there.
        role: TokenRole,
    },
    /// What follows the colon is no profile's name.
    #[error("{spec}: {source}")]
    ProfileName {
        /// The sink.
        spec: String,
        /// What a name is.
        source: ProfileNameError,
    },
    /// There is nothing that profiles could be kept in.
    #[error("{spec} is a profile, and there is no home folder to keep profiles in")]
    NoProfiles {
        /// The sink.
        spec: String,
    },
    /// The profile holds an Auth Token, which no key takes the place of.
    #[error("{spec} is a profile with an Auth Token, whose place no API key takes")]
    HoldsToken {
        /// The sink.
        spec: String,
    },
    /// The profile is good at another Twilio.
    #[error("{spec} is a profile of {kept}, and the key is one of {here}")]
    OtherSite {
        /// The sink.
        spec: String,
        /// Where the profile is good.
        kept: String,
        /// Where the key is.
        here: String,
    },
    /// The profile cannot be read or kept.
    #[error(transparent)]
    Profile(#[from] store::profiles::Error),
    /// The program could not be started.
    #[error("{program} could not be started")]
    NotStarted {
        /// The program.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The run was told to end before this program was started.
    #[error("{program} was not asked to {action}: the run is to end")]
    Stopped {
        /// The program.
        program: String,
        /// What it would have been asked.
        action: &'static str,
    },
    /// The program said no.
    #[error("{program} failed to {action}: {ended}{}", .said.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
    Program {
        /// The program.
        program: String,
        /// What was asked, such as `store` or `load-tokens`.
        action: &'static str,
        /// How it ended.
        ended: String,
        /// The start of what it wrote on stderr, with everything that could be a secret taken out.
        said: Option<String>,
    },
    /// The program took too long and was ended. What it did until then is not known.
    #[error("{program} did not {action} within {after:?} and was ended")]
    TimedOut {
        /// The program.
        program: String,
        /// What was asked.
        action: &'static str,
        /// How long it had.
        after: Duration,
    },
    /// The program's answer is not what it should be.
    #[error("{program} answered {action} with something else than asked: {why}")]
    Answer {
        /// The program.
        program: String,
        /// What was asked.
        action: &'static str,
        /// What is wrong.
        why: String,
    },
}

impl Error {
    /// Whether it says of a profile that its secret is gone, or a part of one: what it held may be put there again.
    #[must_use]
    pub fn is_emptied(&self) -> bool {
        use store::profiles::Error::{Entry, Gone};
        matches!(self, Self::Profile(Gone { .. } | Entry { whole: false, .. }))
    }
}
