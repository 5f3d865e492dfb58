//! The order, and that every prefix of every journal is a legal start.

use proptest::prelude::*;

use super::*;
use crate::model::{AccountSid, KeyKind, RotationId};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn sid(digit: char) -> KeySid {
    KeySid::parse(&format!("SK{}", digit.to_string().repeat(32))).unwrap()
}

fn begun(sinks: usize, hooks: bool) -> Begun {
    Begun {
        id: RotationId::new([7; 6]),
        at: at(0),
        endpoint: "api.twilio.com".into(),
        account: AccountSid::parse(&format!("AC{}", "0".repeat(32))).unwrap(),
        old: sid('0'),
        name: None,
        kind: KeyKind::Standard,
        new_kind: KeyKind::Standard,
        policy: None,
        sinks: (0..sinks).map(|n| format!("env:/{n}")).collect(),
        grace: 100,
        check: hooks.then(|| "true".into()),
        after: hooks.then(|| "true".into()),
        signer: None,
    }
}

/// The record that a step which succeeds leaves.
fn record(step: &Step, second: i64) -> Record {
    let at = at(second);
    match step {
        Step::Recover => Record::Settled { at },
        Step::Create => Record::Sealed { at, sid: sid('1'), under: None },
        Step::Inspect => Record::Inspected { at },
        Step::Verify => Record::Verified { at },
        Step::Publish(sink) => Record::Published { at, sink: *sink },
        Step::ReadBack(sink) => Record::ReadBack { at, sink: *sink, readable: true },
        Step::Check => Record::Checked { at },
        Step::MarkCurrent => Record::Current { at, retire_at: super::tests::at(second + 100) },
        Step::After => Record::AfterRan { at },
        Step::Retire => Record::Revoked { at },
        Step::Rename => Record::Renamed { at },
        Step::Restore(sink) => Record::Restored { at, sink: *sink },
        Step::RevokeNew => Record::NewRevoked { at },
        Step::Sweep => Record::Swept { at },
        Step::Unseal => Record::Unsealed { at },
        Step::Finish(outcome) => Record::Finished { at, outcome: *outcome },
        Step::Wait(_) | Step::Done => unreachable!("leaves no record"),
    }
}

/// The names of all steps from here to the end, the clock moving on when there is nothing but waiting.
fn walk(mut rotation: Rotation) -> Vec<String> {
    let (mut steps, mut second) = (Vec::new(), 0);
    loop {
        let step = rotation.next(at(second), false);
        match step {
            Step::Done => return steps,
            Step::Wait(until) => second = until.as_second(),
            _ => {
                if step == Step::Create {
                    rotation.apply(&Record::Creating { at: at(second) });
                }
                rotation.apply(&record(&step, second));
                steps.push(format!("{step:?}"));
            }
        }
        assert!(steps.len() < 60, "it goes round in circles: {steps:?}");
    }
}

#[test]
fn the_whole_order() {
    let steps = walk(Rotation::new(begun(2, true))).join(" ");
    assert_eq!(
        steps,
        "Create Inspect Verify Publish(0) ReadBack(0) Publish(1) ReadBack(1) Check MarkCurrent After Retire Rename \
         Sweep Unseal Finish(Rotated)"
    );
}

#[test]
fn a_create_without_an_answer_is_settled_before_another_is_sent() {
    let mut rotation = Rotation::new(begun(1, false));
    rotation.apply(&Record::Creating { at: at(1) });
    assert_eq!(rotation.next(at(1), false), Step::Recover);
    rotation.apply(&Record::Settled { at: at(2) });
    assert_eq!(rotation.next(at(2), false), Step::Create);
}

#[test]
fn a_rollback_in_grace_restores_every_sink_and_revokes_the_new_key() {
    let mut rotation = Rotation::new(begun(2, false));
    rotation.apply(&Record::Creating { at: at(0) });
    while !matches!(rotation.next(at(0), false), Step::Wait(_)) {
        let step = rotation.next(at(0), false);
        rotation.apply(&record(&step, 0));
    }
    rotation.apply(&Record::Back { at: at(1), why: Why::Rollback });
    assert_eq!(walk(rotation).join(" "), "Restore(0) Restore(1) RevokeNew Sweep Unseal Finish(RolledBack)");
}

#[test]
fn a_key_that_authorises_the_run_is_revoked_last_of_all() {
    let mut rotation = Rotation::new(begun(1, false));
    rotation.signed_by(Some(&sid('0')));
    let steps = walk(rotation.clone()).join(" ");
    assert!(steps.ends_with("MarkCurrent Rename Sweep Retire Unseal Finish(Rotated)"), "{steps}");
    rotation.apply(&Record::Creating { at: at(0) });
    rotation.apply(&Record::Sealed { at: at(0), sid: sid('1'), under: None });
    rotation.apply(&Record::Back { at: at(1), why: Why::Rollback });
    rotation.signed_by(Some(&sid('1')));
    assert_eq!(walk(rotation).join(" "), "Sweep RevokeNew Unseal Finish(RolledBack)");
}

