//! CSP API tokens 1.0: bulk operations.
//!
//! Made by `declare` from `csp.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, Pairs, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of CSP API tokens.
///
/// Base URL: <https://console.cloud.vmware.com>
#[bulk_api]
pub trait CspApiTokens: Send + Sync {
    /// Deactivate Organization Refresh Tokens
    ///
    /// Deactivates refresh tokens of one organization.
    ///
    /// Note: Partial success, please read response which tokenIds could not be deactivated:
    ///
    /// {"failures": [{"id": "string"}]}
    ///
    /// [The vendor's page](https://developer.broadcom.com/xapis/tcsp-account-management/latest/)
    // TODO(you): documented error statuses: 401, 404, 429. Put those that would fail every request into
    //   `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/csp/gateway/am/api/orgs/{orgId}/api-tokens/deactivate")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate_org_api_tokens_using_post(
        &self,
        org_id: &str,
    ) -> Bulk<String, ChangeApiTokensStatusResponse, CspErrorResponse>;

    /// Delete many users
    // TODO(you): `max` is read from this sentence: "The users to delete, up to 250 of them.".
    // TODO(you): optional and left out: `context`.
    // TODO(you): documented error statuses: 403. Put those that would fail every request into `stop(…)`, and
    //   those that a single item can cause into `bisect(…)`.
    // TODO(you): `idempotent` follows from HTTP's definition of DELETE: does the vendor keep to it?
    #[delete("/csp/gateway/am/api/orgs/{orgId}/users")]
    #[field("/type", "USER")]
    #[bulk_endpoint(max = 250, items = "users", partial = true, idempotent = true)]
    fn delete_org_users(
        &self,
        org_id: &str,
        #[query("dryRun")] dry_run: bool,
        #[field("/self")] self_: bool,
        notes: Option<&str>,
    ) -> Bulk<UserRef, DeleteOrgUsersResponse>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct ChangeApiTokensStatusResponse {
    /// Tokens that could not be changed.
    #[bulk(failed)]
    #[serde(default)]
    pub failures: Vec<TokenFailure>,
    #[bulk(succeeded)]
    #[serde(default)]
    pub successes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct TokenFailure {
    #[bulk(key)]
    pub id: String,
    #[bulk(message)]
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
#[serde(rename_all = "camelCase")]
pub struct CspErrorResponse {
    pub csp_error_code: Option<String>,
    #[bulk(code)]
    pub error_code: Option<String>,
    #[bulk(message)]
    pub message: Option<String>,
    pub module_code: Option<i64>,
    #[bulk(request_id)]
    pub request_id: Option<String>,
    pub status_code: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct UserRef {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idp_id: Option<String>,
    // TODO(you): is this the field by which responses name an item?
    #[bulk(key)]
    pub username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager: Option<Box<UserRef>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct DeleteOrgUsersResponse {
    pub message: Option<String>,
    #[bulk(nested)]
    pub status: Option<DeleteOrgUsersResponseStatus>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct DeleteOrgUsersResponseStatus {
    #[bulk(succeeded)]
    #[serde(default)]
    pub succeeded: Vec<String>,
    /// What went wrong, by user.
    #[bulk(failed)]
    #[serde(default)]
    pub failed: Pairs<String, UserFailure>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct UserFailure {
    #[bulk(code)]
    pub code: Option<String>,
    #[bulk(message)]
    pub reason: Option<String>,
}
