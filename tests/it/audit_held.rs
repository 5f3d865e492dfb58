//! What `twcred audit --fix` leaves alone, because a secret, a value or a variable would go with it; and that the exit code
//! tells of each fix that was not made.

use std::os::unix::fs::symlink;

use crate::support::{Ran, World, key_sid, secret};

fn mend(world: &World, more: &[&str]) -> Ran {
    world.run(&[&["audit", "repos.env", "--ignore", "TW207,TW405,TW410,TW503", "--fix"], more].concat())
}

/// What the file holds after it was mended, and what it was mended with.
fn mended(text: &str, more: &[&str]) -> (String, Ran) {
    let world = World::new();
    world.private("repos.env", text);
    let ran = mend(&world, more);
    (world.read("repos.env"), ran)
}

/// A token that is held nowhere else, and one more.
fn tokens() -> [String; 2] {
    ["5e3d07ab1c9f4826".repeat(2), "91c04be7d2a8f635".repeat(2)]
}

#[test]
fn a_secret_in_a_comment_goes_only_where_its_line_says_nothing_else() {
    let [token, other] = tokens();
    let key = key_sid('7');
    let held = format!("TWILIO_AUTH_TOKEN={token}\nexport DB_PASSWORD='{other}'\n");
    for stays in [
        format!("# now {token}, rollback: {key} with secret {}, keep till May", secret('7')),
        format!("# old TWILIO_AUTH_TOKEN={token} keep"),
        format!("# {token} {other}"),
        format!("# TWILIO_AUTH_TOKEN={token} # until May"),
        format!("# {token}\u{a0}"),
        // Of what, only this says.
        format!("# SHOP_TOKEN={token}"),
        format!("# TWILIO_AUTH_TOKEN={token}{token}"),
        // Nowhere else at all.
        format!("# TWILIO_AUTH_TOKEN={}", "7b1e5c90ad42f386".repeat(2)),
        format!("# TWILIO_API_SECRET={}", secret('7')),
    ] {
        let text = format!("{held}{stays}\n");
        let (after, ran) = mended(&text, &["--unsafe-fixes", "--select", "TW505"]);
        assert_eq!(after, text, "{ran}");
        assert!(ran.code == Some(3) && ran.raw_out.contains("TW505"), "{ran}");
    }
    for goes in [
        format!("# TWILIO_AUTH_TOKEN={token}"),
        format!("#TWILIO_AUTH_TOKEN: \"{token}\"\t"),
        format!("## export DB_PASSWORD = '{other}'"),
        format!("# {token}"),
        format!("# '{other}'"),
    ] {
        let (after, ran) = mended(&format!("{held}{goes}\n"), &["--unsafe-fixes", "--select", "TW505"]);
        assert_eq!((after, ran.code), (held.clone(), Some(0)), "{goes}");
        let (after, _) = mended(&format!("{held}{goes}\n"), &["--select", "TW505"]);
        assert_eq!(after, format!("{held}{goes}\n"));
    }
    // Where readers differ on the value that is held, nobody can say that the comment repeats it.
    let text = format!("TWILIO_AUTH_TOKEN={token} x\n# {token}\n");
    assert_eq!(mended(&text, &["--unsafe-fixes", "--select", "TW505"]).0, text);
}

#[test]
fn a_comment_that_ignores_nothing_stays_if_it_may_hold_a_secret() {
    let [token, _] = tokens();
    for reason in [format!("was {token}"), "password hunter2".to_owned(), "key=abc".to_owned()] {
        let text = format!("# twcred: ignore[TW305] {reason}\nA=1\n");
        let (after, ran) = mended(&text, &["--unsafe-fixes"]);
        assert!(after == text && ran.raw_out.contains("TW509"), "{ran}");
    }
    for rule in ["pw=s3cr3t-9x", "hunter2", "TW305, hunter2"] {
        let text = format!("# twcred: ignore[{rule}] of the shop\nA=1\n");
        assert_eq!(mended(&text, &["--unsafe-fixes"]).0, text, "{rule}");
    }
    let more = &["--unsafe-fixes"];
    assert_eq!(mended("# twcred: ignore[TW305] docker is not used\nA=1\n", more).0, "A=1\n");
    assert_eq!(mended("# twcred: ignore[TW999] of old\nA=1\n", more).0, "A=1\n");
}

