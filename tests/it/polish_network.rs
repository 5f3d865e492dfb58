//! A proxy that is not there, or says no; a certificate that is not to be trusted.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use insta::assert_snapshot;

use crate::support::front::{Front, Role, certificate};
use crate::support::{Ran, World, account_sid, token};

/// A world that asks Twilio itself, through a proxy at this address.
fn behind(proxy: &str) -> World {
    World::new().with_token().env("TWCRED_API_URL", "").env("HTTPS_PROXY", proxy)
}

/// A server that answers whatever comes with this; it ends with the test's process.
fn answering(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // What is asked is small enough to come at once.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    addr
}

fn said(ran: &Ran, addr: SocketAddr) -> String {
    ran.to_string().replace(&addr.to_string(), "PROXY")
}

#[test]
fn a_proxy_that_is_not_there() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let world = behind(&format!("http://somebody:s3cr3tword@{closed}"));
    let ran = world.run(&["keys", "list"]);
    assert!(!ran.raw_err.contains("s3cr3tword") && !ran.raw_err.contains("somebody"), "{ran}");
    assert_snapshot!(said(&ran, closed), @r"
    exit: 75
    --- stderr
    error: cannot list the keys of AC.1..............................
      because: could not connect to the proxy PROXY, which leads to iam.twilio.com: Connection refused (os error 111)
    hint: HTTPS_PROXY or ALL_PROXY names this proxy: put it right, or name the host in NO_PROXY to go without it; then run the same command again
    ");
    let world = behind("http://no.such.proxy.invalid:3128");
    let ran = world.run(&["whoami"]);
    assert_eq!(ran.code, Some(75), "{ran}");
    assert!(ran.err.contains("proxy no.such.proxy.invalid:3128"), "{ran}");
}

#[test]
fn a_proxy_that_says_no() {
    let addr = answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    assert_snapshot!(said(&behind(&format!("http://{addr}")).run(&["keys", "list"]), addr), @r"
    exit: 75
    --- stderr
    error: cannot list the keys of AC.1..............................
      because: the proxy PROXY did not lead on to iam.twilio.com: it refused the CONNECT
    hint: have iam.twilio.com allowed there: curl -v https://iam.twilio.com shows the proxy's own words
    hint: HTTPS_PROXY or ALL_PROXY names this proxy: put it right, or name the host in NO_PROXY to go without it; then run the same command again
    ");
    let addr = answering("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    assert_snapshot!(said(&behind(&format!("http://{addr}")).run(&["keys", "list"]), addr), @r"
    exit: 75
    --- stderr
    error: cannot list the keys of AC.1..............................
      because: the proxy PROXY did not lead on to iam.twilio.com: it asks for a user name and a password
    hint: put them into the address of the proxy: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT
    ");
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_certificate_that_is_not_to_be_trusted() {
    let world = World::new().with_token();
    let Some(config) = certificate(world.home.path(), "DNS:other.example") else { return };
    let front = Front::start(Role::Tls(config), world.sandbox.addr());
    let world = world.env("TWCRED_API_URL", &format!("https://{}", front.addr));
    let unknown = world.run(&["whoami"]);
    assert!(unknown.err.contains("--ca-file FILE"), "{unknown}");
    let cert = world.path("cert.pem");
    let misnamed = world.run(&["whoami", "--ca-file", cert.to_str().unwrap()]);
    assert_eq!(misnamed.code, Some(1), "{misnamed}");
    assert!(misnamed.err.contains("other.example") && !misnamed.err.contains("--ca-file"), "{misnamed}");
    assert!(misnamed.err.contains("hint: the certificate is another host's"), "{misnamed}");
}

#[test]
fn what_speaks_no_tls() {
    let addr = answering("HTTP/1.1 400 Bad Request\r\n\r\n");
    let ran = World::new().with_token().env("TWCRED_API_URL", &format!("https://{addr}")).run(&["whoami"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(!ran.err.contains("--ca-file") && ran.err.contains("speaks no TLS"), "{ran}");
}

/// What answers in the place of Twilio may repeat what it was sent, the way it was sent.
#[test]
fn a_header_that_an_answer_repeats_is_not_shown() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut asked = [0; 4096];
            let size = stream.read(&mut asked).unwrap_or_default();
            let asked = String::from_utf8_lossy(&asked[..size]).into_owned();
            let basic = asked.split_once("Basic ").and_then(|(_, rest)| rest.split_whitespace().next());
            let basic = basic.unwrap_or_default();
            let body = format!("{{\"code\":20003,\"message\":\"no {basic} and no {}\"}}", basic.trim_end_matches('='));
            let head = "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\nconnection: close\r\ntwilio-request-id: ";
            let _ = write!(stream, "{head}{basic}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        }
    });
    let basic = BASE64_STANDARD.encode(format!("{}:{}", account_sid('a'), token()));
    let world = World::new().with_token().env("TWCRED_API_URL", &format!("http://{addr}"));
    for args in [&["whoami"][..], &["keys", "list"], &["keys", "list", "-v"]] {
        let ran = world.run(args);
        assert!(ran.code != Some(0) && format!("{}{}", ran.raw_out, ran.raw_err).contains("no … and no …"), "{ran}");
        assert!(!format!("{}{}", ran.raw_out, ran.raw_err).contains(&basic[..48]), "{ran}");
    }
}
