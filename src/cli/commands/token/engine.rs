//! What every command that moves a token's rotation has in common: the world it moves in, and the voice it speaks with.

use std::cell::{OnceCell, RefCell};
use std::ops::ControlFlow;
use std::time::Duration;

use super::flags::{self, Names, Places};
use super::gate;
use super::given;
use super::hand::Hand;
use super::known;
use super::narrate;
use crate::api::Client;
use crate::cli::advice;
use crate::cli::commands::rotation::typed::Typed;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::interrupt;
use crate::model::time::Timestamp;
use crate::model::{Secret, TokenNames};
use crate::rotation::token::rotator::{Answer, AtStake, World};
use crate::rotation::token::run::{Done, Report, Request};
use crate::rotation::token::tokens::AccountTokens;
use crate::rotation::token::{Error, Event, Record, TokenRotation};
use crate::rotation::{Ledger, Signer};
use crate::sinks::{self, Options, Sink, Spec, Target};
use crate::store::file;
use crate::store::lock::Owner;
use crate::store::paths::StateDir;
use crate::store::profiles::Site;
use crate::store::sealed;

/// How a hint ends that would have the secondary token deleted, or a rotation go on.
const DELETE: &str = "twcred token delete";
const ROTATE: &str = "twcred token rotate";

/// How long what may take a moment to be known everywhere is tried again.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// A client, a ledger and a voice.
pub struct Engine<'a> {
    context: &'a Context,
    hand: &'a Hand,
    client: Client,
    ledger: Ledger,
    /// Why the answer to the promote was no, where that is an error.
    declined: RefCell<Option<Failure>>,
    started: Timestamp,
    /// Where the old token may stand besides, once it was asked for.
    beside: OnceCell<Result<Vec<String>, String>>,
    /// The flags by which the variables were named, to be put behind the commands that hints name.
    typed: String,
    /// Whether flags or the configuration name them otherwise than by default.
    is_named: bool,
    /// The target that the run is about, and whether it says its account.
    target: Option<(String, bool)>,
}

impl<'a> Engine<'a> {
    /// Opens the state directory, and clears it of what a killed run may have left half written.
    ///
    /// # Errors
    /// If the state directory cannot be used, or the way to Twilio is not clear.
    pub fn new(context: &'a Context, hand: &'a Hand) -> Result<Self, Failure> {
        let client = context.client_at(hand.region.as_deref(), hand.edge.as_deref())?;
        if let Some((name, kept)) = &hand.profile {
            Context::is_one_of(name, kept, &client.endpoint().identity())?;
        }
        let state = StateDir::open(&context.state_dir()?)?;
        sealed::sweep(&state)?;
        let (ledger, declined, started) = (Ledger::new(state), RefCell::new(None), context.now());
        let (typed, is_named) = (String::new(), false);
        Ok(Self {
            context,
            hand,
            client,
            ledger,
            declined,
            started,
            beside: OnceCell::new(),
            typed,
            is_named,
            target: None,
        })
    }

    /// The same, for a target of the configuration.
    #[must_use]
    pub fn with_target(self, target: Option<(String, bool)>) -> Self {
        Self { target, ..self }
    }

    /// The same, by what names the tokens stand: as the flags say, and as they come to with the configuration.
    #[must_use]
    pub fn with_names(self, flags: &Names, names: &TokenNames) -> Self {
        let typed = flags.typed();
        let is_named = !typed.is_empty() || *names != TokenNames::default();
        Self { typed, is_named, ..self }
    }

