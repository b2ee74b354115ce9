//! The folder with the journals of a program, and the command that each belongs to.

use std::env;
use std::fs::{self, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// The folder with the journals of a program.
#[derive(Debug, Clone)]
pub(crate) struct StateFolder(PathBuf);

/// The command that a journal belongs to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RecordedCommand {
    pub(crate) folder: PathBuf,
    pub(crate) arguments: Vec<String>,
}

impl StateFolder {
    /// The folder by the conventions of the system: `$XDG_STATE_HOME`, `~/.local/state`, or `%LOCALAPPDATA%`.
    pub(crate) fn of(program: &str) -> Result<Self> {
        let variable = |name: &str| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let base = variable("XDG_STATE_HOME")
            .or_else(|| variable("LOCALAPPDATA"))
            .or_else(|| variable("HOME").map(|home| home.join(".local/state")))
            .context(
                "no folder for the journal: set HOME, or give --journal FILE or --no-journal (nothing was sent)",
            )?;
        Ok(StateFolder(base.join(program).join("runs")))
    }

    /// The journal of what is hashed here. It is the same for the same endpoint, arguments and input.
    pub(crate) fn journal(&self, name: &str, what: impl Hash) -> Result<PathBuf> {
        fs::create_dir_all(&self.0)
            .with_context(|| format!("cannot create the folder {:?} (nothing was sent)", self.0))?;
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        Ok(self.0.join(format!("{name}-{:016x}.db", hasher.finish())))
    }

    /// The journals, sorted.
    pub(crate) fn journals(&self) -> Result<Vec<PathBuf>> {
        if !self.0.exists() {
            return Ok(Vec::new());
        }
        let entries = fs::read_dir(&self.0).with_context(|| format!("cannot read the folder {:?}", self.0))?;
        let paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        let mut journals: Vec<PathBuf> =
            paths.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "db")).collect();
        journals.sort();
        Ok(journals)
    }

    /// The one journal whose name starts so.
    pub(crate) fn find(&self, name: &str) -> Result<PathBuf> {
        let mut found = self.journals()?.into_iter().filter(|path| run_name(path).starts_with(name));
        match (found.next(), found.next()) {
            (Some(path), None) => Ok(path),
            (None, _) => bail!("no run {name:?}; see `runs list`"),
            (Some(_), Some(_)) => bail!("{name:?} is the start of more than one name; see `runs list`"),
        }
    }
}

/// The name of a run in lists.
pub(crate) fn run_name(journal: &Path) -> String {
    journal.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Where the command of a journal is. A journal that was put aside has that of the same name.
fn command_file(journal: &Path) -> PathBuf {
    let name = run_name(journal);
    let name = name.split('.').next().unwrap_or_default();
    journal.with_file_name(format!("{name}.command.json"))
}

/// Writes down the command of a journal.
pub(crate) fn record_command(journal: &Path, arguments: &[String]) -> Result<()> {
    let command = RecordedCommand { folder: env::current_dir()?, arguments: arguments.to_vec() };
    let path = command_file(journal);
    write_private(&path, &serde_json::to_vec(&command)?)
        .with_context(|| format!("cannot write {path:?} (nothing was sent)"))
}

/// Writes a file that only its owner can read: a header in a command may be a key.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content)
}

/// The command of a journal, if it was written down.
pub(crate) fn recorded_command(journal: &Path) -> Option<RecordedCommand> {
    serde_json::from_slice(&fs::read(command_file(journal)).ok()?).ok()
}

/// Deletes a journal.
pub(crate) fn forget(journal: &Path) -> Result<()> {
    for ending in ["-wal", "-shm", "-lock", ""] {
        let mut path = journal.as_os_str().to_owned();
        path.push(ending);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot delete {path:?}"));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
