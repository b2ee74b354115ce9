//! `fakes`: fake servers of both vendors for trying `bulk`, until Ctrl-C.
//!
//! An id that contains `bad` fails. `--latency MS` delays each response, `--throttle N` refuses one request in N with a 429, `--lose N` sends no
//! response to one in N.
#![allow(clippy::print_stdout, reason = "it prints what to type")]

use std::time::Duration;

use anyhow::{Context, Result};
use bulk_endpoint::testing::{Fake, FakeEndpoint, FakeServer, Fault, Refuse};
use bulk_endpoint::{HttpStatus, Outcome};
use bulk_endpoint_api_defs::csp::{CspErrorResponse, OrgApiTokensClient, TokenFailure, TokenId};
use bulk_endpoint_api_defs::sailpoint::{
    AccessProfileRequestable, AccessProfileResult, AccessProfilesClient, BulkItemResponse, IdentityAccountsClient,
    IdentityId, SailPointError,
};
use clap::Parser;

/// Starts fake servers of CSP and SailPoint.
#[derive(Debug, Clone, Copy, Parser)]
struct Args {
    /// Delay of each response, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 50)]
    latency: u64,

    /// Refuse one request in N with a 429.
    #[arg(long, value_name = "N")]
    throttle: Option<usize>,

    /// Send no response to one request in N.
    #[arg(long, value_name = "N")]
    lose: Option<usize>,
}

/// The token that both servers accept.
const TOKEN: &str = "a-token";

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let csp = start(csp(), args).await?;
    let sailpoint = start(sailpoint(), args).await?;
    println!("export CSP_TOKEN={TOKEN} CSP_BASE_URL={}", csp.url());
    println!("export SAILPOINT_TOKEN={TOKEN} SAILPOINT_BASE_URL={}", sailpoint.url());
    println!("export SAILPOINT_V1_TOKEN={TOKEN} SAILPOINT_V1_BASE_URL={}", sailpoint.url());
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")
}

async fn start(fake: Fake, args: Args) -> Result<FakeServer> {
    let is_one_in =
        |number: usize, every: Option<usize>| every.is_some_and(|every| every > 0 && number % every == every - 1);
    let fault = move |number: usize| {
        if is_one_in(number, args.throttle) {
            return Some(Fault::from(Refuse::new(429).header("Retry-After", "1")));
        }
        is_one_in(number, args.lose).then(|| Fault::reset().after_applying())
    };
    let fake = fake.bearer(TOKEN).latency(Duration::from_millis(args.latency)).forgetful();
    fake.on_request(move |request| fault(request.number)).start().await.context("a fake server did not start")
}

fn csp() -> Fake {
    let change = |id: &TokenId| {
        if id.as_ref().contains("bad") {
            return Outcome::failed(TokenFailure { id: id.clone(), message: "The token was not found".into() });
        }
        Outcome::succeeded()
    };
    let error = |message: &str| CspErrorResponse { message: Some(message.into()), ..Default::default() };
    Fake::new()
        .endpoint(OrgApiTokensClient::ACTIVATE, change)
        .endpoint(OrgApiTokensClient::DEACTIVATE, change)
        .refusal(401, error("The user is not authorized to use the API"))
        .refusal(429, error("The user has sent too many requests"))
}

fn sailpoint() -> Fake {
    let accept = |id: &IdentityId| {
        if id.as_ref().contains("bad") {
            let message = Some(format!("Referenced identity \"{id}\" was not found."));
            return Outcome::failed(BulkItemResponse { id: id.clone(), status_code: 404, message });
        }
        Outcome::accepted()
    };
    let update = |item: &AccessProfileRequestable| {
        if item.id.as_ref().contains("bad") {
            let description = Some("no such access profile".to_owned());
            let (id, status) = (item.id.clone(), HttpStatus(404));
            return Outcome::failed(AccessProfileResult { id, status, requestable: None, description });
        }
        Outcome::succeeded()
    };
    Fake::new()
        .serve(FakeEndpoint::new(IdentityAccountsClient::ENABLE, accept).status(207))
        .serve(FakeEndpoint::new(IdentityAccountsClient::DISABLE, accept).status(207))
        .endpoint(AccessProfilesClient::BULK_UPDATE_REQUESTABLE, update)
        .refusal(401, SailPointError::Unauthorized { error: "JWT validation failed".into() })
        .refusal(429, SailPointError::RateLimited { message: " Rate Limit Exceeded ".into() })
}
