//! Our signatures against those of the official clients: the same URL, fields and token, chosen at random, make the same
//! signature and are accepted or refused by all.

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde::Deserialize;
use serde_json::json;
use twcred::model::Secret;
use twcred::model::digest::sha256_hex;
use twcred::model::webhook::{Address, Algorithm, Body, BodyCheck, Form, Others, Port, Received, Signature};

use crate::support::{Server, Tools};

#[derive(Debug, Clone)]
struct Case {
    token: String,
    url: String,
    /// Which spelling of the URL Twilio signs.
    port: Port,
    content: Content,
    /// What somebody changes on the way, if anything.
    tampered: Tampered,
}

#[derive(Debug, Clone)]
enum Content {
    Form(Vec<(String, String)>),
    Json(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tampered {
    No,
    Token,
    Url,
    Body,
}

#[derive(Deserialize)]
struct Answer {
    sha1: String,
    sha256: Option<String>,
    valid: bool,
}

/// URLs that every URL library writes as it reads them: twilio-python drops an empty query or fragment, and takes the
/// colon of a password or of an IPv6 address for that of a port.
fn url() -> impl Strategy<Value = String> {
    let port = prop_oneof![Just(String::new()), Just(":443".to_owned()), Just(":80".to_owned()), ":[1-9][0-9]{3}"];
    let path = prop_oneof![Just(String::new()), "/[A-Za-z0-9._~!$&'()*+,=:@-]{0,12}(/[A-Za-z0-9%]{0,4}){0,2}"];
    let query = prop_oneof![Just(String::new()), r"\?[A-Za-z0-9._~!$'()*+,=:@/-][A-Za-z0-9._~!$&'()*+,=:@/?-]{0,20}"];
    // Without two hyphens in a row: `xn--` announces a name in Punycode, and few of those are any.
    ("https?", "(hook@)?", r"[a-z](-?[a-z0-9]){0,6}(\.[a-z]{2,3}){1,2}", port, path, query).prop_map(
        |(scheme, user, host, port, path, query)| {
            let path = if path.is_empty() && !query.is_empty() { "/".to_owned() } else { path };
            format!("{scheme}://{user}{host}{port}{path}{query}")
        },
    )
}

/// Fields without characters beyond U+FFFF, which twilio-node sorts otherwise than Python and Rust do.
fn content() -> impl Strategy<Value = Content> {
    let field = ("[A-Za-z][A-Za-z0-9_.]{0,6}", "[ -~\n\u{e0}-\u{ff}\u{20ac}\u{4e00}-\u{4eff}]{0,12}");
    prop_oneof![
        3 => prop::collection::vec(field, 0..6).prop_map(Content::Form),
        1 => "[ -~\u{e0}-\u{ff}]{0,30}".prop_map(Content::Json),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let tampered = prop_oneof![
        2 => Just(Tampered::No),
        1 => Just(Tampered::Token),
        1 => Just(Tampered::Url),
        1 => Just(Tampered::Body),
    ];
    let port = prop_oneof![Just(Port::Without), Just(Port::With)];
    ("[!-~]{1,70}", url(), port, content(), tampered).prop_map(|(token, url, port, content, tampered)| Case {
        token,
        url,
        port,
        content,
        tampered,
    })
}

/// What twcred says, and what the client is to be asked.
fn ours(case: &Case) -> (Signature, Signature, bool, serde_json::Value) {
    let mut address = Address::parse(&case.url).unwrap();
    if let Content::Json(body) = &case.content {
        if address.path.is_empty() {
            "/".clone_into(&mut address.path);
        }
        address.query = Some(address.query_with_body_hash(&sha256_hex(body.as_bytes())));
    }
    let secret = Secret::new(case.token.clone());
    let fields: &[(String, String)] = if let Content::Form(fields) = &case.content { fields } else { &[] };
    let form: Form = fields.iter().cloned().collect();
    let signed = address.with(case.port).to_string();
    let sign = |algorithm| Signature::sign(&secret, algorithm, &signed, &form).unwrap();
    let (sha1, sha256) = (sign(Algorithm::HmacSha1), sign(Algorithm::HmacSha256));
    // What arrives.
    let secret = if case.tampered == Tampered::Token { Secret::new(format!("{}x", case.token)) } else { secret };
    if case.tampered == Tampered::Url {
        address.host.insert(0, 'x');
    }
    let touched = if case.tampered == Tampered::Body { "x" } else { "" };
    let mut fields = fields.to_vec();
    if !touched.is_empty() {
        fields.push(("x".to_owned(), "x".repeat(20)));
    }
    let (body, arrived) = match &case.content {
        Content::Form(_) => (Body::Fields(fields.iter().cloned().collect()), None),
        Content::Json(body) => {
            let body = format!("{body}{touched}");
            (Body::Raw(body.clone().into_bytes()), Some(body))
        }
    };
    let received =
        Received { addresses: vec![address.clone()], body, signature: sha1.clone(), others: Others::default() };
    let signed_by = received.signed_by(std::slice::from_ref(&secret));
    let valid = signed_by
        .is_some_and(|signed| matches!(received.check_body(&signed.address), BodyCheck::Fields(_) | BodyCheck::Same));
    let ask = json!({
        "token": if case.tampered == Tampered::Token { format!("{}x", case.token) } else { case.token.clone() },
        "url": address.to_string(),
        "signed": signed,
        "fields": fields,
        "body": arrived,
        "signature": sha1.to_string(),
    });
    (sha1, sha256, valid, ask)
}

fn agrees(server: Server) {
    let server = RefCell::new(server);
    let outcome =
        TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() }).run(&case(), |case| {
            let (sha1, sha256, valid, ask) = ours(&case);
            prop_assert_eq!(valid, case.tampered == Tampered::No);
            let answer: Answer = serde_json::from_str(&server.borrow_mut().ask(&ask.to_string())).unwrap();
            prop_assert_eq!(answer.valid, valid);
            if matches!(case.tampered, Tampered::No | Tampered::Url) {
                prop_assert_eq!(answer.sha1, sha1.to_string());
                if let Some(theirs) = answer.sha256 {
                    prop_assert_eq!(theirs, sha256.to_string());
                }
            }
            Ok(())
        });
    outcome.unwrap();
}

fn is_ready(line: &str) -> Option<()> {
    (line == "ready").then_some(())
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_python_signs_and_accepts_what_we_do() {
    let Some(tools) = Tools::with_python() else { return };
    agrees(Server::start(&mut tools.python("signatures.py"), "", is_ready).0);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_node_signs_and_accepts_what_we_do() {
    let Some(tools) = Tools::with_node() else { return };
    agrees(Server::start(&mut tools.node("signatures.js"), "", is_ready).0);
}
