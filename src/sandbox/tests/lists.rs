//! Pages: a thousand keys on both APIs, and ten thousand to the last. How long a page takes, `benches/run` tells.

use super::client::{Desk, Line, basic, options};
use crate::model::KeySid;
use crate::sandbox::{KeySeed, Kind, State};

fn crowd(count: u64) -> Desk {
    let mut state = State::sample(42);
    let account = state.accounts().next().unwrap().sid.clone();
    let first = state.keys(&account).next().unwrap().clone();
    for n in 0..count {
        let seed = KeySeed {
            sid: KeySid::parse(&format!("SK{n:032x}")).unwrap(),
            secret: first.pair().secret,
            name: Some(format!("key {n}")),
            kind: Kind::Standard,
            created: first.created,
        };
        state.add_key(&account, seed).unwrap();
    }
    Desk::of(state, options())
}

#[test]
fn a_thousand_keys_on_both_apis() {
    let desk = crowd(1000);
    let expected: Vec<String> =
        desk.sandbox.with_state(|state| state.keys(&desk.account).map(|key| key.sid.to_string()).collect());
    let v1 = format!("/v1/Keys?AccountSid={}&PageSize=300", desk.account);
    for (start, v2010) in [(v1, false), (desk.path("/Keys.json?PageSize=300"), true)] {
        let (mut found, mut pages, mut next) = (Vec::new(), 0, Some(start));
        while let Some(target) = next {
            let body = desk.get(&desk.token, &target).json();
            let sids = body["keys"].as_array().unwrap().iter().map(|key| key["sid"].as_str().unwrap().to_owned());
            let before = found.len();
            found.extend(sids);
            let link = if v2010 {
                assert_eq!((body["page"].as_u64(), body["start"].as_u64()), (Some(pages), Some(pages * 300)));
                assert_eq!(body["end"].as_u64(), Some(found.len() as u64 - 1));
                &body["next_page_uri"]
            } else {
                assert_eq!(body["meta"]["key"], "keys");
                assert_eq!(body["meta"]["page"].as_u64(), Some(pages));
                &body["meta"]["next_page_url"]
            };
            next = link.as_str().map(|link| {
                assert_eq!(link.starts_with('/'), v2010);
                link.strip_prefix(&desk.sandbox.url()).unwrap_or(link).to_owned()
            });
            // A key deleted between two pages moves nothing.
            if before == 300 {
                let gone = KeySid::parse(&found[299]).unwrap();
                desk.sandbox.with_state(|state| state.remove_key(&gone));
            }
            pages += 1;
        }
        assert_eq!(pages, 4);
        if v2010 {
            assert_eq!(found.len(), expected.len() - 1);
        } else {
            assert_eq!(found, expected);
        }
    }
    let back = desk.get(&desk.token, &desk.path("/Keys.json?PageSize=1000")).json();
    let last = desk.get(&desk.token, back["next_page_uri"].as_str().unwrap()).json();
    assert_eq!(last["keys"].as_array().unwrap().len(), expected.len() - 2 - 1000);
    assert!(last["next_page_uri"].is_null());
    let first = desk.get(&desk.token, last["previous_page_uri"].as_str().unwrap()).json();
    assert_eq!(first["keys"], back["keys"]);
    for size in ["0", "1001", "x"] {
        let path = desk.path(&format!("/Keys.json?PageSize={size}"));
        assert_eq!(desk.get(&desk.token, &path).code(), (400, 20007));
    }
}

#[test]
fn ten_thousand_keys_are_paged_to_the_last_each_once() {
    let desk = crowd(10_000);
    let expected: Vec<String> =
        desk.sandbox.with_state(|state| state.keys(&desk.account).map(|key| key.sid.to_string()).collect());
    let mut line = Line::to(desk.sandbox.addr());
    let login = basic(&desk.token);
    let mut target = desk.path("/Keys.json?PageSize=50");
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        line.write("GET", &target, &[("Authorization", &login)], &[]);
        let body = line.read().unwrap().json();
        pages += 1;
        found.extend(body["keys"].as_array().unwrap().iter().map(|key| key["sid"].as_str().unwrap().to_owned()));
        match body["next_page_uri"].as_str() {
            Some(next) => next.clone_into(&mut target),
            None => break,
        }
    }
    // The sample has its Main key besides, which is not listed here.
    assert_eq!((pages, found.len()), (expected.len().div_ceil(50), expected.len()));
    assert_eq!(found, expected);
}
