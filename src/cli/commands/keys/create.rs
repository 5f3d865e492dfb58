//! `twcred keys create`: a new key whose secret is put where it is used, or no key at all.
//!
//! While it is made the key's name carries a marker. If this process is killed between the create and the last sink,
//! the key stands in `keys list` as unfinished; nothing holds it, so it can be revoked. The marker comes off when
//! everything that was asked for holds the secret.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueHint;
use serde::{Deserialize, Serialize};

use crate::api::{AccountStatus, Candidate, Client, CreateError, CredentialKind, Depth, Kind, Verdict};
use crate::cli::args;
use crate::cli::context::Context;
use crate::cli::credentials::{Prefer, Resolved};
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::interrupt::{self, Stop};
use crate::cli::reveal::{self, Revealed};
use crate::cli::view::{Outcome, Page, View};
use crate::model::key::CreatedKey;
use crate::model::secret::Fingerprint;
use crate::model::{
    AccountSid, Credential, FriendlyName, KeyKind, KeyPair, KeySid, Marker, NewKey, Policy, ProfileName,
};
use crate::sinks::{self, Loaded, Options, Sink, Spec, Target};
use crate::store::profiles::{Site, Store};

/// How long a create whose answer was lost is given to show up in the list, and a new key to be known everywhere.
const SETTLE: Duration = Duration::from_secs(2);
/// How often a new key that is not known yet is tried again.
const TRIES: u32 = 5;

/// Make a key and put its secret where it is used
#[derive(Debug, clap::Args)]
#[command(after_help = help())]
pub struct Args {
    /// The key's name, 64 characters at most
    name: FriendlyName,
    /// Store the new pair in this sink (repeatable)
    #[arg(long, value_name = "SINK")]
    to: Vec<Spec>,
    /// Print the secret on standard output
    #[arg(long)]
    reveal: bool,
    /// Make a Restricted key, which may do what --allow names and nothing else
    #[arg(long)]
    restricted: bool,
    /// A permission, /twilio/PRODUCT/RESOURCE/ACTION (repeatable)
    #[arg(long, value_name = "PERMISSION", requires = "restricted")]
    allow: Vec<String>,
    /// Make a Restricted key with this policy, a JSON file: {"allow": […]}
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "allow")]
    policy: Option<PathBuf>,
}

fn help() -> String {
    let what = "Twilio shows a key's secret once. So every sink is tried first, and if one of them cannot take the \
                secret after all, the new key is revoked again.";
    format!("{what}\n\n{}", args::sinks())
}

/// Makes the key.
///
/// # Errors
/// Exit 2 before anything is made, if the secret has nowhere to go or a sink cannot take it; exit 1, if the key had to be
/// revoked again; exit 5 naming the SID, if that failed too.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    if args.to.is_empty() && !args.reveal {
        return Err(Failure::usage("the secret of a new key is shown once, and nothing says where it is to go")
            .hint("store it: --to env:repos.env")
            .hint("or print it: --reveal"));
    }
    if args.reveal {
        reveal::somewhere("store it instead: --to env:repos.env")?;
    }
    if args.name.marker().is_some() {
        return Err(Failure::usage("the name ends in a marker of twcred, by which unfinished work is found")
            .hint("leave the part in square brackets out"));
    }
    let policy = policy(args)?;
    let resolved = context.resolve(Prefer::Token)?;
    if policy.is_some() && resolved.is_foreign() {
        return Err(restricted_elsewhere(args, &resolved));
    }
    let client = context.client(&resolved)?;
    let site =
        Site { endpoint: client.endpoint().identity(), region: resolved.region.clone(), edge: resolved.edge.clone() };
    let sinks = open(&args.to, &context.sink_options(Some(site)))?;
    let marker = Marker(context.fresh_id()?);
    let new = NewKey { name: args.name.with_marker(&marker), policy };
    let job = Job { args, context, resolved: &resolved, client: &client, new: &new, sinks: &sinks };
    interrupt::patiently(async |stop| job.run(stop).await)
}

