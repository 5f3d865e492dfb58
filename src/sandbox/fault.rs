//! Faults: what goes wrong, on which route, how often. And their text form, for a command line.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::model::time::parse_duration;

/// Why a text is not a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No `=` between the fault and the route.
    #[error("`{0}` has no route; the form is FAULT=ROUTE[@N[xCOUNT]], such as `drop-before=POST /v1/Keys@1`")]
    NoRoute(String),
    /// A fault that does not exist.
    #[error(
        "there is no fault `{0}`; there are refuse:STATUS[/CODE], throttle[:SECONDS], slow:DURATION, \
         garble[:html|text|truncated], drop-before, commit-then-drop, hold-before[:DURATION], hold-after[:DURATION], \
         foreign-page[:ORIGIN] and redirect[:ORIGIN]"
    )]
    Unknown(String),
    /// A fault with a setting that makes no sense.
    #[error("the fault `{fault}` cannot take `{setting}`: {why}")]
    Setting {
        /// The fault's name.
        fault: String,
        /// What stands after its colon.
        setting: String,
        /// What it takes.
        why: &'static str,
    },
    /// A route that is neither `*`, a path, nor a method and a path.
    #[error(
        "`{0}` is not a route; write `*`, a path such as `/v1/Keys`, or a method and a path such as `POST /v1/Keys`"
    )]
    Route(String),
    /// What stands after the `@` is not a count.
    #[error("`{0}` is not a count; write N, NxCOUNT or Nx*, with N and COUNT from 1")]
    Count(String),
}

/// When a held exchange stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// The request is here, and nothing was done yet.
    Before,
    /// The work is done, and the answer is withheld.
    After,
}

/// A body that is not what the client asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Garble {
    /// 200 with a page of HTML, as a proxy gives; Twilio never saw the request.
    Html,
    /// 200 with words that are not JSON; Twilio never saw the request.
    Text,
    /// The work is done, and the second half of the real answer is missing.
    Truncated,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Refused with this status and Twilio code; nothing is done.
    Refuse {
        /// The HTTP status.
        status: u16,
        /// Twilio's code.
        code: u32,
    },
    /// Refused with 429/20429; nothing is done.
    Throttle {
        /// Seconds for a `Retry-After` header, if there is to be one.
        retry_after: Option<u64>,
    },
    /// Carried out after this delay.
    Slow(Duration),
    /// Answered with a body that is not the right one.
    Garble(Garble),
    /// The connection is closed; nothing is done.
    DropBefore,
    /// The work is done, then the connection is closed without an answer.
    CommitThenDrop,
    /// Stops until [`super::Sandbox::release`], or until the limit is over.
    Hold {
        /// Before or after the work.
        moment: Moment,
        /// The longest time to stop; without it, for ever.
        limit: Option<Duration>,
    },
    /// The work is done, and the answer's link to the next page leads to this origin.
    ForeignPage(String),
    /// Answered with 307 to the same path at this origin; nothing is done.
    Redirect(String),
}

const FOREIGN: &str = "https://elsewhere.example.test";

/// Which exchanges a fault is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    /// Every exchange.
    Any,
    /// Exchanges on one route.
    Route {
        /// The method; `None` for every one.
        method: Option<String>,
        /// The path. A segment `*` or with braces, such as `{AC}` or `{SK}.json`, stands for any.
        path: String,
    },
}

/// At which of the matching exchanges a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At every one.
    Always,
    /// At `count` matching exchanges from the `from`-th on, both counted from 1; without `count`, at all from there on.
    Nth {
        /// The first that it strikes.
        from: u64,
        /// How many.
        count: Option<u64>,
    },
    /// At the exchange with this number, counted over all exchanges since the start, from 1.
    Exchange(u64),
}

