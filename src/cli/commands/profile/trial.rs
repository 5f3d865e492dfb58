//! What is found out before anything is kept: whether the store takes secrets, and whether Twilio takes the credential.

use crate::api::{Candidate, Client, CredentialKind, Depth, Verdict};
use crate::cli::context::Context;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::model::Credential;
use crate::store::Profiles;
use crate::store::profiles::Store;

/// Whether a secret can be kept in a store.
///
/// # Errors
/// What stands against it, with nothing asked of anybody yet.
pub(super) fn store(context: &Context, profiles: &Profiles, store: Store) -> Result<(), Failure> {
    let progress = context.ui.progress(super::asking(store));
    let kept = profiles.probe(store).doing("nothing was kept");
    drop(progress);
    kept
}

/// Whether Twilio accepts a credential, and of what kind it is.
///
/// # Errors
/// Exit 4 if it is refused, 75 if nothing can be said.
pub(super) fn credential(
    context: &Context,
    client: &Client,
    credential: &Credential,
) -> Result<CredentialKind, Failure> {
    let progress = context.ui.progress("asking Twilio");
    let candidate = Candidate::Credential(credential.clone());
    let verdict = interrupt::block_on(async {
        client.probe(&candidate, Depth::Full).await.doing("Twilio could not be asked; nothing was kept")
    })?;
    drop(progress);
    let user = credential.user();
    match verdict {
        Verdict::Valid { kind, .. } => Ok(kind),
        Verdict::Rejected(error) => Err(Failure::from(error)
            .doing(format!("Twilio does not accept {user} with this secret; nothing was kept"))
            .with_exit(Exit::Refused)),
        Verdict::WrongAccount { refusal, .. } => Err(Failure::from(refusal)
            .doing(format!("{user} is not a key of {}; nothing was kept", credential.account()))
            .with_exit(Exit::Refused)
            .hint("the secret is right: give the key's own account with --account AC…")),
        Verdict::AccountInactive(error) => Err(Failure::from(error)
            .doing("the account is suspended or closed; nothing was kept")
            .with_exit(Exit::Refused)),
        Verdict::Unclear(error) => Err(Failure::from(error)
            .doing("it cannot be told whether Twilio accepts this credential; nothing was kept")
            .with_exit(Exit::Temporary)),
    }
}
