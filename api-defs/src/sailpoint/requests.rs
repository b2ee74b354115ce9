//! Access requests, and approvals of any kind.

use std::collections::BTreeMap;

use bulk_endpoint::{Bulk, bulk_api};
use serde_json::Value;

use super::{AcceptedRequest, IdentityId, SailPointError};

id! {
    /// The id of an access request.
    AccessRequestId
}

id! {
    /// The id of an approval of an access request.
    AccessRequestApprovalId
}

id! {
    /// The id of a generic approval.
    ApprovalId
}

/// Access requests that wait for a decision.
///
/// A successful item was *accepted*: the response does not contain whether the request was cancelled or approved.
#[bulk_api(dynamic, rename_all = "camelCase")]
pub trait AccessRequests: Send + Sync {
    /// Cancels access requests. "Maximum of 50 access request ids can be provided in the request for one single invocation."
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/cancel-access-request-in-bulk)
    #[post("/access-requests/bulk-cancel")]
    #[bulk_endpoint(items = "accessRequestIds", max = 50, partial = false)]
    fn cancel(
        &self,
        /// The comment for the requester.
        comment: &str,
    ) -> Bulk<AccessRequestId, AcceptedRequest, SailPointError>;

    /// Approves access requests. "Maximum of 50 approval ids can be provided in the request for one single invocation."
    ///
    /// The vendor's schema requires the field `approvalIds`; its example has `accessRequestIds`.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/approve-bulk-access-request)
    #[post("/access-request-approvals/bulk-approve")]
    #[bulk_endpoint(items = "approvalIds", max = 50, partial = false)]
    fn approve(
        &self,
        /// The comment for the requester.
        comment: &str,
    ) -> Bulk<AccessRequestApprovalId, AcceptedRequest, SailPointError>;
}

/// Generic approvals, on behalf of the caller. The vendor documents no limit; 50 is that of access requests.
///
/// A successful item was *accepted*: the response does not contain whether the approval has changed.
#[bulk_api(dynamic, rename_all = "camelCase")]
pub trait Approvals: Send + Sync {
    /// Approves.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/approve-approval-in-bulk)
    #[post("/generic-approvals/bulk-approve")]
    #[bulk_endpoint(items = "approvalIds", max = assumed(50), partial = false)]
    fn approve(
        &self,
        /// The comment of the approver.
        comment: Option<&str>,
        /// Attributes for the approval.
        additional_attributes: Option<&BTreeMap<String, Value>>,
    ) -> Bulk<ApprovalId, AcceptedRequest, SailPointError>;

    /// Rejects.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/reject-approval-in-bulk)
    #[post("/generic-approvals/bulk-reject")]
    #[bulk_endpoint(items = "approvalIds", max = assumed(50), partial = false)]
    fn reject(
        &self,
        /// The comment of the approver.
        comment: Option<&str>,
    ) -> Bulk<ApprovalId, AcceptedRequest, SailPointError>;

    /// Cancels. For approvals of access requests, use [`AccessRequests::cancel`].
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/cancel-approval)
    #[post("/generic-approvals/bulk-cancel")]
    #[bulk_endpoint(items = "approvalIds", max = assumed(50), partial = false)]
    fn cancel(
        &self,
        /// The comment of the approver.
        comment: Option<&str>,
    ) -> Bulk<ApprovalId, AcceptedRequest, SailPointError>;

    /// Reassigns from one identity to another. A retry is safe: it contains the requested assignee.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/move-approval)
    #[post("/generic-approvals/bulk-reassign")]
    #[bulk_endpoint(items = "approvalIds", max = assumed(50), partial = false, idempotent = true)]
    fn reassign(
        &self,
        /// The identity that has the approvals.
        reassign_from: &IdentityId,
        /// The identity that gets them.
        reassign_to: &IdentityId,
        /// The comment of the approver.
        comment: Option<&str>,
    ) -> Bulk<ApprovalId, AcceptedRequest, SailPointError>;
}
