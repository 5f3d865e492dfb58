//! `twcred profile add`: keeps a credential under a name, once Twilio has accepted it.
//!
//! Whether the store takes secrets is found out before the secret is asked for, and whether Twilio takes the credential
//! before anything is kept.

use clap::ValueEnum;

use super::Where;
use super::trial;
use super::view::{One, Row};
use crate::cli::context::Context;
use crate::cli::credentials::Prefer;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::view::Outcome;
use crate::model::{AccountSid, Credential, KeyPair, KeySid, ProfileName};
use crate::store::Profiles;
use crate::store::profiles::{Book, Contents, Kept, Profile, Site, Store};

/// Keep a credential under a name, once Twilio has accepted it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The account is given with --account. The secret is asked for without echo, or read from standard input; with --env-file \
the whole credential is taken from that file. Where no profile is active, this one becomes it.

The secret goes to the keyring of the operating system: Secret Service, macOS Keychain or Windows Credential Manager. It \
is never kept in plain text unless --store file says so.")]
pub struct Args {
    /// The profile's name
    #[arg(value_name = "NAME")]
    name: ProfileName,
    /// Keep this API key; without it, the account's Auth Token
    #[arg(long, value_name = "SK…", conflicts_with = "env_file")]
    sid: Option<KeySid>,
    /// What to take of an --env-file that holds both
    #[arg(long, value_enum, value_name = "KIND", default_value_t = Kind::Key, requires = "env_file")]
    kind: Kind,
    /// Where the secret is kept [default: keyring, or where that of the replaced profile is]
    #[arg(long, value_enum, value_name = "STORE")]
    store: Option<Where>,
    /// Replace the profile of this name; with neither --account nor --sid by the same credential, whose secret is asked for
    #[arg(long)]
    replace: bool,
}

/// A kind of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The API key
    Key,
    /// The Auth Token
    Token,
}

/// Keeps it.
///
/// # Errors
/// Exit 2 if the name is taken or something is missing, 4 if Twilio refuses the credential, 75 if the keyring is locked
/// or silent; nothing is kept then.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let profiles = context.needed_profiles()?;
    let old = free(&args.name, args.replace, profiles.book()?)?;
    match old {
        Some(_) => super::replaceable(context, &args.name)?,
        None => super::settled(context, &args.name)?,
    }
    let store = match (args.store, &old) {
        (Some(chosen), _) => chosen.store(profiles),
        (None, Some(old)) => old.store,
        (None, None) => profiles.keyring(),
    };
    trial::store(context, profiles, store)?;
    let (credential, region, edge) = given(args, old.as_ref(), context)?;
    let client = context.client_at(region.as_deref(), edge.as_deref())?;
    trial::credential(context, &client, &credential)?;
    let site = Site { endpoint: client.endpoint().identity(), region, edge };
    let contents = Contents::from(credential);
    let kept = Kept { name: &args.name, contents: &contents, site: &site, store, activate: true };
    let profile = keep(context, profiles, &kept, (args.replace, old.as_ref()))?;
    let active = profiles.book()?.active.as_ref() == Some(&args.name);
    Ok(Outcome::did(One::new(Row::of(profiles, &args.name, &profile, active), None)))
}

/// The profile that is to be replaced.
fn free(name: &ProfileName, replace: bool, mut book: Book) -> Result<Option<Profile>, Failure> {
    match book.profiles.remove(name) {
        Some(_) if !replace => Err(taken(name)),
        old => Ok(old),
    }
}

fn taken(name: &ProfileName) -> Failure {
    Failure::usage(format!("there is a profile `{name}` already"))
        .hint("choose another name, or replace it: --replace")
        .hint(format!("see it: twcred profile show {name}"))
}

/// Keeps a credential that has been tried, and says what that leaves. With leave to replace, what is replaced must be what
/// was `seen` before the secret was asked for and tried.
pub(super) fn keep(
    context: &Context,
    profiles: &Profiles,
    kept: &Kept<'_>,
    (replace, seen): (bool, Option<&Profile>),
) -> Result<Profile, Failure> {
    let mut replaced = None;
    let progress = context.ui.progress(super::asking(kept.store));
    let profile = profiles.keep(kept, |old| {
        replaced = old.cloned();
        // Another run may have taken the name in the meantime.
        match old {
            Some(_) if !replace => Err(taken(kept.name)),
            Some(_) => {
                super::unchanged(kept.name, seen, old)?;
                super::replaceable(context, kept.name)
            }
            None => super::settled(context, kept.name),
        }
    });
    drop(progress);
    let profile = profile.map_err(|failure: Failure| failure.doing("the profile was not kept"))?;
    if profile.store == Store::File {
        context.ui.warn(format!("the secret is kept in plain text, mode 0600: {}", profiles.place(&profile)));
    }
    if let Some(key) = replaced.and_then(|old| old.key).filter(|key| Some(key) != profile.key.as_ref()) {
        let of_another = |id| profile.key.as_ref().and_then(|key| context.rotation_of(key)).as_ref() != Some(id);
        context.ui.note(match context.rotation_of(&key) {
            Some(id) if of_another(&id) => format!(
                "the key {key} belongs to the open rotation {id}, which has its secret sealed and stops while the profile \
                 holds another key; name another place for it: twcred keys rotate --profile {0} --to SINK --without \
                 keyring:{0}",
                kept.name
            ),
            Some(id) => format!(
                "the key {key} belongs to the open rotation {id}, which has its secret sealed: `twcred rotation resume {id}` \
                 or `twcred rotation rollback {id}` settles which key stays"
            ),
            None => format!("the key {key} lives on at Twilio; if nothing uses it: twcred keys revoke {key}"),
        });
    }
    Ok(profile)
}

/// The credential that is to be kept, and its region and edge. Where nothing is said of it, it is the one that `old` had,
/// whose secret is given again.
fn given(
    args: &Args,
    old: Option<&Profile>,
    context: &Context,
) -> Result<(Credential, Option<String>, Option<String>), Failure> {
    if context.global.env_file.is_some() {
        let prefer = if args.kind == Kind::Token { Prefer::Token } else { Prefer::Key };
        let found = context.resolve(prefer)?;
        return Ok((found.credential, found.region, found.edge));
    }
    let again = old.filter(|_| args.sid.is_none() && context.global.account.is_none());
    let sid = args.sid.as_ref().or(again.and_then(|old| old.key.as_ref()));
    let account = match context.global.account.as_ref().or(again.map(|old| &old.account)) {
        Some(account) => account.clone(),
        None => asked_account(context)?,
    };
    let (region, edge) = context.place(None, &mut Vec::new());
    let of = sid.map_or_else(|| format!("Auth Token of {account}"), |sid| format!("Secret of {sid}"));
    let (secret, _) = context.typed_secret(&of)?;
    let credential = match sid.cloned() {
        Some(sid) => Credential::ApiKey { account, pair: KeyPair { sid, secret } },
        None => Credential::AuthToken { account, token: secret },
    };
    Ok((credential, region, edge))
}

fn asked_account(context: &Context) -> Result<AccountSid, Failure> {
    let text = context.ui.line("Account SID", "give it with --account AC…")?;
    AccountSid::parse(&text).doing("this is no Account SID").map_err(|failure| failure.with_exit(Exit::Usage))
}
