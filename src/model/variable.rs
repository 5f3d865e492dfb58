//! The names an env file may use for one thing, with or without a project's prefix.
//!
//! Source: the official SDKs and CLI (`TWILIO_ACCOUNT_SID`, `TWILIO_AUTH_TOKEN`, `TWILIO_API_KEY`, `TWILIO_API_SECRET`,
//! `TWILIO_REGION`, `TWILIO_EDGE`), the serverless toolkit (bare `ACCOUNT_SID`, `AUTH_TOKEN`), and what projects write.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

/// What a variable holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// An Account SID.
    AccountSid,
    /// An Auth Token: the one in force.
    AuthToken,
    /// An Auth Token that waits to be promoted, published beside the one in force.
    AuthTokenSecondary,
    /// The Auth Token that was in force before the last promotion.
    AuthTokenPrevious,
    /// The SID of an API key.
    KeySid,
    /// The secret of an API key.
    KeySecret,
    /// A Twilio region such as `ie1`.
    Region,
    /// A Twilio edge such as `dublin`.
    Edge,
}

impl Role {
    /// Whether the value is a secret.
    #[must_use]
    pub fn is_secret(self) -> bool {
        self.is_token() || self == Self::KeySecret
    }

    /// Whether the value is a part of what a request is signed with. A token of another stage is not: one waits to be
    /// promoted, the other is refused.
    #[must_use]
    pub fn signs(self) -> bool {
        matches!(self, Self::AuthToken | Self::KeySid | Self::KeySecret)
    }

    /// Whether the value is an Auth Token, of whatever stage.
    #[must_use]
    pub fn is_token(self) -> bool {
        matches!(self, Self::AuthToken | Self::AuthTokenSecondary | Self::AuthTokenPrevious)
    }
}

/// The names with Twilio's own prefix, preferred name first for each role.
pub const NAMES: &[(&str, Role)] = &[
    ("TWILIO_ACCOUNT_SID", Role::AccountSid),
    ("TWILIO_AUTH_TOKEN", Role::AuthToken),
    ("TWILIO_AUTH_TOKEN_SECONDARY", Role::AuthTokenSecondary),
    ("TWILIO_AUTH_TOKEN_PREVIOUS", Role::AuthTokenPrevious),
    ("TWILIO_API_KEY", Role::KeySid),
    ("TWILIO_API_KEY_SID", Role::KeySid),
    ("TWILIO_API_SID", Role::KeySid),
    ("TWILIO_API_SECRET", Role::KeySecret),
    ("TWILIO_API_KEY_SECRET", Role::KeySecret),
    ("TWILIO_API_SECRET_KEY", Role::KeySecret),
    ("TWILIO_REGION", Role::Region),
    ("TWILIO_EDGE", Role::Edge),
];

/// The names that come without `TWILIO_`. With a project's prefix they may belong to somebody else
/// (`GITHUB_AUTH_TOKEN`), so [`group`] takes them only where both stand under the same prefix.
const BARE: &[(&str, Role)] = &[
    ("ACCOUNT_SID", Role::AccountSid),
    ("AUTH_TOKEN", Role::AuthToken),
    ("AUTH_TOKEN_SECONDARY", Role::AuthTokenSecondary),
    ("AUTH_TOKEN_PREVIOUS", Role::AuthTokenPrevious),
];

/// A variable's name, understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable<'a> {
    /// The project's prefix without its underscore, empty if there is none.
    pub prefix: &'a str,
    /// What it holds.
    pub role: Role,
    /// Whether the name lacks `TWILIO_`.
    pub bare: bool,
}

/// Understands a variable's name, or says that it is none of ours.
#[must_use]
pub fn classify(name: &str) -> Option<Variable<'_>> {
    let find = |table: &[(&str, Role)], bare| {
        table.iter().find_map(|(known, role)| {
            let rest = name.strip_suffix(known)?;
            let prefix = if rest.is_empty() { rest } else { rest.strip_suffix('_')? };
            Some(Variable { prefix, role: *role, bare })
        })
    };
    find(NAMES, false).or_else(|| find(BARE, true))
}

