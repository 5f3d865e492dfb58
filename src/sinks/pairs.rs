//! Which variables of an env file make a pair, and what they say.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::dotenv::{Assignment, EnvFile, Lookup, SecondReading, Unclear, dialect};
use crate::model::sid::SidError;
use crate::model::variable::{Group, Role, group};
use crate::model::{AccountSid, KeyPair, KeySid, Secret};

/// A whole pair of one project, as every reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPair {
    /// The project's prefix, empty for the plain names.
    pub prefix: String,
    /// The variables that hold the SID: aliases that agree.
    pub sid_vars: Vec<String>,
    /// The variables that hold the secret: aliases that agree.
    pub secret_vars: Vec<String>,
    /// The variables that name the account: the project's own, or else the plain ones.
    pub account_vars: Vec<String>,
    /// The project's own variables that hold an Auth Token.
    pub token_vars: Vec<String>,
    /// The key's SID.
    pub sid: KeySid,
    /// The key's secret.
    pub secret: Secret,
    /// The account, if the file names one.
    pub account: Option<AccountSid>,
    /// 1-based line of the first SID variable.
    pub line: usize,
}

impl FoundPair {
    /// The first variable of the SID, which names the pair.
    #[must_use]
    pub fn variable(&self) -> &str {
        self.sid_vars.first().map_or("", String::as_str)
    }

    /// SID and secret.
    #[must_use]
    pub fn pair(&self) -> KeyPair {
        KeyPair { sid: self.sid.clone(), secret: self.secret.clone() }
    }
}

/// An account and its Auth Token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The account.
    pub account: AccountSid,
    /// The variable that names it.
    pub account_var: String,
    /// The Auth Token.
    pub token: Secret,
    /// The variable that holds it.
    pub token_var: String,
    /// 1-based line of the token.
    pub line: usize,
}

/// Why the variables of one project make no pair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {variable}: {why}")]
pub struct PairError {
    /// The project's prefix, empty for the plain names.
    pub prefix: String,
    /// The variable.
    pub variable: String,
    /// 1-based line number.
    pub line: usize,
    /// What is wrong with it.
    pub why: PairWhy,
}

