//! Who calls, and whether he may: steps 2 to 6 of the order of checks.
//!
//! Twilio documents no order. This one agrees with every recorded answer: a login that is missing, a login that is wrong,
//! an account that is not active, an account in the path that is another's, and only then a right that is missing.

use super::Rules;
use super::call::{Call, Login};
use super::permissions;
use super::state::{AccountStatus, Kind, State};
use super::wire::Refusal;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, KeySid};

/// The credential of a call, found good.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The account it belongs to.
    pub(super) account: AccountSid,
    /// What it is.
    pub(super) login: As,
}

/// What a caller signed with.
#[derive(Debug, Clone)]
pub(super) enum As {
    /// The account's Auth Token, primary or secondary.
    Token,
    /// A key of that account.
    Key(KeySid, Kind),
}

impl Caller {
    /// The SID of the credential: the account's for a token, else the key's.
    pub(super) fn sid(&self) -> &str {
        match &self.login {
            As::Token => self.account.as_str(),
            As::Key(sid, _) => sid.as_str(),
        }
    }

    /// Whether answers may show it an Auth Token: not even a Main key sees one.
    pub(super) fn sees_tokens(&self) -> bool {
        matches!(self.login, As::Token)
    }
}

/// What a route asks of a credential.
#[derive(Debug, Clone, Copy)]
pub(super) enum Need {
    /// Any credential; a Restricted key wants this permission.
    Open(&'static str),
    /// Accounts and keys: no Standard key; a Restricted key wants this permission.
    Privileged(&'static str),
    /// Auth Tokens: the account's own token or a Main key. No permission for it is known.
    Tokens,
}

/// Steps 2 to 4: a login is there, it is known in this region, and its account is active.
pub(super) fn login(state: &State, rules: &Rules, call: &Call, now: Timestamp) -> Result<Caller, Refusal> {
    let (user, password) = match &call.login {
        Login::None => return Err(Refusal::new(401, 20003, "Authentication Error - No credentials provided")),
        Login::Other => return Err(Refusal::authenticate()),
        Login::Basic { user, password } => (user, password),
    };
    if call.region().is_some_and(|region| region != rules.region) {
        return Err(Refusal::authenticate());
    }
    let found = if let Ok(sid) = AccountSid::parse(user) {
        let account = state.account(&sid);
        let good = account.filter(|account| account.lets_in(password, now, rules.propagation));
        good.map(|account| (account, As::Token))
    } else if let Ok(sid) = KeySid::parse(user) {
        let good = state.key(&sid).filter(|(_, key)| key.secret.matches(password));
        good.map(|(account, key)| (account, As::Key(key.sid.clone(), key.kind.clone())))
    } else {
        return Err(Refusal::new(401, 20003, "Authentication Error - invalid username"));
    };
    let (account, login) = found.ok_or_else(Refusal::authenticate)?;
    if state.standing(account) != AccountStatus::Active {
        return Err(Refusal::new(rules.suspended.status, rules.suspended.code, "Account is not active"));
    }
    Ok(Caller { account: account.sid.clone(), login })
}

/// Step 5: the account in a v2010 path is the caller's own or, for an Auth Token, its child's.
pub(super) fn path_account(state: &State, caller: &Caller, text: &str) -> Result<AccountSid, Refusal> {
    let Ok(sid) = AccountSid::parse(text) else {
        let shown = if KeySid::parse(text).is_ok() { text } else { "in the path" };
        return Err(Refusal::new(400, 90002, format!("AccountSid {shown} is invalid")));
    };
    let parents = || state.account(&sid).is_some_and(|account| account.owner.as_ref() == Some(&caller.account));
    if sid == caller.account || (matches!(caller.login, As::Token) && parents()) {
        Ok(sid)
    } else {
        Err(Refusal::authenticate())
    }
}

/// Step 6: the credential has the right that the route asks for.
pub(super) fn right(caller: &Caller, need: Need) -> Result<(), Refusal> {
    let As::Key(_, kind) = &caller.login else { return Ok(()) };
    let lacks = |name: &str| Err(Refusal::new(401, 70051, format!("required permission twilio/{name} is missing")));
    match (kind, need) {
        (Kind::Main, _) | (Kind::Standard, Need::Open(_)) => Ok(()),
        (Kind::Standard, Need::Privileged(_) | Need::Tokens) => Err(Refusal::authenticate()),
        (Kind::Restricted(policy), Need::Open(name) | Need::Privileged(name)) => {
            if permissions::allows(policy, name) {
                Ok(())
            } else {
                lacks(name)
            }
        }
        (Kind::Restricted(_), Need::Tokens) => lacks("accounts/auth-tokens"),
    }
}
