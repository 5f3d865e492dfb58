//! Env files as real readers see them: where we read a value at all, they read the same.

#![expect(clippy::disallowed_methods, reason = "a test makes the files it needs")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::Value;
use twcred::dotenv::{EnvFile, Lookup};
use twcred::model::Secret;

use crate::support::World;

/// The readers we hold ourselves to. Others, docker before all, take no quotes and no comments.
const READERS: [&str; 4] = ["bash", "python-dotenv", "node-dotenv18", "dotenvy"];

/// Case, variable and reader where our value stands although that reader sees another.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("bom", "A", "bash"),
    ("leak-bom", "A", "bash"),
    ("crlf", "A", "bash"),
    ("crlf", "B", "bash"),
    ("crlf-dq", "A", "bash"),
    ("crlf-dq", "B", "bash"),
    ("crlf-mixed", "A", "bash"),
];

fn corpus(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/env-corpus").join(name)
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&fs::read(corpus(name)).unwrap()).unwrap()
}

fn cases() -> Vec<(String, Vec<u8>)> {
    let cases = json("cases.json");
    let cases = cases.as_array().unwrap().iter();
    cases
        .map(|case| (case["id"].as_str().unwrap().into(), fs::read(corpus(case["file"].as_str().unwrap())).unwrap()))
        .collect()
}

fn read(file: &EnvFile, name: &str) -> Option<Secret> {
    match file.lookup(name) {
        Lookup::One { value, .. } | Lookup::Same { value, .. } => Some(value),
        Lookup::Missing | Lookup::Differ { .. } | Lookup::Unclear { .. } => None,
    }
}

#[test]
fn what_we_read_is_what_real_readers_read() {
    let expected = json("expected.json");
    let mut unused = EXCEPTIONS.to_vec();
    let (mut read_values, mut wrong) = (0, Vec::new());
    for (id, bytes) in cases() {
        let file = EnvFile::parse(&bytes);
        let names: Vec<String> = file.assignments().map(|a| a.name.clone()).collect();
        for name in names {
            let Some(ours) = read(&file, &name) else { continue };
            read_values += 1;
            for reader in READERS {
                let result = &expected["cases"][&id]["results"][reader];
                if result["status"] != "ok" {
                    continue;
                }
                if let Some(at) = unused.iter().position(|e| *e == (id.as_str(), name.as_str(), reader)) {
                    unused.remove(at);
                } else if result["vars"][&name].as_str().map(|text| Secret::new(text.into())) != Some(ours.clone()) {
                    wrong.push(format!("{id}: {name} to {reader} is {}", result["vars"][&name]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(unused.is_empty(), "no exception any more: {unused:?}");
    assert!(read_values > 80, "only {read_values} values were compared");
}

#[test]
fn every_case_comes_out_as_it_went_in() {
    for (id, bytes) in cases() {
        let file = EnvFile::parse(&bytes);
        assert_eq!(file.bytes(), bytes, "{id}");
        let mut last = 0;
        for item in file.items() {
            assert!(item.span().start >= last && item.span().end <= bytes.len(), "{id}");
            last = item.span().end;
        }
    }
}

#[test]
fn nothing_that_leaks_elsewhere_leaks_here() {
    for (id, bytes) in cases().into_iter().filter(|(id, _)| id.starts_with("leak-")) {
        let file = EnvFile::parse(&bytes);
        let new = Secret::new("new".into());
        let said =
            format!("{file:?} {:?} {:?}", twcred::dotenv::agree(&file, &["A", "B"]), file.set(&[("A", &new)]).err());
        assert!(!said.contains("s3cr3t"), "{id}: {said}");
    }
}

/// The portable spelling, against the table of measured characters: whatever we write, each of 19 readers takes as is.
/// Each file, and each below a comment that stands above the wrong line: what is left is what is said to be left, and there
/// is nothing more to be done.
#[test]
fn mended_once_is_mended_for_good() {
    let above: [&[u8]; 4] = [
        b"",
        b"# twcred: ignore[TW305] docker is not used\nZ=1\n",
        b"# twcred: ignore-file[TW308,TW322] meant\n",
        b"Z=1 # twcred: ignore[TW303]\n",
    ];
    let world = World::new();
    fs::create_dir(world.path("corpus")).unwrap();
    fs::set_permissions(world.path("corpus"), fs::Permissions::from_mode(0o700)).unwrap();
    let mut files = Vec::new();
    for (at, above) in above.iter().enumerate() {
        for (id, bytes) in cases() {
            let name = format!("corpus/{id}-{at}.env");
            world.private_bytes(&name, &[above, &bytes[..]].concat());
            files.push(name);
        }
    }
    let all = || files.iter().map(|name| fs::read(world.path(name)).unwrap()).collect::<Vec<_>>();
    let audited = |more: &[&str]| -> Vec<Value> {
        let ran = world.run(&[&["audit", "corpus", "--pedantic", "--json"], more].concat());
        let json: Value = serde_json::from_str(&ran.raw_out).unwrap_or_else(|_| panic!("{ran}"));
        assert_eq!(json["files"].as_array().unwrap().len(), files.len(), "{ran}");
        json["files"].as_array().unwrap().clone()
    };
    let before = all();
    for flags in [&["--fix"][..], &["--fix", "--unsafe-fixes"]] {
        files.iter().zip(&before).for_each(|(name, bytes)| fs::write(world.path(name), bytes).unwrap());
        let first = audited(flags);
        let mended = all();
        assert!(first.iter().any(|file| file["fixed"].as_array().is_some_and(|fixed| !fixed.is_empty())));
        for (said, found) in first.iter().zip(audited(&[])) {
            assert_eq!(said["findings"], found["findings"], "{}", said["path"]);
        }
        for again in audited(flags) {
            assert_eq!(again["fixed"].as_array().map_or(0, Vec::len), 0, "{again}");
        }
        for ((name, mended), again) in files.iter().zip(&mended).zip(all()) {
            assert!(*mended == again, "{name} changed again");
        }
    }
}

#[test]
fn every_character_we_write_is_literal_to_every_reader() {
    let fails = json("portable.json")["fails"].clone();
    for byte in 0x20..0x7f_u8 {
        let c = char::from(byte).to_string();
        for (spelling, text) in
            [("raw-start", format!("{c}x")), ("raw-mid", format!("x{c}y")), ("raw-end", format!("x{c}"))]
        {
            let Some(readers) = fails[spelling][&c].as_array() else { continue };
            if twcred::dotenv::dialect::portable_value(&text) {
                assert!(readers.is_empty(), "{c} as {spelling}: {readers:?}");
            }
        }
    }
    assert_eq!(fails["raw-start"]["$"].as_array().map(Vec::is_empty), Some(false), "the table has its form");
}
