//! What a probe found, as `keys verify` and `whoami` show it.

use std::io;

use serde::Serialize;

use crate::api::{AccountStatus, CredentialKind, Verdict};
use crate::cli::credentials::Resolved;
use crate::cli::exit::Exit;
use crate::cli::view::{Outcome, Page, View};
use crate::model::variable::Role;
use crate::model::{AccountSid, KeyKind};

/// What was tried.
pub struct Subject {
    /// The SID that signs.
    pub user: String,
    /// The account it was tried with, if one was named.
    pub account: Option<AccountSid>,
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
            origins: resolved.origins.clone(),
        }
    }
}

/// What was found.
#[derive(Serialize)]
pub struct Finding {
    sid: String,
    /// `valid`, `rejected`, `wrong-account` or `unclear`.
    verdict: &'static str,
    #[serde(rename = "type")]
    kind: Option<&'static str>,
    account: Option<AccountSid>,
    account_status: Option<&'static str>,
    /// What Twilio said, if it refused.
    reason: Option<String>,
    /// What the credential may do.
    can: Option<&'static str>,
    origins: Vec<Origin>,
    #[serde(skip)]
    exit: Exit,
}

#[derive(Serialize)]
struct Origin {
    value: &'static str,
    from: String,
}

impl Finding {
    /// Puts a verdict into words.
    #[must_use]
    pub fn of(subject: Subject, verdict: &Verdict) -> Self {
        let (word, kind, reason, exit) = match verdict {
            Verdict::Valid { kind, .. } => ("valid", Some(*kind), None, Exit::Done),
            Verdict::WrongAccount { kind, refusal } => ("wrong-account", Some(*kind), Some(refusal), Exit::Refused),
            Verdict::Rejected(error) => ("rejected", None, Some(error), Exit::Refused),
            Verdict::Unclear(error) => ("unclear", None, Some(error), Exit::Temporary),
        };
        let (account, status) = match verdict {
            Verdict::Valid { account, status, .. } => (account.clone().or(subject.account), *status),
            _ => (subject.account, None),
        };
        let origins = subject.origins.into_iter().map(|(role, from)| Origin { value: role_name(role), from });
        Self {
            sid: subject.user,
            verdict: word,
            kind: kind.map(kind_name),
            account,
            account_status: status.map(status_name),
            reason: reason.map(ToString::to_string),
            can: kind.map(can),
            origins: origins.collect(),
            exit,
        }
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
            _ => "cannot tell: a good credential and a bad one get this same answer",
        };
        let mut fields = vec![
            ("credential", self.sid.clone()),
            ("verdict", says.to_owned()),
            ("type", self.kind.unwrap_or_default().to_owned()),
            ("account", self.account.as_ref().map_or_else(String::new, ToString::to_string)),
            ("status", self.account_status.unwrap_or_default().to_owned()),
            ("can", self.can.unwrap_or_default().to_owned()),
            ("Twilio said", self.reason.clone().unwrap_or_default()),
        ];
        let origins = self.origins.iter().map(|origin| format!("{} from {}", origin.value, origin.from));
        fields.extend(["source", "", ""].into_iter().zip(origins));
        page.fields(&fields)
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::AccountSid => "account SID",
        Role::AuthToken => "Auth Token",
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
