//! Identity Security Cloud v2025: bulk operations.
//!
//! Made by `declare` from `sailpoint.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, Status, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Identity Security Cloud.
///
/// Base URL: <https://{tenant}.api.identitynow.com/v2025>
#[bulk_api]
pub trait IdentitySecurityCloud: Send + Sync {
    /// Disable IDN accounts for identities
    ///
    /// This API submits tasks to disable IDN account for each identity provided in the request body.
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/identities-accounts/disable")]
    #[bulk_endpoint(max = assumed(100), items = "identityIds", partial = true)]
    fn disable_accounts_for_identities(
        &self,
    ) -> Bulk<String, Vec<BulkIdentitiesAccountsResponse>, IdentitySecurityCloudError>;

    /// Enable IDN accounts for identities
    ///
    /// Deprecated by the vendor.
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/identities-accounts/enable")]
    #[bulk_endpoint(max = assumed(100), items = "identityIds", partial = true)]
    fn enable_accounts_for_identities(
        &self,
    ) -> Bulk<String, Vec<BulkIdentitiesAccountsResponse>, IdentitySecurityCloudError>;

    /// Update connections in bulk
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[patch("/entitlement-connections")]
    #[bulk_endpoint(max = 100, items = body, partial = true)]
    fn update_connections_in_bulk(&self) -> Bulk<ConnectionUpdate, UpdateConnectionsInBulkReply, ErrorResponseDto>;

    // TODO(you): `bestEffortOnly` is left out: it decides what a failed item does to the others. Declare a
    //   method for each value, with `#[field("/bestEffortOnly", true)]` or `#[field("/bestEffortOnly", false)]`,
    //   and the `partial` that it means.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/access-profiles/bulk-delete")]
    #[bulk_endpoint(max = 50, min = 2, items = "accessProfileIds", partial = true)]
    fn delete_access_profiles_in_bulk(&self) -> Bulk<String, DeleteAccessProfilesInBulkResponse>;
}

/// Bulk response object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct BulkIdentitiesAccountsResponse {
    /// Identifier of bulk request item.
    #[bulk(key)]
    pub id: String,
    /// Response status value.
    #[bulk(status)]
    pub status_code: Option<u16>,
    /// Status containing additional context information about failures.
    #[bulk(message)]
    pub message: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
#[serde(rename_all = "camelCase")]
pub struct ErrorResponseDto {
    #[bulk(code)]
    pub detail_code: Option<String>,
    #[bulk(request_id)]
    pub tracking_id: Option<String>,
    #[bulk(nested)]
    #[serde(default)]
    pub messages: Vec<ErrorMessageDto>,
    #[serde(default)]
    pub causes: Vec<ErrorMessageDto>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct ErrorMessageDto {
    pub locale: Option<String>,
    pub locale_origin: Option<ErrorMessageDtoLocaleOrigin>,
    #[bulk(message)]
    pub text: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorMessageDtoLocaleOrigin {
    Default,
    Request,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
pub struct Unauthorized {
    /// A message describing the error
    #[bulk(message)]
    pub error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
pub struct TooManyRequests {
    #[bulk(message)]
    pub message: Option<String>,
}

/// The body of an error response, by its status.
#[derive(Debug, Clone, PartialEq, ApiError)]
pub enum IdentitySecurityCloudError {
    #[bulk(on(400, 403, 500))]
    ErrorResponseDto(ErrorResponseDto),
    #[bulk(on(401))]
    Unauthorized(Unauthorized),
    #[bulk(on(429))]
    TooManyRequests(TooManyRequests),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionUpdate {
    #[bulk(key)]
    pub connection_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<ConnectionUpdateType>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConnectionUpdateType {
    Jit,
    Standing,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct UpdateConnectionsInBulkResponseItem {
    #[bulk(key)]
    pub connection_id: String,
    pub r#type: Option<ConnectionUpdateType>,
    /// HTTP status of the item.
    #[bulk(status)]
    pub status: u16,
    #[bulk(message)]
    pub description: Option<String>,
}

/// A response, by its status.
#[derive(Debug, Clone, PartialEq, BulkReply)]
pub enum UpdateConnectionsInBulkReply {
    #[bulk(on(207))]
    MultiStatus(Vec<UpdateConnectionsInBulkResponseItem>),
    #[bulk(on(204))]
    NoContent,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct DeleteAccessProfilesInBulkResponse {
    // TODO(you): if this is the handle of a job, add `#[bulk(job)]`, and `poll = "/…/{job}"` to the settings.
    pub task_id: Option<String>,
    #[bulk(count(failed))]
    pub failed_count: Option<i64>,
    #[bulk(results)]
    #[serde(default)]
    pub results: Vec<Deletion>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct Deletion {
    #[bulk(key)]
    pub access_profile_id: String,
    #[bulk(status)]
    pub state: Option<DeletionState>,
    #[serde(default)]
    pub usages: Vec<Usage>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Status)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeletionState {
    #[bulk(succeeded)]
    Deleted,
    // TODO(you): what does "IN_USE" mean for its item?
    #[bulk(failed)]
    InUse,
    #[bulk(failed)]
    NotFound,
    #[bulk(pending)]
    Pending,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    pub r#type: Option<String>,
    pub parent: Option<Box<Usage>>,
    #[serde(default)]
    pub children: Vec<Usage>,
}
