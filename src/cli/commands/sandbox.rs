//! `twcred sandbox`: a local Twilio, to try things on and to break.

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueHint;
use clap::builder::RangedU64ValueParser;
use serde::Serialize;

use crate::cli::context::{Context, clock};
use crate::cli::env;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::view::{Outcome, Page, View};
use crate::model::AccountSid;
use crate::model::time::parse_duration;
use crate::sandbox::{Fault, Key, Kind, Options, Sandbox, State};
use crate::store::file;

/// Run a local Twilio for keys, tokens and accounts
#[derive(Debug, clap::Args)]
#[command(after_help = "Its credentials are invented and open nothing but itself. With CMD, it runs that with \
TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_API_KEY, TWILIO_API_SECRET and TWCRED_API_URL set and exits with its \
code; without, it serves until Ctrl-C.\n\nA fault is FAULT=ROUTE[@N[xCOUNT]], such as `commit-then-drop=POST \
/v1/Keys@1`, `throttle=*@3x2` or `slow:250ms=*`.")]
pub struct Args {
    /// Listen here; a loopback address, port 0 for a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Start from this saved state
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    load: Option<PathBuf>,
    /// Save the state here at the end
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    save: Option<PathBuf>,
    /// Let this go wrong (repeatable)
    #[arg(long, value_name = "FAULT")]
    fault: Vec<Fault>,
    /// Answer 429 to more than this many requests at once
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Take at least this long for every request
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = parse_duration)]
    latency: Duration,
    /// Start with so many subaccounts
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "load",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=100_000))]
    subaccounts: usize,
    /// Refuse more keys than this in an account
    #[arg(long, value_name = "N")]
    max_keys: Option<usize>,
    /// Invent the same SIDs and secrets for the same number
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Run this and stop with it
    #[arg(last = true, value_name = "CMD", value_hint = ValueHint::CommandWithArguments)]
    command: Vec<OsString>,
}

/// Serves until it is told to stop or the command ends.
///
/// # Errors
/// If it cannot listen, load or save, or the command cannot be started.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let started = start(args);
    let mut sandbox = match started {
        Err(failure) if !args.command.is_empty() => return Err(failure.with_exit(Exit::BeforeChild)),
        started => started?,
    };
    let login = Login::of(&sandbox)?;
    let exit = if let Some((program, arguments)) = args.command.split_first() {
        child(program, arguments, &login, context)?
    } else {
        interrupt::patiently(async |mut stop| {
            context.present(&login).or_else(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => Ok(()),
                _ => Err(error),
            })?;
            stop.requested().await;
            Ok(())
        })?;
        Exit::Done
    };
    sandbox.stop();
    if let Some(path) = &args.save {
        save(path, &sandbox.state()).doing(format!("cannot save the state in {}", path.display()))?;
    }
    Ok(Outcome::silent(exit))
}

fn start(args: &Args) -> Result<Sandbox, Failure> {
    let state = match &args.load {
        Some(path) => {
            let what = || format!("cannot load the state {}", path.display());
            let text = std::fs::read_to_string(path).doing(what()).map_err(|failure| failure.with_exit(Exit::Usage))?;
            State::from_json(&text).doing(what()).map_err(|failure| failure.with_exit(Exit::Usage))?
        }
        None => State::sample_of(args.seed, args.subaccounts),
    };
    let mut options = Options::new(Arc::new(clock));
    options.listen = args.listen;
    options.faults.clone_from(&args.fault);
    options.limit.concurrent = args.limit;
    options.latency = args.latency;
    options.seed = args.seed;
    options.rules.max_keys = args.max_keys;
    Sandbox::start(state, options).doing(format!("cannot listen on {}", args.listen))
}

/// A state holds secrets, of the sandbox only; it is written as if they were real.
fn save(path: &Path, state: &State) -> Result<(), file::Error> {
    let text = state.to_json();
    match file::read(path) {
        Ok(snapshot) => file::replace(&snapshot, text.as_bytes()).map(drop),
        Err(file::Error::Missing { .. }) => file::create(path, text.as_bytes()).map(drop),
        Err(error) => Err(error),
    }
}

fn child(program: &OsString, arguments: &[OsString], login: &Login, context: &Context) -> Result<Exit, Failure> {
    let mut command = Command::new(program);
    for name in env::credential_names() {
        command.env_remove(name);
    }
    command.args(arguments).envs(login.variables());
    context.ui.detail(format!("running {} against {}", program.display(), login.url));
    let started = |error| interrupt::not_started(&program.to_string_lossy(), &error);
    interrupt::patiently(async |mut stop| {
        let mut child = tokio::process::Command::from(command).spawn().map_err(started)?;
        loop {
            tokio::select! {
                status = child.wait() => return Ok(interrupt::of_child(status?)),
                // The terminal sends Ctrl-C to the whole group: the child decides what it means. SIGTERM came to us alone.
                exit = stop.requested() => if exit == Exit::Terminated {
                    interrupt::pass_on(&child);
                },
            }
        }
    })
}

/// What it takes to use this sandbox.
#[derive(Serialize)]
struct Login {
    url: String,
    account_sid: AccountSid,
    auth_token: String,
    api_key: Option<String>,
    api_secret: Option<String>,
}

impl Login {
    #[expect(
        clippy::disallowed_methods,
        reason = "invented here, to stdout or the child's environment; good here only"
    )]
    fn of(sandbox: &Sandbox) -> Result<Self, Failure> {
        sandbox.with_state(|state| {
            let account = state.accounts().next();
            let account = account.ok_or_else(|| Failure::usage("the state has no account"))?;
            let pair = state.keys(&account.sid).find(|key| key.kind == Kind::Standard).map(Key::pair);
            Ok(Self {
                url: sandbox.url(),
                account_sid: account.sid.clone(),
                auth_token: account.token.secret().expose().to_owned(),
                api_key: pair.as_ref().map(|pair| pair.sid.to_string()),
                api_secret: pair.map(|pair| pair.secret.expose().to_owned()),
            })
        })
    }

    fn variables(&self) -> Vec<(&'static str, &str)> {
        let mut variables = vec![
            ("TWCRED_API_URL", self.url.as_str()),
            ("TWILIO_ACCOUNT_SID", self.account_sid.as_str()),
            ("TWILIO_AUTH_TOKEN", &self.auth_token),
        ];
        if let (Some(key), Some(secret)) = (&self.api_key, &self.api_secret) {
            variables.extend([("TWILIO_API_KEY", key.as_str()), ("TWILIO_API_SECRET", secret.as_str())]);
        }
        variables
    }
}

impl View for Login {
    const SCHEMA: &'static str = "twcred.sandbox/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        for (name, value) in self.variables() {
            page.line(format!("export {name}={value}"))?;
        }
        Ok(())
    }
}
