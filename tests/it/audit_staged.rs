//! `twcred audit --live`: the Auth Tokens of a rotation beside the one in force.

use serde_json::Value;
use twcred::cli::context::clock;
use twcred::model::Secret;
use twcred::sandbox::{Fault, SecondaryToken, Stored};

use crate::support::{World, account_sid, token};

fn other() -> String {
    "5e3d07ab1c9f4826".repeat(2)
}

fn dead() -> String {
    "0f9a3c7be15d2486".repeat(2)
}

/// An account with a secondary token.
fn world() -> World {
    World::with(|state| {
        let secondary = SecondaryToken { token: Stored::new(Secret::new(other())), created: clock() };
        state.account_mut(&account_sid('a')).unwrap().secondary = Some(secondary);
    })
}

/// Every finding, as code, severity and variable, and the exit code.
fn live(world: &World, text: &str) -> (Vec<String>, Option<i32>) {
    let path = world.path("repos.env");
    if path.exists() {
        crate::support::remove(&path);
    }
    world.private("repos.env", text);
    let ran = world.run(&["audit", "repos.env", "--require-live", "--select", "TW6", "--ignore", "TW611", "--json"]);
    assert!(!ran.raw_out.contains(&other()) && !ran.raw_out.contains(&dead()), "{ran}");
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap_or_else(|_| panic!("{ran}"));
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let found = json["files"][0]["findings"].as_array().unwrap().iter();
    let found = found.map(|f| format!("{} {} {}", text(&f["code"]), text(&f["severity"]), text(&f["variable"])));
    (found.collect(), ran.code)
}

fn in_force() -> String {
    format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\n", account_sid('a'), token())
}

#[test]
fn every_token_of_a_rotation_is_tried() {
    let world = world();
    let nothing: Vec<String> = Vec::new();
    let text = in_force();
    assert_eq!(live(&world, &format!("{text}TWILIO_AUTH_TOKEN_SECONDARY={}\n", other())), (nothing.clone(), Some(0)));
    for (line, found) in [
        (format!("TWILIO_AUTH_TOKEN_SECONDARY={}", dead()), "TW601 warning TWILIO_AUTH_TOKEN_SECONDARY"),
        (format!("TWILIO_AUTH_TOKEN_PREVIOUS={}", dead()), "TW601 info TWILIO_AUTH_TOKEN_PREVIOUS"),
        (format!("TWILIO_AUTH_TOKEN_PREVIOUS={}", other()), "TW607 info TWILIO_AUTH_TOKEN_PREVIOUS"),
        (format!("A_TWILIO_AUTH_TOKEN_SECONDARY={}", dead()), "TW601 warning A_TWILIO_AUTH_TOKEN_SECONDARY"),
    ] {
        assert_eq!(live(&world, &format!("{text}{line}\n")), (vec![found.to_owned()], Some(0)), "{line}");
    }
    for line in ["TWILIO_AUTH_TOKEN_PREVIOUS=changeme", "TWILIO_AUTH_TOKEN_SECONDARY=changeme"] {
        assert_eq!(live(&world, &format!("{text}{line}\n")), (nothing.clone(), Some(0)), "{line}");
    }
    // The same value twice is one question, about the one in force.
    let same = format!("{text}TWILIO_AUTH_TOKEN_PREVIOUS={}\n", token());
    assert_eq!(live(&world, &same), (nothing, Some(0)));
}

#[test]
fn a_token_that_cannot_be_tried_is_told() {
    let world = world();
    let untold = |text: &str, stage: &str| {
        let (found, code) = live(&world, text);
        let variable = format!("TWILIO_AUTH_TOKEN_{stage}");
        assert_eq!((found, code), (vec![format!("TW610 info {variable}")], Some(75)), "{text}");
    };
    for stage in ["SECONDARY", "PREVIOUS"] {
        untold(&format!("TWILIO_AUTH_TOKEN_{stage}={}\n", other()), stage);
        untold(&format!("{}TWILIO_AUTH_TOKEN_{stage}='{}'$x\n", in_force(), other()), stage);
        untold(&format!("{}TWILIO_AUTH_TOKEN_{stage}: {}\n", in_force(), other()), stage);
    }
    // The one in force needs its account as much, and a project does not borrow that of another.
    let alone = |text: &str, variable: &str| {
        let told = vec![format!("TW610 info {variable}")];
        assert_eq!(live(&world, text), (told, Some(75)), "{text}");
    };
    alone(&format!("TWILIO_AUTH_TOKEN={}\n", dead()), "TWILIO_AUTH_TOKEN");
    alone(&format!("AUTH_TOKEN={}\n", dead()), "AUTH_TOKEN");
    let account = account_sid('a');
    alone(&format!("A_TWILIO_ACCOUNT_SID={account}\nB_TWILIO_AUTH_TOKEN={}\n", dead()), "B_TWILIO_AUTH_TOKEN");
    alone(&format!("TWILIO_AUTH_TOKEN={}\nA_TWILIO_REGION=us1\nB_TWILIO_EDGE=\n", dead()), "TWILIO_AUTH_TOKEN");
    let text = format!("TWILIO_AUTH_TOKEN={}\n", dead());
    for name in ["TWILIO_AUTH_TOKEN", "AUTH_TOKEN", "TWILIO_AUTH_TOKEN_SECONDARY"] {
        assert_eq!(live(&world, &format!("{name}=changeme\n")), (vec![], Some(0)), "{name}");
    }
    world.private("alone.env", &text);
    let ran = world.run(&["audit", "alone.env", "--live", "--select", "TW6"]);
    assert_eq!(ran.code, Some(0), "nothing was required: {ran}");
    let why = "cannot tell whether it works: the Account SID that belongs to it is missing";
    assert!(ran.out.contains(why), "{ran}");
    let fault: Fault = "garble:html=*@1x*".parse().unwrap();
    let world = World::served(|_| {}, |options| options.faults = vec![fault]);
    let text = format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN_PREVIOUS={}\n", account_sid('a'), other());
    assert_eq!(live(&world, &text), (vec!["TW610 info TWILIO_AUTH_TOKEN_PREVIOUS".to_owned()], Some(75)));
}
