//! What a file says, whatever its syntax: for those who must not take what they cannot read for what is not there.

use zeroize::Zeroizing;

use super::copies::LEAST;
use super::shape::shapes;
use crate::dotenv::{EnvFile, Item, Span};
use crate::model::{AccountSid, KeySid};

/// What stands behind a name and a `=` or `:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loose<'t> {
    pub(super) name: &'t str,
    /// What the value may be: all between its quotes, and its first word.
    pub(super) values: Vec<&'t str>,
    /// Whether one of them is no text.
    pub(super) garbled: bool,
}

/// The bytes of a file without what UTF-16 and other encodings put between its letters; nothing, if there is none of it.
///
/// A byte order mark is believed. Without one, a NUL for every few bytes is an encoding, and a lone one ends a line.
pub(super) fn plain(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = match bytes {
        [0xff, 0xfe, body @ ..] => decoded(body, u16::from_le_bytes),
        [0xfe, 0xff, body @ ..] => decoded(body, u16::from_be_bytes),
        _ if bytes.contains(&0) => Zeroizing::new(bytes.to_vec()),
        _ => return None,
    };
    let nuls = text.split(|byte| *byte == 0).count() - 1;
    let spread = nuls * 4 >= text.len();
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    plain
        .extend(text.iter().filter(|byte| !(spread && **byte == 0)).map(|byte| if *byte == 0 { b'\n' } else { *byte }));
    Some(plain)
}

fn decoded(body: &[u8], unit: fn([u8; 2]) -> u16) -> Zeroizing<Vec<u8>> {
    let units = body.as_chunks::<2>().0;
    // Room for everything, so that no copy is left behind unwiped.
    let mut text = Zeroizing::new(Vec::with_capacity(units.len() * 3));
    for c in char::decode_utf16(units.iter().map(|two| unit(*two))) {
        let mut room = [0; 4];
        text.extend_from_slice(c.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut room).as_bytes());
    }
    text
}

/// The lines of a file that programs read differently, or that none of them understands, without the comments behind them.
pub(super) fn doubtful(file: &EnvFile) -> impl Iterator<Item = Span> {
    file.items().iter().filter_map(|item| {
        let span = item.span();
        let broken = file.raw(span).contains(&b'\r');
        match item {
            Item::Blank { .. } => None,
            // To those who part lines at a carriage return, only the first of them is the comment.
            Item::Comment { .. } => broken.then_some(span),
            Item::Other { .. } => Some(span),
            Item::Assignment(at) => {
                let text = std::str::from_utf8(file.raw(at.value_span)).is_ok();
                let clear = text && at.unclear.is_none() && at.line == at.last_line;
                let end = at.comment.filter(|_| !broken).map_or(span.end, |comment| comment.start);
                (broken || !clear).then_some(Span { start: span.start, end })
            }
        }
    })
}

/// What stands behind the names that are wanted, wherever in a line they are, up to the next of them: a line of nothing but
/// names takes no longer than another. Lines that are comments are left out, unless these are wanted too.
pub(super) fn loose(text: &[u8], comments: bool, wanted: impl Fn(&str) -> bool) -> Vec<Loose<'_>> {
    let lines = text.split(|byte| matches!(byte, b'\n' | b'\r'));
    let lines = lines.filter(|line| comments || !line.trim_ascii_start().starts_with(b"#"));
    let mut found = Vec::new();
    for line in lines {
        let mut end = line.len();
        let first = found.len();
        for at in (0..line.len()).rev().filter(|at| matches!(line[*at], b'=' | b':')) {
            let Some((start, name)) = name(&line[..at]).filter(|(_, name)| wanted(name)) else { continue };
            let texts: Vec<_> = values(&line[at + 1..end]).into_iter().map(std::str::from_utf8).collect();
            let garbled = texts.iter().any(Result::is_err);
            let mut values: Vec<&str> = texts.into_iter().flatten().filter(|value| !value.is_empty()).collect();
            values.dedup();
            found.push(Loose { name, values, garbled });
            end = start;
        }
        found[first..].reverse();
    }
    found
}

