//! Auth Tokens through the configuration.

use twcred::model::Secret;
use twcred::sandbox::AccountSeed;

use crate::config_file::{configured, own};
use crate::support::evidence::Evidence;
use crate::support::{World, account_sid, exposed, repos, token};

const TOKEN: &str =
    "[targets.token]\nkind = \"auth-token\"\nenv-file = \"~/repos.env\"\ncheck = \"true\"\npropagation = \"0\"\n";

fn primary(world: &World, account: char) -> String {
    world.sandbox.with_state(|state| exposed(&state.account(&account_sid(account)).unwrap().token.secret()).to_owned())
}

/// The token of the other account that some worlds have.
fn other() -> String {
    "fedcba9876543210".repeat(2)
}

fn two_accounts() -> World {
    World::with(|state| {
        let seed = AccountSeed {
            sid: account_sid('b'),
            owner: None,
            name: "Other".to_owned(),
            token: Secret::new(other()),
            created: twcred::cli::context::clock(),
        };
        state.add_account(seed).unwrap();
    })
}

#[test]
fn one_line_of_a_crontab() {
    let world = configured(TOKEN);
    let first = world.run(&["token", "rotate", "--all", "-q"]);
    assert_eq!(first.code, Some(0), "{first}");
    assert!(first.out.starts_with("token: the token ") && first.out.contains(" was replaced by "), "{first}");
    let new = primary(&world, 'a');
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &new));
    own(&world, &format!("[defaults]\nmax-age = \"90d\"\n{TOKEN}"));
    assert_eq!(world.run(&["token", "rotate", "--all", "-q"]).to_string(), "exit: 0\n");
    let json: serde_json::Value =
        serde_json::from_str(&world.run(&["token", "rotate", "token", "--json"]).raw_out).unwrap();
    assert_eq!(json["schema"], "twcred.token-rotations/v1");
    assert_eq!(
        (&json["rotations"][0]["target"], &json["rotations"][0]["result"]),
        (&"token".into(), &"not-due".into())
    );
    let plan = world.run(&["token", "rotate", "token", "-n", "--max-age", "0s"]);
    assert!(plan.code == Some(0) && plan.out.starts_with("target token\n"), "{plan}");
    assert_eq!(primary(&world, 'a'), new);
}

/// Nothing is promoted by a crontab that nobody has given a check.
#[test]
fn nobody_could_say_yes() {
    let world = configured("[targets.token]\nkind = \"auth-token\"\nenv-file = \"~/repos.env\"\n");
    let before = Evidence::of(&world);
    let refused = world.run(&["token", "rotate", "--all"]);
    assert!(refused.code == Some(2) && refused.err.contains("nobody could say yes to the promote"), "{refused}");
    assert_eq!(Evidence::of(&world), before);
    assert_eq!(world.run(&["token", "rotate", "token", "--yes", "--propagation", "0"]).code, Some(0));
}

/// A file with the tokens of two accounts: a target for each, told apart by the account or by the variable.
#[test]
fn each_account_has_its_target() {
    let world = two_accounts();
    let text = format!("{}B_ACCOUNT_SID={}\nB_AUTH_TOKEN={}\n", repos(), account_sid('b'), other());
    world.file("repos.env", &text);
    let one = TOKEN.replace("token]", "one]") + &format!("account = \"{}\"\n", account_sid('a'));
    let two = TOKEN.replace("token]", "two]")
        + &format!("account = \"{}\"\nsuppress-email = true\nprevious-suffix = \"_OLD\"\n", account_sid('b'));
    own(&world, &(one + &two));
    let ran = world.run(&["token", "rotate", "--all"]);
    assert!(ran.code == Some(0) && ran.out.contains("one: ") && ran.out.contains("two: "), "{ran}");
    let (a, b) = (primary(&world, 'a'), primary(&world, 'b'));
    assert_eq!(world.read("repos.env"), text.replace(&token(), &a).replace(&other(), &b));
    let mails = |account| world.sandbox.with_state(|state| state.account(&account_sid(account)).unwrap().mails);
    assert_eq!((mails('a') > 0, mails('b')), (true, 0));
    own(&world, &TOKEN.replace("check", "variables = [\"B_AUTH_TOKEN\"]\ncheck"));
    assert_eq!(world.run(&["token", "rotate", "token"]).code, Some(0));
    assert!(primary(&world, 'b') != b && primary(&world, 'a') == a);
    own(&world, &TOKEN.replace("check", "variables = [\"C_AUTH_TOKEN\"]\ncheck"));
    let none = world.run(&["token", "rotate", "token"]);
    assert!(none.code == Some(2) && none.err.contains("holds no Auth Token in C_AUTH_TOKEN"), "{none}");
}

/// A promotion ends the old token everywhere, so two targets with one account's token cannot be rotated apart.
#[test]
fn one_token_in_two_targets_is_refused() {
    let world = configured(&(TOKEN.to_owned() + &TOKEN.replace("token]", "copy]").replace("repos", "copy")));
    world.file("copy.env", &repos());
    let before = Evidence::of(&world);
    let refused = world.run(&["token", "rotate", "--all"]);
    assert!(refused.code == Some(2) && refused.err.contains("a promotion strikes both"), "{refused}");
    assert_eq!(world.run(&["token", "rotate", "copy"]).code, Some(2));
    assert_eq!(Evidence::of(&world), before);
    // One target with the other file for a sink.
    own(&world, &(TOKEN.to_owned() + "sinks = [\"env:~/copy.env\"]\n"));
    assert_eq!(world.run(&["token", "rotate", "token"]).code, Some(0));
    let new = primary(&world, 'a');
    assert!(world.read("copy.env").contains(&new) && world.read("repos.env").contains(&new));
}

#[test]
fn one_that_is_broken_does_not_stop_the_others() {
    let more = "[targets.gone]\nkind = \"auth-token\"\nenv-file = \"/nowhere/x.env\"\n[targets.key]\nenv-file = \"~/repos.env\"\n";
    let world = configured(&(TOKEN.to_owned() + more));
    let ran = world.run(&["token", "rotate", "--all"]);
    assert!(ran.code == Some(2) && ran.out.starts_with("token: the token "), "{ran}");
    assert!(ran.err.contains("error: target gone stopped\n"), "{ran}");
    assert!(world.run(&["token", "rotate", "key"]).err.contains("is of kind \"api-key\""));
    assert_eq!(world.run(&["token", "rotate", "token", "--env-file", "repos.env"]).code, Some(2));
}
