//! VMware Cloud Services (CSP): the API tokens of an organization.
//!
//! The host is `https://console.cloud.vmware.com`. The bearer token must be an organization owner's: a user's, not that of a
//! service account.

use bulk_endpoint::{ApiError, Bulk, BulkReply, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

id! {
    /// The id of an organization, a GUID.
    OrgId
}

id! {
    /// The id of an API token. It names the token, and is not the token itself.
    TokenId
}

/// Turns the API tokens of an organization on and off.
///
/// Both operations take at most 15 tokens a request, and may do some and not others. The vendor does not say so, but they are
/// declared idempotent: a request names the state that a token is to have, so that the second of two equal requests finds
/// nothing to do. A 404 names the organization, so it stops the run.
#[bulk_api]
pub trait OrgApiTokens: Send + Sync {
    /// Activates tokens that were deactivated.
    ///
    /// [The vendor's page](https://developer.vmware.com/apis/csp/csp-iam/latest/csp/gateway/am/api/orgs/orgId/api-tokens/activate/post/)
    #[post("/csp/gateway/am/api/orgs/{orgId}/api-tokens/activate")]
    #[bulk_endpoint(max = 15, partial = true, idempotent = true, stop(404))]
    fn activate(&self, org_id: &OrgId) -> Bulk<TokenId, ChangeApiTokensStatusResponse, CspErrorResponse>;

    /// Deactivates tokens.
    ///
    /// [The vendor's page](https://developer.broadcom.com/xapis/tcsp-account-management/latest/csp/gateway/am/api/orgs/orgId/api-tokens/deactivate/post)
    #[post("/csp/gateway/am/api/orgs/{orgId}/api-tokens/deactivate")]
    #[bulk_endpoint(max = 15, partial = true, idempotent = true, stop(404))]
    fn deactivate(&self, org_id: &OrgId) -> Bulk<TokenId, ChangeApiTokensStatusResponse, CspErrorResponse>;
}

/// What became of the tokens of one request. The vendor documents both lists as optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, BulkReply)]
pub struct ChangeApiTokensStatusResponse {
    /// Those that have the state asked for.
    #[bulk(succeeded)]
    #[serde(default)]
    pub successes: Vec<TokenId>,
    /// Those that do not.
    #[bulk(failed)]
    #[serde(default)]
    pub failures: Vec<TokenFailure>,
}

/// A token that does not have the state asked for. There is no code, only a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
pub struct TokenFailure {
    /// The token.
    #[bulk(key)]
    pub id: TokenId,
    /// What the vendor says of it.
    #[bulk(message)]
    pub message: String,
}

/// The body of a refusal, whatever its status. Every field is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ApiError)]
#[serde(rename_all = "camelCase", default)]
pub struct CspErrorResponse {
    /// CSP's code.
    #[bulk(code)]
    pub csp_error_code: Option<String>,
    /// Another code.
    pub error_code: Option<String>,
    /// What went wrong.
    #[bulk(message)]
    pub message: Option<String>,
    /// A code of the vendor's module.
    pub module_code: Option<i32>,
    /// What the vendor's support asks for.
    #[bulk(request_id)]
    pub request_id: Option<String>,
    /// The HTTP status, again.
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
        let answer: ChangeApiTokensStatusResponse = serde_json::from_str(json).unwrap();
        assert_eq!(answer.successes, [TokenId::from("string")]);
        assert_eq!(answer.failures[0].id, TokenId::from("string"));
        assert_eq!(answer.failures[0].message, "string");
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
