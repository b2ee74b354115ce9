//! The settings of a fake server.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::value::RawValue;

use super::fault::Fault;
use super::request::FakeRequest;
use super::served::Serve;

/// The settings of a fake server.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) endpoints: Vec<Box<dyn Serve>>,
    pub(super) bearer: Option<SecretString>,
    pub(super) refusals: HashMap<u16, Box<RawValue>>,
    pub(super) hook: Option<Hook>,
    pub(super) latency: Duration,
    /// 0: a free one.
    pub(super) port: u16,
    pub(super) forgetful: bool,
}

/// The test's function that refuses single requests or injects faults.
pub(super) type Hook = Arc<dyn Fn(&FakeRequest) -> Option<Fault> + Send + Sync>;
