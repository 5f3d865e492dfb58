//! Whole lines of an env file: one added beneath another, and some taken out; proved after the fact.

use std::collections::BTreeSet;
use std::mem::discriminant;

use zeroize::Zeroizing;

use super::dialect::agree;
use super::document::{Assignment, EnvFile, Item, Lookup, Span};
use super::edit::{EditError, characters};
use crate::model::Secret;

/// A variable to be added, and the one that it is to stand beneath.
#[derive(Debug, Clone, Copy)]
pub struct Insertion<'a> {
    /// The variable that is there.
    pub beneath: &'a str,
    /// The variable to be added.
    pub name: &'a str,
    /// Its value.
    pub value: &'a Secret,
}

impl EnvFile {
    /// The file's bytes with variables added, each on a line directly beneath the last line of another variable.
    ///
    /// The value is spelt as [`EnvFile::append`] spells it. The new line ends as the one above it does; beneath a last line
    /// without an end it has none either. Where `export` stands above, it stands before the new one too: who reads the
    /// one must get the other. Several beneath one variable come in the order given. [`EnvFile::remove`] of what was added
    /// gives the former bytes back.
    ///
    /// The result has been read again: every other line is unchanged and understood as before, and a second reader sees
    /// the new variables.
    ///
    /// # Errors
    /// Says what stands against it; see [`EditError`].
    pub fn insert(&self, lines: &[Insertion<'_>]) -> Result<Zeroizing<Vec<u8>>, EditError> {
        let values: Vec<(&str, &Secret)> = lines.iter().map(|line| (line.name, line.value)).collect();
        self.check_edit(&values)?;
        let mut beneath: Vec<(&Assignment, &Insertion<'_>)> = Vec::new();
        for line in lines {
            if let Some(found) = self.named(line.name).next() {
                return Err(EditError::Present { name: line.name.to_owned(), line: found.line });
            }
            self.check_plain(line.beneath)?;
            let anchor = self.named(line.beneath).last();
            beneath.push((anchor.ok_or_else(|| EditError::Missing { name: line.beneath.to_owned() })?, line));
        }
        beneath.sort_by_key(|(anchor, _)| anchor.span.end);
        let growth: usize = values.iter().map(|(name, value)| name.len() + value.len() + "export =\r\n".len()).sum();
        let mut out = Zeroizing::new(Vec::with_capacity(self.bytes().len() + growth));
        let mut done = 0;
        for (anchor, line) in beneath {
            let end = self.line_end(anchor.span);
            out.extend_from_slice(self.raw(Span { start: done, end: end.end }));
            done = end.end;
            if end.is_empty() {
                out.extend_from_slice(self.ending().bytes());
            }
            if anchor.export {
                out.extend_from_slice(b"export ");
            }
            out.extend_from_slice(line.name.as_bytes());
            out.push(b'=');
            out.extend_from_slice(characters(line.value).as_bytes());
            out.extend_from_slice(self.raw(end));
        }
        out.extend_from_slice(self.raw(Span { start: done, end: self.bytes().len() }));
        let after = Self::parse(&out);
        let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        if !after.holds(&values) {
            return Err(EditError::Unproven { why: None });
        }
        agree(&after, &names).map_err(|why| EditError::Unproven { why: Some(why) })?;
        same_but(self, &after, &names)?;
        Ok(out)
    }

    /// The file's bytes without some variables: every line of each goes, whole, with its line end.
    ///
    /// What stands behind a value on its line, a comment too, goes with it. Lines above and below stay, comments and
    /// blank lines included: whether a comment speaks of this variable alone only its writer knows. Where the file's last
    /// line goes and has no end, the line before loses its end, unless it is blank; so a file that ends without a line
    /// end goes on doing so.
    ///
    /// The result has been read again: exactly the named variables are gone, every other line is understood as before, and
    /// a second reader that agreed on the others still does.
    ///
    /// # Errors
    /// Says what stands against it; see [`EditError`]. A variable with different values, or an unclear one, is not
    /// removed.
    pub fn remove(&self, names: &[&str]) -> Result<Zeroizing<Vec<u8>>, EditError> {
        self.check_edit(&[])?;
        for name in names {
            self.check_plain(name)?;
        }
        agree(self, names).map_err(|why| EditError::Unproven { why: Some(why) })?;
        let gone: BTreeSet<&str> = names.iter().copied().collect();
        let mut out = Zeroizing::new(Vec::with_capacity(self.bytes().len()));
        let (mut done, mut above, mut last_goes) = (0, None, false);
        for item in self.items() {
            let goes = matches!(item, Item::Assignment(found) if gone.contains(found.name.as_str()));
            let Span { start, .. } = item.span();
            let end = self.line_end(item.span());
            out.extend_from_slice(self.raw(Span { start: done, end: start }));
            done = if goes { end.end } else { start };
            last_goes = goes && end.is_empty();
            if !goes {
                above = Some((item, end));
            }
        }
        out.extend_from_slice(self.raw(Span { start: done, end: self.bytes().len() }));
        if let Some((item, end)) = above.filter(|_| last_goes)
            && !matches!(item, Item::Blank { .. })
        {
            let kept = out.len() - end.len();
            out.truncate(kept);
        }
        same_but(&Self::parse(&out), self, names)?;
        Ok(out)
    }

    /// The line end behind a span; empty at the end of a file that has none there.
    fn line_end(&self, span: Span) -> Span {
        let rest = &self.bytes()[span.end..];
        let length = if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) };
        Span { start: span.end, end: span.end + length }
    }

