//! The order, and that every prefix of every journal is a legal start.

use proptest::prelude::*;

use super::*;
use crate::model::{AccountSid, RotationId, Secret, TokenNames};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn print(digit: char) -> Fingerprint {
    Secret::new(digit.to_string().repeat(32)).fingerprint()
}

fn begun(sinks: usize, hooks: bool, adopted: bool) -> Begun {
    Begun {
        id: RotationId::new([7; 6]),
        at: at(0),
        endpoint: "api.twilio.com".into(),
        account: AccountSid::parse(&format!("AC{}", "0".repeat(32))).unwrap(),
        old: print('0'),
        adopted,
        sinks: (0..sinks).map(|sink| format!("env:/{sink}")).collect(),
        names: TokenNames::default(),
        propagation: 60,
        check: hooks.then(|| "true".into()),
        after: hooks.then(|| "true".into()),
        suppress_email: false,
        keys: Vec::new(),
        signer: None,
    }
}

/// The record that a step leaves where all goes well.
fn record(step: &Step, second: i64) -> Record {
    let at = at(second);
    match step {
        Step::Recover => Record::Settled { at },
        Step::Create | Step::Adopt => Record::Sealed { at, new: print('1'), again: false },
        Step::Verify => Record::Verified { at },
        Step::Stage(sink) => Record::Staged { at, sink: *sink },
        Step::ReadBack(sink) => Record::ReadBack { at, sink: *sink, readable: true },
        Step::Check => Record::Checked { at },
        Step::Promote | Step::Settle => Record::Promoted { at, answered: false },
        Step::HandOver => Record::HandedOver { at, rotations: Vec::new() },
        Step::Switch(sink) => Record::Switched { at, sink: *sink },
        Step::SwitchRead(sink) => Record::SwitchRead { at, sink: *sink, readable: true },
        Step::TryOld => Record::OldTried { at, refused: true },
        Step::TryKeys => Record::KeysAfter { at, refused: Vec::new() },
        Step::After => Record::AfterRan { at },
        Step::MarkCurrent => Record::Current { at, clear_at: self::at(second + 60) },
        Step::Clear(sink) => Record::Cleared { at, sink: *sink },
        Step::Unstage(sink) => Record::Unstaged { at, sink: *sink },
        Step::Delete => Record::Deleted { at },
        Step::Unseal => Record::Unsealed { at },
        Step::Finish(outcome) => Record::Finished { at, outcome: *outcome },
        Step::Gate | Step::Wait(_) | Step::Done => unreachable!("leaves no record"),
    }
}

/// The names of all steps from here to the end: the gate opens, and the clock moves on when there is nothing but waiting.
fn walk(mut rotation: TokenRotation) -> Vec<String> {
    let (mut steps, mut second) = (Vec::new(), 0);
    loop {
        let step = rotation.next(at(second), false);
        match step {
            Step::Done => return steps,
            Step::Wait(until) => second = until.as_second(),
            Step::Gate => {
                rotation.open_gate();
                steps.push("Gate".to_owned());
            }
            _ => {
                match step {
                    Step::Create => rotation.apply(&Record::Creating { at: at(second), server: None }),
                    Step::Promote => rotation.apply(&Record::Promoting { at: at(second) }),
                    _ => {}
                }
                rotation.apply(&record(&step, second));
                steps.push(format!("{step:?}"));
            }
        }
        assert!(steps.len() < 60, "it goes round in circles: {steps:?}");
    }
}

/// Steps on, as [`walk`] does, until a step of this name comes next.
fn until(rotation: &mut TokenRotation, wanted: &Step) {
    while rotation.next(at(0), false) != *wanted {
        let step = rotation.next(at(0), false);
        if step == Step::Gate {
            rotation.open_gate();
        } else {
            rotation.apply(&record(&step, 0));
        }
    }
}

#[test]
fn the_whole_order() {
    assert_eq!(
        walk(TokenRotation::new(begun(2, true, false))).join(" "),
        "Create Verify Stage(0) ReadBack(0) Stage(1) ReadBack(1) Check Gate Promote HandOver Switch(0) SwitchRead(0) \
         Switch(1) SwitchRead(1) TryOld TryKeys After MarkCurrent Clear(0) Clear(1) Unseal Finish(Rotated)"
    );
    assert!(walk(TokenRotation::new(begun(1, false, true))).join(" ").starts_with("Adopt Verify Stage(0)"));
}

#[test]
fn what_was_never_answered_is_settled_first() {
    let mut rotation = TokenRotation::new(begun(1, false, false));
    rotation.apply(&Record::Creating { at: at(1), server: Some(at(1)) });
    assert_eq!(rotation.next(at(1), false), Step::Recover);
    rotation.apply(&Record::Settled { at: at(2) });
    assert_eq!(rotation.next(at(2), false), Step::Create);
    assert_eq!(rotation.asked(), [(at(1), Some(at(1)))]);
    until(&mut rotation, &Step::Promote);
    rotation.apply(&Record::Promoting { at: at(3) });
    assert_eq!(rotation.next(at(3), false), Step::Settle);
    // Also on the way back: what the sinks are to hold depends on it.
    rotation.apply(&Record::Back { at: at(4), why: Why::Rollback });
    assert_eq!(rotation.next(at(4), false), Step::Settle);
    let mut kept = rotation.clone();
    kept.apply(&Record::NotPromoted { at: at(5) });
    assert_eq!(walk(kept).join(" "), "Unstage(0) Delete Unseal Finish(RolledBack)");
    rotation.apply(&Record::Promoted { at: at(5), answered: false });
    assert_eq!(rotation.next(at(5), false), Step::HandOver);
    assert_eq!(rotation.back(), None);
}

