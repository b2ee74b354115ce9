//! An endpoint whose types are erased: what the command line calls.

#[cfg(feature = "postgres")]
use std::time::Duration;

use anyhow::Result;
use bulk_endpoint::dynamic::{Argument, ArgumentError, Arguments, DynamicEndpoint, DynamicItem};
#[cfg(feature = "postgres")]
use bulk_endpoint::journal::JournalError;
use bulk_endpoint::spec::EndpointSpec;
use bulk_endpoint::{ApiError, Bulk, BulkReply, Client, Plan};
#[cfg(feature = "postgres")]
use bulk_endpoint_durable::postgres::{PostgresStore, Submitted, WorkReport};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
#[cfg(feature = "postgres")]
use serde_json::Value;
#[cfg(feature = "postgres")]
use tokio::sync::oneshot::Receiver;

use crate::fitting_runs::IdType;
use crate::input::{Input, ItemShape, ItemType, RawItem};
#[cfg(feature = "postgres")]
use crate::items::ItemSource;
use crate::task::Task;
use crate::work::{Done, Shared, work};

/// An endpoint whose types are erased.
pub(crate) trait Command: ItemType + Send + Sync {
    fn spec(&self) -> &EndpointSpec;

    fn arguments(&self) -> &'static [Argument];

    /// The type of the ids of its items.
    fn id_type(&self) -> IdType;

    /// The first requests for an input, and their number: those of this many items.
    fn plan(&self, client: &Client, arguments: &Arguments, input: &Input, items: usize) -> Result<(Plan, usize)>;

    /// Sends the items of an input.
    fn work<'a>(&'a self, call: Call<'a>, input: &'a Input, shared: &'a Shared<'a>)
    -> LocalBoxFuture<'a, Result<Done>>;

    /// Why no request can be built from these arguments, if none can.
    fn check_arguments(&self, client: &Client, arguments: &Arguments) -> Result<Option<String>, ArgumentError>;

    /// Submits the items of an input to workers, with what they are submitted for.
    #[cfg(feature = "postgres")]
    fn submit<'a>(
        &'a self,
        store: &'a PostgresStore,
        run: &'a str,
        call: &'a Value,
        input: &'a Input,
    ) -> LocalBoxFuture<'a, Result<Submitted>>;

    /// Works on a run whose items were submitted, until nothing is left or the sender says so.
    #[cfg(feature = "postgres")]
    fn work_on(
        &self,
        call: Call<'_>,
        store: &PostgresStore,
        run: &str,
        limits: WorkLimits,
        stopped: Receiver<()>,
    ) -> Result<LocalBoxFuture<'static, Result<WorkReport, JournalError>>>;
}

/// A call of an endpoint.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) task: &'a Task,
    pub(crate) client: &'a Client,
    pub(crate) arguments: &'a Arguments,
}

/// The limits of one process that works on a shared run.
#[cfg(feature = "postgres")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct WorkLimits {
    pub(crate) concurrency: usize,
    pub(crate) patience: Duration,
}

impl<T: DynamicItem, R: BulkReply, E: ApiError> ItemType for DynamicEndpoint<Bulk<T, R, E>> {
    fn shape(&self) -> ItemShape {
        ItemShape::of::<T>()
    }

    fn has_assigned_id(&self) -> bool {
        T::HAS_ASSIGNED_ID
    }

    fn key(&self, item: &RawItem) -> Result<Option<String>, String> {
        item.make::<T>().map(|item| T::KEYED.then(|| item.key_text()))
    }
}

impl<T: DynamicItem, R: BulkReply, E: ApiError> Command for DynamicEndpoint<Bulk<T, R, E>> {
    fn spec(&self) -> &EndpointSpec {
        self.spec()
    }

    fn arguments(&self) -> &'static [Argument] {
        self.arguments()
    }

    fn id_type(&self) -> IdType {
        IdType::of::<T::Key>()
    }

    fn plan(&self, client: &Client, arguments: &Arguments, input: &Input, items: usize) -> Result<(Plan, usize)> {
        input.items(T::key_text)?.plan(&self.bind(client, arguments)?, items)
    }

    fn work<'a>(
        &'a self,
        call: Call<'a>,
        input: &'a Input,
        shared: &'a Shared<'a>,
    ) -> LocalBoxFuture<'a, Result<Done>> {
        async move {
            let bulk = self.bind(call.client, call.arguments)?;
            work(call.task, &bulk, self.spec(), input.items(T::key_text)?, shared).await
        }
        .boxed_local()
    }

    fn check_arguments(&self, client: &Client, arguments: &Arguments) -> Result<Option<String>, ArgumentError> {
        let nothing: [T; 0] = [];
        Ok(self.bind(client, arguments)?.plan(nothing).invalid)
    }

    #[cfg(feature = "postgres")]
    fn submit<'a>(
        &'a self,
        store: &'a PostgresStore,
        run: &'a str,
        call: &'a Value,
        input: &'a Input,
    ) -> LocalBoxFuture<'a, Result<Submitted>> {
        async move {
            Ok(match input.items::<T>(T::key_text)? {
                ItemSource::Own(items) => store.submit::<T, _>(run, items).arguments(call).await?,
                ItemSource::FromRun(items) => store.submit::<T, _>(run, items).arguments(call).await?,
            })
        }
        .boxed_local()
    }

    #[cfg(feature = "postgres")]
    fn work_on(
        &self,
        call: Call<'_>,
        store: &PostgresStore,
        run: &str,
        limits: WorkLimits,
        stopped: Receiver<()>,
    ) -> Result<LocalBoxFuture<'static, Result<WorkReport, JournalError>>> {
        let bulk = self.bind(call.client, call.arguments)?;
        let WorkLimits { concurrency, patience } = limits;
        let worker = store.worker(run, move |_: Value| bulk.clone());
        let worker = worker.concurrency(concurrency).configure(move |run| run.patience(patience));
        Ok(worker.run_until(stopped).boxed_local())
    }
}
