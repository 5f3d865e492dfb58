//! What a command says on stdout: one value, shown as a table or as JSON.
//!
//! A view is `Serialize`, and a `Secret` is not, so a view cannot hold one by accident. JSON is written straight to the
//! output as it is serialized: ten thousand keys make no giant string.

mod flow;
mod plain;

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use super::error::Failure;
use super::exit::Exit;
use super::json;
use super::text::shown;
pub use flow::Flow;
use plain::Plain;

/// What a command has to show.
pub trait View: Serialize {
    /// The name and version of its JSON form, `twcred.<thing>/v1`.
    const SCHEMA: &'static str;

    /// Writes it for people.
    ///
    /// # Errors
    /// If the output cannot be written.
    fn human(&self, page: &mut Page<'_>) -> io::Result<()>;
}

/// A [`View`] whose type is forgotten; implemented for every view.
pub trait Render {
    /// Writes the JSON form and a line feed.
    ///
    /// # Errors
    /// If the output cannot be written.
    fn json(&self, out: &mut dyn Write) -> io::Result<()>;

    /// Writes it for people.
    ///
    /// # Errors
    /// If the output cannot be written.
    fn human(&self, page: &mut Page<'_>) -> io::Result<()>;
}

impl<V: View> Render for V {
    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Envelope<'a, V> {
            schema: &'static str,
            #[serde(flatten)]
            view: &'a V,
        }
        json::pretty(out, &Envelope { schema: V::SCHEMA, view: self })?;
        out.write_all(b"\n")
    }

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        View::human(self, page)
    }
}

impl Unwritten {
    /// What it means for a report on rotations, of which one is open or none.
    #[must_use]
    pub fn of(is_open: bool) -> Self {
        if is_open { Self::Again } else { Self::Done }
    }
}

/// How a command that did not fail outright ended: what it shows, and the exit code.
pub struct Outcome {
    pub(super) view: Option<Box<dyn Render>>,
    pub(super) exit: Exit,
    pub(super) failure: Option<Failure>,
    pub(super) unwritten: Unwritten,
}

/// What it means if the view cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritten {
    /// The run was there to say it, and has failed.
    Failed,
    /// It told of what is done, and of nothing that is needed.
    Done,
    /// What it told of goes on: the same command says it again, and does not do it again.
    Again,
    /// It held a secret that is asked for in vain then; the same command shows it again. A reader that went away may not
    /// have read it.
    Shown,
}

impl Outcome {
    /// Shows a view and exits 0.
    pub fn show(view: impl View + 'static) -> Self {
        Self { view: Some(Box::new(view)), exit: Exit::Done, failure: None, unwritten: Unwritten::Failed }
    }

    /// Shows what was done, and exits 0.
    pub fn did(view: impl View + 'static) -> Self {
        Self::show(view).unwritten(Unwritten::Done)
    }

    /// The same, and that the view cannot be written means this.
    #[must_use]
    pub fn unwritten(self, unwritten: Unwritten) -> Self {
        Self { unwritten, ..self }
    }

    /// Shows nothing on stdout.
    #[must_use]
    pub fn silent(exit: Exit) -> Self {
        Self { view: None, exit, failure: None, unwritten: Unwritten::Failed }
    }

    /// The same with another exit code.
    #[must_use]
    pub fn exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// The same, and then an error on stderr; the exit code is the error's.
    #[must_use]
    pub fn failing(self, failure: Failure) -> Self {
        Self { exit: failure.exit(), failure: Some(failure), ..self }
    }
}

/// Where a view writes itself for people. Everything that goes through it is escaped.
pub struct Page<'a> {
    out: &'a mut dyn Write,
    color: bool,
}

impl<'a> Page<'a> {
    /// A page on some output, with or without colours.
    pub fn new(out: &'a mut dyn Write, color: bool) -> Self {
        Self { out, color }
    }

