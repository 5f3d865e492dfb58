//! One request: who asks what of whom, and how much the answer may bring.

use reqwest::{Method, Url};

use crate::api::error::Asked;
use crate::model::{Credential, KeyPair, Secret};

/// The most bytes of one page of a list: 1000 keys are a quarter of a megabyte.
pub(in crate::api) const PAGE_CAP: usize = 8 << 20;
/// The most bytes of any other answer.
const CAP: usize = 1 << 20;
/// Who asks.
#[derive(Clone, Copy)]
pub(in crate::api) struct Login<'a> {
    pub(super) user: &'a str,
    pub(super) secret: &'a Secret,
    pub(super) is_key: bool,
}

impl<'a> From<&'a Credential> for Login<'a> {
    fn from(credential: &'a Credential) -> Self {
        Self { user: credential.user(), secret: credential.secret(), is_key: credential.key().is_some() }
    }
}

impl<'a> From<&'a KeyPair> for Login<'a> {
    fn from(pair: &'a KeyPair) -> Self {
        Self { user: pair.sid.as_str(), secret: &pair.secret, is_key: true }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Verb {
    Get,
    Post,
    Delete,
}

impl Verb {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }

    pub(super) fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Delete => Method::DELETE,
        }
    }
}

/// One request.
pub(in crate::api) struct Call<'a> {
    pub(in crate::api) verb: Verb,
    pub(in crate::api) url: Url,
    pub(in crate::api) form: &'a [(&'a str, &'a str)],
    pub(in crate::api) login: Login<'a>,
    pub(in crate::api) cap: usize,
    /// Whether Standard keys are refused here, which makes a 20003 to a key say less.
    pub(in crate::api) closed: bool,
}

impl<'a> Call<'a> {
    pub(in crate::api) fn get(url: Url, login: Login<'a>) -> Self {
        Self { verb: Verb::Get, url, form: &[], login, cap: CAP, closed: false }
    }

    pub(in crate::api) fn asked(&self) -> Asked {
        Asked::new(self.verb.as_str(), &self.url)
    }
}
