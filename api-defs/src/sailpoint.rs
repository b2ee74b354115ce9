//! SailPoint Identity Security Cloud: its bulk operations.
//!
//! | operation | trait | most items in a request |
//! |---|---|---|
//! | enable and disable the accounts of identities | [`IdentityAccountsV1`], [`IdentityAccounts`] | 50, assumed |
//! | set the types of entitlement connections | [`EntitlementConnections`] | 100 |
//! | delete access profiles | [`AccessProfiles`] | 50 |
//! | set whether access profiles are requestable | [`AccessProfiles`] | 50, assumed |
//! | patch entitlements | [`Entitlements`] | 50 |
//! | delete governance groups | [`GovernanceGroups`] | 100 |
//! | add and remove members of a governance group | [`GovernanceGroups`] | 50, assumed |
//! | create object mappings | [`ObjectMappings`] | 25 |
//! | patch object mappings | [`ObjectMappings`] | 25, assumed |
//! | cancel and approve access requests | [`AccessRequests`] | 50 |
//! | approve, reject, cancel and reassign generic approvals | [`Approvals`] | 50, assumed |
//! | delete roles and dimensions | [`Roles`] | 50 |
//! | change the metadata of roles | [`Roles`] | 3000 |
//! | change the metadata of entitlements | [`AccessModelMetadata`] | 50, assumed |
//! | delete identity profiles and identity attributes | [`IdentityProfiles`] | 50, assumed |
//! | delete non-employees | [`NonEmployees`] | 50, assumed |
//! | delete sources of a multi-host integration, replace provisioning policies | [`Sources`] | 50, assumed |
//! | patch source apps | [`SourceApps`] | 50 |
//! | remove access profiles from a source app | [`SourceApps`] | 50, assumed |
//! | add and remove tags | [`TaggedObjects`] | 50, assumed |
//! | delete notification templates | [`NotificationTemplates`] | 50, assumed |
//! | submit suggested descriptions, mark recommendations as viewed, confirm and deny common access | [`Suggestions`] | 50, assumed |
//!
//! These are the operations of the v2025 specification that carry items and that the vendor calls bulk, but for the upload of
//! non-employees, which is a CSV file. Its operations by a filter or a query carry no items.
//!
//! # Paths
//!
//! SailPoint has two sets of paths: older ones with the API version in the base URL, and current ones with a version of their own. There is
//! a trait for each to enable and disable accounts, with the same items, responses and errors.
//!
//! | the vendor's path | trait | base URL of the client |
//! |---|---|---|
//! | `/v2026/identities-accounts/disable`, `/v2025/…`, `/v2024/…`, the deprecated `/beta/…` | [`IdentityAccounts`] | `https://{tenant}.api.identitynow.com/v2026` (ends with the version) |
//! | `/identities-accounts/v1/disable`, the current one | [`IdentityAccountsV1`] | `https://{tenant}.api.identitynow.com` |
//! | current ones, such as `/access-profiles/v1/bulk-delete` | [`EntitlementConnections`], [`AccessProfiles`], [`Entitlements`], [`GovernanceGroups`], [`ObjectMappings`] | `https://{tenant}.api.identitynow.com` |
//! | those of the v2025 specification, such as `/v2025/roles/bulk-delete` | all others | `https://{tenant}.api.identitynow.com/v2025` |
//!
//! In some releases the operation is experimental and requires a header. Set it on the client:
//! `.header("X-SailPoint-Experimental", "true")`.

use std::borrow::Cow;

use bulk_endpoint::{ApiError, Bulk, BulkReply, ItemReply, bulk_api, reply::AsText};
use serde::{Deserialize, Serialize};
use serde_json::Value;

mod access;
mod groups;
mod lifecycle;
mod mappings;
mod objects;
mod requests;
mod roles;

pub use access::*;
pub use groups::*;
pub use lifecycle::*;
pub use mappings::*;
pub use objects::*;
pub use requests::*;
pub use roles::*;

/// The path at which the client credentials of a personal access token are exchanged for an access token (OAuth 2, RFC 6749, section 4.4).
///
/// [The vendor's page](https://developer.sailpoint.com/docs/api/authentication)
pub const TOKEN_PATH: &str = "/oauth/token";

id! {
    /// The id of an identity.
    IdentityId
}

/// Enables and disables the accounts of identities, under a base URL that ends with the API version.
///
/// A successful item was *accepted*: a task was submitted for it. The response does not contain whether the task has run.
///
/// SailPoint documents no limit. The declared limit of 50 is an assumption: SailPoint documents 50 or 100 for its other bulk operations.
///
/// Both operations are declared idempotent. The vendor does not document this, but a request contains the requested state of an account:
/// the task of a retry finds nothing to do. A 400 means that the body is invalid, which a single malformed id can cause; the batch
/// is bisected to find it.
#[bulk_api(dynamic)]
pub trait IdentityAccounts: Send + Sync {
    /// Submits tasks that enable the account of each identity.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/enable-accounts-for-identities)
    #[post("/identities-accounts/enable")]
    #[bulk_endpoint(items = "identityIds", max = assumed(50), partial = true, idempotent = true, bisect(400))]
    fn enable(&self) -> Bulk<IdentityId, Vec<BulkItemResponse>, SailPointError>;

