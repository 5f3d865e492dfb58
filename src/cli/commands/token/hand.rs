//! Which Auth Tokens are in hand: in the env file, on standard input, or in the environment.

use std::path::{Path, PathBuf};

use crate::cli::config::{Source, Target};
use crate::cli::context::Context;
use crate::cli::credentials::source::Value;
use crate::cli::credentials::{self, Prefer, Resolved};
use crate::cli::error::{Doing as _, Failure};
use crate::cli::text::word;
use crate::dotenv::EnvFile;
use crate::model::variable::{Role, classify, group};
use crate::model::{AccountSid, Credential, ProfileName, Secret, TokenNames};
use crate::sinks::{self, Authority, HeldToken, LoadedTokens, Options, Spec, TokenRole, TokenTarget};
use crate::store::file;

/// A token in hand.
#[derive(Debug, Clone)]
pub struct Found {
    /// Where it was found, such as `repos.env:12 TWILIO_AUTH_TOKEN`.
    pub place: String,
    /// As what it stands there.
    pub role: TokenRole,
    /// The token.
    pub token: Secret,
}

/// The tokens of one account.
#[derive(Debug)]
pub struct Hand {
    /// The account.
    pub account: AccountSid,
    /// The one in force first, as far as the place tells.
    pub found: Vec<Found>,
    /// The env file, if they are from one.
    pub file: Option<PathBuf>,
    /// Every file that a value in hand is from.
    pub read_from: Vec<PathBuf>,
    /// The place they are from, named as a sink is; `None` for the environment and standard input.
    pub place: Option<String>,
    /// The region beside them.
    pub region: Option<String>,
    /// The edge beside them.
    pub edge: Option<String>,
    /// The profile they are from, if they are from one, and the Twilio at which that was tried.
    pub profile: Option<(ProfileName, String)>,
}

impl Hand {
    /// Every token, each once, the one in force first.
    #[must_use]
    pub fn tokens(&self) -> Vec<Secret> {
        let mut tokens: Vec<Secret> = Vec::new();
        for found in &self.found {
            if !tokens.contains(&found.token) {
                tokens.push(found.token.clone());
            }
        }
        tokens
    }

    /// Whether the tokens are from a sink that no flag of another command names as theirs.
    #[must_use]
    pub fn is_in_a_sink(&self) -> bool {
        self.place.is_some() && self.file.is_none() && self.profile.is_none() && self.read_from.is_empty()
    }

    /// Adds what further sinks hold to what is in hand, behind it.
    pub fn extend(&mut self, more: Vec<Found>) {
        for found in more {
            if !self.found.iter().any(|known| known.place == found.place && known.token == found.token) {
                self.found.push(found);
            }
        }
    }

    /// Adds to a refusal which token was in hand, and where it is from.
    #[must_use]
    pub fn name_the_token(&self, failure: Failure) -> Failure {
        let place = self.found.first().map_or("", |found| found.place.as_str());
        failure.hint(format!("the request was signed by {}; its token is from {place}", self.account))
    }
}

/// Finds the tokens in hand. An API key will not do: Twilio lets nothing but the token itself replace a token.
///
/// # Errors
/// Exit 2 if there is none, or they are of several accounts, or of another than `--account`.
pub fn find(context: &Context, file: Option<&Path>, names: &TokenNames) -> Result<Hand, Failure> {
    find_of(context, file, names, None)
}

/// The same of one account, which chooses among the projects of a file where no flag does.
///
/// # Errors
/// As [`find`].
pub fn find_of(
    context: &Context,
    file: Option<&Path>,
    names: &TokenNames,
    account: Option<&AccountSid>,
) -> Result<Hand, Failure> {
    match file {
        Some(_) if context.global.profile.is_some() => {
            Err(Failure::usage("the token to be replaced is looked for in --env-file or in --profile, not in both")
                .hint("leave one of them out: what holds the token besides is found, or named with --to"))
        }
        Some(path) => in_file(context, path, names, context.global.account.as_ref().or(account), &[]),
        None => in_force(context).map_err(|failure| sealed_elsewhere(context, failure)),
    }
}

