//! `twcred profile import`: the profiles of another program, each tried at Twilio before it is kept.

use std::io;
use std::path::PathBuf;

use clap::{ValueEnum, ValueHint};
use serde::Serialize;

use super::twilio_cli::{Found, Theirs};
use super::{Where, add, trial};
use crate::api::CredentialKind;
use crate::cli::commands::keys::rotate;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::view::{Column, Outcome, Page, View};
use crate::cli::worst::Worst;
use crate::model::{AccountSid, KeyKind, KeySid, ProfileName};
use crate::store::Profiles;
use crate::store::profiles::{Contents, Kept, Site, Store};

/// Take over the profiles of another program
#[derive(Debug, clap::Args)]
#[command(after_help = "\
twilio-cli keeps the secrets of its profiles in clear, in ~/.twilio-cli/config.json or $TWILIO_CONFIG_DIR/config.json. \
That file is only read. On a terminal this then offers to rotate the keys that stood in it; otherwise it prints the \
command. The official CLI goes on using the old key, until that is revoked.

For an env file: twcred profile add NAME --env-file FILE.")]
pub struct Args {
    /// The profiles; all of them if left out
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Whose profiles
    #[arg(long, value_enum, value_name = "PROGRAM")]
    from: Program,
    /// The file, if it is not where that program keeps it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    path: Option<PathBuf>,
    /// Where the secrets are kept
    #[arg(long, value_enum, value_name = "STORE", default_value_t = Where::Keyring)]
    store: Where,
    /// Replace profiles of the same names
    #[arg(long)]
    replace: bool,
}

/// A program that has profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Program {
    /// The official CLI
    TwilioCli,
}

/// Takes them over, one after the other. One that cannot be is told, and the others are taken.
///
/// # Errors
/// Exit 2, if the file or the store cannot be used; else that of the worst failure of a profile that could not be taken over.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let Program::TwilioCli = args.from;
    let profiles = context.needed_profiles()?;
    let found = Found::read(&path(args)?)?;
    context.ui.warn(format!(
        "{} holds secrets in plain text, mode {:04o}: {}",
        found.path.display(),
        found.mode,
        found.readers()
    ));
    for older in &found.without_secret {
        context
            .ui
            .warn(format!("`{older}` is left out: its secret is not in the file, but where an older CLI kept it"));
    }
    let wanted = wanted(args, &found)?;
    let store = args.store.store(profiles);
    trial::store(context, profiles, store)?;
    let mut job = Job { args, context, profiles, store, active: found.active.as_deref(), rows: Vec::new() };
    let mut worst = Worst::default();
    for (name, theirs) in wanted {
        if let Err(failure) = job.one(name, theirs) {
            worst.add(failure.doing(format!("`{name}` was not taken over")), context);
        }
    }
    let outcome = Outcome::did(Taken { profiles: job.rows.iter().map(Row::from).collect() });
    match worst.alone() {
        Some(failure) => {
            offer(context, &job.rows);
            Ok(outcome.failing(failure))
        }
        None => rotate_on_the_spot(context, outcome, &job.rows),
    }
}

fn path(args: &Args) -> Result<PathBuf, Failure> {
    let own = || Some(env::twilio_cli_dir()?.join("config.json"));
    args.path.clone().or_else(own).ok_or_else(|| {
        Failure::usage("there is no home folder to look for the official CLI's profiles in").hint("name it with --path")
    })
}

fn wanted<'a>(args: &Args, found: &'a Found) -> Result<Vec<(&'a str, &'a Theirs)>, Failure> {
    let there = || found.profiles.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    if found.profiles.is_empty() {
        return Err(Failure::usage(format!("there is no profile in {}", found.path.display()))
            .hint("`twilio login` makes one; or keep a credential of your own: twcred profile add NAME"));
    }
    if args.names.is_empty() {
        return Ok(found.profiles.iter().map(|(name, theirs)| (name.as_str(), theirs)).collect());
    }
    let find = |name: &String| {
        let entry = found.profiles.get_key_value(name);
        entry.map(|(name, theirs)| (name.as_str(), theirs)).ok_or_else(|| {
            Failure::usage(format!("{} has no profile `{name}`", found.path.display()))
                .hint(format!("it has {}", there()))
        })
    };
    args.names.iter().map(find).collect()
}

struct Job<'a> {
    args: &'a Args,
    context: &'a Context,
    profiles: &'a Profiles,
    store: Store,
    active: Option<&'a str>,
    rows: Vec<One>,
}

/// One that was taken over.
struct One {
    name: ProfileName,
    account: AccountSid,
    key: Option<KeySid>,
    kind: CredentialKind,
    store: Store,
}

