//! The runs of `twcred token` that are killed, and the places in which the token stands meanwhile. Shared with
//! `tests/campaign`.

use twcred::rotation::Outcome;

use super::places::{At, ONE, Then, Tokens};
use super::{GRACE, NOW, Scenario};

const ROTATE: &[&str] = &["token", "rotate", "--env-file", "repos.env", "--yes", "--propagation", "0"];

pub(crate) const TOKEN: Scenario = Scenario { name: "token rotation", token: Some(&ONE), run: ROTATE, ..NOW };

const CREATE: &[&str] = &["token", "create", "--env-file", "repos.env"];

const PROMOTE: &[&str] = &["token", "promote", "--env-file", "repos.env", "--yes", "--propagation", "0"];

pub(crate) const TOKEN_PROMOTE: Scenario = Scenario {
    name: "token promote",
    before: &[CREATE],
    run: PROMOTE,
    // Killed after its last record, it finds nothing more to promote.
    finish: Some(&[]),
    ..TOKEN
};

pub(crate) const TOKEN_DELETE: Scenario = Scenario {
    name: "token delete",
    before: &[CREATE],
    run: &["token", "delete", "--env-file", "repos.env", "--yes"],
    outcome: Outcome::RolledBack,
    ..TOKEN
};

/// A token rotated while the rotation of a key is in its grace, with its pairs sealed under the token that dies.
pub(crate) const TOKEN_OVER_KEY: Scenario =
    Scenario { name: "token rotation while a key's is in grace", before: &[GRACE.run], ..TOKEN };

const REPOS: At = At::Env("repos.env", "TWILIO_AUTH_TOKEN");
const OTHER: [At; 2] = [At::Env("other.env", "TWILIO_AUTH_TOKEN"), At::Env("other.env", "SHIPCREW_TWILIO_AUTH_TOKEN")];
const APP: At = At::Json("app.json");
const JSON: &str = "json:app.json#/twilio";

const THREE: &[At] = &[REPOS, OTHER[0], OTHER[1], APP];

/// Two env files, one with two projects, and a JSON file; `rotation resume` after each kill.
pub(crate) const TOKEN_SINKS: Scenario = Scenario {
    name: "token rotation, two env files and a JSON file",
    token: Some(&Tokens { places: THREE, then: Then::Resume, ..ONE }),
    run: &[
        "token",
        "rotate",
        "--env-file",
        "repos.env",
        "--to",
        "env:other.env",
        "--to",
        JSON,
        "--yes",
        "--propagation",
        "0",
    ],
    ..TOKEN
};

/// The same, taken back after each kill as long as that can be.
pub(crate) const TOKEN_UNDONE: Scenario = Scenario {
    name: "token rotation, then token delete from another file",
    token: Some(&Tokens { places: THREE, then: Then::Delete, ..ONE }),
    ..TOKEN_SINKS
};

/// The end of the propagation brought forward, by the id of the rotation.
pub(crate) const TOKEN_RETIRE: Scenario = Scenario {
    name: "rotation retire of a token in three sinks",
    token: Some(&Tokens { places: THREE, ..ONE }),
    before: &[&[
        "token",
        "rotate",
        "--env-file",
        "repos.env",
        "--to",
        "env:other.env",
        "--to",
        JSON,
        "--yes",
        "--propagation",
        "1h",
    ]],
    run: &["rotation", "retire", "--yes"],
    finish: Some(&[]),
    ..TOKEN
};

/// The way back by the id of the rotation.
pub(crate) const TOKEN_ROLLBACK: Scenario = Scenario {
    name: "rotation rollback of a token in three sinks",
    token: Some(&Tokens { places: THREE, ..ONE }),
    before: &[&["token", "create", "--env-file", "repos.env", "--to", "env:other.env", "--to", JSON]],
    run: &["rotation", "rollback", "--yes"],
    ..TOKEN_DELETE
};

