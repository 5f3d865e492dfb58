//! What to do about a profile that cannot be used, and about a keyring that does not keep or give its secret.

use std::error::Error as StdError;

use super::{Advice, on_file, on_lock};
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::model::ProfileNameError;
use crate::store::profiles::{Error, Unguarded, VaultError};

/// The advice for an error of a profile.
pub(super) fn on(error: &(dyn StdError + 'static)) -> Option<Advice> {
    if let Some(error) = error.downcast_ref::<Error>() {
        return Some(on_profile(error));
    }
    if let Some(error) = error.downcast_ref::<VaultError>() {
        return Some(on_vault(error));
    }
    error.downcast_ref::<ProfileNameError>().map(|_| Advice::exit(Exit::Usage))
}

pub(super) fn on_profile(error: &Error) -> Advice {
    let usage = Advice::exit(Exit::Usage);
    match error {
        Error::Book { .. } => usage.hint("put the line right; nothing was written, and no secret is in that file"),
        Error::Open { path, .. } => usage.hint(format!("chmod 600 {}", path.display())),
        Error::NoSuch { name, .. } => {
            usage.hint(format!("`twcred profile list` shows them; make it: twcred profile add {name}"))
        }
        Error::Elsewhere { name, .. } => usage
            .hint("use it on the machine where it was added")
            .hint(format!("or give it its secret here: twcred profile add {name} --replace")),
        Error::Gone { name, place } => {
            let advice = usage.hint(format!("give it its secret again: twcred profile add {name} --replace"));
            let elsewhere = "it may be in another user's keyring, or in that of another session";
            if place.starts_with("entry ") { advice.hint(elsewhere) } else { advice }
        }
        Error::Entry { name, .. } => {
            usage.hint(format!("give it its secret again: twcred profile add {name} --replace"))
        }
        Error::Vault(error) => on_vault(error),
        Error::File(error) => on_file(error),
        Error::Folder(_) => usage.hint("make it a folder of yours, or name another with XDG_CONFIG_HOME"),
        Error::Lock(error) => on_lock(error),
        _ => Advice::exit(Exit::Failed),
    }
}

const HEADLESS: &str =
    "cron and servers have no keyring: use --env-file, the environment, or systemd's LoadCredential=";

fn on_vault(error: &VaultError) -> Advice {
    match error {
        VaultError::Missing { .. } => Advice::exit(Exit::Usage)
            .hint("a keyring is part of a desktop session: GNOME Keyring, KWallet, KeePassXC")
            .hint(
                "without one: --store file, of `twcred profile add` and `twcred profile import`, keeps the secret in a \
                 file, in plain text",
            )
            .hint(HEADLESS),
        VaultError::Locked { .. } => Advice::exit(Exit::Temporary)
            .hint("unlock it (log in at the desktop, or open its program), and run the same command again")
            .hint(HEADLESS),
        VaultError::Silent { .. } => Advice::exit(Exit::Temporary)
            .hint(
                "look at the keyring's program, which may be waiting for you or hang; then run the same command again",
            )
            .hint(HEADLESS),
        VaultError::Stopped { .. } => Advice::exit(interrupt::heard().unwrap_or(Exit::Failed)),
        VaultError::Several { entry, .. } => {
            let advice = Advice::exit(Exit::Failed).hint(format!(
                "in the keyring's program, take out all but the right one: its service is twcred, its username {entry}"
            ));
            match entry.profile() {
                Some(name) => advice.hint(format!(
                    "or, if you have its secret, give it that under a new name: twcred profile add {name} --replace"
                )),
                None => advice,
            }
        }
        VaultError::Unguarded { path, why } => {
            let (advice, shown) = (Advice::exit(Exit::Usage), path.display());
            match why {
                Unguarded::Link => advice.hint(format!("put the file or folder itself in the place of the link {shown}")),
                Unguarded::Owner { ours, .. } => advice.hint(format!("if it is yours: chown {ours} {shown}")),
                Unguarded::Mode { .. } => advice
                    .hint(format!("chmod go= {shown}"))
                    .hint("who could read it may have the secret: replace it, with `twcred keys rotate` or `twcred token rotate`"),
            }
        }
        VaultError::File(error) => on_file(error),
        VaultError::Folder(_) => Advice::exit(Exit::Usage).hint("make it a folder of yours alone: chmod 700"),
        _ => Advice::exit(Exit::Failed),
    }
}
