//! Auth Tokens in an env file: every project that holds one, with its secondary and its previous token beside it.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::{EnvSink, Named, characters, contains};
use crate::dotenv::{EnvFile, Insertion, SecondReading};
use crate::model::variable::{Group, Role, classify};
use crate::model::{AccountSid, Secret, TokenNames};
use crate::sinks::pairs::{PairError, Projects, agreed, own_account, variable};
use crate::sinks::tokens::{Effect, TokenState, is_either, rehearsal};
use crate::sinks::{Error, HeldToken, LoadedTokens, Place, TokenChange, TokenRole, TokenTarget, TokensStored};

/// The variable of a token, with those of its stages, whether they are there or not.
struct Spot {
    /// The names, as [`TokenRole::ALL`] has them.
    names: [String; 3],
    /// The account that its own project names.
    own: Result<Option<AccountSid>, PairError>,
    /// The account that the plain names give to a project without one.
    plain: Option<AccountSid>,
    state: Result<TokenState, PairError>,
}

impl Spot {
    fn name(&self, role: TokenRole) -> &str {
        &self.names[role as usize]
    }

    /// The account it stands under: its project's, or else the plain one.
    fn account(&self) -> Option<&AccountSid> {
        match &self.own {
            Ok(Some(own)) => Some(own),
            Ok(None) => self.plain.as_ref(),
            Err(_) => None,
        }
    }

    /// The roles in which a text that holds a value stands, however it is spelt.
    fn spelt(&self, file: &EnvFile, value: &Secret) -> Vec<TokenRole> {
        let holds = |name: &str| file.named(name).any(|at| contains(file.raw(at.span), characters(value).as_bytes()));
        TokenRole::ALL.into_iter().filter(|role| !value.is_empty() && holds(self.name(*role))).collect()
    }
}

/// What is to happen to the file's variables.
#[derive(Default)]
struct Edits {
    set: Vec<(String, Secret)>,
    insert: Vec<(String, String, Secret)>,
    remove: Vec<String>,
}

impl Edits {
    fn add(&mut self, file: &EnvFile, spot: &Spot, from: &TokenState, to: &TokenState) {
        for role in TokenRole::ALL {
            let name = spot.name(role).to_owned();
            match (from.of(role), to.of(role)) {
                (before, after) if before == after => {}
                (_, Some(value)) if file.named(&name).next().is_some() => self.set.push((name, value.clone())),
                (_, Some(value)) => {
                    self.insert.push((spot.name(TokenRole::Current).to_owned(), name, value.clone()));
                }
                (_, None) => self.remove.push(name),
            }
        }
    }
}

impl EnvSink {
    /// Every token that stands under the target's account or under none, as far as it can be read. One that cannot is an
    /// error where it is certainly the target's; elsewhere it may be anybody's.
    pub(super) fn tokens_in(&self, file: &EnvFile, target: &TokenTarget) -> Result<LoadedTokens, Error> {
        let mut held = Vec::new();
        for spot in self.spots(file, &target.names)? {
            let certain = spot.own.as_ref().is_ok_and(|own| own.as_ref() == Some(&target.account));
            if !certain && !matches!(spot.own, Ok(None)) {
                continue;
            }
            let state = match &spot.state {
                Ok(state) => state,
                Err(error) if certain || self.named != Named::Nothing => return Err(self.doubt()(error.clone())),
                Err(_) => continue,
            };
            for role in TokenRole::ALL {
                if let Some(value) = state.of(role) {
                    let (place, account) = (self.token_place(file, spot.name(role)), spot.account().cloned());
                    let project = spot.name(TokenRole::Current).to_owned();
                    held.push(HeldToken { place, role, value: value.clone(), account, project });
                }
            }
        }
        Ok(if held.is_empty() { LoadedTokens::Absent } else { LoadedTokens::Held(held) })
    }

