//! `twcred exec -- CMD`: a program with one credential in its environment, in the place of this one.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use clap::ValueHint;

use super::handed::{Choice, is_credential};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::view::Outcome;
use crate::model::Secret;

/// Run a command with the credential in force in its environment, and no other one of Twilio's
#[derive(Debug, clap::Args)]
#[command(after_help = "CMD gets TWILIO_ACCOUNT_SID with TWILIO_API_KEY and TWILIO_API_SECRET, or with \
TWILIO_AUTH_TOKEN, and TWILIO_REGION and TWILIO_EDGE where they are known. Every other credential of Twilio's is taken \
out of its environment. CMD takes the place of twcred, so its exit code and its signals are its own. 125: twcred itself \
failed, 126: CMD cannot be executed, 127: there is no CMD.")]
pub struct Args {
    /// Which credential.
    #[command(flatten)]
    choice: Choice,
    /// The command and its arguments
    #[arg(last = true, value_name = "CMD", value_hint = ValueHint::CommandWithArguments)]
    command: Vec<OsString>,
}

/// Becomes the command.
///
/// # Errors
/// Exit 125, if there is no credential to give, or several that could be meant; 126 and 127 for the command.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    match become_child(args, context) {
        Ok(never) => match never {},
        Err(failure) if matches!(failure.exit(), Exit::NotFound | Exit::NotExecutable) => Err(failure),
        Err(failure) => Err(failure.with_exit(Exit::BeforeChild)),
    }
}

fn become_child(args: &Args, context: &Context) -> Result<Infallible, Failure> {
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(Failure::usage("nothing says which command is to be run").hint("twcred exec -- CMD"));
    };
    let handed = args.choice.find(context)?;
    let names = || handed.variables.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    context.ui.detail(format!("giving {} to {}, in {}", handed.from, program.display(), names()));
    let kept = env::whole().into_iter().filter(|(name, _)| !name.to_str().is_some_and(is_credential));
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(kept);
    command.envs(handed.variables.iter().map(|(name, value)| (name, characters(value))));
    let error = command.exec();
    Err(interrupt::not_started(&program.to_string_lossy(), &error))
}

#[expect(clippy::disallowed_methods, reason = "into the environment of the command that the user named")]
fn characters(value: &Secret) -> &OsStr {
    OsStr::new(value.expose())
}
