//! Monitor events about Auth Tokens: who changed one, and when.
//!
//! Twilio keeps them for 30 days, 13 months on paid editions (`twilio.com/docs/usage/monitor-events`). A Standard key may
//! read them; a Restricted one needs `/twilio/monitor/events/list`.

use serde::Deserialize;

use super::Client;
use super::endpoint::Product;
use super::error::Error;
use super::paging::{Next, walk_while};
use super::transport::{Answer, Call, Login};
use super::wire::{Text, present};
use crate::model::Credential;
use crate::model::time::{Timestamp, parse_twilio};

const PREFIX: &str = "account-auth-token.";

/// An event may have a page of `event_data`, which is passed over but counts against the limit of an answer.
const PAGE_SIZE: &str = "200";

/// A change of an account's Auth Tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenEvent {
    /// When it happened, to the second.
    pub at: Timestamp,
    /// What happened.
    pub change: TokenEventKind,
    /// Who did it: the SID of a user, an account or a key, if told.
    pub actor: Option<String>,
    /// The sort of the actor, such as `user` or `account`, if told.
    pub actor_type: Option<String>,
    /// Where it was done: `web`, `api` or `twilio`, if told.
    pub source: Option<String>,
}

/// What happened to an account's Auth Tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenEventKind {
    /// `account-auth-token.created`.
    Created,
    /// `account-auth-token.updated`.
    Updated,
    /// `account-auth-token.deleted`.
    Deleted,
    /// `account-auth-token.promoted`: the secondary became the primary.
    Promoted,
    /// `account-auth-token.secondary-created`.
    SecondaryCreated,
    /// `account-auth-token.secondary-deleted`.
    SecondaryDeleted,
    /// Another one, by what stands behind the dot. It may hold anything: escape it before a terminal sees it.
    Other(String),
}

impl TokenEventKind {
    /// Twilio's word for it, without `account-auth-token.`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::Promoted => "promoted",
            Self::SecondaryCreated => "secondary-created",
            Self::SecondaryDeleted => "secondary-deleted",
            Self::Other(word) => word,
        }
    }

    fn of(event_type: &str) -> Option<Self> {
        let word = event_type.strip_prefix(PREFIX)?;
        let known = [
            Self::Created,
            Self::Updated,
            Self::Deleted,
            Self::Promoted,
            Self::SecondaryCreated,
            Self::SecondaryDeleted,
        ];
        Some(known.into_iter().find(|kind| kind.as_str() == word).unwrap_or_else(|| Self::Other(word.to_owned())))
    }
}

/// Whether a secondary Auth Token is there, as far as events tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outstanding {
    /// The last that happened to a secondary is that it was created.
    Yes {
        /// When.
        since: Timestamp,
    },
    /// The last that happened to a secondary is that it was promoted or deleted.
    No {
        /// When.
        last: Timestamp,
    },
    /// No event tells. There may be one that is older than what Twilio keeps.
    Unknown,
}

/// Says by its events whether an account has a secondary Auth Token. Of two in one second, the one that comes first in
/// `events` is the later: [`Client::token_events`] gives the newest first.
#[must_use]
pub fn outstanding(events: &[TokenEvent]) -> Outstanding {
    let mut last: Option<(Timestamp, bool)> = None;
    for event in events {
        let there = match event.change {
            TokenEventKind::SecondaryCreated => true,
            TokenEventKind::Promoted | TokenEventKind::SecondaryDeleted => false,
            _ => continue,
        };
        if last.is_none_or(|(at, _)| at < event.at) {
            last = Some((event.at, there));
        }
    }
    match last {
        Some((since, true)) => Outstanding::Yes { since },
        Some((last, false)) => Outstanding::No { last },
        None => Outstanding::Unknown,
    }
}