    /// One line of text.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn line(&mut self, text: impl AsRef<str>) -> io::Result<()> {
        writeln!(self.out, "{}", shown(text.as_ref()))
    }

    /// Text as it is, line feeds and colours included; the caller has escaped what others wrote.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub(super) fn raw(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// Where it is written, for what is text in a form of its own.
    pub(super) fn out(&mut self) -> &mut dyn Write {
        self.out
    }

    /// Whether it takes colours.
    pub(super) fn colored(&self) -> bool {
        self.color
    }

    /// Names and values, aligned, one a line. An empty value is left out.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn fields<N: AsRef<str>, T: AsRef<str>>(&mut self, fields: &[(N, T)]) -> io::Result<()> {
        let kept = || fields.iter().filter(|(_, value)| !value.as_ref().is_empty());
        let width = kept().map(|(name, _)| name.as_ref().chars().count()).max().unwrap_or(0);
        for (name, value) in kept() {
            writeln!(self.out, "{:width$}  {}", name.as_ref(), shown(value.as_ref()))?;
        }
        Ok(())
    }

    /// A table without lines, fitted to the terminal if there is one. SIDs are never broken and texts not set letter by
    /// letter: where the terminal is too narrow for that the table is wider than it. In a pipe nothing is broken.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn table(&mut self, head: &[Column], rows: impl IntoIterator<Item = Vec<String>>) -> io::Result<()> {
        let table = Table::new();
        if self.color || table.is_tty() {
            return self.fitted(table, head, rows);
        }
        let mut table = Plain::new(head);
        rows.into_iter().for_each(|row| table.row(row));
        table.write(self.out)
    }

    fn fitted(
        &mut self,
        mut table: Table,
        head: &[Column],
        rows: impl IntoIterator<Item = Vec<String>>,
    ) -> io::Result<()> {
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if self.color {
            table.enforce_styling();
        }
        table.set_header(head.iter().map(|column| {
            let cell = Cell::new(column.name);
            let cell = if column.right { cell.set_alignment(CellAlignment::Right) } else { cell };
            if self.color { cell.add_attribute(Attribute::Bold) } else { cell }
        }));
        let mut least: Vec<Least> = head.iter().map(|column| Least::of(column.name)).collect();
        for row in rows {
            table.add_row(row.into_iter().zip(head).zip(&mut least).map(|((text, column), least)| {
                let text = shown(&text);
                least.widen(&text);
                let cell = Cell::new(text);
                if column.right { cell.set_alignment(CellAlignment::Right) } else { cell }
            }));
        }
        for (at, (column, least)) in head.iter().zip(&least).enumerate() {
            if let Some(found) = table.column_mut(at) {
                found.set_padding((0, PADDING));
                found.set_constraint(match least.width() {
                    Some(width) if !column.whole => ColumnConstraint::LowerBoundary(Width::Fixed(width + PADDING)),
                    _ => ColumnConstraint::ContentWidth,
                });
            }
        }
        for line in table.lines() {
            writeln!(self.out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Between two columns of a terminal's table.
const PADDING: u16 = 2;

/// How narrow a column of texts may become.
struct Least {
    widest: usize,
    longest_word: usize,
}

impl Least {
    /// No text is set narrower than this.
    const TEXT: usize = 12;
    /// No word of this length or less is broken: that of a SID.
    const WORD: usize = 34;

    fn of(text: &str) -> Self {
        let mut least = Self { widest: 0, longest_word: Self::TEXT };
        least.widen(text);
        least
    }

    fn widen(&mut self, text: &str) {
        self.widest = self.widest.max(text.width());
        let words = text.split(' ').map(str::width).filter(|width| *width <= Self::WORD);
        self.longest_word = words.fold(self.longest_word, usize::max);
    }

    /// The least width; nothing if the texts need no more than that anyway.
    fn width(&self) -> Option<u16> {
        if self.widest <= self.longest_word { None } else { u16::try_from(self.longest_word).ok() }
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    name: &'static str,
    whole: bool,
    right: bool,
}

impl Column {
    /// A column of text that may be wrapped.
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Self { name, whole: false, right: false }
    }

    /// A column whose values are never broken, such as SIDs.
    #[must_use]
    pub const fn whole(name: &'static str) -> Self {
        Self { name, whole: true, right: false }
    }

    /// A column of numbers.
    #[must_use]
    pub const fn number(name: &'static str) -> Self {
        Self { name, whole: true, right: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_pipe_a_table_is_what_the_fitted_one_is_without_an_edge() {
        let head = [Column::whole("SID"), Column::number("AGE"), Column::text("NAME"), Column::text("HELD BY")];
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        let rows = [
            row(["SK1", "9", "ci-deploy é", ""]),
            row(["SK22", "1000", "日本 and a rather long name", "repos.env:1 TWILIO_API_KEY"]),
            row(["", "", "", ""]),
            row(["SK3", "", "a\u{1b}[2Jb\nc", "x"]),
            vec!["SK4".to_owned()],
        ];
        for rows in [&rows[..], &[]] {
            let (mut fitted, mut plain) = (Vec::new(), Vec::new());
            let mut table = Table::new();
            table.force_no_tty();
            Page::new(&mut fitted, false).fitted(table, &head, rows.to_vec()).unwrap();
            let mut table = Plain::new(&head);
            for row in rows {
                table.row(row);
            }
            table.write(&mut plain).unwrap();
            assert_eq!(String::from_utf8(plain).unwrap(), String::from_utf8(fitted).unwrap());
        }
    }

    #[test]
    fn on_a_narrow_terminal_sids_stay_whole_and_texts_keep_twelve() {
        let sid = format!("SK{}", "0123456789abcdef".repeat(2));
        let head = [
            Column::whole("SID"),
            Column::text("NAME"),
            Column::whole("TYPE"),
            Column::whole("AGE"),
            Column::whole("CREATED"),
            Column::whole("MANAGED"),
            Column::text("HELD BY"),
        ];
        let row = |name: &str, held: &str| {
            [&sid, name, "restricted", "10d", "2026-11-12T06:20:00Z", "", held].map(str::to_owned).to_vec()
        };
        let rows =
            [row("ci-deploy of the shop", "repos.env:3 TWILIO_API_KEY, repos.env:7 SHOP_TWILIO_API_KEY"), row("x", "")];
        let shown = |rows: &[Vec<String>]| {
            let mut table = Table::new();
            table.force_no_tty().set_width(80);
            let mut out = Vec::new();
            Page::new(&mut out, false).fitted(table, &head, rows.to_vec()).unwrap();
            String::from_utf8(out).unwrap()
        };
        let text = shown(&rows);
        assert_eq!(text.matches(&sid).count(), 2, "{text}");
        for word in ["ci-deploy", "the shop", "repos.env:3", "repos.env:7", "2026-11-12T06:20:00Z"] {
            assert!(text.contains(word), "{word} is broken:\n{text}");
        }
        assert!(text.lines().count() <= 8, "{text}");
        let short = shown(&rows[1..]);
        assert_eq!(short.lines().next().unwrap().find("TYPE"), Some(34 + 2 + 4 + 2), "no wider than need be:\n{short}");
    }
}
