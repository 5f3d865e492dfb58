//! Whose secondary token it is that an account has, after a create that was never answered. Pure.
//!
//! A token that nobody holds can be told from somebody else's by one thing only: that Twilio's events date its making to
//! the moment of our asking. What is not proven ours is never deleted without the user's word.

use std::time::Duration;

use crate::api::{Outstanding, TokenEvent, TokenEventKind, outstanding};
use crate::model::time::{self, Timestamp};

/// The longest time from the moment before a create is sent to the moment Twilio carries it out.
pub const WINDOW: Duration = Duration::from_mins(2);

/// Events tell whole seconds, and so do the dates of answers.
const SECOND: Duration = Duration::from_secs(1);

/// What the events prove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// It was made by a create of ours.
    Ours,
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

/// Judges by the events of an account whose secondary token it has, and by each moment at which we asked for one: by this
/// machine's clock, and by Twilio's if its last answer told.
#[must_use]
pub fn whose(events: &[TokenEvent], asked: &[(Timestamp, Option<Timestamp>)]) -> Whose {
    let Outstanding::Yes { since } = outstanding(events) else { return Whose::Untold };
    let in_window = |at: Timestamp| {
        asked
            .iter()
            .filter_map(|(_, server)| *server)
            .any(|server| time::after(at, SECOND) >= server && at <= time::after(server, WINDOW))
    };
    if !in_window(since) {
        // Without Twilio's time beside ours no event can be matched with certainty.
        return if asked.iter().any(|(_, server)| server.is_none()) {
            Whose::Ambiguous("Twilio's answers carried no time when it was asked for")
        } else {
            Whose::Foreign { since }
        };
    }
    let made = events.iter().filter(|event| event.change == TokenEventKind::SecondaryCreated && in_window(event.at));
    if made.count() > asked.len() {
        return Whose::Ambiguous("somebody else made one within the same two minutes");
    }
    Whose::Ours
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn event(second: i64, change: TokenEventKind) -> TokenEvent {
        TokenEvent { at: at(second), change, actor: None, actor_type: None, source: None }
    }

    #[test]
    fn only_what_was_made_while_we_asked_is_ours() {
        use TokenEventKind::{Promoted, SecondaryCreated, SecondaryDeleted};
        let asked = [(at(1000), Some(at(1000)))];
        let made = |second| vec![event(second, SecondaryCreated)];
        assert_eq!(whose(&made(1000), &asked), Whose::Ours);
        assert_eq!(whose(&made(999), &asked), Whose::Ours);
        assert_eq!(whose(&made(1120), &asked), Whose::Ours);
        assert_eq!(whose(&made(998), &asked), Whose::Foreign { since: at(998) });
        assert_eq!(whose(&made(1121), &asked), Whose::Foreign { since: at(1121) });
        assert_eq!(whose(&[], &asked), Whose::Untold);
        assert_eq!(whose(&[event(1005, SecondaryDeleted), event(1000, SecondaryCreated)], &asked), Whose::Untold);
        assert_eq!(whose(&[event(1005, Promoted), event(1000, SecondaryCreated)], &asked), Whose::Untold);
    }

    #[test]
    fn what_fits_both_is_not_guessed() {
        use TokenEventKind::{SecondaryCreated, SecondaryDeleted};
        let two = [event(1003, SecondaryCreated), event(1002, SecondaryDeleted), event(1001, SecondaryCreated)];
        let once = [(at(1000), Some(at(1000)))];
        let twice = [(at(1000), Some(at(1000))), (at(1003), Some(at(1003)))];
        assert!(matches!(whose(&two, &once), Whose::Ambiguous(_)));
        assert_eq!(whose(&two, &twice), Whose::Ours);
        assert!(matches!(whose(&two[..1], &[(at(1003), None)]), Whose::Ambiguous(_)));
    }
}
