//! How many requests are under way at once when many are wanted: as many as Twilio takes, and no more.
//!
//! Twilio refuses what comes beyond a number of its own with 429 and processes nothing of it. It publishes no number,
//! others of the account share it, and no header tells it (`Twilio-Concurrent-Requests` tells the load, not the limit).
//! So it is found out: the width grows with every answer until a request is refused, is cut back for all, returns to
//! just below the place where it was refused, and from there tries for more ever more rarely.
//!
//! Every attempt passes the gate, repeated ones too. What waits to be repeated takes nobody's place.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::client::Retries;

/// The width to begin with, if so many are allowed at all.
const FIRST: usize = 20;
/// What is left of a width that was too much.
const CUT: f64 = 0.75;
/// For how many rounds of answers the width stays before one more is tried beyond the place of the last refusal: at
/// first, and at most. Each refusal doubles it.
const RARE: (f64, f64) = (4.0, 64.0);
/// So many answers to requests at or beyond the place of the last refusal show that more is taken by now. Fewer do not:
/// such a request is now and then let in because Twilio is done with another whose answer is still on its way.
const PROOF: u32 = 4;
/// How often in a row, without an answer in between, a cut must be followed by another until nothing more is sent.
const PATIENCE: u32 = 6;

/// The gate of a client.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    room: Notify,
    retries: Retries,
}

/// A request that is under way. Dropped, it makes room and says nothing of the width.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    gate: &'a Gate,
    sent: Sent,
}

/// What is known of a request when it is sent.
#[derive(Debug, Clone, Copy)]
struct Sent {
    /// How many were under way with it.
    nth: usize,
    /// How often the width had been cut.
    cuts: u64,
}

#[derive(Debug)]
struct State {
    most: usize,
    width: f64,
    busy: usize,
    waiting: usize,
    cuts: u64,
    /// So many at once were refused, and nothing has shown since that so many are taken.
    ceiling: Option<usize>,
    /// Answers since then to requests that were at or beyond it.
    beyond: u32,
    rare: f64,
    /// Cuts since the last answer.
    in_a_row: u32,
    shut_until: Option<Instant>,
    shut: bool,
}

impl Gate {
    /// A gate that lets so many through at once, and fewer if Twilio refuses that many.
    pub(super) fn new(most: usize, retries: Retries) -> Self {
        let state = State {
            most: most.max(1),
            width: to_width(FIRST.min(most.max(1))),
            busy: 0,
            waiting: 0,
            cuts: 0,
            ceiling: None,
            beyond: 0,
            rare: RARE.0,
            in_a_row: 0,
            shut_until: None,
            shut: false,
        };
        Self { state: Mutex::new(state), room: Notify::new(), retries }
    }

    /// Waits for a place; `None` once the gate is shut for good, because Twilio refused whatever came for too long.
    pub(super) async fn enter(&self) -> Option<Pass<'_>> {
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            // From here on a place that becomes free is not missed.
            room.as_mut().enable();
            let until = {
                let mut state = self.lock();
                if state.shut {
                    // Whoever else waits is to learn it too.
                    self.room.notify_one();
                    return None;
                }
                let until = state.shut_until.filter(|until| *until > Instant::now());
                if until.is_none() && state.has_room() {
                    state.busy += 1;
                    if state.has_room() {
                        self.room.notify_one();
                    }
                    return Some(Pass { gate: self, sent: Sent { nth: state.busy, cuts: state.cuts } });
                }
                until
            };
            let waits = Waits::at(self);
            match until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => room.await,
            }
            drop(waits);
        }
    }

    /// Whether it is shut for good.
    pub(super) fn is_shut(&self) -> bool {
        self.lock().shut
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One that waits before the gate; counted, however the wait ends.
struct Waits<'a>(&'a Gate);

impl<'a> Waits<'a> {
    fn at(gate: &'a Gate) -> Self {
        gate.lock().waiting += 1;
        Self(gate)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.lock().waiting -= 1;
    }
}

impl Pass<'_> {
    /// The request was answered, whatever the answer says.
    pub(super) fn answered(self) {
        self.gate.lock().answered(self.sent);
    }

    /// The request was refused with 429.
    pub(super) fn refused(self, retry_after: Option<Duration>) {
        self.gate.lock().refused(self.sent, retry_after, Instant::now(), &self.gate.retries);
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.gate.lock().busy -= 1;
        self.gate.room.notify_one();
    }
}

impl State {
    fn has_room(&self) -> bool {
        to_width(self.busy + 1) <= self.width
    }

    fn answered(&mut self, sent: Sent) {
        self.in_a_row = 0;
        // More is taken than was; how much more is found out step by step.
        if let Some(ceiling) = self.ceiling.filter(|ceiling| sent.nth >= *ceiling) {
            self.beyond += 1;
            if self.beyond >= PROOF {
                self.beyond = 0;
                self.ceiling = Some(ceiling + (ceiling / 4).max(1));
                self.rare = (self.rare / 2.0).max(RARE.0);
            }
        }
        if self.waiting > 0 {
            let below = |ceiling| self.width + 1.0 < to_width(ceiling);
            self.width += if self.ceiling.is_none_or(below) { 1.0 } else { 1.0 / (self.rare * self.width) };
            self.width = self.width.min(to_width(self.most));
        }
    }

