//! `json:FILE[#/POINTER]`: `account_sid`, `api_key` and `api_secret`, or `auth_token`, in an object of a JSON file.
//!
//! Only these members' values change; every other byte of the file stays, order, numbers and blanks included.

mod text;
mod tokens;

use std::path::PathBuf;

use zeroize::Zeroizing;

use self::text::{Document, Fault};
use super::file::{halfway, place, probe, read, rewrite};
use super::{
    Error, Halfway, Held, Loaded, LoadedTokens, Options, Place, Sink, Spec, TokenChange, TokenTarget, TokensStored,
};
use crate::model::{AccountSid, KeyPair, KeySid, RotationId, Secret};

const ACCOUNT: &str = "account_sid";
const KEY: &str = "api_key";
const SECRET: &str = "api_secret";

#[derive(Debug)]
struct JsonSink {
    spec: Spec,
    path: PathBuf,
    /// The names on the way from the file's root to the object.
    way: Vec<String>,
    options: Options,
}

/// Opens a JSON file as a sink.
///
/// # Errors
/// [`Error::Fragment`] if the fragment is no JSON pointer (RFC 6901).
pub fn open(spec: &Spec, options: &Options) -> Result<Box<dyn Sink>, Error> {
    let way = match spec.fragment() {
        None => Vec::new(),
        Some(text) => match text.strip_prefix('/') {
            Some(rest) => rest.split('/').map(|name| name.replace("~1", "/").replace("~0", "~")).collect(),
            None => return Err(Error::Fragment { spec: spec.to_string(), why: "does not start with /" }),
        },
    };
    Ok(Box::new(JsonSink { spec: spec.clone(), path: spec.target().into(), way, options: options.clone() }))
}

/// What the object says.
struct State {
    account: Option<AccountSid>,
    pair: Option<KeyPair>,
}

impl JsonSink {
    /// What a new file starts with, if there may be one.
    fn fresh(&self) -> Option<&'static [u8]> {
        self.options.create.then_some(b"{}\n")
    }

    fn place(&self, member: &str) -> Place {
        self.place_at(&[&self.way[..], &[member.to_owned()]].concat())
    }

    fn place_at(&self, way: &[String]) -> Place {
        let names: Vec<String> = way.iter().map(|name| name.replace('~', "~0").replace('/', "~1")).collect();
        place(&self.path, &format!("#/{}", names.join("/")))
    }

    fn fault(&self) -> impl Fn(Fault) -> Error + '_ {
        |Fault { line, column, why }| Error::Json { path: self.path.clone(), line, column, why }
    }

    /// The string that a member of the sink's object holds; an empty one counts as none.
    fn string(&self, document: &Document<'_>, name: &str) -> Result<Option<Secret>, Error> {
        let found = document.string(&self.way, name).map_err(self.fault())?;
        Ok(found.filter(|value| !value.is_empty()))
    }

    fn account(&self, document: &Document<'_>) -> Result<Option<AccountSid>, Error> {
        let fail = |source| Error::Sid { place: self.place(ACCOUNT), source };
        let text = self.string(document, ACCOUNT)?;
        text.map(|text| AccountSid::parse(characters(&text)).map_err(fail)).transpose()
    }

    fn state(&self, bytes: &[u8]) -> Result<State, Error> {
        let document = Document::parse(bytes).map_err(self.fault())?;
        let (sid, secret) = (self.string(&document, KEY)?, self.string(&document, SECRET)?);
        let fail = |name| move |source| Error::Sid { place: self.place(name), source };
        let account = self.account(&document)?;
        let pair = match (sid, secret) {
            (None, None) => None,
            (Some(sid), Some(secret)) => {
                Some(KeyPair { sid: KeySid::parse(characters(&sid)).map_err(fail(KEY))?, secret })
            }
            (Some(_), None) => return Err(Error::Half { place: self.place(KEY) }),
            (None, Some(_)) => return Err(Error::Half { place: self.place(SECRET) }),
        };
        Ok(State { account, pair })
    }

    fn loaded(&self, bytes: &[u8]) -> Result<Loaded, Error> {
        let State { account, pair } = self.state(bytes)?;
        Ok(match pair {
            Some(pair) => Loaded::Held(vec![Held { place: self.place(KEY), pair, account }]),
            None => Loaded::Absent,
        })
    }

    /// Says whether the pair may be put here, and whether the account is to be written beside it.
    fn may_store(&self, state: &State, account: Option<&AccountSid>, new: Option<&KeySid>) -> Result<bool, Error> {
        match &state.pair {
            Some(held) if !self.options.may_replace(&held.sid, new) => {
                Err(Error::Occupied { place: self.place(KEY), sid: held.sid.clone() })
            }
            None if !self.options.create => {
                Err(Error::NoPair { path: self.path.clone(), variable: self.place(KEY).what })
            }
            None if state.account.is_some() && account.is_some() && state.account.as_ref() != account => {
                Err(Error::OtherAccount { place: self.place(ACCOUNT) })
            }
            _ => Ok(state.account.is_none()),
        }
    }

    fn edited(&self, bytes: &[u8], account: &AccountSid, pair: &KeyPair) -> Result<Zeroizing<Vec<u8>>, Error> {
        let state = self.state(bytes)?;
        let (owner, sid) = (Secret::new(account.to_string()), Secret::new(pair.sid.to_string()));
        let mut members = Vec::new();
        if self.may_store(&state, Some(account), Some(&pair.sid))? {
            members.push((ACCOUNT, &owner));
        }
        if state.pair.as_ref() == Some(pair) && members.is_empty() {
            return Ok(Zeroizing::new(bytes.to_vec()));
        }
        members.extend([(KEY, &sid), (SECRET, &pair.secret)]);
        let document = Document::parse(bytes).map_err(self.fault())?;
        let out = document.with(&self.way, &members).map_err(self.fault())?;
        // What is written must be what is read; a mistake here must not reach the file.
        match self.state(&out)?.pair {
            Some(read) if read == *pair => Ok(out),
            _ => Err(Error::Json { path: self.path.clone(), line: 1, column: 1, why: "the edit could not be proved" }),
        }
    }
}

