//! TW211: A package that is published would have the file in it.

use super::{EnvFile, Fact, Facts, Finding, FixKind, Meta, Package, Packed, Rule, Severity, When};

pub(super) struct PackageContents;

static META: Meta = Meta {
    code: "TW211",
    name: "package-contents",
    severity: Severity::Warning,
    when: When::Pedantic,
    summary: "A package that is published would have the file in it.",
    why: "npm knows nothing of a `.gitignore` above the package, cargo and Python's builders nothing of `.npmignore`: what one leaves out another publishes, for good.",
    mend: "Move the file out of the package; or name what is to be packed (`files`, `include`), or mark the package as private.",
    fix: FixKind::None,
    precedent: "`npm pack --dry-run`, `cargo package --list`.",
};

impl Rule for PackageContents {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(packages) = facts.place.known().and_then(|place| place.packages.known()) else { return Vec::new() };
        let judged = packages.iter().filter_map(|package| {
            let finding = match packed(package, facts) {
                Ok(false) => return None,
                Ok(true) => Finding::new(&META, format!("{} takes it along", package.command)),
                Err(why) => {
                    let message = format!("cannot tell whether {} takes it along: {why}", package.command);
                    Finding::new(&META, message).severity(Severity::Info)
                }
            };
            Some(finding.elsewhere(package.manifest.clone(), 0, 0))
        });
        judged.collect()
    }
}

/// What git said, or why it said nothing.
fn told<T>(fact: &Fact<T>) -> Result<&T, &str> {
    fact.known().ok_or_else(|| fact.unknown().unwrap_or("git was not asked"))
}

/// Whether a package has the file, which git may have to say.
fn packed<'f>(package: &'f Package, facts: &'f Facts) -> Result<bool, &'f str> {
    let when = match &package.packed {
        Fact::Known(Packed::Always) => return Ok(true),
        Fact::Known(when) => *when,
        Fact::Unknown(why) => return Err(why),
        Fact::NotAsked => return Ok(false),
    };
    let git = told(&facts.git)?;
    // The package is in the innermost repository, or git has nothing to say of it.
    let Some(repository) = git.repositories.first() else { return Ok(when == Packed::UnlessIgnored) };
    if *told(&repository.tracked)? {
        return Ok(true);
    }
    Ok(when == Packed::UnlessIgnored && told(&repository.ignored)?.is_none())
}
