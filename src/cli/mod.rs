//! The command line: everything the user sees, and the only place that reads the environment.

/// Parses the arguments, runs the command, and turns the outcome into an exit code.
#[must_use]
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
