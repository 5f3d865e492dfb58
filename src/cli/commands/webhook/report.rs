//! What is to be said about a webhook. No secret, no password of a URL, and nothing of the body.

use std::io;

use serde::Serialize;

use super::input::Input;
use crate::cli::credentials::tokens::{Token, Tokens};
use crate::cli::exit::Exit;
use crate::cli::text::veiled;
use crate::cli::view::{Page, View};
use crate::model::Fingerprint;
use crate::model::variable::Role;
use crate::model::webhook::{Address, Algorithm, Body, BodyCheck, Near, Port, Signed};

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    verdict: Verdict,
    algorithm: &'static str,
    /// The `SharedKey` that the request names.
    shared_key: Option<String>,
    /// The URL as it was received; where a request does not tell the scheme, the first that was tried.
    url: String,
    /// The URL that is signed.
    signed_url: Option<String>,
    /// Whether the signed URL has a port.
    port: Option<&'static str>,
    #[serde(skip)]
    port_as_received: bool,
    /// What the signature says of the body.
    body: &'static str,
    form_fields: usize,
    signed_by: Option<Shown>,
    would_match: Option<WouldMatch>,
    /// Every token in hand, each once.
    tokens: Vec<Shown>,
    /// Places whose value could not be tried.
    not_tried: Vec<NotTried>,
    notes: Vec<String>,
    hints: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    /// A token in hand signed it.
    Signed,
    /// A token in hand signed the URL, which stands for another body.
    OtherBody,
    /// A token in hand signed the URL, and nothing vouches for the body.
    UnprotectedBody,
    /// None signed it as it stands; one signed something very like it.
    WouldMatch,
    /// None.
    None,
}

#[derive(Debug, Clone, Serialize)]
struct Shown {
    fingerprint: Fingerprint,
    held_by: Vec<Holder>,
}

#[derive(Debug, Clone, Serialize)]
struct Holder {
    place: String,
    variable: String,
    /// `current`, `secondary` or `previous`; `null` for a variable that --var names.
    slot: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct WouldMatch {
    url: String,
    changes: Vec<String>,
    signed_by: Shown,
}

#[derive(Debug, Serialize)]
struct NotTried {
    place: String,
    why: String,
}

impl Shown {
    fn of(token: &Token) -> Self {
        let holders = token.holders.iter().map(|holder| Holder {
            place: holder.place.clone(),
            variable: holder.variable.clone(),
            slot: holder.role.map(stage),
        });
        Self { fingerprint: token.fingerprint(), held_by: holders.collect() }
    }

    fn line(&self) -> String {
        let places: Vec<&str> = self.held_by.iter().map(|holder| holder.place.as_str()).collect();
        format!("{}, fingerprint {}", places.join(", "), self.fingerprint)
    }
}

fn stage(role: Role) -> &'static str {
    match role {
        Role::AuthTokenSecondary => "secondary",
        Role::AuthTokenPrevious => "previous",
        _ => "current",
    }
}

