//! What `npm pack` takes along, as measured with npm 11.19.

use std::path::Path;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::Deserialize;

use super::{Answer, At, listed};
use crate::audit::facts::{Fact, Packed};

#[derive(Deserialize)]
struct Manifest {
    name: Option<String>,
    version: Option<String>,
    #[serde(default)]
    private: bool,
    files: Option<Vec<String>>,
}

pub(super) fn packed(at: &At<'_>, text: &str) -> Answer {
    // One that is no package, or is not to be published, gives nothing away.
    let manifest: Manifest = serde_json::from_str(text).ok()?;
    if manifest.private || manifest.name.is_none() || manifest.version.is_none() || never(at.relative) {
        return None;
    }
    let root = match &manifest.files {
        Some(files) if !listed(files, at.relative, true) => return None,
        // What the list names, ignore files at the root do not take back.
        Some(_) => None,
        None => Some(Path::new("").to_owned()),
    };
    let mut rules: Vec<Gitignore> = Vec::new();
    for folder in root.into_iter().chain(at.folders()) {
        if !folder.as_os_str().is_empty() && ignored(&rules, &folder, true) {
            return None;
        }
        // Beside an `.npmignore` the `.gitignore` does not count; those above the package do not either.
        let own = [".npmignore", ".gitignore"].iter().find_map(|name| at.read(folder.join(name)));
        let mut builder = GitignoreBuilder::new(&folder);
        for line in own.unwrap_or_default().lines() {
            // A line that is no pattern ignores nothing.
            let _ = builder.add_line(None, line);
        }
        rules.extend(builder.build());
    }
    (!ignored(&rules, at.relative, false)).then_some(Fact::Known(Packed::Always))
}

/// The innermost file that says something of a path decides.
fn ignored(rules: &[Gitignore], path: &Path, folder: bool) -> bool {
    let says = rules.iter().rev().find_map(|rule| match rule.matched(path, folder) {
        Match::None => None,
        Match::Ignore(_) => Some(true),
        Match::Whitelist(_) => Some(false),
    });
    says.unwrap_or(false)
}

/// What npm leaves out whatever is said.
fn never(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.components()
        .any(|part| ["node_modules", ".git", ".hg", ".svn", "CVS"].iter().any(|name| part.as_os_str() == *name))
        || name.ends_with(".orig")
        || name.starts_with("._")
        || (name.starts_with('.') && name.ends_with(".swp"))
}
