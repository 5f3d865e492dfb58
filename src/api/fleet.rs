//! The keys of an account and of all its subaccounts: many accounts at once, told in the order of the accounts.
//!
//! What is in memory does not grow with the number of accounts: no more than [`WINDOW`] of them are begun or waiting to
//! be told, and each is told whole or not at all.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::accounts::{Account, AccountStatus};
use super::client::Client;
use super::error::Error;
use crate::model::{AccountSid, ApiKey, Credential};

/// Accounts on a page of the list. A page of 1000 is two megabytes; the next one comes while these are asked about.
const PAGE: u16 = 100;
/// How many accounts may be ahead of the first that is not done yet.
const WINDOW: usize = 256;
/// So many accounts in a row without an answer, and no more are asked.
const ROW: u32 = 10;

/// What is told of the accounts.
#[derive(Debug)]
pub enum Told {
    /// So many more accounts are known to be there. Each of them is told of later, in the order of the list.
    Found(usize),
    /// The account is suspended or closed, and was not asked.
    LeftOut(Box<Account>),
    /// One of [`Fleet::known`], which was not asked.
    Known(AccountSid),
    /// All keys of an account.
    Keys(AccountSid, Vec<ApiKey>),
    /// The account could not be listed, and the others go on.
    Failed(AccountSid, Error),
    /// The walk was stopped before it was done with this account.
    NotReached(AccountSid),
}

/// Why the walk over the accounts ended before its end.
#[derive(Debug)]
pub struct Stopped {
    /// What happened: the credential itself is refused by now, nothing is answered any more, or the list of accounts
    /// broke off.
    pub error: Error,
    /// Whether all accounts were told of: otherwise there may be more of them.
    pub all_known: bool,
}

/// A walk over an account and its subaccounts.
#[derive(Debug)]
pub struct Fleet {
    /// A client made for many requests at once ([`Client::side_by_side`]).
    pub client: Arc<Client>,
    /// The Auth Token of the main account. Of a subaccount, it finds that one only; an API key reaches no subaccount.
    pub auth: Arc<Credential>,
    /// How many accounts are asked at once.
    pub most: usize,
    /// Accounts whose keys are known already.
    pub known: HashSet<AccountSid>,
}

impl Fleet {
    /// Asks every account for all its keys, and tells of each as soon as all before it are told. A slow receiver slows
    /// the walk down; one that is gone ends it.
    ///
    /// An account that fails does not end the walk. What ends it: the credential is refused for its own account too,
    /// Twilio answers nobody, or throttles everything for too long. What was had until then is told first.
    ///
    /// # Errors
    /// [`Stopped`], if not every account was asked.
    pub async fn keys(self, tell: &mpsc::Sender<Told>) -> Result<(), Stopped> {
        let (found, mut pages) = mpsc::unbounded_channel();
        let mut list = JoinSet::new();
        let (client, auth) = (self.client.clone(), self.auth.clone());
        list.spawn(async move {
            let hand_over = |page| {
                // Whoever does not wait for it any more has ended the walk.
                let _ = found.send(page);
            };
            client.accounts(&auth, PAGE, hand_over).await
        });
        let mut walk = Walk {
            fleet: self,
            ahead: VecDeque::new(),
            places: VecDeque::with_capacity(WINDOW),
            told: 0,
            running: JoinSet::new(),
            row: Row::default(),
        };
        let mut broken = None;
        let mut listed = false;
        loop {
            if !walk.tell(tell).await {
                return Ok(());
            }
            walk.begin();
            if listed && walk.places.is_empty() && walk.ahead.is_empty() {
                return broken.map_or(Ok(()), |error| Err(Stopped { error, all_known: false }));
            }
            let stop = tokio::select! {
                page = pages.recv(), if !listed => {
                    if let Some(page) = page {
                        if tell.send(Told::Found(page.len())).await.is_err() {
                            return Ok(());
                        }
                        walk.found(page);
                    } else {
                        listed = true;
                        broken = list.join_next().await.map(joined).and_then(Result::err);
                    }
                    None
                }
                () = tell.closed() => return Ok(()),
                Some(done) = walk.running.join_next() => {
                    let (at, result) = joined(done);
                    walk.done(at, result).await
                }
            };
            let stop = match stop {
                Some(error) if listed && broken.is_none() && walk.has_begun_all() => walk.fail_the_last(error),
                stop => stop,
            };
            if let Some(error) = stop {
                walk.stop(tell).await;
                return Err(Stopped { error, all_known: listed && broken.is_none() });
            }
        }
    }
}

/// The accounts that are known and not told of yet.
struct Walk {
    fleet: Fleet,
    /// Those that were not begun.
    ahead: VecDeque<Next>,
    /// Those that were, [`WINDOW`] of them at most.
    places: VecDeque<Place>,
    /// How many accounts were told of: the number of the first place.
    told: usize,
    running: JoinSet<(usize, Result<Vec<ApiKey>, Error>)>,
    row: Row,
}

