//! The contract of a journal, called directly: the rules of `bulk_endpoint::journal`.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests, helpers included; nobody outside sees them")]

mod rules;
mod support;
