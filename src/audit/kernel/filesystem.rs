//! Which file system something lies on, and whether it enforces modes.

use std::os::fd::AsFd;
use std::path::Path;

use crate::audit::facts::FileSystem;

/// What is known of a sort of file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// Keeps modes and enforces them.
    Native,
    /// The kernel's own window on itself: nothing there is anybody's file.
    Kernel,
    /// Has no modes: what is shown comes from mount options.
    Modeless,
    /// Modes depend on how it was mounted and on nothing that can be seen.
    Unsure,
    /// On another machine, which keeps and enforces modes.
    Network,
    /// On another machine or on the host, modes as above unsure.
    NetworkUnsure,
    /// Any of many, by its mount options.
    Fuse,
    /// Of the host: of Windows under WSL, or of a hypervisor; by its mount options.
    Plan9,
}

/// `f_type` of `statfs(2)`, from `linux/magic.h` and the sources of those that are not there.
const MAGIC: &[(u64, &str, Sort)] = &[
    (0x0000_ef53, "ext4", Sort::Native),
    (0x5846_5342, "xfs", Sort::Native),
    (0x9123_683e, "btrfs", Sort::Native),
    (0x2fc1_2fc1, "zfs", Sort::Native),
    (0xca45_1a4e, "bcachefs", Sort::Native),
    (0xf2f5_2010, "f2fs", Sort::Native),
    (0x0102_1994, "tmpfs", Sort::Native),
    (0x8584_58f6, "ramfs", Sort::Native),
    (0x794c_7630, "overlay", Sort::Native),
    (0x0000_f15f, "ecryptfs", Sort::Native),
    (0x5265_4973, "reiserfs", Sort::Native),
    (0x3153_464a, "jfs", Sort::Native),
    (0x0000_3434, "nilfs2", Sort::Native),
    (0xe0f5_e1e2, "erofs", Sort::Native),
    (0x7371_7368, "squashfs", Sort::Native),
    (0x0000_482b, "hfsplus", Sort::Native),
    (0x0116_1970, "gfs2", Sort::Native),
    (0x7461_636f, "ocfs2", Sort::Native),
    (0x0000_4d44, "vfat", Sort::Modeless),
    (0x2011_bab0, "exfat", Sort::Modeless),
    (0x0000_4244, "hfs", Sort::Modeless),
    (0x5346_4846, "drvfs", Sort::Modeless),
    (0x5346_544e, "ntfs", Sort::Modeless),
    (0x7366_746e, "ntfs3", Sort::Unsure),
    (0x0000_9660, "iso9660", Sort::Unsure),
    (0x1501_3346, "udf", Sort::Unsure),
    (0x0000_6969, "nfs", Sort::Network),
    (0x00c3_6400, "ceph", Sort::Network),
    (0x0bd0_0bd0, "lustre", Sort::Network),
    (0x4750_4653, "gpfs", Sort::Network),
    (0x5346_414f, "afs", Sort::NetworkUnsure),
    (0x7375_7245, "coda", Sort::NetworkUnsure),
    (0xff53_4d42, "cifs", Sort::NetworkUnsure),
    (0xfe53_4d42, "smb3", Sort::NetworkUnsure),
    (0x0000_517b, "smbfs", Sort::NetworkUnsure),
    (0x786f_4256, "vboxsf", Sort::NetworkUnsure),
    (0xbacb_acbc, "vmhgfs", Sort::NetworkUnsure),
    (0x7c7c_6673, "prl_fs", Sort::NetworkUnsure),
    (0x0102_1997, "9p", Sort::Plan9),
    (0x6573_5546, "fuse", Sort::Fuse),
    (0x0000_9fa0, "proc", Sort::Kernel),
    (0x6265_6572, "sysfs", Sort::Kernel),
    (0x0000_1cd1, "devpts", Sort::Kernel),
    (0x0027_e0eb, "cgroup", Sort::Kernel),
    (0x6367_7270, "cgroup2", Sort::Kernel),
    (0x6462_6720, "debugfs", Sort::Kernel),
    (0x7472_6163, "tracefs", Sort::Kernel),
    (0x7363_6673, "securityfs", Sort::Kernel),
    (0xcafe_4a11, "bpf", Sort::Kernel),
    (0x6165_676c, "pstore", Sort::Kernel),
    (0x1980_0202, "mqueue", Sort::Kernel),
    (0x9584_58f6, "hugetlbfs", Sort::Kernel),
    (0x6e73_6673, "nsfs", Sort::Kernel),
    (0x6265_6570, "configfs", Sort::Kernel),
    (0xde5e_81e4, "efivarfs", Sort::Kernel),
    (0x4249_4e4d, "binfmt_misc", Sort::Kernel),
    (0xf97c_ff8c, "selinuxfs", Sort::Kernel),
];

/// Whether a path is on a file system that only shows what the kernel does, such as `/proc`.
pub(crate) fn is_kernels(path: &Path) -> bool {
    let known =
        rustix::fs::open(path, rustix::fs::OFlags::PATH | rustix::fs::OFlags::CLOEXEC, rustix::fs::Mode::empty());
    known.is_ok_and(|fd| matches!(sort(&fd), Ok(Some((_, Sort::Kernel)))))
}

/// What an open file lies on.
///
/// # Errors
/// A reason that completes "cannot tell: …".
pub fn of(file: impl AsFd) -> Result<FileSystem, String> {
    let mounts = || std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let device = rustix::fs::fstat(&file).map_err(|error| format!("the file cannot be examined: {error}"))?.st_dev;
    match sort(&file)? {
        Some((name, sort)) => Ok(judge(name, sort, || mount(&mounts(), device))),
        None => match mount(&mounts(), device) {
            Some(mount) => Ok(FileSystem { name: mount.kind, network: false, enforces_modes: None }),
            None => Err("the file system is of no known sort".into()),
        },
    }
}