/// Finds the tokens of a target.
///
/// # Errors
/// As [`find`]; also if the target is of another account than the token.
pub fn of_target(context: &Context, target: &Target, names: &TokenNames) -> Result<Hand, Failure> {
    let account = context.global.account.as_ref().or(target.account.as_ref());
    of_source(context, &target.source, names, account)
}

/// Finds the tokens of one place.
///
/// # Errors
/// As [`find`].
pub fn of_source(
    context: &Context,
    source: &Source,
    names: &TokenNames,
    account: Option<&AccountSid>,
) -> Result<Hand, Failure> {
    match source {
        Source::File { path, wanted } => in_file(context, path, names, account, wanted.named()),
        Source::Sink(spec) => in_sink(context, spec, names, account),
    }
}

fn in_sink(context: &Context, spec: &Spec, names: &TokenNames, account: Option<&AccountSid>) -> Result<Hand, Failure> {
    if spec.kind().target == sinks::Target::Profile {
        let hand = of_profile(context, &spec.target().parse()?)?;
        return match account {
            Some(wanted) if *wanted != hand.account => Err(not_its_own(wanted, &hand.account)),
            _ => Ok(hand),
        };
    }
    let account = account.ok_or_else(|| {
        Failure::usage(format!("nothing says which account the token in {spec} belongs to"))
            .hint("give the target its account, or --account AC…")
    })?;
    let sink = sinks::open(spec, &context.sink_options(None))?;
    let target = TokenTarget { account: account.clone(), names: names.clone() };
    let held = match sink.load_tokens(&target).doing(format!("cannot read {spec}"))? {
        LoadedTokens::Held(held) => held,
        LoadedTokens::Absent => Vec::new(),
        LoadedTokens::WriteOnly => {
            return Err(Failure::usage(format!("{spec} gives nothing back, so the token cannot be found there"))
                .hint("name a place first that does: env-file, or another sink in front"));
        }
    };
    let mut found: Vec<Found> = held
        .into_iter()
        .map(|held| Found { place: held.place.to_string(), role: held.role, token: held.value })
        .collect();
    found.sort_by_key(|found| found.role);
    if !found.iter().any(|found| found.role == TokenRole::Current) {
        return Err(Failure::usage(format!("{spec} holds no Auth Token of {account}")));
    }
    let (region, edge) = (context.global.region.clone(), context.global.edge.clone());
    let place = Some(spec.to_string());
    Ok(Hand { account: account.clone(), found, file: None, read_from: Vec::new(), place, region, edge, profile: None })
}

/// What a sink holds; nothing if it gives nothing back.
///
/// # Errors
/// If it cannot be opened or read.
pub fn held_in(context: &Context, spec: &Spec, target: &TokenTarget) -> Result<Vec<Found>, sinks::Error> {
    let found = |held: HeldToken| Found { place: held.place.to_string(), role: held.role, token: held.value };
    match sinks::open(spec, &context.sink_options(None))?.load_tokens(target)? {
        LoadedTokens::Held(held) => Ok(held.into_iter().map(found).collect()),
        LoadedTokens::Absent | LoadedTokens::WriteOnly => Ok(Vec::new()),
    }
}