/// Something that goes wrong on purpose. Written `FAULT=ROUTE[@N[xCOUNT]]`: `commit-then-drop=POST /v1/Keys@1`,
/// `slow:250ms=*`, `refuse:403/20403=GET /v1/Keys`, `throttle=*@3x2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub effect: Effect,
    /// On which exchanges.
    pub on: Matcher,
    /// At which of them.
    pub when: When,
}

impl Fault {
    /// A fault at every exchange on a route given in its text form, such as `POST /v1/Keys`.
    ///
    /// # Errors
    /// If the route is not one.
    pub fn on(effect: Effect, route: &str) -> Result<Self, FaultError> {
        Ok(Self { effect, on: route.parse()?, when: When::Always })
    }
}

impl Matcher {
    /// Whether a request is meant.
    #[must_use]
    pub fn matches(&self, method: &str, path: &str) -> bool {
        let Self::Route { method: wanted, path: pattern } = self else { return true };
        let open = |segment: &str| segment == "*" || (segment.starts_with('{') && segment.contains('}'));
        let json = |segment: &str| segment.strip_suffix(".json").is_some();
        let same = |pattern: &str, found: &str| {
            if open(pattern) { json(found) == json(pattern) || pattern == "*" } else { pattern == found }
        };
        wanted.as_deref().is_none_or(|wanted| wanted == method)
            && pattern.split('/').count() == path.split('/').count()
            && pattern.split('/').zip(path.split('/')).all(|(pattern, found)| same(pattern, found))
    }
}

impl FromStr for Matcher {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let wrong = || FaultError::Route(text.to_owned());
        if text == "*" {
            return Ok(Self::Any);
        }
        let (method, path) = match text.split_once(' ') {
            Some(("*", path)) => (None, path.trim_start()),
            Some((method, path)) => (Some(method.to_ascii_uppercase()), path.trim_start()),
            None => (None, text),
        };
        let known = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
        if method.as_deref().is_some_and(|method| !known.contains(&method)) {
            return Err(wrong());
        }
        if path.starts_with('/') && !path.contains(['?', ' ']) {
            Ok(Self::Route { method, path: path.to_owned() })
        } else {
            Err(wrong())
        }
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Route { method: Some(method), path } => write!(f, "{method} {path}"),
            Self::Route { method: None, path } => f.write_str(path),
        }
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        // A route has no `=`, but the origin of a redirect may: the last one is the border.
        let (effect, rest) = text.rsplit_once('=').ok_or_else(|| FaultError::NoRoute(text.to_owned()))?;
        let (route, when) = match rest.rsplit_once('@') {
            Some((route, count)) => (route, parse_when(count)?),
            None => (rest, When::Always),
        };
        Ok(Self { effect: effect.trim().parse()?, on: route.trim().parse()?, when })
    }
}

fn parse_when(text: &str) -> Result<When, FaultError> {
    let number = |part: &str| {
        part.parse::<u64>().ok().filter(|&count| count > 0).ok_or_else(|| FaultError::Count(text.to_owned()))
    };
    match text.split_once('x') {
        None => Ok(When::Nth { from: number(text)?, count: Some(1) }),
        Some((from, "*")) => Ok(When::Nth { from: number(from)?, count: None }),
        Some((from, count)) => Ok(When::Nth { from: number(from)?, count: Some(number(count)?) }),
    }
}

