//! What the kernel is told, and asked, about processes.

use std::io;

use rustix::io::Errno;
use rustix::process::{Pid, Resource, Rlimit};

/// Keeps the memory of this process, secrets and all, out of core dumps; on Linux also away from debuggers of the same
/// user.
///
/// Two locks on one door: the "dumpable" attribute, which ends with the next `exec`, and a soft limit of 0 bytes, which
/// children inherit and may raise again up to the hard limit, left as it was. A core pattern that is a pipe ignores the
/// limit (`core(5)`), so the attribute is what counts there.
///
/// # Errors
/// If the kernel refuses either; the other has been tried all the same.
pub fn disable_core_dumps() -> io::Result<()> {
    let maximum = rustix::process::getrlimit(Resource::Core).maximum;
    let limit = rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum });
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(limit?)
}

/// Whether a process of this id exists; it need not be ours, nor the one that once had the id.
#[must_use]
pub fn process_alive(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return false };
    matches!(rustix::process::test_kill_process(pid), Ok(()) | Err(Errno::PERM))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_and_the_impossible_are_told_apart() {
        assert!(process_alive(std::process::id()));
        assert!(process_alive(1));
        assert!(!process_alive(0));
        assert!(!process_alive(u32::MAX));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        assert!(!process_alive(pid));
    }

    #[test]
    fn core_dumps_end() {
        disable_core_dumps().unwrap();
        assert_eq!(rustix::process::getrlimit(Resource::Core).current, Some(0));
        #[cfg(target_os = "linux")]
        assert_eq!(rustix::process::dumpable_behavior().unwrap(), rustix::process::DumpableBehavior::NotDumpable);
    }
}