    /// Submits tasks that disable the account of each identity.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/disable-accounts-for-identities)
    #[post("/identities-accounts/disable")]
    #[bulk_endpoint(items = "identityIds", max = assumed(50), partial = true, idempotent = true, bisect(400))]
    fn disable(&self) -> Bulk<IdentityId, Vec<BulkItemResponse>, SailPointError>;
}

/// The operations of [`IdentityAccounts`] at their current paths, which contain the version.
#[bulk_api(dynamic)]
pub trait IdentityAccountsV1: Send + Sync {
    /// Submits tasks that enable the account of each identity.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/accounts/paths/identities-accounts-v1-enable.yaml)
    #[post("/identities-accounts/v1/enable")]
    #[bulk_endpoint(items = "identityIds", max = assumed(50), partial = true, idempotent = true, bisect(400))]
    fn enable(&self) -> Bulk<IdentityId, Vec<BulkItemResponse>, SailPointError>;

    /// Submits tasks that disable the account of each identity.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/accounts/paths/identities-accounts-v1-disable.yaml)
    #[post("/identities-accounts/v1/disable")]
    #[bulk_endpoint(items = "identityIds", max = assumed(50), partial = true, idempotent = true, bisect(400))]
    fn disable(&self) -> Bulk<IdentityId, Vec<BulkItemResponse>, SailPointError>;
}

/// The result for one identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct BulkItemResponse {
    /// The identity.
    #[bulk(key)]
    pub id: IdentityId,
    /// 202 if a task was accepted, 404 if the identity does not exist.
    #[bulk(status)]
    pub status_code: u16,
    /// The vendor's message for a failure.
    #[bulk(message)]
    pub message: Option<String>,
}

/// SailPoint accepted a whole request, "into the system". It documents an object without fields as the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BulkReply)]
#[serde(untagged)]
pub enum AcceptedRequest {
    /// Each item was accepted.
    #[bulk(on(202))]
    Accepted,
}

/// An operation of a JSON Patch ([RFC 6902](https://tools.ietf.org/html/rfc6902)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatchOperation {
    /// The operation.
    pub op: PatchOp,
    /// The place, as a JSON pointer.
    pub path: String,
    /// The value; required to add or replace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

impl PatchOperation {
    /// Replaces the value at a JSON pointer.
    pub fn replace(path: impl Into<String>, value: impl Into<Value>) -> Self {
        PatchOperation { op: PatchOp::Replace, path: path.into(), value: Some(value.into()) }
    }
}

/// The kinds of operations of a JSON Patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum PatchOp {
    Add,
    Remove,
    Replace,
    Move,
    Copy,
    Test,
}

/// The body of a refusal: one of four layouts, by status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ApiError)]
#[serde(untagged)]
pub enum SailPointError {
    /// The request is invalid (400), forbidden (403), refers to something that does not exist (404), or the server failed (500).
    #[bulk(on(400, 403, 404, 500))]
    Detailed(ErrorResponse),
    /// The token is missing or has expired.
    #[bulk(on(401))]
    Unauthorized {
        /// The vendor's message.
        #[bulk(message)]
        error: String,
    },
    /// The organization does not have this feature.
    #[bulk(on(412))]
    NotEnabled {
        /// The vendor's message.
        #[bulk(message)]
        message: String,
    },
    /// Too many requests. The header `Retry-After` contains the delay.
    #[bulk(on(429))]
    RateLimited {
        /// The vendor's message.
        #[bulk(message)]
        message: String,
    },
}

/// SailPoint's detailed error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ApiError)]
#[serde(rename_all = "camelCase", default)]
pub struct ErrorResponse {
    /// The error code and its name, such as `400.1 Bad Request Content`.
    #[bulk(code)]
    pub detail_code: Option<String>,
    /// The id of the request, for the vendor's support.
    #[bulk(request_id)]
    pub tracking_id: Option<String>,
    /// The error message, in one or more languages.
    #[bulk(message)]
    pub messages: Vec<ErrorMessage>,
    /// The causes, in one or more languages.
    pub causes: Vec<ErrorMessage>,
}

/// A message in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorMessage {
    /// The language, as a BCP 47 tag.
    pub locale: Option<String>,
    /// How the language was chosen.
    pub locale_origin: Option<LocaleOrigin>,
    /// The message.
    pub text: Option<String>,
}

/// How the language of a message was chosen.
///
/// The vendor may add values without notice: unknown ones are kept as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum LocaleOrigin {
    /// The default language of the system.
    Default,
    /// The best match for the request's `Accept-Language`.
    Request,
    /// An unknown value.
    #[serde(untagged)]
    Other(String),
}

