//! `twcred keys create`.

use std::process::{Command, Stdio};
use std::time::Duration;

use insta::assert_snapshot;
use twcred::sandbox::{Fault, Moment};

use crate::support::{World, exposed, mode};

fn fault(world: &World, text: &str) {
    world.sandbox.add_fault(text.parse::<Fault>().unwrap());
}

#[test]
fn a_key_without_a_place_for_its_secret_is_not_made() {
    let world = World::new().with_token();
    assert_snapshot!(world.run(&["keys", "create", "ci"]), @r#"
    exit: 2
    --- stderr
    error: the secret of a new key is shown once, and nothing says where it is to go
    hint: store it: --to env:repos.env
    hint: or print it: --reveal
    "#);
    assert_snapshot!(world.run(&["keys", "create", "ci", "--reveal", "--restricted"]), @r#"
    exit: 2
    --- stderr
    error: a Restricted key needs a permission at least
    hint: such as --allow /twilio/messaging/messages/create
    "#);
    assert_eq!(world.sandbox.exchanges().len(), 0, "nothing was asked of Twilio");
}

#[test]
fn a_key_is_stored_read_back_and_loses_its_marker() {
    let world = World::new().with_token();
    let ran = world.run(&["keys", "create", "ci", "--to", "env:new.env#TWILIO_API_KEY"]);
    assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err));
    assert_snapshot!(ran, @r"
    exit: 0
    --- stdout
    SID        SK.1..............................
    name       ci
    account    AC.1..............................
    type       standard
    stored in  env:new.env#TWILIO_API_KEY
    secret     fingerprint 691b875b
    ");
    assert_eq!(world.names(), ["ci-deploy", "ci"]);
    let pair = world.pair(&world.live()[1]);
    let text = world.read("new.env");
    assert!(text.contains(pair.sid.as_str()) && text.contains(exposed(&pair.secret)));
    assert_eq!(mode(&world.path("new.env")), 0o600);
    assert_eq!(world.run(&["keys", "verify", "--env-file", "new.env", "-q"]).code, Some(0));
}

#[test]
fn reveal_shows_the_secret_and_a_restricted_key_its_policy() {
    let world = World::new().with_token();
    let args = ["keys", "create", "sms", "--reveal", "--restricted", "--allow", "/twilio/messaging/messages/create"];
    let ran = world.run(&args);
    let pair = world.pair(&world.live()[1]);
    assert!(ran.raw_out.contains(exposed(&pair.secret)));
    assert_snapshot!(ran.to_string().replace(exposed(&pair.secret), "[secret]"), @r#"
    exit: 0
    --- stdout
    SID      SK.1..............................
    name     sms
    account  AC.1..............................
    type     restricted
    secret   [secret]
    "#);
    world.file("policy.json", r#"{"allow": ["/twilio/messaging/messages/create"]}"#);
    assert_eq!(world.run(&["keys", "create", "sms2", "--reveal", "--json", "--policy", "policy.json"]).code, Some(0));
    world.file("policy.json", r#"{"allow": [], "deny": ["s3cr3t"]}"#);
    assert_snapshot!(world.run(&["keys", "create", "sms3", "--reveal", "--policy", "policy.json"]), @r#"
    exit: 2
    --- stderr
    error: cannot use the policy policy.json: not a policy, line 1, column 20
    hint: it looks like {"allow": ["/twilio/…"]}
    "#);
    assert_snapshot!(world.run(&["keys", "create", "x", "--reveal", "--restricted", "--allow", "/twilio/no/such"]), @r#"
    exit: 1
    --- stderr
    error: cannot make the key
      because: no key was created: TWILIO did not accept POST /v1/Keys: assertion '/twilio/no/such' is invalid (code 70002, HTTP 400, request RQ…)
    hint: permissions are named /twilio/PRODUCT/RESOURCE/ACTION, such as /twilio/messaging/messages/create
    "#);
}

#[test]
fn a_sink_that_cannot_take_the_secret_stops_the_create() {
    let world = World::new().with_token();
    world.file("full.env", &crate::support::env_text(&crate::support::key('1')));
    assert_snapshot!(world.run(&["keys", "create", "ci", "--to", "env:full.env"]), @r#"
    exit: 2
    --- stderr
    error: env:full.env cannot take a new key
      because: full.env:2 TWILIO_API_KEY holds SK.1.............................., which is not to be replaced here
    hint: `twcred keys rotate` replaces a pair that is in use; a new key needs a place of its own
    "#);
    assert_eq!(world.sandbox.exchanges().len(), 0);
}

#[test]
fn a_lost_answer_leaves_no_key() {
    let world = World::new().with_token();
    fault(&world, "commit-then-drop=POST /v1/Keys@1");
    assert_snapshot!(world.run(&["keys", "create", "ci", "--reveal"]), @r#"
    exit: 75
    --- stderr
    error: the new key SK.1.............................. was revoked again
      because: the answer to the create was lost
      because: a key may have been created: TWILIO ended the connection during POST /v1/Keys: connection closed before message completed
    hint: check the network, HTTPS_PROXY, and --region and --edge; then run the same command again
    hint: run the same command again
    "#);
    assert_eq!(world.names(), ["ci-deploy"]);
}

#[test]
fn a_secret_that_could_not_be_printed_is_a_key_revoked() {
    let world = World::new().with_token();
    let mut command = world.command(&["keys", "create", "ci", "--reveal"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(world.names(), ["ci-deploy"]);
}

#[test]
fn a_program_that_fails_is_a_key_revoked() {
    let world = World::new().with_token();
    let script = world.file("put", "#!/bin/sh\ncase \"$(cat)\" in *store*) exit 1;; *load*) echo {};; esac\n");
    let sink = format!("exec:{}", script.display());
    assert!(Command::new("/bin/chmod").arg("700").arg(&script).status().unwrap().success());
    assert_snapshot!(world.run(&["keys", "create", "ci", "--to", &sink]), @r#"
    exit: 1
    --- stderr
    error: the new key SK.1.............................. was revoked again
      because: cannot store the new key in exec:~/put
      because: ~/put failed to store: exit status 1
    "#);
    assert_eq!(world.names(), ["ci-deploy"]);
    fault(&world, "refuse:500/20500=DELETE /v1/Keys/*");
    fault(&world, "refuse:500/20500=DELETE /2010-04-01/Accounts/*/Keys/*");
    let ran = world.run(&["keys", "create", "ci", "--to", &sink]);
    assert_eq!(ran.code, Some(5), "{ran}");
    assert!(ran.err.contains("hint: or by hand: twcred keys revoke SK"), "{ran}");
}

#[test]
fn a_name_left_with_its_marker_is_finished_by_a_rename() {
    let world = World::new().with_token();
    fault(&world, "refuse:400/70001=POST /v1/Keys/*@1");
    let ran = world.run(&["keys", "create", "ci", "--to", "env:new.env#TWILIO_API_KEY"]);
    assert_eq!(ran.code, Some(5), "{ran}");
    assert!(world.names()[1].starts_with("ci [twcred "));
    assert!(world.run(&["keys", "list"]).out.contains("unfinished"));
    let sid = world.live()[1].clone();
    assert_eq!(world.run(&["keys", "rename", sid.as_str(), "ci"]).code, Some(0));
    assert_eq!(world.names(), ["ci-deploy", "ci"]);
}

#[test]
fn a_wish_to_stop_during_the_create_leaves_no_key() {
    let world = World::new().with_token();
    world.sandbox.hold(1, Moment::After);
    let mut command = world.command(&["keys", "create", "ci", "--reveal"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    world.sandbox.wait_held(Duration::from_secs(20)).unwrap();
    assert!(Command::new("/bin/kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    // The wish must have arrived before the answer does; a second later it has.
    std::thread::sleep(Duration::from_secs(1));
    world.sandbox.release();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(143), 0));
    assert!(String::from_utf8(output.stderr).unwrap().contains("was revoked again"));
    assert_eq!(world.names(), ["ci-deploy"]);
}

#[test]
fn a_kill_during_the_create_leaves_a_key_that_is_known_as_unfinished() {
    let world = World::new().with_token();
    world.sandbox.hold(1, Moment::After);
    let mut command = world.command(&["keys", "create", "ci", "--reveal"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    world.sandbox.wait_held(Duration::from_secs(20)).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    world.sandbox.release();
    let listed = world.run(&["keys", "list"]);
    assert!(listed.out.contains("unfinished"), "{listed}");
    let orphan = world.live()[1].clone();
    assert_eq!(world.run(&["keys", "revoke", "--yes", orphan.as_str()]).code, Some(0));
    assert_eq!(world.names(), ["ci-deploy"]);
}
