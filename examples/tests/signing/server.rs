//! A server that takes signed requests alone: it refuses the first one for now, then starts a job, which is done at the second poll.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bulk_endpoint::{Bulk, BulkReply, Client, ClientBuilder, ItemReply, Report, Status, bulk_api};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

#[bulk_api]
pub(crate) trait Devices: Send + Sync {
    #[post("/v1/orgs/{org}/devices:disable")]
    #[bulk_endpoint(max = 10, partial = true, idempotent = true, poll = "/v1/jobs/{job}")]
    fn disable(&self, org: &str, #[query] reason: &str) -> Bulk<String, Job>;
}

#[derive(Deserialize, BulkReply)]
pub(crate) struct Job {
    #[bulk(job)]
    id: String,
    #[bulk(status)]
    state: State,
    #[bulk(results)]
    #[serde(default)]
    devices: Vec<Disabled>,
}

#[derive(Deserialize, Status)]
#[serde(rename_all = "lowercase")]
enum State {
    #[bulk(pending)]
    Running,
    #[bulk(succeeded)]
    Done,
}

#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub(crate) struct Disabled {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
}

/// A request as the server received it.
pub(crate) type Received = Request<Bytes>;

/// Starts the server. `verify` returns why a signature is not right. Returns the base URL, and the requests whose signatures were right.
pub(crate) async fn serve(
    verify: impl Fn(&Received, &str) -> Result<(), String> + Send + Sync + 'static,
) -> (String, Arc<Mutex<Vec<Received>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (seen, verify, own) = (Arc::<Mutex<Vec<Received>>>::default(), Arc::new(verify), base.clone());
    let log = seen.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (log, verify, own) = (log.clone(), verify.clone(), own.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                let (log, verify, own) = (log.clone(), verify.clone(), own.clone());
                async move {
                    let (parts, body) = request.into_parts();
                    let request = Request::from_parts(parts, body.collect().await.unwrap().to_bytes());
                    Ok::<_, Infallible>(match verify(&request, &own) {
                        Ok(()) => answer(request, &mut log.lock().unwrap()),
                        Err(why) => response(StatusCode::UNAUTHORIZED, why),
                    })
                }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service));
        }
    });
    (base, seen)
}

fn answer(request: Received, seen: &mut Vec<Received>) -> Response<Full<Bytes>> {
    seen.push(request);
    let done = r#"{"id": "7", "state": "done", "devices": [{"id": "a", "status": 200}, {"id": "b", "status": 404}]}"#;
    match seen.len() {
        1 => response(StatusCode::SERVICE_UNAVAILABLE, String::new()),
        2 => response(StatusCode::ACCEPTED, r#"{"id": "7", "state": "running"}"#.to_owned()),
        3 => response(StatusCode::OK, r#"{"id": "7", "state": "running"}"#.to_owned()),
        _ => response(StatusCode::OK, done.to_owned()),
    }
}

fn response(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    // Polls follow each other at once.
    Response::builder().status(status).header("Retry-After", "0").body(Full::from(body)).unwrap()
}

/// The header of a request, empty if it has none.
pub(crate) fn header<'r>(request: &'r Received, name: &str) -> &'r str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Disables two devices.
pub(crate) async fn disable(base: &str, sign: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Report<String, Job, ()> {
    let client = sign(Client::builder(base)).build().unwrap();
    let ids = ["a", "b"].map(str::to_owned);
    DevicesClient::new(client).disable("org 1", "lost & found").send(ids).await
}

/// The methods and paths of the requests that were verified: the refused one, the retry, and two polls.
pub(crate) fn assert_all_were_signed(report: &Report<String, Job, ()>, seen: &[Received]) {
    assert_eq!((report.counters().succeeded, report.counters().failed), (1, 1), "{report}");
    let lines: Vec<String> = seen.iter().map(|request| format!("{} {}", request.method(), request.uri())).collect();
    let start = "POST /v1/orgs/org%201/devices:disable?reason=lost+%26+found";
    assert_eq!(lines, [start, start, "GET /v1/jobs/7", "GET /v1/jobs/7"]);
    assert_eq!(seen[0].body(), seen[1].body());
}
