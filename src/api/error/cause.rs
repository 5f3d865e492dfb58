//! Why there was no answer, from the HTTP library's chain of causes.

use super::{Distrust, Unreachable};
use crate::api::refusal::tame;

/// Finds what a chain of causes amounts to. Only the innermost cause is quoted: the outer ones repeat the address.
pub(super) fn diagnose(error: &reqwest::Error) -> (Unreachable, String) {
    let mut cause: &(dyn std::error::Error + 'static) = error;
    let (mut dns, mut tls, mut tunnel) = (false, None, None);
    loop {
        tls = cause.downcast_ref::<rustls::Error>().map(Distrust::from).or(tls);
        if let Some(said) = cause.to_string().strip_prefix("tunnel error: ") {
            tunnel = Some(said.to_owned());
        }
        // The connector's own words; its type is private. A change of them costs the distinction, no more.
        dns |= cause.to_string() == "dns error";
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        match inner.map(|inner| inner as &(dyn std::error::Error + 'static)).or_else(|| cause.source()) {
            Some(deeper) => cause = deeper,
            None => break,
        }
    }
    // The tunnel's words as well; a proxy that was not even reached counts as a failed connection.
    let refused = tunnel.filter(|said| said != "failed to create underlying connection");
    let how = match (error.is_connect(), tls) {
        (true, _) if dns => Unreachable::Dns,
        (true, Some(distrust)) => Unreachable::Tls(distrust),
        (true, None) => match refused.as_deref() {
            // It answered the CONNECT with another status than 200; the library does not tell which.
            Some("unsuccessful") => return (Unreachable::Proxy { login: false }, "it refused the CONNECT".to_owned()),
            Some(said) => Unreachable::Proxy { login: said == "proxy authorization required" },
            None => Unreachable::Connect,
        },
        _ if error.is_timeout() => Unreachable::Timeout,
        _ => Unreachable::Dropped,
    };
    (how, tame(&cause.to_string()))
}
