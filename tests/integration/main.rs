//! Tests over a real socket, or of more than one crate: one binary, one module an area.
#![allow(missing_docs, unreachable_pub, reason = "nobody outside sees a test")]

mod answers;
mod fake;
mod requests;
mod runs;
mod support;
