//! What a rehearsal is played on: the copy of the file with invented secrets, and the Twilio that knows them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::cli::context::Context;
use crate::cli::error::{Doing as _, Failure};
use crate::dotenv::{EnvFile, Item};
use crate::model::variable::{Role, classify};
use crate::model::{AccountSid, KeySid, Secret};
use crate::sandbox::{AccountSeed, KeySeed, Kind, State};
use crate::sandbox::{Options, Sandbox};
use crate::sinks::{self, FoundPair};
use crate::store::file;

/// The sample that stands in where no file is named. The placeholders are filled at run time.
const SAMPLE: &str = "\
# Secrets shared by every project on this machine.
TWILIO_ACCOUNT_SID={account}
TWILIO_AUTH_TOKEN={token}

# shipcrew: order texts
TWILIO_API_KEY={key}
TWILIO_API_SECRET={secret}
TWILIO_PHONE_NUMBER=+15005550006
";

/// A pair of the copy.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// The account it belongs to.
    pub account: AccountSid,
    /// The variables of its SID.
    pub sid_vars: Vec<String>,
    /// The variables of its secret.
    pub secret_vars: Vec<String>,
    /// The SID.
    pub sid: KeySid,
    /// The invented secret.
    pub secret: Secret,
}

/// The scenery.
pub(super) struct Stage {
    name: String,
    bytes: Zeroizing<Vec<u8>>,
    parts: Vec<Part>,
    tokens: Vec<(AccountSid, Secret)>,
    var: Option<String>,
    made: crate::model::time::Timestamp,
    twcred: PathBuf,
}

impl Stage {
    /// Reads the file, or makes the sample, and replaces every Twilio secret in memory by an invented one.
    ///
    /// # Errors
    /// If the file cannot be read or holds no whole pair.
    pub(super) fn set(path: Option<&Path>, var: Option<&str>, context: &Context) -> Result<Self, Failure> {
        let mut dice = fastrand::Rng::with_seed(u64::from_le_bytes(context.random()?));
        let (name, original) = match path {
            Some(path) => {
                let read = file::read(path).doing("cannot rehearse")?;
                (path.display().to_string(), Zeroizing::new(read.bytes().to_vec()))
            }
            None => ("a sample".to_owned(), Zeroizing::new(sample(&mut dice))),
        };
        let document = EnvFile::parse(&original);
        let mut found = Vec::new();
        for pair in sinks::pairs(&document) {
            let pair = pair.doing(format!("cannot rehearse {name}"))?;
            if var.is_none_or(|var| pair.sid_vars.iter().any(|known| known == var)) {
                found.push(pair);
            }
        }
        if let (true, Some(var)) = (found.is_empty(), var) {
            return Err(Failure::usage(format!("{name} has no pair whose SID stands in {var}"))
                .hint("leave --var out to rehearse every pair of the file"));
        }
        if found.is_empty() {
            return Err(Failure::usage(format!("{name} holds no API key pair to rotate"))
                .hint("name a file with TWILIO_ACCOUNT_SID, TWILIO_API_KEY and TWILIO_API_SECRET in it"));
        }
        let invented = Self::invent(&document, &found, context.global.account.as_ref(), &mut dice)?;
        let twcred =
            crate::cli::env::program().map_err(|error| Failure::failed(format!("cannot find myself: {error}")))?;
        Ok(Self { name, var: var.map(str::to_owned), made: context.now(), twcred, ..invented })
    }

    fn invent(
        document: &EnvFile,
        found: &[FoundPair],
        named: Option<&AccountSid>,
        dice: &mut fastrand::Rng,
    ) -> Result<Self, Failure> {
        let mut values: Vec<(String, Secret)> = Vec::new();
        let mut parts: Vec<Part> = Vec::new();
        let mut tokens: Vec<(AccountSid, Secret)> = Vec::new();
        for pair in found {
            let account = pair.account.clone().or_else(|| named.cloned()).ok_or_else(|| {
                Failure::usage(format!("no account stands beside {}", pair.variable()))
                    .hint("add TWILIO_ACCOUNT_SID to the file, or give --account AC…")
            })?;
            if !tokens.iter().any(|(known, _)| *known == account) {
                tokens.push((account.clone(), hex(dice, 32)));
            }
            let known = parts.iter().find(|part| part.sid == pair.sid).map(|part| part.secret.clone());
            let secret = known.unwrap_or_else(|| alphanumeric(dice));
            values.extend(pair.secret_vars.iter().map(|name| (name.clone(), secret.clone())));
            parts.push(Part {
                account,
                sid_vars: pair.sid_vars.clone(),
                secret_vars: pair.secret_vars.clone(),
                sid: pair.sid.clone(),
                secret,
            });
        }
        let prefixes = found.iter().map(|pair| pair.prefix.as_str()).chain([""]);
        for prefix in prefixes {
            if let Ok(Some(authority)) = sinks::authority(document, prefix)
                && let Some((_, token)) = tokens.iter().find(|(account, _)| *account == authority.account)
                && !values.iter().any(|(name, _)| *name == authority.token_var)
            {
                values.push((authority.token_var, token.clone()));
            }
        }
        let named: Vec<(&str, &Secret)> = values.iter().map(|(name, secret)| (name.as_str(), secret)).collect();
        let bytes = document.set(&named).doing("cannot put invented secrets into the copy")?;
        let bytes = masked(&EnvFile::parse(&bytes), &values, found);
        Ok(Self {
            name: String::new(),
            bytes,
            parts,
            tokens,
            var: None,
            made: crate::model::time::Timestamp::UNIX_EPOCH,
            twcred: PathBuf::new(),
        })
    }