/// The words with the look of a secret that stand in a line of a name that is wanted, behind it and before the next
/// assignment: `setenv NAME VALUE`, `NAME=$(echo VALUE)`.
pub(super) fn beside(text: &[u8], wanted: impl Fn(&str) -> bool) -> Vec<(&str, &str)> {
    let (mut name, mut start, mut found) = (None, 0, Vec::new());
    for word in text.split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')) {
        start += word.len() + 1;
        let Some(said) = std::str::from_utf8(word).ok().filter(|said| !said.is_empty()) else { continue };
        let random = word.len() >= LEAST && !word.contains(&b'_') && !ordinary(word);
        let quoted = |byte: &u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'');
        let mark = || text[start - 1..].iter().find(|byte| !quoted(byte));
        match name {
            _ if wanted(said) => name = Some(said),
            Some(name) if random => found.push((name, said)),
            Some(_) if mark() == Some(&b'=') => name = None,
            _ => {}
        }
    }
    found
}

/// The name right before a mark, which may be `+=`, and the name in quotes; and where it begins.
fn name(before: &[u8]) -> Option<(usize, &str)> {
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b"+").unwrap_or(before);
    let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
    let before = before.strip_suffix(b"\\").unwrap_or(before);
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let start = before.iter().rposition(|byte| !word(byte)).map_or(0, |at| at + 1);
    // `"$TOKEN" = x` compares.
    let refers = before[..start].ends_with(b"$") || before[..start].ends_with(b"${");
    let name = std::str::from_utf8(&before[start..]).ok().filter(|name| !name.is_empty() && !refers)?;
    Some((start, name))
}

