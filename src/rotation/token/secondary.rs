//! Whose secondary token it is that an account has, after a create that was never answered. Pure.
//!
//! A token that nobody holds can be told from somebody else's by Twilio's events only: they date its making to the moment
//! of our asking, name our own credential, and tell of no other made meanwhile. What is not proven ours is never deleted
//! without the user's word.

use std::time::Duration;

use crate::api::{Outstanding, TokenEvent, TokenEventKind, outstanding};
use crate::model::AccountSid;
use crate::model::time::{self, Timestamp};
use crate::rotation::preflight::SKEW;

/// The longest time from the moment before a create is sent to the moment Twilio may carry it out: what was made later is
/// certainly not of that create.
pub const WINDOW: Duration = Duration::from_mins(2);

/// The time in which Twilio does carry it out: what was made later may be of that create, and is as likely another's.
const PROMPT: Duration = Duration::from_secs(5);

/// The time after which Twilio's events are taken to have told what there was to tell. It promises none.
const TOLD: Duration = Duration::from_mins(10);

/// Events tell whole seconds, and so do the dates of answers.
const SECOND: Duration = Duration::from_secs(1);

/// What the events prove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The last that was made was made by a create of ours.
    Ours {
        /// When.
        since: Timestamp,
    },
    /// It was made at a moment at which we did not ask for one.
    Foreign {
        /// When.
        since: Timestamp,
    },
    /// No event tells of it: they are late, or it is older than what Twilio keeps.
    Untold,
    /// They fit ours and somebody else's alike; the text says why.
    Ambiguous(&'static str),
}

/// What is known here of our own creates.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    /// The account whose token signed them.
    pub account: &'a AccountSid,
    /// Each moment at which one was sent that may have been carried out: by this machine's clock, and by Twilio's if its
    /// last answer told.
    pub asked: &'a [(Timestamp, Option<Timestamp>)],
    /// How many tokens that they made were deleted here since.
    pub deleted: usize,
    /// How many more of them may have been.
    pub doubtful: usize,
}

/// From when on a promotion is later than the making of a secondary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// It was asked for at this moment of Twilio's clock, or within [`WINDOW`] after it.
    Asked(Timestamp),
    /// It was there before this moment, whatever clock.
    After(Timestamp),
}

/// Whether a secondary was promoted after one was made at such a time: that one was promoted itself, or gone by then, since
/// an account has one at most. The newest event comes first, also among those of one second.
#[must_use]
pub fn promoted_since(events: &[TokenEvent], since: Since) -> bool {
    let Some(promoted) = events.iter().position(|event| event.change == TokenEventKind::Promoted) else { return false };
    let at = events[promoted].at;
    match since {
        Since::After(moment) => at > moment,
        Since::Asked(server) => {
            let within = |at: Timestamp| time::after(at, SECOND) >= server && at <= time::after(server, WINDOW);
            let mut events = events.iter();
            let made = events.position(|event| event.change == TokenEventKind::SecondaryCreated && within(event.at));
            at > time::after(server, WINDOW) || made.is_some_and(|made| promoted < made)
        }
    }
}

/// Whether the last that was told of a secondary is a deletion, and one was made at such a time before it: whichever that
/// was, it is gone. The newest event comes first, also among those of one second.
#[must_use]
pub fn deleted_since(events: &[TokenEvent], since: Since) -> bool {
    use TokenEventKind::{Promoted, SecondaryCreated, SecondaryDeleted};
    let mut told = events.iter().filter(|event| matches!(event.change, Promoted | SecondaryCreated | SecondaryDeleted));
    let Some(last) = told.next().filter(|event| event.change == SecondaryDeleted) else { return false };
    match since {
        Since::After(moment) => last.at > moment,
        Since::Asked(server) => {
            let is_younger = |event: &TokenEvent| time::after(event.at, SECOND) >= server;
            last.at > time::after(server, WINDOW)
                || told.any(|event| event.change == SecondaryCreated && is_younger(event))
        }
    }
}

