//! Fake servers of both vendors. They keep one bit for each id: whether it was applied.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bulk_endpoint::Outcome;
use bulk_endpoint::testing::{Fake, FakeEndpoint, FakeRequest, FakeServer, Refuse};
use bulk_endpoint_api_defs::csp::{CspErrorResponse, OrgApiTokensClient, TokenFailure, TokenId};
use bulk_endpoint_api_defs::sailpoint::{BulkItemResponse, IdentityAccountsClient, IdentityId, SailPointError};

use crate::args::{Args, CspTarget, SailPointTarget};
use crate::bits::Bits;
use crate::hosts::Hosts;
use crate::sample::{Sample, State, identity_number, state, token_number};

/// Both fake servers.
pub(crate) struct Fakes {
    sailpoint: FakeServer,
    csp: FakeServer,
    /// The identities that were disabled, by number.
    pub(crate) disabled: Arc<Bits>,
    /// The tokens that were deactivated, by number.
    pub(crate) deactivated: Arc<Bits>,
}

const SAILPOINT_TOKEN: &str = "a token for the fake SailPoint";
const CSP_TOKEN: &str = "a token for the fake CSP";

/// The latency of the fake servers.
const LATENCY: Duration = Duration::from_millis(20);

impl Fakes {
    /// Starts both servers.
    pub(crate) async fn start(sample: &Sample) -> Result<Self> {
        let [disabled, deactivated] = [(); 2].map(|()| Arc::new(Bits::new(sample.numbers())));
        Ok(Fakes {
            sailpoint: sailpoint(disabled.clone()).start().await.context("the fake SailPoint did not start")?,
            csp: csp(deactivated.clone()).start().await.context("the fake CSP did not start")?,
            disabled,
            deactivated,
        })
    }

    /// Returns clients of both servers.
    pub(crate) fn hosts(&self, args: &Args) -> Result<Hosts> {
        let sailpoint = SailPointTarget { url: self.sailpoint.url().into(), v1: false };
        let csp = CspTarget { url: self.csp.url().into(), org: "sample-org".into() };
        let mut hosts = Hosts::default();
        hosts.add_sailpoint(&sailpoint, Some(SAILPOINT_TOKEN.into()), args)?;
        hosts.add_csp(&csp, Some(CSP_TOKEN.into()), args)?;
        Ok(hosts)
    }
}

fn sailpoint(disabled: Arc<Bits>) -> Fake {
    let disable = FakeEndpoint::new(IdentityAccountsClient::DISABLE, move |id: &IdentityId| match state(&id.0) {
        // SailPoint accepts a task for any known identity, even if its account is disabled already.
        State::Active | State::Inactive => {
            disabled.set(identity_number(&id.0));
            Outcome::accepted()
        }
        State::Unknown => Outcome::failed(BulkItemResponse {
            id: id.clone(),
            status_code: 404,
            message: Some(format!("Referenced identity \"{id}\" was not found.")),
        }),
    });
    Fake::new()
        .bearer(SAILPOINT_TOKEN)
        .serve(disable.status(207))
        .refusal(401, SailPointError::Unauthorized { error: "JWT validation failed".into() })
        .refusal(429, SailPointError::RateLimited { message: " Rate Limit Exceeded ".into() })
        .on_request(|request| slow_down(request, 10))
        .latency(LATENCY)
        .forgetful()
}

fn csp(deactivated: Arc<Bits>) -> Fake {
    let deactivate = move |id: &TokenId| {
        let message = match state(&id.0) {
            State::Active => {
                deactivated.set(token_number(&id.0));
                return Outcome::succeeded();
            }
            State::Inactive => "The token is not active",
            State::Unknown => "The token was not found",
        };
        Outcome::failed(TokenFailure { id: id.clone(), message: message.into() })
    };
    Fake::new()
        .bearer(CSP_TOKEN)
        .endpoint(OrgApiTokensClient::DEACTIVATE, deactivate)
        .refusal(401, csp_error("The user is not authorized to use the API"))
        .refusal(429, csp_error("The user has sent too many requests"))
        .on_request(|request| slow_down(request, 40))
        .latency(LATENCY)
        .forgetful()
}

/// Refuses one in `every` of the first requests with a 429 and a delay of a second.
fn slow_down(request: &FakeRequest, every: usize) -> Option<Refuse> {
    is_slowed_down(request.number, every).then(|| Refuse::new(429).header("Retry-After", "1"))
}

fn is_slowed_down(number: usize, every: usize) -> bool {
    number < 400 && number % every == every / 2
}

fn csp_error(message: &str) -> CspErrorResponse {
    CspErrorResponse { message: Some(message.into()), ..Default::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_the_first_requests_in_so_many_is_refused() {
        let refused = |every| (0..1_000).filter(|number| is_slowed_down(*number, every)).collect::<Vec<_>>();
        assert_eq!(refused(40), [20, 60, 100, 140, 180, 220, 260, 300, 340, 380]);
        assert_eq!((refused(10).len(), refused(10)[..2].to_vec(), refused(10)[39]), (40, vec![5, 15], 395));
    }
}