fn in_file(
    context: &Context,
    path: &Path,
    names: &TokenNames,
    account: Option<&AccountSid>,
    variables: &[String],
) -> Result<Hand, Failure> {
    let shown = path.display();
    let read = file::read(path).doing(format!("cannot use {shown}"))?;
    // What a killed run left beside the file is a copy with a secret in it.
    file::sweep(path).doing(format!("cannot use {shown}"))?;
    let document = EnvFile::parse(read.bytes());
    if let Some(problem) = document.problems().first() {
        return Err(Failure::usage(format!("{shown}, line {}: {}", problem.line, problem.kind))
            .hint("readers disagree about such a file; save it as plain UTF-8 text"));
    }
    if document.has_bom() {
        return Err(Failure::usage(format!("{shown}, line 1: the file starts with a byte-order mark"))
            .hint("bash, systemd and dotenvy lose its first variable or the whole file; save it without the mark"));
    }
    let (mut owners, broken) = owners(&document);
    if !variables.is_empty() {
        let meant =
            |prefix: &str| variables.iter().any(|name| classify(name).is_some_and(|known| known.prefix == prefix));
        owners.retain(|(prefix, _)| meant(prefix));
        if let Some(error) = broken.into_iter().find(|error| meant(&error.prefix)) {
            return Err(error).doing(format!("cannot use {shown}"));
        }
        if owners.is_empty() {
            return Err(Failure::usage(format!("{shown} holds no Auth Token in {}", variables.join(" or ")))
                .hint("put right which variables the target names, or leave them out"));
        }
    } else if owners.is_empty()
        && let Some(error) = broken.first()
    {
        return Err(error.clone()).doing(format!("cannot use {shown}"));
    } else {
        // Another project's broken lines are no reason not to look after this token: where they hold it, the sink refuses.
        for error in broken {
            context.ui.warn(format!("{shown}: {error}"));
        }
    }
    let (prefix, authority) = choose(account, &owners, &shown.to_string())?;
    let mut found = vec![Found {
        place: format!("{}:{} {}", name_of(path), authority.line, authority.token_var),
        role: TokenRole::Current,
        token: authority.token.clone(),
    }];
    let sink = sinks::open(&Spec::parse(&format!("env:{shown}"))?, &Options::default())?;
    let target = TokenTarget { account: authority.account.clone(), names: names.clone() };
    if let LoadedTokens::Held(held) = sink.load_tokens(&target).doing(format!("cannot use {shown}"))? {
        for held in held {
            let place = held.place.to_string();
            if !found.iter().any(|known| known.place == place) {
                found.push(Found { place, role: held.role, token: held.value });
            }
        }
    }
    found.sort_by_key(|found| found.role);
    let beside = |role| credentials::beside(&document, prefix, role);
    Ok(Hand {
        account: authority.account.clone(),
        found,
        file: Some(path.to_owned()),
        read_from: vec![path.to_owned()],
        place: std::path::absolute(path).ok().and_then(|path| Some(format!("env:{}", path.to_str()?))),
        region: context.global.region.clone().or_else(|| beside(Role::Region)),
        edge: context.global.edge.clone().or_else(|| beside(Role::Edge)),
        profile: None,
    })
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Each project's own token and its account, the plain ones first; and why others cannot be understood.
fn owners(document: &EnvFile) -> (Vec<(String, Authority)>, Vec<sinks::PairError>) {
    let mut prefixes: Vec<String> = group(document.assignments().map(|assignment| assignment.name.as_str()))
        .into_iter()
        .map(|group| group.prefix)
        .collect();
    prefixes.sort_by_key(|prefix| !prefix.is_empty());
    let (mut found, mut broken): (Vec<(String, Authority)>, Vec<sinks::PairError>) = (Vec::new(), Vec::new());
    for prefix in prefixes {
        match sinks::authority(document, &prefix) {
            Ok(Some(authority)) if !found.iter().any(|(_, known)| known.line == authority.line) => {
                found.push((prefix, authority));
            }
            Ok(_) => {}
            // What is wrong with the plain names is so for each project that leans on them.
            Err(error) if broken.iter().any(|known| known.line == error.line) => {}
            Err(error) => broken.push(error),
        }
    }
    (found, broken)
}

/// The project whose token is meant.
fn choose<'a>(
    account: Option<&AccountSid>,
    owners: &'a [(String, Authority)],
    shown: &str,
) -> Result<(&'a str, &'a Authority), Failure> {
    let mut accounts: Vec<&AccountSid> = Vec::new();
    for (_, authority) in owners {
        if !accounts.contains(&&authority.account) {
            accounts.push(&authority.account);
        }
    }
    let wanted = match (account, accounts.as_slice()) {
        (_, []) => {
            return Err(Failure::usage(format!("{shown} holds no Auth Token with its account"))
                .hint("set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN there: an API key may not replace the token"));
        }
        (Some(account), _) if accounts.contains(&account) => account,
        (Some(account), [other, ..]) => return Err(not_its_own(account, other)),
        (None, [one]) => *one,
        (None, several) => {
            let choices: Vec<String> = several.iter().map(|account| format!("--account {account}")).collect();
            return Err(Failure::usage(format!("{shown} holds the tokens of {} accounts", several.len()))
                .hint(format!("choose: {}", choices.join(", or "))));
        }
    };
    let found = owners.iter().find(|(_, authority)| authority.account == *wanted);
    found.map(|(prefix, authority)| (prefix.as_str(), authority)).ok_or_else(|| Failure::failed("the token is gone"))
}

