//! The way back, which leads as far as to the promote.

use std::time::Duration;

use super::Rotator;
use crate::model::Secret;
use crate::rotation::keys::Liveness;
use crate::rotation::token::error::Cause;
use crate::rotation::token::holders;
use crate::rotation::token::record::{Record, Why};
use crate::rotation::token::tokens::{Standing, Tokens};

impl<T: Tokens> Rotator<'_, T> {
    /// Deletes the secondary token, if it is this rotation's, and nothing uses it.
    pub(super) async fn delete(&mut self) -> Result<(), Cause> {
        let Some(new) = self.new_token()? else { return self.write(&Record::Lost { at: self.now() }) };
        let old = self.old_token()?;
        match self.ask(&new, Duration::ZERO).await? {
            // It was promoted by hand: to go back would be to go on with a token that is dead.
            (Liveness::Live, Standing::Primary) => return self.write(&Record::Promoted { at: self.now() }),
            (Liveness::Live, Standing::Secondary | Standing::Unknown) => {}
            (Liveness::Rejected(_), _) => {
                self.prove_old(&old).await?;
                let foreign = self.begun().adopted || self.rotation.back() == Some(&Why::Gone);
                if foreign {
                    return self.write(&Record::Deleted { at: self.now() });
                }
                self.make_sure_held().await?;
                // What does not authenticate as the new token is not deleted in its name. What is sealed of it leads
                // nowhere.
                self.room.remove().map_err(|source| Cause::Sealed { doing: "deleted", source })?;
                return self.write(&Record::Lost { at: self.now() });
            }
            (Liveness::Unclear(said), _) => return Err(Cause::Unclear { what: "the new token".into(), said }),
        }
        self.prove_old(&old).await?;
        self.make_sure_unheld(&new)?;
        let deleted = self.tokens.delete(&old, self.begun().suppress_email).await;
        deleted.map_err(|source| Cause::Twilio { doing: "deleting the secondary token", source })?;
        self.write(&Record::Deleted { at: self.now() })
    }

    /// Fails if any sink holds the token, in any variable.
    fn make_sure_unheld(&self, token: &Secret) -> Result<(), Cause> {
        let places = holders::mentions(self.in_use(), token)?;
        if places.is_empty() { Ok(()) } else { Err(Cause::StillHeld { places }) }
    }
}
