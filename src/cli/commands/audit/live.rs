//! Which credentials of the file belong together, and what Twilio says of them.

use std::cell::{LazyCell, RefCell};
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::path::PathBuf;
use std::sync::Arc;

use super::settings::Settings;
use super::ways::Ways;
use crate::api::{Candidate, Client};
use crate::audit::Veil;
use crate::audit::facts::{AccountKeys, Fact, Facts, LiveFacts, Probe, Verdict};
use crate::audit::live::{Account, Subject, ask, held, keys, numbers, stand_ins, untried};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::interrupt;
use crate::dotenv::EnvFile;
use crate::model::variable::Role;
use crate::model::{AccountSid, Credential, KeySid, RotationId};
use crate::sinks::pairs::{PairError, PairWhy, Projects};
use crate::store::file;

/// A credential and the way to the Twilio that knows it.
struct Asked {
    subject: Subject,
    client: Arc<Client>,
}

/// What the files of a run share where Twilio is asked.
#[derive(Default)]
pub(super) struct Asking {
    /// Keys whose SIDs stand in some audited file, or on which an open rotation of this machine works.
    known: BTreeSet<KeySid>,
    /// What could not be read and may hold more, in words; without secrets in paths.
    unread: Option<String>,
    /// Accounts whose keys were listed for an earlier file.
    listed: RefCell<BTreeSet<AccountSid>>,
}

impl Asking {
    /// Reads the files beforehand, so that a key which any of them holds is not unknown to another. What cannot be read
    /// is said when its turn comes.
    pub(super) fn about(targets: &[PathBuf], stdin: Option<&[u8]>, veil: &Veil, context: &Context) -> Self {
        let (mut known, mut unread) = (BTreeSet::new(), None);
        for path in targets.iter().filter(|path| path.as_os_str() != "-") {
            match file::read(path) {
                Ok(snapshot) => known.extend(held(snapshot.bytes())),
                Err(_) => {
                    unread.get_or_insert_with(|| {
                        format!("{} could not be read, and may hold some", veil.path(path).display())
                    });
                }
            }
        }
        known.extend(stdin.into_iter().flat_map(held));
        match at_work(context) {
            Ok((keys, broken)) => {
                known.extend(keys);
                let why = |id| format!("the journal of rotation {id} cannot be read, and may name some");
                unread = unread.or(broken.map(why));
            }
            Err(failure) => {
                let why = "the rotations of this machine cannot be read";
                context.ui.warn(format!("{why}: {}", failure.chain().join(": ")));
                unread = unread.or(Some(format!("{why}, and may name some")));
            }
        }
        Self { known, unread, listed: RefCell::default() }
    }
}

/// The keys that the open rotations replace or have made; and a rotation of which nobody can tell, if there is one.
fn at_work(context: &Context) -> Result<(Vec<KeySid>, Option<RotationId>), Failure> {
    let Some(ledger) = context.ledger_as_it_is()? else { return Ok((Vec::new(), None)) };
    let (rotations, broken) = ledger.all()?;
    let open = rotations.iter().filter(|rotation| rotation.outcome().is_none());
    let keys = open.flat_map(|rotation| [Some(&rotation.begun().old), rotation.new_key()]).flatten().cloned().collect();
    Ok((keys, broken.into_iter().next().map(|broken| broken.id)))
}

/// Asks Twilio, if that was asked for.
pub(super) fn look(file: &EnvFile, facts: &mut Facts, settings: &Settings, context: &Context) -> Result<(), Failure> {
    let Some(asking) = &settings.asking else { return Ok(()) };
    let (subjects, mut probes) = subjects(file, context)?;
    let mut accounts = Vec::new();
    if !subjects.is_empty() {
        let progress = context.ui.progress("asking Twilio");
        let (tried, told) = interrupt::block_on(async {
            let tried = all(&subjects).await;
            let told = keys_of(&subjects, &tried, asking).await;
            Ok((tried, told))
        })?;
        drop(progress);
        probes.extend(tried);
        accounts = told;
    }
    probes.sort_by(|one, other| one.variables.cmp(&other.variables));
    // Of the plain token each project without one of its own would tell the same.
    probes.dedup();
    facts.live = Fact::Known(LiveFacts { probes, accounts });
    Ok(())
}