/// An account that was found. A thousand of them may wait, so nothing but what is needed is kept.
enum Next {
    Ask(AccountSid),
    LeftOut(Box<Account>),
}

/// An account that was begun.
enum Place {
    Asked(AccountSid),
    Done(Told),
}

/// What the last accounts had in common.
#[derive(Debug, Default)]
struct Row {
    unanswered: u32,
    refused: u32,
}

impl Walk {
    fn found(&mut self, page: Vec<Account>) {
        self.ahead.extend(page.into_iter().map(|account| match account.status {
            Some(AccountStatus::Suspended | AccountStatus::Closed) => Next::LeftOut(Box::new(account)),
            Some(AccountStatus::Active) | None => Next::Ask(account.sid),
        }));
    }

    /// Tells of what is done at the front. `false` if nobody listens.
    async fn tell(&mut self, tell: &mpsc::Sender<Told>) -> bool {
        while let Some(Place::Done(_)) = self.places.front() {
            let Some(Place::Done(told)) = self.places.pop_front() else { break };
            self.told += 1;
            if tell.send(told).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Asks as many as may be asked.
    fn begin(&mut self) {
        while self.running.len() < self.fleet.most && self.places.len() < WINDOW {
            let Some(next) = self.ahead.pop_front() else { break };
            let at = self.told + self.places.len();
            self.places.push_back(match next {
                Next::LeftOut(account) => Place::Done(Told::LeftOut(account)),
                Next::Ask(sid) if self.fleet.known.contains(&sid) => Place::Done(Told::Known(sid)),
                Next::Ask(sid) => {
                    let (client, auth, asked) = (self.fleet.client.clone(), self.fleet.auth.clone(), sid.clone());
                    let keys = async move { (at, client.all_keys(&auth, &asked).await.map(|(keys, _)| keys)) };
                    self.running.spawn(keys);
                    Place::Asked(sid)
                }
            });
        }
    }

    /// Takes the result for an account. Returns why no more are to be asked, if that follows from it.
    async fn done(&mut self, at: usize, result: Result<Vec<ApiKey>, Error>) -> Option<Error> {
        let place = self.places.get_mut(at - self.told)?;
        let Place::Asked(sid) = place else { return None };
        let error = match result {
            Ok(keys) => {
                *place = Place::Done(Told::Keys(sid.clone(), keys));
                self.row = Row::default();
                return None;
            }
            Err(error) => error,
        };
        if error.is_temporary() {
            self.row.unanswered += 1;
            if self.row.unanswered >= ROW || self.fleet.client.is_given_up() {
                return Some(error);
            }
        }
        let refused = error.is_refusal();
        *place = Place::Done(Told::Failed(sid.clone(), error));
        if refused {
            self.row.refused += 1;
            // The first in a row, and ever more rarely after it, if so many subaccounts refuse what the main one takes.
            if self.row.refused.is_power_of_two() {
                return self.refused().await;
            }
        }
        None
    }

    /// Whether the credential is refused for its own account as well: then no subaccount will take it either, and
    /// Twilio is not to be asked a thousand times with a dead credential.
    async fn refused(&self) -> Option<Error> {
        let Fleet { client, auth, .. } = &self.fleet;
        client.account(auth, auth.account()).await.err().filter(Error::is_refusal)
    }

    /// Whether all accounts that are known were asked, and all but one of them answered.
    fn has_begun_all(&self) -> bool {
        self.running.is_empty() && self.ahead.is_empty()
    }

    /// With nothing else left, what would have ended the walk is only why the last account failed. Returns the error if it
    /// is about none in particular.
    fn fail_the_last(&mut self, error: Error) -> Option<Error> {
        let Some(place) = self.places.iter_mut().find(|place| matches!(place, Place::Asked(_))) else {
            return Some(error);
        };
        if let Place::Asked(sid) = place {
            *place = Place::Done(Told::Failed(sid.clone(), error));
        }
        None
    }

    /// Asks no more: what is under way is dropped, what was had is told.
    async fn stop(&mut self, tell: &mpsc::Sender<Told>) {
        self.running.abort_all();
        for place in &mut self.places {
            if let Place::Asked(sid) = place {
                *place = Place::Done(Told::NotReached(sid.clone()));
            }
        }
        loop {
            if !self.tell(tell).await {
                return;
            }
            let Some(next) = self.ahead.pop_front() else { return };
            self.places.push_back(Place::Done(match next {
                Next::LeftOut(account) => Told::LeftOut(account),
                Next::Ask(sid) if self.fleet.known.contains(&sid) => Told::Known(sid),
                Next::Ask(sid) => Told::NotReached(sid),
            }));
        }
    }
}

/// The value of a task that was not aborted. A panic goes on where it would have without a task.
fn joined<T>(result: Result<T, tokio::task::JoinError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
