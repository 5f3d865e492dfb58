//! A parsed env file: the bytes as they are, and where in them what stands.

use std::fmt;
use std::sync::OnceLock;

use zeroize::Zeroizing;

use super::index::Index;
use super::scan::scan;
use crate::model::Secret;

/// A half-open range of byte offsets into the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// The number of bytes.
    #[must_use]
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the range holds no byte.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// What a value is wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// `'`
    Single,
    /// `"`
    Double,
    /// `` ` ``, a quote to Node's readers, a command to a shell, a character to the others.
    Backtick,
}

impl Quote {
    /// The character.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Single => b'\'',
            Self::Double => b'"',
            Self::Backtick => b'`',
        }
    }

    pub(super) fn of(byte: u8) -> Option<Self> {
        [Self::Single, Self::Double, Self::Backtick].into_iter().find(|quote| quote.byte() == byte)
    }
}

/// How a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnding {
    /// A line feed.
    Lf,
    /// A carriage return and a line feed.
    CrLf,
}

impl LineEnding {
    /// The bytes.
    #[must_use]
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
        }
    }
}

/// Why a value is not read: the readers in use would not all see the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// The name is not letters, digits and underscores.
    #[error("the name is not made of letters, digits and underscores")]
    Name,
    /// `NAME+=`, which only a shell understands.
    #[error("`+=` adds to a value in a shell and nowhere else")]
    Append,
    /// A declaration without a value, which some readers fill from their own environment.
    #[error("there is no `=`, and some readers take the value from elsewhere")]
    NoValue,
    /// Blanks before or after `=`.
    #[error("there are blanks beside the `=`")]
    BlankBesideEquals,
    /// The closing quote is missing.
    #[error("the opening quote is never closed")]
    OpenQuote,
    /// An earlier quote is open, so that some readers see this line as part of another value.
    #[error("the quote opened in line {line} may still be open here")]
    InsideQuote {
        /// 1-based number of the line with the opening quote.
        line: usize,
    },
    /// The line before ends in a backslash, so that some readers join the two.
    #[error("the line before ends in a backslash and may go on here")]
    Continued,
    /// Text after the closing quote.
    #[error("there is text after the closing quote")]
    TextAfterQuote,
    /// Backticks.
    #[error("it is in backticks, a quote to some readers and a command to others")]
    Backtick,
    /// A backslash.
    #[error("it has a backslash")]
    Backslash,
    /// A dollar sign.
    #[error("it has a dollar sign")]
    Dollar,
    /// A blank inside an unquoted value.
    #[error("it has a blank and no quotes")]
    Blank,
    /// A `#` that starts a comment for some readers only.
    #[error("it has a `#` that starts a comment for some readers only")]
    Hash,
    /// A quote inside an unquoted value, or in the comment behind a value.
    #[error("it has a quote in the middle")]
    InnerQuote,
    /// A character that a shell acts on.
    #[error("it has a character that a shell acts on")]
    Shell,
    /// A control character; also a carriage return inside a line.
    #[error("it has a control character")]
    Control,
    /// Letters outside ASCII, unquoted.
    #[error("it has a character outside ASCII and no quotes")]
    NonAscii,
    /// Bytes that are not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
}

/// A line (or several, if a quoted value spans them) that gives a variable its value. It holds positions, no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The name. A broken file may have a secret in its place: print only names that are known.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// Where the value stands: between the quotes, or without the blanks around it.
    pub value_span: Span,
    /// The whole statement, from the line's first byte to before its line end.
    pub span: Span,
    /// 1-based number of the line it starts in.
    pub line: usize,
    /// 1-based number of the line it ends in.
    pub last_line: usize,
    /// Whether `export` stands before the name.
    pub export: bool,
    /// The quotes around the value.
    pub quote: Option<Quote>,
    /// Where a comment behind the value stands, with its `#`.
    pub comment: Option<Span>,
    /// Why its value is not to be relied upon, `None` if it is.
    pub unclear: Option<Unclear>,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Nothing but blanks.
    Blank {
        /// 1-based line number.
        line: usize,
        /// The line without its end.
        span: Span,
    },
    /// A comment on its own line.
    Comment {
        /// 1-based line number.
        line: usize,
        /// The line without its end.
        span: Span,
    },
    /// A variable and its value.
    Assignment(Assignment),
    /// Anything else. It is kept.
    Other {
        /// 1-based line number.
        line: usize,
        /// The line without its end.
        span: Span,
    },
}

impl Item {
    /// The 1-based number of the line it starts in.
    #[must_use]
    pub fn line(&self) -> usize {
        match self {
            Self::Blank { line, .. } | Self::Comment { line, .. } | Self::Other { line, .. } => *line,
            Self::Assignment(assignment) => assignment.line,
        }
    }

    /// The bytes it stands in, without the line end.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Blank { span, .. } | Self::Comment { span, .. } | Self::Other { span, .. } => *span,
            Self::Assignment(assignment) => assignment.span,
        }
    }
}

/// Something that makes the whole file doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// 1-based number of the first line that has it.
    pub line: usize,
    /// What it is.
    pub kind: ProblemKind,
}

/// What makes a whole file doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// The file starts with a UTF-16 byte order mark.
    #[error("the file is UTF-16")]
    Utf16,
    /// A NUL byte, where some readers stop.
    #[error("there is a NUL byte")]
    Nul,
    /// Bytes that are not UTF-8, for which some readers refuse the whole file.
    #[error("there are bytes that are not UTF-8")]
    NotUtf8,
}