/// A main account's token may make keys in a subaccount that is suspended, and none of them could be tried there.
async fn must_be_active(client: &Client, resolved: &Resolved) -> Result<(), Failure> {
    let Resolved { account, credential, .. } = resolved;
    let status = match client.account(credential, account).await {
        Ok(found) => found.status,
        // Whose account it is, the answer to the create says.
        Err(error) if *error.kind() == Kind::NotFound => None,
        Err(error) => return Err(resolved.blame(error, format!("cannot look at the account {account}"))),
    };
    let status = match status {
        Some(AccountStatus::Suspended) => "suspended",
        Some(AccountStatus::Closed) => "closed",
        Some(AccountStatus::Active) | None => return Ok(()),
    };
    Err(Failure::new(Exit::Refused, format!("the account {account} is {status}; no key was made"))
        .hint("the Console says why: https://console.twilio.com"))
}

/// The API that makes keys for subaccounts makes a Standard key of everything, and that the other one takes a
/// subaccount is documented nowhere.
fn restricted_elsewhere(args: &Args, resolved: &Resolved) -> Failure {
    let Resolved { account, credential, .. } = resolved;
    let what = format!("a Restricted key of {account} cannot be made with the credential of {}", credential.account());
    Failure::usage(what).hint(format!(
        "make it with its own Auth Token: twcred keys create '{}' --restricted … --env-file FILE, where FILE has \
         TWILIO_ACCOUNT_SID={account} and its TWILIO_AUTH_TOKEN",
        args.name
    ))
}

fn policy(args: &Args) -> Result<Option<Policy>, Failure> {
    let policy = match &args.policy {
        Some(path) => read_policy(path)?,
        None if args.restricted => Policy { allow: args.allow.iter().cloned().collect() },
        None => return Ok(None),
    };
    match policy.allow.len() {
        0 => Err(Failure::usage("a Restricted key needs a permission at least")
            .hint("such as --allow /twilio/messaging/messages/create")),
        count if count > Policy::MAX => {
            Err(Failure::usage(format!("the policy has {count} permissions; Twilio takes {} at most", Policy::MAX)))
        }
        _ => Ok(Some(policy)),
    }
}

fn read_policy(path: &Path) -> Result<Policy, Failure> {
    /// Of a policy that says more than is understood, nothing is used.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        allow: BTreeSet<String>,
    }
    let what = || format!("cannot use the policy {}", path.display());
    let text = std::fs::read(path).doing(what()).map_err(|failure| failure.with_exit(Exit::Usage))?;
    serde_json::from_slice(&text).map(|Body { allow }| Policy { allow }).map_err(|error| {
        let at = format!("line {}, column {}", error.line(), error.column());
        Failure::usage(format!("{}: not a policy, {at}", what())).hint(r#"it looks like {"allow": ["/twilio/…"]}"#)
    })
}

fn open(specs: &[Spec], options: &Options) -> Result<Vec<Box<dyn Sink>>, Failure> {
    let mut sinks = Vec::with_capacity(specs.len());
    for spec in specs {
        let sink = sinks::open(spec, &Options { create: true, ..options.clone() })?;
        sink.probe().doing(format!("{spec} cannot take a new key"))?;
        sinks.push(sink);
    }
    Ok(sinks)
}

struct Job<'a> {
    args: &'a Args,
    context: &'a Context,
    resolved: &'a Resolved,
    client: &'a Client,
    new: &'a NewKey,
    sinks: &'a [Box<dyn Sink>],
}

