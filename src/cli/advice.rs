//! What each error of the library leads to: an exit code, and what to type next.
//!
//! Found by the error's type, so that a library never needs to know who calls it. 20003 has a dozen causes; which of
//! them are possible follows from what was asked, of whom, and with what.

mod profile;
pub(super) mod rotation;
pub(super) mod token;

use std::error::Error as StdError;
use std::io::ErrorKind;

use super::credentials::assemble::CredentialError;
use super::credentials::source::STANDARD_INPUT;
use super::error::Twilio;
use super::exit::Exit;
use super::text::word;
use crate::api::{self, Distrust, EndpointError, Kind, Malformed, Unreachable, Why};
use crate::model::name::NameError;
use crate::sinks::{self, PairError, PairWhy, SpecError, TokenRole};
use crate::store::{LockError, file, paths};

/// What to do about a configuration that cannot be used.
pub(super) const MEND: &str =
    "what it names may hold the credential that would be dead: mend it, and run the same command again";

/// What else can be done about it.
pub(super) const WITHOUT_CONFIGURATION: &str =
    "or, if nothing that it names does, go on without it: --config /dev/null";

/// What to do about an error.
#[derive(Debug, Default)]
pub(super) struct Advice {
    pub(super) exit: Option<Exit>,
    pub(super) hints: Vec<String>,
    pub(super) twilio: Option<Twilio>,
}

