//! Calls of the contract in few words.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bulk_endpoint::OutcomeKind;
use bulk_endpoint::journal::{
    Begun, Intent, ItemRecord, Journal, JournalError, Known, LifeEnd, OnChange, PutOff, Record, RecordedOutcome,
    RecordedState, RunStart, Store as _,
};
use bulk_endpoint_durable::{Options, Store};
use tempfile::TempDir;

/// Runs a future to its end.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// A folder of its own, and a clock that a test sets.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) now: Arc<AtomicU64>,
}

impl Place {
    pub(crate) fn new() -> Self {
        // 27 November 2026, 18:00:00 UTC.
        Place { folder: TempDir::new().unwrap(), now: Arc::new(AtomicU64::new(1_795_802_400_000)) }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("run.db")
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.now.fetch_add((seconds * 1000) as u64, Ordering::SeqCst);
    }

    pub(crate) fn options(&self) -> Options {
        let now = self.now.clone();
        Options::new().clock(move || SystemTime::UNIX_EPOCH + Duration::from_millis(now.load(Ordering::SeqCst)))
    }

    pub(crate) fn open(&self) -> Store {
        self.open_with(self.options())
    }

    pub(crate) fn open_with(&self, options: Options) -> Store {
        wait(Store::open_with(self.path(), options)).unwrap()
    }
}

pub(crate) fn start() -> RunStart {
    RunStart {
        identity: vec![
            ("method".to_owned(), "POST".to_owned()),
            ("URL".to_owned(), "https://api.example.com/users".to_owned()),
        ],
        keyed: true,
        keeps_duplicates: false,
        of_calls: false,
        on_change: OnChange::Stop,
        run_timeout: None,
        request_timeout: Duration::from_secs(90),
    }
}

pub(crate) fn begin(store: &Store, name: &str) -> Begun {
    begin_with(store, name, start())
}

pub(crate) fn begin_with(store: &Store, name: &str, start: RunStart) -> Begun {
    wait(store.begin(name, start)).unwrap()
}

/// An item with a key and content. Content 0 cannot be encoded.
pub(crate) fn item(index: u64, key: u64, content: u64) -> ItemRecord {
    let mixed = |number: u64| (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ItemRecord {
        index,
        key: Some(format!("k{key}")),
        key_hash: mixed(key),
        hash: (content != 0).then(|| u128::from(mixed(key * 31 + content)) << 64 | u128::from(content)),
        origin: None,
    }
}

/// Items with the keys from `first` on, and the content 1.
pub(crate) fn items(keys: impl IntoIterator<Item = u64>) -> Vec<ItemRecord> {
    keys.into_iter().enumerate().map(|(index, key)| item(index as u64, key, 1)).collect()
}

pub(crate) fn register(begun: &Begun, items: Vec<ItemRecord>) -> Vec<Known> {
    wait(begun.journal.register(items)).unwrap()
}

pub(crate) fn write(begun: &Begun, records: Vec<Record>) {
    wait(begun.journal.write(records)).unwrap();
}

pub(crate) fn end(begun: &Begun) {
    end_of(&*begun.journal).unwrap();
}

pub(crate) fn end_of(journal: &dyn Journal) -> Result<(), JournalError> {
    wait(journal.end(LifeEnd { read_all: true, stopped: None, source_error: None }))
}

pub(crate) fn intent(attempt: u64, items: &[u64]) -> Intent {
    Intent {
        attempt,
        batch: attempt,
        number: 1,
        items: items.to_vec(),
        is_idempotent: true,
        key: None,
        request: u128::from(attempt) << 70 | 7,
    }
}

pub(crate) fn leaves(attempt: u64, items: &[u64]) -> Record {
    Record::Intent(intent(attempt, items))
}

pub(crate) fn ended(attempt: u64, status: u16) -> Record {
    Record::Ended { attempt, status: Some(status), end: format!("HTTP {status}"), has_left: true }
}

pub(crate) fn withdrawn(attempt: u64) -> Record {
    Record::Ended { attempt, status: None, end: "not sent".to_owned(), has_left: false }
}

pub(crate) fn outcome(kind: OutcomeKind) -> RecordedOutcome {
    let message = (kind != OutcomeKind::Succeeded).then(|| format!("it {kind}"));
    RecordedOutcome { outcome: kind, message, status: Some(207), ..RecordedOutcome::not_sent() }
}

pub(crate) fn state(kind: OutcomeKind, is_final: bool, is_settled: bool, attempts: u32, spent: u32) -> RecordedState {
    // As long as it is sent often: that is all that the rules know of it.
    let put_off = match is_settled {
        true => PutOff::default(),
        false => PutOff { time: Duration::from_millis(10 * u64::from(attempts)), heads: attempts / 2 },
    };
    RecordedState { outcome: outcome(kind), is_final, is_settled, attempts, spent, put_off }
}

pub(crate) fn settled(item: u64, kind: OutcomeKind) -> Record {
    Record::Item { item, state: state(kind, true, true, 1, 1) }
}

pub(crate) fn put_off(item: u64, kind: OutcomeKind, attempts: u32, spent: u32) -> Record {
    Record::Item { item, state: state(kind, false, false, attempts, spent) }
}

/// Reads a file with the `sqlite3` program.
pub(crate) fn sqlite3(path: &Path, sql: &str) -> String {
    run_sqlite3(path, &["-readonly"], sql)
}

/// The same without `-readonly`, as people start it: when its connection is closed and is the last one, it deletes the log.
pub(crate) fn sqlite3_that_may_write(path: &Path, sql: &str) -> String {
    run_sqlite3(path, &[], sql)
}

fn run_sqlite3(path: &Path, options: &[&str], sql: &str) -> String {
    let ran = std::process::Command::new("sqlite3").args(options).arg(path).arg(sql).output();
    let ran = ran.expect("the program `sqlite3`: apt-get install sqlite3");
    assert!(ran.status.success(), "{sql}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}
