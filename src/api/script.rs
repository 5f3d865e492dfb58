//! A server for tests that answers what it is told, request by request, and counts.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Client, Endpoint, Retries, Settings};
use crate::model::{AccountSid, Credential, KeyPair, KeySid, Secret};

/// What happens after a request was read whole.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// Status, more header lines, each ended by CR LF, and body; the connection stays.
    Whole(u16, &'static str, String),
    /// These bytes, then the end of the connection, without having announced it.
    BytesThenClose(String),
    /// The end of the connection.
    Close,
    /// Nothing, for ever.
    Silence,
}

/// A whole answer with a JSON body.
pub(super) fn json(status: u16, body: &str) -> Reply {
    Reply::Whole(status, "", body.to_owned())
}

pub(super) fn raw(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nTwilio-Request-Id: RQ7\r\n{headers}\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

pub(super) struct Script {
    pub(super) base: String,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Script {
    /// Listens, and plays the replies in the order the requests come. `BASE` in a reply stands for its own address.
    pub(super) async fn play(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let script = Self {
            base: base.clone(),
            replies: Arc::new(Mutex::new(replies.into_iter().collect())),
            seen: Arc::default(),
        };
        let (replies, seen) = (script.replies.clone(), script.seen.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, base.clone(), replies.clone(), seen.clone()));
            }
        });
        script
    }

    /// The requests seen, each as its first line with its body.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    pub(super) fn settings(&self) -> Settings {
        Settings {
            retries: Retries {
                attempts: 3,
                base: Duration::from_millis(1),
                cap: Duration::from_millis(2),
                max_wait: Duration::from_millis(40),
            },
            timeout: Duration::from_secs(1),
            ..Settings::new(Endpoint::custom(&self.base).unwrap())
        }
    }

    pub(super) fn client(&self) -> Client {
        Client::new(self.settings())
    }
}

async fn serve(
    mut stream: TcpStream,
    base: String,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    seen: Arc<Mutex<Vec<String>>>,
) {
    while let Some(request) = read(&mut stream).await {
        seen.lock().unwrap().push(request);
        let reply = replies.lock().unwrap().pop_front().unwrap_or(Reply::Close);
        match reply {
            Reply::Whole(status, headers, body) => {
                let bytes = raw(status, headers, &body.replace("BASE", &base));
                stream.write_all(bytes.as_bytes()).await.unwrap();
            }
            Reply::BytesThenClose(bytes) => {
                stream.write_all(bytes.as_bytes()).await.unwrap();
                return;
            }
            Reply::Close => return,
            Reply::Silence => std::future::pending().await,
        }
    }
}

/// Reads a request to its end, and gives its first line and its body.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                assert!(head.to_ascii_lowercase().contains("authorization: basic "), "{head}");
                assert!(head.to_ascii_lowercase().contains("accept: application/json"), "{head}");
                let line = head.lines().next()?.trim_end_matches(" HTTP/1.1");
                return Some(format!("{line} {body}").trim_end().to_owned());
            }
        }
        let mut part = [0; 4096];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&part[..count]),
        }
    }
}

pub(super) fn account() -> AccountSid {
    AccountSid::parse(&format!("AC{}", "0123456789abcdef".repeat(2))).unwrap()
}

pub(super) fn child() -> AccountSid {
    AccountSid::parse(&format!("AC{}", "fedcba9876543210".repeat(2))).unwrap()
}

pub(super) fn sid() -> KeySid {
    KeySid::parse(&format!("SK{}", "0123456789abcdef".repeat(2))).unwrap()
}

pub(super) fn token() -> Credential {
    Credential::AuthToken { account: account(), token: Secret::new("ab".repeat(16)) }
}

pub(super) fn pair() -> KeyPair {
    KeyPair { sid: sid(), secret: Secret::new("aZ9".repeat(10)) }
}

pub(super) fn key() -> Credential {
    Credential::ApiKey { account: account(), pair: pair() }
}
