//! What a fake server was set up with.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::value::RawValue;

use super::fault::Fault;
use super::request::FakeRequest;
use super::served::Serve;

/// What a fake server was set up with.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) endpoints: Vec<Box<dyn Serve>>,
    pub(super) bearer: Option<SecretString>,
    pub(super) refusals: HashMap<u16, Box<RawValue>>,
    pub(super) hook: Option<Hook>,
    pub(super) latency: Duration,
    pub(super) forgetful: bool,
}

/// What a test does to single requests.
pub(super) type Hook = Arc<dyn Fn(&FakeRequest) -> Option<Fault> + Send + Sync>;
