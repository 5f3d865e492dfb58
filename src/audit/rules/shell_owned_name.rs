//! TW330: A shell keeps the name for itself.

use super::Reader::{Bash, Dash, Zsh};
use super::{EnvFile, Facts, Finding, FixKind, Meta, Reader, Rule, Severity, When, each};
use crate::audit::shells::STOP_ZSH;

pub(super) struct ShellOwnedName;

static META: Meta = Meta {
    code: "TW330",
    name: "shell-owned-name",
    severity: Severity::Warning,
    when: When::Default,
    summary: "A shell keeps the name for itself.",
    why: "The shell refuses the value, has another one of its own, or does something else from then on; some stop there.",
    mend: "Give the variable another name, here and where it is read.",
    fix: FixKind::None,
    precedent: "",
};

/// What a shell makes of an assignment to a name of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owned {
    /// It reads no further.
    Stops,
    /// It says so, and the value is not taken.
    Refuses,
    /// Whoever asks gets another value, or the shell itself changes.
    Changes,
}

/// A shell, and what it makes of a name.
type Shell = (Reader, Owned);

/// What bash 5.2, dash 0.5.12 and zsh 5.9 made of `NAME=1000` in a file that they read with `.`. zsh takes a number for
/// `UID` and its like if it runs as root, and is another user from then on; it stops if not. Of zsh these are all that it
/// knows in a plain script (`${(k)parameters}`), those of its modules too, which it loads at the first use of a name.
const NAMES: &[(&[&str], &[Shell])] = &[
    (&["UID", "EUID"], &[(Bash, Owned::Refuses), (Zsh, Owned::Stops)]),
    (&["GID", "EGID"], &[(Zsh, Owned::Stops)]),
    (&["PPID"], &[(Bash, Owned::Refuses), (Zsh, Owned::Stops)]),
    (&["BASHOPTS", "SHELLOPTS"], &[(Bash, Owned::Refuses)]),
    (&["LINENO", "HISTCMD"], &[(Bash, Owned::Changes), (Zsh, Owned::Stops)]),
    (&["status", "TTYIDLE", "aliases", "commands", "functions", "options", "parameters"], &[(Zsh, Owned::Stops)]),
    (STOP_ZSH, &[(Zsh, Owned::Stops)]),
    (
        &["BASHPID", "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "FUNCNAME", "GROUPS", "SRANDOM"],
        &[(Bash, Owned::Changes)],
    ),
    (&["RANDOM", "SECONDS", "_"], &[(Bash, Owned::Changes), (Zsh, Owned::Changes)]),
    (&["ERRNO", "USERNAME", "pipestatus", "HISTCHARS", "KEYBOARD_HACK", "histchars"], &[(Zsh, Owned::Changes)]),
    (
        &["argv", "cdpath", "fignore", "fpath", "mailpath", "manpath", "module_path", "path", "prompt", "psvar"],
        &[(Zsh, Owned::Changes)],
    ),
    (&["IFS", "OPTIND"], &[(Bash, Owned::Changes), (Dash, Owned::Changes), (Zsh, Owned::Changes)]),
];

impl Rule for ShellOwnedName {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        each(file, |shape| {
            let name = shape.at.name.as_str();
            let (_, shells) = NAMES.iter().find(|(names, _)| names.contains(&name))?;
            let of = |what| shells.iter().find(|(_, owned)| *owned == what).map(|(shell, _)| shell.name());
            let (message, severity) = match (of(Owned::Stops), of(Owned::Refuses)) {
                (Some(shell), _) => (format!("{shell} keeps this name for itself and stops there"), Severity::Error),
                (_, Some(shell)) => {
                    (format!("{shell} keeps this name for itself and refuses the value"), META.severity)
                }
                _ => ("a shell keeps this name for itself".to_owned(), META.severity),
            };
            let readers = shells.iter().map(|(shell, _)| *shell).collect();
            Some(Finding::new(&META, message).at(shape.at.name_span).of(name).readers(readers).severity(severity))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::portable::{Portability, portable};

    #[test]
    fn no_name_of_a_shell_is_portable() {
        let all: Vec<&str> = NAMES.iter().flat_map(|(names, _)| names.iter().copied()).collect();
        for name in &all {
            let file = EnvFile::parse(format!("{name}=1000\n").as_bytes());
            assert_ne!(portable(&file, |_| false), Portability::Portable, "{name}");
        }
        let once: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(once.len(), all.len(), "each name has one row");
    }
}