/// Judges by the events of an account whose secondary token it has.
#[must_use]
pub fn whose(events: &[TokenEvent], own: Own<'_>) -> Whose {
    let Outstanding::Yes { since } = outstanding(events) else { return Whose::Untold };
    let within = |at: Timestamp, span: Duration| {
        let mut asked = own.asked.iter().filter_map(|(_, server)| *server);
        asked.any(|server| time::after(at, SECOND) >= server && at <= time::after(server, span))
    };
    if !within(since, WINDOW) {
        // Without Twilio's time beside ours no event can be matched with certainty.
        return if own.asked.iter().any(|(_, server)| server.is_none()) {
            Whose::Ambiguous("Twilio's answers carried no time when it was asked for")
        } else {
            Whose::Foreign { since }
        };
    }
    if !within(since, PROMPT) {
        return Whose::Ambiguous("it was made some time after it was asked for");
    }
    let made = events.iter().filter(|event| event.change == TokenEventKind::SecondaryCreated);
    let made: Vec<&TokenEvent> = made.filter(|event| within(event.at, WINDOW)).collect();
    // Each create made one at most.
    if made.len() > own.deleted + 1 && made.len() > (own.deleted + own.doubtful + 1).min(own.asked.len()) {
        return Whose::Ambiguous("more than one was made within two minutes of asking for it");
    }
    if made.len() <= own.deleted {
        return Whose::Ambiguous("Twilio's events do not tell of every one that was made");
    }
    made.into_iter().find_map(|event| doubt(event, own.account)).map_or(Whose::Ours { since }, Whose::Ambiguous)
}

/// Whether events that call the secondary ours may not tell yet of another that was made in its place: one of these creates
/// was sent longer ago than Twilio may take to carry it out, and not so long that the events had the time to tell. Right
/// after a create nobody is taken to have put his own in the place of a secondary that he does not know, or else a run that
/// was killed would never be healed by the next. Where Twilio's time is not known, no create is taken to be so young.
#[must_use]
pub fn is_between(asked: &[(Timestamp, Option<Timestamp>)], now: Option<Timestamp>) -> bool {
    let Some(now) = now else { return true };
    asked.iter().any(|(at, server)| {
        let is_fresh = server.is_some_and(|server| now <= time::after(server, WINDOW));
        !is_fresh && now < time::after(server.unwrap_or_else(|| time::after(*at, SKEW)), TOLD)
    })
}

/// Whether one that another made before any of these creates was sent can be told to stand still: the events had this long
/// to tell that it was deleted, and that a create of ours took its place.
#[must_use]
pub fn is_early(since: Timestamp, asked: &[(Timestamp, Option<Timestamp>)], now: Option<Timestamp>) -> bool {
    let last = asked.iter().filter_map(|(_, server)| *server).max();
    last.is_some_and(|last| since <= last && now.is_none_or(|now| now < time::after(last, TOLD)))
}

/// Whether no secondary of ours is left, whatever else there is, by events alone: that of the last create was deleted or
/// promoted since, or another was made after it.
#[must_use]
pub fn is_none_left(events: &[TokenEvent], own: Own<'_>) -> bool {
    let Some((at, server)) = own.asked.last().copied() else { return false };
    let since = server.map_or(Since::After(time::after(at, SKEW)), Since::Asked);
    let is_later = |since| server.is_some_and(|server| since > server);
    deleted_since(events, since)
        || promoted_since(events, since)
        || matches!(whose(events, own), Whose::Foreign { since } if is_later(since))
}

