//! Whether every known reader sees the same variables with the same values in a file.
//!
//! The rules for it are what was measured of 22 readers, byte by byte; what was not measured counts as different. So
//! "portable" is a promise and its opposite is not: it says that somebody may differ.

use std::collections::BTreeMap;

use super::shells::STOP_ZSH;
use crate::dotenv::EnvFile;
use crate::dotenv::dialect::portable_name;

/// The verdict on a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portability {
    /// Every known reader sees the same.
    Portable,
    /// Readers differ, or were not seen to agree.
    Differs {
        /// 1-based number of the first line at fault.
        line: usize,
        /// Why, to complete "line 3: …".
        why: &'static str,
    },
}

/// The first length of a line at which docker refuses the file.
const LONG: usize = 65_536;

/// Names that a shell owns: it does not take a value for them, or another one, or finds it changed by itself. The last
/// row are those that no environment is without, where readers differ on who wins.
const OWNED: &[&str] = &[
    "UID",
    "EUID",
    "GID",
    "EGID",
    "PPID",
    "GROUPS",
    "USERNAME",
    "BASHOPTS",
    "SHELLOPTS",
    "BASHPID",
    "BASH",
    "RANDOM",
    "SRANDOM",
    "SECONDS",
    "LINENO",
    "EPOCHSECONDS",
    "EPOCHREALTIME",
    "HISTCMD",
    "DIRSTACK",
    "FUNCNAME",
    "IFS",
    "OPTIND",
    "OPTARG",
    "OPTERR",
    "ERRNO",
    "TTYIDLE",
    "LINES",
    "COLUMNS",
    "HISTSIZE",
    "SAVEHIST",
    "KEYTIMEOUT",
    "ENV",
    "POSIXLY_CORRECT",
    "status",
    "pipestatus",
    "argv",
    "path",
    "cdpath",
    "fpath",
    "manpath",
    "mailpath",
    "module_path",
    "fignore",
    "psvar",
    "prompt",
    "aliases",
    "functions",
    "commands",
    "options",
    "parameters",
    "HISTCHARS",
    "KEYBOARD_HACK",
    "histchars",
    "signals",
    "watch",
    "export",
    "_",
    "PATH",
    "HOME",
    "PWD",
    "OLDPWD",
    "SHLVL",
];

/// Whether every known reader sees the same in this file, where the environment has certain variables set already:
/// for those, some readers let the environment win.
#[must_use]
pub fn portable(file: &EnvFile, environment: impl Fn(&str) -> bool) -> Portability {
    let bytes = file.bytes();
    if file.has_bom() {
        return Portability::Differs { line: 1, why: "there is a byte order mark" };
    }
    if let Some(problem) = file.problems().first() {
        return Portability::Differs { line: problem.line, why: "the file is no plain text" };
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Portability::Differs { line: 1, why: "the file is no plain text" };
    };
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (at, line) in text.split('\n').enumerate() {
        let differs = |why| Portability::Differs { line: at + 1, why };
        if line.len() >= LONG {
            return differs("the line is too long for docker");
        }
        if !literal_line(line) {
            return differs("readers take this line differently");
        }
        if line.is_empty() {
            continue;
        }
        if line.starts_with('#') {
            let last = text.len() == line.as_ptr() as usize - text.as_ptr() as usize + line.len();
            if last && line.contains('=') {
                return differs("a comment with a `=` ends the file without a newline");
            }
            continue;
        }
        let Some((name, value)) = line.split_once('=') else { continue };
        let name = name.trim_start_matches(' ');
        let owned = OWNED.contains(&name) || STOP_ZSH.contains(&name);
        if owned || name.starts_with("BASH_") || name.starts_with("ZSH_") {
            return differs("a shell owns this name");
        }
        if environment(name) {
            return differs("the environment has this variable already");
        }
        if seen.insert(name, value).is_some_and(|before| before != value) {
            return differs("the variable has two values");
        }
    }
    Portability::Portable
}