    /// The file after a change, with what was changed and what was left.
    pub(super) fn with_tokens(
        &self,
        file: &EnvFile,
        target: &TokenTarget,
        change: &TokenChange,
    ) -> Result<(Zeroizing<Vec<u8>>, TokensStored), Error> {
        let (mut edits, mut left) = (Edits::default(), Vec::new());
        for spot in self.spots(file, &target.names)? {
            let mut here: Vec<TokenRole> = change.values().iter().flat_map(|v| spot.spelt(file, v)).collect();
            here.sort_unstable();
            here.dedup();
            let mut leave = |roles: &[TokenRole]| {
                left.extend(roles.iter().map(|role| self.token_place(file, spot.name(*role))));
            };
            // What cannot be read is in the way where our values stand in it, and nobody's business elsewhere.
            match &spot.own {
                Err(error) if !here.is_empty() => return Err(self.doubt()(error.clone())),
                Err(_) => continue,
                Ok(Some(other)) if *other != target.account => {
                    leave(&here);
                    continue;
                }
                Ok(_) => {}
            }
            let targets = spot.account() == Some(&target.account) || self.named != Named::Nothing;
            let state = match &spot.state {
                Ok(state) => state,
                Err(error) if !here.is_empty() => return Err(self.doubt()(error.clone())),
                Err(_) => {
                    leave(if targets { &[TokenRole::Current] } else { &[] });
                    continue;
                }
            };
            match change.on(state) {
                Effect::Occupied(role) => {
                    return Err(Error::TokenOccupied { place: self.token_place(file, spot.name(role)), role });
                }
                Effect::Becomes { state: after, left } => {
                    leave(&left);
                    edits.add(file, &spot, state, &after);
                }
                Effect::Other => leave(if targets && state.current.is_some() { &[TokenRole::Current] } else { &[] }),
            }
        }
        let bytes = self.edited(file, &edits)?;
        let after = EnvFile::parse(&bytes);
        let put = edits.set.iter().map(|(name, _)| name).chain(edits.insert.iter().map(|(_, name, _)| name));
        let gone = edits.remove.iter().map(|name| self.token_place(file, name));
        let changed = put.map(|name| self.token_place(&after, name)).chain(gone).collect();
        Ok((bytes, TokensStored { changed, left }))
    }

    /// Tries a whole rotation on the file, in memory.
    pub(super) fn rehearse(
        &self,
        file: &EnvFile,
        target: &TokenTarget,
        (holds, new): (&Secret, Option<&Secret>),
    ) -> Result<(), Error> {
        let mut found = false;
        for spot in self.spots(file, &target.names)? {
            let place = || self.token_place(file, spot.name(TokenRole::Current));
            let held = matches!(&spot.state, Ok(state) if is_either(state.current.as_ref(), holds, new));
            let other = matches!(&spot.own, Ok(Some(own)) if *own != target.account);
            match (held, &self.named) {
                (true, Named::Tokens(_)) if other => return Err(Error::OtherAccount { place: place() }),
                (false, Named::Tokens(_)) => {
                    let spelt = !spot.spelt(file, holds).is_empty();
                    return Err(match spot.state {
                        Err(error) if spelt => self.doubt()(error),
                        _ => Error::NoToken { place: place() },
                    });
                }
                _ => found |= held && !other,
            }
        }
        let steps = rehearsal(holds, new);
        let (mut bytes, _) = self.with_tokens(file, target, &steps[0])?;
        if !found {
            return Err(Error::NoToken { place: crate::sinks::file::place(&self.path, "") });
        }
        for step in &steps[1..] {
            (bytes, _) = self.with_tokens(&EnvFile::parse(&bytes), target, step)?;
        }
        Ok(())
    }

    /// Where a variable stands first; without a line if it does not.
    fn token_place(&self, file: &EnvFile, name: &str) -> Place {
        match file.named(name).next() {
            Some(found) => self.place(found.line, name),
            None => crate::sinks::file::place(&self.path, &format!(" {name}")),
        }
    }