impl Job<'_> {
    async fn run(&self, mut stop: Stop) -> Result<Outcome, Failure> {
        let Self { client, resolved, new, .. } = self;
        let progress = self.context.ui.progress("making the key");
        if resolved.is_foreign() {
            tokio::select! {
                biased;
                exit = stop.requested() => return Err(interrupt::interrupted(exit)),
                active = must_be_active(client, resolved) => active?,
            }
        }
        // A create that is dropped under way leaves a key behind, so a wish to stop waits for its end.
        let mut wish = None;
        let answer = {
            let create = client.create_key(&resolved.credential, &resolved.account, new);
            tokio::pin!(create);
            loop {
                tokio::select! {
                    answer = &mut create => break answer,
                    exit = stop.requested(), if wish.is_none() => wish = Some(exit),
                }
            }
        };
        let created = match answer {
            Ok(created) => created,
            Err(error @ CreateError::NotSent(_)) => return Err(resolved.blame(error, "cannot make the key")),
            Err(error @ CreateError::Unknown(_)) => return Err(self.settle(error).await),
        };
        let sid = created.pair.sid.clone();
        if let Some(exit) = wish {
            let failure = self.undo(&sid, interrupt::interrupted(exit)).await;
            // A key that could not be revoked matters more than how the run was ended.
            return Err(if failure.exit() == Exit::Incomplete { failure } else { failure.with_exit(exit) });
        }
        drop(progress);
        let mut holding = Vec::new();
        if let Err(failure) = self.deliver(&created, &mut holding).await {
            let failure = self.undo(&sid, failure).await;
            return Err(holding.iter().fold(failure, |failure, place| {
                failure.hint(format!("{place} took the new pair before this failed: take it out there"))
            }));
        }
        let renamed = client.rename_key(&resolved.credential, &resolved.account, &sid, &self.args.name).await;
        if let Err(error) = renamed {
            let failure =
                resolved.blame(error, format!("the key {sid} works and is stored, but still bears its marker"));
            let hint = format!("finish it: twcred keys rename {sid} '{}'", self.args.name);
            return Err(failure.with_exit(Exit::Incomplete).hint(hint));
        }
        Ok(Outcome::silent(Exit::Done))
    }

    /// Compares what came back, stores it, reads it back, and shows it.
    async fn deliver(&self, created: &CreatedKey, holding: &mut Vec<String>) -> Result<(), Failure> {
        self.compare(created).await?;
        for sink in self.sinks {
            sink.store(&self.resolved.account, &created.pair)
                .doing(format!("cannot store the new key in {}", sink.spec()))?;
            holding.push(sink.spec().to_string());
            let loaded = sink.load().doing(format!("cannot read the new key back from {}", sink.spec()))?;
            match loaded {
                Loaded::Held(held) if !held.is_empty() && held.iter().all(|held| held.pair == created.pair) => {}
                Loaded::WriteOnly => {
                    self.context.ui.warn(format!("{} does not give back what it takes: not checked", sink.spec()));
                }
                _ => return Err(Failure::failed(format!("{} does not hold what was stored in it", sink.spec()))),
            }
        }
        let view = Made {
            account: self.resolved.account.clone(),
            sid: created.pair.sid.clone(),
            name: self.args.name.clone(),
            kind: if self.new.policy.is_some() { KeyKind::Restricted } else { KeyKind::Standard },
            policy: self.new.policy.clone(),
            stored_in: holding.clone(),
            profiles: self.profiles(),
            secret_fingerprint: created.pair.secret.fingerprint(),
            secret: self.args.reveal.then(|| Revealed(created.pair.secret.clone())),
        };
        let shown = self.context.present(&view);
        // Without --reveal nothing is lost by a reader that went away.
        if self.args.reveal { shown.doing("cannot print the secret") } else { Ok(()) }
    }

    /// The profiles among the sinks, each with what keeps its secret.
    fn profiles(&self) -> Vec<Keeper> {
        let of = |sink: &dyn Sink| {
            let spec = sink.spec();
            let name = (spec.kind().target == Target::Profile).then(|| spec.target().parse().ok()).flatten()?;
            let store = self.context.profiles()?.profile(&name).ok()?.store;
            Some(Keeper { name, store })
        };
        self.sinks.iter().filter_map(|sink| of(sink.as_ref())).collect()
    }

    /// Twilio has made a full Standard key of a request for a Restricted one before; a key that may do more than was
    /// asked must not be handed out.
    async fn compare(&self, created: &CreatedKey) -> Result<(), Failure> {
        if self.resolved.is_foreign() {
            return self.ask_the_key(&created.pair).await;
        }
        let sid = &created.pair.sid;
        let mut key = created.key.clone();
        if self.new.policy.is_some() && key.policy.is_none() {
            let fetched = self.client.key(&self.resolved.credential, &self.resolved.account, sid).await;
            let fetched = fetched.map_err(|error| self.resolved.blame(error, "cannot compare the new key's policy"))?;
            key = fetched.unwrap_or(key);
        }
        let same = match &self.new.policy {
            Some(policy) => key.policy.as_ref() == Some(policy),
            None => key.policy.is_none() && !matches!(key.kind, Some(KeyKind::Restricted | KeyKind::Main)),
        };
        if same {
            Ok(())
        } else {
            Err(Failure::failed(format!("Twilio made {sid} with other rights than were asked for")))
        }
    }

    /// The API that makes keys for subaccounts says of a key neither type nor policy. So the key itself is tried, on the
    /// account that it was made for.
    async fn ask_the_key(&self, pair: &KeyPair) -> Result<(), Failure> {
        let (sid, account) = (&pair.sid, self.resolved.account.clone());
        let candidate = Candidate::Credential(Credential::ApiKey { account, pair: pair.clone() });
        let mut tries = 0;
        loop {
            let verdict = self.client.probe(&candidate, Depth::Full).await;
            match verdict.doing(format!("cannot tell what {sid} may do"))? {
                Verdict::Valid { kind: CredentialKind::Key(KeyKind::Standard), .. } => return Ok(()),
                // A new key may take its time to be known everywhere.
                Verdict::Rejected(_) if tries < TRIES => tries += 1,
                Verdict::Valid { kind: CredentialKind::Key(_), .. } | Verdict::WrongAccount { .. } => {
                    return Err(Failure::failed(format!("Twilio made {sid} with other rights than were asked for")));
                }
                Verdict::Valid { .. } => return Err(Failure::failed(format!("nothing tells what {sid} may do"))),
                Verdict::Rejected(error) | Verdict::AccountInactive(error) | Verdict::Unclear(error) => {
                    return Err(error).doing(format!("cannot tell what {sid} may do"));
                }
            }
            tokio::time::sleep(SETTLE).await;
        }
    }

    /// Ends the new key, which nothing may use. The failure that led here stays the reason.
    async fn undo(&self, sid: &KeySid, failure: Failure) -> Failure {
        match self.client.revoke_key(&self.resolved.credential, &self.resolved.account, sid).await {
            Ok(_) => failure.doing(format!("the new key {sid} was revoked again")).with_exit(Exit::Failed),
            Err(error) => failure
                .doing(format!("the new key {sid} is live and must be revoked, which failed: {error}"))
                .with_exit(Exit::Incomplete)
                .hint(format!("twcred keys revoke {sid}")),
        }
    }

    /// Finds and ends what a create left whose answer was lost. The marker makes the name unique.
    async fn settle(&self, error: CreateError) -> Failure {
        let Self { client, resolved, new, .. } = self;
        let failure = resolved.blame(error, "the answer to the create was lost");
        let mut found = Vec::new();
        for _ in 0..2 {
            match client.all_keys(&resolved.credential, &resolved.account).await {
                Ok((keys, _)) => found.extend(keys.into_iter().filter(|key| key.name.as_ref() == Some(&new.name))),
                Err(error) => {
                    return failure
                        .doing(format!("a key named `{}` may be live, and the list cannot be had: {error}", new.name))
                        .with_exit(Exit::Incomplete)
                        .hint("`twcred keys list` shows it as unfinished; revoke it: nothing holds its secret");
                }
            }
            if !found.is_empty() {
                break;
            }
            tokio::time::sleep(SETTLE).await;
        }
        match found.as_slice() {
            [] => failure
                .doing("no key was made")
                .hint("should `twcred keys list` show it as unfinished later, revoke it: nothing holds its secret"),
            keys => {
                let mut failure = failure;
                for key in keys {
                    failure = self.undo(&key.sid, failure).await;
                    if failure.exit() == Exit::Incomplete {
                        return failure;
                    }
                }
                failure.with_exit(Exit::Temporary).hint("run the same command again")
            }
        }
    }
}

