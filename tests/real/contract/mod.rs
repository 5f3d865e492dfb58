//! Prism between a client and a service, checking both sides against Twilio's OpenAPI files.
//!
//! ```text
//! client -> front leg -> Prism (proxy --errors) -> back leg -> service
//! ```
//!
//! The legs carry the `Host` header past Prism, which would write its own: the links in an answer are made of it. The
//! front leg also notes what Prism found, and what Prism does not look at: parameters that the operation does not have.

mod document;
mod legs;
mod operations;

use serde_json::Value;

use crate::support::{Server, Tools};
pub(crate) use legs::Exchange;

/// A checked way to a service.
pub(crate) struct Contract {
    legs: legs::Legs,
    _prism: Server,
    // Prism reads the document as it starts; a directory that is gone while it runs would make it restart.
    _directory: tempfile::TempDir,
}

impl Contract {
    /// Puts Prism before the service at `upstream` (`127.0.0.1:PORT`) and returns when it accepts requests.
    pub(crate) fn before(tools: &Tools, upstream: &str) -> Self {
        let document = document::load(tools);
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("twilio.json");
        std::fs::write(&file, document.to_string()).unwrap();
        let prepared = legs::Prepared::bind();
        let mut command = tools.node("prism.js");
        command.args(["proxy", "-h", "127.0.0.1", "-p", "0", "--errors"]).arg(&file).arg(prepared.back_url());
        let (prism, address) = Server::start(&mut command, "", |line| {
            line.split_once("Prism is listening on http://").map(|(_, address)| address.trim().to_owned())
        });
        let legs = prepared.serve(&address, upstream, operations::Operations::of(&document));
        Self { legs, _prism: prism, _directory: directory }
    }

    /// The origin for the client.
    pub(crate) fn url(&self) -> String {
        self.legs.front_url()
    }

    /// What went through.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.legs.exchanges()
    }

    /// What was found wrong, one line each.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.exchanges().iter().flat_map(|exchange| &exchange.violations).cloned().collect()
    }

    /// Fails the test if anything was wrong, or if fewer exchanges went through than the test is about.
    #[track_caller]
    pub(crate) fn assert_kept(&self, at_least: usize) {
        let violations = self.violations();
        assert!(violations.is_empty(), "against the OpenAPI files:\n{}", violations.join("\n"));
        let seen = self.exchanges().len();
        assert!(seen >= at_least, "only {seen} exchanges went through the check");
        println!("{seen} exchanges, all valid");
    }
}

/// What Prism says in its `sl-violations` header that is an error. An undocumented status other than success is a warning:
/// the files have no error answers.
fn errors_in(header: &str) -> Vec<String> {
    match serde_json::from_str::<Vec<Value>>(header) {
        Ok(found) => found.iter().filter(|one| one["severity"] == "Error").map(Value::to_string).collect(),
        Err(_) => vec![header.to_owned()],
    }
}
