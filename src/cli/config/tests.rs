//! Files as people write them, right and wrong.

use std::path::Path;
use std::time::Duration;

use super::sample::Proposal;
use super::*;
use crate::model::TokenNames;

const HOME: &str = "/home/u";
const DAY: Duration = Duration::from_hours(24);

/// Every problem as `LINE:COLUMN KEY: WHAT; HINT`.
fn problems(text: &str) -> Vec<String> {
    let (_, document) = understand(text, Some(Path::new(HOME)));
    let told = document.problems.iter().map(|problem| {
        let (line, column) = problem::position(text, problem.span.start);
        let key = if problem.key.is_empty() { String::new() } else { format!("{}: ", problem.key) };
        let hint = problem.hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
        format!("{line}:{column} {key}{}{hint}", problem.what)
    });
    told.collect()
}

fn targets(text: &str) -> Vec<Target> {
    assert_eq!(problems(text), Vec::<String>::new(), "{text}");
    understand(text, Some(Path::new(HOME))).0
}

#[test]
fn everything_that_may_be_written() {
    let found = targets(
        r#"
[defaults]
max-age = "90d"
grace = "48h"
check = "check"
env-file = "~/repos.env"
secondary-suffix = "_NEXT"

[targets.shop]
account = "AC00000000000000000000000000000000"
variables = ["SHOP_TWILIO_API_KEY"]
sinks = ["json:~/shop.json#/twilio", "exec:put"]
without = ["json:/old.json"]
max-age = "30d"
after = "reload"
allow-downgrade = true

[targets.token]
kind = "auth-token"
env-file = "/srv/token.env"
propagation = "5m"
suppress-email = true

[targets."a.b"]
env-file = "/srv/other.env"
variables = ["*"]
"#,
    );
    let names: Vec<&str> = found.iter().map(|target| target.name.as_str()).collect();
    assert_eq!(names, ["shop", "token", "a.b"], "in the order of the file");
    let shop = &found[0];
    assert_eq!(shop.source.to_string(), "env:/home/u/repos.env#SHOP_TWILIO_API_KEY");
    let sinks: Vec<String> = shop.sinks.iter().map(ToString::to_string).collect();
    assert_eq!(sinks, ["json:/home/u/shop.json#/twilio", "exec:put"]);
    assert_eq!(
        (shop.max_age, shop.check.as_deref(), shop.after.as_deref()),
        (Some(30 * DAY), Some("check"), Some("reload"))
    );
    let Of::ApiKey { grace, allow_downgrade } = &shop.of else { panic!("{shop:?}") };
    assert_eq!(
        (*grace, shop.without[0].to_string().as_str(), *allow_downgrade),
        (Some(2 * DAY), "json:/old.json", true)
    );
    assert_eq!(found[1].kind(), Kind::AuthToken);
    assert_eq!(
        found[1].of,
        Of::AuthToken {
            propagation: Some(Duration::from_mins(5)),
            names: TokenNames::new("_NEXT", "_PREVIOUS").unwrap(),
            suppress_email: true,
        }
    );
    assert_eq!(found[2].source, Source::File { path: "/srv/other.env".into(), wanted: Wanted::Every });
}

#[test]
fn what_is_left_out_has_its_default() {
    let found = targets(
        "[targets.a]\nsinks = [\"json:/a.json\", \"json:/b.json\"]\n[targets.b]\nsinks = [\"env:/b.env#B_TWILIO_API_KEY\"]\n[targets.c]\nkind = \"auth-token\"\nenv-file = \"/c\"\n",
    );
    assert_eq!((found[0].source.to_string(), found[0].sinks.len()), ("json:/a.json".to_owned(), 1));
    assert_eq!(found[0].of, Of::ApiKey { grace: None, allow_downgrade: false });
    assert_eq!(found[0].max_age, None);
    let named = Wanted::Named(vec!["B_TWILIO_API_KEY".to_owned()]);
    assert_eq!(found[1].source, Source::File { path: "/b.env".into(), wanted: named });
    assert!(matches!(found[2].of, Of::AuthToken { propagation: None, .. }));
    assert!(targets("").is_empty() && targets("[defaults]\n[targets]\n").is_empty());
}

#[test]
fn what_is_wrong_with_the_whole_is_told_with_its_place() {
    check(&[
        ("x = 1", &["1:1 x: there is no such field at the top of the file; known are defaults, targets"]),
        ("target = 1", &["1:1 target: there is no such field at the top of the file; did you mean targets?"]),
        ("defaults = 1", &["1:1 defaults: this is a table: [defaults]"]),
        ("[targets]\na = 1", &["2:1 targets.a: a target is a table: [targets.NAME]"]),
        (
            "[targets]\ngrace = \"1d\"",
            &[
                "2:1 targets.grace: a target is a table: [targets.NAME]; a field stands under the target it belongs to, or under [defaults]",
            ],
        ),
        ("[[targets.a]]\nkind = \"api-key\"", &["1:11 targets.a: a target is a table: [targets.NAME]"]),
    ]);
}