#[derive(Serialize)]
struct Made {
    account: AccountSid,
    sid: KeySid,
    name: FriendlyName,
    #[serde(rename = "type")]
    kind: KeyKind,
    policy: Option<Policy>,
    stored_in: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    profiles: Vec<Keeper>,
    secret_fingerprint: Fingerprint,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<Revealed>,
}

/// A profile, and what keeps its secret.
#[derive(Serialize)]
struct Keeper {
    name: ProfileName,
    store: Store,
}

impl Made {
    /// A sink, with the store if it is a profile.
    fn shown(&self, sink: &str) -> String {
        let keeper = self.profiles.iter().find(|keeper| sink.strip_prefix("keyring:") == Some(keeper.name.as_str()));
        keeper.map_or_else(|| sink.to_owned(), |keeper| format!("{sink} ({})", keeper.store))
    }
}

impl View for Made {
    const SCHEMA: &'static str = "twcred.created-key/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let fingerprint = format!("fingerprint {}", self.secret_fingerprint);
        let stored_in: Vec<String> = self.stored_in.iter().map(|sink| self.shown(sink)).collect();
        page.fields(&[
            ("SID", self.sid.as_str()),
            ("name", self.name.as_str()),
            ("account", self.account.as_str()),
            ("type", &self.kind.to_string()),
            ("stored in", &stored_in.join(", ")),
            ("secret", self.secret.as_ref().map_or(&fingerprint, Revealed::characters)),
        ])
    }
}
