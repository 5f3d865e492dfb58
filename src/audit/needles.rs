//! Which values of a file are looked for elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::copies::Needle;
use super::entries::{entries, placeholder};
use super::finding::speakable;
use super::shape::shapes;
use crate::dotenv::EnvFile;
use crate::model::Secret;
use crate::model::variable::Role;

/// Each value of Twilio's, and each that its variable's name calls a secret, once, under the first variable that has it.
///
/// A value that readers take differently is taken as it was meant; a stand-in for one is left out.
#[must_use]
pub fn needles(file: &EnvFile) -> Vec<Needle> {
    let twilio: BTreeMap<&str, Role> = entries(file).iter().map(|entry| (entry.name(), entry.role)).collect();
    let mut found: Vec<Needle> = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for shape in shapes(file) {
        let name = &shape.at.name;
        let identifier = match twilio.get(name.as_str()) {
            Some(Role::Region | Role::Edge) => continue,
            Some(role) => !role.is_secret(),
            None if called_secret(name) => false,
            None => continue,
        };
        let Some(value) = shape.meant().filter(|value| speakable(name) && placeholder(value).is_none()) else {
            continue;
        };
        if seen.insert(value) {
            found.push(Needle { label: name.clone(), value: Secret::new(value.to_owned()), identifier });
        }
    }
    found
}

fn called_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["SECRET", "TOKEN", "PASSWORD", "PASSWD", "API_KEY", "SECRET_KEY", "PRIVATE_KEY", "ACCESS_KEY"]
        .iter()
        .any(|end| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('_')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_identifiers_once_each_and_no_stand_ins() {
        let sid = format!("SK{}", "0a1b2c3d4e5f6789".repeat(2));
        let text = format!(
            "TWILIO_API_KEY={sid}\nA_TWILIO_API_KEY={sid}\nTWILIO_API_SECRET='s3cr3t of mine'\nTWILIO_EDGE=dublin\n\
             TWILIO_AUTH_TOKEN=changeme\nGITHUB_TOKEN=g1thub\nAPP_NAME=shop\nMYTOKENS=x\nTWILIO_AUTH_TOKEN_PREVIOUS=l4st\n"
        );
        let found = needles(&EnvFile::parse(text.as_bytes()));
        let labels: Vec<_> = found.iter().map(|needle| (needle.label.as_str(), needle.identifier)).collect();
        let secrets = ["TWILIO_API_SECRET", "GITHUB_TOKEN", "TWILIO_AUTH_TOKEN_PREVIOUS"].map(|label| (label, false));
        assert_eq!(labels, [&[("TWILIO_API_KEY", true)][..], &secrets].concat());
    }
}
