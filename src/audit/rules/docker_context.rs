//! TW210: The file is in the build context of a Dockerfile and not ignored there.

use super::*;

pub(super) struct DockerContext;

static META: Meta = Meta {
    code: "TW210",
    name: "docker-context",
    severity: Severity::Warning,
    when: When::Default,
    summary: "The file is in the build context of a Dockerfile and not ignored there.",
    why: "`COPY . .` bakes it into a layer of the image, and images travel.",
    mend: "Add it to `.dockerignore`.",
    fix: FixKind::Unsafe,
    precedent: "The `prebuild` of dotenvx.",
};

impl Rule for DockerContext {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(Some(context)) = facts.place.known().and_then(|place| place.docker.known()) else { return Vec::new() };
        if context.ignored {
            return Vec::new();
        }
        let resolved = facts.kernel.known().and_then(|kernel| kernel.resolved.as_deref()).unwrap_or(&facts.path);
        let root = context.file.parent();
        let line = root.and_then(|root| resolved.strip_prefix(root).ok()).and_then(std::path::Path::to_str);
        let target = context.ignore_file.clone().or_else(|| root.map(|root| root.join(".dockerignore")));
        let fix = line.filter(|line| plain_pattern(line)).zip(target).map(|(line, path)| Fix {
            safety: Safety::Unsafe,
            title: "add it to .dockerignore".to_owned(),
            action: Action::Append { path, line: line.to_owned() },
        });
        vec![
            Finding::new(&META, "a build from this directory takes it in")
                .elsewhere(context.file.clone(), 0, 0)
                .fix(fix),
        ]
    }
}
