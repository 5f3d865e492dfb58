//! Striking a run at one system call, with strace.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::process::Output;

use crate::stage::{Stage, finish};

/// The calls that count: every one by which a process reaches a file system, and those on its sockets, which change
/// what stands at Twilio. Left out is what only asks about a descriptor (`fcntl`) or waits (`epoll_wait`). A `?` lets
/// strace pass over a call that this machine's architecture does not have.
pub(crate) const CALLS: &str = "?access,?faccessat,?faccessat2,?chmod,close,?fallocate,fchmod,fchmodat,fchown,fchownat,\
    fdatasync,?fgetxattr,flistxattr,flock,fremovexattr,fsetxattr,?fstat,fstatfs,fsync,ftruncate,getcwd,getdents64,\
    ?getxattr,?lgetxattr,?link,linkat,?lstat,lseek,?mkdir,mkdirat,?newfstatat,?open,openat,?openat2,pread64,preadv,\
    pwrite64,pwritev,read,?readlink,readlinkat,readv,?rename,?renameat,renameat2,?rmdir,sendfile,?stat,statfs,statx,\
    ?symlink,symlinkat,sync_file_range,syncfs,?truncate,?unlink,unlinkat,utimensat,write,\
    connect,recvfrom,recvmsg,sendto,sendmsg,shutdown,writev";

/// What happens at the call. It does not take effect in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blow {
    /// SIGKILL.
    Kill,
    /// It fails with this error.
    Fail(&'static str),
    /// It fails with this error, and so does every later call of that name.
    FailFromHere(&'static str),
}

/// A call of one run: the `nth` of its name in its thread, counted from 1, and how strace showed it. strace counts so,
/// and strikes the first thread that comes to that number.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) nth: usize,
    shown: String,
    /// Whether it is about the env file, the state directory, or what is beside them.
    at_work: bool,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.nth)
    }
}

impl Call {
    /// Whether it can change what the next run finds: a kill before any other is a kill before the next of these.
    pub(crate) fn changes(&self) -> bool {
        let changing = [
            "fchmod",
            "fremovexattr",
            "fsetxattr",
            "ftruncate",
            "linkat",
            "mkdirat",
            "pwrite64",
            "rename",
            "renameat",
            "renameat2",
            "unlinkat",
            "write",
            "writev",
        ];
        (changing.contains(&self.name.as_str()) && !self.is_pipe()) || self.shown.contains("O_CREAT")
    }

    /// Whether the file system has to find room or to wait for the disk.
    pub(crate) fn writes(&self) -> bool {
        self.changes() && self.on_file() || matches!(self.name.as_str(), "fsync" | "fdatasync")
    }

    /// Whether it is about a file of ours or about what is printed; not a socket, a descriptor by which the runtime
    /// wakes itself, or a library that is being loaded.
    pub(crate) fn on_file(&self) -> bool {
        self.at_work || self.shown.contains("<pipe:")
    }

    fn is_pipe(&self) -> bool {
        self.shown.contains("<pipe:") || self.shown.contains("<anon_inode")
    }
}

/// How a struck run ended.
pub(crate) struct Struck {
    pub(crate) output: Output,
    /// The call as strace showed it, if the run came so far.
    pub(crate) at: Option<String>,
}

/// strace, where it is.
#[derive(Clone)]
pub(crate) struct Strace(PathBuf);

impl Strace {
    /// Finds it in the search path.
    pub(crate) fn find() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the worlds of the tests have a search path of their own")]
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).map(|dir| dir.join("strace")).find(|program| program.is_file());
        Self(found.expect("strace is not installed; tests/run installs it"))
    }

    /// The calls of one run that nobody harms.
    pub(crate) fn calls(&self, stage: &Stage, args: &[&str]) -> Vec<Call> {
        let (output, log) = self.run(stage, args, CALLS, None);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let (mut calls, mut counts) = (Vec::<Call>::new(), BTreeMap::new());
        for (thread, line) in log.lines().map(|line| (&line[..line.len() - without_pid(line).len()], without_pid(line)))
        {
            let Some((name, _)) = line.split_once('(').filter(|(name, _)| !name.contains(' ')) else { continue };
            let nth = counts.entry((thread, name)).and_modify(|count| *count += 1).or_insert(1_usize);
            let nth = *nth;
            if calls.iter().any(|call| call.name == name && call.nth == nth) {
                continue;
            }
            let at_work = line.contains(stage.work().to_str().unwrap());
            calls.push(Call { name: name.to_owned(), nth, shown: line.to_owned(), at_work });
        }
        calls
    }

    /// Runs and strikes.
    pub(crate) fn strike(&self, stage: &Stage, args: &[&str], call: &Call, blow: Blow) -> Struck {
        let Call { name, nth, .. } = call;
        let inject = match blow {
            Blow::Kill => format!("{name}:signal=KILL:when={nth}"),
            Blow::Fail(error) => format!("{name}:error={error}:when={nth}"),
            Blow::FailFromHere(error) => format!("{name}:error={error}:when={nth}+"),
        };
        let (output, log) = self.run(stage, args, name, Some(&inject));
        let at = match blow {
            Blow::Kill => log.lines().rfind(|line| line.contains(name)).filter(|_| output.status.code().is_none()),
            _ => log.lines().find(|line| line.contains("(INJECTED)")),
        };
        Struck { at: at.map(|line| without_pid(line).to_owned()), output }
    }

    fn run(&self, stage: &Stage, args: &[&str], calls: &str, inject: Option<&str>) -> (Output, String) {
        let log = stage.world.path("strace.log");
        let program = stage.command(args);
        let mut command = std::process::Command::new(&self.0);
        command.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(stage.work()).args(["-f", "-qq", "-y", "-e", "signal=none", "-o"]).arg(&log);
        command.args(["-e", &format!("trace={calls}")]);
        if let Some(inject) = inject {
            command.args(["-e", &format!("inject={inject}")]);
        }
        command.arg(program.get_program()).args(program.get_args());
        let output = finish(command);
        let log = std::fs::read(&log).unwrap_or_default();
        (output, String::from_utf8_lossy(&log).into_owned())
    }
}

/// strace puts the number of the process before each line.
fn without_pid(line: &str) -> &str {
    line.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ' ')
}
