//! Where requests go: Twilio's hosts by region and edge, or one base of the user's choosing.

use reqwest::Url;

/// A Twilio product with a host of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// `api.twilio.com`, the API of 2010.
    Api,
    /// `iam.twilio.com`, API keys with policies.
    Iam,
    /// `verify.twilio.com`, asked only whether it would answer.
    Verify,
    /// `accounts.twilio.com`, Auth Tokens.
    Accounts,
    /// `monitor.twilio.com`, the trail of changes.
    Monitor,
}

impl Product {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Api, "api"),
        (Self::Iam, "iam"),
        (Self::Verify, "verify"),
        (Self::Accounts, "accounts"),
        (Self::Monitor, "monitor"),
    ];
}

/// Regions that process and store apart, with the edge each goes with
/// (`twilio.com/docs/global-infrastructure/api-domain-migration-guide`).
const REGIONS: &[(&str, &str)] = &[("us1", "ashburn"), ("ie1", "dublin"), ("au1", "sydney"), ("jp1", "tokyo")];

/// Why credentials will not be sent to an address. The address is not repeated: it may carry a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// A region without an edge that is not one of those whose edge is known. `{product}.{region}.twilio.com` is
    /// retired and was silently processed in US1.
    #[error("region `{0}` needs an edge: its own is not known, and the host form without an edge is retired")]
    UnknownRegion(String),
    /// A region or edge that is no name of one. It is not repeated, and not sent as a part of a host name: it may be a
    /// secret in the wrong place.
    #[error("{0} is at most 20 lower-case letters, digits and hyphens")]
    NotALabel(&'static str),
    /// Not a URL.
    #[error("not a URL")]
    NotAUrl,
    /// A scheme other than https, or http to a host that is not this machine.
    #[error("credentials are sent over https, or over http to this machine only")]
    Insecure,
    /// A user name, password, path, query or fragment in the base.
    #[error("the URL may hold a scheme, a host and a port only")]
    NotABase,
}

/// The hosts requests go to, checked once, before any credential is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    bases: [Url; Product::ALL.len()],
    custom: bool,
    us1: bool,
    region: String,
}

impl Endpoint {
    /// Twilio itself. Neither region nor edge is US1; an edge alone is US1 through that edge; a region alone is
    /// completed with its own edge.
    ///
    /// # Errors
    /// If the region's edge is not known and none is given, or one of them is no name of a region or an edge.
    pub fn twilio(region: Option<&str>, edge: Option<&str>) -> Result<Self, EndpointError> {
        for (text, what) in [(region, "a region"), (edge, "an edge")] {
            if text.is_some_and(|text| !is_label(text)) {
                return Err(EndpointError::NotALabel(what));
            }
        }
        let place = match (region, edge) {
            (None, None) => None,
            (region, Some(edge)) => Some((region.unwrap_or("us1"), edge)),
            (Some(region), None) => match REGIONS.iter().find(|(known, _)| *known == region) {
                Some(known) => Some(*known),
                None => return Err(EndpointError::UnknownRegion(region.to_owned())),
            },
        };
        let base = |name: &str| {
            let text = match place {
                None => format!("https://{name}.twilio.com"),
                Some((region, edge)) => format!("https://{name}.{edge}.{region}.twilio.com"),
            };
            Url::parse(&text).map_err(|_| EndpointError::NotAUrl)
        };
        let [api, iam, verify, accounts, monitor] = Product::ALL.map(|(_, name)| base(name));
        Ok(Self {
            bases: [api?, iam?, verify?, accounts?, monitor?],
            custom: false,
            us1: place.is_none_or(|(region, _)| region == "us1"),
            region: place.map_or("us1", |(region, _)| region).to_owned(),
        })
    }

    /// One base for every product: https, or http to this machine. It is not Twilio; it tells products apart by path.
    ///
    /// # Errors
    /// If the text is not a URL, holds more than scheme, host and port, or would send credentials in clear over a
    /// network.
    pub fn custom(url: &str) -> Result<Self, EndpointError> {
        let base = Url::parse(url).map_err(|_| EndpointError::NotAUrl)?;
        let secure = match base.scheme() {
            "https" => base.host().is_some(),
            "http" => is_loopback(&base),
            _ => false,
        };
        if !secure {
            return Err(EndpointError::Insecure);
        }
        let only_host = base.path() == "/" && base.query().is_none() && base.fragment().is_none();
        if !only_host || !base.username().is_empty() || base.password().is_some() {
            return Err(EndpointError::NotABase);
        }
        Ok(Self { bases: std::array::from_fn(|_| base.clone()), custom: true, us1: true, region: String::new() })
    }

    /// Whether this is a base of the user's choosing, not Twilio.
    #[must_use]
    pub fn is_custom(&self) -> bool {
        self.custom
    }

    /// Which Twilio this is, whatever the way to it: accounts, keys and tokens are a region's, and every edge leads to
    /// the same ones. A custom base is itself, `localhost` being this machine like any loopback address.
    #[must_use]
    pub fn identity(&self) -> String {
        if !self.custom {
            return format!("twilio {}", self.region);
        }
        let base = self.base(Product::Iam);
        let port = base.port_or_known_default().map_or_else(String::new, |port| format!(":{port}"));
        if is_loopback(base) { format!("127.0.0.1{port}") } else { host(base) }
    }

