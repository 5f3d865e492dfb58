//! The environment: the only file that reads it.

#![expect(clippy::disallowed_methods, reason = "this is the one door to the environment")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use etcetera::BaseStrategy as _;

use crate::model::Secret;
use crate::model::variable::NAMES;

/// The names that this program gives a meaning of its own, with that meaning; the manual is made of this table.
pub const VARIABLES: &[(&str, &str)] = &[
    ("TWILIO_ACCOUNT_SID", "the account, for the credential that follows"),
    ("TWILIO_AUTH_TOKEN", "the account's Auth Token"),
    (
        "TWILIO_AUTH_TOKEN_SECONDARY, TWILIO_AUTH_TOKEN_PREVIOUS",
        "for `webhook verify`: the tokens beside it while it is rotated",
    ),
    ("TWILIO_API_KEY", "an API key's SID (TWILIO_API_KEY_SID and TWILIO_API_SID are read as well)"),
    ("TWILIO_API_SECRET", "that key's secret (TWILIO_API_KEY_SECRET and TWILIO_API_SECRET_KEY are read as well)"),
    ("TWILIO_REGION", "the region, such as ie1; --region wins"),
    ("TWILIO_EDGE", "the edge, such as dublin; --edge wins"),
    ("TWCRED_API_URL", "another server than Twilio, as --api-url"),
    ("TWCRED_CONFIG", "the configuration with the targets, as --config; an absolute path"),
    ("TWCRED_STATE_DIR", "where journals and sealed secrets are kept, as --state-dir"),
    ("TWCRED_PROFILE", "the profile to use instead of the active one"),
    ("CREDENTIALS_DIRECTORY", "where systemd puts the credentials of a service: `twcred` or `repos.env` is read"),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME", "the folders that hold `twcred/`"),
    ("SUDO_UID, HISTFILE", "for `audit`: whose file it should be under sudo, and where a shell keeps its history"),
    ("TWILIO_CONFIG_DIR", "for `profile import`: where the official CLI keeps its profiles"),
    ("NO_COLOR", "no colours, unless --color always"),
];

fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// `$PATH`, for a child that gets an environment of its own.
#[must_use]
pub fn search_path() -> Option<OsString> {
    std::env::var_os("PATH")
}

/// This very program.
///
/// # Errors
/// If the system does not tell.
pub fn program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// The directory that relative names are taken from.
///
/// # Errors
/// If it is gone, or not readable.
pub fn here() -> std::io::Result<PathBuf> {
    std::env::current_dir()
}

/// The arguments, program first.
#[must_use]
pub fn arguments() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// The variables that a program may take a credential, a region or an edge from, under their plain names.
pub fn credential_names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name).chain(["ACCOUNT_SID", "AUTH_TOKEN"])
}

/// Twilio's own variables that are set, with their values; empty ones count as absent. A bare `AUTH_TOKEN` in the
/// environment may be anybody's, so it counts in env files only. Other variables are never copied.
#[must_use]
pub fn credentials() -> Vec<(&'static str, String)> {
    NAMES.iter().filter_map(|(name, _)| text(name).map(|value| (*name, value))).collect()
}

/// `TWCRED_API_URL`.
#[must_use]
pub fn api_url() -> Option<String> {
    text("TWCRED_API_URL")
}

/// `TWCRED_CONFIG`.
#[must_use]
pub fn config() -> Option<PathBuf> {
    path("TWCRED_CONFIG")
}

/// `$TWCRED_STATE_DIR`, else `$XDG_STATE_HOME/twcred`, else `~/.local/state/twcred`; nothing if there is no home.
#[must_use]
pub fn state_dir() -> Option<PathBuf> {
    path("TWCRED_STATE_DIR").or_else(|| Some(etcetera::base_strategy::Xdg::new().ok()?.state_dir()?.join("twcred")))
}

/// Whether `TWCRED_STATE_DIR` names the folder of the state.
#[must_use]
pub fn names_state_dir() -> bool {
    path("TWCRED_STATE_DIR").is_some()
}

/// `$XDG_CONFIG_HOME/twcred`, else `~/.config/twcred`; nothing if there is no home.
#[must_use]
pub fn config_dir() -> Option<PathBuf> {
    Some(etcetera::base_strategy::Xdg::new().ok()?.config_dir().join("twcred"))
}

/// `$TWCRED_PROFILE`.
#[must_use]
pub fn profile() -> Option<String> {
    text("TWCRED_PROFILE")
}

/// Whether there is a screen on which a keyring can ask somebody to unlock it.
#[must_use]
pub fn has_screen() -> bool {
    cfg!(any(target_os = "macos", target_os = "windows"))
        || text("DISPLAY").or_else(|| text("WAYLAND_DISPLAY")).is_some()
}

/// `$TWILIO_CONFIG_DIR`, else `~/.twilio-cli`: where the official CLI keeps its profiles.
#[must_use]
pub fn twilio_cli_dir() -> Option<PathBuf> {
    path("TWILIO_CONFIG_DIR").or_else(|| Some(home()?.join(".twilio-cli")))
}

/// `$CREDENTIALS_DIRECTORY`, which systemd sets for a service with `LoadCredential=`.
#[must_use]
pub fn credentials_directory() -> Option<PathBuf> {
    path("CREDENTIALS_DIRECTORY")
}

/// The home directory: `$HOME`, else that of the user's entry in the password file.
#[must_use]
pub fn home() -> Option<PathBuf> {
    path("HOME").or_else(|| etcetera::home_dir().ok())
}

/// Where the shell keeps its history, if the user moved it.
#[must_use]
pub fn shell_history() -> Option<PathBuf> {
    path("HISTFILE")
}

/// Who called `sudo`.
#[must_use]
pub fn sudo_uid() -> Option<u32> {
    text("SUDO_UID")?.parse().ok()
}

/// The whole environment, for a child that is given a part of it.
#[must_use]
pub fn whole() -> Vec<(OsString, OsString)> {
    std::env::vars_os().collect()
}

/// The values of variables that are set, of those named.
#[must_use]
pub fn values_of<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, Secret> {
    let set = names.into_iter().filter(|name| !name.is_empty() && !name.contains(['=', '\0']));
    set.filter_map(|name| Some((name.to_owned(), Secret::new(text(name)?)))).collect()
}

/// Whether `NO_COLOR` is set to anything.
#[must_use]
pub fn no_color() -> bool {
    text("NO_COLOR").is_some()
}

/// Whether `TERM` is `dumb`.
#[must_use]
pub fn dumb_terminal() -> bool {
    text("TERM").as_deref() == Some("dumb")
}
