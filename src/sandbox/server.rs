//! The server: connections, the course of one exchange, and where a fault strikes in it.
//!
//! The work runs in a task of its own. hyper drops the future of a request when its connection closes; Twilio, once it has
//! a request, carries it out. The faults that matter most live in that gap.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::call::{Call, tame};
use super::dice::Dice;
use super::fault::{Armed, Effect, Garble, Moment};
use super::hold::{HeldInfo, Holds};
use super::log::{End, ExchangeLog, Log};
use super::routes;
use super::state::State;
use super::wire::{Answer, Refusal, http_date};
use super::{Clock, Options, RateLimit, Rules};
use crate::model::digest::sha256_hex;

/// The coarseness of the runtime's timers, and some.
const COARSE: Duration = Duration::from_millis(2);

/// So many requests at once are answered to the moment.
const FEW: usize = 4;

/// The largest body taken; Twilio's calls are a few hundred bytes.
const BODY_MAX: usize = 1 << 20;

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
struct Dropped;

/// What the tasks of a sandbox and its handle share.
pub(super) struct Shared {
    world: Mutex<World>,
    faults: Mutex<Armed>,
    pub(super) holds: Holds,
    pub(super) log: Log,
    count: AtomicU64,
    busy: AtomicUsize,
    rules: Rules,
    limit: RateLimit,
    latency: Duration,
    now: Clock,
    seed: u64,
    finish_abandoned: bool,
}

struct World {
    state: State,
    dice: Dice,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("count", &self.count).field("busy", &self.busy).finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new(state: State, options: Options) -> Self {
        // A state that was saved and loaded goes on with other SIDs and secrets than it started with.
        let dice = Dice::new(options.seed ^ state.made().wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Self {
            world: Mutex::new(World { state, dice }),
            faults: Mutex::new(Armed::new(options.faults)),
            holds: Holds::default(),
            log: Log::default(),
            count: AtomicU64::new(0),
            busy: AtomicUsize::new(0),
            rules: options.rules,
            limit: options.limit,
            latency: options.latency,
            now: options.now,
            seed: options.seed,
            finish_abandoned: options.finish_abandoned,
        }
    }

    pub(super) fn with_state<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner).state)
    }

    pub(super) fn with_faults<T>(&self, f: impl FnOnce(&mut Armed) -> T) -> T {
        f(&mut self.faults.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does what was asked: the one place where state changes on a request.
    fn work(&self, call: &Call) -> Answer {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let World { state, dice } = &mut *world;
        let answer = routes::answer(call, state, dice, &self.rules, (self.now)()).unwrap_or_else(Refusal::answer);
        self.log.note(call.n, |entry| entry.status = Some(answer.status));
        answer
    }
}

/// Accepts connections until told to stop.
pub(super) async fn accept(listener: std::net::TcpListener, shared: Arc<Shared>, mut stopped: oneshot::Receiver<()>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => return,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of descriptors, as a rule; without a pause this loop would spin.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        // Small answers would wait for the client's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(|request| serve(Arc::clone(&shared), peer.ip(), request));
            // An error here is a client that went away or a fault that closed the connection.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// Tells the work that the connection it was for is no more.
struct Connected {
    shared: Arc<Shared>,
    n: u64,
    gone: Arc<AtomicBool>,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
        self.shared.log.note(self.n, |entry| entry.client_gone = entry.end == End::Open);
    }
}

/// One request under way; counted for the limit and for `Twilio-Concurrent-Requests`.
struct Busy<'a>(&'a AtomicUsize);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn serve(
    shared: Arc<Shared>,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Dropped> {
    let n = shared.count.fetch_add(1, Ordering::Relaxed) + 1;
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_MAX).collect().await;
    let call = Call::new(n, &head, &body.map_err(|_| Dropped)?.to_bytes(), peer);
    shared.log.open(ExchangeLog {
        n,
        method: call.method.clone(),
        path: tame(&call.path),
        route: routes::name(&call.method, &call.path),
        user: call.user().map(str::to_owned),
        fault: None,
        status: None,
        client_gone: false,
        end: End::Open,
    });
    let gone = Arc::new(AtomicBool::new(false));
    let connected = Connected { shared: Arc::clone(&shared), n, gone: Arc::clone(&gone) };
    let work = tokio::spawn(exchange(Arc::clone(&shared), call, gone));
    let response = work.await.ok().flatten();
    drop(connected);
    response.ok_or(Dropped)
}

/// The course of one exchange; `None` closes the connection without an answer.
async fn exchange(shared: Arc<Shared>, call: Call, gone: Arc<AtomicBool>) -> Option<Response<Full<Bytes>>> {
    let started = tokio::time::Instant::now();
    let load = shared.busy.fetch_add(1, Ordering::Relaxed) + 1;
    let busy = Busy(&shared.busy);
    let effect = shared.with_faults(|faults| faults.pick(call.n, &call.method, &call.path));
    if let Some(effect) = &effect {
        shared.log.note(call.n, |entry| entry.fault = Some(effect.to_string()));
    }
    let payload = if shared.limit.concurrent.is_some_and(|most| load > most) {
        Some(Payload::of(refuse(&shared, &call, Refusal::throttled(shared.limit.retry_after))))
    } else {
        if !shared.latency.is_zero() {
            no_sooner(started + shared.latency, load).await;
        }
        strike(&shared, &call, &gone, effect).await
    };
    drop(busy);
    let end = match &payload {
        None => End::Dropped,
        Some(_) if gone.load(Ordering::Relaxed) => End::Gone,
        Some(_) => End::Answered,
    };
    let response = payload.and_then(|payload| respond(&shared, &call, payload, load, started.elapsed()));
    shared.log.note(call.n, |entry| entry.end = end);
    response
}