impl Client {
    /// The changes of the Auth Tokens of the credential's account, newest first: all since `since`, or all that Twilio
    /// keeps, but `limit` at most.
    ///
    /// Monitor takes one event type in a question and no pattern, so all events of the account are read and the others
    /// passed over; `since` keeps that short.
    ///
    /// # Errors
    /// As any request; never a part of the list.
    pub async fn token_events(
        &self,
        auth: &Credential,
        since: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<TokenEvent>, Error> {
        let mut url = self.endpoint().url(Product::Monitor, "/v1/Events");
        {
            let mut query = url.query_pairs_mut();
            if let Some(since) = since {
                query.append_pair("StartDate", &since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
            }
            query.append_pair("PageSize", PAGE_SIZE);
        }
        let mut found: Vec<TokenEvent> = Vec::new();
        walk_while(&self.transport, Login::from(auth), url, false, read_page, |page| {
            found.extend(page.into_iter().flatten());
            found.len() < limit
        })
        .await?;
        // A stable order: within one second Twilio's own counts.
        found.sort_by_key(|event| std::cmp::Reverse(event.at));
        found.truncate(limit);
        Ok(found)
    }
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    events: Vec<Listed<'a>>,
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(deserialize_with = "present")]
    next_page_url: Option<String>,
}

#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    event_type: Text<'a>,
    #[serde(borrow)]
    event_date: Text<'a>,
    #[serde(borrow)]
    actor_sid: Option<Text<'a>>,
    #[serde(borrow)]
    actor_type: Option<Text<'a>>,
    #[serde(borrow)]
    source: Option<Text<'a>>,
}