/// What is wrong with a variable of a pair. Values are never repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PairWhy {
    /// A SID without its secret.
    #[error("the secret that belongs to it is missing")]
    NoSecret,
    /// A secret without its SID.
    #[error("the key SID that belongs to it is missing")]
    NoSid,
    /// A token without its account.
    #[error("the Account SID that belongs to it is missing")]
    NoAccount,
    /// Another name for the same thing has another value.
    #[error("its value differs from that of {other} in line {line}")]
    AliasDiffers {
        /// The other name.
        other: String,
        /// 1-based line number of the other.
        line: usize,
    },
    /// It is set more than once, to different values.
    #[error("it has different values in lines {}", shown(lines))]
    Differ {
        /// 1-based line numbers.
        lines: Vec<usize>,
    },
    /// It is not the SID it should be.
    #[error("{0}")]
    Sid(#[from] SidError),
    /// A SID stands where the secret belongs.
    #[error("a SID stands where the secret belongs")]
    SidAsSecret,
    /// Readers take the value differently.
    #[error("{0}")]
    Unclear(#[from] Unclear),
    /// A second reader of env files does not agree.
    #[error("{0}")]
    Reader(dialect::Why),
}

fn shown(lines: &[usize]) -> String {
    lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

/// What the file says about one role of one project.
pub(super) struct Found {
    /// The variables that hold the value.
    pub(super) names: Vec<String>,
    /// The variables that are there and empty.
    pub(super) empty: Vec<String>,
    /// The value, with the line of the first variable that has it.
    pub(super) value: Option<(Secret, usize)>,
}

impl Found {
    fn first(&self) -> String {
        self.names.first().cloned().unwrap_or_default()
    }
}

/// Reads one variable of a project, with where it stands first.
pub(super) fn variable<'a>(
    file: &'a EnvFile,
    of: &Group,
    name: &str,
) -> Result<Option<(Secret, &'a Assignment)>, PairError> {
    let fail = |line, why| PairError { prefix: of.prefix.clone(), variable: name.to_owned(), line, why };
    match file.lookup(name) {
        Lookup::Missing => Ok(None),
        Lookup::One { at, value } => Ok(Some((value, at))),
        Lookup::Same { at, value } => Ok(at.first().map(|first| (value, *first))),
        Lookup::Differ { lines } => Err(fail(lines.first().copied().unwrap_or_default(), PairWhy::Differ { lines })),
        Lookup::Unclear { line, why } => Err(fail(line, why.into())),
    }
}

/// Reads a role of a project: all its names must say the same, and an empty one says nothing.
pub(super) fn role(file: &EnvFile, group: &Group, role: Role) -> Result<Found, PairError> {
    let mut found = Found { names: Vec::new(), empty: Vec::new(), value: None };
    for name in group.of(role) {
        let Some((value, at)) = variable(file, group, name)? else { continue };
        let Assignment { line, .. } = at;
        if value.is_empty() {
            found.empty.push(name.to_owned());
            continue;
        }
        match &found.value {
            Some((first, first_line)) if *first != value => {
                let why = PairWhy::AliasDiffers { other: found.first(), line: *first_line };
                return Err(PairError { prefix: group.prefix.clone(), variable: name.to_owned(), line: *line, why });
            }
            Some(_) => {}
            None => found.value = Some((value, *line)),
        }
        found.names.push(name.to_owned());
    }
    Ok(found)
}

/// Every project of the file that has a key SID or a key's secret: its pair, or why it is none.
///
/// A project whose variables are all there and all empty has no pair, and is left out.
#[must_use]
pub fn pairs(file: &EnvFile) -> Vec<Result<FoundPair, PairError>> {
    Projects::of(file).pairs()
}

/// The account and Auth Token of a project; see [`Projects::authority`].
///
/// # Errors
/// Which variable is wrong, and how.
pub fn authority(file: &EnvFile, prefix: &str) -> Result<Option<Authority>, PairError> {
    Projects::of(file).authority(prefix)
}

/// The projects of a file, sorted once for questions about one after another: a file may have tens of thousands.
pub struct Projects<'f> {
    file: &'f EnvFile,
    /// In the order of their first variable.
    groups: Vec<Group>,
    /// Where in `groups` each prefix is.
    places: BTreeMap<String, usize>,
    /// What a second reader says of their variables, from the first question about it on.
    second: OnceCell<SecondReading<'f>>,
}

impl<'f> Projects<'f> {
    /// Sorts the variables of a file into projects.
    #[must_use]
    pub fn of(file: &'f EnvFile) -> Self {
        let groups = group(file.assignments().map(|assignment| assignment.name.as_str()));
        let places = groups.iter().enumerate().map(|(at, group)| (group.prefix.clone(), at)).collect();
        Self { file, groups, places, second: OnceCell::new() }
    }

    /// Each project, in the order of its first variable.
    #[must_use]
    pub fn all(&self) -> &[Group] {
        &self.groups
    }

    /// The project of a prefix; one without variables if the file has none.
    pub(super) fn project(&self, prefix: &str) -> Group {
        let known = self.known(prefix).cloned();
        known.unwrap_or_else(|| Group { prefix: prefix.to_owned(), names: Vec::new() })
    }

    fn known(&self, prefix: &str) -> Option<&Group> {
        self.places.get(prefix).map(|at| &self.groups[*at])
    }

    /// The project of the plain names.
    pub(super) fn plain(&self) -> Option<&Group> {
        self.known("")
    }

    /// The pairs of all projects; see [`pairs`].
    #[must_use]
    pub fn pairs(&self) -> Vec<Result<FoundPair, PairError>> {
        self.groups.iter().filter_map(|group| self.pair(group).transpose()).collect()
    }

