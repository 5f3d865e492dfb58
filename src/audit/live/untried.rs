//! The credentials of a file that stand where no program looks for them, and what stands in for one.

use std::collections::BTreeSet;

use crate::audit::entries::{Entry, entries, placeholder};
use crate::audit::loose::{beside, doubtful, loose, plain};
use crate::dotenv::EnvFile;
use crate::model::variable::{Role, classify, group};

/// The variables that requests are signed with, and the tokens of a rotation, that have a value, but in no line which
/// programs take for an assignment: of a file that is no plain text, or behind a `:`, or among others. Nobody can try what
/// is not read, and who has it must not be told that all is well.
#[must_use]
pub fn untried(file: &EnvFile) -> Vec<(String, Role)> {
    let text = plain(file.bytes());
    let decoded = text.as_ref().map(|text| EnvFile::parse(text));
    let seen = decoded.as_ref().unwrap_or(file);
    let ours = |name: &str| classify(name).is_some();
    let unclear: Vec<_> = doubtful(seen).flat_map(|span| loose(seen.raw(span), false, ours)).collect();
    let unclear = unclear.iter().filter(|found| found.garbled || !found.values.is_empty()).map(|found| found.name);
    let words: Vec<_> = doubtful(seen).flat_map(|span| beside(seen.raw(span), ours)).collect();
    let unclear = unclear.chain(words.iter().map(|(name, _)| *name));
    let clear = seen.assignments().filter(|at| !at.value_span.is_empty()).map(|at| at.name.as_str());
    let named = group(clear.chain(unclear)).into_iter().flat_map(|group| group.names);
    named
        .filter(|(role, name)| (role.signs() || role.is_token()) && file.named(name).next().is_none())
        .map(|(role, name)| (name, role))
        .collect()
}

/// The variables of Twilio's that hold a placeholder: there is nothing to be tried, and another rule tells of it.
#[must_use]
pub fn stand_ins(file: &EnvFile) -> BTreeSet<&str> {
    let entries = entries(file);
    let stand_ins = entries.iter().filter(|entry| entry.meant().is_some_and(|value| placeholder(value).is_some()));
    stand_ins.map(Entry::name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_that_no_program_reads() {
        let names = |bytes: &[u8]| -> Vec<String> {
            untried(&EnvFile::parse(bytes)).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(b"TWILIO_AUTH_TOKEN: x\nTWILIO_ACCOUNT_SID: y\nTWILIO_REGION: z\n"), ["TWILIO_AUTH_TOKEN"]);
        assert_eq!(names(b"A=1 TWILIO_API_SECRET=x\n"), ["TWILIO_API_SECRET"]);
        assert_eq!(names(b"TWILIO_AUTH_TOKEN_PREVIOUS: x\n"), ["TWILIO_AUTH_TOKEN_PREVIOUS"]);
        let word = "setenv AUTH_TOKEN 5e3d07ab1c9f48265e3d07ab1c9f4826\n";
        assert_eq!(names(word.as_bytes()), ["AUTH_TOKEN"]);
        assert_eq!(names(b"TWILIO_AUTH_TOKEN=x\nA=\"\nTWILIO_API_SECRET=x\n"), [""; 0], "these are looked at");
        assert_eq!(names(b"TWILIO_AUTH_TOKEN:\n# TWILIO_API_SECRET=x\nGITHUB_AUTH_TOKEN: x\n"), [""; 0]);
        let utf16: Vec<u8> = "\u{feff}AUTH_TOKEN=x\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(names(&utf16), ["AUTH_TOKEN"]);
    }
}
