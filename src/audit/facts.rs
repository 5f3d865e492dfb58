//! What other parts found out about a file, handed to the rules as plain data.
//!
//! Rules do no I/O; they judge what stands here. Whatever could not be found out is [`Fact::Unknown`] with its reason,
//! whatever nobody looked for is [`Fact::NotAsked`], and neither is ever taken for "all is well". Nothing here holds a
//! value of the file, except [`Facts::environment`], whose values are [`Secret`]s.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use super::readers::Readers;
use crate::model::time::Timestamp;
use crate::model::{ApiKey, Fingerprint, KeyKind, KeySid, Secret};

/// Something that was found out, could not be found out, or was not looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Fact<T> {
    /// It is so.
    Known(T),
    /// Somebody looked and could not tell; the reason completes "cannot tell: …".
    Unknown(String),
    /// Nobody looked.
    #[default]
    NotAsked,
}

impl<T> Fact<T> {
    /// The fact, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(fact) => Some(fact),
            Self::Unknown(_) | Self::NotAsked => None,
        }
    }

    /// Why it is unknown, if somebody looked.
    #[must_use]
    pub fn unknown(&self) -> Option<&str> {
        match self {
            Self::Unknown(reason) => Some(reason),
            Self::Known(_) | Self::NotAsked => None,
        }
    }
}

/// Everything known about one audited file besides its bytes.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The path as the user gave it; `-` for standard input.
    pub path: PathBuf,
    /// What the kernel says of the open file and of its directories.
    pub kernel: Fact<KernelFacts>,
    /// What stands around it.
    pub place: Fact<PlaceFacts>,
    /// What git says of it, in every enclosing repository.
    pub git: Fact<GitFacts>,
    /// Where else its values stand.
    pub copies: Fact<CopyFacts>,
    /// What Twilio said of its credentials.
    pub live: Fact<LiveFacts>,
    /// What was rotated on this machine, and when.
    pub rotated: Fact<Vec<Rotated>>,
    /// The process's environment, of the names that the file assigns.
    pub environment: Fact<BTreeMap<String, Secret>>,
    /// What the user chose.
    pub options: Options,
}

/// What the user chose.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Groups that may read the file.
    pub allow_groups: BTreeSet<u32>,
    /// How old a credential may grow.
    pub max_age: Option<Duration>,
    /// Which readers the file is for; all, if the user did not say.
    pub readers: Readers,
    /// The moment of this run; without it no age is judged.
    pub now: Option<Timestamp>,
    /// Whether what takes a second flag is to be mended too: then a copy need not be closed before it is removed.
    pub unsafe_fixes: bool,
}

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
}

impl Ancestor {
    /// Whether its group has one member by custom: root's, or the one of the number of the user it belongs to. That nobody
    /// joined it cannot be seen here.
    #[must_use]
    pub fn private_group(&self, user: u32) -> bool {
        self.gid == 0 || self.gid == self.uid && self.uid == user
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

/// What stands around the file.
#[derive(Debug, Clone, Default)]
pub struct PlaceFacts {
    /// Neighbours that bear the name of a copy of it: backups, swap files, leftovers of editors.
    pub siblings: Fact<Vec<Sibling>>,
    /// Copies that editors keep in their own directories, and the trash.
    pub editor_copies: Fact<Vec<Sibling>>,
    /// The directory of a Dockerfile or compose file whose build context takes the file in.
    pub docker: Fact<Option<DockerContext>>,
    /// Packages whose archive has the file, or might.
    pub packages: Fact<Vec<Package>>,
    /// Lines of scripts beside it that load it in a way that gives it away.
    pub loaders: Fact<Vec<Loader>>,
    /// The ancestor that a web server serves, with what says so.
    pub web_root: Option<Marked>,
    /// The ancestor that is synced to other machines, with the service.
    pub synced: Option<Marked>,
    /// The shared temporary directory it lies under.
    pub shared_tmp: Option<PathBuf>,
}

/// A directory and what marks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// The directory.
    pub path: PathBuf,
    /// What marks it, such as `nginx.conf` or `Dropbox`.
    pub by: String,
}

/// A file that looks like a copy of the audited one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sibling {
    /// Where.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
    /// Whether it holds a secret value of the audited file.
    pub holds_value: Fact<bool>,
    /// Its group.
    pub gid: u32,
    /// Whether it is a copy by its name beyond doubt, has no other name (hard link) and belongs to the owner of the
    /// audited file: only then is it a copy that may be changed.
    pub sure: bool,
    /// Known if nothing would be lost with it; else the reason why it is to stay.
    pub spare: Fact<()>,
}

/// A build context that takes the file in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerContext {
    /// The Dockerfile or compose file.
    pub file: PathBuf,
    /// The `.dockerignore` that does not cover the file, if there is one.
    pub ignore_file: Option<PathBuf>,
    /// Whether it covers the file: then all is well.
    pub ignored: bool,
}

/// A package that takes the file along when it is published, or might.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// What makes it one: `package.json`.
    pub manifest: PathBuf,
    /// What would take the file along: `npm pack`.
    pub command: &'static str,
    /// Whether it would.
    pub packed: Fact<Packed>,
}

/// When a package takes the file along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packed {
    /// In any case.
    Always,
    /// Unless git ignores it and does not track it.
    UnlessIgnored,
    /// If git tracks it.
    IfTracked,
}

/// A line of a script that loads the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loader {
    /// The script.
    pub path: PathBuf,
    /// 1-based line.
    pub line: usize,
    /// 1-based column in code points.
    pub column: usize,
    /// How it loads the file.
    pub idiom: Idiom,
}

