//! What a `keys create` that was cut off has left: settling it, and saying so.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::authority::Search;
use super::engine::{Engine, Told};
use super::narrate;
use super::take::Wish;
use crate::cli::commands::profile;
use crate::cli::context::Context;
use crate::cli::credentials::{Prefer, Resolved};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::view::{Outcome, Page, View};
use crate::model::time::Timestamp;
use crate::model::{AccountSid, FriendlyName, KeySid, RotationId};
use crate::rotation::create::{self, Create, Finished, Record, Settled};
use crate::rotation::error::Cause;
use crate::rotation::{Error, Ledger};
use crate::sinks::{self, Options, Sink, Spec};
use crate::store::lock::Owner;

/// Settles what one create left. Whoever does holds the lock of the account's creates.
///
/// # Errors
/// Exit 5, if a key is live and could be neither revoked nor named; else as the request that failed.
pub async fn settle(context: &Context, engine: &Engine<'_>, create: &Create) -> Result<Settled, Failure> {
    let owner = owner(context, "keys create");
    let settled = engine.with(async |world, ledger, keys| create::settle(world, ledger, keys, create, &owner).await);
    let settled = settled.await;
    // A place that was not asked since the run is to end is no place that may hold the key.
    if let (Ok(Settled::Doubtful { .. } | Settled::Unplaced { .. } | Settled::Lost { .. }), Some(exit)) =
        (&settled, interrupt::heard())
    {
        return Err(interrupt::interrupted(exit));
    }
    if let Ok(Settled::Finished { sid, .. } | Settled::Kept { sid, .. }) = &settled {
        // Every sink has the pair by now, also those that the settling run has told.
        let sinks = create.begun().sinks.clone();
        note(context, engine.ledger(), sid, &Finished { sinks, ..Finished::of(create, context.now()) });
        profile::tidy(context, &create.begun().sinks);
    }
    settled.map_err(|error| {
        let (begun, given) = (create.begun(), context.global.given());
        let live = match &error {
            Error::Preflight(cause) => match &**cause {
                Cause::CutOff { sid, .. } => Some(sid.clone()),
                _ => None,
            },
            _ => None,
        };
        let what = format!(
            "`keys create {}` was cut off at {}, and is not settled",
            quoted(&begun.name),
            narrate::moment(begun.at)
        );
        let failure = engine.blame(error).doing(what);
        let failure = failure.hint(format!("its journal stays; to try again: {}", resume(create, &given)));
        match live {
            Some(sid) => failure
                .with_exit(Exit::Incomplete)
                .hint(format!("or by hand, if nothing uses it: twcred keys revoke {sid}{}", engine.given())),
            None => failure,
        }
    })
}

/// Notes where a create put its key. The key is made and stands where it should: that it is not noted stops nothing.
pub fn note(context: &Context, ledger: &Ledger, sid: &KeySid, finished: &Finished) {
    if let Err(error) = ledger.note_finished(sid, finished) {
        context.ui.warn(format!(
            "it is not noted that {} got {sid}: {error}; a `keys revoke` of it will not look there",
            finished.sinks.join(", ")
        ));
    }
}

/// Says what became of a create that was settled under this authority.
pub fn tell(context: &Context, authority: &Resolved, create: &Create, settled: &Settled) {
    let (begun, given) = (create.begun(), context.global.given_from(&authority.source));
    let name = quoted(&begun.name);
    let of = format!("which an unfinished `keys create {name}` had left");
    match settled {
        Settled::Absent { until: Some(until) } => context.ui.detail(format!(
            "no key of an unfinished `keys create {name}` has appeared; one still may until {}",
            narrate::moment(*until)
        )),
        Settled::Absent { until: None } => {}
        Settled::Kept { sid, .. } | Settled::Finished { sid, before: true, .. } => {
            context.ui.detail(format!("{sid}, {of}, has its name already"));
        }
        Settled::Finished { sid, .. } => context.ui.note(format!("finished {sid}, {of}")),
        Settled::AtWork { sid } => {
            context.ui.note(format!("a rotation works on {sid}, {of}: it is settled after that"));
        }
        Settled::Revoked { sid } => context.ui.note(format!("revoked {sid}, {of} and nobody held")),
        Settled::Doubtful { sid, places } => {
            context.ui.warn(format!("{sid}, {of}, is live and may be held by {}", places.join(", ")));
            advise(context, create, sid, &name, &given);
        }
        Settled::Unplaced { sid, places, sink, why } => {
            context.ui.warn(format!(
                "{sid}, {of}, is live and held by {}; {sink} does not take it: {why}",
                places.join(", ")
            ));
            advise(context, create, sid, &name, &given);
            context.ui.warn(format!("or once {sink} takes it: {}", resume(create, &given)));
        }
        Settled::Lost { sid } => {
            context.ui.warn(format!(
                "{sid}, {of}, is live, and its secret is in none of the places that were told it: unless somebody took it \
                 from there, it is lost, and nothing can use the key"
            ));
            advise(context, create, sid, &name, &given);
        }
    }
}

