//! Making one whole credential of the variables of one source.

use super::Prefer;
use super::source::{Doubt, Value, Values};
use crate::model::sid::SidError;
use crate::model::variable::{Group, Role, group};
use crate::model::{AccountSid, Credential, KeyPair, KeySid, Secret};

/// Why a source gives no credential.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// No source holds anything.
    #[error("no Twilio credential was given")]
    None,
    /// The source holds nothing of Twilio.
    #[error("there is no Twilio credential in {0}")]
    NoneIn(String),
    /// The source cannot be read.
    #[error("cannot read {file}: {why}")]
    Read {
        /// The file.
        file: String,
        /// Why not.
        why: std::io::Error,
    },
    /// One part of a credential is there and its partner is not.
    #[error("{present} has no partner: {missing} is not set in {source_name}")]
    Half {
        /// Where the part stands.
        present: String,
        /// The variable that would complete it.
        missing: String,
        /// The source.
        source_name: String,
    },
    /// An API key without its account.
    #[error("{present} is an API key, and nothing says which account it belongs to")]
    NoAccount {
        /// Where the key stands.
        present: String,
    },
    /// An Auth Token that was pasted without its account.
    #[error("nothing says which account the Auth Token from {present} belongs to")]
    WhoseToken {
        /// Where the token stands.
        present: String,
    },
    /// An API key, and a wish to act on another account.
    #[error("{key} in {source_name} is an API key of {own}, and --account names {asked}")]
    OtherAccount {
        /// The key.
        key: KeySid,
        /// The source.
        source_name: String,
        /// The account it belongs to.
        own: AccountSid,
        /// The account that was named.
        asked: AccountSid,
    },
    /// An Account SID without a secret, and a credential of another account from a later source.
    #[error(
        "{place} names the account {said} and has no secret beside it, and the credential of {source_name} is one of {own}"
    )]
    Alone {
        /// Where the Account SID stands.
        place: String,
        /// The account it names.
        said: AccountSid,
        /// The source of the credential.
        source_name: String,
        /// The account the credential belongs to.
        own: AccountSid,
        /// Whether it is an Auth Token, which may be that of a main account.
        token: bool,
    },
    /// A value that readers do not agree on.
    #[error("{place}: {why}")]
    Doubtful {
        /// Where it stands.
        place: String,
        /// What splits the readers.
        why: Doubt,
    },
    /// Two names for one thing with two values.
    #[error("{one} and {other} mean the same thing and differ")]
    Differ {
        /// One place.
        one: String,
        /// The other.
        other: String,
    },
    /// A value that is no SID.
    #[error("{place}: the value {why}")]
    Sid {
        /// Where it stands.
        place: String,
        /// What is wrong with it.
        why: SidError,
    },
    /// Several projects of different accounts.
    #[error("{source_name} holds credentials of {} accounts: {}", .found.len(), .found.join(", "))]
    Several {
        /// The source.
        source_name: String,
        /// Each account, and the first place that names it.
        found: Vec<String>,
    },
}

/// A credential and where its values stood.
#[derive(Debug)]
pub struct Assembled {
    /// The credential.
    pub credential: Credential,
    /// Role and place of each value.
    pub origins: Vec<(Role, String)>,
}

