//! The programs that read env files, as data: what each makes of each construct, so that a finding can say whom it
//! concerns and the user can say whom he cares about.

mod table;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use table::TABLE;

/// A program or library that reads env files. Versions: `tests/it/fixtures/env-corpus/README.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reader {
    /// `bash`
    Bash,
    /// `sh` on Debian.
    Dash,
    /// `zsh`
    Zsh,
    /// `export $(grep -v '^#' FILE | xargs)`
    Xargs,
    /// `python-dotenv`
    PythonDotenv,
    /// The npm package, versions 16 to 18.
    NodeDotenv,
    /// The npm package with `dotenv`.
    DotenvExpand,
    /// `node --env-file`, version 20.
    Node20,
    /// `node --env-file`, version 24.
    Node24,
    /// `bun`
    Bun,
    /// `deno`
    Deno,
    /// The crate.
    Dotenvy,
    /// The unmaintained crate `dotenv`.
    DotenvRs,
    /// `godotenv`
    Godotenv,
    /// `dotenv` in an `.envrc`.
    Direnv,
    /// `docker --env-file`
    Docker,
    /// `env_file:`
    Compose,
    /// `EnvironmentFile=`
    Systemd,
}

impl Reader {
    /// Every reader, in the order in which they are named to the user.
    pub const ALL: &'static [Self] = &[
        Self::Bash,
        Self::Dash,
        Self::Zsh,
        Self::Xargs,
        Self::PythonDotenv,
        Self::NodeDotenv,
        Self::DotenvExpand,
        Self::Node20,
        Self::Node24,
        Self::Bun,
        Self::Deno,
        Self::Dotenvy,
        Self::DotenvRs,
        Self::Godotenv,
        Self::Direnv,
        Self::Docker,
        Self::Compose,
        Self::Systemd,
    ];

    /// Its name, as the user writes and reads it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Dash => "dash",
            Self::Zsh => "zsh",
            Self::Xargs => "xargs",
            Self::PythonDotenv => "python-dotenv",
            Self::NodeDotenv => "dotenv",
            Self::DotenvExpand => "dotenv-expand",
            Self::Node20 => "node20",
            Self::Node24 => "node24",
            Self::Bun => "bun",
            Self::Deno => "deno",
            Self::Dotenvy => "dotenvy",
            Self::DotenvRs => "dotenv-rs",
            Self::Godotenv => "godotenv",
            Self::Direnv => "direnv",
            Self::Docker => "docker",
            Self::Compose => "compose",
            Self::Systemd => "systemd",
        }
    }

    #[cfg(test)]
    fn corpus_name(self) -> &'static str {
        match self {
            Self::NodeDotenv => "node-dotenv18",
            other => other.name(),
        }
    }

    fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

/// What a reader makes of a construct, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// What was meant.
    Literal,
    /// Another value.
    Changed,
    /// A variable is not set, or not under its name, and nobody is told.
    Lost,
    /// The reader says that it failed.
    Fails,
    /// A part of the file is run.
    Executes,
}

/// A way of writing that not all readers take alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Construct {
    /// `A="x"`
    DoubleQuoted,
    /// `A='x'`
    SingleQuoted,
    /// `A="x y"`
    QuotedBlank,
    /// `export A=x`
    Export,
    /// `export  A=x`, or a tab behind `export`
    ExportSpaced,
    /// `A = x`
    BlankBesideEquals,
    /// A quote that is never closed.
    OpenQuote,
    /// `A="x"y`
    TextAfterQuote,
    /// `A=x # y`
    InlineComment,
    /// `A= # y`
    InlineCommentAfterEmpty,
    /// `A=x y`
    UnquotedBlank,
    /// `A=x;y` and the like.
    ShellCharacter,
    /// `A=x$y`
    Dollar,
    /// `A="x$y"`
    DollarInDouble,
    /// `A='x$y'`
    DollarInSingle,
    /// `A=x\y`
    Backslash,
    /// `A="x\y"`
    BackslashInDouble,
    /// `A='x\y'`
    BackslashInSingle,
    /// A backtick, unquoted or as the quote.
    Backtick,
    /// A backtick between double quotes.
    BacktickInDouble,
    /// `A=$(x)`
    Substitution,
    /// `A="$(x)"`
    SubstitutionInDouble,
    /// `A=x#y`
    HashInValue,
    /// `A=it's`
    QuoteInValue,
    /// A quoted value that spans lines.
    Multiline,
    /// `A=x\` at the end of a line.
    TrailingBackslash,
    /// `# x\` at the end of a line.
    CommentBackslash,
    /// Lines that end in CR LF.
    CarriageReturn,
    /// A UTF-8 byte order mark.
    Bom,
    /// Bytes that are not UTF-8, even in a comment.
    NotUtf8,
    /// A NUL byte.
    Nul,
    /// A blank outside ASCII at the edge of a value.
    UnicodeBlank,
    /// A control character in a value.
    Control,
    /// `A=x ` with a blank at the end.
    TrailingBlank,
    /// The same in the last line, with no line end.
    TrailingBlankAtEnd,
    /// `A="x" ` with a blank at the end.
    TrailingBlankAfterQuote,
    /// `A= ` with a blank and nothing else.
    EmptyTrailingBlank,
    /// A tab before the name.
    LeadingTab,
    /// A line of blanks.
    BlankLine,
    /// A comment with blanks before it.
    IndentedComment,
    /// `; x` and `// x`
    ForeignComment,
    /// `A: x`
    ColonAssignment,
    /// A line that assigns nothing.
    BareWord,
    /// `A-B=x`
    BadName,
    /// `A+=x`
    Append,
    /// A command.
    ShellCode,
    /// A second assignment with another value.
    Repeated,
    /// A variable that the environment has already.
    InEnvironment,
}

