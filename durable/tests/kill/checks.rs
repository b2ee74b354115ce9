//! What must hold of a journal and the vendor's ledger: after each kill, and at the end.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use bulk_endpoint_durable::Store;
use rusqlite::{Connection, OpenFlags};

use crate::job::{Job, Kind, RUN};
use crate::vendor::{Fate, Ledger, Vendor};

/// A row of the view `outcomes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ViewRow {
    key: u64,
    outcome: String,
    open: bool,
}

/// What the file has, as another program reads it.
pub(crate) struct View {
    pub(crate) rows: Vec<ViewRow>,
    /// The keys of the items of each request.
    requests: Vec<Vec<u64>>,
}

impl View {
    pub(crate) fn count(&self, outcome: &str) -> usize {
        self.rows.iter().filter(|row| row.outcome == outcome).count()
    }

    /// Reads the file; `None` if the process was killed before the run was in it.
    pub(crate) fn read(folder: &Path) -> Option<View> {
        let path = folder.join(Job::JOURNAL);
        let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        let runs: rusqlite::Result<u32> = file.query_row("select count(*) from runs", [], |row| row.get(0));
        if runs.unwrap_or(0) == 0 {
            return None;
        }
        let mut outcomes = file.prepare("select item, key, outcome, open from outcomes order by item").unwrap();
        let rows = outcomes.query_map([], |row| {
            let key: String = row.get(1)?;
            Ok((row.get(0)?, ViewRow { key: key.parse().unwrap(), outcome: row.get(2)?, open: row.get(3)? }))
        });
        let rows: Vec<(u32, ViewRow)> = rows.unwrap().map(Result::unwrap).collect();
        assert!(rows.iter().enumerate().all(|(place, (item, _))| place == *item as usize), "each number once");
        let mut items =
            file.prepare("select life, request, key from attempt_items order by life, request, place").unwrap();
        let items = items.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)));
        let mut requests: BTreeMap<(u32, u32), Vec<u64>> = BTreeMap::new();
        for item in items.unwrap() {
            let (request, key): (_, String) = item.unwrap();
            requests.entry(request).or_default().push(key.parse().unwrap());
        }
        Some(View { rows: rows.into_iter().map(|(_, row)| row).collect(), requests: requests.into_values().collect() })
    }
}

/// After a kill: what the file says is true, what was told is in it, and what was final before stays.
pub(crate) fn after_kill(before: Option<&View>, view: Option<&View>, ledger: &Ledger, told: &str) {
    let nothing = View { rows: Vec::new(), requests: Vec::new() };
    let (before, view) = (before.unwrap_or(&nothing), view.unwrap_or(&nothing));
    for (then, now) in before.rows.iter().zip(&view.rows) {
        assert!(then.key == now.key && (then.open || then == now), "a final outcome changed: {then:?}, {now:?}");
    }
    assert!(view.rows.len() >= before.rows.len(), "items are lost: {} of {}", view.rows.len(), before.rows.len());
    let by_key: HashMap<u64, &ViewRow> = view.rows.iter().map(|row| (row.key, row)).collect();
    assert_eq!(by_key.len(), view.rows.len(), "each id has one row");
    for line in told.lines() {
        let (key, outcome) = line.split_once(' ').unwrap();
        let row = by_key.get(&key.parse().unwrap()).unwrap_or_else(|| panic!("told, and not in the file: {line}"));
        assert_eq!(row.outcome, outcome, "told otherwise: {line}, {row:?}");
    }
    for row in &view.rows {
        match row.outcome.as_str() {
            "succeeded" => assert!(ledger.applied.contains_key(&row.key), "succeeded, and not applied: {row:?}"),
            "failed" => assert!(!Vendor::knows(row.key), "failed, and nothing said so: {row:?}"),
            "unknown" | "not_attempted" | "refused" => {}
            other => panic!("{other}"),
        }
    }
    // Each request that left had a durable intent with the same items in the same order.
    let mut intents: HashMap<&[u64], usize> = HashMap::new();
    for request in &view.requests {
        *intents.entry(request).or_default() += 1;
    }
    for arrival in &ledger.arrivals {
        let left = intents.get_mut(arrival.ids.as_slice()).filter(|left| **left > 0);
        *left.unwrap_or_else(|| panic!("a request without an intent: {arrival:?}")) -= 1;
    }
}

/// At the end: each id has one outcome, which is true.
pub(crate) async fn at_the_end(job: &Job, folder: &Path, view: &View, ledger: &Ledger) {
    let store = Store::open(folder.join(Job::JOURNAL)).await.unwrap();
    let report = store.report(RUN).await.unwrap();
    let rows: Vec<_> = report.rows().map(Result::unwrap).collect();
    let keys: Vec<u64> = rows.iter().map(|row| row.key.parse().unwrap()).collect();
    assert_eq!(keys, job.ids, "each id has one row, in the order of the input");
    for (row, in_view) in rows.iter().zip(&view.rows) {
        assert_eq!((row.key.clone(), row.outcome.to_string()), (in_view.key.to_string(), in_view.outcome.clone()));
    }
    let counters = report.counters();
    assert_eq!(
        (counters.succeeded, counters.failed, counters.unknown, counters.settled()),
        (view.count("succeeded"), view.count("failed"), view.count("unknown"), job.ids.len()),
    );
    for row in &view.rows {
        let may_be_applied = ["succeeded", "unknown"].contains(&row.outcome.as_str());
        assert!(may_be_applied || !ledger.applied.contains_key(&row.key), "applied: {row:?}");
        assert_ne!(row.outcome, "not_attempted", "lost: {row:?}");
        assert!(!row.open || job.kind == Kind::Idempotent && row.outcome == "unknown", "not done: {row:?}");
    }
    let mut bodies: HashMap<&str, &[u8]> = HashMap::new();
    for arrival in &ledger.arrivals {
        let first = bodies.entry(&arrival.idempotency_key).or_insert(&arrival.body);
        assert_eq!(*first, arrival.body, "one idempotency key, two bodies: {arrival:?}");
    }
    if job.kind != Kind::Idempotent {
        for (id, times) in &ledger.applied {
            assert_eq!(*times, 1, "applied again: {id}");
        }
        let mut sent: HashMap<u64, usize> = HashMap::new();
        for arrival in ledger.arrivals.iter().filter(|arrival| arrival.fate != Fate::Refused) {
            arrival.ids.iter().for_each(|id| *sent.entry(*id).or_default() += 1);
        }
        let again: Vec<_> = sent.iter().filter(|(_, times)| **times > 1).collect();
        assert!(again.is_empty(), "in two requests that may have applied them: {again:?}");
    }
}

/// What the process has noted of what it was told, without what a kill cut off; and starts a new list.
pub(crate) fn take_told(folder: &Path) -> String {
    let path = folder.join(Job::TOLD);
    let told = fs::read_to_string(&path).unwrap_or_default();
    let _ = fs::remove_file(path);
    told
}
