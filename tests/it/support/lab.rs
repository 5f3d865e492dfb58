//! Files with real modes and owners, and the program over them as root and as an ordinary user.

use std::fs::{DirBuilder, File, Permissions};
use std::io::{Read, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, chown, lchown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// An ordinary user, whom no list of users knows; his group has the same number.
pub(crate) const USER: u32 = 61_234;
/// Another one.
pub(crate) const OTHER: u32 = 61_235;

/// How long a program may take before it counts as hanging, on a machine under any load.
const PATIENCE: Duration = Duration::from_mins(5);

/// A home of somebody, and the program as he runs it.
pub(crate) struct Lab {
    top: TempDir,
    home: PathBuf,
    /// Whose home it is, and who runs the program.
    pub(crate) uid: u32,
    env: Vec<(String, String)>,
    program: File,
}

/// What a run said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Everything of a file that an audit must leave as it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct State {
    bytes: Option<Vec<u8>>,
    size: u64,
    mode: u32,
    owner: (u32, u32),
    inode: (u64, u64, u64),
    mtime: (i64, i64),
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl Lab {
    /// Root's, if the tests run as root; then an ordinary user's. Otherwise that of who runs the tests.
    pub(crate) fn each() -> Vec<Self> {
        if is_root() { vec![Self::of(0), Self::of(USER)] } else { vec![Self::of(rustix::process::geteuid().as_raw())] }
    }

    /// An ordinary user's.
    pub(crate) fn user() -> Self {
        Self::of(if is_root() { USER } else { rustix::process::geteuid().as_raw() })
    }

    /// Root's. For tests that run as root.
    pub(crate) fn root() -> Self {
        assert!(is_root());
        Self::of(0)
    }

    fn of(uid: u32) -> Self {
        // The folder must be within everybody's reach, whatever TMPDIR says.
        let top = tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir_in("/var/tmp").unwrap();
        let program = File::open(env!("CARGO_BIN_EXE_twcred")).unwrap();
        // A shell that starts it has it open too.
        rustix::io::fcntl_setfd(&program, rustix::io::FdFlags::empty()).unwrap();
        let home = top.path().canonicalize().unwrap().join("home");
        let env = vec![
            ("HOME".to_owned(), home.display().to_string()),
            ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned()),
        ];
        let lab = Self { top, home, uid, env, program };
        lab.dir("", 0o700);
        lab
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path below the home.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.home.clone() } else { self.home.join(name) }
    }

    /// A path beside the home, where root may keep things that the user only sees.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.top.path().canonicalize().unwrap().join(name)
    }

    /// A directory of his.
    pub(crate) fn dir(&self, name: &str, mode: u32) -> PathBuf {
        let path = self.at(name);
        DirBuilder::new().recursive(true).mode(0o700).create(&path).unwrap();
        self.give(&path);
        chmod(&path, mode);
        path
    }

    /// A file of his.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = self.at(name);
        let mut file = File::create(&path).unwrap();
        file.write_all(bytes.as_ref()).unwrap();
        self.give(&path);
        chmod(&path, mode);
        path
    }

    /// A symbolic link of his.
    pub(crate) fn link(&self, target: impl AsRef<Path>, name: &str) -> PathBuf {
        let path = self.at(name);
        std::os::unix::fs::symlink(target, &path).unwrap();
        self.give(&path);
        path
    }

    /// Makes something the user's own, without following links. Where the tests do not run as root, it is already.
    pub(crate) fn give(&self, path: &Path) {
        if is_root() {
            lchown(path, Some(self.uid), Some(self.uid)).unwrap();
        }
    }

    /// The program in his home, with his identity, no further groups and nothing of the caller's environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        // By its descriptor: the folder it was built in may be closed to the user.
        let mut command = Command::new(format!("/proc/self/fd/{}", self.program.as_raw_fd()));
        command.arg0("twcred").args(args);
        self.as_he(&mut command);
        command
    }

    /// Any program as he runs it.
    pub(crate) fn as_he(&self, command: &mut Command) {
        command.env_clear().envs(self.env.iter().map(|(name, value)| (name, value))).current_dir(&self.home);
        if is_root() && self.uid != 0 {
            // Without other groups than this one: the library drops them with the user.
            command.uid(self.uid).gid(self.uid);
        }
    }

    pub(crate) fn run(&self, args: &[&str]) -> Said {
        said(&mut self.command(args))
    }

    /// The findings of `audit`, each as code and severity, and the exit code.
    pub(crate) fn found(&self, args: &[&str]) -> (Vec<String>, Option<i32>) {
        let ran = self.run(&[&["audit", "--json"], args].concat());
        (findings(&ran).iter().map(|(what, _)| what.clone()).collect(), ran.code)
    }

    /// What the findings of `audit` say.
    pub(crate) fn messages(&self, args: &[&str]) -> Vec<String> {
        let ran = self.run(&[&["audit", "--json"], args].concat());
        findings(&ran).into_iter().map(|(what, message)| format!("{what}: {message}")).collect()
    }
}

/// Each finding of a JSON report: code and severity, and the message.
pub(crate) fn findings(ran: &Said) -> Vec<(String, String)> {
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let all = json["files"].as_array().unwrap().iter().flat_map(|file| file["findings"].as_array().unwrap());
    all.map(|f| (format!("{} {}", text(&f["code"]), text(&f["severity"])), text(&f["message"]))).collect()
}

/// Runs a program to its end without any input. One that does not end is killed, and the test fails.
pub(crate) fn said(command: &mut Command) -> Said {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display()));
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    thread::scope(|scope| {
        let err = scope.spawn(move || text(&mut err));
        let out = scope.spawn(move || text(&mut out));
        let status = ended(&mut child);
        let (out, err) = (out.join().unwrap(), err.join().unwrap());
        let status = status.unwrap_or_else(|| panic!("{command:?} does not end; it said\n{out}{err}"));
        Said { code: status.code(), out, err }
    })
}

/// Waits for the end of a child; none if it had to be killed.
fn ended(child: &mut Child) -> Option<ExitStatus> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() > until {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

fn text(from: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// What a file is, without following a link; its bytes too, if it is a regular file that an audit reads and this user may.
pub(crate) fn state(path: &Path) -> State {
    let found = path.symlink_metadata().unwrap();
    State {
        bytes: (found.is_file() && found.len() <= 1 << 20).then(|| std::fs::read(path).ok()).flatten(),
        size: found.len(),
        mode: found.mode(),
        owner: (found.uid(), found.gid()),
        inode: (found.dev(), found.ino(), found.nlink()),
        mtime: (found.mtime(), found.mtime_nsec()),
    }
}

/// The permission bits of a file, set-id and sticky bits included.
pub(crate) fn bits(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().mode() & 0o7777
}

pub(crate) fn chmod(path: &Path, mode: u32) {
    #[expect(clippy::disallowed_methods, reason = "a test makes the modes it needs")]
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Gives something to another user. For tests that run as root.
pub(crate) fn give(path: &Path, uid: u32, gid: u32) {
    chown(path, Some(uid), Some(gid)).unwrap();
}