#[test]
fn what_a_comment_behind_a_value_asks_to_keep_stays() {
    let (after, _) = mended("A='x' # twcred: ignore[TW305] the old loader needs quotes\n", &[]);
    assert_eq!(after, "# twcred: ignore[TW305] the old loader needs quotes\nA='x'\n");
    let (after, _) = mended("B='y'\nA='x' # twcred: ignore-file[TW305] the old loader needs quotes\n", &[]);
    assert_eq!(after, "B='y'\n# twcred: ignore-file[TW305] the old loader needs quotes\nA='x'\n");
}

/// It is a line of the value, or what a shell runs.
#[test]
fn a_comment_that_ignores_nothing_stays_within_a_quote() {
    for text in [
        "MOTD=it's\n# twcred: ignore[TW305] x\nMOTD2=it's\n",
        "A=`~\n# twcred: ignore[TW305] x\nB=`\n",
        "A=x\\\n# twcred: ignore[TW305] x\nB=1\n",
    ] {
        let (after, ran) = mended(text, &["--unsafe-fixes"]);
        assert_eq!(after, text, "{ran}");
    }
}

#[test]
fn quotes_stay_before_blanks_that_stay() {
    for text in
        ["DB_PASSWORD='s3cr3t-of-the-shop-1'\t\nDB_HOST=x\n", "B=\"2\"\t \n", "B='2' \nC=3\n", "B='2'\t# c\nC=3\n"]
    {
        let (after, ran) = mended(text, &["--select", "TW305"]);
        assert_eq!(after, text, "{ran}");
    }
    // Where the blanks go, the quotes do too; where the comment does, its blanks do.
    assert_eq!(mended("TWILIO_REGION='ie1'\t\n", &[]).0, "TWILIO_REGION=ie1\n");
    assert_eq!(mended("B='2'\t# c\n", &[]).0, "# c\nB=2\n");
    assert_eq!(mended("B='2' # c\n", &["--select", "TW305"]).0, "B=2 # c\n");
}

#[test]
fn export_stays_where_a_shell_would_run_what_follows() {
    for line in [
        "export NOTE=x touch /tmp/ran",
        "export NOTE= touch",
        "export NOTE =touch",
        "export NOTE='x' touch",
        "export NOTE=x;touch ran",
        "export NOTE=$(touch ran)",
        "export NOTE=\"$(touch ran)\"",
        "export NOTE=`touch ran`",
        "export NOTE=$CMD",
        "export NOTE=it's # it's",
        "export NOTE=x\\ touch",
        "export NOTE=\"x\\\" touch",
        "export NOTE='x\\' touch ran '",
        "export NOTE+=x",
    ] {
        let (after, ran) = mended(&format!("{line}\n"), &["--unsafe-fixes", "--select", "TW304"]);
        assert_eq!(after, format!("{line}\n"), "{ran}");
        assert!(ran.raw_out.contains("TW304"), "{ran}");
    }
    for (line, bare) in [
        ("export NOTE=x", "NOTE=x"),
        ("export NOTE='x y'", "NOTE='x y'"),
        ("export NOTE=\"x; y\"", "NOTE=\"x; y\""),
        ("export NOTE=x # y", "NOTE=x # y"),
        ("export NOTE=", "NOTE="),
    ] {
        let (after, ran) = mended(&format!("{line}\n"), &["--unsafe-fixes", "--select", "TW304"]);
        assert_eq!(after, format!("{bare}\n"), "{ran}");
    }
}

