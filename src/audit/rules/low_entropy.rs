//! TW412: A secret has few different characters.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, entries};

pub(super) struct LowEntropy;

static META: Meta = Meta {
    code: "TW412",
    name: "low-entropy",
    severity: Severity::Info,
    when: When::Pedantic,
    summary: "A secret has few different characters.",
    why: "Nobody made it at random.",
    mend: "If it is real, rotate it; if not, see TW410.",
    fix: FixKind::None,
    precedent: "gitleaks.",
};

impl Rule for LowEntropy {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        entries(file)
            .iter()
            .filter(|entry| entry.role.is_secret())
            .filter_map(|entry| {
                let value = entry.real().filter(|value| value.len() >= 16)?;
                let bits = entropy(value.as_bytes());
                (bits < 3.0).then(|| {
                    entry.finding(
                        &META,
                        format!("{bits:.1} bits to a character are few for a secret"),
                        entry.shape.spelling(),
                    )
                })
            })
            .collect()
    }
}

/// Shannon's entropy, in bits to a character.
fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text {
        counts[usize::from(*byte)] += 1;
    }
    let total = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    let used = counts.iter().filter(|count| **count > 0);
    used.map(|count| f64::from(*count) / total).map(|share| -share * share.log2()).sum()
}