impl Sink for JsonSink {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn probe(&self) -> Result<(), Error> {
        probe(&self.path, self.fresh(), |bytes| self.may_store(&self.state(bytes)?, None, None).map(drop))
    }

    fn store(&self, account: &AccountSid, pair: &KeyPair) -> Result<(), Error> {
        rewrite(&self.path, self.fresh(), self.options.making.as_ref(), |bytes| {
            Ok((self.edited(bytes, account, pair)?, ()))
        })
    }

    fn load(&self) -> Result<Loaded, Error> {
        let Some(snapshot) = read(&self.path)? else { return Ok(Loaded::Absent) };
        self.loaded(snapshot.bytes())
    }

    fn halfway(&self, sid: &KeySid, create: &RotationId) -> Result<Halfway, Error> {
        halfway(&self.path, (sid, create), |bytes| self.loaded(bytes))
    }

    fn mentions(&self, sid: &KeySid) -> Result<Vec<Place>, Error> {
        let Some(snapshot) = read(&self.path)? else { return Ok(Vec::new()) };
        let document = Document::parse(snapshot.bytes()).map_err(self.fault())?;
        Ok(document.lines_with(sid.as_str()).map(|line| place(&self.path, &format!(":{line}"))).collect())
    }

    fn probe_tokens(&self, target: &TokenTarget, holds: &Secret, new: Option<&Secret>) -> Result<(), Error> {
        probe(&self.path, None, |bytes| self.rehearse(bytes, target, (holds, new)))
    }

    fn load_tokens(&self, target: &TokenTarget) -> Result<LoadedTokens, Error> {
        let Some(snapshot) = read(&self.path)? else { return Ok(LoadedTokens::Absent) };
        self.tokens_in(snapshot.bytes(), target)
    }

    fn store_tokens(&self, target: &TokenTarget, change: &TokenChange) -> Result<TokensStored, Error> {
        rewrite(&self.path, None, None, |bytes| self.with_tokens(bytes, target, change))
    }

