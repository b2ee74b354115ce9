//! Clients of the vendors, with the operations that `offboard` calls.

use std::env::VarError;

use anyhow::{Result, anyhow, bail};
use bulk_endpoint::{Bulk, Client, Plan};
use bulk_endpoint_api_defs::csp::{
    ChangeApiTokensStatusResponse, CspErrorResponse, OrgApiTokens, OrgApiTokensClient, OrgId, TokenId,
};
use bulk_endpoint_api_defs::sailpoint::{
    BulkItemResponse, IdentityAccounts, IdentityAccountsClient, IdentityAccountsV1, IdentityAccountsV1Client,
    IdentityId, SailPointError,
};

use crate::args::{Args, CspTarget, SailPointTarget, Targets};
use crate::input::Leavers;
use crate::progress::Progress;
use crate::stop::Stop;
use crate::work::{Done, Task, work};

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
    pub(crate) fn plans(&self, leavers: &Leavers) -> Vec<(Task, Plan)> {
        let disable = self.disable.as_ref().map(|bulk| (DISABLE, bulk.plan(&leavers.identities)));
        let deactivate = self.deactivate.as_ref().map(|bulk| (DEACTIVATE, bulk.plan(&leavers.tokens)));
        disable.into_iter().chain(deactivate).collect()
    }

    /// Sends all requests, to both vendors concurrently.
    pub(crate) async fn work(&self, leavers: Leavers, args: &Args) -> Vec<Done> {
        let progress = Progress::new();
        let stop = Stop::on_ctrl_c(progress.clone());
        let Leavers { identities, tokens } = leavers;
        let disable = async {
            let bulk = self.disable.as_ref()?;
            Some(work(DISABLE, bulk, identities, args, &progress, &stop).await)
        };
        let deactivate = async {
            let bulk = self.deactivate.as_ref()?;
            Some(work(DEACTIVATE, bulk, tokens, args, &progress, &stop).await)
        };
        let (disabled, deactivated) = tokio::join!(disable, deactivate);
        disabled.into_iter().chain(deactivated).collect()
    }
}

fn client(vendor: &str, url: &str, token: Option<String>, args: &Args) -> Result<Client> {
    let mut builder = Client::builder(url).timeout(args.timeout);
    if let Some(token) = token {
        builder = builder.bearer(token);
    }
    // The error's text contains its source.
    builder.build().map_err(|error| anyhow!("--{vendor}-url: {error}"))
}

/// Returns a bearer token from the environment.
fn token(name: &str) -> Result<String> {
    match std::env::var(name) {
        Ok(token) if token.trim().is_empty() => {
            bail!("the environment variable {name} is empty; set it to the bearer token")
        }
        Ok(token) => Ok(token.trim().to_owned()),
        Err(VarError::NotPresent) => bail!("the environment variable {name} is not set; set it to the bearer token"),
        // The value is a secret, so the message does not contain it.
        Err(VarError::NotUnicode(_)) => {
            bail!("the environment variable {name} is not valid Unicode; set it to the bearer token, which is ASCII")
        }
    }
}
