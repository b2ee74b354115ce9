-- Format 1. Times are UTC milliseconds by the clock of the server in tables, and text such as 2026-11-27T18:03:12.250Z in views; leases are
-- timestamps.

-- One row: the format of the tables.
create table bulk_endpoint.format (format bigint not null);
insert into bulk_endpoint.format values (1);

-- The numbers of lives. A life is the work of one process on one chunk.
create sequence bulk_endpoint.life_numbers as bigint maxvalue 4294967295;

-- One row for each run.
create table bulk_endpoint.runs (
    run bigint generated always as identity primary key,
    name text not null unique,
    -- 16 random bytes. The ids that the run assigns to items are made from it.
    id bytea not null,
    -- What makes the run this one: a JSON array of pairs of a name and a value. Null until a worker has begun.
    identity text,
    -- The arguments of the method, as JSON.
    arguments text not null,
    keyed boolean not null,
    keeps_duplicates boolean not null,
    -- The number of items, a hash of all of them in their order, and how many were meant for one chunk.
    items bigint not null,
    digest bytea not null,
    chunk_items bigint not null,
    -- The number of chunks: the number of the next one.
    chunks bigint not null,
    created bigint not null,
    -- The time when the run must have ended.
    deadline bigint,
    has_responded boolean not null default false,
    -- Whether a request of an endpoint that is not idempotent was recorded.
    has_sent_once boolean not null default false,
    paused boolean not null default false
);

-- One row for each part of a run that one worker at a time has. Its items are those from `first` to `last` whose `chunk` is null, and those whose
-- `chunk` is its number.
create table bulk_endpoint.chunks (
    run bigint not null,
    chunk bigint not null,
    first bigint not null,
    last bigint not null,
    -- open, done (its last life came to the end), or parked: the workers that took it died, and it cannot be split.
    state text not null default 'open',
    -- How often it was taken, and a random number of the life that has it: after a failover two lives may have one epoch.
    epoch bigint not null default 0,
    holder bigint not null default 0,
    -- The number of the last write of that life (R14).
    seq bigint not null default 0,
    -- Null: no worker has it. In the past: any worker may take it over.
    lease_until timestamptz,
    worker text,
    -- The present life, or the last one.
    life bigint not null default 0,
    -- The timeline of the server with the last write of a life, or when it was taken first.
    timeline bigint not null default 0,
    -- How often it was taken over from a life that had settled nothing.
    takeovers bigint not null default 0,
    -- The numbers of the items that may leave before their requests are recorded.
    may_leave bigint[] not null default '{}',
    -- The number of its items, and how many have these outcomes now. Without duplicates, which are in no chunk's requests.
    items bigint not null,
    succeeded bigint not null default 0,
    failed bigint not null default 0,
    refused bigint not null default 0,
    unknown bigint not null default 0,
    requests bigint not null default 0,
    primary key (run, chunk)
) with (fillfactor = 50);

create index chunks_open on bulk_endpoint.chunks (run, chunk) where state = 'open';

-- One row for each time that a process worked on a chunk.
create table bulk_endpoint.lives (
    run bigint not null,
    life bigint not null,
    chunk bigint not null,
    worker text not null,
    started bigint not null,
    -- Null while the process works, and if it did not come to the end.
    ended bigint,
    -- The number of items that it read, and of requests that left.
    items_read bigint not null default 0,
    requests bigint not null default 0,
    -- The longest time that a request of it takes, in milliseconds.
    request_timeout bigint not null,
    -- Whether it read the chunk to its end.
    read_all boolean not null default false,
    stopped text,
    source_error text,
    primary key (run, life)
);

-- One row for each process that works on a run.
create table bulk_endpoint.workers (
    worker text primary key,
    run bigint not null,
    started bigint not null,
    -- When it was last heard of.
    seen bigint not null,
    ended bigint,
    -- The most requests at once, and why it stopped early, if it did.
    concurrency bigint not null,
    stopped text
);

