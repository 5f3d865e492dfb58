//! The official clients, Python's and Node's, against the sandbox: they list, create, fetch, rename and delete keys, make
//! and promote secondary tokens, page through a thousand keys, and read its errors as Twilio's.

use crate::support::{Sample, Tools, run};

fn python(script: &str, more_keys: u32) {
    let Some(tools) = Tools::with_python() else { return };
    let sample = Sample::start(more_keys);
    run(&mut tools.python(script), &sample.for_script(&sample.sandbox.url(), false)).succeeded(script);
}

fn node(script: &str, more_keys: u32) {
    let Some(tools) = Tools::with_node() else { return };
    let sample = Sample::start(more_keys);
    run(&mut tools.node(script), &sample.for_script(&sample.sandbox.url(), false)).succeeded(script);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_python_manages_keys_by_v2010() {
    python("keys_v2010.py", 0);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_python_manages_keys_by_iam_v1() {
    python("keys_iam.py", 0);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_python_rotates_the_auth_token() {
    python("tokens.py", 0);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_python_pages_through_a_thousand_keys() {
    python("paging.py", 1000);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_python_reads_the_errors_as_twilios() {
    python("errors.py", 0);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_python_reads_accounts_probes_messages_and_events() {
    python("reads.py", 0);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_node_manages_keys_by_v2010() {
    node("keys_v2010.js", 0);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_node_manages_keys_by_iam_v1() {
    node("keys_iam.js", 0);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_node_rotates_the_auth_token() {
    node("tokens.js", 0);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_node_pages_through_a_thousand_keys() {
    node("paging.js", 1000);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_node_reads_the_errors_as_twilios() {
    node("errors.js", 0);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_node_reads_accounts_probes_messages_and_events() {
    node("reads.js", 0);
}
