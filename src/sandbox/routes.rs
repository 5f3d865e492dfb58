//! The routes: which there are, what each asks of a credential, and the order in which a call is checked.

mod accounts;
mod auth_tokens;
mod events;
mod iam_keys;
mod keys;
mod messages;
mod numbers;
mod services;
mod usage;

use super::Rules;
use super::auth::{self, Caller, Need};
use super::call::Call;
use super::dice::Dice;
use super::state::{Event, State};
use super::wire::{Answer, Refusal};
use crate::model::time::Timestamp;
use crate::model::{AccountSid, KeySid};

/// A call that passed the checks of its credential, with all that carrying it out takes.
pub(super) struct Work<'a> {
    pub(super) call: &'a Call,
    pub(super) state: &'a mut State,
    pub(super) dice: &'a mut Dice,
    pub(super) rules: &'a Rules,
    pub(super) now: Timestamp,
    pub(super) caller: Caller,
    /// The account acted upon: the one in a v2010 path, else the caller's own.
    pub(super) account: AccountSid,
    /// What stands in the path for `{Sid}`, if the route has it.
    pub(super) sid: &'a str,
}

impl Work<'_> {
    /// 404/20404 for the path of this call.
    pub(super) fn not_found(&self) -> Refusal {
        Refusal::not_found(&self.call.path)
    }

    /// The key in the path, if it is one of the account acted upon.
    pub(super) fn key_sid(&self) -> Result<KeySid, Refusal> {
        let sid = KeySid::parse(self.sid).map_err(|_| Refusal::bad("Invalid Sid provided in the request"))?;
        match self.state.key(&sid) {
            Some((owner, _)) if owner.sid == self.account => Ok(sid),
            _ => Err(self.not_found()),
        }
    }

    /// Files a Monitor event of this call's caller about `resource`.
    pub(super) fn tell(&mut self, resource_type: &str, change: &str, resource: &str) {
        let event = Event {
            sid: self.dice.sid("AE"),
            event_type: format!("{resource_type}.{change}"),
            actor: format!("US{}", self.caller.sid().get(2..).unwrap_or_default()),
            resource_type: resource_type.to_owned(),
            resource: resource.to_owned(),
            address: self.call.peer.to_string(),
            at: self.now,
        };
        self.state.add_event(&self.account, event);
    }
}

