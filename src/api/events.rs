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
            query.append_pair("PageSize", "1000");
        }
        let mut found: Vec<TokenEvent> = Vec::new();
        walk_while(&self.transport, Login::from(auth), url, read_page, |page| {
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
