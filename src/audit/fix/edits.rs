//! Edits of one round: which go together, and what they make of the bytes.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use super::{Edit, Piece};
use crate::dotenv::{EnvFile, Span};

/// The bytes that edits of a round change or copy.
#[derive(Default)]
pub(super) struct Taken {
    /// What is changed: start and end, none over another.
    changed: BTreeSet<(usize, usize)>,
    /// What is copied: start and end, those that overlap made one.
    copied: BTreeMap<usize, usize>,
}

impl Taken {
    /// Takes the edits, unless one changes what another changes or copies.
    pub(super) fn take(&mut self, edits: &[Edit]) -> bool {
        let copies = |edit: &Edit| {
            let of = |piece: &Piece| if let Piece::Copy(span) = piece { Some(*span) } else { None };
            edit.with.iter().filter_map(of).collect::<Vec<_>>()
        };
        let free = edits.iter().all(|edit| {
            !self.changes(edit.span)
                && !self.copies(edit.span)
                && !copies(edit).into_iter().any(|span| self.changes(span))
        });
        if free {
            for edit in edits {
                self.changed.insert((edit.span.start, edit.span.end));
                for span in copies(edit) {
                    self.copy(span);
                }
            }
        }
        free
    }

    fn changes(&self, span: Span) -> bool {
        let meets = |(start, end): &(usize, usize)| {
            let insert = start == end && span.is_empty() && *start == span.start;
            insert || (*start < span.end && span.start < *end)
        };
        let before = self.changed.range(..(span.start, 0)).next_back();
        let within = self.changed.range((span.start, 0)..=(span.end, usize::MAX));
        before.into_iter().chain(within).any(meets)
    }

    fn copies(&self, span: Span) -> bool {
        let before = self.copied.range(..=span.start).next_back().filter(|(_, end)| **end > span.start);
        let starts_within = self.copied.range(span.start..span.end).next();
        !span.is_empty() && (before.is_some() || starts_within.is_some())
            || span.is_empty() && before.is_some_and(|(start, _)| *start < span.start)
    }

    fn copy(&mut self, span: Span) {
        let (mut start, mut end) = (span.start, span.end);
        if let Some((&before, &until)) = self.copied.range(..=start).next_back()
            && until >= start
        {
            (start, end) = (before, end.max(until));
        }
        while let Some((&next, &until)) = self.copied.range(start..=end).next() {
            end = end.max(until);
            self.copied.remove(&next);
        }
        self.copied.insert(start, end);
    }
}

/// The bytes with edits made; `None` if they overlap or lie outside.
pub(super) fn applied(file: &EnvFile, edits: &[&Edit]) -> Option<Zeroizing<Vec<u8>>> {
    let mut sorted: Vec<&Edit> = edits.to_vec();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let bytes = file.bytes();
    // Room for everything, so that no copy is left behind unwiped.
    let copied: usize = sorted.iter().flat_map(|edit| &edit.with).map(|piece| piece.bytes(file).len()).sum();
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len() + copied));
    let mut at = 0;
    for edit in sorted {
        out.extend_from_slice(bytes.get(at..edit.span.start)?);
        for piece in &edit.with {
            out.extend_from_slice(piece.bytes(file));
        }
        at = edit.span.end;
    }
    out.extend_from_slice(bytes.get(at..)?);
    Some(out)
}

impl Piece {
    fn bytes<'a>(&'a self, file: &'a EnvFile) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Copy(span) => file.raw(*span),
        }
    }
}
