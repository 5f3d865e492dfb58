//! What the kernel says of the file and of the way to it.

use std::path::PathBuf;

use super::Fact;

/// What a file is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    #[default]
    Regular,
    /// A directory.
    Directory,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A block or character device.
    Device,
    /// Anything else.
    Other,
}

impl FileKind {
    /// Its name, with an article.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Regular => "a regular file",
            Self::Directory => "a directory",
            Self::Fifo => "a named pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
            Self::Other => "no regular file",
        }
    }
}

/// Who the file is expected to belong to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExpectedOwner {
    /// The user.
    pub uid: u32,
    /// Where that comes from.
    pub source: OwnerSource,
}

/// Where the expectation of an owner comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OwnerSource {
    /// `--owner`.
    Flag,
    /// `SUDO_UID`.
    Sudo,
    /// The effective user of this process.
    #[default]
    Process,
}

/// What the kernel says, of the descriptor that was read and not of the name.
#[derive(Debug, Clone, Default)]
pub struct KernelFacts {
    /// The path after every symbolic link, if it could be resolved.
    pub resolved: Option<PathBuf>,
    /// What it is.
    pub kind: FileKind,
    /// The permission bits with set-id and sticky, `0o7777` at most. With an ACL the group bits are its mask.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// The number of names of the inode.
    pub nlink: u64,
    /// Who it should belong to.
    pub expected: ExpectedOwner,
    /// The extended access ACL of the file; empty if it has none.
    pub acl: Fact<Acl>,
    /// An `NFSv4`, macOS or SMB ACL: `Some(true)` if an entry lets somebody else in; `None` if there is none.
    pub foreign_acl: Fact<Option<bool>>,
    /// The default ACL of the directory that holds the file; empty if it has none.
    pub parent_default_acl: Fact<Acl>,
    /// Every directory on the way, lexical and resolved, each once, from `/` downwards. The last one with
    /// [`Ancestor::holds`] is the directory that holds the file.
    pub ancestors: Vec<Ancestor>,
    /// Every symbolic link on the path as given, from `/` downwards.
    pub links: Vec<Link>,
    /// The file system it lies on.
    pub filesystem: Fact<FileSystem>,
    /// The file-creation mask of this process.
    pub umask: Fact<u32>,
}

/// A directory on the way to the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ancestor {
    /// Where.
    pub path: PathBuf,
    /// Permission bits with set-id and sticky.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// On the path as given (before links are followed), on the resolved path, or on both.
    pub chain: Chain,
    /// Whether the (resolved) file lies directly in it.
    pub holds: bool,
    /// Its extended access ACL; empty if it has none. With one the group bits of the mode are its mask.
    pub acl: Fact<Acl>,
}

impl Ancestor {
    /// What it takes to put another file in the place of one in it: to write and to search it (`path_resolution(7)`).
    pub const REPLACE: u32 = 0o3;

    /// Everybody but its owner and root who has any rights to it, each with those that are left to him after the mask.
    /// Where its ACL could not be read, as the mode alone says: the group then stands for whomever the ACL may name.
    #[must_use]
    pub fn others(&self) -> Vec<(AclWho, u32)> {
        let acl = self.acl.known().filter(|acl| !acl.entries.is_empty());
        let group = acl.and_then(Acl::owning_group).unwrap_or(self.mode >> 3 & 0o7);
        let named = acl.into_iter().flat_map(|acl| acl.others(self.uid)).map(|(entry, rights)| (entry.who, rights));
        let all = [(AclWho::OwningGroup, group)].into_iter().chain(named).chain([(AclWho::Other, self.mode & 0o7)]);
        all.filter(|(_, rights)| *rights != 0).collect()
    }

    /// Of those, the ones who may put another file in the place of one in it, if it is not sticky.
    #[must_use]
    pub fn replacers(&self) -> Vec<AclWho> {
        let may = |(_, rights): &(AclWho, u32)| rights & Self::REPLACE == Self::REPLACE;
        self.others().into_iter().filter(may).map(|(who, _)| who).collect()
    }

    /// Whether somebody is nobody else than `user`: himself, or a group that has one member by custom: root's, or the one
    /// of the number of the user the directory belongs to. That nobody joined it cannot be seen here; and where an ACL could
    /// not be read, what looks like the group's rights may be anybody's.
    #[must_use]
    pub fn private_to(&self, who: AclWho, user: u32) -> bool {
        let private = |gid: u32| gid == 0 || gid == self.uid && self.uid == user;
        match who {
            AclWho::User(uid) => uid == user,
            AclWho::OwningGroup => self.acl.unknown().is_none() && private(self.gid),
            AclWho::Group(gid) => private(gid),
            AclWho::Owner | AclWho::Mask | AclWho::Other => false,
        }
    }
}

/// On which way to the file a directory lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Chain {
    /// Only on the path as given: it holds a link.
    Lexical,
    /// Only on the path that links lead to.
    Resolved,
    /// On both.
    #[default]
    Both,
}

/// A symbolic link on the path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The link.
    pub path: PathBuf,
    /// What it says, if that could be read.
    pub target: Option<PathBuf>,
    /// The link's own owner.
    pub uid: u32,
    /// Whether it is the last component: the file itself.
    pub last: bool,
}

/// A POSIX ACL, as in `system.posix_acl_access` or `system.posix_acl_default`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acl {
    /// Its entries; empty if there is no extended ACL.
    pub entries: Vec<AclEntry>,
}

impl Acl {
    /// The mask, which limits every entry but the owner's and the others'. Without one nothing is limited.
    #[must_use]
    pub fn mask(&self) -> u32 {
        self.entries.iter().find(|entry| entry.who == AclWho::Mask).map_or(0o7, |entry| entry.perms)
    }

    /// The entries for named users and groups, with the rights the mask leaves them.
    pub fn named(&self) -> impl Iterator<Item = (AclEntry, u32)> {
        let mask = self.mask();
        self.entries
            .iter()
            .filter(|entry| matches!(entry.who, AclWho::User(_) | AclWho::Group(_)))
            .map(move |entry| (*entry, entry.perms & mask))
    }

    /// Of those, the entries that let somebody in: of the owner the kernel asks the owner's own entry, and of root nothing
    /// (`acl(5)`), whatever an entry by their numbers says.
    pub fn others(&self, owner: u32) -> impl Iterator<Item = (AclEntry, u32)> {
        self.named().filter(move |(entry, _)| !matches!(entry.who, AclWho::User(uid) if uid == 0 || uid == owner))
    }

    /// The rights the owning group really has: its entry, limited by the mask.
    #[must_use]
    pub fn owning_group(&self) -> Option<u32> {
        self.entries.iter().find(|entry| entry.who == AclWho::OwningGroup).map(|entry| entry.perms & self.mask())
    }
}

/// One entry of an ACL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AclEntry {
    /// For whom.
    pub who: AclWho,
    /// Read 4, write 2, execute 1, before the mask.
    pub perms: u32,
}

/// For whom an entry of an ACL is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AclWho {
    /// `ACL_USER_OBJ`
    Owner,
    /// `ACL_USER`
    User(u32),
    /// `ACL_GROUP_OBJ`
    OwningGroup,
    /// `ACL_GROUP`
    Group(u32),
    /// `ACL_MASK`
    Mask,
    /// `ACL_OTHER`
    Other,
}

/// The file system.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSystem {
    /// Its name, such as `ext4`, `nfs`, `9p`.
    pub name: String,
    /// Whether it lies on another machine, or on the host of this one.
    pub network: bool,
    /// Whether it keeps and enforces modes; `None` if that is not known of it.
    pub enforces_modes: Option<bool>,
}
