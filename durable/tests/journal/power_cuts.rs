//! Power cuts and full disks: what was answered as durable is in the file.

use std::fs;
use std::path::Path;

use bulk_endpoint::OutcomeKind::{Failed, Succeeded};
use bulk_endpoint::Row;
use bulk_endpoint::journal::Record;
use bulk_endpoint_durable::{Options, Store};
use fastrand::Rng;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::*;

const CUTS: usize = if cfg!(debug_assertions) { 60 } else { 300 };

fn cuts() -> usize {
    std::env::var("JOURNAL_CUTS").map_or(CUTS, |cuts| cuts.parse().unwrap())
}

/// The bytes of a journal on the disk.
#[derive(Clone, PartialEq)]
struct Disk {
    file: Vec<u8>,
    log: Vec<u8>,
}

impl Disk {
    fn of(path: &Path) -> Self {
        let log = fs::read(path.with_extension("db-wal")).unwrap_or_default();
        Disk { file: fs::read(path).unwrap(), log }
    }

    /// What a store finds after the power came back.
    fn rows(&self) -> Vec<Row> {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("run.db");
        fs::write(&path, &self.file).unwrap();
        fs::write(path.with_extension("db-wal"), &self.log).unwrap();
        // It checks the pages, because the log is not empty.
        let store = wait(Store::open(&path)).unwrap();
        wait(store.check()).unwrap();
        rows(&store)
    }
}

fn rows(store: &Store) -> Vec<Row> {
    wait(store.report("run")).unwrap().rows().map(Result::unwrap).collect()
}

/// Reads two items, settles them, and lets one leave.
fn work(begun: &bulk_endpoint::journal::Begun, step: u64) {
    let first = step * 3;
    register(begun, (first..first + 3).map(|key| item(key, key, 1)).collect());
    write(begun, vec![leaves(step * 2, &[first, first + 1]), leaves(step * 2 + 1, &[first + 2])]);
    write(begun, vec![ended(step * 2, 207), settled(first, Succeeded), settled(first + 1, Failed)]);
}

#[test]
fn a_power_cut_loses_nothing_that_was_answered() {
    let mut random = Rng::with_seed(11);
    let mut left = cuts();
    while left > 0 {
        let place = Place::new();
        let store = place.open();
        let begun = begin(&store, "run");
        for step in 0..random.u64(1..20) {
            work(&begun, step);
        }
        let (before, known) = (Disk::of(&place.path()), rows(&store));
        let step = known.len() as u64 / 3;
        let first = step * 3;
        register(&begun, (first..first + 3).map(|key| item(key, key, 1)).collect());
        write(&begun, vec![leaves(step * 2, &[first]), settled(first + 1, Failed)]);
        let (after, then) = (Disk::of(&place.path()), rows(&store));
        assert!(after.file == before.file && after.log.starts_with(&before.log), "a checkpoint is another test");
        for _ in 0..20.min(left) {
            let cut = random.usize(before.log.len()..=after.log.len());
            let mut disk = after.clone();
            match random.u8(0..3) {
                // The end did not arrive.
                0 => disk.log.truncate(cut),
                // It is as long as it was to be, with zeros or old bytes.
                1 => disk.log[cut..].fill(0),
                _ => disk.log[cut..].fill_with(|| random.u8(..)),
            }
            let found = disk.rows();
            // The items that were read may be there without the write after them.
            let is_between =
                found.len() <= then.len() && found.iter().zip(&then).all(|(found, then)| found.key == then.key);
            assert!(found.starts_with(&known) && is_between, "cut at {cut} of {}", after.log.len());
            let is_whole =
                found[known.len()..].iter().all(|row| row.message.as_deref() == Some("not sent yet")) || found == then;
            assert!(is_whole, "half a write is there: {:?}", &found[known.len()..]);
            if cut == after.log.len() {
                assert_eq!(found, then);
            }
        }
        left = left.saturating_sub(20);
    }
}

