-- Format 1 of a journal. Times are UTC milliseconds in tables, and text such as 2026-11-27T18:03:12.250Z in views.

-- One row for each run.
create table runs (
    -- Never that of a run that was forgotten: somebody may read that one at this moment.
    run integer primary key autoincrement,
    name text not null unique,
    -- 16 random bytes. The ids that the run assigns to items are made from it.
    id blob not null,
    -- What makes the run this one: a JSON array of pairs of a name and a value.
    identity text not null,
    keyed integer not null,
    -- 1: `items.key` is not written.
    hashed_keys integer not null,
    created integer not null,
    -- The time when the run must have ended.
    deadline integer,
    has_responded integer not null default 0,
    -- The items before this number are in `item_keys`.
    indexed integer not null default 0,
    -- The numbers of the items that may leave before their requests are recorded: a JSON array.
    may_leave text not null default '[]',
    -- Null, or the run was restored from a backup. 1: what the backup lacks may be sent again, 0: it may not.
    restored integer
);

-- One row for each process that worked on a run.
create table lives (
    run integer not null,
    life integer not null,
    started integer not null,
    -- Null while the process works, and if it did not come to the end.
    ended integer,
    -- The number of items that it read, and of requests that left.
    items_read integer not null default 0,
    requests integer not null default 0,
    -- The longest time that a request of it takes, in milliseconds, and when the last one left.
    request_timeout integer not null,
    last_sent integer,
    -- Whether it read the input to its end.
    read_all integer not null default 0,
    stopped text,
    source_error text,
    primary key (run, life)
) without rowid;

-- One row for each item, in the order in which they were first read. The numbers that most items have take no space: 0, 1 and null.
create table items (
    -- The run and the number in one, so that a row is found by the fastest kind of key.
    id integer primary key,
    run integer generated always as (id >> 40) virtual,
    -- Its number, from 0.
    item integer generated always as (id & 0xffffffffff) virtual,
    key text,
    key_hash integer not null,
    -- Of the encoded item. Null if it could not be encoded.
    hash blob,
    -- The number of the item that it repeats: the latest one with its key, or the one that that repeats.
    duplicate_of integer,
    -- The item of another run that it is: the id of that run, and its number there.
    origin_run blob,
    origin_item integer,
    -- Null: not sent yet. 0: not attempted, 1: succeeded, 2: failed, 3: refused, 4: unknown.
    outcome integer,
    status integer,
    code text,
    message text,
    request_id text,
    -- 1: an earlier attempt must have applied it.
    earlier integer not null default 0,
    -- 1: the vendor only said that it accepted it.
    accepted integer not null default 0,
    -- 1: no life sends it again. 0: it is open.
    final integer not null default 0,
    -- The life that reported the outcome of an open item, 0 if none did.
    settled integer not null default 0,
    -- The number of requests that it took part in, and of those that count against the limit.
    attempts integer not null default 0,
    spent integer not null default 0,
    -- The milliseconds that it was put off, as far as they count against its patience.
    put_off integer not null default 0,
    -- The times that it was at the head of its request then, or was put off with all of it.
    heads integer not null default 0,
    -- 0: it is uncertain because of an endpoint that is not idempotent.
    repeatable integer not null default 1,
    changed integer not null
);

-- Finds items by their key. `hash` is the first half of the item's hash, 0 if that is null.
create table item_keys (
    run integer not null,
    key_hash integer not null,
    hash integer not null,
    item integer not null,
    primary key (run, key_hash, hash, item)
) without rowid;

-- One row for each request. It is written before the request leaves.
create table attempts (
    id integer primary key,
    run integer not null,
    life integer not null,
    -- Its number in the life.
    attempt integer not null,
    batch integer not null,
    -- The number of this attempt for its items, from 1.
    number integer not null,
    -- The numbers of its items: a JSON array.
    items text not null,
    idempotent integer not null,
    key text,
    -- When the first request with this key left.
    key_since integer,
    request blob not null,
    sent integer not null,
    -- Null while it is in flight.
    ended integer,
    status integer,
    result text,
    -- The handle of its job, as JSON, and when the response came that named it.
    job text,
    job_since integer,
    -- The numbers of its items that another request may have left uncertain before: a JSON array. Only of a job that outlived its process.
    uncertain_before text not null default '[]',
    -- 1: its items are uncertain, and may be sent again only together.
    pending integer not null default 0
);

