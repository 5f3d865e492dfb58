//! `twcred sink push`: the credential that the first sink of a target holds, put into the others.
//!
//! Nothing is lost by it: the pair is proved first, a sink whose own pair still works is not written, and a rotation
//! that is open decides itself what its sinks hold. In its grace that is the new pair, also where somebody put the old
//! one back by hand.

use std::io;

use serde::Serialize;

use super::places::{Holds, OfTarget, load, of_targets_from, open, own_key};
use super::push_token;
use crate::api::{Candidate, Depth, Verdict};
use crate::cli::commands::keys::rotate::Found;
use crate::cli::commands::profile::none_claimed;
use crate::cli::commands::rotation::authority::Search;
use crate::cli::commands::rotation::engine::{Engine, Told};
use crate::cli::context::Context;
use crate::cli::credentials::Resolved;
use crate::cli::env;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::text::word;
use crate::cli::view::{Column, Outcome, Page, View};
use crate::cli::worst::Worst;
use crate::model::{KeyPair, KeySid, RotationId};
use crate::rotation::keys::{AccountKeys, Keys as _, Liveness};
use crate::rotation::{Ledger, Rotation, Rotator};
use crate::sinks::{Loaded, Spec};
use crate::store::lock::Owner;

/// Put the credential that the first sink of a target holds into the others
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The credential is verified first. A sink that holds another one which works is left alone: its secret would be lost. An Auth \
Token is put in the place of one that a rotation has replaced, and nowhere else.

While a rotation of the key or token is under way this is refused: run the rotation again, it continues. \
In a grace, sinks that were given the old pair again get the new one, so that the old key can be retired.")]
pub struct Args {
    /// The targets
    #[arg(value_name = "TARGET", required_unless_present = "all", conflicts_with = "all")]
    targets: Vec<String>,
    /// Every target of the configuration
    #[arg(long)]
    all: bool,
    /// Take it from this sink of the target, and not from the first one
    #[arg(long, value_name = "SINK")]
    from: Option<Spec>,
}

/// Does it, after it was asked for.
///
/// # Errors
/// Exit 4 if the pair is rejected, 5 if a rotation is under way, 3 if a sink holds another pair that works; else as the
/// sinks say.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let mut rows = Vec::new();
    let mut worst = Worst::default();
    for OfTarget { name, holds, broken } in of_targets_from(&args.targets, args.from.as_ref(), context)? {
        let blame = |failure: Failure| failure.doing(format!("target {name} stopped"));
        for failure in broken {
            worst.add(failure, context);
        }
        for holds in &holds {
            if let Some(exit) = interrupt::heard().filter(|exit| !worst.is(*exit)) {
                worst.add(interrupt::interrupted(exit), context);
            }
            if interrupt::is_heard() {
                break;
            }
            let pushed = match holds {
                Holds::Key(found) => push(&name, found, args, context),
                Holds::Token(token) => push_token::push(&name, token, args.from.as_ref(), context),
            };
            match pushed {
                Ok(pushed) => rows.extend(pushed),
                Err(failure) => worst.add(blame(failure), context),
            }
        }
    }
    if rows.is_empty() {
        return worst.alone().map_or_else(|| Ok(Outcome::silent(Exit::Done)), Err);
    }
    let outcome = Outcome::did(Pushed { sinks: rows });
    Ok(worst.after(outcome))
}

fn push(target: &str, found: &Found, args: &Args, context: &Context) -> Result<Vec<Row>, Failure> {
    let search = Search {
        file: found.file.as_ref().map(|(path, _)| path.as_path()),
        prefix: found.file.as_ref().map(|(_, prefix)| prefix.as_str()),
        profile: found.profile.as_ref().map(|(name, _)| name),
        authority: found.authority.as_ref(),
        account: &found.account,
        said: found.said,
        sealed: None,
        own: Some(&found.pair),
        open: None,
    };
    let authority = search.run(context)?;
    let told = Told { target: found.sinks.first().cloned(), ..Told::default() };
    let engine = Engine::new(context, &authority, told)?;
    let job = Job { target, found, context, authority: &authority, engine: &engine, from: from(found, args, context)? };
    let seen = interrupt::block_on(engine.with(async |_, ledger, keys| job.look(ledger, keys).await))?;
    let Some(question) = seen.question(&found.sinks) else { return Ok(job.rows(&[])) };
    if !context.ui.confirm(question)? {
        return Err(Failure::failed("the answer was no; nothing was written"));
    }
    interrupt::block_on(job.write(&seen))
}