    /// Takes a variable only if it is there, with one value that all readers see.
    fn check_plain(&self, name: &str) -> Result<(), EditError> {
        let known = || name.to_owned();
        match self.lookup(name) {
            Lookup::Missing => Err(EditError::Missing { name: known() }),
            Lookup::Differ { lines } => Err(EditError::Differ { name: known(), lines }),
            Lookup::Unclear { line, why } => Err(EditError::Unclear { name: known(), line, why }),
            Lookup::One { .. } | Lookup::Same { .. } => Ok(()),
        }
    }
}

/// Proves that two files differ by the lines of some variables, which only `more` has, and by nothing else.
fn same_but(less: &EnvFile, more: &EnvFile, names: &[&str]) -> Result<(), EditError> {
    let unproven = EditError::Unproven { why: None };
    let names: BTreeSet<&str> = names.iter().copied().collect();
    if less.assignments().any(|found| names.contains(found.name.as_str())) {
        return Err(unproven);
    }
    let theirs = |item: &&Item| !matches!(item, Item::Assignment(found) if names.contains(found.name.as_str()));
    let (few, many): (Vec<_>, Vec<_>) = (less.items().iter().collect(), more.items().iter().filter(theirs).collect());
    let alike = |(one, other): (&&Item, &&Item)| {
        let same = match (one, other) {
            (Item::Assignment(one), Item::Assignment(other)) => {
                (&one.name, one.quote, one.export) == (&other.name, other.quote, other.export)
                    && one.unclear.map(|why| discriminant(&why)) == other.unclear.map(|why| discriminant(&why))
            }
            _ => discriminant(*one) == discriminant(*other),
        };
        same && less.raw(one.span()) == more.raw(other.span())
    };
    if few.len() != many.len() || !few.iter().zip(&many).all(alike) {
        return Err(unproven);
    }
    let rest: Vec<&str> = less.assignments().map(|found| found.name.as_str()).collect();
    if agree(less, &rest).is_ok() == agree(more, &rest).is_ok() { Ok(()) } else { Err(unproven) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dotenv::{ProblemKind, Unclear};

    fn insert(text: &str, lines: &[(&str, &str, &str)]) -> Result<String, EditError> {
        let owned: Vec<_> = lines.iter().map(|(_, _, value)| Secret::new((*value).to_owned())).collect();
        let lines: Vec<_> =
            lines.iter().zip(&owned).map(|((beneath, name, _), value)| Insertion { beneath, name, value }).collect();
        EnvFile::parse(text.as_bytes()).insert(&lines).map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
    }

    fn remove(text: &str, names: &[&str]) -> Result<String, EditError> {
        EnvFile::parse(text.as_bytes()).remove(names).map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[test]
    fn a_line_stands_beneath_the_one_named_and_comes_out_again() {
        for (before, after) in [
            ("A=1\nB=2\n", "A=1\nNEW=x\nB=2\n"),
            ("A=1", "A=1\nNEW=x"),
            ("B=2\r\nA=1", "B=2\r\nA=1\r\nNEW=x"),
            ("B=2\nA=1 # c\r\n\r\n# d", "B=2\nA=1 # c\r\nNEW=x\r\n\r\n# d"),
            ("export A='1'\n# of B\nB=2", "export A='1'\nexport NEW=x\n# of B\nB=2"),
            ("A=1\nB=2\nA=1\nC=3\n", "A=1\nB=2\nA=1\nNEW=x\nC=3\n"),
            ("\u{feff}A=\"l1\nl2\"\nB=2\n", "\u{feff}A=\"l1\nl2\"\nNEW=x\nB=2\n"),
            ("A=\n", "A=\nNEW=x\n"),
            ("A=1\nB=2\nnot one\n", "A=1\nNEW=x\nB=2\nnot one\n"),
        ] {
            assert_eq!(insert(before, &[("A", "NEW", "x")]).unwrap(), after, "{before:?}");
            assert_eq!(remove(after, &["NEW"]).unwrap(), before, "{after:?}");
        }
        let several = insert("A=1\nB=2", &[("B", "Y", "y"), ("A", "X", "x"), ("B", "Z", "z")]).unwrap();
        assert_eq!(several, "A=1\nX=x\nB=2\nY=y\nZ=z");
        assert_eq!(remove(&several, &["Z", "X", "Y"]).unwrap(), "A=1\nB=2");
    }

    #[test]
    fn a_removal_takes_the_line_and_nothing_beside_it() {
        for (before, after) in [
            ("# of A\nA=1 # c\n\nB=2\n", "# of A\n\nB=2\n"),
            ("A=1\n", ""),
            ("\u{feff}A=1", "\u{feff}"),
            ("B=2\r\nA=1", "B=2"),
            ("B=2\n\nA=1", "B=2\n\n"),
            ("# c\nA=1", "# c"),
            ("A=1\nB=2\n  export A='1'\t\n", "B=2\n"),
            ("A=\"l1\nl2\"\r\nB=2", "B=2"),
            ("A=\nB=2", "B=2"),
        ] {
            assert_eq!(remove(before, &["A"]).unwrap(), after, "{before:?}");
        }
        assert_eq!(remove("A=1\nB=2", &[]).unwrap(), "A=1\nB=2");
    }

    #[test]
    fn what_is_doubtful_is_neither_removed_nor_stood_beneath() {
        let name = || "A".to_owned();
        for (text, error) in [
            ("B=1\n", EditError::Missing { name: name() }),
            ("A=1\nA=2\n", EditError::Differ { name: name(), lines: vec![1, 2] }),
            ("\nA=\"1\n", EditError::Unclear { name: name(), line: 2, why: Unclear::OpenQuote }),
            ("A=1\nexport A\n", EditError::Unclear { name: name(), line: 2, why: Unclear::NoValue }),
            ("A=1\n\0", EditError::Doubtful { line: 2, kind: ProblemKind::Nul }),
        ] {
            assert_eq!(remove(text, &["A"]).unwrap_err(), error, "{text:?}");
            assert_eq!(insert(text, &[("A", "NEW", "x")]).unwrap_err(), error, "{text:?}");
        }
        assert!(matches!(remove("bad line\nA=1\n", &["A"]), Err(EditError::Unproven { why: Some(_) })));
        // The backslash of the line before may take the next line in.
        let joined = remove("B=x\\\nA=1\nC=2\n", &["A"]).unwrap_err();
        assert_eq!(joined, EditError::Unclear { name: name(), line: 2, why: Unclear::Continued });
        assert!(matches!(insert("A=1 # c\\\n", &[("A", "NEW", "x")]), Err(EditError::Unproven { .. })));
        assert!(matches!(insert("A=1\nNEW=\n", &[("A", "NEW", "x")]), Err(EditError::Present { line: 2, .. })));
        assert!(matches!(insert("A=1\n", &[("A", "NEW", "x"), ("A", "NEW", "y")]), Err(EditError::Twice { .. })));
        assert!(matches!(insert("A=1\n", &[("A", "NEW", "x y")]), Err(EditError::NotPortable { .. })));
    }
}
