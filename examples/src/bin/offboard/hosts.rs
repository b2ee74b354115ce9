//! Clients of the vendors, with the operations that `offboard` calls.

use anyhow::{Context, Result, anyhow};
use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Client, Plan};
use bulk_endpoint_api_defs::csp::{
    ChangeApiTokensStatusResponse, CspErrorResponse, OrgApiTokens, OrgApiTokensClient, OrgId, TokenId,
};
use bulk_endpoint_api_defs::sailpoint::{
    BulkItemResponse, IdentityAccounts, IdentityAccountsClient, IdentityAccountsV1, IdentityAccountsV1Client,
    IdentityId, SailPointError,
};
use bulk_endpoint_cli::parts::{Done, ItemSource, Items, Shared, Task, check_encryption, environment_token, work};

use crate::args::{Args, CspTarget, SailPointTarget, Targets};
use crate::leavers::Leavers;

fn disable() -> Task {
    Task::new("sailpoint", "disable")
}

fn deactivate() -> Task {
    Task::new("csp", "deactivate")
}

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
            hosts.add_sailpoint(target, Some(environment_token("SAILPOINT_TOKEN")?), args)?;
        }
        if let Some(target) = &targets.csp {
            hosts.add_csp(target, Some(environment_token("CSP_TOKEN")?), args)?;
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

    /// Returns what the report says was asked for.
    pub(crate) fn describe(&self) -> Vec<(String, String)> {
        let disable = self.disable.as_ref().map(|bulk| (disable().to_string(), format!("{bulk:?}")));
        let deactivate = self.deactivate.as_ref().map(|bulk| (deactivate().to_string(), format!("{bulk:?}")));
        disable.into_iter().chain(deactivate).collect()
    }

    /// Returns the requests that would be sent.
    pub(crate) fn plans(&self, leavers: &Leavers) -> Result<Vec<(Task, Plan)>> {
        let mut plans = Vec::new();
        if let Some(bulk) = &self.disable {
            plans.push((disable(), plan(bulk, leavers.identities()?)?));
        }
        if let Some(bulk) = &self.deactivate {
            plans.push((deactivate(), plan(bulk, leavers.tokens()?)?));
        }
        Ok(plans)
    }

    /// Sends all requests, to both vendors concurrently.
    pub(crate) async fn work(&self, leavers: &Leavers, shared: &Shared<'_>) -> Result<Vec<Done>> {
        let disable = async {
            let (task, Some(bulk)) = (disable(), &self.disable) else { return Ok(None) };
            work(&task, bulk, IdentityAccountsClient::DISABLE.spec(), leavers.identities()?, shared).await.map(Some)
        };
        let deactivate = async {
            let (task, Some(bulk)) = (deactivate(), &self.deactivate) else { return Ok(None) };
            work(&task, bulk, OrgApiTokensClient::DEACTIVATE.spec(), leavers.tokens()?, shared).await.map(Some)
        };
        let (disabled, deactivated) = tokio::join!(disable, deactivate);
        Ok(disabled?.into_iter().chain(deactivated?).collect())
    }
}

fn plan<T: BulkItem, R: BulkReply, E: ApiError>(bulk: &Bulk<T, R, E>, ids: Items<T>) -> Result<Plan> {
    ItemSource::from(ids).plan(bulk, usize::MAX).map(|(plan, _)| plan)
}

fn client(vendor: &str, url: &str, token: Option<String>, args: &Args) -> Result<Client> {
    let mut builder = Client::builder(url).timeout(args.timeout);
    let has_token = token.is_some();
    if let Some(token) = token {
        builder = builder.bearer(token);
    }
    // The error's text contains its source.
    let client = builder.build().map_err(|error| anyhow!("--{vendor}-url: {error}"))?;
    if has_token {
        check_encryption(&client, args.insecure_http).with_context(|| format!("--{vendor}-url"))?;
    }
    Ok(client)
}
