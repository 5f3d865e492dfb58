//! TW319: The file begins with a byte order mark.

use super::{
    Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Meta, Portability, Rule, Severity, Span, When, portable,
    written,
};

pub(super) struct Bom;

static META: Meta = Meta {
    code: "TW319",
    name: "bom",
    severity: Severity::Error,
    when: When::Default,
    summary: "The file begins with a byte order mark.",
    why: "Shells, systemd, node and deno lose the first variable; dotenvy and godotenv refuse the file.",
    mend: "Remove it. There is no fix where a shell takes a quote, an end of a command or an assignment of the first line for one only behind the mark.",
    fix: FixKind::Safe,
    precedent: "",
};

impl Rule for Bom {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        if !file.has_bom() {
            return Vec::new();
        }
        let mark = Span { start: 0, end: 3 };
        let finding = Finding::new(&META, "the file begins with a byte order mark").at(mark);
        // A reader that the mark kept from the first line would see it: a shell may end there.
        let rest = &file.bytes()[mark.end..];
        let first = rest.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
        let clear = |bytes: &[u8]| portable(&EnvFile::parse(bytes), |_| false) == Portability::Portable;
        let same = !first.starts_with(b"#") || (!assigns(first) && (!acts(first) || clear(rest)));
        let fix = (clear(first) && same).then(|| Fix::safe("remove the mark", vec![Edit::cut(mark)]));
        vec![written(finding, &[Construct::Bom]).fix(fix)]
    }
}

/// Whether a shell acts on something in a comment, which is a command to it as long as the mark stands before: a quote that
/// is open there may be closed by one further down, which without it would open one.
fn acts(comment: &[u8]) -> bool {
    comment.iter().any(|byte| b"'\"`\\$()&|;".contains(byte)) || comment.windows(2).any(|pair| pair == b"<<")
}

/// Whether a comment has an assignment. `export $(grep -v '^#' FILE | xargs)` makes it, as long as the mark stands before.
fn assigns(comment: &[u8]) -> bool {
    comment.windows(2).any(|pair| pair[1] == b'=' && (pair[0].is_ascii_alphanumeric() || pair[0] == b'_'))
}
