//! Which credential counts where there are profiles, and where it is sent.

use insta::assert_snapshot;

use crate::profiles::{add_key, add_token, world};
use crate::support::{env_text, key, key_sid};

#[test]
fn a_flag_comes_first_then_the_environment_then_the_active_profile() {
    let world = world();
    add_key(&world, "acme", '1');
    add_token(&world, "admin");
    world.file("key.env", &env_text(&key('1')));
    let user = |ran: &crate::support::Ran| {
        let line = ran.raw_out.lines().find(|line| line.starts_with("source")).unwrap_or_default().to_owned();
        line.trim_start_matches("source").trim().trim_start_matches("account SID from ").to_owned()
    };
    assert_eq!(user(&world.run(&["whoami"])), "profile acme");
    assert_eq!(user(&world.run(&["whoami", "--profile", "admin"])), "profile admin");
    let world = world.env("TWCRED_PROFILE", "admin");
    assert_eq!(user(&world.run(&["whoami"])), "profile admin");
    assert_eq!(user(&world.run(&["whoami", "-p", "acme"])), "profile acme");
    let world = world.with_token();
    let ran = world.run(&["whoami"]);
    assert_eq!(user(&ran), "environment TWILIO_ACCOUNT_SID");
    assert_snapshot!(ran.err, @r"
    warning: the credential is taken from the environment; the profile `admin` is not used
    ");
    assert!(world.run(&["-q", "whoami"]).err.contains("is not used"));
    let ran = world.run(&["whoami", "-p", "acme"]);
    assert_eq!((user(&ran).as_str(), ran.err.as_str()), ("profile acme", ""));
    let ran = world.run(&["whoami", "--env-file", "key.env"]);
    assert_eq!((user(&ran).as_str(), ran.err.as_str()), ("key.env:1 TWILIO_ACCOUNT_SID", ""));
    assert_snapshot!(world.run(&["whoami", "--env-file", "key.env", "-p", "acme"]), @r"
    exit: 2
    --- stderr
    error: --env-file and --profile each name a credential
    hint: leave one of them out; `keys rotate` and `rotation` take both, the profile to authorise
    ");
    let half = world.env("TWILIO_AUTH_TOKEN", "");
    let half = half.env("TWILIO_API_KEY", key_sid('1').as_str());
    assert_eq!(half.run(&["whoami"]).code, Some(2), "half of one is no reason to take the next");
}

#[test]
fn what_systemd_hands_over_comes_before_the_active_profile() {
    let world = world();
    add_key(&world, "acme", '1');
    world.file("twcred", &env_text(&key('1')));
    let dir = world.home.path().display().to_string();
    let world = world.env("CREDENTIALS_DIRECTORY", &dir);
    let ran = world.run(&["whoami"]);
    assert!(ran.out.contains("key SID from ~/twcred:2 TWILIO_API_KEY"), "{ran}");
    assert!(ran.err.contains("the credential is taken from $CREDENTIALS_DIRECTORY; the profile `acme`"), "{ran}");
}

#[test]
fn a_profile_that_is_named_and_not_there_is_an_error() {
    let world = world();
    add_key(&world, "acme", '1');
    assert_snapshot!(world.refused(&["whoami", "-p", "other"]), @r"
    exit: 2
    --- stderr
    error: there is no profile `other` in ~/.config/twcred/profiles.toml
    hint: `twcred profile list` shows them; make it: twcred profile add other
    ");
    let world = world.env("TWCRED_PROFILE", "no/name");
    assert_snapshot!(world.refused(&["whoami"]), @r"
    exit: 2
    --- stderr
    error: cannot use TWCRED_PROFILE
      because: a profile's name has 1 to 64 letters, digits, dots, underscores and hyphens, and starts with a letter or digit
    ");
}

#[test]
fn a_secret_is_sent_to_no_other_twilio_than_it_was_tried_at() {
    let world = world();
    add_key(&world, "acme", '1');
    let other = world.env("TWCRED_API_URL", "http://127.0.0.1:9");
    let ran = other.refused(&["whoami"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.err.starts_with("error: the profile `acme` is one of TWILIO, and this run asks"), "{ran}");
    let ran = other.refused(&["keys", "rotate", "-p", "acme"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    let before = other.sandbox.exchanges().len();
    let twilio = other.env("TWCRED_API_URL", "");
    let ran = twilio.refused(&["whoami", "--region", "ie1"]);
    assert!(ran.err.contains("and this run asks twilio ie1"), "{ran}");
    assert_eq!(twilio.sandbox.exchanges().len(), before);
}
