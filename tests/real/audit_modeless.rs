//! `twcred audit` on a file system where chmod says it was done and does nothing: NTFS, mounted with ntfs-3g.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lab::{Lab, bits, chmod, is_root, state};
use crate::support::{Tools, run, skipped};

/// A file system in a file, gone from the tree with the test.
struct Mounted<'t> {
    tools: &'t Tools,
    at: PathBuf,
}

impl<'t> Mounted<'t> {
    /// None, which is noted, where this is not allowed.
    fn new(tools: &'t Tools, lab: &Lab, options: &str) -> Option<Self> {
        let (image, at) = (lab.beside("image"), lab.beside("mounted"));
        std::fs::File::create(&image).unwrap().set_len(4 << 20).unwrap();
        std::fs::create_dir_all(&at).unwrap();
        run(tools.on_path("mkntfs").args(["-F", "-q"]).arg(&image), "").succeeded("mkntfs");
        let ran = run(tools.on_path("ntfs-3g").args(["-o", options]).arg(&image).arg(&at), "");
        if !ran.status.success() {
            skipped("a file system without modes", &format!("cannot be mounted here: {}", ran.stderr.trim()));
            return None;
        }
        Some(Self { tools, at })
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let unmount = |how: &[&str]| self.tools.on_path("umount").args(how).arg(&self.at).status();
        if !unmount(&[]).is_ok_and(|status| status.success()) {
            let _ = unmount(&["-l"]);
        }
    }
}

fn tools() -> Option<Tools> {
    let tools = Tools::with_programs(&["mkntfs", "ntfs-3g"])?;
    if !is_root() {
        skipped("a file system without modes", "needs root, who may mount it");
        return None;
    }
    Some(tools)
}

fn file(at: &Path, text: &str) -> PathBuf {
    let path = at.join("repos.env");
    std::fs::write(&path, text).unwrap();
    path
}

/// As it is mounted by default: everybody is let in, and the kernel leaves all checks to a program.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_file_system_without_modes_is_told_in_one_finding() {
    let Some(tools) = tools() else { return };
    for lab in Lab::each() {
        let Some(mounted) = Mounted::new(&tools, &lab, "allow_other,silent") else { return };
        let file = file(&mounted.at, "A=1\n");
        // The premise: chmod is believed, and does nothing.
        chmod(&file, 0o600);
        assert_eq!(bits(&file), 0o777);
        let path = file.to_str().unwrap();
        let messages = lab.messages(&[path, "--select", "TW1"]);
        assert_eq!(messages, ["TW115 warning: fuse does not enforce modes, so that they say nothing here"]);
        let before = state(&file);
        let ran = lab.run(&["audit", path, "--select", "TW1", "--fix", "--unsafe-fixes"]);
        assert!(ran.code == Some(0) && !ran.out.contains("mended") && ran.out.contains("TW115"), "{ran:?}");
        assert_eq!(state(&file), before);
    }
}

/// Mounted so that nothing tells it from one that keeps modes: the mode is read again after the chmod, and the report
/// says what is true.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_chmod_that_does_nothing_is_not_believed() {
    let Some(tools) = tools() else { return };
    for options in ["no_def_opts,silent", "no_def_opts,silent,default_permissions"] {
        let lab = Lab::root();
        let Some(mounted) = Mounted::new(&tools, &lab, options) else { return };
        let file = file(&mounted.at, "A=1\n");
        assert!(Command::new("chmod").arg("600").arg(&file).status().unwrap().success(), "chmod says it was done");
        assert_eq!(bits(&file), 0o777);
        let path = file.to_str().unwrap();
        let (found, code) = lab.found(&[path, "--select", "TW101,TW102,TW103,TW115"]);
        assert_eq!((found.len(), code), (3, Some(3)), "{found:?}");
        let before = state(&file);
        let ran = lab.run(&["audit", path, "--select", "TW101,TW115", "--fix"]);
        let warning = format!(
            "warning: TW101: cannot close the file to others: the mode of {path} stays 0777: its file system does not keep modes\n"
        );
        assert_eq!(ran.err, warning, "{options}");
        assert!(ran.out.contains("TW101 not mended: close the file to others"), "{ran:?}");
        assert!(ran.out.contains("TW115") && !ran.out.contains("TW101 mended"), "{ran:?}");
        assert_eq!(state(&file), before);
    }
}

/// Mounted so that it keeps modes, the same file system is like any other.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_file_system_that_keeps_modes_is_believed() {
    let Some(tools) = tools() else { return };
    let lab = Lab::root();
    let Some(mounted) = Mounted::new(&tools, &lab, "permissions") else { return };
    let file = file(&mounted.at, "A='x'\n");
    chmod(&file, 0o644);
    let path = file.to_str().unwrap();
    let ran = lab.run(&["audit", path, "--select", "TW101,TW102,TW115,TW305", "--fix"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert_eq!((std::fs::read_to_string(&file).unwrap().as_str(), bits(&file)), ("A=x\n", 0o600));
}
