//! The flags that the commands about tokens share.

use std::path::{Path, PathBuf};

use crate::cli::context::Context;
use crate::cli::error::{Doing as _, Failure};
use crate::model::TokenNames;
use crate::sinks::{Spec, is_among};

/// How the variables beside a token's are named.
#[derive(Debug, Clone, clap::Args)]
pub struct Names {
    /// What is put behind a token's variable for the token that waits to be promoted [default: _SECONDARY]
    #[arg(long, value_name = "SUFFIX")]
    secondary_suffix: Option<String>,
    /// What is put behind it for the token that was in force before [default: _PREVIOUS]
    #[arg(long, value_name = "SUFFIX")]
    previous_suffix: Option<String>,
}

impl Names {
    /// The flags as they were given, to be put behind a command; empty if none was.
    #[must_use]
    pub fn typed(&self) -> String {
        let flag = |name: &str, suffix: &Option<String>| {
            suffix.as_ref().map(|suffix| format!(" --{name}-suffix {suffix}")).unwrap_or_default()
        };
        flag("secondary", &self.secondary_suffix) + &flag("previous", &self.previous_suffix)
    }

    /// The names, if they can be told apart.
    ///
    /// # Errors
    /// Exit 2 with what is wrong with them.
    pub fn read(&self) -> Result<TokenNames, Failure> {
        self.over(&TokenNames::default())
    }

    /// The names of the flags, with others where these say nothing, if they can be told apart.
    ///
    /// # Errors
    /// Exit 2 with what is wrong with them.
    pub fn over(&self, others: &TokenNames) -> Result<TokenNames, Failure> {
        let secondary = self.secondary_suffix.as_deref().unwrap_or(others.secondary());
        let previous = self.previous_suffix.as_deref().unwrap_or(others.previous());
        TokenNames::new(secondary, previous).map_err(|error| {
            Failure::usage(error.to_string())
                .hint("the default is --secondary-suffix _SECONDARY --previous-suffix _PREVIOUS")
        })
    }
}

/// Where the tokens are.
#[derive(Debug, Clone, clap::Args)]
pub struct Places {
    /// Keep the tokens in this sink as well, which holds the one in force already (repeatable)
    #[arg(long, value_name = "SINK")]
    pub to: Vec<Spec>,
    /// Leave this sink of an earlier rotation, or of an open one, alone; json:FILE is its root object only (repeatable)
    #[arg(long, value_name = "SINK")]
    pub without: Vec<Spec>,
    /// How they are named.
    #[command(flatten)]
    pub names: Names,
    /// Ask Twilio not to tell the account's owners by mail
    #[arg(long)]
    pub suppress_email: bool,
}

impl Places {
    /// Every sink, the env file first.
    ///
    /// # Errors
    /// Exit 2 if one cannot be named independently of where this runs.
    pub fn sinks(&self, file: Option<&Path>) -> Result<Vec<String>, Failure> {
        let mut sinks: Vec<String> = file.map(|path| format!("env:{}", path.display())).into_iter().collect();
        for name in absolute(&self.to)? {
            if !sinks.contains(&name) {
                sinks.push(name);
            }
        }
        Ok(sinks)
    }

    /// The sinks to be left out.
    ///
    /// # Errors
    /// Exit 2 if one cannot be named independently of where this runs, or is to be taken in as well.
    pub fn left_out(&self) -> Result<Vec<String>, Failure> {
        let without = absolute(&self.without)?;
        not_left_out(&absolute(&self.to)?, &without)?;
        Ok(without)
    }
}

/// Makes sure that none of these sinks is left out too.
///
/// # Errors
/// Exit 2 naming the first that is.
pub fn not_left_out(sinks: &[String], without: &[String]) -> Result<(), Failure> {
    match sinks.iter().find(|sink| is_among(sink, without)) {
        Some(sink) => Err(Failure::usage(format!("{sink} is to get the new token, and --without leaves it out"))
            .hint("take one of the two away; nothing was made")
            .hint("to leave out what the configuration or --env-file names, a rotation must be open")),
        None => Ok(()),
    }
}

/// The names of sinks that hold wherever the next run starts.
///
/// # Errors
/// Exit 2 if one cannot be named so.
pub fn absolute(specs: &[Spec]) -> Result<Vec<String>, Failure> {
    let here = crate::cli::env::here().doing("cannot tell where I am")?;
    specs.iter().map(|spec| Ok(spec.absolute(&here)?.to_string())).collect()
}

/// The env file that `--env-file` names, by a path that holds wherever the next run starts. `None` for standard input, and
/// if there is none.
///
/// # Errors
/// Exit 2 if its path cannot be the name of a sink.
pub fn env_file(context: &Context) -> Result<Option<PathBuf>, Failure> {
    let Some(path) = context.global.env_file.as_deref().filter(|path| *path != Path::new("-")) else { return Ok(None) };
    let path = std::path::absolute(path).doing(format!("cannot find {}", path.display()))?;
    match path.to_str() {
        Some(text) if !text.contains('#') => Ok(Some(path)),
        _ => {
            let shown = path.display();
            Err(Failure::usage(format!("{shown}: a file to be rotated has no # in its path, and is UTF-8")))
        }
    }
}
