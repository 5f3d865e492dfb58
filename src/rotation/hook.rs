//! The user's own commands: `--check`, which holds a rotation back, and `--after`, which holds the revoke back.

use std::process::Stdio;
use std::time::Duration;

use super::error::Cause;
use super::record::Begun;
use crate::model::KeySid;
use crate::model::variable::NAMES;

/// How long a command may take before it counts as failed.
pub const LIMIT: Duration = Duration::from_mins(5);

/// Runs a command through `sh -c`.
///
/// It learns the rotation's id and both SIDs from its environment, and no secret from us: those of ours are taken out,
/// as for the program of a sink. Its standard output goes to our standard error: standard output is data. It may be run
/// again, so it has to bear repeating.
///
/// # Errors
/// If it cannot be started, ends with anything but 0, or takes longer than [`LIMIT`] (it is killed then).
pub async fn run(which: &'static str, command: &str, begun: &Begun, new: &KeySid) -> Result<(), Cause> {
    let failed = |said: String| Cause::Hook { which, said };
    let mut shell = tokio::process::Command::new("sh");
    for (name, _) in NAMES.iter().filter(|(_, role)| role.is_secret()) {
        shell.env_remove(name);
    }
    let mut child = shell
        .arg("-c")
        .arg(command)
        .env("TWCRED_ROTATION", begun.id.as_str())
        .env("TWCRED_ACCOUNT_SID", begun.account.as_str())
        .env("TWCRED_OLD_KEY_SID", begun.old.as_str())
        .env("TWCRED_NEW_KEY_SID", new.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::from(std::io::stderr()))
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("could not be started: {error}")))?;
    match tokio::time::timeout(LIMIT, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(failed(format!("failed: {status}"))),
        Ok(Err(error)) => Err(failed(format!("could not be waited for: {error}"))),
        Err(_) => Err(failed(format!("did not end within {} seconds and was killed", LIMIT.as_secs()))),
    }
}
