//! What the journals of this machine say of the credentials of a file.

use crate::audit::Selection;
use crate::audit::facts::{Fact, Made, Rotated};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::dotenv::EnvFile;
use crate::model::variable::{Role, classify};
use crate::rotation::token::TokenRotation;
use crate::rotation::{Ledger, Rotation};

use super::settings::Settings;

/// What was rotated here and when, if a rule is asked that judges it and the file has what may have been. The journals
/// are read once in a run.
pub(super) fn of(file: &EnvFile, selection: &Selection, settings: &Settings, context: &Context) -> Fact<Vec<Rotated>> {
    let ours =
        |name: &str| classify(name).is_some_and(|variable| matches!(variable.role, Role::KeySid | Role::AuthToken));
    if !selection.wants("TW508") || !file.assignments().any(|at| ours(&at.name)) {
        return Fact::NotAsked;
    }
    let read = || match context
        .ledger_as_it_is()
        .and_then(|ledger| ledger.map_or(Ok(Fact::Known(Vec::new())), |l| journals(&l)))
    {
        Ok(rotated) => rotated,
        Err(failure) => Fact::Unknown(failure.chain().join(": ")),
    };
    settings.rotated.get_or_init(read).clone()
}

fn journals(ledger: &Ledger) -> Result<Fact<Vec<Rotated>>, Failure> {
    let (keys, broken_keys) = ledger.all()?;
    let (tokens, broken_tokens) = ledger.tokens()?;
    if let Some(broken) = broken_keys.first().or(broken_tokens.first()) {
        return Ok(Fact::Unknown(format!("the journal of rotation {} cannot be read: {}", broken.id, broken.error)));
    }
    let key = |rotation: &Rotation| {
        Some(Rotated { what: Made::Key(rotation.new_key()?.clone()), at: rotation.current()?.at })
    };
    let token = |rotation: &TokenRotation| {
        Some(Rotated { what: Made::Token(rotation.new_token()?.clone()), at: rotation.promoted()? })
    };
    Ok(Fact::Known(keys.iter().filter_map(key).chain(tokens.iter().filter_map(token)).collect()))
}
