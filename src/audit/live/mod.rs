//! What Twilio says of the credentials of a file, asked with requests that change nothing.
//!
//! There are three answers: it works, it is refused, nobody can tell. A bare 401 is a refusal only where every working
//! credential of its kind is let in; what is no answer of Twilio's is never a verdict. Only values that belong together
//! are tried together: the caller pairs them.

mod account;
mod numbers;
mod untried;

pub use self::account::{Account, held, keys};
pub use self::numbers::numbers;
pub use self::untried::{stand_ins, untried};
use super::facts::{Fact, Probe, Verdict};
use crate::api::{AccountStatus, Candidate, Client, CredentialKind, Depth, Error, Kind, Verdict as Answer, Why};
use crate::model::Credential;
use crate::model::time::Timestamp;

/// A credential of the file, and what belongs to it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The credential.
    pub candidate: Candidate,
    /// The variables it was put together from: the one to point at first, that of the account last if there is one.
    pub variables: Vec<String>,
    /// The account's Auth Token, if the same project has one: it can tell what a key may not say of itself.
    pub authority: Option<Credential>,
    /// Variables that name a sender of the same project, each with a number in E.164.
    pub numbers: Vec<(String, String)>,
}

impl Subject {
    /// Those that may be let in to what the credential itself is not: the Auth Token first.
    fn asking<'s>(&'s self, own: &'s Credential) -> impl Iterator<Item = &'s Credential> {
        self.authority.iter().chain([own])
    }
}

/// Asks about one credential: up to four requests for its kind, one to four for its age, one or two for each number.
pub async fn ask(client: &Client, subject: &Subject) -> Probe {
    let token = matches!(subject.candidate, Candidate::Credential(Credential::AuthToken { .. }));
    let mut probe = Probe::new(subject.variables.clone(), token, Verdict::Live);
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
            why_rejected(client, subject, &mut probe).await;
            return probe;
        }
        Ok(Answer::Unclear(error)) | Err(error) => {
            probe.verdict = unclear(&error);
            probe.unanswered = matches!(probe.verdict, Verdict::CannotTell(_)) && !error.is_refusal();
            return probe;
        }
    };
    if !token {
        probe.kind = match kind {
            CredentialKind::Key(kind) => Fact::Known(kind),
            _ => Fact::Unknown("Twilio did not say".into()),
        };
    }
    if probe.verdict == Verdict::Live {
        if !token {
            probe.created = created(client, subject, &mut probe.unanswered).await;
        }
        probe.foreign_numbers = foreign(client, subject, &mut probe.unanswered).await;
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
async fn why_rejected(client: &Client, subject: &Subject, probe: &mut Probe) {
    probe.verdict = Verdict::Rejected;
    let (Some(authority), Candidate::Credential(Credential::ApiKey { account, pair })) =
        (&subject.authority, &subject.candidate)
    else {
        return;
    };
    let status = client.account(authority, account).await.map(|found| found.status);
    let error = match status {
        Ok(Some(AccountStatus::Suspended | AccountStatus::Closed)) => {
            probe.verdict = Verdict::AccountInactive;
            return;
        }
        Ok(_) => match client.key(authority, account, &pair.sid).await {
            Ok(found) => {
                probe.kept = Fact::Known(found.is_some());
                if found.is_none() {
                    probe.verdict = Verdict::Revoked;
                }
                return;
            }
            Err(error) => error,
        },
        Err(error) if *error.kind() == Kind::Refused(Why::AccountInactive) => {
            probe.verdict = Verdict::AccountInactive;
            return;
        }
        Err(error) => error,
    };
    probe.unanswered |= !error.is_refusal();
    probe.kept = Fact::Unknown(error.to_string());
}

/// When a key was made, as the Auth Token or the key itself may know.
async fn created(client: &Client, subject: &Subject, unanswered: &mut bool) -> Fact<Timestamp> {
    let Candidate::Credential(own @ Credential::ApiKey { account, pair }) = &subject.candidate else {
        return Fact::Unknown("the file does not name the account".into());
    };
    let mut why = "nothing in the file may ask for it".to_owned();
    for asking in subject.asking(own) {
        match client.key(asking, account, &pair.sid).await {
            Ok(Some(key)) => match key.created {
                Some(created) => return Fact::Known(created),
                None => "Twilio did not say".clone_into(&mut why),
            },
            Ok(None) => "Twilio does not list the key".clone_into(&mut why),
            Err(error) if error.is_refusal() => {}
            Err(error) => {
                *unanswered = true;
                why = error.to_string();
            }
        }
    }
    Fact::Unknown(why)
}

async fn foreign(client: &Client, subject: &Subject, unanswered: &mut bool) -> Fact<Vec<String>> {
    let Candidate::Credential(own) = &subject.candidate else {
        return if subject.numbers.is_empty() {
            Fact::NotAsked
        } else {
            Fact::Unknown("the file does not name the account".into())
        };
    };
    let mut foreign = Vec::new();
    for (variable, number) in &subject.numbers {
        let mut why = None;
        for asking in subject.asking(own) {
            match client.owns_number(asking, own.account(), number).await {
                Ok(owned) => {
                    foreign.extend((!owned).then(|| variable.clone()));
                    why = None;
                    break;
                }
                Err(error) => {
                    *unanswered |= !error.is_refusal();
                    why = Some(error.to_string());
                }
            }
        }
        if let Some(why) = why {
            return Fact::Unknown(why);
        }
    }
    Fact::Known(foreign)
}
