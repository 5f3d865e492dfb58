//! `twcred audit`: the four forms of its output, exit codes, and what is never in any of them.

#![expect(clippy::disallowed_methods, reason = "a test makes the files and modes it needs")]

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{World, account_sid, key_sid, secret, token};

/// A file with faults of several severities, in a folder that has none. Tests live in `/tmp`, which is one.
fn faulty() -> World {
    let world = World::new();
    world.private(
        "repos.env",
        &format!(
            "# demo\nTWILIO_ACCOUNT_SID={}\nTWILIO_API_KEY=\"{}\" # é main\nTWILIO_API_SECRET={}\nOTHER=a b\n",
            account_sid('a'),
            key_sid('1'),
            secret('1'),
        ),
    );
    world
}

fn audit<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["audit", "--ignore", "TW207,TW410,TW405", "repos.env"], more].concat()
}

#[test]
fn for_people() {
    let world = faulty();
    let ran = world.run(&audit(&[]));
    assert!(!world.leaks(&ran.raw_out) && !ran.raw_out.contains("main"));
    assert_snapshot!(ran, @r#"
    exit: 3
    --- stdout
    warning[TW305]: TWILIO_API_KEY: the quotes are not needed
     --> repos.env:3:16
      |
    3 | TWILIO_API_KEY="**********************************" # * ****
      |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: read otherwise by docker
      = why: docker takes the quotes for a part of the value and hands them to Twilio, which answers 20003. No way of quoting means the same to every reader.
      = help: Remove the quotes where the value does without them, as every value of Twilio's does.
      = help: --fix does it: remove the quotes

    error[TW308]: TWILIO_API_KEY: a comment stands behind the value
     --> repos.env:3:53
      |
    3 | TWILIO_API_KEY="**********************************" # * ****
      |                                                     ^^^^^^^^
      |
      = note: read otherwise by xargs, docker and systemd
      = why: docker and systemd take it for a part of the value, and Twilio answers 20003.
      = help: Give the comment a line of its own.
      = help: --fix does it: give the comment its own line

    error[TW309]: OTHER: a blank stands inside the value
     --> repos.env:5:8
      |
    5 | OTHER=* *
      |        ^
      |
      = note: read otherwise by bash, dash, zsh, xargs, dotenvy, dotenv-rs and direnv
      = note: bash, dash, zsh, dotenvy, dotenv-rs and direnv can print a part of the line when they stumble over it
      = why: A shell runs the second word as a command and prints it; dotenvy refuses the file.
      = help: Write the value without blanks.

    1 file audited: found 2 errors, 1 warning; 2 can be mended with --fix
    "#);
    assert_eq!(ran.raw_out, world.run(&audit(&[])).raw_out, "the same from run to run");
    let colored = world.run(&audit(&["--color", "always"]));
    assert!(colored.raw_out.contains("\u{1b}[") && !ran.raw_out.contains('\u{1b}'));
}

#[test]
fn for_programs() {
    let world = faulty();
    let ran = world.run(&audit(&["--select", "TW308", "--json"]));
    assert!(!world.leaks(&ran.raw_out) && !ran.raw_out.contains("main"));
    assert_snapshot!(ran, @r#"
    exit: 3
    --- stdout
    {
      "schema": "twcred.audit/v1",
      "exit": 3,
      "fail_on": "error",
      "summary": {
        "critical": 0,
        "error": 1,
        "warning": 0,
        "info": 0,
        "fixable": 1,
        "fixable_unsafely": 0,
        "suppressed": 0,
        "known": 0,
        "fixed": 0
      },
      "files": [
        {
          "path": "repos.env",
          "resolved": "~/repos.env",
          "same_as": null,
          "findings": [
            {
              "code": "TW308",
              "name": "inline-comment",
              "severity": "error",
              "message": "a comment stands behind the value",
              "variable": "TWILIO_API_KEY",
              "key": null,
              "locations": [
                {
                  "path": "repos.env",
                  "line": 3,
                  "column": 53,
                  "end_line": 3,
                  "end_column": 61,
                  "start_byte": 113,
                  "end_byte": 122,
                  "label": null
                }
              ],
              "readers": [
                "xargs",
                "docker",
                "systemd"
              ],
              "notes": [],
              "why": "docker and systemd take it for a part of the value, and Twilio answers 20003.",
              "mend": "Give the comment a line of its own.",
              "fix": {
                "safety": "safe",
                "title": "give the comment its own line"
              },
              "fingerprint": "b87c5e8de8d1aa3d"
            }
          ],
          "suppressed": 0,
          "known": 0,
          "cannot_tell": [],
          "fixed": [],
          "not_fixed": []
        }
      ],
      "unread": []
    }
    "#);
    for args in [&["--format", "json"][..], &["-o", "json"]] {
        let again = world.run(&audit(&[&["--select", "TW308"], args].concat()));
        assert_eq!((again.code, again.raw_out), (ran.code, ran.raw_out.clone()), "{args:?}");
    }
}

#[test]
fn for_github_actions() {
    let world = faulty();
    assert_snapshot!(world.run(&audit(&["--format", "github"])), @r"
    exit: 3
    --- stdout
    ::warning file=repos.env,line=3,endLine=3,col=16,endColumn=52,title=TW305 quoted-value::TWILIO_API_KEY: the quotes are not needed. Remove the quotes where the value does without them, as every value of Twilio's does.
    ::error file=repos.env,line=3,endLine=3,col=53,endColumn=61,title=TW308 inline-comment::TWILIO_API_KEY: a comment stands behind the value. Give the comment a line of its own.
    ::error file=repos.env,line=5,endLine=5,col=8,endColumn=9,title=TW309 unquoted-space::OTHER: a blank stands inside the value. Write the value without blanks.
    ");
}

#[test]
fn for_code_scanning() {
    let world = faulty();
    let other = world.private(".env.a b", "A='x'\n");
    let mut args = audit(&["--format", "sarif", "."]);
    args.push(other.to_str().unwrap());
    let ran = world.run(&args);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(!world.leaks(&ran.raw_out) && !ran.raw_out.contains("main"));
    let sarif: Value = serde_json::from_str(&ran.raw_out).unwrap();
    assert_sarif(&sarif);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let uris: Vec<_> = results
        .iter()
        .map(|result| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap())
        .collect();
    assert!(uris.contains(&".env.a%20b") && uris.contains(&"repos.env"), "{uris:?}");
}

/// What GitHub asks of a SARIF file beyond the schema.
fn assert_sarif(sarif: &Value) {
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let mut ids: Vec<_> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let count = ids.len();
    ids.dedup();
    assert_eq!(count, ids.len(), "each rule once");
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            let text = rule[text]["text"].as_str().unwrap();
            assert!(!text.is_empty() && text.len() <= 1024, "{rule}");
        }
        let severity: f64 = rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        assert!((0.1..=10.0).contains(&severity));
    }
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    let mut prints = Vec::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.starts_with('/') && !uri.contains(':'), "{uri}");
        let number = |name: &str| place["region"][name].as_u64().unwrap();
        assert!(number("startLine") >= 1 && number("startColumn") >= 1);
        assert!(number("endLine") >= number("startLine") && number("endColumn") >= 1);
        assert!(place.get("contextRegion").is_none() && place["region"].get("snippet").is_none());
        assert!(result.get("fixes").is_none());
        prints.push(result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().to_owned());
    }
    let count = prints.len();
    prints.sort();
    prints.dedup();
    assert_eq!(count, prints.len(), "each result has a fingerprint of its own");
}