impl FromStr for Effect {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (name, setting) = match text.split_once(':') {
            Some((name, setting)) => (name, Some(setting)),
            None => (text, None),
        };
        let wrong =
            |why| FaultError::Setting { fault: name.to_owned(), setting: setting.unwrap_or_default().to_owned(), why };
        let duration = |text: &str| parse_duration(text).map_err(|_| wrong("a duration such as 250ms or 30s"));
        let origin = || match setting {
            None => Ok(FOREIGN.to_owned()),
            Some(origin) if origin.starts_with("http://") || origin.starts_with("https://") => {
                Ok(origin.trim_end_matches('/').to_owned())
            }
            Some(_) => Err(wrong("an origin such as http://127.0.0.1:9000")),
        };
        match (name, setting) {
            ("refuse", setting) => {
                let why = "a status and a code such as 403/20403";
                let (status, code) = setting.map_or(("", None), |text| match text.split_once('/') {
                    Some((status, code)) => (status, Some(code)),
                    None => (text, None),
                });
                let status = status.parse::<u16>().ok().filter(|status| (400..600).contains(status));
                let status = status.ok_or_else(|| wrong(why))?;
                let code = code.map_or(Ok(20_000 + u32::from(status)), |code| code.parse().map_err(|_| wrong(why)))?;
                Ok(Self::Refuse { status, code })
            }
            ("throttle", None) => Ok(Self::Throttle { retry_after: None }),
            ("throttle", Some(seconds)) => {
                let seconds = seconds.strip_suffix('s').unwrap_or(seconds);
                let seconds = seconds.parse().map_err(|_| wrong("a number of seconds for Retry-After"))?;
                Ok(Self::Throttle { retry_after: Some(seconds) })
            }
            ("slow", Some(text)) => Ok(Self::Slow(duration(text)?)),
            ("slow", None) => Err(wrong("a duration such as 250ms or 30s")),
            ("garble", None | Some("html")) => Ok(Self::Garble(Garble::Html)),
            ("garble", Some("text")) => Ok(Self::Garble(Garble::Text)),
            ("garble", Some("truncated")) => Ok(Self::Garble(Garble::Truncated)),
            ("garble", Some(_)) => Err(wrong("html, text or truncated")),
            ("drop-before", None) => Ok(Self::DropBefore),
            ("commit-then-drop", None) => Ok(Self::CommitThenDrop),
            ("drop-before" | "commit-then-drop", Some(_)) => Err(wrong("nothing")),
            ("hold-before", limit) => {
                Ok(Self::Hold { moment: Moment::Before, limit: limit.map(duration).transpose()? })
            }
            ("hold-after", limit) => Ok(Self::Hold { moment: Moment::After, limit: limit.map(duration).transpose()? }),
            ("foreign-page", _) => Ok(Self::ForeignPage(origin()?)),
            ("redirect", _) => Ok(Self::Redirect(origin()?)),
            _ => Err(FaultError::Unknown(name.to_owned())),
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refuse { status, code } => write!(f, "refuse:{status}/{code}"),
            Self::Throttle { retry_after: None } => f.write_str("throttle"),
            Self::Throttle { retry_after: Some(seconds) } => write!(f, "throttle:{seconds}"),
            Self::Slow(delay) => write!(f, "slow:{}ms", delay.as_millis()),
            Self::Garble(Garble::Html) => f.write_str("garble:html"),
            Self::Garble(Garble::Text) => f.write_str("garble:text"),
            Self::Garble(Garble::Truncated) => f.write_str("garble:truncated"),
            Self::DropBefore => f.write_str("drop-before"),
            Self::CommitThenDrop => f.write_str("commit-then-drop"),
            Self::Hold { moment, limit } => {
                f.write_str(match moment {
                    Moment::Before => "hold-before",
                    Moment::After => "hold-after",
                })?;
                limit.map_or(Ok(()), |limit| write!(f, ":{}ms", limit.as_millis()))
            }
            Self::ForeignPage(origin) => write!(f, "foreign-page:{origin}"),
            Self::Redirect(origin) => write!(f, "redirect:{origin}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.effect, self.on)?;
        match self.when {
            When::Always => Ok(()),
            When::Nth { from, count: Some(1) } => write!(f, "@{from}"),
            When::Nth { from, count: Some(count) } => write!(f, "@{from}x{count}"),
            When::Nth { from, count: None } => write!(f, "@{from}x*"),
            When::Exchange(n) => write!(f, " at exchange {n}"),
        }
    }
}

/// The faults of a running sandbox, each with the number of exchanges that it matched so far.
#[derive(Debug, Default)]
pub(super) struct Armed(Vec<(Fault, u64)>);

impl Armed {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self(faults.into_iter().map(|fault| (fault, 0)).collect())
    }

