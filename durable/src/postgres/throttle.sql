
-- The throttle that all workers share: one row for each origin, with the pauses of its host, and one for each quota of it. Times are in
-- microseconds, by the clock of the server.
create table bulk_endpoint.throttles (
    -- `https://api.example.com`
    origin text not null,
    -- Empty: the row of the host. Otherwise the method, the path and the rate: `POST /tokens 100 requests/10000ms`.
    scope text not null,
    -- The host is closed until this time, and then until one request, the probe, has shown that it is well. Null: it is open.
    closed_until bigint,
    -- Whether the host asked for it. Otherwise it is a backoff.
    requested boolean not null default false,
    why text,
    -- The number of closings in a row without a delay of the host's. They make the backoff grow.
    closings bigint not null default 0,
    -- The present probe: a random number, the time until which the others wait for it, and the closing that it began with.
    probe bigint,
    probe_until bigint,
    probe_of bigint,
    -- The places that are taken: when the requests of each have ended, or must have, in steps of a hundredth of the window; and what they cost.
    -- A place is free one window later.
    ends bigint[] not null default '{}',
    costs bigint[] not null default '{}',
    -- The boot and the timeline of the server that granted the last one. A timeline that no server has: the database was restored.
    boot uuid,
    timeline bigint,
    -- The quota: how much is allowed in a window, and its length.
    allowed bigint,
    per bigint,
    primary key (origin, scope)
) with (fillfactor = 50);

-- One row: a random id, which a crash deletes, as the table is not logged.
create unlogged table bulk_endpoint.boots (one boolean primary key default true check (one), id uuid not null default gen_random_uuid());

-- What the server is now. Another boot: what was not on the disk before it is lost. Another timeline: what was not copied before it is.
create function bulk_endpoint.server_now(out boot uuid, out timeline bigint) language plpgsql volatile as $$
begin
    loop
        select b.id into boot from bulk_endpoint.boots b;
        exit when found;
        insert into bulk_endpoint.boots default values on conflict do nothing;
    end loop;
    timeline := ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint;
end $$;

create function bulk_endpoint.microseconds() returns bigint language sql volatile
return floor(extract(epoch from clock_timestamp()) * 1000000)::bigint;

-- What the host of an origin lets happen now: how long it is closed for, whether it asked for that, and why. `probe`: the caller may probe it.
create function bulk_endpoint.host_of(of_origin text, out wait bigint, out requested boolean, out why text, out probe boolean)
language plpgsql volatile as $$
declare
    host bulk_endpoint.throttles;
    at_us bigint := bulk_endpoint.microseconds();
begin
    wait := 0; requested := false; probe := false;
    select t.* into host from bulk_endpoint.throttles t where t.origin = of_origin and t.scope = '';
    if host.closed_until is null then
        return;
    end if;
    if at_us < host.closed_until then
        wait := host.closed_until - at_us;
        requested := host.requested;
        why := host.why;
    elsif host.probe_until is not null and at_us < host.probe_until then
        -- The probe may end before.
        wait := least(host.probe_until - at_us, 250000);
    else
        probe := true;
    end if;
end $$;

-- Makes the caller's request the probe of the host, unless another one is.
create function bulk_endpoint.begin_probe(of_origin text, of_probe bigint, longest bigint) returns boolean language sql volatile
begin atomic
    update bulk_endpoint.throttles t
    set probe = of_probe, probe_until = bulk_endpoint.microseconds() + longest, probe_of = t.closed_until
    where t.origin = of_origin and t.scope = '' and t.closed_until <= bulk_endpoint.microseconds()
        and (t.probe_until is null or t.probe_until <= bulk_endpoint.microseconds())
    returning true;
end;

-- Closes the host: for this delay, which it asked for, or for a backoff where that is null. A later time that is set already stays. A request
-- that left before the host closed says nothing new by a backoff.
create function bulk_endpoint.close_host(of_origin text, of_probe bigint, delay bigint, reason text) returns void language sql volatile
begin atomic
    insert into bulk_endpoint.throttles as t (origin, scope, closed_until, requested, why, closings)
    values (
        of_origin, '', bulk_endpoint.microseconds() + coalesce(delay, floor(random() * 500000)::bigint), delay is not null, reason,
        (delay is null)::int
    )
    on conflict (origin, scope) do update set
        closed_until = greatest(t.closed_until, bulk_endpoint.microseconds() + coalesce(
            delay, floor(random() * least(500000 * 2 ^ least(t.closings, 16), 30000000))::bigint
        )),
        requested = case when delay is null then t.requested and t.closed_until > bulk_endpoint.microseconds() else true end,
        why = reason,
        closings = t.closings + (delay is null)::int,
        probe = case when t.probe = of_probe then null else t.probe end,
        probe_until = case when t.probe = of_probe then null else t.probe_until end
    where delay is not null or t.closed_until is null or t.probe = of_probe;
