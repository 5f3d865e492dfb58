//! What goes wrong on purpose, and what is true afterwards.

use std::time::{Duration, Instant};

use super::client::{Desk, Line, SOON, basic, options, send};
use crate::sandbox::{End, Moment, RateLimit};

const MADE: [&str; 4] = ["main", "standard", "rotator", "new"];

fn try_make(desk: &Desk) -> std::io::Result<super::client::Reply> {
    let form = [("AccountSid", desk.account.as_str()), ("FriendlyName", "new")];
    send(desk.sandbox.addr(), Some(&desk.token), "POST", "/v1/Keys", &form)
}

/// Sends a create and goes away once it is held.
fn make_and_vanish(desk: &Desk) -> u64 {
    let mut line = Line::to(desk.sandbox.addr());
    let form = [("AccountSid", desk.account.as_str()), ("FriendlyName", "new")];
    line.write("POST", "/v1/Keys", &[("Authorization", &basic(&desk.token))], &form);
    let held = desk.sandbox.wait_held(SOON).unwrap();
    assert_eq!((held.method.as_str(), held.path.as_str()), ("POST", "/v1/Keys"));
    drop(line);
    // The server must see the closed connection before it is told to go on, or it would answer into the void.
    let deadline = Instant::now() + SOON;
    while !desk.sandbox.exchanges().iter().any(|entry| entry.n == held.n && entry.client_gone) {
        assert!(Instant::now() < deadline, "the server never saw that the client is gone");
        std::thread::sleep(Duration::from_millis(2));
    }
    held.n
}

#[test]
fn refused_and_throttled_do_nothing() {
    let desk = Desk::faulty("refuse:503/20503=POST /v1/Keys@1");
    assert_eq!(try_make(&desk).unwrap().code(), (503, 20503));
    assert_eq!(desk.names(), MADE[..3]);
    assert_eq!(try_make(&desk).unwrap().status, 201);
    let desk = Desk::faulty("throttle:2=*@1x2");
    let reply = try_make(&desk).unwrap();
    assert_eq!((reply.code(), reply.header("Retry-After")), ((429, 20429), Some("2")));
    assert_eq!(try_make(&desk).unwrap().status, 429);
    assert_eq!(try_make(&desk).unwrap().status, 201);
    assert_eq!(desk.names(), MADE);
}

#[test]
fn dropped_before_does_nothing_and_dropped_after_has_done_it() {
    let desk = Desk::faulty("drop-before=POST /v1/Keys@1");
    assert!(try_make(&desk).is_err());
    assert_eq!(desk.names(), MADE[..3]);
    let log = desk.sandbox.wait_exchange(1, SOON).unwrap();
    assert_eq!((log.status, log.end, log.fault.as_deref()), (None, End::Dropped, Some("drop-before")));
    assert_eq!(try_make(&desk).unwrap().status, 201);

    let desk = Desk::faulty("commit-then-drop=POST /v1/Keys@1");
    assert!(try_make(&desk).is_err());
    assert_eq!(desk.names(), MADE);
    let log = desk.sandbox.wait_exchange(1, SOON).unwrap();
    assert_eq!((log.status, log.end), (Some(201), End::Dropped));
}

