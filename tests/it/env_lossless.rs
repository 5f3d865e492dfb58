//! Env files under any bytes: nothing is lost, nothing beside the value changes, nothing panics.

use proptest::prelude::*;
use twcred::dotenv::{EnvFile, Insertion, Item, LineEnding, Span, agree};
use twcred::model::Secret;

fn line() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "[A-Za-z0-9]{0,12}",
        "\"[A-Za-z0-9 #]{0,8}\"",
        "'[A-Za-z0-9 #]{0,8}'",
        "[A-Za-z0-9]{1,6} # [a-z' ]{0,6}",
        "[ -~]{0,12}",
        "\"[a-z]{0,4}\n[a-z]{0,4}\"",
    ];
    prop_oneof![
        Just(String::new()),
        "# [ -~]{0,12}",
        "[ -~]{0,16}",
        ("(export )?", "[A-D]", value).prop_map(|(export, name, value)| format!("{export}{name}={value}")),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let ending = prop_oneof![4 => Just("\n"), 1 => Just("\r\n")];
    (prop::bool::weighted(0.1), prop::collection::vec((line(), ending), 0..12), any::<bool>()).prop_map(
        |(bom, lines, last)| {
            let mut text = String::from(if bom { "\u{feff}" } else { "" });
            let count = lines.len();
            for (at, (line, ending)) in lines.into_iter().enumerate() {
                text.push_str(&line);
                if at + 1 < count || last {
                    text.push_str(ending);
                }
            }
            text
        },
    )
}

/// Cuts the value of one variable out of a file, independently of how the editor does it.
fn without(file: &EnvFile, name: &str) -> Vec<u8> {
    let mut bytes = file.bytes().to_vec();
    let spans: Vec<_> = file.named(name).map(|a| a.value_span).collect();
    for span in spans.into_iter().rev() {
        bytes.drain(span.start..span.end);
    }
    bytes
}

proptest! {
    #[test]
    fn any_bytes_come_out_as_they_went_in(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let file = EnvFile::parse(&bytes);
        prop_assert_eq!(file.bytes(), &bytes[..]);
        for assignment in file.assignments() {
            let _ = file.value(assignment);
            let _ = file.lookup(&assignment.name);
        }
        let _ = agree(&file, &["A"]);
    }

    #[test]
    fn a_set_value_is_the_only_change(text in text(), new in "[A-Za-z0-9]{1,20}") {
        let file = EnvFile::parse(text.as_bytes());
        prop_assert_eq!(file.bytes(), text.as_bytes());
        let new = Secret::new(new);
        if let Ok(bytes) = file.set(&[("A", &new)]) {
            let after = EnvFile::parse(&bytes);
            prop_assert_eq!(without(&file, "A"), without(&after, "A"));
            prop_assert!(after.named("A").count() > 0);
            for assignment in after.named("A") {
                prop_assert_eq!(after.value(assignment), Some(new.clone()));
            }
            for name in ["B", "C", "D"] {
                let values = |file: &EnvFile| file.named(name).map(|a| file.value(a)).collect::<Vec<_>>();
                prop_assert_eq!(values(&file), values(&after));
            }
            let again = after.set(&[("A", &new)]).unwrap();
            prop_assert_eq!(again.as_slice(), after.bytes());
        }
    }

    #[test]
    fn the_second_reader_is_asked_about_anything(text in text()) {
        let file = EnvFile::parse(text.as_bytes());
        if agree(&file, &["A", "B"]).is_ok() {
            for name in ["A", "B"] {
                prop_assert!(file.named(name).all(|a| file.value(a).is_some()));
            }
        }
    }

    #[test]
    fn a_line_added_changes_nothing_before_it(text in text(), new in "[A-Za-z0-9]{1,20}") {
        let file = EnvFile::parse(text.as_bytes());
        let new = Secret::new(new);
        if let Ok(bytes) = file.append(&[("NEW", &new)]) {
            prop_assert!(bytes.starts_with(text.as_bytes()));
            let after = EnvFile::parse(&bytes);
            prop_assert_eq!(&after.items()[..file.items().len()], file.items());
            prop_assert_eq!(after.named("NEW").map(|a| after.value(a)).collect::<Vec<_>>(), vec![Some(new)]);
            let crlf = file.ending() == LineEnding::CrLf;
            prop_assert_eq!(crlf, bytes.ends_with(b"\r\n"));
        }
    }

    #[test]
    fn lines_put_beneath_others_and_taken_out_again_leave_no_trace(text in text(), new in "[A-Za-z0-9]{1,20}") {
        let file = EnvFile::parse(text.as_bytes());
        let new = Secret::new(new);
        let beneath = |beneath, name| Insertion { beneath, name, value: &new };
        for lines in [&[beneath("A", "NEW")][..], &[beneath("B", "NEW"), beneath("A", "X"), beneath("B", "Y")]] {
            let Ok(bytes) = file.insert(lines) else { continue };
            let after = EnvFile::parse(&bytes);
            let names: Vec<&str> = lines.iter().map(|line| line.name).collect();
            for line in lines {
                let there: Vec<_> = after.named(line.name).collect();
                prop_assert_eq!(there.len(), 1);
                prop_assert_eq!(after.value(there[0]), Some(new.clone()));
                let above = after.named(line.beneath).last().unwrap();
                prop_assert!((above.last_line + 1..=above.last_line + 2).contains(&there[0].line));
            }
            for name in ["A", "B", "C", "D"] {
                let values = |file: &EnvFile| file.named(name).map(|a| file.value(a)).collect::<Vec<_>>();
                prop_assert_eq!(values(&file), values(&after));
            }
            let back = after.remove(&names).unwrap();
            prop_assert_eq!(back.as_slice(), text.as_bytes());
        }
    }

    #[test]
    fn a_removal_takes_whole_lines_of_one_variable_and_no_others(text in text()) {
        let file = EnvFile::parse(text.as_bytes());
        if let Ok(bytes) = file.remove(&["A"]) {
            // Cut out independently: every line of it, and the line end before a last line that has none.
            let mut left = text.clone().into_bytes();
            for span in file.named("A").map(|a| a.span).collect::<Vec<Span>>().into_iter().rev() {
                let rest = &text.as_bytes()[span.end..];
                let end = span.end + rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
                left.drain(span.start..end);
            }
            let cut = left.strip_suffix(b"\n").map(|cut| cut.strip_suffix(b"\r").unwrap_or(cut));
            let last = matches!(file.items().last(), Some(Item::Assignment(a)) if a.name == "A");
            prop_assert!(*bytes == left || (last && !text.ends_with('\n') && Some(bytes.as_slice()) == cut));
            prop_assert!(EnvFile::parse(&bytes).named("A").next().is_none());
        }
    }

    #[test]
    fn a_clear_file_is_read_alike_twice(values in prop::collection::vec("[A-Za-z0-9_./:@%+,-]{0,20}", 1..8)) {
        let lines: Vec<String> = values.iter().enumerate().map(|(at, value)| format!("V{at}={value}\n")).collect();
        let file = EnvFile::parse(lines.concat().as_bytes());
        let names: Vec<String> = (0..values.len()).map(|at| format!("V{at}")).collect();
        prop_assert_eq!(agree(&file, &names.iter().map(String::as_str).collect::<Vec<_>>()), Ok(()));
    }
}
