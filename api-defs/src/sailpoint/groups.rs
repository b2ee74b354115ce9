//! Governance groups and their members.

use bulk_endpoint::{Bulk, BulkItem, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

use super::{IdentityId, SailPointError};

id! {
    /// The id of a governance group, which the API calls a workgroup.
    WorkgroupId
}

/// Governance groups, which the API calls workgroups.
///
/// All operations are safe to retry: what an earlier attempt did already, of which nobody heard, is told as such (`already`).
#[bulk_api]
pub trait GovernanceGroups: Send + Sync {
    /// Deletes groups that nothing is connected with.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/governance-groups/paths/workgroups-v1-bulk-delete.yaml)
    #[post("/workgroups/v1/bulk-delete")]
    #[bulk_endpoint(max = 100, partial = true, idempotent = true, already(404))]
    fn bulk_delete(&self) -> Bulk<WorkgroupId, Vec<WorkgroupResult>, SailPointError>;

    /// Adds members to a group. No limit is documented: 50 is the smallest of those that are for other operations on ids.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/governance-groups/paths/workgroups-v1-by-workgroupid-members-bulk-add.yaml)
    #[post("/workgroups/v1/{workgroupId}/members/bulk-add")]
    #[bulk_endpoint(items = body, max = assumed(50), partial = true, idempotent = true, already(409))]
    fn add_members(
        &self,
        workgroup_id: &WorkgroupId,
    ) -> Bulk<WorkgroupMember, Vec<WorkgroupMemberResult>, SailPointError>;

    /// Removes members from a group. No limit is documented, as for adding them.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/governance-groups/paths/workgroups-v1-by-workgroupid-members-bulk-delete.yaml)
    #[post("/workgroups/v1/{workgroupId}/members/bulk-delete")]
    #[bulk_endpoint(items = body, max = assumed(50), partial = true, idempotent = true, already(404))]
    fn remove_members(
        &self,
        workgroup_id: &WorkgroupId,
    ) -> Bulk<WorkgroupMember, Vec<WorkgroupMemberResult>, SailPointError>;
}

/// What became of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
pub struct WorkgroupResult {
    /// The group.
    #[bulk(key)]
    pub id: WorkgroupId,
    /// 204 where it was deleted, 409 where it is in use, 404 where there is none.
    #[bulk(status)]
    pub status: u16,
    /// What the vendor says.
    #[bulk(message)]
    pub description: Option<String>,
}

/// A member of a group, or one to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
#[serde(tag = "type", rename = "IDENTITY")]
pub struct WorkgroupMember {
    /// The identity.
    #[bulk(key)]
    pub id: IdentityId,
    /// Its name, which may be left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl From<IdentityId> for WorkgroupMember {
    fn from(id: IdentityId) -> Self {
        WorkgroupMember { id, name: None }
    }
}

/// What became of one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
pub struct WorkgroupMemberResult {
    /// The identity.
    #[bulk(key)]
    pub id: IdentityId,
    /// 201 where it was added, 409 where it was a member before; 204 where it was removed, 404 where it was none.
    #[bulk(status)]
    pub status: u16,
    /// What the vendor says.
    #[bulk(message)]
    pub description: Option<String>,
}