-- One row for each item, in the order in which they were submitted.
create table bulk_endpoint.items (
    run bigint not null,
    -- Its number, from 0.
    item bigint not null,
    -- Null: the chunk whose range it is in.
    chunk bigint,
    key text,
    key_hash bigint not null,
    -- Of its key and its JSON.
    hash bytea not null,
    -- Its JSON, until its outcome is final. Null if that is its key.
    body text,
    -- The number of its first occurrence, whose outcome it has.
    duplicate_of bigint,
    -- The item of another run that it is: the id of that run, and its number there.
    origin_run bytea,
    origin_item bigint,
    -- Null: not sent yet. 0: not attempted, 1: succeeded, 2: failed, 3: refused, 4: unknown.
    outcome bigint,
    status bigint,
    code text,
    message text,
    request_id text,
    -- An earlier attempt must have applied it.
    earlier boolean not null default false,
    -- The vendor only said that it accepted it.
    accepted boolean not null default false,
    -- No life sends it again. Otherwise it is open.
    final boolean not null default false,
    -- The life that reported the outcome of an open item, 0 if none did.
    settled bigint not null default 0,
    -- The number of requests that it took part in, and of those that count against the limit.
    attempts bigint not null default 0,
    spent bigint not null default 0,
    -- The milliseconds that it was put off, as far as they count against its patience.
    put_off bigint not null default 0,
    -- The times that it was at the head of its request then, or was put off with all of it.
    heads bigint not null default 0,
    -- False: it is uncertain because of an endpoint that is not idempotent.
    repeatable boolean not null default true,
    changed bigint not null,
    primary key (run, item)
) with (fillfactor = 80);

create index items_moved on bulk_endpoint.items (run, chunk) where chunk is not null;

-- One row for each request. It is written before the request leaves.
create table bulk_endpoint.attempts (
    run bigint not null,
    life bigint not null,
    -- Its number in the life.
    attempt bigint not null,
    chunk bigint not null,
    batch bigint not null,
    -- The number of this attempt for its items, from 1.
    number bigint not null,
    -- The numbers of its items.
    items bigint[] not null,
    idempotent boolean not null,
    key text,
    -- When the first request with this key left.
    key_since bigint,
    request bytea not null,
    sent bigint not null,
    -- Null while it is in flight.
    ended bigint,
    status bigint,
    result text,
    -- The handle of its job, as JSON, and when the response came that named it.
    job text,
    job_since bigint,
    -- The numbers of its items that another request may have left uncertain before. Only of a job that outlived its process.
    uncertain_before bigint[] not null default '{}',
    -- Its items are uncertain, and may be sent again only together.
    pending boolean not null default false,
    primary key (run, life, attempt)
);

create index attempts_open on bulk_endpoint.attempts (run, chunk) where ended is null or pending;

create table bulk_endpoint.outcome_names (outcome bigint primary key, name text not null);
insert into bulk_endpoint.outcome_names
values (0, 'not_attempted'), (1, 'succeeded'), (2, 'failed'), (3, 'refused'), (4, 'unknown');

