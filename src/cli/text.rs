//! Text that others wrote, made safe for a terminal.
//!
//! A friendly name, a path or a message of the server may hold an escape sequence that rewrites the screen, or a bidi
//! control that makes `SK…` read backwards. Tables, errors and questions all pass through [`shown`].

/// The length of an Auth Token and of an API key's secret.
const SECRET: usize = 32;

use std::borrow::Cow;
use std::fmt::Write as _;

pub use crate::audit::word;

/// Whether a character may move the cursor, hide, or reorder its neighbours.
fn hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The first such character of a text and where it stands. Most text is printable ASCII, which is seen without reading it
/// character by character: a long list spends more time on this question than on any other.
pub(super) fn first_hostile(text: &str) -> Option<(usize, char)> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    text.char_indices().find(|(_, c)| hostile(*c))
}

/// The text with every control, bidi and invisible character written as `\u{…}`.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    if first_hostile(text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if hostile(c) => {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// A text without the words that have the length of Twilio's secrets: 32 letters and digits. SIDs have 34.
///
/// For what repeats an argument: a secret that was pasted there by mistake would go on into whatever keeps stderr.
#[must_use]
pub fn veiled(text: &str) -> String {
    let mut veiled = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if word.len() == SECRET {
            veiled.push('…');
            veiled.push_str(&piece[word.len()..]);
        } else {
            veiled.push_str(piece);
        }
    }
    veiled
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{shown, veiled, word};

    #[test]
    fn a_path_is_one_word_of_a_command() {
        for (path, expected) in [
            ("/srv/app/.env", "/srv/app/.env"),
            ("sp ace/my env.env", "'sp ace/my env.env'"),
            ("it's", r"'it'\''s'"),
            ("$(x)", "'$(x)'"),
            ("-x", "./-x"),
            ("", "''"),
        ] {
            assert_eq!(word(Path::new(path)), expected);
        }
    }

    #[test]
    fn nothing_reaches_the_terminal_that_could_move_it() {
        assert_eq!(shown("ci-deploy é 日本"), "ci-deploy é 日本");
        assert_eq!(shown("a\u{1b}[2Jb\r\nc\u{7f}"), "a\\u{1b}[2Jb\\r\\nc\\u{7f}");
        assert_eq!(shown("\u{202e}evil\u{2066}\u{9b}"), "\\u{202e}evil\\u{2066}\\u{9b}");
        assert_eq!(shown("a\u{200b}b\u{feff}"), "a\\u{200b}b\\u{feff}");
    }

    #[test]
    fn a_word_of_a_secrets_length_is_left_out() {
        let secret = "0123456789abcdef".repeat(2);
        assert_eq!(veiled(&format!("'{secret}' is no {secret}")), "'…' is no …");
        let sid = format!("SK{secret}");
        assert_eq!(veiled(&sid), sid);
    }
}