/// Waits for a moment and not much longer: the runtime's timers are a millisecond coarse, so the last of it is spent
/// asking the clock. With many requests at once that would be all the time there is, and the millisecond is theirs.
async fn no_sooner(moment: tokio::time::Instant, load: usize) {
    tokio::time::sleep_until(if load > FEW { moment } else { moment - COARSE }).await;
    while tokio::time::Instant::now() < moment {
        tokio::task::yield_now().await;
    }
}

/// The work, with what a fault does before, after or instead of it.
async fn strike(shared: &Shared, call: &Call, gone: &AtomicBool, effect: Option<Effect>) -> Option<Payload> {
    match effect {
        None => Some(Payload::of(shared.work(call))),
        Some(Effect::Refuse { status, code }) => {
            let refusal = Refusal::new(status, code, "The sandbox refused this request because it was told to");
            Some(Payload::of(refuse(shared, call, refusal)))
        }
        Some(Effect::Throttle { retry_after }) => {
            Some(Payload::of(refuse(shared, call, Refusal::throttled(retry_after))))
        }
        Some(Effect::Slow(delay)) => {
            tokio::time::sleep(delay).await;
            Some(Payload::of(shared.work(call)))
        }
        Some(Effect::Garble(Garble::Html)) => {
            Some(Payload::raw("text/html", "<!DOCTYPE html><html><body><h1>Sign in to the network</h1></body></html>"))
        }
        Some(Effect::Garble(Garble::Text)) => Some(Payload::raw("application/json", "upstream said no")),
        Some(Effect::Garble(Garble::Truncated)) => {
            let mut payload = Payload::of(shared.work(call));
            payload.body.truncate(payload.body.len() / 2);
            Some(payload)
        }
        Some(Effect::DropBefore) => None,
        Some(Effect::CommitThenDrop) => {
            shared.work(call);
            None
        }
        Some(Effect::Hold { moment, limit }) => {
            let info = HeldInfo { n: call.n, method: call.method.clone(), path: tame(&call.path), moment };
            match moment {
                Moment::Before => {
                    shared.holds.park(info, limit).await;
                    if gone.load(Ordering::Relaxed) && !shared.finish_abandoned {
                        return None;
                    }
                    Some(Payload::of(shared.work(call)))
                }
                Moment::After => {
                    let payload = Payload::of(shared.work(call));
                    shared.holds.park(info, limit).await;
                    Some(payload)
                }
            }
        }
        Some(Effect::ForeignPage(origin)) => {
            let mut answer = shared.work(call);
            lead_away(&mut answer, call, &origin);
            Some(Payload::of(answer))
        }
        Some(Effect::Redirect(origin)) => {
            let location = format!("{origin}{}", call.path);
            shared.log.note(call.n, |entry| entry.status = Some(307));
            Some(Payload::of(Answer { status: 307, body: None, headers: vec![("Location", location)] }))
        }
    }
}

fn refuse(shared: &Shared, call: &Call, refusal: Refusal) -> Answer {
    shared.log.note(call.n, |entry| entry.status = Some(refusal.status));
    refusal.answer()
}

/// Makes the link to the next page lead to another host, also where there was none.
fn lead_away(answer: &mut Answer, call: &Call, origin: &str) {
    let link = json!(format!("{origin}{}?PageSize=50&Page=1&PageToken=PAelsewhere", call.path));
    let Some(Value::Object(body)) = &mut answer.body else { return };
    if let Some(next) = body.get_mut("next_page_uri") {
        *next = link;
    } else if let Some(meta) = body.get_mut("meta").and_then(Value::as_object_mut) {
        meta.insert("next_page_url".to_owned(), link);
    }
}

/// An answer as bytes.
struct Payload {
    status: u16,
    content_type: Option<&'static str>,
    body: Vec<u8>,
    headers: Vec<(&'static str, String)>,
}

impl Payload {
    fn of(answer: Answer) -> Self {
        let body = answer.body.as_ref().map(|body| body.to_string().into_bytes());
        Self {
            status: answer.status,
            content_type: body.is_some().then_some("application/json; charset=utf-8"),
            body: body.unwrap_or_default(),
            headers: answer.headers,
        }
    }

    fn raw(content_type: &'static str, body: &str) -> Self {
        Self { status: 200, content_type: Some(content_type), body: body.as_bytes().to_vec(), headers: Vec::new() }
    }
}

/// The answer with the headers every answer of Twilio has.
fn respond(
    shared: &Shared,
    call: &Call,
    payload: Payload,
    load: usize,
    took: Duration,
) -> Option<Response<Full<Bytes>>> {
    let request_id = sha256_hex(format!("{}/{}", shared.seed, call.n).as_bytes());
    let mut response = Response::builder()
        .status(payload.status)
        .header("Date", http_date((shared.now)()))
        .header("Twilio-Request-Id", format!("RQ{}", &request_id[..32]))
        .header("Twilio-Concurrent-Requests", load)
        .header("Twilio-Request-Duration", format!("{:.3}", took.as_secs_f64()))
        .header("X-Home-Region", shared.rules.region.as_str())
        .header("X-Api-Domain", call.host.as_str());
    if let Some(content_type) = payload.content_type {
        response = response.header("Content-Type", content_type);
    }
    for (name, value) in payload.headers {
        response = response.header(name, value);
    }
    response.body(Full::new(Bytes::from(payload.body))).ok()
}
