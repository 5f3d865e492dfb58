//! TW409: A value belongs to another variable.

use super::{
    BTreeMap, Edit, Entry, EnvFile, Facts, Finding, Fix, FixKind, Meta, NAMES, Piece, Role, Rule, Severity, When,
    belongs, entries, fits, portable_line, projects,
};

pub(super) struct SwappedValues;

static META: Meta = Meta {
    code: "TW409",
    name: "swapped-values",
    severity: Severity::Error,
    when: When::Default,
    summary: "A value belongs to another variable.",
    why: "It is the most frequent cause of 20003 next to stray blanks.",
    mend: "Put each value under its own name.",
    fix: FixKind::Unsafe,
    precedent: "",
};

impl Rule for SwappedValues {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let entries = entries(file);
        let projects = projects(&entries);
        let mut found = Vec::new();
        for entry in &entries {
            let Some(value) = entry.real() else { continue };
            let Some(other) = belongs(value, entry.role) else { continue };
            let fix = projects.get(entry.prefix).and_then(|project| exchange(file, entry, project));
            found.push(entry.finding(&META, other, entry.shape.spelling()).fix(fix));
        }
        let tokens = entries.iter().filter(|entry| entry.role.is_token());
        let tokens: BTreeMap<&str, &Entry<'_>> = tokens.filter_map(|token| Some((token.real()?, token))).collect();
        for secret in entries.iter().filter(|entry| entry.role == Role::KeySecret) {
            let token = secret.real().and_then(|value| tokens.get(value));
            if let Some(token) = token {
                let message = format!("it is the same as {}, which is another thing", token.name());
                found.push(
                    Finding::new(&META, message)
                        .at(secret.shape.spelling())
                        .beside(token.shape.at.name_span, "the other")
                        .of(secret.name()),
                );
            }
        }
        found
    }
}

/// Puts two values of a project into each other's places, if each fits there and not where it stands. Only a project that
/// says everything once is so clear.
fn exchange(file: &EnvFile, entry: &Entry<'_>, project: &[&Entry<'_>]) -> Option<Fix> {
    // More lines than there are names for things are no project that says everything once.
    if project.len() > NAMES.len() {
        return None;
    }
    let once = |entry: &Entry<'_>| project.iter().filter(|other| other.role == entry.role).count() == 1;
    let misplaced = |one: &Entry<'_>, other: &Entry<'_>| {
        let fits = |value: Option<&str>, role| value.is_some_and(|value| fits(value, role));
        !fits(one.real(), one.role) && fits(one.real(), other.role)
    };
    let plain = |entry: &Entry<'_>| once(entry) && portable_line(file, &entry.shape);
    let mut others = project.iter().filter(|other| misplaced(entry, other) && misplaced(other, entry));
    let other = others.next().filter(|other| plain(entry) && plain(other) && others.next().is_none())?;
    let (here, there) = (entry.shape.spelling(), other.shape.spelling());
    let edits =
        vec![Edit { span: here, with: vec![Piece::Copy(there)] }, Edit { span: there, with: vec![Piece::Copy(here)] }];
    Some(Fix::unsafe_(&format!("exchange the values of {} and {}", entry.name(), other.name()), edits))
}
