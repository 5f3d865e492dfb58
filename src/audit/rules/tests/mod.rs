//! The rules, asked about files and facts that are made up: what only a real kernel, git or Twilio can tell is tested
//! where it is found out.

mod cases;
mod corpus;
mod fires;
mod given;
mod mended;

use std::collections::BTreeSet;

use super::*;
use crate::audit::{Selection, audit};
use crate::model::digest::sha256_hex;

/// Values of the right form, made here so that none stands in a committed file.
fn fill(text: &str) -> String {
    let hex = |seed: &str| sha256_hex(seed.as_bytes())[..32].to_owned();
    text.replace("{low}", &"aabb".repeat(8))
        .replace("{AC}", &format!("AC{}", hex("account")))
        .replace("{AC2}", &format!("AC{}", hex("other account")))
        .replace("{SK}", &format!("SK{}", hex("key")))
        .replace("{SK2}", &format!("SK{}", hex("other key")))
        .replace("{T}", &hex("token"))
        .replace("{S}", &format!("{}XyZ", &hex("secret")[..29]))
}

fn pedantic() -> Selection {
    Selection { pedantic: true, ..Selection::default() }
}

fn codes(text: &[u8], facts: &Facts) -> BTreeSet<&'static str> {
    audit(&EnvFile::parse(text), facts, &pedantic()).findings.iter().map(|finding| finding.rule.code).collect()
}

/// A file with all that a project needs, with nothing wrong anywhere.
const GOOD: &str = "# shipcrew\nTWILIO_ACCOUNT_SID={AC}\nTWILIO_API_KEY={SK}\nTWILIO_API_SECRET={S}\n\
                    TWILIO_PHONE_NUMBER=+14155550123\n\nOTHER=https://example.com/?a=b\n";
