//! The table, derived again from what real readers did.

use std::path::PathBuf;

use serde_json::Value;

use super::table::TABLE;
use super::*;

/// A case of the corpus and what its variables were meant to be.
type Meant = (&'static str, &'static [(&'static str, &'static str)]);

/// For each construct: cases with what was meant, and characters of a spelling of the table of characters.
type Evidence = (Construct, &'static [Meant], &'static [(&'static str, &'static str)]);

/// One row for each row of the table.
const EVIDENCE: &[Evidence] = &[
    (
        Construct::DoubleQuoted,
        &[
            ("phone-dq", &[("TWILIO_PHONE_NUMBER", "+15550100000")]),
            ("meta-bang", &[("B", "x!y")]),
            ("dq-inner-sq", &[("A", "it's")]),
        ],
        &[("dq", "a!%&'()*;<>~")],
    ),
    (Construct::SingleQuoted, &[("empty-quotes", &[("B", "")])], &[("sq", "a!\"%&()*;<>~`")]),
    (Construct::QuotedBlank, &[("dq-space", &[("A", "x y")]), ("sq-space", &[("A", "x y")])], &[]),
    (
        Construct::Export,
        &[("export", &[("A", "1"), ("B", "2")]), ("leak-export", &[("A", "s3cr3t1"), ("B", "s3cr3t2")])],
        &[],
    ),
    (Construct::ExportSpaced, &[("export-double-space", &[("A", "1"), ("B", "2")])], &[]),
    (Construct::BlankBesideEquals, &[("space-around-eq", &[("A", "1")])], &[]),
    (
        Construct::OpenQuote,
        &[("dq-unterminated", &[("A", "x"), ("B", "2")]), ("leak-unterminated", &[("A", "s3cr3t1"), ("B", "s3cr3t2")])],
        &[],
    ),
    (
        Construct::TextAfterQuote,
        &[("concat-quotes", &[("A", "xy")]), ("dq-space-text", &[("A", "xy")]), ("dq-triple", &[("A", "x")])],
        &[],
    ),
    (
        Construct::InlineComment,
        &[
            ("hash-space-before", &[("A", "x")]),
            ("hash-spaces-around", &[("A", "x")]),
            ("sid-with-comment", &[("TWILIO_ACCOUNT_SID", "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX")]),
        ],
        &[],
    ),
    (Construct::InlineCommentAfterEmpty, &[("hash-after-empty", &[("A", "")])], &[]),
    (
        Construct::UnquotedBlank,
        &[
            ("space-in-value", &[("A", "x y")]),
            ("leak-space-in-value", &[("A", "x s3cr3t1")]),
            ("two-on-a-line", &[("A", "1 B=2")]),
        ],
        &[("raw-mid", " ")],
    ),
    (
        Construct::ShellCharacter,
        &[
            ("meta-gt", &[("A", "x>y")]),
            ("meta-lt", &[("A", "x<y")]),
            ("leak-angle", &[("A", "<s3cr3t1>")]),
            ("meta-amp", &[("A", "http://h/?a=1&b=2")]),
        ],
        &[("raw-start", "&();<>|~"), ("raw-mid", "&();<>|"), ("raw-end", "&();<>|")],
    ),
    (
        Construct::Dollar,
        &[
            ("dollar-password", &[("A", "pa$word")]),
            ("dollar-digit", &[("A", "p$1x")]),
            ("dollar-brace-open", &[("A", "${B")]),
            ("dollar-ref", &[("A", "$B")]),
            ("dollar-brace-default-empty", &[("A", "${B-def}")]),
        ],
        &[("raw-mid", "$")],
    ),
    (
        Construct::DollarInDouble,
        &[("dollar-password-dq", &[("A", "pa$word")]), ("dollar-ref-dq", &[("A", "$B")])],
        &[("dq", "$")],
    ),
    (
        Construct::DollarInSingle,
        &[("dollar-ref-sq", &[("A", "$B")]), ("pw-mix-sq", &[("A", "aB3$x#9!z")])],
        &[("sq", "$")],
    ),
    (
        Construct::Backslash,
        &[("raw-backslash", &[("A", "C:\\Users\\new")]), ("raw-double-backslash", &[("A", "a\\\\b")])],
        &[("raw-mid", "\\")],
    ),
    (
        Construct::BackslashInDouble,
        &[
            ("dq-backslash-t", &[("A", "a\\tb")]),
            ("dq-backslash-other", &[("A", "a\\qb")]),
            ("dq-windows-path", &[("A", "C:\\Users\\new")]),
        ],
        &[("dq", "\\")],
    ),
    (Construct::BackslashInSingle, &[("sq-backslash-n", &[("A", "a\\nb")])], &[("sq", "\\")]),
    (
        Construct::Backtick,
        &[("bt-mid-unquoted", &[("A", "x`y")]), ("bt-cmd", &[("A", "`echo pwned`")]), ("bt-space", &[("A", "`x y`")])],
        &[("raw-start", "`")],
    ),
    (Construct::BacktickInDouble, &[("bt-inside-dq", &[("A", "x`echo pwned`y")])], &[("dq", "`")]),
    (Construct::Substitution, &[("dollar-cmd", &[("A", "$(echo pwned)")])], &[]),
    (Construct::SubstitutionInDouble, &[("dollar-cmd-dq", &[("A", "$(echo pwned)")])], &[]),
    (Construct::HashInValue, &[("hash-first", &[("A", "#x")])], &[("raw-mid", "#"), ("raw-end", "#")]),
    (
        Construct::QuoteInValue,
        &[
            ("unquoted-apostrophe", &[("A", "it's")]),
            ("unquoted-dq-mid", &[("A", "5\"10")]),
            ("unquoted-dq-pair-mid", &[("A", "a\"b\"c")]),
        ],
        &[("raw-mid", "'\"")],
    ),
    (
        Construct::Multiline,
        &[("dq-multiline", &[("A", "l1\nl2"), ("B", "2")]), ("dq-multiline-hash", &[("A", "l1\n#l2\nl3"), ("B", "2")])],
        &[],
    ),
    (Construct::TrailingBackslash, &[("trailing-backslash-eof", &[("A", "foo\\")])], &[("raw-end", "\\")]),
    (Construct::CommentBackslash, &[("comment-trailing-backslash", &[("A", "1"), ("B", "2")])], &[]),
    (Construct::CarriageReturn, &[("crlf", &[("A", "1"), ("B", "2")]), ("crlf-mixed", &[("A", "1"), ("B", "2")])], &[]),
    (
        Construct::Bom,
        &[
            ("bom", &[("A", "1"), ("B", "2")]),
            ("bom-comment", &[("A", "1"), ("B", "2")]),
            ("leak-bom", &[("A", "s3cr3t1")]),
        ],
        &[],
    ),
    (Construct::NotUtf8, &[("latin1-comment", &[("A", "1")])], &[]),
    (Construct::Nul, &[("nul", &[("A", "x\0y"), ("B", "2")])], &[]),
    (Construct::UnicodeBlank, &[("nbsp-trailing", &[("A", "x\u{a0}")])], &[]),
    (Construct::Control, &[("formfeed", &[("A", "x\u{c}y")]), ("esc-control", &[("A", "x\u{1b}[31my")])], &[]),
    (Construct::TrailingBlank, &[("tab-trailing", &[("A", "x")])], &[]),
    (Construct::TrailingBlankAtEnd, &[("token-then-space-eof", &[("TWILIO_AUTH_TOKEN", "abc")])], &[]),
    (Construct::TrailingBlankAfterQuote, &[("space-trailing-dq", &[("A", "x"), ("B", "2")])], &[]),
    (
        Construct::EmptyTrailingBlank,
        &[("empty-space-next", &[("TWILIO_AUTH_TOKEN", ""), ("TWILIO_API_SECRET", "abc")])],
        &[],
    ),
    (Construct::LeadingTab, &[("tab-leading", &[("A", "1"), ("B", "2")])], &[]),
    (Construct::BlankLine, &[("control-blank-lines", &[("A", "1"), ("B", "2")])], &[]),
    (Construct::IndentedComment, &[("control-comment-lines", &[("A", "1")])], &[]),
    (Construct::ForeignComment, &[("slash-comment", &[("B", "2")])], &[]),
    (Construct::ColonAssignment, &[("leak-colon", &[("A", "s3cr3t1"), ("B", "s3cr3t2")])], &[]),
    (
        Construct::BareWord,
        &[
            ("key-only", &[("B", "2")]),
            ("key-missing", &[("C", "2")]),
            ("ini-section", &[("A", "1")]),
            ("leak-no-eq", &[("B", "s3cr3t2")]),
        ],
        &[],
    ),
    (
        Construct::BadName,
        &[
            ("key-dot", &[("A.B", "1"), ("C", "2")]),
            ("key-dash", &[("A-B", "1"), ("C", "2")]),
            ("key-digit", &[("1A", "1"), ("C", "2")]),
        ],
        &[],
    ),
    (Construct::Append, &[("key-append", &[("A", "12"), ("C", "2")])], &[]),
    (Construct::ShellCode, &[("cmd-line", &[("A", "1"), ("B", "2")])], &[]),
    (Construct::Repeated, &[("dup-ref-between", &[("A", "2")])], &[]),
    (Construct::InEnvironment, &[("dup-ambient", &[("AMBIENT", "file")])], &[]),
];

