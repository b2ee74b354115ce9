//! The running server: its socket, its exchanges, and what it remembers.
//!
//! A request goes through `handle` (one exchange) → `carry_out` → `judge` (may it be carried out?) → `Serve::work` (what
//! becomes of its items) → `deliver` (its response, or what a fault leaves of it). What a fault does to a socket is done in `wire`,
//! what it does to a body in `body`.

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

use super::body::{self, AnswerBody, Course};
use super::error::FakeError;
use super::fault::{Fault, FaultKind};
use super::items::{Given, items_of};
use super::refuse::Refuse;
use super::request::{Exchange, FakeRequest};
use super::served::{FakeEndpoint, Servable};
use super::settings::Settings;
use super::wire::{NoAnswer, Wire};
use super::{judge, listen};
use crate::item::BulkItem;
use crate::run::Endpoint;

/// A running [`Fake`](super::Fake). Dropping it shuts the server down: it accepts no connection any more, closes those that are idle,
/// and the others after their answers.
pub struct FakeServer {
    url: String,
    shared: Arc<ServerState>,
    /// Dropped with the handle, which is what stops the server.
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
    /// The applied items of each endpoint, as they came.
    applied: HashMap<usize, Vec<Given<'static>>>,
    /// How many items were applied.
    applied_count: usize,
}

pub(super) async fn start(settings: Settings) -> Result<FakeServer, FakeError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
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
    let answering = shared.clone();
    let task =
        tokio::spawn(listen::serve(listener, stopped, move |wire, request| handle(answering.clone(), wire, request)));
    Ok(FakeServer { url, shared, stop, task })
}

impl FakeServer {
    /// Its base URL, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The keys of the items that an endpoint applied, in the order of their application, with repeats.
    ///
    /// # Panics
    /// If the fake does not serve the endpoint, or is [`forgetful`](super::Fake::forgetful).
    pub fn applied<B: Servable>(&self, endpoint: Endpoint<B>) -> Vec<<B::Item as BulkItem>::Key> {
        let items = self.applied_items(endpoint);
        items.iter().map(|item| item.key().into_owned()).collect()
    }

