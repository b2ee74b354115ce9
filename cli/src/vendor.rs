//! A vendor: its endpoints, its host, its credentials.

use std::fmt;

use bulk_endpoint::dynamic::{DynamicApi, DynamicEndpoint, DynamicItem, Visit};
use bulk_endpoint::{ApiError, Bulk, BulkReply};

use crate::command::Command;
use crate::fitting_runs::FittingRuns;
use crate::login::Login;
use crate::task::Task;

/// A vendor: a subcommand of a [`Program`](crate::Program), with a subcommand for each endpoint.
pub struct Vendor {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) base_url: Option<&'static str>,
    pub(crate) login: Option<Login>,
    pub(crate) endpoints: Vec<VendorEndpoint>,
}

/// An endpoint of a vendor.
pub(crate) struct VendorEndpoint {
    /// The name of its trait.
    pub(crate) api: &'static str,
    /// The documentation of its trait.
    pub(crate) api_docs: &'static str,
    prefix: Option<&'static str>,
    /// The name of its subcommand.
    pub(crate) name: String,
    pub(crate) command: Box<dyn Command>,
}

impl Vendor {
    /// A vendor without endpoints.
    ///
    /// The environment variables `<NAME>_TOKEN` and `<NAME>_BASE_URL` hold its bearer token and its base URL.
    pub fn new(name: &'static str) -> Self {
        Vendor { name, about: "", base_url: None, login: None, endpoints: Vec::new() }
    }

    /// Sets the help text.
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Sets the base URL. Default: none; the command line must then give one.
    pub fn base_url(mut self, url: &'static str) -> Self {
        self.base_url = Some(url);
        self
    }

    /// Sets how the vendor gives access tokens for a longer-lived secret. It is used where the environment has that secret, and the variable
    /// with the bearer token is not set.
    pub fn login(mut self, login: Login) -> Self {
        self.login = Some(login);
        self
    }

    /// Adds the endpoints of a trait with `#[bulk_api(dynamic)]`: those of its client `A`.
    ///
    /// A subcommand is named after the method. If another trait of the vendor has a method of the same name, the name of the trait comes
    /// before it.
    pub fn api<A: DynamicApi>(self) -> Self {
        self.with_api::<A>(None)
    }

    /// Adds the endpoints of a trait, with this text before the name of each: `tags` makes `tags-add` of `add`.
    pub fn api_as<A: DynamicApi>(self, prefix: &'static str) -> Self {
        self.with_api::<A>(Some(prefix))
    }

    fn with_api<A: DynamicApi>(mut self, prefix: Option<&'static str>) -> Self {
        A::visit(&mut Collector { api: A::NAME, api_docs: A::DOCS, prefix, endpoints: &mut self.endpoints });
        self.name_endpoints();
        self
    }

    fn name_endpoints(&mut self) {
        let own_name = |endpoint: &VendorEndpoint| {
            let prefix = endpoint.prefix.map(|prefix| format!("{prefix}-")).unwrap_or_default();
            format!("{prefix}{}", kebab(endpoint.command.spec().name))
        };
        let names: Vec<String> = self.endpoints.iter().map(own_name).collect();
        for (endpoint, name) in self.endpoints.iter_mut().zip(&names) {
            let is_shared = names.iter().filter(|other| *other == name).count() > 1;
            let prefix = if is_shared { format!("{}-", kebab(endpoint.api)) } else { String::new() };
            endpoint.name = format!("{prefix}{name}");
        }
    }

    /// Returns the endpoint whose subcommand has this name.
    pub(crate) fn endpoint(&self, name: &str) -> Option<&VendorEndpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.name == name)
    }

    /// The earlier runs whose items fit an endpoint of this vendor, if a program has these vendors.
    pub(crate) fn fitting_runs(&self, endpoint: &VendorEndpoint, vendors: &[Vendor]) -> FittingRuns {
        let all = vendors.iter().flat_map(|vendor| vendor.endpoints.iter().map(|endpoint| (vendor.name, endpoint)));
        let all = all.map(|(vendor, other)| (Task::new(vendor, &*other.name), other.command.id_type()));
        FittingRuns::among(all, self.name, endpoint.command.id_type())
    }

    /// The name of an environment variable: `CSP_TOKEN`.
    pub(crate) fn variable(&self, what: &str) -> String {
        format!("{}_{what}", self.name.to_uppercase().replace('-', "_"))
    }
}

struct Collector<'v> {
    api: &'static str,
    api_docs: &'static str,
    prefix: Option<&'static str>,
    endpoints: &'v mut Vec<VendorEndpoint>,
}

impl Visit for Collector<'_> {
    fn endpoint<T: DynamicItem, R: BulkReply, E: ApiError>(&mut self, endpoint: DynamicEndpoint<Bulk<T, R, E>>) {
        let Collector { api, api_docs, prefix, .. } = *self;
        let command: Box<dyn Command> = Box::new(endpoint);
        self.endpoints.push(VendorEndpoint { api, api_docs, prefix, name: String::new(), command });
    }
}

impl fmt::Debug for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
        f.debug_struct("Vendor").field("name", &self.name).field("endpoints", &names).finish_non_exhaustive()
    }
}

/// A Rust name as one of a command line: `org_id` and `OrgId` are `org-id`.
pub(crate) fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    let mut before = '-';
    for c in name.chars() {
        match c {
            '_' => kebab.push('-'),
            c if c.is_uppercase() && before != '-' && !before.is_uppercase() => {
                kebab.push('-');
                kebab.extend(c.to_lowercase());
            }
            c => kebab.extend(c.to_lowercase()),
        }
        before = if c == '_' { '-' } else { c };
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words_with_hyphens() {
        for (name, want) in [
            ("org_id", "org-id"),
            ("IdentityAccountsV1", "identity-accounts-v1"),
            ("type", "type"),
            ("bulk_update", "bulk-update"),
            ("CSP", "csp"),
        ] {
            assert_eq!(kebab(name), want);
        }
    }
}
