//! Files that no corpus has, made of what env files are made of.

use fastrand::Rng;

/// Characters that some reader may trim, split at, join or act upon.
const ODD: &str = "\u{1b}\u{7f}\u{80}\u{85}\u{a0}\u{ad}\u{e9}\u{130}\u{301}\u{1680}\u{180e}\u{2000}\u{2007}\u{200b}\u{200e}\
                   \u{2028}\u{2029}\u{202e}\u{202f}\u{205f}\u{2060}\u{3000}\u{d7ff}\u{e000}\u{feff}\u{fffd}\u{1f511}\u{10ffff}";

/// Where a character may stand in a line; `@` is the character, `V` a name that is used once.
const PLACES: [&str; 22] = [
    "V=@",
    "V=@x",
    "V=x@",
    "V=x@y",
    "V=@@",
    "V=x@@y",
    "V=x:@",
    "V=x=@",
    "V=x@V0=1",
    "V@=x",
    "V=@V0=1",
    "@V=x",
    " V=@",
    " V=x@",
    "# @",
    "#@",
    "# x@y",
    "#x@",
    "#@V=1",
    "# x@V=1",
    "# @ V=1",
    "V=\u{e9}@",
];

/// Every character of ASCII and the odd ones in every place of a line, without the line's end.
pub(super) fn lines() -> impl Iterator<Item = String> {
    let characters = (0..0x80_u8).map(char::from).chain(ODD.chars());
    let lines = characters.flat_map(|c| PLACES.map(|place| place.replace('@', &c.to_string())));
    lines.enumerate().map(|(n, line)| line.replace('V', &format!("V{n}_")))
}

const NAMES: [&str; 6] = ["A", "B", "C_1", "TWILIO_API_KEY", "TWILIO_AUTH_TOKEN", "SHOP_TWILIO_PHONE_NUMBER"];
const PLAIN: [&str; 12] = ["x", "1", "abc", "x/y", "a@b", "%20", "=", "x:y", "-", "+1", "{a,b}", "~"];
const RISKY: [&str; 24] = [
    " ", "\t", "'", "\"", "`", "\\", "$", "${A}", "$A", "$(x)", "#", " # ", ";", "&", "|", "(", ")", "!", "*", "\\n",
    "\u{e9}", "\u{a0}", "\u{2028}", "=",
];

fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    from[rng.usize(..from.len())]
}

/// The first as often as `of` says in a hundred, otherwise one of the others.
fn mostly<'a>(rng: &mut Rng, of: u32, first: &'a str, others: &[&'a str]) -> &'a str {
    if rng.u32(..100) < of { first } else { pick(rng, others) }
}

/// How far from plain a random file is.
#[derive(Clone, Copy)]
pub(super) struct Mess {
    /// How many pieces of a value of a hundred are not plain.
    pub(super) values: u32,
    /// How many of the surroundings of a hundred are not what they should be.
    pub(super) around: u32,
}

fn value(rng: &mut Rng, mess: Mess) -> String {
    let pieces = rng.usize(..4);
    (0..pieces).map(|_| if rng.u32(..100) < mess.values { pick(rng, &RISKY) } else { pick(rng, &PLAIN) }).collect()
}

fn comment(rng: &mut Rng, mess: Mess) -> String {
    let word = pick(rng, &["c", "it's", "A=1", "x \"y", "", "say \"x\"", "c"]);
    format!("#{}{word}{}", pick(rng, &[" ", "", " "]), mostly(rng, 100 - mess.around, "", &["\\", "\\\\", " ", "`"]))
}

fn line(rng: &mut Rng, mess: Mess) -> String {
    let kind = rng.u32(..100);
    if kind < 8 {
        return mostly(rng, 100 - mess.around, "", &[" ", "\t", "  "]).to_owned();
    }
    let lead = mostly(rng, 100 - mess.around, "", &[" ", "\t", "  "]);
    if kind < 18 {
        return format!("{lead}{}", comment(rng, mess));
    }
    if kind < 18 + mess.around / 4 {
        let strays =
            ["; c", "// c", ";A=1", "//A=1 # c", "# twcred: ignore[TW320] r", "x", "A", "A: 1", "1A=1", "export A"];
        return pick(rng, &strays).to_owned();
    }
    let export = mostly(rng, 100 - mess.around, "", &["export ", "export  ", ""]);
    let equals = mostly(rng, 100 - mess.around, "=", &[" = ", "= ", " =", "\t=\t", "+="]);
    let quote = mostly(rng, 100 - mess.around, "", &["'", "\"", "'", "\"", "`"]);
    let (name, value) = (pick(rng, &NAMES), value(rng, mess));
    let close = mostly(rng, 97, quote, &["", "'"]);
    let tail = match rng.u32(..100) {
        n if n < mess.around => format!("{}{}", pick(rng, &[" ", "  ", "\t", ""]), comment(rng, mess)),
        n if n < mess.around * 2 => pick(rng, &[" ", "\t", "  ", "\u{a0}"]).to_owned(),
        _ => String::new(),
    };
    format!("{lead}{export}{name}{equals}{quote}{value}{close}{tail}")
}

/// A file of a few lines.
pub(super) fn file(rng: &mut Rng, mess: Mess) -> Vec<u8> {
    let end = mostly(rng, 100 - mess.around / 4, "\n", &["\r\n"]);
    let mut text = mostly(rng, 100 - mess.around / 4, "", &["\u{feff}"]).to_owned();
    let mut before = String::new();
    for _ in 0..=rng.usize(..6) {
        // Repeating a line is the way to assign something twice alike.
        let next = if rng.u32(..100) < 8 { before.clone() } else { line(rng, mess) };
        text.push_str(&next);
        text.push_str(end);
        before = next;
    }
    if rng.u32(..100) < 10 {
        text.truncate(text.len() - end.len());
    }
    text.into_bytes()
}
