//! The two legs of the way through Prism, served on a thread of their own.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;

use super::errors_in;
use super::operations::Operations;

/// Carries the client's `Host` past Prism.
const CARRIED_HOST: &str = "x-carried-host";

/// A request that went through, and what was wrong with it or its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) violations: Vec<String>,
}

/// Both legs' listeners, before Prism is there to stand between them.
pub(super) struct Prepared {
    front: TcpListener,
    back: TcpListener,
}

impl Prepared {
    /// Takes two free ports.
    pub(super) fn bind() -> Self {
        let bind = || {
            let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            listener.set_nonblocking(true).unwrap();
            listener
        };
        Self { front: bind(), back: bind() }
    }

    /// Where Prism is to send what it found good.
    pub(super) fn back_url(&self) -> String {
        format!("http://{}", self.back.local_addr().unwrap())
    }

    /// Serves both: the front leg leads to Prism, the back leg from Prism to the service.
    pub(super) fn serve(self, prism: &str, upstream: &str, operations: Operations) -> Legs {
        let front = self.front.local_addr().unwrap();
        let shared = Arc::new(Shared {
            client: client(),
            prism: prism.to_owned(),
            upstream: upstream.to_owned(),
            operations,
            seen: Mutex::new(Vec::new()),
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let served = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = accept(self.front, Arc::clone(&served), Leg::Front) => {}
                    () = accept(self.back, served, Leg::Back) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        Legs { front, shared, stop: Some(stop), thread: Some(thread) }
    }
}

/// Both legs, until they go out of scope.
pub(super) struct Legs {
    front: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Legs {
    pub(super) fn front_url(&self) -> String {
        format!("http://{}", self.front)
    }

    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.shared.seen.lock().unwrap().clone()
    }
}

impl Drop for Legs {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Leg {
    Front,
    Back,
}

struct Shared {
    client: reqwest::Client,
    prism: String,
    upstream: String,
    operations: Operations,
    seen: Mutex<Vec<Exchange>>,
}

/// A client that adds nothing, follows nothing and goes through no proxy.
fn client() -> reqwest::Client {
    // reqwest asks for a provider even where there is no TLS; a second call finds the first one's.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, leg: Leg) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(|request| carry(Arc::clone(&shared), leg, request));
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// One request along one leg. An error closes the connection, which is what the next part would see of it.
async fn carry(
    shared: Arc<Shared>,
    leg: Leg,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let mut headers = head.headers;
    let to = match leg {
        Leg::Front => {
            let host = headers.get(HOST).cloned().unwrap_or(HeaderValue::from_static(""));
            headers.insert(CARRIED_HOST, host);
            headers.remove(HOST);
            &shared.prism
        }
        Leg::Back => {
            if let Some(host) = headers.remove(CARRIED_HOST) {
                headers.insert(HOST, host);
            }
            &shared.upstream
        }
    };
    for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    let target = head.uri.path_and_query().map_or("/", |it| it.as_str());
    let sent =
        shared.client.request(head.method.clone(), format!("http://{to}{target}")).headers(headers).body(body.clone());
    let (status, mut headers, answered) = match answer(sent).await {
        Ok(answer) => answer,
        Err(error) => (502, HeaderMap::new(), Bytes::from(format!("the leg to {to}: {error}"))),
    };
    if matches!(leg, Leg::Front) {
        let (method, path) = (head.method.as_str().to_owned(), head.uri.path().to_owned());
        let query = head.uri.query().unwrap_or("");
        let mut violations = shared.operations.unknown_parameters(&method, &path, query, &body);
        violations.extend(found(&method, &path, status, &headers, &answered));
        shared.seen.lock().unwrap().push(Exchange { method, path, violations });
    }
    for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    let mut response = Response::new(Full::new(answered));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap();
    *response.headers_mut() = headers;
    Ok(response)
}

async fn answer(request: reqwest::RequestBuilder) -> Result<(u16, HeaderMap, Bytes), reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok((status, headers, response.bytes().await?))
}

/// What Prism found wrong: in its header, or in the answer it gave instead of the service's.
fn found(method: &str, path: &str, status: u16, headers: &HeaderMap, body: &Bytes) -> Vec<String> {
    let text = |value: Option<&HeaderValue>| value.and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    let header = text(headers.get("sl-violations"));
    let mut found = if header.is_empty() { Vec::new() } else { errors_in(&header) };
    if found.is_empty() && (text(headers.get(CONTENT_TYPE)).contains("problem+json") || status == 502) {
        found.push(String::from_utf8_lossy(body).into_owned());
    }
    found.into_iter().map(|what| format!("{method} {path} {status}: {what}")).collect()
}
