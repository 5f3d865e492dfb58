//! API keys in an env file: which variables are the sink's, and what they hold once a pair is put there.

use zeroize::Zeroizing;

use super::{EnvSink, Named};
use crate::dotenv::EnvFile;
use crate::model::variable::{Group, NAMES, Role, classify};
use crate::model::{AccountSid, KeyPair, KeySid, Secret};
use crate::sinks::pairs::{FoundPair, PairError, Projects, role};
use crate::sinks::{Error, Held, Loaded};

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
pub(super) struct New<'a> {
    pub(super) pair: &'a KeyPair,
    pub(super) account: Option<&'a AccountSid>,
    pub(super) sid: Option<&'a KeySid>,
}

impl EnvSink {
    /// What the sink's places hold.
    pub(super) fn pairs_in(&self, file: &EnvFile) -> Result<Loaded, Error> {
        let (mut held, mut vacant) = (Vec::new(), false);
        for slot in self.slots(file, &Projects::of(file))? {
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

    fn slots(&self, file: &EnvFile, projects: &Projects<'_>) -> Result<Vec<Slot>, Error> {
        match &self.named {
            Named::Nothing => {}
            Named::Keys(variables) => {
                return variables.iter().map(|variable| self.slot(file, projects, variable)).collect();
            }
            Named::Tokens(_) => {
                return Err(Error::Fragment { spec: self.spec.to_string(), why: "names Auth Tokens and no API key" });
            }
        }
        let found: Result<Vec<FoundPair>, PairError> = projects.pairs().into_iter().collect();
        let found = found.map_err(self.doubt())?;
        match found.as_slice() {
            [] => Ok(vec![self.slot(
                file,
                projects,
                NAMES.iter().find(|(_, role)| *role == Role::KeySid).map_or("", |n| n.0),
            )?]),
            [first, rest @ ..] if rest.iter().all(|pair| pair.pair() == first.pair()) => {
                Ok(found.into_iter().map(|pair| Slot::Held(Box::new(pair))).collect())
            }
            _ if found.iter().any(|pair| self.expected.contains(&pair.sid)) => {
                let meant = found.into_iter().filter(|pair| self.expected.contains(&pair.sid));
                Ok(meant.map(|pair| Slot::Held(Box::new(pair))).collect())
            }
            _ => {
                let variables = found.iter().map(|pair| pair.variable().to_owned()).collect();
                Err(Error::Several { path: self.path.clone(), variables })
            }
        }
    }

    fn slot(&self, file: &EnvFile, projects: &Projects<'_>, variable: &str) -> Result<Slot, Error> {
        let prefix = classify(variable).map_or("", |understood| understood.prefix);
        let group = projects.project(prefix);
        if let Some(found) = projects.pair(&group).map_err(self.doubt())? {
            // The project has its pair, if perhaps under another of the names a pair may have.
            return Ok(Slot::Held(Box::new(found)));
        }
        let secrets = role(file, &group, Role::KeySecret).map_err(self.doubt())?;
        let mut sid = variable.to_owned();
        if self.named == Named::Nothing {
            let sids = role(file, &group, Role::KeySid).map_err(self.doubt())?;
            sid = sids.empty.into_iter().next().unwrap_or(sid);
        }
        let secret = secrets.empty.first().cloned().unwrap_or_else(|| secret_name(&sid));
        Ok(Slot::Vacant { group, sid, secret })
    }

    /// The file with the pair in each of the sink's places, or why it may not be put there.
    pub(super) fn with_pair(&self, file: &EnvFile, new: &New<'_>) -> Result<Zeroizing<Vec<u8>>, Error> {
        let sid = Secret::new(new.pair.sid.to_string());
        let owner = new.account.map(|account| Secret::new(account.to_string()));
        let (mut changed, mut added): (Values<'_>, Values<'_>) = (Vec::new(), Vec::new());
        let projects = Projects::of(file);
        let slots = self.slots(file, &projects)?;
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
                        && let Some(name) = self.account_to_add(file, &projects, &group, new)?
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
    fn account_to_add(
        &self,
        file: &EnvFile,
        projects: &Projects<'_>,
        group: &Group,
        new: &AccountSid,
    ) -> Result<Option<String>, Error> {
        let own = role(file, group, Role::AccountSid).map_err(self.doubt())?;
        match projects.account(group).map_err(self.doubt())? {
            Some((found, _)) if found == *new => Ok(None),
            Some((_, names)) if own.value.is_some() => {
                let name = names.first().map_or("", String::as_str);
                let line = file.named(name).next().map_or(1, |assignment| assignment.line);
                Err(Error::OtherAccount { place: self.place(line, name) })
            }
            _ => Ok(Some(own.empty.first().cloned().unwrap_or_else(|| prefixed(&group.prefix, "TWILIO_ACCOUNT_SID")))),
        }
    }
}

pub(super) fn borrowed<'a>(values: &'a [(String, &'a Secret)]) -> Vec<(&'a str, &'a Secret)> {
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

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;
    use std::path::Path;

    use super::super::sink;
    use super::*;
    use crate::sinks::{Options, Sink as _, Spec};

    fn hex(prefix: &str, digit: char) -> String {
        format!("{prefix}{}", digit.to_string().repeat(32))
    }

    fn owner() -> AccountSid {
        AccountSid::parse(&hex("AC", 'a')).unwrap()
    }

    fn pair(digit: char) -> KeyPair {
        KeyPair { sid: KeySid::parse(&hex("SK", digit)).unwrap(), secret: Secret::new(hex("s", digit)) }
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
        sink.store_with(&owner(), &pair('2'), editor).unwrap();
        let after = std::fs::read_to_string(&path).unwrap();
        let (sid, secret) = (hex("SK", '2'), hex("s", '2'));
        assert_eq!(after, format!("# edit 2\nTWILIO_API_KEY={sid}\nTWILIO_API_SECRET={secret}\nOTHER=x\n"));
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
        sink.store(&owner(), &pair('2')).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text(&hex("SK", '2'), &hex("s", '2')));
        assert!(places(&one).is_empty());
        let Loaded::Held(held) = sink.load().unwrap() else { panic!("two pairs") };
        assert_eq!(
            held.iter().map(|h| h.place.what.as_str()).collect::<Vec<_>>(),
            ["repos.env:2 A_TWILIO_API_KEY", "repos.env:8 C_TWILIO_API_SID"]
        );
        assert!(
            matches!(replacing(&path, "", '1').probe(), Err(Error::Several { variables, .. }) if variables.len() == 3)
        );
        // Without a fragment those are meant which the sink is to replace, or is told of.
        let mut whole = replacing(&path, "", '2');
        whole.probe().unwrap();
        assert_eq!(whole.load().unwrap(), Loaded::Held(held));
        whole.expect(&KeySid::parse(&three).unwrap());
        assert!(matches!(whole.load(), Ok(Loaded::Held(held)) if held.len() == 3));
        assert!(matches!(whole.probe(), Err(Error::Occupied { sid, .. }) if sid.as_str() == three));
        assert!(
            matches!(replacing(&path, "#B_TWILIO_API_KEY", '2').probe(), Err(Error::Occupied { sid, .. }) if sid.as_str() == three)
        );
    }

    #[test]
    fn a_new_pair_is_added_beside_what_is_there_and_empty_variables_are_filled() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("repos.env");
        let (account, sid, secret) = (hex("AC", 'a'), hex("SK", '2'), hex("s", '2'));
        let both = |prefix: &str| format!("{prefix}TWILIO_API_KEY={sid}\n{prefix}TWILIO_API_SECRET={secret}\n");
        let own = format!("A_TWILIO_ACCOUNT_SID={account}\n");
        for (before, fragment, after) in [
            ("X=1".to_owned(), "", format!("X=1\nTWILIO_ACCOUNT_SID={account}\n{}", both(""))),
            (format!("TWILIO_ACCOUNT_SID={account}\n"), "", format!("TWILIO_ACCOUNT_SID={account}\n{}", both(""))),
            (format!("ACCOUNT_SID={account}\n"), "#A_TWILIO_API_KEY", format!("ACCOUNT_SID={account}\n{}", both("A_"))),
            (
                format!("TWILIO_ACCOUNT_SID={}\n", hex("AC", 'b')),
                "#A_TWILIO_API_KEY",
                format!("TWILIO_ACCOUNT_SID={}\n{own}{}", hex("AC", 'b'), both("A_")),
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
            sink.store(&owner(), &pair('2')).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        }
        write(&path, &format!("TWILIO_ACCOUNT_SID={}\n", hex("AC", 'b')));
        let error = replacing(&path, "", '1').store(&owner(), &pair('2')).unwrap_err();
        assert_eq!(error.to_string(), "repos.env:1 TWILIO_ACCOUNT_SID names another account than the credential's");
    }

    #[test]
    fn a_secret_is_named_as_its_sid_is() {
        for (sid, secret) in [("API_KEY", "API_SECRET"), ("API_KEY_SID", "API_KEY_SECRET"), ("API_SID", "API_SECRET")] {
            assert_eq!(secret_name(&format!("A_TWILIO_{sid}")), format!("A_TWILIO_{secret}"));
        }
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("repos.env");
        write(&path, "TWILIO_AUTH_TOKEN=x\n");
        assert!(matches!(replacing(&path, "#TWILIO_AUTH_TOKEN", '1').probe(), Err(Error::Fragment { .. })));
    }
}
