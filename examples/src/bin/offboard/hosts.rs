//! Clients of the vendors, with the operations that `offboard` calls.

use std::env::VarError;
use std::net::IpAddr;

use anyhow::{Context, Result, anyhow, bail};
use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Client, Plan};
use bulk_endpoint_api_defs::csp::{
    ChangeApiTokensStatusResponse, CspErrorResponse, OrgApiTokens, OrgApiTokensClient, OrgId, TokenId,
};
use bulk_endpoint_api_defs::sailpoint::{
    BulkItemResponse, IdentityAccounts, IdentityAccountsClient, IdentityAccountsV1, IdentityAccountsV1Client,
    IdentityId, SailPointError,
};

use crate::args::{Args, CspTarget, SailPointTarget, Targets};
use crate::ids::Ids;
use crate::leavers::Leavers;
use crate::terminal::warn;
use crate::work::{Done, Shared, Task, work};

const DISABLE: Task = Task { provider: "sailpoint", operation: "disable" };
const DEACTIVATE: Task = Task { provider: "csp", operation: "deactivate" };

/// The operations to call, one for each vendor.
#[derive(Default)]
pub(crate) struct Hosts {
    disable: Option<Bulk<IdentityId, Vec<BulkItemResponse>, SailPointError>>,
    deactivate: Option<Bulk<TokenId, ChangeApiTokensStatusResponse, CspErrorResponse>>,
}

impl Hosts {
    /// Creates clients with the tokens from the environment.
    pub(crate) fn connect(targets: &Targets, args: &Args) -> Result<Self> {
        let mut hosts = Hosts::default();
        if let Some(target) = &targets.sailpoint {
            hosts.add_sailpoint(target, Some(token("SAILPOINT_TOKEN")?), args)?;
        }
        if let Some(target) = &targets.csp {
            hosts.add_csp(target, Some(token("CSP_TOKEN")?), args)?;
        }
        Ok(hosts)
    }

    /// Creates clients without tokens, for plans.
    pub(crate) fn without_tokens(targets: &Targets, args: &Args) -> Result<Self> {
        let mut hosts = Hosts::default();
        if let Some(target) = &targets.sailpoint {
            hosts.add_sailpoint(target, None, args)?;
        }
        if let Some(target) = &targets.csp {
            hosts.add_csp(target, None, args)?;
        }
        Ok(hosts)
    }

    pub(crate) fn add_sailpoint(&mut self, target: &SailPointTarget, token: Option<String>, args: &Args) -> Result<()> {
        let client = client("sailpoint", &target.url, token, args)?;
        self.disable = Some(if target.v1 {
            IdentityAccountsV1Client::new(client).disable()
        } else {
            IdentityAccountsClient::new(client).disable()
        });
        Ok(())
    }

    pub(crate) fn add_csp(&mut self, target: &CspTarget, token: Option<String>, args: &Args) -> Result<()> {
        let client = client("csp", &target.url, token, args)?;
        let org = OrgId::from(target.org.as_str());
        self.deactivate = Some(OrgApiTokensClient::new(client).deactivate(&org));
        Ok(())
    }

    /// Returns the requests that would be sent.
    pub(crate) fn plans(&self, leavers: &Leavers) -> Result<Vec<(Task, Plan)>> {
        let mut plans = Vec::new();
        if let Some(bulk) = &self.disable {
            plans.push((DISABLE, plan(bulk, leavers.identities()?)?));
        }
        if let Some(bulk) = &self.deactivate {
            plans.push((DEACTIVATE, plan(bulk, leavers.tokens()?)?));
        }
        Ok(plans)
    }

    /// Sends all requests, to both vendors concurrently.
    pub(crate) async fn work(&self, leavers: &Leavers, shared: &Shared<'_>) -> Result<Vec<Done>> {
        let disable = async {
            let Some(bulk) = &self.disable else { return Ok(None) };
            work(DISABLE, bulk, leavers.identities()?, shared).await.map(Some)
        };
        let deactivate = async {
            let Some(bulk) = &self.deactivate else { return Ok(None) };
            work(DEACTIVATE, bulk, leavers.tokens()?, shared).await.map(Some)
        };
        let (disabled, deactivated) = tokio::join!(disable, deactivate);
        Ok(disabled?.into_iter().chain(deactivated?).collect())
    }
}

fn plan<T: BulkItem, R: BulkReply, E: ApiError>(bulk: &Bulk<T, R, E>, ids: Ids<T>) -> Result<Plan> {
    let mut error = None;
    let ids = ids.map_while(|id| id.map_err(|read| error = Some(read)).ok());
    let plan = bulk.plan_each(ids, drop);
    error.map_or(Ok(plan), Err)
}

fn client(vendor: &str, url: &str, token: Option<String>, args: &Args) -> Result<Client> {
    let mut builder = Client::builder(url).timeout(args.timeout);
    let has_token = token.is_some();
    if let Some(token) = token {
        builder = builder.bearer(token);
    }
    // The error's text contains its source.
    let client = builder.build().map_err(|error| anyhow!("--{vendor}-url: {error}"))?;
    if has_token && !is_private(&client) {
        warn(format_args!(
            "warning: --{vendor}-url: the bearer token is sent unencrypted to {}; use https",
            client.base_url().host_str().unwrap_or_default()
        ));
    }
    Ok(client)
}

/// Returns whether the requests are encrypted, or do not leave this machine.
fn is_private(client: &Client) -> bool {
    let url = client.base_url();
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    url.scheme() == "https" || is_local
}

/// Returns a bearer token from the environment. It may be given as the header has it, with `Bearer`, and end with a line break.
fn token(name: &str) -> Result<String> {
    let text = match std::env::var(name) {
        Ok(text) => text,
        Err(VarError::NotPresent) => bail!("the environment variable {name} is not set; set it to the bearer token"),
        // The value is a secret, so the message does not contain it.
        Err(VarError::NotUnicode(_)) => {
            bail!("the environment variable {name} is not valid Unicode; set it to the bearer token, which is ASCII")
        }
    };
    let mut words = text.split_whitespace().peekable();
    words.next_if(|word| word.eq_ignore_ascii_case("bearer"));
    let token = words
        .next()
        .with_context(|| format!("the environment variable {name} is empty; set it to the bearer token"))?;
    if words.next().is_some() {
        bail!("the environment variable {name} contains a space or a line break; set it to the bearer token alone");
    }
    Ok(token.to_owned())
}
