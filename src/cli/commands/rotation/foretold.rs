//! The target of the configuration that a rotation is one of: it says which credential authorises.

use crate::cli::config::{Config, Kind, Source, Target, Wanted};
use crate::cli::context::Context;
use crate::model::AccountSid;
use crate::rotation::Signer;
use crate::sinks::Spec;

/// The target whose credential stands in the first sink of a rotation of this account. Of several, the one that is nearest:
/// that names the variables, and the profile that the journal notes. A configuration that cannot be used has said why, and
/// counts as none: the journal knows the rest.
#[must_use]
pub fn target(
    context: &Context,
    kind: Kind,
    account: &AccountSid,
    first: Option<&String>,
    signer: Option<&Signer>,
) -> Option<Target> {
    let first = Spec::parse(first?).ok()?;
    let config = Config::load_if_there(context).ok().flatten()?;
    let is_its = |target: &&Target| target.account.as_ref().is_none_or(|said| said == account);
    let noted = |target: &Target| {
        let authority = target.authority.as_ref().map(ToString::to_string);
        authority.is_some() && authority.as_deref() == signer.and_then(Signer::profile)
    };
    let found = config.of_kind(kind).filter(is_its).filter_map(|target| Some((near(&target.source, &first)?, target)));
    found.max_by_key(|(near, target)| (*near, noted(target))).map(|(_, target)| target.clone())
}

/// How near a source is to a sink; `None` if it is another.
fn near(source: &Source, sink: &Spec) -> Option<u8> {
    match source {
        Source::File { path, wanted } => {
            let file = Spec::parse(&format!("env:{}", path.display())).ok()?;
            let shares = |names: &[String]| sink.variables().any(|name| names.iter().any(|wanted| wanted == name));
            match wanted {
                _ if !file.is_beside(sink) => None,
                Wanted::Named(names) if sink.variables().next().is_some() => shares(names).then_some(2),
                Wanted::Named(_) | Wanted::Only | Wanted::Every => Some(1),
            }
        }
        Source::Sink(spec) => (spec == sink || spec.covers(sink)).then_some(2),
    }
}
