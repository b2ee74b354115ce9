//! Apps, tags, notification templates, and what SailPoint suggests.

use bulk_endpoint::reply::{
    BodyShape, CollectorOf, DecodeError, NoFailure, PerItem, RawResponse, ReplyShape, Unlisted,
};
use bulk_endpoint::{Bulk, BulkItem, BulkReply, ItemReply, Status, bulk_api};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{AcceptedRequest, AccessProfileId, IdentityId, PatchOperation, SailPointError};

id! {
    /// The id of a source app.
    SourceAppId
}

id! {
    /// The id of a common access, a UUID.
    CommonAccessId
}

id! {
    /// The id of a suggested entitlement description, a UUID.
    SuggestionId
}

/// Source apps. The operations are experimental: set `.header("X-SailPoint-Experimental", "true")` on the client.
#[bulk_api(dynamic, rename_all = "camelCase")]
pub trait SourceApps: Send + Sync {
    /// Applies one patch to source apps. "It can update up to 50 source apps in a batch."
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/update-source-apps-in-bulk)
    #[post("/source-apps/bulk-update")]
    #[bulk_endpoint(items = "appIds", max = 50, partial = false)]
    fn update(
        &self,
        /// The operations of the JSON Patch.
        json_patch: &[PatchOperation],
    ) -> Bulk<SourceAppId, (), SailPointError>;

    /// Removes access profiles from a source app. The vendor documents no limit; 50 is that of updates. A retry is safe: it removes the
    /// same access profiles.
    ///
    /// The response is "the final list of access profiles for the specified source app after removing". It is not compared with the
    /// request: most of what it lists was not in the request.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/delete-access-profiles-from-source-app-by-bulk)
    #[post("/source-apps/{appId}/access-profiles/bulk-remove")]
    #[bulk_endpoint(items = body, max = assumed(50), partial = false, idempotent = true)]
    fn remove_access_profiles(
        &self,
        /// The id of the source app.
        app_id: &SourceAppId,
    ) -> Bulk<AccessProfileId, FinalList, SailPointError>;
}

/// The access profiles that a source app has after some were removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FinalList(pub Vec<RemainingAccessProfile>);

/// An access profile of a source app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemainingAccessProfile {
    /// Its id.
    pub id: AccessProfileId,
    /// Its name.
    pub name: Option<String>,
}

// By hand: what a derived reply lists is about items of the request, and this list is about others.
impl BulkReply for FinalList {
    type Key = AccessProfileId;
    type Success = ();
    type Failure = NoFailure;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Opaque).unlisted(Unlisted::Succeeded);

    fn read(response: &RawResponse<'_>, _: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        let FinalList(_) = from_json(response)?;
        Ok(())
    }
}

fn from_json<T: DeserializeOwned>(response: &RawResponse<'_>) -> Result<T, DecodeError> {
    serde_json::from_slice(response.bytes()).map_err(|error| DecodeError::new("", error))
}

/// Tags of objects. The vendor documents no limits; 50 is the smallest of its other operations on ids.
#[bulk_api(dynamic, rename_all = "camelCase")]
pub trait TaggedObjects: Send + Sync {
    /// Adds tags to objects: `MERGE`, in which "duplicate tags are silently ignored", so that a retry is safe.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/set-tags-to-many-objects)
    #[post("/tagged-objects/bulk-add")]
    #[field("/operation", "MERGE")]
    #[bulk_endpoint(items = "objectRefs", max = assumed(50), partial = true, idempotent = true)]
    fn add(
        &self,
        /// The tags.
        tags: &[String],
    ) -> Bulk<TaggedObject, TagsAdded, SailPointError>;

    /// Removes tags from objects. A retry is safe: it removes the same tags.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/delete-tags-to-many-object)
    #[post("/tagged-objects/bulk-remove")]
    #[bulk_endpoint(items = "objectRefs", max = assumed(50), partial = false, idempotent = true)]
    fn remove(
        &self,
        /// The tags.
        tags: &[String],
    ) -> Bulk<TaggedObject, (), SailPointError>;
}

/// A reference to an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
pub struct TaggedObject {
    /// The type of the object, such as `IDENTITY` or `ROLE`.
    #[bulk(key)]
    pub r#type: String,
    /// The id of the object.
    #[bulk(key)]
    pub id: String,
    /// The name of the object; optional.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The objects that have the tags now: a list for each set of tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TagsAdded(pub Vec<ObjectsWithTags>);

/// Objects with the same tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectsWithTags {
    /// The objects.
    pub object_refs: Vec<TaggedObject>,
    /// Their tags.
    #[serde(default)]
    pub tags: Vec<String>,
}

