//! An error in one line: what failed, at which request, and what was said about it.

use std::fmt;

use super::{Asked, Inner, Kind, Malformed, Unreachable, Why};

pub(super) struct Shown<'a>(pub(super) &'a Inner);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, asked, status, code, message, request_id, proxy, .. } = self.0;
        let Asked { method, host, path } = asked;
        let message = message.as_deref().unwrap_or("no reason given");
        let first = proxy.as_ref().map(|proxy| format!("the proxy {proxy}, which leads to {host}"));
        match kind {
            Kind::Unreachable(Unreachable::Connect) => {
                write!(f, "could not connect to {}: {message}", first.as_ref().unwrap_or(host))?;
            }
            Kind::Unreachable(Unreachable::Dns) => {
                let first = first.unwrap_or_else(|| format!("the host {host}"));
                write!(f, "could not find {first}: {message}")?;
            }
            Kind::Unreachable(Unreachable::Tls(_)) => {
                write!(f, "no trusted connection to {host}")?;
                if let Some(proxy) = proxy {
                    write!(f, " through the proxy {proxy}")?;
                }
                write!(f, ": {message}")?;
            }
            Kind::Unreachable(Unreachable::Proxy { login }) => {
                let proxy = proxy.as_deref().unwrap_or("on the way");
                write!(f, "the proxy {proxy} did not lead on to {host}: ")?;
                f.write_str(if *login { "it asks for a user name and a password" } else { message })?;
            }
            Kind::Unreachable(Unreachable::Timeout) => {
                write!(f, "{host} did not answer {method} {path} completely in time")?;
            }
            Kind::Unreachable(Unreachable::Dropped) => {
                write!(f, "{host} ended the connection during {method} {path}: {message}")?;
            }
            Kind::Throttled => write!(f, "{host} is throttling {method} {path}")?,
            Kind::Server => write!(f, "{host} failed at {method} {path}")?,
            Kind::Refused(Why::MissingPermission { permission }) => {
                write!(f, "{host} refused {method} {path}: the key lacks the permission {permission}")?;
            }
            Kind::Refused(_) => write!(f, "{host} refused {method} {path}: {message}")?,
            Kind::NotFound => write!(f, "{host} does not know what {method} {path} names: {message}")?,
            Kind::Invalid => write!(f, "{host} did not accept {method} {path}: {message}")?,
            Kind::Conflict => write!(f, "{host} met another change during {method} {path}: {message}")?,
            Kind::Malformed(Malformed::NotTwilios { at: None }) => {
                write!(f, "the answer of {host} to {method} {path} is not Twilio's")?;
            }
            Kind::Malformed(Malformed::NotTwilios { at: Some((line, column)) }) => {
                write!(f, "the answer of {host} to {method} {path} is not what Twilio documents: ")?;
                write!(f, "reading stopped at line {line}, column {column}")?;
            }
            Kind::Malformed(Malformed::TooLarge { limit }) => {
                write!(f, "the answer of {host} to {method} {path} is larger than {limit} bytes")?;
            }
            Kind::Malformed(Malformed::PageLoop) => write!(f, "the list of {host} at {path} has no end")?,
            Kind::Malformed(Malformed::OtherAccount) => {
                write!(f, "the answer of {host} to {method} {path} speaks of another account than the one that asked")?;
            }
            Kind::ForeignHost { host: other } => {
                write!(f, "{host} named a next page of {path} on {other}, where the credential was not sent")?;
            }
            Kind::Redirected { host: Some(other) } => {
                write!(f, "{host} redirected {method} {path} to {other}, where the credential was not sent")?;
            }
            Kind::Redirected { host: None } => write!(f, "{host} redirected {method} {path} to nowhere")?,
            Kind::NotInRegion => write!(f, "restricted keys exist in region us1 only, not at {host}")?,
            Kind::OtherAccount => {
                f.write_str(
                    "a Restricted key is made with a credential of its own account, and this one is another's",
                )?;
            }
            Kind::Setup => write!(f, "no request could be made: {message}")?,
        }
        let mut mark = " (";
        if let Some(code) = code {
            write!(f, "{mark}code {code}")?;
            mark = ", ";
        }
        if let Some(status) = status {
            write!(f, "{mark}HTTP {status}")?;
            mark = ", ";
        }
        if let Some(id) = request_id {
            write!(f, "{mark}request {id}")?;
            mark = ", ";
        }
        if mark == ", " { f.write_str(")") } else { Ok(()) }
    }
}