    /// Whether requests are processed in US1, the only region with Restricted keys.
    #[must_use]
    pub fn is_us1(&self) -> bool {
        self.us1
    }

    /// The host, with its port if it is not the scheme's own, that a product's requests go to.
    #[must_use]
    pub fn host(&self, product: Product) -> String {
        host(self.base(product))
    }

    /// Whether every request stays on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.custom && is_loopback(self.base(Product::Api))
    }

    /// The address of a path that starts with `/`.
    pub(super) fn url(&self, product: Product, path: &str) -> Url {
        let mut url = self.base(product).clone();
        url.set_path(path);
        url
    }

    fn base(&self, product: Product) -> &Url {
        &self.bases[product as usize]
    }
}

/// The host of an address, with its port if it is not the scheme's own.
pub(super) fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}

/// Whether it may be the name of a region or an edge. Twilio's longest has 12 characters, a secret 32.
fn is_label(text: &str) -> bool {
    (1..=20).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_loopback(url: &Url) -> bool {
    let name = url.host_str().unwrap_or_default();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    address.map_or(name == "localhost", |address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_follow_region_and_edge() {
        let host = |region, edge| Endpoint::twilio(region, edge).map(|e| e.host(Product::Iam));
        assert_eq!(host(None, None).unwrap(), "iam.twilio.com");
        assert_eq!(host(Some("ie1"), None).unwrap(), "iam.dublin.ie1.twilio.com");
        assert_eq!(host(Some("us1"), None).unwrap(), "iam.ashburn.us1.twilio.com");
        assert_eq!(host(None, Some("frankfurt")).unwrap(), "iam.frankfurt.us1.twilio.com");
        assert_eq!(host(Some("xx9"), Some("roaming")).unwrap(), "iam.roaming.xx9.twilio.com");
        assert_eq!(host(Some("br1"), None), Err(EndpointError::UnknownRegion("br1".into())));
        assert_eq!(host(Some("ie1"), Some("evil.example/")), Err(EndpointError::NotALabel("an edge")));
        assert_eq!(host(Some(""), None), Err(EndpointError::NotALabel("a region")));
        // A secret in the wrong place is neither repeated nor asked for as a part of a host name.
        let secret = "0123456789abcdef".repeat(2);
        assert_eq!(host(Some(&secret), None), Err(EndpointError::NotALabel("a region")));
        assert_eq!(host(Some(&secret), Some("dublin")), Err(EndpointError::NotALabel("a region")));
        assert_eq!(host(Some("ie1"), Some(&secret)), Err(EndpointError::NotALabel("an edge")));
        assert!(Endpoint::twilio(None, Some("dublin")).unwrap().is_us1());
        assert!(!Endpoint::twilio(Some("ie1"), None).unwrap().is_us1());
        let hosts = Product::ALL.map(|(product, name)| (Endpoint::twilio(None, None).unwrap().host(product), name));
        assert!(hosts.iter().all(|(host, name)| *host == format!("{name}.twilio.com")), "{hosts:?}");
    }

    #[test]
    fn a_custom_base_is_https_or_this_machine() {
        for good in ["https://twilio.example", "http://127.0.0.1:4010", "http://localhost:1/", "http://[::1]:9"] {
            assert!(Endpoint::custom(good).unwrap().is_custom(), "{good}");
        }
        assert!(Endpoint::custom("http://127.0.0.1:1").unwrap().is_loopback());
        assert!(!Endpoint::custom("https://twilio.example").unwrap().is_loopback());
        for (bad, why) in [
            ("http://twilio.example", EndpointError::Insecure),
            ("http://127.0.0.1.evil.example", EndpointError::Insecure),
            ("ftp://127.0.0.1", EndpointError::Insecure),
            ("https://user:word@twilio.example", EndpointError::NotABase),
            ("https://twilio.example/base", EndpointError::NotABase),
            ("https://twilio.example?x=1", EndpointError::NotABase),
            ("twilio.example", EndpointError::NotAUrl),
        ] {
            assert_eq!(Endpoint::custom(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn every_way_to_a_region_is_the_same_twilio() {
        let twilio = |region, edge| Endpoint::twilio(region, edge).unwrap().identity();
        assert_eq!(twilio(None, None), twilio(None, Some("ashburn")));
        assert_eq!(twilio(None, None), twilio(Some("us1"), Some("dublin")));
        assert_eq!(twilio(Some("ie1"), None), twilio(Some("ie1"), Some("frankfurt")));
        assert_ne!(twilio(Some("ie1"), None), twilio(None, None));
        let custom = |url| Endpoint::custom(url).unwrap().identity();
        assert_eq!(custom("http://127.0.0.1:8080"), custom("http://localhost:8080"));
        assert_ne!(custom("http://127.0.0.1:8080"), custom("http://127.0.0.1:8081"));
    }
}
