//! Packages that would take the file along when they are published. Manifests and ignore files are read as data; nothing
//! is run.

mod cargo;
mod npm;
mod python;

use std::path::{Path, PathBuf};

use ignore::gitignore::GitignoreBuilder;

use crate::audit::facts::{Fact, Package, Packed};

/// A manifest is a few kilobytes.
const LONGEST: u64 = 1 << 20;

/// The packages around a file whose archive would have it, or might. The path is free of links.
pub(super) fn around(path: &Path) -> Vec<Package> {
    let mut found = Vec::new();
    // A crate within a crate is not the outer one's to pack.
    let mut crates = 0;
    for root in path.ancestors().skip(1) {
        let Ok(relative) = path.strip_prefix(root) else { continue };
        let at = At { root, relative };
        found.extend(at.asked("package.json", "npm pack", npm::packed));
        if let Some(manifest) = at.read("Cargo.toml") {
            crates += 1;
            let innermost = crates == 1;
            found.extend(
                innermost.then(|| at.told("Cargo.toml", "cargo package", cargo::packed(&at, &manifest))).flatten(),
            );
        }
        found.extend(python::manifest(&at).and_then(|(name, packed)| at.told(name, "a source distribution", packed)));
    }
    found
}

/// Whether a package has the file, as far as its own files tell; none if it has not.
type Answer = Option<Fact<Packed>>;

/// A folder that may be a package's, and the file seen from there.
struct At<'a> {
    root: &'a Path,
    relative: &'a Path,
}

impl At<'_> {
    fn asked(&self, manifest: &str, command: &'static str, ask: impl Fn(&Self, &str) -> Answer) -> Option<Package> {
        let text = self.read(manifest)?;
        self.told(manifest, command, ask(self, &text))
    }

    fn told(&self, manifest: &str, command: &'static str, packed: Answer) -> Option<Package> {
        packed.map(|packed| Package { manifest: self.root.join(manifest), command, packed })
    }

    /// A small text file of the package; a link may stand for it.
    fn read(&self, name: impl AsRef<Path>) -> Option<String> {
        let path = self.root.join(name);
        let found = path.metadata().ok()?;
        if !found.is_file() || found.len() > LONGEST { None } else { std::fs::read_to_string(path).ok() }
    }

    /// The folders on the way to the file, seen from the package, outermost first; the package itself is none of them.
    fn folders(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> =
            self.relative.ancestors().skip(1).filter(|dir| !dir.as_os_str().is_empty()).map(Path::to_owned).collect();
        folders.reverse();
        folders
    }

    fn in_repository(&self) -> bool {
        !crate::audit::git::work_trees(self.root).is_empty()
    }
}

/// Whether a pattern, as in an ignore file and counted from the root, means a path or a folder it lies in.
fn matches(pattern: &str, path: &Path) -> bool {
    let mut builder = GitignoreBuilder::new("");
    let rooted = builder.add_line(None, pattern).is_ok();
    rooted && builder.build().is_ok_and(|rule| rule.matched_path_or_any_parents(path, false).is_ignore())
}

/// What a list of patterns says of a path: the last that means it decides, and one that begins with `!` says no.
fn listed(patterns: impl IntoIterator<Item = impl AsRef<str>>, path: &Path, rooted: bool) -> bool {
    let mut taken = false;
    for pattern in patterns {
        let pattern = pattern.as_ref();
        let (says, pattern) = pattern.strip_prefix('!').map_or((true, pattern), |rest| (false, rest));
        let plain = pattern.trim_start_matches("./").trim_end_matches('/');
        let plain = if rooted { format!("/{}", plain.trim_start_matches('/')) } else { plain.to_owned() };
        if plain.trim_matches('/').is_empty() || plain == "." {
            continue;
        }
        if matches(&plain, path) {
            taken = says;
        }
    }
    taken
}

#[cfg(test)]
mod tests;