#[cfg(target_os = "linux")]
fn sort(file: impl AsFd) -> Result<Option<(&'static str, Sort)>, String> {
    let found = rustix::fs::fstatfs(&file).map_err(|error| format!("the file system cannot be examined: {error}"))?;
    // The field is signed, and narrower on some machines.
    let magic = i128::from(found.f_type) & 0xffff_ffff;
    Ok(MAGIC.iter().find(|(known, ..)| i128::from(*known) == magic).map(|(_, name, sort)| (*name, *sort)))
}

#[cfg(not(target_os = "linux"))]
fn sort(_: impl AsFd) -> Result<Option<(&'static str, Sort)>, String> {
    Ok(None)
}

fn judge(name: &str, sort: Sort, mount: impl Fn() -> Option<Mount>) -> FileSystem {
    let plain = |network, enforces_modes| FileSystem { name: name.into(), network, enforces_modes };
    match sort {
        Sort::Native | Sort::Kernel => plain(false, Some(true)),
        Sort::Modeless => plain(false, Some(false)),
        Sort::Unsure => plain(false, None),
        Sort::Network => plain(true, Some(true)),
        Sort::NetworkUnsure => plain(true, None),
        Sort::Plan9 => mount().map_or(plain(true, None), |mount| {
            // What WSL mounts drives with: without `metadata` no mode is kept.
            let windows = mount.has("aname=drvfs");
            let name = if windows { "drvfs" } else { "9p" };
            let enforces_modes = windows.then(|| mount.has("metadata"));
            FileSystem { name: name.into(), network: true, enforces_modes }
        }),
        Sort::Fuse => mount().map_or(plain(false, None), |mount| {
            const REMOTE: [&str; 8] = ["sshfs", "virtiofs", "gluster", "s3fs", "rclone", "davfs", "gvfs", "gcsfuse"];
            let network = REMOTE.iter().any(|remote| mount.kind.contains(remote));
            let enforces_modes = if mount.has("default_permissions") || mount.kind == "virtiofs" {
                Some(true)
            } else if mount.has("allow_other") {
                // The kernel leaves every check to a program, and lets everybody ask it.
                Some(false)
            } else {
                None
            };
            FileSystem { name: mount.kind, network, enforces_modes }
        }),
    }
}

/// One line of `/proc/self/mountinfo`.
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    kind: String,
    options: String,
}

impl Mount {
    fn has(&self, option: &str) -> bool {
        self.options.split([',', ';']).any(|known| known == option)
    }
}

/// The last mount of a device, whose options are those in force.
fn mount(table: &str, device: u64) -> Option<Mount> {
    let device = format!("{}:{}", rustix::fs::major(device), rustix::fs::minor(device));
    table.lines().rev().find_map(|line| {
        let (head, tail) = line.split_once(" - ")?;
        let mut head = head.split(' ').skip(2);
        if head.next()? != device {
            return None;
        }
        let own = head.nth(2)?;
        let mut tail = tail.split(' ');
        let kind = tail.next()?.to_owned();
        Some(Mount { kind, options: format!("{own},{}", tail.nth(1)?) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
30 23 0:26 / /mnt/c rw,noatime - 9p drvfs rw,dirsync,aname=drvfs;path=C:\\;uid=1000;gid=1000;symlinkroot=/mnt/,mmap
31 23 0:27 / /mnt/d rw,noatime - 9p drvfs rw,aname=drvfs;path=D:\\;metadata;uid=1000
32 23 0:28 / /mnt/host rw - 9p share rw,trans=virtio
33 23 0:29 / /home/a/far rw,nosuid - fuse.sshfs a@b:/ rw,user_id=1000,group_id=1000
34 23 0:30 / /media/stick rw,nosuid - fuseblk /dev/sdb1 rw,user_id=0,allow_other,blksize=4096
35 23 0:31 / /data rw shared:1 master:2 - fuse.bindfs x rw,default_permissions,allow_other
";

    #[test]
    fn mount_options_tell_what_the_magic_number_does_not() {
        let on = |minor, sort| judge("x", sort, || mount(TABLE, rustix::fs::makedev(0, minor)));
        let told = |minor, sort| {
            let found = on(minor, sort);
            (found.name, found.network, found.enforces_modes)
        };
        assert_eq!(told(26, Sort::Plan9), ("drvfs".into(), true, Some(false)));
        assert_eq!(told(27, Sort::Plan9), ("drvfs".into(), true, Some(true)));
        assert_eq!(told(28, Sort::Plan9), ("9p".into(), true, None));
        assert_eq!(told(29, Sort::Fuse), ("fuse.sshfs".into(), true, None));
        assert_eq!(told(30, Sort::Fuse), ("fuseblk".into(), false, Some(false)));
        assert_eq!(told(31, Sort::Fuse), ("fuse.bindfs".into(), false, Some(true)));
        assert_eq!(told(99, Sort::Fuse), ("x".into(), false, None));
    }

    #[test]
    fn the_kernels_own_are_told_from_files() {
        assert!(is_kernels(Path::new("/proc")));
        assert!(is_kernels(Path::new("/sys")));
        let home = tempfile::tempdir().unwrap();
        assert!(!is_kernels(home.path()));
        let found = of(std::fs::File::open(home.path()).unwrap()).unwrap();
        assert_eq!(found.enforces_modes, Some(true), "{found:?}");
    }
}
