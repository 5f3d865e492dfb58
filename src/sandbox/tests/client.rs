//! A small blocking HTTP/1.1 client, and a desk with one sandbox and its credentials on it.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::model::time::Timestamp;
use crate::model::{AccountSid, KeySid};
use crate::sandbox::{Kind, Options, Sandbox, State};

pub(super) const SOON: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(super) fn code(&self) -> (u16, u64) {
        (self.status, self.json()["code"].as_u64().unwrap())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no {name} in {self:?}")).to_owned()
    }
}

/// User and password.
pub(super) type Login = (String, String);

/// A request on a connection that stays open.
pub(super) struct Line(BufReader<TcpStream>);

impl Line {
    pub(super) fn to(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        Self(BufReader::new(stream))
    }

    pub(super) fn write(&mut self, method: &str, target: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut text = format!("{method} {target} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            write!(text, "Host: {}\r\n", self.0.get_ref().peer_addr().unwrap()).unwrap();
        }
        for (name, value) in headers {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        text.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
        write!(text, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    pub(super) fn read(&mut self) -> io::Result<Reply> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut reply = Reply { status, headers, body: String::new() };
        let length = reply.header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        reply.body = String::from_utf8(body).unwrap();
        Ok(reply)
    }
}

pub(super) fn basic((user, password): &Login) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

/// One request on a connection of its own.
pub(super) fn send(
    addr: SocketAddr,
    login: Option<&Login>,
    method: &str,
    target: &str,
    form: &[(&str, &str)],
) -> io::Result<Reply> {
    let mut line = Line::to(addr);
    let login = login.map(basic);
    let headers: Vec<(&str, &str)> = login.iter().map(|login| ("Authorization", login.as_str())).collect();
    line.write(method, target, &headers, form);
    line.read()
}

/// A sandbox with the sample in it, and the credentials of the sample.
pub(super) struct Desk {
    pub(super) sandbox: Sandbox,
    pub(super) account: AccountSid,
    pub(super) child: AccountSid,
    pub(super) token: Login,
    pub(super) child_token: Login,
    pub(super) main: Login,
    pub(super) standard: Login,
    pub(super) rotator: Login,
}

pub(super) fn clock() -> Timestamp {
    "2026-11-22T02:00:00Z".parse().unwrap()
}

pub(super) fn options() -> Options {
    Options::new(Arc::new(clock))
}

impl Desk {
    pub(super) fn new() -> Self {
        Self::with(options())
    }

    pub(super) fn faulty(fault: &str) -> Self {
        let mut options = options();
        options.faults.push(fault.parse().unwrap());
        Self::with(options)
    }

    pub(super) fn with(options: Options) -> Self {
        Self::of(State::sample(42), options)
    }

    pub(super) fn of(state: State, options: Options) -> Self {
        let sids: Vec<AccountSid> = state.accounts().map(|account| account.sid.clone()).collect();
        let token = |sid: &AccountSid| (sid.to_string(), state.account(sid).unwrap().token.text().to_owned());
        let key = |wanted: fn(&Kind) -> bool| {
            let key = state.keys(&sids[0]).find(|key| wanted(&key.kind)).unwrap();
            (key.sid.to_string(), key.secret.text().to_owned())
        };
        let (token, child_token) = (token(&sids[0]), token(&sids[1]));
        let main = key(|kind| *kind == Kind::Main);
        let standard = key(|kind| *kind == Kind::Standard);
        let rotator = key(|kind| matches!(kind, Kind::Restricted(_)));
        Self {
            sandbox: Sandbox::start(state, options).unwrap(),
            account: sids[0].clone(),
            child: sids[1].clone(),
            token,
            child_token,
            main,
            standard,
            rotator,
        }
    }

    pub(super) fn send(&self, login: &Login, method: &str, target: &str, form: &[(&str, &str)]) -> Reply {
        send(self.sandbox.addr(), Some(login), method, target, form).unwrap()
    }

    pub(super) fn get(&self, login: &Login, target: &str) -> Reply {
        self.send(login, "GET", target, &[])
    }

    /// Makes a key at IAM with the account's token.
    pub(super) fn make(&self, form: &[(&str, &str)]) -> Reply {
        let mut whole = vec![("AccountSid", self.account.as_str())];
        whole.extend_from_slice(form);
        self.send(&self.token, "POST", "/v1/Keys", &whole)
    }

    /// A path under the main account on v2010.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/2010-04-01/Accounts/{}{rest}", self.account)
    }

    pub(super) fn names(&self) -> Vec<String> {
        let name = |key: &crate::sandbox::Key| key.name.clone().unwrap_or_default();
        self.sandbox.with_state(|state| state.keys(&self.account).map(name).collect())
    }
}

pub(super) fn login_of(reply: &Reply) -> Login {
    (KeySid::parse(&reply.text("sid")).unwrap().to_string(), reply.text("secret"))
}