/// Behind the mark a shell takes the comment for a command, and what looks quoted in it is.
#[test]
fn a_byte_order_mark_stays_where_a_shell_would_lose_a_variable() {
    let [token, _] = tokens();
    for text in [
        format!("\u{feff}# \"open\nA=\"a\"b\"\nTWILIO_AUTH_TOKEN={token}\n"),
        format!("\u{feff}# it's\nB=it's\nTWILIO_AUTH_TOKEN={token}\n"),
        format!("\u{feff}# <<END\nB='\nEND\nTWILIO_AUTH_TOKEN={token}\n"),
        // `export $(grep -v '^#' FILE | xargs)` takes it for a variable.
        format!("\u{feff}# OTHER={token}\nB=1\n"),
        // What else is assigned, a program that refuses the first line takes from the second.
        format!("\u{feff}TWILIO_AUTH_TOKEN={token}\nTWILIO_AUTH_TOKEN=2\n"),
    ] {
        let (after, ran) = mended(&text, &["--select", "TW319"]);
        assert_eq!(after, text, "{ran}");
    }
    assert_eq!(mended("\u{feff}# it's all\nB=1\n", &["--select", "TW319"]).0, "# it's all\nB=1\n");
    assert_eq!(mended("\u{feff}# all: a, b\nB='1 2'\n", &["--select", "TW319"]).0, "# all: a, b\nB='1 2'\n");
}

/// node 20 glues the blanks to the name, and so sees the first only.
#[test]
fn what_decides_between_two_values_stays() {
    for text in [
        "TWILIO_AUTH_TOKEN=a\n  \nTWILIO_AUTH_TOKEN=b\n",
        "TWILIO_AUTH_TOKEN=a\n  # c\nTWILIO_AUTH_TOKEN=b\n",
        "TWILIO_AUTH_TOKEN=a\nTWILIO_AUTH_TOKEN=b",
        "TWILIO_AUTH_TOKEN=a\r\nTWILIO_AUTH_TOKEN='b'\r\n",
    ] {
        let (after, ran) = mended(text, &["--select", "TW318,TW324,TW325"]);
        assert_eq!((after.as_str(), ran.code), (text, Some(1)), "{ran}");
    }
    // Nor is it by what is safe among what is not.
    let text = "TWILIO_AUTH_TOKEN=a\n  \nTWILIO_AUTH_TOKEN=b\n";
    assert_eq!(mended(text, &["--select", "TW324", "--unsafe-fixes"]).0, text);
    assert_eq!(mended("TWILIO_AUTH_TOKEN=a\n  \nB=b\n", &["--select", "TW324"]).0, "TWILIO_AUTH_TOKEN=a\n\nB=b\n");
}

/// node 24 takes the line behind the blank for the value of the token, and sees the second alone.
#[test]
fn the_second_of_two_lines_stays_where_the_first_is_not_seen() {
    let text = "B=1\nTWILIO_AUTH_TOKEN\t=\t\nA=x\nA=x\n";
    let (after, ran) = mended(text, &["--select", "TW401"]);
    assert_eq!((after.as_str(), ran.code), (text, Some(1)), "{ran}");
    let (after, ran) = mended("B=1\nA=x\nA=x\n", &["--select", "TW401"]);
    assert_eq!((after.as_str(), ran.code), ("B=1\nA=x\n", Some(0)), "{ran}");
}

#[test]
fn a_fix_that_was_not_made_shows_in_the_exit_code() {
    // docker's file is a link: nothing is written through it.
    let world = World::new();
    std::fs::create_dir(world.path("app")).unwrap();
    world.file("victim", "x\n");
    world.file("app/Dockerfile", "FROM scratch\nCOPY . .\n");
    symlink(world.path("victim"), world.path("app/.dockerignore")).unwrap();
    world.private("app/.env", "TWILIO_REGION=ie1\n");
    let select = ["audit", "app/.env", "--select", "TW210", "--exit-zero"];
    let ran = world.run(&[&select[..], &["--fix", "--unsafe-fixes"]].concat());
    assert!(ran.raw_out.contains("TW210 not mended"), "{ran}");
    assert_eq!(ran.code, Some(1), "{ran}");
    assert_eq!(world.run(&[&select[..], &["--fix", "--unsafe-fixes", "--json"]].concat()).code, Some(1));
    assert_eq!(world.run(&[&select[..], &["--fix"]].concat()).code, Some(0), "the unsafe one was not asked for");
    // What cannot be proved.
    let (_, ran) = mended("A=x\nA=y \nTWILIO_REGION=ie1 \nTWILIO_REGION=us1\n", &["--select", "TW322"]);
    assert!(ran.raw_out.contains("TW322 not mended") && ran.code == Some(1), "{ran}");
    assert!(ran.raw_err.contains("TW322 was not mended: a variable has two values in the file"), "{ran}");
    // Nothing was left undone: the findings alone decide.
    let (_, ran) = mended("A=x y\nTWILIO_REGION=ie1 \n", &["--select", "TW322,TW309"]);
    assert!(!ran.raw_out.contains("not mended") && ran.code == Some(3), "{ran}");
}