/// Whether every known reader takes a line, given without its end, alike. It is wider than what twcred writes
/// ([`crate::dotenv::dialect::portable_line`]): whatever was measured to agree is in it.
#[must_use]
pub(super) fn literal_line(line: &str) -> bool {
    if line.is_empty() {
        return true;
    }
    if line.starts_with('#') {
        // To a regular expression of JavaScript a line begins behind each of the last two.
        return !line.ends_with('\\') && !line.contains(['\r', '\0', '\u{2028}', '\u{2029}']);
    }
    let line = line.trim_start_matches(' ');
    line.split_once('=').is_some_and(|(name, value)| portable_name(name) && literal_value(value))
}

fn literal_value(value: &str) -> bool {
    let mut before = '=';
    for (at, c) in value.char_indices() {
        let literal = match c {
            c if c.is_ascii_alphanumeric() || c == '\u{1b}' || "!%*+,-./:?@[]^_{}".contains(c) => true,
            '=' => at > 0,
            '~' => !matches!(before, '=' | ':'),
            c => !c.is_ascii(),
        };
        if !literal {
            return false;
        }
        before = c;
    }
    // Readers that trim a value differ on which blanks outside ASCII they trim.
    let edge =
        |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && (c.is_whitespace() || c == '\u{feff}' || c == '\u{180e}'));
    !edge(value.chars().next()) && !edge(value.chars().next_back())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn verdict(bytes: &[u8]) -> Portability {
        portable(&EnvFile::parse(bytes), |name| matches!(name, "AMBIENT" | "LC_ALL"))
    }

    /// The promise, against every case: portable if and only if all readers returned the same.
    #[test]
    fn the_verdict_is_right_on_every_case_of_the_corpus() {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/env-corpus");
        let expected: serde_json::Value =
            serde_json::from_slice(&std::fs::read(root.join("expected.json")).unwrap()).unwrap();
        let (mut same, mut differ) = (0, 0);
        for (id, case) in expected["cases"].as_object().unwrap() {
            let bytes = std::fs::read(root.join(case["file"].as_str().unwrap())).unwrap();
            let agree = case["distinct_outcomes"] == 1;
            assert_eq!(verdict(&bytes) == Portability::Portable, agree, "{id}: {:?}", verdict(&bytes));
            if agree { same += 1 } else { differ += 1 }
        }
        assert!(same >= 10 && differ >= 90, "{same} and {differ}");
    }

    #[test]
    fn the_verdict_on_characters_is_what_was_measured() {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/env-corpus");
        let table: serde_json::Value =
            serde_json::from_slice(&std::fs::read(root.join("portable.json")).unwrap()).unwrap();
        for (spelling, text) in [("raw-start", "A=@x\n"), ("raw-mid", "A=x@y\n"), ("raw-end", "A=x@\n")] {
            for (c, fails) in table["fails"][spelling].as_object().unwrap() {
                let literal = fails.as_array().unwrap().is_empty();
                let text = text.replace('@', c);
                assert_eq!(verdict(text.as_bytes()) == Portability::Portable, literal, "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_not_in_the_corpus() {
        let long = format!("A={}\n", "x".repeat(70_000));
        for (text, portable) in [
            ("", true),
            ("# it's \"here\" $x\n\nA=1\n", true),
            ("A=1", true),
            ("A=1\nA=1\n", true),
            ("A=1\nA=2\n", false),
            ("# A=1", false),
            ("A=a:~/b\n", false),
            ("UID=1\n", false),
            ("A=\u{a0}x\n", false),
            ("A=1\r", false),
            ("A=x\u{2028}B=1\n", true),
            ("# x\u{2028}B=1\n", false),
            ("# x\u{2029}\n", false),
            ("A=x\ty\n", false),
            (&long, false),
        ] {
            assert_eq!(verdict(text.as_bytes()) == Portability::Portable, portable, "{text:?}");
        }
    }
}
