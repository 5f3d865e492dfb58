//! Auth Tokens through the configuration.

use insta::assert_snapshot;
use twcred::model::Secret;
use twcred::sandbox::AccountSeed;

use crate::config_file::{configured, own};
use crate::support::evidence::Evidence;
use crate::support::webhook::{AUTH_TOKEN, sign};
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
    assert_eq!(world.rotations().len(), 2, "a journal for each");
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
    let world = configured(&(more.to_owned() + TOKEN));
    let ran = world.run(&["token", "rotate", "--all"]);
    assert!(ran.code == Some(2) && ran.out.starts_with("token: the token "), "{ran}");
    assert!(ran.err.contains("error: target gone stopped\n"), "{ran}");
    assert!(world.run(&["token", "rotate", "key"]).err.contains("is of kind \"api-key\""));
    assert_eq!(world.run(&["token", "rotate", "token", "--env-file", "repos.env"]).code, Some(2));
}

/// Names and commands of the target: the secondary stands there at the check, the previous one at the after command.
#[test]
fn names_and_commands_are_the_targets() {
    let more = "secondary-suffix = \"_NEXT\"\nprevious-suffix = \"_OLD\"\nafter = \"grep -q TWILIO_AUTH_TOKEN_OLD= repos.env\"\n";
    let names = TOKEN.replace("\"true\"", "\"grep -q TWILIO_AUTH_TOKEN_NEXT= repos.env\"") + more;
    let world = configured(&names);
    let ran = world.run(&["token", "rotate", "--all"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let held = world.run(&["token", "rotate", "token", "--check", "exit 9"]);
    assert_eq!(held.code, Some(7), "a flag goes before the target: {held}");
    assert!(world.read("repos.env").contains("TWILIO_AUTH_TOKEN_NEXT="));
    assert_eq!(world.run(&["token", "rotate", "token"]).code, Some(0));
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &primary(&world, 'a')));
}

