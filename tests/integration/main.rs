//! Tests over a real socket, or of more than one crate: one binary, one module an area.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests, helpers included")]

mod fake;
