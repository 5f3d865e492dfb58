//! What a command needs of the world: flags, screen, clock, random bytes, folders.

use std::cell::{Cell, OnceCell, RefCell};
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::args::Global;
use super::credentials::Resolved;
use super::credentials::source::Values;
use super::env;
use super::error::{Doing as _, Failure};
use super::exit::Exit;
use super::interrupt;
use super::ui::Ui;
use super::view::{Page, Render};
use crate::api::{Client, Endpoint, Exchange, Product, Settings};
use crate::model::time::Timestamp;
use crate::model::{ProfileName, RotationId};
use crate::rotation::Ledger;
use crate::rotation::create::Unsettled;
use crate::sinks;
use crate::store::keyring::Keyring;
use crate::store::profiles::{self, Book, Setup, Site};
use crate::store::{Owner, Profiles, StateDir, file};

/// Everything outside that a command may ask for.
pub struct Context {
    /// The flags that every command takes.
    pub global: Global,
    /// stderr, and questions.
    pub ui: Ui,
    /// What standard input said, which can be read once.
    pub(super) stdin: RefCell<Option<Values>>,
    /// Whether it was said already which profile is passed over.
    pub(super) passed_over: Cell<bool>,
    /// Whether it was said already that systemd handed nothing over.
    pub(super) not_handed_over: Cell<bool>,
    /// The problems of the configuration that were said already: several steps of one run may read it.
    pub(super) problems_said: RefCell<Vec<String>>,
    profiles: OnceCell<Option<Profiles>>,
}

/// How long a keyring has for one call, where nobody is there to unlock it.
const KEYRING: Duration = Duration::from_secs(5);

/// The same for one that asks somebody at a screen.
const KEYRING_AT_A_SCREEN: Duration = Duration::from_mins(1);

impl Context {
    /// The world as this process finds it.
    #[must_use]
    pub fn new(global: Global) -> Self {
        let ui = Ui::new(&global);
        Self {
            global,
            ui,
            stdin: RefCell::default(),
            passed_over: Cell::default(),
            not_handed_over: Cell::default(),
            problems_said: RefCell::default(),
            profiles: OnceCell::new(),
        }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        clock()
    }

