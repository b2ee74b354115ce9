//! Opening a store: whether the database can be used, and whether its tables are of this release.

use bulk_endpoint::journal::JournalError;
use tokio_postgres::Row;

use super::database::{Connection, Param, Target, Trouble};
use crate::fault::store_error;

/// The format of this release.
const FORMAT: i64 = 1;
/// The changes of the format, the first from an empty database.
const MIGRATIONS: [&str; FORMAT as usize] = [concat!(include_str!("schema.sql"), include_str!("throttle.sql"))];
/// The oldest server that has what the statements need.
const OLDEST: i32 = 140_000;

/// What the server is.
const SERVER: &str = "
select current_setting('server_version_num')::int, current_setting('server_version'), current_setting('fsync') = 'on',
    pg_is_in_recovery(),
    exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'bulk_endpoint' and c.relname = 'format'), current_user::text,
    has_database_privilege(current_database(), 'create'), current_database()::text,
    to_regnamespace('bulk_endpoint') is null or has_schema_privilege(current_user, to_regnamespace('bulk_endpoint'), 'usage')";

/// The rights that a worker needs and the role lacks.
const RIGHTS: &str = "
select needed.privilege || ' on ' || needed.name from (
    select t.name, p.privilege, has_table_privilege('bulk_endpoint.' || t.name, p.privilege) as has
    from (values ('format'), ('runs'), ('chunks'), ('lives'), ('workers'), ('throttles'), ('boots'), ('items'), ('attempts'), ('outcomes'), ('in_flight'), ('behind'), ('throttled')) as t (name),
        (values ('select'), ('insert'), ('update')) as p (privilege)
    where p.privilege = 'select' or t.name not in ('format', 'outcomes', 'in_flight', 'behind', 'throttled')
    union all
    select 'life_numbers', 'usage', has_sequence_privilege('bulk_endpoint.life_numbers', 'usage')
    union all
    select p.oid::regprocedure::text, 'execute', has_function_privilege(p.oid, 'execute')
    from pg_proc p where p.pronamespace = to_regnamespace('bulk_endpoint')
) needed where not needed.has order by 1";

/// Checks the database, and creates or migrates the tables.
pub(crate) async fn prepare(connection: &mut Connection) -> Result<(), JournalError> {
    let target = connection.target().clone();
    let rows = connection.rows(SERVER, &[]).await.map_err(|trouble| target.unusable(&trouble))?;
    let server = rows.first().ok_or_else(|| store_error("expected what the server is, found nothing"))?;
    check_server(&target, server)?;
    let (user, database): (String, String) = (server.get(5), server.get(7));
    let (is_there, may_create, may_use): (bool, bool, bool) = (server.get(4), server.get(6), server.get(8));
    let name = target.name();
    if !may_use {
        return Err(rights(name, &user, &["usage on schema bulk_endpoint".to_owned()]));
    }
    if is_there {
        check_rights(connection, &user).await?;
    }
    let format = if is_there { format(connection).await? } else { 0 };
    if format > FORMAT {
        return Err(store_error(format!(
            "expected the tables of format {FORMAT} or older in the database {name}, found format {format}: a newer release made them; use that release"
        )));
    }
    if format < FORMAT {
        if !is_there && !may_create {
            return Err(store_error(format!(
                "expected the schema `bulk_endpoint` in the database {name}, found none, and the role `{user}` may not create it; open the store \
                 once as a role that may, or `grant create on database \"{database}\" to \"{user}\"`"
            )));
        }
        migrate(connection, format).await?;
    }
    Ok(())
}

fn check_server(target: &Target, server: &Row) -> Result<(), JournalError> {
    let name = target.name();
    let version: i32 = server.get(0);
    if version < OLDEST {
        return Err(store_error(format!(
            "expected PostgreSQL 14 or newer at {name}, found {}; use a newer server",
            server.get::<_, &str>(1)
        )));
    }
    if !server.get::<_, bool>(2) {
        return Err(store_error(format!(
            "expected a server that syncs what it commits at {name}, found `fsync = off`: a crash would lose requests that were recorded; set \
             `fsync = on` in postgresql.conf and restart it"
        )));
    }
    if server.get(3) {
        return Err(store_error(format!(
            "expected a server that can be written at {name}, found a standby; use the address of the primary, such as \
             `postgres://a,b/database?target_session_attrs=read-write`"
        )));
    }
    Ok(())
}

async fn format(connection: &mut Connection) -> Result<i64, JournalError> {
    let target = connection.target().clone();
    let rows = connection.rows("select format from bulk_endpoint.format", &[]).await;
    let rows = rows.map_err(|trouble| target.unusable(&trouble))?;
    rows.first().map(|row| row.get(0)).ok_or_else(|| {
        store_error(format!(
            "expected one row in the table bulk_endpoint.format of the database {}, found none: the tables are damaged; restore the database from \
             a backup",
            target.name()
        ))
    })
}

/// Brings the tables to the format of this release, in one transaction.
async fn migrate(connection: &mut Connection, from: i64) -> Result<(), JournalError> {
    let target = connection.target().clone();
    let first = usize::try_from(from).unwrap_or(0);
    let migrations: String = MIGRATIONS.get(first..).unwrap_or_default().concat();
    let begin = match from {
        0 => "create schema if not exists bulk_endpoint;".to_owned(),
        // A worker of an older release writes what its tables had.
        _ => format!(
            "lock table bulk_endpoint.chunks; do $$ begin \
             if exists (select from bulk_endpoint.chunks where lease_until > clock_timestamp()) then \
             raise exception 'workers of an older release have chunks' using hint = 'stop them, or wait until their leases have ended'; \
             end if; end $$; update bulk_endpoint.format set format = {FORMAT};"
        ),
    };
    let sql = format!("begin; set local synchronous_commit = on; {begin} {migrations} commit");
    let client = connection.client().await.map_err(|trouble| target.unusable(&trouble))?;
    let done = client.batch_execute(&sql).await;
    let Err(error) = done else { return Ok(()) };
    // The connection is in a transaction that failed.
    connection.close();
    // Another process may have made them a moment ago.
    match format(connection).await {
        Ok(FORMAT) => Ok(()),
        _ => Err(target.unusable(&Trouble::of(&error))),
    }
}

async fn check_rights(connection: &mut Connection, user: &str) -> Result<(), JournalError> {
    let target = connection.target().clone();
    let rows = connection.rows(RIGHTS, &[] as &[Param<'_>; 0]).await.map_err(|trouble| target.unusable(&trouble))?;
    let lacks: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    if lacks.is_empty() { Ok(()) } else { Err(rights(target.name(), user, &lacks)) }
}

fn rights(name: &str, user: &str, lacks: &[String]) -> JournalError {
    let first = lacks.first().map_or("", String::as_str);
    let others = match lacks.len() {
        0 | 1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    store_error(format!(
        "expected that the role `{user}` can work in the database {name}, found that it lacks: {first}{others}; the owner of the tables grants \
         it: `grant usage on schema bulk_endpoint to \"{user}\"; grant select, insert, update on all tables in schema bulk_endpoint to \"{user}\"; \
         grant usage on all sequences in schema bulk_endpoint to \"{user}\"; grant execute on all functions in schema bulk_endpoint to \"{user}\"`"
    ))
}
