//! Scripts beside a file that load it.

use std::path::{Path, PathBuf};

use crate::audit::facts::{Fact, Idiom, Loader};

/// The most entries of a folder that are looked at, and the longest script that is read.
const MOST: usize = 2_000;
const LONGEST: u64 = 256 << 10;
/// Folders beside a file in which scripts of the same project are kept.
const FOLDERS: [&str; 4] = ["bin", "ci", "script", "scripts"];

/// The lines of scripts in the folder of a file, and in the usual ones below it, that load the file in a way that gives
/// it away. What is no script by its name or its first line is not read.
pub(super) fn of(path: &Path) -> Fact<Vec<Loader>> {
    let (Some(dir), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Fact::Known(Vec::new());
    };
    let mut scripts: Vec<PathBuf> = Vec::new();
    for folder in std::iter::once(dir.to_owned()).chain(FOLDERS.map(|folder| dir.join(folder))) {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for (number, entry) in entries.enumerate() {
            if number == MOST {
                return Fact::Unknown(format!("{} has more than {MOST} entries", folder.display()));
            }
            scripts.extend(entry.ok().map(|entry| entry.path()).filter(|other| other != path && may_be_script(other)));
        }
    }
    scripts.sort();
    let mut found = Vec::new();
    for script in scripts {
        let Some(text) = text(&script) else { continue };
        for (at, line) in text.lines().enumerate() {
            found.extend(loads(line, name).map(|(start, idiom)| Loader {
                path: script.clone(),
                line: at + 1,
                column: line[..start].chars().count() + 1,
                idiom,
            }));
        }
    }
    Fact::Known(found)
}

/// By its name: what shells, make and their like run. Programs without an ending are told by their first line.
fn may_be_script(path: &Path) -> bool {
    const ENDINGS: [&str; 7] = ["sh", "bash", "zsh", "ksh", "mk", "just", "service"];
    const NAMES: [&str; 8] =
        ["Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", "Procfile", "Dockerfile", ".envrc"];
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map(|ending| ending.to_string_lossy());
    NAMES.contains(&&*name)
        || match ending {
            Some(ending) => ENDINGS.contains(&&*ending) || name == "package.json",
            None => !name.starts_with('.'),
        }
}

fn text(path: &Path) -> Option<String> {
    let found = path.symlink_metadata().ok()?;
    if !found.is_file() || found.len() > LONGEST {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    let named =
        path.extension().is_some() || path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("file"));
    let dotted = path.file_name().is_some_and(|name| name == ".envrc");
    (named || dotted || text.starts_with("#!")).then_some(text)
}

/// How a line loads a file of this name, and where in the line the name stands.
fn loads(line: &str, name: &str) -> Option<(usize, Idiom)> {
    if line.trim_start().starts_with('#') {
        return None;
    }
    let whole = |at: &usize| {
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        !line[..*at].ends_with(word) && !line[at + name.len()..].starts_with(word)
    };
    let mut places = line.match_indices(name).map(|(at, _)| at).filter(whole);
    let told = |at: usize| {
        let before = &line[..at];
        let idiom = if searched(before) {
            Some(Idiom::SearchPath)
        } else {
            (spread(before) && !names_only(line)).then_some(Idiom::Arguments)
        };
        idiom.map(|idiom| (at, idiom))
    };
    places.find_map(told)
}

/// Whether the name is all that `source` or `.` is given.
fn searched(before: &str) -> bool {
    let start = before.rfind([';', '&', '|', '(', '{']).map_or(0, |at| at + 1);
    let mut words = before[start..].split_whitespace().rev();
    let sources = matches!(words.next(), Some("source" | ".")) && before.ends_with([' ', '\t']);
    sources && matches!(words.next(), None | Some("then" | "do" | "else"))
}

/// Whether the name stands in a substitution that reads the file and is given to `export` or to `env`.
fn spread(before: &str) -> bool {
    let Some(opened) = ["$(", "`"].iter().filter_map(|mark| before.rfind(mark)).max() else { return false };
    let command = before[..opened].trim_end_matches(['"', '\'', '$']);
    let taker = command.rsplit([';', '&', '|', '(', '`']).next().unwrap_or_default();
    let mut words = taker.split_whitespace().filter(|word| !matches!(*word, "exec" | "sudo" | "then" | "do"));
    let inside = before[opened..].trim_start_matches(['$', '(', '`', ' ']);
    let reads = ["cat ", "<", "xargs ", "grep -v", "egrep -v"].iter().any(|program| inside.starts_with(program));
    matches!(words.next(), Some("export" | "env" | "declare")) && reads
}

/// Whether the values are cut off before anything is done with the rest.
fn names_only(line: &str) -> bool {
    ["=.*//", "cut -d", "print $1", "-o '^"].iter().any(|cut| line.contains(cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idioms_are_told_from_the_right_way() {
        use Idiom::{Arguments, SearchPath};
        for (line, expected) in [
            ("export $(cat repos.env | xargs)", Some(Arguments)),
            ("export $(grep -v '^#' repos.env | xargs -d '\\n')", Some(Arguments)),
            ("  export $(xargs < ./repos.env)", Some(Arguments)),
            ("set -e; export `cat /srv/repos.env`", Some(Arguments)),
            ("env $(cat repos.env) node app.js", Some(Arguments)),
            ("exec env -i $(cat \"$DIR/repos.env\" | xargs) ./app", Some(Arguments)),
            ("\tsource repos.env && node app.js", Some(SearchPath)),
            ("if true; then . repos.env; fi", Some(SearchPath)),
            ("\texport $$(cat repos.env | xargs) && node app.js", Some(Arguments)),
            ("export $(shell sed 's/=.*//' repos.env)", None),
            ("export $(cut -d= -f1 repos.env)", None),
            ("export $(cat repos.env | sed 's/=.*//')", None),
            ("cp . repos.env", None),
            (". repos.env", Some(SearchPath)),
            ("set -a; . ./repos.env; set +a", None),
            ("source ./repos.env", None),
            ("source \"$DIR/repos.env\"", None),
            ("# export $(cat repos.env | xargs)", None),
            ("export $(cat other-repos.env | xargs)", None),
            ("export $(cat repos.env.example | xargs)", None),
            ("docker run --env-file repos.env app", None),
            ("cat repos.env | xargs -n1 echo", None),
            ("export ENV_FILE=repos.env", None),
            ("export SUM=$(sha256sum repos.env)", None),
            ("echo \"source repos.env\"", None),
        ] {
            assert_eq!(loads(line, "repos.env").map(|(_, idiom)| idiom), expected, "{line}");
        }
    }
}
