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

/// Of those that other programs know a comment by, the next `--fix` makes comments of this file.
#[test]
fn a_secret_in_a_comment_of_another_sort_is_told() {
    let world = World::new();
    let [token, secret, password] = values();
    let lines = [
        format!("// TWILIO_AUTH_TOKEN={token}"),
        format!("; old auth token: {token}"),
        format!("  ;TWILIO_API_SECRET={secret}"),
        format!("//{password}"),
        format!("// DB_PASSWORD={password}"),
        "// nothing".to_owned(),
    ];
    world.private("repos.env", &format!("DB_PASSWORD={password}\n{}\n", lines.join("\n")));
    let told = |ran: &Ran| {
        let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
        let found = json["files"][0]["findings"].as_array().unwrap();
        let of_it = found.iter().filter(|finding| finding["code"] == "TW505");
        of_it.map(|finding| finding["locations"][0]["line"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let ran = audit(&world, &["--json"]);
    assert_eq!((told(&ran), ran.code), (vec![2, 3, 4, 5, 6], Some(3)), "{ran}");
    // They become comments, and go on being told.
    let ran = world.run(&["audit", "repos.env", "--select", "TW327,TW505", "--fix", "--json"]);
    assert_eq!((told(&ran), ran.code), (vec![2, 3, 4, 5, 6], Some(3)), "{ran}");
    // In some shells `;A=1` assigns.
    let mended = lines.join("\n").replace("//", "#").replacen("; ", "# ", 1);
    assert_eq!(world.read("repos.env"), format!("DB_PASSWORD={password}\n{mended}\n"), "{ran}");
    let ran = world.run(&["audit", "repos.env", "--select", "TW505", "--fix", "--unsafe-fixes"]);
    assert!(!world.read("repos.env").contains(&format!("#{password}")), "{ran}");
    assert!(!world.read("repos.env").contains("# DB_PASSWORD"), "{ran}");
}

/// Whatever a comment begins with, it says the same: it convicts itself of nothing.
#[test]
fn a_comment_says_the_same_behind_every_mark() {
    let world = World::new();
    let [token, secret, password] = values();
    let commit = format!("{token}0f1e2d3c");
    let assigns = Some("a comment assigns a secret");
    let copied = Some("a secret of this file stands in a comment");
    world.private("repos.env", "");
    for (text, expected) in [
        ("Auth token: https://console.twilio.com/us1/account/keys".to_owned(), None),
        ("token: op://shop/twilio/token".to_owned(), None),
        (format!("token rotated in {commit}"), None),
        (format!("md5 of the secret {token}"), None),
        ("DB_PASSWORD: asked-of-the-operations-team".to_owned(), None),
        (format!("TWILIO_AUTH_TOKEN={token}"), assigns),
        (format!("TWILIO_API_SECRET: {secret}"), assigns),
        (format!("old token {token}"), Some("what has the form of an Auth Token stands in a comment")),
        (format!("ask for {password}"), copied),
        (format!("DB_PASSWORD={password}"), copied),
    ] {
        for mark in ["# ", "// ", "; ", ";", "//", "  ; "] {
            world.file("repos.env", &format!("{mark}{text}\nDB_PASSWORD={password}\n"));
            let ran = audit(&world, &["--json"]);
            let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
            let found = json["files"][0]["findings"].as_array().unwrap();
            let told: Vec<_> = found.iter().map(|finding| finding["message"].as_str().unwrap()).collect();
            let code = Some(if expected.is_some() { 3 } else { 0 });
            assert_eq!((told, ran.code), (expected.into_iter().collect(), code), "{mark}{text}: {ran}");
        }
    }
    // Nor is it looked for elsewhere.
    std::fs::create_dir(world.path("app")).unwrap();
    world.private("app/notes", &format!("https://console.twilio.com/us1/account/keys {commit}\n"));
    world.file(
        "repos.env",
        &format!("// Auth token: https://console.twilio.com/us1/account/keys\n; token rotated in {commit}\nA=1\n"),
    );
    let ran = world.run(&["audit", "repos.env", "--select", "TW504,TW505", "--copies", "app"]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// Whether each comment is told as a secret, each in a file of its own.
fn told(comments: &[String]) -> Vec<(String, bool)> {
    let world = World::new();
    let lines: Vec<_> = comments.iter().map(|comment| format!("{comment}\n")).collect();
    world.private("repos.env", &lines.concat());
    let ran = audit(&world, &["--json"]);
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
    let found = json["files"][0]["findings"].as_array().unwrap();
    let at: Vec<u64> = found.iter().map(|finding| finding["locations"][0]["line"].as_u64().unwrap()).collect();
    comments.iter().zip(1..).map(|(comment, line)| (comment.clone(), at.contains(&line))).collect()
}

#[test]
fn secrets_are_told_in_the_forms_that_people_write() {
    let [token, secret, _] = values();
    let (account, key) = (format!("AC{token}"), format!("SK{token}"));
    let comments = [
        format!("# TWILIO_API_SECRET_OLD={secret}"),
        format!("# SHOP_TWILIO_API_SECRET_2={secret}"),
        format!("# TWILIO_TOKEN: {token}"),
        format!("# TWILIO_MAIN_SECRET {secret}"),
        format!("# curl -u {account}:{token} https://api.twilio.com"),
        format!("# curl -u '{key}:{secret}' https://api.twilio.com/2010-04-01/Accounts.json"),
        format!("# https://{account}:{token}@api.twilio.com/2010-04-01/Accounts.json"),
        format!("# TWILIO_AUTH_TOKEN {token}"),
        format!("# TWILIO_AUTH_TOKEN -> {token}"),
        format!("# TWILIO_AUTH_TOKEN => \"{token}\""),
        format!("# TWILIO_AUTH_TOKEN (old) = {token}"),
        format!("# TWILIO_AUTH_TOKEN was `{token}`."),
        format!("# {account} / {token}"),
        format!("# {account} {token}"),
        format!("# {key}, {secret}"),
        format!("# (id 7) auth token {token}"),
        format!("# auth-token: {token}"),
        format!("# auth: {token}"),
        format!("# authToken = '{token}'"),
        format!("# the old token is {token}, until May"),
        format!("# Password:{token}"),
        format!("# the value of the auth token: {token}"),
        format!("# {token} is the token"),
        format!("# {token} was the old auth token of the shop"),
        format!("# {token} (auth token)"),
        format!("OTHER=1 # token {token}"),
        format!("# Twilio API Key Secret: {secret}"),
        format!("# old key {key} / secret {secret}"),
        format!("# account id {account} token {token}"),
        format!("# build server token: {token}"),
        format!("# MY_TOKEN={token}"),
        format!("# Auth Token before 2026-05-01: {token}"),
        format!("# no longer valid auth token: {token}"),
        format!("# API secret no longer in use: {secret}"),
        format!("# old auth token, still valid: {token}"),
        format!("# Auth Token [prod]: {token}"),
        format!("# token rotated, old one: {token}"),
        format!("# get rid of the old auth token {token}"),
        format!("# rotation of TWILIO_AUTH_TOKEN: {token}"),
    ];
    for (comment, told) in told(&comments) {
        assert!(told, "{comment}");
    }
}

#[test]
fn comments_of_correct_files_are_not_told() {
    let [token, secret, _] = values();
    let id = token.as_str();
    let comments = [
        format!("# https://www.notion.so/acme/Auth-token-rotation-{id}"),
        format!("# https://gist.github.com/u/{id} token helper"),
        format!("# build {id} of the auth service"),
        format!("# tenant {id} auth"),
        format!("# token fp={id}"),
        format!("# see www.notion.so/acme/Auth-token-{id}"),
        format!("# token rotation: https://www.notion.so/{id}?v={id}"),
        format!("# secret: https://vault.example.com/v1/secret/{id}"),
        format!("# token from https://example.com/?token={id}"),
        format!("# https://{id}@o1.ingest.sentry.io/7 needs no token"),
        format!("# docs/auth-token-{id}.md"),
        format!("# token/{id}"),
        format!("# image shop:{id} with the new token"),
        format!("# md5 of the token file: {id}"),
        format!("# md5 of the auth token: {id}"),
        format!("# hash of the secret is {id}"),
        format!("# token id {id}"),
        format!("# token id: {id}"),
        format!("# token fingerprint {id}"),
        format!("# request id {id} (token expired)"),
        format!("# request {id}, token expired"),
        format!("# trace {id}: token refused"),
        format!("# commit {id} is the token change"),
        format!("# session {id} token bucket"),
        format!("# {id} is the token bucket of the shop"),
        format!("# {id} tokens a day"),
        format!("# account AC{id}, request {id}"),
        format!("# AC{id} is the account of tenant {id}"),
        format!("# key SK{id} made by build {id}"),
        format!("# /2010-04-01/Accounts/AC{id}/Keys/SK{id}.json"),
        format!("# token of SK{id}"),
        format!("# auth service at commit {id}"),
        format!("# vault path of the token: kv/{id}"),
        format!("# secret version {secret}"),
        format!("# secret is in 1password under {secret}"),
        format!("# TWILIO_SECRET_VERSION_ID={secret}"),
        format!("# TWILIO_TOKEN_ID {id}"),
        format!("# TWILIO_AUTH_TOKEN comes from the vault, entry {id}"),
        format!("# TWILIO_AUTH_TOKEN, see ticket {id}"),
        format!("# cache key for token: none; etag {id}"),
        format!("# NEW_RELIC_APP={id} no token needed"),
        format!("# datadog dashboard {id} auth errors"),
        format!("# sha {id}"),
        format!("# password policy {id}"),
        format!("# for auth tenant {id}"),
        format!("# tenant for auth {id}"),
        format!("# token={}", "x".repeat(32)),
        format!("# token: <{}>", "your_token"),
        format!("# docker secret: {id}"),
        format!("# arn:aws:secretsmanager:eu-west-1:123456789012:secret:{id}"),
        format!("# bitwarden item: {id} (twilio auth token)"),
        format!("# token from 1Password item: {id}"),
        format!("# token (1Password item): {id}"),
        format!("# hash of TWILIO_AUTH_TOKEN: {id}"),
        format!("# sha256 of the TWILIO_AUTH_TOKEN: {id}"),
        format!("# notion page with the token: {id}"),
        format!("# next page token {id}"),
    ];
    let wrong: Vec<_> = told(&comments).into_iter().filter(|(_, told)| *told).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What looks as if it kept the audit quiet, and does not.
#[test]
fn a_suppression_that_has_no_effect_is_told() {
    let world = World::new();
    let text =
        "# twcred: ignore TW305 why\nA='x'\n# TWCRED: ignore[TW305] why\nB='x'\nC=1 # twcred: ignore[TW308] why\n";
    world.private("repos.env", text);
    let ran = world.run(&["audit", "repos.env", "--select", "TW305,TW308,TW509", "--json"]);
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
    let found = json["files"][0]["findings"].as_array().unwrap();
    let told: Vec<_> = found
        .iter()
        .map(|f| (f["code"].as_str().unwrap(), f["locations"][0]["line"].as_u64().unwrap(), f["fix"].is_null()))
        .collect();
    let expected = [
        ("TW509", 1, true),
        // What it names is left to the user, who may have meant just that.
        ("TW305", 2, true),
        ("TW509", 3, true),
        ("TW305", 4, true),
        // Moved to a line of its own it would have nothing to ignore, and go.
        ("TW308", 5, true),
        ("TW509", 5, true),
    ];
    assert_eq!((told, ran.code), (expected.to_vec(), Some(3)), "{ran}");
    assert_eq!(json["summary"]["suppressed"], 0, "what is told is not silenced: {ran}");
}

#[test]
fn a_note_of_the_last_rotation_is_read_in_words() {
    let world = World::new();
    world.private("repos.env", "");
    for (note, told) in [
        ("# twcred: rotated=2024-01-01", true),
        ("# rotated 2024-01-01", true),
        ("# Last rotated: 2024-01-01", true),
        ("# rotated 2024-01-01\n# rotated 2099-01-01", false),
        ("# rotated 2099-01-01", false),
        ("# to be rotated 2024-01-01", false),
        ("B=1 # rotated: 2024-01-01", true),
        ("# rotated 2024-01-01\nB=1 # rotated 2099-01-01", false),
        ("; rotated: 2024-01-01", true),
        ("// rotated 2024-01-01\n# rotated 2099-01-01", false),
    ] {
        world.file("repos.env", &format!("{note}\nA=1\n"));
        let ran = world.run(&["audit", "repos.env", "--select", "TW508"]);
        assert_eq!((ran.raw_out.contains("info[TW508]"), ran.code), (told, Some(0)), "{note}: {ran}");
    }
}
