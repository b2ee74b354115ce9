-- The roles of a new server, for psql as its superuser, once. `bulk_owner` makes the tables and submits; `bulk_worker` works on runs, and can
-- neither delete nor drop. Their passwords are in files.
\set ON_ERROR_STOP on
\set owner_password `cat "${BULK_SECRETS:-/run/secrets/bulk}/owner-password"`
\set worker_password `cat "${BULK_SECRETS:-/run/secrets/bulk}/worker-password"`
create role bulk_owner login password :'owner_password';
create role bulk_worker login password :'worker_password';
create database bulk;
revoke all on database bulk from public;
grant connect, create on database bulk to bulk_owner;
grant connect on database bulk to bulk_worker;
\connect bulk
-- PostgreSQL 14 lets each role create tables in it.
revoke create on schema public from public;
-- For the tables that the owner's first command makes, and for those of later releases.
alter default privileges for role bulk_owner grant usage on schemas to bulk_worker;
alter default privileges for role bulk_owner grant select, insert, update on tables to bulk_worker;
alter default privileges for role bulk_owner grant usage on sequences to bulk_worker;
