//! TW320: The file is UTF-16 or UTF-32, has bytes that are not UTF-8, or a NUL.

use super::{
    Action, Construct, EnvFile, Facts, Finding, Fix, FixKind, Meta, ProblemKind, Rule, Safety, Severity, Span, When,
    utf8, written,
};

pub(super) struct BadEncoding;

static META: Meta = Meta {
    code: "TW320",
    name: "bad-encoding",
    severity: Severity::Error,
    when: When::Default,
    summary: "The file is UTF-16 or UTF-32, has bytes that are not UTF-8, or a NUL.",
    why: "Several readers refuse the whole file for one such byte, even in a comment; deno warns, loads nothing and runs on.",
    mend: "Save it as UTF-8.",
    fix: FixKind::Unsafe,
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
                let unmarked = problem.kind == ProblemKind::Nul && unmarked_utf16(bytes);
                let start = match problem.kind {
                    ProblemKind::Utf16 => 0,
                    ProblemKind::Nul if unmarked || utf32(bytes) => 0,
                    ProblemKind::Nul => bytes.iter().position(|byte| *byte == 0).unwrap_or(0),
                    ProblemKind::NotUtf8 => std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to()),
                };
                let span = Span { start, end: (start + 1).min(bytes.len()) };
                let whole = problem.kind == ProblemKind::Utf16 && utf8(file).is_some();
                let action = Action::Transcode;
                let fix = Fix { safety: Safety::Unsafe, title: "save it as UTF-8".to_owned(), action };
                let message = match () {
                    () if utf32(bytes) => "the file is UTF-32".to_owned(),
                    () if unmarked => UNMARKED.to_owned(),
                    () => problem.kind.to_string(),
                };
                written(Finding::new(&META, message).at(span), &[construct]).fix(whole.then_some(fix))
            })
            .into_iter()
            .collect()
    }
}

/// Whether a file is UTF-32 by its mark, of which that of UTF-16 is the beginning, or by three NULs of every four bytes.
fn utf32(bytes: &[u8]) -> bool {
    let (fours, rest) = bytes.as_chunks::<4>();
    let latin = |four: &[u8; 4], at: usize| (0..4).all(|place| (four[place] != 0) == (place == at));
    let most = |at: usize| {
        let found = fours.iter().filter(|four| latin(four, at)).count();
        rest.is_empty() && !fours.is_empty() && found * 10 >= fours.len() * 9
    };
    bytes.starts_with(b"\xff\xfe\0\0") || bytes.starts_with(b"\0\0\xfe\xff") || most(0) || most(3)
}

const UNMARKED: &str = "every second byte is a NUL: the file is UTF-16, without the mark that says so";

/// Whether the NULs are where UTF-16 has them in a text of Latin letters: all at the one place of each pair of bytes, and in
/// nine pairs of ten.
fn unmarked_utf16(bytes: &[u8]) -> bool {
    let nuls = |from: usize| bytes.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (nuls(0), nuls(1));
    (first == 0 || second == 0) && first.max(second) * 10 >= bytes.len() / 2 * 9
}