    /// Random bytes from the operating system.
    ///
    /// # Errors
    /// Exit 1, if it has none.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], Failure> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).map_err(|error| Failure::failed(format!("no random bytes: {error}")))?;
        Ok(bytes)
    }

    /// A fresh id for a create.
    ///
    /// # Errors
    /// Exit 1, if the operating system has no random bytes.
    pub fn fresh_id(&self) -> Result<RotationId, Failure> {
        self.random().map(RotationId::of_create)
    }

    /// The folder of journals and sealed secrets; not made yet.
    ///
    /// # Errors
    /// Exit 2, if no flag or variable names one and there is no home.
    pub fn state_dir(&self) -> Result<PathBuf, Failure> {
        if let Some(dir) = &self.global.state_dir {
            return Ok(std::path::absolute(dir)?);
        }
        let dir = env::state_dir();
        if let Some(dir) = dir.as_ref().filter(|dir| dir.is_relative()) {
            // From another directory it would be another state, and what was begun here would be forgotten there.
            let failure = match env::home() {
                Some(home) if !env::names_state_dir() => Failure::usage(format!(
                    "the home folder, which the state is kept in, is {}: HOME is not an absolute path",
                    home.display()
                )),
                _ => Failure::usage(format!("TWCRED_STATE_DIR is {}, which is not an absolute path", dir.display())),
            };
            return Err(failure.hint("give it from the root on"));
        }
        dir.ok_or_else(|| {
            Failure::usage("there is no home folder to keep state in")
                .hint("name a folder with --state-dir or TWCRED_STATE_DIR")
        })
    }

    /// The rotations of this machine; nothing if there is no state yet, which this does not make.
    ///
    /// # Errors
    /// If the state directory is not safe to use.
    pub fn ledger(&self) -> Result<Option<Ledger>, Failure> {
        let root = self.state_dir()?;
        if root.is_dir() { Ok(Some(Ledger::new(StateDir::open(&root)?))) } else { Ok(None) }
    }

    /// The same to be read only: no right is changed for it.
    ///
    /// # Errors
    /// If the state directory is another's, or others may write it.
    pub fn ledger_as_it_is(&self) -> Result<Option<Ledger>, Failure> {
        Ok(StateDir::look(&self.state_dir()?)?.map(Ledger::new))
    }

    /// The user's profiles; nothing if there is no home. Neither their file nor the keyring is looked at yet.
    #[must_use]
    pub fn profiles(&self) -> Option<&Profiles> {
        let profiles = self.profiles.get_or_init(|| {
            let patience = if self.ui.interactive() && env::has_screen() { KEYRING_AT_A_SCREEN } else { KEYRING };
            Some(Profiles::new(Setup {
                folder: std::path::absolute(env::config_dir()?).ok()?,
                keyring: Arc::new(Keyring::new(patience, interrupt::is_heard)),
                clock,
                random: |buffer| getrandom::fill(buffer).map_err(io::Error::other),
                owner: Owner { pid: std::process::id(), started: self.now(), command: "profiles".to_owned() },
                claims: Arc::new(Unsettled { state: self.state_dir().ok() }),
            }))
        });
        profiles.as_ref()
    }

    /// The same for what cannot do without.
    ///
    /// # Errors
    /// Exit 2, if there is no home.
    pub fn needed_profiles(&self) -> Result<&Profiles, Failure> {
        self.profiles().ok_or_else(|| {
            Failure::usage("there is no home folder to keep profiles in")
                .hint("set HOME, or XDG_CONFIG_HOME to an absolute path")
        })
    }

    /// Which profiles there are, as far as this user may know: nothing if their file may not be read, which a service that
    /// is shut out of home folders meets. That is said on stderr, since one of them may hold what this run is about.
    ///
    /// # Errors
    /// Exit 2, if the file is not what it should be.
    pub fn known_profiles(&self) -> Result<Option<Book>, Failure> {
        let Some(profiles) = self.profiles() else { return Ok(Some(Book::default())) };
        match profiles.book() {
            Err(profiles::Error::File(file::Error::Denied { path })) => {
                self.ui.warn(format!("{} may not be read: what profiles hold is not known", path.display()));
                Ok(None)
            }
            book => Ok(Some(book?)),
        }
    }

    /// Options for opening sinks. With a site, profiles are written too, as ones of that Twilio.
    #[must_use]
    pub fn sink_options(&self, site: Option<Site>) -> sinks::Options {
        let profiles = self.profiles().cloned();
        sinks::Options { stop: interrupt::is_heard, profiles, site, ..sinks::Options::default() }
    }

    /// Writes a view to standard output now, as a table or as JSON.
    ///
    /// # Errors
    /// If standard output cannot be written, a reader that went away included.
    pub fn present(&self, view: &dyn Render) -> io::Result<()> {
        self.present_as(view, self.global.is_json())
    }

    /// The same, as JSON or not whatever the flags of every command say.
    ///
    /// # Errors
    /// If standard output cannot be written, a reader that went away included.
    pub fn present_as(&self, view: &dyn Render, json: bool) -> io::Result<()> {
        self.write_view(view, json, Beside { ui: &self.ui, out: io::stdout().lock() })
    }

    /// The same, gone through to its end for what follows from it, also where the reader has gone away.
    ///
    /// # Errors
    /// If standard output cannot be written for another reason than that.
    pub fn present_to_the_end(&self, view: &dyn Render, json: bool) -> io::Result<()> {
        let out = Beside { ui: &self.ui, out: io::stdout().lock() };
        self.write_view(view, json, ToTheEnd { out, gone: false })
    }

    fn write_view(&self, view: &dyn Render, json: bool, out: impl io::Write) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        if json {
            view.json(&mut out)?;
        } else {
            view.human(&mut Page::new(&mut out, self.ui.color_out()))?;
        }
        out.flush()
    }

    /// The way to Twilio that the flags, the environment and the credential's own source describe. Nothing is sent yet.
    ///
    /// # Errors
    /// Exit 2, if the region, the edge, the address or the CA file cannot be used, or if the credential is a profile's
    /// that was tried at another Twilio: its secret is not sent there.
    pub fn client(&self, resolved: &Resolved) -> Result<Client, Failure> {
        let client = self.client_at(resolved.region.as_deref(), resolved.edge.as_deref())?;
        if let Some((name, kept)) = &resolved.profile {
            Self::is_one_of(name, kept, &client.endpoint().identity())?;
        }
        Ok(client)
    }

    /// Whether a profile's credential is good at the Twilio that this run asks; its secret is sent to no other.
    ///
    /// # Errors
    /// Exit 2, if it is not.
    pub fn is_one_of(name: &ProfileName, kept: &str, here: &str) -> Result<(), Failure> {
        if kept == here {
            return Ok(());
        }
        Err(Failure::usage(format!("the profile `{name}` is one of {kept}, and this run asks {here}"))
            .hint("leave out --region, --edge, --api-url and TWCRED_API_URL, or name another profile")
            .hint("keys and tokens are good in one region only"))
    }

    fn api_url(&self) -> Option<String> {
        self.global.api_url.clone().or_else(env::api_url)
    }

    /// Where Twilio is, for what has this region and edge beside it.
    ///
    /// # Errors
    /// Exit 2, if the region, the edge or the address cannot be used.
    pub fn endpoint_at(&self, region: Option<&str>, edge: Option<&str>) -> Result<Endpoint, Failure> {
        match self.api_url() {
            Some(url) => Endpoint::custom(&url).doing("cannot use the address of --api-url or TWCRED_API_URL"),
            None => Ok(Endpoint::twilio(region, edge)?),
        }
    }

    /// How requests are sent there. Nobody is told of it.
    ///
    /// # Errors
    /// Exit 2, if the region, the edge, the address or the CA file cannot be used.
    pub fn way(&self, region: Option<&str>, edge: Option<&str>) -> Result<Settings, Failure> {
        let mut settings = Settings::new(self.endpoint_at(region, edge)?);
        settings.timeout = self.global.timeout;
        settings.connect_timeout = settings.connect_timeout.min(self.global.timeout);
        if let Some(path) = &self.global.ca_file {
            let pem = std::fs::read(path).doing(format!("cannot read the CA file {}", path.display()));
            settings.extra_ca_pem = Some(pem.map_err(|failure| failure.with_exit(Exit::Usage))?);
        }
        Ok(settings)
    }

    /// The same for a command that brings its own credential.
    ///
    /// # Errors
    /// Exit 2, if the region, the edge, the address or the CA file cannot be used.
    pub fn client_at(&self, region: Option<&str>, edge: Option<&str>) -> Result<Client, Failure> {
        let mut settings = self.way(region, edge)?;
        if self.api_url().is_some() {
            self.ui.warn(format!("asking {}, which is not Twilio", settings.endpoint.host(Product::Iam)));
        }
        if self.ui.verbose() {
            let ui = self.ui.clone();
            settings.observer = Some(Arc::new(move |exchange: &Exchange<'_>| ui.detail(shown(exchange))));
        }
        Ok(Client::new(settings))
    }
}

/// Standard output, which may be the terminal on which progress is shown.
struct Beside<'a> {
    ui: &'a Ui,
    out: io::StdoutLock<'static>,
}

impl io::Write for Beside<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.ui.beside(|| self.out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.ui.beside(|| self.out.flush())
    }
}

/// What takes everything, and passes it on while there is a reader.
struct ToTheEnd<W> {
    out: W,
    gone: bool,
}

impl<W: io::Write> ToTheEnd<W> {
    fn unless_gone<T>(&mut self, instead: T, write: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.gone {
            return Ok(instead);
        }
        match write(&mut self.out) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(instead)
            }
            written => written,
        }
    }
}

impl<W: io::Write> io::Write for ToTheEnd<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_gone(bytes.len(), |out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_gone((), io::Write::flush)
    }
}

/// The time now.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one clock: below, time is an argument")]
pub fn clock() -> Timestamp {
    Timestamp::now()
}

fn shown(exchange: &Exchange<'_>) -> String {
    let Exchange { method, url, status, request_id, elapsed, attempt } = exchange;
    let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let id = request_id.map_or_else(String::new, |id| format!(" {id}"));
    let again = if *attempt > 1 { format!(" (attempt {attempt})") } else { String::new() };
    format!("{method} {url} {status}{id} {} ms{again}", elapsed.as_millis())
}
