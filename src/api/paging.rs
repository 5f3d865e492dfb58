//! Lists of several pages: complete, on one host, and with an end.

use std::collections::HashSet;

use reqwest::Url;

use super::endpoint::host;
use super::error::{Error, Kind, Malformed};
use super::refusal::tame;
use super::transport::{Answer, Call, Login, PAGE_CAP, Transport};

/// The most pages of one list: a million keys at 100 a page. A server that invents a new page each time is stopped here.
const PAGES_MAX: usize = 10_000;

/// Where an answer says that the list goes on.
pub(super) enum Next {
    /// The list ends here.
    End,
    /// An address with scheme and host, as the v1 APIs give it.
    Absolute(String),
    /// An address on the same host, as v2010 gives it.
    Relative(String),
}

/// Asks for every page of a list that is closed to Standard keys, one after the other, and hands each over as it comes.
pub(super) async fn walk<T>(
    transport: &Transport,
    login: Login<'_>,
    first: Url,
    read: impl Fn(&Answer, &Call<'_>) -> Result<(Vec<T>, Next), Error>,
    mut each: impl FnMut(Vec<T>),
) -> Result<(), Error> {
    walk_while(transport, login, first, true, read, |page| {
        each(page);
        true
    })
    .await
}

/// Asks for page after page as long as `each`, which gets them, wants more. `closed` is as in [`Call`].
pub(super) async fn walk_while<T>(
    transport: &Transport,
    login: Login<'_>,
    first: Url,
    closed: bool,
    read: impl Fn(&Answer, &Call<'_>) -> Result<(Vec<T>, Next), Error>,
    mut each: impl FnMut(Vec<T>) -> bool,
) -> Result<(), Error> {
    let mut asked = HashSet::new();
    let mut url = first;
    loop {
        let call = Call { cap: PAGE_CAP, closed, ..Call::get(url, login) };
        let answer = transport.send(&call).await?;
        let (items, next) = read(&answer, &call)?;
        let next = match next {
            Next::End => None,
            Next::Absolute(next) => Some(absolute(&call.url, &next)),
            Next::Relative(next) => Some(relative(&call.url, &next)),
        };
        let wrong = |kind| Error::unusable(kind, call.asked(), &answer.head);
        let next = next.transpose().map_err(wrong)?;
        let more = each(items);
        match next.filter(|_| more) {
            None => return Ok(()),
            Some(next) => {
                asked.insert(call.url.to_string());
                if asked.contains(next.as_str()) || asked.len() >= PAGES_MAX {
                    return Err(Error::unusable(Kind::Malformed(Malformed::PageLoop), call.asked(), &answer.head));
                }
                url = next;
            }
        }
    }
}

/// A page of entries, each as what it stands for. One that is not what it should be spoils the page: a list with a gap
/// is not complete.
pub(super) fn page<W, T>(
    entries: Vec<W>,
    next: Next,
    read: impl Fn(W) -> Option<T>,
    answer: &Answer,
    call: &Call<'_>,
) -> Result<(Vec<T>, Next), Error> {
    let read: Option<Vec<_>> = entries.into_iter().map(read).collect();
    Ok((read.ok_or_else(|| answer.unusable(call, None))?, next))
}

/// Takes an address only if it is on the scheme, host and port that were asked: the credential goes nowhere else.
fn absolute(current: &Url, next: &str) -> Result<Url, Kind> {
    let Ok(url) = Url::parse(next) else {
        return Err(Kind::Malformed(Malformed::NotTwilios { at: None }));
    };
    let bare = url.username().is_empty() && url.password().is_none();
    let same = (url.scheme(), url.host_str(), url.port()) == (current.scheme(), current.host_str(), current.port());
    if same && bare { Ok(url) } else { Err(Kind::ForeignHost { host: tame(&host(&url)) }) }
}

/// Takes a path on the same host. `//other.example/…` is a host and not a path, and so is `/\other.example`.
fn relative(current: &Url, next: &str) -> Result<Url, Kind> {
    let path = next.starts_with('/') && !next[1..].starts_with(['/', '\\']);
    match current.join(next) {
        Ok(url) if path => absolute(current, url.as_str()),
        Ok(url) => Err(Kind::ForeignHost { host: tame(&host(&url)) }),
        Err(_) => Err(Kind::Malformed(Malformed::NotTwilios { at: None })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_stays_on_the_host_asked() {
        let current = Url::parse("https://iam.twilio.com/v1/Keys?Page=0").unwrap();
        assert!(absolute(&current, "https://iam.twilio.com/v1/Keys?Page=1").is_ok());
        assert!(absolute(&current, "https://iam.twilio.com:443/v1/Keys?Page=1").is_ok());
        for (next, other) in [
            ("http://iam.twilio.com/v1/Keys?Page=1", "iam.twilio.com"),
            ("https://iam.twilio.com:444/v1/Keys", "iam.twilio.com:444"),
            ("https://iam.twilio.com.evil.example/", "iam.twilio.com.evil.example"),
            ("https://iam.twilio.com@evil.example/", "evil.example"),
            ("https://user:word@iam.twilio.com/v1/Keys", "iam.twilio.com"),
        ] {
            assert_eq!(absolute(&current, next), Err(Kind::ForeignHost { host: other.into() }), "{next}");
        }
        assert!(relative(&current, "/2010-04-01/Accounts.json?Page=1").is_ok());
        for next in ["//evil.example/", "/\\evil.example/", "https://evil.example/"] {
            assert_eq!(relative(&current, next), Err(Kind::ForeignHost { host: "evil.example".into() }), "{next}");
        }
        assert!(relative(&current, "Keys?Page=1").is_err());
    }
}