impl Advice {
    fn exit(exit: Exit) -> Self {
        Self { exit: Some(exit), ..Self::default() }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// The advice for one error, if its type is known here.
pub(super) fn on(error: &(dyn StdError + 'static)) -> Option<Advice> {
    if let Some(error) = error.downcast_ref::<api::Error>() {
        return Some(on_twilio(error));
    }
    if let Some(error) = error.downcast_ref::<CredentialError>() {
        return Some(on_credential(error));
    }
    if let Some(error) = error.downcast_ref::<EndpointError>() {
        return Some(on_endpoint(error));
    }
    if let Some(error) = error.downcast_ref::<sinks::Error>() {
        return Some(on_sink(error));
    }
    if let Some(error) = error.downcast_ref::<PairError>() {
        return Some(on_pair(error));
    }
    if let Some(error) = error.downcast_ref::<file::Error>() {
        return Some(on_file(error));
    }
    if let Some(advice) = profile::on(error) {
        return Some(advice);
    }
    if let Some(error) = error.downcast_ref::<LockError>() {
        return Some(on_lock(error));
    }
    if error.is::<paths::Error>() {
        return Some(Advice::exit(Exit::Usage).hint("name another folder with --state-dir or TWCRED_STATE_DIR"));
    }
    if error.is::<SpecError>() {
        return Some(Advice::exit(Exit::Usage).hint("such as env:repos.env"));
    }
    if let Some(advice) = rotation::on(error).or_else(|| token::on(error)) {
        return Some(advice);
    }
    error.downcast_ref::<NameError>().map(|_| Advice::exit(Exit::Usage))
}

fn on_lock(error: &LockError) -> Advice {
    match error {
        LockError::Held { .. } => Advice::exit(Exit::Locked).hint("wait for it to end, then run again"),
        LockError::Io { .. } => Advice::exit(Exit::Failed)
            .hint("make room and leave to write there, or name another folder with --state-dir"),
    }
}

fn on_twilio(error: &api::Error) -> Advice {
    let mut advice = match error.kind() {
        Kind::Refused(why) => refused(error, why),
        Kind::Unreachable(Unreachable::Tls(distrust)) => Advice::exit(Exit::Failed).hint(distrusted(*distrust, error)),
        Kind::Unreachable(Unreachable::Proxy { login: true }) => Advice::exit(Exit::Temporary)
            .hint("put them into the address of the proxy: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"),
        Kind::Unreachable(Unreachable::Proxy { login: false }) => Advice::exit(Exit::Temporary)
            .hint(format!("have {} allowed there: curl -v https://{0} shows the proxy's own words", error.host()))
            .hint(PROXY),
        Kind::Unreachable(Unreachable::Connect | Unreachable::Dns) if error.proxy().is_some() => {
            Advice::exit(Exit::Temporary).hint(PROXY)
        }
        Kind::Unreachable(_) => Advice::exit(Exit::Temporary)
            .hint("check the network, HTTPS_PROXY, and --region and --edge; then run the same command again"),
        Kind::Throttled => {
            let wait = error.retry_after().map_or(60, |wait| wait.as_secs());
            Advice::exit(Exit::Temporary).hint(format!("run the same command again in {wait} s"))
        }
        Kind::Server | Kind::Conflict => {
            Advice::exit(Exit::Temporary).hint("run the same command again; https://status.twilio.com tells of outages")
        }
        Kind::NotFound => Advice::exit(Exit::Failed)
            .hint("`twcred keys list` shows the keys of the account; keys belong to one account and one region"),
        Kind::Invalid => match error.code() {
            Some(70151) => Advice::exit(Exit::Failed)
                .hint("the account has all the keys it may have: `twcred keys list` shows them"),
            Some(70002) if error.request().contains("/AuthTokens/") => Advice::exit(Exit::Failed),
            Some(70002) => Advice::exit(Exit::Failed).hint(
                "permissions are named /twilio/PRODUCT/RESOURCE/ACTION, such as /twilio/messaging/messages/create",
            ),
            _ => Advice::exit(Exit::Failed),
        },
        Kind::Malformed(Malformed::NotTwilios { .. } | Malformed::TooLarge { .. }) => Advice::exit(Exit::Failed)
            .hint("something between here and Twilio may have answered: a proxy, a captive portal, a wrong --api-url"),
        Kind::Redirected { .. } | Kind::ForeignHost { .. } => {
            Advice::exit(Exit::Failed).hint("Twilio does not do this: look at what stands between, and at --api-url")
        }
        Kind::NotInRegion => Advice::exit(Exit::Usage).hint("make the Restricted key without --region and --edge"),
        Kind::OtherAccount => Advice::exit(Exit::Usage).hint(
            "make it with the Auth Token of the key's own account: --env-file FILE with its TWILIO_ACCOUNT_SID and \
             TWILIO_AUTH_TOKEN",
        ),
        Kind::Setup => Advice::exit(Exit::Usage).hint("look at --ca-file"),
        _ => Advice::exit(Exit::Failed),
    };
    if error.status().is_some() || error.code().is_some() {
        advice.twilio = Some(Twilio {
            code: error.code(),
            status: error.status(),
            request_id: error.request_id().map(ToOwned::to_owned),
        });
    }
    advice
}

const PROXY: &str = "HTTPS_PROXY or ALL_PROXY names this proxy: put it right, or name the host in NO_PROXY to go without \
                     it; then run the same command again";

fn distrusted(why: Distrust, error: &api::Error) -> String {
    let host = error.host();
    match why {
        Distrust::Expired | Distrust::NotYetValid => {
            format!("compare this machine's clock (date -u); if that is right, {host} needs another certificate")
        }
        Distrust::Name => format!(
            "the certificate is another host's: look at --api-url, at HTTPS_PROXY, and at what the name leads to \
             (getent hosts {})",
            host.split(':').next().unwrap_or(host)
        ),
        Distrust::NoTls => format!("what answers at {host} speaks no TLS: look at --api-url and HTTPS_PROXY"),
        Distrust::Issuer | Distrust::Other => {
            "if a proxy or a server of your own answers here, trust its authority with --ca-file FILE".to_owned()
        }
    }
}

const MANAGERS: &str = "keys are managed with the account's Auth Token, a Main key, or a Restricted key that is allowed \
                        /twilio/iam/api-keys/…";

fn refused(error: &api::Error, why: &Why) -> Advice {
    let advice = Advice::exit(Exit::Refused);
    match why {
        Why::BadCredential => advice
            .hint("the secret is wrong or revoked, the account is suspended, or the SID belongs to another account")
            .hint(format!("keys and tokens are good in one region only: this one was sent to {}", error.host())),
        Why::StandardKeyOrBadCredential => advice
            .hint("a Standard key and a wrong secret get this same answer here; `twcred keys verify` tells them apart")
            .hint(MANAGERS),
        Why::MissingPermission { permission } => advice
            .hint(format!("the secret is right; the Restricted key needs {permission} in its policy"))
            .hint("or use the account's Auth Token"),
        Why::AccountInactive => advice.hint("the Console says why: https://console.twilio.com"),
        Why::PolicyEvaluation => {
            advice.hint("this account closes the older key calls to this credential").hint(MANAGERS)
        }
        Why::ClientValidationRequired => advice.hint(
            "the account enforces Public Key Client Validation, which twcred does not sign; use an account without it",
        ),
        Why::TestCredential => advice.hint("test credentials manage nothing: use the live Account SID and Auth Token"),
        Why::Ambiguous => advice.hint("`twcred whoami` shows what this credential can do"),
    }
}

const BARE: &str = "or, with no names and nothing beside it: AC…:TOKEN, a token alone with --account AC…, or SK…:SECRET with \
                    --account AC…";

fn on_credential(error: &CredentialError) -> Advice {
    let advice = Advice::exit(Exit::Usage);
    match error {
        CredentialError::None => advice
            .hint("name an env file: --env-file repos.env")
            .hint("or set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and TWILIO_API_SECRET)")
            .hint("or keep one under a name: twcred profile add NAME"),
        CredentialError::NoneIn(source) => {
            let advice = advice
                .hint("it needs TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and TWILIO_API_SECRET");
            if source == STANDARD_INPUT { advice.hint(BARE) } else { advice }
        }
        CredentialError::Half { missing, .. } => {
            advice.hint(format!("set {missing} beside it: a credential is taken whole from one source"))
        }
        CredentialError::NoAccount { .. } => advice
            .hint("set TWILIO_ACCOUNT_SID beside it, or give --account AC…")
            .hint("or try it without: `twcred keys verify --sid SK…` asks for its secret"),
        CredentialError::WhoseToken { .. } => advice.hint("a token alone names no account: add --account AC…"),
        CredentialError::OtherAccount { own, asked, .. } => advice
            .hint(format!("leave --account out to act on {own}"))
            .hint(format!("or sign with an Auth Token: that of {asked}, or that of the main account it belongs to")),
        CredentialError::Alone { said, own, token, .. } => {
            let advice = advice
                .hint(format!(
                    "to act on {said}: set TWILIO_AUTH_TOKEN beside it, or name it with its secret: --env-file FILE"
                ))
                .hint(format!("to act on {own}: unset TWILIO_ACCOUNT_SID, or --account {own}"));
            if *token {
                advice.hint(format!("or, if {said} is a subaccount of {own}: --account {said}"))
            } else {
                advice
            }
        }
        CredentialError::Doubtful { .. } => advice.hint("write the value once, on one line, in single quotes or none"),
        CredentialError::Differ { .. } => advice.hint("keep one of the two"),
        CredentialError::Several { .. } => advice.hint("choose with --account AC…"),
        CredentialError::Read { .. } | CredentialError::Sid { .. } => advice,
    }
}

fn on_sink(error: &sinks::Error) -> Advice {
    let usage = Advice::exit(Exit::Usage);
    match error {
        sinks::Error::Occupied { .. } => {
            usage.hint("`twcred keys rotate` replaces a pair that is in use; a new key needs a place of its own")
        }
        sinks::Error::NoToken { place } => usage.hint(no_token(&place.what)),
        sinks::Error::TokenOccupied { role: TokenRole::Secondary, .. } => usage
            .hint("nothing was written; if it is the account's secondary token: twcred token promote")
            .hint("if nobody needs it, take it out, twcred does not know it; then run again"),
        sinks::Error::TokenOccupied { .. } => usage.hint(
            "nothing was written; take that value out if nobody needs it, twcred does not know it; then run again",
        ),
        sinks::Error::Several { .. } => usage.hint("name the variable that is meant: env:FILE#VARIABLE"),
        // The error of a pair follows in the chain, with advice of its own.
        sinks::Error::Spec(_)
        | sinks::Error::Fragment { .. }
        | sinks::Error::NoPair { .. }
        | sinks::Error::Pair { .. } => usage,
        sinks::Error::OtherAccount { .. } => usage.hint("choose the account with --account AC…, or another place"),
        sinks::Error::Edit { .. } | sinks::Error::Doubtful { .. } => {
            usage.hint("put the file right first: twcred edits nothing that programs read differently")
        }
        sinks::Error::File(error) => on_file(error),
        sinks::Error::Profile(error) => profile::on_profile(error),
        sinks::Error::ProfileName { .. } => usage.hint("such as keyring:acme"),
        sinks::Error::NoProfiles { .. } => usage.hint("set HOME, or XDG_CONFIG_HOME to an absolute path"),
        sinks::Error::HoldsToken { .. } => usage.hint("name a profile with a key, or a new one"),
        sinks::Error::OtherSite { .. } => usage.hint("name a new profile, or one of that Twilio"),
        sinks::Error::NotStarted { .. } => {
            usage.hint("a sink's program is started without a shell: give its whole path, and make it executable")
        }
        _ => Advice::exit(Exit::Failed),
    }
}

/// How a place is named that holds a token, as what this one is in.
fn no_token(place: &str) -> String {
    let name = if place.contains("#/") {
        "name the object that holds it: json:FILE#/POINTER"
    } else if place.starts_with("keyring:") || place.starts_with("profile ") || place.starts_with("exec:") {
        return "name a place that holds the token in force, or leave this one out".to_owned();
    } else {
        "name the variable that holds it: env:FILE#VARIABLE"
    };
    format!("{name}; a place under another account does not count")
}

fn on_pair(error: &PairError) -> Advice {
    Advice::exit(Exit::Usage).hint(match error.why {
        PairWhy::NoSecret | PairWhy::NoSid | PairWhy::NoAccount => {
            "put the missing half beside it, or take this line out: a credential is whole or not there"
        }
        PairWhy::AliasDiffers { .. } | PairWhy::Differ { .. } => {
            "keep the line that is right and take the other out: programs do not agree which of them counts"
        }
        PairWhy::Sid(_) => "AC… names an account and SK… a key, each 34 characters long; the Console shows both",
        PairWhy::SidAsSecret => "SID and secret may have changed places",
        PairWhy::Unclear(_) | PairWhy::Reader(_) => {
            "programs read such a line differently: write the value once, on one line, in single quotes or none"
        }
    })
}

fn on_file(error: &file::Error) -> Advice {
    let usage = Advice::exit(Exit::Usage);
    match error {
        file::Error::Missing { .. } | file::Error::Dangling { .. } | file::Error::Loop { .. } => {
            usage.hint("look at the path; one that does not start with / is taken from the current folder")
        }
        file::Error::Kind { .. } => usage.hint("name a regular file: a secrets file is read whole and replaced whole"),
        file::Error::Denied { .. } => usage.hint("run as the user whom the file belongs to"),
        file::Error::HardLinked { .. } => usage.hint("keep one name, and make the others symbolic links to it"),
        file::Error::Mounted { .. } => usage.hint("mount its folder instead of the file"),
        file::Error::Immutable { .. } => usage.hint("chattr -i and -a take the mark away"),
        file::Error::Large { .. } | file::Error::Exists { .. } => usage,
        file::Error::Directory { .. } => Advice::exit(Exit::Failed)
            .hint("a new file takes the old one's place: the folder must be open to this user, and the disk not full"),
        file::Error::Owner { path, uid, listed, source, .. } => {
            let advice = Advice::exit(Exit::Failed);
            if *uid != rustix::process::geteuid().as_raw() {
                return advice.hint(format!("run as user {uid}, or as root"));
            }
            let path = word(path);
            let chgrp = format!("`chgrp {} {path}` gives it to your group; or run as root", own_group());
            // Any other refusal stays one, whoever may read the file.
            if source.kind() != ErrorKind::PermissionDenied {
                return advice.hint(chgrp);
            }
            let unlist = if *listed { format!("setfacl -b {path}; ") } else { String::new() };
            advice
                .hint(format!(
                    "`{unlist}chmod 600 {path}` closes it to all but you, and then its group does not matter"
                ))
                .hint(format!("if a group is to read it: {chgrp}"))
        }
        file::Error::Changed { .. } => Advice::exit(Exit::Failed).hint("run the same command again"),
        file::Error::Io { source, .. } if source.kind() == ErrorKind::InvalidFilename => {
            usage.hint("a name has 255 bytes at most, and a path 4095")
        }
        _ => Advice::exit(Exit::Failed),
    }
}

/// The group of this user, as `chgrp` takes it.
fn own_group() -> u32 {
    rustix::process::getegid().as_raw()
}

fn on_endpoint(error: &EndpointError) -> Advice {
    let advice = Advice::exit(Exit::Usage);
    match error {
        EndpointError::UnknownRegion(_) => advice.hint("give its edge with --edge"),
        EndpointError::NotALabel(_) => advice.hint("such as --region ie1 --edge dublin"),
        _ => advice.hint("such as --api-url https://twilio.example or http://127.0.0.1:4010"),
    }
}
