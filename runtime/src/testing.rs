//! Tests without a vendor: a scripted transport in virtual time, and a fake server generated from the declaration (feature `fake`).
//!
//! A test that needs no requests uses [`Bulk::mock`](crate::Bulk::mock). A test of a declaration judges the responses that the vendor
//! documents, with [`Endpoint::judge`](crate::Endpoint::judge).

pub use crate::client::transport::{Script, ScriptedTransport};
#[cfg(feature = "fake")]
pub use crate::fake::{Exchange, Fake, FakeEndpoint, FakeError, FakeRequest, FakeServer, Fault, Refuse, Servable};
pub use crate::run::{Judgement, NextStep, assigned_id};