    fn refused(&mut self, sent: Sent, retry_after: Option<Duration>, now: Instant, retries: &Retries) {
        // What was sent before the last cut says how many are too many, but is no reason to cut again.
        let again = sent.cuts == self.cuts;
        if again {
            let tried_for_more = self.ceiling.is_some_and(|ceiling| sent.nth >= ceiling);
            self.rare = if tried_for_more { (self.rare * 2.0).min(RARE.1) } else { self.rare };
            self.ceiling = None;
            self.beyond = 0;
            self.cuts += 1;
            self.in_a_row += 1;
            self.shut = self.in_a_row >= PATIENCE;
        }
        let ceiling = self.ceiling.map_or(sent.nth, |ceiling| ceiling.min(sent.nth));
        self.ceiling = Some(ceiling);
        self.width = self.width.min((CUT * to_width(ceiling - 1)).max(1.0));
        // One refusal among many that are under way asks for fewer of them. Where not even one is taken, or a cut did
        // not help, it takes time.
        let own = (again && (self.in_a_row > 1 || sent.nth == 1)).then(|| {
            let longest = retries.base.saturating_mul(1 << self.in_a_row.saturating_sub(2).min(16)).min(retries.cap);
            longest.mul_f64(f64::midpoint(1.0, fastrand::f64()))
        });
        if let Some(pause) = retry_after.map(|wait| wait.min(retries.max_wait)).or(own) {
            self.shut_until = self.shut_until.max(Some(now + pause));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of requests under way")]
fn to_width(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that takes so many at once, in rounds: every request of a round is sent before the first is answered.
    /// Tells how many it took and how many it refused in each.
    fn rounds(gate: &Gate, limits: &[usize]) -> Vec<(usize, usize)> {
        let round = |limit: &usize| {
            let mut taken = Vec::new();
            let mut refused = 0;
            loop {
                let sent = {
                    let mut state = gate.lock();
                    let open = !state.shut && state.has_room();
                    state.busy += usize::from(open);
                    open.then_some(Sent { nth: state.busy, cuts: state.cuts })
                };
                match sent {
                    Some(sent) if taken.len() < *limit => taken.push(Pass { gate, sent }),
                    Some(sent) => {
                        Pass { gate, sent }.refused(None);
                        refused += 1;
                    }
                    None => break,
                }
            }
            let count = taken.len();
            gate.lock().waiting = 1;
            for pass in taken {
                pass.answered();
            }
            (count, refused)
        };
        limits.iter().map(round).collect()
    }

    fn gate(most: usize) -> Gate {
        Gate::new(most, Retries::default())
    }

    #[test]
    fn it_finds_the_limit_and_stays_below_it() {
        for limit in [1, 2, 5, 20, 50, 90] {
            let seen = rounds(&gate(100), &vec![limit; 200]);
            let taken: usize = seen[10..].iter().map(|(taken, _)| taken).sum();
            let refused: usize = seen[10..].iter().map(|(_, refused)| refused).sum();
            assert!(taken * 100 >= 190 * limit * 95, "{limit}: {taken} of {}", 190 * limit);
            assert!(refused <= 12, "{limit}: {refused} refused");
        }
    }

    #[test]
    fn it_opens_again_when_more_is_taken() {
        let limits: Vec<usize> = [vec![40; 20], vec![4; 40], vec![60; 140]].concat();
        let seen = rounds(&gate(100), &limits);
        assert!(seen[22..60].iter().all(|(taken, refused)| *taken >= 3 && *refused <= 1), "{seen:?}");
        assert!(seen[180..].iter().all(|(taken, _)| *taken >= 44), "{seen:?}");
    }

    #[test]
    fn what_may_never_go_wider_does_not() {
        assert_eq!(rounds(&gate(7), &[50; 5]), [(7, 0); 5]);
    }

    #[tokio::test]
    async fn a_storm_shuts_it_after_a_few_requests() {
        let short = Retries { base: Duration::from_millis(1), ..Retries::default() };
        let gate = Gate::new(50, short);
        let mut under_way = Vec::new();
        for _ in 0..FIRST {
            under_way.push(gate.enter().await.unwrap());
        }
        for pass in under_way {
            pass.refused(None);
        }
        let mut more = 0;
        while let Some(pass) = gate.enter().await {
            pass.refused(None);
            more += 1;
        }
        assert_eq!((more, gate.is_shut()), (PATIENCE - 1, true));
        assert!(gate.enter().await.is_none());
    }

    #[tokio::test]
    async fn a_pause_that_was_asked_for_is_everybodys() {
        let gate = Gate::new(50, Retries { max_wait: Duration::from_millis(30), ..Retries::default() });
        let (first, second) = (gate.enter().await.unwrap(), gate.enter().await.unwrap());
        let started = Instant::now();
        second.refused(Some(Duration::from_hours(1)));
        first.answered();
        drop(gate.enter().await.unwrap());
        assert!(started.elapsed() >= Duration::from_millis(30));
    }

    #[tokio::test]
    async fn whoever_waits_gets_in_when_somebody_leaves() {
        let gate = std::sync::Arc::new(gate(2));
        let passes = [gate.enter().await.unwrap(), gate.enter().await.unwrap()];
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                let gate = gate.clone();
                tokio::spawn(async move { gate.enter().await.map(Pass::answered).is_some() })
            })
            .collect();
        tokio::task::yield_now().await;
        drop(passes);
        for task in waiting {
            assert!(tokio::time::timeout(Duration::from_secs(10), task).await.unwrap().unwrap());
        }
    }
}
