//! A run is submitted: its items are copied into the database, and cut into chunks, in one transaction.

use std::borrow::Borrow;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::sync::Arc;

use bulk_endpoint::dynamic::DynamicItem;
use bulk_endpoint::journal::{JournalError, Origin, WaitingItem};
use bulk_endpoint::{Input, OnDuplicate};
use bytes::{BufMut, Bytes, BytesMut};
use futures_core::Stream;
use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::database::{Connection, LONG_TIMEOUT, Param, STATEMENT_TIMEOUT, Trouble};
use super::life::ToWriter;
use super::rows::bytes_of;
use super::session::Session;
use super::worker::item_from;
use crate::fault::store_error;
use crate::identity::other_run;
use crate::random::random_bytes;

/// How many items a chunk has, if the caller does not say.
const CHUNK_ITEMS: usize = 600;
/// The most items that a chunk can have: one worker has all of them in memory, and sums with it do not overflow.
const MOST_CHUNK_ITEMS: usize = 1 << 30;
/// The size of a part of the copy.
const PART: usize = 256 << 10;

/// A run that is about to be submitted: `.await` it. See [`PostgresStore::submit`](super::PostgresStore::submit).
#[must_use = "nothing is submitted until it is awaited"]
pub struct Submission<'a, T, S> {
    /// The type of the items, and how long their source lives.
    items_are: PhantomData<fn() -> (T, &'a ())>,
    session: Arc<Session>,
    /// The thread of the store goes on while there is one.
    to_writer: ToWriter,
    name: String,
    items: S,
    arguments: Result<String, String>,
    chunk_items: usize,
    keeps_duplicates: bool,
}

/// A run that was submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Submitted {
    /// The number of its items, duplicates included.
    pub items: u64,
    /// Whether the database had it already: the same items, arguments and options under this name.
    pub already: bool,
}

impl<T, S> Submission<'_, T, S> {
    pub(crate) fn new((session, to_writer): (Arc<Session>, ToWriter), name: String, items: S) -> Self {
        let (arguments, chunk_items) = (Ok("null".to_owned()), CHUNK_ITEMS);
        Submission {
            items_are: PhantomData,
            session,
            to_writer,
            name,
            items,
            arguments,
            chunk_items,
            keeps_duplicates: false,
        }
    }

    /// Sets the arguments of the method: workers get them with each chunk. Default: JSON's `null`, which is `()`.
    pub fn arguments(mut self, arguments: &impl Serialize) -> Self {
        self.arguments = serde_json::to_string(arguments).map_err(|error| error.to_string());
        self
    }

    /// Sets how many items a chunk has (default 600): what one worker takes at a time. A multiple of the endpoint's `max` fills each request.
    pub fn chunk_items(mut self, items: usize) -> Self {
        self.chunk_items = items.clamp(1, MOST_CHUNK_ITEMS);
        self
    }

    /// Sets what happens to equal items. [`OnDuplicate::Keep`] sends each, and anything else sends the first: the others have its outcome.
    pub fn on_duplicate(mut self, on_duplicate: OnDuplicate) -> Self {
        self.keeps_duplicates = on_duplicate == OnDuplicate::Keep;
        self
    }
}

impl<'a, T, S> IntoFuture for Submission<'a, T, S>
where
    T: DynamicItem,
    S: Stream + Send + 'a,
    S::Item: Input<T> + Send,
{
    type Output = Result<Submitted, JournalError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.submit())
    }
}

impl<T, S> fmt::Debug for Submission<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submission").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the caller's task tells the thread of the store.
enum Part {
    /// Rows, encoded.
    Rows(Bytes),
    /// The items have ended.
    End(Read),
}

/// All items, as they were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Read {
    items: u64,
    /// A hash of all of them, in their order.
    digest: u128,
}

