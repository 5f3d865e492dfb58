//! What every command that moves a rotation has in common: the world it moves in, and the voice it speaks with.

use std::cell::OnceCell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

use crate::api::Client;
use crate::cli::advice;
use crate::cli::context::Context;
use crate::cli::credentials::{self, Resolved};
use crate::cli::error::Failure;
use crate::cli::interrupt;
use crate::cli::known;
use crate::cli::text::word;
use crate::model::{KeySid, ProfileName, RotationId};
use crate::rotation::keys::AccountKeys;
use crate::rotation::rotator::World;
use crate::rotation::successor::successor;
use crate::rotation::watched::{Said, Watched};
use crate::rotation::{Error, Event, Ledger, Rotation};
use crate::sinks::{self, Options, Sink, Spec, Target};
use crate::store::file;
use crate::store::paths::StateDir;
use crate::store::profiles::{self, Site};
use crate::store::sealed;

use super::narrate;
use super::typed::Typed;
use crate::cli::commands::keys::rotate::STEP_MARK;

/// How long a new pair that is rejected is tried again.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much the user wants to hear and say.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Whether every step waits for Enter.
    pub step: bool,
    /// The sink in which the pair was found.
    pub target: Option<String>,
    /// The sinks that are to be left out, whatever they hold.
    pub without: Vec<String>,
    /// The arguments of `twcred` that rotate the key at hand, for the commands that hints name.
    pub rotate: Option<String>,
    /// What programs have said in this run, for all its keys.
    pub said: Rc<Said>,
}

/// A client, a ledger and a voice.
pub struct Engine<'a> {
    context: &'a Context,
    resolved: &'a Resolved,
    client: Rc<Client>,
    ledger: Ledger,
    told: Told,
    /// The places that the configuration names, once they were asked for.
    watched: OnceCell<Result<Vec<Watched>, String>>,
}

impl<'a> Engine<'a> {
    /// Opens the state directory, and clears it of what a killed run may have left half written.
    ///
    /// # Errors
    /// If the state directory cannot be used, or the way to Twilio is not clear.
    pub fn new(context: &'a Context, resolved: &'a Resolved, told: Told) -> Result<Self, Failure> {
        let client = Rc::new(context.client(resolved)?);
        let state = StateDir::open(&context.state_dir()?)?;
        sealed::sweep(&state)?;
        Ok(Self { context, resolved, client, ledger: Ledger::new(state), told, watched: OnceCell::new() })
    }

    /// The same for what an unfinished create left, where the way to Twilio and the state are there already.
    #[must_use]
    pub fn of_creates(context: &'a Context, resolved: &'a Resolved, client: Rc<Client>, ledger: Ledger) -> Self {
        Self { context, resolved, client, ledger, told: Told::default(), watched: OnceCell::new() }
    }

    /// The journals.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The flags of this run by which another command finds the same authority.
    #[must_use]
    pub fn given(&self) -> String {
        self.context.global.given_from(&self.resolved.source)
    }

