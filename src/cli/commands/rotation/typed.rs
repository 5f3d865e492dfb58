//! The commands that hints name, completed so that each finds what this run found when it is typed as it stands.

use crate::cli::error::Failure;
use crate::model::RotationId;

/// The ways to move a rotation by its id.
const VERBS: [&str; 5] = ["resume", "retire", "rollback", "abort", "show"];

/// What commands are completed with.
#[derive(Debug, Clone, Copy)]
pub struct Typed<'a> {
    /// The rotation, for a command that names none.
    pub id: Option<&'a RotationId>,
    /// The flags by which another command about rotations finds what this run found.
    pub given: &'a str,
    /// The same without those that name a credential, behind which one stands already.
    pub elsewhere: &'a str,
    /// The flags by which a command about keys finds the credential that signs.
    pub signs: &'a str,
    /// The arguments of `twcred` that rotate the key at hand, if they are known.
    pub rotate: Option<&'a str>,
}

impl Typed<'_> {
    /// The failure, with its hints completed.
    #[must_use]
    pub fn complete(&self, failure: Failure) -> Failure {
        failure.map_hints(|hint| self.completed(hint))
    }

    /// A sentence with its commands completed.
    #[must_use]
    pub fn completed(&self, hint: &str) -> String {
        let mut done = VERBS.iter().fold(hint.to_owned(), |done, verb| {
            each(&done, &format!("twcred rotation {verb}"), |rest| {
                let named = argument(rest, "", 12);
                let id = self.id.filter(|_| named == 0).map_or_else(String::new, |id| format!(" {id}"));
                let flags = if rest[named..].starts_with(" --") { self.elsewhere } else { self.given };
                (named, id + flags)
            })
        });
        for command in ["twcred keys revoke --force", "twcred keys revoke"] {
            done = each(&done, command, |rest| match argument(rest, "SK", 32) {
                0 => (0, String::new()),
                named => (named, self.signs.to_owned()),
            });
        }
        match self.rotate {
            Some(rotate) => done
                .replace("twcred keys rotate …", &format!("twcred {rotate}"))
                .replace("`twcred keys rotate`", &format!("`twcred {rotate}`")),
            None => done,
        }
    }
}

/// A text in which something is put behind each of these commands: behind so many bytes of what follows it.
fn each(text: &str, command: &str, add: impl Fn(&str) -> (usize, String)) -> String {
    let mut pieces = text.split(command);
    let mut done = pieces.next().unwrap_or_default().to_owned();
    for rest in pieces {
        let (after, flags) = add(rest);
        done.extend([command, &rest[..after], &flags, &rest[after..]]);
    }
    done
}

/// How long the one argument is that follows, with the space before it; 0 if another does, or none.
fn argument(rest: &str, prefix: &str, digits: usize) -> usize {
    let Some(found) = rest.strip_prefix(' ').and_then(|rest| rest.strip_prefix(prefix)) else { return 0 };
    let is_one = found.bytes().take_while(u8::is_ascii_hexdigit).count() == digits;
    if is_one { 1 + prefix.len() + digits } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_gets_what_it_lacks() {
        let id = RotationId::new([7; 6]);
        let key = format!("SK{}", "0".repeat(32));
        let typed = Typed {
            id: Some(&id),
            given: " --profile p --region ie1",
            elsewhere: " --region ie1",
            signs: " --profile p",
            rotate: Some("keys rotate shop"),
        };
        for (hint, wanted) in [
            (
                "`twcred rotation resume` goes on".to_owned(),
                format!("`twcred rotation resume {id} --profile p --region ie1` goes on"),
            ),
            (
                format!("twcred rotation abort {id}, or so"),
                format!("twcred rotation abort {id} --profile p --region ie1, or so"),
            ),
            (
                format!("`twcred rotation resume {id} --profile q`"),
                format!("`twcred rotation resume {id} --region ie1 --profile q`"),
            ),
            (format!("`twcred keys revoke --force {key}`"), format!("`twcred keys revoke --force {key} --profile p`")),
            (
                "end both with `twcred keys revoke --force`".to_owned(),
                "end both with `twcred keys revoke --force`".to_owned(),
            ),
            ("twcred keys rotate … --to SINK".to_owned(), "twcred keys rotate shop --to SINK".to_owned()),
            ("`twcred rotation list` shows".to_owned(), "`twcred rotation list` shows".to_owned()),
        ] {
            assert_eq!(typed.completed(&hint), wanted);
        }
    }
}