#[test]
fn a_fingerprint_is_of_no_secret_and_of_no_line() {
    let world = faulty();
    let prints = |world: &World| {
        let ran = world.run(&audit(&["--format", "sarif"]));
        let sarif: Value = serde_json::from_str(&ran.raw_out).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap().clone();
        results.iter().map(|result| result["partialFingerprints"].to_string()).collect::<Vec<_>>()
    };
    let before = prints(&world);
    let text = world.read("repos.env").replace(&secret('1'), &secret('2'));
    world.file("repos.env", &format!("# more\n\n{text}"));
    assert_eq!(before, prints(&world));
}

#[test]
fn format_and_exit_code_are_independent() {
    let world = faulty();
    for format in ["human", "json", "sarif", "github"] {
        for (more, code) in [
            (&[][..], 3),
            (&["--fail-on", "critical"], 0),
            (&["--fail-on", "warning"], 3),
            (&["--select", "TW305"], 0),
            (&["--select", "TW305", "--fail-on", "warning"], 3),
            (&["--select", "TW305", "--fail-on", "info"], 3),
            (&["--exit-zero"], 0),
            (&["gone.env"], 1),
        ] {
            let ran = world.run(&audit(&[&["--format", format], more].concat()));
            assert_eq!(ran.code, Some(code), "{format} {more:?}\n{ran}");
        }
    }
}