/// What was done for the promote is done again, and the way back is open.
#[test]
fn a_promote_that_was_none_after_all() {
    let mut rotation = TokenRotation::new(begun(2, true, false));
    until(&mut rotation, &Step::Wait(at(60)));
    rotation.apply(&Record::StillSecondary { at: at(1) });
    assert_eq!(
        walk(rotation.clone()).join(" "),
        "Stage(0) ReadBack(0) Stage(1) ReadBack(1) Check Promote HandOver Switch(0) SwitchRead(0) Switch(1) SwitchRead(1) \
         TryOld TryKeys After MarkCurrent Clear(0) Clear(1) Unseal Finish(Rotated)"
    );
    rotation.apply(&Record::Back { at: at(2), why: Why::Rollback });
    assert_eq!(walk(rotation).join(" "), "Unstage(0) Unstage(1) Delete Unseal Finish(RolledBack)");
}

#[test]
fn the_gate_is_shut_for_every_run() {
    let mut rotation = TokenRotation::new(begun(1, true, false));
    until(&mut rotation, &Step::Gate);
    assert!(rotation.is_staged());
    rotation.open_gate();
    assert_eq!(rotation.next(at(0), false), Step::Promote);
    let mut records = vec![Record::Begun(begun(1, true, false))];
    let mut again = TokenRotation::new(begun(1, true, false));
    while again.next(at(0), false) != Step::Gate {
        let done = record(&again.next(at(0), false), 0);
        again.apply(&done);
        records.push(done);
    }
    assert_eq!(TokenRotation::replay(&records).unwrap().next(at(0), false), Step::Gate);
}

#[test]
fn a_sink_that_joins_after_the_promote_is_switched_at_once() {
    let mut rotation = TokenRotation::new(begun(1, false, false));
    until(&mut rotation, &Step::MarkCurrent);
    rotation.apply(&record(&Step::MarkCurrent, 0));
    rotation.apply(&Record::SinkAdded { at: at(50), sink: "env:/late".into() });
    assert_eq!(
        walk(rotation).join(" "),
        "Switch(1) SwitchRead(1) MarkCurrent Clear(0) Clear(1) Unseal Finish(Rotated)"
    );
}

fn any_record() -> impl Strategy<Value = Record> {
    let sink = || 0usize..3;
    let step = prop_oneof![
        Just(Step::Recover),
        Just(Step::Create),
        Just(Step::Verify),
        sink().prop_map(Step::Stage),
        sink().prop_map(Step::ReadBack),
        Just(Step::Check),
        Just(Step::Promote),
        Just(Step::HandOver),
        sink().prop_map(Step::Switch),
        sink().prop_map(Step::SwitchRead),
        Just(Step::TryOld),
        Just(Step::TryKeys),
        Just(Step::After),
        Just(Step::MarkCurrent),
        sink().prop_map(Step::Clear),
        sink().prop_map(Step::Unstage),
    ];
    prop_oneof![
        12 => (step, 0i64..200).prop_map(|(step, second)| record(&step, second)),
        1 => Just(Record::Creating { at: at(0), server: None }),
        1 => Just(Record::Promoting { at: at(0) }),
        1 => Just(Record::NotPromoted { at: at(0) }),
        1 => Just(Record::StillSecondary { at: at(0) }),
        1 => Just(Record::Lost { at: at(0) }),
        1 => Just(Record::Deleting { at: at(0) }),
        1 => Just(Record::Back { at: at(0), why: Why::Rollback }),
        1 => Just(Record::SinkAdded { at: at(0), sink: "env:/late".into() }),
    ]
}

proptest! {
    /// Whatever a journal says, and wherever it is cut off, the rotation ends; the old token is never put at stake
    /// before every sink holds both, nor taken out before every sink has the new one; and the secondary is never deleted
    /// once it may be the primary, nor while a sink may hold it.
    #[test]
    fn every_prefix_of_every_journal_is_a_legal_start(
        records in prop::collection::vec(any_record(), 0..24),
        hooks: bool, adopted: bool, open: bool, cut in 0usize..24, second in 0i64..300,
    ) {
        let mut rotation = TokenRotation::new(begun(2, hooks, adopted));
        records.iter().take(cut).for_each(|record| rotation.apply(record));
        if open {
            rotation.open_gate();
        }
        let places = rotation.places().to_vec();
        match rotation.next(at(second), false) {
            Step::Promote => {
                prop_assert!(open && rotation.is_staged() && rotation.back().is_none());
                prop_assert!(places.iter().all(|place| place.staged && place.read_back));
            }
            Step::Switch(_) => prop_assert!(rotation.promoted().is_some()),
            Step::Clear(_) => {
                prop_assert!(rotation.promoted().is_some());
                prop_assert!(places.iter().all(|place| place.switched && place.switch_read));
                prop_assert!(rotation.current().is_some_and(|current| at(second) >= current.clear_at));
            }
            Step::Delete => {
                prop_assert!(rotation.back().is_some() && rotation.promoted().is_none() && !rotation.is_promoting());
                prop_assert!(!rotation.is_published() || places.iter().all(|place| place.unstaged));
            }
            Step::Unstage(_) => prop_assert!(rotation.promoted().is_none() && !rotation.is_promoting()),
            Step::Create | Step::Adopt => prop_assert!(rotation.new_token().is_none()),
            _ => {}
        }
        let once = walk(rotation.clone());
        prop_assert!(once.last().is_some_and(|last| last.starts_with("Finish")));
        for record in records.iter().take(cut) {
            let mut twice = rotation.clone();
            twice.apply(record);
            twice.apply(record);
            rotation.apply(record);
            prop_assert_eq!(twice.phase(), rotation.phase());
        }
    }
}
