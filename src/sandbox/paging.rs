//! Pages: cut by sequence number, so that a page costs its own length, and linked in the two ways Twilio links them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::call::{Call, Params};
use super::wire::Refusal;

/// Which record comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    OldestFirst,
    NewestFirst,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cursor {
    Start,
    /// The records that follow this one in reading order.
    After(u64),
    /// The records that precede it.
    Before(u64),
}

/// The page a caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    size: usize,
    page: usize,
    cursor: Cursor,
}

impl Wanted {
    /// Reads `PageSize` (1 to 1000, else 20007), `Page` and `PageToken`.
    pub(super) fn read(query: &Params) -> Result<Self, Refusal> {
        let size = match query.get("PageSize").map(str::parse::<usize>) {
            None => 50,
            Some(Ok(size @ 1..=1000)) => size,
            Some(_) => return Err(Refusal::new(400, 20007, "Page size must be from 1 to 1000")),
        };
        let page = query.get("Page").map_or(Ok(0), str::parse::<u32>);
        let page = page.map_err(|_| Refusal::parameter("Invalid parameter Page"))? as usize;
        let cursor = match query.get("PageToken") {
            None => Cursor::Start,
            Some(token) => Cursor::parse(token).ok_or_else(|| Refusal::parameter("Invalid parameter PageToken"))?,
        };
        Ok(Self { size, page, cursor })
    }
}

impl Cursor {
    /// Opaque to callers; `PA` and `PB` stand where Twilio's tokens have them.
    fn token(self) -> Option<String> {
        match self {
            Self::Start => None,
            Self::After(seq) => Some(format!("PA{seq:032x}")),
            Self::Before(seq) => Some(format!("PB{seq:032x}")),
        }
    }

    fn parse(token: &str) -> Option<Self> {
        let (kind, digits) = token.split_at_checked(2)?;
        let seq = u64::from_str_radix(digits, 16).ok()?;
        match kind {
            "PA" => Some(Self::After(seq)),
            "PB" => Some(Self::Before(seq)),
            _ => None,
        }
    }
}

/// A page of records, with what its neighbours are reached by.
#[derive(Debug)]
pub(super) struct Page<'a, T> {
    pub(super) items: Vec<&'a T>,
    wanted: Wanted,
    next: Option<Cursor>,
    previous: Option<Cursor>,
}

/// Cuts the wanted page out of the records that `keep` lets through.
pub(super) fn cut<T>(
    records: &BTreeMap<u64, T>,
    wanted: Wanted,
    order: Order,
    keep: impl Fn(&T) -> bool,
) -> Page<'_, T> {
    let newest = order == Order::NewestFirst;
    let backwards = matches!(wanted.cursor, Cursor::Before(_));
    let skip = if wanted.cursor == Cursor::Start { wanted.page.saturating_mul(wanted.size) } else { 0 };
    let range = match wanted.cursor {
        Cursor::Start => records.range(..),
        Cursor::After(seq) | Cursor::Before(seq) if newest != backwards => records.range(..seq),
        Cursor::After(seq) | Cursor::Before(seq) => records.range(seq.saturating_add(1)..),
    };
    let keep = |record: &(&u64, &T)| keep(record.1);
    let mut found: Vec<(u64, &T)> = Vec::with_capacity(wanted.size + 1);
    let room = wanted.size + 1;
    if newest == backwards {
        found.extend(range.filter(keep).skip(skip).take(room).map(|(&seq, record)| (seq, record)));
    } else {
        found.extend(range.rev().filter(keep).skip(skip).take(room).map(|(&seq, record)| (seq, record)));
    }
    let more = found.len() > wanted.size;
    found.truncate(wanted.size);
    if backwards {
        found.reverse();
    }
    let first = found.first().map(|(seq, _)| Cursor::Before(*seq));
    let last = found.last().map(|(seq, _)| Cursor::After(*seq));
    let (next, previous) = match wanted.cursor {
        Cursor::Start => (last.filter(|_| more), first.filter(|_| wanted.page > 0)),
        Cursor::After(_) => (last.filter(|_| more), first),
        Cursor::Before(_) => (last, first.filter(|_| more)),
    };
    Page { items: found.into_iter().map(|(_, record)| record).collect(), wanted, next, previous }
}

