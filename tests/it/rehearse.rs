//! `twcred rehearse`: the user's own rotation, killed at every step, on a copy.

use insta::assert_snapshot;

use crate::support::evidence::Evidence;
use crate::support::{World, key_sid, repos, secret};

fn world() -> World {
    let world = World::new();
    let temp = world.path("tmp");
    std::fs::create_dir(&temp).unwrap();
    world.env("TMPDIR", temp.to_str().unwrap()).env("TWCRED_API_URL", "")
}

#[test]
fn on_a_sample() {
    let world = world();
    let before = Evidence::of(&world);
    let ran = world.run(&["rehearse"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(Evidence::of(&world), before);
    assert!(world.sandbox.exchanges().is_empty());
    assert_snapshot!(ran, @r"
    exit: 0
    --- stdout
    killed at                                                                  on disk then           the next run                               exit  live  lost  bytes
    nowhere                                                                    old pair, no journal   made the key and finished                     0     1     0      0
    fetch a key, before Twilio acts                                            old pair, no journal   made the key and finished                     0     1     0      0
    fetch a key, after Twilio acted                                            old pair, no journal   made the key and finished                     0     1     0      0
    verify a pair, before Twilio acts                                          old pair, no journal   made the key and finished                     0     1     0      0
    verify a pair, after Twilio acted                                          old pair, no journal   made the key and finished                     0     1     0      0
    ask the old key's kind, before Twilio acts                                 old pair, no journal   made the key and finished                     0     1     0      0
    ask the old key's kind, after Twilio acted                                 old pair, no journal   made the key and finished                     0     1     0      0
    create the key, before Twilio acts                                         old pair, creating     cleared an orphan, made another, finished     0     1     0      0
    create the key, after Twilio acted                                         old pair, creating     cleared an orphan, made another, finished     0     1     0      0
    verify a pair, before Twilio acts                                          old pair, verifying    finished                                      0     1     0      0
    verify a pair, after Twilio acted                                          old pair, verifying    finished                                      0     1     0      0
    verify a pair, before Twilio acts                                          new pair, publishing   finished                                      0     1     0      0
    verify a pair, after Twilio acted                                          new pair, publishing   finished                                      0     1     0      0
    verify a pair, before Twilio acts                                          new pair, in-grace     finished                                      0     1     0      0
    verify a pair, after Twilio acted                                          new pair, in-grace     finished                                      0     1     0      0
    revoke the key, before Twilio acts                                         new pair, in-grace     finished                                      0     1     0      0
    revoke the key, after Twilio acted                                         new pair, in-grace     finished                                      0     1     0      0
    rename the key, before Twilio acts                                         new pair, cleaning-up  finished                                      0     1     0      0
    rename the key, after Twilio acted                                         new pair, cleaning-up  finished                                      0     1     0      0
    list the keys, before Twilio acts                                          new pair, cleaning-up  finished                                      0     1     0      0
    list the keys, after Twilio acted                                          new pair, cleaning-up  finished                                      0     1     0      0
    journal, before: create a standard key                                     old pair, begun        made the key and finished                     0     1     0      0
    journal, before: compare the new key's type and policy with the old one's  old pair, verifying    finished                                      0     1     0      0
    journal, before: verify the new pair                                       old pair, verifying    finished                                      0     1     0      0
    journal, before: write the file                                            old pair, publishing   finished                                      0     1     0      0
    journal, before: read the file back and verify what it holds               new pair, publishing   finished                                      0     1     0      0
    journal, before: mark the new pair current                                 new pair, publishing   finished                                      0     1     0      0
    journal, before: revoke the old key                                        new pair, in-grace     finished                                      0     1     0      0
    journal, before: take the rotation's id out of the new key's name          new pair, cleaning-up  finished                                      0     1     0      0
    journal, before: look for stray keys of this rotation                      new pair, cleaning-up  finished                                      0     1     0      0
    journal, before: delete the sealed secret                                  new pair, cleaning-up  finished                                      0     1     0      0
    journal, before: close the journal                                         new pair, cleaning-up  finished                                      0     1     0      0

    Rehearsed on a sample: killed 31 times, run again 31 times.
    Lost secrets: 0. Bytes changed beyond the pair: 0. Attempts in which the promise broke: 0.
    ");
}

#[test]
fn on_a_file_of_ones_own() {
    let world = world();
    world.file("repos.env", &repos());
    let before = Evidence::of(&world);
    let ran = world.run(&["rehearse", "repos.env", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(Evidence::of(&world), before);
    assert!(world.sandbox.exchanges().is_empty(), "the real account was asked");
    let told: serde_json::Value = serde_json::from_str(&ran.raw_out).unwrap();
    assert_eq!((&told["schema"], &told["broken"]), (&"twcred.rehearsal/v1".into(), &0.into()));
    let attempts = told["attempts"].as_array().unwrap();
    assert_eq!(Some(attempts.len() as u64), told["kills"].as_u64().map(|kills| kills + 1));
    assert!(attempts.len() > 30, "{}", attempts.len());
    for attempt in attempts {
        assert_eq!(attempt["exit"], 0, "{attempt}");
        assert_eq!((&attempt["lost_secrets"], &attempt["bytes_changed"]), (&0.into(), &0.into()), "{attempt}");
        assert_eq!(attempt["live_keys"], 1, "{attempt}");
    }
    assert!(!ran.raw_out.contains(&secret('1')) && !ran.raw_err.contains(&secret('1')));
    assert_eq!(std::fs::read_dir(world.path("tmp")).unwrap().count(), 0, "what it made is gone");
}

#[test]
fn what_cannot_be_rehearsed() {
    let world = world();
    assert_snapshot!(world.refused(&["rehearse", "gone.env"]), @r"
    exit: 2
    --- stderr
    error: cannot rehearse
      because: gone.env does not exist
    hint: look at the path; one that does not start with / is taken from the current folder
    ");
    world.file("repos.env", "OTHER=1\n");
    assert_snapshot!(world.refused(&["rehearse", "repos.env"]), @r"
    exit: 2
    --- stderr
    error: repos.env holds no API key pair to rotate
    hint: name a file with TWILIO_ACCOUNT_SID, TWILIO_API_KEY and TWILIO_API_SECRET in it
    ");
    world.file("repos.env", &repos().replace("TWILIO_ACCOUNT_SID", "#"));
    assert_snapshot!(world.refused(&["rehearse", "repos.env"]), @r"
    exit: 2
    --- stderr
    error: no account stands beside TWILIO_API_KEY
    hint: add TWILIO_ACCOUNT_SID to the file, or give --account AC…
    ");
    world.file("repos.env", &repos().replace("TWILIO_API_SECRET", "#"));
    assert_snapshot!(world.refused(&["rehearse", "repos.env"]), @r"
    exit: 2
    --- stderr
    error: cannot rehearse repos.env
      because: line 5, TWILIO_API_KEY: the secret that belongs to it is missing
    hint: put the missing half beside it, or take this line out: a credential is whole or not there
    ");
    world.file("repos.env", &repos());
    assert_snapshot!(world.refused(&["rehearse", "repos.env", "--var", "BAR_TWILIO_API_KEY"]), @r"
    exit: 2
    --- stderr
    error: repos.env has no pair whose SID stands in BAR_TWILIO_API_KEY
    hint: leave --var out to rehearse every pair of the file
    ");
    assert!(world.read("repos.env").contains(key_sid('1').as_str()));
}
