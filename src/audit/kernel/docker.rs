//! Build contexts that take the file into an image.

use std::path::{Path, PathBuf};

use ignore::gitignore::GitignoreBuilder;

use crate::audit::facts::{DockerContext, Fact};

/// The innermost directory with a Dockerfile or compose file whose context takes the file in; if all are told to leave
/// it out, the innermost of those.
pub(super) fn of(path: &Path) -> Fact<Option<DockerContext>> {
    let mut covered = None;
    for dir in path.ancestors().skip(1) {
        let Some(file) = definition(dir) else { continue };
        let Ok(relative) = path.strip_prefix(dir) else { continue };
        let own = file.file_name().map(|name| dir.join(format!("{}.dockerignore", name.to_string_lossy())));
        let ignore_file = own.into_iter().chain([dir.join(".dockerignore")]).find(|path| path.is_file());
        let rules = match ignore_file.as_deref().map(std::fs::read_to_string).transpose() {
            Ok(rules) => rules.unwrap_or_default(),
            Err(error) => return Fact::Unknown(format!("the .dockerignore cannot be read: {error}")),
        };
        let context = DockerContext { ignored: covers(&rules, relative), file, ignore_file };
        if !context.ignored {
            return Fact::Known(Some(context));
        }
        covered.get_or_insert(context);
    }
    Fact::Known(covered)
}

fn definition(dir: &Path) -> Option<PathBuf> {
    const NAMES: [&str; 6] =
        ["Dockerfile", "Containerfile", "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
    NAMES.iter().map(|name| dir.join(name)).find(|path| path.is_file())
}

/// Whether rules leave a path out. Unlike git's, each is anchored at the context, the last one that matches decides, and
/// an exception reaches into directories that were left out.
fn covers(rules: &str, relative: &Path) -> bool {
    let mut covered = false;
    for line in rules.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (exception, pattern) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest.trim_start()));
        let pattern = pattern.trim_start_matches("./").trim_matches('/');
        let mut builder = GitignoreBuilder::new("");
        if builder.add_line(None, &format!("/{pattern}")).is_err() {
            continue;
        }
        if let Ok(rule) = builder.build()
            && rule.matched_path_or_any_parents(relative, false).is_ignore()
        {
            covered = !exception;
        }
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_dockers_and_not_gits() {
        for (rules, path, expected) in [
            ("", ".env", false),
            (".env", ".env", true),
            (".env", "sub/.env", false),
            ("**/.env", "sub/.env", true),
            ("**/.env", ".env", true),
            ("*.env", "repos.env", true),
            ("/repos.env", "repos.env", true),
            ("secrets/", "secrets/a/b.env", true),
            ("secrets\n!secrets/a/b.env", "secrets/a/b.env", false),
            ("*\n!src", "repos.env", true),
            ("*\n!src", "src/x.env", false),
            ("# .env", ".env", false),
            ("./.env", ".env", true),
        ] {
            assert_eq!(covers(rules, Path::new(path)), expected, "{rules:?} {path}");
        }
    }
}