    /// The items that an endpoint applied, in the order of their application, with repeats.
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
        assert!(!self.shared.settings.forgetful, "this fake is forgetful: it does not know what it applied");
        let memory = self.shared.memory();
        let items = memory.applied.get(&index).map_or(&[][..], Vec::as_slice);
        let served = endpoints[index].as_any().downcast_ref::<FakeEndpoint<B>>();
        let Some(served) = served else {
            panic!("`{}` is served with other types", spec.name);
        };
        match items.iter().map(|item| served.read(item)).collect() {
            Ok(items) => items,
            // They decoded when they came.
            Err(error) => panic!("an item decodes only once: {error}"),
        }
    }

    /// How many items were applied, by all endpoints together.
    pub fn applied_count(&self) -> usize {
        self.shared.memory().applied_count
    }

    /// The requests, with the responses they got, in the order of their answers.
    ///
    /// # Panics
    /// If the fake is [`forgetful`](super::Fake::forgetful).
    pub fn requests(&self) -> Vec<Exchange> {
        assert!(
            !self.shared.settings.forgetful,
            "this fake is forgetful: it does not know its requests, only their number (`request_count`)"
        );
        self.shared.memory().exchanges.clone()
    }

    /// How many requests came.
    pub fn request_count(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// The most items that a request carried, those of refused requests included.
    pub fn most_items(&self) -> usize {
        self.shared.most_items.load(Ordering::SeqCst)
    }

    /// The most requests that waited for their answers at once.
    pub fn most_in_flight(&self) -> usize {
        self.shared.most_in_flight.load(Ordering::SeqCst)
    }

    /// Shuts the server down, and returns when its last answer is out.
    pub async fn stop(self) {
        drop(self.stop);
        // An `Err` here is the runtime's end, which ends the server too.
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
        // What is behind the lock is whole at every moment.
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
) -> Result<Response<AnswerBody>, NoAnswer> {
    let now = shared.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
    shared.most_in_flight.fetch_max(now, Ordering::SeqCst);
    let in_flight = InFlight(&shared.in_flight);
    let (parts, body) = request.into_parts();
    let Some(body) = body::read(body).await else {
        return Err("the connection broke before the request was whole".into());
    };
    let fit = judge::find_endpoint(&shared.settings.endpoints, parts.uri.path(), parts.uri.query(), &parts.method);
    let endpoint = fit.as_ref().ok().copied();
    let spec = endpoint.map(|index| shared.settings.endpoints[index].spec());
    let mut seen = FakeRequest {
        number: shared.requests.fetch_add(1, Ordering::SeqCst),
        endpoint: spec.map(|spec| spec.name),
        method: parts.method,
        path: parts.uri.path_and_query().map_or_else(|| parts.uri.to_string(), ToString::to_string),
        version: parts.version,
        headers: parts.headers,
        items: 0,
        body,
    };
    seen.items = spec.and_then(|spec| items_of(&seen, spec.items).ok()).map_or(0, |items| items.len());
    if let Some(credential) = seen.headers.get_mut(AUTHORIZATION) {
        credential.set_sensitive(true);
    }
    shared.most_items.fetch_max(seen.items, Ordering::SeqCst);
    let (result, fault) = match fit {
        Ok(index) => carry_out(&shared, index, &seen),
        Err(refuse) => (Err(refuse), None),
    };
    let (status, headers, body, complaint) = match result {
        Ok((status, body)) => (status, Vec::new(), body, None),
        Err(refuse) => refusal(&shared.settings, refuse),
    };
    if !shared.settings.forgetful {
        let exchange = Exchange { request: seen, status, fault: fault.clone(), complaint };
        shared.memory().exchanges.push(exchange);
    }
    if !shared.settings.latency.is_zero() {
        tokio::time::sleep(shared.settings.latency).await;
    }
    // Before the client can know that this one has ended, and send the next.
    drop(in_flight);
    let course = deliver(fault.map(|fault| fault.kind), wire).await?;
    Ok(respond(status, headers, body, course))
}

/// Judges a request, carries it out, and remembers what was applied. Gives the response, and the fault that it meets.
fn carry_out(
    shared: &ServerState,
    index: usize,
    request: &FakeRequest,
) -> (Result<(u16, Bytes), Refuse>, Option<Fault>) {
    let settings = &shared.settings;
    if let Err(refuse) = judge::check_bearer(settings.bearer.as_ref(), &request.headers) {
        return (Err(refuse), None);
    }
    let fault = settings.hook.as_ref().and_then(|hook| hook(request));
    let worked = || work(shared, index, request);
    match fault {
        None => (worked(), None),
        Some(Fault { kind: FaultKind::Refuse(refuse), applies }) => {
            let before = if applies { worked().map(drop) } else { Ok(()) };
            (Err(before.err().unwrap_or(refuse)), None)
        }
        Some(fault) if fault.applies => (worked(), Some(fault)),
        Some(fault) => (Err(Refuse::because(503, "a fault of the wire came first")), Some(fault)),
    }
}

fn work(shared: &ServerState, index: usize, request: &FakeRequest) -> Result<(u16, Bytes), Refuse> {
    let settings = &shared.settings;
    let endpoint = &settings.endpoints[index];
    judge::check_request(endpoint.spec(), request)?;
    let items = items_of(request, endpoint.spec().items).map_err(|why| Refuse::because(400, why))?;
    judge::check_items(endpoint.spec(), &items)?;
    let worked = endpoint.work(&items)?;
    let mut memory = shared.memory();
    memory.applied_count += worked.applied.len();
    if !settings.forgetful {
        let applied = worked.applied.iter().map(|&item| items[item].clone().into_owned());
        memory.applied.entry(index).or_default().extend(applied);
    }
    let answer = worked.body.map_err(|why| Refuse::because(500, why))?;
    Ok((worked.status, answer))
}

/// Lets a fault happen. Gives how the response's body goes out; an `Err` where there is no response.
async fn deliver(fault: Option<FaultKind>, wire: Arc<Wire>) -> Result<Course, NoAnswer> {
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
        Some(FaultKind::Garbage) => wire.say(b"\x16\x03garbage, no HTTP\x00\r\n\r\n"),
    }
    Err("the test asked for no response".into())
}

/// The response to a refused request, and why it is one.
fn refusal(settings: &Settings, refuse: Refuse) -> (u16, Vec<(HeaderName, HeaderValue)>, Bytes, Option<String>) {
    #[derive(Serialize)]
    struct Message<'a> {
        message: &'a str,
    }
    let message = || to_raw_value(&Message { message: &refuse.why }).ok();
    let supplied = || settings.refusals.get(&refuse.status).cloned();
    let body = refuse.body.clone().or_else(supplied).or_else(message);
    let body = body.map_or_else(Bytes::new, |body| String::from(Box::<str>::from(body)).into());
    (refuse.status, refuse.headers, body, Some(refuse.why))
}

fn respond(status: u16, headers: Vec<(HeaderName, HeaderValue)>, body: Bytes, course: Course) -> Response<AnswerBody> {
    let typed = !body.is_empty();
    let mut response = Response::new(AnswerBody::new(body, course));
    // Statuses are checked where tests give them; an outcome may still say anything.
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().extend(headers.into_iter().map(|(name, value)| (Some(name), value)));
    if typed {
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().entry(CONTENT_TYPE).or_insert(json);
    }
    response
}
