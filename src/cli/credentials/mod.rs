//! Which credential is in force, and where each of its values came from.
//!
//! A credential is taken whole from one source: the env file or the profile that a flag names, else the environment, else
//! what systemd handed over, else the active profile. A source that holds half of one is an error and never completed from
//! the next: two halves that do not belong together authenticate as nobody, and nobody can see why.

mod alone;
pub mod assemble;
mod lost;
pub mod source;
pub mod tokens;
mod typed;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::env;
use super::error::{Doing as _, Failure};
use super::exit::Exit;
use crate::dotenv::{EnvFile, Lookup};
use crate::model::variable::{Role, group};
use crate::model::{AccountSid, Credential, ProfileName, Secret};
use crate::rotation::Signer;
use alone::Alone;
use assemble::{Assembled, CredentialError, assemble};
use source::{Value, Values};

/// What kind of credential to take where one source holds both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefer {
    /// The Auth Token, which may manage keys.
    Token,
    /// The API key, to be looked at itself.
    Key,
}

/// A credential with its origin.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The credential.
    pub credential: Credential,
    /// The account to act on: `--account`, else the credential's own.
    pub account: AccountSid,
    /// Where each value was found, such as `repos.env:12 TWILIO_AUTH_TOKEN`.
    pub origins: Vec<(Role, String)>,
    /// The source as a whole: a file, `the environment`, `standard input`.
    pub source: String,
    /// The region, from the flag or beside the credential.
    pub region: Option<String>,
    /// The edge, from the flag or beside the credential.
    pub edge: Option<String>,
    /// The profile it is, and the Twilio at which that was tried.
    pub profile: Option<(ProfileName, String)>,
    /// The account of an Auth Token that was found as well, and its place: of another account, and not used, since nothing
    /// says that it is the main account's.
    pub unused: Option<(AccountSid, String)>,
}

/// Where a credential may be found.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// An env file that is named, or standard input.
    EnvFile(PathBuf),
    /// A profile that is named.
    Profile(ProfileName),
    /// The environment.
    Environment,
    /// The folder in which systemd hands a file over.
    HandedOver(PathBuf),
    /// The profile of `TWCRED_PROFILE`, or the active one.
    Active,
}

impl Source {
    /// Whether it is a profile, which has one credential and nothing else.
    fn is_profile(&self) -> bool {
        matches!(self, Self::Profile(_) | Self::Active)
    }

    /// Whether a flag names it, so that no other is looked at.
    fn is_named(&self) -> bool {
        matches!(self, Self::EnvFile(_) | Self::Profile(_))
    }
}

impl Resolved {
    /// Whether the account to act on is another than the credential's own: a subaccount of it, or none of its business.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        !self.account.as_str().eq_ignore_ascii_case(self.credential.account().as_str())
    }

    /// The credential as a later run finds it again.
    #[must_use]
    pub fn signer(&self, context: &Context) -> Signer {
        let is_typed = |path: &Path| {
            let typed = context.global.env_file.as_deref().filter(|typed| *typed != Path::new("-"));
            typed.is_some_and(|typed| typed.display().to_string() == self.source && path == typed)
        };
        let path = Some(Path::new(&self.source)).filter(|path| path.is_absolute() || is_typed(path));
        let path = path.and_then(|path| std::path::absolute(path).ok());
        let file = path.and_then(|path| Some(format!("env:{}", path.to_str().filter(|path| !path.contains('#'))?)));
        let profile = self.profile.as_ref().map(|(name, _)| format!("keyring:{name}"));
        Signer {
            account: self.credential.account().clone(),
            place: profile.or(file),
            key: self.credential.key().cloned(),
        }
    }

    /// The failure of a request that this credential signed: if it was refused, with the place the credential is from.
    pub fn blame(&self, error: impl Into<Failure>, what: impl Into<String>) -> Failure {
        let failure = error.into().doing(what);
        if failure.exit() == Exit::Refused { self.name_the_secret(failure) } else { failure }
    }

    /// Where the secret stands.
    #[must_use]
    pub fn secrets_place(&self) -> &str {
        self.origins.iter().find(|(role, _)| role.is_secret()).map_or("", |(_, place)| place)
    }

    /// Adds to a refusal which credential was refused, and where its secret came from.
    #[must_use]
    pub fn name_the_secret(&self, failure: Failure) -> Failure {
        let secret = self.secrets_place();
        let user = self.credential.user();
        let failure = failure.hint(format!("the request was signed by {user}; its secret is from {secret}"));
        if !self.is_foreign() {
            return failure;
        }
        let account = &self.account;
        failure.hint(format!(
            "it was about {account}: that is right if {account} is a subaccount of {user}; otherwise sign with its own \
             Auth Token: --env-file FILE with its TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
        ))
    }
}