    /// What is rehearsed, for people.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The copy, before any rotation.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its pairs.
    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The accounts and their invented tokens.
    pub(super) fn tokens(&self) -> &[(AccountSid, Secret)] {
        &self.tokens
    }

    /// The pair that was asked for.
    pub(super) fn var(&self) -> Option<&str> {
        self.var.as_deref()
    }

    /// The program itself.
    pub(super) fn twcred(&self) -> &Path {
        &self.twcred
    }

    /// A Twilio that knows what the copy holds.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(super) fn twilio(&self) -> Result<Sandbox, Failure> {
        let mut state = State::new();
        let seeding = "cannot set up the sandbox";
        for (account, token) in &self.tokens {
            let seed = AccountSeed {
                sid: account.clone(),
                owner: None,
                name: "rehearsal".to_owned(),
                token: token.clone(),
                created: self.made,
            };
            state.add_account(seed).doing(seeding)?;
        }
        for part in &self.parts {
            if state.key(&part.sid).is_none() {
                let seed = KeySeed {
                    sid: part.sid.clone(),
                    secret: part.secret.clone(),
                    name: Some("rehearsed".to_owned()),
                    kind: Kind::Standard,
                    created: self.made,
                };
                state.add_key(&part.account, seed).doing(seeding)?;
            }
        }
        #[expect(clippy::disallowed_methods, reason = "the sandbox answers with the time of day, as Twilio does")]
        let clock = Arc::new(crate::model::time::Timestamp::now);
        Sandbox::start(state, Options::new(clock))
            .map_err(|error| Failure::failed(format!("cannot start the sandbox: {error}")))
    }

    /// The bytes of a copy with every value of a rehearsed pair blanked out, to see whether anything else changed.
    pub(super) fn beyond_the_pair(&self, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let blank = Secret::new("0".to_owned());
        let names: Vec<(&str, &Secret)> = self
            .parts
            .iter()
            .flat_map(|part| part.sid_vars.iter().chain(&part.secret_vars))
            .map(|name| (name.as_str(), &blank))
            .collect();
        EnvFile::parse(bytes).set(&names).ok()
    }
}

/// The copy with every other value, comment and line made illegible: letters become `x` and digits `0`, so that quotes,
/// blanks and line ends stay what they are for every reader. Somebody else's secrets have no business in a rehearsal.
fn masked(document: &EnvFile, values: &[(String, Secret)], found: &[FoundPair]) -> Zeroizing<Vec<u8>> {
    let kept = |name: &str| {
        values.iter().any(|(known, _)| known == name)
            || found.iter().any(|pair| {
                pair.sid_vars.iter().chain(&pair.account_vars).any(|known| known == name) || beside(name, pair)
            })
    };
    let mut bytes = Zeroizing::new(document.bytes().to_vec());
    for item in document.items() {
        let spans = match item {
            Item::Blank { .. } => Vec::new(),
            Item::Comment { span, .. } | Item::Other { span, .. } => vec![*span],
            Item::Assignment(assignment) if kept(&assignment.name) => assignment.comment.into_iter().collect(),
            Item::Assignment(assignment) => {
                [Some(assignment.value_span), assignment.comment].into_iter().flatten().collect()
            }
        };
        for span in spans {
            for byte in &mut bytes[span.start..span.end] {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' => *byte = b'x',
                    b'0'..=b'9' => *byte = b'0',
                    _ => {}
                }
            }
        }
    }
    bytes
}

/// Whether a variable tells the account of a pair's project.
fn beside(name: &str, pair: &FoundPair) -> bool {
    classify(name).is_some_and(|variable| {
        variable.role == Role::AccountSid && (variable.prefix == pair.prefix || variable.prefix.is_empty())
    })
}

fn sample(dice: &mut fastrand::Rng) -> Vec<u8> {
    let sid = |dice: &mut fastrand::Rng, prefix: &str| format!("{prefix}{}", hex_text(dice, 32));
    let filled = [
        ("{account}", sid(dice, "AC")),
        ("{token}", hex_text(dice, 32)),
        ("{key}", sid(dice, "SK")),
        ("{secret}", hex_text(dice, 32)),
    ];
    filled.iter().fold(SAMPLE.to_owned(), |text, (mark, value)| text.replace(mark, value)).into_bytes()
}

fn hex(dice: &mut fastrand::Rng, digits: usize) -> Secret {
    Secret::new(hex_text(dice, digits))
}

fn hex_text(dice: &mut fastrand::Rng, digits: usize) -> String {
    (0..digits).map(|_| char::from_digit(dice.u32(0..16), 16).unwrap_or('0')).collect()
}

fn alphanumeric(dice: &mut fastrand::Rng) -> Secret {
    Secret::new((0..32).map(|_| dice.alphanumeric()).collect())
}
