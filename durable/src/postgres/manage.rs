//! What operators do with runs: take up again what is left, pause, forget.

use std::time::Duration;

use bulk_endpoint::journal::JournalError;
use tokio_postgres::types::Type;

use super::claim::no_run;
use super::database::Param;
use super::session::Session;
use crate::fault::millis;

/// Chunks of which something is open, though no worker would take them.
const REQUEUE: &str = "
with setting as materialized (select set_config('synchronous_commit', 'on', true)),
again as (
    update bulk_endpoint.chunks c set state = 'open', takeovers = 0
    -- All items are read once: a condition on the items of each chunk would compare every chunk with every open item.
    from (
        select i.run, coalesce(i.chunk, i.item / r.chunk_items) as chunk
        from bulk_endpoint.runs r join bulk_endpoint.items i on i.run = r.run
        where r.name = $1 and not i.final and i.duplicate_of is null
        group by 1, 2
    ) o, setting
    where c.run = o.run and c.chunk = o.chunk and c.state <> 'open'
    returning c.chunk
)
select (select count(*) from again) from bulk_endpoint.runs where name = $1";

const PAUSE: &str = "
with setting as materialized (select set_config('synchronous_commit', 'on', true))
update bulk_endpoint.runs r set paused = $2 from setting where r.name = $1 returning r.run";

/// A timeline that no server has: the chunks are behind, also those that no worker took before, and what quotas granted since is unknown.
const RESTORED: &str = "
with setting as materialized (select set_config('synchronous_commit', 'on', true)),
of_quotas as (update bulk_endpoint.throttles t set timeline = -1 from setting where t.scope <> '')
update bulk_endpoint.chunks c set timeline = -1, epoch = greatest(c.epoch, 1) + 1, holder = 0, lease_until = null
from setting";

/// What keeps a run `r`: a worker has a chunk of it.
const IS_HELD: &str =
    "exists (select from bulk_endpoint.chunks c where c.run = r.run and c.lease_until > clock_timestamp())";

/// A run `r` that has ended longer ago than this, and has nothing that a worker would continue with. It stays so.
const IS_FINISHED: &str = "not exists (select from bulk_endpoint.chunks c where c.run = r.run and c.state <> 'done')
    and not exists (select from bulk_endpoint.items i where i.run = r.run and not i.final and i.duplicate_of is null)
    and coalesce((select max(l.ended) from bulk_endpoint.lives l where l.run = r.run), r.created)
        < floor(extract(epoch from clock_timestamp()) * 1000)::bigint - $1";

/// Deletes the run that meets a condition. `answer` is what is asked then.
fn deletion(condition: &str, answer: &str) -> String {
    format!(
        "
with setting as materialized (select set_config('synchronous_commit', 'on', true)),
gone as (delete from bulk_endpoint.runs r using setting where {condition} returning r.run, r.name),
of_attempts as (delete from bulk_endpoint.attempts t using gone where t.run = gone.run),
of_items as (delete from bulk_endpoint.items t using gone where t.run = gone.run),
of_lives as (delete from bulk_endpoint.lives t using gone where t.run = gone.run),
of_workers as (delete from bulk_endpoint.workers t using gone where t.run = gone.run),
of_chunks as (delete from bulk_endpoint.chunks t using gone where t.run = gone.run)
{answer}"
    )
}

/// Lets workers take up again what is open. Returns the number of chunks.
pub(crate) async fn requeue(session: &Session, name: &str) -> Result<u64, JournalError> {
    let rows = session.ask(REQUEUE, &[(&name, Type::TEXT)]).await?;
    let row = rows.first().ok_or_else(|| no_run(session.target.name(), name))?;
    Ok(row.get::<_, i64>(0) as u64)
}

/// Stops workers from taking chunks, or lets them again.
pub(crate) async fn pause(session: &Session, name: &str, paused: bool) -> Result<(), JournalError> {
    let params: [Param<'_>; 2] = [(&name, Type::TEXT), (&paused, Type::BOOL)];
    let rows = session.ask(PAUSE, &params).await?;
    rows.first().map(|_| ()).ok_or_else(|| no_run(session.target.name(), name))
}

/// States that the database was restored from a backup.
pub(crate) async fn restored(session: &Session) -> Result<(), JournalError> {
    session.ask(RESTORED, &[]).await.map(drop)
}

/// Deletes a run.
pub(crate) async fn forget(session: &Session, name: &str) -> Result<(), JournalError> {
    // The answer sees what was there before it deleted.
    let sql = deletion(
        &format!("r.name = $1 and not {IS_HELD}"),
        "select exists (select from gone) from bulk_endpoint.runs where name = $1",
    );
    let rows = session.ask(&sql, &[(&name, Type::TEXT)]).await?;
    match rows.first().map(|row| row.get(0)) {
        None => Err(no_run(session.target.name(), name)),
        Some(true) => Ok(()),
        Some(false) => {
            let message = format!(
                "expected that no worker has a chunk of the run `{name}`, but one has; stop the workers, or wait until their leases end"
            );
            Err(JournalError::InUse(message.into()))
        }
    }
}

/// Deletes the runs that ended longer ago than this and have nothing open. Returns their names.
pub(crate) async fn prune(session: &Session, older_than: Duration) -> Result<Vec<String>, JournalError> {
    let older = millis(older_than);
    let finished = format!("select r.run from bulk_endpoint.runs r where {IS_FINISHED} order by r.run");
    // By its number, and only if it still is what it was: another run may have its name meanwhile, and one that is gone is no error.
    let deletion = deletion(&format!("r.run = $2 and {IS_FINISHED}"), "select name from gone");
    let mut gone = Vec::new();
    for row in session.ask(&finished, &[(&older, Type::INT8)]).await? {
        let run: i64 = row.get(0);
        let deleted = session.ask(&deletion, &[(&older, Type::INT8), (&run, Type::INT8)]).await?;
        gone.extend(deleted.iter().map(|row| row.get::<_, String>(0)));
    }
    Ok(gone)
}