#[test]
fn a_power_cut_while_the_log_moves_into_the_file_loses_nothing() {
    let mut random = Rng::with_seed(12);
    for _ in 0..cuts() / 10 {
        let place = Place::new();
        let store = place.open();
        let begun = begin(&store, "run");
        for step in 0..random.u64(1..60) {
            work(&begun, step);
        }
        let (before, known) = (Disk::of(&place.path()), rows(&store));
        drop((begun, store));
        let after = Disk::of(&place.path());
        assert!(after.log.is_empty());
        // Some pages have arrived, and one half of another.
        let mut disk = before.clone();
        disk.file.resize(after.file.len(), 0);
        for place in (0..after.file.len()).step_by(4096).filter(|_| random.bool()) {
            disk.file[place..place + 4096].copy_from_slice(&after.file[place..place + 4096]);
        }
        let torn = random.usize(0..after.file.len() / 4096) * 4096;
        disk.file[torn..torn + 2048].copy_from_slice(&after.file[torn..torn + 2048]);
        assert_eq!(disk.rows(), known);
    }
}

/// A write that fails is said to have failed, and nothing is written after it (R14).
#[test]
fn a_full_disk_stops_the_run_and_loses_nothing() {
    let place = Place::new();
    let store = place.open_with(place.options().max_pages(60).keys_in_memory(100));
    let begun = begin(&store, "run");
    let mut answered = 0;
    let error = loop {
        let first = answered * 3;
        let registered = wait(begun.journal.register((first..first + 3).map(|key| item(key, key, 1)).collect()));
        let written = registered
            .and_then(|_| wait(begun.journal.write(vec![leaves(answered, &[first]), settled(first, Succeeded)])));
        match written {
            Ok(()) => answered += 1,
            Err(error) => break error,
        }
        assert!(answered < 10_000, "the disk is never full");
    };
    let path = place.path();
    assert_eq!(
        error.to_string(),
        format!(
            "cannot write the journal `{}`: the disk is full. What was recorded before is in the file; what this write had is not known to be \
             there, and nothing more is recorded until the file is opened again; free some space first; then the same call continues",
            path.display()
        )
    );
    // Also what would fit is refused.
    for error in [
        wait(begun.journal.write(vec![settled(0, Succeeded)])).unwrap_err(),
        end_of(&*begun.journal).unwrap_err(),
        wait(begun.journal.register(vec![])).unwrap_err(),
    ] {
        assert!(error.to_string().contains("the disk is full"), "{error}");
    }
    let found = rows(&store);
    drop((begun, store));
    let store = wait(Store::open_with(&path, Options::new())).unwrap();
    assert_eq!(rows(&store), found);
    assert_eq!(found.iter().filter(|row| row.outcome == Succeeded).count() as u64, answered);
    let begun = begin(&store, "run");
    register(&begun, items(0..answered * 3 + 3));
    write(&begun, vec![leaves(answered, &[answered * 3])]);
}

/// The statement of one call fails, for a reason of the file: the others of its transaction fail with it.
#[test]
fn all_writes_of_a_transaction_that_fails_are_told() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "run");
    register(&begun, items(0..3));
    write(&begun, vec![leaves(0, &[0, 1, 2])]);
    let other = Connection::open(place.path()).unwrap();
    other
        .execute_batch("create trigger fails before update on items when new.item = 1 begin select raise(abort, 'a broken disk'); end")
        .unwrap();
    drop(other);
    // Handed over at once, so that most are in one transaction; whether or not, none after the second is durable.
    let calls: Vec<_> = [0, 1, 2].map(|item| begun.journal.write(vec![settled(item, Succeeded)])).into();
    let answers: Vec<_> = calls.into_iter().map(wait).collect();
    assert!(answers[1].is_err() && answers[2].is_err());
    assert!(answers[1].as_ref().unwrap_err().to_string().contains("a broken disk"));
    let durable = rows(&store).iter().filter(|row| row.outcome == Succeeded).count();
    assert_eq!(durable, usize::from(answers[0].is_ok()));
}

#[test]
fn a_call_that_is_wrong_fails_alone() {
    let place = Place::new();
    let store = place.open();
    let (one, two) = (begin(&store, "run"), begin(&store, "two"));
    register(&one, items(0..1));
    register(&two, items(0..1));
    let wrong = one.journal.write(vec![Record::Ended { attempt: 7, status: None, end: String::new(), has_left: true }]);
    let right = two.journal.write(vec![settled(0, Succeeded)]);
    assert_eq!(wait(wrong).unwrap_err().to_string(), "expected an attempt in flight, found the number 7");
    wait(right).unwrap();
    // What the thread holds of that life may differ from the file.
    let more = wait(one.journal.write(vec![settled(0, Succeeded)])).unwrap_err();
    assert!(more.to_string().starts_with("expected a life that goes on"), "{more}");
}