impl AsText for ErrorMessage {
    fn text(&self) -> Option<Cow<'_, str>> {
        self.text.text()
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn the_limit_is_an_assumption() {
        let all = [IdentityAccountsClient::ENDPOINTS, IdentityAccountsV1Client::ENDPOINTS];
        for spec in all.into_iter().flatten() {
            assert!(spec.max.assumed && spec.partial && spec.idempotent, "{}", spec.path);
        }
    }

    #[test]
    fn the_documented_answer_decodes() {
        let json = r#"[
            {
                "id": "2c9180858082150f0180893dbaf553fe",
                "statusCode": 404,
                "message": "Referenced identity \"2c9180858082150f0180893dbaf553fe\" was not found."
            },
            {"id": "2c91808384203c2d018437e631158308", "statusCode": 202, "message": null}
        ]"#;
        let response: Vec<BulkItemResponse> = serde_json::from_str(json).unwrap();
        assert_eq!([response[0].status_code, response[1].status_code], [404, 202]);
        assert_eq!(response[1].id.as_ref(), "2c91808384203c2d018437e631158308");
        assert_eq!(response[1].message, None);
        assert!(response[0].message.as_ref().unwrap().ends_with("was not found."));
    }

    fn read(status: u16, json: &str) -> Option<SailPointError> {
        SailPointError::read(&bulk_endpoint::reply::RawResponse::new(status, &Default::default(), json.as_bytes())).ok()
    }

    #[test]
    fn the_documented_errors_decode() {
        let invalid = r#"{
            "detailCode": "400.1 Bad Request Content",
            "trackingId": "e7eab60924f64aa284175b9fa3309599",
            "messages": [{"locale": "en-US", "localeOrigin": "DEFAULT", "text": "The request was syntactically correct but its content is semantically invalid."}],
            "causes": [{"locale": "en-US", "localeOrigin": "DEFAULT", "text": "The request was syntactically correct but its content is semantically invalid."}]
        }"#;
        let forbidden = r#"{
            "detailCode": "403 Forbidden",
            "trackingId": "b21b1f7ce4da4d639f2c62a57171b427",
            "messages": [{"locale": "en-US", "localeOrigin": "DEFAULT", "text": "The server understood the request but refuses to authorize it."}]
        }"#;
        let fault = r#"{
            "detailCode": "500.0 Internal Fault",
            "trackingId": "b21b1f7ce4da4d639f2c62a57171b427",
            "messages": [{"locale": "en-US", "localeOrigin": "DEFAULT", "text": "An internal fault occurred."}]
        }"#;
        let expired = r#"{"error": "JWT validation failed: JWT is expired"}"#;
        let disabled = r#"{"message": " API/Feature not enabled for your organization."}"#;
        let limited = r#"{"message": " Rate Limit Exceeded "}"#;
        for (status, json, code, message) in [
            (400, invalid, Some("400.1 Bad Request Content"), "The request was syntactically"),
            (403, forbidden, Some("403 Forbidden"), "The server understood"),
            (500, fault, Some("500.0 Internal Fault"), "An internal fault"),
            (401, expired, None, "JWT validation failed"),
            (412, disabled, None, " API/Feature not enabled"),
            (429, limited, None, " Rate Limit Exceeded "),
        ] {
            let error = read(status, json).unwrap();
            assert_eq!(error.code().as_deref(), code, "{status}");
            let said = error.message().unwrap();
            assert!(said.starts_with(message), "{status}: {said}");
            assert_eq!(error.request_id().is_some(), code.is_some(), "{status}");
        }
    }

    #[test]
    fn an_error_is_written_as_it_was_read() {
        for (status, json) in [
            (401, r#"{"error":"expired"}"#),
            (429, r#"{"message":"slow down"}"#),
            (403, r#"{"detailCode":"403 Forbidden","trackingId":"t","messages":[],"causes":[]}"#),
        ] {
            let error = read(status, json).unwrap();
            assert_eq!(serde_json::to_string(&error).unwrap(), json);
        }
    }

    #[test]
    fn another_layout_or_status_is_no_error_of_ours() {
        for (status, json) in [(401, "{}"), (429, "<html>"), (502, r#"{"message":"x"}"#)] {
            assert_eq!(read(status, json), None, "{status} {json}");
        }
    }

    #[test]
    fn an_unknown_origin_is_kept() {
        for (json, origin) in [
            (r#""DEFAULT""#, LocaleOrigin::Default),
            (r#""REQUEST""#, LocaleOrigin::Request),
            (r#""TENANT""#, LocaleOrigin::Other("TENANT".into())),
        ] {
            assert_eq!(serde_json::from_str::<LocaleOrigin>(json).unwrap(), origin);
            assert_eq!(serde_json::to_string(&origin).unwrap(), json);
        }
    }
}