create function bulk_endpoint.utc(milliseconds bigint) returns text language sql immutable strict parallel safe
return to_char(to_timestamp(milliseconds / 1000.0) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- The items that may be with the host: those in a request that has no recorded response, and those that may leave before their request is
-- recorded, of which nothing else is.
create view bulk_endpoint.in_flight as
select a.run as run, j.item as item
from bulk_endpoint.attempts a cross join lateral unnest(a.items) as j (item)
where a.ended is null
union
select c.run, i.item
from bulk_endpoint.chunks c
cross join lateral unnest(c.may_leave) as j (item)
-- `offset`: each is looked up, and not found among all items that are not sent yet.
cross join lateral (
    select i.item from bulk_endpoint.items i
    where i.run = c.run and i.item = j.item and i.attempts = 0 and not i.final and i.settled < c.life
    offset 0
) i
-- Of others, no item may leave.
where c.state = 'open';

-- The chunks that no worker has taken since the server failed over, or since the database was restored: what was last written of them may be lost.
-- A standby cannot tell.
create view bulk_endpoint.behind as
select c.run as run, c.chunk as chunk
from bulk_endpoint.chunks c
where c.epoch > 0 and c.timeline <> (
    select case when not pg_is_in_recovery() then ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint end
);

-- Every item with its present outcome. An item that is in flight, or open in a chunk that is behind, is unknown. A duplicate has the outcome of its
-- first occurrence.
create view bulk_endpoint.outcomes as
select
    r.name as run,
    i.item as item,
    i.key as key,
    case when u.message is not null then 'unknown' when o.outcome is null then 'not_attempted' else n.name end as outcome,
    case when u.message is null then o.status end as status,
    case when u.message is null then o.code end as code,
    case when u.message is not null then u.message when o.outcome is null then 'not sent yet' else o.message end as message,
    case when u.message is null then o.request_id end as request_id,
    not o.final as open,
    i.attempts as attempts,
    i.duplicate_of as duplicate_of,
    bulk_endpoint.utc(o.changed) as changed
from bulk_endpoint.items i
join bulk_endpoint.runs r on r.run = i.run
join bulk_endpoint.items o on o.run = i.run and o.item = coalesce(i.duplicate_of, i.item)
left join bulk_endpoint.outcome_names n on n.outcome = o.outcome
left join bulk_endpoint.in_flight f on f.run = o.run and f.item = o.item and not o.final
left join bulk_endpoint.behind b on b.run = o.run and b.chunk = coalesce(o.chunk, o.item / r.chunk_items)
    and not o.final and o.outcome is distinct from 4
cross join lateral (
    select case
        when f.item is not null then 'a request that may carry it has no recorded response'
        when b.chunk is not null
            then 'may or may not have been applied: the database failed over or was restored, and may lack the request'
    end as message
) u;

-- The items that a worker, or `requeue`, takes up again.
create view bulk_endpoint.open as select * from bulk_endpoint.outcomes where open;

-- The items that may or may not have been applied.
create view bulk_endpoint.unknown as select * from bulk_endpoint.outcomes where outcome = 'unknown';

-- The items whose workers died, again and again. `requeue` lets workers take them again.
create view bulk_endpoint.dead as
select o.*
from bulk_endpoint.chunks c
join bulk_endpoint.runs r on r.run = c.run
join bulk_endpoint.items i on i.run = c.run and (i.chunk = c.chunk or i.chunk is null and i.item between c.first and c.last)
join bulk_endpoint.outcomes o on o.run = r.name and o.item = i.item
where c.state = 'parked' and not i.final;

-- The items that came from another run: its name, or its id if it is not in this database, and their numbers there.
create view bulk_endpoint.origins as
select r.name as run, i.item as item, coalesce(o.name, encode(i.origin_run, 'hex')) as origin, i.origin_item as origin_item
from bulk_endpoint.items i
join bulk_endpoint.runs r on r.run = i.run
left join bulk_endpoint.runs o on o.id = i.origin_run
where i.origin_run is not null;

-- One row for each request, with times as text.
create view bulk_endpoint.requests as
select
    r.name as run,
    a.life as life,
    a.attempt as request,
    a.number as attempt,
    cardinality(a.items) as items,
    a.key as key,
    bulk_endpoint.utc(a.sent) as sent,
    bulk_endpoint.utc(a.ended) as ended,
    a.status as status,
    a.result as result,
    a.job as job
from bulk_endpoint.attempts a
join bulk_endpoint.runs r on r.run = a.run;

-- One row for each item of each request.
create view bulk_endpoint.attempt_items as
select
    r.name as run,
    a.life as life,
    a.attempt as request,
    j.place - 1 as place,
    i.item as item,
    i.key as key,
    bulk_endpoint.utc(a.sent) as sent,
    a.status as status,
    a.result as result
from bulk_endpoint.attempts a
join bulk_endpoint.runs r on r.run = a.run
cross join lateral unnest(a.items) with ordinality as j (item, place)
join bulk_endpoint.items i on i.run = a.run and i.item = j.item;
