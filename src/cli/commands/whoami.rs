//! `twcred whoami`: which credential is in force, where each value came from, what it can do.

use super::verdict::{Subject, examine};
use crate::api::Candidate;
use crate::cli::context::Context;
use crate::cli::credentials::Prefer;
use crate::cli::error::Failure;
use crate::cli::interrupt;
use crate::cli::view::Outcome;

/// Show which credential is in force, where it came from and what it can do
#[derive(Debug, clap::Args)]
#[command(
    after_help = "With --account, also whether the credential, a main account's Auth Token, reaches that account.\n\nWhat \
was found somewhere can be pasted: with --env-file - standard input may be AC…:TOKEN, or a token alone if --account says \
whose it is, or SK…:SECRET with --account.\n\nExits 0 if \
the credential works, 4 if Twilio rejects it or the account is suspended or closed, 75 if nothing can be said."
)]
pub struct Args {}

/// Tries the credential in force. Reads only.
///
/// # Errors
/// If there is none, or no answer of Twilio's came.
pub fn run(_: &Args, context: &Context) -> Result<Outcome, Failure> {
    let resolved = context.resolve(Prefer::Token)?;
    let client = context.client(&resolved)?;
    let subject = Subject::of(&resolved);
    let candidate = Candidate::Credential(resolved.credential.clone());
    let progress = context.ui.progress("asking Twilio");
    let finding = interrupt::block_on(async {
        let finding = examine(&client, subject, &candidate).await?;
        Ok(if resolved.is_foreign() {
            finding.reaching(&client, &resolved.credential, &resolved.account).await
        } else {
            finding
        })
    })?;
    drop(progress);
    Ok(finding.outcome())
}