fn advise(context: &Context, create: &Create, sid: &KeySid, name: &str, given: &str) {
    let keep = match half(context, create, sid) {
        // A name alone would not end the journal: what may be halfway in there may be all that there is of the pair.
        Err(sink) => {
            format!("to keep it, make it so that {sink} can be asked, and run again; or, {}", kept(sid, name, given))
        }
        Ok(_) => format!("to keep it: twcred keys rename {sid} {name}{given}"),
    };
    context.ui.warn(format!(
        "{keep}; to end it, if nothing uses it: twcred keys revoke {sid}{given}; with --force, if one of these places \
         stands against it; until then every run says so"
    ));
}

/// Says which creates of an account are not settled, on the way of a command that does not settle them.
///
/// # Errors
/// If the state directory cannot be read.
pub fn remind(context: &Context, ledger: &Ledger, endpoint: &str, account: &AccountSid) -> Result<(), Failure> {
    let (creates, _) = ledger.creates(Some(account))?;
    let mut left = creates.iter().filter(|create| create.begun().endpoint == endpoint).peekable();
    if left.peek().is_none() || ledger.is_creating(account, &owner(context, "keys rotate")) {
        return Ok(());
    }
    let given = context.global.given();
    for create in left {
        context.ui.warn(format!(
            "`keys create {}` was cut off at {}: {} finishes it or ends its key",
            quoted(&create.begun().name),
            narrate::moment(create.begun().at),
            resume(create, &given)
        ));
    }
    Ok(())
}

/// Ends the journal of the create that left this key, which somebody has named or ended by hand. One that cannot be removed
/// is found settled by the next run.
pub fn decided(context: &Context, endpoint: &str, account: &AccountSid, (sid, name): (&KeySid, Option<&FriendlyName>)) {
    if let Ok(Some(ledger)) = context.ledger() {
        let marker = name.and_then(FriendlyName::marker);
        let _ = ledger.end_create_of(endpoint, account, (sid, marker.as_ref()), &owner(context, "keys"));
    }
}

/// What somebody says who names a key.
#[derive(Debug)]
pub struct Name<'a> {
    /// How it is called from now on.
    pub now: &'a FriendlyName,
    /// That he has the secret: what is halfway anywhere is not needed.
    pub secret_kept: bool,
}

/// The same of a key that somebody has named, and so keeps. Where its pair is only halfway in a sink, or that cannot be
/// told, the journal stays: the pair would be taken for something that nobody needs.
pub fn named(
    context: &Context,
    endpoint: &str,
    account: &AccountSid,
    (sid, name): (&KeySid, Option<&FriendlyName>),
    word: &Name<'_>,
    given: &str,
) {
    let marker = name.and_then(FriendlyName::marker);
    let is_it = |create: &Create| {
        let bears = Some(create.marker()) == marker;
        create.begun().endpoint == endpoint && (create.made() == Some(sid) || bears)
    };
    let ledger = context.ledger().ok().flatten();
    let ledger = ledger.filter(|ledger| !ledger.is_creating(account, &owner(context, "keys")));
    let create = ledger.and_then(|ledger| ledger.creates(Some(account)).ok()?.0.into_iter().find(is_it));
    if let Some(create) = &create {
        let next = resume(create, &context.global.given());
        let stays = match half(context, create, sid) {
            _ if word.secret_kept => None,
            Ok(false) => None,
            Ok(true) => {
                Some(format!("the secret of {sid} is only halfway where it was to be; to bring it there: {next}"))
            }
            Err(sink) => Some(format!(
                "{sink} cannot be asked now, and the secret of {sid} may be halfway there; once it can, to bring it there: \
                 {next}"
            )),
        };
        if let Some(stays) = stays {
            context.ui.warn(format!("{stays}; {}", kept(sid, &quoted(word.now), given)));
            return;
        }
        if !word.secret_kept && create::is_lost(&opener(context, sid), create, sid) {
            context.ui.warn(format!(
                "the secret of {sid} is in none of the places that were told it: unless somebody took it from there, it is \
                 lost, and nothing can use the key; to end it: twcred keys revoke {sid}{given}"
            ));
        } else if let Ok(Some(ledger)) = context.ledger() {
            note(context, &ledger, sid, &Finished::of(create, context.now()));
        }
    }
    decided(context, endpoint, account, (sid, name));
}