fn values(behind: &[u8]) -> Vec<&[u8]> {
    let is = |byte: &u8| matches!(byte, b' ' | b'\t' | b'=' | b':' | b'>' | b'\\');
    let from = |of: &dyn Fn(&u8) -> bool, text: &[u8]| text.iter().position(|byte| !of(byte)).unwrap_or(text.len());
    let rest = &behind[from(&is, behind)..];
    let quote = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`');
    let rest = match rest {
        [b'$', next, ..] if quote(next) => &rest[1..],
        _ => rest,
    };
    let mut found = Vec::new();
    let rest = match rest {
        [open, inside @ ..] if quote(open) => {
            let close = inside.iter().position(|byte| byte == open).unwrap_or(inside.len());
            let left = |byte: &u8| matches!(byte, b' ' | b'\t' | b';' | b',' | b'\\');
            let end = inside[..close].iter().rposition(|byte| !left(byte)).map_or(0, |at| at + 1);
            found.push(&inside[..end]);
            inside
        }
        _ => rest,
    };
    let ends = |byte: &u8| byte.is_ascii_whitespace() || quote(byte) || b";,\\#)]}&|<>".contains(byte);
    found.push(&rest[..rest.iter().position(ends).unwrap_or(rest.len())]);
    found
}

/// Whether a value has the form of a SID of an account or a key.
pub(super) fn sid(value: &str) -> bool {
    AccountSid::parse(value).is_ok() || KeySid::parse(value).is_ok()
}

/// The keys whose SIDs stand anywhere in some bytes.
pub(super) fn keys(bytes: &[u8]) -> impl Iterator<Item = KeySid> {
    let there = bytes.windows(34).filter(|window| window.starts_with(b"SK"));
    there.filter_map(|window| KeySid::parse(std::str::from_utf8(window).ok()?).ok())
}

/// The words of a file that have the look of a secret, each with the variable in whose line it stands.
pub(super) fn random_words(file: &EnvFile) -> Vec<(Option<&str>, &str)> {
    let mut owners = shapes(file).map(|shape| (shape.at.name.as_str(), shape.at.value_span)).peekable();
    let mut found = Vec::new();
    let mut start = 0;
    for word in file.bytes().split(|byte| !byte.is_ascii_alphanumeric()) {
        let at = start;
        start += word.len() + 1;
        if word.len() < LEAST || ordinary(word) {
            continue;
        }
        while owners.next_if(|(_, span)| span.end <= at).is_some() {}
        let owner = owners.peek().filter(|(_, span)| span.start <= at).map(|(name, _)| *name);
        found.extend(std::str::from_utf8(word).ok().filter(|word| !sid(word)).map(|word| (owner, word)));
    }
    found
}

/// Whether a word could be a name: its letters stand together as those of words do.
fn ordinary(word: &[u8]) -> bool {
    let letters = word.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let begins = |at: &usize| {
        let before = at.checked_sub(1).map(|before| word[before]);
        let inside = before.is_some_and(|before| {
            before.is_ascii_alphabetic() && !(before.is_ascii_lowercase() && word[*at].is_ascii_uppercase())
        });
        word[*at].is_ascii_alphabetic() && !inside
    };
    let pieces = (0..word.len()).filter(begins).count();
    // Words have five letters and more, what a machine has thrown two or three.
    pieces > 0 && letters >= pieces * 5
}

/// Who and with what password, in the addresses of a text: `scheme://USER:PASSWORD@host`.
pub(super) fn userinfo(text: &[u8]) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(3).position(|three| three == b"://") {
        rest = &rest[at + 3..];
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"/\"'`?#".contains(byte);
        let authority = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
        let Some(end) = authority.iter().rposition(|byte| *byte == b'@') else { continue };
        let info = std::str::from_utf8(&authority[..end]).ok();
        found.extend(info.into_iter().flat_map(|info| info.splitn(2, ':')));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(String, Vec<String>)> {
        let found = loose(text.as_bytes(), false, |name| name.starts_with("KEY"));
        found
            .into_iter()
            .map(|one| (one.name.to_owned(), one.values.into_iter().map(str::to_owned).collect()))
            .collect()
    }

    #[test]
    fn values_are_found_behind_their_names() {
        for (text, values) in [
            ("KEY=x", &["x"][..]),
            ("  export KEY = x # y", &["x"]),
            ("KEY: 'x y';", &["x y", "x"]),
            ("KEY+=x", &["x"]),
            ("\"KEY\": \"x\",", &["x"]),
            ("\\\"KEY\\\": \\\"x\\\",", &["x"]),
            ("KEY=\"x", &["x"]),
            ("KEY=\"x\\", &["x"]),
            ("KEY=$'x'", &["x"]),
            ("KEY := x;", &["x"]),
            ("A=1 KEY=`x`y B=2", &["x"]),
            ("KEY=", &[]),
        ] {
            assert_eq!(
                all(text),
                [("KEY".to_owned(), values.iter().map(|value| (*value).to_owned()).collect())],
                "{text}"
            );
        }
        assert_eq!(all("# KEY=x\n[ \"$KEY\" = x ]\n${KEY:=x}\n").len(), 0);
        let latin = loose(b"KEY='x \xe9'", false, |_| true);
        assert!(latin[0].garbled && latin[0].values == ["x"]);
        // A line of nothing but names is gone through in no time.
        assert_eq!(all(&"KEY=".repeat(100_000)).len(), 100_000);
    }

    #[test]
    fn words_behind_a_name_are_its_own_up_to_the_next() {
        let value = "5e3d07ab1c9f48265e3d07ab1c9f4826";
        let found = |text: &str| -> Vec<String> {
            let text = text.replace('V', value);
            beside(text.as_bytes(), |name| name.starts_with("KEY")).iter().map(|(name, _)| (*name).to_owned()).collect()
        };
        for text in ["setenv KEY V", "KEY=$(echo V)", "KEY={'a': 'V'}", "KEY <- V", "KEY\nV", "A=1 KEY V B=V"] {
            assert_eq!(found(text), ["KEY"], "{text}");
        }
        assert_eq!(found("V KEY=1 A=V A_KEY_B V B: V KEY"), [""; 0]);
        assert_eq!(found("KEY V V KEY2=V"), ["KEY", "KEY", "KEY2"]);
    }

    #[test]
    fn text_is_seen_through_its_encoding() {
        let units: Vec<u16> = "\u{feff}A=1\n\u{e9}".encode_utf16().collect();
        let [little, big] = [u16::to_le_bytes, u16::to_be_bytes]
            .map(|order| -> Vec<u8> { units.iter().flat_map(|unit| order(*unit)).collect() });
        for bytes in [&little, &big] {
            assert_eq!(**plain(bytes).unwrap(), *"A=1\n\u{e9}".as_bytes());
        }
        assert_eq!(**plain(b"A\0=\x001\0").unwrap(), *b"A=1");
        assert_eq!(**plain(b"A=one\0B=two\n").unwrap(), *b"A=one\nB=two\n");
        assert!(plain(b"A=1\n").is_none());
    }

    #[test]
    fn what_a_machine_has_thrown_is_told_from_names() {
        for word in ["5e3d07ab1c9f4826", "aB3dE6gH9jK2mN5p", "s3cr3tOf1xs3cr3tOf1x", "1234567890123456"] {
            assert!(!ordinary(word.as_bytes()), "{word}");
        }
        for word in ["applicationserver", "shipcrew2production", "PRODUCTIONSERVERS", "MyApplicationServer"] {
            assert!(ordinary(word.as_bytes()), "{word}");
        }
    }
}