/// A way of loading a file that gives it away, or loads another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idiom {
    /// `export $(cat FILE | xargs)`, `env $(cat FILE)`: every value becomes an argument of a program, or of a shell that
    /// prints its whole environment where there is none.
    Arguments,
    /// `source FILE` without a slash: a shell looks for the name on its search path first.
    SearchPath,
}

/// What git says, of every repository that encloses the file, innermost first.
#[derive(Debug, Clone, Default)]
pub struct GitFacts {
    /// The repositories; none if the file is in no work tree.
    pub repositories: Vec<Repository>,
}

/// One enclosing repository.
#[derive(Debug, Clone, Default)]
pub struct Repository {
    /// The root of its work tree.
    pub root: PathBuf,
    /// Whether its index names the file.
    pub tracked: Fact<bool>,
    /// What ignores the file; `None` inside if nothing does.
    pub ignored: Fact<Option<IgnoreSource>>,
    /// Whether a commit of any branch has the file.
    pub in_history: Fact<bool>,
    /// Where this clone alone is told what to ignore: `.git/info/exclude`, or that of the repository a work tree is of.
    pub exclude: Option<PathBuf>,
}

/// Where the deciding ignore rule stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IgnoreSource {
    /// A `.gitignore`, which other clones have too.
    Shared(PathBuf),
    /// `.git/info/exclude` or `core.excludesFile`, which only this clone has.
    Local(PathBuf),
}

/// Where else the values of the file stand.
#[derive(Debug, Clone, Default)]
pub struct CopyFacts {
    /// Each place, sorted by path, line, variable.
    pub found: Vec<Copied>,
    /// What could not be searched, each with its reason, sorted.
    pub unsearched: Vec<(PathBuf, String)>,
}

/// One value of the file, found elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The variable of the audited file whose exact value it is.
    pub variable: String,
    /// Whether the value is a secret; a SID is not.
    pub secret: bool,
    /// The file it stands in.
    pub path: PathBuf,
    /// 1-based line number, if the file has lines.
    pub line: Option<usize>,
    /// 1-based column in code points.
    pub column: Option<usize>,
    /// What sort of file that is.
    pub kind: CopyKind,
    /// Of a repository's history: the file's path in the commit that the note names, if one has it.
    pub within: Option<PathBuf>,
    /// What else is needed to find it there: how it is encoded, or which commit has it.
    pub note: Option<String>,
}

/// What sort of file holds a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CopyKind {
    /// A file of a project.
    File,
    /// The history of a shell or of an interpreter.
    ShellHistory,
    /// A commit of a git repository.
    GitHistory,
}

/// A credential that a rotation of this machine has put in the place of another, by its journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// Which.
    pub what: Made,
    /// Since when it is the one to be used.
    pub at: Timestamp,
}

/// What a rotation has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// An API key.
    Key(KeySid),
    /// An Auth Token. Its fingerprint is all that a journal has of it.
    Token(Fingerprint),
}

/// What Twilio said.
#[derive(Debug, Clone, Default)]
pub struct LiveFacts {
    /// Each credential of the file that was tried.
    pub probes: Vec<Probe>,
    /// Each account of a credential that works, unless another audited file told of it.
    pub accounts: Vec<AccountKeys>,
}

impl LiveFacts {
    /// Whether something was asked that Twilio may answer another time. What nobody here has the right to ask is no such
    /// thing.
    #[must_use]
    pub fn inconclusive(&self) -> bool {
        let verdict = |probe: &Probe| matches!(probe.verdict, Verdict::CannotTell(_));
        self.probes.iter().any(|probe| probe.unanswered || verdict(probe))
            || self.accounts.iter().any(|account| account.unanswered)
    }
}

/// One credential and the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The variables it was put together from: the one to point at first, that of the account last if there is one.
    pub variables: Vec<String>,
    /// Whether it is an Auth Token; else an API key.
    pub token: bool,
    /// The answer.
    pub verdict: Verdict,
    /// Of what kind the key is.
    pub kind: Fact<KeyKind>,
    /// When the key was made.
    pub created: Fact<Timestamp>,
    /// Variables that hold phone numbers which the account does not own.
    pub foreign_numbers: Fact<Vec<String>>,
    /// Whether the account still has the key that was refused, as its Auth Token may know.
    pub kept: Fact<bool>,
    /// Whether something of this stayed unknown for want of an answer, and not of a right.
    pub unanswered: bool,
}

impl Probe {
    /// A verdict, and nothing else asked.
    #[must_use]
    pub fn new(variables: Vec<String>, token: bool, verdict: Verdict) -> Self {
        Self {
            variables,
            token,
            verdict,
            kind: Fact::NotAsked,
            created: Fact::NotAsked,
            foreign_numbers: Fact::NotAsked,
            kept: Fact::NotAsked,
            unanswered: false,
        }
    }
}

/// The keys of an account that nothing known here answers for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountKeys {
    /// The variable that names the account.
    pub variable: String,
    /// The keys that no entry of an audited file holds, and on which no open rotation of this machine works; by SID.
    pub unheld: Fact<Vec<ApiKey>>,
    /// Whether this stayed unknown for want of an answer, and not of a right.
    pub unanswered: bool,
}

/// What became of a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Twilio accepts it.
    Live,
    /// Twilio refuses it on an endpoint it would be entitled to.
    Rejected,
    /// It works, but not for the account that the file names.
    OtherAccount,
    /// The account is suspended or closed.
    AccountInactive,
    /// Test credentials.
    Test,
    /// The key was revoked, and the file still has it.
    Revoked,
    /// No answer that settles it, with the reason.
    CannotTell(String),
}