    fn mentions_token(&self, value: &Secret) -> Result<Vec<Place>, Error> {
        let Some(snapshot) = read(&self.path)? else { return Ok(Vec::new()) };
        let document = Document::parse(snapshot.bytes()).map_err(self.fault())?;
        // By the same names that `load_tokens` gives: a line may hold several members.
        Ok(document.ways_to_secret(value).map_err(self.fault())?.iter().map(|way| self.place_at(way)).collect())
    }
}

#[expect(clippy::disallowed_methods, reason = "into the parsers of SIDs, which keep a SID only and repeat nothing")]
fn characters(value: &Secret) -> &str {
    value.expose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(prefix: &str, digit: char) -> String {
        format!("{prefix}{}", digit.to_string().repeat(32))
    }

    #[test]
    fn everything_but_the_pair_stays_as_it_is() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("secrets.json");
        let (account, one, two) = (hex("AC", 'a'), hex("SK", '1'), hex("SK", '2'));
        let pair = KeyPair { sid: KeySid::parse(&two).unwrap(), secret: Secret::new("a\"b".into()) };
        let owner = AccountSid::parse(&account).unwrap();
        let put = |text: &str| {
            std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
        };
        let options = Options { create: true, replace: Some(KeySid::parse(&one).unwrap()), ..Options::default() };
        for (fragment, before, after) in [
            (
                "",
                format!("{{ \"n\": 1.10e400, \"api_secret\" : \"x\",\n\t\"api_key\":\"{one}\", \"z\": [12345678901234567890123] }}\n\n"),
                format!("{{ \"n\": 1.10e400, \"api_secret\" : \"a\\\"b\",\n\t\"api_key\":\"{two}\", \"z\": [12345678901234567890123],\
                         \"account_sid\": \"{account}\" }}\n\n").replace(",\"account_sid\"", ", \"account_sid\""),
            ),
            (
                "#/a/b~1c",
                "{\n  \"a\": {\n    \"x\": null\n  }\n}\n".into(),
                format!("{{\n  \"a\": {{\n    \"x\": null,\n    \"b/c\": {{\"account_sid\": \"{account}\", \"api_key\": \"{two}\", \
                         \"api_secret\": \"a\\\"b\"}}\n  }}\n}}\n"),
            ),
        ] {
            put(&before);
            let sink = open(&Spec::parse(&format!("json:{}{fragment}", path.display())).unwrap(), &options).unwrap();
            sink.probe().unwrap();
            sink.store(&owner, &pair).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
            assert!(matches!(sink.load().unwrap(), Loaded::Held(held) if held[0].pair.sid.as_str() == two));
        }
        let places = |sid: &str| {
            let sink = open(&Spec::parse(&format!("json:{}", path.display())).unwrap(), &options).unwrap();
            sink.mentions(&KeySid::parse(sid).unwrap()).unwrap()
        };
        assert_eq!(places(&two)[0].what, "secrets.json:4");
        assert!(places(&one).is_empty());
    }

    #[test]
    fn what_is_not_an_object_is_named_and_not_repeated() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("x.json");
        let spec = |fragment: &str| Spec::parse(&format!("json:{}{fragment}", path.display())).unwrap();
        let options = Options { create: true, ..Options::default() };
        for (text, fragment, says) in [
            ("[\"s3cr3t\"]", "", "line 1, column 1: it is not an object"),
            ("{\n\"a\": \"s3cr3t\"}", "#/a/b", "line 2, column 6: it is not an object"),
            ("{\"api_key\": 1}", "", "line 1, column 13: it is not a string"),
            ("{\"a\": \"s3cr3t", "", "line 1, column 13: it is not JSON"),
            ("{\"api_key\": \"\", \"api_key\": \"s3cr3t\"}", "", "line 1, column 1: the object has a member twice"),
            ("{\"api_secret\": \"s3cr3t\"}", "", "x.json#/api_secret is only half of a pair"),
        ] {
            std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
            let error = open(&spec(fragment), &options).unwrap().load().unwrap_err();
            assert!(error.to_string().ends_with(says), "{error}");
            assert!(!format!("{error:?}").contains("s3cr3t"));
        }
        assert!(matches!(open(&spec("#a"), &options), Err(Error::Fragment { .. })));
    }
}
