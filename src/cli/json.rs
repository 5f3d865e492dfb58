//! JSON that may be shown on a terminal.
//!
//! JSON escapes control characters below U+0020 and nothing else, so that a friendly name could still turn the text
//! around it with a bidi control or start an escape sequence with U+009B. Those are written as `\u202e`, which every
//! JSON parser reads as the same character.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::text::first_hostile;

/// Writes a value as indented JSON, as it is serialized.
///
/// # Errors
/// If the output cannot be written.
pub fn pretty(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    write(out, PrettyFormatter::new(), value)
}

/// A value as JSON on one line.
#[must_use]
pub fn line(value: &impl Serialize) -> String {
    let mut text = Vec::new();
    // Writing to memory does not fail, and no type of ours has a map whose keys are no strings.
    let _ = write(&mut text, CompactFormatter, value);
    String::from_utf8(text).unwrap_or_default()
}

fn write(out: &mut dyn Write, formatter: impl Formatter, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(out, Tame(formatter))).map_err(io::Error::from)
}

/// A formatter that leaves no hostile character in a string.
struct Tame<F>(F);

impl<F: Formatter> Formatter for Tame<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = first_hostile(rest) {
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_same_string_and_no_hostile_character() {
        let text = "a\u{1b}b\u{202e}c\u{9b}\u{e0041}\u{7f}\"é";
        let line = super::line(&[text]);
        assert_eq!(line, r#"["a\u001bb\u202ec\u009b\udb40\udc41\u007f\"é"]"#);
        assert_eq!(serde_json::from_str::<Vec<String>>(&line).unwrap(), [text]);
    }
}
