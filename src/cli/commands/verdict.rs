//! What a probe found, as `keys verify` and `whoami` show it.

use std::io;

use serde::Serialize;

use crate::api::{AccountStatus, Candidate, Client, CredentialKind, Depth, Product, Verdict};
use crate::cli::credentials::Resolved;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::view::{Outcome, Page, View};
use crate::model::secret::Fingerprint;
use crate::model::variable::Role;
use crate::model::{AccountSid, Credential, KeyKind, Policy};

/// What was tried.
pub struct Subject {
    /// The SID that signs.
    pub user: String,
    /// The account it was tried with, if one was named.
    pub account: Option<AccountSid>,
    /// The secret, in a form that does not give it away.
    pub fingerprint: Fingerprint,
    /// Where each value came from.
    pub origins: Vec<(Role, String)>,
}

impl Subject {
    /// The credential in force.
    #[must_use]
    pub fn of(resolved: &Resolved) -> Self {
        Self {
            user: resolved.credential.user().to_owned(),
            account: Some(resolved.credential.account().clone()),
            fingerprint: resolved.credential.secret().fingerprint(),
            origins: resolved.origins.clone(),
        }
    }
}

/// What a Restricted key may do: its policy, or why that cannot be told.
type Rights = Result<Policy, String>;

/// Tries a credential, and reads what it may do where that is a matter of its own policy. Reads only.
///
/// # Errors
/// If no answer of Twilio's came.
pub async fn examine(client: &Client, subject: Subject, candidate: &Candidate) -> Result<Finding, Failure> {
    let verdict = client.probe(candidate, Depth::Full).await?;
    let (Candidate::Credential(Credential::ApiKey { pair, .. }) | Candidate::Pair(pair)) = candidate else {
        return Ok(Finding::of(subject, client, &verdict, None));
    };
    let restricted = CredentialKind::Key(KeyKind::Restricted);
    let (Verdict::Valid { kind, .. } | Verdict::WrongAccount { kind, .. }) = &verdict else {
        return Ok(Finding::of(subject, client, &verdict, None));
    };
    let rights = if *kind == restricted {
        let own = client.own_policy(pair).await;
        Some(own.map_err(|error| error.to_string()).and_then(|own| own.ok_or("the answer had no policy in it".into())))
    } else {
        None
    };
    Ok(Finding::of(subject, client, &verdict, rights))
}

/// What was found.
#[derive(Serialize)]
pub struct Finding {
    sid: String,
    /// The first 8 hexadecimal digits of the secret's SHA-256.
    secret_fingerprint: Fingerprint,
    /// `valid`, `rejected`, `wrong-account`, `account-inactive` or `unclear`.
    verdict: &'static str,
    #[serde(rename = "type")]
    kind: Option<&'static str>,
    account: Option<AccountSid>,
    account_status: Option<&'static str>,
    /// What Twilio said, if it refused.
    reason: Option<String>,
    /// What the credential may do.
    can: Option<&'static str>,
    /// The policy of a Restricted key that may read it.
    policy: Option<Policy>,
    /// Why there is none, of a Restricted key.
    policy_not_readable: Option<String>,
    /// The host that was asked, which region and edge make. They themselves are not repeated: somebody may have put a
    /// secret in their place.
    host: String,
    origins: Vec<Origin>,
    /// Of another account that was named to act on.
    #[serde(skip_serializing_if = "Option::is_none")]
    acts_on: Option<ActsOn>,
    #[serde(skip)]
    exit: Exit,
}

/// An account other than the credential's own, as far as the credential reaches it.
#[derive(Serialize)]
struct ActsOn {
    account: AccountSid,
    reached: bool,
    status: Option<&'static str>,
    /// The main account it belongs to.
    owner: Option<AccountSid>,
    /// Why it was not reached.
    reason: Option<String>,
}

#[derive(Serialize)]
struct Origin {
    value: &'static str,
    from: String,
}

impl Finding {
    /// Puts a verdict into words.
    fn of(subject: Subject, client: &Client, verdict: &Verdict, rights: Option<Rights>) -> Self {
        let (word, kind, reason, exit) = match verdict {
            Verdict::Valid { kind, .. } => ("valid", Some(*kind), None, Exit::Done),
            Verdict::WrongAccount { kind, refusal } => ("wrong-account", Some(*kind), Some(refusal), Exit::Refused),
            Verdict::Rejected(error) => ("rejected", None, Some(error), Exit::Refused),
            Verdict::AccountInactive(error) => ("account-inactive", None, Some(error), Exit::Refused),
            Verdict::Unclear(error) => ("unclear", None, Some(error), Exit::Temporary),
        };
        let (account, status) = match verdict {
            Verdict::Valid { account, status, .. } => (account.clone().or(subject.account), *status),
            _ => (subject.account, None),
        };
        let (policy, policy_not_readable) = match rights {
            Some(Ok(policy)) => (Some(policy), None),
            Some(Err(why)) => (None, Some(why)),
            None => (None, None),
        };
        let origins = subject.origins.into_iter().map(|(role, from)| Origin { value: role_name(role), from });
        Self {
            sid: subject.user,
            secret_fingerprint: subject.fingerprint,
            verdict: word,
            kind: kind.map(kind_name),
            account,
            account_status: status.map(status_name),
            reason: reason.map(ToString::to_string),
            can: kind.map(can),
            policy,
            policy_not_readable,
            host: client.endpoint().host(Product::Api),
            origins: origins.collect(),
            acts_on: None,
            exit,
        }
    }

