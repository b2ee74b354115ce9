//! VMware Cloud Services (CSP): the API tokens of an organization.
//!
//! The host is `https://console.cloud.vmware.com`. The bearer token must be an organization owner's: a user's, not that of a
//! service account.

use bulk_endpoint::{ApiError, Bulk, BulkReply, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

/// The path at which an API token is exchanged for an access token, which expires soon: a form with the field `refresh_token`
/// is posted, and the response has `access_token` and `expires_in`.
///
/// [The vendor's page](https://developer.broadcom.com/xapis/identity-and-access-management-cloud-services-platform/latest)
pub const TOKEN_PATH: &str = "/csp/gateway/am/api/auth/api-tokens/authorize";

id! {
    /// The id of an organization, a GUID.
    OrgId
}

id! {
    /// The id of an API token, which is not the token itself.
    TokenId
}

/// Activates and deactivates the API tokens of an organization.
///
/// A request takes at most 15 tokens, and can succeed for some of them. Both operations are declared idempotent. The vendor does not
/// document this, but a request contains the requested state of a token, so a second one changes nothing. A 404 means that the
/// organization does not exist, so it stops the run.
#[bulk_api(dynamic)]
pub trait OrgApiTokens: Send + Sync {
    /// Activates tokens that were deactivated.
    ///
    /// [The vendor's page](https://developer.vmware.com/apis/csp/csp-iam/latest/csp/gateway/am/api/orgs/orgId/api-tokens/activate/post/)
    #[post("/csp/gateway/am/api/orgs/{orgId}/api-tokens/activate")]
    #[bulk_endpoint(max = 15, partial = true, idempotent = true, stop(404))]
    fn activate(
        &self,
        /// The id of the organization.
        org_id: &OrgId,
    ) -> Bulk<TokenId, ChangeApiTokensStatusResponse, CspErrorResponse>;

    /// Deactivates tokens.
    ///
    /// [The vendor's page](https://developer.broadcom.com/xapis/tcsp-account-management/latest/csp/gateway/am/api/orgs/orgId/api-tokens/deactivate/post)
    #[post("/csp/gateway/am/api/orgs/{orgId}/api-tokens/deactivate")]
    #[bulk_endpoint(max = 15, partial = true, idempotent = true, stop(404))]
    fn deactivate(
        &self,
        /// The id of the organization.
        org_id: &OrgId,
    ) -> Bulk<TokenId, ChangeApiTokensStatusResponse, CspErrorResponse>;
}

/// The response to a request. The vendor documents both lists as optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, BulkReply)]
pub struct ChangeApiTokensStatusResponse {
    /// The tokens that have the requested state.
    #[bulk(succeeded)]
    #[serde(default)]
    pub successes: Vec<TokenId>,
    /// The tokens that do not.
    #[bulk(failed)]
    #[serde(default)]
    pub failures: Vec<TokenFailure>,
}

/// A token that does not have the requested state. It has a message, but no code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
pub struct TokenFailure {
    /// The token.
    #[bulk(key)]
    pub id: TokenId,
    /// The vendor's message.
    #[bulk(message)]
    pub message: String,
}

/// The body of a refusal, for every status. Every field is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ApiError)]
#[serde(rename_all = "camelCase", default)]
pub struct CspErrorResponse {
    /// The error code of CSP.
    #[bulk(code)]
    pub csp_error_code: Option<String>,
    /// A second error code.
    pub error_code: Option<String>,
    /// The error message.
    #[bulk(message)]
    pub message: Option<String>,
    /// The error code of the vendor's module.
    pub module_code: Option<i32>,
    /// The id of the request, for the vendor's support.
    #[bulk(request_id)]
    pub request_id: Option<String>,
    /// The HTTP status, as in the response.
    pub status_code: Option<i32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_the_documented_one() {
        for spec in OrgApiTokensClient::ENDPOINTS {
            assert_eq!((spec.max.items, spec.max.assumed), (15, false), "{}", spec.name);
            assert!(spec.partial && spec.idempotent, "{}", spec.name);
        }
    }

    #[test]
    fn the_documented_answer_decodes() {
        let json = r#"{"failures": [{"id": "string", "message": "string"}], "successes": ["string"]}"#;
        let response: ChangeApiTokensStatusResponse = serde_json::from_str(json).unwrap();
        assert_eq!(response.successes, [TokenId::from("string")]);
        assert_eq!(response.failures[0].id, TokenId::from("string"));
        assert_eq!(response.failures[0].message, "string");
        assert_eq!(
            serde_json::from_str::<ChangeApiTokensStatusResponse>("{}").unwrap(),
            ChangeApiTokensStatusResponse::default()
        );
    }

    #[test]
    fn the_documented_error_decodes() {
        let json = r#"{
            "cspErrorCode": "a", "errorCode": "b", "message": "c", "moduleCode": 0, "requestId": "d", "statusCode": 0
        }"#;
        let error: CspErrorResponse = serde_json::from_str(json).unwrap();
        assert_eq!(
            [ApiError::code(&error), ApiError::message(&error), ApiError::request_id(&error)],
            [Some("a".into()), Some("c".into()), Some("d".into())]
        );
        assert_eq!((error.module_code, error.status_code), (Some(0), Some(0)));
        assert_eq!(error.error_code.as_deref(), Some("b"));
    }

    #[test]
    fn an_error_without_fields_decodes() {
        let error: CspErrorResponse = serde_json::from_str(r#"{"message": null, "more": 1}"#).unwrap();
        assert_eq!(error, CspErrorResponse::default());
    }
}
