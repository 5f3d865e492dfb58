//! How facts are put into words.

use std::fmt::Write as _;
use std::path::Path;

use super::facts::AclWho;
use super::finding::{Finding, Severity};
use super::readers::{Construct, Readers};
use super::rule::Meta;

/// `read and write`, for the rights 6.
pub(super) fn rights(bits: u32) -> &'static str {
    match bits & 0o7 {
        0 => "do nothing",
        1 => "execute it",
        2 => "write it",
        3 => "write and execute it",
        4 => "read it",
        5 => "read and execute it",
        6 => "read and write it",
        _ => "read, write and execute it",
    }
}

/// A path, or the name of a sink, as a word of a command that can be pasted into a shell, as it is if it has nothing that a shell would take apart.
#[must_use]
pub fn word(path: impl AsRef<Path>) -> String {
    let text = path.as_ref().to_string_lossy();
    // What begins with a dash would be an option.
    let text = if text.starts_with('-') { format!("./{text}") } else { text.into_owned() };
    // A number sign within a word begins no comment.
    let plain = |c: char| c.is_alphanumeric() || "_-./:@%+=,#".contains(c);
    if !text.is_empty() && !text.starts_with('#') && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// For whom an entry of an access control list is, in words.
pub(super) fn holder(who: AclWho) -> String {
    match who {
        AclWho::User(uid) => format!("user {uid}"),
        AclWho::Group(gid) => format!("group {gid}"),
        AclWho::Owner => "the owner".to_owned(),
        AclWho::OwningGroup => "the group".to_owned(),
        AclWho::Mask => "the mask".to_owned(),
        AclWho::Other => "others".to_owned(),
    }
}

/// Text from outside, with everything that acts on a terminal made visible.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}' | '\u{2028}' | '\u{2029}');
        if c.is_control() || turns {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Says which readers stumble over some ways of writing, and which of them print what they stumble over.
pub(super) fn written(finding: Finding, constructs: &[Construct]) -> Finding {
    let gather = |of: fn(Construct) -> Readers| constructs.iter().fold(Readers::NONE, |all, c| all.or(of(*c)));
    let print = gather(Construct::print);
    let finding = finding.readers(gather(Construct::differ));
    if print.is_empty() {
        return finding;
    }
    finding.note(format!("{print} can print a part of the line when they stumble over it"))
}

/// What cannot be told, as a finding of its own that breaks nothing.
pub(super) fn unknown(meta: &'static Meta, reason: Option<&str>, what: &str) -> Vec<Finding> {
    let told =
        reason.map(|reason| Finding::new(meta, format!("cannot tell {what}: {reason}")).severity(Severity::Info));
    told.into_iter().collect()
}
