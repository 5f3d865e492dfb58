//! Which credentials of the file belong together, and what Twilio says of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::settings::Settings;
use crate::api::{Candidate, Client};
use crate::audit::facts::{Fact, Facts, LiveFacts, Probe, Verdict};
use crate::audit::live::{Subject, ask, numbers};
use crate::cli::context::Context;
use crate::cli::credentials::beside;
use crate::cli::error::Failure;
use crate::cli::interrupt;
use crate::dotenv::EnvFile;
use crate::model::Credential;
use crate::model::variable::{Role, group};
use crate::sinks::pairs::{PairError, PairWhy, authority, pairs};

/// A credential and the way to the Twilio that knows it.
struct Asked {
    subject: Subject,
    client: Arc<Client>,
}

/// Asks Twilio, if that was asked for; says whether anything is not settled.
pub(super) fn look(file: &EnvFile, facts: &mut Facts, settings: &Settings, context: &Context) -> Result<bool, Failure> {
    if !settings.live {
        return Ok(false);
    }
    let (subjects, mut probes) = subjects(file, context)?;
    if !subjects.is_empty() {
        let progress = context.ui.progress("asking Twilio");
        probes.extend(interrupt::block_on(async { Ok(all(&subjects).await) })?);
        drop(progress);
    }
    probes.sort_by(|one, other| one.variables.cmp(&other.variables));
    let inconclusive = probes.iter().any(|probe| matches!(probe.verdict, Verdict::CannotTell(_)));
    facts.live = Fact::Known(LiveFacts { probes });
    Ok(inconclusive)
}

/// Four at a time: forty projects take a few seconds, and Twilio is not run down.
async fn all(subjects: &[Asked]) -> Vec<Probe> {
    let mut probes = Vec::with_capacity(subjects.len());
    for some in subjects.chunks(4) {
        let one = async |at: usize| match some.get(at) {
            Some(asked) => Some(ask(&asked.client, &asked.subject).await),
            None => None,
        };
        let (first, second, third, fourth) = tokio::join!(one(0), one(1), one(2), one(3));
        probes.extend([first, second, third, fourth].into_iter().flatten());
    }
    probes
}

/// The pairs and tokens of every project, each credential once; and the projects whose values cannot be relied upon.
fn subjects(file: &EnvFile, context: &Context) -> Result<(Vec<Asked>, Vec<Probe>), Failure> {
    let mut clients: BTreeMap<(Option<String>, Option<String>), Arc<Client>> = BTreeMap::new();
    let mut found: Vec<Asked> = Vec::new();
    let mut unclear = Vec::new();
    let mut add = |prefix: &str, subject: Subject| -> Result<(), Failure> {
        if let Some(known) = found.iter_mut().find(|known| known.subject.candidate == subject.candidate) {
            known.subject.variables.extend(subject.variables);
            known.subject.numbers.extend(subject.numbers);
            return Ok(());
        }
        let region = context.global.region.clone().or_else(|| beside(file, prefix, Role::Region));
        let edge = context.global.edge.clone().or_else(|| beside(file, prefix, Role::Edge));
        let client = if let Some(client) = clients.get(&(region.clone(), edge.clone())) {
            Arc::clone(client)
        } else {
            let client = Arc::new(context.client_at(region.as_deref(), edge.as_deref())?);
            clients.insert((region, edge), Arc::clone(&client));
            client
        };
        found.push(Asked { subject, client });
        Ok(())
    };
    for group in group(file.assignments().map(|at| at.name.as_str())) {
        let prefix = group.prefix.as_str();
        let token = match authority(file, prefix) {
            Ok(token) => token,
            Err(error) => {
                unclear.extend(cannot_try(&error, true));
                None
            }
        };
        let token = token.map(|found| {
            let variables = vec![found.token_var, found.account_var];
            (Credential::AuthToken { account: found.account, token: found.token }, variables)
        });
        let pair = pairs(file).into_iter().find(|found| match found {
            Ok(pair) => pair.prefix == prefix,
            Err(error) => error.prefix == prefix,
        });
        let numbers = numbers(file, prefix);
        let paired = matches!(pair, Some(Ok(_)));
        match pair {
            Some(Ok(pair)) => {
                let variables =
                    pair.sid_vars.iter().chain(&pair.secret_vars).chain(&pair.account_vars).cloned().collect();
                let candidate = match pair.account.clone() {
                    Some(account) => Candidate::Credential(Credential::ApiKey { account, pair: pair.pair() }),
                    None => Candidate::Pair(pair.pair()),
                };
                let same = |token: &Credential| pair.account.as_ref() == Some(token.account());
                let authority = token.as_ref().map(|(token, _)| token.clone()).filter(same);
                add(prefix, Subject { candidate, variables, authority, numbers: numbers.clone() })?;
            }
            Some(Err(error)) => unclear.extend(cannot_try(&error, false)),
            None => {}
        }
        if let Some((token, variables)) = token {
            let numbers = if paired { Vec::new() } else { numbers };
            let candidate = Candidate::Credential(token);
            add(prefix, Subject { candidate, variables, authority: None, numbers })?;
        }
    }
    Ok((found, unclear))
}

/// A project whose values cannot be relied upon is not tried. Half a pair is no credential, and another rule's finding.
fn cannot_try(error: &PairError, token: bool) -> Option<Probe> {
    if matches!(error.why, PairWhy::NoSecret | PairWhy::NoSid | PairWhy::NoAccount) {
        return None;
    }
    Some(Probe {
        variables: vec![error.variable.clone()],
        token,
        verdict: Verdict::CannotTell(error.why.to_string()),
        wide: Fact::NotAsked,
        created: Fact::NotAsked,
        foreign_numbers: Fact::NotAsked,
    })
}