#[test]
fn slow_takes_its_time() {
    let desk = Desk::faulty("slow:150ms=*");
    let started = Instant::now();
    assert_eq!(try_make(&desk).unwrap().status, 201);
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[test]
fn garbled_bodies_are_not_json() {
    for (fault, names, status) in [
        ("garble=POST /v1/Keys", &MADE[..3], 200),
        ("garble:text=POST /v1/Keys", &MADE[..3], 200),
        ("garble:truncated=POST /v1/Keys", &MADE[..], 201),
    ] {
        let desk = Desk::faulty(fault);
        let reply = try_make(&desk).unwrap();
        assert_eq!(reply.status, status, "{fault}");
        assert!(serde_json::from_str::<serde_json::Value>(&reply.body).is_err(), "{fault}");
        assert_eq!(desk.names(), names, "{fault}");
    }
}

#[test]
fn links_and_redirects_lead_away() {
    let desk = Desk::faulty("foreign-page:http://127.0.0.1:9=*");
    let v1 = desk.get(&desk.token, &format!("/v1/Keys?AccountSid={}", desk.account)).json();
    assert!(v1["meta"]["next_page_url"].as_str().unwrap().starts_with("http://127.0.0.1:9/v1/Keys?"));
    let v2010 = desk.get(&desk.token, &desk.path("/Keys.json")).json();
    assert!(v2010["next_page_uri"].as_str().unwrap().starts_with("http://127.0.0.1:9/2010-04-01/"));
    let desk = Desk::faulty("redirect=POST /v1/Keys");
    let reply = try_make(&desk).unwrap();
    assert_eq!((reply.status, reply.header("Location")), (307, Some("https://elsewhere.example.test/v1/Keys")));
    assert_eq!(desk.names(), MADE[..3]);
}

#[test]
fn held_before_with_the_client_gone_still_does_the_work() {
    let desk = Desk::new();
    desk.sandbox.hold(2, Moment::Before);
    assert_eq!(desk.get(&desk.token, "/v2/Services").status, 200);
    let n = make_and_vanish(&desk);
    assert_eq!(n, 2);
    assert_eq!(desk.names(), MADE[..3]);
    // Others are served meanwhile.
    assert_eq!(desk.get(&desk.token, "/v2/Services").status, 200);
    assert_eq!(desk.sandbox.release(), 1);
    let log = desk.sandbox.wait_exchange(n, SOON).unwrap();
    assert_eq!((log.status, log.end), (Some(201), End::Gone));
    assert_eq!(desk.names(), MADE);
    assert!(desk.sandbox.wait_held(Duration::ZERO).is_none());
}

#[test]
fn held_before_with_the_client_gone_can_be_given_up() {
    let mut options = options();
    options.finish_abandoned = false;
    options.faults.push("hold-before=POST /v1/Keys@1".parse().unwrap());
    let desk = Desk::with(options);
    let n = make_and_vanish(&desk);
    desk.sandbox.release();
    assert_eq!(desk.sandbox.wait_exchange(n, SOON).unwrap().status, None);
    assert_eq!(desk.names(), MADE[..3]);
}

#[test]
fn held_after_has_done_the_work_before_it_is_released() {
    let desk = Desk::faulty("hold-after=POST /v1/Keys@1");
    let n = make_and_vanish(&desk);
    assert_eq!(desk.names(), MADE);
    assert!(desk.sandbox.wait_exchange(n, Duration::ZERO).is_none());
    desk.sandbox.release();
    assert_eq!(desk.sandbox.wait_exchange(n, SOON).unwrap().end, End::Gone);
}

#[test]
fn a_patient_client_gets_the_held_answer() {
    for moment in ["hold-before", "hold-after"] {
        let desk = Desk::faulty(&format!("{moment}=*@1"));
        let reply = std::thread::scope(|scope| {
            let client = scope.spawn(|| try_make(&desk));
            desk.sandbox.wait_held(SOON).unwrap();
            desk.sandbox.release();
            client.join().unwrap().unwrap()
        });
        assert_eq!(reply.status, 201);
        let desk = Desk::faulty(&format!("{moment}:50ms=*@1"));
        assert_eq!(try_make(&desk).unwrap().status, 201, "a hold with a limit ends by itself");
    }
}

#[test]
fn a_stop_cuts_off_what_is_held() {
    let mut desk = Desk::faulty("hold-before=*");
    let mut line = Line::to(desk.sandbox.addr());
    line.write("GET", "/v2/Services", &[], &[]);
    desk.sandbox.wait_held(SOON).unwrap();
    desk.sandbox.stop();
    assert!(line.read().is_err());
    assert!(std::net::TcpStream::connect(desk.sandbox.addr()).is_err());
}

#[test]
fn more_at_once_than_allowed_is_429() {
    let mut options = options();
    options.limit = RateLimit { concurrent: Some(1), retry_after: Some(1) };
    options.faults.push("hold-before=*@1".parse().unwrap());
    let desk = Desk::with(options);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| try_make(&desk));
        desk.sandbox.wait_held(SOON).unwrap();
        let second = try_make(&desk).unwrap();
        assert_eq!((second.code(), second.header("Retry-After")), ((429, 20429), Some("1")));
        assert_eq!(second.header("Twilio-Concurrent-Requests"), Some("2"));
        desk.sandbox.release();
        assert_eq!(first.join().unwrap().unwrap().status, 201);
    });
    assert_eq!(desk.names(), MADE);
}