create index attempts_open on attempts (run) where ended is null or pending = 1;

create table outcome_names (outcome integer primary key, name text not null);
insert into outcome_names values (0, 'not_attempted'), (1, 'succeeded'), (2, 'failed'), (3, 'refused'), (4, 'unknown');

-- The items that may be with the host: those in a request that has no recorded response, and those that may leave before their request is
-- recorded, of which nothing else is.
create view in_flight as
select a.run as run, j.value as item
from attempts a, json_each(a.items) j
where a.ended is null
union
select i.run, i.item
from runs r, json_each(r.may_leave) j
join items i on i.id = r.run << 40 | j.value
where i.attempts = 0 and i.final = 0 and i.settled < (select max(life) from lives where run = r.run);

-- Every item with its present outcome. An item that is in flight is unknown, and so is a duplicate of it.
create view outcomes as
select
    r.name as run,
    i.item as item,
    case when r.hashed_keys then printf('%016x', i.key_hash) else i.key end as key,
    case when f.in_flight then 'unknown' when i.outcome is null then 'not_attempted' else n.name end as outcome,
    case when f.in_flight then null else i.status end as status,
    case when f.in_flight then null else i.code end as code,
    case
        when f.in_flight then 'a request that may carry it has no recorded response'
        when i.outcome is null then 'not sent yet'
        else i.message
    end as message,
    case when f.in_flight then null else i.request_id end as request_id,
    -- A duplicate that was rejected is rejected again by the same call.
    i.final = 0 and not (i.duplicate_of is not null and i.outcome is 0 and exists
        (select 1 from items o where o.id = i.id >> 40 << 40 | i.duplicate_of and o.final = 1)) as open,
    i.attempts as attempts,
    i.duplicate_of as duplicate_of,
    strftime('%Y-%m-%dT%H:%M:%fZ', i.changed / 1000.0, 'unixepoch') as changed
from items i
join runs r on i.id >= r.run << 40 and i.id < (r.run + 1) << 40
left join outcome_names n on n.outcome = i.outcome
left join (select run, item, 1 as in_flight from in_flight) f
    on f.run = i.run and f.item = coalesce(case when i.outcome is null then i.duplicate_of end, i.item) and i.final = 0;

-- The items that the same call takes up again.
create view open as select * from outcomes where open = 1;

-- The items that may or may not have been applied.
create view unknown as select * from outcomes where outcome = 'unknown';

-- The items that came from another run: its name, or its id if it is not in this file, and their numbers there.
create view origins as
select r.name as run, i.item as item, coalesce(o.name, lower(hex(i.origin_run))) as origin, i.origin_item as origin_item
from items i
join runs r on i.id >= r.run << 40 and i.id < (r.run + 1) << 40
left join runs o on o.id = i.origin_run
where i.origin_run is not null;

-- One row for each request, with times as text.
create view requests as
select
    r.name as run,
    a.life as life,
    a.attempt as request,
    a.number as attempt,
    json_array_length(a.items) as items,
    a.key as key,
    strftime('%Y-%m-%dT%H:%M:%fZ', a.sent / 1000.0, 'unixepoch') as sent,
    strftime('%Y-%m-%dT%H:%M:%fZ', a.ended / 1000.0, 'unixepoch') as ended,
    a.status as status,
    a.result as result,
    a.job as job
from attempts a
join runs r on r.run = a.run;

-- One row for each item of each request.
create view attempt_items as
select
    r.name as run,
    a.life as life,
    a.attempt as request,
    j.key as place,
    i.item as item,
    case when r.hashed_keys then printf('%016x', i.key_hash) else i.key end as key,
    strftime('%Y-%m-%dT%H:%M:%fZ', a.sent / 1000.0, 'unixepoch') as sent,
    a.status as status,
    a.result as result
from attempts a
join runs r on r.run = a.run
join json_each(a.items) j
join items i on i.id = a.run << 40 | j.value;
