//! What `twcred audit --format sarif` says, against the schema of SARIF 2.1.0.

use std::process::{Command, Stdio};

use crate::support::Tools;

/// `sarif-2.1.0.json` is the schema as OASIS published it.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn sarif_follows_its_schema() {
    let Some(tools) = Tools::with_python() else { return };
    let home = tempfile::tempdir().unwrap();
    let text = "\u{feff}A=\"x\" # c\r\nB: 1\nC=$(x)\nTWILIO_API_KEY=SK1\n\u{1b}D=\u{202e}\nA=y ";
    std::fs::write(home.path().join("a b%.env"), text).unwrap();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/python/sarif-2.1.0.json");
    for args in [&["."][..], &[".", "--pedantic"], &[".", "gone.env"], &[".", "--select", "TW328"], &["-"]] {
        let mut audit = Command::new(env!("CARGO_BIN_EXE_twcred"));
        audit.env_clear().env("HOME", home.path()).current_dir(home.path()).stdin(Stdio::null());
        let document = audit.args(["audit", "--format", "sarif"]).args(args).output().unwrap().stdout;
        let path = home.path().join("result.sarif");
        std::fs::write(&path, document).unwrap();
        let checked = tools.python("sarif.py").arg(schema).arg(path).output().unwrap();
        assert!(checked.status.success(), "{args:?}: {}", String::from_utf8_lossy(&checked.stdout));
    }
}
