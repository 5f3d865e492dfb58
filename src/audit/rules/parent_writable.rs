//! TW109: A directory on the way to the file can be written by others.

use super::{
    AclWho, Ancestor, Chain, EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, holder, out_of_the_list,
    regular,
};

pub(super) struct ParentWritable;

static META: Meta = Meta {
    code: "TW109",
    name: "parent-writable",
    severity: Severity::Critical,
    when: When::Default,
    summary: "A directory on the way to the file can be written by others.",
    why: "Whoever may write a directory may rename the file away and put his own in its place, whatever the mode of the file.",
    mend: "Take the right away with `chmod go-w` on the directory, or `setfacl -b` where an access control list gives it, if it was not meant. `--allow-group` is about reading the file and excuses nobody here.",
    fix: FixKind::Suggested,
    precedent: "OpenSSH checks the path of a key.",
};

impl Rule for ParentWritable {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = regular(facts) else { return Vec::new() };
        // In a sticky directory only the owner of a file renames it.
        let open = kernel.ancestors.iter().filter(|dir| dir.mode & 0o1000 == 0);
        open.filter_map(|dir| writable(dir, kernel.expected.uid, facts)).collect()
    }
}

fn writable(dir: &Ancestor, user: u32, facts: &Facts) -> Option<Finding> {
    let may = dir.replacers();
    let others = may.contains(&AclWho::Other);
    let (who, by_list): (Vec<AclWho>, bool) = if others {
        (vec![AclWho::Other], false)
    } else {
        let named = may.iter().any(|who| matches!(who, AclWho::User(_) | AclWho::Group(_)));
        (may.into_iter().filter(|who| *who != AclWho::User(user)).collect(), named)
    };
    let first = who.first()?;
    // A group that may read the file may not put another in its place; and it has more members than one.
    let gid = |who: &AclWho| match who {
        AclWho::OwningGroup => Some(dir.gid),
        AclWho::Group(gid) => Some(*gid),
        AclWho::Owner | AclWho::User(_) | AclWho::Mask | AclWho::Other => None,
    };
    let allowed = |who: &AclWho| gid(who).is_some_and(|gid| facts.options.allow_groups.contains(&gid));
    let private = who.iter().all(|who| !allowed(who) && dir.private_to(*who, user));
    let named: Vec<String> = who
        .iter()
        .map(|who| match (who, gid(who)) {
            (AclWho::Other, _) => "every user".to_owned(),
            (_, Some(gid)) => format!("group {gid}"),
            (who, None) => holder(*who),
        })
        .collect();
    let what = if by_list { "the access control list".to_owned() } else { format!("mode {:04o}", dir.mode) };
    let message = format!("{what} of a directory on the way lets {} replace the file", enumerated(&named));
    let mut finding = Finding::new(&META, message).elsewhere(dir.path.clone(), 0, 0).severity(if private {
        Severity::Warning
    } else {
        Severity::Critical
    });
    if who.iter().any(allowed) {
        finding = finding.note("the group is allowed to read the file, and no more");
    }
    for who in &who {
        finding = out_of_the_list(finding, *who, &dir.path, facts);
    }
    if *first == AclWho::OwningGroup && dir.acl.unknown().is_some() {
        finding = finding.note("its access control list, which may name others, could not be read");
    }
    if dir.chain == Chain::Lexical {
        finding = finding.note("it holds a symbolic link on the way to the file");
    }
    Some(finding)
}

/// `a`, `a and b`, `a, b and c`.
fn enumerated(all: &[String]) -> String {
    match all {
        [init @ .., last] if !init.is_empty() => format!("{} and {last}", init.join(", ")),
        _ => all.concat(),
    }
}