end;

-- The probe has ended. `is_good`: it opens the host, unless the host was closed again meanwhile. Otherwise the next request is the probe.
create function bulk_endpoint.end_probe(of_origin text, of_probe bigint, is_good boolean) returns void language sql volatile
begin atomic
    update bulk_endpoint.throttles t set
        closed_until = case when is_good and t.closed_until = t.probe_of then null else t.closed_until end,
        closings = case when is_good and t.closed_until = t.probe_of then 0 else t.closings end,
        probe = null,
        probe_until = null
    where t.origin = of_origin and t.scope = '' and t.probe = of_probe;
end;

-- Takes places of a quota, and moves those of requests that have ended. `place` is null if the quota is full: then it is asked again after `wait`.
-- Without a cost, it only moves places. Those that end with null have not been used, and are free.
create function bulk_endpoint.enter_quota(
    of_origin text, of_scope text, allowed bigint, per bigint, cost bigint, longest bigint,
    ended_places bigint[], ended_ago bigint[], ended_costs bigint[], out place bigint, out wait bigint
) language plpgsql volatile as $$
declare
    quota bulk_endpoint.throttles;
    server record;
    at_us bigint;
    step bigint := greatest(per / 100, 1000);
    taken bigint := 0;
    lacks bigint;
begin
    wait := 0;
    loop
        select t.* into quota from bulk_endpoint.throttles t where t.origin = of_origin and t.scope = of_scope for update;
        exit when found;
        insert into bulk_endpoint.throttles (origin, scope, boot, timeline, allowed, per)
        select of_origin, of_scope, s.boot, s.timeline, enter_quota.allowed, enter_quota.per from bulk_endpoint.server_now() s
        on conflict do nothing;
    end loop;
    server := bulk_endpoint.server_now();
    at_us := bulk_endpoint.microseconds();
    -- What a server granted in its last moments may be lost: in a crash if its commits did not wait for the disk, and else in a failover.
    if quota.timeline <> server.timeline or quota.boot <> server.boot and per <= 60000000 then
        quota.ends := quota.ends || at_us;
        quota.costs := quota.costs || allowed;
    end if;
    select coalesce(array_agg(e.ends order by e.ends), '{}'), coalesce(array_agg(e.costs order by e.ends), '{}'), coalesce(sum(e.costs), 0)
    into quota.ends, quota.costs, taken
    from (
        select p.ends, sum(p.costs)::bigint as costs
        from (
            select u.ends, u.costs from unnest(quota.ends, quota.costs) as u (ends, costs)
            union all
            select u.place, -u.costs from unnest(ended_places, ended_costs) as u (place, costs)
            union all
            select ((at_us - u.ago) / step + 1) * step, u.costs from unnest(ended_ago, ended_costs) as u (ago, costs) where u.ago is not null
        ) p
        where p.ends + per > at_us
        group by p.ends
        having sum(p.costs) > 0
    ) e;
    if cost > 0 then
        if taken = 0 or taken + cost <= allowed then
            place := ((at_us + longest) / step + 1) * step;
            quota.ends := quota.ends || place;
            quota.costs := quota.costs || cost;
        else
            lacks := taken + cost - allowed;
            select min(f.ends) + per - at_us into wait
            from (select u.ends, sum(u.costs) over (order by u.ends) as free from unnest(quota.ends, quota.costs) as u (ends, costs)) f
            where f.free >= least(lacks, taken);
            -- A request in flight may end before it must.
            wait := greatest(least(wait, least(greatest(step, 20000), 5000000)), 10000);
        end if;
    end if;
    update bulk_endpoint.throttles t set ends = quota.ends, costs = quota.costs, boot = server.boot, timeline = server.timeline
    where t.origin = of_origin and t.scope = of_scope;
end $$;

-- The throttle, for people. `in_use`: how much of the quota is, and for how long the host is closed or probed.
create view bulk_endpoint.throttled as
select t.origin, nullif(t.scope, '') as quota, t.allowed, t.per / 1000 as per_ms,
    (
        select sum(u.costs) from unnest(t.ends, t.costs) as u (ends, costs) where u.ends + t.per > bulk_endpoint.microseconds()
    )::bigint as in_use,
    bulk_endpoint.utc(t.closed_until / 1000) as closed_until, greatest(t.closed_until - bulk_endpoint.microseconds(), 0) / 1000 as closed_ms,
    t.requested, t.why, t.probe_until > bulk_endpoint.microseconds() as is_probed
from bulk_endpoint.throttles t;
