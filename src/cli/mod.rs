//! The command line: everything the user sees, and the only place that reads the environment.

mod advice;
pub mod args;
pub mod commands;
pub mod config;
pub mod context;
pub mod credentials;
pub mod env;
pub mod error;
pub mod exit;
pub mod interrupt;
pub mod json;
pub mod known;
pub mod reference;
pub mod reveal;
mod sarif;
pub mod text;
pub mod ui;
pub mod view;
pub mod worst;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

use args::Cli;
use context::Context;
use error::Failure;
use exit::Exit;
use view::{Outcome, Unwritten};

use crate::store;

/// What `--version` says, as clap says it.
const VERSION: &str = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));

/// Parses the arguments, runs the command, and turns the outcome into an exit code.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = env::arguments();
    if let [_, only] = arguments.as_slice()
        && (only == "--version" || only == "-V")
    {
        // The tree of commands takes longer to build than all else that this needs.
        return said(writeln!(io::stdout().lock(), "{VERSION}"), false).into();
    }
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &arguments).into(),
    };
    // A core file of this process would be a file full of secrets. Where that cannot be had, the run is still wanted.
    let _ = store::process::disable_core_dumps();
    let context = Context::new(cli.global);
    run(cli.command, &context).into()
}

fn run(command: commands::Command, context: &Context) -> Exit {
    let json = context.global.is_json();
    let outcome = match command.run(context) {
        Ok(outcome) => outcome,
        Err(failure) => Outcome::silent(failure.exit()).failing(failure),
    };
    let written = outcome.view.as_ref().map_or(Ok(()), |view| context.present(view.as_ref()));
    if let Some(failure) = &outcome.failure {
        failure.print(&context.ui, json);
    }
    match written {
        Ok(()) => outcome.exit,
        // Whoever read the output has seen enough (`twcred keys list | head`): that is no error of ours.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe && outcome.unwritten != Unwritten::Shown => {
            outcome.exit
        }
        Err(error) => unwritten(&outcome, &error, context),
    }
}

/// The exit code of a run whose view could not be written, which is said. What was done stays done.
fn unwritten(outcome: &Outcome, error: &io::Error, context: &Context) -> Exit {
    let failure = Failure::unwritten(error);
    let failure = match outcome.unwritten {
        Unwritten::Failed => failure,
        Unwritten::Done => {
            context.ui.warn(format!("{}; what was done stays done", failure.chain().join(": ")));
            return outcome.exit;
        }
        Unwritten::Again => failure
            .with_exit(Exit::Incomplete)
            .hint("what was done stays done: run the same command again, and it goes on from there"),
        Unwritten::Shown => failure
            .with_exit(Exit::Incomplete)
            .hint("the secret is kept: run the same command again, and it is shown and no other one made"),
    };
    failure.print(&context.ui, context.global.is_json());
    match outcome.exit {
        // A script that is promised findings would look for them in what was not written.
        Exit::Done | Exit::Findings => failure.exit(),
        Exit::Temporary if outcome.failure.is_none() => failure.exit(),
        said => said,
    }
}

/// The exit code of a run that had to say something and no more. Whoever reads it may have seen enough.
fn said(written: io::Result<()>, json: bool) -> Exit {
    let Err(error) = written else { return Exit::Done };
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Exit::Done;
    }
    let failure = Failure::unwritten(&error);
    let text = if json { failure.to_json() } else { format!("error: {}", failure.chain().join(": ")) };
    let _ = writeln!(io::stderr().lock(), "{text}");
    failure.exit()
}

/// Prints what clap has to say: help and version on stdout, a usage error on stderr, as JSON if that was asked for.
fn usage(error: &clap::Error, arguments: &[std::ffi::OsString]) -> Exit {
    if !error.use_stderr() {
        let json = arguments.iter().any(|argument| argument == "--json");
        return said(error.print().and_then(|()| io::stdout().flush()), json);
    }
    // Rendered without colours: they would hide the borders of a word.
    let plain = error.render().to_string();
    let text = text::veiled(&plain);
    let (before_child, child) = match arguments.iter().position(|argument| argument == "--") {
        Some(at) => arguments.split_at(at),
        None => (arguments, &[][..]),
    };
    // Where a child was to run, 2 could be its own.
    let runs = |argument: &std::ffi::OsString| argument == "exec" || argument == "sandbox";
    let exit = if !child.is_empty() && before_child.iter().any(runs) { Exit::BeforeChild } else { Exit::Usage };
    if before_child.iter().any(|argument| argument == "--json") {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let what = lines.next().unwrap_or_default();
        let failure = Failure::usage(what.strip_prefix("error: ").unwrap_or(what));
        let failure = lines.fold(failure, Failure::hint).with_exit(exit);
        let _ = writeln!(io::stderr().lock(), "{}", failure.to_json());
    } else if text == plain {
        let _ = error.print();
    } else {
        let _ = write!(io::stderr().lock(), "{text}");
    }
    exit
}
