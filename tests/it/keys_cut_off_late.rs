//! Creates whose answer was lost, and which may be carried out still.

use insta::assert_snapshot;
use twcred::sandbox::Moment;

use crate::keys_cut_off::{CREATE, PATIENCE, keys, start};
use crate::support::{World, account_sid};

/// Every journal of a create is as much older.
fn hours_pass(world: &World, hours: i64) {
    for entry in std::fs::read_dir(world.state_dir().join("creates")).unwrap() {
        let path = entry.unwrap().path();
        let mut text = std::fs::read_to_string(&path).unwrap();
        let at = text.split("\"at\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let moment: twcred::model::time::Timestamp = at.parse().unwrap();
        let older = moment.checked_sub(jiff::SignedDuration::from_hours(hours)).unwrap();
        text = text.replace(&at, &older.to_string());
        std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
    }
}

#[test]
fn a_lost_create_that_arrives_late_is_found_by_its_journal() {
    let world = World::new().with_token();
    world.sandbox.hold(1, Moment::Before);
    let mut run = start(&world, CREATE);
    assert!(world.sandbox.wait_held(PATIENCE).is_some());
    run.kill().unwrap();
    run.wait().unwrap();
    let resumed = world.run(&["rotation", "resume"]);
    assert_eq!(resumed.code, Some(0), "{resumed}");
    assert!(resumed.out.contains("no key of it has appeared; one still may until"), "{resumed}");
    assert_eq!(world.creates().len(), 1);
    world.settle();
    assert_eq!(keys(&world, &account_sid('a')).len(), 1, "it has arrived");
    assert_eq!(world.run(CREATE).code, Some(0));
    assert_eq!(keys(&world, &account_sid('a')).remove(0).0, "ci");
    assert_eq!((keys(&world, &account_sid('a')).len(), world.creates().len()), (1, 0));
}

#[test]
fn an_answer_that_was_lost_keeps_its_journal_for_an_hour() {
    let world = World::new().with_token();
    world.sandbox.add_fault("drop-before=POST /v1/Keys@1".parse().unwrap());
    let ran = world.run(CREATE);
    assert_snapshot!(ran, @r"
    exit: 75
    --- stderr
    error: no key has appeared
      because: the answer to the create was lost
      because: a key may have been created: TWILIO ended the connection during POST /v1/Keys: connection closed before message completed
    hint: check the network, HTTPS_PROXY, and --region and --edge; then run the same command again
    hint: should one appear late, the next `keys create` for this account revokes it, and so does: twcred rotation resume create.id  1
    ");
    hours_pass(&world, 2);
    assert_eq!(world.run(&["keys", "create", "other", "--reveal"]).code, Some(0));
    assert_eq!(world.creates(), [""; 0]);
}
