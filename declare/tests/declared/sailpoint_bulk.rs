//! Identity Security Cloud v2025: bulk operations.
//!
//! Made by `declare` from `sailpoint_bulk.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{Accepted, ApiError, Bulk, BulkItem, BulkReply, HttpStatus, ItemReply, Status, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Identity Security Cloud.
#[bulk_api]
pub trait SailPoint: Send + Sync {
    /// This endpoint can only bulk delete up to a limit of 50 access profiles per request.
    // TODO(you): `max` is read from this sentence: "This endpoint can only bulk delete up to a limit of 50
    //   access profiles per request.".
    // TODO(you): `bestEffortOnly` is left out: it decides what a failed item does to the others: "If **true**,
    //   silently skip over any of the specified Access Profiles if they cannot be deleted because they are in use.
    //   If **false**, no deletions will be attempted if any of the Access Profiles are in use.". Declare a method
    //   for each value, with `#[field("/bestEffortOnly", true)]` or `#[field("/bestEffortOnly", false)]`, and the
    //   `partial` that it means.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/access-profiles/bulk-delete")]
    #[bulk_endpoint(max = 50, items = "accessProfileIds", partial = true)]
    fn delete_access_profiles_in_bulk(&self) -> Bulk<String, AccessProfileBulkDeleteResponse, SailPointError>;

    /// Maximum of 50 access request ids can be provided in the request for one single invocation.
    // TODO(you): `max` is read from this sentence: "Maximum of 50 access request ids can be provided in the
    //   request for one single invocation.".
    // TODO(you): documented error statuses: 400, 401, 403, 404, 429, 500. Put those that would fail every
    //   request into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/access-requests/bulk-cancel")]
    #[bulk_endpoint(max = 50, items = "accessRequestIds", partial = false)]
    fn cancel_access_request_in_bulk(
        &self,
        comment: &str,
    ) -> Bulk<String, CancelAccessRequestInBulkReply, SailPointError2>;

    /// Maximum of 50 approval ids can be provided in the request for one single invocation.
    // TODO(you): `max` is read from this sentence: "Maximum of 50 approval ids can be provided in the request
    //   for one single invocation.".
    // TODO(you): documented error statuses: 400, 401, 403, 404, 429, 500. Put those that would fail every
    //   request into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/access-request-approvals/bulk-approve")]
    #[bulk_endpoint(max = 50, items = "approvalIds", partial = false)]
    fn approve_bulk_access_request(
        &self,
        comment: &str,
    ) -> Bulk<String, ApproveBulkAccessRequestReply, SailPointError2>;

