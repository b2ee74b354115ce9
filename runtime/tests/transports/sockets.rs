//! A machine without a free socket.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use bulk_endpoint::transport::TransportErrorKind;

use crate::support::{BOTH, LONG, kind, read, request};

/// A server in this process, whose number of file descriptors has no limit of its own.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || {
                let mut stream: TcpStream = stream.unwrap();
                read(&mut stream);
                std::thread::sleep(std::time::Duration::from_millis(300));
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
            });
        }
    });
    url
}

/// The limit is of a process of its own.
#[tokio::test]
async fn a_machine_without_a_free_file_descriptor_is_told_from_a_host_that_is_away() {
    if let Ok(url) = std::env::var("TEST_LIMITED_URL") {
        for over in BOTH {
            let transport = over.plain();
            let results = futures_util::future::join_all((0..100).map(|_| transport.send(request(&url, LONG)))).await;
            let of = |want| results.iter().filter(|result| kind(result) == want).count();
            let (done, without) = (of(Ok(200)), of(Err(TransportErrorKind::NoSocket)));
            assert!(done > 10 && without > 10 && done + without == 100, "{over:?}: {done}, {without}: {results:?}");
        }
        return;
    }
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 64; exec \"$0\" --exact \"$1\""]);
    command.arg(std::env::current_exe().unwrap());
    command.arg("sockets::a_machine_without_a_free_file_descriptor_is_told_from_a_host_that_is_away");
    let output = command.env("TEST_LIMITED_URL", server()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}
