//! An endpoint for tests, and a server that notes what it gets.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Client, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::server::{Request, Response, serve};

#[derive(Debug, Deserialize, BulkReply)]
pub(crate) struct Changed {
    #[bulk(succeeded)]
    #[serde(default)]
    successes: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    failures: Vec<NotChanged>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub(crate) struct NotChanged {
    #[bulk(key)]
    id: String,
    #[bulk(message)]
    message: String,
}

#[derive(Debug, Deserialize, ApiError)]
pub(crate) struct Refused {
    #[bulk(message)]
    message: String,
}

/// An item that is more than its key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub(crate) struct Setting {
    #[bulk(key)]
    pub(crate) name: String,
    pub(crate) value: u32,
}

#[derive(Debug, Deserialize, BulkReply)]
pub(crate) struct Stored {
    #[bulk(succeeded)]
    #[serde(default)]
    successes: Vec<String>,
}

#[bulk_api]
pub(crate) trait Tokens: Send + Sync {
    #[post("/orgs/{org}/put")]
    #[bulk_endpoint(max = 10, partial = true, idempotent = true)]
    fn put(&self, org: &str) -> Bulk<String, Changed, Refused>;

    #[post("/orgs/{org}/create")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn create(&self, org: &str) -> Bulk<String, Changed, Refused>;

    #[post("/settings")]
    #[bulk_endpoint(max = 10, partial = true, idempotent = true, items = "settings")]
    fn set(&self) -> Bulk<Setting, Stored, Refused>;
}

/// A server, and the requests that it got.
#[derive(Clone, Default)]
pub(crate) struct Vendor {
    requests: Arc<Mutex<Vec<Arrived>>>,
    hurries: Arc<AtomicBool>,
}

/// The path of a request, and the keys of its items.
pub(crate) type Arrived = (String, Vec<String>);

impl Vendor {
    /// Starts it. Its responses come after this time.
    pub(crate) fn start(delay: Duration) -> (Self, TokensClient) {
        let vendor = Vendor::default();
        let serving = vendor.clone();
        let url = serve(move |request| {
            let response = serving.respond(&request);
            let is_slow = response.body.contains("slow") && !serving.hurries.load(Ordering::Relaxed);
            std::thread::sleep(if is_slow { Duration::from_secs(5) } else { delay });
            Some(response)
        });
        (vendor, client(&url))
    }

    fn respond(&self, request: &Request) -> Response {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let items = body.get("ids").or_else(|| body.get("settings")).unwrap().as_array().unwrap();
        let key = |item: &Value| item.as_str().or_else(|| item["name"].as_str()).unwrap().to_owned();
        let keys: Vec<String> = items.iter().map(key).collect();
        let (bad, good): (Vec<&String>, Vec<&String>) = keys.iter().partition(|key| key.starts_with("bad"));
        let failures: Vec<Value> = bad.iter().map(|id| json!({"id": id, "message": "no such id"})).collect();
        let body = json!({"successes": good, "failures": failures});
        self.requests.lock().unwrap().push((request.path.clone(), keys));
        Response { status: 200, headers: "", body: body.to_string() }
    }

    /// The keys that came in more than one request.
    pub(crate) fn keys_sent_again(&self) -> Vec<String> {
        let keys = self.keys();
        let mut again: Vec<String> =
            keys.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
        again.dedup();
        again
    }

    /// Waits until this number of requests has arrived.
    pub(crate) async fn arrived(&self, requests: usize) {
        while self.requests().len() < requests {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// From now on ids with `slow` in them take no longer than others.
    pub(crate) fn hurry(&self) {
        self.hurries.store(true, Ordering::Relaxed);
    }

    /// All that it got.
    pub(crate) fn requests(&self) -> Vec<Arrived> {
        self.requests.lock().unwrap().clone()
    }

    /// The keys of all items that it got, sorted.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.requests().into_iter().flat_map(|(_, keys)| keys).collect();
        keys.sort();
        keys
    }
}

pub(crate) fn client(url: &str) -> TokensClient {
    TokensClient::new(Client::builder(url).timeout(Duration::from_secs(1)).build().unwrap())
}
