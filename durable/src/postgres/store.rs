//! An open database.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bulk_endpoint::dynamic::{DynamicItem, DynamicValue};
use bulk_endpoint::journal::JournalError;
use bulk_endpoint::{ApiError, Bulk, BulkReply, Input, Row};
use futures_core::Stream;
use futures_util::stream;
use serde::de::DeserializeOwned;

use super::database::Target;
use super::life::ToWriter;
use super::manage;
use super::open::prepare;
use super::options::PostgresOptions;
use super::reads::{self, ServerRuns};
use super::session::Session;
use super::status::{self, RunStatus, ThrottleStatus};
use super::submit::Submission;
use super::throttle::PostgresThrottle;
use super::worker::Worker;
use super::writer;
use crate::items::RunItems;
use crate::recorded_runs::Opening;
use crate::report::RunReport;
use crate::runs::RunInfo;

/// Runs in a PostgreSQL database, which workers on many machines share. Cheap to clone: the clones share one thread and its connections.
///
/// It is not a [`Store`](crate::Store), because it works differently: a run is submitted first, and then worked on, by any number of
/// processes; and there is no file.
#[derive(Clone)]
pub struct PostgresStore {
    session: Arc<Session>,
    to_writer: ToWriter,
    throttle: PostgresThrottle,
}

impl PostgresStore {
    /// Opens a database by its address, `postgres://user:password@host:5432/database`, and creates the schema `bulk_endpoint` in it if it is not
    /// there.
    ///
    /// A socket: `postgres:///database?host=/var/run/postgresql&user=me`. Several servers: `postgres://a,b/database?target_session_attrs=read-write`
    /// is the one that can be written. TLS is used if the server has it; `sslmode=require` insists on it, `sslmode=disable` never uses it, and
    /// `sslrootcert=/path/ca.pem` names the authority of its certificate: see [TLS](crate::postgres#tls).
    ///
    /// # Errors
    ///
    /// The database cannot be reached, not be trusted, or not be used: it is a standby, does not sync (`fsync = off`), has tables of a newer release, or the role
    /// lacks rights.
    pub async fn open(url: &str) -> Result<Self, JournalError> {
        PostgresStore::open_with(url, PostgresOptions::new()).await
    }