/// Takes away what is noted of a key that is no more. A note that stays is looked for by nobody.
pub fn ended(context: &Context, sid: &KeySid) {
    if let Ok(Some(ledger)) = context.ledger() {
        let _ = ledger.forget_finished(sid);
    }
}

/// Whether a pair of the key is only halfway in a sink of its create.
///
/// # Errors
/// The name of a sink that cannot tell now.
fn half(context: &Context, create: &Create, sid: &KeySid) -> Result<bool, String> {
    create::halfway(&opener(context, sid), create, sid).map(|half| !half.is_empty())
}

/// Opens the sinks of a create, to look for its key in them.
fn opener(context: &Context, sid: &KeySid) -> impl Fn(&str, &KeySid) -> Result<Box<dyn Sink>, sinks::Error> {
    let options = Options { replace: Some(sid.clone()), ..context.sink_options(None) };
    move |name, _| sinks::open(&Spec::parse(name)?, &options)
}

/// How whoever has the secret ends a create that no sink could end.
fn kept(sid: &KeySid, name: &str, given: &str) -> String {
    format!("if you have its secret: twcred keys rename {sid} {name} --secret-kept{given}")
}

/// What takes away the journal of a create that can be settled no more.
#[must_use]
pub fn give_up(ledger: &Ledger, create: &Create) -> String {
    format!("rm '{}'", ledger.create_path(create).display().to_string().replace('\'', r"'\''"))
}

/// The command that settles a create.
fn resume(create: &Create, given: &str) -> String {
    format!("twcred rotation resume {}{given}", create.begun().id)
}

/// Who runs, for the lock.
#[must_use]
pub fn owner(context: &Context, command: &str) -> Owner {
    Owner { pid: std::process::id(), started: context.now(), command: command.to_owned() }
}

/// A name as one word of a command.
#[must_use]
pub fn quoted(name: &FriendlyName) -> String {
    format!("'{}'", name.as_str().replace('\'', r"'\''"))
}

/// What comes next for a create that was cut off.
pub const NEXT: &str =
    "find its key by its marker; finish it where a sink holds its pair, revoke it where nothing can hold it";

/// A record of a create in a sentence.
#[must_use]
pub fn said(create: &Create, record: &Record) -> String {
    match record {
        Record::Begun(begun) => format!("asked for a key for {}", quoted(&begun.name)),
        Record::Made { sid, .. } => format!("Twilio made {sid}"),
        Record::Storing { sink, .. } => {
            let sink = create.begun().sinks.get(*sink).map_or("a sink", String::as_str);
            format!("began to store the pair in {sink}")
        }
        Record::Showing { .. } => "began to print the secret".to_owned(),
    }
}

/// `rotation resume` of a create.
///
/// # Errors
/// Exit 3, if it cannot be told whether something holds the key; exit 6 while the create runs; else as [`settle`].
pub fn take(context: &Context, create: &Create, wish: Wish) -> Result<Outcome, Failure> {
    let begun = create.begun();
    if wish != Wish::Resume {
        let why = "is no rotation but a `keys create` that was cut off";
        return Err(Failure::from(Error::NotNow { id: begun.id.clone(), why })
            .hint(format!("this settles it: {}", resume(create, &context.global.given()))));
    }
    let authority = authority(context, create)?;
    let engine = Engine::new(context, &authority, Told::default())?;
    if begun.endpoint != engine.endpoint() {
        let (begun, id) = (begun.endpoint.clone(), begun.id.clone());
        return Err(engine.blame(Error::OtherEndpoint { id, begun, here: engine.endpoint() }));
    }
    let _lock = engine.ledger().lock_creates(&begun.account, &owner(context, wish.command()))?;
    // What was read before the lock was had may have gone on since.
    let (now, _) = engine.ledger().creates(Some(&begun.account))?;
    let Some(create) = now.iter().find(|now| now.begun().id == begun.id) else {
        return Err(Failure::from(Error::NotNow { id: begun.id.clone(), why: "has ended" }));
    };
    let settled = interrupt::block_on(settle(context, &engine, create))?;
    if exit(&settled) == Exit::Findings {
        tell(context, &authority, create, &settled);
    }
    Ok(Outcome::did(Moved::of(create, &settled)).exit(exit(&settled)))
}

