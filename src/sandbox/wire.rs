//! Answers: what a route gives back, Twilio's classic error body, and moments as its two families of API write them.

use serde_json::{Value, json};

use crate::model::time::Timestamp;

/// The answer to a call that was carried out.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// JSON; nothing for a 204.
    pub(super) body: Option<Value>,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Answer {
    /// 200 with a body.
    pub(super) fn ok(body: Value) -> Self {
        Self { status: 200, body: Some(body), headers: Vec::new() }
    }

    /// 201 with a body.
    pub(super) fn created(body: Value) -> Self {
        Self { status: 201, body: Some(body), headers: Vec::new() }
    }

    /// 204 without one.
    pub(super) fn gone() -> Self {
        Self { status: 204, body: None, headers: Vec::new() }
    }
}

/// A call that was refused: nothing changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: u32,
    pub(super) message: String,
    pub(super) detail: Option<&'static str>,
    pub(super) retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal with a status, a Twilio code and a message.
    pub(super) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), detail: None, retry_after: None }
    }

    /// 401/20003, the answer to a wrong secret and to a Standard key where it has no right.
    pub(super) fn authenticate() -> Self {
        let detail = Some("Your AccountSid or AuthToken was incorrect.");
        Self { detail, ..Self::new(401, 20003, "Authenticate") }
    }

    /// 400/20001, a parameter that is missing or makes no sense.
    pub(super) fn parameter(message: impl Into<String>) -> Self {
        Self::new(400, 20001, message)
    }

    /// 400/70001, a value out of its bounds.
    pub(super) fn constraint() -> Self {
        Self::new(400, 70001, "The request has constraint violations")
    }

    /// 400/70002, a bad request.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(400, 70002, message)
    }

    /// 404/20404 for a path. The v1 and v2 hosts print it without the version, v2010 with it.
    pub(super) fn not_found(path: &str) -> Self {
        let shown = ["/v1/", "/v2/"].iter().find_map(|version| path.strip_prefix(version));
        let shown = shown.map_or_else(|| path.to_owned(), |rest| format!("/{rest}"));
        Self::new(404, 20404, format!("The requested resource {shown} was not found"))
    }

    /// 429/20429, too many requests at once; nothing was done.
    pub(super) fn throttled(retry_after: Option<u64>) -> Self {
        Self { retry_after, ..Self::new(429, 20429, "Too Many Requests") }
    }

    /// The refusal in the classic error shape, with the headers that go with it.
    pub(super) fn answer(self) -> Answer {
        let mut body = json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status,
        });
        if let Some(detail) = self.detail {
            body["detail"] = json!(detail);
        }
        let mut headers = Vec::new();
        if self.status == 401 {
            headers.push(("WWW-Authenticate", "Basic realm=\"Twilio API\"".to_owned()));
        }
        if let Some(seconds) = self.retry_after {
            headers.push(("Retry-After", seconds.to_string()));
        }
        Answer { status: self.status, body: Some(body), headers }
    }
}

/// A moment as tokens and events have it: ISO 8601 in UTC, to the second.
pub(super) fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A moment as the `Date` header has it.
pub(super) fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