/// A project that cannot be understood does not stop the token of the others, unless it may hold it.
#[test]
fn broken_projects_do_not_stop_the_others() {
    let world = configured(TOKEN);
    let text = format!("{}HALF_TWILIO_AUTH_TOKEN={}\nTWICE_ACCOUNT_SID=x\nTWICE_AUTH_TOKEN=y\n", repos(), other());
    world.file(
        "repos.env",
        &text.replace("HALF_TWILIO_AUTH_TOKEN", "HALF_TWILIO_ACCOUNT_SID=AC1\nHALF_TWILIO_AUTH_TOKEN"),
    );
    let before = world.read("repos.env");
    let ran = world.run(&["token", "rotate", "token"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.err.contains("HALF_TWILIO_ACCOUNT_SID") && ran.err.contains("TWICE_ACCOUNT_SID"), "{ran}");
    assert!(!world.leaks(&ran.raw_err) && !ran.raw_err.contains(&other()), "{ran}");
    let new = primary(&world, 'a');
    assert_eq!(world.read("repos.env"), before.replace(&token(), &new));
    // The token itself in such a project: nothing is begun.
    world.file("repos.env", &world.read("repos.env").replace(&other(), &new));
    let before = Evidence::of(&world);
    let refused = world.run(&["token", "rotate", "token"]);
    assert!(refused.code == Some(2) && refused.err.contains("HALF_TWILIO_ACCOUNT_SID"), "{refused}");
    assert_eq!(Evidence::of(&world), before);
}

/// A target whose first place is no env file; its file is one line, as programs write it.
#[test]
fn a_token_in_a_json_file() {
    let world = World::new();
    let text = format!("{{\"account_sid\":\"{}\",\"auth_token\":\"{}\",\"n\":1}}", account_sid('a'), token());
    world.private("app.json", &text);
    let target = TOKEN.replace("env-file = \"~/repos.env\"", "sinks = [\"json:~/app.json\"]");
    own(&world, &target);
    let refused = world.run(&["token", "rotate", "--all"]);
    assert!(refused.code == Some(2) && refused.err.contains("nothing says which account the token here belongs to"));
    assert!(refused.err.contains("twcred.toml:3:10"), "{refused}");
    own(&world, &format!("{target}account = \"{}\"\n", account_sid('a')));
    let ran = world.run(&["token", "rotate", "token"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("app.json"), text.replace(&token(), &primary(&world, 'a')));
    // The same beside an env file, in two objects of one file, and what nothing replaces there.
    let now = primary(&world, 'a');
    world.file("repos.env", &repos().replace(&token(), &now));
    let both = |odd: &str| format!("{{\"a\":{{\"auth_token\":\"{now}\"}},\"b\":{{\"auth_token\":\"{now}\"}}{odd}}}");
    world.private("both.json", &both(&format!(",\"odd\":\"{now}\"")));
    own(
        &world,
        &format!(
            "{TOKEN}sinks = [\"json:~/both.json#/a\", \"json:~/both.json#/b\"]\nwithout = [\"json:~/app.json\"]\n"
        ),
    );
    world.file("app.json", "{}");
    let stopped = world.run(&["token", "rotate", "token"]);
    assert!(
        stopped.code == Some(3) && stopped.err.contains("where nothing replaces it: both.json#/odd\n"),
        "{stopped}"
    );
    world.file("both.json", &world.read("both.json").replace(&format!(",\"odd\":\"{now}\""), ""));
    let ran = world.run(&["token", "rotate", "token"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("both.json"), both("").replace(&now, &primary(&world, 'a')));
}

/// Two files of one name, with the token in the same line: one that is left out is not hidden by the other.
#[test]
fn a_place_of_the_same_name_elsewhere_is_told() {
    let world = configured(TOKEN);
    std::fs::create_dir(world.path("other")).unwrap();
    world.file("other/repos.env", &repos());
    own(&world, &format!("{TOKEN}sinks = [\"env:~/other/repos.env\"]\n"));
    assert_eq!(world.run(&["token", "rotate", "--all"]).code, Some(0));
    own(&world, &format!("{TOKEN}without = [\"env:~/other/repos.env\"]\n"));
    let stopped = world.run(&["token", "rotate", "--all"]);
    assert!(
        stopped.code == Some(3)
            && stopped
                .err
                .contains("where nothing replaces it: repos.env:3 TWILIO_AUTH_TOKEN of env:~/other/repos.env"),
        "{stopped}"
    );
    assert!(world.read("other/repos.env").contains(&primary(&world, 'a')));
}

/// A promotion ends the token in every place that the configuration names, also where flags started it.
#[test]
fn a_place_of_another_target_is_told() {
    let shop = "[targets.shop]\nenv-file = \"~/x.env\"\n";
    let app = "[targets.app]\nenv-file = \"~/keys.env\"\nsinks = [\"json:~/app.json\"]\n";
    let flags = ["token", "rotate", "--env-file", "repos.env", "--check", "true", "--propagation", "0"];
    for (more, place) in [(shop, "x.env:3 TWILIO_AUTH_TOKEN"), (app, "app.json#/auth_token")] {
        for args in [&["token", "rotate", "--all"][..], &flags] {
            let world = configured(&format!("{TOKEN}{more}"));
            world.file("x.env", &repos());
            world.file("app.json", &format!("{{\"auth_token\":\"{}\"}}", token()));
            let stopped = world.run(args);
            assert!(stopped.code == Some(3) && stopped.err.contains(place), "{stopped}");
            assert!(stopped.err.contains("where nothing replaces it: "), "{stopped}");
            assert_eq!(primary(&world, 'a'), token());
            let accepted = world.run(&[args, &["--yes"]].concat());
            assert!(accepted.code == Some(0) && accepted.err.contains(place), "{accepted}");
        }
    }
    // What is named for both is rotated with it.
    let world = configured(&format!("{TOKEN}sinks = [\"env:~/x.env\"]\n{shop}"));
    world.file("x.env", &repos());
    let ran = world.run(&["token", "rotate", "--all"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("x.env"), repos().replace(&token(), &primary(&world, 'a')));
}

/// The same file by another name is no other place, and one that is not there stops nothing.
#[test]
fn what_the_configuration_names_besides_stops_nothing() {
    let more = "[targets.link]\nenv-file = \"~/link.env\"\n[targets.gone]\nenv-file = \"/nowhere/x.env\"\n";
    let world = configured(&format!("{TOKEN}{more}"));
    std::os::unix::fs::symlink(world.path("repos.env"), world.path("link.env")).unwrap();
    let ran = world.run(&["token", "rotate", "--all"]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// What systemd handed over is where the token was, and nothing replaces it there.
#[test]
fn the_file_of_the_token_in_hand_is_told() {
    let world = World::new();
    std::fs::create_dir(world.path("credentials")).unwrap();
    world.file("credentials/twcred", &repos());
    world.file("repos.env", &repos());
    let dir = world.path("credentials").display().to_string();
    let world = world.env("CREDENTIALS_DIRECTORY", &dir);
    let args = ["token", "rotate", "--to", "env:repos.env", "--check", "true", "--propagation", "0"];
    let stopped = world.run(&args);
    assert!(
        stopped.code == Some(3) && stopped.err.contains("where nothing replaces it: twcred:3 TWILIO_AUTH_TOKEN"),
        "{stopped}"
    );
    assert_eq!(primary(&world, 'a'), token());
    assert_eq!(world.run(&[&args[..], &["--yes"]].concat()).code, Some(0));
}

/// Midway through a rotation its names are known to the commands that look, whoever chose them.
#[test]
fn names_are_known_to_those_who_look() {
    let names = format!("{TOKEN}secondary-suffix = \"_NEXT\"\nprevious-suffix = \"_OLD\"\n");
    let next = |world: &World| {
        let text = world.read("repos.env");
        text.lines().find_map(|line| line.strip_prefix("TWILIO_AUTH_TOKEN_NEXT=")).unwrap().to_owned()
    };
    let verify = |world: &World, more: &[&str]| {
        let url = "https://hooks.example.test/sms";
        let signature = sign(AUTH_TOKEN, &next(world), url);
        let args = ["webhook", "verify", "--env-file", "repos.env", "--url", url, "--signature", &signature];
        world.run(&[&args[..], more].concat())
    };
    let status = |world: &World, more: &[&str]| world.run(&[&["token", "status"], more].concat());
    let found = "repos.env:4 TWILIO_AUTH_TOKEN_NEXT";

    // By the journal alone.
    let world = World::new();
    world.file("repos.env", &repos());
    let staged = world.run(&["token", "create", "--env-file", "repos.env", "--secondary-suffix", "_NEXT"]);
    assert_eq!(staged.code, Some(0), "{staged}");
    let verified = verify(&world, &[]);
    assert!(verified.code == Some(0) && verified.out.contains(found), "{verified}");
    assert!(verified.out.contains("a secondary token signs nothing before it is promoted"), "{verified}");
    let seen = status(&world, &["--env-file", "repos.env"]);
    assert!(seen.code == Some(0) && seen.out.contains(found) && seen.out.contains("works, the secondary"), "{seen}");
    // The token of the environment tells of which account the rotation is; what it staged stands in its sinks.
    let world = world.env("TWILIO_ACCOUNT_SID", account_sid('a').as_str()).env("TWILIO_AUTH_TOKEN", &token());
    let seen = status(&world, &[]);
    assert!(seen.code == Some(0) && seen.out.contains(found) && seen.out.contains("works, the secondary"), "{seen}");

    // By the configuration alone, and by the flag alone.
    let world = configured(&names);
    let text = repos().replacen("TWILIO_API_KEY=", &format!("TWILIO_AUTH_TOKEN_NEXT={}\nTWILIO_API_KEY=", other()), 1);
    world.file("repos.env", &text);
    let verified = verify(&world, &[]);
    assert!(verified.code == Some(0) && verified.out.contains("TWILIO_AUTH_TOKEN_NEXT"), "{verified}");
    let seen = status(&world, &["--env-file", "repos.env"]);
    assert!(seen.out.contains("TWILIO_AUTH_TOKEN_NEXT"), "{seen}");
    own(&world, "");
    assert_eq!(verify(&world, &[]).code, Some(3));
    assert_eq!(verify(&world, &["--secondary-suffix", "_NEXT"]).code, Some(0));
}

/// A token that a profile holds; a profile that authorises; and what cannot be both.
#[test]
fn profiles_in_targets() {
    let world = crate::profiles::without_keyring(World::new());
    crate::profiles::add_token(&world, "admin");
    world.file("repos.env", &repos());
    own(
        &world,
        "[targets.token]\nkind = \"auth-token\"\nprofile = \"admin\"\nsinks = [\"env:~/repos.env\"]\ncheck = \"true\"\npropagation = \"0\"\n",
    );
    let ran = world.run(&["token", "rotate", "--all"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let new = primary(&world, 'a');
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &new));
    assert_eq!(world.run(&["whoami", "-p", "admin"]).code, Some(0));
    let tested = world.run(&["sink", "test"]);
    assert!(tested.code == Some(0) && tested.out.contains("keyring:admin"), "{tested}");
    assert_eq!(world.run(&["sink", "diff"]).code, Some(0));
    assert_eq!(world.run(&["token", "rotate", "--all", "-p", "admin"]).code, Some(2));

    // A file without a token: its keys need somebody who may manage them.
    let keys: String = repos().split_inclusive('\n').filter(|line| !line.contains("AUTH_TOKEN")).collect();
    world.file("keys.env", &keys);
    own(&world, "[targets.keys]\nenv-file = \"~/keys.env\"\n");
    assert_eq!(world.run(&["keys", "rotate", "keys"]).code, Some(4));
    own(&world, "[targets.keys]\nenv-file = \"~/keys.env\"\nprofile = \"admin\"\n");
    let ran = world.run(&["keys", "rotate", "keys", "--now"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    world.file("keys.env", &world.read("keys.env").replace(account_sid('a').as_str(), account_sid('b').as_str()));
    let refused = world.run(&["keys", "rotate", "keys"]);
    assert!(refused.code == Some(2) && refused.err.contains("is not one of the account"), "{refused}");

    for (text, at, what) in [
        (
            "[targets.t]\nkind = \"auth-token\"\nenv-file = \"~/repos.env\"\nprofile = \"admin\"\n",
            "4:11",
            "an Auth Token is replaced by itself alone",
        ),
        (
            "[targets.t]\nkind = \"auth-token\"\nenv-file = \"/a\"\nsecondary-suffix = \"_X\"\nprevious-suffix = \"_X\"\n",
            "5:19",
            "cannot both have the suffix _X",
        ),
        ("[targets.t]\nprofile = \"a b\"\n", "2:11", "a profile's name has 1 to 64"),
        ("[targets.t]\nprofile = \"admin\"\nsinks = [\"keyring:admin\"]\n", "3:10", "the target's profile already"),
        ("[targets.t]\nprofile = \"a\"\n[targets.u]\nprofile = \"a\"\n", "4:11", "has this place already"),
        ("[defaults]\nprofile = \"a\"\n", "2:1", "profile"),
    ] {
        own(&world, text);
        let refused = world.run(&["sink", "list"]);
        assert_eq!(refused.code, Some(2), "{text}{refused}");
        assert!(refused.err.contains(&format!("twcred.toml:{at}\n")) && refused.err.contains(what), "{text}{refused}");
    }
}

#[test]
fn its_sinks_are_tested_compared_and_filled() {
    let world = two_accounts();
    world.file("repos.env", &repos());
    world.file("copy.env", &repos());
    own(&world, &format!("{TOKEN}sinks = [\"env:~/copy.env\"]\n"));
    let narrow = |args: &[&str]| crate::sink_commands::narrow(&world.run(args));
    assert_snapshot!(narrow(&["sink", "test"]), @r"
    exit: 0
    --- stdout
    TARGET  SINK  WRITABLE  HOLDS
    token  env:~/repos.env  yes  the token 3eb1bd43
    token  env:~/copy.env  yes  the token 3eb1bd43
    ");
    assert_snapshot!(narrow(&["sink", "diff"]), @r"
    exit: 0
    --- stdout
    TARGET  SINK  CREDENTIAL  SECRET  HOLDS  ROTATION
    token  env:~/repos.env  current token  3eb1bd43  source
    token  env:~/copy.env  current token  3eb1bd43  same
    ");
    world.file("copy.env", &repos().replace(&token(), &other()));
    assert_snapshot!(narrow(&["sink", "diff", "token"]), @r"
    exit: 3
    --- stdout
    TARGET  SINK  CREDENTIAL  SECRET  HOLDS  ROTATION
    token  env:~/repos.env  current token  3eb1bd43  source
    token  env:~/copy.env  current token  4ba68aa8  other secret
    --- stderr
    error: the sinks of token do not hold the same
    hint: `twcred sink push token` puts what the first one holds into the others
    ");
    assert_snapshot!(narrow(&["sink", "test"]), @r"
    exit: 2
    --- stdout
    TARGET  SINK  WRITABLE  HOLDS
    token  env:~/repos.env  yes  the token 3eb1bd43
    token  env:~/copy.env  no
    --- stderr
    error: env:~/copy.env could not be written
      because: copy.env does not hold the Auth Token
    hint: name the variable that holds it: env:FILE#VARIABLE; a place under another account does not count
    ");
    // It may be one of another account or region, and work there.
    let foreign = world.run(&["sink", "push", "token", "--yes"]);
    assert!(foreign.code == Some(3) && foreign.err.contains("it may work elsewhere"), "{foreign}");
    assert_eq!(world.read("copy.env"), repos().replace(&token(), &other()));
    // A file out of a backup, from before a rotation.
    world.file("copy.env", &repos());
    assert_eq!(world.run(&["token", "rotate", "token"]).code, Some(0));
    let current = world.read("repos.env");
    world.file("copy.env", &repos());
    assert_snapshot!(narrow(&["sink", "push", "token"]), @r"
    exit: 2
    --- stderr
    error: target token stopped
      because: `Put the token 1d3cc159 into env:~/copy.env (holds one that was replaced)?` needs an answer, and there is no terminal to ask on
    hint: answer with --yes
    ");
    assert_snapshot!(narrow(&["sink", "push", "token", "--yes"]), @r"
    exit: 0
    --- stdout
    TARGET  SINK  RESULT
    token  env:~/repos.env  unchanged
    token  env:~/copy.env  written
    --- stderr
    wrote env:~/copy.env
    ");
    assert_eq!(world.read("copy.env"), current);
    world.file("copy.env", "A=1\n");
    let refused = world.run(&["sink", "push", "--all", "--yes"]);
    assert!(refused.code == Some(2) && refused.err.contains("holds no Auth Token of"), "{refused}");
    // A token that is dead in the first place is taken from nowhere but where it works.
    world.file("copy.env", &current);
    world.file("repos.env", &repos());
    assert_eq!(world.run(&["sink", "push", "token", "--yes"]).code, Some(4));
    let pushed = world.run(&["sink", "push", "token", "--yes", "--from", "env:copy.env"]);
    assert_eq!((pushed.code, world.read("repos.env")), (Some(0), current.clone()), "{pushed}");
    // While a rotation is under way it decides what its sinks hold.
    let staged = world.run(&["token", "create", "--env-file", "repos.env"]);
    assert_eq!(staged.code, Some(0), "{staged}");
    let diff = world.run(&["sink", "diff"]);
    assert!(diff.code == Some(0) && diff.out.contains("secondary token") && !world.leaks(&diff.raw_out), "{diff}");
    let refused = world.run(&["sink", "push", "token", "--yes"]);
    assert!(refused.code == Some(5) && refused.err.contains("twcred token rotate token"), "{refused}");
    // The secondary stands where the token in force should: it works, and is not lost.
    let secondary =
        world.read("repos.env").lines().find_map(|l| l.strip_prefix("TWILIO_AUTH_TOKEN_SECONDARY=").map(str::to_owned));
    world.file("repos.env", &current);
    world.file("copy.env", &repos().replace(&token(), &secondary.unwrap()));
    let fresh = world.path("fresh");
    let world = world.env("TWCRED_STATE_DIR", fresh.to_str().unwrap());
    let refused = world.run(&["sink", "push", "token", "--yes"]);
    assert!(refused.code == Some(3) && refused.err.contains("which works: it would be lost"), "{refused}");
    let refused = world.run(&["sink", "push", "token", "--yes", "--from", "env:copy.env"]);
    assert!(refused.code == Some(2) && refused.err.contains("is the secondary one"), "{refused}");
}
