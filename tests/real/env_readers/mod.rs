//! The readers of env files, asked about files that nobody measured before: what is called portable they all read
//! alike, and a safe fix leaves to each of them what it saw.
//!
//! `TWCRED_SEED` gives other random files, `TWCRED_FILES` another number of them, and `TWCRED_ENV_FILES` a folder with
//! files to mend beside them, such as what a fuzzer has collected.

mod files;
mod readers;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fastrand::Rng;
use twcred::audit::rule::FixKind;
use twcred::audit::{Facts, Portability, RULES, Safety, Selection, mend, portable};
use twcred::dotenv::{EnvFile, Item};

use self::files::Mess;
use self::readers::{ENVIRONMENT, Reading, Vars, read};
use crate::support::Tools;

/// Rules whose safe fix takes rights away and edits nothing.
const OF_RIGHTS: [&str; 5] = ["TW101", "TW102", "TW103", "TW105", "TW106"];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn tools() -> Option<(Tools, Tools)> {
    Some((Tools::with_python()?, Tools::with_node()?))
}

fn is_portable(bytes: &[u8]) -> bool {
    let environment = |name: &str| ENVIRONMENT.iter().any(|(set, _)| *set == name);
    portable(&EnvFile::parse(bytes), environment) == Portability::Portable
}

/// What the document says that is meant, and of which variables it says that readers differ.
struct Document {
    /// Of each variable, what stands in its assignments.
    meant: BTreeMap<String, Vec<String>>,
    unclear: BTreeSet<String>,
    /// The lines that are nothing to us, and the assignments of which readers differ: some find further ones in them.
    tangled: Vec<String>,
}

impl Document {
    fn of(bytes: &[u8]) -> Self {
        let file = EnvFile::parse(bytes);
        let text = |span| String::from_utf8_lossy(file.raw(span)).into_owned();
        let others = file.items().iter().filter(|item| matches!(item, Item::Other { .. }));
        let tangled = others.map(|item| text(item.span())).collect();
        let mut document = Self { meant: BTreeMap::new(), unclear: BTreeSet::new(), tangled };
        for at in file.assignments() {
            document.meant.entry(at.name.clone()).or_default().push(text(at.value_span));
            if file.read(at).is_err() {
                document.unclear.insert(at.name.clone());
                document.tangled.push(text(at.span));
            }
        }
        document
    }

    /// The values that a reader sees who takes every line as we do.
    fn last(&self) -> Vars {
        self.meant.iter().map(|(name, values)| (name.clone(), values.last().unwrap().clone())).collect()
    }
}

fn shown(bytes: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(bytes))
}

