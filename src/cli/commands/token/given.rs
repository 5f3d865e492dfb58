//! What a run was given to find its token, for the commands that its hints name.

use super::hand::Hand;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::text::word;

/// The flags by which another command finds the token of this run; empty if it was found without any.
#[must_use]
pub(super) fn of(context: &Context, hand: &Hand) -> String {
    match (&hand.file, &hand.profile) {
        (Some(file), _) if context.global.env_file.is_none() => format!(" --env-file {}", word(file)),
        (None, Some((name, _))) if context.global.profile.is_none() => format!(" --profile {name}"),
        _ => of_context(context),
    }
}

/// The flags that the run itself was given.
#[must_use]
pub(super) fn of_context(context: &Context) -> String {
    let file = context.global.env_file.as_ref().map(|path| format!(" --env-file {}", word(path)));
    let profile = context.global.profile.as_ref().map(|name| format!(" --profile {name}"));
    file.or(profile).unwrap_or_default()
}

/// The failure, with these flags behind each command about tokens with which a hint ends.
#[must_use]
pub(super) fn completed(failure: Failure, flags: &str) -> Failure {
    failure.map_hints(|hint| {
        let verbs = ["create", "delete", "promote", "rotate", "status"];
        let is_bare = verbs.iter().any(|verb| hint.ends_with(&format!("twcred token {verb}")));
        if is_bare { format!("{hint}{flags}") } else { hint.to_owned() }
    })
}
