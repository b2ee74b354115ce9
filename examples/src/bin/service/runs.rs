//! The runs and batchers of the service: what is accepted survives a restart.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::Context;
use bulk_endpoint::batcher::{Batcher, CallError};
use bulk_endpoint::{Settled, Watch};
use bulk_endpoint_api_defs::csp::{
    ChangeApiTokensStatusResponse, CspErrorResponse, OrgApiTokens, OrgApiTokensClient, OrgId, TokenId,
};
use bulk_endpoint_durable::{RunReport, Store};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The maximum length of a line of an upload, in bytes.
const MAX_LINE: usize = 1024;

/// The maximum length of an organization and of a run's name. Both are parts of a file's name, which has at most 255 bytes.
const MAX_NAME: usize = 100;

/// From this number of organizations on, a new one drops the batchers that no caller waits for.
const BATCHERS: usize = 64;

type Reply = ChangeApiTokensStatusResponse;
type Failure = CspErrorResponse;
type OrgBatcher = Batcher<TokenId, Reply, Failure>;

/// The runs of the service.
pub(crate) struct Runs {
    tokens: OrgApiTokensClient,
    store: Store,
    /// Holds the tokens of each run, one a line, in `ORG~NAME.ids`. `ORG~NAME` is also its name in the journal.
    data: PathBuf,
    live: Mutex<HashMap<String, LiveRun>>,
    /// By organization. Each caller has a handle of its own while it waits.
    batchers: Mutex<HashMap<String, Arc<OrgBatcher>>>,
    stopping: CancellationToken,
}

/// Why the service does not do what it was asked for.
pub(crate) enum RunError {
    /// The request cannot be fulfilled as it is.
    Invalid(String),
    /// There is no such run.
    NotFound(String),
    /// There is a run of this name.
    Exists(String),
    /// The service stops; another one can do it.
    Stopping(String),
    /// The journal or the disk cannot be used.
    Internal(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for RunError {
    fn from(error: E) -> Self {
        RunError::Internal(error.into())
    }
}

struct LiveRun {
    watch: Watch<TokenId, Reply, Failure>,
    task: JoinHandle<()>,
    /// Why its journal cannot be used.
    error: Arc<OnceLock<String>>,
}

/// The progress of a run, over all processes that worked on it.
#[derive(serde::Serialize)]
pub(crate) struct Progress {
    pub(crate) name: String,
    pub(crate) counters: bulk_endpoint::Counters,
    /// Items that are not settled for good.
    pub(crate) open: usize,
    pub(crate) requests: usize,
    /// Whether this process works on it.
    pub(crate) is_live: bool,
    pub(crate) headline: String,
    /// Why this process cannot go on with it.
    pub(crate) error: Option<String>,
}

impl Runs {
    pub(crate) fn new(tokens: OrgApiTokensClient, store: Store, data: PathBuf) -> Self {
        let (live, batchers, stopping) = Default::default();
        Runs { tokens, store, data, live, batchers, stopping }
    }

    /// Cancelled when the service stops.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Starts the runs again that the last process left unfinished, and removes the uploads that its end cut off. Returns the number of runs.
    pub(crate) async fn continue_unfinished(&self) -> anyhow::Result<usize> {
        let mut continued = 0;
        for entry in std::fs::read_dir(&self.data)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "partial") {
                // No client was told that it is accepted, and its name would stay taken.
                std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
                continue;
            }
            let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
            if path.extension().is_none_or(|extension| extension != "ids") {
                continue;
            }
            // A run that was accepted and has not begun has no report.
            let report = self.store.report(name).await.ok();
            if report.is_none_or(|report| report.open() > 0 || !report.read_all()) {
                self.start(name, &path)?;
                continued += 1;
            }
        }
        Ok(continued)
    }

