//! The reference, made of the tables that the program itself reads: `docs/cli.md`, `docs/exit-codes.md`, `docs/rules.md`,
//! the sample and the schema of the configuration, the manual and the completions. They are committed, and
//! `tests/architecture.rs` compares them, so that a change of interface is a diff to review.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _, Id, ValueEnum as _};
use clap_complete::Shell;

use super::args::Cli;
use super::config::{sample, schema};
use super::env::VARIABLES;
use super::exit::Exit;

/// Every generated file: its path in the repository, and what must stand in it.
#[must_use]
pub fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        ("docs/cli.md".to_owned(), cli_md().into_bytes()),
        ("docs/exit-codes.md".to_owned(), exit_codes_md().into_bytes()),
        ("docs/twcred.toml".to_owned(), sample::text(None, &[]).into_bytes()),
        (format!("docs/{}", schema::NAME), schema::text().into_bytes()),
        ("docs/rules.md".to_owned(), crate::audit::rules::reference().into_bytes()),
    ];
    files.extend(man_pages().into_iter().map(|(name, page)| (format!("docs/man/{name}"), page)));
    files.extend(Shell::value_variants().iter().map(|shell| {
        let name = match shell {
            Shell::Bash => "twcred.bash",
            Shell::Elvish => "twcred.elv",
            Shell::Fish => "twcred.fish",
            Shell::PowerShell => "_twcred.ps1",
            _ => "_twcred",
        };
        (format!("completions/{name}"), completion(*shell))
    }));
    files
}

/// The completions of one shell.
#[must_use]
pub fn completion(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "twcred", &mut script);
    script
}

/// Every page of the manual with its file name, the main page first.
#[must_use]
pub fn man_pages() -> Vec<(String, Vec<u8>)> {
    let mut pages = Vec::new();
    walk(&built(), "", &mut |name, command| {
        let title = name.replace(' ', "-");
        let page = clap_mangen::Man::new(own(command, name).name(title.clone())).title(title.to_uppercase());
        let mut text = Vec::new();
        let _ = page.render(&mut text);
        if !name.contains(' ') {
            text.extend_from_slice(main_page_tail().as_bytes());
        }
        pages.push((format!("{title}.1"), text));
    });
    pages
}

fn built() -> Command {
    let mut command = Cli::command().term_width(100);
    command.build();
    command
}

/// A command as its own section shows it: the flags that every command takes stand in the main section only.
fn own(command: &Command, name: &str) -> Command {
    let mut command = command.clone().term_width(100);
    if name.contains(' ') {
        let globals: Vec<Id> =
            command.get_arguments().filter(|arg| arg.is_global_set()).map(Arg::get_id).cloned().collect();
        for id in globals {
            command = command.mut_arg(id, |arg| arg.hide(true));
        }
    }
    command
}

fn walk(command: &Command, parent: &str, visit: &mut dyn FnMut(&str, &Command)) {
    let name =
        if parent.is_empty() { command.get_name().to_owned() } else { format!("{parent} {}", command.get_name()) };
    visit(&name, command);
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        walk(sub, &name, visit);
    }
}

fn main_page_tail() -> String {
    let mut text = String::from(".SH EXIT STATUS\n");
    for row in Exit::ALL {
        let _ = writeln!(text, ".TP\n\\fB{}\\fR\n{}", row.exit.code(), roff(row.meaning));
    }
    text.push_str(".SH ENVIRONMENT\n");
    for (name, meaning) in VARIABLES {
        let _ = writeln!(text, ".TP\n\\fB{name}\\fR\n{}", roff(meaning));
    }
    text
}

fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('-', "\\-").replace('`', "");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

fn cli_md() -> String {
    let mut text = String::from(
        "# The command line\n\nMade from the parser by `TWCRED_BLESS=1 cargo test --test architecture`; do not edit. \
         Exit codes are in [exit-codes.md](exit-codes.md).\n",
    );
    walk(&built(), "", &mut |name, command| {
        let mut command = own(command, name);
        let help = command.render_long_help().to_string();
        let _ = write!(text, "\n## `{name}`\n\n```text\n");
        for line in help.lines() {
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text.push_str("```\n");
    });
    text.push_str("\n## Environment\n\n| variable | meaning |\n|---|---|\n");
    for (name, meaning) in VARIABLES {
        let _ = writeln!(text, "| `{name}` | {meaning} |");
    }
    text
}

fn exit_codes_md() -> String {
    let mut text = String::from(
        "# Exit codes\n\nPublished, tested, never renumbered; the same with and without `--json`. The word is the \
         `kind` of a `twcred.error/v1` object. Made by `TWCRED_BLESS=1 cargo test --test architecture`; do not edit.\n\n\
         | code | kind | meaning |\n|---|---|---|\n",
    );
    for row in Exit::ALL {
        let _ = writeln!(text, "| {} | {} | {} |", row.exit.code(), row.name, row.meaning);
    }
    let mut worst: Vec<Exit> = Exit::ALL.iter().map(|row| row.exit).collect();
    worst.sort_by_key(|exit| std::cmp::Reverse(exit.gravity()));
    worst.retain(|exit| !matches!(exit, Exit::BeforeChild | Exit::NotExecutable | Exit::NotFound));
    let worst: Vec<String> = worst.iter().map(|exit| exit.code().to_string()).collect();
    let _ = writeln!(
        text,
        "\nA run that does several things (targets, the keys of a file) exits with the worst of their codes; from the worst \
         on: {}. What ended the run comes first, then what a person must look at, then what a later run heals.",
        worst.join(", ")
    );
    text.push_str(
        "\nA standard output that cannot be written (a full disk) is 1 for a run that was there to say something, and for a \
         `keys create` without `--to`, whose key is revoked again. What was done stays done, and such a run keeps its code, \
         with a warning, also a `keys create --to` that was to print the secret as well; 5 where a rotation goes on, or \
         where what `token create --reveal` was to print is kept: the same line says it again. A reader that goes away is no \
         error, unless it was to be given a new secret that no sink holds.\n",
    );
    text.push_str(
        "\nA command that runs another (`-- CMD`) exits with that one's code, or with 128 and the number of the signal \
         that ended it.\n",
    );
    text
}
