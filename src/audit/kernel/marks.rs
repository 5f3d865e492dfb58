//! What marks a directory as served, synced or shared.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::audit::facts::Marked;

/// The outermost directory on the way that everybody may make files in.
pub(super) fn shared_tmp(path: &Path) -> Option<PathBuf> {
    const KNOWN: [&str; 5] = ["/tmp", "/var/tmp", "/dev/shm", "/private/tmp", "/private/var/tmp"];
    let mut dirs: Vec<&Path> = path.ancestors().skip(1).collect();
    dirs.reverse();
    let shared = |dir: &&Path| {
        KNOWN.iter().any(|known| **dir == **known) || dir.metadata().is_ok_and(|found| found.mode() & 0o1002 == 0o1002)
    };
    dirs.into_iter().find(shared).map(Path::to_owned)
}

/// The innermost directory on the way that a web server seems to serve: it is a usual place, or has a usual name and a
/// page or a server's configuration within or beside it.
pub(super) fn web_root(path: &Path) -> Option<Marked> {
    const PLACES: [&str; 5] =
        ["/var/www/html", "/srv/http", "/srv/www/htdocs", "/usr/share/nginx/html", "/usr/local/www/apache24/data"];
    const NAMES: [&str; 9] = ["public", "static", "htdocs", "www", "wwwroot", "dist", "public_html", "webroot", "html"];
    const WITHIN: [&str; 8] =
        [".htaccess", "web.config", "index.html", "index.htm", "index.php", "_redirects", "_headers", "favicon.ico"];
    const BESIDE: [&str; 9] = [
        "nginx.conf",
        "httpd.conf",
        "apache2.conf",
        "Caddyfile",
        "netlify.toml",
        "firebase.json",
        "vercel.json",
        "lighttpd.conf",
        "staticwebapp.config.json",
    ];
    path.ancestors().skip(1).find_map(|dir| {
        let marked = |by: &str| Some(Marked { path: dir.to_owned(), by: by.to_owned() });
        if let Some(place) = PLACES.iter().find(|place| *dir == ***place) {
            return marked(place);
        }
        let name = dir.file_name()?.to_str()?;
        if !NAMES.contains(&name) {
            return None;
        }
        let beside = dir.parent();
        let within = WITHIN.iter().find(|mark| dir.join(mark).is_file());
        let mark = within.or_else(|| BESIDE.iter().find(|mark| beside.is_some_and(|dir| dir.join(mark).is_file())));
        mark.and_then(|mark| marked(mark))
    })
}

/// The innermost directory on the way that a service copies to other machines.
pub(super) fn synced(path: &Path) -> Option<Marked> {
    path.ancestors().skip(1).find_map(|dir| service(dir).map(|by| Marked { path: dir.to_owned(), by: by.to_owned() }))
}

fn service(dir: &Path) -> Option<&'static str> {
    /// A directory's own name, whole or with an account's name behind it.
    const NAMES: [(&str, &str); 8] = [
        ("Dropbox", "Dropbox"),
        ("OneDrive", "OneDrive"),
        ("Google Drive", "Google Drive"),
        ("GoogleDrive", "Google Drive"),
        ("iCloud Drive", "iCloud Drive"),
        ("Mobile Documents", "iCloud Drive"),
        ("pCloudDrive", "pCloud"),
        ("Nextcloud", "Nextcloud"),
    ];
    /// What a service puts into the directory it syncs.
    const MARKS: [(&str, &str); 9] = [
        (".dropbox", "Dropbox"),
        (".dropbox.cache", "Dropbox"),
        (".849C9593-D756-4E56-8D6E-42412F2A707B", "OneDrive"),
        (".stfolder", "Syncthing"),
        (".nextcloudsync.log", "Nextcloud"),
        (".owncloudsync.log", "ownCloud"),
        (".tmp.drivedownload", "Google Drive"),
        (".megaignore", "MEGA"),
        (".resilio-sync", "Resilio Sync"),
    ];
    if dir.parent().is_some_and(|parent| parent.ends_with("Library/CloudStorage")) {
        return Some("a cloud drive");
    }
    let name = dir.file_name()?.to_str()?;
    let named = NAMES.iter().find(|(start, _)| {
        name.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '-']))
    });
    let mark = || MARKS.iter().find(|(mark, _)| dir.join(mark).symlink_metadata().is_ok());
    // `~/.dropbox` is where the program keeps its settings, and does not mark the home as synced.
    let own = |mark: &&(&str, &str)| mark.0 != ".dropbox" || dir.join(mark.0).is_file();
    named.or_else(|| mark().filter(own)).map(|(_, service)| *service)
}
