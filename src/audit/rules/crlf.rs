//! TW318: Lines end in CR LF, or a CR stands alone.

use super::{
    Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Meta, Rule, Severity, Shape, Span, When, garbled, shapes,
    written,
};

pub(super) struct Crlf;

static META: Meta = Meta {
    code: "TW318",
    name: "crlf",
    severity: Severity::Error,
    when: When::Default,
    summary: "Lines end in CR LF, or a CR stands alone.",
    why: "A shell keeps the CR in the value, where no log shows it, and Twilio answers 20003.",
    mend: "Turn the line ends into LF.",
    fix: FixKind::Safe,
    precedent: "dotenv-linter.",
};

impl Rule for Crlf {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        if garbled(file) {
            return Vec::new();
        }
        let bytes = file.bytes();
        let Some(first) = bytes.iter().position(|byte| *byte == b'\r') else { return Vec::new() };
        let paired = bytes.windows(2).filter(|pair| pair == b"\r\n").count();

        // Inside a quoted value a line end is the value's own.
        let spanning = shapes(file).any(|shape| shape.lines() > 1);
        // No user is called `root\r`, but one may be called `root`: a shell would put in his home.
        let tilde = |shape: Shape<'_>| shape.unquoted() && shape.text.contains(&b'~');
        let expands = shapes(file).any(tilde);
        // What a shell runs or joins there would no longer end in the carriage return, which is a word to it.
        let acts = |shape: Shape<'_>| shape.unquoted() && shape.text.iter().any(|byte| b"|&;<>".contains(byte));
        let joins = |line: &[u8]| line.trim_ascii_end().ends_with(b"\\");
        let runs = shapes(file).any(acts);
        let joined = bytes.split(|byte| *byte == b'\n').any(joins);
        let cuts = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\r');
        let cuts: Vec<Edit> = cuts.map(|(at, _)| Edit::cut(Span { start: at, end: at + 1 })).collect();
        let message = if paired == 0 {
            "a carriage return stands alone".to_owned()
        } else if paired == 1 {
            "a line ends in CR LF".to_owned()
        } else {
            format!("{paired} lines end in CR LF")
        };
        let finding = Finding::new(&META, message).at(Span { start: first, end: first + 1 });
        let stay = match () {
            () if paired != cuts.len() => Some("a carriage return stands alone"),
            () if spanning => Some("a value goes over several lines, and they may be its own"),
            () if joined => {
                Some("a line ends in a backslash, and would be joined to the next: take that out by hand first")
            }
            () if runs => Some("a shell would run what ends in one now: quote that first"),
            () if expands => Some("a shell would put a home in the place of a `~`: write that out first"),
            () => None,
        };
        let finding = written(finding, &[Construct::CarriageReturn]);
        vec![match stay {
            Some(why) => finding.note(format!("--fix leaves the line ends: {why}")),
            None => finding.fix(Some(Fix::safe("end lines in LF", cuts))),
        }]
    }
}
