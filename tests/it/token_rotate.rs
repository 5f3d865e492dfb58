//! `twcred token` as its users run it.

use insta::assert_snapshot;

use crate::support::{World, repos};

const FILE: &[&str] = &["--env-file", "repos.env"];

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world
}

fn token<'a>(verb: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["token", verb][..], FILE, more].concat()
}

#[test]
fn in_one_run() {
    let world = world();
    assert_snapshot!(world.run(&token("rotate", &["--yes", "--propagation", "1s"])), @"");
    assert_snapshot!(world.run(&token("status", &[])), @"");
}

#[test]
fn create_promote_and_delete() {
    let world = world();
    assert_snapshot!(world.run(&token("create", &[])), @"");
    assert_snapshot!(world.run(&token("status", &[])), @"");
    assert_snapshot!(world.run(&token("delete", &["--yes"])), @"");
    assert_snapshot!(world.run(&token("create", &[])), @"");
    assert_snapshot!(world.run(&token("promote", &["--yes", "--propagation", "0"])), @"");
}