impl Context {
    /// Finds the credential in force.
    ///
    /// # Errors
    /// Exit 2, if there is none, half of one, or several that could be meant; also for an API key where `--account` names
    /// another account than its own: no key reaches another account.
    pub fn resolve(&self, prefer: Prefer) -> Result<Resolved, Failure> {
        let resolved = self.resolve_any(prefer)?;
        match resolved.credential.key() {
            Some(key) if resolved.is_foreign() => Err(CredentialError::OtherAccount {
                key: key.clone(),
                source_name: resolved.source.clone(),
                own: resolved.credential.account().clone(),
                asked: resolved.account,
            }
            .into()),
            _ => Ok(resolved),
        }
    }

    /// The same for a command that has use for no other account's credential at all, and says so itself.
    ///
    /// # Errors
    /// Exit 2, if there is none, half of one, or several that could be meant.
    pub fn resolve_any(&self, prefer: Prefer) -> Result<Resolved, Failure> {
        let mut alone = Alone::default();
        for source in self.sources()? {
            let (values, profile) = self.read(&source)?;
            if values.has_secret() || source.is_named() {
                self.tell_what_is_passed_over(&source);
                let resolved = self.complete(&values, profile, prefer)?;
                alone.allows(&resolved, self.global.account.is_some())?;
                return Ok(resolved);
            }
            self.look_what_is_handed_over(&source, &values)?;
            alone.add(&values);
        }
        let failure = Failure::from(CredentialError::None);
        Err(if self.not_handed_over.get() {
            failure.hint("or hand it over under a name that is read: LoadCredential=twcred:FILE, or repos.env:FILE")
        } else {
            failure
        })
    }

    /// Finds the key of one project, named by the variable of its SID.
    ///
    /// # Errors
    /// Exit 2, if there is none, or half of one.
    pub fn resolve_pair(&self, variable: &str) -> Result<Resolved, Failure> {
        let mut missing: Option<Failure> = None;
        let mut alone = Alone::default();
        for source in self.sources()? {
            let (values, profile) = self.read(&source)?;
            if let Some(project) = values.of_project(variable) {
                let resolved = self.complete(&project, profile, Prefer::Key)?;
                alone.allows(&resolved, self.global.account.is_some())?;
                return Ok(resolved);
            }
            if missing.is_none() && (values.has_secret() || source.is_named()) {
                let what = format!("{} has no pair whose SID stands in {variable}", values.source());
                let choices = choices(&values).unwrap_or_else(|| "it holds no API key".to_owned());
                missing = Some(Failure::usage(what).hint(choices));
            } else if !values.has_secret() {
                self.look_what_is_handed_over(&source, &values)?;
                alone.add(&values);
            }
        }
        Err(missing.unwrap_or_else(|| CredentialError::None.into()))
    }

    /// The credential of a profile that a rotation names, with every value of it.
    ///
    /// # Errors
    /// Exit 2, if there is no such profile, or its secret cannot be had.
    pub fn resolve_profile(&self, name: &ProfileName) -> Result<(Resolved, Vec<Value>), Failure> {
        let (values, profile) = self.read_profile(name)?;
        Ok((self.complete(&values, profile, Prefer::Token)?, values.all().to_vec()))
    }

