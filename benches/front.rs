//! TLS before a service that speaks plain HTTP, for `benches/run`: every program that is compared passes through it.
//!
//! `front UPSTREAM CERTIFICATE KEY` listens on a free port of 127.0.0.1, writes the port to standard output and serves
//! until its standard input ends. A client that begins with TLS is served at once; one that begins with `CONNECT` gets its
//! tunnel first, to this same server whatever host it names. It is compiled, and does one thing a request, so that little
//! of the measured time is its own.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use anyhow::Context as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [upstream, certificate, key] = arguments.as_slice() else {
        anyhow::bail!("usage: front UPSTREAM CERTIFICATE KEY");
    };
    let config = Arc::new(config(certificate, key)?);
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    writeln!(io::stdout(), "{}", listener.local_addr()?.port())?;
    let upstream = upstream.clone();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (config, upstream) = (Arc::clone(&config), upstream.clone());
            // An error here is a client that went away.
            thread::spawn(move || drop(serve(client, config, &upstream)));
        }
    });
    io::copy(&mut io::stdin().lock(), &mut io::sink())?;
    Ok(())
}

fn config(certificate: &str, key: &str) -> anyhow::Result<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key).context("the key")?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn serve(mut client: TcpStream, config: Arc<ServerConfig>, upstream: &str) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut first = [0];
    client.peek(&mut first)?;
    if first == *b"C" {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            // A byte at a time: what follows the head belongs to TLS.
            client.read_exact(&mut first)?;
            head.push(first[0]);
        }
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    }
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut client = BufReader::new(StreamOwned::new(connection, client));
    let server = TcpStream::connect(upstream)?;
    server.set_nodelay(true)?;
    let mut server = BufReader::with_capacity(64 * 1024, server);
    loop {
        let (mut head, length) = message(&mut client)?;
        // By this the service knows that its links must be https.
        head.truncate(head.len() - 2);
        head.extend_from_slice(b"X-Forwarded-Proto: https\r\n\r\n");
        copy(&mut client, server.get_mut(), head, length)?;
        let (head, length) = message(&mut server)?;
        copy(&mut server, client.get_mut(), head, length)?;
    }
}

/// Reads a head, and the length of the body that follows. The sandbox announces every body.
fn message(from: &mut impl BufRead) -> io::Result<(Vec<u8>, u64)> {
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let start = head.len();
        if from.read_until(b'\n', &mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = &head[start..];
        if line == b"\r\n" {
            return Ok((head, length));
        }
        if let Some((name, value)) = std::str::from_utf8(line).ok().and_then(|line| line.split_once(':'))
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
}

/// Sends a head and its body, in one piece if it is small.
fn copy(from: &mut impl BufRead, to: &mut impl Write, mut bytes: Vec<u8>, length: u64) -> io::Result<()> {
    from.take(length).read_to_end(&mut bytes)?;
    to.write_all(&bytes)?;
    to.flush()
}