// By hand: the body is a list of replies.
impl BulkReply for TagsAdded {
    type Key = <TaggedObject as BulkItem>::Key;
    type Success = ();
    type Failure = NoFailure;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Opaque);

    fn read(response: &RawResponse<'_>, collector: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        let TagsAdded(lists) = from_json(response)?;
        for object in lists.iter().flat_map(|list| &list.object_refs) {
            collector.succeeded(&*object.key(), ());
        }
        Ok(())
    }
}

impl PerItem for TagsAdded {}

/// Notification templates.
#[bulk_api(dynamic)]
pub trait NotificationTemplates: Send + Sync {
    /// Deletes templates that you created for your site. The vendor documents no limit; 50 is the smallest of its other operations.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/delete-notification-templates-in-bulk)
    #[post("/notification-templates/bulk-delete")]
    #[bulk_endpoint(items = body, max = assumed(50), partial = false)]
    fn delete(&self) -> Bulk<NotificationTemplate, (), SailPointError>;
}

/// A template to delete.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
#[bulk(key)]
pub struct NotificationTemplate {
    /// The key of the template.
    pub key: String,
    /// `EMAIL`, `SLACK` or `TEAMS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// The language, as a BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// What SailPoint suggests: descriptions, access, common access. The vendor documents no limits; 50 is the smallest of its other operations.
#[bulk_api(dynamic)]
pub trait Suggestions: Send + Sync {
    /// Submits suggested descriptions of entitlements for approval.
    ///
    /// The vendor's specification has a list of objects that each have a list of ids, and the media type of JSON Patch.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/submit-sed-approval)
    #[post("/suggested-entitlement-description-approvals")]
    #[header("Content-Type", "application/json-patch+json")]
    #[bulk_endpoint(items = "/0/items", max = assumed(50), partial = true)]
    fn submit_descriptions(&self) -> Bulk<SuggestionId, Vec<SuggestionResult>, SailPointError>;

    /// Marks recommended access as viewed. A retry is safe: it marks the same. Experimental: set
    /// `.header("X-SailPoint-Experimental", "true")` on the client.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/add-access-request-recommendations-viewed-items)
    #[post("/ai-access-request-recommendations/viewed-items/bulk-create")]
    #[bulk_endpoint(items = body, max = assumed(50), partial = true, idempotent = true)]
    fn mark_viewed(&self) -> Bulk<RecommendedAccess, Viewed, SailPointError>;

    /// Confirms and denies common access. A successful item was *accepted*. A retry is safe: it contains the requested status.
    /// Experimental: set `.header("X-SailPoint-Experimental", "true")` on the client.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/update-common-access-status-in-bulk)
    #[post("/common-access/update-status")]
    #[bulk_endpoint(items = groups("/0"), max = assumed(50), partial = false, idempotent = true)]
    fn set_common_access(&self) -> Bulk<CommonAccess, AcceptedRequest, SailPointError>;
}

/// The result for one suggested description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct SuggestionResult {
    /// The suggestion.
    #[bulk(key)]
    pub id: SuggestionId,
    /// `SUCCESS` or `FAILED`.
    #[bulk(status)]
    pub status: SuggestionStatus,
    /// Why it failed.
    #[bulk(message)]
    pub failed_reason: Option<String>,
}

/// Whether a suggestion was submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Status)]
#[serde(rename_all = "UPPERCASE")]
pub enum SuggestionStatus {
    /// It was submitted.
    #[bulk(succeeded)]
    Success,
    /// It was not.
    #[bulk(failed)]
    Failed,
}

/// Access that was recommended to an identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct RecommendedAccess {
    /// The identity.
    #[bulk(key)]
    pub identity_id: IdentityId,
    /// The access.
    #[bulk(key)]
    pub access: RecommendedItem,
}

/// An access profile or a role.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RecommendedItem {
    /// Its id.
    pub id: String,
    /// `ACCESS_PROFILE` or `ROLE`.
    pub r#type: String,
}

/// The recommendations that are stored as viewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkReply)]
#[bulk(on(201))]
pub struct Viewed(#[bulk(succeeded)] pub Vec<ViewedAccess>);

/// A recommendation that is stored as viewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct ViewedAccess {
    /// The identity.
    #[bulk(key)]
    pub identity_id: IdentityId,
    /// The access.
    #[bulk(key)]
    pub access: RecommendedItem,
    /// When it was viewed.
    pub timestamp: Option<String>,
}

/// A decision about a common access.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
#[serde(untagged)]
#[bulk(group)]
pub enum CommonAccess {
    /// It is common.
    #[serde(rename = "confirmedIds")]
    Confirmed(CommonAccessId),
    /// It is not.
    #[serde(rename = "deniedIds")]
    Denied(CommonAccessId),
}
