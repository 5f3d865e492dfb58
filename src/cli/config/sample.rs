//! The file that `twcred init` writes: every field explained, made of the table of fields.
//!
//! What is to be read starts with `# `, what may be switched on with `#` alone.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::fields::{FIELDS, Field};
use super::schema;
use super::settings::Kind;

/// A target that is proposed for an env file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// Its name.
    pub name: String,
    /// The variables of its key's SID.
    pub variables: Vec<String>,
}

const HEAD: &str = "\
#
# The targets of twcred: which credentials are rotated, where they stand, and by which rules.
#
#   twcred keys rotate --all --dry-run    what would be done now
#   twcred keys rotate --all -q           the whole line of a crontab, daily
#   twcred keys rotate NAME               one target
#   twcred token rotate --all -q          the same for the targets that are Auth Tokens
#   twcred sink list                      every target with its places
#
# A line that starts with # and a letter is a field that is switched off. Durations are written 90d, 24h, 15m, 30s.
# Paths start with / or ~/, whoever runs this from wherever.
#
# No secret belongs in this file. The commands in it are run: keep it yours alone (0600), and its folder, too.
";

const KEY: &str = "\
# A target is a table of its own: its name is a word of the command line. It may have the fields below, and those of
# [defaults], which then hold for it alone.
";

const TOKEN: &str = "\
# An Auth Token is staged as a secondary one, promoted when everything accepts both, and then the only one.
";

/// The sample, with a target for each proposal. `file` is the env file that they are of.
#[must_use]
pub fn text(file: Option<&Path>, proposals: &[Proposal]) -> String {
    let mut text = format!("#:schema ./{}\n{HEAD}\n[defaults]\n", schema::NAME);
    for (at, field) in Field::of_defaults().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        match (field.name, file) {
            ("env-file", Some(file)) => written(&mut text, field, &quoted(&file.display().to_string()), true),
            (name, _) => written(&mut text, field, field.example, matches!(name, "max-age" | "grace")),
        }
    }
    for Proposal { name, variables } in proposals {
        let names: Vec<String> = variables.iter().map(|name| quoted(name)).collect();
        let _ = write!(text, "\n[targets.{}]\nvariables = [{}]\n", key(name), names.join(", "));
    }
    let _ = write!(text, "\n{KEY}#[targets.example]\n");
    for field in FIELDS.iter().filter(|field| !field.in_defaults && field.kinds.contains(&Kind::ApiKey)) {
        text.push('\n');
        written(&mut text, field, field.example, false);
    }
    let kind = Kind::AuthToken.name();
    let _ = write!(
        text,
        "\n{TOKEN}#[targets.example-token]\n#kind = \"{kind}\"\n#env-file = \"~/repos.env\"\n#check = \
         \"/usr/local/bin/validators-know-both\"\n"
    );
    text
}

fn written(text: &mut String, field: &Field, value: &str, on: bool) {
    for line in field.help.lines() {
        let _ = writeln!(text, "# {line}");
    }
    let _ = writeln!(text, "{}{} = {value}", if on { "" } else { "#" }, field.name);
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A name as it may stand in a table's header.
fn key(name: &str) -> String {
    if name.contains('.') { quoted(name) } else { name.to_owned() }
}