    /// The pair of one project, `None` if it has none.
    ///
    /// # Errors
    /// Which variable is wrong, and how.
    pub fn pair(&self, group: &Group) -> Result<Option<FoundPair>, PairError> {
        let file = self.file;
        let (sids, secrets) = (role(file, group, Role::KeySid)?, role(file, group, Role::KeySecret)?);
        let fail =
            |found: &Found, line, why| PairError { prefix: group.prefix.clone(), variable: found.first(), line, why };
        let ((sid, line), (secret, secret_line)) = match (&sids.value, &secrets.value) {
            (None, None) => return Ok(None),
            (Some((_, line)), None) => return Err(fail(&sids, *line, PairWhy::NoSecret)),
            (None, Some((_, line))) => return Err(fail(&secrets, *line, PairWhy::NoSid)),
            (Some(sid), Some(secret)) => (sid, secret),
        };
        let sid = KeySid::parse(characters(sid)).map_err(|why| fail(&sids, *line, why.into()))?;
        if KeySid::parse(characters(secret)).is_ok() || AccountSid::parse(characters(secret)).is_ok() {
            return Err(fail(&secrets, *secret_line, PairWhy::SidAsSecret));
        }
        let account = self.account(group)?;
        let account_vars = account.as_ref().map(|(_, vars)| vars.clone()).unwrap_or_default();
        self.second_opinion(group, sids.names.iter().chain(&secrets.names).chain(&account_vars))?;
        Ok(Some(FoundPair {
            prefix: group.prefix.clone(),
            token_vars: group.of(Role::AuthToken).map(str::to_owned).collect(),
            account_vars,
            sid,
            secret: secret.clone(),
            account: account.map(|(sid, _)| sid),
            line: *line,
            sid_vars: sids.names,
            secret_vars: secrets.names,
        }))
    }

    /// The account a project belongs to, by its own variable or else by the plain one, and the variables that say so.
    pub(super) fn account(&self, of: &Group) -> Result<Option<(AccountSid, Vec<String>)>, PairError> {
        match (own_account(self.file, of)?, self.plain()) {
            (None, Some(plain)) if !of.prefix.is_empty() => own_account(self.file, plain),
            (own, _) => Ok(own),
        }
    }

    /// The account and Auth Token of a project: its own, completed by the plain ones where these speak of the same
    /// account.
    ///
    /// `Ok(None)` if the file has no token for it. A plain token is not taken for a project that names another account.
    ///
    /// # Errors
    /// Which variable is wrong, and how.
    pub fn authority(&self, prefix: &str) -> Result<Option<Authority>, PairError> {
        let (file, group) = (self.file, self.project(prefix));
        let account = self.account(&group)?;
        let mut tokens = role(file, &group, Role::AuthToken)?;
        if tokens.value.is_none()
            && !prefix.is_empty()
            && let Some(plain) = self.plain()
            && own_account(file, plain)?.map(|(sid, _)| sid) == account.as_ref().map(|(sid, _)| sid.clone())
        {
            tokens = role(file, plain, Role::AuthToken)?;
        }
        self.whole(&group, tokens, account)
    }

    /// The account and an Auth Token of a project that is not the one in force: `stage` is
    /// [`Role::AuthTokenSecondary`] or [`Role::AuthTokenPrevious`].
    ///
    /// # Errors
    /// Which variable is wrong, and how.
    pub fn staged(&self, group: &Group, stage: Role) -> Result<Option<Authority>, PairError> {
        let tokens = role(self.file, group, stage)?;
        if tokens.value.is_none() {
            return Ok(None);
        }
        self.whole(group, tokens, self.account(group)?)
    }

    /// A token with its account, as every reader sees them.
    fn whole(
        &self,
        group: &Group,
        tokens: Found,
        account: Option<(AccountSid, Vec<String>)>,
    ) -> Result<Option<Authority>, PairError> {
        let token_var = tokens.first();
        let Some((token, line)) = tokens.value else { return Ok(None) };
        let fail = |why| PairError { prefix: group.prefix.clone(), variable: token_var.clone(), line, why };
        if KeySid::parse(characters(&token)).is_ok() || AccountSid::parse(characters(&token)).is_ok() {
            return Err(fail(PairWhy::SidAsSecret));
        }
        let Some((account, account_vars)) = account else { return Err(fail(PairWhy::NoAccount)) };
        self.second_opinion(group, tokens.names.iter().chain(&account_vars))?;
        let account_var = account_vars.first().cloned().unwrap_or_default();
        Ok(Some(Authority { account, account_var, token, token_var, line }))
    }