impl<T> Page<'_, T> {
    /// The v2010 envelope: links relative to the host, the paging fields beside the collection.
    pub(super) fn v2010(&self, call: &Call, key: &str, show: impl Fn(&T) -> Value) -> Value {
        let links = self.links(call);
        let start = self.wanted.page.saturating_mul(self.wanted.size);
        let mut body = Map::new();
        body.insert(key.to_owned(), self.items.iter().map(|item| show(item)).collect());
        for (name, value) in [
            ("first_page_uri", json!(links.first)),
            ("next_page_uri", json!(links.next)),
            ("previous_page_uri", json!(links.previous)),
            ("uri", json!(links.this)),
            ("page", json!(self.wanted.page)),
            ("page_size", json!(self.wanted.size)),
            ("start", json!(start)),
            ("end", json!(start + self.items.len().saturating_sub(1))),
        ] {
            body.insert(name.to_owned(), value);
        }
        Value::Object(body)
    }

    /// The v1 envelope: absolute links under `meta`.
    pub(super) fn v1(&self, call: &Call, key: &str, show: impl Fn(&T) -> Value) -> Value {
        let links = self.links(call);
        let base = call.base();
        let absolute = |link: &String| format!("{base}{link}");
        let mut body = Map::new();
        body.insert(key.to_owned(), self.items.iter().map(|item| show(item)).collect());
        let meta = json!({
            "page": self.wanted.page,
            "page_size": self.wanted.size,
            "first_page_url": absolute(&links.first),
            "previous_page_url": links.previous.as_ref().map(absolute),
            "url": absolute(&links.this),
            "next_page_url": links.next.as_ref().map(absolute),
            "key": key,
        });
        body.insert("meta".to_owned(), meta);
        Value::Object(body)
    }

    fn links(&self, call: &Call) -> Links {
        let page = self.wanted.page;
        let link = |page, cursor| link(call, self.wanted.size, page, cursor);
        Links {
            first: link(0, Cursor::Start),
            this: link(page, self.wanted.cursor),
            next: self.next.map(|cursor| link(page.saturating_add(1), cursor)),
            previous: self.previous.map(|cursor| link(page.saturating_sub(1), cursor)),
        }
    }
}

struct Links {
    first: String,
    this: String,
    next: Option<String>,
    previous: Option<String>,
}

/// The link to a page: the caller's own filters, then the paging parameters.
fn link(call: &Call, size: usize, page: usize, cursor: Cursor) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(call.query.iter().filter(|(name, _)| !["PageSize", "Page", "PageToken"].contains(name)));
    query.append_pair("PageSize", &size.to_string()).append_pair("Page", &page.to_string());
    if let Some(token) = cursor.token() {
        query.append_pair("PageToken", &token);
    }
    format!("{}?{}", call.path, query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(query: &str) -> Wanted {
        Wanted::read(&Params::parse(query.as_bytes())).unwrap()
    }

    #[test]
    fn forwards_and_back_in_both_orders_and_past_a_deleted_record() {
        for order in [Order::OldestFirst, Order::NewestFirst] {
            let mut records: BTreeMap<u64, u64> = (1..=10).map(|seq| (seq, seq)).collect();
            let expect = |from: u64, to: u64| -> Vec<u64> {
                let all: Vec<u64> = (from..=to).collect();
                if order == Order::OldestFirst { all } else { all.iter().map(|seq| 11 - seq).collect() }
            };
            let items = |page: &Page<u64>| page.items.iter().map(|item| **item).collect::<Vec<_>>();
            let first = cut(&records, wanted("PageSize=4"), order, |_| true);
            assert_eq!((items(&first), first.previous), (expect(1, 4), None));
            let next = first.next.unwrap();
            let last_of_first = *first.items[3];
            records.remove(&last_of_first);
            let second = cut(&records, Wanted { size: 4, page: 1, cursor: next }, order, |_| true);
            assert_eq!(items(&second), expect(5, 8));
            let third = cut(&records, Wanted { size: 4, page: 2, cursor: second.next.unwrap() }, order, |_| true);
            assert_eq!((items(&third), third.next), (expect(9, 10), None));
            let back = cut(&records, Wanted { size: 4, page: 1, cursor: third.previous.unwrap() }, order, |_| true);
            assert_eq!(items(&back), expect(5, 8));
            assert!(back.previous.is_some());
        }
    }

    #[test]
    fn wrong_sizes_are_20007() {
        for query in ["PageSize=0", "PageSize=1001", "PageSize=many"] {
            let refusal = Wanted::read(&Params::parse(query.as_bytes())).unwrap_err();
            assert_eq!((refusal.status, refusal.code), (400, 20007), "{query}");
        }
    }

    #[test]
    fn tokens_read_back() {
        for cursor in [Cursor::After(17), Cursor::Before(u64::MAX)] {
            assert_eq!(Cursor::parse(&cursor.token().unwrap()), Some(cursor));
        }
        assert_eq!(Cursor::parse("é"), None);
        assert_eq!(Cursor::parse("PAé"), None);
    }
}
