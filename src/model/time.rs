//! Moments and durations: RFC 3339 out, RFC 2822 and RFC 3339 in, and spans as people write them (`90d`, `24h`).

use std::time::Duration;

pub use jiff::Timestamp;

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration; write a number and a unit, such as 90d, 24h, 15m or 30s")]
pub struct DurationError(String);

/// Reads a duration such as `90d`, `24h`, `1w 2d` or `30s`. A day is 24 hours. A bare number is refused except `0`:
/// its unit would be a guess.
///
/// # Errors
/// If the text is not one, is negative, or is too long to count in seconds.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let wrong = || DurationError(text.to_owned());
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let span: jiff::Span = text.parse().map_err(|_| wrong())?;
    let signed = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    Duration::try_from(signed).map_err(|_| wrong())
}

/// Writes a duration as people read it: its two largest units, such as `89d 4h` or `15m`.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let first = parts.iter().position(|(count, _)| *count > 0).unwrap_or(3);
    let text: Vec<String> = parts[first..]
        .iter()
        .take(2)
        .enumerate()
        .filter(|(at, (count, _))| *at == 0 || *count > 0)
        .map(|(_, (count, unit))| format!("{count}{unit}"))
        .collect();
    text.join(" ")
}

/// Reads a moment as Twilio writes it: RFC 2822 (v2010 and IAM keys) or RFC 3339 (tokens, events).
#[must_use]
pub fn parse_twilio(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).map(|zoned| zoned.timestamp()).ok().or_else(|| text.parse().ok())
}

/// Writes a moment as RFC 2822 in UTC, as Twilio writes the dates of keys and accounts.
#[must_use]
pub fn show_rfc2822(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// The time from `earlier` to `later`; zero if it runs backwards.
#[must_use]
pub fn since(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or(Duration::ZERO)
}

/// A moment moved forward; the last representable moment if it would leave the calendar.
#[must_use]
pub fn after(at: Timestamp, duration: Duration) -> Timestamp {
    at.saturating_add(jiff::SignedDuration::try_from(duration).unwrap_or(jiff::SignedDuration::MAX))
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_show() {
        for (text, seconds, shown) in [
            ("90d", 7_776_000, "90d"),
            ("24h", 86_400, "1d"),
            ("1w 2d", 777_600, "9d"),
            ("36h", 129_600, "1d 12h"),
            ("30s", 30, "30s"),
            ("0", 0, "0s"),
            ("0s", 0, "0s"),
        ] {
            let duration = parse_duration(text).unwrap();
            assert_eq!((duration.as_secs(), show_duration(duration).as_str()), (seconds, shown));
        }
        for text in ["", "90", "-1d", "soon", "1y 2", "d", "999999999999d"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn twilio_moments_of_both_forms() {
        let at = parse_twilio("Wed, 04 Mar 2026 10:23:47 +0000").unwrap();
        assert_eq!(at.to_string(), "2026-03-04T10:23:47Z");
        assert_eq!(parse_twilio("2026-03-04T10:23:47Z"), Some(at));
        assert_eq!(show_rfc2822(at), "Wed, 04 Mar 2026 10:23:47 +0000");
        assert_eq!(parse_twilio("yesterday"), None);
    }
}
