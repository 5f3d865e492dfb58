use std::fs::File;
use std::io::Write as _;

use super::*;

fn put(path: &Path, text: &str) {
    std::fs::DirBuilder::new().recursive(true).create(path.parent().unwrap()).unwrap();
    File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
}

/// What a package of these files, one `name: text` each, says of a path: `in`, `unignored`, `tracked`, `?` or `-`.
fn of(files: &[(&str, &str)], path: &str) -> &'static str {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().canonicalize().unwrap();
    for (name, text) in files {
        put(&dir.join(name), text);
    }
    let found = around(&dir.join(path));
    assert!(found.len() < 2, "{found:?}");
    match found.first().map(|package| &package.packed) {
        None => "-",
        Some(Fact::Known(Packed::Always)) => "in",
        Some(Fact::Known(Packed::UnlessIgnored)) => "unignored",
        Some(Fact::Known(Packed::IfTracked)) => "tracked",
        Some(_) => "?",
    }
}

const NPM: &str = r#"{"name":"x","version":"1.0.0"}"#;

fn npm(more: &str) -> String {
    format!(r#"{{"name":"x","version":"1.0.0",{more}}}"#)
}

/// Each was packed by npm 11.19 (`npm pack --dry-run`).
#[test]
fn npm_takes_what_was_seen() {
    let lib = npm(r#""files":["lib"]"#);
    for (manifest, others, path, expected) in [
        (NPM, &[][..], ".env", "in"),
        (NPM, &[], "sub/.env", "in"),
        (NPM, &[], "node_modules/m/.env", "-"),
        (NPM, &[], "repos.env.orig", "-"),
        (NPM, &[(".gitignore", ".env\n")], ".env", "-"),
        (NPM, &[(".gitignore", ".env\n")], "sub/.env", "-"),
        (NPM, &[(".gitignore", ".env\n"), (".npmignore", "x\n")], ".env", "in"),
        (NPM, &[("sub/.gitignore", ".env\n")], "sub/.env", "-"),
        (NPM, &[("sub/.gitignore", ".env\n")], ".env", "in"),
        (NPM, &[(".gitignore", ".env\n"), ("sub/.gitignore", "!.env\n")], "sub/.env", "in"),
        (NPM, &[(".npmignore", "sub/\n")], "sub/.env", "-"),
        (NPM, &[("sub/package.json", r#"{"private":true}"#)], "sub/.env", "in"),
        (&lib, &[], ".env", "-"),
        (&lib, &[], "lib/deep/x.env", "in"),
        (&lib, &[(".npmignore", ".env\n")], "lib/.env", "in"),
        (&lib, &[("lib/.npmignore", ".env\n")], "lib/.env", "-"),
        (&lib, &[("lib/.gitignore", ".env\n")], "lib/.env", "-"),
        (&npm(r#""files":["*.env","!repos.env"]"#), &[], ".env", "in"),
        (&npm(r#""files":["*.env","!repos.env"]"#), &[], "repos.env", "-"),
        (&npm(r#""files":["*.env"]"#), &[], "sub/y.env", "-"),
        (&npm(r#""files":["**/*.env"]"#), &[], "sub/y.env", "in"),
        (&npm(r#""files":["*"]"#), &[], "lib/.env", "in"),
        (&npm(r#""files":["./lib/"]"#), &[], "lib/.env", "in"),
        (&npm(r#""files":[]"#), &[], ".env", "-"),
        (&npm(r#""files":["."]"#), &[], ".env", "-"),
        (r#"{"version":"1.0.0"}"#, &[], ".env", "-"),
        ("no JSON", &[], ".env", "-"),
        // It would be packed, but npm refuses to publish it.
        (&npm(r#""private":true"#), &[], ".env", "-"),
    ] {
        let files = [&[("package.json", manifest)], others].concat();
        assert_eq!(of(&files, path), expected, "{manifest} {others:?} {path}");
    }
}

/// Each was listed by cargo 1.95 (`cargo package --list`).
#[test]
fn cargo_takes_what_was_seen() {
    let git = (".git/HEAD", "");
    for (more, others, path, expected) in [
        ("", &[][..], "repos.env", "in"),
        ("", &[], "conf/x.env", "in"),
        ("", &[], ".env", "-"),
        ("", &[], ".hidden/x.env", "-"),
        ("", &[git], ".env", "unignored"),
        ("", &[git], "target/.env", "-"),
        ("include=[\"src\",\"*.env\"]", &[git], "conf/x.env", "in"),
        ("include=[\"src\",\"/conf\"]", &[], "conf/.env", "in"),
        ("include=[\"src\",\"/conf\"]", &[], "x.env", "-"),
        ("include=[\"src\",\".env\"]", &[], "c/.env", "in"),
        ("include=[\"*.env\",\"!repos.env\"]", &[], "repos.env", "-"),
        ("exclude=[\"*.env\"]", &[git], "conf/x.env", "-"),
        ("exclude=[\"conf\"]", &[git], "conf/x.env", "-"),
        ("exclude=[\"conf/*\"]", &[], "n/conf/z.env", "in"),
        ("include=[\"src\"]\nexclude=[\"*.env\"]", &[], "x.env", "-"),
        ("include.workspace=true", &[], "x.env", "?"),
        ("exclude.workspace=true", &[], "x.env", "?"),
        ("publish=false", &[git], "x.env", "-"),
        ("publish=[]", &[git], "x.env", "-"),
        ("", &[git, ("sub/Cargo.toml", "[package]\nname=\"y\"\npublish=false\n")], "sub/x.env", "-"),
    ] {
        let manifest = format!("[package]\nname=\"x\"\nversion=\"1.0.0\"\n{more}\n");
        let files = [&[("Cargo.toml", manifest.as_str())], others].concat();
        assert_eq!(of(&files, path), expected, "{more} {others:?} {path}");
    }
    assert_eq!(of(&[("Cargo.toml", "[workspace]\n")], "x.env"), "-");
}

/// Each was built (`python -m build -s`).
#[test]
fn python_takes_what_was_seen() {
    let with = |backend: &str, more: &str| {
        format!("[build-system]\nrequires=[]\nbuild-backend=\"{backend}\"\n[project]\nname=\"x\"\n{more}\n")
    };
    let (setuptools, hatch) = (with("setuptools.build_meta", ""), with("hatchling.build", ""));
    let scm = setuptools.replace("requires=[]", "requires=[\"setuptools-scm>=8\"]");
    let graft = "graft .\nprune out\nexclude .env\nglobal-exclude a.env\n";
    let git = (".git/HEAD", "");
    for (manifest, others, path, expected) in [
        (&setuptools, &[][..], ".env", "-"),
        (&setuptools, &[("MANIFEST.in", "include *.env\n")], ".env", "in"),
        (&setuptools, &[("MANIFEST.in", "include *.env\n")], "x/a.env", "-"),
        (&setuptools, &[("MANIFEST.in", graft)], "repos.env", "in"),
        (&setuptools, &[("MANIFEST.in", graft)], ".env", "-"),
        (&setuptools, &[("MANIFEST.in", graft)], "x/.env", "in"),
        (&setuptools, &[("MANIFEST.in", graft)], "x/a.env", "-"),
        (&setuptools, &[("MANIFEST.in", "recursive-include x *.env\n")], "x/.env", "in"),
        (&setuptools, &[("MANIFEST.in", "recursive-include x *.env\n")], ".env", "-"),
        (&scm, &[git], ".env", "tracked"),
        (&hatch, &[], "x/.env", "in"),
        (&hatch, &[git], "x/.env", "unignored"),
        (&hatch, &[(".gitignore", "")], "x/.env", "?"),
        (&with("hatchling.build", "[tool.hatch.build.targets.sdist]\ninclude=[\"x\"]"), &[], ".env", "?"),
        (&with("flit_core.buildapi", ""), &[], ".env", "-"),
        (&with("flit_core.buildapi", ""), &[], "x/.env", "?"),
        (&with("poetry.core.masonry.api", ""), &[], ".env", "-"),
        (&with("poetry.core.masonry.api", ""), &[], "x/.env", "?"),
        (&with("maturin", ""), &[], ".env", "?"),
        (&with("hatchling.build", "classifiers=[\"Private :: Do Not Upload\"]"), &[], ".env", "-"),
        (&"[tool.ruff]\nline-length=100\n".to_owned(), &[], ".env", "-"),
    ] {
        let files = [&[("pyproject.toml", manifest.as_str())], others].concat();
        assert_eq!(of(&files, path), expected, "{manifest} {others:?} {path}");
    }
    assert_eq!(of(&[("setup.py", ""), ("MANIFEST.in", "include .env")], ".env"), "in");
}
