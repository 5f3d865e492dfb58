//! The crash campaign: a rotation struck at every system call by which it reaches the file system, then run again.
//!
//! ```text
//! tests/run --campaign --test campaign --test it -- killed --nocapture --test-threads=1
//! ```
//!
//! prints the rows of the table in `docs/rotation.md`. Without `--campaign` fewer second kills are tried.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]
#![allow(clippy::print_stdout, reason = "the rows of the table are what it is run for")]

#[path = "../it/killed_stage.rs"]
#[allow(dead_code, reason = "the other half of its callers is in tests/it")]
mod stage;
#[path = "../it/support/mod.rs"]
#[allow(dead_code, reason = "shared with tests/it, which uses all of it")]
mod support;

mod keyring;
mod strace;
mod sweep;

use crate::stage::beside::{OVER_SHOP, OVER_SHOP_ROLLBACK, TOKEN_OVER_CHILD};
use crate::stage::creates::{CREATE, CREATE_BESIDE};
use crate::stage::runs::{
    TOKEN, TOKEN_ALL, TOKEN_DELETE, TOKEN_DELETE_ELSEWHERE, TOKEN_KEYRING, TOKEN_OVER_KEY, TOKEN_PROFILE,
    TOKEN_PROMOTE, TOKEN_PROMOTE_ELSEWHERE, TOKEN_PROMOTE_RENAMED, TOKEN_RENAMED, TOKEN_RETIRE, TOKEN_ROLLBACK,
    TOKEN_SINKS, TOKEN_UNDONE,
};
use crate::stage::{GRACE, NOW, OWN, RETIRE, ROLLBACK, Scenario, TWO};
use crate::strace::{Blow, Call};
use crate::sweep::{Seconds, doubles, full, singles};

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn a_killed_anywhere_in_one_run() {
    singles(&NOW, "killed", Blow::Kill, |_| true);
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn b_killed_anywhere_before_the_grace() {
    singles(&GRACE, "killed", Blow::Kill, |_| true);
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn c_killed_anywhere_after_the_grace() {
    singles(&RETIRE, "killed", Blow::Kill, |_| true);
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn d_killed_anywhere_with_the_key_as_its_own_authority() {
    singles(&OWN, "killed", Blow::Kill, |_| true);
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn e_killed_anywhere_with_two_sinks() {
    singles(&TWO, "killed", Blow::Kill, |_| true);
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn f_killed_anywhere_in_a_rollback() {
    singles(&ROLLBACK, "killed", Blow::Kill, |_| true);
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn g_killed_again_while_it_recovers() {
    doubles(&NOW, Seconds::Changing);
    let others = if full() { Seconds::Changing } else { Seconds::Sample };
    for scenario in [&GRACE, &RETIRE, &OWN, &TWO, &ROLLBACK] {
        doubles(scenario, others);
    }
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn i_killed_again_at_every_call_whatever_it_does() {
    if full() {
        doubles(&NOW, Seconds::Every);
    }
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn h_not_killed_but_failed_by_the_disk() {
    singles(&NOW, "EIO at the call", Blow::Fail("EIO"), Call::on_file);
    singles(&NOW, "ENOSPC at the call", Blow::Fail("ENOSPC"), Call::writes);
    let lasting = ["fsync", "fdatasync", "renameat", "renameat2", "unlinkat", "mkdirat", "ftruncate"];
    singles(&NOW, "EIO from the call on", Blow::FailFromHere("EIO"), |call| lasting.contains(&call.name.as_str()));
    singles(&OWN, "EIO where it writes", Blow::Fail("EIO"), Call::writes);
    singles(&RETIRE, "EIO where it writes", Blow::Fail("EIO"), Call::writes);
    singles(&ROLLBACK, "EIO where it writes", Blow::Fail("EIO"), Call::writes);
}

/// Every call of a token's rotation, or, without `--campaign`, half of those that change something.
fn token_singles(scenario: &'static Scenario) {
    if full() {
        singles(scenario, "killed", Blow::Kill, |_| true);
    } else {
        changing(scenario, 2);
    }
}

/// The calls of a token's rotation that change something, or, without `--campaign`, one in so many of them.
fn changing(scenario: &'static Scenario, one_in: usize) {
    let counter = std::sync::atomic::AtomicUsize::new(0);
    let what = if full() { "killed where something changes" } else { "killed, a sample" };
    singles(scenario, what, Blow::Kill, |call| {
        call.changes() && (full() || counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed).is_multiple_of(one_in))
    });
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn j_killed_anywhere_in_a_token_rotation() {
    token_singles(&TOKEN);
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn k_killed_anywhere_in_a_token_promote_or_delete() {
    token_singles(&TOKEN_PROMOTE);
    token_singles(&TOKEN_DELETE);
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn l_killed_anywhere_in_a_token_rotation_over_a_keys() {
    token_singles(&TOKEN_OVER_KEY);
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn m_a_token_rotation_killed_again_while_it_recovers() {
    if full() {
        doubles(&TOKEN, Seconds::Changing);
    }
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn n_a_token_rotation_failed_by_the_disk() {
    if full() {
        singles(&TOKEN, "EIO where it writes", Blow::Fail("EIO"), Call::writes);
        singles(&TOKEN, "ENOSPC at the call", Blow::Fail("ENOSPC"), Call::writes);
    }
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn o_a_token_in_several_sinks() {
    if full() {
        token_singles(&TOKEN_SINKS);
    } else {
        changing(&TOKEN_SINKS, 12);
    }
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn p_a_token_under_names_of_the_users_own() {
    changing(&TOKEN_RENAMED, 12);
    changing(&TOKEN_PROMOTE_RENAMED, 12);
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn q_a_token_promoted_or_deleted_from_elsewhere() {
    changing(&TOKEN_PROMOTE_ELSEWHERE, 12);
    changing(&TOKEN_DELETE_ELSEWHERE, 8);
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn r_a_token_in_a_profile() {
    changing(&TOKEN_PROFILE, 12);
}

#[test]
#[ignore = "needs strace and a keyring, which tests/run installs"]
fn s_a_token_in_a_keyring() {
    if keyring::is_there() {
        changing(&TOKEN_KEYRING, 30);
        keyring::at_every_message(&TOKEN_KEYRING);
    }
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn t_tokens_of_several_places_killed_again() {
    if full() {
        doubles(&TOKEN_SINKS, Seconds::Sample);
        doubles(&TOKEN_PROFILE, Seconds::Sample);
    }
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn u_a_token_retired_or_rolled_back_by_its_rotation() {
    changing(&TOKEN_RETIRE, 8);
    changing(&TOKEN_ROLLBACK, 8);
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn v_a_way_back_or_on_of_a_token_killed_again() {
    if full() {
        doubles(&TOKEN_DELETE_ELSEWHERE, Seconds::Sample);
        doubles(&TOKEN_PROMOTE_ELSEWHERE, Seconds::Sample);
        doubles(&TOKEN_UNDONE, Seconds::Sample);
    }
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn w_a_token_of_a_target_or_taken_back() {
    changing(&TOKEN_ALL, 12);
    changing(&TOKEN_UNDONE, 12);
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn x_killed_anywhere_in_a_create() {
    for scenario in [&CREATE, &CREATE_BESIDE] {
        singles(scenario, "killed", Blow::Kill, |_| true);
    }
    if full() {
        doubles(&CREATE, Seconds::Changing);
        doubles(&CREATE_BESIDE, Seconds::Changing);
    }
}

#[test]
#[ignore = "needs strace, which tests/run installs"]
fn y_a_credential_that_authorised_another_open_rotation() {
    for scenario in [&OVER_SHOP, &OVER_SHOP_ROLLBACK, &TOKEN_OVER_CHILD] {
        if full() {
            singles(scenario, "killed", Blow::Kill, |_| true);
        } else {
            changing(scenario, 10);
        }
    }
    if full() {
        doubles(&OVER_SHOP, Seconds::Changing);
        doubles(&TOKEN_OVER_CHILD, Seconds::Sample);
    }
}
