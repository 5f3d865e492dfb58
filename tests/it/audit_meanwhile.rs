//! `twcred audit` of a file that another program takes away or replaces meanwhile.

#![expect(clippy::disallowed_methods, reason = "a test makes the files and modes it needs")]

use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::lab::{Lab, bits, state};

/// Between the reading and the mending (`TW202` asks git): a `git` of the search path takes the file away, or puts another
/// in its place.
#[test]
fn a_file_that_goes_while_it_is_audited_is_not_mended() {
    // Several gits run at once; one of them makes the folder.
    let once = |doing: &str| format!("mkdir ../once 2>/dev/null && {{ {doing}; }}");
    let file = "printf 'NEW=1\\n' > new; chmod 644 new; mv -f new repos.env";
    for (doing, kind) in [
        ("rm repos.env".to_owned(), "gone"),
        (once(file), "another file"),
        (once("printf 'NEW=1\\n' >> repos.env"), "longer"),
        (once("ln -sf victim repos.env"), "a link"),
        (once("rm repos.env; mkfifo repos.env"), "a pipe"),
        (once("rm repos.env; mkdir repos.env"), "a directory"),
    ] {
        for lab in Lab::each() {
            for dir in ["app", "app/.git", "bin"] {
                lab.dir(dir, 0o700);
            }
            lab.file("bin/git", format!("#!/bin/sh\ncd {}\n{doing}\nexit 1\n", lab.at("app").display()), 0o700);
            let victim = lab.file("app/victim", "V='v'\n", 0o644);
            let before = state(&victim);
            let file = lab.file("app/repos.env", "A='x'\n", 0o644);
            let bin = lab.at("bin").display().to_string();
            let lab = lab.env("PATH", &format!("{bin}:/usr/bin:/bin"));
            let ran = lab.run(&["audit", "app/repos.env", "--select", "TW1,TW202,TW305", "--fix"]);
            assert_eq!(ran.code, Some(1), "{kind} {ran:?}");
            let error = ran.err.lines().filter(|line| line.starts_with("error: ")).count();
            assert!(error == 1 && ran.err.contains("\nhint: "), "{kind} {ran:?}");
            assert_eq!(state(&victim), before, "{kind}");
            match kind {
                "gone" => assert!(!file.exists(), "it is not made anew"),
                "another file" => {
                    assert_eq!((std::fs::read_to_string(&file).unwrap().as_str(), bits(&file)), ("NEW=1\n", 0o644));
                }
                "longer" => assert_eq!(std::fs::read_to_string(&file).unwrap(), "A='x'\nNEW=1\n"),
                "a link" => assert!(file.is_symlink()),
                "a pipe" => assert!(!file.is_file() && !file.is_dir()),
                _ => assert!(file.is_dir()),
            }
            let left = std::fs::read_dir(lab.at("app")).unwrap().count();
            assert_eq!(left, if kind == "gone" { 2 } else { 3 }, "nothing is left behind");
        }
    }
}

/// A file that another program moves away and back all the time is audited as it was at some moment, or said to be
/// missing.
#[test]
fn a_file_that_comes_and_goes() {
    let lab = Lab::user();
    let (one, other) = (lab.file("repos.env", "A='x'\n", 0o600), lab.at("other"));
    while_another(
        || {
            let _ = std::fs::rename(&one, &other);
            let _ = std::fs::rename(&other, &one);
        },
        || {
            let ran = lab.run(&["audit", "repos.env", "--select", "TW305", "--fail-on", "warning"]);
            let missing = ["does not exist", "was changed by another program"].iter().any(|why| ran.err.contains(why));
            assert!(ran.code == Some(3) && ran.err.is_empty() || ran.code == Some(1) && missing, "{ran:?}");
        },
    );
}

/// Two files take the name in turn, and both have the fault. What was read of one is never taken for the other's, and no
/// run passes over what both have.
#[test]
fn a_file_that_is_replaced_all_the_time() {
    let lab = Lab::user();
    let (file, next) = (lab.at("repos.env"), lab.at("next"));
    let versions = [lab.file("1", "A=1\n", 0o644), lab.file("2", "A=1\n", 0o644)];
    lab.file("repos.env", "A=1\n", 0o644);
    while_another(
        || {
            for version in &versions {
                let _ = std::fs::hard_link(version, &next);
                let _ = std::fs::rename(&next, &file);
                // A rename of one name of a file over another of it leaves both.
                let _ = std::fs::remove_file(&next);
            }
        },
        || {
            let ran = lab.run(&["audit", "repos.env", "--select", "TW101"]);
            let changed = ran.err.contains("repos.env was changed by another program since it was read");
            assert!(ran.code == Some(3) && ran.err.is_empty() || ran.code == Some(1) && changed, "{ran:?}");
        },
    );
}

/// Does a thing a hundred times while another is done all the time.
fn while_another(other: impl Fn() + Sync, mut thing: impl FnMut()) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                other();
            }
        });
        // Also if the thing panics, or the other thread would go on for ever.
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (0..100).for_each(|_| thing())));
        stop.store(true, Ordering::Relaxed);
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}
