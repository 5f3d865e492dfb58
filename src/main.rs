//! The `twcred` program: parse, run, exit. Everything else is the library's.

use std::process::ExitCode;

fn main() -> ExitCode {
    twcred::cli::main()
}