impl Read {
    fn add(&mut self, hash: u128) {
        // An odd multiplier, so that no bit of an earlier hash is lost. The hashes have a key that the caller does not know.
        self.digest = self.digest.wrapping_mul(0x2545_f491_4f6c_dd1d_9e37_79b9_7f4a_7c15).wrapping_add(hash);
        self.items += 1;
    }
}

/// What the database has under the name before the items are read.
struct Opened {
    id: u128,
    run: i64,
    /// Where encoded rows go; `None` if the run is there already: then the items are only compared.
    is_new: bool,
    then: Read,
    created: i64,
}

impl<T, S> Submission<'_, T, S>
where
    T: DynamicItem,
    S: Stream + Send,
    S::Item: Input<T> + Send,
{
    async fn submit(self) -> Result<Submitted, JournalError> {
        let Submission { session, to_writer: _alive, name, items, arguments, chunk_items, keeps_duplicates, .. } = self;
        let arguments = arguments.map_err(|why| {
            store_error(format!("expected arguments that are JSON for the run `{name}`, found: {why}"))
        })?;
        let plan =
            Plan { name: name.clone(), arguments, keyed: T::KEYED, keeps_duplicates, chunk_items: chunk_items as i64 };
        let (opened, is_open) = oneshot::channel();
        let (parts, received) = mpsc::channel(4);
        let work = session.clone();
        let sealed = session.spawn(async move { plan.write(&work, opened, received).await });
        let Ok(opened) = is_open.await else { return sealed.await };
        let mut items = pin!(items);
        let (mut read, mut rows) = (Read::default(), BytesMut::with_capacity(PART + 4096));
        let is_new = opened.is_new;
        while let Some(item) = items.next().await {
            let index = read.items;
            let refused = |why: String| {
                store_error(format!("cannot submit item {index} of the run `{name}`: {why}; nothing was submitted"))
            };
            let origin = item.origin();
            let item = item.into_item().map_err(|error| refused(error.to_string()))?;
            let item: &T = item.borrow();
            let waiting = WaitingItem::encode(opened.id, index, item).map_err(refused)?;
            if index == 0 {
                check_round_trip(item, &waiting).map_err(refused)?;
            }
            let hash = waiting.record.hash.unwrap_or_default();
            read.add(hash);
            if is_new {
                put_row(&mut rows, &opened, index, &waiting, hash, origin).map_err(refused)?;
            }
            if rows.len() >= PART {
                // A thread that gave up has an error to tell.
                if parts.send(Part::Rows(rows.split().freeze())).await.is_err() {
                    return sealed.await;
                }
            }
        }
        let _ = parts.send(Part::Rows(rows.freeze())).await;
        let _ = parts.send(Part::End(read)).await;
        sealed.await
    }
}

/// Workers make the items from what is stored.
fn check_round_trip<T: DynamicItem>(item: &T, waiting: &WaitingItem) -> Result<(), String> {
    let again: T = item_from(waiting.record.key.as_deref(), waiting.json.as_deref())
        .map_err(|error| format!("expected an item that can be read from its own JSON, found: {error}"))?;
    if T::KEYED && again.key() != item.key() {
        return Err("expected the key of the item in its JSON, found another one: serialize the key".to_owned());
    }
    Ok(())
}

