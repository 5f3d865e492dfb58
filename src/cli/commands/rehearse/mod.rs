//! `twcred rehearse`: the user's own rotation, on a copy of his file, killed at every step.

mod attempt;
mod report;
mod stage;

use std::path::{Path, PathBuf};

use clap::ValueHint;

use self::attempt::{Attempt, Moment, Point};
use self::report::Rehearsal;
use self::stage::Stage;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::ui::Ui;
use crate::cli::view::Outcome;

/// Rehearse a rotation against the embedded sandbox, killed at every step
#[derive(Debug, clap::Args)]
#[command(after_help = "\
This works on a copy of ENV_FILE in which every Twilio secret is replaced by an invented one, or on a sample if no file is \
named. Nothing is sent beyond this machine and the file itself is only read.")]
pub struct Args {
    /// The env file whose rotation is rehearsed; a sample if left out
    #[arg(value_name = "ENV_FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Rehearse this pair only, named by the variable of its SID
    #[arg(long, value_name = "VARIABLE")]
    var: Option<String>,
}

/// Runs the rehearsal.
///
/// # Errors
/// If the file cannot be read or makes no pair, or the rehearsal itself cannot be carried out.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let file = args.file.clone().or_else(|| context.global.env_file.clone());
    let stage = Stage::set(file.as_deref(), args.var.as_deref(), context)?;
    let folder = tempfile::Builder::new()
        .prefix("twcred-rehearsal-")
        .tempdir()
        .map_err(|error| Failure::failed(format!("cannot make a folder for the rehearsal: {error}")))?;
    let ui = context.ui.clone();
    let place = folder.path().to_owned();
    // The play runs beside this thread, which stays to hear of Ctrl-C and then takes the folder away with everything
    // that is in it.
    let (done, over) = tokio::sync::oneshot::channel();
    let play = std::thread::Builder::new().name("rehearsal".to_owned()).spawn(move || {
        let _ = done.send(play(&stage, &place, &ui));
    });
    play.map_err(|error| Failure::failed(format!("cannot start the rehearsal: {error}")))?;
    let rehearsal = interrupt::block_on(async { over.await.map_err(|_| Failure::failed("the rehearsal broke off"))? });
    drop(folder);
    let rehearsal = rehearsal?;
    let exit = if rehearsal.holds() { Exit::Done } else { Exit::Failed };
    Ok(Outcome::show(rehearsal).exit(exit))
}

fn play(stage: &Stage, place: &Path, ui: &Ui) -> Result<Rehearsal, Failure> {
    let progress = ui.progress("rehearsing: once through, unharmed");
    let whole = Attempt::new(stage, place)?;
    let unharmed = whole.unharmed()?;
    if unharmed.exit != Some(0) {
        return Err(Failure::failed(format!("the rotation does not get through even unharmed: {}", unharmed.said))
            .hint("`twcred keys rotate --dry-run` says more"));
    }
    let exchanges = whole.exchanges();
    let steps = Attempt::new(stage, place)?.count_steps()?;
    let mut rows = vec![unharmed];
    let points = points(&exchanges, &steps);
    drop(progress);
    let bar = ui.bar(points.len() as u64);
    for point in points {
        bar.say(&point.name);
        rows.push(Attempt::new(stage, place)?.killed_at(point)?);
        bar.step();
    }
    drop(bar);
    Ok(Rehearsal::new(stage.name(), rows))
}

/// Each exchange twice, before Twilio's work and after it, and each record of the journal.
fn points(exchanges: &[String], steps: &[String]) -> Vec<Point> {
    let mut points = Vec::with_capacity(exchanges.len() * 2 + steps.len());
    for (at, route) in exchanges.iter().enumerate() {
        for (moment, word) in [(Moment::Before, "before Twilio acts"), (Moment::After, "after Twilio acted")] {
            points.push(Point { at: at + 1, moment, name: format!("{}, {word}", purpose(route)) });
        }
    }
    for (at, step) in steps.iter().enumerate() {
        points.push(Point {
            at: at + 1,
            moment: Moment::Record,
            name: format!("journal, before: {}", without_sids(step)),
        });
    }
    points
}

/// What a request is for. A route that is not known here is shown as it is.
fn purpose(route: &str) -> &str {
    match route {
        "GET /v1/Keys/{Sid}" => "fetch a key",
        "POST /v1/Keys" => "create the key",
        "POST /v1/Keys/{Sid}" => "rename the key",
        "DELETE /v1/Keys/{Sid}" => "revoke the key",
        "GET /v1/Keys" => "list the keys",
        "GET /2010-04-01/Accounts.json" => "ask the old key's kind",
        "GET /2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json" => "verify a pair",
        other => other,
    }
}

/// A step without the SIDs and paths that make a table wide.
fn without_sids(step: &str) -> String {
    let words = step.split(' ').filter(|word| !word.starts_with("SK"));
    let words: Vec<&str> = words.map(|word| if word.contains(":/") { "the file" } else { word }).collect();
    words.join(" ").replace(" in place of", "")
}
