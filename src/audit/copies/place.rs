//! What sort of file a copy stands in.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::histories;

/// What sort of place a copy stands in: it decides how the copy got there and who must act.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// An environment file: another program reads the value there and will need the new one.
    Env,
    /// A file that a build, a pipeline or a container is made from.
    Ci,
    /// A notebook: the value may also stand in its saved output.
    Notebook,
    /// What a shell or interpreter remembers of what was typed.
    History,
    /// What an editor or a tool left behind.
    Backup,
    /// Any other file.
    Tree,
    /// An object of a git repository: it stays in every clone although no file has it any more.
    GitHistory {
        /// The object's name, in hexadecimal.
        object: String,
        /// What leads to it.
        origin: Origin,
    },
}

/// What leads to an object of git. Commits are the oldest that have it, by their whole names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// It is a file of a commit.
    File {
        /// The file's path there.
        name: PathBuf,
        /// The commit.
        commit: String,
        /// What leads to the commit.
        by: Way,
    },
    /// It is a folder of a commit, in which a file or folder is called so.
    Folder {
        /// The folder's path there; empty for the top.
        name: PathBuf,
        /// The commit.
        commit: String,
        /// What leads to the commit.
        by: Way,
    },
    /// It is a commit itself.
    Commit,
    /// It is an annotated tag of that name.
    Tag(String),
    /// It is no object: the name itself of a branch or a tag holds the value.
    Reference(String),
    /// No branch, tag, stash or note leads to it.
    Nothing,
    /// There were too many to ask of each.
    Unasked,
}

/// What leads to a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// A branch, a tag, or whatever else is neither of the others.
    Branch,
    /// The stash only.
    Stash,
    /// The notes of git only.
    Notes,
}

impl Place {
    /// Judges by the path alone; the caller knows of histories and backups under a home by where it found them.
    pub(super) fn of(path: &Path, home: Option<&Path>) -> Self {
        if let Some(place) = home.and_then(|home| path.strip_prefix(home).ok()).and_then(histories::place) {
            return place;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.as_ref();
        let within = |folder: &str| path.components().any(|part| part.as_os_str() == folder);
        match () {
            () if histories::named(name) => Self::History,
            () if is_backup(name) => Self::Backup,
            () if is_env(name) => Self::Env,
            () if [".ipynb", ".Rmd", ".qmd"].iter().any(|ending| name.ends_with(ending)) => Self::Notebook,
            () if is_build(name) || CI_FOLDERS.iter().any(|folder| within(folder)) => Self::Ci,
            () => Self::Tree,
        }
    }
}

const CI_FOLDERS: [&str; 6] = [".github", ".gitlab", ".circleci", ".buildkite", ".woodpecker", ".teamcity"];

fn is_env(name: &str) -> bool {
    const ENDING: &str = ".env";
    [".env", ".envrc", "env"].contains(&name) || name.starts_with(".env.") || name.ends_with(ENDING)
}

fn is_build(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        ".gitlab-ci.yml",
        ".travis.yml",
        ".drone.yml",
        "Jenkinsfile",
        "Containerfile",
        "appveyor.yml",
        "azure-pipelines.yml",
        "bitbucket-pipelines.yml",
        "cloudbuild.yaml",
    ];
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let yaml = ends(&[".yml", ".yaml"]);
    NAMES.contains(&name)
        || name.starts_with("Dockerfile")
        || ends(&[".Dockerfile", ".dockerfile"])
        || yaml && (name.starts_with("docker-compose") || name.starts_with("compose"))
}

/// Whether a name is one that editors and tools give to what they leave behind, whatever the file.
pub(crate) fn is_backup(name: &str) -> bool {
    const ENDINGS: [&str; 14] = [
        "~",
        ".bak",
        ".orig",
        ".old",
        ".save",
        ".swp",
        ".swo",
        ".swn",
        ".rpmsave",
        ".rpmnew",
        ".rpmorig",
        ".dpkg-old",
        ".dpkg-dist",
        ".dpkg-new",
    ];
    ENDINGS.iter().any(|ending| name.len() > ending.len() && name.ends_with(ending))
        || name.starts_with(".#")
        || name.len() > 2 && name.starts_with('#') && name.ends_with('#')
        || name.contains("___jb_")
        || crate::store::leftover_of(OsStr::new(name)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_what_sort_of_file_it_is() {
        let home = Path::new("/home/ann");
        for (path, expected) in [
            ("/srv/app/.env", Place::Env),
            ("/srv/app/.env.production", Place::Env),
            ("/srv/app/repos.env", Place::Env),
            ("/srv/app/repos.env.bak", Place::Backup),
            ("/srv/app/.repos.env.swp", Place::Backup),
            ("/srv/app/#repos.env#", Place::Backup),
            ("/srv/app/.repos.env.twcred-ab12cd.tmp", Place::Backup),
            ("/srv/app/.github/workflows/x.yml", Place::Ci),
            ("/srv/app/docker-compose.override.yml", Place::Ci),
            ("/srv/app/Dockerfile.dev", Place::Ci),
            ("/srv/app/a.ipynb", Place::Notebook),
            ("/srv/app/main.py", Place::Tree),
            ("/srv/app/~", Place::Tree),
            ("/root/.bash_history", Place::History),
            ("/home/ann/.config/Code/User/History/1a/x.env", Place::Backup),
            ("/home/ann/.local/share/fish/fish_history", Place::History),
            ("/home/ann/.local/share/x", Place::Tree),
        ] {
            assert_eq!(Place::of(Path::new(path), Some(home)), expected, "{path}");
        }
    }
}
