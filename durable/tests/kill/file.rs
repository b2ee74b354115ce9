//! The file of a journal, and the list of what was told, as other programs read them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bulk_endpoint_durable::Store;
use rusqlite::{Connection, OpenFlags};

use crate::checks::{View, ViewRow};
use crate::job::{Job, RUN};

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
    let mut items = file.prepare("select life, request, key from attempt_items order by life, request, place").unwrap();
    let items = items.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)));
    let mut requests: BTreeMap<(u32, u32), Vec<u64>> = BTreeMap::new();
    for item in items.unwrap() {
        let (request, key): (_, String) = item.unwrap();
        requests.entry(request).or_default().push(key.parse().unwrap());
    }
    Some(View { rows: rows.into_iter().map(|(_, row)| row).collect(), requests: requests.into_values().collect() })
}

/// At the end: the report says what the views say.
pub(crate) async fn at_the_end(job: &Job, folder: &Path, view: &View) {
    let store = Store::open(folder.join(Job::JOURNAL)).await.unwrap();
    let report = store.report(RUN).await.unwrap();
    let rows: Vec<_> = report.rows().map(Result::unwrap).collect();
    let keys: Vec<u64> = rows.iter().map(|row| row.key.parse().unwrap()).collect();
    assert_eq!(keys, job.ids);
    for (row, in_view) in rows.iter().zip(&view.rows) {
        assert_eq!((row.key.clone(), row.outcome.to_string()), (in_view.key.to_string(), in_view.outcome.clone()));
    }
    let counters = report.counters();
    assert_eq!(
        (counters.succeeded, counters.failed, counters.unknown, counters.settled()),
        (view.count("succeeded"), view.count("failed"), view.count("unknown"), job.ids.len()),
    );
}

/// What the process has noted of what it was told, without what a kill cut off; and starts a new list.
pub(crate) fn take_told(folder: &Path) -> String {
    let path = folder.join(Job::TOLD);
    let told = fs::read_to_string(&path).unwrap_or_default();
    let _ = fs::remove_file(path);
    told
}