    fn edited(&self, file: &EnvFile, edits: &Edits) -> Result<Zeroizing<Vec<u8>>, Error> {
        let failed = |source| Error::Edit { path: self.path.clone(), source };
        let mut bytes = Zeroizing::new(file.bytes().to_vec());
        if !edits.set.is_empty() {
            let values: Vec<_> = edits.set.iter().map(|(name, value)| (name.as_str(), value)).collect();
            bytes = file.set(&values).map_err(failed)?;
        }
        if !edits.insert.is_empty() {
            let lines: Vec<_> =
                edits.insert.iter().map(|(beneath, name, value)| Insertion { beneath, name, value }).collect();
            bytes = EnvFile::parse(&bytes).insert(&lines).map_err(failed)?;
        }
        if !edits.remove.is_empty() {
            let names: Vec<&str> = edits.remove.iter().map(String::as_str).collect();
            bytes = EnvFile::parse(&bytes).remove(&names).map_err(failed)?;
        }
        Ok(bytes)
    }

    /// The tokens that are the sink's: those named, there or not, or else all of the file.
    fn spots(&self, file: &EnvFile, names: &TokenNames) -> Result<Vec<Spot>, Error> {
        let projects = Projects::of(file);
        let tokens: Vec<String> = match &self.named {
            Named::Tokens(tokens) => tokens.clone(),
            Named::Nothing => all_tokens(file, &projects, names),
            Named::Keys(_) => {
                return Err(Error::Fragment { spec: self.spec.to_string(), why: "names API keys and no Auth Token" });
            }
        };
        let with_stages = |token: &String| [token.clone(), names.secondary_of(token), names.previous_of(token)];
        let all: Vec<[String; 3]> = tokens.iter().map(with_stages).collect();
        let flat: Vec<&str> = all.iter().flatten().map(String::as_str).collect();
        let second = SecondReading::of(file, &flat);
        let plain = projects.plain().and_then(|plain| own_account(file, plain).ok().flatten()).map(|(sid, _)| sid);
        Ok(all
            .iter()
            .map(|names| {
                let prefix = classify(&names[0]).map_or("", |understood| understood.prefix);
                let group = projects.project(prefix);
                Spot {
                    own: own_account(file, &group).map(|own| own.map(|(sid, _)| sid)),
                    plain: plain.clone(),
                    state: state(file, &group, names, &second),
                    names: names.clone(),
                }
            })
            .collect())
    }
}

/// Every variable of an Auth Token, and every one that is gone but whose stages stand there still.
fn all_tokens(file: &EnvFile, projects: &Projects<'_>, names: &TokenNames) -> Vec<String> {
    let tokens: BTreeSet<&str> = projects.all().iter().flat_map(|group| group.of(Role::AuthToken)).collect();
    let known = |name: &str| tokens.contains(name);
    let base = |name: &str| {
        if known(name) {
            return Some(name.to_owned());
        }
        let stem = name.strip_suffix(names.secondary()).or_else(|| name.strip_suffix(names.previous()))?;
        let token = classify(stem).filter(|variable| variable.role == Role::AuthToken)?;
        // A bare name under a prefix is ours only beside its account.
        (known(stem) || !token.bare || token.prefix.is_empty()).then(|| stem.to_owned())
    };
    let mut seen = BTreeSet::new();
    file.assignments().filter_map(|at| base(&at.name)).filter(|token| seen.insert(token.clone())).collect()
}

fn state(
    file: &EnvFile,
    group: &Group,
    names: &[String; 3],
    second: &SecondReading<'_>,
) -> Result<TokenState, PairError> {
    let read = |name: &str| -> Result<Option<Secret>, PairError> {
        Ok(variable(file, group, name)?.map(|(value, _)| value).filter(|value| !value.is_empty()))
    };
    let state = TokenState { current: read(&names[0])?, secondary: read(&names[1])?, previous: read(&names[2])? };
    agreed(second, group, names.iter())?;
    Ok(state)
}
