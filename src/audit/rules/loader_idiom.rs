//! TW507: A script beside the file loads it in a way that gives it away.

use super::{EnvFile, Facts, Finding, FixKind, Idiom, Meta, Rule, Severity, When};

pub(super) struct LoaderIdiom;

static META: Meta = Meta {
    code: "TW507",
    name: "loader-idiom",
    severity: Severity::Warning,
    when: When::Pedantic,
    summary: "A script beside the file loads it in a way that gives it away.",
    why: "`export $(xargs < FILE)` puts every value into the arguments of a program, which all users see, and where it fails `export` prints the whole environment. `source FILE` without a slash looks on the search path first, and may run another file.",
    mend: "Write `set -a; . ./FILE; set +a`.",
    fix: FixKind::Suggested,
    precedent: "",
};

impl Rule for LoaderIdiom {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(loaders) = facts.place.known().and_then(|place| place.loaders.known()) else { return Vec::new() };
        let found = loaders.iter().map(|loader| {
            let message = match loader.idiom {
                Idiom::Arguments => "this line makes arguments of the values",
                Idiom::SearchPath => "this line looks for the file on the search path first",
            };
            Finding::new(&META, message).elsewhere(loader.path.clone(), loader.line, loader.column)
        });
        found.collect()
    }
}