    /// Where Twilio is, as the journal notes it.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.client.endpoint().identity()
    }

    /// Every sink: the env file, those that are named, and each profile that holds one of the tokens in hand, which would
    /// be left with a dead one.
    ///
    /// # Errors
    /// Exit 2 if one cannot be named independently of where this runs, or the profiles cannot be read.
    pub fn sinks(&self, places: &Places) -> Result<Vec<String>, Failure> {
        self.and_profiles(places.sinks(self.hand.file.as_deref())?, &places.left_out()?)
    }

    /// These sinks, and each profile that holds one of the tokens in hand.
    ///
    /// # Errors
    /// Exit 2 if the profiles cannot be read, or one of these is left out though no rotation is open that has it.
    pub fn and_profiles(&self, mut sinks: Vec<String>, without: &[String]) -> Result<Vec<String>, Failure> {
        let endpoint = self.endpoint();
        let open = self.ledger.open_token(&endpoint, &self.hand.account)?;
        if open.is_none() {
            flags::not_left_out(&sinks, without)?;
        }
        let Some(book) = self.context.known_profiles()? else { return Ok(sinks) };
        // One that was left out of the open rotation comes back by its name alone.
        let places = open.as_ref().map(TokenRotation::places).unwrap_or_default().iter().filter(|place| place.dropped);
        let left_out: Vec<&String> = places.map(|place| &place.sink).chain(without).collect();
        let tokens: Vec<_> = self.hand.tokens().iter().map(Secret::fingerprint).collect();
        for (name, profile) in &book.profiles {
            let holds = profile.key.is_none() && tokens.contains(&profile.fingerprint);
            let sink = format!("keyring:{name}");
            if holds
                && profile.account == self.hand.account
                && profile.endpoint == endpoint
                && !sinks.contains(&sink)
                && !left_out.contains(&&sink)
            {
                sinks.push(sink);
            }
        }
        Ok(sinks)
    }

    /// The profiles with a token of the account, as sinks.
    fn profiles(&self) -> Result<Vec<String>, Failure> {
        let Some(book) = self.context.known_profiles()? else { return Ok(Vec::new()) };
        let endpoint = self.endpoint();
        let own = book.profiles.iter().filter(|(_, profile)| {
            profile.key.is_none() && profile.account == self.hand.account && profile.endpoint == endpoint
        });
        Ok(own.map(|(name, _)| format!("keyring:{name}")).collect())
    }

    /// The journals.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Twilio, for this account.
    #[must_use]
    pub fn tokens(&self) -> AccountTokens<'_> {
        AccountTokens { client: &self.client, account: &self.hand.account }
    }

    /// Who runs, for the lock.
    #[must_use]
    pub fn owner(&self, command: &str) -> Owner {
        Owner { pid: std::process::id(), started: self.started, command: command.to_owned() }
    }

    /// Runs something in the world of this run, until it ends or is interrupted.
    ///
    /// # Errors
    /// Those of the run, with exit code and advice.
    pub fn run<T>(
        &self,
        run: impl AsyncFnOnce(&World<'_>, &Ledger, &AccountTokens<'_>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let clock = || self.context.now();
        let random = |buffer: &mut [u8]| getrandom::fill(buffer).map_err(std::io::Error::other);
        let watch = |event: &Event<'_>| self.watch(event);
        let ask = |stake: &AtStake<'_>| self.ask(stake);
        let target = self.hand.file.as_ref().map(|path| format!("env:{}", path.display()));
        let site = Site { endpoint: self.endpoint(), region: self.hand.region.clone(), edge: self.hand.edge.clone() };
        let options = self.context.sink_options(Some(site));
        let open_sink = |name: &str| open_sink(name, target.as_deref(), &options);
        let profiles = self.profiles()?;
        let world = World {
            clock: &clock,
            random: &random,
            open_sink: &open_sink,
            beside: &|| self.beside.get_or_init(|| known::sinks(self.context, self.hand)).clone(),
            watch: &watch,
            gate: &ask,
            profiles: &profiles,
            patience: PATIENCE,
            signer: Signer { account: self.hand.account.clone(), place: self.hand.place.clone(), key: None },
        };
        let tokens = self.tokens();
        interrupt::block_on(async { run(&world, &self.ledger, &tokens).await.map_err(|error| self.blame(error)) })
    }

    /// What to show of a run, and the error that the gate kept back.
    ///
    /// # Errors
    /// If the promote was refused here for want of an answer.
    pub fn conclude(&self, done: Done) -> Result<Done, Failure> {
        match self.declined.take() {
            Some(failure) => Err(failure),
            None => Ok(done),
        }
    }

    /// One call of `token rotate`, `create` or `promote`.
    ///
    /// # Errors
    /// As the rotation says.
    pub fn rotate(&self, request: &Request) -> Result<Done, Failure> {
        use crate::rotation::token::run;
        let done = self.run(async |world, ledger, tokens| run::rotate(world, ledger, tokens, request).await)?;
        self.conclude(done)
    }

    fn ask(&self, stake: &AtStake<'_>) -> Answer {
        match gate::ask(self.context, stake) {
            Ok(answer) => answer,
            Err(failure) => {
                self.declined.replace(Some(failure));
                Answer::No
            }
        }
    }

    fn watch(&self, event: &Event<'_>) -> ControlFlow<()> {
        if matches!(event, Event::Before(..)) && interrupt::is_heard() {
            return ControlFlow::Break(());
        }
        let ui = &self.context.ui;
        match event {
            Event::Recorded(_, Record::OldTried { refused: false, .. }) => ui.warn(
                "Twilio still accepts the old token after the promote; nothing needs it any more, and it should be \
                 refused soon: `twcred token status` tells",
            ),
            Event::Recorded(_, Record::KeysAfter { refused, .. }) if !refused.is_empty() => {
                for key in refused {
                    ui.warn(format!("the API key {key} worked before the promote and is refused after it"));
                }
            }
            Event::Recorded(rotation, record) => {
                if let Some(said) = narrate::record(rotation, record) {
                    ui.note(said);
                }
            }
            Event::Left(sink, places) => {
                for place in *places {
                    ui.warn(format!(
                        "{place} holds a token that is none of this rotation's, and was left alone ({sink})"
                    ));
                }
            }
            Event::Waiting(until) => ui.note(format!(
                "waiting until {} for the new token to spread; an end of this run costs nothing, a later one goes on",
                narrate::moment(*until)
            )),
            // By default names nobody asks for any.
            Event::Kept(_, flag) if flag.contains("suffix") && !self.is_named => {}
            Event::Kept(rotation, flag) => {
                let id = &rotation.begun().id;
                let early = if *flag == "--propagation" {
                    format!("; to take the old token out now: twcred rotation retire {id}")
                } else {
                    String::new()
                };
                ui.warn(format!("{flag} has no effect: rotation {id} is open and keeps what it was begun with{early}"));
            }
            Event::Before(..) => {}
        }
        ControlFlow::Continue(())
    }

    /// A rotation's error with its exit code, and with the token that was refused, if one was.
    #[must_use]
    pub fn blame(&self, error: Error) -> Failure {
        let exit = advice::token::exit(&error);
        let refused = advice::token::is_hands(&error);
        let id = if let Error::Halted { id, .. } = &error { Some(id.clone()) } else { None };
        let failure = Failure::from(error);
        let failure = if refused { self.hand.name_the_token(failure) } else { failure };
        let failure = match &id {
            Some(id) if self.hand.is_in_a_sink() => failure.map_hints(|hint| match hint.strip_suffix(DELETE) {
                Some(before) => format!("{before}twcred rotation rollback {id}"),
                None => hint.to_owned(),
            }),
            _ => failure,
        };
        self.complete(failure.with_exit(exit))
    }

    /// A failure whose hints find the token that this run had.
    #[must_use]
    pub fn complete(&self, failure: Failure) -> Failure {
        let global = &self.context.global;
        let elsewhere = global.elsewhere();
        let is_typed = global.env_file.is_some() || global.profile.is_some();
        // What another command about rotations finds by itself is not typed again.
        let given = if is_typed { given::of_context(self.context) + &elsewhere } else { elsewhere.clone() };
        let typed = Typed { id: None, given: &given, elsewhere: &elsewhere, signs: "", rotate: None };
        let failure = typed.complete(failure);
        let failure = match &self.target {
            Some((name, _)) => failure.map_hints(|hint| {
                let hint = hint.replace("`twcred token rotate`", &format!("`twcred token rotate {name}{elsewhere}`"));
                if hint.ends_with(ROTATE) { format!("{hint} {name}{elsewhere}") } else { hint }
            }),
            None => failure,
        };
        let is_said = self.target.as_ref().is_some_and(|(_, said)| *said) && self.hand.file.is_some();
        let account = if is_said { format!(" --account {}", self.hand.account) } else { String::new() };
        given::completed(failure, &(given::of(self.context, self.hand) + &account + &elsewhere + &self.typed))
    }
}

/// Opens a sink. The file that the token was found in is never made anew; another may be.
fn open_sink(name: &str, target: Option<&str>, options: &Options) -> Result<Box<dyn Sink>, sinks::Error> {
    let spec = Spec::parse(name)?;
    if spec.kind().target == Target::File {
        let path = std::path::Path::new(spec.target());
        // A leftover of a killed run is a copy with a secret in it; of a create, whose file is not there yet, perhaps the only
        // one. Whatever stands against sweeping it stands against writing, and is said there.
        if path.exists() {
            let _ = file::sweep(path);
        }
    }
    let create = target != Some(name);
    sinks::open(&spec, &Options { create, ..options.clone() })
}

/// Whether a report tells of keys that a promote left broken: a finding, since nothing can be undone.
#[must_use]
pub fn broken_keys(report: &Report) -> Option<Failure> {
    let keys = report.keys_refused();
    let named = keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    (!keys.is_empty()).then(|| {
        Failure::new(
            crate::cli::exit::Exit::Findings,
            format!("the new token is in force, and these API keys do not work any more: {named}"),
        )
        .hint("`twcred keys list` shows whether they still exist; make others: twcred keys create NAME --to SINK")
        .hint("a promote cannot be taken back")
    })
}
