//! What is repeated and what is not, how long is waited, and where an answer is cut off.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::api::script::{Reply, Script, account, json, raw, token};
use crate::api::{Client, Distrust, Endpoint, Malformed};

const EMPTY: &str = r#"{"keys":[],"meta":{"next_page_url":null}}"#;

async fn list(replies: Vec<Reply>) -> (Result<usize, Error>, usize) {
    let script = Script::play(replies).await;
    let result = script.client().all_keys(&token(), &account()).await;
    (result.map(|(keys, _)| keys.len()), script.seen().len())
}

#[tokio::test]
async fn a_read_is_repeated_where_that_may_help() {
    let good = || json(200, EMPTY);
    for failure in [json(429, ""), json(500, ""), json(503, "<html>"), Reply::Close] {
        let (result, seen) = list(vec![failure, good()]).await;
        assert_eq!((result.unwrap(), seen), (0, 2));
    }
    let torn = Reply::BytesThenClose(raw(200, "", EMPTY).replace("}}", "}"));
    assert_eq!(list(vec![torn, good()]).await.1, 2);
    let (result, seen) = list(vec![json(500, ""), Reply::Close, json(502, ""), good()]).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.attempts(), seen), (&Kind::Server, Some(502), 3, 3));
    assert!(error.is_temporary());
    assert!(error.to_string().ends_with("failed at GET /v1/Keys (HTTP 502, request RQ7)"), "{error}");
    for failure in [json(400, r#"{"code":20001,"message":"x"}"#), json(403, "<html>"), json(200, "<html>")] {
        assert_eq!(list(vec![failure, good()]).await.1, 1);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let script = Script::play([]).await;
    let to = "Location: http://evil.example/v1/Keys\r\n";
    let (result, seen) = list(vec![Reply::Whole(302, to, String::new()), json(200, EMPTY)]).await;
    assert_eq!(*result.unwrap_err().kind(), Kind::Redirected { host: Some("evil.example".into()) });
    assert_eq!((seen, script.seen().len()), (1, 0));
}

#[tokio::test]
async fn a_silent_server_costs_one_timeout() {
    for reply in [Reply::Silence, Reply::Whole(200, "X: y\r\n", String::new())] {
        let (result, seen) = list(vec![reply, Reply::Silence]).await;
        let error = result.unwrap_err();
        if error.status().is_none() {
            assert_eq!(*error.kind(), Kind::Unreachable(Unreachable::Timeout));
        }
        assert_eq!(seen, 1);
    }
}

#[tokio::test]
async fn the_server_says_how_long_to_wait() {
    // It is waited for as long as the settings allow, and no test would see the end of a day.
    for (header, least) in [
        ("Retry-After: 86400\r\n", 40),
        ("Date: Wed, 04 Mar 2026 10:23:47 GMT\r\nRetry-After: Wed, 04 Mar 2026 10:23:49 GMT\r\n", 40),
        ("Date: Wed, 04 Mar 2026 10:23:47 GMT\r\nRetry-After: Thu, 05 Mar 2026 10:23:47 GMT\r\n", 40),
        ("Retry-After: 0\r\n", 0),
        ("Retry-After: soon\r\n", 0),
    ] {
        let script = Script::play([Reply::Whole(429, header, String::new()), json(200, EMPTY)]).await;
        let started = Instant::now();
        script.client().all_keys(&token(), &account()).await.unwrap();
        assert!(started.elapsed() >= Duration::from_millis(least), "{header}");
    }
    let at = parse_twilio("Wed, 04 Mar 2026 10:23:47 GMT");
    assert_eq!(retry_after("Wed, 04 Mar 2026 10:23:59 GMT", at), Some(Duration::from_secs(12)));
    assert_eq!(retry_after("Wed, 04 Mar 2026 10:23:59 GMT", None), None);
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let announced = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{".to_owned();
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, " ".repeat(1 << 20));
    let endless = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(9));
    for bytes in [announced, endless] {
        let script = Script::play([Reply::BytesThenClose(bytes)]).await;
        let client = Client::new(Settings { timeout: Duration::from_mins(1), ..script.settings() });
        let error = client.all_keys(&token(), &account()).await.unwrap_err();
        assert_eq!(*error.kind(), Kind::Malformed(Malformed::TooLarge { limit: PAGE_CAP }));
        assert_eq!(script.seen().len(), 1);
    }
}

#[tokio::test]
async fn attempts_are_observed_and_the_servers_clock_is_known() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let script =
        Script::play([Reply::Close, Reply::Whole(200, "Date: Wed, 04 Mar 2026 10:23:47 GMT\r\n", EMPTY.into())]).await;
    let mut settings = script.settings();
    let seen = lines.clone();
    settings.observer = Some(Arc::new(move |x: &Exchange<'_>| {
        let path = x.url.split("/v1").nth(1).unwrap_or_default().split('=').next().unwrap_or_default();
        seen.lock().unwrap().push(format!("{} {path} {:?} {:?} {}", x.method, x.status, x.request_id, x.attempt));
    }));
    let client = Client::new(settings);
    assert_eq!(client.last_server_time(), None);
    client.all_keys(&token(), &account()).await.unwrap();
    assert_eq!(client.last_server_time().unwrap().to_string(), "2026-03-04T10:23:47Z");
    let lines = lines.lock().unwrap();
    assert_eq!(*lines, ["GET /Keys?AccountSid None None 1", "GET /Keys?AccountSid Some(200) Some(\"RQ7\") 2"]);
}

#[tokio::test]
async fn what_failed_before_sending_is_told_apart() {
    let script = Script::play([]).await;
    let ask = async |endpoint: &str, extra_ca_pem: Option<&[u8]>| {
        let endpoint = Endpoint::custom(endpoint).unwrap();
        let extra_ca_pem = extra_ca_pem.map(<[u8]>::to_vec);
        let client = Client::new(Settings { endpoint, extra_ca_pem, ..script.settings() });
        client.all_keys(&token(), &account()).await.unwrap_err()
    };
    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = plain.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad\r\n\r\n").await.unwrap();
    });
    let tls = ask(&format!("https://{address}"), None).await;
    assert_eq!((tls.kind(), tls.attempts()), (&Kind::Unreachable(Unreachable::Tls(Distrust::NoTls)), 1), "{tls}");
    let silent = ask(&script.base.replace("http://", "https://"), None).await;
    assert_eq!((silent.kind(), silent.is_unsent()), (&Kind::Unreachable(Unreachable::Connect), true), "{silent}");
    assert_eq!(*ask("https://127.0.0.1:1", None).await.kind(), Kind::Unreachable(Unreachable::Connect));
    assert_eq!(*ask("https://127.0.0.1:1", Some(b"no")).await.kind(), Kind::Setup);
    assert_eq!(script.seen().len(), 0);
}
