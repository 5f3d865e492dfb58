//! `twcred audit` of secrets in comments: what stands there in free words, and what only looks like it.

use serde_json::Value;

use crate::support::{Ran, World};

fn audit(world: &World, more: &[&str]) -> Ran {
    let ran = world.run(&[&["audit", "repos.env", "--select", "TW505"], more].concat());
    for value in values() {
        assert!(!ran.raw_out.contains(&value) && !ran.raw_err.contains(&value), "{ran}");
    }
    ran
}

/// What has the form of an Auth Token, what has that of a key's secret, and a password of no form.
fn values() -> [String; 3] {
    ["5e3d07ab1c9f4826".repeat(2), "aB3dE6gH9jK2mN5p".repeat(2), ["q7Vr", "2mXk9", "LpZ4t"].join("-")]
}

#[test]
fn a_secret_in_free_words_is_told_and_its_line_is_left() {
    let world = World::new();
    let [token, secret, password] = values();
    let sid = format!("SK{token}");
    let lines = [
        format!("# old token {token}"),
        format!("# until May the Auth Token was \u{201c}{token}\u{201d}"),
        format!("OTHER=1 # {token}, a token"),
        format!("# secret of the shop: {secret}"),
        format!("# {sid} / {secret}"),
        // Of this file it is known, in whatever words.
        format!("# ask for {password}"),
        format!("# {password}"),
    ];
    let text = format!("DB_PASSWORD={password}\n{}\n", lines.join("\n"));
    world.private("repos.env", &text);
    let ran = audit(&world, &["--json"]);
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
    let found = json["files"][0]["findings"].as_array().unwrap();
    let told: Vec<(u64, &str)> =
        found.iter().map(|f| (f["locations"][0]["line"].as_u64().unwrap(), f["message"].as_str().unwrap())).collect();
    let (of_token, of_secret) = (
        "what has the form of an Auth Token stands in a comment",
        "what has the form of an API key's secret stands in a comment",
    );
    let copied = "a secret of this file stands in a comment";
    let expected =
        [(2, of_token), (3, of_token), (4, of_token), (5, of_secret), (6, of_secret), (7, copied), (8, copied)];
    assert_eq!((told, ran.code), (expected.to_vec(), Some(3)));
    // Only the line that says nothing but what the file has anyway can go by machine.
    audit(&world, &["--fix", "--unsafe-fixes"]);
    assert_eq!(world.read("repos.env"), text.replace(&format!("{}\n", lines[6]), ""));
}

#[test]
fn what_only_looks_like_a_secret_is_not_told() {
    let world = World::new();
    let [token, secret, _] = values();
    let lines = [
        format!("# {token}"),
        format!("# commit {token}"),
        format!("# md5 of the token file: {token}"),
        format!("# request id {token} (token expired)"),
        format!("# the token of SK{token}"),
        format!("# cache key {secret}"),
        format!("# sha256 of the secret {token}{token}"),
        "# password is in the vault, token too".to_owned(),
        "# secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/Shop-AbCdEf".to_owned(),
        format!("# token: {}", "x".repeat(32)),
    ];
    world.private("repos.env", &format!("{}\n", lines.join("\n")));
    let ran = audit(&world, &[]);
    assert_eq!(ran.code, Some(0), "{ran}");
}
