//! What a run was submitted for: the endpoint that its items are sent to, as text.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};
use bulk_endpoint::dynamic::Arguments;
use serde::{Deserialize, Serialize};

use crate::input::visible;
use crate::program::Program;
use crate::vendor::{Vendor, VendorEndpoint};

/// The arguments of a run, as the database has them. No credentials are in them: each worker has its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SubmittedCall {
    pub(crate) vendor: String,
    pub(crate) endpoint: String,
    pub(crate) base_url: String,
    /// The arguments of the method, by name, as they were written.
    pub(crate) arguments: BTreeMap<String, String>,
}

impl SubmittedCall {
    /// Reads what a run was submitted for.
    pub(crate) fn read(run: &str, arguments: &str) -> Result<Self> {
        serde_json::from_str(arguments).with_context(|| {
            format!("the run `{run}` was not submitted by a program like this one; use the one that submitted it")
        })
    }

    /// The endpoint, if this program has it.
    pub(crate) fn find<'p>(&self, program: &'p Program) -> Result<(&'p Vendor, &'p VendorEndpoint)> {
        let vendor = program.vendors.iter().find(|vendor| vendor.name == self.vendor);
        let found = vendor.and_then(|vendor| Some((vendor, vendor.endpoint(&self.endpoint)?)));
        found.with_context(|| {
            format!("expected an endpoint of {}, found {self}; use the program that submitted it", program.name)
        })
    }

    pub(crate) fn arguments(&self) -> Arguments {
        let written = self.arguments.iter();
        written.fold(Arguments::new(), |arguments, (name, text)| arguments.text(name.as_str(), text.clone()))
    }
}

impl fmt::Display for SubmittedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} at {}", self.vendor, self.endpoint, self.base_url)?;
        self.arguments.iter().try_for_each(|(name, value)| write!(f, ", {name} = {}", visible(value)))
    }
}
