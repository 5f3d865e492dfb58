//! Where the names of a file stand, so that a question about one name does not go through the whole file.

use super::document::{Assignment, EnvFile, Item, Span};

/// The places of names, sorted by name and then by their place in the file. It holds positions, no text.
#[derive(Clone)]
pub(super) struct Index {
    /// The items that are assignments.
    assigned: Vec<usize>,
    /// Names that stand alone on their line, perhaps behind `export`, with the line's 1-based number.
    declared: Vec<(Span, usize)>,
}

impl Index {
    pub(super) fn new(file: &EnvFile) -> Self {
        let items = file.items();
        let mut assigned: Vec<usize> = (0..items.len()).filter(|at| assignment(file, *at).is_some()).collect();
        assigned.sort_by_key(|at| name(file, *at));
        let declared = items.iter().filter_map(|item| match item {
            Item::Other { line, span } => Some((alone(file, *span)?, *line)),
            _ => None,
        });
        let mut declared: Vec<(Span, usize)> = declared.collect();
        declared.sort_by_key(|(span, _)| file.raw(*span));
        Self { assigned, declared }
    }

    /// The items that assign a variable, in the order of the file.
    pub(super) fn assigned(&self, file: &EnvFile, wanted: &str) -> &[usize] {
        let start = self.assigned.partition_point(|at| name(file, *at) < wanted);
        let rest = &self.assigned[start..];
        &rest[..rest.partition_point(|at| name(file, *at) == wanted)]
    }

    /// The first line with a name alone.
    pub(super) fn declared(&self, file: &EnvFile, wanted: &str) -> Option<usize> {
        let start = self.declared.partition_point(|(span, _)| file.raw(*span) < wanted.as_bytes());
        let (span, line) = self.declared.get(start)?;
        (file.raw(*span) == wanted.as_bytes()).then_some(*line)
    }
}

fn assignment(file: &EnvFile, at: usize) -> Option<&Assignment> {
    match file.items().get(at) {
        Some(Item::Assignment(assignment)) => Some(assignment),
        _ => None,
    }
}

fn name(file: &EnvFile, at: usize) -> &str {
    assignment(file, at).map_or("", |assignment| &assignment.name)
}

/// Where the text of a line stands, without the blanks around it and the `export` before it; `None` if it is no text.
fn alone(file: &EnvFile, span: Span) -> Option<Span> {
    let whole = std::str::from_utf8(file.raw(span)).ok()?;
    let text = whole.trim();
    let text = text.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(text).trim();
    let start = span.start + (text.as_ptr() as usize - whole.as_ptr() as usize);
    Some(Span { start, end: start + text.len() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The answers are those of going through the file from its first line.
        #[test]
        fn a_name_is_found_wherever_it_stands(text in "((export )?[AB_]{0,2}[= ]?x?( \t)?\n){0,12}", name in "[AB_]{0,2}x?") {
            let file = EnvFile::parse(text.as_bytes());
            let assigned = file.assignments().filter(|at| at.name == name).map(|at| at.line);
            prop_assert_eq!(file.named(&name).map(|at| at.line).collect::<Vec<_>>(), assigned.collect::<Vec<_>>());
            let declares = |line: &&str| {
                let line = line.trim();
                line.strip_prefix("export ").or(line.strip_prefix("export\t")).unwrap_or(line).trim() == name
            };
            let others = file.items().iter().filter_map(|item| match item {
                Item::Other { line, .. } => Some(*line),
                _ => None,
            });
            let lines: Vec<&str> = text.lines().collect();
            let first = others.into_iter().find(|line| declares(&lines[*line - 1]));
            prop_assert_eq!(Index::new(&file).declared(&file, &name), first);
        }
    }
}
