//! What identities are made of: their profiles, their attributes, non-employees, and sources.

use bulk_endpoint::{Accepted, Bulk, BulkItem, BulkReply, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SailPointError;

id! {
    /// The id of an identity profile.
    IdentityProfileId
}

id! {
    /// The technical name of an identity attribute.
    IdentityAttributeName
}

id! {
    /// The id of a non-employee, a UUID.
    NonEmployeeId
}

id! {
    /// The id of a source.
    SourceId
}

id! {
    /// The id of a multi-host integration.
    MultiHostId
}

/// Identity profiles and identity attributes. The vendor documents no limits; 50 is the smallest of its other operations on ids.
#[bulk_api(dynamic)]
pub trait IdentityProfiles: Send + Sync {
    /// Submits a task that deletes identity profiles. A successful item was *accepted*; the task is in the
    /// [body](bulk_endpoint::BulkResponse::body) of the response.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/delete-identity-profiles)
    #[post("/identity-profiles/bulk-delete")]
    #[bulk_endpoint(items = body, max = assumed(50), partial = false)]
    fn delete(&self) -> Bulk<IdentityProfileId, TaskResult, SailPointError>;

    /// Deletes identity attributes. "Attributes that are currently mapped in an identity profile cannot be deleted", nor can those with
    /// `system` or `standard`.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/delete-identity-attributes-in-bulk)
    #[delete("/identity-attributes/bulk-delete")]
    #[bulk_endpoint(items = "ids", max = assumed(50), partial = false)]
    fn delete_attributes(&self) -> Bulk<IdentityAttributeName, (), SailPointError>;
}

/// A task, as the deletion of identity profiles returns it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
#[bulk(on(202), unlisted = accepted)]
pub struct TaskResult {
    /// The id of the task.
    pub id: String,
    /// The name of the task.
    pub name: Option<String>,
    /// What the task does.
    pub description: Option<String>,
    /// Who launched it.
    pub launcher: Option<String>,
    /// When it was launched.
    pub launched: Option<String>,
    /// When it completed.
    pub completed: Option<String>,
    /// `Success`, `Warning`, `Error`, `Terminated` or `TempError`.
    pub completion_status: Option<String>,
}

/// Non-employees.
#[bulk_api(dynamic)]
pub trait NonEmployees: Send + Sync {
    /// Deletes non-employee records. The vendor documents no limit; 50 is the smallest of its other operations on ids.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/delete-non-employee-records-in-bulk)
    #[post("/non-employee-records/bulk-delete")]
    #[bulk_endpoint(items = "ids", max = assumed(50), partial = false)]
    fn delete(&self) -> Bulk<NonEmployeeId, (), SailPointError>;
}

/// Sources. The vendor documents no limits; 50 is the smallest of its other operations on ids.
#[bulk_api(dynamic)]
pub trait Sources: Send + Sync {
    /// Deletes sources of a multi-host integration. "Returned if the request was successfully accepted into the system": a successful item
    /// was accepted, under the status 200.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/delete-multi-host-sources)
    #[post("/multihosts/{multiHostId}/sources/bulk-delete")]
    #[bulk_endpoint(items = body, max = assumed(50), partial = false)]
    fn delete_of_multi_host(
        &self,
        /// The id of the multi-host integration.
        #[path("multiHostId")]
        id: &MultiHostId,
    ) -> Bulk<SourceId, Accepted, SailPointError>;

    /// Replaces provisioning policies of a source, which has one for each usage type. A retry is safe: it contains the whole policy.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/update-provisioning-policies-in-bulk)
    #[post("/sources/{sourceId}/provisioning-policies/bulk-update")]
    #[bulk_endpoint(items = body, max = assumed(50), partial = true, idempotent = true)]
    fn update_policies(
        &self,
        /// The id of the source.
        #[path("sourceId")]
        source: &SourceId,
    ) -> Bulk<ProvisioningPolicy, UpdatedPolicies, SailPointError>;
}

/// A provisioning policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct ProvisioningPolicy {
    /// What the policy is used for, such as `CREATE`.
    #[bulk(key)]
    pub usage_type: String,
    /// The name of the policy.
    pub name: Option<String>,
    /// The description of the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The fields of the accounts that are created.
    #[serde(default)]
    pub fields: Vec<Value>,
}

/// The policies that were replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkReply)]
pub struct UpdatedPolicies(#[bulk(succeeded)] pub Vec<ProvisioningPolicy>);