    /// Asks a second reader about variables of a project. The file is read by it once.
    fn second_opinion<'a>(&self, group: &Group, names: impl Iterator<Item = &'a String>) -> Result<(), PairError> {
        let all = || self.groups.iter().flat_map(|group| group.names.iter().map(|(_, name)| name.as_str()));
        let second = self.second.get_or_init(|| SecondReading::of(self.file, &all().collect::<Vec<_>>()));
        agreed(second, group, names)
    }
}

/// The account that a project's own variable names, and the variables that say so.
pub(super) fn own_account(file: &EnvFile, of: &Group) -> Result<Option<(AccountSid, Vec<String>)>, PairError> {
    let found = role(file, of, Role::AccountSid)?;
    let Some((value, line)) = &found.value else { return Ok(None) };
    let sid = AccountSid::parse(characters(value)).map_err(|why| PairError {
        prefix: of.prefix.clone(),
        variable: found.first(),
        line: *line,
        why: why.into(),
    })?;
    Ok(Some((sid, found.names)))
}

/// Whether a second reader sees some variables of a project as we do.
pub(super) fn agreed<'a>(
    second: &SecondReading<'_>,
    group: &Group,
    names: impl Iterator<Item = &'a String>,
) -> Result<(), PairError> {
    let names: Vec<&str> = names.map(String::as_str).collect();
    second.agrees(&names).map_err(|differ| PairError {
        prefix: group.prefix.clone(),
        variable: differ.name,
        line: differ.line,
        why: PairWhy::Reader(differ.why),
    })
}