    /// Creates the file for the tokens of a new run. The run starts with [`accept`](Self::accept).
    pub(crate) fn create(&self, org: &str, name: &str) -> Result<NewRun, RunError> {
        check_name("organization", org)?;
        check_name("name of the run", name)?;
        let name = format!("{org}~{name}");
        let path = self.data.join(format!("{name}.ids"));
        let partial = path.with_extension("partial");
        // The file that is created here alone is this run's, also if another one of this name is being written.
        // Nothing is awaited between the file and its `NewRun`, nor between its last name and the start: a client that is gone ends its handler there.
        let file = File::create_new(&partial).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => {
                RunError::Exists(format!("a run `{name}` is being accepted: choose another name"))
            }
            _ => error.into(),
        })?;
        let run = NewRun { name, path, partial, file: file.into(), lines: Lines::new() };
        if run.path.exists() {
            return Err(RunError::Exists(format!("a run `{}` exists: choose another name", run.name)));
        }
        Ok(run)
    }

    /// Starts a run whose tokens are written. From here on it survives the process.
    pub(crate) async fn accept(&self, mut run: NewRun) -> Result<(), RunError> {
        // The last line may end without a line break.
        run.lines.end()?;
        run.file.sync_all().await?;
        std::fs::rename(&run.partial, &run.path)?;
        File::open(&self.data)?.sync_all()?;
        Ok(self.start(&run.name, &run.path)?)
    }

    fn start(&self, name: &str, path: &Path) -> anyhow::Result<()> {
        if self.stopping.is_cancelled() {
            // The next process starts it.
            return Ok(());
        }
        let (org, _) = name.split_once('~').unwrap_or_default();
        let file = File::open(path).with_context(|| format!("the tokens of {name}, {}", path.display()))?;
        let ids = BufReader::new(file).lines().filter(|line| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
        let ids = ids.map(|line| line.map(|line| TokenId::from(line.trim())));
        let run = self.tokens.deactivate(&OrgId::from(org)).send(ids).journal(&self.store, name);
        let watch = run.watch();
        let (named, error) = (name.to_owned(), Arc::new(OnceLock::new()));
        let failed = error.clone();
        let task = tokio::spawn(async move {
            match run.await {
                Ok(report) => tracing::info!(run = named, "{}", headline(&report)),
                Err(error) => {
                    tracing::error!(run = named, "{error}");
                    failed.set(error.to_string()).ok();
                }
            }
        });
        let mut live = lock(&self.live);
        // What the journal tells is enough for a run that has ended, unless it is the journal that failed.
        live.retain(|_, run| !run.task.is_finished() || run.error.get().is_some());
        live.insert(name.to_owned(), LiveRun { watch, task, error });
        Ok(())
    }

    pub(crate) async fn report(&self, name: &str) -> Result<RunReport, RunError> {
        let error = match self.store.report(name).await {
            Ok(report) => return Ok(report),
            Err(error) => error,
        };
        let is_there = self.store.runs().await?.iter().any(|run| run.name == name);
        Err(if is_there { error.into() } else { RunError::NotFound(error.to_string()) })
    }

    pub(crate) async fn progress(&self, name: &str) -> Result<Progress, RunError> {
        let (is_live, error) = match lock(&self.live).get(name) {
            Some(live) => (!live.task.is_finished(), live.error.get().cloned()),
            None => (false, None),
        };
        let report = self.report(name).await?;
        let headline = headline(&report);
        let (counters, open, requests) = (report.counters(), report.open(), report.requests());
        Ok(Progress { name: name.to_owned(), counters, open, requests, is_live, headline, error })
    }

    /// The names of all runs, the latest first.
    pub(crate) async fn names(&self) -> Result<Vec<String>, RunError> {
        let mut names: Vec<_> = self.store.runs().await?.into_iter().map(|run| run.name).collect();
        names.reverse();
        Ok(names)
    }

    /// Deactivates one token, in a request with those of other callers.
    pub(crate) async fn deactivate(&self, org: &str, id: &str) -> Result<Settled<TokenId, Reply, Failure>, RunError> {
        check_name("organization", org)?;
        if self.stopping.is_cancelled() {
            return Err(RunError::Stopping("the service stops: try again later".to_owned()));
        }
        let batcher = {
            let mut batchers = lock(&self.batchers);
            if batchers.len() >= BATCHERS && !batchers.contains_key(org) {
                // The driver of a dropped batcher ends once its calls are settled. Those with callers stay for `close`, which answers them.
                batchers.retain(|_, batcher| Arc::strong_count(batcher) > 1);
            }
            let new = || Arc::new(self.tokens.deactivate(&OrgId::from(org)).batcher().spawn());
            batchers.entry(org.to_owned()).or_insert_with(new).clone()
        };
        batcher.send(TokenId::from(id)).await.map_err(|error| match error {
            CallError::Closed(_) => RunError::Stopping("the service stops: try again later".to_owned()),
            error => RunError::Internal(error.into()),
        })
    }

    /// Stops all runs and closes all batchers. Requests in flight come to their end.
    pub(crate) async fn close(&self, timeout: Duration) {
        let batchers: Vec<_> = lock(&self.batchers).drain().map(|(_, batcher)| batcher).collect();
        let live: Vec<_> = lock(&self.live).drain().map(|(_, live)| live).collect();
        live.iter().for_each(|live| live.watch.stop());
        futures_util::future::join_all(batchers.iter().map(|batcher| batcher.close(timeout))).await;
        let deadline = tokio::time::Instant::now() + timeout;
        for mut live in live {
            if tokio::time::timeout_at(deadline, &mut live.task).await.is_err() {
                live.watch.cancel();
                live.task.await.ok();
            }
        }
    }
}