/// Makes one credential of a source.
///
/// The plain names come first; a project's prefixed names count where there are no plain ones, provided that all
/// projects in question belong to one account. The Account SID may stand once, under its plain name, for all projects.
///
/// # Errors
/// If there is none, half of one, or several that could be meant.
pub fn assemble(values: &Values, prefer: Prefer, account: Option<&AccountSid>) -> Result<Assembled, CredentialError> {
    let mut groups = group(values.all().iter().map(|value| value.name.as_str()));
    let shared = groups.iter().find(|found| found.prefix.is_empty()).cloned();
    groups.retain(|found| found.names.iter().any(|(role, _)| role.signs()));
    groups.sort_by_key(|found| !found.prefix.is_empty());
    let mut whole: Vec<(bool, Assembled)> = Vec::new();
    let mut first_error = None;
    for found in &groups {
        match of_group(values, found, shared.as_ref(), prefer, account) {
            Ok(assembled) => whole.push((found.prefix.is_empty(), assembled)),
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
    }
    if let Some(wanted) = account
        && whole.iter().any(|(_, found)| found.credential.account() == wanted)
    {
        whole.retain(|(_, found)| found.credential.account() == wanted);
    }
    if whole.iter().any(|(plain, _)| *plain) {
        whole.retain(|(plain, _)| *plain);
    }
    let mut accounts: Vec<(&AccountSid, &str)> = Vec::new();
    for (_, found) in &whole {
        let sid = found.credential.account();
        if !accounts.iter().any(|(known, _)| *known == sid) {
            accounts.push((sid, found.origins.first().map_or("", |(_, place)| place)));
        }
    }
    if accounts.len() > 1 {
        let found = accounts.iter().map(|(sid, place)| format!("{sid} ({place})")).collect();
        return Err(CredentialError::Several { source_name: values.source().to_owned(), found });
    }
    let wanted = |found: &Assembled| found.credential.key().is_some() == (prefer == Prefer::Key);
    let at = whole.iter().position(|(_, found)| wanted(found)).unwrap_or(0);
    match first_error {
        _ if !whole.is_empty() => Ok(whole.swap_remove(at).1),
        Some(error) => Err(error),
        None => Err(CredentialError::NoneIn(values.source().to_owned())),
    }
}

fn of_group(
    values: &Values,
    found: &Group,
    shared: Option<&Group>,
    prefer: Prefer,
    given: Option<&AccountSid>,
) -> Result<Assembled, CredentialError> {
    let one = |role| one_of(values, found, role);
    let account = match (one(Role::AccountSid)?, shared) {
        (None, Some(shared)) => one_of(values, shared, Role::AccountSid)?,
        (own, _) => own,
    };
    let token = || -> Result<Option<Assembled>, CredentialError> {
        let Some((token, token_place)) = one(Role::AuthToken)? else { return Ok(None) };
        let (account, account_place) = match (&account, given) {
            (Some((sid, place)), _) => (parse(AccountSid::parse, sid, place)?, place.clone()),
            (None, Some(given)) if values.is_pasted() => (given.clone(), "--account".to_owned()),
            (None, None) if values.is_pasted() => return Err(CredentialError::WhoseToken { present: token_place }),
            // Beside a token in a file or the environment, `--account` may well name a subaccount of its owner.
            (None, _) => return Err(half(values, found, &token_place, "TWILIO_ACCOUNT_SID")),
        };
        let credential = Credential::AuthToken { account, token };
        let origins = vec![(Role::AccountSid, account_place), (Role::AuthToken, token_place)];
        Ok(Some(Assembled { credential, origins }))
    };
    let key = || -> Result<Option<Assembled>, CredentialError> {
        let (sid, sid_place, secret, secret_place) = match (one(Role::KeySid)?, one(Role::KeySecret)?) {
            (Some((sid, sid_place)), Some((secret, secret_place))) => (sid, sid_place, secret, secret_place),
            (Some((_, place)), None) => return Err(half(values, found, &place, "TWILIO_API_SECRET")),
            (None, Some((_, place))) => return Err(half(values, found, &place, "TWILIO_API_KEY")),
            (None, None) => return Ok(None),
        };
        let pair = KeyPair { sid: parse(KeySid::parse, &sid, &sid_place)?, secret };
        let mut origins = vec![(Role::KeySid, sid_place.clone()), (Role::KeySecret, secret_place)];
        let owner = match (&account, given) {
            (Some((sid, place)), _) => {
                origins.insert(0, (Role::AccountSid, place.clone()));
                parse(AccountSid::parse, sid, place)?
            }
            (None, Some(given)) => {
                origins.insert(0, (Role::AccountSid, "--account".to_owned()));
                given.clone()
            }
            (None, None) => return Err(CredentialError::NoAccount { present: sid_place }),
        };
        Ok(Some(Assembled { credential: Credential::ApiKey { account: owner, pair }, origins }))
    };
    // A whole credential of the other kind serves as well; a half one is then the audit's affair.
    let (first, second) = match prefer {
        Prefer::Token => (token(), key()),
        Prefer::Key => (key(), token()),
    };
    match (first, second) {
        (Ok(Some(found)), _) | (_, Ok(Some(found))) => Ok(found),
        (Err(error), _) | (_, Err(error)) => Err(error),
        (Ok(None), Ok(None)) => Err(CredentialError::NoneIn(values.source().to_owned())),
    }
}

/// The one value that a project's variables of a role agree on, and where it stands.
fn one_of(values: &Values, group: &Group, role: Role) -> Result<Option<(Secret, String)>, CredentialError> {
    let mut first: Option<(&Secret, &Value)> = None;
    for found in group.of(role).flat_map(|name| values.named(name)) {
        let doubtful = |why: &Doubt| CredentialError::Doubtful { place: found.place.clone(), why: why.clone() };
        let value = found.value.as_ref().map_err(doubtful)?;
        match first {
            Some((known, at)) if known != value => {
                return Err(CredentialError::Differ { one: at.place.clone(), other: found.place.clone() });
            }
            Some(_) => {}
            None => first = Some((value, found)),
        }
    }
    Ok(first.map(|(value, at)| (value.clone(), at.place.clone())))
}

fn half(values: &Values, group: &Group, present: &str, missing: &str) -> CredentialError {
    let prefix = if group.prefix.is_empty() { String::new() } else { format!("{}_", group.prefix) };
    CredentialError::Half {
        present: present.to_owned(),
        missing: format!("{prefix}{missing}"),
        source_name: values.source().to_owned(),
    }
}

#[expect(clippy::disallowed_methods, reason = "a SID is no secret; what is none is described and never repeated")]
fn parse<T>(read: impl Fn(&str) -> Result<T, SidError>, value: &Secret, place: &str) -> Result<T, CredentialError> {
    read(value.expose()).map_err(|why| CredentialError::Sid { place: place.to_owned(), why })
}
