//! Runs that leave the file, and runs of a file that was restored.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, params};

use crate::fault::{Done, Fault, millis, no_run};
use crate::pages::IS_OPEN;
use crate::register::restored_outcome;
use crate::stored::row_id;

/// Deletes a run.
pub(crate) fn forget(file: &Connection, path: &Path, name: &str) -> Done<()> {
    let mut statement = file.prepare("select run from runs where name = ?1")?;
    let run: Option<i64> = statement.query_map([name], |row| row.get(0))?.next().transpose()?;
    let run = run.ok_or_else(|| Fault::Call(no_run(path, name)))?;
    file.execute("delete from items where id >= ?1 and id < ?2", [row_id(run, 0), row_id(run + 1, 0)])?;
    for table in ["attempts", "item_keys", "lives", "runs"] {
        file.execute(&format!("delete from {table} where run = ?1"), [run])?;
    }
    Ok(())
}

/// The runs that have ended before this time, and have nothing that the same call would continue with.
pub(crate) fn finished(file: &Connection, now: i64, older_than: Duration) -> Done<Vec<String>> {
    let sql = format!(
        "select r.name from runs r join lives l on l.run = r.run \
         where l.life = (select max(life) from lives where run = r.run) and l.read_all and l.ended < ?1 \
         and not exists (select 1 from items where id >= r.run << 40 and id < (r.run + 1) << 40 and {IS_OPEN}) order by r.run"
    );
    let mut statement = file.prepare(&sql)?;
    let names = statement.query_map([now.saturating_sub(millis(older_than))], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// Makes the open items of all runs uncertain: the file was restored from a backup, which may lack their requests.
pub(crate) fn restore(file: &Connection, now: i64) -> Done<()> {
    let transaction = file.unchecked_transaction()?;
    // The requests that the backup lacks are taken to be as safe as those that it has.
    transaction.execute(
        "update runs set restored = coalesce((select min(a.idempotent) from attempts a where a.run = runs.run), 0)",
        [],
    )?;
    // A duplicate has the outcome of its first occurrence.
    transaction.execute(
        "update items set outcome = 4, status = null, code = null, message = ?1, request_id = null, earlier = 0, accepted = 0, \
         settled = 0, changed = ?2, repeatable = repeatable and (select restored from runs r where r.run = items.run) \
         where final = 0 and duplicate_of is null",
        params![restored_outcome().message, now],
    )?;
    // After one of these requests, another one under another key may have left that the backup lacks: its own key protects no item any more. A job
    // is asked about, but what it says is not all that there is to know.
    transaction.execute("update attempts set key_since = null, pending = 0 where job is null", [])?;
    transaction.execute("update attempts set uncertain_before = items where job is not null and pending = 1", [])?;
    Ok(transaction.commit()?)
}
