//! The words that say what something in a comment is.

/// What the name of a secret ends in.
pub(super) const ENDS: &[&str] = &["token", "secret", "secretkey", "password", "passwd", "pwd"];

/// The same of names that are one of these, or end in one behind a `_`: other words end so, too.
pub(super) const SHORT: &[&str] = &["pass", "pw"];

/// Words that may stand between it and the value.
pub(super) const BETWEEN: &[&str] = &[
    "is", "was", "are", "were", "be", "the", "a", "an", "our", "my", "its", "old", "new", "now", "then", "current",
    "previous", "prev", "former", "last", "live", "real", "value", "twilio", "twilio's", "still",
];

/// Words that turn what stands before them into something of something else: `token for`, `secret of`.
pub(super) const OF: &[&str] =
    &["of", "for", "from", "in", "on", "at", "to", "by", "with", "until", "till", "before", "after", "since", "as"];

/// What is made of a secret and does not give it away.
pub(super) const DIGESTS: &[&str] = &[
    "md5",
    "sha",
    "sha1",
    "sha256",
    "hash",
    "hashed",
    "digest",
    "checksum",
    "sum",
    "etag",
    "fingerprint",
    "fp",
    "encrypted",
    "sealed",
];

/// What has a token's form and only names something.
pub(super) const HANDLES: &[&str] = &[
    "commit", "uuid", "guid", "id", "request", "trace", "build", "tenant", "session", "ticket", "version", "revision",
    "file", "path", "name", "item", "entry", "note", "record", "ref", "arn", "gist", "zone", "page", "docs", "bucket",
];

/// Where secrets are kept. What is called the secret of one is the name it has there.
pub(super) const STORES: &[&str] = &[
    "aws",
    "gcp",
    "azure",
    "docker",
    "swarm",
    "k8s",
    "kube",
    "kubernetes",
    "terraform",
    "github",
    "gitlab",
    "vault",
    "openbao",
    "keyvault",
    "secretsmanager",
    "doppler",
    "infisical",
    "bitwarden",
    "1password",
    "onepassword",
    "lastpass",
    "dashlane",
    "keepass",
    "keepassxc",
    "keychain",
    "keyring",
];

/// What stands behind the name of a variable without making another thing of it.
pub(super) const STAGES: &[&str] = &[
    "old",
    "new",
    "prev",
    "previous",
    "last",
    "secondary",
    "backup",
    "bak",
    "test",
    "dev",
    "staging",
    "prod",
    "live",
    "key",
];

/// What is called so is made up.
pub(super) const MADE_UP: &[&str] = &["example", "sample", "dummy", "fake", "mock", "placeholder"];

/// What is called the token of one is for everybody to read.
pub(super) const OPEN: &[&str] = &["public", "page", "verification", "csrf", "xsrf"];

/// What is not the live token is another one.
pub(super) const WHICH: &[&str] = &["live", "current", "new", "old", "last", "previous", "prev", "former"];

/// Programs that keep secrets and give them by the name of an item.
pub(super) const PROGRAMS: &[&str] =
    &["bw", "rbw", "lpass", "pass", "gopass", "op", "gcloud", "kubectl", "oc", "vault", "bao", "aws", "az", "doppler"];

/// How they are asked for one.
pub(super) const ASKS: &[&str] = &["get", "show", "access", "read", "describe", "edit", "rm", "delete"];

/// What tells that a value is the answer of a program, and not what it was asked for.
pub(super) const GIVES: &[&str] = &[
    "is", "was", "gives", "gave", "says", "said", "returns", "returned", "prints", "printed", "shows", "showed",
    "yields", "yielded",
];

/// What is done with a secret: `log in with token …` speaks of the token.
pub(super) const ACTS: &[&str] = &[
    "use",
    "uses",
    "used",
    "work",
    "works",
    "worked",
    "call",
    "called",
    "curl",
    "log",
    "login",
    "in",
    "run",
    "sign",
    "signed",
    "try",
    "tried",
    "tested",
    "authenticate",
    "it",
    "this",
    "that",
    "them",
];

/// How it stands with a secret, in a label behind the word for it: which one it is, and whether it is good.
pub(super) const STANDS: &[&str] = &[
    "primary",
    "main",
    "production",
    "development",
    "stage",
    "sandbox",
    "trial",
    "local",
    "qa",
    "uat",
    "other",
    "original",
    "default",
    "one",
    "rotated",
    "created",
    "added",
    "issued",
    "generated",
    "changed",
    "account",
    "subaccount",
    "copy",
    "fallback",
    "emergency",
    "revoked",
    "expired",
    "retired",
    "leaked",
    "compromised",
    "unused",
    "deprecated",
    "valid",
    "invalid",
    "active",
    "inactive",
    "not",
    "no",
    "longer",
    "never",
    "yet",
    "any",
    "more",
    "anymore",
    "only",
    "do",
    "does",
    "don",
    "dont",
    "did",
    "use",
    "used",
    "works",
    "share",
    "delete",
    "remove",
    "keep",
    "expires",
    "expire",
    "will",
    "has",
    "been",
    "we",
    "i",
    "it",
    "this",
    "today",
    "jan",
    "january",
    "feb",
    "february",
    "mar",
    "march",
    "apr",
    "april",
    "may",
    "jun",
    "june",
    "jul",
    "july",
    "aug",
    "august",
    "sep",
    "september",
    "oct",
    "october",
    "nov",
    "november",
    "dec",
    "december",
    "end",
];

/// What one logs in to, or as, with a password: `smtp-pass`. Behind other words a pass is none: `by-pass`.
pub(super) const LOGINS: &[&str] = &[
    "smtp", "imap", "pop3", "mail", "email", "ftp", "sftp", "ssh", "ldap", "sip", "vpn", "wifi", "http", "proxy",
    "auth", "login", "user", "admin", "root", "account", "api", "twilio", "db", "database", "sql", "mysql", "mariadb",
    "postgres", "pg", "mongo", "redis", "rabbitmq", "amqp", "mqtt",
];

/// What a token is for, said without a `for`: `auth token shop`.
pub(super) const OWNERS: &[&str] = &[
    "shop",
    "webshop",
    "website",
    "backend",
    "frontend",
    "crm",
    "erp",
    "billing",
    "sales",
    "marketing",
    "newsletter",
    "helpdesk",
    "office",
];

/// Who makes tokens and is nobody: what has the form of one behind it may be its id.
pub(super) const THINGS: &[&str] = &[
    "jenkins",
    "ci",
    "job",
    "pipeline",
    "workflow",
    "script",
    "bot",
    "run",
    "runner",
    "action",
    "actions",
    "hook",
    "webhook",
    "trigger",
    "automation",
    "cron",
    "task",
    "worker",
    "function",
    "lambda",
    "project",
    "client",
    "service",
    "server",
    "app",
    "application",
    "program",
    "process",
    "plugin",
    "module",
    "tool",
    "system",
    "machine",
    "device",
    "host",
    "node",
    "pod",
    "container",
    "instance",
    "stack",
    "deploy",
    "deployment",
    "migration",
    "agent",
    "operator",
    "role",
    "policy",
    "team",
    "user",
    "member",
    "customer",
    "employee",
    "principal",
    "identity",
    "uid",
    "sid",
    "key",
    "account",
    "subaccount",
    "circleci",
    "travis",
    "ansible",
    "puppet",
    "chef",
    "argocd",
    "renovate",
    "dependabot",
    "issue",
    "incident",
    "pr",
    "mr",
    "change",
    "event",
    "order",
    "patch",
    "release",
    "merge",
];
