//! A sink that is named on the way back is given the old pair, whatever became of the first run that was to do so.

use std::io::Write as _;

use crate::config_file::set_mode;
use crate::rotation_kept::in_grace;
use crate::support::{World, account_sid, secret};

const ROTATE: &[&str] = &["keys", "rotate", "--env-file", "repos.env"];

/// A rollback that could not revoke the new key.
fn turning() -> World {
    let world = in_grace();
    world.fault("refuse:503=DELETE /v1/Keys/{Sid}");
    assert_eq!(world.run(&["rotation", "rollback", "--yes"]).code, Some(5));
    world.sandbox.clear_faults();
    world
}

/// Killed between the record of the new sink and its write.
#[test]
fn a_sink_that_was_taken_in_and_not_written_is_written_by_the_next_run() {
    for before in [None, Some(format!("TWILIO_ACCOUNT_SID={}\n", account_sid('a')))] {
        for args in [&[ROTATE, &["--to", "env:b.env"]].concat()[..], &["rotation", "resume"]] {
            let world = turning();
            if let Some(text) = &before {
                world.file("b.env", text);
            }
            let sink = format!("env:{}", world.path("b.env").display());
            let record =
                serde_json::json!({"v": 1, "record": "sink-added", "at": "2026-01-01T00:00:00Z", "sink": sink});
            let journal = world.state_dir().join(format!("rotations/{}.jsonl", world.rotations()[0]));
            let mut journal = std::fs::OpenOptions::new().append(true).open(journal).unwrap();
            writeln!(journal, "{record}").unwrap();
            let ran = world.run(args);
            assert_eq!((ran.code, world.open()), (Some(0), 0), "{ran}");
            assert!(world.read("b.env").contains(&secret('1')), "{ran}");
        }
    }
}

const PUT: &str = "#!/bin/sh
cd \"$(dirname \"$0\")\" || exit 1
read -r asked
case $asked in
*'\"load\"'*) if [ -e held ]; then cat held; else echo '{}'; fi ;;
*'\"store\"'*) if [ -e broken ]; then exit 1; fi; echo \"$asked\" | sed 's/.*\\(\"api_key\":\"[^\"]*\"\\).*\\(\"api_secret\":\"[^\"]*\"\\).*/{\\1,\\2}/' > held ;;
esac
";

#[test]
fn a_sink_that_failed_is_written_by_the_next_run() {
    let world = turning();
    set_mode(&world.file("put", PUT), 0o700);
    world.file("broken", "");
    let put = format!("exec:{}", world.path("put").display());
    let line = [ROTATE, &["--to", &put]].concat();
    let ran = world.run(&line);
    assert_eq!(ran.code, Some(5), "{ran}");
    crate::support::remove(&world.path("broken"));
    let ran = world.run(&line);
    assert_eq!((ran.code, world.open()), (Some(0), 0), "{ran}");
    assert!(world.read("held").contains(&secret('1')), "{ran}");
}
