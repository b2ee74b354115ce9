//! A user who depends on bulk-endpoint under another name needs only `crate = renamed`.

use renamed::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

/// A token.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
#[bulk(crate = renamed)]
pub struct TokenId(pub String);

/// A response.
#[derive(Deserialize, BulkReply)]
#[bulk(crate = renamed)]
pub struct Changed {
    /// The tokens that were changed.
    #[bulk(succeeded)]
    pub successes: Vec<TokenId>,
    /// The tokens that were not.
    #[bulk(failed)]
    pub failures: Vec<Failure>,
}

/// A token that was not changed.
#[derive(Deserialize, ItemReply)]
#[bulk(crate = renamed)]
pub struct Failure {
    /// The token.
    #[bulk(key)]
    pub id: TokenId,
    /// The reason.
    #[bulk(message)]
    pub message: String,
}

/// A refusal.
#[derive(Debug, ApiError)]
#[bulk(crate = renamed)]
pub enum Refusal {
    /// The request is invalid.
    #[bulk(on(400))]
    Bad {
        /// The error message.
        #[bulk(message)]
        message: String,
    },
}

/// Changes tokens.
#[bulk_api(crate = renamed)]
pub trait Tokens: Send + Sync {
    /// Deactivates them.
    #[post("/tokens/deactivate")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self) -> Bulk<TokenId, Changed, Refusal>;
}

#[cfg(test)]
mod tests {
    use renamed::Outcome;

    use super::*;

    #[test]
    fn a_mock_under_another_name() {
        struct Mock;
        impl Tokens for Mock {
            fn deactivate(&self) -> Bulk<TokenId, Changed, Refusal> {
                Bulk::mock(|_: &TokenId| Outcome::succeeded())
            }
        }
        let report = futures_util::FutureExt::now_or_never(Box::pin(async {
            Mock.deactivate().send([TokenId("a".into())]).await
        }));
        assert_eq!(report.map(|report| report.counters().succeeded), Some(1));
        assert_eq!(TokensClient::ENDPOINTS.len(), 1);
    }
}
