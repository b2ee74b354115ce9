with setting as materialized (select set_config('synchronous_commit', 'on', true)),
moment as materialized (
    select
        floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms,
        ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint as timeline
),
w as materialized (
    select * from unnest(
        $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::bigint[], $9::boolean[],
        $10::text[], $11::boolean[], $12::boolean[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[],
        $18::bigint[], $19::boolean[], $20::bigint[], $21::bigint[], $22::boolean[], $23::text[], $24::text[]
    ) as w (
        run, chunk, epoch, holder, seq, life, worker, lease, settles, may_leave, responded, sent_once, succeeded, failed, refused, unknown,
        requests, begins, ends, items_read, sent, read_all, stopped, source_error
    )
),
-- R13: a life writes only while it has its chunk. If its lease has ended and no other life has taken the chunk, it takes the chunk again; but not
-- after a failover, which may have lost that another life took it.
live as (
    update bulk_endpoint.chunks c set
        seq = w.seq + 1,
        epoch = case when c.lease_until > clock_timestamp() then c.epoch else c.epoch + 1 end,
        lease_until = case
            when w.ends then null
            else greatest(c.lease_until, clock_timestamp() + w.lease * interval '1 millisecond')
        end,
        timeline = moment.timeline,
        state = case when w.ends and w.read_all and w.stopped is null then 'done' else c.state end,
        takeovers = case when w.settles or w.ends then 0 else c.takeovers end,
        may_leave = coalesce(w.may_leave::bigint[], c.may_leave),
        succeeded = w.succeeded,
        failed = w.failed,
        refused = w.refused,
        unknown = w.unknown,
        requests = c.requests + w.requests
    from w, setting, moment
    where c.run = w.run and c.chunk = w.chunk and c.epoch = w.epoch and c.holder = w.holder and c.seq = w.seq
    and (c.lease_until > clock_timestamp() or c.timeline = moment.timeline)
    -- Two lives of this process may think that they have the chunk: only one of them is here.
    returning w.life, c.epoch
),
begun as (
    insert into bulk_endpoint.lives (
        run, life, chunk, worker, started, ended, items_read, requests, request_timeout, read_all, stopped, source_error
    )
    select
        w.run, w.life, w.chunk, w.worker, moment.ms, case when w.ends then moment.ms end, w.items_read, w.sent, w.begins, w.read_all,
        w.stopped, w.source_error
    from w join live using (life), moment
    where w.begins is not null
),
ended as (
    update bulk_endpoint.lives l set
        ended = moment.ms, items_read = w.items_read, requests = w.sent, read_all = w.read_all, stopped = w.stopped,
        source_error = w.source_error
    from w join live using (life), moment
    where w.ends and w.begins is null and l.run = w.run and l.life = w.life
),
of_runs as (
    update bulk_endpoint.runs r set
        has_responded = r.has_responded or o.responded, has_sent_once = r.has_sent_once or o.sent_once
    from (
        select w.run, bool_or(w.responded) as responded, bool_or(w.sent_once) as sent_once
        from w join live using (life)
        where w.responded or w.sent_once
        group by w.run
    ) o
    where r.run = o.run
),
of_items as (
    update bulk_endpoint.items i set
        outcome = s.outcome, status = s.status, code = s.code, message = s.message, request_id = s.request_id, earlier = s.earlier,
        accepted = s.accepted, final = s.final, settled = s.settled, attempts = s.attempts, spent = s.spent, put_off = s.put_off, heads = s.heads,
        repeatable = s.repeatable,
        body = case when s.final then null else i.body end, changed = moment.ms
    from unnest(
        $25::bigint[], $26::bigint[], $27::bigint[], $28::bigint[], $29::bigint[], $30::text[], $31::text[], $32::text[], $33::boolean[],
        $34::boolean[], $35::boolean[], $36::bigint[], $37::bigint[], $38::bigint[], $39::bigint[], $40::bigint[],
        $41::boolean[]
    ) as s (
        run, writer, item, outcome, status, code, message, request_id, earlier, accepted, final, settled, attempts, spent, put_off, heads,
        repeatable
    )
    join live on live.life = s.writer, moment
    where i.run = s.run and i.item = s.item and not i.final
),
a as materialized (
    select a.* from unnest(
        $42::bigint[], $43::bigint[], $44::bigint[], $45::bigint[], $46::bigint[], $47::bigint[], $48::bigint[], $49::text[],
        $50::boolean[], $51::text[], $52::bigint[], $53::bytea[], $54::bigint[], $55::bigint[], $56::bigint[], $57::text[], $58::text[],
        $59::bigint[], $60::text[], $61::boolean[], $62::boolean[]
    ) as a (
        run, writer, chunk, life, attempt, batch, number, items, idempotent, key, key_since, request, sent, ended, status, result, job,
        job_since, uncertain_before, pending, stored
    )
    join live on live.life = a.writer
),
new_requests as (
    insert into bulk_endpoint.attempts (
        run, life, attempt, chunk, batch, number, items, idempotent, key, key_since, request, sent, ended, status, result, job, job_since,
        uncertain_before, pending
    )
    select
        a.run, a.life, a.attempt, a.chunk, a.batch, a.number, a.items::bigint[], a.idempotent, a.key, a.key_since, a.request, a.sent,
        a.ended, a.status, a.result, a.job, a.job_since, a.uncertain_before::bigint[], a.pending
    from a where not a.stored
),
of_requests as (
    update bulk_endpoint.attempts t set
        ended = a.ended, status = a.status, result = a.result, job = a.job, job_since = a.job_since,
        uncertain_before = a.uncertain_before::bigint[], pending = a.pending
    from a
    where a.stored and t.run = a.run and t.life = a.life and t.attempt = a.attempt
)
select live.life, live.epoch, moment.ms from live, moment