/// Every portable line, many to a file, and random portable files.
fn portable_files() -> Vec<Vec<u8>> {
    let lines: Vec<String> = files::lines().filter(|line| is_portable(format!("{line}\n").as_bytes())).collect();
    assert!(lines.len() > 500, "{} lines are portable", lines.len());
    let mut all: Vec<Vec<u8>> = lines.chunks(20).map(|some| (some.join("\n") + "\n").into_bytes()).collect();
    // The last line of a file is read in other ways than the rest.
    all.extend(
        lines.iter().filter(|line| is_portable(line.as_bytes())).step_by(7).map(|line| line.clone().into_bytes()),
    );
    let mut rng = Rng::with_seed(number("TWCRED_SEED", 1));
    let wanted = all.len() + usize::try_from(number("TWCRED_FILES", 250)).unwrap() / 2;
    while all.len() < wanted {
        let mess = Mess { values: rng.u32(..30), around: rng.u32(..10) };
        all.extend(Some(files::file(&mut rng, mess)).filter(|bytes| is_portable(bytes)));
    }
    all
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn what_is_called_portable_is_read_alike() {
    let Some((python, node)) = tools() else { return };
    let files = portable_files();
    let mut wrong = Vec::new();
    for Reading { reader, files: seen } in read(&python, &node, &files) {
        for (bytes, seen) in files.iter().zip(seen) {
            let meant = Document::of(bytes).last();
            let differ = |(name, value): &(&String, &String)| seen.get(*name) != Some(*value);
            if seen != meant {
                let first = meant.iter().find(differ).map(|(name, value)| (name, value, seen.get(name)));
                let more = seen.keys().find(|name| !meant.contains_key(*name));
                wrong.push(format!("{reader}: {first:?} {more:?} in {}", shown(bytes)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} files:\n{}", wrong.len(), files.len(), wrong.join("\n"));
    println!("{} portable files, read alike", files.len());
}

/// A file, the file mended, and the rules that mended it.
struct Mended {
    before: Vec<u8>,
    after: Vec<u8>,
    rules: BTreeSet<&'static str>,
}

fn mended(bytes: &[u8], select: &[&str]) -> Option<Mended> {
    let select = select.iter().map(|&code| code.to_owned()).collect();
    let selection = Selection { pedantic: true, select, ..Selection::default() };
    let fixed = mend(&EnvFile::parse(bytes), &Facts::default(), &selection, Safety::Safe);
    let after = fixed.bytes.to_vec();
    let rules = fixed.done.iter().map(|done| done.code).collect();
    (after != bytes).then(|| Mended { before: bytes.to_vec(), after, rules })
}

fn in_folder(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// The rules with a safe fix that edits.
fn fixing() -> Vec<&'static str> {
    let safe = RULES.iter().map(|rule| rule.meta()).filter(|meta| meta.fix == FixKind::Safe);
    safe.map(|meta| meta.code).filter(|code| !OF_RIGHTS.contains(code)).collect()
}

/// The corpus, what the fuzzer found, and random files, each mended as a whole and by one rule alone.
fn mended_files() -> Vec<Mended> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures");
    let mut files = in_folder(&fixtures.join("env-corpus/cases"));
    files.extend(in_folder(&fixtures.join("fuzz-found")));
    if let Some(folder) = std::env::var_os("TWCRED_ENV_FILES") {
        files.extend(in_folder(Path::new(&folder)));
    }
    // A NUL ends what a shell reads and what an environment holds.
    files.retain(|bytes| bytes.len() < 4096 && !bytes.contains(&0));
    let fixing = fixing();
    let mut all = Vec::new();
    for bytes in &files {
        let Some(whole) = mended(bytes, &[]) else { continue };
        all.extend(whole.rules.iter().filter_map(|code| mended(bytes, &[code])));
        all.push(whole);
    }
    let mut rng = Rng::with_seed(number("TWCRED_SEED", 1));
    let wanted = all.len() + usize::try_from(number("TWCRED_FILES", 250)).unwrap();
    while all.len() < wanted {
        let mess = Mess { values: rng.u32(..60), around: rng.u32(..60) };
        let bytes = files::file(&mut rng, mess);
        let alone = rng.bool().then(|| fixing[rng.usize(..fixing.len())]);
        all.extend(mended(&bytes, alone.as_slice()));
    }
    all
}

/// What mending did to what a reader sees, if it is no good.
///
/// What it saw of a variable it still sees, or now what was meant. A reader that did not come through the file before
/// may see more of it; and where readers differ on that, it sees it as it does.
fn harm(before: &Vars, after: &Vars, document: &Document) -> Option<String> {
    let lost = before.keys().find(|name| document.meant.contains_key(*name) && !after.contains_key(*name));
    if let Some(name) = lost {
        return Some(format!("{name} is lost"));
    }
    let saw_all = document.meant.keys().all(|name| before.contains_key(name));
    // A byte order mark that goes stood in a name.
    let marked = |name: &str| before.iter().find(|(was, _)| was.trim_start_matches(['\u{feff}', ' ', '\t']) == name);
    let good = |(name, now): (&String, &String)| {
        let was = before.get(name).or_else(|| marked(name).map(|(_, was)| was));
        // The carriage return is what was mended.
        let same = was.is_some_and(|was| was == now || was.replace('\r', "") == *now);
        let meant = document.meant.get(name);
        let repeated = meant.is_some_and(|all| all.len() > 1);
        let more = (!saw_all && meant.is_none()) || ((!saw_all || repeated) && document.unclear.contains(name));
        let tangled = |text: &String| document.tangled.iter().any(|all| all.contains(text));
        let within =
            if meant.is_some() { !saw_all && tangled(&format!(" {name}={now}")) } else { tangled(&format!("{name}=")) };
        // It was taken for the value of another variable, and is a line again.
        let freed = was.is_none() && before.values().any(|was| was.starts_with(&format!("{name}={now}")));
        // No program looks for a variable of such a name.
        let nameless = !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        // A reader that splits at blanks, and now comes as far as this.
        let split = !saw_all && meant.is_some_and(|all| all.iter().any(|text| text.trim() == now));
        same || more || split || within || freed || nameless || meant.is_some_and(|all| all.contains(now))
    };
    let (name, now) = after.iter().find(|&seen| !good(seen))?;
    Some(format!("{name} was {:?}, was meant to be {:?}, and is {now:?}", before.get(name), document.meant.get(name)))
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_safe_fix_leaves_to_every_reader_what_it_saw_or_gives_it_what_was_meant() {
    let Some((python, node)) = tools() else { return };
    let mended = mended_files();
    let mut count: BTreeMap<&str, usize> = fixing().into_iter().map(|code| (code, 0)).collect();
    for code in mended.iter().flat_map(|file| &file.rules) {
        *count.entry(code).or_default() += 1;
    }
    assert!(count.values().all(|times| *times >= 3), "every safe fix is tried: {count:?}");
    let files: Vec<Vec<u8>> = mended.iter().flat_map(|file| [file.before.clone(), file.after.clone()]).collect();
    let (mut wrong, mut same) = (Vec::new(), 0);
    for Reading { reader, files } in read(&python, &node, &files) {
        for (file, seen) in mended.iter().zip(files.chunks(2)) {
            same += usize::from(seen[0] == seen[1]);
            if let Some(harm) = harm(&seen[0], &seen[1], &Document::of(&file.before)) {
                wrong.push(format!(
                    "{reader}: {harm}: {} {:?} {}",
                    shown(&file.before),
                    file.rules,
                    shown(&file.after)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    println!("{} files mended, {same} readings the same: {count:?}", mended.len());
}
