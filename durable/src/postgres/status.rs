//! What goes on at present: of a run, and of the throttle.

use std::time::Duration;

use bulk_endpoint::journal::JournalError;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::claim::no_run;
use super::database::Param;
use super::session::Session;

/// What goes on in a run: see [`PostgresStore::status`](super::PostgresStore::status).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RunStatus {
    /// The arguments of the run, as JSON.
    pub arguments: String,
    /// Whether workers take no further chunks.
    pub is_paused: bool,
    /// The number of chunks that no worker has, or whose lease has ended.
    pub waiting_chunks: usize,
    /// The number of chunks that workers have.
    pub held_chunks: usize,
    /// The number of chunks that killed their workers. No worker takes them: see the view `dead`.
    pub parked_chunks: usize,
    /// The number of chunks that are done.
    pub done_chunks: usize,
    /// The number of requests in the last ten seconds.
    pub recent_requests: usize,
    /// The workers that are there, or that have ended, in the order in which they came.
    pub workers: Vec<WorkerStatus>,
}

/// A worker of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerStatus {
    /// Its name: the machine, the process, and a random number.
    pub name: String,
    /// The most requests that it has in flight.
    pub concurrency: usize,
    /// The number of chunks that it has.
    pub chunks: usize,
    /// When the first of its leases ends.
    pub lease: Option<Duration>,
    /// When it was last heard of.
    pub silent_for: Duration,
    /// Whether it has ended.
    pub has_ended: bool,
    /// Why it stopped early, if it did.
    pub stopped: Option<String>,
}

/// A row of the shared throttle: a host, or a quota of it. See [`PostgresStore::throttled`](super::PostgresStore::throttled).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThrottleStatus {
    /// The origin of the host: `https://api.example.com`.
    pub origin: String,
    /// The quota: its method, path and rate. `None`: this is the row of the host.
    pub quota: Option<String>,
    /// How much of the quota is in use, how much is allowed, and in which time.
    pub in_use: Option<(usize, usize, Duration)>,
    /// For how long the host is closed, and why. Zero: until a probe has shown that it is well.
    pub closed: Option<(Duration, String)>,
    /// Whether the host asked for it. Otherwise it is a backoff.
    pub requested: bool,
    /// Whether a request probes the host.
    pub is_probed: bool,
}

const RUN: &str = "
select r.arguments, r.paused,
    (select count(*) from bulk_endpoint.chunks c
        where c.run = r.run and c.state = 'open' and (c.lease_until is null or c.lease_until < clock_timestamp())),
    (select count(*) from bulk_endpoint.chunks c where c.run = r.run and c.state = 'open' and c.lease_until >= clock_timestamp()),
    (select count(*) from bulk_endpoint.chunks c where c.run = r.run and c.state = 'parked'),
    (select count(*) from bulk_endpoint.chunks c where c.run = r.run and c.state = 'done'),
    -- Those of the lives that go on, or have ended since: not all that the run has had.
    (select coalesce(sum((
            select count(*) from bulk_endpoint.attempts a where a.run = l.run and a.life = l.life and a.sent > recent.since
        )), 0)::bigint
        from bulk_endpoint.lives l where l.run = r.run and (l.ended is null or l.ended > recent.since))
from bulk_endpoint.runs r
cross join (select floor(extract(epoch from clock_timestamp()) * 1000)::bigint - 10000 as since offset 0) recent
where r.name = $1";

const WORKERS: &str = "
select w.worker, w.concurrency, count(c.chunk),
    floor(extract(epoch from min(c.lease_until) - clock_timestamp()) * 1000)::bigint,
    floor(extract(epoch from clock_timestamp()) * 1000)::bigint - w.seen, w.ended is not null, w.stopped
from bulk_endpoint.runs r join bulk_endpoint.workers w on w.run = r.run
left join bulk_endpoint.chunks c
    on c.run = w.run and c.worker = w.worker and c.state = 'open' and c.lease_until >= clock_timestamp()
where r.name = $1
group by w.worker, w.concurrency, w.seen, w.ended, w.stopped, w.started
order by w.started, w.worker";

const THROTTLED: &str = "
select origin, quota, in_use, allowed, per_ms, closed_ms, why, requested, coalesce(is_probed, false)
from bulk_endpoint.throttled order by origin, quota nulls first";

pub(crate) async fn status(session: &Session, name: &str) -> Result<RunStatus, JournalError> {
    let of_run: [Param<'_>; 1] = [(&name, Type::TEXT)];
    let rows = session.ask(RUN, &of_run).await?;
    let row = rows.first().ok_or_else(|| no_run(session.target.name(), name))?;
    let workers = session.ask(WORKERS, &of_run).await?;
    Ok(RunStatus {
        arguments: row.get(0),
        is_paused: row.get(1),
        waiting_chunks: count(row, 2),
        held_chunks: count(row, 3),
        parked_chunks: count(row, 4),
        done_chunks: count(row, 5),
        recent_requests: count(row, 6),
        workers: workers.iter().map(worker).collect(),
    })
}

fn worker(row: &Row) -> WorkerStatus {
    WorkerStatus {
        name: row.get(0),
        concurrency: count(row, 1),
        chunks: count(row, 2),
        lease: row.get::<_, Option<i64>>(3).map(milliseconds),
        silent_for: milliseconds(row.get(4)),
        has_ended: row.get(5),
        stopped: row.get(6),
    }
}

pub(crate) async fn throttled(session: &Session) -> Result<Vec<ThrottleStatus>, JournalError> {
    let rows = session.ask(THROTTLED, &[]).await?;
    let throttle = |row: &Row| {
        let quota: Option<String> = row.get(1);
        let allowed: Option<i64> = row.get(3);
        let why: Option<String> = row.get(6);
        let closed: Option<i64> = row.get(5);
        let in_use = row.get::<_, Option<i64>>(2).unwrap_or_default();
        let per = row.get::<_, Option<i64>>(4).map(milliseconds).unwrap_or_default();
        ThrottleStatus {
            origin: row.get(0),
            quota,
            in_use: allowed.map(|allowed| (size(in_use), size(allowed), per)),
            closed: closed.map(|closed| (milliseconds(closed), why.unwrap_or_default())),
            requested: row.get(7),
            is_probed: row.get(8),
        }
    };
    Ok(rows.iter().map(throttle).collect())
}

fn count(row: &Row, column: usize) -> usize {
    size(row.get(column))
}

fn size(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default()
}

fn milliseconds(number: i64) -> Duration {
    Duration::from_millis(u64::try_from(number).unwrap_or_default())
}
