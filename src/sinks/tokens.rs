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

impl TokenRole {
    /// Every role, in the order in which [`TokenRole`] has them.
    pub(super) const ALL: [Self; 3] = [Self::Current, Self::Secondary, Self::Previous];
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
    /// The variable of the one in force, by which the projects of a file are told apart; empty where there is one only.
    pub project: String,
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
    /// Every variable that holds `stale` gets `current`; what stands beside it stays. Of no rotation: a place that was
    /// passed over is brought up to date.
    Renew {
        /// A token that is dead.
        stale: Secret,
        /// The token in force.
        current: Secret,
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

/// The tokens of one place: a token's variable and those of its other stages. An empty value counts as none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TokenState {
    pub(super) current: Option<Secret>,
    pub(super) secondary: Option<Secret>,
    pub(super) previous: Option<Secret>,
}

/// What a change means to one place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// The place holds none of what the change is about.
    Other,
    /// This is what it is to hold, perhaps as it does already.
    Becomes {
        state: TokenState,
        /// The values that are not ours and stay.
        left: Vec<TokenRole>,
    },
    /// Something else stands where this is to stand, and is not replaced.
    Occupied(TokenRole),
}

impl TokenState {
    /// What stands in a role.
    pub(super) fn of(&self, role: TokenRole) -> Option<&Secret> {
        match role {
            TokenRole::Current => self.current.as_ref(),
            TokenRole::Secondary => self.secondary.as_ref(),
            TokenRole::Previous => self.previous.as_ref(),
        }
    }

    fn holds(&self, role: TokenRole, value: &Secret) -> bool {
        self.of(role) == Some(value)
    }

    /// Whether a role is free for one of these values: it is empty, or holds one of them.
    fn free(&self, role: TokenRole, ours: [&Secret; 2]) -> bool {
        self.of(role).is_none_or(|held| ours.contains(&held))
    }
}

impl TokenChange {
    /// The two values that the change is about.
    pub(super) fn values(&self) -> [&Secret; 2] {
        match self {
            Self::Stage { current: one, secondary: other }
            | Self::Unstage { current: one, secondary: other }
            | Self::Clear { current: one, previous: other }
            | Self::Switch { old: one, new: other }
            | Self::Renew { stale: one, current: other } => [one, other],
        }
    }

    /// The state after it of a place that gives nothing back.
    pub(super) fn blind(&self) -> TokenState {
        let (current, secondary, previous) = match self {
            Self::Stage { current, secondary } => (current, Some(secondary), None),
            Self::Switch { old, new } => (new, None, Some(old)),
            Self::Clear { current, .. } | Self::Unstage { current, .. } | Self::Renew { current, .. } => {
                (current, None, None)
            }
        };
        TokenState { current: Some(current.clone()), secondary: secondary.cloned(), previous: previous.cloned() }
    }

    /// What it means to a place that holds `state`.
    pub(super) fn on(&self, state: &TokenState) -> Effect {
        use TokenRole::{Current, Previous, Secondary};
        let ours = self.values();
        let becomes = |state| Effect::Becomes { state, left: Vec::new() };
        let foreign = || if state.free(Current, ours) { Vec::new() } else { vec![Current] };
        match self {
            Self::Stage { current, secondary } => {
                if state.holds(Current, secondary) {
                    return becomes(state.clone());
                }
                if !state.holds(Current, current) {
                    return Effect::Other;
                }
                // The previous token has no place yet, but after the promotion it would be too late to ask for one.
                match [Secondary, Previous].into_iter().find(|role| !state.free(*role, ours)) {
                    Some(role) => Effect::Occupied(role),
                    None => becomes(TokenState { secondary: Some(secondary.clone()), ..state.clone() }),
                }
            }
            Self::Switch { old, new } => {
                let fresh = state.holds(Current, old);
                if !fresh && !state.holds(Current, new) {
                    return Effect::Other;
                }
                let mut after = TokenState { current: Some(new.clone()), ..state.clone() };
                if state.free(Secondary, ours) {
                    after.secondary = None;
                }
                // A place that holds the new token already may be past the end, where the old one is taken out.
                if fresh && state.free(Previous, ours) {
                    after.previous = Some(old.clone());
                }
                let left = [Secondary, Previous].into_iter().filter(|role| !state.free(*role, ours)).collect();
                Effect::Becomes { state: after, left }
            }
            Self::Renew { stale, current } if state.holds(Current, stale) || state.holds(Current, current) => {
                becomes(TokenState { current: Some(current.clone()), ..state.clone() })
            }
            Self::Clear { previous, .. } if state.holds(Previous, previous) => {
                Effect::Becomes { state: TokenState { previous: None, ..state.clone() }, left: foreign() }
            }
            Self::Unstage { secondary, .. } if state.holds(Secondary, secondary) => {
                Effect::Becomes { state: TokenState { secondary: None, ..state.clone() }, left: foreign() }
            }
            Self::Clear { .. } | Self::Unstage { .. } if ours.iter().any(|value| state.holds(Current, value)) => {
                becomes(state.clone())
            }
            Self::Clear { .. } | Self::Unstage { .. } | Self::Renew { .. } => Effect::Other,
        }
    }
}

