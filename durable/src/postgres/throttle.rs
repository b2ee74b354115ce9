//! The throttle that all workers of a database share: pauses of a host, and places of its quotas.
//!
//! What it knows is in rows, and each question is one statement, so that it works behind a pooler in transaction mode. Pauses are read with each
//! question and not pushed by NOTIFY, which needs a session: a request leaves only if the host was open at most [`FRESH`] before.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bulk_endpoint::shared_throttle::{
    Closed, PermitEnd, PermitRequest, QuotaScope, SharedAdmission, SharedPermit, SharedThrottle, ThrottleError,
};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

use super::boot_clock;
use super::database::{Connection, Param, Patience, Trouble};
use super::session::Session;
use crate::random::random_bytes;

/// For how long an answer about a host holds. At many requests a second, one answer is for several of them.
const FRESH: Duration = Duration::from_millis(20);
/// The time that a process has between its permit and its request, which may wait for its intent and for its turn, and to report its end.
const SLACK: Duration = Duration::from_secs(3);
/// Above this rate in a second, places are taken in blocks, for this time.
const BLOCKS_FROM: u64 = 500;
const BLOCK_TIME: Duration = Duration::from_millis(20);
/// How long the rest of a block is kept.
const BLOCK_LIFE: Duration = Duration::from_millis(200);
/// When the ends of requests are told, if no question tells them before.
const FIRST_FLUSH: Duration = Duration::from_millis(50);
const LAST_FLUSH: Duration = Duration::from_secs(1);
/// The longest text of a pause.
const LONGEST_WHY: usize = 300;

const HOST: &str =
    "select h.wait, h.requested, h.why, h.probe, null::bigint, null::bigint from bulk_endpoint.host_of($1) h";

/// `{commit}`: what is granted in a short window needs not be durable, as the window after a crash is given up.
const QUOTA: &str = "
with setting as materialized (select set_config('synchronous_commit', '{commit}', true))
select h.wait, h.requested, h.why, h.probe, q.place, q.wait
from setting, bulk_endpoint.host_of($1) h, bulk_endpoint.enter_quota(
    $1, $2, $3, $4, case when h.wait = 0 and (not h.probe or $10) then $5 else 0 end, $6, $7, $8, $9
) q";

const BEGIN_PROBE: &str = "select bulk_endpoint.begin_probe($1, $2, $3)";
const END_PROBE: &str = "select bulk_endpoint.end_probe($1, $2, $3)";
const CLOSE: &str = "
with setting as materialized (select set_config('synchronous_commit', 'on', true))
select bulk_endpoint.close_host($1, $2, $3, $4) from setting";

/// The longest window after which grants need not be durable, and the lowest rate in a second.
const SHORT_WINDOW: u64 = 60_000;
const HIGH_RATE: u64 = 20;

/// The throttle of a database, for [`ClientBuilder::shared_throttle`](bulk_endpoint::ClientBuilder::shared_throttle): see
/// [`PostgresStore::throttle`](super::PostgresStore::throttle). Cheap to clone.
#[derive(Clone)]
pub struct PostgresThrottle {
    session: Arc<Session>,
    known: Arc<Mutex<Known>>,
}

/// What this process knows.
#[derive(Default)]
struct Known {
    hosts: HashMap<Arc<str>, Host>,
    quotas: HashMap<(Arc<str>, QuotaScope), Quota>,
}

/// The last answer about a host.
#[derive(Clone, Default)]
struct Host {
    /// When it was asked for, by the boot clock.
    asked: Option<Duration>,
    /// It is closed until then.
    closed: Option<(Duration, bool, Option<Arc<str>>)>,
    /// It may be probed.
    may_probe: bool,
}

#[derive(Default)]
struct Quota {
    block: Option<Block>,
    ended: Vec<Ended>,
    is_flushing: bool,
}

/// Places that are taken, and not used yet.
struct Block {
    place: i64,
    left: usize,
    since: Duration,
}

/// A place of a request that has ended. `None`: it was not used.
struct Ended {
    place: i64,
    cost: usize,
    at: Option<Duration>,
}

/// Where the request of a permit has its place.
#[derive(Clone, Copy)]
struct Place {
    quota: QuotaScope,
    place: i64,
    cost: usize,
}

struct PostgresPermit {
    throttle: PostgresThrottle,
    origin: Arc<str>,
    place: Option<Place>,
    /// The number of the probe, if it is one.
    probe: Option<i64>,
    has_ended: bool,
}

