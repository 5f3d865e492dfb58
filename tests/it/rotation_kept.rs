//! What is sealed is not deleted while it is the only copy of a secret that lives.

use insta::assert_snapshot;
use twcred::sandbox::Kind;

use crate::profiles::{add_key, add_token, without_keyring};
use crate::rotation_commands::sealed as sealed_only;
use crate::support::{World, account_sid, add_key as seed, env_text, key, key_sid, remove, repos, secret};

const ROTATE: &[&str] = &["keys", "rotate", "--env-file", "repos.env"];

/// A rotation in its grace, and a key that is none of its.
pub(crate) fn in_grace() -> World {
    let world = World::with(|state| seed(state, 'a', '3', "third", Kind::Standard, 10)).with_token();
    world.file("repos.env", &env_text(&key('1')));
    assert_eq!(world.run(ROTATE).code, Some(0));
    world
}

/// The file as somebody else has written it.
pub(crate) fn edit(world: &World, text: &str) {
    edit_file(world, "repos.env", text);
}

pub(crate) fn edit_file(world: &World, name: &str, text: &str) {
    let path = world.path(name);
    let seen = twcred::store::file::read(&path).unwrap();
    twcred::store::file::replace(&seen, text.as_bytes()).unwrap();
}

pub(crate) fn account_alone() -> String {
    format!("TWILIO_ACCOUNT_SID={}\n", account_sid('a'))
}

fn sealed(world: &World) -> usize {
    std::fs::read_dir(world.state_dir().join("sealed")).unwrap().count()
}

