//! An account that a source names without a secret.

use super::Resolved;
use super::assemble::CredentialError;
use super::source::Values;
use crate::model::AccountSid;
use crate::model::variable::Role;

/// An Account SID that stands in a source without a secret. Whoever wrote it meant that account: the credential of a later
/// source must be one of it, or what is meant for one account is done to another.
#[derive(Debug, Default)]
pub(super) struct Alone(Option<(String, String)>);

impl Alone {
    /// Keeps that of a source which has no secret; the first counts.
    pub(super) fn add(&mut self, values: &Values) {
        self.0 = self.0.take().or_else(|| values.plain(Role::AccountSid));
    }

    /// Whether a credential may be used in spite of it. A flag that names the account goes before what a source says.
    ///
    /// # Errors
    /// If it is one of another account, or what stands there is no Account SID.
    pub(super) fn allows(&self, resolved: &Resolved, flag: bool) -> Result<(), CredentialError> {
        let Some((text, place)) = self.0.as_ref().filter(|_| !flag) else { return Ok(()) };
        let said = AccountSid::parse(text).map_err(|why| CredentialError::Sid { place: place.clone(), why })?;
        if said == *resolved.credential.account() {
            return Ok(());
        }
        Err(CredentialError::Alone {
            place: place.clone(),
            said,
            source_name: resolved.source.clone(),
            own: resolved.credential.account().clone(),
            token: resolved.credential.key().is_none(),
        })
    }
}
