//! Where shells, interpreters and editors keep what passed through them, below a home directory.

use std::path::{Path, PathBuf};

use super::Place;

/// Files and folders of histories, relative to a home.
const HISTORIES: &[&str] = &[
    ".bash_history",
    ".zsh_history",
    ".zhistory",
    ".histfile",
    ".history",
    ".sh_history",
    ".ksh_history",
    ".mksh_history",
    ".ash_history",
    ".tcsh_history",
    ".bash_sessions",
    ".zsh_sessions",
    ".config/fish/fish_history",
    ".local/share/fish",
    ".local/share/xonsh",
    ".local/share/atuin",
    ".local/share/nushell",
    ".config/nushell",
    ".local/share/powershell/PSReadLine",
    ".local/state/bash",
    ".local/state/zsh",
    ".local/state/python_history",
    ".python_history",
    ".ipython",
    ".node_repl_history",
    ".deno_history",
    ".bun_repl_history",
    ".ts_node_repl_history",
    ".irb_history",
    ".local/share/irb",
    ".pry_history",
    ".php_history",
    ".psql_history",
    ".mysql_history",
    ".mariadb_history",
    ".sqlite_history",
    ".rediscli_history",
    ".dbshell",
    ".mongodb/mongosh",
    ".Rhistory",
    ".julia/logs",
    ".scala_history",
    ".ghc/ghci_history",
    ".gdb_history",
    ".lesshst",
    ".local/state/lesshst",
    ".wget-hsts",
    ".viminfo",
    ".local/share/nvim/shada",
    ".local/state/nvim/shada",
    ".local/share/mc/history",
];

/// Files and folders of editors' copies and of the trash, relative to a home.
const BACKUPS: &[&str] = &[
    ".vim/backup",
    ".vim/swap",
    ".vim/undo",
    ".vim/undodir",
    ".vim/tmp",
    ".local/state/vim",
    ".local/share/nvim/backup",
    ".local/share/nvim/swap",
    ".local/share/nvim/undo",
    ".local/state/nvim/backup",
    ".local/state/nvim/swap",
    ".local/state/nvim/undo",
    ".cache/vim",
    ".emacs.d/backups",
    ".emacs.d/backup",
    ".emacs.d/auto-save-list",
    ".emacs.d/auto-saves",
    ".config/emacs/backups",
    ".config/emacs/auto-save-list",
    ".emacs-backups",
    ".saves",
    ".nano/backups",
    ".local/share/nano",
    ".local/share/kate",
    ".local/share/gedit",
    ".vscode-server/data/User/History",
    ".cache/JetBrains",
    ".local/share/Trash",
    ".Trash",
    "Library/Caches/JetBrains",
];

/// Where programs made from Visual Studio Code keep their folders, relative to a home.
const EDITORS: [&str; 2] = [".config", "Library/Application Support"];
/// Below each program's own folder: earlier versions of files, and what was never saved.
const KEPT: [&str; 2] = ["User/History", "Backups"];

/// What of all this exists under a home: the histories, and if asked for what editors keep.
pub(super) fn of(home: &Path, backups: bool) -> Vec<PathBuf> {
    let histories = HISTORIES.iter().map(|name| home.join(name)).filter(|path| path.exists());
    histories.chain(backups.then(|| editors(home)).into_iter().flatten()).collect()
}

/// What editors keep under a home, and the trash.
pub(crate) fn editors(home: &Path) -> Vec<PathBuf> {
    let fixed = BACKUPS.iter().map(|name| home.join(name)).filter(|path| path.exists());
    fixed.chain(editor_folders(home)).collect()
}

fn editor_folders(home: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in EDITORS {
        let Ok(programs) = std::fs::read_dir(home.join(folder)) else { continue };
        for program in programs.flatten() {
            found.extend(KEPT.iter().map(|kept| program.path().join(kept)).filter(|path| path.is_dir()));
        }
    }
    found
}

/// What a path relative to a home is, if it is in the lists.
pub(super) fn place(relative: &Path) -> Option<Place> {
    let below = |name: &&&str| relative.starts_with(name);
    let program = || EDITORS.iter().find_map(|folder| relative.strip_prefix(folder).ok());
    if HISTORIES.iter().find(below).is_some() {
        Some(Place::History)
    } else if BACKUPS.iter().find(below).is_some() {
        Some(Place::Backup)
    } else {
        let mut parts = program()?.components();
        parts.next()?;
        KEPT.iter().any(|kept| parts.as_path().starts_with(kept)).then_some(Place::Backup)
    }
}

/// Whether a file is a history by its name, wherever it is.
pub(super) fn named(name: &str) -> bool {
    HISTORIES.contains(&name) || name.starts_with('.') && name.ends_with("_history") || name == "fish_history"
}
