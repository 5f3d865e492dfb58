//! What Twilio refuses, garbles or does not answer: each named, with the right exit code, and nothing changed.

use std::sync::Arc;

use insta::assert_snapshot;
use jiff::SignedDuration;
use twcred::cli::context::clock;
use twcred::model::Policy;
use twcred::sandbox::{AccountStatus, Kind, Suspended};

use crate::support::front::{Change, Front, Role};
use crate::support::{World, account_sid, add_key, env_text, key, key_sid, repos, secret, token};

const ROTATE: &[&str] = &["keys", "rotate", "--env-file", "repos.env"];

fn holding(text: &str) -> World {
    let world = World::new();
    world.file("repos.env", text);
    world
}

/// A run that meets this fault.
fn faulty(fault: &str) -> World {
    let world = holding(&repos());
    world.fault(fault);
    world
}

#[test]
fn an_unknown_key() {
    let world = holding(&repos().replace(key_sid('1').as_str(), key_sid('9').as_str()));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 1
    --- stderr
    error: SK.1.............................. is not among the account's keys: revoked, or another account's
    hint: `twcred keys list` shows the keys there are; make a new one with `twcred keys create`
    ");
}

#[test]
fn a_key_that_is_revoked_already() {
    let world = holding(&repos());
    world.sandbox.with_state(|state| state.remove_key(&key_sid('1')).unwrap());
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 1
    --- stderr
    error: SK.1.............................. is not among the account's keys: revoked, or another account's
    hint: `twcred keys list` shows the keys there are; make a new one with `twcred keys create`
    ");
    assert_snapshot!(world.refused(&[ROTATE, &["--dry-run"]].concat()), @r"
    exit: 1
    --- stderr
    error: SK.1.............................. is not among the account's keys: revoked, or another account's
    hint: `twcred keys list` shows the keys there are; make a new one with `twcred keys create`
    ");
    // Without a token, the dead key is all there is to ask with.
    world.file("repos.env", &env_text(&key('1')));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 4
    --- stderr
    error: fetching the key that is to be replaced failed
      because: TWILIO refused GET /v1/Keys/SK.1..............................: Authenticate (code 20003, HTTP 401, request RQ…)
    hint: a Standard key and a wrong secret get this same answer here; `twcred keys verify` tells them apart
    hint: keys are managed with the account's Auth Token, a Main key, or a Restricted key that is allowed /twilio/iam/api-keys/…
    hint: the request was signed by SK.1..............................; its secret is from ~/repos.env
    ");
}

#[test]
fn wrong_secrets() {
    let world = holding(&repos().replace(&secret('1'), &secret('2')));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 4
    --- stderr
    error: the pair SK.1.............................. that stands in the file was rejected by Twilio: TWILIO refused GET /v2/Services: Authenticate (code 20003, HTTP 401, request RQ…)
    hint: `twcred keys verify` tells more about a pair; keys belong to one account and one region
    ");
    let world = holding(&repos().replace(&token(), &token().replace('0', "1")));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 4
    --- stderr
    error: fetching the key that is to be replaced failed
      because: TWILIO refused GET /v1/Keys/SK.1..............................: Authenticate (code 20003, HTTP 401, request RQ…)
    hint: the secret is wrong or revoked, the account is suspended, or the SID belongs to another account
    hint: keys and tokens are good in one region only: this one was sent to TWILIO
    hint: the request was signed by AC.1..............................; its secret is from ~/repos.env:3 TWILIO_AUTH_TOKEN
    ");
}

#[test]
fn authorities_that_may_not() {
    let world = holding(&env_text(&key('1')));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 4
    --- stderr
    error: SK.1.............................. authorises this rotation, and it is a Standard key, which may not manage keys
    hint: put the account's own TWILIO_AUTH_TOKEN beside the pair or into the environment, name a profile that holds it (--profile NAME beside --env-file), or authorise with a Restricted key that holds /twilio/iam/api-keys/{create,read,list,update,delete}
    hint: the request was signed by SK.1..............................; its secret is from ~/repos.env
    ");
    let allow = ["create", "read", "list", "update"].map(|action| format!("/twilio/iam/api-keys/{action}"));
    let policy = Policy { allow: allow.into() };
    let world = World::with(|state| add_key(state, 'a', '2', "deployer", Kind::Restricted(policy), 3));
    world.file("repos.env", &env_text(&key('2')));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 4
    --- stderr
    error: SK.1.............................. authorises this rotation, and its policy lacks /twilio/iam/api-keys/delete
    hint: add the permission to the key's policy in the Console, or authorise with the Auth Token
    hint: the request was signed by SK.1..............................; its secret is from ~/repos.env
    ");
    let policy = Policy { allow: ["/twilio/messaging/messages/create".to_owned()].into() };
    let world = World::with(|state| add_key(state, 'a', '2', "sms", Kind::Restricted(policy), 3));
    world.file("repos.env", &env_text(&key('2')));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 4
    --- stderr
    error: fetching the key that is to be replaced failed
      because: TWILIO refused GET /v1/Keys/SK.1..............................: the key lacks the permission /twilio/iam/api-keys/read (code 70051, HTTP 401, request RQ…)
    hint: the secret is right; the Restricted key needs /twilio/iam/api-keys/read in its policy
    hint: or use the account's Auth Token
    hint: the request was signed by SK.1..............................; its secret is from ~/repos.env
    ");
}

#[test]
fn a_main_key() {
    let world = World::with(|state| add_key(state, 'a', '2', "main", Kind::Main, 3));
    world.file("repos.env", &env_text(&key('2')));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: SK.1.............................. is a Main key, and a Main key cannot be made by API
    hint: make one in the Console, and put its pair into the file by hand
    hint: or replace it by a Standard key, which may not manage keys or accounts: --allow-downgrade
    ");
}

#[test]
fn a_suspended_account() {
    for (status, code) in [(403, 20_005), (401, 20_003)] {
        let suspended = Suspended { status, code };
        let world = World::served(
            |state| state.account_mut(&account_sid('a')).unwrap().status = AccountStatus::Suspended,
            |options| options.rules.suspended = suspended,
        );
        world.file("repos.env", &repos());
        let ran = world.refused(ROTATE);
        if status == 403 {
            assert_snapshot!(ran, @r"
            exit: 4
            --- stderr
            error: fetching the key that is to be replaced failed
              because: TWILIO refused GET /v1/Keys/SK.1..............................: Account is not active (code 20005, HTTP 403, request RQ…)
            hint: the Console says why: https://console.twilio.com
            hint: the request was signed by AC.1..............................; its secret is from ~/repos.env:3 TWILIO_AUTH_TOKEN
            ");
        } else {
            assert_snapshot!(ran, @r"
            exit: 4
            --- stderr
            error: fetching the key that is to be replaced failed
              because: TWILIO refused GET /v1/Keys/SK.1..............................: Account is not active (code 20003, HTTP 401, request RQ…)
            hint: the secret is wrong or revoked, the account is suspended, or the SID belongs to another account
            hint: keys and tokens are good in one region only: this one was sent to TWILIO
            hint: the request was signed by AC.1..............................; its secret is from ~/repos.env:3 TWILIO_AUTH_TOKEN
            ");
        }
    }
}

#[test]
fn another_account() {
    let world = holding(&repos());
    assert_snapshot!(world.refused(&[ROTATE, &["--account", account_sid('b').as_str()]].concat()), @r"
    exit: 2
    --- stderr
    error: ~/repos.env: TWILIO_API_KEY is a key of AC.1.............................., and --account names AC.2..............................
    hint: leave --account out
    hint: or, if the key belongs to AC.2.............................., put that SID where AC.1.............................. stands beside it
    ");
}

/// The clock of this machine decides about ages and about the end of a grace, so it must agree with Twilio's.
#[test]
fn a_clock_that_is_far_off() {
    let twilios = |hours: i64| {
        let world = World::served(
            |_| {},
            move |options| {
                options.now = Arc::new(move || clock().checked_add(SignedDuration::from_hours(hours)).unwrap());
            },
        );
        world.file("repos.env", &repos());
        world
    };
    let exact = |ran: crate::support::Ran| ran.to_string().replace("1h 59m", "2h");
    assert_snapshot!(exact(twilios(2).refused(ROTATE)), @r"
    exit: 1
    --- stderr
    error: this machine's clock is 2h behind Twilio's, so ages and the end of a grace would be wrong
    hint: set the clock (timedatectl set-ntp true) and run again
    ");
    assert_snapshot!(exact(twilios(-2).refused(&[ROTATE, &["--max-age", "90d"]].concat())), @r"
    exit: 1
    --- stderr
    error: this machine's clock is 2h ahead of Twilio's, so ages and the end of a grace would be wrong
    hint: set the clock (timedatectl set-ntp true) and run again
    ");
}

#[test]
fn too_many_keys() {
    let world = World::served(|_| {}, |options| options.rules.max_keys = Some(1));
    world.file("repos.env", &repos());
    assert_snapshot!(world.undone(ROTATE), @r"
    exit: 1
    --- stderr
    error: rotation rotation.id1 stopped
      because: creating the new key failed
      because: TWILIO did not accept POST /v1/Keys: Maximum number of API keys reached (code 70151, HTTP 400, request RQ…)
    hint: the account has all the keys it may have: `twcred keys list` shows them
    ");
    let world = faulty("refuse:403/20403=POST /v1/Keys");
    assert_snapshot!(world.undone(ROTATE), @r"
    exit: 4
    --- stderr
    error: rotation rotation.id1 stopped
      because: creating the new key failed
      because: TWILIO refused POST /v1/Keys: The sandbox refused this request because it was told to (code 20403, HTTP 403, request RQ…)
    hint: the Console says why: https://console.twilio.com
    hint: the request was signed by AC.1..............................; its secret is from ~/repos.env:3 TWILIO_AUTH_TOKEN
    ");
    // The way is free afterwards.
    world.sandbox.clear_faults();
    assert_eq!(world.run(ROTATE).code, Some(0));
}

#[test]
fn throttled_or_down() {
    assert_snapshot!(faulty("throttle:1=*").refused(ROTATE), @r"
    exit: 75
    --- stderr
    error: fetching the key that is to be replaced failed
      because: TWILIO is throttling GET /v1/Keys/SK.1.............................. (code 20429, HTTP 429, request RQ…)
    hint: run the same command again in 1 s
    ");
    assert_snapshot!(faulty("throttle:1=POST /v1/Keys").undone(ROTATE), @r"
    exit: 75
    --- stderr
    error: rotation rotation.id1 stopped
      because: creating the new key failed
      because: TWILIO is throttling POST /v1/Keys (code 20429, HTTP 429, request RQ…)
    hint: run the same command again in 1 s
    ");
    assert_snapshot!(faulty("refuse:503=*").refused(ROTATE), @r"
    exit: 75
    --- stderr
    error: fetching the key that is to be replaced failed
      because: TWILIO failed at GET /v1/Keys/SK.1.............................. (code 20503, HTTP 503, request RQ…)
    hint: run the same command again; https://status.twilio.com tells of outages
    ");
    assert_snapshot!(faulty("drop-before=*").refused(ROTATE), @r"
    exit: 75
    --- stderr
    error: fetching the key that is to be replaced failed
      because: TWILIO ended the connection during GET /v1/Keys/SK.1..............................: connection closed before message completed
    hint: check the network, HTTPS_PROXY, and --region and --edge; then run the same command again
    ");
    assert_snapshot!(faulty("slow:20s=*").refused(&[ROTATE, &["--timeout", "1s"]].concat()), @r"
    exit: 75
    --- stderr
    error: fetching the key that is to be replaced failed
      because: TWILIO did not answer GET /v1/Keys/SK.1.............................. completely in time
    hint: check the network, HTTPS_PROXY, and --region and --edge; then run the same command again
    ");
}

#[test]
fn unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let world = holding(&repos()).env("TWCRED_API_URL", &nobody);
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 75
    --- stderr
    error: fetching the key that is to be replaced failed
      because: could not connect to TWILIO: Connection refused (os error 111)
    hint: check the network, HTTPS_PROXY, and --region and --edge; then run the same command again
    ");
    let world = holding(&repos()).env("TWCRED_API_URL", "https://twilio.invalid");
    let ran = world.refused(&[ROTATE, &["--timeout", "5s"]].concat());
    assert_eq!(ran.code, Some(75), "{ran}");
    assert!(ran.raw_err.contains("twilio.invalid"), "{ran}");
}

#[test]
fn answers_that_are_not_json() {
    assert_snapshot!(faulty("garble:html=*").refused(ROTATE), @r"
    exit: 1
    --- stderr
    error: fetching the key that is to be replaced failed
      because: the answer of TWILIO to GET /v1/Keys/SK.1.............................. is not Twilio's (HTTP 200, request RQ…)
    hint: something between here and Twilio may have answered: a proxy, a captive portal, a wrong --api-url
    ");
    assert_snapshot!(faulty("garble:text=GET /v1/Keys/{Sid}").refused(ROTATE), @r"
    exit: 1
    --- stderr
    error: fetching the key that is to be replaced failed
      because: the answer of TWILIO to GET /v1/Keys/SK.1.............................. is not Twilio's (HTTP 200, request RQ…)
    hint: something between here and Twilio may have answered: a proxy, a captive portal, a wrong --api-url
    ");
    assert_snapshot!(faulty("garble:html=GET /2010-04-01/Accounts.json").refused(ROTATE), @r"
    exit: 1
    --- stderr
    error: verifying the old pair failed
      because: the answer of TWILIO to GET /2010-04-01/Accounts.json is not Twilio's (HTTP 200, request RQ…)
    hint: something between here and Twilio may have answered: a proxy, a captive portal, a wrong --api-url
    ");
    assert_snapshot!(faulty("redirect=*").refused(ROTATE), @r"
    exit: 1
    --- stderr
    error: fetching the key that is to be replaced failed
      because: TWILIO redirected GET /v1/Keys/SK.1.............................. to elsewhere.example.test, where the credential was not sent (HTTP 307, request RQ…)
    hint: Twilio does not do this: look at what stands between, and at --api-url
    ");
}

/// The answer to a create is the only sight of the secret: whatever comes instead, no key is left behind.
#[test]
fn garbage_for_a_created_key() {
    // Nothing reached Twilio, three times.
    let world = faulty("garble:html=POST /v1/Keys");
    let before = (world.read("repos.env"), world.live());
    assert_snapshot!(world.run(ROTATE), @r"
    exit: 75
    --- stderr
    error: rotation rotation.id1 stopped
      because: the create was sent 3 times without an answer that can be used; every key it left was revoked
      because: the answer of TWILIO to POST /v1/Keys is not Twilio's (HTTP 200, request RQ…)
    hint: run the same command again: it goes on where this one stopped
    hint: something between here and Twilio may have answered: a proxy, a captive portal, a wrong --api-url
    ");
    assert_eq!((world.read("repos.env"), world.live()), before);
    world.sandbox.clear_faults();
    assert_snapshot!(world.run(&["rotation", "abort", "--yes"]), @r"
    exit: 0
    --- stdout
    SK.1.............................. stays: the rotation was aborted
    ");
    // The key was made each time, and half of the answer is missing.
    let world = faulty("garble:truncated=POST /v1/Keys");
    let before = (world.read("repos.env"), world.live());
    assert_snapshot!(world.run(ROTATE), @r"
    exit: 75
    --- stderr
    revoked SK.1.............................., which an unfinished run had left and nobody held
    revoked SK.2.............................., which an unfinished run had left and nobody held
    revoked SK.3.............................., which an unfinished run had left and nobody held
    error: rotation rotation.id1 stopped
      because: the create was sent 3 times without an answer that can be used; every key it left was revoked
      because: the answer of TWILIO to POST /v1/Keys is not Twilio's (HTTP 201, request RQ…)
    hint: run the same command again: it goes on where this one stopped
    hint: something between here and Twilio may have answered: a proxy, a captive portal, a wrong --api-url
    ");
    assert_eq!((world.read("repos.env"), world.live()), before);
    // Once only: the next create is good.
    let world = faulty("garble:truncated=POST /v1/Keys@1");
    assert_snapshot!(world.run(&[ROTATE, &["--now"]].concat()), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    revoked SK.3.............................., which an unfinished run had left and nobody held
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    revoked SK.1..............................
    ");
    assert_eq!(world.live().len(), 1);
}

/// The world behind something that changes what Twilio says.
fn changed(world: World, answer: Change) -> (World, Front) {
    let front = Front::start(Role::Rewrite(Box::new(|_, body| body), answer), world.sandbox.addr());
    let url = format!("http://{}", front.addr);
    (world.env("TWCRED_API_URL", &url), front)
}

#[test]
fn a_200_with_garbage() {
    let on = |what: &'static str, change: fn(String) -> String| -> (World, Front) {
        changed(
            holding(&repos()),
            Box::new(move |asked, body| if asked.starts_with(what) { change(body) } else { body }),
        )
    };
    let fetch = "GET /v1/Keys/";
    let (world, _front) = on(fetch, |_| "{}".to_owned());
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 1
    --- stderr
    error: fetching the key that is to be replaced failed
      because: the answer of TWILIO to GET /v1/Keys/SK.1.............................. is not what Twilio documents: reading stopped at line 1, column 2 (HTTP 200, request RQ…)
    hint: something between here and Twilio may have answered: a proxy, a captive portal, a wrong --api-url
    ");
    let (world, _front) = on(fetch, |_| "null".to_owned());
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 1
    --- stderr
    error: fetching the key that is to be replaced failed
      because: the answer of TWILIO to GET /v1/Keys/SK.1.............................. is not what Twilio documents: reading stopped at line 1, column 4 (HTTP 200, request RQ…)
    hint: something between here and Twilio may have answered: a proxy, a captive portal, a wrong --api-url
    ");
    let (world, _front) = on(fetch, |body| body.replace(key_sid('1').as_str(), key_sid('2').as_str()));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 1
    --- stderr
    error: fetching the key that is to be replaced failed
      because: the answer of TWILIO to GET /v1/Keys/SK.1.............................. is not Twilio's (HTTP 200, request RQ…)
    hint: something between here and Twilio may have answered: a proxy, a captive portal, a wrong --api-url
    ");
    let (world, _front) = on(fetch, |body| body.replace(" +0000", " oclock"));
    assert_snapshot!(world.refused(&[ROTATE, &["--max-age", "90d"]].concat()), @r"
    exit: 1
    --- stderr
    error: Twilio does not say when SK.1.............................. was made, so its age is unknown
    hint: rotate it whatever its age: leave --max-age out, and max-age out of its target in the configuration
    hint: the new key's age is known, so that happens once
    ");
    let (world, _front) = on(fetch, |_| format!("[{}]", "1,".repeat(600_000) + "1"));
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 1
    --- stderr
    error: fetching the key that is to be replaced failed
      because: the answer of TWILIO to GET /v1/Keys/SK.1.............................. is larger than 1048576 bytes (HTTP 200, request RQ…)
    hint: something between here and Twilio may have answered: a proxy, a captive portal, a wrong --api-url
    ");
    let create = "POST /v1/Keys";
    let before = |world: &World| (world.read("repos.env"), world.live());
    let (world, _front) = on(create, |body| body.replace("\"secret\"", "\"Secret\""));
    let was = before(&world);
    assert_snapshot!(world.run(ROTATE), @r"
    exit: 75
    --- stderr
    revoked SK.1.............................., which an unfinished run had left and nobody held
    revoked SK.2.............................., which an unfinished run had left and nobody held
    revoked SK.3.............................., which an unfinished run had left and nobody held
    error: rotation rotation.id1 stopped
      because: the create was sent 3 times without an answer that can be used; every key it left was revoked
      because: the answer of TWILIO to POST /v1/Keys is not what Twilio documents: reading stopped at line 1, column 250 (HTTP 201, request RQ…)
    hint: run the same command again: it goes on where this one stopped
    hint: something between here and Twilio may have answered: a proxy, a captive portal, a wrong --api-url
    ");
    assert_eq!(before(&world), was);
    // The secret of another key: it does not authenticate, so nothing was distributed.
    let (world, _front) = on(create, |body| {
        let (head, rest) = body.split_once("\"secret\":\"").unwrap();
        format!("{head}\"secret\":\"{}", "Z".repeat(32) + &rest[32..])
    });
    assert_snapshot!(world.undone(ROTATE), @r"
    exit: 7
    --- stderr
    SK.1.............................. is made, its secret sealed
    revoked SK.1..............................
    error: rotation rotation.id1 stopped
      because: the new key SK.1.............................. was rejected by Twilio: TWILIO refused GET /2010-04-01/Accounts/AC.1............................../IncomingPhoneNumbers.json: Authenticate (code 20003, HTTP 401, request RQ…)
    hint: `twcred keys verify` tells more about a pair; keys belong to one account and one region
    ");
}
