//! Requests that are signed for each attempt and each poll, against a server that verifies every signature: a shared key (`hmac.rs`),
//! and proofs of possession (`dpop.rs`). `aws.rs` beside this folder signs for AWS.
#![allow(clippy::unwrap_used, reason = "tests, helpers included")]

mod dpop;
mod hmac;
mod server;