    /// Asks whether a good credential reaches another account too: a main account's Auth Token reaches its subaccounts.
    /// What cannot be had is said, and is the exit code.
    #[must_use]
    pub async fn reaching(mut self, client: &Client, auth: &Credential, account: &AccountSid) -> Self {
        if self.exit != Exit::Done {
            return self;
        }
        self.acts_on = Some(match client.account(auth, account).await {
            Ok(found) => ActsOn {
                account: found.sid,
                reached: true,
                status: found.status.map(status_name),
                owner: found.owner,
                reason: None,
            },
            Err(error) => {
                self.exit = if error.is_temporary() { Exit::Temporary } else { Exit::Refused };
                let (account, reason) = (account.clone(), Some(error.to_string()));
                ActsOn { account, reached: false, status: None, owner: None, reason }
            }
        });
        self
    }

    /// The view with its exit code.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        let exit = self.exit;
        Outcome::show(self).exit(exit)
    }
}

impl View for Finding {
    const SCHEMA: &'static str = "twcred.credential/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let says = match self.verdict {
            "valid" => "valid: the secret is right",
            "wrong-account" => "the secret is right, but the key belongs to another account",
            "rejected" => "rejected: wrong or revoked, or of another account or region",
            "account-inactive" => "refused: the account is suspended or closed; nothing is known of the secret",
            _ => "cannot tell: a good credential and a bad one get this same answer",
        };
        let mut fields = vec![
            ("credential", self.sid.clone()),
            ("secret", format!("fingerprint {}", self.secret_fingerprint)),
            ("verdict", says.to_owned()),
            ("type", self.kind.unwrap_or_default().to_owned()),
            ("account", self.account.as_ref().map_or_else(String::new, ToString::to_string)),
            ("status", self.account_status.unwrap_or_default().to_owned()),
            ("can", self.can.unwrap_or_default().to_owned()),
            (
                "policy",
                self.policy_not_readable.as_ref().map_or_else(String::new, |why| format!("not readable: {why}")),
            ),
            ("asked", self.host.clone()),
            ("Twilio said", self.reason.clone().unwrap_or_default()),
        ];
        if let Some(acts_on) = &self.acts_on {
            let says = match (&acts_on.owner, &acts_on.reason) {
                (_, Some(reason)) => format!("not reached: {reason}"),
                (Some(owner), None) if *owner != acts_on.account => format!("a subaccount of {owner}"),
                (_, None) => "an account that this token reaches".to_owned(),
            };
            let status = acts_on.status.map_or_else(String::new, |status| format!(", {status}"));
            fields.push(("acts on", format!("{}: {says}{status}", acts_on.account)));
        }
        let origins = self.origins.iter().map(|origin| format!("{} from {}", origin.value, origin.from));
        fields.extend(std::iter::once("source").chain(std::iter::repeat("")).zip(origins));
        page.fields(&fields)?;
        let Some(policy) = &self.policy else { return Ok(()) };
        page.line("allows")?;
        policy.allow.iter().try_for_each(|permission| page.line(format!("  {permission}")))
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::AccountSid => "account SID",
        Role::AuthToken => "Auth Token",
        Role::AuthTokenSecondary => "secondary Auth Token",
        Role::AuthTokenPrevious => "previous Auth Token",
        Role::KeySid => "key SID",
        Role::KeySecret => "key secret",
        Role::Region => "region",
        Role::Edge => "edge",
    }
}

fn kind_name(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::AuthTokenPrimary => "primary Auth Token",
        CredentialKind::AuthTokenSecondary => "secondary Auth Token",
        CredentialKind::AuthToken => "Auth Token",
        CredentialKind::Key(KeyKind::Main) => "main",
        CredentialKind::Key(KeyKind::Standard) => "standard",
        CredentialKind::Key(KeyKind::Restricted) => "restricted",
        CredentialKind::KeyOfUnknownKind => "API key of unknown type",
    }
}

fn can(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::AuthTokenPrimary | CredentialKind::AuthTokenSecondary | CredentialKind::AuthToken => {
            "everything: use the API, manage keys, tokens and subaccounts"
        }
        CredentialKind::Key(KeyKind::Main) => "use the API, manage keys and subaccounts",
        CredentialKind::Key(KeyKind::Standard) => "use the API; not manage keys or accounts",
        CredentialKind::Key(KeyKind::Restricted) => "what its policy allows; keys only with /twilio/iam/api-keys/…",
        CredentialKind::KeyOfUnknownKind => "use the API; whether it may manage keys is not known",
    }
}

fn status_name(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Active => "active",
        AccountStatus::Suspended => "suspended",
        AccountStatus::Closed => "closed",
    }
}
