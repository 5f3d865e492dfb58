//! `twcred audit` on what stands around the file: packages and scripts that give it away.

#![expect(clippy::disallowed_methods, reason = "a test makes the folders it needs")]

use insta::assert_snapshot;

use crate::support::{Ran, World, remove};

fn found(world: &World, code: &str) -> Ran {
    world.run(&["audit", "app/repos.env", "--select", code, "--fail-on", "info"])
}

fn project() -> World {
    let world = World::new();
    std::fs::create_dir(world.path("app")).unwrap();
    world.private("app/repos.env", "OTHER=x\n");
    world
}

#[test]
fn a_package_that_would_publish_the_file_is_told() {
    let world = project();
    assert_eq!(found(&world, "TW211").code, Some(0), "there is no package");
    world.file("app/package.json", "{\"name\": \"app\", \"version\": \"1.0.0\"}\n");
    let ran = found(&world, "TW211");
    assert_snapshot!(ran, @r"
    exit: 3
    --- stdout
    warning[TW211]: npm pack takes it along
    --> ~/app/package.json
     = why: npm knows nothing of a `.gitignore` above the package, cargo and Python's builders nothing of `.npmignore`: what one leaves out another publishes, for good.
     = help: Move the file out of the package; or name what is to be packed (`files`, `include`), or mark the package as private.

    1 file audited: found 1 warning
    ");
    let plain = world.run(&["audit", "app/repos.env", "--json"]);
    assert!(!plain.raw_out.contains("TW211"), "it is asked for by name or with --pedantic: {plain}");
    let pedantic = world.run(&["audit", "app/repos.env", "--json", "--pedantic"]);
    assert!(pedantic.raw_out.contains("TW211"), "{pedantic}");
    world.file("app/.npmignore", "repos.env\n");
    assert_eq!(found(&world, "TW211").code, Some(0), "it is left out");
    remove(&world.path("app/.npmignore"));
    world.file("app/package.json", "{\"name\": \"app\", \"version\": \"1.0.0\", \"private\": true}\n");
    assert_eq!(found(&world, "TW211").code, Some(0), "it is never published");
}

#[test]
fn a_script_that_gives_the_values_away_is_told() {
    let world = project();
    world.file("app/run.sh", "set -a; . ./repos.env; set +a\n");
    assert_eq!(found(&world, "TW507").code, Some(0), "that is the right way");
    world.file("app/run.sh", "#!/bin/sh\nexport $(cat repos.env | xargs)\n");
    std::fs::create_dir(world.path("app/bin")).unwrap();
    world.file("app/bin/start", "#!/bin/sh\nsource repos.env\n");
    world.file("app/bin/notes", "source repos.env\n");
    let ran = found(&world, "TW507");
    assert_snapshot!(ran, @r"
    exit: 3
    --- stdout
    warning[TW507]: this line looks for the file on the search path first
    --> ~/app/bin/start:2:8
     = why: `export $(xargs < FILE)` puts every value into the arguments of a program, which all users see, and where it fails `export` prints the whole environment. `source FILE` without a slash looks on the search path first, and may run another file.
     = help: Write `set -a; . ./FILE; set +a`.

    warning[TW507]: this line makes arguments of the values
    --> ~/app/run.sh:2:14

    1 file audited: found 2 warnings
    ");
    let plain = world.run(&["audit", "app/repos.env", "--json"]);
    assert!(!plain.raw_out.contains("TW507"), "it is asked for by name or with --pedantic: {plain}");
}