/// Adds a row in the binary format of COPY.
fn put_row(
    rows: &mut BytesMut,
    opened: &Opened,
    index: u64,
    waiting: &WaitingItem,
    hash: u128,
    origin: Option<Origin>,
) -> Result<(), String> {
    let number = |rows: &mut BytesMut, number: i64| {
        rows.put_i32(8);
        rows.put_i64(number);
    };
    let bytes = |rows: &mut BytesMut, bytes: Option<&[u8]>| -> Result<(), String> {
        let Some(bytes) = bytes else {
            rows.put_i32(-1);
            return Ok(());
        };
        let length = i32::try_from(bytes.len()).map_err(|_| "it is larger than 2 GiB".to_owned())?;
        rows.put_i32(length);
        rows.put_slice(bytes);
        Ok(())
    };
    let key = waiting.record.key.as_deref();
    if key.is_some_and(|key| key.contains('\0')) {
        return Err("expected a key without the character U+0000, which PostgreSQL cannot store, found one".to_owned());
    }
    rows.put_i16(9);
    number(rows, opened.run);
    number(rows, index as i64);
    bytes(rows, key.map(str::as_bytes))?;
    number(rows, waiting.record.key_hash as i64);
    bytes(rows, Some(&hash.to_be_bytes()))?;
    bytes(rows, waiting.json.as_deref().map(str::as_bytes))?;
    bytes(rows, origin.map(|origin| origin.run.to_be_bytes()).as_ref().map(<[u8; 16]>::as_slice))?;
    match origin {
        Some(origin) => number(rows, origin.item as i64),
        None => rows.put_i32(-1),
    }
    number(rows, opened.created);
    Ok(())
}

/// What is submitted, apart from the items.
struct Plan {
    name: String,
    arguments: String,
    keyed: bool,
    keeps_duplicates: bool,
    chunk_items: i64,
}

const BEGIN: &str = "
insert into bulk_endpoint.runs (name, id, arguments, keyed, keeps_duplicates, items, digest, chunk_items, chunks, created)
values ($1, $2, $3, $4, $5, 0, '', $6, 0, floor(extract(epoch from clock_timestamp()) * 1000)::bigint)
on conflict (name) do nothing
returning run, created";

const EXISTING: &str = "
select run, id, arguments, keyed, keeps_duplicates, items, digest, chunk_items, created from bulk_endpoint.runs where name = $1";

const COPY: &str = "
copy bulk_endpoint.items (run, item, key, key_hash, hash, body, origin_run, origin_item, changed) from stdin binary";

/// Items whose key came before: duplicates, and items that go into the chunk of the first with their key, so that they are never in two requests
/// at once. An item that repeats the one before it with its key is a duplicate of the first of them: in `a = 1`, `a = 2`, `a = 1`, `a = 1` the
/// fourth repeats the third, which undoes the second.
const REPEATED: &str = "
with repeated as (
    select key_hash from bulk_endpoint.items where run = $1 group by key_hash having count(*) > 1
),
compared as (
    select i.item, i.key_hash, i.hash = lag(i.hash) over (partition by i.key_hash order by i.item) as repeats
    from bulk_endpoint.items i join repeated using (key_hash)
    where i.run = $1
),
placed as (
    select
        item, repeats,
        max(item) filter (where repeats is not true) over of_key as repeated,
        first_value(item) over of_key as first
    from compared
    window of_key as (partition by key_hash order by item rows unbounded preceding)
)
update bulk_endpoint.items i set
    duplicate_of = case when p.repeats and not $2 then p.repeated end,
    chunk = nullif(p.first / $3, p.item / $3)
from placed p
where i.run = $1 and i.item = p.item and p.item <> p.first";

const CHUNKS: &str = "
insert into bulk_endpoint.chunks (run, chunk, first, last, items)
select $1, chunk, chunk * $3, least((chunk + 1) * $3, $2) - 1, least((chunk + 1) * $3, $2) - chunk * $3
from generate_series(0::bigint, ($2 - 1) / $3) as c (chunk)
where $2 > 0";

/// Where items were moved or are duplicates, the chunks have other numbers of items. One without any is done.
const COUNT: &str = "
update bulk_endpoint.chunks c set items = c.items + d.items, state = case when c.items + d.items = 0 then 'done' else 'open' end
from (
    select chunk, sum(items)::bigint as items from (
        select item / $2 as chunk, -count(*) as items from bulk_endpoint.items
        where run = $1 and (chunk is not null or duplicate_of is not null) group by 1
        union all
        select chunk, count(*) from bulk_endpoint.items
        where run = $1 and chunk is not null and duplicate_of is null group by 1
    ) both_ways
    group by chunk
) d
where c.run = $1 and c.chunk = d.chunk";

