//! The arguments: what clap parses, and what help, completions and the manual are made of.

#![expect(clippy::doc_markdown, reason = "doc comments are the help text, which has no markup")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgAction, Args, Parser, ValueEnum, ValueHint};

use super::commands::Command;
use super::text::word;
use crate::model::time::parse_duration;
use crate::model::{AccountSid, ProfileName};
use crate::sinks::KINDS;

const AFTER: &str = "\
Credentials are taken whole from one source: --env-file or --profile, else the environment (TWILIO_ACCOUNT_SID \
with TWILIO_AUTH_TOKEN, or with TWILIO_API_KEY and TWILIO_API_SECRET), else $CREDENTIALS_DIRECTORY, \
else the active profile. A secret is never the value of a flag.";

/// Creates, lists, rotates and revokes Twilio API keys, and loses none of them.
#[derive(Debug, Parser)]
#[command(name = "twcred", version, about, after_help = AFTER, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes, before or after its name.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential
    /// without names)
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub env_file: Option<PathBuf>,
    /// Take them from this profile [env: TWCRED_PROFILE, in place of the active one]
    #[arg(short, long, global = true, value_name = "NAME")]
    pub profile: Option<ProfileName>,
    /// Act on this account; with an API key from the environment, the account it belongs to
    #[arg(long, global = true, value_name = "AC…")]
    pub account: Option<AccountSid>,
    /// Twilio region, such as ie1 or au1 [env: TWILIO_REGION]
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]
    #[arg(long, global = true, value_name = "EDGE")]
    pub edge: Option<String>,
    /// Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url)]
    pub api_url: Option<String>,
    /// Trust this certificate authority as well (PEM)
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_file: Option<PathBuf>,
    /// Give up on one request after this long
    #[arg(long, global = true, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    pub timeout: Duration,
    /// Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub state_dir: Option<PathBuf>,
    /// How to show the result
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT", default_value_t = Format::Table)]
    pub output: Format,
    /// Same as --output json; an error is then one line of JSON on stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// Leave out notes and progress; a rotation is then told of only if something was done
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Show each exchange with Twilio: method, URL, status, request id, time
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// Never ask; a question without a safe answer is exit code 2
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Answer yes to every question
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub yes: bool,
}

impl Global {
    /// Whether results and errors are JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json || self.output == Format::Json
    }

    /// The flags by which another command finds the credential, the account, Twilio and the state that this run was given,
    /// with a space before each, for the commands that a hint names.
    #[must_use]
    pub fn given(&self) -> String {
        self.given_with(self.env_file.as_deref())
    }

    /// The same for a command that is to find the credential from `source` ([`Resolved::source`]): an env file that is not
    /// that one would be taken for it.
    ///
    /// [`Resolved::source`]: crate::cli::credentials::Resolved::source
    #[must_use]
    pub fn given_from(&self, source: &str) -> String {
        let is_it = |path: &&Path| *path == Path::new("-") || path.display().to_string() == source;
        self.given_with(self.env_file.as_deref().filter(is_it))
    }

    fn given_with(&self, env_file: Option<&Path>) -> String {
        // `-` is standard input, and no file of that name.
        let from_stdin = env_file == Some(Path::new("-"));
        let named = [
            ("env-file", if from_stdin { Some("-".to_owned()) } else { env_file.map(word) }),
            ("profile", self.profile.as_ref().map(ToString::to_string)),
            ("account", self.account.as_ref().map(ToString::to_string)),
        ];
        let named = named.into_iter().filter_map(|(flag, value)| Some(format!(" --{flag} {}", value?)));
        named.collect::<String>() + &self.elsewhere()
    }

    /// The flags by which another command finds Twilio, the state and the configuration that this run was given, with a
    /// space before each.
    #[must_use]
    pub fn elsewhere(&self) -> String {
        let mut given = String::new();
        let mut add = |flag: &str, value: Option<String>| {
            if let Some(value) = value {
                given.extend([" --", flag, " ", &value]);
            }
        };
        let path = |path: &Option<PathBuf>| path.as_ref().map(word);
        for (flag, value) in [("region", &self.region), ("edge", &self.edge), ("api-url", &self.api_url)] {
            add(flag, value.as_ref().map(|value| word(Path::new(value))));
        }
        add("ca-file", path(&self.ca_file));
        add("state-dir", path(&self.state_dir));
        add("config", path(&self.config));
        given
    }
}

/// The kinds of sinks, for the help of the commands that take one.
#[must_use]
pub fn sinks() -> String {
    let width = KINDS.iter().map(|kind| kind.form.chars().count()).max().unwrap_or(0);
    let lines = KINDS.iter().map(|kind| format!("\n  {:width$}  {}", kind.form, kind.help));
    format!("Sinks:{}", lines.collect::<String>())
}

/// How a result is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table, for people
    Table,
    /// JSON, for programs
    Json,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_tree_is_sound() {
        super::Cli::command().debug_assert();
    }
}
