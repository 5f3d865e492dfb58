//! The file of profiles and the stores of their secrets, where they are not as they should be.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use crate::profiles::{BOOK, add_key, add_token, change, entry, world};
use crate::support::{account_sid, key_sid, secret};

#[test]
fn a_file_of_profiles_that_makes_no_sense_is_named_by_line_and_column() {
    let world = world();
    add_key(&world, "acme", '1');
    add_token(&world, "admin");
    let good = world.read(BOOK);
    let line = |what: &str| good[..good.find(what).unwrap()].matches('\n').count() + 1;
    let cases = [
        (good.replace("[profile.admin]", "[profile.acme]"), line("[profile.admin]"), "duplicate key"),
        (good.replacen("fingerprint", "fingerprints", 1), line("fingerprint"), "unknown field `fingerprints`"),
        (format!("secret = \"{}\"\n{good}", secret('1')), 1, "unknown field `secret`"),
        (good.replacen("store = \"file\"", "store = \"kernel\"", 1), line("store = "), "there is no such store"),
        (good.replacen("active = \"acme\"", "active = \"acne\"", 1), line("active = "), "there is no profile `acne`"),
    ];
    for (text, line, why) in cases {
        change(&world.path(BOOK), |_| text);
        for args in
            [&["profile", "list"][..], &["whoami"], &["profile", "use", "acme"], &["keys", "list", "-p", "acme"]]
        {
            let ran = world.refused(args);
            assert_eq!(ran.code, Some(2), "{ran}");
            assert!(ran.err.contains(&format!("profiles.toml, line {line}, column ")), "{line}: {ran}");
            assert!(ran.err.contains(why), "{why}: {ran}");
        }
    }
    change(&world.path(BOOK), |_| good);
    std::fs::File::open(world.path(BOOK)).unwrap().set_permissions(std::fs::Permissions::from_mode(0o606)).unwrap();
    assert_snapshot!(world.refused(&["profile", "list"]), @r"
    exit: 2
    --- stderr
    error: ~/.config/twcred/profiles.toml can be written by others (mode 0606)
    hint: chmod 600 ~/.config/twcred/profiles.toml
    ");
}

#[test]
fn an_entry_that_is_half_written_or_gone_is_told_and_mended() {
    let world = world();
    add_key(&world, "acme", '1');
    let path = entry(&world, "acme");
    let text = world.read(path.strip_prefix(world.home.path()).unwrap().to_str().unwrap());
    change(&path, |text| text[..text.len() - 20].to_owned());
    assert_snapshot!(world.refused(&["whoami"]), @r"
    exit: 2
    --- stderr
    error: the secret of the profile `acme` cannot be used (~/.config/twcred/secrets/acme.entry.json): it is not what twcred writes, or only a part of it
    hint: give it its secret again: twcred profile add acme --replace
    ");
    let ran = world.refused(&["profile", "show", "acme"]);
    assert!(ran.code == Some(2) && ran.out.starts_with("profile    acme") && ran.err.contains("only a part"), "{ran}");
    change(&path, |_| text.replace(key_sid('1').as_str(), key_sid('2').as_str()));
    let ran = world.refused(&["whoami"]);
    assert!(ran.err.contains("it holds another credential than the profile's"), "{ran}");
    crate::support::remove(&path);
    assert_snapshot!(world.refused(&["whoami"]), @r"
    exit: 2
    --- stderr
    error: the secret of the profile `acme` is gone: there is no ~/.config/twcred/secrets/acme.entry.json
    hint: give it its secret again: twcred profile add acme --replace
    ");
    let (account, sid) = (account_sid('a'), key_sid('1'));
    let mend = ["profile", "add", "acme", "--replace", "--account", account.as_str(), "--sid", sid.as_str()];
    assert_eq!(world.run_with(&mend, &secret('1')).code, Some(0));
    assert_eq!(world.run(&["whoami"]).code, Some(0));
}

#[test]
fn a_store_of_another_machine_is_no_guess() {
    let world = world();
    add_key(&world, "acme", '1');
    change(&world.path(BOOK), |text| text.replace("store = \"file\"", "store = \"macos-keychain\""));
    assert_snapshot!(world.refused(&["whoami"]), @r"
    exit: 2
    --- stderr
    error: the secret of the profile `acme` is in the macOS Keychain, which this machine does not have
    hint: use it on the machine where it was added
    hint: or give it its secret here: twcred profile add acme --replace
    ");
    let ran = world.run(&["profile", "remove", "acme", "--yes"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert_snapshot!(world.run(&["profile", "list"]), @r"
    exit: 0
    --- stdout
    NAME  ACTIVE  ACCOUNT  CREDENTIAL  STORE  GOOD AT
    --- stderr
    warning: since YYYY-MM-DDThh:mm:ssZ the macOS Keychain may hold the entry acme.entry, which no profile is about; the next change of a profile takes it out, or: twcred profile remove acme
    ");
}

/// What is left beside a profile that is good is not taken out by removing the profile.
#[test]
fn of_a_profile_that_is_there_no_removal_is_proposed() {
    let world = world();
    add_key(&world, "acme", '1');
    change(&world.path(BOOK), |text| {
        format!(
            "{text}\n[[leftover]]\nprofile = \"acme\"\nstore = \"macos-keychain\"\nentry = \"acme.0123456789ab\"\n\
             since = \"2026-03-04T10:23:47Z\"\n"
        )
    });
    let ran = world.run(&["profile", "list"]);
    assert!(ran.code == Some(0) && ran.err.contains("the next change of a profile takes it out\n"), "{ran}");
    assert!(!ran.err.contains("remove"), "{ran}");
}

/// To make another the active one is a change of a profile, too.
#[test]
fn what_is_left_in_a_store_goes_when_another_profile_is_used() {
    let world = world();
    add_key(&world, "acme", '1');
    let left = ".config/twcred/secrets/acme.0123456789ab.json";
    let secret = std::fs::read_to_string(entry(&world, "acme")).unwrap();
    let left = world.private(left, &secret);
    change(&world.path(BOOK), |text| {
        format!(
            "{text}\n[[leftover]]\nprofile = \"acme\"\nstore = \"file\"\nentry = \"acme.0123456789ab\"\n\
             since = \"2026-03-04T10:23:47Z\"\n"
        )
    });
    assert_eq!(world.run(&["profile", "use", "acme"]).code, Some(0));
    assert!(!left.exists() && entry(&world, "acme").exists());
    let ran = world.run(&["profile", "list"]);
    assert!(ran.code == Some(0) && ran.err.is_empty(), "{ran}");
}

/// A secret in a file is used only where nobody else can have read it or put it there.
#[test]
fn a_secret_that_others_may_read_or_have_put_there_is_not_used() {
    let world = world();
    add_key(&world, "acme", '1');
    let path = entry(&world, "acme");
    let chmod = |path: &std::path::Path, mode| {
        std::fs::File::open(path).unwrap().set_permissions(std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let refused = |why: &str| {
        let asked = world.sandbox.exchanges().len();
        for args in [&["whoami"][..], &["keys", "rotate", "-p", "acme"], &["profile", "show", "acme"]] {
            let ran = world.refused(args);
            assert!(ran.code == Some(2) && ran.err.contains(why), "{args:?}: {ran}");
        }
        assert_eq!(world.sandbox.exchanges().len(), asked, "it was sent");
    };
    for mode in [0o640, 0o604, 0o620] {
        chmod(&path, mode);
        refused(&format!("is open to others (mode {mode:04o})"));
    }
    assert_snapshot!(world.refused(&["whoami"]), @r"
    exit: 2
    --- stderr
    error: ~/.config/twcred/secrets/acme.entry.json is open to others (mode 0620); it is to hold a secret, and is not used
    hint: chmod go= ~/.config/twcred/secrets/acme.entry.json
    hint: who could read it may have the secret: replace it, with `twcred keys rotate` or `twcred token rotate`
    ");
    chmod(&path, 0o400);
    assert_eq!(world.run(&["whoami"]).code, Some(0), "narrower than it was made");
    chmod(&path, 0o600);
    let folder = path.parent().unwrap().to_owned();
    chmod(&folder, 0o770);
    refused("secrets is open to others (mode 0770)");
    chmod(&folder, 0o700);

    let away = world.path("away.json");
    rustix::fs::rename(&path, &away).unwrap();
    std::os::unix::fs::symlink(&away, &path).unwrap();
    refused("is a symbolic link");
    // Nothing is taken out through it either.
    let ran = world.run(&["profile", "remove", "acme", "--yes"]);
    assert!(ran.code == Some(2) && ran.err.contains("is a symbolic link") && away.exists(), "{ran}");
    crate::support::remove(&path);
    assert_eq!(world.run(&["profile", "remove", "acme"]).code, Some(0));

    add_key(&world, "acme", '1');
    let real = world.path(".config/twcred/real");
    rustix::fs::rename(&folder, &real).unwrap();
    std::os::unix::fs::symlink(&real, &folder).unwrap();
    refused("secrets is a symbolic link");
    crate::support::remove(&folder);
    rustix::fs::rename(&real, &folder).unwrap();
    if rustix::process::geteuid().is_root() {
        let path = entry(&world, "acme");
        std::os::unix::fs::chown(&path, Some(1234), None).unwrap();
        refused("belongs to user 1234");
        std::os::unix::fs::chown(&path, Some(0), None).unwrap();
    } else {
        crate::support::skipped("a secret of another user", "only root can give a file away");
    }
    assert_eq!(world.run(&["whoami"]).code, Some(0));
    // One that others may read is taken out all the same.
    chmod(&entry(&world, "acme"), 0o644);
    let ran = world.run(&["profile", "remove", "acme", "--yes"]);
    assert!(ran.code == Some(0) && std::fs::read_dir(&folder).unwrap().next().is_none(), "{ran}");
}