/// The crontab's one line, with a check that says yes.
pub(crate) const TOKEN_ALL: Scenario = Scenario {
    name: "token rotate --all, a target with three sinks",
    token: Some(&Tokens {
        places: THREE,
        config: Some(
            "[targets.token]\nkind = \"auth-token\"\nenv-file = \"~/work/repos.env\"\n\
             sinks = [\"env:~/work/other.env\", \"json:~/work/app.json#/twilio\"]\ncheck = \"true\"\n\
             propagation = \"0\"\n[targets.key]\nenv-file = \"~/work/repos.env\"\n",
        ),
        ..ONE
    }),
    run: &["token", "rotate", "--all"],
    ..TOKEN
};

/// Suffixes of the user's own, from the configuration.
pub(crate) const TOKEN_RENAMED: Scenario = Scenario {
    name: "token rotation, suffixes of the configuration",
    token: Some(&Tokens {
        places: &[REPOS, OTHER[0], OTHER[1]],
        suffixes: ["_NEXT", "_OLD"],
        config: Some(
            "[targets.token]\nkind = \"auth-token\"\nenv-file = \"~/work/repos.env\"\n\
             sinks = [\"env:~/work/other.env\"]\npropagation = \"0\"\n\
             secondary-suffix = \"_NEXT\"\nprevious-suffix = \"_OLD\"\n",
        ),
        ..ONE
    }),
    run: &["token", "rotate", "token", "--yes"],
    ..TOKEN
};

/// A promote by flags that names neither the suffixes nor the places of the rotation, and brings a place of its own.
pub(crate) const TOKEN_PROMOTE_ELSEWHERE: Scenario = Scenario {
    name: "token promote, from another file than it was begun with",
    token: Some(&Tokens { places: THREE, ..ONE }),
    before: &[&["token", "create", "--env-file", "repos.env", "--to", JSON]],
    run: &["token", "promote", "--env-file", "other.env", "--yes", "--propagation", "0"],
    ..TOKEN_PROMOTE
};

/// A promote that does not know by which suffixes the rotation was begun.
pub(crate) const TOKEN_PROMOTE_RENAMED: Scenario = Scenario {
    name: "token promote, suffixes of the create",
    token: Some(&Tokens { suffixes: ["_NEXT", "_OLD"], ..ONE }),
    before: &[&[
        "token",
        "create",
        "--env-file",
        "repos.env",
        "--secondary-suffix",
        "_NEXT",
        "--previous-suffix",
        "_OLD",
    ]],
    ..TOKEN_PROMOTE
};

/// A delete by the flags of a file that the rotation was not begun with.
pub(crate) const TOKEN_DELETE_ELSEWHERE: Scenario = Scenario {
    name: "token delete, from another file than it was begun with",
    token: Some(&Tokens { places: THREE, ..ONE }),
    before: &[&["token", "create", "--env-file", "repos.env", "--to", JSON]],
    run: &["token", "delete", "--env-file", "other.env", "--yes"],
    ..TOKEN_DELETE
};

const PROFILE: &[&str] = &["profile", "add", "ci", "--env-file", "../token.env", "--store", "file"];

/// A profile in a file, and an env file beside it.
pub(crate) const TOKEN_PROFILE: Scenario = Scenario {
    name: "token rotation, a profile in a file and an env file",
    token: Some(&Tokens { places: &[At::Profile("ci"), OTHER[0], OTHER[1]], ..ONE }),
    before: &[PROFILE],
    run: &["token", "rotate", "-p", "ci", "--to", "env:other.env", "--yes", "--propagation", "0"],
    ..TOKEN
};

/// A profile in the keyring of the session; `rotation resume` after each kill.
pub(crate) const TOKEN_KEYRING: Scenario = Scenario {
    name: "token rotation, a profile in a Secret Service",
    token: Some(&Tokens { places: &[At::Profile("ci")], then: Then::Resume, keyring: true, ..ONE }),
    before: &[&["profile", "add", "ci", "--env-file", "../token.env"]],
    run: &["token", "rotate", "-p", "ci", "--yes", "--propagation", "0"],
    ..TOKEN
};
