//! What a run would do and what would stop it: the dry run, which asks Twilio and the sinks and changes nothing.

use super::{Request, all_sinks, begun, check_sinks, deep_look, find_open, look, open_all};
use crate::model::{ApiKey, Credential};
use crate::rotation::error::Error;
use crate::rotation::keys::Keys;
use crate::rotation::ledger::Ledger;
use crate::rotation::plan::{self, Decision, Plan};
use crate::rotation::preflight;
use crate::rotation::record::{Begun, Record};
use crate::rotation::rotator::look::Seen;
use crate::rotation::rotator::{World, unheld};
use crate::rotation::state::Rotation;
use crate::rotation::watched;

/// The plan that [`rotate`](super::rotate) would obey now. Asks Twilio, changes nothing.
///
/// # Errors
/// The same that would stop a real run before anything is made.
pub async fn dry_run<K: Keys>(
    world: &World<'_>,
    ledger: &Ledger,
    keys: &K,
    authority: &Credential,
    request: &Request,
) -> Result<Plan, Error> {
    if let Some(mut open) = find_open(ledger, request)? {
        let steps = foresee(world, ledger, keys, request, &mut open).await?;
        let begun = open.begun();
        let decision = plan::decide_open(&open, (world.clock)(), request.retire_now);
        let key = ApiKey {
            sid: begun.old.clone(),
            name: begun.name.clone(),
            created: None,
            updated: None,
            kind: Some(begun.kind),
            policy: begun.policy.clone(),
        };
        return Ok(Plan { steps, ..plan_of(request, begun, &key, decision) });
    }
    let now = (world.clock)();
    let (key, kind, decision) = match look(keys, authority, request, now).await? {
        (key, decision @ Decision::NotDue { .. }) => {
            let kind = preflight::live(keys, &key, &request.pair).await?;
            (key, kind, decision)
        }
        (key, decision) => {
            let kind = deep_look(ledger, keys, authority, request, &key).await?;
            (key, kind, decision)
        }
    };
    let sinks = all_sinks(world, ledger, request)?;
    if decision == Decision::Rotate {
        check_sinks(world, request, &sinks)?;
        watched::before_create(world, &request.pair.sid, &sinks)?;
    }
    let begun = begun(world, request, sinks, &key, kind)?;
    Ok(plan_of(request, &begun, &key, decision))
}

/// What a run that goes on in the grace, or ends it, would find in the sinks, and the steps that come of it. The rotation
/// is then as that run would have it; nothing is written down.
async fn foresee<K: Keys>(
    world: &World<'_>,
    ledger: &Ledger,
    keys: &K,
    request: &Request,
    open: &mut Rotation,
) -> Result<Vec<String>, Error> {
    let at = (world.clock)();
    for sink in 0..open.places().len() {
        if request.without.contains(&open.places()[sink].sink) {
            open.apply(&Record::SinkDropped { at, sink });
        }
    }
    if open.back().is_none() && !open.is_revoked() {
        for sink in request.sinks.iter().filter(|sink| !request.without.contains(sink)) {
            if !open.places().iter().any(|place| place.sink == *sink && !place.dropped) {
                open.apply(&Record::SinkAdded { at, sink: sink.clone() });
            }
        }
    }
    let decision = plan::decide_open(open, at, request.retire_now);
    let retires = matches!(decision, Decision::Retire { .. });
    if !retires && !matches!(decision, Decision::InGrace { .. }) {
        return Ok(Vec::new());
    }
    let names: Vec<String> = open.places().iter().map(|place| place.sink.clone()).collect();
    let old = &open.begun().old;
    let sinks = open_all(&names, |name| world.open_for(open, name, old)).map_err(|cause| Error::halted(open, cause))?;
    if retires {
        let mut others = ledger.others(open)?;
        others.retain(|other| !request.without.contains(other));
        let mut looked = unheld::may_retire(world, open, &sinks, &others);
        // What a real run would find out, too: nothing holds a key up that is gone.
        if looked.is_err() && matches!(keys.fetch(old).await, Ok(None)) {
            looked = unheld::behind(open, &sinks, at).map_or(Ok(()), Err);
        }
        return looked.map(|()| Vec::new()).map_err(|cause| Error::halted(open, cause));
    }
    let mut seen = Seen::of(open, &sinks, at).map_err(|cause| Error::halted(open, cause))?;
    seen.ask(open, keys).await;
    seen.tell(open, world.watch);
    for sink in &seen.strayed {
        open.apply(&Record::Strayed { at, sink: *sink });
    }
    let strayed: Vec<&str> = seen.strayed.iter().map(|at| names[*at].as_str()).collect();
    Ok(if strayed.is_empty() { Vec::new() } else { plan::steps_of_strayed(open.begun(), &strayed) })
}

fn plan_of(request: &Request, begun: &Begun, key: &ApiKey, decision: Decision) -> Plan {
    let steps = match &decision {
        Decision::Rotate => plan::steps(begun, request.retire_now),
        _ => Vec::new(),
    };
    Plan {
        account: begun.account.clone(),
        key: begun.old.clone(),
        name: begun.name.clone(),
        kind: begun.kind,
        policy: begun.policy.clone(),
        created: key.created,
        sinks: begun.sinks.clone(),
        grace_seconds: begun.grace,
        max_age_seconds: request.schedule.max_age.map(|age| age.as_secs()),
        decision,
        steps,
    }
}
