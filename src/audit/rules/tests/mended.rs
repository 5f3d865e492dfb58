//! What the fixes do, and where there must be none.

use proptest::prelude::*;

use super::given::*;
use super::*;
use crate::audit::Portability;
use crate::audit::fix::mend;

#[test]
fn safe_fixes_do_what_they_say() {
    for (before, after) in [
        ("A='x'\n", "A=x\n"),
        ("A='x y'\n", "A='x y'\n"),
        ("A = x\n", "A=x\n"),
        ("A=x # c\n", "# c\nA=x\n"),
        ("A=\"x\" # it's\nB=2\n", "# it's\nA=x\nB=2\n"),
        ("A=x # c\r\nB=1\r\n", "# c\nA=x\nB=1\n"),
        ("\u{feff}A=x", "A=x\n"),
        ("A=1\nA=1\n", "A=1\n"),
        ("A=1\nA=2\n", "A=1\nA=2\n"),
        ("# c \\\nA=1\n", "# c \nA=1\n"),
        ("TWILIO_REGION=ie1 \n", "TWILIO_REGION=ie1\n"),
        ("OTHER=ie1 \n", "OTHER=ie1 \n"),
        ("  # c\nA=1\n \n", "# c\nA=1\n\n"),
        ("// c\n;d\nA=1\n", "# c\n#d\nA=1\n"),
        ("# twcred: ignore[TW305] r\nA=1\n", "# twcred: ignore[TW305] r\nA=1\n"),
        ("export A='x'\n", "export A=x\n"),
        ("A='x\r\ny'\r\n", "A='x\r\ny'\r\n"),
    ] {
        let fixed = mend(&EnvFile::parse(before.as_bytes()), &Facts::default(), &Selection::default(), Safety::Safe);
        assert_eq!(String::from_utf8_lossy(&fixed.bytes), after, "{before:?}: {:?}", fixed.left);
    }
    let unsafe_ = |text: &str| {
        let fixed = mend(&EnvFile::parse(text.as_bytes()), &Facts::default(), &Selection::default(), Safety::Unsafe);
        String::from_utf8_lossy(&fixed.bytes).into_owned()
    };
    assert_eq!(unsafe_("export A=x\n"), "A=x\n");
    assert_eq!(unsafe_("# twcred: ignore[TW305] r\nA=1\n"), "A=1\n");
    assert_eq!(unsafe_("TWILIO_PHONE_NUMBER=+1 (415) 555-0123\n"), "TWILIO_PHONE_NUMBER=+14155550123\n");
    let token = fill("TWILIO_AUTH_TOKEN={T}\n");
    assert_eq!(unsafe_(&format!("{token}# {token}A=1\n")), format!("{token}A=1\n"));
    assert_eq!(unsafe_(&format!("# {token}A=1\n")), format!("# {token}A=1\n"), "it stands nowhere else");
    for (before, after) in [
        ("TWILIO_ACCOUNT_SID={SK}\nTWILIO_API_KEY={AC}\n", "TWILIO_ACCOUNT_SID={AC}\nTWILIO_API_KEY={SK}\n"),
        ("A_TWILIO_API_KEY={S}\nA_TWILIO_API_SECRET={SK}\n", "A_TWILIO_API_KEY={SK}\nA_TWILIO_API_SECRET={S}\n"),
        ("TWILIO_ACCOUNT_SID={SK}\nA_TWILIO_API_KEY={AC}\n", "TWILIO_ACCOUNT_SID={SK}\nA_TWILIO_API_KEY={AC}\n"),
        ("TWILIO_ACCOUNT_SID={SK}\nTWILIO_API_KEY={SK2}\n", "TWILIO_ACCOUNT_SID={SK}\nTWILIO_API_KEY={SK2}\n"),
    ] {
        assert_eq!(unsafe_(&fill(before)), fill(after), "{before}");
    }
}

