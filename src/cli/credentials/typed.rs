//! A secret that is typed, or comes on standard input.

use std::io::{IsTerminal as _, Read as _};

use zeroize::Zeroizing;

use crate::cli::context::Context;
use crate::cli::error::{Doing as _, Failure};
use crate::model::Secret;

impl Context {
    /// Asks for a secret without echo, or reads it from standard input where that is no terminal; and says which.
    ///
    /// # Errors
    /// Exit 2, if there is none on standard input, or nobody may be asked.
    pub fn typed_secret(&self, of: &str) -> Result<(Secret, &'static str), Failure> {
        if std::io::stdin().is_terminal() {
            let typed = self.ui.secret(of, "write the secret to standard input")?;
            return if typed.is_empty() {
                Err(Failure::usage("nothing was typed"))
            } else {
                Ok((typed, "the terminal"))
            };
        }
        let mut text = Zeroizing::new(String::with_capacity(4096));
        std::io::stdin().lock().read_to_string(&mut text).doing("cannot read the secret from standard input")?;
        let secret = text.trim();
        if secret.is_empty() {
            return Err(Failure::usage("there is no secret on standard input"));
        }
        Ok((Secret::new(secret.to_owned()), "standard input"))
    }
}
