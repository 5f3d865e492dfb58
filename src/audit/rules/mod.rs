//! The rules, one file each. To add one: a file here, its `mod` line, its entry in [`RULES`].

mod account_inactive;
mod account_mismatch;
mod acl_default_on_parent;
mod acl_dormant;
mod acl_grants_access;
mod alias_conflict;
mod auth_token_live;
mod auth_token_with_api_key;
mod backslash;
mod backup_copy;
mod bad_encoding;
mod bom;
mod cannot_tell;
mod colon_assignment;
mod command_substitution;
mod credential_rejected;
mod crlf;
mod docker_context;
mod dollar;
mod duplicate_key;
mod duplicate_key_case;
mod editor_history_copy;
mod empty_value;
mod export_prefix;
mod foreign_comment;
mod git_in_history;
mod git_not_ignored;
mod git_tracked;
mod group_accessible;
mod hard_linked;
mod hash_in_value;
mod ignored_only_here;
mod incomplete_pair;
mod inline_comment;
mod invalid_key;
mod invisible_character;
mod key_over_privileged;
mod key_too_old;
mod leading_whitespace;
mod loader_idiom;
mod long_line;
mod low_entropy;
mod malformed_account_sid;
mod malformed_api_secret;
mod malformed_auth_token;
mod malformed_key_sid;
mod malformed_phone;
mod missing_account_sid;
mod mode_not_enforced;
mod multiline_value;
mod network_filesystem;
mod no_final_newline;
mod non_twilio_secrets;
mod nonposix_acl;
mod not_an_assignment;
mod not_regular;
mod number_not_owned;
mod odd_mode_bits;
mod package_contents;
mod parent_foreign_owner;
mod parent_listable;
mod parent_writable;
mod placeholder;
mod quote_in_value;
mod quoted_value;
mod reference;
mod revoked_but_present;
mod rotation_overdue;
mod secret_copied_elsewhere;
mod secret_in_comment;
mod secret_in_shell_history;
mod shadowed_by_environment;
mod shared_key;
mod shared_tmp;
mod shell_code;
mod shell_metacharacter;
mod shell_owned_name;
mod space_around_equals;
mod suppression_without_reason;
mod swapped_values;
mod symlink;
mod synced_folder;
mod test_credentials;
mod test_number;
#[cfg(test)]
mod tests;
mod text_after_quote;
mod trailing_backslash;
mod trailing_whitespace;
mod umask_open;
mod unexpected_owner;
mod unheld_key;
mod unknown_twilio_key;
mod unquoted_space;
mod unterminated_quote;
mod unused_suppression;
mod web_root;
mod whitespace_only_line;
mod world_accessible;

use std::collections::BTreeMap;
use std::time::Duration;

pub use reference::{explain, reference};

use super::entries::{Entry, entries, placeholder, projects, sender};
use super::facts::{
    Acl, AclEntry, AclWho, Ancestor, Chain, CopyKind, Fact, Facts, FileKind, Idiom, IgnoreSource, Kept, KernelFacts,
    Made, OwnerSource, Package, Packed, Probe, Rotated, Verdict,
};
use super::finding::{Finding, Severity};
use super::fix::{Action, Edit, Fix, Piece, Safety, utf8};
use super::forms::{belongs, fits, hinted, malformed, off_form};
use super::lines::{Line, foreign_mark, lines};
use super::portable::{Portability, literal_line, portable};
use super::readers::{Construct, Reader, Readers};
use super::rule::{FixKind, Meta, Rule, When};
use super::shape::{Shape, assigned_in, garbled, names, others, shapes};
use super::suppress;
use super::words::{escaped, holder, rights, unknown, word, written};
use crate::dotenv::dialect::{portable_name, portable_value};
use crate::dotenv::{Assignment, EnvFile, Item, LineEnding, ProblemKind, Quote, Span};
use crate::model::time::{Timestamp, show_duration, since};
use crate::model::variable::{NAMES, Role, classify};
use crate::model::{AccountSid, ApiKey, FriendlyName, KeyKind, KeySid, Secret};

/// How old a credential may grow where the user did not say: 180 days.
const MAX_AGE: Duration = Duration::from_hours(180 * 24);