    /// Where Twilio is, as the journal notes it.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.client.endpoint().identity()
    }

    /// The same for a profile that is made here.
    fn site(&self) -> Site {
        let Resolved { region, edge, .. } = self.resolved;
        Site { endpoint: self.endpoint(), region: region.clone(), edge: edge.clone() }
    }

    /// Runs something in the world of this run.
    pub async fn with<T>(&self, run: impl AsyncFnOnce(&World<'_>, &Ledger, &AccountKeys<'_>) -> T) -> T {
        let clock = || self.context.now();
        let random = |buffer: &mut [u8]| getrandom::fill(buffer).map_err(std::io::Error::other);
        let watch = |event: &Event<'_>| self.watch(event);
        let options = self.context.sink_options(Some(self.site()));
        let open_sink = |name: &str, old: &KeySid| open_sink(name, old, self.told.target.as_deref(), &options);
        let holders = |key: &KeySid| self.holders(key);
        let world = World {
            clock: &clock,
            random: &random,
            open_sink: &open_sink,
            holders: &holders,
            watched: &|| self.watched.get_or_init(|| self.watched()).clone(),
            noted: &|key| self.ledger.finished_in(&self.endpoint(), key),
            said: &self.told.said,
            without: &self.told.without,
            watch: &watch,
            patience: PATIENCE,
            signer: self.resolved.signer(self.context),
        };
        let keys =
            AccountKeys { client: &self.client, authority: &self.resolved.credential, account: &self.resolved.account };
        run(&world, &self.ledger, &keys).await
    }

    /// The profiles that hold a key. Those that may not be read are no reason not to go on: that they are not known was
    /// said when the rotation was begun or taken up.
    fn holders(&self, key: &KeySid) -> Result<Vec<String>, sinks::Error> {
        let Some(profiles) = self.context.profiles() else { return Ok(Vec::new()) };
        let book = match profiles.book() {
            Err(profiles::Error::File(file::Error::Denied { .. })) => return Ok(Vec::new()),
            book => book?,
        };
        let left_out = |name: &ProfileName| self.told.without.contains(&format!("keyring:{name}"));
        let holding = book.holding(key).filter(|(name, _)| !left_out(name));
        Ok(holding.map(|(name, profile)| format!("profile {name} ({})", profiles.place(profile))).collect())
    }

    fn watched(&self) -> Result<Vec<Watched>, String> {
        known::places_for_keys(self.context, Some(&self.ledger)).map_err(|failure| failure.chain().join(": "))
    }

    fn watch(&self, event: &Event<'_>) -> ControlFlow<()> {
        if matches!(event, Event::Before(..)) && interrupt::is_heard() {
            return ControlFlow::Break(());
        }
        match event {
            Event::Before(rotation, step) if self.told.step => {
                if !self.context.ui.pause(&format!("{STEP_MARK}{}", narrate::step(rotation, step))) {
                    return ControlFlow::Break(());
                }
                if interrupt::is_heard() {
                    return ControlFlow::Break(());
                }
            }
            Event::Recorded(rotation, record) => {
                if let Some(said) = narrate::record(rotation, record) {
                    self.context.ui.note(said);
                }
            }
            Event::Kept(rotation, by) => self.context.ui.warn(narrate::kept(rotation, by)),
            Event::StaysIn { named, sink } => self
                .context
                .ui
                .warn(format!("--without {named} leaves nothing out: the whole name of the sink is {sink}")),
            Event::Unseen { sink, key, why } => self.context.ui.warn(narrate::unseen(sink, key, *why)),
            Event::Unasked { rotation, sink, why, is_gone } => {
                let said = narrate::unasked(rotation, sink, *why, *is_gone);
                self.context.ui.warn(self.typed(Some(&rotation.begun().id), |typed| typed.completed(&said)));
            }
            Event::Before(..) => {}
        }
        ControlFlow::Continue(())
    }

    /// A rotation's error with its exit code, and with the credential that was refused, if one was.
    #[must_use]
    pub fn blame(&self, error: Error) -> Failure {
        let exit = advice::rotation::exit(&error);
        let refused = advice::rotation::is_authoritys(&error);
        let id = if let Error::Halted { id, .. } = &error { Some(id.clone()) } else { None };
        let mut failure = Failure::from(error);
        if let Some((parent, place)) = self.resolved.unused.as_ref().filter(|_| refused) {
            failure = failure.hint(credentials::for_its_subaccount(&self.resolved.account, parent, place));
        }
        let failure = if refused { self.resolved.name_the_secret(failure) } else { failure };
        self.typed(id.as_ref(), |typed| typed.complete(failure)).with_exit(exit)
    }

    /// Does something with what the commands of hints are completed with.
    fn typed<T>(&self, id: Option<&RotationId>, run: impl FnOnce(&Typed<'_>) -> T) -> T {
        let (given, elsewhere) = (self.given(), self.context.global.elsewhere());
        let signer = self.resolved.signer(self.context);
        let place = signer.profile().map(|name| format!(" --profile {name}"));
        let place = place.or_else(|| signer.file().map(|file| format!(" --env-file {}", word(file))));
        let account = self.resolved.is_foreign().then(|| format!(" --account {}", self.resolved.account));
        let signs = place.unwrap_or_default() + &account.unwrap_or_default() + &elsewhere;
        let rotate = self.told.rotate.as_ref().map(|rotate| format!("{rotate}{elsewhere}"));
        run(&Typed { id, given: &given, elsewhere: &elsewhere, signs: &signs, rotate: rotate.as_deref() })
    }
}

/// The credential that signs: what was found, unless that is the old key of an open rotation that revoked it. Then it is the
/// new one, which that pair, out of a backup, gets out of the sealed file. `rotation` is the one at hand, if it is known.
///
/// # Errors
/// If the way to Twilio is not clear.
pub fn in_its_stead(
    context: &Context,
    ledger: &Ledger,
    found: Resolved,
    rotation: Option<&Rotation>,
) -> Result<Resolved, Failure> {
    let Some(key) = found.credential.key() else { return Ok(found) };
    let open = if let Some(rotation) = rotation {
        Some(rotation.clone())
    } else {
        let endpoint = context.client(&found)?.endpoint().identity();
        // A journal that cannot be read is said by the run itself.
        ledger.open_for(&endpoint, &found.account, key, &[]).ok().flatten()
    };
    Ok(match open.and_then(|open| successor(ledger, &open, &found.credential)) {
        Some(credential) => Resolved { credential, ..found },
        None => found,
    })
}

/// Opens a sink to replace `old` in it. The file that the pair was found in is never made anew; another may be.
fn open_sink(name: &str, old: &KeySid, target: Option<&str>, options: &Options) -> Result<Box<dyn Sink>, sinks::Error> {
    let spec = Spec::parse(name)?;
    if spec.kind().target == Target::File {
        // A leftover of a killed run is a copy with a secret in it. Whatever stands against sweeping it stands against
        // writing, and is said there.
        let _ = file::sweep(spec.target().as_ref());
    }
    let create = target != Some(name);
    sinks::open(&spec, &Options { create, replace: Some(old.clone()), ..options.clone() })
}
