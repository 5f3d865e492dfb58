//! `twcred webhook verify`: which of the tokens in hand signed a request.

use std::path::PathBuf;

use clap::ValueHint;

use super::input;
use super::report::Report;
use crate::cli::commands::token::{flags::Names, known};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;
use crate::model::Secret;
use crate::model::webhook::near;

/// Find out which of the tokens in hand signed a webhook
#[derive(Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "doc comments are the help text, which has no markup")]
#[command(after_help = "\
Midway through a rotation of the Auth Token this tells which token Twilio signs with. The tokens in hand are those of \
the env file, each project's, with TWILIO_AUTH_TOKEN_SECONDARY and TWILIO_AUTH_TOKEN_PREVIOUS; without --env-file those \
of the environment and of $CREDENTIALS_DIRECTORY. The suffixes of open rotations and of the configuration count too. \
Nothing is sent, and nothing of the body is shown.

If no token signed the request as it stands, URLs and bodies that are a little different are tried: http for https, \
a slash at the end, the host that a proxy names, a lost or sorted query, a body that was decoded. If one of them \
matches, that is the mistake.

Exits 0 if a token signed it, 3 if none did, if the body is not the one whose SHA-256 the signed \
URL carries (bodySHA256), or if it is no form and that URL carries none.")]
pub struct Args {
    /// The URL as it was given to Twilio; with --request, in place of what the request says
    #[arg(long, value_name = "URL", required_unless_present = "request", value_hint = ValueHint::Url)]
    url: Option<String>,
    /// The value of the header X-Twilio-Signature
    #[arg(long, value_name = "SIGNATURE", required_unless_present = "request", conflicts_with = "request")]
    signature: Option<String>,
    /// The body as it was received, a form or JSON (`-`: from standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["form", "request"], value_hint = ValueHint::FilePath)]
    body: Option<PathBuf>,
    /// One field of the form, as the application sees it (repeatable)
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "request")]
    form: Vec<String>,
    /// A whole request as a log has it: request line, headers, empty line, body (`-`: from standard input)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    request: Option<PathBuf>,
    /// Try the value of this variable as well: the secret of a SharedKey, or a token under another name (repeatable)
    #[arg(long, value_name = "VARIABLE")]
    var: Vec<String>,
    /// How they are named.
    #[command(flatten)]
    names: Names,
}

impl Args {
    pub(super) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    pub(super) fn signature(&self) -> &str {
        self.signature.as_deref().unwrap_or_default()
    }

    pub(super) fn body(&self) -> Option<&PathBuf> {
        self.body.as_ref()
    }

    pub(super) fn form(&self) -> &[String] {
        &self.form
    }

    pub(super) fn request(&self) -> Option<&PathBuf> {
        self.request.as_ref()
    }
}

/// Tries every token. Sends nothing.
///
/// # Errors
/// Exit 2, if there is no token, no signature or no URL, or one of them cannot be read.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let input = input::read(args, context)?;
    let mut names = known::all_names(context);
    names.insert(0, args.names.read()?);
    let tokens = context.tokens_in_hand(&args.var, &names)?;
    let secrets: Vec<Secret> = tokens.all.iter().map(|token| token.secret.clone()).collect();
    let signed = input.received.signed_by(&secrets);
    let near = if signed.is_none() { near::search(&input.received, &secrets) } else { None };
    let report = Report::of(input, &tokens, signed.as_ref(), near);
    let exit = report.exit();
    Ok(Outcome::show(report).exit(exit))
}
