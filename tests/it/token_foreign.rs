//! A secondary token that somebody else made or uses: it is never taken away on a guess.

use insta::assert_snapshot;
use twcred::api::{Client, Endpoint, Settings};
use twcred::model::{Credential, KeyPair, Secret};
use twcred::sandbox::Kind;

use crate::support::{World, account_sid, add_key, exposed, key_sid, repos, secret, token};

const CREATE: &[&str] = &["token", "create", "--env-file", "repos.env"];
const DELETE: &[&str] = &["token", "delete", "--env-file", "repos.env", "--yes"];

/// An account with a Main key `2` too.
fn world() -> World {
    let world = World::with(|state| add_key(state, 'a', '2', "deploy", Kind::Main, 10));
    world.file("repos.env", &repos());
    world
}

fn main_key() -> Credential {
    let pair = KeyPair { sid: key_sid('2'), secret: Secret::new(secret('2')) };
    Credential::ApiKey { account: account_sid('a'), pair }
}

fn auth_token() -> Credential {
    Credential::AuthToken { account: account_sid('a'), token: Secret::new(token()) }
}

/// Another actor makes the secondary token.
fn made_by(world: &World, actor: &Credential) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    exposed(&runtime.block_on(async { client(world).create_secondary(actor, false).await.unwrap() })).to_owned()
}

fn client(world: &World) -> Client {
    Client::new(Settings::new(Endpoint::custom(&world.sandbox.url()).unwrap()))
}
/// None of our own creates reaches Twilio, and none is answered.
fn never_answered(world: &World) {
    world.fault("drop-before=POST /v1/AuthTokens/Secondary@1x*");
    assert_eq!(world.run(CREATE).code, Some(5));
    world.sandbox.clear_faults();
}

/// Made right when we asked, but by another credential than ours.
#[test]
fn one_that_another_actor_made_while_we_asked() {
    let world = world();
    never_answered(&world);
    let made = made_by(&world, &main_key());
    let ran = world.run(CREATE);
    assert_eq!(world.secondary().as_deref(), Some(made.as_str()), "{ran}");
    assert_snapshot!(ran.briefly(), @r"
    exit 3
    error: rotation rotation.id1 stopped
      because: a create was never answered, a secondary Auth Token exists, and whose it is cannot be told: another actor than the account's own token made one meanwhile
    hint: nothing was deleted on a guess; Monitor's events name who made it and when (account-auth-token.secondary-created)
    hint: make sure that nobody else is replacing the token, then: twcred token delete --env-file repos.env
    ");
    assert_eq!(world.read("repos.env"), repos());
}

/// Made right when we asked, and with the very token that we sign with: that it stands in the file tells.
#[test]
fn one_that_the_file_holds() {
    for variables in [&["TWILIO_AUTH_TOKEN_SECONDARY", "SHOP_TWILIO_AUTH_TOKEN"][..], &["SHOP_TWILIO_AUTH_TOKEN"]] {
        let world = world();
        never_answered(&world);
        let made = made_by(&world, &auth_token());
        let lines: Vec<String> = variables.iter().map(|name| format!("{name}={made}\n")).collect();
        let text = format!("{}SHOP_TWILIO_ACCOUNT_SID={}\n{}", repos(), account_sid('a'), lines.concat());
        world.file("repos.env", &text);
        let ran = world.run(CREATE);
        assert_eq!(world.secondary().as_deref(), Some(made.as_str()), "{ran}");
        assert_eq!(ran.code, Some(3), "{ran}");
        assert!(ran.err.contains("SHOP_TWILIO_AUTH_TOKEN") && ran.err.contains("repos.env:"), "{ran}");
        assert_eq!(world.read("repos.env"), text);
        // By the user's word neither, as long as something holds it.
        let ran = world.run(DELETE);
        assert_eq!((ran.code, world.secondary()), (Some(3), Some(made)), "{ran}");
    }
}

/// Ours was made and lost, then somebody put another in its place.
#[test]
fn one_of_two_that_were_made_while_we_asked() {
    let world = world();
    world.fault("commit-then-drop=POST /v1/AuthTokens/Secondary@1");
    world.fault("drop-before=POST /v1/AuthTokens/Secondary@2x*");
    assert_eq!(world.run(CREATE).code, Some(5));
    world.sandbox.clear_faults();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { client(&world).delete_secondary(&auth_token(), false).await.unwrap() });
    let made = made_by(&world, &auth_token());
    let ran = world.run(CREATE);
    assert_eq!(world.secondary().as_deref(), Some(made.as_str()), "{ran}");
    assert_eq!(ran.code, Some(3), "{ran}");
}

