//! What holds the house together, read from its sources: layers, the one home of each crate, registration, and the
//! generated files. `TWCRED_BLESS=1 cargo test --test architecture` writes the generated files anew.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Who may import whom: a module uses those of lower lines, never one of its own line.
const LAYERS: &[(&str, u8)] = &[
    ("model", 0),
    ("store", 1),
    ("api", 2),
    ("sandbox", 2),
    ("dotenv", 2),
    ("sinks", 3),
    ("audit", 3),
    ("rotation", 4),
    ("cli", 5),
];

/// The home of each dependency. When one must be replaced, that folder changes and no other. `*` is for those that are
/// the language of the whole house.
const HOMES: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["cli"]),
    ("anyhow", &["cli"]),
    ("backon", &["api"]),
    ("base64", &["api", "audit", "model", "sandbox", "store"]),
    ("bytes", &["api", "sandbox"]),
    ("chacha20poly1305", &["store"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("comfy_table", &["cli"]),
    ("dotenvy", &["dotenv"]),
    ("etcetera", &["cli"]),
    ("fastrand", &["api", "sandbox", "cli"]),
    ("form_urlencoded", &["model", "sandbox"]),
    ("getrandom", &["cli", "store"]),
    ("hkdf", &["store"]),
    ("hmac", &["model"]),
    ("http_body_util", &["sandbox"]),
    ("hyper", &["sandbox"]),
    ("hyper_util", &["api", "sandbox"]),
    ("ignore", &["audit"]),
    ("indicatif", &["cli"]),
    ("jiff", &["model", "cli"]),
    ("keyring", &["store"]),
    ("keyring_core", &["store"]),
    ("memchr", &["audit"]),
    ("percent_encoding", &["model"]),
    ("reqwest", &["api"]),
    ("rpassword", &["cli"]),
    ("rustix", &["store", "audit", "sinks", "cli"]),
    ("rustls", &["api"]),
    ("rustls_platform_verifier", &["api"]),
    ("secrecy", &["model"]),
    ("serde", &["*"]),
    ("serde_json", &["*"]),
    ("sha1", &["model"]),
    ("sha2", &["model", "store"]),
    ("signal_hook", &["cli"]),
    ("similar", &["cli"]),
    ("subtle", &["model"]),
    ("tempfile", &["store", "cli"]),
    ("thiserror", &["*"]),
    ("toml", &["audit", "cli", "store"]),
    ("tokio", &["api", "sandbox", "sinks", "rotation", "cli"]),
    ("unicode_width", &["cli"]),
    ("zeroize", &["*"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(under: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(under)];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The layer a file of `src/` belongs to; `None` for `main.rs` and `lib.rs`.
fn layer(path: &Path) -> Option<String> {
    let mut parts = path.strip_prefix(root().join("src")).unwrap().iter();
    let first = parts.next()?.to_str()?.to_owned();
    root().join("src").join(&first).is_dir().then_some(first)
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// The code of a file: comments gone, so that a doc link is no import.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The code that is shipped: of a file of tests nothing, of others what stands before their tests.
fn shipped(path: &Path) -> String {
    let is_test =
        path.file_stem().is_some_and(|stem| stem == "tests") || path.components().any(|c| c.as_os_str() == "tests");
    let code = if is_test { String::new() } else { code(path) };
    code.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned()
}

/// Every word that stands right before `::`, if nothing but a non-word stands before it.
fn roots_of_paths(code: &str) -> BTreeSet<&str> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices("::")
        .filter_map(|(at, _)| {
            let start = code[..at].rfind(|c| !word(c)).map_or(0, |i| i + 1);
            (!code[..start].ends_with("::") && start < at).then(|| &code[start..at])
        })
        .collect()
}

#[test]
fn imports_go_down_only() {
    let rank = |name: &str| LAYERS.iter().find(|(known, _)| *known == name).map(|(_, rank)| *rank);
    let mut wrong = Vec::new();
    for path in sources("src") {
        let Some(own) = layer(&path) else { continue };
        let own_rank = rank(&own).unwrap_or_else(|| panic!("{} is in no layer of the table", shown(&path)));
        let code = code(&path);
        for prefix in ["crate::", "twcred::"] {
            for (at, _) in code.match_indices(prefix) {
                let rest = &code[at + prefix.len()..];
                let names: Vec<&str> = match rest.strip_prefix('{') {
                    Some(list) => list[..list.find('}').unwrap_or(0)].split(',').map(str::trim).collect(),
                    None => vec![rest],
                };
                for name in names {
                    let used = name.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                    if used != own && rank(used).is_some_and(|used| used >= own_rank) {
                        wrong.push(format!("{} ({own}) uses {used}", shown(&path)));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports that go up or sideways:\n{}", wrong.join("\n"));
}

#[test]
fn each_crate_has_its_home() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let table = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let names = table.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim().replace('-', "_"));
    let declared: BTreeSet<String> = names.collect();
    let listed: BTreeSet<String> = HOMES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(declared, listed, "Cargo.toml and the table of homes differ");
    let mut wrong = Vec::new();
    for path in sources("src") {
        let Some(own) = layer(&path) else { continue };
        let code = shipped(&path);
        let used = roots_of_paths(&code);
        for (name, homes) in HOMES {
            if used.contains(name) && !homes.contains(&"*") && !homes.contains(&own.as_str()) {
                wrong.push(format!("{} uses {name}, whose home is {}", shown(&path), homes.join(" and ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_kernels_keyring_which_forgets_is_not_compiled_in() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    assert!(lock.contains("name = \"zbus-secret-service-keyring-store\""), "the Secret Service is what Linux uses");
    assert!(!lock.contains("keyutils"), "the kernel's keyring forgets at the next start");
}

#[test]
fn the_environment_is_read_in_one_file() {
    let readers: Vec<String> = sources("src")
        .iter()
        .filter(|path| ["env::var", "env::vars", "env::args"].iter().any(|call| code(path).contains(call)))
        .map(|path| shown(path))
        .collect();
    assert_eq!(readers, ["src/cli/env.rs"]);
}

#[test]
fn no_file_is_forgotten() {
    for path in sources("src") {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let parent = path.parent().unwrap();
        if matches!(stem, "main" | "lib") {
            continue;
        }
        let (declared, folder) = if stem == "mod" {
            (parent.file_name().unwrap().to_str().unwrap(), parent.parent().unwrap())
        } else {
            (stem, parent)
        };
        let beside = folder.parent().unwrap().join(format!("{}.rs", folder.file_name().unwrap().to_str().unwrap()));
        let homes = [folder.join("mod.rs"), folder.join("lib.rs"), beside];
        let line = format!("mod {declared};");
        let found = homes.iter().filter(|home| home.exists()).any(|home| code(home).contains(&line));
        assert!(found, "{} is declared nowhere: it is not compiled", shown(&path));
    }
}

#[test]
fn every_sink_is_in_the_table() {
    let table = code(&root().join("src/sinks/spec.rs"));
    for path in sources("src/sinks") {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if shipped(&path).contains("impl Sink for") {
            assert!(table.contains(&format!("{stem}::")), "{} is not in KINDS of src/sinks/spec.rs", shown(&path));
        }
    }
}

#[test]
fn every_rule_is_in_the_table() {
    let table = code(&root().join("src/audit/rules/mod.rs"));
    for path in sources("src/audit/rules") {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if shipped(&path).contains("impl Rule for") {
            assert!(table.contains(&format!("{stem}::")), "{} is not in RULES of src/audit/rules/mod.rs", shown(&path));
        }
    }
}

#[test]
fn names_say_what_a_file_is_and_nothing_is_left_for_later() {
    let later = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X"].concat()];
    for path in sources("src").into_iter().chain(sources("tests")) {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        assert!(!matches!(stem, "utils" | "util" | "helpers" | "common" | "misc"), "{}", shown(&path));
        let text = fs::read_to_string(&path).unwrap();
        for word in &later {
            let alone = |at: usize| {
                let beside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
                beside(text[..at].chars().next_back()) && beside(text[at + word.len()..].chars().next())
            };
            let found = text.match_indices(word.as_str()).any(|(at, _)| alone(at));
            assert!(!found, "{} has a {word}", shown(&path));
        }
    }
}

/// The sentence at a command's variant takes the place of all that its arguments' doc comment says: what stands there beyond
/// it is help that nobody is shown. It belongs into `after_help`.
#[test]
fn no_help_is_written_where_nobody_is_shown_it() {
    for path in sources("src/cli") {
        let text = fs::read_to_string(&path).unwrap();
        let mut paragraphs = 0;
        for line in text.lines() {
            match line {
                "///" => paragraphs += 1,
                "#[derive(Debug, clap::Args)]" => assert_eq!(paragraphs, 0, "{}", shown(&path)),
                _ if line.starts_with("///") => {}
                _ => paragraphs = 0,
            }
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test writes the files it generates")]
fn generated_files_are_current() {
    let bless = std::env::var_os("TWCRED_BLESS").is_some();
    let files = twcred::cli::reference::files();
    let mut stale = Vec::new();
    for (name, text) in &files {
        let path = root().join(name);
        if fs::read(&path).is_ok_and(|found| found == *text) {
            continue;
        }
        stale.push(name.as_str());
        if bless {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
        }
    }
    for folder in ["docs/man", "completions"] {
        for entry in fs::read_dir(root().join(folder)).into_iter().flatten() {
            let name = format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap());
            assert!(files.iter().any(|(known, _)| *known == name), "{name} is generated by nothing");
        }
    }
    assert!(bless || stale.is_empty(), "not current, write them with TWCRED_BLESS=1: {}", stale.join(", "));
}