fn not_its_own(wanted: &AccountSid, signer: &AccountSid) -> Failure {
    Failure::usage(format!(
        "the token in hand is that of {signer}, and Twilio would replace that, not the one of {wanted}"
    ))
    .hint(format!(
        "these calls act on the account that signs them: run with the SID of {wanted} and its own Auth Token, also \
             where {signer} is its parent"
    ))
}

fn in_force(context: &Context) -> Result<Hand, Failure> {
    let resolved = context.resolve_any(Prefer::Token)?;
    let values = context.values_in_hand()?;
    of(context, resolved, values)
}

/// Adds to the loss of a profile's secret which open rotation has sealed it, and what goes on without the profile: what is
/// sealed opens with either token, and neither is in hand.
fn sealed_elsewhere(context: &Context, failure: Failure) -> Failure {
    let Some(name) = context.global.profile.as_ref() else { return failure };
    let sink = format!("keyring:{name}");
    let rotations = context.ledger().ok().flatten().and_then(|ledger| ledger.tokens().ok()).unwrap_or_default().0;
    let open = rotations.iter().find(|rotation| {
        let mut used = rotation.places().iter().filter(|place| !place.dropped);
        rotation.outcome().is_none() && used.any(|place| place.sink == sink)
    });
    let Some(open) = open else { return failure };
    failure
        .hint(format!(
            "rotation {} is open and has sealed both of its tokens; a file that holds either of them, {} or its successor, \
             goes on without the profile: twcred token rotate --env-file FILE --without {word}",
            open.begun().id,
            open.begun().old, word = word(sink)))
        .hint(format!("then the profile gets the token in force: twcred profile add {name} --replace --env-file FILE --kind token"))
}

/// The tokens of a profile that a rotation names.
///
/// # Errors
/// Exit 2 if there is no such profile, it holds a key, or its secret cannot be had.
pub fn of_profile(context: &Context, name: &ProfileName) -> Result<Hand, Failure> {
    let (resolved, values) = context.resolve_profile(name)?;
    of(context, resolved, values)
}

fn of(context: &Context, resolved: Resolved, values: Vec<Value>) -> Result<Hand, Failure> {
    let Credential::AuthToken { account, token } = &resolved.credential else {
        return Err(Failure::usage(format!(
            "the credential in force is the API key {}, and an API key may not replace the Auth Token",
            resolved.credential.user()
        ))
        .hint(
            "bring the token itself: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, in the environment or in --env-file",
        ));
    };
    if let Some(wanted) = context.global.account.as_ref().filter(|wanted| *wanted != account) {
        return Err(not_its_own(wanted, account));
    }
    let place = resolved.origins.iter().find(|(role, _)| *role == Role::AuthToken).map_or("", |(_, place)| place);
    let mut found = vec![Found { place: place.to_owned(), role: TokenRole::Current, token: token.clone() }];
    let mut read_from: Vec<PathBuf> = values.iter().filter_map(|value| Some(value.line.as_ref()?.0.clone())).collect();
    read_from.dedup();
    for value in values {
        let role = match classify(&value.name).filter(|known| known.prefix.is_empty()).map(|known| known.role) {
            Some(Role::AuthTokenSecondary) => TokenRole::Secondary,
            Some(Role::AuthTokenPrevious) => TokenRole::Previous,
            _ => continue,
        };
        if let Ok(token) = value.value {
            found.push(Found { place: value.place, role, token });
        }
    }
    let place = resolved.signer(context).place;
    Ok(Hand {
        account: account.clone(),
        found,
        file: None,
        read_from,
        place,
        region: resolved.region,
        edge: resolved.edge,
        profile: resolved.profile,
    })
}
