//! What an answer proves, and what of it is repeated to nobody.

use super::*;

fn asked() -> Asked {
    Asked { method: "GET", host: "iam.twilio.com".into(), path: "/v1/Keys".into() }
}

fn answered(status: u16, body: &str) -> Error {
    let head = Head { status, request_id: Some("RQ1".into()), ..Head::default() };
    Error::answered(asked(), &head, body.as_bytes(), false, ("user", "swordfish"))
}

#[test]
fn the_three_shapes_are_read() {
    let classic = answered(404, r#"{"code":20404,"message":"The requested resource was not found","status":404}"#);
    assert_eq!((classic.kind(), classic.code()), (&Kind::NotFound, Some(20404)));
    assert_eq!(
        classic.to_string(),
        "iam.twilio.com does not know what GET /v1/Keys names: The requested resource was not found \
         (code 20404, HTTP 404, request RQ1)"
    );
    let standard = answered(400, r#"{"code":20001,"message":"bad","httpStatusCode":400,"userError":true,"params":{}}"#);
    assert_eq!((standard.kind(), standard.code()), (&Kind::Invalid, Some(20001)));
    let problem = answered(409, r#"{"type":"x","title":"Too many","status":409,"code":59200,"detail":"of them"}"#);
    assert_eq!((problem.kind(), problem.message()), (&Kind::Conflict, Some("Too many: of them")));
}

#[test]
fn what_is_not_twilios_is_never_a_refusal() {
    for body in [
        "<html>Sign in to the airport</html>",
        "",
        "{}",
        r#"{"message":"no"}"#,
        r#"{"code":"x","message":"m"}"#,
        "[20003]",
    ] {
        for status in [400, 401, 403, 404, 408] {
            let error = answered(status, body);
            assert_eq!(*error.kind(), Kind::Malformed(Malformed::NotTwilios { at: None }), "{status} {body}");
            assert!(!error.is_unsent());
            assert!(!error.to_string().contains("airport"));
        }
    }
    assert_eq!(*answered(503, "<html>").kind(), Kind::Server);
    assert_eq!(*answered(429, "<html>").kind(), Kind::Throttled);
}

#[test]
fn a_message_is_tame_and_holds_no_password() {
    let error = answered(401, r#"{"code":20003,"message":"bad \u001b[2J swordfish \u202e"}"#);
    assert_eq!(error.message(), Some("bad \\u{1b}[2J … \\u{202e}"));
    // "user:swordfish", as the header has it.
    for encoded in ["dXNlcjpzd29yZGZpc2g=", "dXNlcjpzd29yZGZpc2g"] {
        let error = answered(401, &format!(r#"{{"code":20003,"message":"got Basic {encoded} here"}}"#));
        assert_eq!(error.message(), Some("got Basic … here"));
    }
    let long = answered(401, &format!(r#"{{"code":20003,"message":"{}"}}"#, "x".repeat(5000)));
    assert_eq!(long.message().map(|m| m.chars().count()), Some(301));
}

#[test]
fn certificates_are_sorted_by_what_is_wrong_with_them() {
    use rustls::{CertificateError as Bad, Error};
    let sorted = |bad| Distrust::from(&Error::InvalidCertificate(bad));
    assert_eq!(sorted(Bad::Expired), Distrust::Expired);
    assert_eq!(sorted(Bad::NotValidYet), Distrust::NotYetValid);
    assert_eq!(sorted(Bad::NotValidForName), Distrust::Name);
    assert_eq!(sorted(Bad::UnknownIssuer), Distrust::Issuer);
    assert_eq!(sorted(Bad::Revoked), Distrust::Other);
}

#[test]
fn only_proof_makes_a_create_not_sent() {
    let create = |status, body| CreateError::from(answered(status, body));
    let said = r#"{"code":70151,"message":"too many"}"#;
    assert!(matches!(create(400, said), CreateError::NotSent(_)));
    assert!(matches!(create(429, "<html>"), CreateError::NotSent(_)));
    assert!(matches!(create(408, said), CreateError::Unknown(_)));
    assert!(matches!(create(403, "<html>"), CreateError::Unknown(_)));
    assert!(matches!(create(500, said), CreateError::Unknown(_)));
    assert!(matches!(create(303, ""), CreateError::Unknown(_)));
}