    /// The credential of an env file that a rotation names.
    ///
    /// # Errors
    /// Exit 2, if it cannot be read, or holds none, or half of one, or several.
    pub fn resolve_file(&self, path: &Path) -> Result<Resolved, Failure> {
        self.complete(&Values::read(path)?, None, Prefer::Token)
    }

    /// How to choose among the keys of a source that holds other things under the plain names; nothing if it has none.
    #[must_use]
    pub fn choices_in(&self, source: &str) -> Option<String> {
        let read = |source: &Source| self.read(source).ok().map(|(values, _)| values);
        let found = self
            .sources()
            .ok()?
            .iter()
            .filter(|source| !source.is_profile())
            .find_map(|known| read(known).filter(|values| values.source() == source));
        choices(&found?)
    }

    /// The sources in order of precedence; a flag that names one excludes the others. None is read yet.
    fn sources(&self) -> Result<Vec<Source>, Failure> {
        match (&self.global.env_file, &self.global.profile) {
            (Some(_), Some(_)) => Err(Failure::usage("--env-file and --profile each name a credential")
                .hint("leave one of them out; `keys rotate` and `rotation` take both, the profile to authorise")),
            (Some(path), None) => Ok(vec![Source::EnvFile(path.clone())]),
            (None, Some(name)) => Ok(vec![Source::Profile(name.clone())]),
            (None, None) => Ok([Self::surroundings(), vec![Source::Active]].concat()),
        }
    }

    fn surroundings() -> Vec<Source> {
        std::iter::once(Source::Environment).chain(env::credentials_directory().map(Source::HandedOver)).collect()
    }

    /// Reads a source; for a profile also which it is.
    fn read(&self, source: &Source) -> Result<(Values, Option<(ProfileName, String)>), Failure> {
        let values = match source {
            Source::EnvFile(path) if path.as_os_str() == "-" => self.standard_input()?,
            Source::EnvFile(path) => Values::read(path)?,
            Source::HandedOver(dir) => match handed_over(dir)? {
                Some(path) => Values::read(&path)?,
                None => Values::nothing(),
            },
            Source::Environment => Values::environment(env::credentials()),
            Source::Profile(name) => return self.read_profile(name),
            Source::Active => match self.active_profile()? {
                Some(name) => return self.read_profile(&name),
                None => Values::nothing(),
            },
        };
        Ok((values, None))
    }

    fn read_profile(&self, name: &ProfileName) -> Result<(Values, Option<(ProfileName, String)>), Failure> {
        let profiles = self.needed_profiles()?;
        let progress = self.ui.progress("asking the keyring");
        let loaded = profiles.load_all(name);
        drop(progress);
        let (profile, contents) = loaded.map_err(|error| self.lost(name, error))?;
        let values = Values::profile(name, &profile, &contents, &profiles.place(&profile));
        Ok((values, Some((name.clone(), profile.endpoint))))
    }

    /// The profile that is used where no flag names one: that of `TWCRED_PROFILE`, else the active one.
    ///
    /// # Errors
    /// Exit 2, if `TWCRED_PROFILE` is no name, or the profiles cannot be read.
    pub fn active_profile(&self) -> Result<Option<ProfileName>, Failure> {
        if let Some(text) = env::profile() {
            let name = ProfileName::parse(&text).doing("cannot use TWCRED_PROFILE");
            return name.map(Some).map_err(|failure| failure.with_exit(Exit::Usage));
        }
        match self.profiles() {
            Some(profiles) => Ok(profiles.book()?.active),
            None => Ok(None),
        }
    }

    /// Says, once, that a profile is not used because the environment comes first.
    fn tell_what_is_passed_over(&self, source: &Source) {
        let what = match source {
            Source::Environment => "the environment",
            Source::HandedOver(_) => "$CREDENTIALS_DIRECTORY",
            Source::EnvFile(_) | Source::Profile(_) | Source::Active => return,
        };
        // Profiles that cannot be read are not in force either.
        if let Ok(Some(name)) = self.active_profile()
            && !self.passed_over.replace(true)
        {
            self.ui.warn(format!("the credential is taken from {what}; the profile `{name}` is not used"));
        }
    }