const SEAL: &str = "
update bulk_endpoint.runs set items = $2, digest = $3, chunks = ($2 + $4 - 1) / $4 where run = $1";

impl Plan {
    /// Writes the run in one transaction, while the caller's task encodes the items: if either ends early, nothing of it stays.
    async fn write(
        self,
        session: &Session,
        opened: oneshot::Sender<Opened>,
        parts: mpsc::Receiver<Part>,
    ) -> Result<Submitted, JournalError> {
        let mut connection = Connection::new(session.target.clone());
        let failed = |trouble: Trouble| {
            let why = session.target.unusable(&trouble);
            store_error(format!("{why}. The run `{}` may not have been submitted: submit it again", self.name))
        };
        let client = connection.client().await.map_err(|trouble| session.target.unusable(&trouble))?;
        client
            .batch_execute(
                "begin; set local synchronous_commit = on; set local work_mem = '128MB'; set local jit = off",
            )
            .await
            .map_err(|error| failed(Trouble::of(&error)))?;
        let begun = self.begin(client).await.map_err(failed)??;
        let (run, is_new, then) = (begun.run, begun.is_new, begun.then);
        // A caller that is gone sends no parts.
        let _ = opened.send(begun);
        match is_new {
            true => {
                let read = self.copy(client, parts).await.map_err(failed)?;
                let Some(read) = read else {
                    return Err(store_error(format!("the run `{}` was not submitted to its end", self.name)));
                };
                self.seal(client, run, read).await.map_err(failed)?;
                Ok(Submitted { items: read.items, already: false })
            }
            false => self.compare(parts, then).await,
        }
    }

    async fn begin(&self, client: &Client) -> Result<Result<Opened, JournalError>, Trouble> {
        let id: [u8; 16] = random_bytes().map_err(Trouble::Refused)?;
        let bytes = id.to_vec();
        let params: [Param<'_>; 6] = [
            (&self.name, Type::TEXT),
            (&bytes, Type::BYTEA),
            (&self.arguments, Type::TEXT),
            (&self.keyed, Type::BOOL),
            (&self.keeps_duplicates, Type::BOOL),
            (&self.chunk_items, Type::INT8),
        ];
        // Another submission of the name holds this one up until it ends.
        let created = match timeout(STATEMENT_TIMEOUT, client.query_typed_opt(BEGIN, &params)).await {
            Ok(created) => created.map_err(|error| Trouble::of(&error))?,
            Err(_) => {
                let name = &self.name;
                let message = format!(
                    "expected that nothing else submits the run `{name}`, but another process does; wait for its end"
                );
                return Ok(Err(JournalError::InUse(message.into())));
            }
        };
        if let Some(row) = created {
            let (run, created) = (row.get(0), row.get(1));
            return Ok(Ok(Opened { id: u128::from_be_bytes(id), run, is_new: true, then: Read::default(), created }));
        }
        let row =
            client.query_typed_one(EXISTING, &[(&self.name, Type::TEXT)]).await.map_err(|error| Trouble::of(&error))?;
        let mut differences = Vec::new();
        let mut compare = |what: &str, then: String, now: String| {
            if then != now {
                differences.push(format!("{what} {then} and are {now}"));
            }
        };
        compare("arguments were", format!("`{}`", row.get::<_, &str>(2)), format!("`{}`", self.arguments));
        let keys = |keyed| if keyed { "with keys" } else { "without keys" };
        compare("items were", keys(row.get(3)).to_owned(), keys(self.keyed).to_owned());
        let kept = |kept| if kept { "kept" } else { "collapsed" };
        compare("duplicates were", kept(row.get(4)).to_owned(), kept(self.keeps_duplicates).to_owned());
        if !differences.is_empty() {
            return Ok(Err(other_run(&self.name, &differences)));
        }
        let id = |column| bytes_of(&row, column).map(u128::from_be_bytes);
        let (id, digest) = match (id(1), id(6)) {
            (Ok(id), Ok(digest)) => (id, digest),
            (Err(error), _) | (_, Err(error)) => return Ok(Err(error)),
        };
        let then = Read { items: row.get::<_, i64>(5) as u64, digest };
        Ok(Ok(Opened { id, run: row.get(0), is_new: false, then, created: row.get(8) }))
    }

