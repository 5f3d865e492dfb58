//! A Twilio one can break: an in-process HTTP server with state, for tests, rehearsals and `twcred sandbox`.
//!
//! It is written from Twilio's OpenAPI files and documentation and shares no wire type with the client in `api`: with one
//! struct on both sides a misspelt field would agree with itself. What Twilio does not document is settled here so that it
//! agrees with every recorded answer: the order of checks, the pairing of routes and permissions, the answer to a suspended
//! account.

mod auth;
mod call;
mod dice;
mod fault;
mod hold;
mod log;
mod paging;
mod permissions;
mod routes;
mod server;
mod state;
mod wire;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

pub use fault::{Effect, Fault, FaultError, Garble, Matcher, Moment, When};
pub use hold::HeldInfo;
pub use log::{End, ExchangeLog};
pub use state::{
    Account, AccountSeed, AccountStatus, Event, Key, KeySeed, Kind, Message, Number, Promotion, SecondaryToken,
    Service, State, StateError, Stored,
};

use crate::model::time::Timestamp;
use server::Shared;

/// How many requests may be under way at once; one more is answered 429/20429.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateLimit {
    /// The most at once; `None` for no limit.
    pub concurrent: Option<usize>,
    /// Seconds for the `Retry-After` header of a 429, if there is to be one. Twilio documents none.
    pub retry_after: Option<u64>,
}

/// The answer to a good credential of an account that is suspended or closed. Twilio's documents allow 401/20003, 403/20005,
/// 403/20403 and 401/70051.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspended {
    /// The HTTP status.
    pub status: u16,
    /// Twilio's code.
    pub code: u32,
}

impl Default for Suspended {
    fn default() -> Self {
        Self { status: 403, code: 20_005 }
    }
}

/// How long a change of Auth Tokens takes to be known everywhere. Nobody has reported a delay for Twilio's own API; its
/// Functions take about a minute. Zero by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Propagation {
    /// How long the old primary is still let in after a promotion.
    pub old_lives: Duration,
    /// How long a new secondary is not let in after its creation, promoted or not.
    pub new_unknown: Duration,
}

/// What the fake Twilio goes by, beside its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The most keys an account may have; one more is refused with 400/70151. Twilio publishes no number.
    pub max_keys: Option<usize>,
    /// The answer to an account that is not active.
    pub suspended: Suspended,
    /// How long a change of Auth Tokens takes.
    pub propagation: Propagation,
    /// The region in which this Twilio's credentials are known. A request whose `Host` is a Twilio name of another region
    /// gets 401/20003; a request to a loopback name is always of this region.
    pub region: String,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            max_keys: None,
            suspended: Suspended::default(),
            propagation: Propagation::default(),
            region: "us1".to_owned(),
        }
    }
}

/// The clock of a sandbox.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How a sandbox runs.
#[derive(Clone)]
pub struct Options {
    /// Where it listens; loopback only. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// What goes wrong, the first that matches an exchange wins.
    pub faults: Vec<Fault>,
    /// How many requests may be under way at once.
    pub limit: RateLimit,
    /// How long every request takes at least.
    pub latency: Duration,
    /// The clock its dates come from.
    pub now: Clock,
    /// The same seed, state and requests give the same SIDs and secrets.
    pub seed: u64,
    /// What it goes by.
    pub rules: Rules,
    /// Whether a request held before its work is still carried out when its client is gone at the release. Twilio would:
    /// it has the request.
    pub finish_abandoned: bool,
}

impl Options {
    /// A free port on loopback, no faults, no limit, no latency.
    #[must_use]
    pub fn new(now: Clock) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            faults: Vec::new(),
            limit: RateLimit::default(),
            latency: Duration::ZERO,
            now,
            seed: 0,
            rules: Rules::default(),
            finish_abandoned: true,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("listen", &self.listen)
            .field("faults", &self.faults)
            .field("limit", &self.limit)
            .field("latency", &self.latency)
            .field("seed", &self.seed)
            .field("rules", &self.rules)
            .field("finish_abandoned", &self.finish_abandoned)
            .finish_non_exhaustive()
    }
}

/// A running sandbox. It lives on a thread of its own, so that its owner may be synchronous, and ends when dropped; what was
/// under way then is cut off.
#[derive(Debug)]
pub struct Sandbox {
    addr: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts one. When this returns, it accepts connections.
    ///
    /// # Errors
    /// If the address is not a loopback one (`InvalidInput`), is taken, or the thread cannot be had.
    pub fn start(state: State, options: Options) -> io::Result<Self> {
        if !options.listen.ip().is_loopback() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the sandbox listens on a loopback address only"));
        }
        let listener = std::net::TcpListener::bind(options.listen)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let shared = Arc::new(Shared::new(state, options));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("sandbox".to_owned()).spawn(move || {
            runtime.block_on(server::accept(listener, served, stopped));
            // What is held or slow would otherwise keep the thread alive.
            runtime.shutdown_background();
        })?;
        Ok(Self { addr, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The origin that stands for all of Twilio's hosts: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// A copy of the state as it is now.
    #[must_use]
    pub fn state(&self) -> State {
        self.with_state(|state| state.clone())
    }

    /// Looks at the state or changes it, between two requests.
    pub fn with_state<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        self.shared.with_state(f)
    }

    /// The exchanges so far, by number; the latest 10,000. An exchange is here from its arrival on.
    #[must_use]
    pub fn exchanges(&self) -> Vec<ExchangeLog> {
        self.shared.log.all()
    }

    /// Waits until exchange `n` has ended; `None` if it has not when the time is over.
    #[must_use]
    pub fn wait_exchange(&self, n: u64, timeout: Duration) -> Option<ExchangeLog> {
        self.shared.log.wait(n, timeout)
    }

    /// Adds a fault; it counts the exchanges it matches from now on.
    pub fn add_fault(&self, fault: Fault) {
        self.shared.with_faults(|faults| faults.add(fault));
    }

    /// Takes all faults away; what is held stays held.
    pub fn clear_faults(&self) {
        self.shared.with_faults(fault::Armed::clear);
    }

    /// Will hold exchange `n`, counted over all exchanges since the start, from 1. Of no effect if it has passed already.
    pub fn hold(&self, n: u64, moment: Moment) {
        self.add_fault(Fault {
            effect: Effect::Hold { moment, limit: None },
            on: Matcher::Any,
            when: When::Exchange(n),
        });
    }

    /// Waits until an exchange is held; `None` if none is when the time is over.
    #[must_use]
    pub fn wait_held(&self, timeout: Duration) -> Option<HeldInfo> {
        self.shared.holds.wait(timeout)
    }

    /// Lets every exchange go on that is held now, and tells how many. With the client gone, the work is still done
    /// ([`Options::finish_abandoned`]); [`Sandbox::wait_exchange`] tells when.
    #[expect(clippy::must_use_candidate, reason = "called for its effect; the count is for those who doubt it")]
    pub fn release(&self) -> usize {
        self.shared.holds.release()
    }

    /// Stops it: no connection is left, and what was under way is cut off. The state can still be looked at.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A thread that ended on its own no longer listens.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop();
    }
}
