//! `twcred man`: the manual, of the same tables as the help.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::ValueHint;

use crate::cli::context::Context;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::reference;
use crate::cli::view::Outcome;
use crate::store::file;

/// Print the manual
#[derive(Debug, clap::Args)]
#[command(after_help = "Read it with `twcred man | man -l -`.")]
pub struct Args {
    /// Write every page into this folder, which must exist, and print none
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

/// Prints the main page, or writes all pages.
///
/// # Errors
/// If stdout or a page cannot be written.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let pages = reference::man_pages();
    if let Some(dir) = &args.dir {
        for (name, page) in &pages {
            let path = dir.join(name);
            file::write_public(&path, page).doing(format!("cannot write {}", path.display()))?;
        }
        context.ui.note(format!("{} pages written to {}", pages.len(), dir.display()));
    } else if let Some((_, page)) = pages.first() {
        match io::stdout().lock().write_all(page) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
            _ => {}
        }
    }
    Ok(Outcome::silent(Exit::Done))
}
