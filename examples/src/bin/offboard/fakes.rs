//! Fake servers of both vendors, with the state of the generated leavers.

use std::time::Duration;

use anyhow::{Context, Result};
use bulk_endpoint::Outcome;
use bulk_endpoint::testing::{Fake, FakeEndpoint, FakeRequest, FakeServer, Refuse};
use bulk_endpoint_api_defs::csp::{CspErrorResponse, OrgApiTokensClient, TokenFailure, TokenId};
use bulk_endpoint_api_defs::sailpoint::{BulkItemResponse, IdentityAccountsClient, IdentityId, SailPointError};

use crate::args::{Args, CspTarget, SailPointTarget};
use crate::hosts::Hosts;
use crate::sample::{Sample, State};

/// Both fake servers.
pub(crate) struct Fakes {
    sailpoint: FakeServer,
    csp: FakeServer,
}

const SAILPOINT_TOKEN: &str = "a token for the fake SailPoint";
const CSP_TOKEN: &str = "a token for the fake CSP";

/// The latency of the fake servers.
const LATENCY: Duration = Duration::from_millis(20);

impl Fakes {
    /// Starts both servers.
    pub(crate) async fn start(sample: &Sample) -> Result<Self> {
        let (identities, tokens) = (sample.identities(), sample.tokens());
        let disable = FakeEndpoint::new(IdentityAccountsClient::DISABLE, move |id: &IdentityId| {
            match identities.get(id).unwrap_or(&State::Unknown) {
                // SailPoint accepts a task for any known identity, even if its account is disabled already.
                State::Active | State::Inactive => Outcome::accepted(),
                State::Unknown => Outcome::failed(BulkItemResponse {
                    id: id.clone(),
                    status_code: 404,
                    message: Some(format!("Referenced identity \"{id}\" was not found.")),
                }),
            }
        });
        let sailpoint = Fake::new()
            .bearer(SAILPOINT_TOKEN)
            .serve(disable.status(207))
            .refusal(401, SailPointError::Unauthorized { error: "JWT validation failed".into() })
            .refusal(429, SailPointError::RateLimited { message: " Rate Limit Exceeded ".into() })
            .on_request(|request| slow_down(request, 10))
            .latency(LATENCY);
        let csp = Fake::new()
            .bearer(CSP_TOKEN)
            .endpoint(OrgApiTokensClient::DEACTIVATE, move |id: &TokenId| {
                let message = match tokens.get(id).unwrap_or(&State::Unknown) {
                    State::Active => return Outcome::succeeded(),
                    State::Inactive => "The token is not active",
                    State::Unknown => "The token was not found",
                };
                Outcome::failed(TokenFailure { id: id.clone(), message: message.into() })
            })
            .refusal(401, csp_error("The user is not authorized to use the API"))
            .refusal(429, csp_error("The user has sent too many requests"))
            .on_request(|request| slow_down(request, 40))
            .latency(LATENCY);
        Ok(Fakes {
            sailpoint: sailpoint.start().await.context("the fake SailPoint did not start")?,
            csp: csp.start().await.context("the fake CSP did not start")?,
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

    /// Returns the identities that were disabled, duplicates included.
    pub(crate) fn disabled(&self) -> Vec<String> {
        let ids = self.sailpoint.applied(IdentityAccountsClient::DISABLE);
        ids.into_iter().map(|id| id.0).collect()
    }

    /// Returns the tokens that were deactivated, duplicates included.
    pub(crate) fn deactivated(&self) -> Vec<String> {
        let ids = self.csp.applied(OrgApiTokensClient::DEACTIVATE);
        ids.into_iter().map(|id| id.0).collect()
    }
}

/// Refuses one in `every` requests with a 429 and a delay of a second.
fn slow_down(request: &FakeRequest, every: usize) -> Option<Refuse> {
    (request.number % every == every / 2).then(|| Refuse::new(429).header("Retry-After", "1"))
}

fn csp_error(message: &str) -> CspErrorResponse {
    CspErrorResponse { message: Some(message.into()), ..Default::default() }
}
