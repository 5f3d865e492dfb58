//! A table for a pipe: each column as wide as its widest cell, and nothing wrapped.
//!
//! The cells lie one after the other in one text. As an object each, ten thousand rows took longer to lay out than to
//! fetch, and three times the memory.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::Column;
use crate::cli::text::shown;

/// Between two columns.
const GAP: usize = 2;

/// A table that is filled row by row and then written.
pub(super) struct Plain<'a> {
    head: &'a [Column],
    text: String,
    cells: Vec<Cell>,
    widths: Vec<usize>,
}

/// Where a cell ends in the text, and how many columns of a screen it takes.
struct Cell {
    end: usize,
    width: usize,
}

impl<'a> Plain<'a> {
    /// A table with its first line.
    pub(super) fn new(head: &'a [Column]) -> Self {
        let mut table = Self { head, text: String::new(), cells: Vec::new(), widths: vec![0; head.len()] };
        table.row(head.iter().map(|column| column.name));
        table
    }

    /// Adds a line. Cells beyond the last column are left out, as missing ones are empty.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) {
        let mut cells = cells.into_iter();
        for widest in &mut self.widths {
            let start = self.text.len();
            if let Some(cell) = cells.next() {
                self.text.push_str(&shown(cell.as_ref()));
            }
            let cell = &self.text[start..];
            let width = if cell.is_ascii() { cell.len() } else { cell.width() };
            *widest = width.max(*widest);
            self.cells.push(Cell { end: self.text.len(), width });
        }
    }

    /// Writes all lines, without spaces at their ends.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut start = 0;
        let mut line = String::new();
        for row in self.cells.chunks(self.head.len().max(1)) {
            line.clear();
            for ((cell, column), widest) in row.iter().zip(self.head).zip(&self.widths) {
                let fill = widest - cell.width;
                let (before, after) = if column.right { (fill, 0) } else { (0, fill) };
                line.extend(std::iter::repeat_n(' ', before));
                line.push_str(&self.text[start..cell.end]);
                line.extend(std::iter::repeat_n(' ', after + GAP));
                start = cell.end;
            }
            line.truncate(line.trim_end().len());
            line.push('\n');
            out.write_all(line.as_bytes())?;
        }
        Ok(())
    }
}