    pub(super) fn add(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Counts an exchange in every fault it matches; the first whose turn it is strikes.
    pub(super) fn pick(&mut self, n: u64, method: &str, path: &str) -> Option<Effect> {
        let mut effect = None;
        for (fault, seen) in self.0.iter_mut().filter(|(fault, _)| fault.on.matches(method, path)) {
            *seen += 1;
            let strikes = match fault.when {
                When::Always => true,
                When::Exchange(wanted) => n == wanted,
                When::Nth { from, count } => *seen >= from && count.is_none_or(|count| *seen - from < count),
            };
            if strikes && effect.is_none() {
                effect = Some(fault.effect.clone());
            }
        }
        effect
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_read_and_show() {
        for text in [
            "commit-then-drop=POST /v1/Keys@1",
            "slow:250ms=*",
            "refuse:403/20403=GET /v1/Keys",
            "throttle:2=*@3x2",
            "garble:truncated=/v1/Keys/{SK}@2x*",
            "hold-after=DELETE /2010-04-01/Accounts/{AC}/Keys/{SK}.json@1",
            "hold-before:30000ms=*@5",
            "redirect:http://127.0.0.1:9=*",
        ] {
            assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
        }
        assert_eq!("refuse:500=*".parse::<Fault>().unwrap().effect, Effect::Refuse { status: 500, code: 20_500 });
        for (text, says) in [
            ("drop-before", "has no route"),
            ("explode=*", "there is no fault `explode`"),
            ("refuse=*", "a status and a code"),
            ("refuse:200=*", "a status and a code"),
            ("slow=*", "a duration"),
            ("slow:fast=*", "a duration"),
            ("drop-before:1s=*", "nothing"),
            ("drop-before=keys", "is not a route"),
            ("drop-before=FETCH /v1/Keys", "is not a route"),
            ("drop-before=GET *", "is not a route"),
            ("drop-before=*@0", "is not a count"),
            ("drop-before=*@1x", "is not a count"),
            ("redirect:evil=*", "an origin"),
        ] {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn routes_match_by_segment() {
        let hex = "0".repeat(32);
        let matches = |route: &str, method: &str, path: &str| route.parse::<Matcher>().unwrap().matches(method, path);
        assert!(matches("POST /v1/Keys", "POST", "/v1/Keys"));
        assert!(!matches("POST /v1/Keys", "GET", "/v1/Keys"));
        assert!(!matches("POST /v1/Keys", "POST", &format!("/v1/Keys/SK{hex}")));
        assert!(matches("/v1/Keys/*", "GET", &format!("/v1/Keys/SK{hex}")));
        let keys = format!("/2010-04-01/Accounts/AC{hex}/Keys.json");
        assert!(matches("GET /2010-04-01/Accounts/{AC}/Keys.json", "GET", &keys));
        assert!(!matches("GET /2010-04-01/Accounts/{AC}.json", "GET", &keys));
    }

    #[test]
    fn counts_are_per_fault() {
        let fault = |text: &str| text.parse::<Fault>().unwrap();
        let mut armed = Armed::new(vec![fault("throttle=GET /v1/Keys@2x2"), fault("drop-before=*@4")]);
        let mut hit = |n, path: &str| armed.pick(n, "GET", path).map(|effect| effect.to_string());
        assert_eq!(hit(1, "/v1/Keys"), None);
        assert_eq!(hit(2, "/v1/Events"), None);
        assert_eq!(hit(3, "/v1/Keys").as_deref(), Some("throttle"));
        assert_eq!(hit(4, "/v1/Keys").as_deref(), Some("throttle"));
        assert_eq!(hit(5, "/v1/Keys"), None);
    }
}
