//! The ways to Twilio that the projects of a file name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::{Client, Endpoint};
use crate::audit::facts::{Probe, Verdict};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::dotenv::{EnvFile, Lookup};
use crate::model::Secret;
use crate::model::variable::{Group, Role, group};
use crate::sinks::pairs::PairWhy;

/// What a project says of its region or its edge.
enum Said {
    /// Nothing.
    Nothing,
    /// The variable and its value.
    So(String, String),
    /// The variable, and why its value cannot be relied upon: asked elsewhere, Twilio refuses what works.
    Unclear(String, String),
}

/// The ways to Twilio, by region and edge, and what bars one.
pub(super) struct Ways<'a> {
    file: &'a EnvFile,
    context: &'a Context,
    groups: Vec<Group>,
    clients: BTreeMap<(Option<String>, Option<String>), Arc<Client>>,
    /// What is said of each variable that leads nowhere.
    pub(super) barred: BTreeMap<String, Probe>,
}

impl<'a> Ways<'a> {
    pub(super) fn new(file: &'a EnvFile, context: &'a Context) -> Self {
        let groups = group(file.assignments().map(|assignment| assignment.name.as_str()));
        Self { file, context, groups, clients: BTreeMap::new(), barred: BTreeMap::new() }
    }

    /// The way for a project's credentials; none if a variable of the file bars it, of which is told in [`Ways::barred`].
    ///
    /// # Errors
    /// Exit 2, if what the flags say cannot be used.
    pub(super) fn of(&mut self, prefix: &str) -> Result<Option<Arc<Client>>, Failure> {
        let global = &self.context.global;
        let said = |given: &Option<String>, role| match given {
            Some(_) => Said::Nothing,
            None => self.said(prefix, role),
        };
        let (region, edge) = (said(&global.region, Role::Region), said(&global.edge, Role::Edge));
        for said in [&region, &edge] {
            if let Said::Unclear(variable, why) = said {
                self.bar(variable.clone(), why);
                return Ok(None);
            }
        }
        let value = |given: &Option<String>, said: &Said| match said {
            Said::So(_, value) => Some(value.clone()),
            _ => given.clone(),
        };
        let key = (value(&global.region, &region), value(&global.edge, &edge));
        if let Some(client) = self.clients.get(&key) {
            return Ok(Some(Arc::clone(client)));
        }
        let Err(failure) = self.context.endpoint_at(key.0.as_deref(), key.1.as_deref()) else {
            let client = Arc::new(self.context.client_at(key.0.as_deref(), key.1.as_deref())?);
            self.clients.insert(key, Arc::clone(&client));
            return Ok(Some(client));
        };
        // The region is what is told of if neither can be a part of a host's name.
        let no_label = |text: &Option<String>| text.is_some() && Endpoint::twilio(None, text.as_deref()).is_err();
        let at_fault = if !no_label(&key.0) && no_label(&key.1) { edge } else { region };
        let Said::So(bars, _) = at_fault else { return Err(failure) };
        self.bar(bars, &failure.chain().join(": "));
        Ok(None)
    }

    fn bar(&mut self, variable: String, why: &str) {
        let why = format!("{why}; no credential of its project was tried");
        let probe = Probe::new(vec![variable.clone()], false, Verdict::CannotTell(why));
        self.barred.entry(variable).or_insert(probe);
    }

    /// What the project says, or else the plain variables.
    fn said(&self, prefix: &str, role: Role) -> Said {
        let of = |prefix: &str| {
            let group = self.groups.iter().find(|group| group.prefix == prefix)?;
            let name = group.of(role).next()?.to_owned();
            match self.file.lookup(&name) {
                Lookup::One { value, .. } | Lookup::Same { value, .. } if value.is_empty() => None,
                Lookup::One { value, .. } | Lookup::Same { value, .. } => Some(Said::So(name, plain(&value))),
                Lookup::Differ { lines } => Some(Said::Unclear(name, PairWhy::Differ { lines }.to_string())),
                Lookup::Unclear { why, .. } => Some(Said::Unclear(name, why.to_string())),
                Lookup::Missing => None,
            }
        };
        of(prefix).or_else(|| of("")).unwrap_or(Said::Nothing)
    }
}

#[expect(clippy::disallowed_methods, reason = "a region or an edge is no secret; it becomes part of a host name")]
fn plain(value: &Secret) -> String {
    value.expose().to_owned()
}
