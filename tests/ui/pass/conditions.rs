//! `#[cfg]` and `#[deprecated]` reach what is made of a method; docs stay.
#![deny(missing_docs, warnings, unreachable_pub)]
// rustc asks for a declaration of `absent` in a Cargo.toml that these cases do not have.
#![allow(unexpected_cfgs)]

use bulk_endpoint::{Bulk, bulk_api};

/// Tokens.
#[bulk_api]
pub(crate) trait Tokens {
    /// There.
    #[cfg(not(absent))]
    #[post("/there")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn there(&self) -> Bulk<String>;

    /// Not there: its type does not even exist.
    #[cfg(absent)]
    #[post("/gone")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn gone(&self, what: NoSuchType) -> Bulk<NoSuchType>;

    /// Two of a name, never both.
    #[cfg(absent)]
    #[post("/one")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn either(&self) -> Bulk<u8>;

    /// The other.
    #[cfg(not(absent))]
    #[post("/two")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn either(&self) -> Bulk<u8>;

    /// Old.
    #[deprecated = "use `there`"]
    #[post("/old")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn old(&self) -> Bulk<String>;
}

/// A whole trait that is old.
#[deprecated]
#[bulk_api]
pub(crate) trait Old {
    /// There.
    #[post("/there")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn there(&self) -> Bulk<String>;
}

fn main() {
    assert_eq!(TokensClient::ENDPOINTS.len(), 3);
    #[allow(deprecated)]
    let _ = (TokensClient::OLD, OldClient::THERE);
}