impl Job<'_> {
    fn one(&mut self, name: &str, theirs: &Theirs) -> Result<(), Failure> {
        let Self { args, context, profiles, store, .. } = *self;
        let own = ProfileName::parse(name).doing("it cannot have its name here").map_err(|failure| {
            failure.with_exit(Exit::Usage).hint("give it another there: twilio profiles:create, or keep it by hand")
        })?;
        let credential = theirs.credential().map_err(|why| Failure::usage(format!("it is not whole: {why}")))?;
        let client = context.client_at(theirs.region.as_deref(), theirs.edge.as_deref())?;
        let site =
            Site { endpoint: client.endpoint().identity(), region: theirs.region.clone(), edge: theirs.edge.clone() };
        // What was taken over before, perhaps by a run that was killed, is no conflict.
        let known = profiles.book()?.profiles.remove(&own);
        let same = known.as_ref().is_some_and(|known| known.describes(&credential) && known.endpoint == site.endpoint);
        let kind = trial::credential(context, &client, &credential)?;
        let activate = self.active == Some(name);
        let contents = Contents::from(credential);
        let kept = Kept { name: &own, contents: &contents, site: &site, store, activate };
        let profile = add::keep(context, profiles, &kept, (args.replace || same, known.as_ref()))?;
        self.rows.push(One { name: own, account: profile.account, key: profile.key, kind, store: profile.store });
        Ok(())
    }
}

/// Says how each key that stood in clear is replaced, and what that does to the program it was taken from.
fn offer(context: &Context, rows: &[One]) {
    for row in rows {
        let Some(key) = &row.key else {
            context.ui.warn(format!(
                "the Auth Token of {} stood in clear there; replace it: twcred token rotate --profile {}",
                row.account, row.name
            ));
            continue;
        };
        let how = match row.kind {
            CredentialKind::Key(KeyKind::Standard) => {
                " (with the account's Auth Token in the environment, or with a profile of it that is active: a Standard \
                 key may not replace itself)"
            }
            _ => "",
        };
        context.ui.warn(format!(
            "the secret of {key} stood in clear there; replace the key: twcred keys rotate --profile {}{how}",
            row.name
        ));
    }
    if rows.iter().any(|row| row.key.is_some()) {
        context.ui.note(LAST);
    }
}

/// What uses the old key still.
const LAST: &str =
    "the official CLI goes on with the old key until a run after the grace revokes it; then: twilio login";

/// On a terminal, asks for each key whether it is to be rotated now.
fn rotate_on_the_spot(context: &Context, outcome: Outcome, rows: &[One]) -> Result<Outcome, Failure> {
    if !context.ui.interactive() || context.global.is_json() {
        offer(context, rows);
        return Ok(outcome);
    }
    let mut last = outcome;
    for (n, row) in rows.iter().enumerate() {
        let Some(key) = &row.key else {
            offer(context, std::slice::from_ref(row));
            continue;
        };
        // What would be refused is not offered: no credential here may replace the key, or Twilio does not let it.
        if let Err(failure) = rotate::could_rotate_the_profile(context, &row.name) {
            if interrupt::is_heard() {
                return Err(failure);
            }
            let why = failure.chain().join(": ");
            context.ui.warn(format!("{key}, whose secret stood in clear there, cannot be replaced now: {why}"));
            failure.hints().iter().for_each(|hint| context.ui.note(hint));
            context.ui.note(format!("then: twcred keys rotate --profile {}", row.name));
            continue;
        }
        let question = format!("Rotate {key}, whose secret stood in clear there");
        if !context.ui.confirm(question)? {
            offer(context, std::slice::from_ref(row));
            continue;
        }
        if let Some(view) = &last.view {
            context.present(view.as_ref())?;
        }
        last = rotate::of_the_profile(context, &row.name).map_err(|failure| {
            offer(context, &rows[n..]);
            failure.hint(format!("the profile is kept; rotate it later: twcred keys rotate --profile {}", row.name))
        })?;
        context.ui.note(format!("once its grace is over, run: twcred keys rotate --profile {}", row.name));
        context.ui.note(LAST);
    }
    Ok(last)
}

#[derive(Serialize)]
struct Taken {
    profiles: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: ProfileName,
    account: AccountSid,
    key: Option<KeySid>,
    store: Store,
}

impl From<&One> for Row {
    fn from(one: &One) -> Self {
        Self { name: one.name.clone(), account: one.account.clone(), key: one.key.clone(), store: one.store }
    }
}

impl View for Taken {
    const SCHEMA: &'static str = "twcred.profiles-imported/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let head =
            [Column::whole("NAME"), Column::whole("ACCOUNT"), Column::whole("CREDENTIAL"), Column::text("STORE")];
        let rows = self.profiles.iter().map(|row| {
            let key = row.key.as_ref().map_or_else(|| "Auth Token".to_owned(), ToString::to_string);
            vec![row.name.to_string(), row.account.to_string(), key, row.store.to_string()]
        });
        page.table(&head, rows)
    }
}
