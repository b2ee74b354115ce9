//! Code that takes `&dyn Trait` can be tested with a hand-written mock, without a server.
#![allow(clippy::print_stdout, reason = "a program for people")]

use bulk_endpoint::{Bulk, Outcome, OutcomeKind};
use bulk_endpoint_api_defs::csp::{
    ChangeApiTokensStatusResponse, CspErrorResponse, OrgApiTokens, OrgId, TokenFailure, TokenId,
};

type TokenBulk = Bulk<TokenId, ChangeApiTokensStatusResponse, CspErrorResponse>;

/// The code under test: deactivates tokens, and returns a line for each one that was not deactivated.
async fn revoke(tokens: &dyn OrgApiTokens, org: &OrgId, ids: &[TokenId]) -> Vec<String> {
    let report = tokens.deactivate(org).send(ids).await;
    report.rows().filter(|row| row.outcome != OutcomeKind::Succeeded).map(|row| row.to_string()).collect()
}

/// A mock with one organization. Tokens that start with `x` do not exist.
struct OneOrg(OrgId);

impl OrgApiTokens for OneOrg {
    fn activate(&self, org: &OrgId) -> TokenBulk {
        self.deactivate(org)
    }

    fn deactivate(&self, org: &OrgId) -> TokenBulk {
        let known = *org == self.0;
        Bulk::mock(move |id: &TokenId| {
            if !known {
                let message = Some("Organization with this identifier is not found.".into());
                Outcome::refused(404, CspErrorResponse { message, ..Default::default() })
            } else if id.as_ref().starts_with('x') {
                Outcome::failed(TokenFailure { id: id.clone(), message: "no such token".into() })
            } else {
                Outcome::succeeded()
            }
        })
    }
}

#[tokio::main]
async fn main() {
    let ids = ["a", "x1", "b"].map(TokenId::from);
    let mock = OneOrg(OrgId::from("ours"));
    for org in ["ours", "theirs"] {
        println!("{org}: {:?}", revoke(&mock, &OrgId::from(org), &ids).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_left_to_do_is_told() {
        let mock = OneOrg(OrgId::from("ours"));
        let ids = ["a", "x1"].map(TokenId::from);
        assert_eq!(revoke(&mock, &OrgId::from("ours"), &ids).await, ["x1: failed: no such token"]);
        assert_eq!(revoke(&mock, &OrgId::from("theirs"), &ids).await.len(), 2);
        assert!(revoke(&mock, &OrgId::from("ours"), &ids[..1]).await.is_empty());
    }
}
