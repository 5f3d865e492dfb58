//! Twilio's OpenAPI files: every answer of the sandbox and every request made to it is valid against them, and the check
//! that says so can fail.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::json;

use crate::contract::Contract;
use crate::support::{Sample, Tools, run};

const SCRIPTS: [&str; 6] = ["keys_v2010", "keys_iam", "errors", "tokens", "paging", "reads"];

/// Each script changes the account, so each has a sandbox of its own; all of them share a Prism per client.
fn through_prism(script: impl Fn(&Tools, &str) -> std::process::Command, exchanges: usize) {
    let Some(tools) = Tools::with_node().and_then(|_| Tools::with_python()) else { return };
    let mut seen = 0;
    for name in SCRIPTS {
        let sample = Sample::start(if name == "paging" { 1000 } else { 0 });
        let contract = Contract::before(&tools, &sample.sandbox.addr().to_string());
        let ran = run(&mut script(&tools, name), &sample.for_script(&contract.url(), true));
        let violations = contract.violations();
        assert!(violations.is_empty(), "{name}, against the OpenAPI files:\n{}", violations.join("\n"));
        ran.succeeded(name);
        contract.assert_kept(1);
        seen += contract.exchanges().len();
    }
    assert!(seen >= exchanges, "only {seen} exchanges went through the check");
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn what_twilio_python_asks_and_the_sandbox_answers_is_valid() {
    through_prism(|tools, name| tools.python(&format!("{name}.py")), 100);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn what_twilio_node_asks_and_the_sandbox_answers_is_valid() {
    through_prism(|tools, name| tools.node(&format!("{name}.js")), 80);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_request_that_is_not_valid_is_refused_and_reported() {
    let Some(tools) = Tools::with_node() else { return };
    let sample = Sample::start(0);
    let contract = Contract::before(&tools, &sample.sandbox.addr().to_string());
    let account = sample.account().as_str();
    let login = basic(account, &sample.token());
    let keys = format!("/2010-04-01/Accounts/{account}/Keys.json");
    for (request, body, says) in [
        ("POST /v1/Keys".to_owned(), "FriendlyName=x".to_owned(), "AccountSid"),
        ("POST /v1/Keys".to_owned(), "AccountSid=SK00000000000000000000000000000000".to_owned(), "AccountSid"),
        (format!("POST {keys}"), "FriendlyNme=x".to_owned(), "FriendlyNme"),
        (format!("POST {keys}"), "FriendlyName=x&Policy=%7B%7D".to_owned(), "Policy"),
        (format!("GET {keys}?PageSize=0"), String::new(), "PageSize"),
        (format!("GET {keys}?Pagesize=50"), String::new(), "Pagesize"),
        ("GET /v1/Keys".to_owned(), String::new(), "AccountSid"),
        ("GET /v1/Nothing".to_owned(), String::new(), "NO_PATH_MATCHED"),
        (format!("DELETE {keys}"), String::new(), "NO_METHOD_MATCHED"),
    ] {
        let before = contract.violations().len();
        exchange(&contract.url(), &request, &login, &body);
        let found = contract.violations().split_off(before).join("\n");
        let says = says.to_lowercase();
        assert!(found.to_lowercase().contains(&says), "{request} {body} was let through: {found:?}");
    }
    // And nothing is found where nothing is wrong.
    let before = contract.violations().len();
    for request in [format!("GET {keys}?PageSize=2"), format!("GET /v1/Keys?AccountSid={account}&PageSize=2")] {
        let answer = exchange(&contract.url(), &request, &login, "");
        assert!(answer.starts_with("HTTP/1.1 200"), "{request}: {answer}");
    }
    assert_eq!(contract.violations().split_off(before), Vec::<String>::new());
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn an_answer_that_is_not_valid_is_refused_and_reported() {
    let Some(tools) = Tools::with_node() else { return };
    let account = format!("AC{}", "0123456789abcdef".repeat(2));
    let good = json!({
        "sid": format!("SK{}", "0123456789abcdef".repeat(2)),
        "friendly_name": "x",
        "date_created": "Wed, 04 Mar 2026 10:23:47 +0000",
        "date_updated": "Wed, 04 Mar 2026 10:23:47 +0000",
        "policy": null,
    });
    let with = |name: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    let mut without = good.clone();
    without.as_object_mut().unwrap().remove("policy");
    for (body, says) in [
        (good.clone(), ""),
        (with("sid", json!("SK-nope")), "sid"),
        (with("date_created", json!("2026-03-04T10:23:47Z")), "date_created"),
        (with("friendly_name", json!(7)), "friendly_name"),
        (with("secret", json!("shown twice")), "secret"),
        (without, "policy"),
    ] {
        let (address, stub) = answer_once("200 OK", &body.to_string());
        let contract = Contract::before(&tools, &address);
        let path = format!("GET /v1/Keys/SK{}", "0123456789abcdef".repeat(2));
        exchange(&contract.url(), &path, &basic(&account, "x"), "");
        stub.join().unwrap();
        let found = contract.violations().join("\n");
        assert_eq!(found.is_empty(), says.is_empty(), "{body}: {found}");
        assert!(found.contains(says), "{body}: {found}");
    }
}

fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(format!("{user}:{password}")))
}

/// One exchange, `METHOD target`, over a connection of its own; the answer as it came.
fn exchange(url: &str, request: &str, login: &str, form: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let mut lines = vec![
        format!("{request} HTTP/1.1"),
        format!("Host: {address}"),
        format!("Authorization: {login}"),
        "Accept: application/json".to_owned(),
        "Connection: close".to_owned(),
    ];
    if !form.is_empty() {
        lines.push("Content-Type: application/x-www-form-urlencoded".to_owned());
        lines.push(format!("Content-Length: {}", form.len()));
    }
    write!(stream, "{}\r\n\r\n{form}", lines.join("\r\n")).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A service that gives one answer and ends; its address, and the thread to join.
fn answer_once(status: &str, body: &str) -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 8192];
        // The requests of these tests have no body and fit one segment.
        let _ = stream.read(&mut head).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
    });
    (address, thread)
}
