//! `twcred init`: a configuration to begin with, every field explained.

use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

use crate::cli::commands::keys::rotate::order::whole;
use crate::cli::config::sample::{self, Proposal};
use crate::cli::config::{self, schema};
use crate::cli::context::Context;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::view::{Outcome, Page, View};
use crate::dotenv::EnvFile;
use crate::model::KeySid;
use crate::sinks::{self, FoundPair};
use crate::store::{file, paths};

/// Write a configuration with every field explained
#[derive(Debug, clap::Args)]
#[command(after_help = "\
With --env-file, a target is proposed for every key of that file; the file is only read. No secret is copied.

The file is $XDG_CONFIG_HOME/twcred/twcred.toml, or what --config or TWCRED_CONFIG names, \
readable for its owner alone. Beside it goes twcred.schema.json, by which editors check it.")]
pub struct Args {
    /// Replace the configuration that is there
    #[arg(long)]
    force: bool,
    /// Print the schema of the file, for editors, and write nothing
    #[arg(long, conflicts_with = "force")]
    schema: bool,
}

/// Writes it.
///
/// # Errors
/// Exit 2, if there is a file already, or it cannot be written, or the env file has nothing to propose.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    if args.schema {
        return match io::stdout().lock().write_all(schema::text().as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(Outcome::silent(Exit::Done)),
        };
    }
    let path = config::path(context)?;
    let env_file = context.global.env_file.as_deref().map(whole).transpose()?;
    let proposals = match &env_file {
        Some(path) => proposals(path, context)?,
        None => Vec::new(),
    };
    let shown = path.display().to_string();
    if let Some(parent) = path.parent().filter(|parent| !parent.exists()) {
        paths::make(parent).doing(format!("cannot write {shown}"))?;
    }
    let text = sample::text(env_file.as_deref(), &proposals);
    write(&path, text.as_bytes(), args.force).doing(format!("cannot write {shown}")).map_err(|failure| {
        if path.exists() && !args.force {
            failure.hint("it is left as it was; --force replaces it, --config FILE names another")
        } else {
            failure
        }
    })?;
    let schema = path.with_file_name(schema::NAME);
    write(&schema, schema::text().as_bytes(), true).doing(format!("cannot write {}", schema.display()))?;
    let next = if proposals.is_empty() {
        "open the file and describe a target; then: twcred keys rotate --all --dry-run"
    } else {
        "look at the file; then: twcred keys rotate --all --dry-run"
    };
    let made = Made { config: shown, schema_file: schema.display().to_string(), targets: proposals, next };
    let outcome = Outcome::did(made);
    // What would be refused later is said now.
    Ok(match config::trusted(&path) {
        Ok(()) => outcome,
        Err(failure) => outcome.failing(failure),
    })
}

fn write(path: &Path, bytes: &[u8], force: bool) -> Result<(), file::Error> {
    match file::read(path) {
        Ok(snapshot) if force => file::replace(&snapshot, bytes).map(drop),
        _ => file::create(path, bytes).map(drop),
    }
}

/// A target for every key of the file; projects that share one share the target.
fn proposals(path: &Path, context: &Context) -> Result<Vec<Proposal>, Failure> {
    let shown = path.display();
    let snapshot = file::read(path).doing(format!("cannot propose targets for {shown}"))?;
    let mut found: Vec<(KeySid, Proposal)> = Vec::new();
    for pair in sinks::pairs(&EnvFile::parse(snapshot.bytes())) {
        let pair = match pair {
            Ok(pair) => pair,
            Err(error) => {
                context.ui.warn(format!("{shown}: {error}; no target is proposed for it"));
                continue;
            }
        };
        if let Some((_, shared)) = found.iter_mut().find(|(sid, _)| *sid == pair.sid) {
            shared.variables.push(pair.variable().to_owned());
            continue;
        }
        let name = name(&pair, path, &found);
        let variables = vec![pair.variable().to_owned()];
        found.push((pair.sid, Proposal { name, variables }));
    }
    if found.is_empty() {
        return Err(Failure::usage(format!("{shown} holds no API key pair that a target could be proposed for"))
            .hint("`twcred audit` tells what is wrong with a file")
            .hint("without --env-file, the sample is written without targets of its own"));
    }
    Ok(found.into_iter().map(|(_, proposal)| proposal).collect())
}

/// A name from the project's prefix, or from the file's, that no other target has.
fn name(pair: &FoundPair, path: &Path, others: &[(KeySid, Proposal)]) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let base = if pair.prefix.is_empty() { stem.as_str() } else { pair.prefix.as_str() };
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let base: String = base.trim_matches(|c: char| !c.is_ascii_alphanumeric()).chars().map(plain).collect();
    let base = if config::is_target_name(&base) { base } else { "target".to_owned() };
    let taken = |name: &str| others.iter().any(|(_, other)| other.name == name);
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    std::iter::once(base.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(base)
}

#[derive(Serialize)]
struct Made {
    config: String,
    schema_file: String,
    targets: Vec<Proposal>,
    next: &'static str,
}

impl View for Made {
    const SCHEMA: &'static str = "twcred.init/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let targets: Vec<&str> = self.targets.iter().map(|target| target.name.as_str()).collect();
        page.fields(&[
            ("wrote", self.config.as_str()),
            ("schema", &self.schema_file),
            ("targets", &targets.join(", ")),
            ("next", self.next),
        ])
    }
}