#[test]
fn a_rollback_leaves_all_as_it_was_where_a_third_pair_stands() {
    let world = in_grace();
    let third = env_text(&key('3'));
    edit(&world, &third);
    let live = world.live();
    assert_snapshot!(world.run(&["rotation", "retire", "--yes"]), @r"
    exit: 3
    --- stderr
    error: rotation rotation.id1 stopped
      because: env:~/repos.env#TWILIO_API_KEY holds SK.3.............................., which is neither the old key SK.1.............................. nor the rotation's new one
    hint: take out there what is not of the rotation, and keep it elsewhere: then `twcred rotation resume rotation.id1` puts the new pair there, or `twcred rotation rollback rotation.id1` the old one; or name another place: `twcred keys rotate --env-file ~/repos.env --var TWILIO_API_KEY --to SINK --without SINK`
    hint: nothing was overwritten or revoked; `twcred rotation show rotation.id1` tells which key is which
    ");
    assert_snapshot!(world.run(&["rotation", "rollback", "--yes"]), @r"
    exit: 3
    --- stderr
    error: rotation rotation.id1 stopped
      because: no sink holds SK.1.............................., so its secret is nowhere but in the sealed file: env:~/repos.env#TWILIO_API_KEY holds SK.3..............................
    hint: what is sealed stays sealed; take out of a sink what stands there, keep it elsewhere, and run again: `twcred rotation rollback rotation.id1` puts the old pair there, `twcred rotation resume rotation.id1` the new one; or name another place first: `twcred keys rotate --env-file ~/repos.env --var TWILIO_API_KEY --to SINK --without SINK`
    hint: if neither key of the rotation is used any more: end both with `twcred keys revoke --force`, then `twcred rotation rollback rotation.id1`
    ");
    assert_eq!((world.live(), sealed(&world), world.read("repos.env")), (live, 1, third));
    // What the hint says to type.
    edit(&world, &account_alone());
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(world.read("repos.env").contains(&secret('1')), "{ran}");
    assert_eq!((world.live(), sealed(&world)), (vec![key_sid('1'), key_sid('3')], 0));
}

#[test]
fn a_rollback_puts_the_old_pair_back_where_the_pair_was_taken_out() {
    let world = in_grace();
    edit(&world, &account_alone());
    assert_snapshot!(world.run(&["rotation", "rollback", "--yes"]), @r"
    exit: 0
    --- stdout
    SK.1.............................. stays: the rotation was rolled back
    --- stderr
    env:~/repos.env#TWILIO_API_KEY does not hold the new pair any more
    put the old pair back into env:~/repos.env#TWILIO_API_KEY
    revoked SK.2..............................
    ");
    assert!(world.read("repos.env").contains(&secret('1')));
    assert_eq!((world.live(), sealed(&world)), (vec![key_sid('1'), key_sid('3')], 0));
}

/// The other sink has the old pair at the end: what somebody made of this one is his.
#[test]
fn a_rollback_needs_one_place_only() {
    let world = World::with(|state| seed(state, 'a', '3', "third", Kind::Standard, 10)).with_token();
    world.file("repos.env", &env_text(&key('1')));
    assert_eq!(world.run(&[ROTATE, &["--to", "json:app.json"]].concat()).code, Some(0));
    let third = env_text(&key('3'));
    edit(&world, &third);
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("repos.env"), third);
    assert!(world.read("app.json").contains(&secret('1')));
    assert_eq!(world.live(), [key_sid('1'), key_sid('3')]);
}

#[test]
fn a_rollback_leaves_a_profile_of_another_key_as_it_was() {
    let world = without_keyring(World::with(|state| seed(state, 'a', '3', "third", Kind::Standard, 10)));
    add_token(&world, "admin");
    add_key(&world, "shop", '1');
    assert_eq!(world.run(&["keys", "rotate", "-p", "shop"]).code, Some(0));
    for entry in std::fs::read_dir(world.path(".config/twcred/secrets")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("shop.") {
            remove(&path);
        }
    }
    let (account, sid) = (account_sid('a'), key_sid('3'));
    let other = ["profile", "add", "shop", "--replace", "--account", account.as_str(), "--sid", sid.as_str()];
    let ran = world.run_with(&other, &secret('3'));
    assert!(ran.code == Some(0) && ran.err.contains("--to SINK --without keyring:shop"), "{ran}");
    let live = world.live();
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert!(ran.code == Some(3) && ran.err.contains("keyring:shop holds SK."), "{ran}");
    assert_eq!((world.live(), sealed(&world)), (live, 1));
    // Another place for what is sealed.
    let aside = ["keys", "rotate", "-p", "shop", "--to", "json:aside.json", "--without", "keyring:shop"];
    let ran = world.run(&aside);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.run(&["rotation", "rollback", "--yes", "-p", "admin"]).code, Some(0));
    assert!(world.read("aside.json").contains(&secret('1')));
    assert_eq!((world.live(), sealed(&world)), (vec![key_sid('1'), key_sid('3')], 0));
}

/// With every sink left out, nothing but the sealed file would have the pair that stays.
#[test]
fn neither_key_is_revoked_with_every_sink_left_out() {
    let world = in_grace();
    let sink = format!("env:{}#TWILIO_API_KEY", world.path("repos.env").display());
    let live = world.live();
    let left_out = world.run(&[ROTATE, &["--without", &sink, "--now"]].concat());
    assert!(left_out.code == Some(3) && left_out.err.contains("every sink is left out"), "{left_out}");
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert!(
        ran.code == Some(3) && ran.err.contains("SK.2.............................. is still held: repos.env:2"),
        "{ran}"
    );
    assert_eq!((world.live(), sealed(&world)), (live, 1));
    // Named again, it is a sink again.
    assert_eq!(world.run(&[ROTATE, &["--now"]].concat()).code, Some(0));
    assert_eq!((world.live().len(), sealed(&world)), (2, 0));
}

/// What is of no use to anybody needs no place.
#[test]
fn a_rotation_whose_keys_were_both_revoked_by_hand_is_closed_by_a_rollback() {
    let world = in_grace();
    edit(&world, &env_text(&key('3')));
    let doomed: Vec<String> =
        world.live().iter().filter(|sid| **sid != key_sid('3')).map(ToString::to_string).collect();
    let revoke = ["keys", "revoke", doomed[0].as_str(), doomed[1].as_str(), "--force", "--yes"];
    assert_eq!(world.run(&revoke).code, Some(0));
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(sealed(&world), 0);
    assert_eq!(world.run(ROTATE).code, Some(0));
}

/// An abort, before any sink was written: the old pair was taken out of the file meanwhile, and is sealed.
#[test]
fn an_abort_does_not_delete_the_only_copy_of_the_old_pair() {
    let world = sealed_only();
    let without = repos().lines().filter(|line| !line.starts_with("TWILIO_API_")).collect::<Vec<_>>().join("\n") + "\n";
    edit(&world, &without);
    let ran = world.run(&["rotation", "abort", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(world.read("repos.env").contains(&secret('1')), "{ran}");
    assert_eq!((world.live(), sealed(&world)), (vec![key_sid('1')], 0));
}