#[test]
fn a_sink_that_joins_late_gets_its_own_grace() {
    let mut rotation = Rotation::new(begun(1, true));
    rotation.apply(&Record::Creating { at: at(0) });
    while !matches!(rotation.next(at(0), false), Step::Wait(_)) {
        let step = rotation.next(at(0), false);
        rotation.apply(&record(&step, 0));
    }
    rotation.apply(&Record::SinkAdded { at: at(50), sink: "env:/late".into() });
    let steps = walk(rotation);
    assert_eq!(steps[..5].join(" "), "Publish(1) ReadBack(1) Check MarkCurrent After");
}

fn any_record() -> impl Strategy<Value = Record> {
    let step = prop_oneof![
        Just(Step::Recover),
        Just(Step::Create),
        Just(Step::Inspect),
        Just(Step::Verify),
        (0usize..3).prop_map(Step::Publish),
        (0usize..3).prop_map(Step::ReadBack),
        Just(Step::Check),
        Just(Step::MarkCurrent),
        Just(Step::After),
        (0usize..3).prop_map(Step::Restore),
        Just(Step::Sweep),
    ];
    prop_oneof![
        8 => (step, 0i64..200).prop_map(|(step, second)| record(&step, second)),
        1 => Just(Record::Creating { at: at(0) }),
        1 => Just(Record::Back { at: at(0), why: Why::Rollback }),
        1 => Just(Record::SinkAdded { at: at(0), sink: "env:/late".into() }),
    ]
}

proptest! {
    /// Whatever a journal says, and wherever it is cut off, the rotation ends, and no key is revoked that a sink
    /// was not seen to have been relieved of.
    #[test]
    fn every_prefix_of_every_journal_is_a_legal_start(
        records in prop::collection::vec(any_record(), 0..24), hooks: bool, cut in 0usize..24, second in 0i64..300,
    ) {
        let mut rotation = Rotation::new(begun(2, hooks));
        records.iter().take(cut).for_each(|record| rotation.apply(record));
        match rotation.next(at(second), false) {
            Step::Retire => {
                prop_assert!(rotation.places().iter().all(|place| place.published && place.read_back));
                prop_assert!(rotation.current().is_some_and(|current| at(second) >= current.retire_at));
                prop_assert!(rotation.back().is_none());
            }
            Step::RevokeNew => {
                prop_assert!(rotation.back().is_some());
                prop_assert!(!rotation.is_published() || rotation.places().iter().all(|place| place.restored));
            }
            Step::Create => prop_assert!(rotation.new_key().is_none()),
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

/// Of two sinks, verified and with none written yet.
fn verified() -> Rotation {
    let mut rotation = Rotation::new(begun(2, false));
    for record in [Record::Sealed { at: at(0), sid: sid('1'), under: None }, Record::Verified { at: at(0) }] {
        rotation.apply(&record);
    }
    rotation
}

#[test]
fn a_sink_was_told_nothing_before_its_turn() {
    let mut rotation = verified();
    assert!(rotation.may_have_been_told(0) && !rotation.may_have_been_told(1));
    let mut left_out = rotation.clone();
    left_out.apply(&Record::SinkDropped { at: at(1), sink: 1 });
    rotation.apply(&Record::Published { at: at(1), sink: 0 });
    rotation.apply(&Record::ReadBack { at: at(1), sink: 0, readable: true });
    assert!(rotation.may_have_been_told(1));
    left_out.apply(&Record::Published { at: at(2), sink: 0 });
    left_out.apply(&Record::ReadBack { at: at(2), sink: 0, readable: true });
    assert!(!left_out.may_have_been_told(1), "it was left out before");
}

#[test]
fn what_joins_on_the_way_back_is_owed_the_old_pair_until_it_has_it() {
    let mut rotation = verified();
    rotation.apply(&Record::Back { at: at(1), why: Why::Rollback });
    rotation.apply(&Record::Restored { at: at(1), sink: 0 });
    rotation.apply(&Record::Restored { at: at(1), sink: 1 });
    rotation.apply(&Record::NewRevoked { at: at(1) });
    rotation.apply(&Record::SinkAdded { at: at(2), sink: "env:/2".into() });
    assert_eq!(rotation.next(at(2), false), Step::Restore(2));
    assert!(rotation.places()[2].owed);
    rotation.apply(&Record::GivenBack { at: at(3), sink: 2 });
    assert_ne!(rotation.next(at(3), false), Step::Restore(2));
}

#[test]
fn what_was_left_out_stays_out_on_the_way_forward_again() {
    let mut rotation = verified();
    rotation.apply(&Record::Back { at: at(1), why: Why::Rollback });
    rotation.apply(&Record::Restored { at: at(1), sink: 0 });
    rotation.apply(&Record::SinkDropped { at: at(2), sink: 0 });
    rotation.apply(&Record::Forward { at: at(3) });
    assert!(rotation.places()[0].dropped);
}