impl Construct {
    fn row(self) -> Option<&'static table::Row> {
        TABLE.iter().find(|(construct, ..)| *construct == self)
    }

    /// What a reader makes of it.
    #[must_use]
    pub fn effect(self, reader: Reader) -> Effect {
        let found = self.row().and_then(|(_, differ, _)| differ.iter().find(|(other, _)| *other == reader));
        found.map_or(Effect::Literal, |(_, effect)| *effect)
    }

    /// The readers that do not take it as it is meant.
    #[must_use]
    pub fn differ(self) -> Readers {
        self.row().map_or(Readers::NONE, |(_, differ, _)| differ.iter().map(|(reader, _)| *reader).collect())
    }

    /// The readers that print a value of the file when they stumble over it.
    #[must_use]
    pub fn print(self) -> Readers {
        self.row().map_or(Readers::NONE, |(_, _, print)| print.iter().copied().collect())
    }
}

/// A set of readers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Readers(u32);

impl Readers {
    /// No reader.
    pub const NONE: Self = Self(0);

    /// Every reader.
    #[must_use]
    pub fn all() -> Self {
        Reader::ALL.iter().copied().collect()
    }

    /// Whether it has one.
    #[must_use]
    pub fn contains(self, reader: Reader) -> bool {
        self.0 & reader.bit() != 0
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those of either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Each, in the order of [`Reader::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Reader> {
        Reader::ALL.iter().copied().filter(move |reader| self.contains(*reader))
    }
}

impl Default for Readers {
    fn default() -> Self {
        Self::all()
    }
}

impl FromIterator<Reader> for Readers {
    fn from_iter<I: IntoIterator<Item = Reader>>(readers: I) -> Self {
        Self(readers.into_iter().fold(0, |bits, reader| bits | reader.bit()))
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// `bash, docker and systemd`; `every reader` if it has all.
impl fmt::Display for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::all() {
            return f.write_str("every reader");
        }
        let names: Vec<&str> = self.iter().map(Reader::name).collect();
        match names.split_last() {
            None => f.write_str("no reader"),
            Some((only, [])) => f.write_str(only),
            Some((last, rest)) => write!(f, "{} and {last}", rest.join(", ")),
        }
    }
}

/// A name that is no reader's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no reader of env files that is known here; known are {known}")]
pub struct UnknownReader {
    /// The name.
    pub name: String,
    /// The known ones.
    pub known: String,
}

/// Reads a list of names with commas between. `sh` stands for dash, `node` for both versions of it, `dotenv` is the
/// npm package.
impl FromStr for Readers {
    type Err = UnknownReader;

    fn from_str(list: &str) -> Result<Self, UnknownReader> {
        let mut readers = Self::NONE;
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let found: Self = match name {
                "sh" => Self::from_iter([Reader::Dash]),
                "node" => Self::from_iter([Reader::Node20, Reader::Node24]),
                "all" => Self::all(),
                _ => Reader::ALL.iter().copied().filter(|reader| reader.name() == name).collect(),
            };
            if found.is_empty() {
                let known: Vec<&str> = Reader::ALL.iter().map(|reader| reader.name()).collect();
                return Err(UnknownReader { name: name.to_owned(), known: known.join(", ") });
            }
            readers = readers.or(found);
        }
        Ok(readers)
    }
}