/// The sink and the pair that is to go into the others.
fn from(found: &Found, args: &Args, context: &Context) -> Result<(String, KeyPair), Failure> {
    let Some(spec) = &args.from else {
        return Ok((found.sinks.first().cloned().unwrap_or_default(), found.pair.clone()));
    };
    let name = spec.absolute(&env::here().doing("cannot tell where I am")?)?.to_string();
    if !found.sinks.contains(&name) {
        return Err(Failure::usage(format!("{name} is no sink of the target"))
            .hint(format!("its sinks are {}", found.sinks.join(", "))));
    }
    let Loaded::Held(held) = load(&name, [&found.pair.sid], context)? else {
        return Err(Failure::usage(format!("{name} holds no pair that can be read")));
    };
    let first = held.first().ok_or_else(|| Failure::usage(format!("{name} holds no pair")))?;
    if held.iter().any(|other| other.pair != first.pair) {
        return Err(Failure::usage(format!("{name} holds several keys, and nothing says which is meant")));
    }
    if first.account.as_ref().is_some_and(|account| *account != found.account) {
        return Err(Failure::usage(format!("{name} holds a key of another account than the target's")));
    }
    Ok((name, first.pair.clone()))
}

/// What a sink holds that has no pair.
const NOTHING: &str = "holds nothing";

/// What is to be done.
#[derive(PartialEq)]
enum Plan {
    /// The pair goes into these sinks.
    Copy(KeySid, Vec<Write>),
    /// The new pair of a rotation in its grace goes back into these sinks.
    Republish(RotationId, KeySid, Vec<String>),
}

/// A sink that is to be written.
#[derive(PartialEq)]
struct Write {
    sink: String,
    /// The key that gives way.
    replace: Option<KeySid>,
    create: bool,
    /// What it holds now, for the question.
    holds: String,
}

impl Plan {
    /// What the user is asked; nothing, if nothing is to be done.
    fn question(&self, sinks: &[String]) -> Option<String> {
        match self {
            Self::Copy(_, writes) if writes.is_empty() => None,
            Self::Copy(sid, writes) => {
                let writes: Vec<String> =
                    writes.iter().map(|write| format!("{} ({})", write.sink, write.holds)).collect();
                Some(format!("Put {sid} into {}", writes.join(", ")))
            }
            Self::Republish(_, _, strayed) if strayed.is_empty() => None,
            Self::Republish(id, new, strayed) => {
                let more = if strayed.iter().all(|name| sinks.contains(name)) { "" } else { ", sinks of the rotation" };
                Some(format!("Put {new}, the new key of rotation {id}, back into {}{more}", strayed.join(", ")))
            }
        }
    }
}

struct Job<'a> {
    target: &'a str,
    found: &'a Found,
    context: &'a Context,
    authority: &'a Resolved,
    engine: &'a Engine<'a>,
    from: (String, KeyPair),
}

