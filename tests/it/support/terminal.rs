//! A run at a terminal, which script(1) makes, and what happens while it waits for an answer.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use super::World;

impl World {
    /// Runs the program at a terminal. Once it has shown `question`, `meanwhile` is done, and then `answer` is typed. The
    /// exit code and all that was on the screen; `None` without script(1), which is then said.
    pub(crate) fn asked(
        &self,
        args: &[&str],
        question: &str,
        meanwhile: impl FnOnce(),
        answer: &str,
    ) -> Option<(Option<i32>, String)> {
        let twcred = self.command(args);
        let words: Vec<&str> =
            std::iter::once(twcred.get_program()).chain(twcred.get_args()).map(|word| word.to_str().unwrap()).collect();
        let mut script = Command::new("script");
        script.args(["-qec", &words.join(" "), "/dev/null"]).env_clear().current_dir(self.home.path());
        script
            .envs(twcred.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .env("PATH", "/usr/bin:/bin")
            .env("NO_COLOR", "1");
        let Ok(mut child) = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
            super::skipped("a question at a terminal", "there is no script(1)");
            return None;
        };
        let mut keys = child.stdin.take().unwrap();
        let mut screen = child.stdout.take().unwrap();
        let (mut said, mut some, mut meanwhile) = (String::new(), [0; 256], Some(meanwhile));
        while let Ok(count @ 1..) = screen.read(&mut some) {
            said.push_str(&String::from_utf8_lossy(&some[..count]));
            if said.contains(question)
                && let Some(meanwhile) = meanwhile.take()
            {
                meanwhile();
                writeln!(keys, "{answer}").unwrap();
            }
        }
        assert!(meanwhile.is_none(), "it never asked `{question}`: {said}");
        Some((child.wait().unwrap().code(), said.replace('\r', "")))
    }
}
