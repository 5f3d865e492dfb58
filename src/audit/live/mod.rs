//! What Twilio says of the credentials of a file, asked with requests that change nothing.
//!
//! There are three answers: it works, it is refused, nobody can tell. A bare 401 is a refusal only where every working
//! credential of its kind is let in; what is no answer of Twilio's is never a verdict. Only values that belong together
//! are tried together: the caller pairs them.

use std::collections::BTreeSet;

use super::entries::sender;
use super::facts::{Fact, Probe, Verdict};
use super::shape::shapes;
use crate::api::{AccountStatus, Candidate, Client, CredentialKind, Depth, Error, Kind, Verdict as Answer, Why};
use crate::dotenv::EnvFile;
use crate::model::time::Timestamp;
use crate::model::{Credential, KeyKind};

/// A credential of the file, and what belongs to it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The credential.
    pub candidate: Candidate,
    /// The variables it was put together from; the one to point at first.
    pub variables: Vec<String>,
    /// The account's Auth Token, if the same project has one: it can tell what a key may not say of itself.
    pub authority: Option<Credential>,
    /// Variables that name a sender of the same project, each with a number in E.164.
    pub numbers: Vec<(String, String)>,
}

/// Asks about one credential: up to four requests for its kind, one or two for its age, one for each number.
pub async fn ask(client: &Client, subject: &Subject) -> Probe {
    let token = matches!(subject.candidate, Candidate::Credential(Credential::AuthToken { .. }));
    let mut probe = Probe {
        variables: subject.variables.clone(),
        token,
        verdict: Verdict::Live,
        wide: Fact::NotAsked,
        created: Fact::NotAsked,
        foreign_numbers: Fact::NotAsked,
    };
    let kind = match client.probe(&subject.candidate, Depth::Full).await {
        Ok(Answer::Valid { kind, status, .. }) => {
            if matches!(status, Some(AccountStatus::Suspended | AccountStatus::Closed)) {
                probe.verdict = Verdict::AccountInactive;
            }
            kind
        }
        Ok(Answer::WrongAccount { kind, .. }) => {
            probe.verdict = Verdict::OtherAccount;
            kind
        }
        Ok(Answer::AccountInactive(_)) => {
            probe.verdict = Verdict::AccountInactive;
            return probe;
        }
        Ok(Answer::Rejected(_)) => {
            probe.verdict = why_rejected(client, subject).await;
            return probe;
        }
        Ok(Answer::Unclear(error)) | Err(error) => {
            probe.verdict = unclear(&error);
            return probe;
        }
    };
    if !token {
        probe.wide = match kind {
            CredentialKind::Key(kind) => Fact::Known(kind == KeyKind::Main),
            _ => Fact::Unknown("Twilio did not tell the kind of the key".into()),
        };
    }
    if probe.verdict == Verdict::Live {
        if !token {
            probe.created = created(client, subject).await;
        }
        probe.foreign_numbers = foreign(client, subject).await;
    }
    probe
}

fn unclear(error: &Error) -> Verdict {
    match error.kind() {
        Kind::Refused(Why::AccountInactive) => Verdict::AccountInactive,
        Kind::Refused(Why::TestCredential) => Verdict::Test,
        _ => Verdict::CannotTell(error.to_string()),
    }
}

/// The reasons of a refusal that somebody else can tell: the account sleeps, or the key is no more.
async fn why_rejected(client: &Client, subject: &Subject) -> Verdict {
    let (Some(authority), Candidate::Credential(Credential::ApiKey { account, pair })) =
        (&subject.authority, &subject.candidate)
    else {
        return Verdict::Rejected;
    };
    match client.account(authority, account).await {
        Ok(found) if matches!(found.status, Some(AccountStatus::Suspended | AccountStatus::Closed)) => {
            return Verdict::AccountInactive;
        }
        Ok(_) => {}
        Err(error) if *error.kind() == Kind::Refused(Why::AccountInactive) => return Verdict::AccountInactive,
        Err(_) => return Verdict::Rejected,
    }
    match client.key(authority, account, &pair.sid).await {
        Ok(None) => Verdict::Revoked,
        Ok(Some(_)) | Err(_) => Verdict::Rejected,
    }
}

/// When a key was made, as the Auth Token or the key itself may know.
async fn created(client: &Client, subject: &Subject) -> Fact<Timestamp> {
    let Candidate::Credential(own @ Credential::ApiKey { account, pair }) = &subject.candidate else {
        return Fact::Unknown("the file does not name the account".into());
    };
    for asking in subject.authority.iter().chain([own]) {
        if let Ok(Some(key)) = client.key(asking, account, &pair.sid).await
            && let Some(created) = key.created
        {
            return Fact::Known(created);
        }
    }
    Fact::Unknown("nothing in the file may ask for the age of the key".into())
}

async fn foreign(client: &Client, subject: &Subject) -> Fact<Vec<String>> {
    let Candidate::Credential(credential) = &subject.candidate else { return Fact::NotAsked };
    let mut foreign = Vec::new();
    for (variable, number) in &subject.numbers {
        match client.owns_number(credential, credential.account(), number).await {
            Ok(true) => {}
            Ok(false) => foreign.push(variable.clone()),
            Err(error) => return Fact::Unknown(error.to_string()),
        }
    }
    Fact::Known(foreign)
}

/// The senders of one project that are numbers in E.164: short codes, messaging services and names are none.
#[must_use]
pub fn numbers(file: &EnvFile, prefix: &str) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    shapes(file)
        .filter_map(|shape| {
            let name = &shape.at.name;
            let at = name.find("TWILIO_").filter(|_| sender(name))?;
            let number = shape.meant().filter(|_| name[..at].trim_end_matches('_') == prefix)?;
            let number = number.strip_prefix("whatsapp:").unwrap_or(number);
            let digits = number.strip_prefix('+')?;
            let whole = (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            (whole && seen.insert(name.clone())).then(|| (name.clone(), number.to_owned()))
        })
        .collect()
}