/// Whether each text has just these problems.
fn check(table: &[(&str, &[&str])]) {
    for (text, told) in table {
        assert_eq!(problems(text), *told, "{text}");
    }
}

#[test]
fn what_is_wrong_with_a_field_is_told_with_its_place() {
    let file = "[targets.a]\nenv-file = \"/a.env\"\n";
    let good = |line: &str| format!("{file}{line}\n");
    check(&[
        (&good("max_age = \"1d\""), &["3:1 targets.a.max_age: there is no such field here; did you mean max-age?"]),
        (
            &good("  grace = 24"),
            &[
                "3:11 targets.a.grace: a number stands here, and a number with its unit, in quotes belongs here; write grace = \"24h\"",
            ],
        ),
        (
            &good("grace = \"90\""),
            &["3:9 targets.a.grace: this is no duration: it is a number and a unit, such as 90d, 24h, 15m or 30s"],
        ),
        (
            &good("max-age = \"12h\""),
            &["3:11 targets.a.max-age: max-age 12h is not longer than grace 1d: the old key would outlive it"],
        ),
        (&good("kind = \"key\""), &["3:8 targets.a.kind: there is no such kind; it is \"api-key\" or \"auth-token\""]),
        (
            &good("propagation = \"1m\""),
            &["3:1 targets.a.propagation: this means nothing to a target of kind \"api-key\""],
        ),
        (
            &good("account = \"SK\""),
            &[
                "3:11 targets.a.account: what stands here starts with SK (an API key SID), but AC (an Account SID) was expected here",
            ],
        ),
        (&good("variables = []"), &["3:13 targets.a.variables: this list is empty; leave the field out instead"]),
        (
            &good("variables = [\"A_TWILIO_API_KEY\", \"A_TWILIO_API_KEY_SID\"]"),
            &[
                "3:34 targets.a.variables: another variable of the list is of the same project",
                "3:34 targets.a: the target names this place twice; two targets would undo each other's work",
            ],
        ),
        (
            &good("variables = [\"A_TWILIO_API_SECRET\"]"),
            &[
                "3:14 targets.a.variables: this is no variable for the SID of an API key; its name ends in TWILIO_API_KEY",
            ],
        ),
        (
            &good("sinks = [\"ftp:/x\", \"env:x.env\"]"),
            &[
                "3:10 targets.a.sinks: there is no kind of sink called ftp; known are env, json, keyring, exec",
                "3:20 targets.a.sinks: a path starts with / or ~/ here: cron runs in no particular folder",
            ],
        ),
        (
            &good("check = \" \"\nafter = true"),
            &[
                "3:9 targets.a.check: the command is empty; leave the field out instead",
                "4:9 targets.a.after: true or false stands here, and a command of the shell, in quotes belongs here; write after = \"systemctl reload shipcrew\"",
            ],
        ),
        (
            "[targets.a]\nmax-age = \"1d1h\"",
            &["1:10 targets.a: nothing says where the credential stands; add env-file, sinks, or profile"],
        ),
        (
            "[targets.a]\nvariables = [\"TWILIO_API_KEY\"]",
            &["2:1 targets.a.variables: variables stand in an env file, and none is named; add env-file"],
        ),
        (
            "[targets.a]\nenv-file = \"a.env\"",
            &["2:12 targets.a.env-file: a path starts with / or ~/ here: cron runs in no particular folder"],
        ),
        (
            "[targets.\"a b\"]",
            &[
                "1:10 targets: the name of a target is of letters, digits, `-`, `_` and `.`, 64 at most, and looks like no secret",
            ],
        ),
        (
            "[defaults]\naccount = \"AC\"\nmax-age = \"1d\"\n[targets.a]\nenv-file = \"/a\"\n[targets.b]\nenv-file = \"/b\"",
            &[
                "2:1 defaults.account: this belongs to one target and not into [defaults]",
                "3:11 defaults.max-age: max-age 1d is not longer than grace 1d: the old key would outlive it",
            ],
        ),
        (
            "a = \nb = \"",
            &[
                "1:5 this is no TOML: string values must be quoted, expected literal string",
                "2:6 this is no TOML: invalid basic string, expected `\"`",
            ],
        ),
        ("[targets.a]\nenv-file = \"/a\"\nenv-file = \"/b\"", &["3:1 this is no TOML: duplicate key"]),
    ]);
}

