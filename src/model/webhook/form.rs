//! The fields of a form as they are signed: by name, each value once, in order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The fields of a form.
///
/// Names are sorted, and the values of one name are sorted and counted once, as the official validators do. The order
/// is that of the bytes of UTF-8, which is that of the code points.
///
/// The values are what people wrote to each other: `Debug` shows the number of fields and nothing else.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form(BTreeMap<String, BTreeSet<String>>);

impl Form {
    /// Reads an `application/x-www-form-urlencoded` body. What is not UTF-8 once it is decoded becomes U+FFFD, as in
    /// the frameworks that hand forms to the official validators.
    #[must_use]
    pub fn decode(body: &str) -> Self {
        form_urlencoded::parse(trimmed(body).as_bytes()).into_owned().collect()
    }

    /// Takes the fields of a body as they stand, for one that was decoded by whoever wrote it down.
    #[must_use]
    pub fn literal(body: &str) -> Self {
        let fields = trimmed(body).split('&').filter(|field| !field.is_empty());
        fields.map(|field| field.split_once('=').unwrap_or((field, ""))).collect()
    }

    /// The same with every name and value decoded once more.
    #[must_use]
    pub fn decoded_again(&self) -> Self {
        self.map(|text| {
            let decoded = form_urlencoded::parse(text.as_bytes()).next();
            // Only a text without `&` and `=` is one name to the decoder.
            match decoded {
                Some((name, _)) if !text.contains(['&', '=']) => name.into_owned(),
                _ => text.to_owned(),
            }
        })
    }

    /// The same without the fields that have no value.
    #[must_use]
    pub fn without_blanks(&self) -> Self {
        self.fields().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The same with a line end as Twilio sends it inside a value, where a terminal or an editor made it another.
    #[must_use]
    pub fn with_line_feeds(&self) -> Self {
        self.map(|text| text.replace("\r\n", "\n"))
    }

    /// The number of different names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(name, values)| values.iter().map(move |value| (name.as_str(), value.as_str())))
    }

    fn map(&self, change: impl Fn(&str) -> String) -> Self {
        self.fields().map(|(name, value)| (change(name), change(value))).collect()
    }

    /// Adds every name and value to a text, as they are signed.
    pub(super) fn write(&self, text: &mut String) {
        for (name, value) in self.fields() {
            text.push_str(name);
            text.push_str(value);
        }
    }
}

/// A body without the line end that a file or a pipe adds: a form has none, since its own are `%0A`.
fn trimmed(body: &str) -> &str {
    body.trim_end_matches(['\r', '\n'])
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Form {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut form = Self::default();
        for (name, value) in fields {
            form.0.entry(name.into()).or_default().insert(value.into());
        }
        form
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Form({} fields)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(form: &Form) -> String {
        let mut text = String::new();
        form.write(&mut text);
        text
    }

    #[test]
    fn fields_are_sorted_and_each_value_counts_once() {
        let form = Form::decode("b=2&a=%C3%A9+x&b=1&b=2&B=&=v&c\n");
        assert_eq!(written(&form), "vBaé xb1b2c");
        assert_eq!(form.len(), 5);
        assert_eq!(written(&form.without_blanks()), "vaé xb1b2");
        assert_eq!(format!("{form:?}"), "Form(5 fields)");
        assert!(Form::decode("\r\n").is_empty());
    }

    #[test]
    fn a_body_can_be_taken_as_it_stands_or_decoded_twice() {
        assert_eq!(written(&Form::literal("From=+1&Body=a%20b\n")), "Bodya%20bFrom+1");
        let typed: Form = [("From", "%2B1"), ("Body", "a+b&c=d")].into_iter().collect();
        assert_eq!(written(&typed.decoded_again()), "Bodya+b&c=dFrom+1");
        let form: Form = [("Body", "a\r\nb")].into_iter().collect();
        assert_eq!(written(&form.with_line_feeds()), "Bodya\nb");
    }
}