/// A run whose tokens are being written.
pub(crate) struct NewRun {
    pub(crate) name: String,
    path: PathBuf,
    partial: PathBuf,
    file: tokio::fs::File,
    lines: Lines,
}

impl NewRun {
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), RunError> {
        self.lines.read(bytes)?;
        self.file.write_all(bytes).await?;
        Ok(self.file.flush().await?)
    }
}

/// Checks the lines of an upload, which comes in parts. A run that cannot read a line stops there in every process.
struct Lines {
    number: usize,
    /// The line whose end has not come yet.
    line: Vec<u8>,
}

impl Lines {
    fn new() -> Self {
        Lines { number: 1, line: Vec::new() }
    }

    fn read(&mut self, part: &[u8]) -> Result<(), RunError> {
        for piece in part.split_inclusive(|byte| *byte == b'\n') {
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            if self.line.len() + text.len() > MAX_LINE {
                return Err(RunError::Invalid(format!(
                    "line {}: expected at most {MAX_LINE} bytes, found more; put one token on a line",
                    self.number
                )));
            }
            self.line.extend_from_slice(text);
            if text.len() < piece.len() {
                self.end()?;
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), RunError> {
        if let Err(error) = std::str::from_utf8(&self.line) {
            let byte = self.line[error.valid_up_to()];
            return Err(RunError::Invalid(format!(
                "line {}: expected UTF-8, found the byte 0x{byte:02x}; save the tokens as UTF-8",
                self.number
            )));
        }
        self.number += 1;
        self.line.clear();
        Ok(())
    }
}

/// What was written of a run that is not accepted is of no use.
impl Drop for NewRun {
    fn drop(&mut self) {
        std::fs::remove_file(&self.partial).ok();
    }
}

fn check_name(what: &str, name: &str) -> Result<(), RunError> {
    let length = name.chars().count();
    if length > MAX_NAME {
        return Err(RunError::Invalid(format!(
            "expected at most {MAX_NAME} characters in the {what}, found {length}; use a shorter one"
        )));
    }
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(RunError::Invalid(format!(
            "expected letters, digits and `-` in the {what}, found `{name}`; use these alone"
        )));
    }
    Ok(())
}

/// The first line of a report.
fn headline(report: &RunReport) -> String {
    report.to_string().lines().next().unwrap_or_default().to_owned()
}

fn lock<V>(mutex: &Mutex<V>) -> std::sync::MutexGuard<'_, V> {
    // Every change is complete before the lock is released, so a poisoned lock can be used.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