#[test]
fn utf_16_becomes_the_same_text_or_stays() {
    let mended = |bytes: &[u8], safety| {
        let fixed = mend(&EnvFile::parse(bytes), &Facts::default(), &Selection::default(), safety);
        fixed.bytes.to_vec()
    };
    let encoded = |text: &str, of: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(of).collect::<Vec<u8>>();
    let text = "\u{feff}# caf\u{e9} \u{1f511}\r\nA=s3cr3t\r\n";
    for of in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes = encoded(text, of);
        assert_eq!(mended(&bytes, Safety::Unsafe), "# caf\u{e9} \u{1f511}\nA=s3cr3t\n".as_bytes());
        assert_eq!(mended(&bytes, Safety::Safe), bytes);
        assert_eq!(mended(&bytes[..bytes.len() - 1], Safety::Unsafe), bytes[..bytes.len() - 1], "half a character");
        let (alone, nul) = ([&of(0xfeff)[..], &of(0xd800)].concat(), encoded("\u{feff}A=\0\n", of));
        assert_eq!((mended(&alone, Safety::Unsafe), mended(&nul, Safety::Unsafe)), (alone, nul));
    }
}

/// Each of these some real reader takes otherwise after the fix that the rule would have; see `tests/real/env_readers`.
#[test]
fn no_safe_fix_is_offered_where_a_reader_would_see_another_value() {
    for (code, text) in [
        // What looks like a comment, a blank or an empty line is the inside of a quote, a bracket or a joined line.
        ("TW308", "A=x'y # z' # c\nB=2\n"),
        ("TW322", "TWILIO_REGION=it's \nB='\n"),
        ("TW322", "TWILIO_REGION=x\\ \nB=1\n"),
        ("TW324", "A=it's\n \nB='\n"),
        ("TW323", "A=x\\\n B=1\n"),
        ("TW323", "A=x(\n B=1\n"),
        ("TW318", "A=x\\\r\nB=1\r\n"),
        // A name for a home stands there once the carriage return has gone.
        ("TW318", "A=~root\r\n"),
        // The carriage return would come to be the end of the value, if only this were mended.
        ("TW308", "A=x # c\r\nB=`x`\r\n"),
        // dotenvy cuts what is a blank in Unicode at the end of a line, and not before a comment.
        ("TW308", "A=x\u{2028} # c\n"),
        ("TW308", "A=x\u{a0} # c\n"),
        // `node --env-file` reads on in the next line, or takes `export` for a part of the name.
        ("TW305", "A='' \nB=2\n"),
        ("TW305", "export A=''\nB=2\n"),
        ("TW303", "A = # c\nB=2\n"),
        ("TW308", "export A= # c\n"),
        ("TW322", "export TWILIO_REGION= \n"),
        // `xargs` assigns what the comment says, and a shell what stands behind the `;`.
        ("TW308", "B=2\nA=x # B=1\n"),
        ("TW324", "B=2\n # B=1\n"),
        ("TW327", ";B=1\n"),
    ] {
        let selection = Selection { select: vec![code.to_owned()], ..pedantic() };
        let file = EnvFile::parse(text.as_bytes());
        let found = audit(&file, &Facts::default(), &selection).findings;
        assert!(!found.is_empty(), "{code} says nothing of {text:?}");
        let fixed = mend(&file, &Facts::default(), &selection, Safety::Safe);
        assert_eq!(String::from_utf8_lossy(&fixed.bytes), text, "{code}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_panics_and_mending_is_idempotent(parts in prop::collection::vec(prop::sample::select(&[
        "A", "TWILIO_API_KEY", "TWILIO_AUTH_TOKEN", "export ", "=", " = ", "'", "\"", "`", "\\", "\n", "\r\n", "\r", " ", "\t", "#",
        " # ", "$", "$(", ")", "x", "1", "\u{e9}", "\u{a0}", "\u{feff}", "\u{1b}", "\0", ":", ";", "//", "# twcred: ignore[TW305] r\n",
        "+1 ", "~", "+=", "<your>", "AC", "0123456789abcdef", "# TWILIO_AUTH_TOKEN=",
    ][..]), 0..40)) {
        let text = parts.concat();
        let file = EnvFile::parse(text.as_bytes());
        let facts = good();
        let _ = audit(&file, &facts, &pedantic());
        let verdict = crate::audit::portable(&file, |_| false) == Portability::Portable;
        let found = audit(&file, &Facts::default(), &Selection { no_suppressions: true, ..pedantic() }).findings;
        let split: Vec<_> = found.iter().filter(|f| f.readers.is_some_and(|readers| !readers.is_empty())).collect();
        if verdict {
            prop_assert!(split.is_empty(), "portable, but {:?}", split);
        } else {
            prop_assert!(!found.is_empty(), "not portable, and nothing says why: {:?}", text);
        }
        for line in 1..8 {
            let _ = crate::audit::mask::line(&file, line);
        }
        for safety in [Safety::Safe, Safety::Unsafe] {
            let fixed = mend(&file, &facts, &pedantic(), safety);
            let again = mend(&EnvFile::parse(&fixed.bytes), &facts, &pedantic(), safety);
            prop_assert_eq!(&*again.bytes, &*fixed.bytes);
        }
    }

    /// Whatever stands under whatever name: no credential is lost, doubled, or given to another project.
    #[test]
    fn an_exchange_keeps_every_credential_in_its_project(lines in prop::collection::vec((
        prop::sample::select(&["", "A_", "B_"][..]),
        prop::sample::select(&["ACCOUNT_SID", "API_KEY", "API_KEY_SID", "API_SECRET", "AUTH_TOKEN", "AUTH_TOKEN_PREVIOUS"][..]),
        prop::sample::select(&["{AC}", "{AC2}", "{SK}", "{SK2}", "{S}", "{T}", "", "changeme"][..]),
        prop::sample::select(&["", "'", "\""][..]),
        prop::sample::select(&["\n", " # c\n", "\r\n"][..]),
    ), 0..8)) {
        let lines: Vec<_> = lines.iter().map(|(p, n, v, q, end)| format!("{p}TWILIO_{n}={q}{v}{q}{end}")).collect();
        let text = lines.concat();
        let file = EnvFile::parse(fill(&text).as_bytes());
        let held = |file: &EnvFile| {
            let mut all: Vec<_> = entries(file)
                .iter()
                .map(|entry| (entry.prefix.to_owned(), entry.meant().map(str::to_owned)))
                .collect();
            all.sort();
            all
        };
        let names = |file: &EnvFile| file.assignments().map(|at| at.name.clone()).collect::<BTreeSet<_>>();
        // A line that says the same as another may go; that is another rule's.
        let once = Selection { ignore: vec!["TW401".into()], ..pedantic() };
        let fixed = mend(&file, &Facts::default(), &once, Safety::Unsafe);
        let after = EnvFile::parse(&fixed.bytes);
        prop_assert_eq!(held(&file), held(&after));
        prop_assert_eq!(names(&file), names(&after));
        let safe = EnvFile::parse(&mend(&file, &Facts::default(), &once, Safety::Safe).bytes);
        let meant = |shape: Shape<'_>| (shape.at.name.clone(), shape.meant().map(str::to_owned));
        let under = |file: &EnvFile| shapes(file).map(meant).collect::<Vec<_>>();
        prop_assert_eq!(under(&file), under(&safe));
        let again = mend(&after, &Facts::default(), &once, Safety::Unsafe);
        prop_assert_eq!(&*again.bytes, &*fixed.bytes);
    }

    #[test]
    fn any_bytes_will_do(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let file = EnvFile::parse(&bytes);
        let _ = audit(&file, &Facts::default(), &pedantic());
        let _ = mend(&file, &Facts::default(), &pedantic(), Safety::Unsafe);
    }
}
