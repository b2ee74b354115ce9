//! A program that is not asynchronous: it sends with the same declaration, and waits.
#![allow(clippy::print_stdout, reason = "a program for people")]

use anyhow::Context;
use bulk_endpoint::testing::Fake;
use bulk_endpoint::{Client, Outcome};
use bulk_endpoint_api_defs::csp::{OrgApiTokens, OrgApiTokensClient, OrgId, TokenFailure, TokenId};

fn main() -> anyhow::Result<()> {
    // Only the fake vendor needs a runtime. A real one is elsewhere.
    let vendor = tokio::runtime::Runtime::new().context("cannot start the runtime of the fake vendor")?;
    let fake = Fake::new().endpoint(OrgApiTokensClient::DEACTIVATE, |id: &TokenId| match id.as_ref() {
        "t7" => Outcome::failed(TokenFailure { id: id.clone(), message: "no such token".into() }),
        _ => Outcome::succeeded(),
    });
    let server = vendor.block_on(fake.start())?;

    let tokens = OrgApiTokensClient::new(Client::builder(server.url()).build()?);
    let org = OrgId::from("acme");
    let ids: Vec<TokenId> = (1..=40).map(|number| TokenId::from(format!("t{number}"))).collect();

    // The report, when all is done.
    let report = tokens.deactivate(&org).send(&ids[..20]).concurrency(2).call();
    println!("{report}");

    // Each outcome as it is known.
    let outcomes = tokens.deactivate(&org).send(&ids[20..]).call_outcomes();
    println!(
        "{} more succeeded",
        outcomes.filter(|settled| settled.row().to_string().ends_with(": succeeded")).count()
    );
    Ok(())
}
