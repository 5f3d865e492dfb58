//! From fields to targets: what is left out, what contradicts itself, and who fights over what.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::fields::Field;
use super::problem::{Problem, position};
use super::read::{Document, Written};
use super::settings::{At, Kind, Settings, Span};
use super::target::{Of, Source, Target, Wanted};
use crate::model::variable::{Role, classify};
use crate::model::{AccountSid, TokenNames};
use crate::rotation::plan::{GRACE, Schedule};
use crate::sinks::{self, Spec};

/// Makes targets of a document. What is wrong is added to its problems; a target with a problem is left out.
pub(super) fn targets(document: &mut Document, text: &str) -> Vec<Target> {
    let mut found = Vec::new();
    let mut claims = Vec::new();
    let mut problems = Vec::new();
    for written in &document.targets {
        let mut check = Check { written, defaults: &document.defaults, text, problems: &mut problems };
        found.extend(check.target(&mut claims));
    }
    document.problems.append(&mut problems);
    document.problems.sort_by_key(|problem| problem.span.start);
    document.problems.dedup();
    found
}

/// A place that one target has, and no other may have.
struct Claim<'a> {
    target: &'a Written,
    kind: Kind,
    account: Option<&'a AccountSid>,
    place: Place,
}

impl Claim<'_> {
    /// Whether another target of this kind and account may not have this place. A file may hold the Auth Tokens of several
    /// accounts, each of them in as many variables as it likes.
    fn is_taken(&self, kind: Kind, account: Option<&AccountSid>, place: &Place) -> bool {
        let others = kind == Kind::AuthToken && account.is_some() && self.account.is_some() && account != self.account;
        self.kind == kind && !others && self.place.overlaps(place)
    }
}

#[derive(PartialEq)]
enum Place {
    /// One project of an env file, by its prefix; `None` is all of them.
    Project(PathBuf, Option<String>),
    /// Any other sink.
    Sink(String),
}

impl Place {
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Project(one, own), Self::Project(two, its)) => {
                one == two && (own.is_none() || its.is_none() || own == its)
            }
            (one, two) => one == two,
        }
    }
}

struct Check<'a, 'p> {
    written: &'a Written,
    defaults: &'a Settings,
    text: &'a str,
    problems: &'p mut Vec<Problem>,
}