/// Why one may not be of our making, by who made it. Monitor names a user by `US…` where the account itself acted, too.
fn doubt(event: &TokenEvent, account: &AccountSid) -> Option<&'static str> {
    if event.source.as_deref().is_some_and(|source| source != "api") {
        return Some("one made meanwhile was not made by the API");
    }
    let digits = account.as_str().get(2..);
    match event.actor.as_deref() {
        None => Some("the events do not say who made it"),
        Some(actor) if ["AC", "US"].iter().any(|kind| actor.strip_prefix(kind) == digits && digits.is_some()) => None,
        Some(_) => Some("another actor than the account's own token made one meanwhile"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn event(second: i64, change: TokenEventKind) -> TokenEvent {
        let actor = Some(format!("US{}", "a".repeat(32)));
        TokenEvent { at: at(second), change, actor, actor_type: None, source: Some("api".into()) }
    }

    fn judge(events: &[TokenEvent], asked: &[(Timestamp, Option<Timestamp>)], deleted: usize) -> Whose {
        doubting(events, asked, (deleted, 0))
    }

    fn doubting(
        events: &[TokenEvent],
        asked: &[(Timestamp, Option<Timestamp>)],
        (deleted, doubtful): (usize, usize),
    ) -> Whose {
        let account = AccountSid::parse(&format!("AC{}", "a".repeat(32))).unwrap();
        whose(events, Own { account: &account, asked, deleted, doubtful })
    }

    #[test]
    fn only_what_was_made_while_we_asked_is_ours() {
        use TokenEventKind::{Promoted, SecondaryCreated, SecondaryDeleted};
        let asked = [(at(1000), Some(at(1000)))];
        let made = |second| vec![event(second, SecondaryCreated)];
        assert_eq!(judge(&made(1000), &asked, 0), Whose::Ours { since: at(1000) });
        assert_eq!(judge(&made(999), &asked, 0), Whose::Ours { since: at(999) });
        assert_eq!(judge(&made(1005), &asked, 0), Whose::Ours { since: at(1005) });
        assert!(matches!(judge(&made(1006), &asked, 0), Whose::Ambiguous(_)));
        assert!(matches!(judge(&made(1120), &asked, 0), Whose::Ambiguous(_)));
        assert_eq!(judge(&made(998), &asked, 0), Whose::Foreign { since: at(998) });
        assert_eq!(judge(&made(1121), &asked, 0), Whose::Foreign { since: at(1121) });
        assert_eq!(judge(&[], &asked, 0), Whose::Untold);
        assert_eq!(judge(&[event(1005, SecondaryDeleted), event(1000, SecondaryCreated)], &asked, 0), Whose::Untold);
        assert_eq!(judge(&[event(1005, Promoted), event(1000, SecondaryCreated)], &asked, 0), Whose::Untold);
    }

    #[test]
    fn events_that_may_be_late_prove_nothing() {
        let asked = [(at(1000), Some(at(1000)))];
        let between = |asked: &[i64], now| {
            let asked: Vec<_> = asked.iter().map(|second| (at(*second), Some(at(*second)))).collect();
            is_between(&asked, Some(at(now)))
        };
        assert!(!between(&[1000], 1000) && !between(&[1000], 1120), "right after it");
        assert!(between(&[1000], 1121) && between(&[1000], 1599), "another's may have taken its place");
        assert!(!between(&[1000], 1600), "they had the time to tell");
        assert!(!between(&[1000, 1100], 1120) && !between(&[1000, 5000], 5001));
        assert!(between(&[1000, 1200], 1201), "of the first they may not have told");
        assert!(between(&[1000, 1200], 1700), "nor of the last");
        assert!(!between(&[1000, 1200], 1800));
        assert!(is_between(&asked, None));
        let unknown = [(at(1000), None)];
        assert!(is_between(&unknown, Some(at(1000))) && is_between(&unknown, Some(at(5199))));
        assert!(!is_between(&unknown, Some(at(5200))), "whatever the clocks");
        assert!(is_early(at(900), &asked, Some(at(1599))) && is_early(at(900), &asked, None));
        assert!(!is_early(at(900), &asked, Some(at(1600))), "they had the time to tell");
        assert!(!is_early(at(1121), &asked, Some(at(1121))), "there is one at most");
    }

    #[test]
    fn what_is_left_of_ours_is_not_guessed_on_the_way_back() {
        use TokenEventKind::{Promoted, SecondaryCreated, SecondaryDeleted};
        let account = AccountSid::parse(&format!("AC{}", "a".repeat(32))).unwrap();
        let asked = [(at(1000), Some(at(1000)))];
        let none = |events: &[TokenEvent]| {
            is_none_left(events, Own { account: &account, asked: &asked, deleted: 0, doubtful: 0 })
        };
        let made = event(1000, SecondaryCreated);
        assert!(none(&[event(1003, SecondaryDeleted), made.clone()]) && none(&[event(1003, Promoted), made.clone()]));
        assert!(none(&[event(1121, SecondaryCreated)]), "there is one at most");
        assert!(!none(&[]) && !none(std::slice::from_ref(&made)) && !none(&[event(900, SecondaryCreated)]));
        assert!(!none(&[event(990, SecondaryDeleted)]), "the making of ours may be told later");
        assert!(!none(&[event(1100, SecondaryCreated)]), "it may be ours");
    }

    #[test]
    fn what_fits_both_is_not_guessed() {
        use TokenEventKind::{SecondaryCreated, SecondaryDeleted};
        let two = [event(1003, SecondaryCreated), event(1002, SecondaryDeleted), event(1001, SecondaryCreated)];
        let once = [(at(1000), Some(at(1000)))];
        let twice = [(at(1000), Some(at(1000))), (at(1003), Some(at(1003)))];
        assert!(matches!(judge(&two, &once, 0), Whose::Ambiguous(_)));
        assert!(matches!(judge(&two, &twice, 0), Whose::Ambiguous(_)));
        assert_eq!(judge(&two, &twice, 1), Whose::Ours { since: at(1003) });
        assert!(matches!(judge(&two[2..], &twice, 1), Whose::Ambiguous(_)), "the newest is not told yet");
        assert!(matches!(judge(&two[..1], &[(at(1003), None)], 0), Whose::Ambiguous(_)));
    }

    #[test]
    fn one_that_was_lost_may_have_been_deleted_and_may_not() {
        use TokenEventKind::{SecondaryCreated, SecondaryDeleted};
        let two = [event(1003, SecondaryCreated), event(1002, SecondaryDeleted), event(1001, SecondaryCreated)];
        let twice = [(at(1000), Some(at(1000))), (at(1003), Some(at(1003)))];
        assert_eq!(doubting(&two, &twice, (0, 1)), Whose::Ours { since: at(1003) });
        assert_eq!(
            doubting(&two[2..], &twice[..1], (0, 1)),
            Whose::Ours { since: at(1001) },
            "it lives, and the next create was refused"
        );
        assert!(matches!(doubting(&two, &twice[..1], (0, 1)), Whose::Ambiguous(_)), "one create makes one");
        assert!(matches!(doubting(&two, &twice, (0, 0)), Whose::Ambiguous(_)));
    }

    #[test]
    fn a_deletion_after_the_making_ends_what_was_made() {
        use TokenEventKind::{Promoted, SecondaryCreated, SecondaryDeleted};
        let (made, earlier) = (event(1000, SecondaryCreated), [event(990, SecondaryDeleted)]);
        let of = |newest: &[TokenEvent], since| deleted_since(&[newest, &earlier].concat(), since);
        let asked = Since::Asked(at(1000));
        assert!(of(&[event(1000, SecondaryDeleted), made.clone()], asked));
        assert!(of(&[event(1121, SecondaryDeleted)], asked), "whatever became of ours");
        assert!(!of(&[], asked) && !deleted_since(&[], asked), "that of another, before ours");
        assert!(!of(&[event(1010, SecondaryDeleted)], asked), "ours may be younger, and its event late");
        assert!(!of(std::slice::from_ref(&made), asked));
        assert!(!of(&[event(1002, Promoted), made.clone()], asked));
        assert!(!of(&[event(1003, SecondaryCreated), event(1002, SecondaryDeleted), made], asked));
        assert!(of(&[event(1001, SecondaryDeleted)], Since::After(at(1000))));
        assert!(!of(&[event(1000, SecondaryDeleted)], Since::After(at(1000))));
    }

    #[test]
    fn a_promotion_after_the_making_ends_what_was_made() {
        use TokenEventKind::{Promoted, SecondaryCreated, SecondaryDeleted};
        let made = event(1000, SecondaryCreated);
        let of = |newest: &[TokenEvent], since| promoted_since(&[newest, &[event(900, Promoted)]].concat(), since);
        let asked = Since::Asked(at(1000));
        assert!(of(&[event(1000, Promoted), made.clone()], asked));
        assert!(of(&[event(1121, Promoted)], asked), "whatever became of ours");
        assert!(!of(&[event(1120, Promoted)], asked), "ours may be younger, and its event late");
        assert!(!of(std::slice::from_ref(&made), asked));
        assert!(!of(&[event(1002, SecondaryDeleted), made.clone()], asked));
        assert!(!of(&[made, event(1000, Promoted)], asked), "ours may be the one that was made after it");
        assert!(!of(&[], asked) && !promoted_since(&[], asked));
        assert!(of(&[event(1001, Promoted)], Since::After(at(1000))));
        assert!(!of(&[event(1000, Promoted)], Since::After(at(1000))));
    }

    #[test]
    fn another_actor_is_told_from_ours() {
        let asked = [(at(1000), Some(at(1000)))];
        let made = event(1000, TokenEventKind::SecondaryCreated);
        let by = |actor: Option<&str>| TokenEvent { actor: actor.map(str::to_owned), ..made.clone() };
        let own = format!("AC{}", "a".repeat(32));
        assert_eq!(judge(&[by(Some(&own))], &asked, 0), Whose::Ours { since: at(1000) });
        let others = [format!("US{}", "b".repeat(32)), format!("SK{}", "a".repeat(32)), "AC".to_owned()];
        for actor in others.iter().map(|actor| Some(actor.as_str())).chain([None]) {
            assert!(matches!(judge(&[by(actor)], &asked, 0), Whose::Ambiguous(_)), "{actor:?}");
        }
        let web = TokenEvent { source: Some("web".into()), ..made };
        assert!(matches!(judge(&[web], &asked, 0), Whose::Ambiguous(_)));
    }
}
