//! All that rustc can be asked to deny of a crate whose documentation is whole.
#![deny(warnings, missing_docs, missing_debug_implementations, missing_copy_implementations, unreachable_pub)]
#![deny(future_incompatible, nonstandard_style, rust_2018_idioms, unused, let_underscore)]
#![deny(single_use_lifetimes, trivial_casts, trivial_numeric_casts, unused_lifetimes, unused_qualifications)]
#![deny(unused_import_braces, unused_results, variant_size_differences, meta_variable_misuse, non_ascii_idents)]
#![deny(explicit_outlives_requirements, redundant_lifetimes, unit_bindings, unused_extern_crates)]
#![forbid(unsafe_code)]

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, Status, bulk_api};
use serde::{Deserialize, Serialize};

/// A token.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
pub struct TokenId(String);

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ItemReply)]
pub struct Failure {
    /// Which.
    #[bulk(key)]
    pub id: TokenId,
    /// Why.
    #[bulk(message)]
    pub message: Option<String>,
}

/// What became of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, BulkReply)]
pub struct Answer {
    /// Done.
    #[bulk(succeeded)]
    pub done: Vec<TokenId>,
    /// Not done.
    #[bulk(failed)]
    pub failed: Vec<Failure>,
}

/// Whether it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Status)]
pub enum State {
    /// It is.
    #[bulk(succeeded)]
    Done,
    /// It is not.
    #[bulk(failed)]
    Failed,
}

/// What became of one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ItemReply)]
pub struct Result {
    /// Which.
    #[bulk(key)]
    pub id: TokenId,
    /// How it ended.
    #[bulk(status)]
    pub state: State,
}

/// Nothing was done.
#[derive(Debug, ApiError)]
pub enum Refused {
    /// What was asked for makes no sense.
    #[bulk(on(400))]
    Invalid {
        /// Why.
        #[bulk(message)]
        text: String,
    },
    /// There is none.
    #[bulk(on(404))]
    Missing,
}

/// Tokens.
#[bulk_api]
pub trait Tokens {
    /// Deactivates.
    #[post("/orgs/{id}")]
    #[bulk_endpoint(max = 15, partial = true, idempotent = true, rate = "10/1s")]
    fn deactivate(&self, id: u8, #[query] dry_run: Option<bool>) -> Bulk<TokenId, Answer, Refused>;

    /// Activates.
    #[post("/orgs/{id}/activate")]
    #[bulk_endpoint(max = 15, partial = true, idempotent = true)]
    fn activate(&self, id: u8) -> Bulk<TokenId, Vec<Result>, Refused>;
}

fn main() {
    assert_eq!(TokensClient::ENDPOINTS.len(), 2);
}
