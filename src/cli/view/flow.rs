//! A table that is written row by row as the rows come: the widths are known before. What is wider than its column
//! shifts the rest of its line; the last column has no width.

use std::io;

use unicode_width::UnicodeWidthStr as _;

use super::Page;
use crate::cli::text::shown;

/// Between two columns.
const GAP: usize = 2;

/// A table whose head is written.
pub struct Flow<'p, 'a> {
    page: &'p mut Page<'a>,
    widths: Vec<usize>,
    line: String,
}

impl<'a> Page<'a> {
    /// Begins a table of columns whose widths are known, each by its name and the width of its widest value.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn flow(&mut self, head: &[(&str, usize)]) -> io::Result<Flow<'_, 'a>> {
        let widths = head.iter().map(|(name, width)| name.width().max(*width)).collect();
        let mut flow = Flow { page: self, widths, line: String::new() };
        flow.lay_out(head.iter().map(|(name, _)| *name));
        if flow.page.color {
            flow.line = format!("\u{1b}[1m{}\u{1b}[0m", flow.line);
        }
        flow.write()?;
        Ok(flow)
    }
}

impl Flow<'_, '_> {
    /// Writes a row.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) -> io::Result<()> {
        self.lay_out(cells);
        self.write()
    }

    fn lay_out(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) {
        self.line.clear();
        for (cell, width) in cells.into_iter().zip(&self.widths) {
            let cell = shown(cell.as_ref());
            self.line.push_str(&cell);
            self.line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + GAP));
        }
        self.line.truncate(self.line.trim_end().len());
    }

    fn write(&mut self) -> io::Result<()> {
        self.line.push('\n');
        self.page.out.write_all(self.line.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_written_when_it_comes_and_a_wide_cell_costs_its_own_line_only() {
        let mut out = Vec::new();
        let mut page = Page::new(&mut out, false);
        let mut flow = page.flow(&[("SID", 3), ("TYPE", 6), ("NAME", 0)]).unwrap();
        flow.row(["SK1", "main", "é\u{1b}[2J"]).unwrap();
        flow.row(["SK1234", "main", ""]).unwrap();
        flow.row(["SK2", "日本", "x"]).unwrap();
        let text = "SID  TYPE    NAME\nSK1  main    é\\u{1b}[2J\nSK1234  main\nSK2  日本    x\n";
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }
}