impl PostgresThrottle {
    pub(crate) fn new(session: Arc<Session>) -> Self {
        PostgresThrottle { session, known: Arc::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // It is valid between any two statements.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers from what this process knows, if it knows enough.
    fn answer(&self, request: &PermitRequest) -> Option<SharedAdmission> {
        let now = boot_clock::now();
        let mut known = self.known();
        let host = known.hosts.get(&request.origin)?;
        if let Some(closed) = host.closed_for(now) {
            return Some(SharedAdmission::Closed(closed));
        }
        let is_fresh = host.asked.is_some_and(|asked| now.saturating_sub(asked) <= FRESH);
        if !is_fresh || host.may_probe || host.closed.is_some() {
            return None;
        }
        let Some(quota) = request.quota else { return Some(self.leave(&request.origin, None, None)) };
        let cost = request.cost();
        let block = known.quotas.get_mut(&(request.origin.clone(), quota))?.block.as_mut()?;
        if block.left < cost || now.saturating_sub(block.since) > BLOCK_LIFE {
            return None;
        }
        block.left -= cost;
        let place = Place { quota, place: block.place, cost };
        Some(self.leave(&request.origin, Some(place), None))
    }

    fn leave(&self, origin: &Arc<str>, place: Option<Place>, probe: Option<i64>) -> SharedAdmission {
        let (throttle, origin) = (self.clone(), origin.clone());
        let permit = Box::new(PostgresPermit { throttle, origin, place, probe, has_ended: false });
        SharedAdmission::Leave { permit, after: Duration::ZERO }
    }

    /// Asks the database.
    async fn ask(&self, request: &PermitRequest) -> Result<SharedAdmission, Trouble> {
        let mut connection = self.session.throttle.lock().await;
        // The question before may have been about the same.
        if let Some(answer) = self.answer(request) {
            return Ok(answer);
        }
        let asked = boot_clock::now();
        let row = self.question(&mut connection, request, false).await?;
        let host = Host::read(&row, asked)?;
        self.known().hosts.insert(request.origin.clone(), host.clone());
        if let Some(closed) = host.closed_for(boot_clock::now()) {
            return Ok(SharedAdmission::Closed(closed));
        }
        if !host.may_probe {
            return self.admit(request, &row, asked, None);
        }
        let probe = i64::from_be_bytes(random_bytes().map_err(Trouble::Refused)?);
        let longest = micros(longest(request));
        let params: [Param<'_>; 3] = [(&&*request.origin, Type::TEXT), (&probe, Type::INT8), (&longest, Type::INT8)];
        let begun = connection.rows(BEGIN_PROBE, &params).await?;
        if begun.first().and_then(|row| row.get::<_, Option<bool>>(0)) != Some(true) {
            // Another one was faster.
            return Ok(SharedAdmission::Closed(Closed { wait: FIRST_FLUSH, requested: false, why: None }));
        }
        let row = match request.quota {
            None => row,
            Some(_) => self.question(&mut connection, request, true).await?,
        };
        let admission = self.admit(request, &row, asked, Some(probe));
        if matches!(admission, Ok(SharedAdmission::Full { .. })) {
            let params: [Param<'_>; 3] = [(&&*request.origin, Type::TEXT), (&probe, Type::INT8), (&false, Type::BOOL)];
            connection.rows(END_PROBE, &params).await?;
        }
        admission
    }

    /// The row of the host, and of the quota, with the ends that this process has not told yet.
    async fn question(
        &self,
        connection: &mut Connection,
        request: &PermitRequest,
        is_probe: bool,
    ) -> Result<Row, Trouble> {
        let rows = match request.quota {
            None => connection.rows(HOST, &[(&&*request.origin, Type::TEXT)]).await?,
            Some(quota) => {
                let cost = request.cost().max(if is_probe { 0 } else { block_of(quota) });
                self.enter(connection, &request.origin, quota, (cost, longest(request)), is_probe).await?
            }
        };
        rows.into_iter().next().ok_or_else(|| Trouble::Refused("expected an answer, found none".to_owned()))
    }

    async fn enter(
        &self,
        connection: &mut Connection,
        origin: &Arc<str>,
        quota: QuotaScope,
        (cost, longest): (usize, Duration),
        is_probe: bool,
    ) -> Result<Vec<Row>, Trouble> {
        let now = boot_clock::now();
        let ended = {
            let mut known = self.known();
            let quota = known.quotas.entry((origin.clone(), quota)).or_default();
            // The rest of a block that is too old, or too small.
            if let Some(block) = quota.block.take() {
                quota.ended.push(Ended { place: block.place, cost: block.left, at: None });
            }
            // If the statement fails, those places are taken until their requests must have ended.
            std::mem::take(&mut quota.ended)
        };
        let ended: Vec<Ended> = ended.into_iter().filter(|ended| ended.cost > 0).collect();
        let places: Vec<i64> = ended.iter().map(|ended| ended.place).collect();
        let ago = |at: Duration| micros(now.saturating_sub(at));
        let ago: Vec<Option<i64>> = ended.iter().map(|ended| ended.at.map(ago)).collect();
        let costs: Vec<i64> = ended.iter().map(|ended| ended.cost as i64).collect();
        let (scope, allowed, cost) = (quota.to_string(), quota.rate.count as i64, cost as i64);
        let per = micros(Duration::from_millis(quota.rate.per_ms));
        let longest = micros(longest);
        let params: [Param<'_>; 10] = [
            (&&**origin, Type::TEXT),
            (&scope, Type::TEXT),
            (&allowed, Type::INT8),
            (&per, Type::INT8),
            (&cost, Type::INT8),
            (&longest, Type::INT8),
            (&places, Type::INT8_ARRAY),
            (&ago, Type::INT8_ARRAY),
            (&costs, Type::INT8_ARRAY),
            (&is_probe, Type::BOOL),
        ];
        let needs_no_disk = quota.rate.per_ms <= SHORT_WINDOW && rate_of(quota) > HIGH_RATE;
        let sql = QUOTA.replace("{commit}", if needs_no_disk { "off" } else { "on" });
        connection.rows(&sql, &params).await
    }

    fn admit(
        &self,
        request: &PermitRequest,
        row: &Row,
        asked: Duration,
        probe: Option<i64>,
    ) -> Result<SharedAdmission, Trouble> {
        let Some(quota) = request.quota else { return Ok(self.leave(&request.origin, None, probe)) };
        let Some(place) = read::<Option<i64>>(row, 4)? else {
            let wait: Option<i64> = read(row, 5)?;
            return Ok(SharedAdmission::Full { wait: of_micros(wait.unwrap_or_default()) });
        };
        let cost = request.cost();
        let left = if probe.is_some() { 0 } else { block_of(quota).saturating_sub(cost) };
        if left > 0 {
            let mut known = self.known();
            let quota = known.quotas.entry((request.origin.clone(), quota)).or_default();
            quota.block = Some(Block { place, left, since: asked });
        }
        Ok(self.leave(&request.origin, Some(Place { quota, place, cost }), probe))
    }

    /// A place is free, or its request has ended. It is told with the next question, or after a while.
    fn free(&self, origin: &Arc<str>, place: Place, at: Option<Duration>) {
        let Place { quota, place, cost } = place;
        let mut known = self.known();
        let of_quota = known.quotas.entry((origin.clone(), quota)).or_default();
        of_quota.ended.push(Ended { place, cost, at });
        if std::mem::replace(&mut of_quota.is_flushing, true) {
            return;
        }
        drop(known);
        let (throttle, origin) = (self.clone(), origin.clone());
        let wait = FIRST_FLUSH.max(Duration::from_millis(quota.rate.per_ms / 100)).min(LAST_FLUSH);
        drop(self.session.spawn(async move {
            tokio::time::sleep(wait).await;
            throttle.flush(&origin, quota).await;
            Ok(())
        }));
    }

    async fn flush(&self, origin: &Arc<str>, quota: QuotaScope) {
        let mut connection = self.session.throttle.lock().await;
        let has_ended = {
            let mut known = self.known();
            let of_quota = known.quotas.entry((origin.clone(), quota)).or_default();
            of_quota.is_flushing = false;
            !of_quota.ended.is_empty()
        };
        if has_ended {
            // Without it, the places are taken for longer.
            let _ = self.enter(&mut connection, origin, quota, (0, Duration::ZERO), false).await;
        }
    }

    /// Tells the database about the host. It is tried again while the database is away.
    fn tell(&self, origin: &Arc<str>, told: Told) {
        let (throttle, origin) = (self.clone(), origin.clone());
        drop(self.session.spawn(async move {
            let mut patience = Patience::new(&throttle.session.target);
            let since = boot_clock::now();
            loop {
                let told = {
                    let mut connection = throttle.session.throttle.lock().await;
                    told.execute(&mut connection, &origin, since).await
                };
                match told {
                    Ok(()) => return Ok(()),
                    Err(trouble) => patience.wait(trouble).await?,
                }
            }
        }));
    }
}

/// What a request showed of its host.
enum Told {
    Closing { probe: Option<i64>, delay: Option<Duration>, why: String },
    ProbeEnded { probe: i64, is_good: bool },
}

impl Told {
    async fn execute(&self, connection: &mut Connection, origin: &str, since: Duration) -> Result<(), Trouble> {
        match self {
            Told::Closing { probe, delay, why } => {
                // The delay counts from the response.
                let passed = boot_clock::now().saturating_sub(since);
                let delay = delay.map(|delay| micros(delay.saturating_sub(passed)));
                let params: [Param<'_>; 4] =
                    [(&origin, Type::TEXT), (probe, Type::INT8), (&delay, Type::INT8), (why, Type::TEXT)];
                connection.rows(CLOSE, &params).await?;
            }
            Told::ProbeEnded { probe, is_good } => {
                let params: [Param<'_>; 3] = [(&origin, Type::TEXT), (probe, Type::INT8), (is_good, Type::BOOL)];
                connection.rows(END_PROBE, &params).await?;
            }
        }
        Ok(())
    }
}

impl Host {
    fn read(row: &Row, asked: Duration) -> Result<Self, Trouble> {
        let (wait, requested, why): (i64, bool, Option<&str>) = (read(row, 0)?, read(row, 1)?, read(row, 2)?);
        let closed = (wait > 0).then(|| (boot_clock::now() + of_micros(wait), requested, why.map(Arc::from)));
        Ok(Host { asked: Some(asked), closed, may_probe: read(row, 3)? })
    }

    fn closed_for(&self, now: Duration) -> Option<Closed> {
        let (until, requested, why) = self.closed.as_ref()?;
        let wait = until.checked_sub(now).filter(|wait| !wait.is_zero())?;
        Some(Closed { wait, requested: *requested, why: why.clone() })
    }
}

impl SharedThrottle for PostgresThrottle {
    fn enter(&self, request: PermitRequest) -> BoxFuture<'static, Result<SharedAdmission, ThrottleError>> {
        if let Some(answer) = self.answer(&request) {
            return ready(Ok(answer)).boxed();
        }
        let throttle = self.clone();
        let answer = self.session.spawn(async move {
            throttle.ask(&request).await.map_err(|trouble| throttle.session.target.unusable(&trouble))
        });
        async move { answer.await.map_err(|error| ThrottleError::new(error.to_string())) }.boxed()
    }
}

impl SharedPermit for PostgresPermit {
    fn closed(&self) -> Option<Closed> {
        // The probe is what the others wait for.
        if self.probe.is_some() {
            return None;
        }
        self.throttle.known().hosts.get(&self.origin)?.closed_for(boot_clock::now())
    }

    fn end(mut self: Box<Self>, end: PermitEnd) {
        self.finish(end);
    }
}

impl PostgresPermit {
    fn finish(&mut self, end: PermitEnd) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        let now = boot_clock::now();
        let was_sent = end != PermitEnd::Unsent;
        if let Some(place) = self.place {
            self.throttle.free(&self.origin, place, was_sent.then_some(now));
        }
        let told = match (end, self.probe) {
            (PermitEnd::Closing { delay, why }, probe) => {
                let why: String = why.replace('\0', "").chars().take(LONGEST_WHY).collect();
                self.note_closing(now, delay, &why);
                Told::Closing { probe, delay, why }
            }
            (_, None) => return,
            (PermitEnd::Good, Some(probe)) => Told::ProbeEnded { probe, is_good: true },
            (PermitEnd::Unsent | PermitEnd::Abandoned, Some(probe)) => Told::ProbeEnded { probe, is_good: false },
            (_, probe) => Told::Closing { probe, delay: None, why: "the probe had no usable response".to_owned() },
        };
        self.throttle.tell(&self.origin, told);
    }

    /// The requests of this process stop at once.
    fn note_closing(&self, now: Duration, delay: Option<Duration>, why: &str) {
        let mut known = self.throttle.known();
        let host = known.hosts.entry(self.origin.clone()).or_default();
        match delay {
            None => host.asked = None,
            Some(delay) => {
                let until = now.saturating_add(delay);
                if host.closed.as_ref().is_none_or(|(present, ..)| *present < until) {
                    host.closed = Some((until, true, Some(why.into())));
                }
            }
        }
    }
}

/// A permit that did not reach its run was not used.
impl Drop for PostgresPermit {
    fn drop(&mut self) {
        self.finish(PermitEnd::Unsent);
    }
}

impl fmt::Debug for PostgresThrottle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresThrottle").field("database", &self.session.target.name()).finish_non_exhaustive()
    }
}

/// The rate in a second.
fn rate_of(quota: QuotaScope) -> u64 {
    (quota.rate.count as u64).saturating_mul(1_000) / quota.rate.per_ms.max(1)
}

/// How much is taken at once.
fn block_of(quota: QuotaScope) -> usize {
    let rate = rate_of(quota);
    if rate <= BLOCKS_FROM {
        return 0;
    }
    usize::try_from(rate * BLOCK_TIME.as_millis() as u64 / 1_000).unwrap_or(usize::MAX).min(quota.rate.count)
}

/// How long a place is taken, if nothing is heard of its request.
fn longest(request: &PermitRequest) -> Duration {
    request.timeout.saturating_add(SLACK).saturating_add(BLOCK_LIFE)
}

fn micros(duration: Duration) -> i64 {
    // A century, so that sums do not overflow.
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX).min(3_155_760_000_000_000)
}

fn of_micros(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}

fn read<'r, V: FromSql<'r>>(row: &'r Row, column: usize) -> Result<V, Trouble> {
    row.try_get(column).map_err(|error| Trouble::Refused(error.to_string()))
}
