//! The names an env file may use for one thing, with or without a project's prefix.
//!
//! Source: the official SDKs and CLI (`TWILIO_ACCOUNT_SID`, `TWILIO_AUTH_TOKEN`, `TWILIO_API_KEY`, `TWILIO_API_SECRET`,
//! `TWILIO_REGION`, `TWILIO_EDGE`), the serverless toolkit (bare `ACCOUNT_SID`, `AUTH_TOKEN`), and what projects write.

/// What a variable holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// An Account SID.
    AccountSid,
    /// An Auth Token.
    AuthToken,
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
        matches!(self, Self::AuthToken | Self::KeySecret)
    }
}

/// The names with Twilio's own prefix, preferred name first for each role.
pub const NAMES: &[(&str, Role)] = &[
    ("TWILIO_ACCOUNT_SID", Role::AccountSid),
    ("TWILIO_AUTH_TOKEN", Role::AuthToken),
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
const BARE: &[(&str, Role)] = &[("ACCOUNT_SID", Role::AccountSid), ("AUTH_TOKEN", Role::AuthToken)];

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
const SLOTS: &[(&str, Slot)] = &[("_SECONDARY", Slot::Secondary), ("_PREVIOUS", Slot::Previous)];

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
pub fn group<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Group> {
    let mut groups: Vec<(Group, bool)> = Vec::new();
    for name in names {
        let Some(variable) = classify(name) else { continue };
        let at = groups.iter().position(|(g, bare)| g.prefix == variable.prefix && *bare == variable.bare);
        let at = at.unwrap_or_else(|| {
            groups.push((Group { prefix: variable.prefix.to_owned(), names: Vec::new() }, variable.bare));
            groups.len() - 1
        });
        let entry = (variable.role, name.to_owned());
        if !groups[at].0.names.contains(&entry) {
            groups[at].0.names.push(entry);
        }
    }
    let mut sorted: Vec<Group> = Vec::new();
    for (found, bare) in groups {
        if bare && !found.prefix.is_empty() && found.names.len() < 2 {
            continue;
        }
        match sorted.iter_mut().find(|g| g.prefix == found.prefix) {
            Some(same) => same.names.extend(found.names),
            None => sorted.push(found),
        }
    }
    sorted
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
    fn the_tokens_of_a_rotation_are_told_apart() {
        assert_eq!(token_slot("SHOP_TWILIO_AUTH_TOKEN"), Some(("SHOP_TWILIO_AUTH_TOKEN", Slot::Current)));
        assert_eq!(token_slot("AUTH_TOKEN_SECONDARY"), Some(("AUTH_TOKEN", Slot::Secondary)));
        assert_eq!(token_slot("TWILIO_AUTH_TOKEN_PREVIOUS"), Some(("TWILIO_AUTH_TOKEN", Slot::Previous)));
        for other in ["TWILIO_API_SECRET_PREVIOUS", "TWILIO_AUTH_TOKEN_OLD", "_SECONDARY", "TWILIO_AUTH_TOKEN_"] {
            assert_eq!(token_slot(other), None, "{other}");
        }
    }

    #[test]
    fn a_bare_name_under_a_prefix_needs_its_partner() {
        let groups = group(["GITHUB_AUTH_TOKEN", "A_ACCOUNT_SID", "A_AUTH_TOKEN", "B_TWILIO_API_KEY", "AUTH_TOKEN"]);
        let prefixes: Vec<&str> = groups.iter().map(|g| g.prefix.as_str()).collect();
        assert_eq!(prefixes, ["A", "B", ""]);
    }
}
