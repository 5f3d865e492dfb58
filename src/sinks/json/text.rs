//! JSON as text with positions, so that a member can be changed and the rest left alone.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::model::Secret;

/// What is wrong with a text, and where; nothing of the text itself, which `serde_json`'s own messages repeat.
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) why: &'static str,
}

/// A whole JSON text.
pub(super) struct Document<'a>(&'a str);

/// The members of one object, each with its value as it is written.
struct Members<'a>(Vec<(String, &'a str)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    members.push((name, value.get()));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}

impl<'a> Document<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Fault> {
        let bad = |line, column| Fault { line, column, why: "it is not JSON" };
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
            let before = Zeroizing::new(before);
            bad(before.split('\n').count(), before.chars().rev().take_while(|c| *c != '\n').count() + 1)
        })?;
        serde_json::from_str::<&RawValue>(text).map_err(|error| bad(error.line(), error.column()))?;
        Ok(Self(text))
    }

    /// Where a piece of this text starts.
    fn offset(&self, piece: &str) -> usize {
        piece.as_ptr().addr().saturating_sub(self.0.as_ptr().addr())
    }

    fn fault(&self, piece: &str, why: &'static str) -> Fault {
        let before = &self.0[..self.offset(piece).min(self.0.len())];
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Fault { line: before.split('\n').count(), column, why }
    }

    fn members(&self, object: &'a str) -> Result<Members<'a>, Fault> {
        if !object.starts_with('{') {
            return Err(self.fault(object, "it is not an object"));
        }
        let members: Members<'a> = serde_json::from_str(object).map_err(|_| self.fault(object, "it is not JSON"))?;
        let names: Vec<&str> = members.0.iter().map(|(name, _)| name.as_str()).collect();
        if names.iter().enumerate().any(|(at, name)| names[..at].contains(name)) {
            return Err(self.fault(object, "the object has a member twice"));
        }
        Ok(members)
    }

    /// Follows a way as far as it exists: the last object there is, and how many names of the way led to it.
    fn follow(&self, way: &[String]) -> Result<(&'a str, usize), Fault> {
        let mut object = self.0.trim_matches([' ', '\t', '\r', '\n']);
        for (at, name) in way.iter().enumerate() {
            match self.members(object)?.get(name) {
                Some(next) if next.starts_with('{') => object = next,
                Some(other) => return Err(self.fault(other, "it is not an object")),
                None => return Ok((object, at)),
            }
        }
        Ok((object, way.len()))
    }

    /// The string that a member of the object at the end of the way holds; `null` and nothing are `None`.
    pub(super) fn string(&self, way: &[String], name: &str) -> Result<Option<Secret>, Fault> {
        let (object, led) = self.follow(way)?;
        let members = self.members(object)?;
        match members.get(name).filter(|_| led == way.len()) {
            None | Some("null") => Ok(None),
            Some(raw) => {
                serde_json::from_str::<Secret>(raw).map(Some).map_err(|_| self.fault(raw, "it is not a string"))
            }
        }
    }

    /// The text with string members set in the object at the end of the way, which is made if it is not there.
    pub(super) fn with(&self, way: &[String], values: &[(&str, &Secret)]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let (object, led) = self.follow(way)?;
        let members = self.members(object)?;
        let mut changes: Vec<(usize, usize, Zeroizing<String>)> = Vec::new();
        let mut added: Vec<Zeroizing<String>> = Vec::new();
        if led < way.len() {
            let mut inner = Zeroizing::new(format!("{{{}}}", joined(values.iter().map(member), ", ").as_str()));
            for name in way[led + 1..].iter().rev() {
                inner = Zeroizing::new(format!("{{{}: {}}}", quoted(name).as_str(), inner.as_str()));
            }
            added.push(Zeroizing::new(format!("{}: {}", quoted(&way[led]).as_str(), inner.as_str())));
        } else {
            for value in values {
                match members.get(value.0) {
                    Some(raw) => {
                        let start = self.offset(raw);
                        changes.push((start, start + raw.len(), quoted(characters(value.1))));
                    }
                    None => added.push(member(value)),
                }
            }
        }
        if !added.is_empty() {
            changes.push(self.addition(object, &members, added));
        }
        changes.sort_by_key(|(start, ..)| *start);
        let grown: usize = changes.iter().map(|(.., text)| text.len()).sum();
        let mut out = Zeroizing::new(Vec::with_capacity(self.0.len() + grown));
        let mut done = 0;
        for (start, end, text) in &changes {
            out.extend_from_slice(&self.0.as_bytes()[done..*start]);
            out.extend_from_slice(text.as_bytes());
            done = *end;
        }
        out.extend_from_slice(&self.0.as_bytes()[done..]);
        Ok(out)
    }

    /// The text with string members of the object at the end of the way set, added directly behind the member `beside`,
    /// or, where a value is `None`, taken out. What was added, taken out again, leaves no trace.
    pub(super) fn with_beside(
        &self,
        way: &[String],
        beside: &str,
        (name, value): (&str, Option<&Secret>),
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let (object, led) = self.follow(way)?;
        let members = self.members(object)?;
        if led < way.len() {
            return Err(self.fault(object, "it has no such member"));
        }
        let end = |raw: &str| self.offset(raw) + raw.len();
        let at = |name: &str| members.0.iter().position(|(known, _)| known == name);
        // Between two members stand blanks and one comma, so the next quote opens the name.
        let opens = |at: usize| {
            let before = at.checked_sub(1).map_or(self.offset(object) + 1, |before| end(members.0[before].1));
            before + self.0[before..].find('"').unwrap_or_default()
        };
        let (start, stop, text) = match (at(name), value) {
            (None, None) => (0, 0, Zeroizing::default()),
            (Some(found), Some(value)) => {
                let raw = members.0[found].1;
                (self.offset(raw), end(raw), quoted(characters(value)))
            }
            (None, Some(value)) => {
                let anchor = at(beside).ok_or_else(|| self.fault(object, "it has no such member"))?;
                // As the members about it are set apart; the first one only from the brace.
                let like = if anchor == 0 && members.0.len() > 1 { 1 } else { anchor };
                let open = opens(like);
                let blanks = self.0[..open].len() - self.0[..open].trim_end_matches([' ', '\t', '\r', '\n']).len();
                let blanks = &self.0[open - blanks..open];
                let text = Zeroizing::new(format!(",{blanks}{}", member(&(name, value)).as_str()));
                (end(members.0[anchor].1), end(members.0[anchor].1), text)
            }
            (Some(0), None) if members.0.len() > 1 => (opens(0), opens(1), Zeroizing::default()),
            (Some(0), None) => (opens(0), end(members.0[0].1), Zeroizing::default()),
            (Some(found), None) => (end(members.0[found - 1].1), end(members.0[found].1), Zeroizing::default()),
        };
        let mut out = Zeroizing::new(Vec::with_capacity(self.0.len() + text.len()));
        out.extend_from_slice(&self.0.as_bytes()[..start]);
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(&self.0.as_bytes()[stop..]);
        Ok(out)
    }

    /// Where and how new members go: behind the last one, with the blanks that stand before the first.
    fn addition(
        &self,
        object: &str,
        members: &Members<'_>,
        added: Vec<Zeroizing<String>>,
    ) -> (usize, usize, Zeroizing<String>) {
        let start = self.offset(object);
        let Some((_, last)) = members.0.last() else {
            let whole = start == 0;
            let (between, open, close) = if whole { (",\n  ", "{\n  ", "\n}") } else { (", ", "{", "}") };
            let text = Zeroizing::new(format!("{open}{}{close}", joined(added.into_iter(), between).as_str()));
            return (start, start + object.len(), text);
        };
        let inside = &object[1..];
        let blanks = &inside[..inside.len() - inside.trim_start_matches([' ', '\t', '\r', '\n']).len()];
        let mut text = Zeroizing::new(String::with_capacity(added.iter().map(|a| a.len() + blanks.len() + 1).sum()));
        for member in &added {
            text.push(',');
            text.push_str(blanks);
            text.push_str(member);
        }
        let end = self.offset(last) + last.len();
        (end, end, text)
    }

    /// The ways to the values that hold a secret; where it stands in a member's name, the way to the object around it.
    pub(super) fn ways_to_secret(&self, value: &Secret) -> Result<Vec<Vec<String>>, Fault> {
        let spelt = quoted(characters(value));
        let spelt = spelt.get(1..spelt.len() - 1).filter(|text| !text.is_empty());
        let holds = |raw: &str| spelt.is_some_and(|text| raw.contains(text));
        let mut found = Vec::new();
        let mut open = vec![(Vec::new(), self.0.trim_matches([' ', '\t', '\r', '\n']))];
        while let Some((way, raw)) = open.pop() {
            let fault = |_| self.fault(raw, "it is not JSON");
            let inner = match raw.as_bytes().first() {
                _ if !holds(raw) => continue,
                Some(b'{') => serde_json::from_str::<Members<'_>>(raw).map_err(fault)?.0,
                Some(b'[') => {
                    let items = serde_json::from_str::<Vec<&RawValue>>(raw).map_err(fault)?;
                    items.into_iter().enumerate().map(|(at, item)| (at.to_string(), item.get())).collect()
                }
                _ => {
                    found.push(way);
                    continue;
                }
            };
            for (name, raw) in inner {
                if name.contains(characters(value)) {
                    found.push(way.clone());
                } else {
                    open.push(([way.as_slice(), &[name]].concat(), raw));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The 1-based lines that hold a text.
    pub(super) fn lines_with(&self, what: &str) -> impl Iterator<Item = usize> {
        self.0.split('\n').enumerate().filter(move |(_, line)| line.contains(what)).map(|(at, _)| at + 1)
    }
}

impl<'a> Members<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

fn quoted(text: &str) -> Zeroizing<String> {
    serde_json::to_string(text).map(Zeroizing::new).unwrap_or_default()
}

fn member((name, value): &(&str, &Secret)) -> Zeroizing<String> {
    Zeroizing::new(format!("{}: {}", quoted(name).as_str(), quoted(characters(value)).as_str()))
}

fn joined(pieces: impl Iterator<Item = Zeroizing<String>>, between: &str) -> Zeroizing<String> {
    let pieces: Vec<Zeroizing<String>> = pieces.collect();
    let plain: Vec<&str> = pieces.iter().map(|piece| piece.as_str()).collect();
    Zeroizing::new(plain.join(between))
}

#[expect(clippy::disallowed_methods, reason = "into the JSON file's new bytes, and to find the lines that hold it")]
fn characters(value: &Secret) -> &str {
    value.expose()
}
