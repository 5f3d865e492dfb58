//! `twcred audit`: the four forms of its output, exit codes, and what is never in any of them.

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
    assert_snapshot!(ran, @"");
    assert_eq!(ran.raw_out, world.run(&audit(&[])).raw_out, "the same from run to run");
    let colored = world.run(&audit(&["--color", "always"]));
    assert!(colored.raw_out.contains("\u{1b}[") && !ran.raw_out.contains('\u{1b}'));
}

#[test]
fn for_programs() {
    let world = faulty();
    let ran = world.run(&audit(&["--select", "TW308", "--json"]));
    assert!(!world.leaks(&ran.raw_out) && !ran.raw_out.contains("main"));
    assert_snapshot!(ran, @"");
    for args in [&["--format", "json"][..], &["-o", "json"]] {
        let again = world.run(&audit(&[&["--select", "TW308"], args].concat()));
        assert_eq!((again.code, again.raw_out), (ran.code, ran.raw_out.clone()), "{args:?}");
    }
}

#[test]
fn for_github_actions() {
    let world = faulty();
    assert_snapshot!(world.run(&audit(&["--format", "github"])), @"");
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
    let sid = "0a1b2c3d4e5f67890a1b2c3d4e5f6789";
    world.private(
        "repos.env",
        &format!("# all projects\nTWILIO_ACCOUNT_SID=AC{sid}\nTWILIO_API_KEY=SK{sid}\nTWILIO_API_SECRET={}\n", secret('1')),
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
    assert_eq!(paths, [".env", ".env.production", "a.env"]);
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
    assert_snapshot!(ran, @"");
    let same = world.run_with(&["audit", "-", "--select", "TW305", "--fail-on", "warning"], &text);
    assert_eq!(same.raw_out, ran.raw_out);
    let ran = world.run_with(&["audit", "--stdin", "--fix"], &text);
    assert_eq!(ran.code, Some(2), "{ran}");
    let ran = world.run_with(&["audit", "-", "--fix"], &text);
    assert_eq!(ran.code, Some(1), "{ran}");
}

#[test]
fn rules_are_explained_and_their_names_checked() {
    let world = World::new();
    assert_snapshot!(world.run(&["audit", "--explain", "TW308"]), @"");
    assert_snapshot!(world.run(&["audit", "--explain", "inline-commen"]), @"");
    world.private("repos.env", "A=1\n");
    assert_snapshot!(world.run(&["audit", "repos.env", "--select", "TW9"]), @"");
    assert_snapshot!(world.run(&["audit", "repos.env", "--readers", "docker,nope"]), @"");
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
