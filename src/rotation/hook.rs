//! The user's own commands: `--check`, which holds a rotation back, and `--after`, which holds the revoke back.

use std::process::Stdio;
use std::time::Duration;

use crate::model::variable::NAMES;

/// How long a command may take before it counts as failed.
pub const LIMIT: Duration = Duration::from_mins(5);

/// Runs a command through `sh -c`.
///
/// It learns `facts` from its environment, the rotation's id and SIDs, and no secret from us: those of ours are taken
/// out, as for the program of a sink. Its standard output goes to our standard error: standard output is data. It may be
/// run again, so it has to bear repeating.
///
/// # Errors
/// If it cannot be started, ends with anything but 0, or takes longer than [`LIMIT`] (it is killed then): how it ended,
/// as a half sentence.
pub async fn run(command: &str, facts: &[(&str, &str)]) -> Result<(), String> {
    let mut shell = tokio::process::Command::new("sh");
    for (name, _) in NAMES.iter().filter(|(_, role)| role.is_secret()) {
        shell.env_remove(name);
    }
    let mut child = shell
        .arg("-c")
        .arg(command)
        .envs(facts.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::from(std::io::stderr()))
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("could not be started: {error}"))?;
    match tokio::time::timeout(LIMIT, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("failed: {status}")),
        Ok(Err(error)) => Err(format!("could not be waited for: {error}")),
        Err(_) => Err(format!("did not end within {} seconds and was killed", LIMIT.as_secs())),
    }
}