impl<'a> Check<'a, '_> {
    fn target(&mut self, claims: &mut Vec<Claim<'a>>) -> Option<Target> {
        let own = &self.written.settings;
        let kind = own.kind.as_ref().map_or(Kind::ApiKey, |kind| kind.value);
        self.foreign_fields(kind);
        let env_file = self.env_file(kind);
        let variables = own.variables.as_ref().map(|found| found.value.as_slice());
        self.variables(kind, variables.unwrap_or_default());
        let sinks = own.sinks.as_ref().map_or(&[][..], |found| found.value.as_slice());
        self.sinks(kind, sinks);
        self.ages(kind);
        let names = self.token_names(kind);
        let source = self.source(kind, env_file, sinks)?;
        let further =
            if env_file.is_some() || own.profile.is_some() { sinks } else { sinks.get(1..).unwrap_or_default() };
        self.claim(kind, &source, variables.unwrap_or_default(), further, claims);
        let either = |of: fn(&Settings) -> &Option<At<Duration>>| {
            of(own).as_ref().or(of(self.defaults).as_ref()).map(|found| found.value)
        };
        let text = |of: fn(&Settings) -> &Option<At<String>>| {
            of(own).as_ref().or(of(self.defaults).as_ref()).map(|found| found.value.clone())
        };
        let flag = |of: fn(&Settings) -> &Option<At<bool>>| {
            of(own).as_ref().or(of(self.defaults).as_ref()).is_some_and(|found| found.value)
        };
        let specs = |of: &Option<At<Vec<At<Spec>>>>| {
            of.iter().flat_map(|list| &list.value).map(|item| item.value.clone()).collect::<Vec<_>>()
        };
        Some(Target {
            name: self.written.name.clone(),
            account: own.account.as_ref().map(|account| account.value.clone()),
            authority: own.profile.as_ref().filter(|_| env_file.is_some()).map(|profile| profile.value.clone()),
            source,
            sinks: further.iter().map(|sink| sink.value.clone()).collect(),
            without: specs(&own.without),
            max_age: either(|of| &of.max_age),
            check: text(|of| &of.check),
            after: text(|of| &of.after),
            of: match kind {
                Kind::ApiKey => {
                    Of::ApiKey { grace: either(|of| &of.grace), allow_downgrade: flag(|of| &of.allow_downgrade) }
                }
                Kind::AuthToken => Of::AuthToken {
                    propagation: either(|of| &of.propagation),
                    names,
                    suppress_email: flag(|of| &of.suppress_email),
                },
            },
        })
    }

    fn key(&self, field: &str) -> String {
        format!("targets.{}.{field}", self.written.name)
    }

    fn problem(&mut self, span: Span, field: &str, what: impl Into<String>) -> &mut Problem {
        let key = if field.is_empty() { format!("targets.{}", self.written.name) } else { self.key(field) };
        self.problems.push(Problem::new(span, key, what));
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    /// Fields that mean nothing to this kind of target.
    fn foreign_fields(&mut self, kind: Kind) {
        for (name, span) in &self.written.settings.written {
            if Field::named(name).is_some_and(|field| !field.kinds.contains(&kind)) {
                self.problem(span.clone(), name, format!("this means nothing to a target of kind \"{}\"", kind.name()));
            }
        }
    }

    fn variables(&mut self, kind: Kind, variables: &[At<String>]) {
        let (role, what) = role(kind);
        let mut known: Vec<String> = Vec::new();
        for variable in variables {
            if variable.value == "*" {
                if variables.len() > 1 {
                    let what = "\"*\" means every one, and stands alone";
                    self.problem(variable.span.clone(), "variables", what);
                } else if kind == Kind::AuthToken {
                    let what = "\"*\" is for keys; an account has one Auth Token";
                    self.problem(variable.span.clone(), "variables", what).hint =
                        Some("leave the field out: the token is meant wherever it stands in the file".to_owned());
                }
                continue;
            }
            if !is_of(role, &variable.value) {
                self.problem(variable.span.clone(), "variables", format!("this is no variable for {what}"));
                continue;
            }
            let place = project(kind, &variable.value);
            if known.contains(&place) {
                let what = match kind {
                    Kind::ApiKey => "another variable of the list is of the same project",
                    Kind::AuthToken => "the list has this variable already",
                };
                self.problem(variable.span.clone(), "variables", what);
            }
            known.push(place);
        }
    }

    fn sinks(&mut self, kind: Kind, sinks: &[At<Spec>]) {
        let (role, what) = role(kind);
        for (at, sink) in sinks.iter().enumerate() {
            let names = sink.value.fragment().filter(|_| sink.value.scheme() == "env").into_iter();
            if names.flat_map(|names| names.split(',')).any(|name| !is_of(role, name)) {
                self.problem(sink.span.clone(), "sinks", format!("what is named after # is no variable for {what}"));
            }
            if sinks[..at].iter().any(|other| other.value == sink.value) {
                self.problem(sink.span.clone(), "sinks", "the list has this sink already");
            }
        }
        for left in self.written.settings.without.iter().flat_map(|list| &list.value) {
            if sinks.iter().any(|sink| sink.value == left.value) {
                self.problem(left.span.clone(), "without", "this sink is among the target's own");
            }
        }
    }

    /// The names of the two other tokens, which must be told apart.
    fn token_names(&mut self, kind: Kind) -> TokenNames {
        let own = &self.written.settings;
        let default = TokenNames::default();
        let secondary = own.secondary_suffix.as_ref().or(self.defaults.secondary_suffix.as_ref());
        let previous = own.previous_suffix.as_ref().or(self.defaults.previous_suffix.as_ref());
        let text = |found: Option<&At<String>>, default: &str| {
            found.map_or_else(|| default.to_owned(), |found| found.value.clone())
        };
        let made = TokenNames::new(&text(secondary, default.secondary()), &text(previous, default.previous()));
        made.unwrap_or_else(|error| {
            // A field that means nothing to this kind is told of already.
            if kind == Kind::AuthToken {
                let (at, field) = match (&own.previous_suffix, &own.secondary_suffix) {
                    (Some(at), _) => (at.span.clone(), self.key("previous-suffix")),
                    (None, Some(at)) => (at.span.clone(), self.key("secondary-suffix")),
                    (None, None) => {
                        let at = self.defaults.previous_suffix.as_ref().or(self.defaults.secondary_suffix.as_ref());
                        (at.map_or(0..0, |at| at.span.clone()), "defaults".to_owned())
                    }
                };
                self.problems.push(Problem::new(at, field, error.to_string()));
            }
            default
        })
    }

    /// A key whose grace does not fit into its age would never be in time.
    fn ages(&mut self, kind: Kind) {
        if kind != Kind::ApiKey {
            return;
        }
        let own = &self.written.settings;
        let max_age = own.max_age.as_ref().or(self.defaults.max_age.as_ref());
        let grace = own.grace.as_ref().or(self.defaults.grace.as_ref());
        let Some(max_age) = max_age else { return };
        let Err(error) = Schedule::new(Some(max_age.value), grace.map_or(GRACE, |grace| grace.value)) else { return };
        // The one that is written here is at fault; what both took from [defaults] is said once, there.
        let (span, field) = match (&own.max_age, &own.grace, &self.defaults.grace) {
            (_, Some(grace), _) => (grace.span.clone(), self.key("grace")),
            (Some(max_age), ..) => (max_age.span.clone(), self.key("max-age")),
            (None, None, Some(grace)) => (grace.span.clone(), "defaults.grace".to_owned()),
            (None, None, None) => (max_age.span.clone(), "defaults.max-age".to_owned()),
        };
        self.problems.push(Problem::new(span, field, error.to_string()));
    }

    /// The env file that holds the credential: not that of `[defaults]`, where a profile holds a token.
    fn env_file(&self, kind: Kind) -> Option<&'a At<PathBuf>> {
        let own = &self.written.settings;
        let others =
            if kind == Kind::AuthToken && own.profile.is_some() { None } else { self.defaults.env_file.as_ref() };
        own.env_file.as_ref().or(others)
    }

    fn source(&mut self, kind: Kind, env_file: Option<&At<PathBuf>>, sinks: &[At<Spec>]) -> Option<Source> {
        let own = &self.written.settings;
        let wanted = match own.variables.as_ref().map(|found| found.value.as_slice()) {
            None => Wanted::Only,
            Some([only]) if only.value == "*" => Wanted::Every,
            Some(list) => Wanted::Named(list.iter().map(|variable| variable.value.clone()).collect()),
        };
        if let (Kind::AuthToken, Some(profile), Some(_)) = (kind, &own.profile, env_file) {
            let what = "an Auth Token is replaced by itself alone, and the env-file holds it";
            self.problem(profile.span.clone(), "profile", what).hint =
                Some(format!("leave one of them out, or add \"keyring:{}\" to sinks", profile.value));
            return None;
        }
        if let Some(file) = env_file {
            return Some(Source::File { path: file.value.clone(), wanted });
        }
        // Written and wrong is told already.
        let missing = self.defaults.name_of("env-file").filter(|_| own.profile.is_none());
        if own.name_of("env-file").is_some()
            || own.profile.is_none() && own.name_of("profile").is_some()
            || missing.is_some()
        {
            return None;
        }
        if let Some(span) = own.name_of("variables") {
            self.problem(span, "variables", "variables stand in an env file, and none is named").hint =
                Some("add env-file".to_owned());
            return None;
        }
        if let Some(profile) = &own.profile {
            let spec = Spec::parse(&format!("keyring:{}", profile.value)).ok()?;
            if let Some(twice) = sinks.iter().find(|sink| sink.value == spec) {
                self.problem(twice.span.clone(), "sinks", "this is the target's profile already");
            }
            return Some(Source::Sink(spec));
        }
        match sinks.first() {
            Some(first)
                if kind == Kind::AuthToken && own.name_of("account").is_none() && !names_its_account(&first.value) =>
            {
                let span = first.span.clone();
                self.problem(span, "sinks", "nothing says which account the token here belongs to").hint =
                    Some("add account".to_owned());
                None
            }
            Some(first) => Some(Source::of(&first.value)),
            None if own.name_of("sinks").is_some() => None,
            None => {
                self.problem(self.written.span.clone(), "", "nothing says where the credential stands").hint =
                    Some("add env-file, sinks, or profile".to_owned());
                None
            }
        }
    }

    /// Two targets that rotate the same thing would undo each other's work.
    fn claim(
        &mut self,
        kind: Kind,
        source: &Source,
        variables: &[At<String>],
        further: &[At<Spec>],
        claims: &mut Vec<Claim<'a>>,
    ) {
        let own = &self.written.settings;
        let spans: Vec<Span> = variables.iter().map(|variable| variable.span.clone()).collect();
        let whole = own.env_file.as_ref().map(|file| file.span.clone());
        let whole = whole.or_else(|| own.profile.as_ref().map(|profile| profile.span.clone()));
        let whole = whole.or_else(|| own.sinks.as_ref().filter(|_| variables.is_empty()).map(|list| list.span.clone()));
        let whole = whole.unwrap_or_else(|| self.written.span.clone());
        let mut mine: Vec<(Place, Span)> = match source {
            Source::File { path, wanted } => projects(kind, path, wanted.named(), &spans, &whole),
            Source::Sink(spec) => vec![(Place::Sink(spec.to_string()), whole)],
        };
        for sink in further {
            mine.extend(if sink.value.scheme() == "env" {
                let named = sink.value.fragment().into_iter().flat_map(|names| names.split(','));
                let named: Vec<String> = named.map(str::to_owned).collect();
                projects(kind, Path::new(sink.value.target()), &named, &[], &sink.span)
            } else {
                vec![(Place::Sink(sink.value.to_string()), sink.span.clone())]
            });
        }
        for (place, span) in mine {
            let account = own.account.as_ref().map(|account| &account.value);
            let taken = claims.iter().find(|claim| claim.is_taken(kind, account, &place));
            if let Some(Claim { target: other, .. }) = taken {
                let (line, _) = position(self.text, other.span.start);
                let what = if std::ptr::eq(*other, self.written) {
                    "the target names this place twice".to_owned()
                } else {
                    format!("the target {} (line {line}) has this place already", other.name)
                };
                self.problem(span, "", what).hint = Some("two targets would undo each other's work".to_owned());
            }
            claims.push(Claim { target: self.written, kind, account, place });
        }
    }
}

