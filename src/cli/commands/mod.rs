//! The commands: a file each, a folder for each noun.

pub mod audit;
pub mod completions;
pub mod exec;
pub mod export;
pub mod handed;
pub mod init;
pub mod keys;
pub mod man;
pub mod profile;
pub mod rehearse;
pub mod rotation;
pub mod sandbox;
pub mod sink;
pub mod token;
pub mod verdict;
pub mod webhook;
pub mod whoami;

use clap::Subcommand;

use super::context::Context;
use super::error::Failure;
use super::view::Outcome;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Work with the API keys of an account
    #[command(subcommand)]
    Keys(keys::Command),
    /// Replace the account's Auth Token, by way of a secondary one
    #[command(subcommand)]
    Token(token::Command),
    /// Follow, continue or end rotations
    #[command(subcommand)]
    Rotation(rotation::Command),
    /// See, test, compare and fill the places that credentials are kept in
    #[command(subcommand)]
    Sink(sink::Command),
    /// Keep credentials by name, their secrets in the keyring
    #[command(subcommand)]
    Profile(profile::Command),
    /// Show which credential is in force, where it came from and what it can do
    Whoami(whoami::Args),
    /// Look at the webhooks that Twilio sends
    #[command(subcommand)]
    Webhook(webhook::Command),
    /// Run a local Twilio for keys, tokens and accounts
    Sandbox(sandbox::Args),
    /// Rehearse a rotation against the embedded sandbox, killed at every step
    Rehearse(rehearse::Args),
    /// Find what is wrong with a secrets file, and mend it
    Audit(Box<audit::Args>),
    /// Run a command with the credential in force in its environment
    Exec(exec::Args),
    /// Print the credential in force, for a shell, a container or a program
    Export(export::Args),
    /// Write a configuration with every field explained
    Init(init::Args),
    /// Print the completions of a shell
    Completions(completions::Args),
    /// Print the manual
    Man(man::Args),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// Whatever the command could not do, with its exit code.
    pub fn run(self, context: &Context) -> Result<Outcome, Failure> {
        match self {
            Self::Keys(command) => command.run(context),
            Self::Token(command) => command.run(context),
            Self::Rotation(command) => command.run(context),
            Self::Sink(command) => command.run(context),
            Self::Profile(command) => command.run(context),
            Self::Whoami(args) => whoami::run(&args, context),
            Self::Webhook(command) => command.run(context),
            Self::Sandbox(args) => sandbox::run(&args, context),
            Self::Rehearse(args) => rehearse::run(&args, context),
            Self::Audit(args) => audit::run(&args, context),
            Self::Exec(args) => exec::run(&args, context),
            Self::Export(args) => export::run(&args, context),
            Self::Init(args) => init::run(&args, context),
            Self::Completions(args) => completions::run(&args),
            Self::Man(args) => man::run(&args, context),
        }
    }
}