impl Report {
    pub(super) fn of(input: Input, tokens: &Tokens, signed: Option<&Signed>, near: Option<Near>) -> Self {
        let Input { received, shared_key, mut notes } = input;
        let address = signed.map_or(&received.addresses[0], |signed| &signed.received);
        let algorithm = received.signature.algorithm();
        let body = match (signed, &near) {
            (Some(signed), _) => received.check_body(&signed.address),
            (None, Some(near)) => received.check_body(&near.address),
            (None, None) => BodyCheck::None,
        };
        notes.extend(note(body).map(ToOwned::to_owned));
        let verdict = match (signed, &near) {
            (Some(_), _) if matches!(body, BodyCheck::Other | BodyCheck::Reformatted) => Verdict::OtherBody,
            (Some(_), _) if body == BodyCheck::Unprotected => Verdict::UnprotectedBody,
            (Some(_), _) => Verdict::Signed,
            (None, Some(_)) => Verdict::WouldMatch,
            (None, None) => Verdict::None,
        };
        let by = signed.map(|signed| &tokens.all[signed.by]);
        notes.extend(by.and_then(meaning).map(ToOwned::to_owned));
        let would_match = near.map(|near| WouldMatch {
            url: shown(&near.address),
            changes: near.changes.iter().map(|change| veiled(change)).collect(),
            signed_by: Shown::of(&tokens.all[near.by]),
        });
        let hints = if verdict == Verdict::None { hints(&received.body, algorithm, tokens) } else { Vec::new() };
        Self {
            verdict,
            algorithm: algorithm.as_str(),
            shared_key,
            url: shown(address),
            signed_url: signed.map(|signed| shown(&signed.address)),
            port: signed.map(|signed| port_name(signed.port)),
            port_as_received: signed.is_none_or(|signed| signed.address == signed.received),
            body: body_name(body),
            form_fields: received.form().len(),
            signed_by: by.map(Shown::of),
            would_match,
            tokens: tokens.all.iter().map(Shown::of).collect(),
            not_tried: tokens
                .unread
                .iter()
                .map(|(place, why)| NotTried { place: place.clone(), why: why.to_string() })
                .collect(),
            notes,
            hints,
        }
    }

    pub(super) fn exit(&self) -> Exit {
        if self.verdict == Verdict::Signed { Exit::Done } else { Exit::Findings }
    }

    fn none(&self) -> String {
        match self.tokens.len() {
            1 => "not the one token in hand".to_owned(),
            count => format!("none of the {count} tokens in hand"),
        }
    }

    /// The tokens that did not sign. Beside an answer, those of forty projects would bury it.
    fn others(&self) -> Vec<String> {
        let matched = self.signed_by.as_ref().or(self.would_match.as_ref().map(|near| &near.signed_by));
        let is_other = |token: &&Shown| matched.is_none_or(|matched| matched.fingerprint != token.fingerprint);
        let others: Vec<String> = self.tokens.iter().filter(is_other).map(Shown::line).collect();
        if matched.is_some() && others.len() > FEW {
            return vec![format!("the {} other tokens in hand, which --json lists", others.len())];
        }
        others
    }

    fn over(&self) -> String {
        let form = match (self.body, self.form_fields) {
            ("form", 1) => " and one form field".to_owned(),
            ("form", count) => format!(" and {count} form fields"),
            _ => String::new(),
        };
        let key = self.shared_key.as_ref().map_or_else(String::new, |key| format!(" by the SharedKey {key}"));
        format!("{}{key}, over the URL{form}", self.algorithm)
    }

    fn port_line(&self) -> String {
        match (self.port, self.port_as_received) {
            (None, _) => String::new(),
            (Some(port), true) => format!("{port} a port, as it was received"),
            (Some(port), false) => {
                format!("a validator has to take the URL {port} its port; the official ones try both")
            }
        }
    }
}

/// So many tokens are listed beside an answer.
const FEW: usize = 5;

/// Passwords in the URL, and words of it that have the length of a secret, are left out.
fn shown(address: &Address) -> String {
    veiled(&address.shown())
}

fn port_name(port: Port) -> &'static str {
    match port {
        Port::Without => "without",
        Port::With => "with",
    }
}

fn body_name(body: BodyCheck) -> &'static str {
    match body {
        BodyCheck::None => "none",
        BodyCheck::Fields(_) => "form",
        BodyCheck::Same => "same",
        BodyCheck::SameButLineEnd => "same-but-line-end",
        BodyCheck::Other => "other",
        BodyCheck::Reformatted => "reformatted",
        BodyCheck::Unknown => "not-checked",
        BodyCheck::Unprotected => "unprotected",
    }
}

