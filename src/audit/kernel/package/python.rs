//! What a source distribution of Python takes along, as measured with setuptools 65, hatchling 1.33, `flit_core` 4.2 and
//! `poetry-core` 2.5.

use std::path::Path;

use serde::Deserialize;

use super::{Answer, At, matches};
use crate::audit::facts::{Fact, Packed};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct Manifest {
    project: Option<toml::Table>,
    build_system: BuildSystem,
    tool: toml::Table,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct BuildSystem {
    requires: Vec<String>,
    build_backend: Option<String>,
}

/// The manifest that makes a folder a package, and whether the package has the file.
pub(super) fn manifest(at: &At<'_>) -> Option<(&'static str, Answer)> {
    let written = at.read("pyproject.toml").and_then(|text| toml::from_str::<Manifest>(&text).ok()).unwrap_or_default();
    let old = ["setup.py", "setup.cfg"].into_iter().find(|name| at.root.join(name).is_file());
    // Many a pyproject.toml only holds the settings of tools.
    let named = written.project.is_some() || written.tool.contains_key("poetry");
    let name = if named { "pyproject.toml" } else { old.filter(|name| *name == "setup.py")? };
    Some((name, if private(&written) { None } else { packed(at, &written) }))
}

/// What an index refuses to take, by agreement.
fn private(manifest: &Manifest) -> bool {
    let classifiers = manifest.project.as_ref().and_then(|project| project.get("classifiers")?.as_array());
    classifiers.into_iter().flatten().filter_map(toml::Value::as_str).any(|name| name.starts_with("Private ::"))
}

fn packed(at: &At<'_>, manifest: &Manifest) -> Answer {
    let tool = |name: &str| manifest.tool.get(name).and_then(toml::Value::as_table);
    let own_rules = |name: &str| Some(Fact::Unknown(format!("{name} has rules of its own here")));
    let deep = at.relative.components().count() > 1;
    match manifest.build_system.build_backend.as_deref() {
        None | Some("setuptools.build_meta" | "setuptools.build_meta:__legacy__") => setuptools(at, manifest),
        Some("hatchling.build") => {
            if tool("hatch").is_some_and(|hatch| hatch.contains_key("build")) {
                own_rules("hatchling")
            } else if at.in_repository() {
                Some(Fact::Known(Packed::UnlessIgnored))
            } else if at.root.join(".gitignore").is_file() {
                own_rules("hatchling")
            } else {
                Some(Fact::Known(Packed::Always))
            }
        }
        Some("flit_core.buildapi") => {
            let chosen = tool("flit").is_some_and(|flit| flit.contains_key("sdist"));
            (deep || chosen).then(|| Fact::Unknown("flit has rules of its own here".into()))
        }
        Some("poetry.core.masonry.api") => {
            let chosen = tool("poetry").is_some_and(|poetry| poetry.contains_key("include"));
            (deep || chosen).then(|| Fact::Unknown("poetry has rules of its own here".into()))
        }
        Some(other) => own_rules(other),
    }
}

/// Takes modules, and what `MANIFEST.in` names; with a plugin for it, whatever git tracks.
fn setuptools(at: &At<'_>, manifest: &Manifest) -> Answer {
    let plugin =
        |requirement: &String| requirement.starts_with("setuptools-scm") || requirement.starts_with("setuptools_scm");
    if manifest.build_system.requires.iter().any(plugin) {
        return Some(Fact::Known(Packed::IfTracked));
    }
    let template = at.read("MANIFEST.in").unwrap_or_default();
    if named(&template, at.relative) {
        return Some(Fact::Known(Packed::Always));
    }
    let data = manifest.tool.get("setuptools").and_then(|own| own.get("package-data")).is_some();
    data.then(|| Fact::Unknown("setuptools takes data of packages along here".into()))
}

/// Whether `MANIFEST.in` names a path: each line adds or takes away, and the last that means it decides.
fn named(template: &str, path: &Path) -> bool {
    let mut taken = false;
    for line in template.lines().map(|line| line.split('#').next().unwrap_or_default()) {
        let mut words = line.split_whitespace();
        let Some(command) = words.next() else { continue };
        let anchored = |pattern: &str| matches(&format!("/{}", pattern.trim_start_matches("./")), path);
        let below = |dir: &str, pattern: &str| match dir.trim_end_matches('/') {
            "." => matches(&format!("**/{pattern}"), path),
            dir => matches(&format!("/{dir}/**/{pattern}"), path),
        };
        let found = match command {
            "include" | "exclude" => words.any(anchored),
            "global-include" | "global-exclude" => words.any(|pattern| below(".", pattern)),
            "graft" | "prune" => words.next().is_some_and(|dir| below(dir, "*")),
            "recursive-include" | "recursive-exclude" => {
                words.next().is_some_and(|dir| words.any(|pattern| below(dir, pattern)))
            }
            _ => continue,
        };
        if found {
            taken = matches!(command, "include" | "global-include" | "graft" | "recursive-include");
        }
    }
    taken
}
