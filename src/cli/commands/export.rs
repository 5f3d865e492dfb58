//! `twcred export`: the credential in force, written for whatever reads it.

use std::io::{self, IsTerminal as _, Write as _};

use clap::ValueEnum;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::handed::Choice;
use crate::cli::context::Context;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::view::Outcome;
use crate::model::Secret;

/// Print the credential in force, for a shell, a container or a program
#[derive(Debug, clap::Args)]
#[command(
    after_help = "It prints secrets, and so wants --reveal. Where one command needs them, `twcred exec -- CMD` gives \
them to it and to nobody else."
)]
pub struct Args {
    /// How to write it; --json is --format json
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Env)]
    format: Format,
    /// Print the secret on standard output
    #[arg(long)]
    reveal: bool,
    /// Which credential.
    #[command(flatten)]
    choice: Choice,
}

/// How a credential is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// NAME=value, for env files
    Env,
    /// export NAME='value', for eval in a shell
    Shell,
    /// One object, for programs
    Json,
    /// NAME=value as it is, for docker run --env-file
    Docker,
}

/// Prints it.
///
/// # Errors
/// Exit 2 without `--reveal`, if there is no credential, or if a value cannot be written in the format.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    if !args.reveal {
        let failure = Failure::usage("export prints a secret, and nothing says that it may be seen");
        let failure = if io::stdout().is_terminal() {
            failure.hint("standard output is a terminal, which keeps what it shows: send it to a file, or to a program")
        } else {
            failure
        };
        return Err(failure.hint("add --reveal, or give it to one command only: twcred exec -- CMD"));
    }
    let format = if context.global.is_json() { Format::Json } else { args.format };
    let handed = args.choice.find(context)?;
    context.ui.detail(format!("writing {}", handed.from));
    let text = written(&handed.variables, format)?;
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).doing("cannot print the credential"),
        _ => Ok(Outcome::silent(Exit::Done)),
    }
}

#[expect(clippy::disallowed_methods, reason = "--reveal: to standard output, because the user asked for it")]
fn written(variables: &[(&'static str, Secret)], format: Format) -> Result<Zeroizing<String>, Failure> {
    // Reserved whole, so that growing leaves no copies behind.
    let mut text = Zeroizing::new(String::with_capacity(4096));
    if format == Format::Json {
        let member = |(name, value): &(&str, Secret)| {
            let name = name.trim_start_matches("TWILIO_").to_ascii_lowercase();
            (name, Value::String(value.expose().to_owned()))
        };
        let mut members: Map<String, Value> = variables.iter().map(member).collect();
        members.insert("schema".to_owned(), "twcred.export/v1".into());
        text.push_str(&json::line(&members));
        text.push('\n');
        return Ok(text);
    }
    for (name, value) in variables {
        let value = value.expose();
        let plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/' | b'+'));
        match format {
            Format::Shell => {
                for piece in ["export ", name, "='", &value.replace('\'', "'\\''"), "'\n"] {
                    text.push_str(piece);
                }
            }
            _ if plain => {
                for piece in [*name, "=", value, "\n"] {
                    text.push_str(piece);
                }
            }
            _ => {
                return Err(Failure::usage(format!(
                    "the value of {name} has a character in it that readers of such files take differently"
                ))
                .hint("--format shell and --format json can write it"));
            }
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_gives_back_what_it_was_given() {
        let of = |value: &str| {
            vec![("TWILIO_ACCOUNT_SID", Secret::new("AC1".into())), ("TWILIO_AUTH_TOKEN", Secret::new(value.into()))]
        };
        let show = |value: &str, format| {
            written(&of(value), format).map(|text| text.to_string()).map_err(|failure| failure.exit())
        };
        assert_eq!(show("a1", Format::Env).unwrap(), "TWILIO_ACCOUNT_SID=AC1\nTWILIO_AUTH_TOKEN=a1\n");
        assert_eq!(show("a1", Format::Docker), show("a1", Format::Env));
        assert_eq!(
            show("a'b", Format::Shell).unwrap(),
            "export TWILIO_ACCOUNT_SID='AC1'\nexport TWILIO_AUTH_TOKEN='a'\\''b'\n"
        );
        assert_eq!(
            show("a\"b", Format::Json).unwrap(),
            "{\"account_sid\":\"AC1\",\"auth_token\":\"a\\\"b\",\"schema\":\"twcred.export/v1\"}\n"
        );
        for value in ["a b", "a'b", "a$b", "a\nb", "é"] {
            assert_eq!(show(value, Format::Env), Err(Exit::Usage), "{value:?}");
        }
    }
}