/// What sinks use under another name is not deleted from under them.
#[test]
fn delete_looks_wherever_it_may_stand() {
    let world = world();
    let made = made_by(&world, &auth_token());
    let text = format!("{}SHOP_TWILIO_ACCOUNT_SID={}\nSHOP_TWILIO_AUTH_TOKEN={made}\n", repos(), account_sid('a'));
    world.file("repos.env", &text);
    let app = format!("{{\n  \"account_sid\": \"{}\",\n  \"auth_token\": \"{made}\"\n}}\n", account_sid('a'));
    world.file("app.json", &app);
    let ran = world.run(&[DELETE, &["--to", "json:app.json"]].concat());
    assert_eq!(world.secondary().as_deref(), Some(made.as_str()), "{ran}");
    assert_snapshot!(ran.briefly(), @r"
    exit 3
    error: the secondary token is still held: app.json#/auth_token, repos.env:10 SHOP_TWILIO_AUTH_TOKEN
    hint: nothing was deleted; take it out there, and run again
    hint: if it stands there by a suffix of your own, say which: --secondary-suffix SUFFIX
    ");
    // Named or not.
    world.file("repos.env", &repos());
    let ran = world.run(&[DELETE, &["--to", "json:app.json"]].concat());
    assert_eq!((ran.code, world.secondary().as_deref()), (Some(3), Some(made.as_str())), "{ran}");
    assert_eq!((world.read("repos.env"), world.read("app.json")), (repos(), app));
    // Used nowhere, it goes.
    crate::support::remove(&world.path("app.json"));
    let ran = world.run(DELETE);
    assert_eq!((ran.code, world.secondary()), (Some(0), None), "{ran}");
}

/// A place of an earlier rotation is looked into too, though nobody names it.
#[test]
fn delete_looks_into_what_the_journal_knows() {
    let world = world();
    let app = format!("{{\"account_sid\": \"{}\", \"auth_token\": \"{}\"}}\n", account_sid('a'), token());
    world.file("app.json", &app);
    assert_eq!(world.run(&[CREATE, &["--to", "json:app.json"]].concat()).code, Some(0));
    assert_eq!(world.run(DELETE).code, Some(0));
    let made = made_by(&world, &auth_token());
    world.file("app.json", &app.replace(&token(), &made));
    let ran = world.run(DELETE);
    assert_eq!((ran.code, world.secondary().as_deref()), (Some(3), Some(made.as_str())), "{ran}");
    assert!(ran.err.contains("app.json"), "{ran}");
}

/// Nor is what only the configuration names left with a dead token.
#[test]
fn delete_looks_into_what_the_configuration_names() {
    let world = world();
    let made = made_by(&world, &auth_token());
    let app = format!("{{\"account_sid\": \"{}\", \"auth_token\": \"{made}\"}}\n", account_sid('a'));
    world.file("app.json", &app);
    let target = "[targets.app]\nkind = \"auth-token\"\nsinks = [\"json:~/app.json\"]\n";
    world.private("twcred.toml", &format!("{target}account = \"{}\"\n", account_sid('a')));
    let delete = [DELETE, &["--config", "twcred.toml"]].concat();
    let ran = world.run(&delete);
    assert_eq!((ran.code, world.secondary().as_deref()), (Some(3), Some(made.as_str())), "{ran}");
    assert!(ran.err.contains("is still held: app.json#/auth_token"), "{ran}");
    crate::support::remove(&world.path("app.json"));
    // A configuration that cannot be read may name what holds it.
    world.file("twcred.toml", "[targets");
    assert_eq!((world.run(&delete).code, world.secondary().is_some()), (Some(2), true));
    world.file("twcred.toml", "");
    assert_eq!((world.run(&delete).code, world.secondary()), (Some(0), None));
}

/// Nobody but a named sink holds it, and there it waits: it is taken out and deleted.
#[test]
fn delete_takes_it_out_of_a_named_sink_in_which_it_waits() {
    for app in [true, false] {
        let world = world();
        let made = made_by(&world, &auth_token());
        let (name, before) =
            if app { ("json:app.json", crate::support::json_app(&token())) } else { ("env:app.env", repos()) };
        let path = name.split_once(':').unwrap().1;
        let waits = if app {
            before.replace("\n}", &format!(",\n  \"auth_token_secondary\": \"{made}\"\n}}"))
        } else {
            format!("{before}TWILIO_AUTH_TOKEN_SECONDARY={made}\n")
        };
        world.file(path, &waits);
        // Known without being named, it stays where it is: a sink of a target is not told by whom it was put there.
        let target =
            format!("kind = \"auth-token\"\nenv-file = \"~/repos.env\"\nsinks = [\"{}\"]\n", name.replace(':', ":~/"));
        world.private("twcred.toml", &format!("[targets.shop]\n{target}"));
        let ran = world.run(&[DELETE, &["--config", "twcred.toml"]].concat());
        assert_eq!((ran.code, world.secondary().as_deref()), (Some(3), Some(made.as_str())), "{ran}");
        if !app {
            let hint = "hint: or have it taken out of where it waits: --to SINK\n";
            assert!(ran.err.ends_with(hint), "{ran}");
        }
        let ran = world.run(&[DELETE, &["--to", name]].concat());
        assert_eq!((ran.code, world.secondary()), (Some(0), None), "{ran}");
        assert_eq!((world.read("repos.env"), world.read(path)), (repos(), before), "{ran}");
        assert_eq!((world.open(), world.sealed()), (0, 0));
    }
    // One that is dead there is not the one that Twilio has, and where it stands as the one in force it stays.
    let world = world();
    let made = made_by(&world, &auth_token());
    let waits = format!("{}TWILIO_AUTH_TOKEN_SECONDARY={made}\nSHOP_TWILIO_AUTH_TOKEN={made}\n", repos());
    world.file("app.env", &waits);
    let ran = world.run(&[DELETE, &["--to", "env:app.env"]].concat());
    assert_eq!((ran.code, world.secondary().as_deref()), (Some(3), Some(made.as_str())), "{ran}");
    assert!(ran.err.contains("still held: app.env:10 SHOP_TWILIO_AUTH_TOKEN\n"), "{ran}");
    assert!(!ran.err.contains("--secondary-suffix"), "{ran}");
    assert_eq!(world.read("app.env"), waits);
}

/// The journal is lost, and with it by which suffix the secondary was written down.
#[test]
fn delete_without_the_journal_that_knew_the_suffix() {
    let world = world();
    let next = ["--secondary-suffix", "_NEXT"];
    assert_eq!(world.run(&[CREATE, &next].concat()).code, Some(0));
    std::fs::remove_dir_all(world.state_dir()).unwrap();
    let before = world.read("repos.env");
    assert!(before.contains("TWILIO_AUTH_TOKEN_NEXT="));
    let ran = world.run(DELETE);
    assert_eq!(world.read("repos.env"), before);
    assert!(world.secondary().is_some(), "{ran}");
    assert_snapshot!(ran.briefly(), @r"
    exit 3
    error: the secondary token is still held: repos.env:4 TWILIO_AUTH_TOKEN_NEXT
    hint: nothing was deleted; take it out there, and run again
    hint: if it stands there by a suffix of your own, say which: --secondary-suffix SUFFIX
    ");
    assert_eq!(world.run(&[DELETE, &next].concat()).code, Some(0));
    assert_eq!((world.read("repos.env"), world.secondary()), (repos(), None));
    // A target of the configuration knows it as well as the flag.
    assert_eq!(world.run(&[CREATE, &next].concat()).code, Some(0));
    std::fs::remove_dir_all(world.state_dir()).unwrap();
    let target = "[targets.shop]\nkind = \"auth-token\"\nenv-file = \"~/repos.env\"\nsecondary-suffix = \"_NEXT\"\n";
    world.private("twcred.toml", target);
    let ran = world.run(&[DELETE, &["--config", "twcred.toml"]].concat());
    assert_eq!((ran.code, world.read("repos.env"), world.secondary()), (Some(0), repos(), None), "{ran}");
}

/// A create that was refused made nothing: what somebody made just before it is not explained by it, in no later run.
#[test]
fn one_that_was_made_just_before_a_refused_create() {
    let world = world();
    never_answered(&world);
    std::thread::sleep(std::time::Duration::from_secs(6));
    let made = made_by(&world, &auth_token());
    for run in ["first", "second", "third"] {
        let ran = world.run(CREATE);
        assert_eq!(world.secondary().as_deref(), Some(made.as_str()), "{run}: {ran}");
        assert_eq!(ran.code, Some(3), "{run}: {ran}");
    }
}
