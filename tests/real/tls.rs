//! TLS as it is spoken outside: a certificate authority of the company's own, certificates that must not be believed, and
//! a proxy on the way to Twilio's real host names.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Ran, Sample, Server, Tools, run};

/// Exit codes: a certificate does not get better by waiting, a network does.
const FAILED: i32 = 1;
const TEMPORARY: i32 = 75;

/// `tests/real/python/tls.py` before a sandbox, and the program that is to get through.
struct Tls {
    sample: Sample,
    server: Server,
    ports: Value,
    home: tempfile::TempDir,
}

impl Tls {
    fn start() -> Option<Self> {
        let tools = Tools::with_python()?;
        // More keys than a page holds: the links in the answers must be https, and be followed.
        let sample = Sample::start(1200);
        let home = tempfile::tempdir().unwrap();
        let config = json!({ "upstream": sample.sandbox.addr().to_string(), "directory": home.path() });
        let (server, ports) =
            Server::start(&mut tools.python("tls.py"), &format!("{config}\n"), |line| serde_json::from_str(line).ok());
        Some(Self { sample, server, ports, home })
    }

    fn ca(&self) -> PathBuf {
        self.home.path().join("ca.pem")
    }

    fn url(&self, server: &str) -> String {
        format!("https://localhost:{}", self.ports[server])
    }

    /// The program without a certificate authority of its own making, listing the keys.
    fn list(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twcred"));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.home.path()).current_dir(self.home.path());
        command.env("TWILIO_ACCOUNT_SID", self.sample.account().as_str()).env("TWILIO_AUTH_TOKEN", self.sample.token());
        command.args(["keys", "list", "--json", "--no-input", "--timeout", "20s"]);
        command
    }

    #[track_caller]
    fn assert_lists_all(&self, command: &mut Command) {
        let before = self.sample.sandbox.exchanges().len();
        let ran = run(command, "");
        assert!(ran.status.success(), "{}\n{}{}", ran.status, ran.stdout, ran.stderr);
        let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(listed["keys"].as_array().map(Vec::len), Some(1203), "{}", ran.stderr);
        assert!(self.sample.sandbox.exchanges().len() >= before + 2, "more than one page was fetched");
    }

    /// Nothing was sent, the error says why, and neither stream shows the token.
    #[track_caller]
    fn assert_refuses(&self, command: &mut Command, exit: i32, says: &str) {
        let before = self.sample.sandbox.exchanges().len();
        let ran: Ran = run(command, "");
        assert_eq!(ran.status.code(), Some(exit), "{}", ran.stderr);
        assert!(ran.stderr.to_lowercase().contains(says), "expected {says:?} in: {}", ran.stderr);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(&self.sample.token()), "the token is shown");
        assert_eq!(self.sample.sandbox.exchanges().len(), before, "a request was sent");
    }
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn an_authority_of_our_own_is_trusted_when_it_is_named() {
    let Some(tls) = Tls::start() else { return };
    tls.assert_lists_all(tls.list().args(["--api-url", &tls.url("good")]).arg("--ca-file").arg(tls.ca()));
    tls.assert_lists_all(tls.list().args(["--api-url", &tls.url("good")]).env("SSL_CERT_FILE", tls.ca()));
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_certificate_that_must_not_be_believed_is_not() {
    let Some(tls) = Tls::start() else { return };
    // Nobody named the authority.
    tls.assert_refuses(tls.list().args(["--api-url", &tls.url("good")]), FAILED, "certificate");
    for server in ["stranger", "expired", "misnamed"] {
        let mut list = tls.list();
        list.args(["--api-url", &tls.url(server)]).arg("--ca-file").arg(tls.ca());
        tls.assert_refuses(&mut list, FAILED, "certificate");
    }
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilios_own_hosts_are_reached_through_a_proxy() {
    let Some(tls) = Tls::start() else { return };
    let proxy = format!("http://127.0.0.1:{}", tls.ports["proxy"]);
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        tls.assert_lists_all(tls.list().env(variable, &proxy).arg("--ca-file").arg(tls.ca()));
    }
    let asked: Vec<String> = tls.server.said_so_far().filter(|line| line.contains("connect")).collect();
    assert!(!asked.is_empty() && asked.iter().all(|line| line.contains("iam.twilio.com:443")), "{asked:?}");
    // The proxy opens a tunnel; the certificate behind it is judged as without one.
    tls.assert_refuses(tls.list().env("HTTPS_PROXY", &proxy), FAILED, "certificate");
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_proxy_that_refuses_or_is_not_there_is_named_as_the_trouble() {
    let Some(tls) = Tls::start() else { return };
    let proxy = format!("http://127.0.0.1:{}", tls.ports["proxy"]);
    // It lets nobody through to what is not Twilio's.
    let mut list = tls.list();
    list.args(["--api-url", "https://elsewhere.example"]).env("HTTPS_PROXY", &proxy);
    let port = tls.ports["proxy"].clone();
    tls.assert_refuses(
        &mut list,
        TEMPORARY,
        &format!("the proxy 127.0.0.1:{port} did not lead on to elsewhere.example"),
    );
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    tls.assert_refuses(tls.list().env("HTTPS_PROXY", nobody), TEMPORARY, "could not connect to the proxy");
}
