//! The folder with the journals of a program, and the command that each belongs to.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::stable_hash::StableHasher;

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

    /// The journal of what a run is. It is the same for the same endpoint, arguments and input, in every release.
    pub(crate) fn journal(&self, name: &str, what: impl Serialize) -> Result<PathBuf> {
        fs::create_dir_all(&self.0)
            .with_context(|| format!("cannot create the folder {:?} (nothing was sent)", self.0))?;
        let mut hasher = StableHasher::new();
        hasher.write(&serde_json::to_vec(&what)?);
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

    /// Deletes a run: its journal, and its command unless it is that of another journal.
    pub(crate) fn forget(&self, journal: &Path) -> Result<()> {
        forget(journal)?;
        let command = command_file(journal);
        let is_shared = self.journals()?.iter().any(|other| command_file(other) == command);
        if is_shared { Ok(()) } else { delete(&command) }
    }

    /// The one journal whose name starts so.
    pub(crate) fn find(&self, name: &str) -> Result<PathBuf> {
        let mut found = self.journals()?.into_iter().filter(|path| run_name(path).starts_with(name));
        match (found.next(), found.next()) {
            (Some(path), None) => Ok(path),
            (None, _) => bail!("expected the name of a run, found {name:?}; see `runs list`"),
            (Some(_), Some(_)) => bail!("{name:?} is the start of more than one name; see `runs list`"),
        }
    }
}

impl RecordedCommand {
    /// The command on one line, without what may be a secret: values of headers, the query of the URL, what follows the program in the command
    /// that prints the token.
    pub(crate) fn shown(&self) -> String {
        let mut flag = "";
        let mut shown = Vec::new();
        for argument in &self.arguments {
            let harmless =
                |flag: &str| HARMLESS.iter().find(|(secret, _)| *secret == flag).map(|(_, harmless)| *harmless);
            shown.push(match (harmless(flag), argument.split_once('=')) {
                (Some(harmless), _) => harmless(argument),
                (None, Some((name, value))) => match harmless(name) {
                    Some(harmless) => format!("{name}={}", harmless(value)),
                    None => argument.clone(),
                },
                (None, None) => argument.clone(),
            });
            flag = argument.as_str();
        }
        shown.join(" ")
    }
}

/// Makes a value harmless.
type Harmless = fn(&str) -> String;

/// The flags whose value may have a secret.
const HARMLESS: [(&str, Harmless); 3] =
    [("--header", without_value), ("--base-url", without_query), ("--token-command", program_of)];
const REDACTED: &str = "<redacted>";

/// A header without its value.
fn without_value(header: &str) -> String {
    header.split_once(':').map_or_else(|| REDACTED.to_owned(), |(name, _)| format!("{}: {REDACTED}", name.trim()))
}

/// A URL without its query, which may have a key. No run has a URL with a user.
fn without_query(url: &str) -> String {
    url.split_once('?').map_or_else(|| url.to_owned(), |(url, _)| format!("{url}?{REDACTED}"))
}

/// The program of a command for a shell. One that is not written plainly may be a part of a secret, as in `KEY="a b" program`.
fn program_of(command: &str) -> String {
    let (program, arguments) = command.trim().split_once(char::is_whitespace).unwrap_or((command.trim(), ""));
    let is_plain = program.chars().all(|c| c.is_alphanumeric() || "-_./\\:~".contains(c));
    match (is_plain, arguments) {
        (true, "") => program.to_owned(),
        (true, _) => format!("{program} {REDACTED}"),
        (false, _) => REDACTED.to_owned(),
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

/// Writes down the command of a journal. It is whole, so that `runs resume` can run it: a header in it may be a key, and so may a word of
/// the command that prints the token.
pub(crate) fn record_command(journal: &Path, arguments: &[String]) -> Result<()> {
    let command = RecordedCommand { folder: env::current_dir()?, arguments: arguments.to_vec() };
    let path = command_file(journal);
    write_private(&path, &serde_json::to_vec(&command)?)
        .with_context(|| format!("cannot write {path:?} (nothing was sent)"))
}

/// Writes a file that only its owner can read, whoever could read the one that it replaces.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    // Temporary files are private.
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
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
        delete(Path::new(&path))?;
    }
    Ok(())
}

fn delete(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot delete {path:?}"))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An unfinished run must be found again by the next release.
    #[test]
    fn the_name_of_a_journal_is_the_same_in_every_release() {
        let folder = tempfile::tempdir().unwrap();
        let what =
            ("https://a.example/", [("org_id", "o")], Some("file:///in.csv"), 7_u64, (0, None::<usize>), ["failed"]);
        let journal = StateFolder(folder.path().to_owned()).journal("csp-deactivate", what).unwrap();
        assert_eq!(journal.file_name().unwrap(), "csp-deactivate-6741d216f27a9427.db");
    }

    #[test]
    fn a_command_is_shown_without_its_secrets() {
        for (line, want) in [
            ("post|--header|X-Key: a: b|x", "post --header X-Key: <redacted> x"),
            ("post|--header=X-Key:a=b|--yes", "post --header=X-Key: <redacted> --yes"),
            ("post|--header|X-A: a|--header|X-B: b", "post --header X-A: <redacted> --header X-B: <redacted>"),
            ("post|--note|--header|X-A: a", "post --note --header X-A: <redacted>"),
            ("post|--base-url|https://a/v1?key=a|x", "post --base-url https://a/v1?<redacted> x"),
            ("post|--base-url=https://a?key=a", "post --base-url=https://a?<redacted>"),
            ("post|--base-url|https://a/v1|a?b=c", "post --base-url https://a/v1 a?b=c"),
            ("post|--token-command|vault read -key=a b|x", "post --token-command vault <redacted> x"),
            ("post|--token-command=/bin/pass show a|x", "post --token-command=/bin/pass <redacted> x"),
            ("post|--token-command|print-token", "post --token-command print-token"),
            ("post|--token-command|KEY=\"a b c\" get", "post --token-command <redacted>"),
            ("post|--token-command|$(cat a);b", "post --token-command <redacted>"),
        ] {
            let arguments = line.split('|').map(str::to_owned).collect();
            assert_eq!(RecordedCommand { folder: PathBuf::new(), arguments }.shown(), want);
        }
    }
}
