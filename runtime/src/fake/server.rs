//! The running server: its socket, its exchanges, and its memory.
//!
//! A request goes through `handle` (one exchange) → `carry_out` → `judge` (checks) → `Serve::process` (the outcomes of its items) →
//! `deliver` (its response, or the fault). `wire` applies faults to sockets, `body` to bodies.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use hyper::body::Incoming;
use serde::Serialize;
use serde_json::value::to_raw_value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::body::{self, Course, ResponseBody};
use super::error::FakeError;
use super::fault::{Fault, FaultKind};
use super::items::{RequestItem, items_of};
use super::refuse::Refuse;
use super::request::{Exchange, FakeRequest};
use super::response::Written;
use super::served::{FakeEndpoint, Servable};
use super::settings::Settings;
use super::wire::{NoResponse, Wire};
use super::{judge, listen, request};
use crate::declare::JSON;
use crate::item::BulkItem;
use crate::run::Endpoint;

/// A running [`Fake`](super::Fake).
///
/// Dropping it shuts the server down: it accepts no more connections, closes idle ones at once, and the others after their responses.
pub struct FakeServer {
    url: String,
    shared: Arc<ServerState>,
    /// The server stops when this is dropped.
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

struct ServerState {
    settings: Settings,
    requests: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    most_items: AtomicUsize,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    exchanges: Vec<Exchange>,
    /// The applied items of each endpoint, by its index.
    applied: HashMap<usize, Vec<RequestItem<'static>>>,
    /// The number of applied items.
    applied_count: usize,
}

pub(super) async fn start(settings: Settings) -> Result<FakeServer, FakeError> {
    let listener = TcpListener::bind(("127.0.0.1", settings.port)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let shared = Arc::new(ServerState {
        settings,
        requests: AtomicUsize::new(0),
        in_flight: AtomicUsize::new(0),
        most_in_flight: AtomicUsize::new(0),
        most_items: AtomicUsize::new(0),
        memory: Mutex::default(),
    });
    let (stop, stopped) = watch::channel(());
    let state = shared.clone();
    let task =
        tokio::spawn(listen::serve(listener, stopped, move |wire, request| handle(state.clone(), wire, request)));
    Ok(FakeServer { url, shared, stop, task })
}

impl FakeServer {
    /// Returns the base URL, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the keys of the items that an endpoint applied, in order, duplicates included.
    ///
    /// # Panics
    /// If the fake does not serve the endpoint, or is [`forgetful`](super::Fake::forgetful).
    pub fn applied<B: Servable>(&self, endpoint: Endpoint<B>) -> Vec<<B::Item as BulkItem>::Key> {
        let items = self.applied_items(endpoint);
        items.iter().map(|item| item.key().into_owned()).collect()
    }

    /// Returns the items that an endpoint applied, in order, duplicates included.
    ///
    /// # Panics
    /// If the fake does not serve the endpoint, or is [`forgetful`](super::Fake::forgetful).
    pub fn applied_items<B: Servable>(&self, endpoint: Endpoint<B>) -> Vec<B::Item> {
        let spec = endpoint.spec();
        let endpoints = &self.shared.settings.endpoints;
        let index = endpoints.iter().position(|served| served.spec() == spec);
        let Some(index) = index else {
            panic!("this fake does not serve `{}`", spec.name);
        };
        assert!(!self.shared.settings.forgetful, "this fake is forgetful: it does not record the applied items");
        let memory = self.shared.memory();
        let items = memory.applied.get(&index).map_or(&[][..], Vec::as_slice);
        let served = endpoints[index].as_any().downcast_ref::<FakeEndpoint<B>>();
        let Some(served) = served else {
            panic!("`{}` is served with other types", spec.name);
        };
        match items.iter().map(|item| served.read(item)).collect() {
            Ok(items) => items,
            // They decoded when the request came.
            Err(error) => panic!("an item decodes only once: {error}"),
        }
    }

    /// Returns the number of items that all endpoints applied.
    pub fn applied_count(&self) -> usize {
        self.shared.memory().applied_count
    }

    /// Returns the requests with their responses, in the order of the responses.
    ///
    /// # Panics
    /// If the fake is [`forgetful`](super::Fake::forgetful).
    pub fn requests(&self) -> Vec<Exchange> {
        assert!(
            !self.shared.settings.forgetful,
            "this fake is forgetful: it records only the number of requests (`request_count`)"
        );
        self.shared.memory().exchanges.clone()
    }

    /// Returns the number of requests.
    pub fn request_count(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// Returns the largest number of items in a request, refused ones included.
    pub fn most_items(&self) -> usize {
        self.shared.most_items.load(Ordering::SeqCst)
    }

    /// Returns the largest number of requests in flight at once.
    pub fn most_in_flight(&self) -> usize {
        self.shared.most_in_flight.load(Ordering::SeqCst)
    }

    /// Shuts the server down, and returns when its last response is sent.
    pub async fn stop(self) {
        drop(self.stop);
        // An `Err` means that the runtime has ended, and the server with it.
        let _ = self.task.await;
    }
}

impl fmt::Debug for FakeServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeServer")
            .field("url", &self.url)
            .field("requests", &self.request_count())
            .finish_non_exhaustive()
    }
}

impl ServerState {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        // A panic cannot leave the data inconsistent, so a poisoned lock is fine.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a request as in flight, until it is dropped.
struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// One exchange.
async fn handle(
    shared: Arc<ServerState>,
    wire: Arc<Wire>,
    request: http::Request<Incoming>,
) -> Result<Response<ResponseBody>, NoResponse> {
    let now = shared.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
    shared.most_in_flight.fetch_max(now, Ordering::SeqCst);
    let in_flight = InFlight(&shared.in_flight);
    let (parts, body) = request.into_parts();
    let Some(body) = body::read(body).await else {
        return Err("the connection broke before the request was whole".into());
    };
    let sent_bytes = body.len();
    let (body, damage) = body::decoded(&parts.headers, body);
    let fit = judge::find_endpoint(&shared.settings.endpoints, parts.uri.path(), parts.uri.query(), &parts.method);
    let endpoint = fit.as_ref().ok().copied();
    let spec = endpoint.map(|index| shared.settings.endpoints[index].spec());
    let path = parts.uri.path_and_query().map_or_else(|| parts.uri.to_string(), ToString::to_string);
    let mut seen = FakeRequest {
        number: shared.requests.fetch_add(1, Ordering::SeqCst),
        endpoint: spec.map(|spec| spec.name),
        method: parts.method,
        shown_path: request::shown_path(&path, spec),
        path,
        version: parts.version,
        headers: parts.headers,
        items: 0,
        body,
        sent_bytes,
    };
    seen.items = spec.and_then(|spec| items_of(&seen, spec.items).ok()).map_or(0, |items| items.len());
    if let Some(credential) = seen.headers.get_mut(AUTHORIZATION) {
        credential.set_sensitive(true);
    }
    shared.most_items.fetch_max(seen.items, Ordering::SeqCst);
    let (result, fault) = match (fit, damage) {
        (Ok(_), Some(why)) => (Err(Refuse::because(400, why)), None),
        (Ok(index), None) => carry_out(&shared, index, &seen),
        (Err(refuse), _) => (Err(refuse), None),
    };
    let (status, headers, body, complaint) = match result {
        Ok((status, Written { headers, body })) => (status, headers, body, None),
        Err(refuse) => refusal(&shared.settings, refuse),
    };
    if !shared.settings.forgetful {
        let exchange = Exchange { request: seen, status, fault: fault.clone(), complaint };
        shared.memory().exchanges.push(exchange);
    }
    if !shared.settings.latency.is_zero() {
        tokio::time::sleep(shared.settings.latency).await;
    }
    // Before the client can see that this request has ended and send the next.
    drop(in_flight);
    let course = deliver(fault.map(|fault| fault.kind), wire).await?;
    Ok(respond(status, headers, body, course))
}

/// Checks a request, carries it out, and records what was applied. Returns the response and the network fault.
fn carry_out(
    shared: &ServerState,
    index: usize,
    request: &FakeRequest,
) -> (Result<(u16, Written), Refuse>, Option<Fault>) {
    let settings = &shared.settings;
    if let Err(refuse) = judge::check_bearer(settings.bearer.as_ref(), &request.headers) {
        return (Err(refuse), None);
    }
    let fault = settings.hook.as_ref().and_then(|hook| hook(request));
    let processed = || process(shared, index, request);
    match fault {
        None => (processed(), None),
        Some(Fault { kind: FaultKind::Refuse(refuse), applies }) => {
            let before = if applies { processed().map(drop) } else { Ok(()) };
            (Err(before.err().unwrap_or(refuse)), None)
        }
        Some(fault) if fault.applies => (processed(), Some(fault)),
        Some(fault) => (Err(Refuse::because(503, "a network fault came first")), Some(fault)),
    }
}

fn process(shared: &ServerState, index: usize, request: &FakeRequest) -> Result<(u16, Written), Refuse> {
    let settings = &shared.settings;
    let endpoint = &settings.endpoints[index];
    judge::check_request(endpoint.spec(), request)?;
    let items = items_of(request, endpoint.spec().items).map_err(|why| Refuse::because(400, why))?;
    judge::check_items(endpoint.spec(), &items)?;
    let processed = endpoint.process(&items)?;
    let mut memory = shared.memory();
    memory.applied_count += processed.applied.len();
    if !settings.forgetful {
        let applied = processed.applied.iter().map(|&item| items[item].clone().into_owned());
        memory.applied.entry(index).or_default().extend(applied);
    }
    let written = processed.written.map_err(|why| Refuse::because(500, why))?;
    Ok((processed.status, written))
}

/// Applies a fault. Returns how the response's body is sent; `Err` if there is no response.
async fn deliver(fault: Option<FaultKind>, wire: Arc<Wire>) -> Result<Course, NoResponse> {
    match fault {
        None | Some(FaultKind::Refuse(_)) => return Ok(Course::WholeResponse),
        Some(FaultKind::Half(end)) => return Ok(Course::Half(end, wire)),
        Some(FaultKind::Drip(pause)) => return Ok(Course::Drip(pause)),
        Some(FaultKind::Late(delay)) => {
            tokio::time::sleep(delay).await;
            return Ok(Course::WholeResponse);
        }
        Some(FaultKind::GoAway) => {
            wire.retire();
            return Ok(Course::WholeResponse);
        }
        Some(FaultKind::RefuseStream) => return Err(h2::Error::from(h2::Reason::REFUSED_STREAM).into()),
        Some(FaultKind::Reset) => wire.reset(),
        Some(FaultKind::Close) => wire.close(),
        Some(FaultKind::Garbage) => wire.close_with(b"\x16\x03garbage, no HTTP\x00\r\n\r\n"),
    }
    Err("the test asked for no response".into())
}

/// The response to a refused request, and the reason.
fn refusal(settings: &Settings, refuse: Refuse) -> (u16, Vec<(HeaderName, HeaderValue)>, Bytes, Option<String>) {
    #[derive(Serialize)]
    struct RefusalMessage<'a> {
        message: &'a str,
    }
    let message = || to_raw_value(&RefusalMessage { message: &refuse.why }).ok();
    let supplied = || settings.refusals.get(&refuse.status).cloned();
    let body = refuse.body.clone().or_else(supplied).or_else(message);
    let body = body.map_or_else(Bytes::new, |body| String::from(Box::<str>::from(body)).into());
    (refuse.status, refuse.headers, body, Some(refuse.why))
}

fn respond(
    status: u16,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    course: Course,
) -> Response<ResponseBody> {
    let typed = !body.is_empty();
    let mut response = Response::new(ResponseBody::new(body, course));
    // Statuses of `Refuse` and `FakeEndpoint` are checked, but the status of an outcome can be any number.
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().extend(headers.into_iter().map(|(name, value)| (Some(name), value)));
    if typed {
        let json = HeaderValue::from_static(JSON);
        response.headers_mut().entry(CONTENT_TYPE).or_insert(json);
    }
    response
}
