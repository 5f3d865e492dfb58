//! The profiles that creates which are not settled have in their hands.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Create;
use crate::model::ProfileName;
use crate::rotation::Ledger;
use crate::sinks::{Spec, Target};
use crate::store::StateDir;
use crate::store::profiles::Claims;

/// Claims every profile that a create of this state directory was to make, from the answer of Twilio until that is settled:
/// what it left in a store may be the only copy of its pair.
#[derive(Debug)]
pub struct Unsettled {
    /// The state directory; `None` if it is not known which it is.
    pub state: Option<PathBuf>,
}

impl Claims for Unsettled {
    fn profiles(&self) -> Option<BTreeSet<ProfileName>> {
        let Some(dir) = StateDir::look(self.state.as_ref()?).ok()? else { return Some(BTreeSet::new()) };
        let (creates, unreadable) = Ledger::new(dir).creates(None).ok()?;
        let sinks = creates.iter().flat_map(Create::claimed);
        let specs =
            sinks.filter_map(|sink| Spec::parse(sink).ok()).filter(|spec| spec.kind().target == Target::Profile);
        // Of a journal that cannot be read nobody knows which profile it may be about.
        unreadable.is_empty().then(|| specs.filter_map(|spec| ProfileName::parse(spec.target()).ok()).collect())
    }
}
