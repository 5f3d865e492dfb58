//! What an error proves.

/// How the other end was not reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// No connection, or none in time. Nothing was sent.
    Connect,
    /// The host name was not resolved. Nothing was sent.
    Dns,
    /// No TLS session: a certificate that is not trusted, a proxy in between. Nothing was sent.
    Tls(Distrust),
    /// The proxy was reached and did not lead on to the host. Nothing was sent.
    Proxy {
        /// Whether it asked for a user name and a password.
        login: bool,
    },
    /// Connected, but no complete answer in time. The request may have been carried out.
    Timeout,
    /// Connected, but the connection ended before the answer did. The request may have been carried out.
    Dropped,
}

/// Why there was no TLS session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distrust {
    /// The certificate has expired, by this machine's clock.
    Expired,
    /// The certificate is not valid yet, by this machine's clock.
    NotYetValid,
    /// The certificate is another host's.
    Name,
    /// Nobody who is trusted here has signed the certificate.
    Issuer,
    /// What answered did not speak TLS.
    NoTls,
    /// Something else.
    Other,
}

impl From<&rustls::Error> for Distrust {
    fn from(error: &rustls::Error) -> Self {
        use rustls::{CertificateError as Bad, Error};
        match error {
            Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => Self::Expired,
            Error::InvalidCertificate(Bad::NotValidYet | Bad::NotValidYetContext { .. }) => Self::NotYetValid,
            Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => Self::Name,
            Error::InvalidCertificate(Bad::UnknownIssuer) => Self::Issuer,
            Error::InvalidMessage(_) => Self::NoTls,
            _ => Self::Other,
        }
    }
}

/// What made an answer unusable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// Not JSON, or not the JSON that Twilio documents for this request. The body is never repeated.
    NotTwilios {
        /// Line and column where reading stopped, if it was JSON at all up to there.
        at: Option<(usize, usize)>,
    },
    /// More bytes than any answer to this request has.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The list leads back to a page already seen, or has no end.
    PageLoop,
    /// The answer speaks of another account than the one that asked.
    OtherAccount,
}

/// Why Twilio refused a request. 401 and 403 are used alike; the code and the message decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// 20003: the pair of user and secret is not accepted here: wrong, deleted, of another region or account, or the
    /// account is suspended.
    BadCredential,
    /// 20003 to an API key on an endpoint closed to Standard keys: a wrong secret and a good Standard key get this
    /// same answer.
    StandardKeyOrBadCredential,
    /// 70051 naming the permission: the secret is right, the Restricted key's policy lacks this name.
    MissingPermission {
        /// The permission, with its leading slash.
        permission: String,
    },
    /// 20005, 20403 or 10001: the account is suspended or closed.
    AccountInactive,
    /// 20003 "Policy evaluation failed": v2010 key calls answer so on some accounts where IAM v1 works.
    PolicyEvaluation,
    /// 70052: the account takes only requests signed by Public Key Client Validation.
    ClientValidationRequired,
    /// 20008: test credentials, where there is no test mode.
    TestCredential,
    /// A refusal that does not say whether the credential is good, such as 70051 without a permission.
    Ambiguous,
}

/// What an error proves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// No complete answer.
    Unreachable(Unreachable),
    /// 429. The request was not processed.
    Throttled,
    /// 5xx. The request may have been carried out.
    Server,
    /// The credential was refused, or may not do this.
    Refused(Why),
    /// Twilio says that the thing does not exist.
    NotFound,
    /// Twilio says that the request is wrong, and its code why: 70001 a name too long, 70002 an unknown permission or a
    /// SID of the wrong kind, 70151 too many keys, 20007 a page too large.
    Invalid,
    /// 409: something else changed the thing at the same time.
    Conflict,
    /// An answer that cannot be Twilio's, or cannot be used.
    Malformed(Malformed),
    /// The next page is said to be on another scheme, host or port. It was not asked for.
    ForeignHost {
        /// The host named, escaped.
        host: String,
    },
    /// A 3xx answer. It was not followed.
    Redirected {
        /// The host named, escaped; nothing if none was.
        host: Option<String>,
    },
    /// Restricted keys exist in US1 only. Nothing was sent.
    NotInRegion,
    /// A Restricted key is made with a credential of its own account only. Nothing was sent.
    OtherAccount,
    /// The client could not be made: an extra CA that cannot be read. Nothing was sent.
    Setup,
}
