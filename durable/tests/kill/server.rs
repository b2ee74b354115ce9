//! A small HTTP/1.1 server with one thread for each connection. It serves until the process ends.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// A request that arrived whole.
pub struct Request {
    pub method: String,
    pub path: String,
    /// The names are in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

pub struct Response {
    pub status: u16,
    pub headers: &'static str,
    pub body: String,
}

/// Starts a server, and returns its URL. `respond` runs in the thread of the connection; `None` closes the connection.
pub fn serve(respond: impl Fn(Request) -> Option<Response> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let respond = Arc::new(respond);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, respond) = (stream.unwrap(), respond.clone());
            // A client that is killed breaks its connections.
            thread::spawn(move || drop(talk(stream, &*respond)));
        }
    });
    url
}

fn talk(mut stream: TcpStream, respond: &(impl Fn(Request) -> Option<Response> + ?Sized)) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(request) = read(&mut reader)? {
        let Some(Response { status, headers, body }) = respond(request) else { break };
        let length = body.len();
        let head = format!("HTTP/1.1 {status} Told\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n");
        stream.write_all([&head, headers, "\r\n", &body].concat().as_bytes())?;
    }
    Ok(())
}

/// Reads a request; `None` at the end of the connection.
fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut request = Request { method, path, headers, body: Vec::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body = vec![0; length];
    reader.read_exact(&mut request.body)?;
    Ok(Some(request))
}