    /// Opens a database with other settings than the default.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_with(url: &str, options: PostgresOptions) -> Result<Self, JournalError> {
        let target = Target::new(url, options.patience)?;
        let (session, to_writer) = writer::start(target, options.margin)?;
        let opening = session.clone();
        session.spawn(async move { prepare(&mut *opening.claims.lock().await).await }).await?;
        let throttle = PostgresThrottle::new(session.clone());
        Ok(PostgresStore { session, to_writer, throttle })
    }

    /// Submits a run: its items, for workers. They are items, references to items, or `Result`s of either, as for [`Bulk::send`].
    ///
    /// All of it is one transaction: if the process ends, or an item is an `Err`, nothing is submitted. The same items and arguments under the same
    /// name can be submitted again, which changes nothing.
    ///
    /// ```no_run
    /// # async fn example(store: bulk_endpoint_durable::postgres::PostgresStore, ids: Vec<u64>) -> Result<(), bulk_endpoint::journal::JournalError> {
    /// let submitted = store.submit("leavers-2026-11", ids).arguments(&"org-1").await?;
    /// println!("{} items", submitted.items);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The run under this name has other items or arguments ([`JournalError::OtherRun`]), an item cannot be written as JSON and read again, or the
    /// database cannot be written.
    pub fn submit<'a, T, I>(&self, name: impl Into<String>, items: I) -> Submission<'a, T, stream::Iter<I::IntoIter>>
    where
        T: DynamicItem,
        I: IntoIterator<Item: Input<T> + 'a, IntoIter: 'a>,
    {
        self.submit_stream(name, stream::iter(items))
    }

    /// Submits a run whose items are those of a stream: see [`submit`](Self::submit).
    pub fn submit_stream<'a, T, S>(&self, name: impl Into<String>, items: S) -> Submission<'a, T, S>
    where
        T: DynamicItem,
        S: Stream<Item: Input<T>> + 'a,
    {
        Submission::new((self.session.clone(), self.to_writer.clone()), name.into(), items)
    }

    /// Works on a run that was [submitted](Self::submit). Any number of processes can, on any machines, and each does a part.
    ///
    /// The function gets the arguments of the run, and returns the endpoint that its items are sent to: the same one in each process.
    ///
    /// ```no_run
    /// # async fn example(
    /// #     store: bulk_endpoint_durable::postgres::PostgresStore,
    /// #     bind: impl Fn(&str) -> bulk_endpoint::Bulk<u64> + Send + Sync + 'static,
    /// # ) -> Result<(), bulk_endpoint::journal::JournalError> {
    /// let done = store.worker("leavers-2026-11", move |org: String| bind(&org)).concurrency(8).until_done().await?;
    /// println!("{} requests", done.requests);
    /// # Ok(())
    /// # }
    /// ```
    pub fn worker<A, T, R, E>(
        &self,
        name: impl Into<String>,
        endpoint: impl Fn(A) -> Bulk<T, R, E> + Send + Sync + 'static,
    ) -> Worker<A, T, R, E>
    where
        A: DynamicValue,
        T: DynamicItem,
        R: BulkReply,
        E: ApiError,
    {
        Worker::new((self.session.clone(), self.to_writer.clone()), name.into(), endpoint)
    }

    /// Returns the throttle that all workers of the database share, for the clients of their endpoints.
    ///
    /// The workers keep a declared `rate` together, and if the host tells one to wait, all wait. It is independent of runs: those that send to
    /// the same host share it. Without it, each worker has a throttle of its own.
    ///
    /// ```no_run
    /// # fn example(store: bulk_endpoint_durable::postgres::PostgresStore) -> Result<(), bulk_endpoint::BuildError> {
    /// let builder = bulk_endpoint::Client::builder("https://api.example.com").bearer("a token");
    /// let client = builder.shared_throttle(store.throttle()).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn throttle(&self) -> PostgresThrottle {
        self.throttle.clone()
    }

    /// Returns the report of a run, finished or not.
    ///
    /// Its rows are read while they are iterated, which blocks the thread for as long as the database takes.
    ///
    /// # Errors
    ///
    /// There is no such run, or the database cannot be read.
    pub async fn report(&self, name: &str) -> Result<RunReport, JournalError> {
        let (runs, name) = (self.server_runs(), name.to_owned());
        self.session.spawn(async move { reads::report(runs, &name).await }).await
    }

    /// Returns what goes on in a run: its chunks and its workers. The numbers of its items are in its [report](Self::report).
    ///
    /// # Errors
    ///
    /// There is no such run, or the database cannot be read.
    pub async fn status(&self, name: &str) -> Result<RunStatus, JournalError> {
        let (session, name) = (self.session.clone(), name.to_owned());
        self.session.spawn(async move { status::status(&session, &name).await }).await
    }

    /// Returns what the shared throttle has: which hosts are closed, and how much of their quotas is in use.
    ///
    /// # Errors
    ///
    /// The database cannot be read.
    pub async fn throttled(&self) -> Result<Vec<ThrottleStatus>, JournalError> {
        let session = self.session.clone();
        self.session.spawn(async move { status::throttled(&session).await }).await
    }

    /// Lists the runs, in the order in which they were submitted. Reads all items.
    ///
    /// # Errors
    ///
    /// The database cannot be read.
    pub async fn runs(&self) -> Result<Vec<RunInfo>, JournalError> {
        let session = self.session.clone();
        self.session.spawn(async move { reads::runs(&session).await }).await
    }

    /// Selects items of a run, made from their keys, as the source of another run: see [`Store::items`](crate::Store::items).
    pub fn items<T: DeserializeOwned>(&self, name: &str) -> RunItems<'static, T> {
        RunItems::from_keys(self.opening(), name.to_owned())
    }

    /// Selects items of a run, made by the caller, as the source of another run: see [`Store::items_with`](crate::Store::items_with).
    pub fn items_with<'a, T>(&self, name: &str, make: impl FnMut(Row) -> T + Send + 'a) -> RunItems<'a, T> {
        RunItems::with(self.opening(), name.to_owned(), make)
    }

    fn opening(&self) -> Opening {
        let runs = self.server_runs();
        Box::new(move || Ok(Arc::new(runs)))
    }

    fn server_runs(&self) -> ServerRuns {
        ServerRuns::new(self.session.clone(), self.to_writer.clone())
    }

    /// Lets workers take up again what is open, though its chunks are done or parked: items that ended [`Unknown`](bulk_endpoint::OutcomeKind) at an
    /// idempotent endpoint, and those of the view `dead`. Returns the number of chunks.
    ///
    /// # Errors
    ///
    /// There is no such run, or the database cannot be written.
    pub async fn requeue(&self, name: &str) -> Result<u64, JournalError> {
        let (session, name) = (self.session.clone(), name.to_owned());
        self.session.spawn(async move { manage::requeue(&session, &name).await }).await
    }

    /// Stops workers from taking further chunks of a run. Those that they have go on.
    ///
    /// # Errors
    ///
    /// There is no such run, or the database cannot be written.
    pub async fn pause(&self, name: &str) -> Result<(), JournalError> {
        let (session, name) = (self.session.clone(), name.to_owned());
        self.session.spawn(async move { manage::pause(&session, &name, true).await }).await
    }

    /// Lets workers take chunks of a run again.
    ///
    /// # Errors
    ///
    /// There is no such run, or the database cannot be written.
    pub async fn resume(&self, name: &str) -> Result<(), JournalError> {
        let (session, name) = (self.session.clone(), name.to_owned());
        self.session.spawn(async move { manage::pause(&session, &name, false).await }).await
    }

    /// States that the database was restored from a backup. Requests that left after the backup are not in it, so that each open item of each run
    /// becomes uncertain. They are not sent again unless the endpoint is idempotent, or a `verify` finds that they were not applied.
    ///
    /// Call it once, before workers are started.
    ///
    /// # Errors
    ///
    /// The database cannot be written.
    pub async fn restored(&self) -> Result<(), JournalError> {
        let session = self.session.clone();
        self.session.spawn(async move { manage::restored(&session).await }).await
    }

    /// Deletes a run.
    ///
    /// # Errors
    ///
    /// There is no run with this name, a worker has a chunk of it, or the role may not delete.
    pub async fn forget(&self, name: &str) -> Result<(), JournalError> {
        let (session, name) = (self.session.clone(), name.to_owned());
        self.session.spawn(async move { manage::forget(&session, &name).await }).await
    }

    /// Deletes the runs that ended longer ago than this and have nothing open. Returns their names.
    ///
    /// # Errors
    ///
    /// The role may not delete, or the database cannot be written.
    pub async fn prune(&self, older_than: Duration) -> Result<Vec<String>, JournalError> {
        let session = self.session.clone();
        self.session.spawn(async move { manage::prune(&session, older_than).await }).await
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("database", &self.session.target.name()).finish_non_exhaustive()
    }
}
