//! TW320: The file is UTF-16, has bytes that are not UTF-8, or a NUL.

use super::*;

pub(super) struct BadEncoding;

static META: Meta = Meta {
    code: "TW320",
    name: "bad-encoding",
    severity: Severity::Error,
    when: When::Default,
    summary: "The file is UTF-16, has bytes that are not UTF-8, or a NUL.",
    why: "Several readers refuse the whole file for one such byte, even in a comment; deno warns, loads nothing and runs on.",
    mend: "Save it as UTF-8.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for BadEncoding {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        // UTF-16 has NULs and is no UTF-8; one finding says it all.
        let problem = file.problems().first();
        problem
            .map(|problem| {
                let construct = if problem.kind == ProblemKind::NotUtf8 { Construct::NotUtf8 } else { Construct::Nul };
                let bytes = file.bytes();
                let start = match problem.kind {
                    ProblemKind::Utf16 => 0,
                    ProblemKind::Nul => bytes.iter().position(|byte| *byte == 0).unwrap_or(0),
                    ProblemKind::NotUtf8 => std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to()),
                };
                let span = Span { start, end: (start + 1).min(bytes.len()) };
                written(Finding::new(&META, problem.kind.to_string()).at(span), &[construct])
            })
            .into_iter()
            .collect()
    }
}
