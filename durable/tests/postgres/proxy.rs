//! A server in between, which cuts connections where a client cannot know whether its commit took effect (R14).

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::cluster::Database;

/// Where the next request is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The server does not get it.
    BeforeRequest,
    /// The server does what it asks for, and the client does not get the response.
    BeforeResponse,
}

pub(crate) struct Proxy {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

/// How many requests pass at least between two cuts. Otherwise a client that waits between its tries would meet a cut in each.
const BETWEEN: usize = 8;

#[derive(Default)]
struct Shared {
    next: Mutex<Option<Cut>>,
    cuts: AtomicUsize,
    /// The number of requests since the last cut.
    passed: AtomicUsize,
}

impl Proxy {
    /// It serves until the process ends.
    pub(crate) fn start(database: &Database) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let socket = database.cluster.folder().join(format!(".s.PGSQL.{}", database.cluster.port()));
        let shared = Arc::new(Shared::default());
        let serving = shared.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, shared) = (client.unwrap(), serving.clone());
                let Ok(server) = UnixStream::connect(&socket) else { continue };
                let (to_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || respond(server, to_client));
                thread::spawn(move || request(client, to_server, &shared));
            }
        });
        let url = format!("postgres://postgres@127.0.0.1:{port}/{}?sslmode=disable", database.name);
        Proxy { url, shared }
    }

    /// Cuts the connection of the next request.
    pub(crate) fn cut(&self, cut: Cut) {
        *self.shared.next.lock().unwrap() = Some(cut);
    }

    pub(crate) fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::Relaxed)
    }
}

fn respond(mut server: UnixStream, mut client: TcpStream) {
    let mut bytes = [0; 16 << 10];
    while let Ok(count @ 1..) = server.read(&mut bytes) {
        if client.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

fn request(mut client: TcpStream, mut server: UnixStream, shared: &Shared) {
    let mut bytes = [0; 16 << 10];
    while let Ok(count @ 1..) = client.read(&mut bytes) {
        let has_passed = shared.passed.fetch_add(1, Ordering::Relaxed) >= BETWEEN;
        let cut = shared.next.lock().unwrap().take().filter(|_| has_passed);
        if cut.is_some() {
            shared.passed.store(0, Ordering::Relaxed);
            shared.cuts.fetch_add(1, Ordering::Relaxed);
            let _ = client.shutdown(Shutdown::Both);
        }
        if cut != Some(Cut::BeforeRequest) && server.write_all(&bytes[..count]).is_err() {
            break;
        }
        if cut.is_some() {
            // The server has time to commit.
            thread::sleep(Duration::from_millis(30));
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
}
