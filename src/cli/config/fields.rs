//! Every field of the configuration: the one table of which the parser, the schema and the sample are made.

use std::path::PathBuf;
use std::time::Duration;

use super::settings::{At, Kind, Settings};
use crate::model::{AccountSid, ProfileName};
use crate::sinks::Spec;

/// Where a value goes.
type Slot<T> = fn(&mut Settings) -> &mut Option<At<T>>;

/// How a field's value is written, and where it goes once it is understood.
pub(super) enum Form {
    /// `api-key` or `auth-token`.
    Kind(Slot<Kind>),
    /// An Account SID.
    Account(Slot<AccountSid>),
    /// The name of a profile.
    Profile(Slot<ProfileName>),
    /// A file, from `/` or `~/` on.
    Path(Slot<PathBuf>),
    /// Names of variables, or `*` alone.
    Variables(Slot<Vec<At<String>>>),
    /// Names of sinks.
    Sinks(Slot<Vec<At<Spec>>>),
    /// A duration.
    Duration(Slot<Duration>),
    /// A command of the shell.
    Command(Slot<String>),
    /// Yes or no.
    Flag(Slot<bool>),
    /// The end of a variable's name.
    Suffix(Slot<String>),
}

/// A field.
pub(super) struct Field {
    /// Its name in the file.
    pub(super) name: &'static str,
    /// How its value is written.
    pub(super) form: Form,
    /// The kinds of targets it means something to.
    pub(super) kinds: &'static [Kind],
    /// Whether it may stand in `[defaults]`.
    pub(super) in_defaults: bool,
    /// What it does, for the schema and the sample: sentences, each line fit for a comment.
    pub(super) help: &'static str,
    /// A value as it is written in the file.
    pub(super) example: &'static str,
}

const BOTH: &[Kind] = &Kind::ALL;
const KEYS: &[Kind] = &[Kind::ApiKey];
const TOKENS: &[Kind] = &[Kind::AuthToken];

