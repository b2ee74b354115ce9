//! The leavers: from a file, or generated.

use anyhow::Result;
use bulk_endpoint_api_defs::csp::TokenId;
use bulk_endpoint_api_defs::sailpoint::IdentityId;
use bulk_endpoint_cli::parts::Items;

use crate::input::Input;
use crate::sample::Sample;

/// Where the ids come from. They are read one at a time, so that memory does not grow with their number.
#[derive(Debug)]
pub(crate) enum Leavers {
    File(Input),
    Sample(Sample),
}

impl Leavers {
    /// Reads the ids for SailPoint.
    pub(crate) fn identities(&self) -> Result<Items<IdentityId>> {
        match self {
            Leavers::File(input) => input.identities(),
            Leavers::Sample(sample) => Ok(sample.identities()),
        }
    }

    /// Reads the ids for CSP.
    pub(crate) fn tokens(&self) -> Result<Items<TokenId>> {
        match self {
            Leavers::File(input) => input.tokens(),
            Leavers::Sample(sample) => Ok(sample.tokens()),
        }
    }
}