#[expect(clippy::disallowed_methods, reason = "into the parsers of SIDs, which keep a SID only and repeat nothing")]
fn characters(value: &Secret) -> &str {
    value.expose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sk(digit: char) -> String {
        format!("SK{}", digit.to_string().repeat(32))
    }

    fn ac(digit: char) -> String {
        format!("AC{}", digit.to_string().repeat(32))
    }

    fn found(text: &str) -> Vec<Result<FoundPair, PairError>> {
        pairs(&EnvFile::parse(text.as_bytes()))
    }

    fn only(text: &str) -> Result<FoundPair, String> {
        let mut found = found(text);
        assert_eq!(found.len(), 1, "{text}");
        found.remove(0).map_err(|error| {
            assert!(!error.to_string().contains("s3cr3t"));
            error.to_string()
        })
    }

    #[test]
    fn a_project_falls_back_to_the_plain_account_and_aliases_that_agree_are_one() {
        let (one, two, main, own) = (sk('1'), sk('2'), ac('a'), ac('b'));
        let text = format!(
            "TWILIO_ACCOUNT_SID={main}\n# shipcrew\nSHIPCREW_TWILIO_API_KEY={one}\nSHIPCREW_TWILIO_API_KEY_SID=\"{one}\"\n\
             SHIPCREW_TWILIO_API_SECRET=s3cr3t\nOWN_TWILIO_API_KEY={two}\nOWN_TWILIO_API_SECRET=s3cr3t\nOWN_TWILIO_ACCOUNT_SID={own}\n\
             EMPTY_TWILIO_API_KEY=\nEMPTY_TWILIO_API_SECRET=\n"
        );
        let found: Vec<FoundPair> = found(&text).into_iter().map(Result::unwrap).collect();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].sid_vars, ["SHIPCREW_TWILIO_API_KEY", "SHIPCREW_TWILIO_API_KEY_SID"]);
        assert_eq!((found[0].account.as_ref().unwrap().as_str(), found[0].line), (main.as_str(), 3));
        assert_eq!(found[0].account_vars, ["TWILIO_ACCOUNT_SID"]);
        assert_eq!(found[1].account.as_ref().unwrap().as_str(), own);
    }

    #[test]
    fn what_is_no_pair_is_named_by_line_and_variable() {
        let (one, two, main) = (sk('1'), sk('2'), ac('a'));
        for (text, says) in [
            (format!("\nTWILIO_API_KEY={one}\n"), "line 2, TWILIO_API_KEY: the secret that belongs to it is missing"),
            (
                "TWILIO_API_SECRET=s3cr3t\n".into(),
                "line 1, TWILIO_API_SECRET: the key SID that belongs to it is missing",
            ),
            (
                format!("TWILIO_API_KEY={one}\nTWILIO_API_KEY_SID={two}\nTWILIO_API_SECRET=s3cr3t\n"),
                "line 2, TWILIO_API_KEY_SID: its value differs from that of TWILIO_API_KEY in line 1",
            ),
            (
                format!("TWILIO_API_KEY={one}\nTWILIO_API_SECRET=s3cr3t\nTWILIO_API_SECRET=s3cr3t2\n"),
                "line 2, TWILIO_API_SECRET: it has different values in lines 2 and 3",
            ),
            (
                format!("TWILIO_API_KEY={main}\nTWILIO_API_SECRET=s3cr3t\n"),
                "line 1, TWILIO_API_KEY: starts with AC (an Account SID), but SK (an API key SID) was expected here",
            ),
            (
                format!("TWILIO_API_KEY={one}\nTWILIO_API_SECRET={one}\n"),
                "line 2, TWILIO_API_SECRET: a SID stands where the secret belongs",
            ),
            (
                format!("TWILIO_API_KEY={one}0\nTWILIO_API_SECRET=s3cr3t\n"),
                "line 1, TWILIO_API_KEY: has 35 characters; a SID has 34",
            ),
            (
                format!("TWILIO_API_KEY={one}\nTWILIO_API_SECRET=\"s3cr3t\n"),
                "line 2, TWILIO_API_SECRET: the opening quote is never closed",
            ),
            (
                format!("TWILIO_ACCOUNT_SID={one}\nTWILIO_API_KEY={one}\nTWILIO_API_SECRET=s3cr3t\n"),
                "line 1, TWILIO_ACCOUNT_SID: starts with SK (an API key SID), but AC (an Account SID) was expected here",
            ),
            (
                format!("not one\nTWILIO_API_KEY={one}\nTWILIO_API_SECRET=s3cr3t\n"),
                "line 1, TWILIO_API_KEY: another reader cannot read this line and stops there",
            ),
        ] {
            assert_eq!(only(&text).unwrap_err(), says, "{text}");
        }
    }

    /// The second reader stops at a line in the middle, so that it says something else of each project. Were the whole
    /// file read again for each, or gone through for each variable, nobody would see the end of this.
    #[test]
    fn each_of_many_projects_is_judged_by_itself() {
        use std::fmt::Write as _;
        let mut text = format!("TWILIO_ACCOUNT_SID={}\n", ac('a'));
        for at in 0..5000 {
            writeln!(text, "P{at}_TWILIO_API_KEY={}\nP{at}_TWILIO_API_SECRET=s3cr3t\n", sk('1')).unwrap();
            text.push_str(if at == 2499 { "not one\n" } else { "" });
        }
        let found = found(&text);
        assert!(found[..2500].iter().all(|found| found.as_ref().is_ok_and(|pair| pair.account.is_some())));
        let stopped = |found: &Result<FoundPair, PairError>| match found {
            Err(error) => error.why == PairWhy::Reader(dialect::Why::Unreadable) && error.line == 7502,
            Ok(_) => false,
        };
        assert!(found.len() == 5000 && found[2500..].iter().all(stopped), "{:?}", found[2500]);
    }

    #[test]
    fn a_token_is_never_taken_for_another_account() {
        let (main, own) = (ac('a'), ac('b'));
        let text = format!("TWILIO_ACCOUNT_SID={main}\nTWILIO_AUTH_TOKEN=s3cr3t\nOWN_TWILIO_ACCOUNT_SID={own}\n");
        let file = EnvFile::parse(text.as_bytes());
        let plain = authority(&file, "").unwrap().unwrap();
        assert_eq!(
            (plain.account.as_str(), plain.token_var.as_str(), plain.line),
            (main.as_str(), "TWILIO_AUTH_TOKEN", 2)
        );
        assert_eq!(authority(&file, "SHIPCREW").unwrap().unwrap().account.as_str(), main);
        assert_eq!(authority(&file, "OWN").unwrap(), None);
        let file = EnvFile::parse(b"AUTH_TOKEN=s3cr3t\n");
        assert_eq!(authority(&file, "").unwrap_err().why, PairWhy::NoAccount);
    }
}