    /// This creates a set of object mappings (Max 25) between current org and source org.
    // TODO(you): `max` is read from this sentence: "This creates a set of object mappings (Max 25) between
    //   current org and source org.".
    // TODO(you): documented error statuses: 400, 401, 403, 404, 429, 500. Put those that would fail every
    //   request into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/configuration-hub/object-mappings/{sourceOrg}/bulk-create")]
    #[bulk_endpoint(max = 25, items = "newObjectsMappings", partial = true)]
    fn create_object_mappings(
        &self,
        source_org: &str,
    ) -> Bulk<ObjectMappingRequest, ObjectMappingBulkCreateResponse, SailPointError2>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 404, 429, 500. Put those that would fail every
    //   request into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/configuration-hub/object-mappings/{sourceOrg}/bulk-patch")]
    #[bulk_endpoint(max = assumed(100), items = map("/patches"), partial = true)]
    fn update_object_mappings(
        &self,
        source_org: &str,
    ) -> Bulk<UpdateObjectMappingsEntry, ObjectMappingBulkPatchResponse, SailPointError2>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/identities-accounts/enable")]
    #[bulk_endpoint(max = assumed(100), items = "identityIds", partial = true)]
    fn enable_accounts_for_identities(&self) -> Bulk<String, Vec<BulkIdentitiesAccountsResponse>, SailPointError>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/identities-accounts/disable")]
    #[bulk_endpoint(max = assumed(100), items = "identityIds", partial = true)]
    fn disable_accounts_for_identities(&self) -> Bulk<String, Vec<BulkIdentitiesAccountsResponse>, SailPointError>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): as declared, the items of the job are accepted: to wait for its result, add `poll =
    //   "/…/{job}"`.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/identity-profiles/bulk-delete")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = false)]
    fn delete_identity_profiles(&self) -> Bulk<String, TaskResultSimplified, SailPointError>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the response under 200 is declared as `accepted` because of "Returned if the request was
    //   successfully accepted into the system.": are the items only queued?
    // TODO(you): documented error statuses: 400, 401, 403, 404, 429, 500. Put those that would fail every
    //   request into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/multihosts/{multiHostId}/sources/bulk-delete")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = false)]
    fn delete_multi_host_sources(&self, multi_host_id: &str) -> Bulk<String, Accepted, SailPointError2>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/non-employee-records/bulk-delete")]
    #[bulk_endpoint(max = assumed(100), partial = false)]
    fn delete_non_employee_records_in_bulk(&self) -> Bulk<String, (), SailPointError>;

    /// This endpoint can only bulk delete up to a limit of 50 roles per request.
    // TODO(you): `max` is read from this sentence: "This endpoint can only bulk delete up to a limit of 50 roles
    //   per request.".
    // TODO(you): as declared, the items of the job are accepted: to wait for its result, add `poll =
    //   "/…/{job}"`.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/roles/bulk-delete")]
    #[bulk_endpoint(max = 50, items = "roleIds", partial = false)]
    fn delete_bulk_roles(&self) -> Bulk<String, TaskResultDto, SailPointError>;

    /// This endpoint can only bulk delete up to a limit of 50 roles per request.
    // TODO(you): `max` is read from this sentence: "This endpoint can only bulk delete up to a limit of 50 roles
    //   per request.".
    // TODO(you): as declared, the items of the job are accepted: to wait for its result, add `poll =
    //   "/…/{job}"`.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/roles/{roleId}/dimensions/bulk-delete")]
    #[bulk_endpoint(max = 50, items = "dimensionIds", partial = false)]
    fn delete_bulk_dimensions(&self, role_id: &str) -> Bulk<String, TaskResultDto, SailPointError>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 404, 429, 500. Put those that would fail every
    //   request into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/sources/{sourceId}/provisioning-policies/bulk-update")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = true)]
    fn update_provisioning_policies_in_bulk(
        &self,
        source_id: &str,
    ) -> Bulk<ProvisioningPolicyDto, UpdateProvisioningPoliciesInBulkResponse, SailPointError2>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `operation` is one of `APPEND`, `MERGE`: "If APPEND, tags are appended to the list of tags for
    //   the object. A 400 error is returned if this would add duplicate tags to the object. If MERGE, tags are
    //   merged with the existing tags. Duplicate tags are silently ignored.". If one of them can be retried safely
    //   and another cannot, declare a method for each, with `#[field("/operation", "…")]`.
    // TODO(you): the response under 200 is `Vec<BulkTaggedObjectResponse>`, and it is unclear what it reports
    //   about items: as declared, only a response without content is a success. No field of its elements names an
    //   item: if they are in the order of the items, mark their type as `positional`.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/tagged-objects/bulk-add")]
    #[bulk_endpoint(max = assumed(100), items = "objectRefs", partial = false)]
    fn set_tags_to_many_objects(
        &self,
        tags: Option<&[String]>,
        operation: Option<&SetTagsToManyObjectsOperation>,
    ) -> Bulk<TaggedObjectDto, (), SailPointError>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/tagged-objects/bulk-remove")]
    #[bulk_endpoint(max = assumed(100), items = "objectRefs", partial = false)]
    fn delete_tags_to_many_object(&self, tags: Option<&[String]>) -> Bulk<TaggedObjectDto, (), SailPointError>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `operation` is one of `ADD`, `REMOVE`, `REPLACE`: "Operation to perform on the attributes in
    //   the bulk update request.". If one of them can be retried safely and another cannot, declare a method for
    //   each, with `#[field("/operation", "…")]`.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/access-model-metadata/bulk-update/ids")]
    #[bulk_endpoint(max = assumed(100), items = "entitlements", partial = false)]
    fn update_access_model_metadata_by_ids(
        &self,
        operation: Option<&UpdateAccessModelMetadataByIdsOperation>,
        #[field("/replaceScope")] replace_scope: Option<&UpdateAccessModelMetadataByIdsReplaceScope>,
        values: Option<&[BulkUpdateAmmKeyValueItem]>,
    ) -> Bulk<String, AccessModelMetadataBulkUpdateResponse, SailPointError>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 412, 429, 500. Put those that would fail every
    //   request into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/access-profiles/bulk-update-requestable")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = true)]
    fn update_access_profiles_in_bulk(
        &self,
    ) -> Bulk<UpdateAccessProfilesInBulkItem, Vec<AccessProfileUpdateItem>, SailPointError3>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the header `X-SailPoint-Experimental` has its default true: should it be an argument?
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/ai-access-request-recommendations/viewed-items/bulk-create")]
    #[header("X-SailPoint-Experimental", "true")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = true)]
    fn add_access_request_recommendations_viewed_items(
        &self,
    ) -> Bulk<AccessRequestRecommendationActionItemDto, AddAccessRequestRecommendationsViewedItemsResponse, SailPointError>;

    /// The number of entitlements to update is limited to 50 items maximum.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/entitlements/bulk-update")]
    #[bulk_endpoint(max = 50, items = "entitlementIds", partial = false)]
    fn update_entitlements_in_bulk(
        &self,
        #[field("/jsonPatch")] json_patch: &[JsonPatchOperation],
    ) -> Bulk<String, (), SailPointError>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the header `X-SailPoint-Experimental` has its default true: should it be an argument?
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): an item is in one of the lists `confirmedIds`, `deniedIds`: may a request have items in several
    //   of them?
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/common-access/update-status")]
    #[header("X-SailPoint-Experimental", "true")]
    #[bulk_endpoint(max = assumed(100), items = groups("/0"), partial = false)]
    fn update_common_access_status_in_bulk(
        &self,
    ) -> Bulk<UpdateCommonAccessStatusInBulkItem, UpdateCommonAccessStatusInBulkReply, SailPointError>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 404, 429, 500. Put those that would fail every
    //   request into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): `idempotent` follows from HTTP's definition of DELETE: does the vendor keep to it?
    #[delete("/identity-attributes/bulk-delete")]
    #[bulk_endpoint(max = assumed(100), partial = false, idempotent = true)]
    fn delete_identity_attributes_in_bulk(&self) -> Bulk<String, (), SailPointError2>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 404, 429, 500. Put those that would fail every
    //   request into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/generic-approvals/bulk-approve")]
    #[bulk_endpoint(max = assumed(100), items = "approvalIds", partial = false)]
    fn approve_approval_in_bulk(
        &self,
        comment: Option<&str>,
        #[field("/additionalAttributes")] additional_attributes: Option<&serde_json::Value>,
    ) -> Bulk<String, ApproveApprovalInBulkReply, SailPointError2>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 404, 429, 500. Put those that would fail every
    //   request into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/generic-approvals/bulk-reject")]
    #[bulk_endpoint(max = assumed(100), items = "approvalIds", partial = false)]
    fn reject_approval_in_bulk(
        &self,
        comment: Option<&str>,
    ) -> Bulk<String, RejectApprovalInBulkReply, SailPointError2>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 404, 429, 500. Put those that would fail every
    //   request into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/generic-approvals/bulk-cancel")]
    #[bulk_endpoint(max = assumed(100), items = "approvalIds", partial = false)]
    fn cancel_approval(&self, comment: Option<&str>) -> Bulk<String, CancelApprovalReply, SailPointError2>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 404, 429, 500. Put those that would fail every
    //   request into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/generic-approvals/bulk-reassign")]
    #[bulk_endpoint(max = assumed(100), items = "approvalIds", partial = false)]
    fn move_approval(
        &self,
        comment: Option<&str>,
        #[field("/reassignFrom")] reassign_from: Option<&str>,
        #[field("/reassignTo")] reassign_to: Option<&str>,
    ) -> Bulk<String, MoveApprovalReply, SailPointError2>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/notification-templates/bulk-delete")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = false)]
    fn delete_notification_templates_in_bulk(&self) -> Bulk<TemplateBulkDeleteDto, (), SailPointError>;

    /// If the request contains more then 100 Governance Groups IDs to be deleted then the API will throw an
    /// exception.**
    // TODO(you): `max` is read from this sentence: "If the request contains more then 100 Governance Groups IDs
    //   to be deleted then the API will throw an exception.".
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/workgroups/bulk-delete")]
    #[bulk_endpoint(max = 100, partial = true)]
    fn delete_workgroups_in_bulk(&self) -> Bulk<String, Vec<WorkgroupDeleteItem>, SailPointError>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/workgroups/{workgroupId}/members/bulk-add")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = true)]
    fn update_workgroup_members(
        &self,
        workgroup_id: &str,
    ) -> Bulk<UpdateWorkgroupMembersItem, Vec<WorkgroupMemberAddItem>, SailPointError>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/workgroups/{workgroupId}/members/bulk-delete")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = true)]
    fn delete_workgroup_members(
        &self,
        workgroup_id: &str,
    ) -> Bulk<UpdateWorkgroupMembersItem, Vec<WorkgroupMemberDeleteItem>, SailPointError>;

    /// Submit bulk approval request
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 401, 403, 404, 429, 500. Put those that would fail every
    //   request into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/suggested-entitlement-description-approvals")]
    #[header("Content-Type", "application/json-patch+json")]
    #[bulk_endpoint(max = assumed(100), items = "/0/items", partial = true)]
    fn submit_sed_approval(&self) -> Bulk<String, Vec<SedApprovalStatus>, SailPointError2>;

    /// It can update up to 50 source apps in a batch.
    // TODO(you): the header `X-SailPoint-Experimental` has its default true: should it be an argument?
    // TODO(you): documented error statuses: 400, 401, 403, 404, 429, 500. Put those that would fail every
    //   request into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/source-apps/bulk-update")]
    #[header("X-SailPoint-Experimental", "true")]
    #[bulk_endpoint(max = 50, items = "appIds", partial = false)]
    fn update_source_apps_in_bulk(
        &self,
        #[field("/jsonPatch")] json_patch: &[JsonPatchOperation],
    ) -> Bulk<String, (), SailPointError2>;

    /// This API returns the final list of access profiles for the specified source app after removing
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the header `X-SailPoint-Experimental` has its default true: should it be an argument?
    // TODO(you): optional and left out: `limit`.
    // TODO(you): the response under 200 is `Vec<AccessProfileDetails>` ("The final list of access profiles for
    //   the specified source app"), and it is unclear what it reports about items: as declared, only a response
    //   without content is a success. If it lists what was removed, mark it as `succeeded`; if it lists what is
    //   left, write a reply by hand whose unlisted items succeeded (`guide::plug_in`).
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/source-apps/{id}/access-profiles/bulk-remove")]
    #[header("X-SailPoint-Experimental", "true")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = false)]
    fn delete_access_profiles_from_source_app_by_bulk(&self, id: &str) -> Bulk<String, (), SailPointError>;

    /// The maximum role count in a single update request is 3000. The maximum metadata value count for a single
    /// role is 25.
    // TODO(you): `max` is read from this sentence: "The maximum role count in a single update request is 3000.".
    // TODO(you): the description says: "The maximum metadata value count for a single role is 25.": is this the
    //   `max` of a request?
    // TODO(you): the description says: "The maximum meta data values that one single role assigned can not
    //   exceed 25.": is this the `max` of a request?
    // TODO(you): `operation` is one of `ADD`, `REMOVE`, `REPLACE`: "The operation to be performed". If one of
    //   them can be retried safely and another cannot, declare a method for each, with `#[field("/operation",
    //   "…")]`.
    // TODO(you): as declared, the items of the job are accepted: to wait for its result, add `poll =
    //   "/…/{job}"`.
    // TODO(you): documented error statuses: 400, 401, 403, 429, 500. Put those that would fail every request
    //   into `stop(…)`, and those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/roles/access-model-metadata/bulk-update/ids")]
    #[bulk_endpoint(max = 3000, items = "roles", partial = false)]
    fn update_roles_metadata_by_ids(
        &self,
        operation: &UpdateRolesMetadataByIdsOperation,
        #[field("/replaceScope")] replace_scope: Option<&UpdateRolesMetadataByIdsReplaceScope>,
        values: &[UpdateRolesMetadataByIdsValue],
    ) -> Bulk<String, RoleBulkUpdateResponse, SailPointError>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct AccessProfileBulkDeleteResponse {
    // TODO(you): if this is the handle of a job, add `#[bulk(job)]`, and `poll = "/…/{job}"` to the settings.
    pub task_id: Option<String>,
    #[bulk(accepted)]
    #[serde(default)]
    pub pending: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    pub in_use: Vec<AccessProfileUsage>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct AccessProfileUsage {
    #[bulk(key)]
    pub access_profile_id: String,
    #[serde(default)]
    pub used_by: Vec<AccessProfileUsageUsedByItem>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccessProfileUsageUsedByItem {
    pub r#type: Option<AccessProfileUsageUsedByItemType>,
    pub id: Option<String>,
    pub name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccessProfileUsageUsedByItemType {
    Role,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
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
    pub locale_origin: Option<LocaleOrigin>,
    #[bulk(message)]
    pub text: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LocaleOrigin {
    Default,
    Request,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
pub struct Unauthorized {
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
pub enum SailPointError {
    #[bulk(on(400, 403, 500))]
    ErrorResponseDto(ErrorResponseDto),
    #[bulk(on(401))]
    Unauthorized(Unauthorized),
    #[bulk(on(429))]
    TooManyRequests(TooManyRequests),
}

/// A response, by its status.
#[derive(Debug, Clone, PartialEq, BulkReply)]
pub enum CancelAccessRequestInBulkReply {
    #[bulk(on(202))]
    Accepted,
}

/// The body of an error response, by its status.
#[derive(Debug, Clone, PartialEq, ApiError)]
pub enum SailPointError2 {
    #[bulk(on(400, 403, 404, 500))]
    ErrorResponseDto(ErrorResponseDto),
    #[bulk(on(401))]
    Unauthorized(Unauthorized),
    #[bulk(on(429))]
    TooManyRequests(TooManyRequests),
}

/// A response, by its status.
#[derive(Debug, Clone, PartialEq, BulkReply)]
pub enum ApproveBulkAccessRequestReply {
    #[bulk(on(202))]
    Accepted,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct ObjectMappingRequest {
    #[bulk(key)]
    pub object_type: ObjectMappingRequestObjectType,
    #[bulk(key)]
    pub json_path: String,
    #[bulk(key)]
    pub source_value: String,
    #[bulk(key)]
    pub target_value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ObjectMappingRequestObjectType {
    AccessProfile,
    AccessRequestConfig,
    AttrSyncSourceConfig,
    AuthOrg,
    CampaignFilter,
    Entitlement,
    FormDefinition,
    GovernanceGroup,
    Identity,
    IdentityObjectConfig,
    IdentityProfile,
    LifecycleState,
    NotificationTemplate,
    PasswordPolicy,
    PasswordSyncGroup,
    PublicIdentitiesConfig,
    Role,
    Rule,
    Segment,
    ServiceDeskIntegration,
    SodPolicy,
    Source,
    Tag,
    Transform,
    TriggerSubscription,
    Workflow,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct ObjectMappingBulkCreateResponse {
    #[bulk(succeeded)]
    #[serde(default)]
    pub added_objects: Vec<ObjectMappingResponse>,
}

// TODO(you): no field alone names the item: do its key fields together?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct ObjectMappingResponse {
    pub object_mapping_id: Option<String>,
    #[bulk(key)]
    pub object_type: ObjectMappingRequestObjectType,
    #[bulk(key)]
    pub json_path: String,
    #[bulk(key)]
    pub source_value: String,
    #[bulk(key)]
    pub target_value: String,
    pub enabled: Option<bool>,
    pub created: Option<String>,
    pub modified: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ObjectMappingResponseObjectType {
    AccessProfile,
    AccessRequestConfig,
    AttrSyncSourceConfig,
    AuthOrg,
    CampaignFilter,
    Entitlement,
    FormDefinition,
    GovernanceGroup,
    Identity,
    IdentityObjectConfig,
    IdentityProfile,
    LifecycleState,
    NotificationTemplate,
    PasswordPolicy,
    PasswordSyncGroup,
    PublicIdentitiesConfig,
    Role,
    Rule,
    Segment,
    ServiceDeskIntegration,
    SodPolicy,
    Source,
    Tag,
    Transform,
    TriggerSubscription,
    Workflow,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JsonPatchOperation {
    pub op: JsonPatchOperationOp,
    pub path: String,
    // TODO(you): `oneOf` of 5 schemas: an enum?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JsonPatchOperationOp {
    Add,
    Remove,
    Replace,
    Move,
    Copy,
    Test,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

/// An item, with its key in the object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(transparent)]
pub struct UpdateObjectMappingsEntry {
    #[bulk(key)]
    #[serde(skip)]
    pub key: String,
    pub value: Vec<JsonPatchOperation>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct ObjectMappingBulkPatchResponse {
    #[bulk(succeeded)]
    #[serde(default)]
    pub patched_objects: Vec<ObjectMappingResponseOfUpdateObjectMappings>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct ObjectMappingResponseOfUpdateObjectMappings {
    #[bulk(key)]
    pub object_mapping_id: String,
    pub object_type: Option<ObjectMappingResponseObjectType>,
    pub json_path: Option<String>,
    pub source_value: Option<String>,
    pub target_value: Option<String>,
    pub enabled: Option<bool>,
    pub created: Option<String>,
    pub modified: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct BulkIdentitiesAccountsResponse {
    #[bulk(key)]
    pub id: String,
    #[bulk(status)]
    pub status_code: Option<u16>,
    #[bulk(message)]
    pub message: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct TaskResultSimplified {
    #[bulk(job)]
    pub id: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub launcher: Option<String>,
    pub completed: Option<String>,
    pub launched: Option<String>,
    pub completion_status: Option<TaskResultSimplifiedCompletionStatus>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum TaskResultSimplifiedCompletionStatus {
    Success,
    Warning,
    Error,
    Terminated,
    TempError,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct TaskResultDto {
    pub r#type: Option<TaskResultDtoType>,
    #[bulk(job)]
    pub id: Option<String>,
    pub name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TaskResultDtoType {
    TaskResult,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct ProvisioningPolicyDto {
    #[bulk(key)]
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_type: Option<UsageType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<FieldDetailsDto>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UsageType {
    Create,
    Update,
    Enable,
    Disable,
    Delete,
    Assign,
    Unassign,
    CreateGroup,
    UpdateGroup,
    DeleteGroup,
    Register,
    CreateIdentity,
    UpdateIdentity,
    EditGroup,
    Unlock,
    ChangePassword,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldDetailsDto {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transform: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<FieldDetailsDtoType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_multi_valued: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldDetailsDtoType {
    String,
    Int,
    Long,
    Date,
    Boolean,
    Secret,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

// TODO(you): does the key name an item, or does `usageType` (also)?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct ProvisioningPolicyDtoResult {
    #[bulk(key)]
    pub name: String,
    #[bulk(message)]
    pub description: Option<String>,
    pub usage_type: Option<UsageType>,
    #[serde(default)]
    pub fields: Vec<FieldDetailsDto>,
}

/// The done items.
// TODO(you): does the response list the items that are done, and no others?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct UpdateProvisioningPoliciesInBulkResponse(#[bulk(succeeded)] pub Vec<ProvisioningPolicyDtoResult>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct TaggedObjectDto {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<TaggedObjectDtoType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TaggedObjectDtoType {
    AccessProfile,
    Application,
    Campaign,
    Entitlement,
    Identity,
    Role,
    SodPolicy,
    Source,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

/// If APPEND, tags are appended to the list of tags for the object. A 400 error is returned if this would add
/// duplicate tags to the object. If MERGE, tags are merged with the existing tags. Duplicate tags are silently
/// ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SetTagsToManyObjectsOperation {
    Append,
    Merge,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkTaggedObjectResponse {
    #[serde(default)]
    pub object_refs: Vec<TaggedObjectDto>,
    #[serde(default)]
    pub tags: Vec<String>,
}

/// Operation to perform on the attributes in the bulk update request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UpdateAccessModelMetadataByIdsOperation {
    Add,
    Remove,
    Replace,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UpdateAccessModelMetadataByIdsReplaceScope {
    All,
    Attribute,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BulkUpdateAmmKeyValueItem {
    pub attribute: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
}

// TODO(you): the response says nothing about items: as declared, all of them are accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = accepted)]
pub struct AccessModelMetadataBulkUpdateResponse {
    // TODO(you): is this always there?
    pub id: String,
    pub r#type: Option<String>,
    pub status: Option<AccessModelMetadataBulkUpdateResponseStatus>,
    pub created: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccessModelMetadataBulkUpdateResponseStatus {
    Created,
    PreProcess,
    PreProcessCompleted,
    PostProcess,
    Completed,
    ChunkPending,
    ChunkProcessing,
    ReProcessing,
    PreProcessFailed,
    Failed,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct UpdateAccessProfilesInBulkItem {
    #[bulk(key)]
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requestable: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct AccessProfileUpdateItem {
    #[bulk(key)]
    pub id: String,
    pub requestable: bool,
    // TODO(you): if these are words, use an enum of them that derives `Status`.
    #[bulk(status)]
    pub status: HttpStatus,
    #[bulk(message)]
    pub description: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
pub struct Status412 {
    #[bulk(message)]
    pub message: Option<String>,
}

/// The body of an error response, by its status.
#[derive(Debug, Clone, PartialEq, ApiError)]
pub enum SailPointError3 {
    #[bulk(on(400, 403, 500))]
    ErrorResponseDto(ErrorResponseDto),
    #[bulk(on(401))]
    Unauthorized(Unauthorized),
    #[bulk(on(412))]
    Status412(Status412),
    #[bulk(on(429))]
    TooManyRequests(TooManyRequests),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct AccessRequestRecommendationActionItemDto {
    #[bulk(key)]
    pub identity_id: String,
    #[bulk(key)]
    pub access: AccessRequestRecommendationItem,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AccessRequestRecommendationItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<AccessRequestRecommendationItemType>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccessRequestRecommendationItemType {
    AccessProfile,
    Role,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

// TODO(you): no field alone names the item: do its key fields together?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct AccessRequestRecommendationActionItemResponseDto {
    #[bulk(key)]
    pub identity_id: String,
    #[bulk(key)]
    pub access: AccessRequestRecommendationItem,
    pub timestamp: Option<String>,
}

/// The done items.
// TODO(you): does the response list the items that are done, and no others?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct AddAccessRequestRecommendationsViewedItemsResponse(#[bulk(succeeded)] pub Vec<AccessRequestRecommendationActionItemResponseDto>);

/// An item, in its group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[bulk(group)]
#[serde(untagged, rename_all = "camelCase")]
pub enum UpdateCommonAccessStatusInBulkItem {
    ConfirmedIds(String),
    DeniedIds(String),
}

/// A response, by its status.
#[derive(Debug, Clone, PartialEq, BulkReply)]
pub enum UpdateCommonAccessStatusInBulkReply {
    #[bulk(on(202))]
    Accepted,
}

/// A response, by its status.
#[derive(Debug, Clone, PartialEq, BulkReply)]
pub enum ApproveApprovalInBulkReply {
    #[bulk(on(202))]
    Accepted,
}

/// A response, by its status.
#[derive(Debug, Clone, PartialEq, BulkReply)]
pub enum RejectApprovalInBulkReply {
    #[bulk(on(202))]
    Accepted,
}

/// A response, by its status.
#[derive(Debug, Clone, PartialEq, BulkReply)]
pub enum CancelApprovalReply {
    #[bulk(on(202))]
    Accepted,
}

/// A response, by its status.
#[derive(Debug, Clone, PartialEq, BulkReply)]
pub enum MoveApprovalReply {
    #[bulk(on(202))]
    Accepted,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct TemplateBulkDeleteDto {
    pub key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<TemplateBulkDeleteDtoMedium>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TemplateBulkDeleteDtoMedium {
    Email,
    Slack,
    Teams,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct WorkgroupDeleteItem {
    #[bulk(key)]
    pub id: String,
    #[bulk(status)]
    pub status: u16,
    #[bulk(message)]
    pub description: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct UpdateWorkgroupMembersItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<UpdateWorkgroupMembersItemType>,
    #[bulk(key)]
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UpdateWorkgroupMembersItemType {
    Identity,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct WorkgroupMemberAddItem {
    #[bulk(key)]
    pub id: String,
    #[bulk(status)]
    pub status: u16,
    #[bulk(message)]
    pub description: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct WorkgroupMemberDeleteItem {
    #[bulk(key)]
    pub id: String,
    #[bulk(status)]
    pub status: u16,
    #[bulk(message)]
    pub description: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct SedApprovalStatus {
    #[bulk(message)]
    pub failed_reason: Option<String>,
    #[bulk(key)]
    pub id: String,
    /// SUCCESS | FAILED
    #[bulk(status)]
    pub status: Option<SedApprovalStatusStatus>,
}

/// SUCCESS | FAILED
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Status)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SedApprovalStatusStatus {
    #[bulk(succeeded)]
    Success,
    #[bulk(failed)]
    Failed,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct AccessProfileDetails {
    #[bulk(key)]
    pub id: String,
    pub name: Option<String>,
    #[bulk(message)]
    pub description: Option<String>,
    pub created: Option<String>,
    pub modified: Option<String>,
    pub disabled: Option<bool>,
    pub requestable: Option<bool>,
    pub protected: Option<bool>,
    pub owner_id: Option<String>,
    pub source_id: Option<i64>,
    pub source_name: Option<String>,
    pub app_id: Option<i64>,
    pub app_name: Option<String>,
    pub application_id: Option<String>,
    pub r#type: Option<String>,
    #[serde(default)]
    pub entitlements: Vec<String>,
    pub entitlement_count: Option<i64>,
    #[serde(default)]
    pub segments: Vec<String>,
    pub approval_schemes: Option<String>,
    pub revoke_request_approval_schemes: Option<String>,
    pub request_comments_required: Option<bool>,
    pub denied_comments_required: Option<bool>,
    pub account_selector: Option<AccessProfileDetailsAccountSelector>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccessProfileDetailsAccountSelector {
    pub selectors: Option<Vec<Selector>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selector {
    pub application_id: Option<String>,
    pub account_match_config: Option<SelectorAccountMatchConfig>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SelectorAccountMatchConfig {
    pub match_expression: Option<SelectorAccountMatchConfigMatchExpression>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SelectorAccountMatchConfigMatchExpression {
    #[serde(default)]
    pub match_terms: Vec<MatchTerm>,
    pub and: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchTerm {
    pub name: Option<String>,
    pub value: Option<String>,
    pub op: Option<String>,
    pub container: Option<bool>,
    pub and: Option<bool>,
    pub children: Option<Vec<serde_json::Value>>,
}

/// The operation to be performed
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UpdateRolesMetadataByIdsOperation {
    Add,
    Remove,
    Replace,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UpdateRolesMetadataByIdsReplaceScope {
    All,
    Attribute,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdateRolesMetadataByIdsValue {
    pub attribute: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct RoleBulkUpdateResponse {
    #[bulk(job)]
    pub id: Option<String>,
    pub r#type: Option<String>,
    pub status: Option<RoleBulkUpdateResponseStatus>,
    pub created: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RoleBulkUpdateResponseStatus {
    Created,
    PreProcess,
    PreProcessCompleted,
    PostProcess,
    Completed,
    ChunkPending,
    ChunkProcessing,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}