/// The keys of each account that a working credential of the file is of, unless they were listed already.
async fn keys_of(subjects: &[Asked], probes: &[Probe], asking: &Asking) -> Vec<AccountKeys> {
    let mut accounts: BTreeMap<AccountSid, (Account, &Client)> = BTreeMap::new();
    for (asked, probe) in subjects.iter().zip(probes) {
        let Some(account) = Account::of(&asked.subject, probe) else { continue };
        match accounts.entry(account.sid.clone()) {
            Entry::Occupied(mut known) => known.get_mut().0.join(account),
            Entry::Vacant(free) => drop(free.insert((account, asked.client.as_ref()))),
        }
    }
    let mut told = Vec::new();
    for (sid, (account, client)) in accounts {
        if asking.listed.borrow().contains(&sid) {
            continue;
        }
        let mut found = keys(client, &account, &asking.known).await;
        if let Some(unheld) = found.unheld.known() {
            asking.listed.borrow_mut().insert(sid);
            // What leads to a key being revoked must not rest on a file that nobody has seen.
            if let (false, Some(why)) = (unheld.is_empty(), &asking.unread) {
                found.unheld = Fact::Unknown(why.clone());
                // Once that can be read, another run may settle it.
                found.unread = true;
            }
        }
        told.push(found);
    }
    told
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
    let mut ways = Ways::new(file, context);
    let mut found: Vec<Asked> = Vec::new();
    let mut unclear = Vec::new();
    let stand_ins = LazyCell::new(|| stand_ins(file));
    let stands_in = |variable: &str| stand_ins.contains(variable);
    let mut add = |prefix: &str, subject: Subject| -> Result<(), Failure> {
        if let Some(known) = found.iter_mut().find(|known| known.subject.candidate == subject.candidate) {
            known.subject.variables.extend(subject.variables);
            known.subject.numbers.extend(subject.numbers);
            return Ok(());
        }
        let Some(client) = ways.of(prefix)? else { return Ok(()) };
        found.push(Asked { subject, client });
        Ok(())
    };
    let projects = Projects::of(file);
    for group in projects.all() {
        let prefix = group.prefix.as_str();
        let token = match projects.authority(prefix) {
            Ok(token) => token,
            Err(error) => {
                unclear.extend(cannot_try(&error, true, stands_in));
                None
            }
        };
        let token = token.map(|found| {
            let variables = vec![found.token_var, found.account_var];
            (Credential::AuthToken { account: found.account, token: found.token }, variables)
        });
        let pair = projects.pair(group).transpose();
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
            Some(Err(error)) => unclear.extend(cannot_try(&error, false, stands_in)),
            None => {}
        }
        if let Some((token, variables)) = token {
            let numbers = if paired { Vec::new() } else { numbers };
            let candidate = Candidate::Credential(token);
            add(prefix, Subject { candidate, variables, authority: None, numbers })?;
        }
    }
    // Behind all others: of a value that stands under two names, the one in force is told.
    for group in projects.all() {
        for stage in [Role::AuthTokenSecondary, Role::AuthTokenPrevious] {
            match projects.staged(group, stage) {
                Ok(Some(found)) => {
                    let candidate =
                        Candidate::Credential(Credential::AuthToken { account: found.account, token: found.token });
                    let variables = vec![found.token_var, found.account_var];
                    add(&group.prefix, Subject { candidate, variables, authority: None, numbers: Vec::new() })?;
                }
                Ok(None) => {}
                Err(error) => unclear.extend(cannot_try(&error, true, stands_in)),
            }
        }
    }
    let untried = untried(file).into_iter().map(|(name, role)| {
        let why = "it does not stand in a line that programs take for an assignment".to_owned();
        Probe::new(vec![name], role.is_token(), Verdict::CannotTell(why))
    });
    unclear.extend(untried);
    unclear.extend(ways.barred.into_values());
    Ok((found, unclear))
}

/// A project whose values cannot be relied upon is not tried. Half a pair is no credential, and another rule's finding. A
/// token is one without its account too, and no other rule tells of it, unless it was never filled in.
fn cannot_try(error: &PairError, token: bool, stands_in: impl Fn(&str) -> bool) -> Option<Probe> {
    let nothing_to_try = match error.why {
        PairWhy::NoSecret | PairWhy::NoSid => true,
        PairWhy::NoAccount => stands_in(&error.variable),
        _ => false,
    };
    let why = || Verdict::CannotTell(error.why.to_string());
    (!nothing_to_try).then(|| Probe::new(vec![error.variable.clone()], token, why()))
}
