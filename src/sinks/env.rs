//! `env:FILE[#VARIABLE,…]`: a pair, or several that are replaced as one, in an env file.
//!
//! Every change is one replacement of the whole file, so that no reader ever sees a SID with another's secret. A
//! program that changes the file in between keeps its change: the edit is made anew on what it wrote.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::pairs::{FoundPair, PairError, account, groups, pair, pairs, role};
use super::{Error, Held, Loaded, Options, Place, Sink, Spec};
use crate::dotenv::{EnvFile, Item};
use crate::model::variable::{Group, NAMES, Role, classify};
use crate::model::{AccountSid, Credential, KeyPair, KeySid, Secret};
use crate::store::file::{self, Snapshot};

/// How often the file is read anew when other programs change it under our hands.
const TRIES: usize = 5;

#[derive(Debug)]
struct EnvSink {
    spec: Spec,
    path: PathBuf,
    /// The key SID variables that belong to the sink; empty means the only pair of the file.
    variables: Vec<String>,
    options: Options,
}

/// Opens an env file as a sink.
///
/// # Errors
/// [`Error::Fragment`] if the fragment names something else than key SID variables.
pub fn open(spec: &Spec, options: &Options) -> Result<Box<dyn Sink>, Error> {
    sink(spec, options).map(|sink| Box::new(sink) as Box<dyn Sink>)
}

fn sink(spec: &Spec, options: &Options) -> Result<EnvSink, Error> {
    let fail = |why| Error::Fragment { spec: spec.to_string(), why };
    let mut variables: Vec<String> = Vec::new();
    let mut prefixes = Vec::new();
    for name in spec.fragment().into_iter().flat_map(|text| text.split(',')) {
        let variable = classify(name).filter(|variable| variable.role == Role::KeySid);
        let variable = variable.ok_or_else(|| fail("names a variable that is not for the SID of an API key"))?;
        if prefixes.contains(&variable.prefix) {
            return Err(fail("names two variables of one project"));
        }
        prefixes.push(variable.prefix);
        variables.push(name.to_owned());
    }
    Ok(EnvSink { spec: spec.clone(), path: spec.target().into(), variables, options: options.clone() })
}

/// One of the sink's places in the file.
enum Slot {
    Held(Box<FoundPair>),
    Vacant {
        group: Group,
        /// The variables that are to hold the SID and the secret.
        sid: String,
        secret: String,
    },
}

/// Variables and what they are to hold.
type Values<'a> = Vec<(String, &'a Secret)>;

/// What is to be written: a pair that is real, or one that stands in for a key not yet made.
struct New<'a> {
    pair: &'a KeyPair,
    account: Option<&'a AccountSid>,
    sid: Option<&'a KeySid>,
}