/// Whether a token's account stands beside it for certain: in an env file, and in a profile.
fn names_its_account(spec: &Spec) -> bool {
    spec.scheme() == "env" || spec.kind().target == sinks::Target::Profile
}

/// The role of the variables that name a credential of this kind, and what they are for.
fn role(kind: Kind) -> (Role, &'static str) {
    match kind {
        Kind::ApiKey => (Role::KeySid, "the SID of an API key; its name ends in TWILIO_API_KEY"),
        Kind::AuthToken => (Role::AuthToken, "an Auth Token; its name ends in AUTH_TOKEN"),
    }
}

fn is_of(role: Role, variable: &str) -> bool {
    classify(variable).is_some_and(|known| known.role == role)
}

/// What no two targets may both name in one file: a project's pair, which has several names, or a token's variable.
fn project(kind: Kind, variable: &str) -> String {
    match (kind, classify(variable)) {
        (Kind::ApiKey, Some(known)) => known.prefix.to_owned(),
        _ => variable.to_owned(),
    }
}

/// The parts of a file that some variables name; all of it, if none is named.
fn projects(kind: Kind, path: &Path, variables: &[String], spans: &[Span], whole: &Span) -> Vec<(Place, Span)> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if variables.is_empty() {
        return vec![(Place::Project(path, None), whole.clone())];
    }
    let span = |at: usize| spans.get(at).unwrap_or(whole).clone();
    let place = |name: &String| Place::Project(path.clone(), Some(project(kind, name)));
    variables.iter().enumerate().map(|(at, name)| (place(name), span(at))).collect()
}
