//! `twcred audit` of several files, one of which is named by what another holds.

use crate::support::{Ran, World};

fn token() -> String {
    "5e3d07ab1c9f4826".repeat(2)
}

fn nowhere(ran: &Ran) {
    assert!(!ran.raw_out.contains(&token()) && !ran.raw_err.contains(&token()), "{ran}");
}

#[test]
fn no_path_shows_what_another_file_of_the_run_holds() {
    let world = World::new();
    std::fs::create_dir(world.path("app")).unwrap();
    world.private("app/a.env", &format!("TWILIO_AUTH_TOKEN={}\n", token()));
    let named = format!("app/{}.env", token());
    world.private(&named, "A='x'\nB=$(y)\n");
    for format in ["human", "json", "sarif", "github"] {
        for more in [&[][..], &["--copies", "app"]] {
            let ran = world.run(&[&["audit", "app", "--format", format], more].concat());
            nowhere(&ran);
            // SARIF names files by URLs.
            assert!(ran.raw_out.replace("%2A", "*").contains("***.env"), "{ran}");
        }
    }
    nowhere(&world.run(&["audit", "app", "--diff"]));
    assert!(world.run(&["audit", "app"]).raw_err.contains("holds the value of TWILIO_AUTH_TOKEN"));
    // What is known under the veil is known the next time.
    nowhere(&world.run(&["audit", "app", "--write-baseline", "known"]));
    assert!(!world.read("known").contains(&token()), "{}", world.read("known"));
    let again = world.run(&["audit", "app", "--baseline", "known"]);
    assert!(again.code == Some(0) && again.raw_out.contains("nothing found"), "{again}");
    nowhere(&world.run(&["audit", "app", "--fix"]));
    assert_eq!(world.read(&named), "A=x\nB=$(y)\n");
    // Standard input holds secrets, too; and what cannot be read has a name.
    let line = format!("TWILIO_AUTH_TOKEN={}\n", token());
    nowhere(&world.run_with(&["audit", "--stdin", &named], &line));
    nowhere(&world.run(&["audit", "app/a.env", &format!("app/{}-gone.env", token())]));
}

/// What a comment says is looked for nowhere, and yet no path shows it.
#[test]
fn no_path_shows_what_a_comment_of_another_sort_says() {
    let world = World::new();
    std::fs::create_dir(world.path("app")).unwrap();
    let named = format!("app/{}.env", token());
    for name in ["app/a.env", &named] {
        world.private(name, "");
    }
    for line in ["// token: {}", "; the token {} of May", ";TWILIO_AUTH_TOKEN={}", "//{}"] {
        world.file("app/a.env", &format!("{}\nA=1\n", line.replace("{}", &token())));
        world.file(&named, "A='x'\nB=$(y)\n");
        for format in ["human", "json", "sarif", "github"] {
            nowhere(&world.run(&["audit", "app", "--format", format, "--copies", "app"]));
        }
        nowhere(&world.run(&["audit", "app", "--diff"]));
    }
}

#[test]
fn no_folder_of_a_run_shows_it_either() {
    let world = World::new();
    let dir = format!("d-{}", token());
    std::fs::create_dir(world.path(&dir)).unwrap();
    world.private("a.env", &format!("TWILIO_AUTH_TOKEN={}\n", token()));
    let other = format!("{dir}/x.env");
    world.private(&other, "DB_PASSWORD=of-the-shop-and-long-enough\n");
    world.private(&format!("{dir}/y.txt"), "of-the-shop-and-long-enough\n");
    for format in ["human", "json", "sarif", "github"] {
        let ran = world.run(&["audit", "--format", format, "--copies", &dir, "a.env", &other]);
        nowhere(&ran);
        assert!(ran.raw_out.replace("%2A", "*").contains("d-***"), "{ran}");
    }
    std::fs::create_dir(world.path(&format!("{dir}/empty"))).unwrap();
    nowhere(&world.run(&["audit", "a.env", &format!("{dir}/empty")]));
    nowhere(&world.run(&["audit", "a.env", "--copies", &format!("{dir}/gone")]));
}
