//! Declarations of real vendors' bulk endpoints for `bulk-endpoint`, one module for each vendor.
//!
//! ```no_run
//! use bulk_endpoint::Client;
//! use bulk_endpoint_api_defs::csp::{OrgApiTokens, OrgApiTokensClient, OrgId, TokenId};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder("https://console.cloud.vmware.com").bearer("a token").build()?;
//! let tokens = OrgApiTokensClient::new(client);
//! let report = tokens.deactivate(&OrgId::from("my-org")).send([TokenId::from("t-1")]).await;
//! println!("{report}");
//! # Ok(())
//! # }
//! ```
//!
//! `max = 15` is a limit that the vendor documents. `max = assumed(50)` is a choice of this crate, noted in the documentation of the
//! method or trait.

/// Declares an id: a newtype of an opaque string.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug,
            Clone,
            PartialEq,
            Eq,
            PartialOrd,
            Ord,
            Hash,
            ::serde::Serialize,
            ::serde::Deserialize,
            ::bulk_endpoint::BulkItem,
        )]
        pub struct $name(pub String);

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                $name(id)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                $name(id.to_owned())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

pub mod csp;
pub mod sailpoint;
