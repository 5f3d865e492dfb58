//! Findings that are known and to be left alone.
//!
//! A baseline is a text file, one finding a line, sorted: identity, rule, path and variable or key. There is no line number
//! in it, no time and no hash of a secret, so that branches do not conflict and nothing can be guessed from it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::finding::Finding;
use super::words::escaped;
use crate::model::KeySid;

const HEAD: &str = "# twcred audit baseline, version 1";

/// The identities of known findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline(BTreeSet<String>);

/// Why a text is no baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// The first line is not that of a baseline of a known version.
    #[error("it does not begin as a baseline of version 1 does")]
    Head,
    /// A line has no identity of 16 hexadecimal digits.
    #[error("line {0} is no finding")]
    Line(usize),
}

impl Baseline {
    /// Reads what [`render`] wrote.
    ///
    /// # Errors
    /// Where the text is no baseline.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let mut lines = text.lines().enumerate();
        if lines.next().map(|(_, line)| line) != Some(HEAD) {
            return Err(BaselineError::Head);
        }
        let known = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#')).map(|(at, line)| {
            let identity = line.split(' ').next().unwrap_or_default();
            let plausible = identity.len() == 16 && identity.bytes().all(|byte| byte.is_ascii_hexdigit());
            if plausible { Ok(identity.to_owned()) } else { Err(BaselineError::Line(at + 1)) }
        });
        known.collect::<Result<_, _>>().map(Self)
    }

    /// Whether a finding of this identity is known.
    #[must_use]
    pub fn knows(&self, identity: &str) -> bool {
        self.0.contains(identity)
    }
}

/// The baseline of some findings, each with the path that stands for its file.
#[must_use]
pub fn render<'a>(findings: impl IntoIterator<Item = (&'a str, &'a Finding)>) -> String {
    let lines = findings.into_iter().map(|(path, finding)| {
        let variable = finding.key.as_ref().map(KeySid::as_str).or(finding.variable.as_deref()).unwrap_or("-");
        (path.to_owned(), format!("{} {} {} {variable}", finding.identity(path), finding.rule.code, escaped(path)))
    });
    let lines: BTreeSet<(String, String)> = lines.collect();
    lines.iter().fold(format!("{HEAD}\n"), |mut text, (_, line)| {
        let _ = writeln!(text, "{line}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Facts, Selection, audit};
    use crate::dotenv::EnvFile;

    #[test]
    fn what_is_known_is_left_alone_wherever_it_moves_to() {
        let found = |text: &str, baseline: Option<Baseline>| {
            let selection = Selection { baseline, relative: "x.env".into(), ..Selection::default() };
            audit(&EnvFile::parse(text.as_bytes()), &Facts::default(), &selection)
        };
        let before = found("A='s3cr3t'\n", None);
        let text = render(before.findings.iter().map(|finding| ("x.env", finding)));
        assert!(!text.contains("s3cr3t") && text.lines().count() == 2, "{text}");
        let after = found("# c\n\nA='other'\nB='x'\n", Some(Baseline::parse(&text).unwrap()));
        assert_eq!((after.known, after.findings.len()), (1, 1));
        assert_eq!(after.findings[0].variable.as_deref(), Some("B"));
        assert!(Baseline::parse(&text).is_ok() && Baseline::parse(HEAD).is_ok());
        assert!(Baseline::parse(&format!("{HEAD}0\n")).is_err() && Baseline::parse(&format!("{HEAD}\nA=1\n")).is_err());
        assert_eq!(Baseline::parse("x"), Err(BaselineError::Head));
        assert_eq!(Baseline::parse(&format!("{HEAD}\nnope")), Err(BaselineError::Line(2)));
    }
}
