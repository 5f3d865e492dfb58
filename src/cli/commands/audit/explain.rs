//! What one rule says of itself.

use std::io;

use serde::Serialize;

use crate::audit::rules::{RULES, find};
use crate::audit::{Meta, Severity};
use crate::cli::error::Failure;
use crate::cli::view::{Outcome, Page, View};

pub(super) fn run(name: &str) -> Result<Outcome, Failure> {
    let Some(rule) = find(name) else {
        let near = RULES.iter().map(|rule| rule.meta()).find(|meta| {
            !name.is_empty() && (meta.name.contains(name) || name.contains(meta.name) || meta.code.starts_with(name))
        });
        let failure = Failure::usage(format!("`{name}` is the code or name of no rule"));
        return Err(match near {
            Some(meta) => failure.hint(format!("did you mean {} ({})?", meta.code, meta.name)),
            None => failure.hint("docs/rules.md lists the rules"),
        });
    };
    Ok(Outcome::show(Explained::of(rule.meta())))
}

#[derive(Serialize)]
struct Explained {
    code: &'static str,
    name: &'static str,
    severity: Severity,
    asked: &'static str,
    summary: &'static str,
    why: &'static str,
    mend: &'static str,
    fix: &'static str,
    elsewhere: &'static str,
}

impl Explained {
    fn of(meta: &'static Meta) -> Self {
        Self {
            code: meta.code,
            name: meta.name,
            severity: meta.severity,
            asked: meta.when.name(),
            summary: meta.summary,
            why: meta.why,
            mend: meta.mend,
            fix: meta.fix.name(),
            elsewhere: meta.precedent,
        }
    }
}

impl View for Explained {
    const SCHEMA: &'static str = "twcred.audit-rule/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let asked = self.asked.replace('`', "");
        page.line(format!("{} {} ({}, asked {asked}, fix: {})", self.code, self.name, self.severity.name(), self.fix))?;
        for (title, text) in
            [("What", self.summary), ("Why", self.why), ("How to mend it", self.mend), ("Elsewhere", self.elsewhere)]
        {
            if !text.is_empty() {
                page.line("")?;
                page.line(format!("{title}: {text}"))?;
            }
        }
        Ok(())
    }
}