    /// Says, once, that nothing is in the folder in which systemd should have handed a credential over.
    ///
    /// # Errors
    /// Exit 2, if a file is there and no credential in it: another one, of another account perhaps, is not what was meant.
    fn look_what_is_handed_over(&self, source: &Source, values: &Values) -> Result<(), Failure> {
        let Source::HandedOver(dir) = source else { return Ok(()) };
        if handed_over(dir)?.is_some() {
            let none = CredentialError::NoneIn(values.source().to_owned());
            return Err(Failure::from(none).doing("cannot use $CREDENTIALS_DIRECTORY"));
        }
        if !self.not_handed_over.replace(true) {
            self.ui.warn(format!(
                "$CREDENTIALS_DIRECTORY is set, and there is neither `twcred` nor `repos.env` in {}",
                dir.display()
            ));
        }
        Ok(())
    }

    fn complete(
        &self,
        values: &Values,
        profile: Option<(ProfileName, String)>,
        prefer: Prefer,
    ) -> Result<Resolved, Failure> {
        let Assembled { credential, mut origins } = assemble(values, prefer, self.global.account.as_ref())?;
        let (region, edge) = self.place(Some(values), &mut origins);
        Ok(Resolved {
            account: self.global.account.clone().unwrap_or_else(|| credential.account().clone()),
            credential,
            origins,
            source: values.source().to_owned(),
            region,
            edge,
            profile,
            unused: None,
        })
    }

    /// The region and the edge: of the flags, else of the source, else of the environment. Adds where each was found.
    pub fn place(
        &self,
        values: Option<&Values>,
        origins: &mut Vec<(Role, String)>,
    ) -> (Option<String>, Option<String>) {
        let bound = values.is_some_and(Values::is_bound);
        let mut find = |role, flag: &Option<String>, name: &str| {
            let found = flag.clone().map(|value| (value, name.to_owned()));
            let found = found.or_else(|| values?.plain(role));
            let found = found.or_else(|| if bound { None } else { env_region(role) });
            found.map(|(value, place)| {
                origins.push((role, place));
                value
            })
        };
        let region = find(Role::Region, &self.global.region, "--region");
        (region, find(Role::Edge, &self.global.edge, "--edge"))
    }

    fn standard_input(&self) -> Result<Values, Failure> {
        let mut once = self.stdin.borrow_mut();
        if let Some(values) = &*once {
            return Ok(values.clone());
        }
        let values = Values::standard_input()?;
        *once = Some(values.clone());
        Ok(values)
    }

    /// Finds the credential of the sources behind `--env-file`, for a command whose env file is its target and may hold
    /// none: the profile that a flag names, else the environment and what systemd handed over. The active profile is not
    /// among them: a line of cron must not come to wait for a keyring because somebody chose a profile at his desk.
    ///
    /// # Errors
    /// Exit 2, if a source holds half of one.
    pub fn resolve_beside_the_file(&self, prefer: Prefer) -> Result<Option<Resolved>, Failure> {
        let named = self.global.profile.clone().map(Source::Profile);
        self.first_of(named.into_iter().chain(Self::surroundings()), prefer)
    }

    /// The same for a command whose target is a profile, which needs the store of profiles anyway: the environment, what
    /// systemd handed over, and the active profile if it is another one of the same account.
    ///
    /// # Errors
    /// Exit 2, if a source holds half of one, or the profiles cannot be read.
    pub fn resolve_beside_the_profile(
        &self,
        target: &ProfileName,
        account: &AccountSid,
        prefer: Prefer,
    ) -> Result<Option<Resolved>, Failure> {
        let active = self.active_profile()?.filter(|active| active != target);
        let same = match (&active, self.profiles()) {
            (Some(active), Some(profiles)) => profiles.profile(active)?.account == *account,
            _ => false,
        };
        self.first_of(Self::surroundings().into_iter().chain(same.then_some(Source::Active)), prefer)
    }