type Run = fn(&mut Work<'_>) -> Result<Answer, Refusal>;

struct Route {
    method: &'static str,
    /// `{AC}` is the account of a v2010 path, `{Sid}` the record.
    path: &'static str,
    need: Need,
    run: Run,
}

const fn route(method: &'static str, path: &'static str, need: Need, run: Run) -> Route {
    Route { method, path, need, run }
}

use Need::{Open, Privileged, Tokens};

const KEYS: &str = "/2010-04-01/Accounts/{AC}/Keys.json";
const KEY: &str = "/2010-04-01/Accounts/{AC}/Keys/{Sid}.json";
const SIGNING_KEYS: &str = "/2010-04-01/Accounts/{AC}/SigningKeys.json";
const SIGNING_KEY: &str = "/2010-04-01/Accounts/{AC}/SigningKeys/{Sid}.json";
const MESSAGES: &str = "/2010-04-01/Accounts/{AC}/Messages.json";
const USAGE: &str = "/2010-04-01/Accounts/{AC}/Usage/Records/Today.json";

/// The routes that are carried out. Recorded calls prove the permissions of the Messages list and fetch; the others are
/// paired by their names, and v2010 keys are given the names of the IAM keys.
static ROUTES: &[Route] = &[
    route("GET", "/2010-04-01/Accounts.json", Privileged("iam/accounts/list"), accounts::list),
    route("POST", "/2010-04-01/Accounts.json", Privileged("iam/accounts/create"), accounts::create),
    route("GET", "/2010-04-01/Accounts/{AC}.json", Privileged("iam/accounts/read"), accounts::fetch),
    route("POST", "/2010-04-01/Accounts/{AC}.json", Privileged("iam/accounts/update"), accounts::update),
    route("GET", KEYS, Privileged("iam/api-keys/list"), keys::list),
    route("POST", KEYS, Privileged("iam/api-keys/create"), keys::create),
    route("GET", KEY, Privileged("iam/api-keys/read"), keys::fetch),
    route("POST", KEY, Privileged("iam/api-keys/update"), keys::update),
    route("DELETE", KEY, Privileged("iam/api-keys/delete"), keys::delete),
    route("GET", SIGNING_KEYS, Privileged("iam/api-keys/list"), keys::list_signing),
    route("POST", SIGNING_KEYS, Privileged("iam/api-keys/create"), keys::create),
    route("GET", SIGNING_KEY, Privileged("iam/api-keys/read"), keys::fetch),
    route("POST", SIGNING_KEY, Privileged("iam/api-keys/update"), keys::update),
    route("DELETE", SIGNING_KEY, Privileged("iam/api-keys/delete"), keys::delete),
    route(
        "GET",
        "/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json",
        Open("phone-numbers/active-numbers/list"),
        numbers::list,
    ),
    route("GET", MESSAGES, Open("messaging/messages/list"), messages::list),
    route("POST", MESSAGES, Open("messaging/messages/create"), messages::create),
    route("GET", "/2010-04-01/Accounts/{AC}/Messages/{Sid}.json", Open("messaging/messages/read"), messages::fetch),
    route("GET", "/2010-04-01/Accounts/{AC}/Balance.json", Open("billing/usage/read"), usage::balance),
    route("GET", USAGE, Open("billing/usage/read"), usage::today),
    route("GET", "/v1/Keys", Privileged("iam/api-keys/list"), iam_keys::list),
    route("POST", "/v1/Keys", Privileged("iam/api-keys/create"), iam_keys::create),
    route("GET", "/v1/Keys/{Sid}", Privileged("iam/api-keys/read"), iam_keys::fetch),
    route("POST", "/v1/Keys/{Sid}", Privileged("iam/api-keys/update"), iam_keys::update),
    route("DELETE", "/v1/Keys/{Sid}", Privileged("iam/api-keys/delete"), iam_keys::delete),
    route("POST", "/v1/AuthTokens/Secondary", Tokens, auth_tokens::create),
    route("DELETE", "/v1/AuthTokens/Secondary", Tokens, auth_tokens::delete),
    route("POST", "/v1/AuthTokens/Promote", Tokens, auth_tokens::promote),
    route("GET", "/v2/Services", Open("verify/service/list"), services::list),
    route("GET", "/v1/Events", Open("monitor/events/list"), events::list),
    route("GET", "/v1/Events/{Sid}", Open("monitor/events/read"), events::fetch),
];

/// Routes Twilio has and the sandbox has not: answered 501 by name, so that a new call of the client is missed at once and
/// not taken for a record that does not exist.
static UNDONE: &[(&str, &str)] = &[
    ("GET", "/2010-04-01/Accounts/{AC}/Calls.json"),
    ("POST", "/2010-04-01/Accounts/{AC}/Calls.json"),
    ("GET", "/2010-04-01/Accounts/{AC}/Calls/{Sid}.json"),
    ("POST", "/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json"),
    ("GET", "/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/{Sid}.json"),
    ("POST", "/2010-04-01/Accounts/{AC}/Messages/{Sid}.json"),
    ("DELETE", "/2010-04-01/Accounts/{AC}/Messages/{Sid}.json"),
    ("POST", "/2010-04-01/Accounts/{AC}/Tokens.json"),
    ("GET", "/2010-04-01/Accounts/{AC}/Usage/Records.json"),
    ("GET", "/2010-04-01/Accounts/{AC}/Usage/Records/{Sid}.json"),
    ("GET", "/v1/Roles/{Sid}/Permissions"),
    ("POST", "/v1/token"),
    ("POST", "/v1/Account/OAuthApps"),
    ("PUT", "/v1/Account/OAuthApps/{Sid}"),
    ("DELETE", "/v1/Account/OAuthApps/{Sid}"),
    ("POST", "/v2/token"),
    ("GET", "/v1/Credentials/AWS"),
    ("POST", "/v1/Credentials/AWS"),
    ("GET", "/v1/Credentials/AWS/{Sid}"),
    ("POST", "/v1/Credentials/AWS/{Sid}"),
    ("DELETE", "/v1/Credentials/AWS/{Sid}"),
    ("GET", "/v1/Credentials/PublicKeys"),
    ("POST", "/v1/Credentials/PublicKeys"),
    ("GET", "/v1/Credentials/PublicKeys/{Sid}"),
    ("POST", "/v1/Credentials/PublicKeys/{Sid}"),
    ("DELETE", "/v1/Credentials/PublicKeys/{Sid}"),
    ("GET", "/v1/Alerts"),
    ("GET", "/v1/Alerts/{Sid}"),
    ("POST", "/v2/Services"),
    ("GET", "/v2/Services/{Sid}"),
    ("GET", "/v1/Webhooks/SharedKeys"),
    ("POST", "/v1/Webhooks/SharedKeys"),
];

/// What a path holds in the places of `{AC}` and `{Sid}`.
#[derive(Default, Clone, Copy)]
struct Places<'a> {
    account: Option<&'a str>,
    sid: Option<&'a str>,
}

