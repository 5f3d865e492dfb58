//! TW314: A value without quotes has a `#` in it.

use super::*;

pub(super) struct HashInValue;

static META: Meta = Meta {
    code: "TW314",
    name: "hash-in-value",
    severity: Severity::Error,
    when: When::Default,
    summary: "A value without quotes has a `#` in it.",
    why: "node, bun, deno and direnv cut the value there; the others keep it.",
    mend: "Choose a value without it.",
    fix: FixKind::Suggested,
    precedent: "dotenv-linter #559 emptied such a value.",
};

impl Rule for HashInValue {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        shapes(file)
            .filter(|shape| shape.unquoted() && !shape.runs())
            .filter_map(|shape| {
                let span = shape.find(|byte| byte == b'#')?;
                Some(written(
                    Finding::new(&META, "for some readers the value ends here").at(span).of(&shape.at.name),
                    &[Construct::HashInValue],
                ))
            })
            .collect()
    }
}