fn corpus(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/env-corpus").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn effect(case: &Value, reader: Reader, meant: &[(&str, &str)]) -> Effect {
    let result = &case["results"][reader.corpus_name()];
    let acts = result["effects"].as_array().is_some_and(|made| !made.is_empty());
    let runs = case["tags"].as_array().unwrap().iter().any(|tag| tag == "exec");
    let shell = matches!(reader, Reader::Bash | Reader::Dash | Reader::Zsh);
    let mut worst = if acts { Effect::Executes } else { Effect::Literal };
    for (name, value) in meant {
        let effect = match result["vars"][name].as_str() {
            Some(got) if got == *value => Effect::Literal,
            _ if shell && (runs || acts) => Effect::Executes,
            Some(_) => Effect::Changed,
            None => Effect::Lost,
        };
        worst = worst.max(effect);
    }
    if result["status"] == "ok" { worst } else { worst.max(Effect::Fails) }
}

#[test]
fn the_table_is_what_was_measured() {
    let (cases, characters) = (corpus("expected.json")["cases"].clone(), corpus("portable.json")["fails"].clone());
    assert_eq!(TABLE.len(), EVIDENCE.len());
    for ((construct, differ, print), (same, meant, spelt)) in TABLE.iter().zip(EVIDENCE) {
        assert_eq!(construct, same);
        for reader in Reader::ALL {
            let name = reader.corpus_name();
            let measured = meant.iter().map(|(id, meant)| effect(&cases[*id], *reader, meant));
            let by_character = spelt.iter().flat_map(|(spelling, chars)| {
                chars.chars().map(|c| &characters[*spelling][c.to_string()]).collect::<Vec<_>>()
            });
            let by_character = by_character.map(|fails| {
                let fails = fails.as_array().unwrap().iter().any(|reader| reader == name);
                if fails { Effect::Changed } else { Effect::Literal }
            });
            let worst = measured.chain(by_character).max().unwrap();
            let ours = differ.iter().find(|(r, _)| r == reader).map_or(Effect::Literal, |(_, effect)| *effect);
            assert_eq!(ours, worst, "{construct:?}, {name}");
            let leaks = meant.iter().any(|(id, _)| !cases[*id]["results"][name]["leaks"].is_null());
            assert_eq!(print.contains(reader), leaks, "{construct:?}, {name} prints");
        }
    }
}

#[test]
fn lists_are_read_and_shown() {
    let chosen: Readers = "docker, systemd,node".parse().unwrap();
    assert_eq!(chosen.to_string(), "node20, node24, docker and systemd");
    assert_eq!("all".parse::<Readers>().unwrap().to_string(), "every reader");
    assert!("emacs".parse::<Readers>().is_err());
    assert_eq!(Construct::Export.differ().to_string(), "docker and systemd");
    assert_eq!(Construct::ShellCode.effect(Reader::Bash), Effect::Executes);
}
