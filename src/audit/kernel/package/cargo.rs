//! What `cargo package` takes along, as measured with cargo 1.95.

use serde::Deserialize;

use super::{Answer, At, listed};
use crate::audit::facts::{Fact, Packed};

#[derive(Deserialize)]
struct Manifest {
    package: Option<Package>,
}

#[derive(Deserialize)]
struct Package {
    publish: Option<toml::Value>,
    include: Option<toml::Value>,
    exclude: Option<toml::Value>,
}

pub(super) fn packed(at: &At<'_>, text: &str) -> Answer {
    // A workspace alone has nothing to pack.
    let package = toml::from_str::<Manifest>(text).ok()?.package?;
    let nowhere = |list: &Vec<toml::Value>| list.is_empty();
    match &package.publish {
        Some(toml::Value::Boolean(false)) => return None,
        Some(toml::Value::Array(list)) if nowhere(list) => return None,
        _ => {}
    }
    if at.relative.starts_with("target") {
        return None;
    }
    if let Some(include) = &package.include {
        return match patterns(include) {
            Some(include) => listed(include, at.relative, false).then_some(Fact::Known(Packed::Always)),
            None => Some(elsewhere()),
        };
    }
    match package.exclude.as_ref().map(patterns) {
        Some(None) => return Some(elsewhere()),
        Some(Some(exclude)) if listed(exclude.iter(), at.relative, false) => return None,
        _ => {}
    }
    if at.in_repository() {
        return Some(Fact::Known(Packed::UnlessIgnored));
    }
    // Outside of a repository, names that begin with a dot are left out.
    let hidden = at.relative.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.'));
    (!hidden).then_some(Fact::Known(Packed::Always))
}

fn elsewhere() -> Fact<Packed> {
    Fact::Unknown("the workspace says what the package takes along".into())
}

/// A list of patterns; none if it is inherited.
fn patterns(list: &toml::Value) -> Option<Vec<&str>> {
    list.as_array().map(|list| list.iter().filter_map(toml::Value::as_str).collect())
}
