//! Compares the outcomes of the same items after each of several responses.

use bulk_endpoint::{ApiError, BulkItem, BulkReply, Client, Report};

use crate::vendor::{Answer, Vendor, words};

/// Sends the items once to a vendor with each of these responses, and compares their outcomes, in input order.
pub async fn tells<'w>(cases: impl IntoIterator<Item = (Answer, &'w str)>, send: impl AsyncFn(Client) -> String) {
    for (answer, want) in cases {
        let vendor = Vendor::answering([answer.clone()]).await;
        assert_eq!(send(vendor.client()).await, want, "{answer:?}");
    }
}

/// Returns the outcomes in one line.
pub fn line<T: BulkItem, R: BulkReply, E: ApiError>(report: &Report<T, R, E>) -> String {
    words(report).join(" ")
}