/// Every rule, by code.
pub const RULES: &[&dyn Rule] = &[
    &world_accessible::WorldAccessible,
    &group_accessible::GroupAccessible,
    &odd_mode_bits::OddModeBits,
    &unexpected_owner::UnexpectedOwner,
    &acl_grants_access::AclGrantsAccess,
    &acl_dormant::AclDormant,
    &acl_default_on_parent::AclDefaultOnParent,
    &nonposix_acl::NonposixAcl,
    &parent_writable::ParentWritable,
    &parent_foreign_owner::ParentForeignOwner,
    &parent_listable::ParentListable,
    &symlink::Symlink,
    &hard_linked::HardLinked,
    &not_regular::NotRegular,
    &mode_not_enforced::ModeNotEnforced,
    &umask_open::UmaskOpen,
    &git_tracked::GitTracked,
    &git_not_ignored::GitNotIgnored,
    &git_in_history::GitInHistory,
    &ignored_only_here::IgnoredOnlyHere,
    &backup_copy::BackupCopy,
    &editor_history_copy::EditorHistoryCopy,
    &shared_tmp::SharedTmp,
    &web_root::WebRoot,
    &synced_folder::SyncedFolder,
    &docker_context::DockerContext,
    &package_contents::PackageContents,
    &network_filesystem::NetworkFilesystem,
    &not_an_assignment::NotAnAssignment,
    &invalid_key::InvalidKey,
    &space_around_equals::SpaceAroundEquals,
    &export_prefix::ExportPrefix,
    &quoted_value::QuotedValue,
    &unterminated_quote::UnterminatedQuote,
    &text_after_quote::TextAfterQuote,
    &inline_comment::InlineComment,
    &unquoted_space::UnquotedSpace,
    &shell_metacharacter::ShellMetacharacter,
    &dollar::Dollar,
    &backslash::Backslash,
    &command_substitution::CommandSubstitution,
    &hash_in_value::HashInValue,
    &quote_in_value::QuoteInValue,
    &multiline_value::MultilineValue,
    &trailing_backslash::TrailingBackslash,
    &crlf::Crlf,
    &bom::Bom,
    &bad_encoding::BadEncoding,
    &invisible_character::InvisibleCharacter,
    &trailing_whitespace::TrailingWhitespace,
    &leading_whitespace::LeadingWhitespace,
    &whitespace_only_line::WhitespaceOnlyLine,
    &no_final_newline::NoFinalNewline,
    &long_line::LongLine,
    &foreign_comment::ForeignComment,
    &colon_assignment::ColonAssignment,
    &shell_code::ShellCode,
    &shell_owned_name::ShellOwnedName,
    &duplicate_key::DuplicateKey,
    &duplicate_key_case::DuplicateKeyCase,
    &alias_conflict::AliasConflict,
    &malformed_account_sid::MalformedAccountSid,
    &malformed_key_sid::MalformedKeySid,
    &malformed_auth_token::MalformedAuthToken,
    &malformed_api_secret::MalformedApiSecret,
    &malformed_phone::MalformedPhone,
    &swapped_values::SwappedValues,
    &placeholder::Placeholder,
    &empty_value::EmptyValue,
    &low_entropy::LowEntropy,
    &test_number::TestNumber,
    &unknown_twilio_key::UnknownTwilioKey,
    &non_twilio_secrets::NonTwilioSecrets,
    &shadowed_by_environment::ShadowedByEnvironment,
    &auth_token_with_api_key::AuthTokenWithApiKey,
    &incomplete_pair::IncompletePair,
    &missing_account_sid::MissingAccountSid,
    &secret_copied_elsewhere::SecretCopiedElsewhere,
    &secret_in_comment::SecretInComment,
    &secret_in_shell_history::SecretInShellHistory,
    &loader_idiom::LoaderIdiom,
    &rotation_overdue::RotationOverdue,
    &unused_suppression::UnusedSuppression,
    &suppression_without_reason::SuppressionWithoutReason,
    &shared_key::SharedKey,
    &credential_rejected::CredentialRejected,
    &account_inactive::AccountInactive,
    &account_mismatch::AccountMismatch,
    &number_not_owned::NumberNotOwned,
    &key_over_privileged::KeyOverPrivileged,
    &key_too_old::KeyTooOld,
    &auth_token_live::AuthTokenLive,
    &test_credentials::TestCredentials,
    &revoked_but_present::RevokedButPresent,
    &cannot_tell::CannotTell,
    &unheld_key::UnheldKey,
];

/// What Twilio was asked of the file and another run may settle: what somebody may take for granted, and what got no answer.
pub(super) fn open(file: &EnvFile, facts: &Facts) -> [Vec<Finding>; 2] {
    cannot_tell::open(file, facts)
}

/// The rule with a code or a name.
#[must_use]
pub fn find(code_or_name: &str) -> Option<&'static dyn Rule> {
    RULES.iter().copied().find(|rule| rule.meta().is(code_or_name))
}

/// What the kernel says of a regular file on a file system whose modes mean something.
fn regular(facts: &Facts) -> Option<&KernelFacts> {
    let kernel = facts.kernel.known().filter(|kernel| kernel.kind == FileKind::Regular)?;
    let enforced = kernel.filesystem.known().and_then(|system| system.enforces_modes);
    (enforced != Some(false)).then_some(kernel)
}

/// What a rule finds in each assignment.
fn each<'f>(file: &'f EnvFile, find: impl FnMut(Shape<'f>) -> Option<Finding>) -> Vec<Finding> {
    shapes(file).filter_map(find).collect()
}

/// The same, of those whose values stand without quotes and run nothing.
fn each_bare<'f>(file: &'f EnvFile, find: impl FnMut(Shape<'f>) -> Option<Finding>) -> Vec<Finding> {
    shapes(file).filter(|shape| shape.unquoted() && !shape.runs()).filter_map(find).collect()
}