/// Which of an account's Auth Tokens a variable holds while they are rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// The one in use: `…AUTH_TOKEN`.
    Current,
    /// The one that is to be promoted: `…AUTH_TOKEN_SECONDARY`.
    Secondary,
    /// The one that a promotion has ended: `…AUTH_TOKEN_PREVIOUS`.
    Previous,
}

/// What the name of an Auth Token's variable ends in while the tokens are rotated.
const SLOTS: &[(&str, Slot)] = &[(SECONDARY, Slot::Secondary), (PREVIOUS, Slot::Previous)];

const SECONDARY: &str = "_SECONDARY";
const PREVIOUS: &str = "_PREVIOUS";

/// Understands the name of an Auth Token's variable: the name that the current one has, and which one it holds.
#[must_use]
pub fn token_slot(name: &str) -> Option<(&str, Slot)> {
    let found = SLOTS.iter().find_map(|(ending, slot)| Some((name.strip_suffix(ending)?, *slot)));
    let (current, slot) = found.unwrap_or((name, Slot::Current));
    classify(current).filter(|variable| variable.role == Role::AuthToken).map(|_| (current, slot))
}

/// The variables of one project: all that share a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The project's prefix, empty for the plain names.
    pub prefix: String,
    /// Role and name, in the order they were given.
    pub names: Vec<(Role, String)>,
}

impl Group {
    /// The names that hold a role.
    pub fn of(&self, role: Role) -> impl Iterator<Item = &str> {
        self.names.iter().filter(move |(r, _)| *r == role).map(|(_, name)| name.as_str())
    }
}

/// Sorts names into projects, in the order in which each prefix first appears. A name may be given more than once.
///
/// This takes no longer for many projects than for few: a file may have tens of thousands.
pub fn group<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Group> {
    let mut groups: Vec<(Group, bool)> = Vec::new();
    let mut places: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for name in names {
        let Some(variable) = classify(name) else { continue };
        let at = *places.entry((variable.prefix, variable.bare)).or_insert_with(|| {
            groups.push((Group { prefix: variable.prefix.to_owned(), names: Vec::new() }, variable.bare));
            groups.len() - 1
        });
        // There are no more different names in a group than there are names for things.
        if !groups[at].0.names.iter().any(|(_, known)| known == name) {
            groups[at].0.names.push((variable.role, name.to_owned()));
        }
    }
    let mut sorted: Vec<Group> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (found, bare) in groups {
        let has = |role| found.of(role).next().is_some();
        if bare && !found.prefix.is_empty() && !(has(Role::AccountSid) && has(Role::AuthToken)) {
            continue;
        }
        match places.entry(found.prefix.clone()) {
            Entry::Occupied(same) => sorted[*same.get()].names.extend(found.names),
            Entry::Vacant(place) => {
                place.insert(sorted.len());
                sorted.push(found);
            }
        }
    }
    sorted
}

/// How the variables of a token's stages are named: the name of the token's own variable with a suffix.
///
/// The suffixes differ from one another, and no name made with one means something else to [`classify`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Suffixes", into = "Suffixes")]
pub struct TokenNames {
    secondary: String,
    previous: String,
}

/// The form in which [`TokenNames`] are written down.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suffixes {
    secondary: String,
    previous: String,
}

/// Why suffixes cannot name the stages of a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenNamesError {
    /// It is not `_` and then capital letters, digits and underscores, 32 characters at most.
    #[error("{suffix:?} is not a suffix: `_` and then capital letters, digits and underscores, 32 characters at most")]
    Form {
        /// The suffix.
        suffix: String,
    },
    /// Both stages would have one name.
    #[error("the secondary and the previous token cannot both have the suffix {suffix}")]
    Same {
        /// The suffix.
        suffix: String,
    },
    /// A name made with it is the name of something else.
    #[error("a token's variable with the suffix {suffix} is the name of something else")]
    Taken {
        /// The suffix.
        suffix: String,
    },
}

impl Default for TokenNames {
    /// `_SECONDARY` and `_PREVIOUS`.
    fn default() -> Self {
        Self { secondary: SECONDARY.to_owned(), previous: PREVIOUS.to_owned() }
    }
}