impl Job<'_> {
    /// Looks, asks Twilio about every pair that is concerned, and changes nothing.
    async fn look(&self, ledger: &Ledger, keys: &AccountKeys<'_>) -> Result<Plan, Failure> {
        let (source, pair) = &self.from;
        if let Some(rotation) = self.rotation(ledger)? {
            return self.look_at(&rotation);
        }
        match keys.verify(pair).await? {
            Liveness::Live => {}
            Liveness::Rejected(said) => {
                return Err(Failure::new(
                    Exit::Refused,
                    format!("Twilio rejects the pair that {source} holds: {said}"),
                )
                .hint("nothing was written; --from SINK takes the pair from another sink of the target"));
            }
            Liveness::Unclear(said) => {
                let what = format!("whether the pair that {source} holds works could not be told: {said}");
                return Err(Failure::new(Exit::Temporary, what).hint("nothing was written; run the same command again"));
            }
        }
        let mut writes = Vec::new();
        for (at, sink) in self.found.sinks.iter().enumerate().filter(|(_, sink)| *sink != source) {
            let Some(write) = self.judge(sink, at > 0, ledger, keys).await? else { continue };
            let sink = open(&write.sink, write.replace.clone(), write.create, self.context)?;
            let probed = sink.probe().doing(format!("{} could not be written", write.sink));
            probed.map_err(|failure| self.blame_the_lost(&write, failure))?;
            writes.push(write);
        }
        none_claimed(self.context, writes.iter().filter(|write| write.create).map(|write| &write.sink))?;
        Ok(Plan::Copy(pair.sid.clone(), writes))
    }

    /// Adds to what stands against a profile whose secret is gone, and that is one of another key, how it gives way.
    fn blame_the_lost(&self, write: &Write, failure: Failure) -> Failure {
        match own_key(&write.sink, self.context) {
            Ok(Some(own)) if write.holds == NOTHING && own != self.from.1.sid => {
                let name = write.sink.trim_start_matches("keyring:");
                failure
                    .hint(format!(
                        "its secret is gone from here; another keyring may have it: twcred profile show {name}"
                    ))
                    .hint(format!("if {own} is used by nobody, {}", self.replacement(name)))
            }
            _ => failure,
        }
    }

    /// How a profile gets the pair in the store where its own was: one that is removed first may come back in another.
    fn replacement(&self, profile: &str) -> String {
        let Found { account, file, sinks, .. } = self.found;
        let (source, KeyPair { sid, .. }) = &self.from;
        let add = format!("twcred profile add {profile} --replace");
        match file {
            Some((path, prefix)) if prefix.is_empty() && sinks.first() == Some(source) => {
                format!("give the profile that pair: {add} --env-file {}", word(path))
            }
            _ => {
                format!("give the profile that pair, whose secret is asked for: {add} --account {account} --sid {sid}")
            }
        }
    }

    /// The open rotation of the key, or of one of the sinks.
    fn rotation(&self, ledger: &Ledger) -> Result<Option<Rotation>, Failure> {
        let Found { account, sinks, .. } = self.found;
        Ok(ledger.open_for(&self.engine.endpoint(), account, &self.from.1.sid, sinks)?)
    }

    /// What an open rotation leaves to be done by hand: in its grace, to give back the new pair.
    fn look_at(&self, rotation: &Rotation) -> Result<Plan, Failure> {
        let begun = rotation.begun();
        let new = match rotation.new_key() {
            Some(new) if rotation.current().is_some() && rotation.back().is_none() && !rotation.is_revoked() => new,
            _ => {
                return Err(Failure::new(Exit::Incomplete, format!("rotation {} is under way", begun.id)).hint(
                    format!(
                        "run again to continue it: twcred keys rotate {}, or `twcred rotation resume {}`",
                        self.target, begun.id
                    ),
                ));
            }
        };
        let places = || rotation.places().iter().filter(|place| !place.dropped).map(|place| &place.sink);
        if let Some(outside) = self.found.sinks.iter().find(|name| !places().any(|place| place == *name)) {
            let what = format!("{outside} is no sink of rotation {}, which is in its grace", begun.id);
            return Err(Failure::new(Exit::Incomplete, what)
                .hint(format!("`twcred keys rotate {}` takes it in and fills it", self.target)));
        }
        let mut strayed = Vec::new();
        for name in places() {
            let there = match load(name, [&begun.old, new], self.context)? {
                Loaded::Held(held) => held.iter().all(|held| held.pair.sid == *new),
                Loaded::WriteOnly => true,
                Loaded::Absent => false,
            };
            if !there {
                strayed.push(name.clone());
            }
        }
        Ok(Plan::Republish(begun.id.clone(), new.clone(), strayed))
    }

    /// Whether a sink is to be written: not if it holds the pair, and never over a pair that works.
    async fn judge(
        &self,
        name: &str,
        create: bool,
        ledger: &Ledger,
        keys: &AccountKeys<'_>,
    ) -> Result<Option<Write>, Failure> {
        let pair = &self.from.1;
        let write = |replace, holds: &str| Write { sink: name.to_owned(), replace, create, holds: holds.to_owned() };
        let held = match load(name, [&pair.sid], self.context)? {
            Loaded::Held(held) => held,
            // A profile whose secret is gone is still one of its key, and takes a pair of that.
            Loaded::Absent => return Ok(Some(write(Some(pair.sid.clone()), NOTHING))),
            Loaded::WriteOnly => return Ok(Some(write(None, "cannot be read"))),
        };
        let others: Vec<&KeyPair> = held.iter().map(|held| &held.pair).filter(|held| *held != pair).collect();
        let Some(first) = others.first() else { return Ok(None) };
        if others.iter().any(|other| other.sid != first.sid) {
            return Err(
                Failure::new(Exit::Findings, format!("{name} holds several other keys")).hint("put it right by hand")
            );
        }
        if first.sid == pair.sid {
            return Ok(Some(write(Some(pair.sid.clone()), "holds another secret for it")));
        }
        let concerned = |rotation: &Rotation| {
            rotation.outcome().is_none()
                && [Some(&rotation.begun().old), rotation.new_key()].contains(&Some(&first.sid))
        };
        if let Some(rotation) = ledger.all()?.0.iter().find(|rotation| concerned(rotation)) {
            let what = format!("{name} holds {}, at which rotation {} is at work", first.sid, rotation.begun().id);
            return Err(Failure::new(Exit::Incomplete, what).hint("bring that rotation to its end first"));
        }
        match keys.client.probe(&Candidate::Pair((*first).clone()), Depth::Full).await? {
            Verdict::Rejected(_) => {
                Ok(Some(write(Some(first.sid.clone()), &format!("holds {}, which Twilio rejects", first.sid))))
            }
            Verdict::Valid { .. } | Verdict::WrongAccount { .. } => {
                let what = format!("{name} holds {}, which works: its secret would be lost", first.sid);
                Err(Failure::new(Exit::Findings, what).hint(format!(
                    "nothing was written; keep that pair elsewhere first, or, if nobody uses it: twcred keys revoke {}",
                    first.sid
                )))
            }
            Verdict::AccountInactive(error) => Err(Failure::from(error)
                .doing(format!("{name} holds {}, and whether that works cannot be told", first.sid))
                .hint("nothing was written")),
            Verdict::Unclear(said) => {
                let what = format!("{name} holds {}, and whether that works could not be told: {said}", first.sid);
                Err(Failure::new(Exit::Temporary, what).hint("nothing was written; run the same command again"))
            }
        }
    }

    /// Looks again under the lock, and writes if it is as it was.
    async fn write(&self, seen: &Plan) -> Result<Vec<Row>, Failure> {
        let Found { account, .. } = self.found;
        let owner = Owner { pid: std::process::id(), started: self.context.now(), command: "sink push".to_owned() };
        self.engine
            .with(async |world, ledger, keys| {
                let key = match seen {
                    Plan::Copy(sid, _) => sid.clone(),
                    Plan::Republish(id, ..) => ledger
                        .read(id)?
                        .map_or_else(|| self.from.1.sid.clone(), |(rotation, _)| rotation.begun().old.clone()),
                };
                let lock = ledger.lock(account, &key, &owner).map_err(|error| self.engine.blame(error))?;
                if self.look(ledger, keys).await? != *seen {
                    return Err(Failure::failed("something changed while the question was open; nothing was written")
                        .hint("run the same command again"));
                }
                match seen {
                    Plan::Copy(_, writes) => {
                        for write in writes {
                            if let Some(exit) = interrupt::heard() {
                                return Err(interrupt::interrupted(exit));
                            }
                            self.copy(write)?;
                        }
                        let written: Vec<String> = writes.iter().map(|write| write.sink.clone()).collect();
                        drop(lock);
                        Ok(self.rows(&written))
                    }
                    Plan::Republish(id, ..) => {
                        let taken = ledger.resume(id)?;
                        let authority = &self.authority.credential;
                        let old = Some(self.found.pair.clone());
                        let rotator = Rotator::new(world, keys, authority, ledger, taken, old, lock);
                        let mut rotator = rotator.map_err(|error| self.engine.blame(error))?;
                        let written = rotator.republish().await.map_err(|error| self.engine.blame(error))?;
                        Ok(self.rows(&written))
                    }
                }
            })
            .await
    }

    /// Writes one sink and reads it back.
    fn copy(&self, write: &Write) -> Result<(), Failure> {
        let pair = self.from.1.clone();
        let mut sink = open(&write.sink, write.replace.clone(), write.create, self.context)?;
        sink.expect(&pair.sid);
        sink.store(&self.found.account, &pair).doing(format!("cannot write {}", write.sink))?;
        self.context.ui.note(format!("wrote {}", write.sink));
        match sink.load().doing(format!("cannot read {} back", write.sink))? {
            Loaded::WriteOnly => Ok(()),
            Loaded::Held(held) if !held.is_empty() && held.iter().all(|held| held.pair == pair) => Ok(()),
            _ => Err(Failure::new(Exit::Findings, format!("{} does not hold what was stored in it", write.sink))),
        }
    }

    fn rows(&self, written: &[String]) -> Vec<Row> {
        let row = |sink: &String| Row {
            target: self.target.to_owned(),
            sink: sink.clone(),
            result: if written.contains(sink) { "written" } else { "unchanged" },
        };
        let more = written.iter().filter(|name| !self.found.sinks.contains(name));
        self.found.sinks.iter().chain(more).map(row).collect()
    }
}

#[derive(Serialize)]
pub(super) struct Row {
    pub(super) target: String,
    pub(super) sink: String,
    /// `written`, or `unchanged`: the source, and what held the credential already.
    pub(super) result: &'static str,
}

#[derive(Serialize)]
struct Pushed {
    sinks: Vec<Row>,
}

impl View for Pushed {
    const SCHEMA: &'static str = "twcred.sink-push/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let head = [Column::whole("TARGET"), Column::text("SINK"), Column::whole("RESULT")];
        page.table(
            &head,
            self.sinks.iter().map(|row| vec![row.target.clone(), row.sink.clone(), row.result.to_owned()]),
        )
    }
}