/// What the file says about one variable.
#[derive(Debug)]
pub enum Lookup<'a> {
    /// Nothing.
    Missing,
    /// One value, once.
    One {
        /// Where.
        at: &'a Assignment,
        /// The value.
        value: Secret,
    },
    /// One value, more than once.
    Same {
        /// Where, in the file's order.
        at: Vec<&'a Assignment>,
        /// The value.
        value: Secret,
    },
    /// Several values: some readers take the first, most the last.
    Differ {
        /// 1-based line numbers.
        lines: Vec<usize>,
    },
    /// A value that readers do not agree upon.
    Unclear {
        /// 1-based line number.
        line: usize,
        /// What splits them.
        why: Unclear,
    },
}

/// An env file. Its bytes are overwritten when it is dropped, and its `Debug` shows none of them.
#[derive(Clone)]
pub struct EnvFile {
    bytes: Zeroizing<Vec<u8>>,
    items: Vec<Item>,
    problems: Vec<Problem>,
    joined: Vec<Span>,
    /// Where each name stands, from the first question about one on.
    index: OnceLock<Index>,
}

/// The UTF-8 byte order mark.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

impl EnvFile {
    /// Takes any bytes for an env file. It never fails: what is not understood is kept as [`Item::Other`].
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let (items, problems, joined) = scan(bytes);
        Self { bytes: Zeroizing::new(bytes.to_vec()), items, problems, joined, index: OnceLock::new() }
    }

    /// The bytes, as they came in.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Every line in order; a value that spans lines is one item.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The bytes of a span of this file, quotes and escapes as they stand. They may be secret.
    #[must_use]
    pub fn raw(&self, span: Span) -> &[u8] {
        self.bytes.get(span.start..span.end).unwrap_or_default()
    }

    /// Every assignment in order.
    pub fn assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.items.iter().filter_map(|item| match item {
            Item::Assignment(assignment) => Some(assignment),
            _ => None,
        })
    }

    /// Every assignment of one variable, in order. Names are compared exactly.
    ///
    /// It takes hardly longer in a file of many variables than in one of few.
    pub fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Assignment> + use<'a> {
        let places = self.index().assigned(self, name);
        places.iter().filter_map(|at| match self.items.get(*at) {
            Some(Item::Assignment(assignment)) => Some(assignment),
            _ => None,
        })
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(self))
    }

    /// The value, if all common readers see the same.
    #[must_use]
    pub fn value(&self, assignment: &Assignment) -> Option<Secret> {
        self.read(assignment).ok()
    }

    /// The value, or why there is none to rely upon.
    ///
    /// # Errors
    /// What it is that readers take differently.
    pub fn read(&self, assignment: &Assignment) -> Result<Secret, Unclear> {
        if let Some(why) = assignment.unclear {
            return Err(why);
        }
        let text = std::str::from_utf8(self.raw(assignment.value_span)).map_err(|_| Unclear::NotUtf8)?;
        Ok(Secret::new(text.to_owned()))
    }

    /// What the file as a whole says about one variable.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Lookup<'_> {
        let mut at: Vec<&Assignment> = Vec::new();
        let mut value: Option<Secret> = None;
        let mut differ = false;
        for assignment in self.named(name) {
            match self.read(assignment) {
                Err(why) => return Lookup::Unclear { line: assignment.line, why },
                Ok(read) => differ |= value.replace(read.clone()).is_some_and(|before| before != read),
            }
            at.push(assignment);
        }
        if let Some(line) = self.declared(name) {
            return Lookup::Unclear { line, why: Unclear::NoValue };
        }
        match (value, at.as_slice()) {
            (None, _) | (_, []) => Lookup::Missing,
            (Some(_), _) if differ => Lookup::Differ { lines: at.iter().map(|a| a.line).collect() },
            (Some(value), [one]) => Lookup::One { at: one, value },
            (Some(value), _) => Lookup::Same { at, value },
        }
    }

    /// The line that names a variable and gives it no value: docker and compose import it, others unset it.
    fn declared(&self, name: &str) -> Option<usize> {
        self.index().declared(self, name)
    }

    /// What makes the whole file doubtful; a file with any of it is not to be edited.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The lines that some readers join into one: from a quote that is still open at a line's end to the line where it
    /// may close, a line that ends in a backslash with the next, and what follows a bracket that a shell finds open. In
    /// them a blank may be a part of a value. In order, none over another.
    #[must_use]
    pub fn joined(&self) -> &[Span] {
        &self.joined
    }

    /// Whether a UTF-8 byte order mark stands at the start. Shells and systemd take it for a part of the first line.
    #[must_use]
    pub fn has_bom(&self) -> bool {
        self.bytes.starts_with(BOM)
    }

    /// How a line added to this file is to end: as its first line does.
    #[must_use]
    pub fn ending(&self) -> LineEnding {
        match self.bytes.iter().position(|byte| *byte == b'\n') {
            Some(at) if at > 0 && self.bytes[at - 1] == b'\r' => LineEnding::CrLf,
            _ => LineEnding::Lf,
        }
    }
}

impl fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvFile")
            .field("bytes", &self.bytes.len())
            .field("items", &self.items.len())
            .field("problems", &self.problems)
            .field("joined", &self.joined)
            .finish_non_exhaustive()
    }
}