fn fit<'a>(pattern: &str, path: &'a str) -> Option<Places<'a>> {
    let mut places = Places::default();
    let mut found = path.split('/');
    for wanted in pattern.split('/') {
        let segment = found.next()?;
        let (name, place) = match wanted.strip_suffix(".json") {
            Some(name) if name.starts_with('{') => (name, segment.strip_suffix(".json")?),
            _ => (wanted, segment),
        };
        match name {
            "{AC}" if !place.is_empty() => places.account = Some(place),
            "{Sid}" if !place.is_empty() => places.sid = Some(place),
            _ if wanted == segment => {}
            _ => return None,
        }
    }
    found.next().is_none().then_some(places)
}

/// The name of the route a request is for, also if it is not carried out; `None` for a path Twilio does not have.
pub(super) fn name(method: &str, path: &str) -> Option<String> {
    let done = ROUTES.iter().map(|route| (route.method, route.path));
    let all = || done.clone().chain(UNDONE.iter().copied());
    let pattern = all().find(|(verb, pattern)| *verb == method && fit(pattern, path).is_some());
    let pattern = pattern.or_else(|| all().find(|(_, pattern)| fit(pattern, path).is_some()));
    pattern.map(|(_, pattern)| format!("{method} {pattern}"))
}

/// Carries a call out, after the checks in their order: route, method, login, account, right; the parameters, existence and
/// state are the route's own.
pub(super) fn answer(
    call: &Call,
    state: &mut State,
    dice: &mut Dice,
    rules: &Rules,
    now: Timestamp,
) -> Result<Answer, Refusal> {
    let fits = |route: &&Route| fit(route.path, &call.path).is_some();
    let Some(route) = ROUTES.iter().find(|route| route.method == call.method && fits(route)) else {
        let undone = |(method, pattern): &&(&str, &str)| *method == call.method && fit(pattern, &call.path).is_some();
        if let Some((method, pattern)) = UNDONE.iter().find(undone) {
            let message = format!("The sandbox does not carry out {method} {pattern}");
            return Err(Refusal::new(501, 20501, message));
        }
        return Err(match name(&call.method, &call.path) {
            Some(_) => Refusal::new(405, 20004, "Method not allowed"),
            None => Refusal::not_found(&call.path),
        });
    };
    let places = fit(route.path, &call.path).unwrap_or_default();
    let caller = auth::login(state, rules, call, now)?;
    let account = match places.account {
        Some(text) => auth::path_account(state, &caller, text)?,
        None => caller.account.clone(),
    };
    auth::right(&caller, route.need)?;
    let sid = places.sid.unwrap_or("");
    (route.run)(&mut Work { call, state, dice, rules, now, caller, account, sid })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fit_whole_or_not_at_all() {
        assert!(fit("/v1/Keys", "/v1/Keys").is_some());
        assert!(fit("/v1/Keys", "/v1/Keys/").is_none());
        assert!(fit("/v1/Keys/{Sid}", "/v1/Keys/").is_none());
        assert!(fit("/v1/Keys/{Sid}", "/v1/Keys/a/b").is_none());
        let places = fit(KEY, "/2010-04-01/Accounts/one/Keys/two.json").unwrap();
        assert_eq!((places.account, places.sid), (Some("one"), Some("two")));
        assert!(fit(KEY, "/2010-04-01/Accounts/one/Keys/two").is_none());
        assert_eq!(name("PUT", "/v1/Keys").as_deref(), Some("PUT /v1/Keys"));
        assert_eq!(name("GET", "/v1/Nothing"), None);
    }
}
