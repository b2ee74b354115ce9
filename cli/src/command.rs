//! An endpoint whose types are erased: what the command line calls.

use anyhow::Result;
use bulk_endpoint::dynamic::{Argument, ArgumentError, Arguments, DynamicEndpoint, DynamicItem};
use bulk_endpoint::spec::EndpointSpec;
use bulk_endpoint::{ApiError, Bulk, BulkReply, Client, Plan};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use crate::input::{Input, ItemShape, ItemType, RawItem};
use crate::task::Task;
use crate::work::{Done, Shared, work};

/// An endpoint whose types are erased.
pub(crate) trait Command: ItemType + Send + Sync {
    fn spec(&self) -> &EndpointSpec;

    fn arguments(&self) -> &'static [Argument];

    /// The first requests for an input, and their number: those of this many items.
    fn plan(&self, client: &Client, arguments: &Arguments, input: &Input, items: usize) -> Result<(Plan, usize)>;

    /// Sends the items of an input.
    fn work<'a>(&'a self, call: Call<'a>, input: &'a Input, shared: &'a Shared<'a>)
    -> LocalBoxFuture<'a, Result<Done>>;

    /// Why no request can be built from these arguments, if none can.
    fn check_arguments(&self, client: &Client, arguments: &Arguments) -> Result<Option<String>, ArgumentError>;
}

/// A call of an endpoint.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) task: &'a Task,
    pub(crate) client: &'a Client,
    pub(crate) arguments: &'a Arguments,
}

impl<T: DynamicItem, R: BulkReply, E: ApiError> ItemType for DynamicEndpoint<Bulk<T, R, E>> {
    fn shape(&self) -> ItemShape {
        ItemShape::of::<T>()
    }

    fn has_assigned_id(&self) -> bool {
        T::HAS_ASSIGNED_ID
    }

    fn key(&self, item: &RawItem) -> Result<String, String> {
        item.make::<T>().map(|item| item.key_text())
    }
}

impl<T: DynamicItem, R: BulkReply, E: ApiError> Command for DynamicEndpoint<Bulk<T, R, E>> {
    fn spec(&self) -> &EndpointSpec {
        self.spec()
    }

    fn arguments(&self) -> &'static [Argument] {
        self.arguments()
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
            work(call.task, &bulk, self.spec().max.items, input.items(T::key_text)?, shared).await
        }
        .boxed_local()
    }

    fn check_arguments(&self, client: &Client, arguments: &Arguments) -> Result<Option<String>, ArgumentError> {
        let nothing: [T; 0] = [];
        Ok(self.bind(client, arguments)?.plan(nothing).invalid)
    }
}
