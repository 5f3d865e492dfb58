//! `twcred completions`: what a shell needs to complete a command line.

use std::io::{self, Write as _};

use clap_complete::Shell;

use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::reference;
use crate::cli::view::Outcome;

/// Print the completions of a shell
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints them on stdout.
///
/// # Errors
/// If stdout cannot be written.
pub fn run(args: &Args) -> Result<Outcome, Failure> {
    match io::stdout().lock().write_all(&reference::completion(args.shell)) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(Outcome::silent(Exit::Done)),
    }
}
