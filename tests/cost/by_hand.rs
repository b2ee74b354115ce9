//! The clients that the crate is compared with: the loop that people write, the same with care, and what the HTTP clients alone cost.

use std::collections::HashMap;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Method, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use reqwest::{Body, Client, Request, Url};
use serde::{Deserialize, Serialize};

use super::service::{Changed, Id};

/// The requests at once.
const CONCURRENCY: usize = 8;

/// A client that is not this crate's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByHand {
    /// reqwest, serde, `buffer_unordered`, and a map of the outcomes.
    Plain,
    /// The same with a parsed URL, borrowed texts, and outcomes by position.
    Tuned,
    /// reqwest alone: the bodies are made before, and responses are not read.
    Reqwest,
    /// hyper-util alone.
    Hyper,
}

impl ByHand {
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "hand" => ByHand::Plain,
            "tuned" => ByHand::Tuned,
            "prebuilt" => ByHand::Reqwest,
            "hyper" => ByHand::Hyper,
            _ => return None,
        })
    }

    /// Sends the ids in requests of `of` ids. Returns the number of requests, and of ids that are done.
    pub(crate) async fn send(self, base: &str, ids: Vec<Id>, of: usize) -> (usize, usize) {
        let url = format!("{base}/csp/gateway/am/api/orgs/7c4d9e2a/api-tokens/deactivate");
        let requests = ids.len().div_ceil(of);
        let done = match self {
            ByHand::Plain => plain(&url, &ids, of).await,
            ByHand::Tuned => tuned(&url, &ids, of).await,
            ByHand::Reqwest => reqwest_alone(&url, &ids, of).await,
            ByHand::Hyper => hyper_alone(&url, &ids, of).await,
        };
        (requests, done)
    }
}

#[derive(Serialize)]
struct Ids<'a> {
    ids: &'a [Id],
}

fn body_of(ids: &[Id]) -> Vec<u8> {
    serde_json::to_vec(&Ids { ids }).unwrap()
}

async fn plain(url: &str, ids: &[Id], of: usize) -> usize {
    let client = Client::new();
    let responses = stream::iter(ids.chunks(of)).map(|ids| {
        let request = client.post(url).header(header::CONTENT_TYPE, "application/json").body(body_of(ids));
        async move {
            let body = request.send().await?.error_for_status()?.bytes().await?;
            Ok::<_, reqwest::Error>(serde_json::from_slice::<Changed>(&body).unwrap())
        }
    });
    let mut responses = responses.buffer_unordered(CONCURRENCY);
    let mut outcomes: HashMap<Id, bool> = HashMap::new();
    while let Some(changed) = responses.next().await {
        let Changed { successes, failures } = changed.unwrap();
        outcomes.extend(successes.into_iter().map(|id| (id, true)));
        outcomes.extend(failures.into_iter().map(|failure| (failure.id, false)));
    }
    ids.iter().filter(|id| outcomes.get(id) == Some(&true)).count()
}

/// A response whose texts are those of its body.
#[derive(Deserialize)]
struct Borrowed<'a> {
    #[serde(borrow)]
    successes: Vec<&'a str>,
}

fn request(url: &Url, body: impl Into<Body>) -> Request {
    let mut request = Request::new(Method::POST, url.clone());
    request.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    *request.body_mut() = Some(body.into());
    request
}

async fn tuned(url: &str, ids: &[Id], of: usize) -> usize {
    let (client, url) = (Client::new(), Url::parse(url).unwrap());
    let responses = stream::iter(ids.chunks(of).enumerate()).map(|(at, ids)| {
        let sent = client.execute(request(&url, body_of(ids)));
        async move { Ok::<_, reqwest::Error>((at, ids, sent.await?.error_for_status()?.bytes().await?)) }
    });
    let mut responses = responses.buffer_unordered(CONCURRENCY);
    let mut is_done = vec![false; ids.len()];
    while let Some(response) = responses.next().await {
        let (at, ids, body) = response.unwrap();
        let Borrowed { successes } = serde_json::from_slice(&body).unwrap();
        for (near, id) in successes.into_iter().enumerate() {
            // The response usually has the order of the request.
            let is = |at: usize| ids.get(at).is_some_and(|own| own.0 == id);
            if let Some(place) = (near..ids.len()).chain(0..near).find(|place| is(*place)) {
                is_done[at * of + place] = true;
            }
        }
    }
    is_done.into_iter().filter(|is_done| *is_done).count()
}

async fn reqwest_alone(url: &str, ids: &[Id], of: usize) -> usize {
    let (client, url) = (Client::new(), Url::parse(url).unwrap());
    let body = Bytes::from(body_of(&ids[..of.min(ids.len())]));
    let responses = stream::iter(ids.chunks(of)).map(|ids| {
        let sent = client.execute(request(&url, body.clone()));
        async move { Ok::<_, reqwest::Error>((ids.len(), sent.await?.error_for_status()?.bytes().await?)) }
    });
    responses
        .buffer_unordered(CONCURRENCY)
        .map(|response| response.unwrap().0)
        .fold(0, |sum, of| async move { sum + of })
        .await
}

async fn hyper_alone(url: &str, ids: &[Id], of: usize) -> usize {
    let client = legacy::Client::builder(TokioExecutor::new()).build_http();
    let url: http::Uri = url.parse().unwrap();
    let body = Bytes::from(body_of(&ids[..of.min(ids.len())]));
    let responses = stream::iter(ids.chunks(of)).map(|ids| {
        let request = http::Request::post(url.clone()).header(header::CONTENT_TYPE, "application/json");
        let sent = client.request(request.body(Full::new(body.clone())).unwrap());
        async move {
            let response = sent.await.unwrap();
            assert!(response.status().is_success());
            let _ = response.into_body().collect().await.unwrap().to_bytes();
            ids.len()
        }
    });
    responses.buffer_unordered(CONCURRENCY).fold(0, |sum, of| async move { sum + of }).await
}