impl TokenNames {
    /// Takes two suffixes, such as `_SECONDARY` and `_PREVIOUS`.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn new(secondary: &str, previous: &str) -> Result<Self, TokenNamesError> {
        let good = |suffix: &str| {
            (2..=32).contains(&suffix.len())
                && suffix.starts_with('_')
                && suffix.bytes().all(|b| b == b'_' || b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        for (suffix, role) in [(secondary, Role::AuthTokenSecondary), (previous, Role::AuthTokenPrevious)] {
            let suffix = suffix.to_owned();
            if !good(&suffix) {
                return Err(TokenNamesError::Form { suffix });
            }
            let named = format!("TWILIO_AUTH_TOKEN{suffix}");
            if classify(&named).is_some_and(|variable| variable.role != role) {
                return Err(TokenNamesError::Taken { suffix });
            }
        }
        if secondary == previous {
            return Err(TokenNamesError::Same { suffix: secondary.to_owned() });
        }
        Ok(Self { secondary: secondary.to_owned(), previous: previous.to_owned() })
    }

    /// The suffix of the variable with the token that waits to be promoted.
    #[must_use]
    pub fn secondary(&self) -> &str {
        &self.secondary
    }

    /// The suffix of the variable with the token that was in force before.
    #[must_use]
    pub fn previous(&self) -> &str {
        &self.previous
    }

    /// The variable for the secondary token, beside the variable `token`: `X_AUTH_TOKEN_SECONDARY`.
    #[must_use]
    pub fn secondary_of(&self, token: &str) -> String {
        format!("{token}{}", self.secondary)
    }

    /// The variable for the previous token, beside the variable `token`: `X_AUTH_TOKEN_PREVIOUS`.
    #[must_use]
    pub fn previous_of(&self, token: &str) -> String {
        format!("{token}{}", self.previous)
    }
}

impl TryFrom<Suffixes> for TokenNames {
    type Error = TokenNamesError;
    fn try_from(suffixes: Suffixes) -> Result<Self, TokenNamesError> {
        Self::new(&suffixes.secondary, &suffixes.previous)
    }
}

impl From<TokenNames> for Suffixes {
    fn from(TokenNames { secondary, previous }: TokenNames) -> Self {
        Self { secondary, previous }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_and_prefix_is_understood() {
        for (name, role) in NAMES {
            assert_eq!(classify(name), Some(Variable { prefix: "", role: *role, bare: false }), "{name}");
            let prefixed = format!("SHIPCREW_{name}");
            assert_eq!(classify(&prefixed), Some(Variable { prefix: "SHIPCREW", role: *role, bare: false }));
        }
        assert_eq!(classify("AUTH_TOKEN"), Some(Variable { prefix: "", role: Role::AuthToken, bare: true }));
        for other in ["TWILIO_PHONE_NUMBER", "XTWILIO_API_KEY", "API_KEY", "TWILIO_API_KEYS", "twilio_api_key"] {
            assert_eq!(classify(other), None, "{other}");
        }
    }

    #[test]
    fn the_stages_of_a_token_belong_to_its_project() {
        for (name, prefix, role, bare) in [
            ("TWILIO_AUTH_TOKEN_SECONDARY", "", Role::AuthTokenSecondary, false),
            ("SHIP_TWILIO_AUTH_TOKEN_PREVIOUS", "SHIP", Role::AuthTokenPrevious, false),
            ("AUTH_TOKEN_PREVIOUS", "", Role::AuthTokenPrevious, true),
            ("A_AUTH_TOKEN_SECONDARY", "A", Role::AuthTokenSecondary, true),
        ] {
            assert_eq!(classify(name), Some(Variable { prefix, role, bare }), "{name}");
            assert!(role.is_secret() && role.is_token() && !role.signs());
        }
        let names = ["A_ACCOUNT_SID", "A_AUTH_TOKEN", "A_AUTH_TOKEN_SECONDARY", "A_TWILIO_AUTH_TOKEN_PREVIOUS"];
        let groups = group(names);
        assert_eq!((groups.len(), groups[0].prefix.as_str(), groups[0].names.len()), (1, "A", 4));
        // Neither stage makes somebody else's token ours.
        assert_eq!(group(["GITHUB_AUTH_TOKEN", "GITHUB_AUTH_TOKEN_SECONDARY", "GITHUB_AUTH_TOKEN_PREVIOUS"]), []);
        assert_eq!(group(["B_ACCOUNT_SID", "B_AUTH_TOKEN_SECONDARY"]), []);
    }

    #[test]
    fn suffixes_are_plain_differ_and_mean_nothing_else() {
        let names = TokenNames::default();
        assert_eq!(TokenNames::new("_SECONDARY", "_PREVIOUS"), Ok(names.clone()));
        assert_eq!(names.secondary_of("A_AUTH_TOKEN"), "A_AUTH_TOKEN_SECONDARY");
        assert_eq!(names.previous_of("TWILIO_AUTH_TOKEN"), "TWILIO_AUTH_TOKEN_PREVIOUS");
        assert!(TokenNames::new("_2", "_OLD").is_ok());
        let refused = |secondary, previous| TokenNames::new(secondary, previous).unwrap_err();
        let long = format!("_{}", "X".repeat(32));
        for suffix in ["", "_", "NEXT", "_next", "_A-B", "_A B", "_Ä", &long] {
            assert_eq!(refused(suffix, "_OLD"), TokenNamesError::Form { suffix: suffix.to_owned() });
        }
        assert_eq!(refused("_OLD", "_OLD"), TokenNamesError::Same { suffix: "_OLD".to_owned() });
        for (secondary, previous, taken) in [
            ("_PREVIOUS", "_OLD", "_PREVIOUS"),
            ("_NEXT", "_SECONDARY", "_SECONDARY"),
            ("_AUTH_TOKEN", "_OLD", "_AUTH_TOKEN"),
            ("_NEXT", "_TWILIO_API_KEY", "_TWILIO_API_KEY"),
        ] {
            assert_eq!(refused(secondary, previous), TokenNamesError::Taken { suffix: taken.to_owned() });
        }
        let written = serde_json::to_string(&names).unwrap();
        assert_eq!(written, r#"{"secondary":"_SECONDARY","previous":"_PREVIOUS"}"#);
        assert_eq!(serde_json::from_str::<TokenNames>(&written).unwrap(), names);
        assert!(serde_json::from_str::<TokenNames>(r#"{"secondary":"_A","previous":"_A"}"#).is_err());
    }

    #[test]
    fn the_tokens_of_a_rotation_are_told_apart() {
        assert_eq!(token_slot("SHOP_TWILIO_AUTH_TOKEN"), Some(("SHOP_TWILIO_AUTH_TOKEN", Slot::Current)));
        assert_eq!(token_slot("AUTH_TOKEN_SECONDARY"), Some(("AUTH_TOKEN", Slot::Secondary)));
        assert_eq!(token_slot("TWILIO_AUTH_TOKEN_PREVIOUS"), Some(("TWILIO_AUTH_TOKEN", Slot::Previous)));
        for other in ["TWILIO_API_SECRET_PREVIOUS", "TWILIO_AUTH_TOKEN_OLD", "_SECONDARY", "TWILIO_AUTH_TOKEN_"] {
            assert_eq!(token_slot(other), None, "{other}");
        }
    }

    #[test]
    fn a_project_is_one_wherever_its_names_stand() {
        let groups = group(["B_ACCOUNT_SID", "A_TWILIO_API_KEY", "B_AUTH_TOKEN", "B_TWILIO_EDGE", "B_AUTH_TOKEN"]);
        let shown: Vec<_> = groups.iter().map(|g| (g.prefix.as_str(), g.names.len())).collect();
        assert_eq!(shown, [("B", 3), ("A", 1)]);
        let names: Vec<&str> = groups[0].names.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["B_ACCOUNT_SID", "B_AUTH_TOKEN", "B_TWILIO_EDGE"]);
    }

    #[test]
    fn a_bare_name_under_a_prefix_needs_its_partner() {
        let groups = group(["GITHUB_AUTH_TOKEN", "A_ACCOUNT_SID", "A_AUTH_TOKEN", "B_TWILIO_API_KEY", "AUTH_TOKEN"]);
        let prefixes: Vec<&str> = groups.iter().map(|g| g.prefix.as_str()).collect();
        assert_eq!(prefixes, ["A", "B", ""]);
    }
}
