//! TW416: The environment has the variable already, with another value.

use super::{Construct, EnvFile, Facts, Finding, FixKind, Meta, Rule, Secret, Severity, When, each, written};

pub(super) struct ShadowedByEnvironment;

static META: Meta = Meta {
    code: "TW416",
    name: "shadowed-by-environment",
    severity: Severity::Warning,
    when: When::Default,
    summary: "The environment has the variable already, with another value.",
    why: "dotenv, dotenvy, godotenv, python-dotenv, node, bun and deno let the environment win; a shell, docker and systemd let the file win.",
    mend: "Unset the variable where it is set, or make both the same.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for ShadowedByEnvironment {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(environment) = facts.environment.known() else { return Vec::new() };
        each(file, |shape| {
            let there = environment.get(&shape.at.name)?;
            let here = Secret::new(shape.meant()?.to_owned());
            if here == *there {
                return None;
            }
            let finding = shape.finding(&META, "the environment has another value", shape.at.name_span);
            Some(written(finding, &[Construct::InEnvironment]))
        })
    }
}
