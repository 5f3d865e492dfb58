//! Env files as real readers see them: where we read a value at all, they read the same.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use twcred::dotenv::{EnvFile, Lookup};
use twcred::model::Secret;

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