#[test]
fn two_targets_do_not_fight() {
    let fight = |one: &str, two: &str| problems(&format!("[targets.one]\n{one}\n[targets.two]\n{two}\n")).len();
    let key = |name: &str| format!("env-file = \"/a.env\"\nvariables = [\"{name}\"]");
    assert_eq!(fight(&key("A_TWILIO_API_KEY"), &key("B_TWILIO_API_KEY")), 0);
    assert_eq!(fight(&key("A_TWILIO_API_KEY"), &key("A_TWILIO_API_KEY_SID")), 1);
    assert_eq!(fight(&key("A_TWILIO_API_KEY"), "env-file = \"/a.env\""), 1);
    assert_eq!(fight(&key("A_TWILIO_API_KEY"), &key("*")), 1);
    assert_eq!(fight(&key("A_TWILIO_API_KEY"), "sinks = [\"json:/x\", \"env:/a.env#A_TWILIO_API_KEY\"]"), 1);
    assert_eq!(fight(&key("A_TWILIO_API_KEY"), "env-file = \"/a.env\"\nkind = \"auth-token\""), 0);
    let token = |more: &str| format!("kind = \"auth-token\"\nenv-file = \"/a.env\"\n{more}");
    assert_eq!(fight(&token(""), &token("")), 1);
    let of = |digit: char| token(&format!("account = \"AC{}\"", digit.to_string().repeat(32)));
    assert_eq!(fight(&of('a'), &of('b')), 0, "a file may hold the tokens of several accounts");
    assert_eq!(fight(&of('a'), &token("")), 1);
    assert_eq!(fight("sinks = [\"json:/x#/a\"]", "sinks = [\"json:/x#/b\"]"), 0);
    assert_eq!(fight("sinks = [\"json:/x#/a\"]", "sinks = [\"json:/y\", \"json:/x#/a\"]"), 1);
    let told = problems("[targets.one]\nenv-file = \"/a.env\"\n[targets.two]\nenv-file = \"/a.env\"\n");
    assert_eq!(
        told,
        ["4:12 targets.two: the target one (line 1) has this place already; two targets would undo each other's work"]
    );
}

#[test]
fn a_secret_is_refused_and_not_repeated() {
    let token = "0123456789abcdef".repeat(2);
    for text in [
        format!("[targets.a]\nenv-file = \"/a\"\ncheck = \"curl -u x:{token} y\"\n"),
        format!("[targets.a]\nenv-file = \"/a\"\n# {token}\n"),
        format!("[targets.a]\nenv-file = \"/a\"\n{token} = 1\n"),
        format!("[targets.a]\nenv-file = \"/a\"\n{token}\n"),
    ] {
        let (_, document) = understand(&text, None);
        let told = problems(&text);
        assert!(told[0].starts_with("3:") && told[0].contains("looks like a secret"), "{told:?}");
        assert!(told.iter().all(|line| !line.contains(&token)), "{told:?}");
        for problem in &document.problems {
            let shown = problem.snippet(Path::new("/x.toml"), &text, &document.open, false);
            assert!(!shown.contains(&token[..8]), "{shown}");
        }
    }
}

/// The sample as it is, and with everything switched on.
#[test]
fn the_sample_is_understood() {
    let sample = sample::text(None, &[]);
    assert!(targets(&sample).is_empty());
    let on: String = sample
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let (_, document) = understand(&on, Some(Path::new(HOME)));
    let fields: Vec<&str> = document
        .targets
        .iter()
        .flat_map(|target| &target.settings.written)
        .chain(&document.defaults.written)
        .map(|(name, _)| *name)
        .collect();
    for field in fields::FIELDS {
        assert!(fields.contains(&field.name), "{} is not in the sample", field.name);
        assert!(
            field.help.lines().all(|line| sample.contains(&format!("# {line}\n"))),
            "{} is not explained",
            field.name
        );
    }
    let found = targets(&on);
    assert_eq!(found.len(), 2);
}

#[test]
fn proposals_are_understood() {
    let proposals = [("shop", "SHOP_TWILIO_API_KEY"), ("a.b", "TWILIO_API_KEY")];
    let proposals = proposals.map(|(name, variable)| Proposal { name: name.into(), variables: vec![variable.into()] });
    let found = targets(&sample::text(Some(Path::new("/srv/a \"b\\.env")), &proposals));
    assert_eq!(found[0].source.to_string(), "env:/srv/a \"b\\.env#SHOP_TWILIO_API_KEY");
    assert_eq!(found[1].name, "a.b");
}

#[test]
fn targets_by_name_and_kind() {
    let config = Config {
        path: "/x.toml".into(),
        targets: targets(
            "[targets.shop]\nenv-file = \"/a\"\n[targets.token]\nkind = \"auth-token\"\nenv-file = \"/a\"\n",
        ),
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let of = |found: Vec<&Target>| found.iter().map(|target| target.name.clone()).collect::<Vec<_>>();
    assert_eq!(of(config.select(&[], Kind::AuthToken).unwrap()), ["token"]);
    assert_eq!(of(config.select(&names(&["shop", "shop"]), Kind::ApiKey).unwrap()), ["shop"]);
    let said = |failure: Failure| failure.to_json();
    assert!(
        said(config.select(&names(&["token"]), Kind::ApiKey).unwrap_err()).contains("is of kind \\\"auth-token\\\"")
    );
    assert!(said(config.named(&names(&["shp"])).unwrap_err()).contains("did you mean shop?"));
    assert!(said(config.named(&names(&["other"])).unwrap_err()).contains("known are shop, token"));
}
