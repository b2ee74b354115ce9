//! The server of the endpoint in a process of its own, so that its time and its memory do not count.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use bulk_endpoint::{Client, ClientBuilder};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::service::{Fate, Service};

/// The fewest bytes of a response. A shorter one is filled up with a field that no client reads, as vendors have many.
const BYTES: usize = 1024;

/// The process. It ends when this is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(fate: Fate) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut process = Command::new(program)
            .args(["serve", &format!("{fate:?}").to_lowercase()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts again");
        let mut url = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut url).unwrap();
        Server { process, url: url.trim().to_owned() }
    }

    pub(crate) fn client(&self) -> ClientBuilder {
        Client::builder(&self.url)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It serves until its input ends.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Serves until the input ends.
pub(crate) async fn serve(fate: Fate) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stdout = std::io::stdout();
    writeln!(stdout, "http://{}", listener.local_addr().unwrap()).unwrap();
    stdout.flush().unwrap();
    tokio::spawn(accept(listener, Arc::new(Service::new(fate))));
    let _ = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await;
}

async fn accept(listener: TcpListener, service: Arc<Service>) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let service = service.clone();
        let respond = service_fn(move |request| respond(service.clone(), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), respond));
    }
}

async fn respond(service: Arc<Service>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let (status, mut body) = service.respond(head.uri.path(), &body);
    if body.len() < BYTES && body.ends_with('}') {
        body.pop();
        body = format!("{body},\"links\":\"{}\"}}", "-".repeat(BYTES - body.len()));
    }
    let response = Response::builder().status(status).header("content-type", "application/json");
    Ok(response.body(Full::from(body)).expect("the parts are valid"))
}
