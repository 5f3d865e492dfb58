//! What may stand between a client and Twilio: something that speaks TLS, a proxy, something that changes what is said.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// Changes a body: of which exchange, such as `POST /v1/Keys`, and the body.
pub(crate) type Change = Box<dyn Fn(&str, String) -> String + Send + Sync>;

/// What a front does with a connection.
pub(crate) enum Role {
    /// Ends TLS and passes on what was inside.
    Tls(Arc<rustls::ServerConfig>),
    /// Takes `CONNECT`, whatever the host, and leads it on.
    Proxy,
    /// Changes the bodies of requests and answers.
    Rewrite(Change, Change),
}

/// A server on loopback that leads to another; gone when dropped.
pub(crate) struct Front {
    pub(crate) addr: SocketAddr,
    /// Hosts that a proxy was asked for.
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Front {
    pub(crate) fn start(role: Role, to: SocketAddr) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        let (stop, mut stopped) = oneshot::channel();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (role, heard) = (Arc::new(role), asked.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                loop {
                    tokio::select! {
                        accepted = listener.accept() => {
                            let (stream, _) = accepted.unwrap();
                            let (role, heard) = (role.clone(), heard.clone());
                            // A client that goes away ends its own connection and nothing else.
                            tokio::spawn(async move { drop(serve(&role, stream, to, &heard).await) });
                        }
                        _ = &mut stopped => return,
                    }
                }
            });
            runtime.shutdown_background();
        });
        Self { addr, asked, stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().unwrap().join();
    }
}

async fn serve(role: &Role, mut client: TcpStream, to: SocketAddr, asked: &Mutex<Vec<String>>) -> std::io::Result<()> {
    match role {
        Role::Tls(config) => {
            let mut inner = tokio_rustls::TlsAcceptor::from(config.clone()).accept(client).await?;
            let mut server = TcpStream::connect(to).await?;
            tokio::io::copy_bidirectional(&mut inner, &mut server).await.map(drop)
        }
        Role::Proxy => {
            let (head, _) = message(&mut client).await?;
            asked.lock().unwrap().push(head.split(' ').nth(1).unwrap_or_default().to_owned());
            let mut server = TcpStream::connect(to).await?;
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
            tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
        }
        Role::Rewrite(request, answer) => {
            let (head, body) = message(&mut client).await?;
            let what = head.split(' ').take(2).collect::<Vec<_>>().join(" ");
            let mut server = TcpStream::connect(to).await?;
            server.write_all(&with_body(&head, &request(&what, body))).await?;
            let (head, body) = message(&mut server).await?;
            client.write_all(&with_body(&head, &answer(&what, body))).await
        }
    }
}

/// A head without its blank line, and the body that it announces.
async fn message(stream: &mut TcpStream) -> std::io::Result<(String, String)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap().trim_end().to_owned();
    let announced = head.lines().find_map(|line| {
        line.to_ascii_lowercase().strip_prefix("content-length:").map(|size| size.trim().parse::<usize>().unwrap())
    });
    let mut body = vec![0; announced.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    Ok((head, String::from_utf8(body).unwrap()))
}

fn with_body(head: &str, body: &str) -> Vec<u8> {
    let ours = ["content-length:", "connection:"];
    let kept = head.lines().filter(|line| !ours.iter().any(|name| line.to_ascii_lowercase().starts_with(name)));
    let head = kept.collect::<Vec<_>>().join("\r\n");
    // One exchange a connection; an answer without content says no length.
    let length = if head.contains(" 204 ") { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    format!("{head}\r\n{length}connection: close\r\n\r\n{body}").into_bytes()
}

/// A certificate for these names that nobody trusts yet, made now: `cert.pem` and its key in this folder. `None` without
/// the openssl program, which is then said.
pub(crate) fn certificate(folder: &Path, names: &str) -> Option<Arc<rustls::ServerConfig>> {
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=test", "-addext", &format!("subjectAltName={names}")])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .output();
    let Ok(made) = made else {
        super::skipped("TLS", "there is no openssl to make a certificate with");
        return None;
    };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let chain = CertificateDer::pem_file_iter(&cert).unwrap().map(Result::unwrap).collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(&key).unwrap())
        .unwrap();
    Some(Arc::new(config))
}