#[test]
fn a_correct_file_raises_nothing() {
    let world = World::new();
    let open = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(world.home.path(), open).unwrap();
    let sid = "0a1b2c3d4e5f67890a1b2c3d4e5f6789";
    world.private(
        "repos.env",
        &format!(
            "# all projects\nTWILIO_ACCOUNT_SID=AC{sid}\nTWILIO_API_KEY=SK{sid}\nTWILIO_API_SECRET={}\n",
            secret('1')
        ),
    );
    for more in [&[][..], &["--pedantic", "--ignore", "TW116"]] {
        let ran = world.run(&[&["audit", "repos.env", "--ignore", "TW207"], more].concat());
        assert_eq!((ran.code, ran.raw_out.as_str()), (Some(0), "1 file audited: nothing found\n"), "{more:?}");
    }
    let ran = world.run(&["audit", "repos.env", "--ignore", "TW207", "--format", "github"]);
    assert_eq!((ran.code, ran.raw_out.as_str()), (Some(0), ""));
}

#[test]
fn folders_and_several_files_each_once() {
    let world = World::new();
    for name in ["a.env", ".env", ".env.production", ".env.example", "notes.txt"] {
        world.private(name, "A='x'\n");
    }
    std::os::unix::fs::symlink("a.env", world.path("z.env")).unwrap();
    let ran = world.run(&["audit", "--select", "TW305", ".", "a.env", "--json"]);
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
    let paths: Vec<_> = json["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths, [".env", ".env.production", "a.env", "z.env"]);
    assert_eq!(json["files"][3]["same_as"], "a.env");
    let same = world.run(&["audit", "--select", "TW305", "--json"]);
    assert_eq!(same.raw_out, ran.raw_out, "the current folder, if nothing is named");
    std::fs::create_dir(world.path("empty")).unwrap();
    assert_snapshot!(world.run(&["audit", "empty"]), @r"
    exit: 0
    --- stderr
    warning: there is no env file in empty
    ");
}

#[test]
fn standard_input() {
    let world = World::new();
    let text = format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN='{}'\n", account_sid('a'), token());
    let ran = world.run_with(&["audit", "--stdin", "--select", "TW305", "--fail-on", "warning"], &text);
    assert_snapshot!(ran, @r"
    exit: 3
    --- stdout
    warning[TW305]: TWILIO_AUTH_TOKEN: the quotes are not needed
     --> <stdin>:2:19
      |
    2 | TWILIO_AUTH_TOKEN='********************************'
      |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: read otherwise by docker
      = why: docker takes the quotes for a part of the value and hands them to Twilio, which answers 20003. No way of quoting means the same to every reader.
      = help: Remove the quotes where the value does without them, as every value of Twilio's does.

    1 file audited: found 1 warning
    ");
    let same = world.run_with(&["audit", "-", "--select", "TW305", "--fail-on", "warning"], &text);
    assert_eq!(same.raw_out, ran.raw_out);
    for input in ["--stdin", "-"] {
        let ran = world.run_with(&["audit", input, "--fix"], &text);
        assert_eq!(ran.code, Some(2), "{ran}");
    }
}

#[test]
fn rules_are_explained_and_their_names_checked() {
    let world = World::new();
    assert_snapshot!(world.run(&["audit", "--explain", "TW308"]), @r"
    exit: 0
    --- stdout
    TW308 inline-comment (error, asked always, fix: safe)

    What: A comment stands behind a value.

    Why: docker and systemd take it for a part of the value, and Twilio answers 20003.

    How to mend it: Give the comment a line of its own.
    ");
    assert_snapshot!(world.run(&["audit", "--explain", "inline-commen"]), @r"
    exit: 2
    --- stderr
    error: `inline-commen` is the code or name of no rule
    hint: did you mean TW308 (inline-comment)?
    ");
    world.private("repos.env", "A=1\n");
    assert_snapshot!(world.run(&["audit", "repos.env", "--select", "TW9"]), @r"
    exit: 2
    --- stderr
    error: `TW9` is the code or name of no rule
    hint: docs/rules.md lists the rules; `--explain RULE` explains one
    ");
    assert_snapshot!(world.run(&["audit", "repos.env", "--readers", "docker,nope"]), @r"
    exit: 2
    --- stderr
    error: `nope` is no reader of env files that is known here; known are bash, dash, zsh, xargs, python-dotenv, dotenv, dotenv-expand, node20, node24, bun, deno, dotenvy, dotenv-rs, godotenv, direnv, docker, compose, systemd
    ");
}

#[test]
fn readers_narrow_the_report() {
    let world = World::new();
    world.private("repos.env", "A='x'\nB=x#y\n");
    let codes = |readers: &str| {
        let ran = world.run(&["audit", "repos.env", "--select", "TW3", "--readers", readers, "--json"]);
        let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
        let found = json["files"][0]["findings"].as_array().unwrap().clone();
        found.iter().map(|found| found["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes("docker"), ["TW305"]);
    assert_eq!(codes("node24,systemd"), ["TW314"]);
    assert!(codes("python-dotenv").is_empty());
}

/// One that is no placeholder.
fn sid(kind: &str) -> String {
    format!("{kind}{}", "5e3d07ab1c9f4826".repeat(2))
}

/// Nothing can be mended there, so nothing is promised.
#[test]
fn of_standard_input_no_fix_is_promised() {
    let world = World::new();
    let text = format!(
        "TWILIO_ACCOUNT_SID={}\nTWILIO_API_KEY='{}' # x\nA=1 \n# twcred: ignore[TW411] r\n# auth token: {}\n",
        sid("SK"),
        sid("AC"),
        sid("")
    );
    let ran = world.run_with(&["audit", "--stdin"], &text);
    let said = |word: &str| ran.raw_out.contains(word);
    assert!(["TW305", "TW505", "TW509"].into_iter().all(said), "{ran}");
    assert!(!said("--fix") && !said("--unsafe-fixes"), "{ran}");
    let ran = world.run_with(&["audit", "-", "--json"], &text);
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
    let found = json["files"][0]["findings"].as_array().unwrap();
    assert!(!found.is_empty() && found.iter().all(|finding| finding["fix"].is_null()), "{ran}");
    assert_eq!((&json["summary"]["fixable"], &json["summary"]["fixable_unsafely"]), (&0.into(), &0.into()), "{ran}");
}

/// Two findings have it, and mending either mends both.
#[test]
fn one_exchange_counts_once() {
    let world = World::new();
    world.private("repos.env", &format!("TWILIO_ACCOUNT_SID={}\nTWILIO_API_KEY={}\n", sid("SK"), sid("AC")));
    let select = ["audit", "repos.env", "--select", "TW409"];
    let ran = world.run(&select);
    assert!(ran.raw_out.ends_with("found 2 errors; 1 with --fix --unsafe-fixes\n"), "{ran}");
    let ran = world.run(&[&select[..], &["--fix", "--unsafe-fixes"]].concat());
    assert!(ran.raw_out.ends_with("nothing found; 1 mended\n"), "{ran}");
}
