//! The file of known findings.

use std::path::Path;

use super::report::Report;
use crate::audit::Baseline;
use crate::audit::baseline::render;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::store::file;

pub(super) fn read(path: &Path) -> Result<Baseline, Failure> {
    let cannot = |why: String| Failure::usage(format!("cannot use the baseline {}: {why}", path.display()));
    let snapshot = file::read(path).map_err(|error| Failure::from(error).with_exit(Exit::Usage))?;
    let text = std::str::from_utf8(snapshot.bytes()).map_err(|_| cannot("it is no text".into()))?;
    Baseline::parse(text)
        .map_err(|error| cannot(error.to_string()).hint(format!("--write-baseline {} writes it anew", path.display())))
}

/// Writes every finding of the report, which then has none that is not known. Says how many.
pub(super) fn write(path: &Path, report: &mut Report) -> Result<usize, Failure> {
    let known = report
        .files
        .iter()
        .flat_map(|file| file.report.findings.iter().map(|finding| (file.relative.as_str(), finding)));
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
