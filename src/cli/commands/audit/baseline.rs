//! The file of known findings.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::report::Report;
use super::trusted;
use crate::audit::Baseline;
use crate::audit::baseline::{BaselineError, render};
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::text::word;
use crate::store::file;

pub(super) fn read(path: &Path) -> Result<Baseline, Failure> {
    let cannot = |why: String| Failure::usage(format!("cannot use the baseline {}: {why}", path.display()));
    let snapshot = trusted::read("baseline", path)?;
    let text = std::str::from_utf8(snapshot.bytes()).map_err(|_| cannot("it is no text".into()))?;
    Baseline::parse(text).map_err(|error| {
        let failure = cannot(error.to_string());
        match error {
            BaselineError::Head => failure.hint("--write-baseline FILE writes one"),
            BaselineError::Line(_) => failure.hint(format!("--write-baseline {} writes it anew", word(path))),
        }
    })
}

/// Sees to it that nothing is lost by writing a baseline there: a secrets file has no second copy.
///
/// # Errors
/// Exit 2, if the path is one of the audited files or a symbolic link, or if something stands there that is no baseline.
pub(super) fn may_write(path: &Path, targets: &[PathBuf]) -> Result<(), Failure> {
    let refuse = |why: &str| {
        Err(Failure::usage(format!("cannot write the baseline to {}: {why}", path.display()))
            .hint("name a new file, or a baseline that is to be written anew"))
    };
    if targets.iter().any(|target| place(target) == place(path)) {
        return refuse("it is one of the files to audit");
    }
    if path.is_symlink() {
        return refuse("it is a symbolic link");
    }
    match file::read(path) {
        Ok(snapshot) if is_ours(snapshot.bytes()) => Ok(()),
        Ok(_) => refuse("something else stands there, which would be lost"),
        Err(file::Error::Missing { .. }) => Ok(()),
        Err(file::Error::Kind { kind, .. }) => refuse(&format!("it is {kind}")),
        Err(error) => Err(Failure::from(error).with_exit(Exit::Usage)),
    }
}

/// Whether every line of it is a baseline's.
fn is_ours(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| Baseline::parse(text).is_ok())
}

/// Where a file is, or will be, without links.
fn place(path: &Path) -> PathBuf {
    let real = |path: &Path| path.canonicalize().ok();
    let made = || {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(real(parent)?.join(path.file_name().unwrap_or(OsStr::new(""))))
    };
    real(path).or_else(made).unwrap_or_else(|| path.to_owned())
}

/// Writes every finding of the report, which then has none that is not known. Says how many.
pub(super) fn write(path: &Path, targets: &[PathBuf], report: &mut Report) -> Result<usize, Failure> {
    let known = report.files.iter().flat_map(|file| {
        file.report.findings.iter().chain(&file.told).map(|finding| (file.relative.as_str(), finding))
    });
    may_write(path, targets)?;
    file::write_public(path, render(known).as_bytes()).doing("cannot write the baseline")?;
    let mut written = 0;
    for file in &mut report.files {
        written += file.report.findings.len();
        file.report.known += file.report.findings.len();
        file.report.findings.clear();
    }
    Ok(written)
}

/// So many findings, in words.
pub(super) fn findings(count: usize) -> String {
    if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") }
}