/// Every field there is, in the order of the sample.
pub(super) const FIELDS: &[Field] = &[
    Field {
        name: "kind",
        form: Form::Kind(|of| &mut of.kind),
        kinds: BOTH,
        in_defaults: false,
        help: "What is rotated: \"api-key\", the pair of an API key, or \"auth-token\", an account's Auth Token.\nLeft out, it is \"api-key\".",
        example: "\"api-key\"",
    },
    Field {
        name: "account",
        form: Form::Account(|of| &mut of.account),
        kinds: BOTH,
        in_defaults: false,
        help: "The account. Left out, it is the one that the env file names beside the variables.\nA file that names another one is not touched.",
        example: "\"AC00000000000000000000000000000000\"",
    },
    Field {
        name: "profile",
        form: Form::Profile(|of| &mut of.profile),
        kinds: BOTH,
        in_defaults: false,
        help: "A profile: the one that holds the credential, or, beside an env-file, the one that authorises the rotation of\nits keys. An Auth Token is replaced by itself alone, so its target has an env-file or a profile.",
        example: "\"acme\"",
    },
    Field {
        name: "env-file",
        form: Form::Path(|of| &mut of.env_file),
        kinds: BOTH,
        in_defaults: true,
        help: "The env file that holds the credential, and the first to get the new one.\nFrom / or ~/ on: cron runs in no particular folder.",
        example: "\"~/repos.env\"",
    },
    Field {
        name: "variables",
        form: Form::Variables(|of| &mut of.variables),
        kinds: BOTH,
        in_defaults: false,
        help: "The variables of the env file that are meant: those of a key's SID, or those of an Auth Token.\nLeft out, the only key of the file is meant, or the account's token wherever it stands in the file.\n[\"*\"] means every key.",
        example: "[\"SHIPCREW_TWILIO_API_KEY\"]",
    },
    Field {
        name: "sinks",
        form: Form::Sinks(|of| &mut of.sinks),
        kinds: BOTH,
        in_defaults: false,
        help: "More places that get the new credential, as scheme:target. `twcred sink list` shows the schemes.\nWithout env-file, the first of them holds the credential.",
        example: "[\"json:/srv/shipcrew/twilio.json\"]",
    },
    Field {
        name: "without",
        form: Form::Sinks(|of| &mut of.without),
        kinds: BOTH,
        in_defaults: false,
        help: "Sinks of earlier rotations that are gone for good: they are not waited for.",
        example: "[\"json:/srv/old/twilio.json\"]",
    },
    Field {
        name: "max-age",
        form: Form::Duration(|of| &mut of.max_age),
        kinds: BOTH,
        in_defaults: true,
        help: "How old a credential may get: a key with its grace, which is shorter; a token since its last promotion.\nLeft out, every run that finds nothing open rotates.",
        example: "\"90d\"",
    },
    Field {
        name: "grace",
        form: Form::Duration(|of| &mut of.grace),
        kinds: KEYS,
        in_defaults: true,
        help: "How long the old key goes on working. Access Tokens that it signed end with it.\nLeft out, it is \"24h\".",
        example: "\"24h\"",
    },
    Field {
        name: "propagation",
        form: Form::Duration(|of| &mut of.propagation),
        kinds: TOKENS,
        in_defaults: true,
        help: "How long after a promotion the previous Auth Token stays beside the new one, so that what was signed\nwith it is still accepted. Left out, it is \"60s\".",
        example: "\"60s\"",
    },
    Field {
        name: "check",
        form: Form::Command(|of| &mut of.check),
        kinds: BOTH,
        in_defaults: true,
        help: "A command of the shell that holds the rotation while it fails. It may be run more than once.\nFor an Auth Token it also says yes to the promotion, where nobody can be asked.",
        example: "\"/usr/local/bin/check-twilio\"",
    },
    Field {
        name: "after",
        form: Form::Command(|of| &mut of.after),
        kinds: BOTH,
        in_defaults: true,
        help: "A command of the shell that is run once the new credential is current, such as a reload.\nIt may be run more than once.",
        example: "\"systemctl reload shipcrew\"",
    },
    Field {
        name: "allow-downgrade",
        form: Form::Flag(|of| &mut of.allow_downgrade),
        kinds: KEYS,
        in_defaults: false,
        help: "Whether a Main key, which cannot be made by API, is replaced by a Standard one.",
        example: "false",
    },
    Field {
        name: "secondary-suffix",
        form: Form::Suffix(|of| &mut of.secondary_suffix),
        kinds: TOKENS,
        in_defaults: true,
        help: "What the name of the variable ends in that holds the secondary Auth Token before the promotion.\nLeft out, it is \"_SECONDARY\".",
        example: "\"_SECONDARY\"",
    },
    Field {
        name: "previous-suffix",
        form: Form::Suffix(|of| &mut of.previous_suffix),
        kinds: TOKENS,
        in_defaults: true,
        help: "What the name of the variable ends in that holds the previous Auth Token after the promotion.\nLeft out, it is \"_PREVIOUS\".",
        example: "\"_PREVIOUS\"",
    },
    Field {
        name: "suppress-email",
        form: Form::Flag(|of| &mut of.suppress_email),
        kinds: TOKENS,
        in_defaults: true,
        help: "Whether Twilio is asked not to send its mail about the new Auth Token.",
        example: "false",
    },
];

impl Field {
    /// The fields of `[defaults]`.
    pub(super) fn of_defaults() -> impl Iterator<Item = &'static Self> {
        FIELDS.iter().filter(|field| field.in_defaults)
    }

    /// The field of this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }

    /// What its value is, with an article.
    pub(super) fn what(&self) -> &'static str {
        match self.form {
            Form::Kind(_) => "\"api-key\" or \"auth-token\"",
            Form::Account(_) => "an Account SID, AC and 32 hexadecimal digits, in quotes",
            Form::Profile(_) => "the name of a profile, in quotes",
            Form::Path(_) => "a path from / or ~/ on, in quotes",
            Form::Variables(_) => "a list of variables' names",
            Form::Sinks(_) => "a list of sinks, each scheme:target in quotes",
            Form::Duration(_) => "a number with its unit, in quotes",
            Form::Command(_) => "a command of the shell, in quotes",
            Form::Flag(_) => "true or false",
            Form::Suffix(_) => "an underscore with capitals, digits and underscores behind it, in quotes",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_single_and_every_field_is_of_some_kind() {
        for (at, field) in FIELDS.iter().enumerate() {
            assert!(FIELDS[..at].iter().all(|other| other.name != field.name), "{}", field.name);
            assert!(!field.kinds.is_empty() && !field.help.is_empty(), "{}", field.name);
            assert!(field.help.lines().all(|line| line.len() <= 110), "{}", field.name);
        }
    }
}
