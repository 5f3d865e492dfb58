//! What `README.md` shows, typed in its order by somebody with nothing but an empty home.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A line that is typed, and what the page says that it prints.
struct Typed {
    line: String,
    prints: String,
}

/// Every `console` block of the page, one after the other.
fn session() -> Vec<Typed> {
    let mut typed: Vec<Typed> = Vec::new();
    let mut inside = false;
    for line in include_str!("../../README.md").lines() {
        match (inside, line.strip_prefix("$ ")) {
            _ if line == "```console" => inside = true,
            _ if line == "```" => inside = false,
            (true, Some(line)) => typed.push(Typed { line: line.to_owned(), prints: String::new() }),
            (true, None) => writeln!(typed.last_mut().unwrap().prints, "{line}").unwrap(),
            (false, _) => {}
        }
    }
    typed
}

/// What differs from run to run, made the same: the folder, the port, moments.
fn mask(text: &str) -> String {
    let mut masked = String::new();
    for line in text.lines().filter(|line| !line.starts_with("warning: asking 127.0.0.1:")) {
        let words = line.split_inclusive(' ').map(|word| {
            let moment = word.len() >= 20 && word.as_bytes()[10] == b'T' && word.as_bytes()[19] == b'Z';
            let after = |mark: &str| word.find(mark).map(|at| at + mark.len());
            if moment {
                format!("MOMENT{}", &word[20..])
            } else if let Some(start) = after("/tmp/tmp.") {
                let end = word[start..].find('/').map_or(word.len(), |at| start + at);
                format!("{}FOLDER{}", &word[..start], &word[end..])
            } else if let Some(start) = after("127.0.0.1:") {
                format!("{}PORT", &word[..start])
            } else {
                word.to_owned()
            }
        });
        masked += words.collect::<String>().trim_end();
        masked.push('\n');
    }
    masked.trim_end().to_owned()
}

/// The whole page in one shell: no block may lean on something that no block before it has made.
#[test]
fn the_blocks_of_the_readme_work_in_their_order_and_print_what_they_show() {
    let session = session();
    let (start, typed) = session.split_first().unwrap();
    assert_eq!(start.line, "twcred sandbox -- bash");
    let home = TempDir::new().unwrap();
    let bin = home.path().join("bin");
    twcred::store::paths::make(&bin).unwrap();
    let program = bin.join("twcred");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_twcred"), &program).unwrap();
    let mut command = Command::new(&program);
    command.env_clear().env("HOME", home.path()).env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
    // What `mktemp` makes goes with the home.
    command.env("TMPDIR", home.path());
    command.args(["sandbox", "--", "bash"]).current_dir(home.path());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut script = "exec 2>&1\n".to_owned();
    for typed in typed {
        writeln!(script, "{{ {}\n}} </dev/null\necho \"=== exit $?\"", typed.line).unwrap();
    }
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap().replace(home.path().to_str().unwrap(), "/tmp");
    let mut answers = said.split_inclusive("=== exit ");
    let mut next = answers.next().unwrap().to_owned();
    for typed in typed {
        let printed = next.trim_end_matches("=== exit ").to_owned();
        let rest = answers.next().unwrap_or_default();
        let (code, after) = rest.split_once('\n').unwrap_or((rest, ""));
        // An audit that finds something says so.
        let expected = if typed.line.starts_with("twcred audit") { "3" } else { "0" };
        assert_eq!(code, expected, "{}\n{printed}", typed.line);
        assert_eq!(mask(&printed), mask(&typed.prints), "{}", typed.line);
        next = after.to_owned();
    }
    assert_eq!(typed.len(), 13);
}
