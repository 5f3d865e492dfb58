//! TW208: The file lies in a directory that a web server serves.

use super::*;

pub(super) struct WebRoot;

static META: Meta = Meta {
    code: "TW208",
    name: "web-root",
    severity: Severity::Critical,
    when: When::Default,
    summary: "The file lies in a directory that a web server serves.",
    why: "It is handed to whoever asks for its name, and many ask.",
    mend: "Move it out of the served directory, and rotate.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for WebRoot {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(root) = facts.place.known().and_then(|place| place.web_root.as_ref()) else { return Vec::new() };
        let message = format!("it lies in a directory that is served, by the sign of {}", escaped(&root.by));
        vec![Finding::new(&META, message).elsewhere(root.path.clone(), 0, 0)]
    }
}
