//! `twcred init`: the sample, its proposals and its schema.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use crate::support::{World, account_sid, key_sid, mode, repos, secret};

const OWN: &str = ".config/twcred/twcred.toml";

#[test]
fn the_sample_is_private_and_never_takes_the_place_of_another() {
    let world = World::new();
    assert_snapshot!(world.run(&["init"]), @r"
    exit: 0
    --- stdout
    wrote   ~/.config/twcred/twcred.toml
    schema  ~/.config/twcred/twcred.schema.json
    next    open the file and describe a target; then: twcred keys rotate --all --dry-run
    ");
    let text = world.read(OWN);
    assert!(text.starts_with("#:schema ./twcred.schema.json\n"), "{text}");
    assert_eq!((mode(&world.path(OWN)), mode(&world.path(".config/twcred"))), (0o600, 0o700));
    assert_eq!(world.read(".config/twcred/twcred.schema.json"), world.run(&["init", "--schema"]).raw_out);
    assert_snapshot!(world.run(&["init"]), @r"
    exit: 2
    --- stderr
    error: cannot write ~/.config/twcred/twcred.toml
      because: ~/.config/twcred/twcred.toml exists already
    hint: it is left as it was; --force replaces it, --config FILE names another
    ");
    world.file(OWN, "# mine\n");
    assert_eq!(world.run(&["init"]).code, Some(2));
    assert_eq!(world.read(OWN), "# mine\n");
    assert_eq!(world.run(&["init", "--force"]).code, Some(0));
    assert_eq!(world.read(OWN), text);
    // As it was written it is a configuration without targets.
    assert_snapshot!(world.run(&["keys", "rotate", "--all"]), @r#"
    exit: 2
    --- stderr
    error: the configuration ~/.config/twcred/twcred.toml has no target of kind "api-key"
    hint: add one there: [targets.NAME], and beneath it kind = "api-key" and env-file = "/path/to/repos.env"
    "#);
    assert_snapshot!(world.run(&["init", "--config", "other.toml", "--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.init/v1",
      "config": "~/other.toml",
      "schema_file": "~/twcred.schema.json",
      "targets": [],
      "next": "open the file and describe a target; then: twcred keys rotate --all --dry-run"
    }
    "#);
    assert_eq!(world.read("other.toml"), text);
}

#[test]
fn targets_are_proposed_for_the_pairs_of_a_file() {
    let world = World::new();
    let pair = |prefix: &str, digit: char| {
        let (sid, secret) = (key_sid(digit), secret(digit));
        format!("{prefix}TWILIO_API_KEY={sid}\n{prefix}TWILIO_API_SECRET={secret}\n")
    };
    let account = format!("TWILIO_ACCOUNT_SID={}\n", account_sid('a'));
    let text = [
        account,
        pair("SHOP_", '1'),
        pair("", '2'),
        pair("SHOP_EU_", '3'),
        pair("BLOG_", '1'),
        "LOST_TWILIO_API_KEY=x\n".to_owned(),
    ]
    .concat();
    world.file("repos.env", &text);
    assert_snapshot!(world.run(&["init", "--env-file", "repos.env"]), @r"
    exit: 0
    --- stdout
    wrote    ~/.config/twcred/twcred.toml
    schema   ~/.config/twcred/twcred.schema.json
    targets  repos, shop, shop-eu
    next     look at the file; then: twcred keys rotate --all --dry-run
    --- stderr
    warning: ~/repos.env: line 10, LOST_TWILIO_API_KEY: the secret that belongs to it is missing; no target is proposed for it
    ");
    let made = world.read(OWN);
    assert!(!world.leaks(&made) && !made.contains("SK"));
    let targets: Vec<&str> =
        made.lines().filter(|line| line.starts_with("[targets") || line.starts_with("variables")).collect();
    assert_snapshot!(targets.join("\n"), @r#"
    [targets.repos]
    variables = ["TWILIO_API_KEY"]
    [targets.shop]
    variables = ["SHOP_TWILIO_API_KEY", "BLOG_TWILIO_API_KEY"]
    [targets.shop-eu]
    variables = ["SHOP_EU_TWILIO_API_KEY"]
    "#);
    let home = world.home.path().display();
    assert!(made.contains(&format!("\nenv-file = \"{home}/repos.env\"\n")), "{made}");
    assert_eq!(world.read("repos.env"), text);
    assert!(world.run(&["keys", "rotate", "shop", "-n"]).code != Some(2), "the configuration is understood");
}

#[test]
fn what_cannot_be_proposed_and_where_it_cannot_be_kept() {
    let world = World::new();
    world.file("empty.env", "A=1\n");
    assert_snapshot!(world.run(&["init", "--env-file", "empty.env"]), @r"
    exit: 2
    --- stderr
    error: ~/empty.env holds no API key pair that a target could be proposed for
    hint: `twcred audit` tells what is wrong with a file
    hint: without --env-file, the sample is written without targets of its own
    ");
    assert_snapshot!(world.run(&["init", "--env-file", "-"]), @r"
    exit: 2
    --- stderr
    error: a rotation writes the new pair into the file, and standard input is none
    hint: name the file: --env-file repos.env
    ");
    assert_snapshot!(world.run(&["init", "--env-file", "gone.env"]), @r"
    exit: 2
    --- stderr
    error: cannot propose targets for ~/gone.env
      because: ~/gone.env does not exist
    hint: look at the path; one that does not start with / is taken from the current folder
    ");
    assert!(!world.path(".config").exists(), "nothing is left behind");
    // What would be refused later is said now.
    std::fs::create_dir(world.path("open")).unwrap();
    let open = std::fs::File::open(world.path("open")).unwrap();
    open.set_permissions(std::fs::Permissions::from_mode(0o777)).unwrap();
    world.file("repos.env", &repos());
    let ran = world.run(&["init", "--config", "open/twcred.toml", "--env-file", "repos.env"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.err.contains("chmod go-w ~/open"), "{ran}");
}
