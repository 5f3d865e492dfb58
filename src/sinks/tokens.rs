//! Auth Tokens in sinks: what a place holds of them, and the four changes that a rotation makes.
//!
//! Every change is directed by values. It strikes where a token stands that is named in it, so that it may be repeated at
//! will, it finds each of forty projects in one file, and it never replaces a value that is not ours.

use std::fmt;

use super::Place;
use crate::model::{AccountSid, Secret, TokenNames};

/// Whose token, and how its stages are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenTarget {
    /// The account. A place that names another account beside its token is never touched.
    pub account: AccountSid,
    /// The names of the secondary and the previous token beside the current one.
    pub names: TokenNames,
}

/// What a token is to those who read a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenRole {
    /// The one in force: `X_AUTH_TOKEN`.
    Current,
    /// The one that waits to be promoted: `X_AUTH_TOKEN_SECONDARY`.
    Secondary,
    /// The one that was in force before: `X_AUTH_TOKEN_PREVIOUS`.
    Previous,
}

impl fmt::Display for TokenRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Current => "current",
            Self::Secondary => "secondary",
            Self::Previous => "previous",
        })
    }
}

/// A token, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldToken {
    /// Where: file, line and variable.
    pub place: Place,
    /// As what it stands there.
    pub role: TokenRole,
    /// The token.
    pub value: Secret,
    /// The account named beside it, if any. A value under no account is not known to be of the target's.
    pub account: Option<AccountSid>,
}

/// What a sink holds of Auth Tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadedTokens {
    /// Every token that stands under the target's account or under none.
    Held(Vec<HeldToken>),
    /// None.
    Absent,
    /// The destination takes secrets and does not give them back.
    WriteOnly,
}

/// One step of a token's rotation. Repeating it changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenChange {
    /// Beside every variable that holds `current`: puts `secondary` into its `X_SECONDARY`. A place that holds
    /// `secondary` as its current token already is past this, and stays.
    Stage {
        /// The token in force.
        current: Secret,
        /// The token that waits to be promoted.
        secondary: Secret,
    },
    /// Every variable that holds `old` gets `new`, its `X_PREVIOUS` gets `old`, its `X_SECONDARY` goes, in one
    /// replacement of the file.
    Switch {
        /// The token that was in force.
        old: Secret,
        /// The token that is in force now.
        new: Secret,
    },
    /// `X_PREVIOUS` goes where it holds `previous`.
    Clear {
        /// The token in force, which stays. A destination that gives nothing back is told to hold just this.
        current: Secret,
        /// The token that was in force before.
        previous: Secret,
    },
    /// `X_SECONDARY` goes where it holds `secondary`.
    Unstage {
        /// The token in force, which stays. A destination that gives nothing back is told to hold just this.
        current: Secret,
        /// The token that was never promoted.
        secondary: Secret,
    },
}

/// What a change did. Empty is both: nothing was to be done, and nothing was left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokensStored {
    /// The variables that were set, added or taken out, each where it stood, or stands now.
    pub changed: Vec<Place>,
    /// What was left alone although it is the target's: a current token that is neither of the two named in the change,
    /// a secondary or previous one that is not ours, and a token of ours that stands under another account.
    pub left: Vec<Place>,
}