/// A plain audit promises of `--fix` what `--fix` then does, and each gives the reason that is the true one.
#[test]
fn what_fix_would_leave_is_told_before_and_why() {
    for (text, why) in [
        ("X= \nA='x'\n", "the line above has only blanks for a value"),
        ("\u{feff}A='x'\n", "it is in the line of a byte order mark"),
        ("A=x\nA='y'\n", "a variable has two values in the file"),
        ("A=x\r\nB='y'\n", "the carriage returns stay"),
    ] {
        let world = World::new();
        world.private("repos.env", text);
        let plain = world.run(&["audit", "repos.env", "--select", "TW305"]);
        assert!(plain.raw_out.contains(&format!("--fix leaves it: {why}")), "{plain}");
        assert!(!plain.raw_out.contains("does it") && !plain.raw_out.contains("with --fix"), "{plain}");
        let ran = world.run(&["audit", "repos.env", "--select", "TW305", "--fix"]);
        assert!(ran.raw_err.contains(&format!("TW305 was not mended: {why}")) && ran.code == Some(1), "{ran}");
        assert_eq!(world.read("repos.env"), text);
    }
    // Of what is done the audit says so.
    let world = World::new();
    world.private("repos.env", "A='x'\nB=y\n");
    let plain = world.run(&["audit", "repos.env", "--select", "TW305"]);
    assert!(plain.raw_out.contains("--fix does it"), "{plain}");
}

/// The descriptor goes on to mean the file that was replaced: what came out could not be looked at.
#[test]
fn a_file_named_by_a_descriptor_is_left_alone() {
    let world = World::new();
    world.private("repos.env", "A='x'\n");
    for path in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
        let file = std::fs::File::open(world.path("repos.env")).unwrap();
        let mut command = world.command(&["audit", "--fix", path]);
        let ran = world.ran(command.stdin(file).output().unwrap());
        assert!(ran.code == Some(1) && ran.raw_err.contains("named by a descriptor"), "{ran}");
        assert!(ran.raw_err.contains("repos.env`"), "what to type instead: {ran}");
        assert_eq!(world.read("repos.env"), "A='x'\n");
    }
}

/// Another run may be for other readers, with another environment or for another age.
#[test]
fn a_comment_that_silences_what_this_run_hides_is_not_in_vain() {
    for (comment, flags) in [
        ("ignore[TW305] only docker minds", &["--readers", "bash"][..]),
        ("ignore[TW416] the shell has another", &[]),
        ("ignore[TW508] the contract says yearly", &["--max-age", "365d"]),
        ("ignore[TW504] the other copy is encrypted", &["--copies", "."]),
    ] {
        let text = format!("# twcred: {comment}\nTWILIO_REGION='ie1'\n");
        let (after, ran) = mended(&text, &[&["--ignore", "TW305"][..], flags].concat());
        assert_eq!(after, text, "{ran}");
        assert!(!ran.raw_out.contains("TW509"), "{ran}");
    }
    let text = "# twcred: ignore[TW305] only docker minds\nTWILIO_REGION='ie1'\n";
    let (after, ran) = mended(text, &["--readers", "bash"]);
    assert_eq!(after, text, "{ran}");
}