/// The permission bits that a chmod leaves. A group that is allowed may read, and nothing else.
fn kept(kernel: &KernelFacts, facts: &Facts) -> u32 {
    if facts.options.allow_groups.contains(&kernel.gid) { 0o640 } else { 0o600 }
}

/// The right to write, of a group or an entry of an access control list.
const WRITE: u32 = 0o2;

fn allowed(entry: AclEntry, facts: &Facts) -> bool {
    matches!(entry.who, AclWho::Group(gid) if facts.options.allow_groups.contains(&gid))
}

/// Offers to remove the list that these entries stand in. Without it a group that is meant to read the file could not: then
/// it is said what to type of each entry.
fn without_list(finding: Finding, acl: &Acl, entries: &[AclEntry], facts: &Facts) -> Finding {
    if !acl.named().any(|(entry, _)| allowed(entry, facts)) {
        let group = acl.owning_group().unwrap_or_default() << 3;
        let keep = regular(facts).map_or(0o600, |kernel| kept(kernel, facts)) & (0o707 | group);
        return finding.fix(Fix::drop_acl(keep));
    }
    entries.iter().fold(finding, |finding, entry| match entry.who {
        AclWho::Group(gid) if allowed(*entry, facts) => {
            let path = word(facts.veil.path(&facts.path));
            finding.note(format!("`setfacl -m g:{gid}:r {path}` leaves group {gid} the right to read it"))
        }
        who => out_of_the_list(finding, who, &facts.path, facts),
    })
}

/// Says what to type so that a user or group is no more in the list of a path.
fn out_of_the_list(finding: Finding, who: AclWho, path: &std::path::Path, facts: &Facts) -> Finding {
    let (letter, id) = match who {
        AclWho::User(uid) => ('u', uid),
        AclWho::Group(gid) => ('g', gid),
        AclWho::Owner | AclWho::OwningGroup | AclWho::Mask | AclWho::Other => return finding,
    };
    // Veiled before it is quoted: what stands in the place of a secret is quoted too.
    let path = word(facts.veil.path(path));
    finding.note(format!("`setfacl -x {letter}:{id} {path}` takes {} out of the list", holder(who)))
}

/// A line for an ignore file that means just this path below its root.
fn ignore_line(relative: &std::path::Path) -> Option<String> {
    relative.to_str().filter(|text| plain_pattern(text)).map(|text| format!("/{text}"))
}

/// Whether a path means itself as a pattern.
fn plain_pattern(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(['#', '!'])
        && text.trim() == text
        && !text.chars().any(|c| c.is_control() || matches!(c, '*' | '?' | '[' | ']' | '\\'))
}

fn odd_backslashes(text: &[u8]) -> bool {
    text.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// How a line added to the file is to end.
fn line_end(file: &EnvFile) -> &'static str {
    match file.ending() {
        LineEnding::Lf => "\n",
        LineEnding::CrLf => "\r\n",
    }
}

/// A line with its line end.
fn line_with_end(file: &EnvFile, span: Span) -> Span {
    let rest = &file.bytes()[span.end..];
    let end = if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) };
    Span { start: span.start, end: span.end + end }
}

/// Whether every reader takes an assignment's line alike.
fn portable_line(file: &EnvFile, shape: &Shape<'_>) -> bool {
    std::str::from_utf8(file.raw(shape.at.span)).is_ok_and(literal_line)
}

/// A finding for each probe of which there is something to say, at the first of its variables.
fn probes(
    file: &EnvFile,
    facts: &Facts,
    meta: &'static Meta,
    say: impl Fn(&Probe) -> Option<(String, Option<Severity>)>,
) -> Vec<Finding> {
    let Some(live) = facts.live.known() else { return Vec::new() };
    let said = live.probes.iter().filter_map(|probe| {
        let (message, severity) = say(probe)?;
        let finding = Finding::new(meta, message).severity(severity.unwrap_or(meta.severity));
        Some(probe.variables.first().map_or(finding.clone(), |name| pointed(file, name, finding)))
    });
    said.collect()
}

/// Points a finding at a variable.
fn pointed(file: &EnvFile, name: &str, finding: Finding) -> Finding {
    let finding = finding.of(name);
    match file.named(name).last() {
        Some(at) => finding.at(at.name_span),
        None => finding,
    }
}

/// Of which stage the Auth Token is that was tried, by the first of its variables.
fn stage(probe: &Probe) -> Option<Role> {
    probe.variables.first().and_then(|name| classify(name)).map(|variable| variable.role)
}

/// Whether a complete API key stands beside the token that was tried.
fn beside_key(file: &EnvFile, probe: &Probe) -> bool {
    let entries = entries(file);
    let token = entries.iter().find(|entry| probe.variables.iter().any(|name| name == entry.name()));
    let has = |role| {
        entries.iter().any(|e| e.role == role && e.real().is_some() && token.is_some_and(|t| t.prefix == e.prefix))
    };
    has(Role::KeySid) && has(Role::KeySecret)
}