fn note(body: BodyCheck) -> Option<&'static str> {
    match body {
        BodyCheck::None | BodyCheck::Fields(_) | BodyCheck::Same => None,
        BodyCheck::SameButLineEnd => Some("the body was sent without the line end that it has here"),
        BodyCheck::Other => Some("the body is not the one that was signed: its SHA-256 is not the URL's bodySHA256"),
        BodyCheck::Reformatted => Some(
            "the body was formatted anew: without the blanks between its parts it is the one that was signed; a \
             validator needs its bytes as they came",
        ),
        BodyCheck::Unknown => Some("no body was given, so that the URL's bodySHA256 was compared with nothing"),
        BodyCheck::Unprotected => Some(
            "nothing vouches for the body: it is no form, and the signed URL carries no bodySHA256; anybody who has \
                 seen this signature can send another body with it",
        ),
    }
}

/// What it means for a rotation that this token signs.
fn meaning(token: &Token) -> Option<&'static str> {
    let roles: Vec<Option<Role>> = token.holders.iter().map(|holder| holder.role).collect();
    if roles.contains(&Some(Role::AuthToken)) {
        return None;
    }
    match roles.iter().flatten().next() {
        Some(Role::AuthTokenSecondary) => Some(
            "a secondary token signs nothing before it is promoted: Twilio has promoted it, and what holds it as \
             secondary is to be brought up to date",
        ),
        Some(Role::AuthTokenPrevious) => Some(
            "it was signed before the promotion that made this the previous token, or the promotion has not reached \
             what sent it: validators still need it",
        ),
        _ => None,
    }
}

fn hints(body: &Body, algorithm: Algorithm, tokens: &Tokens) -> Vec<String> {
    let mut hints = Vec::new();
    let named = tokens.all.iter().flat_map(|token| &token.holders).any(|holder| holder.role.is_none());
    if algorithm == Algorithm::HmacSha256 && !named {
        hints.push("a SharedKey signs like this: name the variable that holds its secret with --var".to_owned());
    }
    if matches!(body, Body::Unknown) {
        hints.push("if it was a POST, its body is signed as well: give it with --body, --form or --request".to_owned());
    }
    hints.push(
        "each account, subaccount and region signs with a token of its own: name the file of the one that owns the \
         number, with --env-file"
            .to_owned(),
    );
    hints.push(
        "the URL is signed as it stands at Twilio, and the form with every field it has: give both unchanged"
            .to_owned(),
    );
    hints
}

impl View for Report {
    const SCHEMA: &'static str = "twcred.webhook/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let mut fields: Vec<(&str, String)> = Vec::new();
        match (&self.signed_by, &self.would_match) {
            (Some(signed), _) => {
                fields.push(("signed by", signed.line()));
                fields.push(("signature", self.over()));
                fields.push(("URL", self.signed_url.clone().unwrap_or_default()));
                fields.push(("port", self.port_line()));
            }
            (None, Some(near)) => {
                fields.push(("signed by", format!("{}, as it stands", self.none())));
                fields.push(("URL", self.url.clone()));
                fields.push(("would match", near.url.clone()));
                fields.extend(listed("that is", near.changes.clone()));
                fields.push(("then by", near.signed_by.line()));
            }
            (None, None) => {
                fields.push(("signed by", self.none()));
                fields.push(("signature", self.algorithm.to_owned()));
                fields.push(("URL", self.url.clone()));
            }
        }
        let not_tried = self.not_tried.iter().map(|not| format!("{}: {}", not.place, not.why));
        fields.extend(listed("not by", self.others()));
        fields.extend(listed("not tried", not_tried));
        fields.extend(listed("note", self.notes.iter().cloned()));
        fields.extend(listed("hint", self.hints.iter().cloned()));
        page.fields(&fields)
    }
}

/// One name for several values.
fn listed(
    name: &'static str,
    values: impl IntoIterator<Item = String>,
) -> impl Iterator<Item = (&'static str, String)> {
    std::iter::once(name).chain(std::iter::repeat("")).zip(values)
}