/// What `keys create` itself would take, if that is an Auth Token of the account; else what `keys rotate` would, since the
/// hint may have come from there: a key need not be able to list keys.
fn authority(context: &Context, create: &Create) -> Result<Resolved, Failure> {
    let begun = create.begun();
    let found = context.resolve(Prefer::Token).ok().filter(|found| found.account == begun.account);
    if let Some(found) = &found
        && found.credential.key().is_none()
    {
        return Ok(found.clone());
    }
    let named = context.global.env_file.clone().filter(|path| path != Path::new("-"));
    let of_a_sink = || {
        let mut sinks = begun.sinks.iter().filter_map(|name| Spec::parse(name).ok());
        let file = sinks.find(|spec| spec.scheme() == "env").map(|spec| PathBuf::from(spec.target()));
        file.filter(|path| found.is_none() && path.is_file())
    };
    let file = named.or_else(of_a_sink);
    let profile = context.global.profile.as_ref().filter(|_| file.is_none() && found.is_some());
    let search = Search {
        file: file.as_deref(),
        prefix: None,
        profile,
        authority: None,
        account: &begun.account,
        said: false,
        sealed: None,
        own: None,
        open: None,
    };
    match (search.run(context), found) {
        (Ok(authority), _) | (Err(_), Some(authority)) => Ok(authority),
        (Err(failure), None) => Err(failure),
    }
}

fn exit(settled: &Settled) -> Exit {
    match settled {
        Settled::Doubtful { .. } | Settled::Unplaced { .. } | Settled::Lost { .. } => Exit::Findings,
        Settled::Absent { .. }
        | Settled::Finished { .. }
        | Settled::Kept { .. }
        | Settled::Revoked { .. }
        | Settled::AtWork { .. } => Exit::Done,
    }
}

#[derive(Serialize)]
struct Moved {
    create: RotationId,
    account: AccountSid,
    name: FriendlyName,
    result: &'static str,
    sid: Option<KeySid>,
    /// Until when a key may still appear.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    /// What may hold it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    held_by: Vec<String>,
}

impl Moved {
    fn of(create: &Create, settled: &Settled) -> Self {
        let (result, sid, until, held_by) = match settled {
            Settled::Absent { until: Some(until) } => ("waiting", None, Some(*until), Vec::new()),
            Settled::Absent { until: None } => ("no-key", None, None, Vec::new()),
            Settled::Finished { sid, .. } => ("finished", Some(sid), None, Vec::new()),
            Settled::Kept { sid, places } => ("kept", Some(sid), None, places.clone()),
            Settled::Lost { sid } => ("lost", Some(sid), None, Vec::new()),
            Settled::Revoked { sid } => ("revoked", Some(sid), None, Vec::new()),
            Settled::AtWork { sid } => ("at-work", Some(sid), None, Vec::new()),
            Settled::Doubtful { sid, places } => ("doubtful", Some(sid), None, places.clone()),
            Settled::Unplaced { sid, places, .. } => ("not-everywhere", Some(sid), None, places.clone()),
        };
        let begun = create.begun();
        let (create, account, name) = (begun.id.clone(), begun.account.clone(), begun.name.clone());
        Self { create, account, name, result, sid: sid.cloned(), until, held_by }
    }
}

impl View for Moved {
    const SCHEMA: &'static str = "twcred.create-settled/v1";

    fn human(&self, page: &mut Page<'_>) -> std::io::Result<()> {
        let sid = self.sid.as_ref().map_or("", |sid| sid.as_str());
        let places = self.held_by.join(", ");
        page.line(match (self.result, self.until) {
            ("waiting", Some(until)) => {
                format!("{}: no key of it has appeared; one still may until {}", self.create, narrate::moment(until))
            }
            ("finished", _) => format!("{}: {sid} is finished", self.create),
            ("at-work", _) => format!("{}: a rotation works on {sid}; it is settled after that", self.create),
            ("revoked", _) => format!("{}: revoked {sid}, which nobody held", self.create),
            ("kept", _) => format!("{}: {sid} is kept, as somebody named it; it may be held by {places}", self.create),
            ("lost", _) => format!("{}: {sid} is live, and nothing holds its secret", self.create),
            ("doubtful", _) => format!("{}: {sid} is live, and may be held by {places}", self.create),
            ("not-everywhere", _) => format!("{}: {sid} is live, and held by {places} alone", self.create),
            _ => format!("{}: there is no key of it", self.create),
        })
    }
}