/// The changes of a whole rotation of the token `holds`, with a value that stands in for the new one where that is not yet
/// made.
pub(super) fn rehearsal(holds: &Secret, new: Option<&Secret>) -> [TokenChange; 3] {
    let stand_ins = || ["e", "f"].map(|digit| Secret::new(digit.repeat(32))).into_iter().find(|value| value != holds);
    let (old, new) = (holds.clone(), new.cloned().or_else(stand_ins).unwrap_or_else(|| holds.clone()));
    [
        TokenChange::Stage { current: old.clone(), secondary: new.clone() },
        TokenChange::Switch { old: old.clone(), new: new.clone() },
        TokenChange::Clear { current: new, previous: old },
    ]
}

/// Whether a value is one of the two that a rotation may find as the token in force.
pub(super) fn is_either(value: Option<&Secret>, holds: &Secret, new: Option<&Secret>) -> bool {
    value == Some(holds) || value.is_some() && value == new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<Secret> {
        Some(text).filter(|text| !text.is_empty()).map(|text| Secret::new(text.to_owned()))
    }

    fn state(text: &str) -> TokenState {
        let mut values = text.split('/').map(value);
        let mut next = || values.next().flatten();
        TokenState { current: next(), secondary: next(), previous: next() }
    }

    fn shown(effect: &Effect) -> String {
        let names = [("old", value("old")), ("new", value("new")), ("own", value("own")), ("", None)];
        let name = |held: &Option<Secret>| names.iter().find(|(_, value)| value == held).map_or("?", |found| found.0);
        match effect {
            Effect::Other => "other".into(),
            Effect::Occupied(role) => format!("occupied {role}"),
            Effect::Becomes { state: TokenState { current, secondary, previous }, left } => {
                let left: Vec<String> = left.iter().map(|role| format!(" left {role}")).collect();
                format!("{}/{}/{}{}", name(current), name(secondary), name(previous), left.concat())
            }
        }
    }

    /// `current/secondary/previous`; `own` stands for a value that is not the rotation's.
    #[test]
    fn what_a_change_does_to_what_a_place_may_hold() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let stage = TokenChange::Stage { current: secret("old"), secondary: secret("new") };
        let switch = TokenChange::Switch { old: secret("old"), new: secret("new") };
        let clear = TokenChange::Clear { current: secret("new"), previous: secret("old") };
        let unstage = TokenChange::Unstage { current: secret("old"), secondary: secret("new") };
        let renew = TokenChange::Renew { stale: secret("old"), current: secret("new") };
        for (change, before, after) in [
            (&renew, "old//", "new//"),
            (&renew, "old/own/own", "new/own/own"),
            (&renew, "new//old", "new//old"),
            (&renew, "own//old", "other"),
            (&renew, "/old/", "other"),
            (&stage, "old//", "old/new/"),
            (&stage, "old/new/", "old/new/"),
            (&stage, "old/old/", "old/new/"),
            (&stage, "old//old", "old/new/old"),
            (&stage, "old/own/", "occupied secondary"),
            (&stage, "old//own", "occupied previous"),
            (&stage, "new//old", "new//old"),
            (&stage, "own//", "other"),
            (&stage, "/new/", "other"),
            (&switch, "old/new/", "new//old"),
            (&switch, "old//", "new//old"),
            (&switch, "new//old", "new//old"),
            (&switch, "new//", "new//"),
            (&switch, "new/new/", "new//"),
            (&switch, "old/own/", "new/own/old left secondary"),
            (&switch, "old/new/own", "new//own left previous"),
            (&switch, "own/new/old", "other"),
            (&clear, "new//old", "new//"),
            (&clear, "new//", "new//"),
            (&clear, "new//own", "new//own"),
            (&clear, "own//old", "own// left current"),
            (&clear, "own//", "other"),
            (&unstage, "old/new/", "old//"),
            (&unstage, "old//", "old//"),
            (&unstage, "old/own/", "old/own/"),
            (&unstage, "/new/", "//"),
            (&unstage, "own//", "other"),
        ] {
            let effect = change.on(&state(before));
            assert_eq!(shown(&effect), after, "{change:?} on {before}");
            if let Effect::Becomes { state: reached, .. } = effect {
                match change.on(&reached) {
                    Effect::Becomes { state: again, .. } => assert_eq!(again, reached, "{before}: repeated"),
                    Effect::Other => {}
                    Effect::Occupied(role) => panic!("{before}: occupied {role} by ourselves"),
                }
            }
        }
    }
}