    /// Copies the rows. Returns what was read; `None` if the caller gave up.
    async fn copy(&self, client: &Client, mut parts: mpsc::Receiver<Part>) -> Result<Option<Read>, Trouble> {
        let of = |error: tokio_postgres::Error| Trouble::of(&error);
        // The statement has a name, but it begins and ends within the transaction.
        let statement = client.prepare(COPY).await.map_err(of)?;
        let sink = client.copy_in::<_, Bytes>(&statement).await.map_err(of)?;
        let mut sink = pin!(sink);
        let mut header = BytesMut::from(&b"PGCOPY\n\xff\r\n\0"[..]);
        header.put_i32(0);
        header.put_i32(0);
        sink.send(header.freeze()).await.map_err(of)?;
        let mut read = None;
        while let Some(part) = parts.recv().await {
            match part {
                Part::Rows(rows) => sink.send(rows).await.map_err(of)?,
                Part::End(end) => {
                    read = Some(end);
                    break;
                }
            }
        }
        if read.is_some() {
            sink.send(Bytes::from_static(&[0xff, 0xff])).await.map_err(of)?;
            sink.finish().await.map_err(of)?;
        }
        drop(statement);
        Ok(read)
    }

    async fn seal(&self, client: &Client, run: i64, read: Read) -> Result<(), Trouble> {
        let items = read.items as i64;
        let (digest, size) = (read.digest.to_be_bytes().to_vec(), self.chunk_items);
        let size = (&size, Type::INT8);
        let of_run: Param<'_> = (&run, Type::INT8);
        let count: Param<'_> = (&items, Type::INT8);
        let execute = async |sql: &str, params: &[Param<'_>]| match timeout(
            LONG_TIMEOUT,
            client.execute_typed(sql, params),
        )
        .await
        {
            Ok(done) => done.map_err(|error| Trouble::of(&error)),
            Err(_) => Err(Trouble::Away(format!("no response within {LONG_TIMEOUT:?}"))),
        };
        let repeated = match self.keyed {
            true => {
                let keeps: Param<'_> = (&self.keeps_duplicates, Type::BOOL);
                execute(REPEATED, &[of_run.clone(), keeps, (size.0, size.1.clone())]).await?
            }
            false => 0,
        };
        execute(CHUNKS, &[of_run.clone(), count.clone(), (size.0, size.1.clone())]).await?;
        if repeated > 0 {
            execute(COUNT, &[of_run.clone(), (size.0, size.1.clone())]).await?;
        }
        execute(SEAL, &[of_run, count, (&digest, Type::BYTEA), (size.0, size.1)]).await?;
        execute("commit", &[]).await?;
        Ok(())
    }

    /// The run is there already: its items must be these.
    async fn compare(&self, mut parts: mpsc::Receiver<Part>, then: Read) -> Result<Submitted, JournalError> {
        while let Some(part) = parts.recv().await {
            let Part::End(now) = part else { continue };
            if now == then {
                return Ok(Submitted { items: then.items, already: true });
            }
            let difference = match now.items == then.items {
                true => "one of the items is another one, or at another place".to_owned(),
                false => format!("it had {} items and has {}", then.items, now.items),
            };
            return Err(other_run(&self.name, &[difference]));
        }
        Err(store_error(format!("the run `{}` was not submitted to its end", self.name)))
    }
}
