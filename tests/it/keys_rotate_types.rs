//! `twcred keys rotate` of keys that are no Standard ones: what the new key may do.

use insta::assert_snapshot;
use twcred::model::{KeyKind, KeySid, Policy};
use twcred::sandbox::Kind;

use crate::keys_rotate::{ROTATE, newest, replaced, with};
use crate::support::front::{Front, Role};
use crate::support::{World, add_key, env_text, key};

fn policy(names: &[&str]) -> Policy {
    Policy { allow: names.iter().map(|name| format!("/twilio/{name}")).collect() }
}

/// A world with a Restricted key, behind something that changes what is asked and answered at a create.
fn restricted(request: fn(String) -> String, answer: fn(String) -> String) -> (World, Front) {
    let allow = policy(&["messaging/messages/create", "messaging/messages/read"]);
    let world = World::with(|state| add_key(state, 'a', '2', "sms", Kind::Restricted(allow), 40)).with_token();
    world.file("repos.env", &env_text(&key('2')));
    let create = |what: &str| what == "POST /v1/Keys";
    let role = Role::Rewrite(
        Box::new(move |what, body| if create(what) { request(body) } else { body }),
        Box::new(move |what, body| if create(what) { answer(body) } else { body }),
    );
    let front = Front::start(role, world.sandbox.addr());
    let url = format!("http://{}", front.addr);
    (world.env("TWCRED_API_URL", &url), front)
}

#[test]
fn a_restricted_key_keeps_its_policy() {
    let (world, _front) = restricted(|body| body, |body| body);
    assert_snapshot!(world.run(&with(&["--now"])), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    revoked SK.1..............................
    ");
    let kind = world.sandbox.with_state(|state| state.key(&newest_of(state)).unwrap().1.kind.clone());
    assert_eq!(kind, Kind::Restricted(policy(&["messaging/messages/create", "messaging/messages/read"])));
    assert_eq!(KeyKind::Restricted.to_string(), "restricted");
}

fn newest_of(state: &twcred::sandbox::State) -> KeySid {
    state.keys(&crate::support::account_sid('a')).last().unwrap().sid.clone()
}

/// Wider, narrower, or none at all: the new key is revoked at once, and the old pair stays.
#[test]
fn a_key_that_is_not_what_was_asked() {
    // Twilio passes the policy over and makes a Standard key.
    let plain = |body: String| {
        let kept = body.split('&').filter(|field| !field.starts_with("Policy=") && !field.starts_with("KeyType="));
        kept.collect::<Vec<_>>().join("&")
    };
    let (world, _front) = restricted(plain, |body| body);
    assert_snapshot!(world.undone(ROTATE), @r"
    exit: 7
    --- stderr
    SK.1.............................. is made, its secret sealed
    revoked SK.1..............................
    error: rotation rotation.id1 stopped
      because: the key that Twilio made is not what was asked for: it has no policy, so it may do anything a Standard key may
    hint: the new key is revoked and the old pair stands everywhere, unchanged
    ");
    let (world, _front) = restricted(
        |body| body,
        |body| {
            body.replace(
                "\"/twilio/messaging/messages/read\"",
                "\"/twilio/messaging/messages/read\",\"/twilio/voice/calls/create\"",
            )
        },
    );
    assert_snapshot!(world.undone(ROTATE), @r"
    exit: 7
    --- stderr
    SK.1.............................. is made, its secret sealed
    revoked SK.1..............................
    error: rotation rotation.id1 stopped
      because: the key that Twilio made is not what was asked for: its policy allows /twilio/voice/calls/create beyond what was asked, and lacks nothing
    hint: the new key is revoked and the old pair stands everywhere, unchanged
    ");
    let (world, _front) = restricted(
        |body| body,
        |body| body.replace("\"/twilio/messaging/messages/read\"", "\"/twilio/messaging/messages/list\""),
    );
    assert_snapshot!(world.undone(&with(&["--json"])), @r#"
    exit: 7
    --- stderr
    SK.1.............................. is made, its secret sealed
    revoked SK.1..............................
    {"schema":"twcred.error/v1","exit":7,"kind":"unverified","error":"rotation rotation.id1 stopped","because":["the key that Twilio made is not what was asked for: its policy allows /twilio/messaging/messages/list beyond what was asked, and lacks /twilio/messaging/messages/read"],"hints":["the new key is revoked and the old pair stands everywhere, unchanged"]}
    "#);
    // It is said once; the next run begins anew.
    assert_eq!(world.rotations().len(), 1);
}

#[test]
fn a_main_key_is_not_replaced_by_less_unasked() {
    let world = World::with(|state| add_key(state, 'a', '2', "main", Kind::Main, 40)).with_token();
    world.file("repos.env", &env_text(&key('2')));
    assert_eq!(world.refused(ROTATE).code, Some(2));
    assert_snapshot!(world.run(&with(&["--now", "--allow-downgrade"])), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    revoked SK.1..............................
    ");
    let kind = world.sandbox.with_state(|state| state.key(&newest_of(state)).unwrap().1.kind.clone());
    assert_eq!(kind, Kind::Standard);
}

/// A Restricted key that may manage keys replaces itself, and its successor finishes.
#[test]
fn a_key_that_replaces_itself() {
    let allow = ["create", "read", "list", "update", "delete"].map(|action| format!("iam/api-keys/{action}"));
    let allow = policy(&allow.each_ref().map(String::as_str));
    let world = World::with(|state| add_key(state, 'a', '2', "deployer", Kind::Restricted(allow), 40));
    world.file("repos.env", &env_text(&key('2')));
    assert_snapshot!(world.run(ROTATE), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    ");
    assert_snapshot!(world.run(&with(&["--now"])), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    revoked SK.1..............................
    ");
    assert_eq!(world.read("repos.env"), replaced(&world, &env_text(&key('2')), '2', &newest(&world)));
    assert_eq!((world.live().len(), world.open(), world.sealed()), (2, 0, 0));
}
