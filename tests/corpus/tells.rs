//! What each of several answers tells of the same items.

use bulk_endpoint::{ApiError, BulkItem, Client, BulkReply, Report};

use crate::vendor::{Answer, Vendor, words};

/// Has the items sent once to a vendor with each of these answers, and compares their outcomes, in the order of the input.
pub async fn tells<'w>(cases: impl IntoIterator<Item = (Answer, &'w str)>, send: impl AsyncFn(Client) -> String) {
    for (answer, want) in cases {
        let vendor = Vendor::answering([answer.clone()]).await;
        assert_eq!(send(vendor.client()).await, want, "{answer:?}");
    }
}

/// The outcomes in one line.
pub fn line<T: BulkItem, R: BulkReply, E: ApiError>(report: &Report<T, R, E>) -> String {
    words(report).join(" ")
}
