//! What a run that is refused must leave as it was: every file under the home, and every key at Twilio.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use super::{Ran, World, account_sid};

/// A state of the world that can be compared with a later one.
#[derive(PartialEq, Eq)]
pub(crate) struct Evidence {
    /// Path to kind, mode, owner, inode, names, moment of the last write, and content. A directory's own moment is left
    /// out: a probe makes a file in it and takes it away again.
    files: BTreeMap<String, String>,
    keys: Vec<String>,
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evidence").field("files", &self.files).field("keys", &self.keys).finish()
    }
}

impl Evidence {
    /// Everything but lock files and the empty folders of the state and of the configuration, which a refused run may make.
    pub(crate) fn of(world: &World) -> Self {
        let mut files = BTreeMap::new();
        walk(world.home.path(), world.home.path(), &mut files);
        let state = [".local", ".local/state", ".local/state/twcred"].map(str::to_owned);
        let config = [".config", ".config/twcred", ".config/twcred/secrets", ".config/twcred/profiles.lock"];
        files.retain(|path, _| !config.contains(&path.as_str()));
        let inside = ["rotations", "sealed", "locks"].map(|name| format!(".local/state/twcred/{name}"));
        files.retain(|path, _| {
            !state.contains(path) && !inside.contains(path) && !path.starts_with(".local/state/twcred/locks/")
        });
        let keys = world.sandbox.with_state(|state| {
            let shown = |key: &twcred::sandbox::Key| {
                format!("{} {:?} {:?} {} {}", key.sid, key.name, key.kind, key.created, key.updated)
            };
            state.keys(&account_sid('a')).map(shown).collect()
        });
        Self { files, keys }
    }
}

impl Evidence {
    /// The same without what stands in the state directory.
    fn beside_the_journal(mut self) -> Self {
        self.files.retain(|path, _| !path.starts_with(".local/state/twcred/"));
        self
    }
}

fn walk(root: &Path, dir: &Path, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let found = std::fs::symlink_metadata(&path).unwrap();
        let mut shown = format!(
            "{:?} {:o} {}:{} inode {} names {}",
            found.file_type(),
            found.permissions().mode(),
            found.uid(),
            found.gid(),
            found.ino(),
            found.nlink()
        );
        if found.is_file() {
            let content = std::fs::read(&path).unwrap();
            let content = String::from_utf8_lossy(&content);
            shown = format!("{shown} {}.{} {content:?}", found.mtime(), found.mtime_nsec());
        }
        files.insert(path.strip_prefix(root).unwrap().display().to_string(), shown);
        if found.is_dir() {
            walk(root, &path, files);
        }
    }
}

impl World {
    /// A run that must change nothing: no file, no key, no open rotation; and that says no secret.
    pub(crate) fn refused(&self, args: &[&str]) -> Ran {
        self.refused_by(self.command(args))
    }

    /// The same for a command of the test's own making.
    pub(crate) fn refused_by(&self, command: Command) -> Ran {
        let before = Evidence::of(self);
        let ran = self.finish(command);
        assert_eq!(Evidence::of(self), before, "{ran}");
        assert!(!self.leaks(&ran.raw_out) && !self.leaks(&ran.raw_err));
        assert_ne!(ran.code, Some(0), "{ran}");
        ran
    }

    /// A run that began a rotation and undid it: the file and the keys are as before, the journal is finished, and no
    /// sealed secret is left.
    pub(crate) fn undone(&self, args: &[&str]) -> Ran {
        let before = Evidence::of(self).beside_the_journal();
        let ran = self.finish(self.command(args));
        assert_eq!(Evidence::of(self).beside_the_journal(), before, "{ran}");
        assert!(!self.leaks(&ran.raw_out) && !self.leaks(&ran.raw_err));
        assert_ne!(ran.code, Some(0), "{ran}");
        assert_eq!(self.open(), 0, "{ran}");
        assert_eq!(self.sealed(), 0, "{ran}");
        ran
    }

    /// How many rotations are open.
    pub(crate) fn open(&self) -> usize {
        let listed = self.finish(self.command(&["rotation", "list", "--open", "--json"]));
        assert_eq!(listed.code, Some(0), "{listed}");
        listed.raw_out.matches("\"open\": true").count()
    }

    /// How many sealed secrets wait.
    pub(crate) fn sealed(&self) -> usize {
        std::fs::read_dir(self.state_dir().join("sealed")).map_or(0, Iterator::count)
    }

    /// Starts a run and waits until it stands still in the exchange that the sandbox holds.
    pub(crate) fn held(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        assert!(self.sandbox.wait_held(Duration::from_secs(20)).is_some(), "nothing was held");
        child
    }

    /// The same, and kills it there; what Twilio was asked it still does.
    pub(crate) fn killed(&self, args: &[&str]) {
        let mut child = self.held(args);
        child.kill().unwrap();
        child.wait().unwrap();
        self.settle();
    }

    /// Lets go what is held, and waits until it has ended. No fault is left.
    pub(crate) fn settle(&self) {
        self.sandbox.clear_faults();
        for exchange in self.sandbox.exchanges() {
            // What was told to hold still a moment ago may only come to do so after this.
            let ended = (0..200).any(|_| {
                self.sandbox.release();
                self.sandbox.wait_exchange(exchange.n, Duration::from_millis(100)).is_some()
            });
            assert!(ended, "exchange {} did not end", exchange.n);
        }
    }

    /// Lets this go wrong, in the words of `twcred sandbox --fault`.
    pub(crate) fn fault(&self, fault: &str) {
        self.sandbox.add_fault(fault.parse().unwrap());
    }

    /// How a run that was held came to its end.
    pub(crate) fn ended(&self, child: Child) -> Ran {
        self.ran(child.wait_with_output().unwrap())
    }

    /// Runs a command to its end.
    pub(crate) fn finish(&self, mut command: Command) -> Ran {
        let output = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        self.ran(output)
    }

    /// What a finished run said, made comparable.
    pub(crate) fn ran(&self, output: Output) -> Ran {
        let raw_out = String::from_utf8(output.stdout).unwrap();
        let raw_err = String::from_utf8(output.stderr).unwrap();
        Ran { code: output.status.code(), out: self.mask(&raw_out), err: self.mask(&raw_err), raw_out, raw_err }
    }
}
