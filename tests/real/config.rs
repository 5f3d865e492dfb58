//! The schema of `twcred.toml`, in the hands of a validator and a TOML reader that are not ours.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::{Tools, run};

/// Files, and whether they are right. What only the program can know (two targets that fight, a grace that does not fit)
/// is not of the schema.
const FILES: &[(&str, bool, &str)] = &[
    ("empty", true, ""),
    (
        "whole",
        true,
        "[defaults]\nmax-age = \"90d\"\ngrace = \"1w 2d\"\nenv-file = \"~/repos.env\"\ncheck = \"x\"\nsuppress-email = true\n[targets.shop]\nvariables = [\"SHOP_TWILIO_API_KEY\"]\nsinks = [\"json:/a.json#/x\", \"exec:put\", \"env:~/b.env\"]\naccount = \"AC00000000000000000000000000000000\"\nallow-downgrade = false\n[targets.token]\nkind = \"auth-token\"\npropagation = \"0\"\nprevious-suffix = \"_OLD\"\n",
    ),
    ("every", true, "[targets.\"a.b\"]\nenv-file = \"/a\"\nvariables = [\"*\"]\n"),
    ("no-such-table", false, "[target.shop]\nenv-file = \"/a\"\n"),
    ("no-such-field", false, "[targets.shop]\nenvfile = \"/a\"\n"),
    ("not-of-defaults", false, "[defaults]\nvariables = [\"A_TWILIO_API_KEY\"]\n"),
    ("a-number", false, "[targets.shop]\nenv-file = \"/a\"\nmax-age = 90\n"),
    ("no-unit", false, "[targets.shop]\nenv-file = \"/a\"\nmax-age = \"90\"\n"),
    ("relative", false, "[targets.shop]\nenv-file = \"a.env\"\n"),
    ("no-such-kind", false, "[targets.shop]\nenv-file = \"/a\"\nkind = \"key\"\n"),
    ("no-such-sink", false, "[targets.shop]\nenv-file = \"/a\"\nsinks = [\"ftp:/x\"]\n"),
    ("of-a-token", false, "[targets.shop]\nenv-file = \"/a\"\npropagation = \"60s\"\n"),
    ("of-a-key", false, "[targets.shop]\nenv-file = \"/a\"\nkind = \"auth-token\"\ngrace = \"1h\"\n"),
    ("no-account", false, "[targets.shop]\nenv-file = \"/a\"\naccount = \"SK00000000000000000000000000000000\"\n"),
    ("empty-list", false, "[targets.shop]\nenv-file = \"/a\"\nsinks = []\n"),
    ("no-place", false, "[defaults]\nmax-age = \"90d\"\n[targets.shop]\ngrace = \"1h\"\n"),
    ("no-file-for-variables", false, "[targets.shop]\nprofile = \"a\"\nvariables = [\"A_TWILIO_API_KEY\"]\n"),
    ("profile-or-sink", true, "[targets.a]\nprofile = \"a\"\n[targets.b]\nsinks = [\"json:/a.json\", \"exec:put\"]\n"),
    ("two-for-a-token", false, "[targets.a]\nkind = \"auth-token\"\nprofile = \"a\"\nenv-file = \"/a\"\n"),
    ("one-for-a-token", true, "[defaults]\nenv-file = \"/a\"\n[targets.a]\nkind = \"auth-token\"\nprofile = \"a\"\n"),
    ("half-a-day", false, "[targets.a]\nenv-file = \"/a\"\nmax-age = \"1.5d\"\n"),
    ("half-a-week", false, "[targets.a]\nenv-file = \"/a\"\nmax-age = \"1.5 weeks\"\n"),
    ("a-month", false, "[targets.a]\nenv-file = \"/a\"\nmax-age = \"1mo\"\n"),
    ("a-year", false, "[targets.a]\nenv-file = \"/a\"\nmax-age = \"1 year\"\n"),
    ("half-an-hour", true, "[targets.a]\nenv-file = \"/a\"\nmax-age = \"2d 12.5h\"\ngrace = \"1day 1 minute\"\n"),
    ("a-space", false, "[targets.\"a b\"]\nenv-file = \"/a\"\n"),
];

fn write(path: &Path, text: &str) {
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.unwrap().write_all(text.as_bytes()).unwrap();
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn the_schema_and_the_program_agree() {
    let Some(tools) = Tools::with_python() else { return };
    let home = tempfile::tempdir().unwrap();
    let twcred = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twcred"));
        command.env_clear().env("HOME", home.path()).current_dir(home.path()).args(args);
        run(&mut command, "")
    };
    twcred(&["init"]).succeeded("init");
    let written = home.path().join(".config/twcred");
    let mut check = tools.python("config_schema.py");
    check.arg(written.join("twcred.schema.json")).arg(written.join("twcred.toml"));
    for (name, _, text) in FILES {
        let path = home.path().join(format!("{name}.toml"));
        write(&path, text);
        check.arg(path);
    }
    let checked = run(&mut check, "");
    checked.succeeded("config_schema.py");
    let mut lines = checked.stdout.lines();
    assert_eq!(lines.next(), Some("twcred.toml ok"), "the sample");
    for ((name, right, _), line) in FILES.iter().zip(lines) {
        assert_eq!(line == format!("{name}.toml ok"), *right, "{line}");
        let config = format!("{name}.toml");
        let said = twcred(&["sink", "list", "--config", &config]);
        assert_eq!(said.status.success(), *right, "{name}: {}", said.stderr);
    }
}