    fn first_of(&self, sources: impl Iterator<Item = Source>, prefer: Prefer) -> Result<Option<Resolved>, Failure> {
        for source in sources {
            let (values, profile) = self.read(&source)?;
            if values.has_secret() {
                return self.complete(&values, profile, prefer).map(Some);
            }
            self.look_what_is_handed_over(&source, &values)?;
        }
        Ok(None)
    }

    /// Every value of the sources in force, to see which of them hold a key. What profiles hold stands in their file.
    ///
    /// # Errors
    /// Exit 2, if the env file cannot be read.
    pub fn values_in_force(&self) -> Result<Vec<Value>, Failure> {
        let mut found = Vec::new();
        for source in self.sources()?.iter().filter(|source| !source.is_profile()) {
            found.extend(self.read(source)?.0.all().iter().cloned());
        }
        Ok(found)
    }

    /// The same with those of the profile that is in force: one that a flag names, or the active one where no source
    /// before it holds a credential.
    ///
    /// # Errors
    /// Exit 2, if a source cannot be read.
    pub fn values_in_hand(&self) -> Result<Vec<Value>, Failure> {
        let mut found = Vec::new();
        let mut signs = false;
        for source in self.sources()? {
            if source == Source::Active && signs {
                continue;
            }
            let (values, _) = self.read(&source)?;
            signs |= values.has_secret();
            found.extend(values.all().iter().cloned());
        }
        Ok(found)
    }
}

/// What lets a main account's Auth Token be used that was found and left.
#[must_use]
pub fn for_its_subaccount(account: &AccountSid, parent: &AccountSid, place: &str) -> String {
    format!("or, if {account} is a subaccount of {parent}, whose Auth Token is in {place}: --account {account}")
}

/// How to choose among the keys of a source.
fn choices(values: &Values) -> Option<String> {
    let variables: Vec<String> = values.key_variables().iter().map(|variable| format!("--var {variable}")).collect();
    (!variables.is_empty()).then(|| format!("choose: {}", variables.join(", or ")))
}

/// The region of the environment completes an env file that says none: it is no part of the credential.
fn env_region(role: Role) -> Option<(String, String)> {
    Values::environment(env::credentials()).plain(role)
}

/// A plain value of a project in an env file, or else of the file as a whole: a region or an edge.
#[must_use]
pub fn beside(document: &EnvFile, prefix: &str, role: Role) -> Option<String> {
    let groups = group(document.assignments().map(|assignment| assignment.name.as_str()));
    let of = |prefix: &str| {
        let found = groups.iter().find(|group| group.prefix == prefix)?;
        let name = found.of(role).next()?;
        match document.lookup(name) {
            Lookup::One { value, .. } | Lookup::Same { value, .. } if !value.is_empty() => Some(plain(&value)),
            _ => None,
        }
    };
    of(prefix).or_else(|| of(""))
}

#[expect(clippy::disallowed_methods, reason = "a region or an edge is no secret; it becomes part of a host name")]
fn plain(value: &Secret) -> String {
    value.expose().to_owned()
}

/// The names under which systemd may hand a credential over, in the order in which they count.
const HANDED_OVER: [&str; 2] = ["twcred", "repos.env"];

/// The file that systemd handed over.
///
/// # Errors
/// If it may not be looked for: what cannot be seen is not passed over for the next source.
fn handed_over(dir: &Path) -> Result<Option<PathBuf>, Failure> {
    for path in HANDED_OVER.map(|name| dir.join(name)) {
        match path.metadata() {
            Ok(_) => return Ok(Some(path)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(why) => {
                let failure = Failure::from(CredentialError::Read { file: path.display().to_string(), why });
                return Err(failure.doing("cannot use $CREDENTIALS_DIRECTORY").hint(
                    "systemd makes it readable for the service's user; unset it if nothing is handed over here",
                ));
            }
        }
    }
    Ok(None)
}