impl EnvSink {
    fn doubt(&self) -> impl Fn(PairError) -> Error + '_ {
        |source| Error::Pair { path: self.path.clone(), source }
    }

    fn parse(&self, snapshot: &Snapshot) -> Result<EnvFile, Error> {
        let file = EnvFile::parse(snapshot.bytes());
        match file.problems().first() {
            Some(problem) => Err(Error::Doubtful { path: self.path.clone(), line: problem.line, kind: problem.kind }),
            None => Ok(file),
        }
    }

    fn slots(&self, file: &EnvFile) -> Result<Vec<Slot>, Error> {
        if !self.variables.is_empty() {
            return self.variables.iter().map(|variable| self.slot(file, variable)).collect();
        }
        let found: Result<Vec<FoundPair>, PairError> = pairs(file).into_iter().collect();
        let found = found.map_err(self.doubt())?;
        match found.as_slice() {
            [] => Ok(vec![self.slot(file, NAMES.iter().find(|(_, role)| *role == Role::KeySid).map_or("", |n| n.0))?]),
            [first, rest @ ..] if rest.iter().all(|pair| pair.pair() == first.pair()) => {
                Ok(found.into_iter().map(|pair| Slot::Held(Box::new(pair))).collect())
            }
            _ => {
                let variables = found.iter().map(|pair| pair.variable().to_owned()).collect();
                Err(Error::Several { path: self.path.clone(), variables })
            }
        }
    }

    fn slot(&self, file: &EnvFile, variable: &str) -> Result<Slot, Error> {
        let prefix = classify(variable).map_or("", |understood| understood.prefix);
        let group = groups(file).into_iter().find(|group| group.prefix == prefix);
        let group = group.unwrap_or_else(|| Group { prefix: prefix.to_owned(), names: Vec::new() });
        if let Some(found) = pair(file, &group).map_err(self.doubt())? {
            // The project has its pair, if perhaps under another of the names a pair may have.
            return Ok(Slot::Held(Box::new(found)));
        }
        let secrets = role(file, &group, Role::KeySecret).map_err(self.doubt())?;
        let mut sid = variable.to_owned();
        if self.variables.is_empty() {
            let sids = role(file, &group, Role::KeySid).map_err(self.doubt())?;
            sid = sids.empty.into_iter().next().unwrap_or(sid);
        }
        let secret = secrets.empty.first().cloned().unwrap_or_else(|| secret_name(&sid));
        Ok(Slot::Vacant { group, sid, secret })
    }

    /// The file with the pair in each of the sink's places, or why it may not be put there.
    fn edited(&self, file: &EnvFile, new: &New<'_>) -> Result<Zeroizing<Vec<u8>>, Error> {
        let sid = Secret::new(new.pair.sid.to_string());
        let owner = new.account.map(|account| Secret::new(account.to_string()));
        let (mut changed, mut added): (Values<'_>, Values<'_>) = (Vec::new(), Vec::new());
        let slots = self.slots(file)?;
        let some_held = slots.iter().any(|slot| matches!(slot, Slot::Held(_)));
        for slot in slots {
            match slot {
                Slot::Vacant { .. } if some_held => {}
                Slot::Held(found) => {
                    if !self.options.may_replace(&found.sid, new.sid) {
                        return Err(Error::Occupied {
                            place: self.place(found.line, found.variable()),
                            sid: found.sid,
                        });
                    }
                    changed.extend(found.sid_vars.into_iter().map(|name| (name, &sid)));
                    changed.extend(found.secret_vars.into_iter().map(|name| (name, &new.pair.secret)));
                }
                Slot::Vacant { sid: variable, .. } if !self.options.create => {
                    return Err(Error::NoPair { path: self.path.clone(), variable });
                }
                Slot::Vacant { group, sid: sid_name, secret } => {
                    if let (Some(new), Some(value)) = (new.account, &owner)
                        && let Some(name) = self.account_to_add(file, &group, new)?
                    {
                        added.push((name, value));
                    }
                    added.push((sid_name, &sid));
                    added.push((secret, &new.pair.secret));
                }
            }
        }
        let (filled, added): (Vec<_>, Vec<_>) =
            added.into_iter().partition(|(name, _)| file.named(name).next().is_some());
        changed.extend(filled);
        let failed = |source| Error::Edit { path: self.path.clone(), source };
        let bytes = file.set(&borrowed(&changed)).map_err(failed)?;
        if added.is_empty() {
            return Ok(bytes);
        }
        EnvFile::parse(&bytes).append(&borrowed(&added)).map_err(failed)
    }

    /// The name of the account variable that a new pair needs, `None` if the file names the same account already.
    fn account_to_add(&self, file: &EnvFile, group: &Group, new: &AccountSid) -> Result<Option<String>, Error> {
        let own = role(file, group, Role::AccountSid).map_err(self.doubt())?;
        match account(file, group).map_err(self.doubt())? {
            Some((found, _)) if found == *new => Ok(None),
            Some((_, names)) if own.value.is_some() => {
                let name = names.first().map_or("", String::as_str);
                let line = file.named(name).next().map_or(1, |assignment| assignment.line);
                Err(Error::OtherAccount { place: self.place(line, name) })
            }
            _ => Ok(Some(own.empty.first().cloned().unwrap_or_else(|| prefixed(&group.prefix, "TWILIO_ACCOUNT_SID")))),
        }
    }

    fn place(&self, line: usize, variable: &str) -> Place {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy();
        let variable = if variable.is_empty() { String::new() } else { format!(" {variable}") };
        Place { what: format!("{name}:{line}{variable}") }
    }

    /// Stores, calling `between` after the file was read and before it is replaced.
    fn store_with(&self, credential: &Credential, mut between: impl FnMut()) -> Result<(), Error> {
        let Credential::ApiKey { account, pair } = credential else {
            return Err(Error::TokenUnsupported { spec: self.spec.to_string() });
        };
        let new = New { pair, account: Some(account), sid: Some(&pair.sid) };
        for _ in 0..TRIES {
            let done = match file::read(&self.path) {
                Ok(snapshot) => {
                    let bytes = self.edited(&self.parse(&snapshot)?, &new)?;
                    between();
                    file::replace(&snapshot, &bytes)
                }
                Err(file::Error::Missing { .. }) if self.options.create => {
                    let bytes = self.edited(&EnvFile::parse(b""), &new)?;
                    between();
                    file::create(&self.path, &bytes)
                }
                Err(error) => return Err(error.into()),
            };
            match done {
                Ok(_) => return Ok(()),
                Err(file::Error::Changed { .. } | file::Error::Exists { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Busy { path: self.path.clone(), tries: TRIES })
    }
}

impl Sink for EnvSink {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn probe(&self) -> Result<(), Error> {
        let zeros = format!("{}{}", KeySid::PREFIX, "0".repeat(32));
        let fail = |source| Error::Sid { place: self.place(1, ""), source };
        let pair = KeyPair { sid: KeySid::parse(&zeros).map_err(fail)?, secret: Secret::new("0".repeat(32)) };
        let new = New { pair: &pair, account: None, sid: None };
        match file::read(&self.path) {
            Ok(snapshot) => {
                self.edited(&self.parse(&snapshot)?, &new)?;
                Ok(file::probe_replace(&snapshot)?)
            }
            Err(file::Error::Missing { .. }) if self.options.create => {
                self.edited(&EnvFile::parse(b""), &new)?;
                probe_create(&self.path)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn store(&self, credential: &Credential) -> Result<(), Error> {
        self.store_with(credential, || {})
    }

    fn load(&self) -> Result<Loaded, Error> {
        let snapshot = match file::read(&self.path) {
            Ok(snapshot) => snapshot,
            Err(file::Error::Missing { .. }) => return Ok(Loaded::Absent),
            Err(error) => return Err(error.into()),
        };
        let (mut held, mut vacant) = (Vec::new(), false);
        for slot in self.slots(&self.parse(&snapshot)?)? {
            match slot {
                Slot::Held(found) => held.push(Held {
                    place: self.place(found.line, found.variable()),
                    pair: found.pair(),
                    account: found.account,
                }),
                Slot::Vacant { .. } => vacant = true,
            }
        }
        // A project that was taken out of the file is one place fewer.
        if vacant && held.is_empty() { Ok(Loaded::Absent) } else { Ok(Loaded::Held(held)) }
    }

    fn mentions(&self, sid: &KeySid) -> Result<Vec<Place>, Error> {
        let snapshot = match file::read(&self.path) {
            Ok(snapshot) => snapshot,
            Err(file::Error::Missing { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let file = EnvFile::parse(snapshot.bytes());
        let holds = |item: &&Item| contains(file.raw(item.span()), sid.as_str().as_bytes());
        Ok(file
            .items()
            .iter()
            .filter(holds)
            .filter_map(|item| match item {
                Item::Blank { .. } | Item::Comment { .. } => None,
                Item::Other { line, .. } => Some(self.place(*line, "")),
                Item::Assignment(assignment) => Some(self.place(assignment.line, &assignment.name)),
            })
            .collect())
    }
}

/// Whether a SID stands in a text: whole, in whatever spelling surrounds it. A false alarm only delays a revoke; a miss
/// would take a key from somebody who uses it.
fn contains(text: &[u8], sid: &[u8]) -> bool {
    text.windows(sid.len()).any(|window| window == sid)
}

fn borrowed<'a>(values: &'a [(String, &'a Secret)]) -> Vec<(&'a str, &'a Secret)> {
    values.iter().map(|(name, value)| (name.as_str(), *value)).collect()
}

fn prefixed(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}_{name}") }
}

/// The name of the secret that goes with a SID's name.
fn secret_name(sid: &str) -> String {
    let Some(stem) = sid.strip_suffix("API_KEY_SID") else {
        return format!("{}API_SECRET", sid.strip_suffix("API_KEY").or(sid.strip_suffix("API_SID")).unwrap_or(sid));
    };
    format!("{stem}API_KEY_SECRET")
}

/// Says whether a file can be made under this name, as far as that can be said without making one.
pub(super) fn probe_create(path: &Path) -> Result<(), Error> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    rustix::fs::access(parent, access)
        .map_err(|source| Error::File(file::Error::Directory { path: parent.to_owned(), source: source.into() }))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;

    use super::*;

    fn hex(prefix: &str, digit: char) -> String {
        format!("{prefix}{}", digit.to_string().repeat(32))
    }

    fn credential(digit: char) -> Credential {
        let pair = KeyPair { sid: KeySid::parse(&hex("SK", digit)).unwrap(), secret: Secret::new(hex("s", digit)) };
        Credential::ApiKey { account: AccountSid::parse(&hex("AC", 'a')).unwrap(), pair }
    }

    fn write(path: &Path, text: &str) {
        File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn replacing(path: &Path, fragment: &str, digit: char) -> EnvSink {
        let options =
            Options { create: true, replace: Some(KeySid::parse(&hex("SK", digit)).unwrap()), ..Options::default() };
        sink(&Spec::parse(&format!("env:{}{fragment}", path.display())).unwrap(), &options).unwrap()
    }

    #[test]
    fn what_an_editor_writes_in_between_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("repos.env");
        let old = format!("TWILIO_API_KEY={}\nTWILIO_API_SECRET=old\n", hex("SK", '1'));
        write(&path, &old);
        let sink = replacing(&path, "", '1');
        let mut edits = 0;
        let editor = || {
            edits += 1;
            if edits < 3 {
                write(&path, &format!("# edit {edits}\n{old}OTHER=x\n"));
            }
        };
        sink.store_with(&credential('2'), editor).unwrap();
        let after = std::fs::read_to_string(&path).unwrap();
        let (sid, secret) = (hex("SK", '2'), hex("s", '2'));
        assert_eq!(after, format!("# edit 2\nTWILIO_API_KEY={sid}\nTWILIO_API_SECRET={secret}\nOTHER=x\n"));
        let mut edits = 0;
        let busy = || {
            edits += 1;
            write(&path, &format!("# again {edits}\n{old}"));
        };
        assert!(matches!(sink.store_with(&credential('2'), busy), Err(Error::Busy { tries: 5, .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("# again 5\n{old}"));
    }

    #[test]
    fn several_pairs_are_one_unit_and_only_they_change() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("repos.env");
        let (one, three) = (hex("SK", '1'), hex("SK", '3'));
        let text = |sid: &str, secret: &str| {
            format!(
                "# forty projects\r\nA_TWILIO_API_KEY={sid}\r\nA_TWILIO_API_KEY_SID='{sid}'\r\nA_TWILIO_API_SECRET=\"{secret}\" # c\r\n\
                 B_TWILIO_API_KEY={three}\r\nB_TWILIO_API_SECRET=x\r\n\r\nC_TWILIO_API_SID={sid}\r\nC_TWILIO_API_SECRET={secret}"
            )
        };
        write(&path, &text(&one, "old"));
        let sink = replacing(&path, "#A_TWILIO_API_KEY,C_TWILIO_API_SID", '1');
        sink.probe().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text(&one, "old"));
        let places = |sid: &str| {
            let found = sink.mentions(&KeySid::parse(sid).unwrap()).unwrap();
            found.into_iter().map(|place| place.what).collect::<Vec<_>>()
        };
        assert_eq!(
            places(&one),
            ["repos.env:2 A_TWILIO_API_KEY", "repos.env:3 A_TWILIO_API_KEY_SID", "repos.env:8 C_TWILIO_API_SID"]
        );
        sink.store(&credential('2')).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text(&hex("SK", '2'), &hex("s", '2')));
        assert!(places(&one).is_empty());
        let Loaded::Held(held) = sink.load().unwrap() else { panic!("two pairs") };
        assert_eq!(
            held.iter().map(|h| h.place.what.as_str()).collect::<Vec<_>>(),
            ["repos.env:2 A_TWILIO_API_KEY", "repos.env:8 C_TWILIO_API_SID"]
        );
        assert!(
            matches!(replacing(&path, "", '2').probe(), Err(Error::Several { variables, .. }) if variables.len() == 3)
        );
        assert!(
            matches!(replacing(&path, "#B_TWILIO_API_KEY", '2').probe(), Err(Error::Occupied { sid, .. }) if sid.as_str() == three)
        );
    }

    #[test]
    fn a_new_pair_is_added_beside_what_is_there_and_empty_variables_are_filled() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("repos.env");
        let (account, sid, secret) = (hex("AC", 'a'), hex("SK", '2'), hex("s", '2'));
        let pair = |prefix: &str| format!("{prefix}TWILIO_API_KEY={sid}\n{prefix}TWILIO_API_SECRET={secret}\n");
        let own = format!("A_TWILIO_ACCOUNT_SID={account}\n");
        for (before, fragment, after) in [
            ("X=1".to_owned(), "", format!("X=1\nTWILIO_ACCOUNT_SID={account}\n{}", pair(""))),
            (format!("TWILIO_ACCOUNT_SID={account}\n"), "", format!("TWILIO_ACCOUNT_SID={account}\n{}", pair(""))),
            (format!("ACCOUNT_SID={account}\n"), "#A_TWILIO_API_KEY", format!("ACCOUNT_SID={account}\n{}", pair("A_"))),
            (
                format!("TWILIO_ACCOUNT_SID={}\n", hex("AC", 'b')),
                "#A_TWILIO_API_KEY",
                format!("TWILIO_ACCOUNT_SID={}\n{own}{}", hex("AC", 'b'), pair("A_")),
            ),
            (
                "TWILIO_API_KEY_SID=\nTWILIO_API_SECRET=\nTWILIO_ACCOUNT_SID=''\n".into(),
                "",
                format!("TWILIO_API_KEY_SID={sid}\nTWILIO_API_SECRET={secret}\nTWILIO_ACCOUNT_SID='{account}'\n"),
            ),
        ] {
            write(&path, &before);
            let sink = replacing(&path, fragment, '1');
            assert_eq!(sink.load().unwrap(), Loaded::Absent);
            sink.probe().unwrap();
            sink.store(&credential('2')).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        }
        write(&path, &format!("TWILIO_ACCOUNT_SID={}\n", hex("AC", 'b')));
        let error = replacing(&path, "", '1').store(&credential('2')).unwrap_err();
        assert_eq!(error.to_string(), "repos.env:1 TWILIO_ACCOUNT_SID names another account than the credential's");
    }

    #[test]
    fn a_fragment_names_sids_only() {
        for fragment in ["TWILIO_AUTH_TOKEN", "X", "TWILIO_API_KEY,", "TWILIO_API_KEY,TWILIO_API_KEY_SID"] {
            let spec = Spec::parse(&format!("env:x#{fragment}")).unwrap();
            assert!(matches!(open(&spec, &Options::default()), Err(Error::Fragment { .. })), "{fragment}");
        }
        for (sid, secret) in [("API_KEY", "API_SECRET"), ("API_KEY_SID", "API_KEY_SECRET"), ("API_SID", "API_SECRET")] {
            assert_eq!(secret_name(&format!("A_TWILIO_{sid}")), format!("A_TWILIO_{secret}"));
        }
    }
}