/// Reads one page; events of other things are `None`. One of ours that cannot be read spoils the list.
fn read_page(answer: &Answer, call: &Call<'_>) -> Result<(Vec<Option<TokenEvent>>, Next), Error> {
    let page: Page<'_> = answer.read(call, &[200])?;
    let owned = |text: Option<Text<'_>>| text.map(|text| text.0.into_owned());
    let event = |listed: Listed<'_>| {
        let Some(change) = TokenEventKind::of(listed.event_type.as_str()) else { return Ok(None) };
        let at = parse_twilio(listed.event_date.as_str()).ok_or_else(|| answer.unusable(call, None))?;
        Ok(Some(TokenEvent {
            at,
            change,
            actor: owned(listed.actor_sid),
            actor_type: owned(listed.actor_type),
            source: owned(listed.source),
        }))
    };
    let events: Result<Vec<_>, Error> = page.events.into_iter().map(event).collect();
    Ok((events?, page.meta.next_page_url.map_or(Next::End, Next::Absolute)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::script::{Reply, Script, json, key, token};
    use crate::api::{Kind, Why};

    fn event(kind: &str, second: u32) -> String {
        format!(
            r#"{{"event_type":"{kind}","event_date":"2026-11-22T02:00:{second:02}Z","actor_sid":"US1","actor_type":"user",
               "source":"api","description":null,"event_data":{{"x":1}}}}"#
        )
    }

    fn page(events: &[String], next: &str) -> Reply {
        let next = if next.is_empty() { "null".to_owned() } else { format!("\"{next}\"") };
        json(200, &format!(r#"{{"events":[{}],"meta":{{"next_page_url":{next},"key":"events"}}}}"#, events.join(",")))
    }

    fn at(second: u32) -> Timestamp {
        format!("2026-11-22T02:00:{second:02}Z").parse().unwrap()
    }

    fn of(change: TokenEventKind, second: u32) -> TokenEvent {
        TokenEvent { at: at(second), change, actor: None, actor_type: None, source: None }
    }

    #[tokio::test]
    async fn all_pages_up_to_a_start_or_a_limit_and_of_tokens_only() {
        let first = || {
            let events = [
                event("account-keys.created", 9),
                event("account-auth-token.promoted", 8),
                event("account.updated", 7),
            ];
            page(&events, "BASE/v1/Events?Page=1")
        };
        let second =
            || page(&[event("account-auth-token.secondary-created", 8), event("account-auth-token.merged", 3)], "");
        let script = Script::play([first(), second()]).await;
        let found = script.client().token_events(&token(), Some(at(1)), 100).await.unwrap();
        let kinds: Vec<_> = found.iter().map(|event| (event.change.as_str(), event.at)).collect();
        assert_eq!(kinds, [("promoted", at(8)), ("secondary-created", at(8)), ("merged", at(3))]);
        assert_eq!((found[0].actor.as_deref(), found[0].source.as_deref()), (Some("US1"), Some("api")));
        assert_eq!(found[2].change, TokenEventKind::Other("merged".to_owned()));
        assert_eq!(
            script.seen(),
            ["GET /v1/Events?StartDate=2026-11-22T02%3A00%3A01Z&PageSize=200", "GET /v1/Events?Page=1"]
        );
        let script = Script::play([first(), second()]).await;
        let found = script.client().token_events(&token(), None, 1).await.unwrap();
        assert_eq!((found.len(), script.seen()), (1, vec!["GET /v1/Events?PageSize=200".to_owned()]));
    }

    #[tokio::test]
    async fn refusals_and_lists_with_a_gap() {
        let denied = r#"{"code":70051,"message":"required permission twilio/monitor/events/list is missing"}"#;
        let script = Script::play([json(401, denied)]).await;
        let error = script.client().token_events(&key(), None, 1).await.unwrap_err();
        let permission = "/twilio/monitor/events/list".to_owned();
        assert_eq!(*error.kind(), Kind::Refused(Why::MissingPermission { permission }));
        // A Standard key is let in here, so a bare refusal speaks of the secret.
        let script = Script::play([json(401, r#"{"code":20003,"message":"Authenticate"}"#)]).await;
        let error = script.client().token_events(&key(), None, 1).await.unwrap_err();
        assert_eq!(*error.kind(), Kind::Refused(Why::BadCredential));
        let bad = event("account-auth-token.promoted", 1).replace("2026", "soon");
        for reply in
            [page(&[bad], ""), json(200, "{}"), json(200, "<html>"), page(&[], "http://evil.example/v1/Events")]
        {
            let script = Script::play([reply]).await;
            let error = script.client().token_events(&token(), None, 1).await.unwrap_err();
            assert!(matches!(error.kind(), Kind::Malformed(_) | Kind::ForeignHost { .. }), "{error:?}");
        }
    }

    #[test]
    fn a_secondary_is_outstanding_until_it_is_promoted_or_deleted() {
        use TokenEventKind::{Created, Promoted, SecondaryCreated, SecondaryDeleted, Updated};
        let (yes, no) =
            (|second| Outstanding::Yes { since: at(second) }, |second| Outstanding::No { last: at(second) });
        for (events, expected) in [
            (vec![], Outstanding::Unknown),
            (vec![of(Updated, 5), of(Created, 1)], Outstanding::Unknown),
            (vec![of(SecondaryCreated, 1)], yes(1)),
            (vec![of(Updated, 9), of(SecondaryCreated, 5), of(Promoted, 4), of(SecondaryCreated, 1)], yes(5)),
            (vec![of(Promoted, 5), of(SecondaryCreated, 1)], no(5)),
            (vec![of(SecondaryDeleted, 5), of(SecondaryCreated, 1)], no(5)),
            (vec![of(Promoted, 5)], no(5)),
            (vec![of(SecondaryCreated, 1), of(SecondaryDeleted, 5)], no(5)),
            // Within one second the order of the list counts: the newest first.
            (vec![of(SecondaryCreated, 5), of(SecondaryDeleted, 5), of(SecondaryCreated, 5)], yes(5)),
            (vec![of(SecondaryDeleted, 5), of(SecondaryCreated, 5)], no(5)),
        ] {
            assert_eq!(outstanding(&events), expected, "{events:?}");
        }
    }
}
