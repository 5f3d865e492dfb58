//! TLS that is not to be trusted, a proxy on the way, and Twilio's own host names with their regions.

use insta::assert_snapshot;

use crate::support::front::{Front, Role, certificate};
use crate::support::{World, repos};

const ROTATE: &[&str] = &["keys", "rotate", "--env-file", "repos.env"];

/// A world whose Twilio speaks TLS under these names. `None` if there is no openssl to make a certificate with.
fn behind_tls(region: &str, names: &str) -> Option<(World, Front)> {
    let world = World::served(|_| {}, |options| region.clone_into(&mut options.rules.region));
    world.file("repos.env", &repos());
    let config = certificate(world.home.path(), names)?;
    let front = Front::start(Role::Tls(config), world.sandbox.addr());
    Some((world, front))
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn an_authority_that_nobody_trusts() {
    let Some((world, front)) = behind_tls("us1", "IP:127.0.0.1") else { return };
    let world = world.env("TWCRED_API_URL", &format!("https://{}", front.addr));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 1
    --- stderr
    error: fetching the key that is to be replaced failed
      because: no trusted connection to TWILIO: invalid peer certificate: UnknownIssuer
    hint: if a proxy or a server of your own answers here, trust its authority with --ca-file FILE
    ");
    let misnamed = format!("https://localhost:{}", front.addr.port());
    let cert = world.path("cert.pem");
    let cert = cert.to_str().unwrap();
    let ran = world.refused(&[ROTATE, &["--ca-file", cert, "--api-url", &misnamed]].concat());
    assert_snapshot!(ran.to_string().replace(&front.addr.port().to_string(), "PORT"), @r#"
    exit: 1
    --- stderr
    warning: asking localhost:PORT, which is not Twilio
    error: fetching the key that is to be replaced failed
      because: no trusted connection to localhost:PORT: invalid peer certificate: certificate not valid for name "localhost"; certificate is only valid for IpAddress(127.0.0.1)
    hint: the certificate is another host's: look at --api-url, at HTTPS_PROXY, and at what the name leads to (getent hosts localhost)
    "#);
    assert!(world.sandbox.exchanges().is_empty(), "a request was sent");
    assert_eq!(world.run(&[ROTATE, &["--ca-file", cert]].concat()).code, Some(0));
    let ran = world.env("SSL_CERT_FILE", cert);
    assert_eq!(ran.run(&[ROTATE, &["--now"]].concat()).code, Some(0));
    assert_eq!(ran.live().len(), 1);
}

/// Without `--api-url` it is Twilio that is asked. The proxy stands for the network, and nothing leaves this machine.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_proxy_and_the_regions() {
    let names = "DNS:iam.twilio.com,DNS:*.twilio.com,DNS:*.dublin.ie1.twilio.com";
    let Some((world, front)) = behind_tls("ie1", names) else { return };
    let proxy = Front::start(Role::Proxy, front.addr);
    let cert = world.path("cert.pem");
    let world = world
        .env("TWCRED_API_URL", "")
        .env("HTTPS_PROXY", &format!("http://{}", proxy.addr))
        .env("SSL_CERT_FILE", cert.to_str().unwrap());
    // The key lives in Ireland, and nothing says so.
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 4
    --- stderr
    error: fetching the key that is to be replaced failed
      because: iam.twilio.com refused GET /v1/Keys/SK.1..............................: Authenticate (code 20003, HTTP 401, request RQ…)
    hint: the secret is wrong or revoked, the account is suspended, or the SID belongs to another account
    hint: keys and tokens are good in one region only: this one was sent to iam.twilio.com
    hint: the request was signed by AC.1..............................; its secret is from ~/repos.env:3 TWILIO_AUTH_TOKEN
    ");
    assert_snapshot!(world.refused(&[ROTATE, &["--region", "mars1"]].concat()), @r"
    exit: 2
    --- stderr
    error: region `mars1` needs an edge: its own is not known, and the host form without an edge is retired
    hint: give its edge with --edge
    ");
    let ran = world.run(&[ROTATE, &["--region", "ie1", "--now"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    let asked = proxy.asked.lock().unwrap().clone();
    assert!(asked.iter().all(|host| host.ends_with("twilio.com:443")), "{asked:?}");
    assert!(asked.iter().any(|host| host == "iam.dublin.ie1.twilio.com:443"), "{asked:?}");
    assert_eq!(world.live().len(), 1);
}
