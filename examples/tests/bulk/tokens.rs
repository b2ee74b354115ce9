//! Tokens: where they come from, and that they are never printed.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::deactivate;
use crate::support::{Folder, SECRET, csp, run, stderr, stdout};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_comes_from_the_environment_a_file_or_a_command() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("tokens");
    let token = folder.file("token", &format!("Bearer {SECRET}\n"));
    let empty = folder.file("empty", "");
    let print = format!("cat {token}");
    for (environment, arguments, want) in [
        (Some(SECRET), vec![], None),
        (None, vec!["--token-file", &token], None),
        (Some("another"), vec!["--token-command", &print], None),
        (None, vec![], Some("CSP_TOKEN is not set; set it to the bearer token, or set CSP_API_TOKEN")),
        (Some(""), vec![], Some("the environment variable CSP_TOKEN is empty")),
        (None, vec!["--token-file", &empty], Some("is empty; set it to the bearer token")),
        (None, vec!["--token-file", "/no/such"], Some("cannot read --token-file")),
        (None, vec!["--token-command", "exit 3"], Some("--token-command failed (exit status: 3)")),
        (None, vec!["--token-command", "true"], Some("the output of --token-command is empty")),
    ] {
        let before = csp.request_count();
        let mut command = deactivate(&folder, csp.url(), &[&["a", "--yes"], &arguments[..]].concat());
        match environment {
            Some(token) => command.env("CSP_TOKEN", token),
            None => command.env_remove("CSP_TOKEN"),
        };
        let output = run(command).await;
        match want {
            None => assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output)),
            Some(want) => {
                assert!(stderr(&output).contains(want), "{arguments:?}: {}", stderr(&output));
                assert_eq!((output.status.code(), csp.request_count()), (Some(2), before), "{arguments:?}");
            }
        }
    }
}

/// The keyring of a desktop, as the documentation says: `secret-tool` is found on the path, and gets its arguments as they are written. It is run
/// again when the server refuses the token.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_comes_from_the_keyring_by_its_command() {
    use std::os::unix::fs::PermissionsExt;

    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("keyring");
    let log = folder.path("log");
    // As the real one: nothing and 1 for what is not there.
    let program = format!(
        "#!/bin/sh\necho \"$#: $*\" >> {log}\n[ \"$2\" = service ] && [ \"$3\" = \"our mail\" ] || exit 1\n\
         [ $(wc -l < {log}) -gt 1 ] && printf {SECRET} || printf expired\n"
    );
    let program = folder.file("secret-tool", &program);
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let on_path = format!("{}:{}", folder.0.display(), std::env::var("PATH").unwrap());
    for (lookup, code, calls) in [
        ("secret-tool lookup service 'our mail'", 0, &["3: lookup service our mail"; 2][..]),
        ("secret-tool lookup service another", 2, &["3: lookup service another"]),
    ] {
        let _ = std::fs::remove_file(&log);
        let mut command = deactivate(&folder, csp.url(), &["a", "--yes", "--token-command", lookup]);
        command.env_remove("CSP_TOKEN").env("PATH", &on_path);
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(code), "{lookup}: {}", stderr(&output));
        let called = std::fs::read_to_string(&log).unwrap();
        assert_eq!(called.lines().collect::<Vec<_>>(), calls, "{lookup}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_stops_after_one_request_and_a_right_one_continues() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("wrong-token");
    let input = folder.file("in.txt", &(0..100).fold(String::new(), |lines, id| lines + &format!("{id}\n")));
    let arguments = ["--input", &input, "--yes"];
    let mut command = deactivate(&folder, csp.url(), &arguments);
    command.env("CSP_TOKEN", "expired");
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("no usable response came for the first 15 items"), "{}", stderr(&output));
    assert!(stderr(&output).contains("the server refused the token"), "{}", stderr(&output));
    assert!(csp.request_count() <= 1, "{}", csp.request_count());
    let output = run(deactivate(&folder, csp.url(), &[&arguments[..], &["--resume"]].concat())).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

/// An access token that a host gave.
struct Given {
    at: Instant,
    /// The number of requests that had it, and of those that were refused.
    uses: usize,
    refused: usize,
}

/// How long the tokens of a host are valid: for this many seconds, and this many requests.
#[derive(Clone, Copy)]
struct Valid {
    seconds: u64,
    uses: usize,
}

/// A host that gives access tokens for the secret `s3cret`, and has the fake behind it.
async fn host(fake: &str, valid: Valid) -> (String, Arc<Mutex<Vec<Given>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let given = Arc::new(Mutex::new(Vec::new()));
    let (fake, tokens) = (fake.trim_start_matches("http://").to_owned(), given.clone());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(answer(client, fake.clone(), valid, tokens.clone()));
        }
    });
    (url, given)
}

/// Answers one request, and closes the connection.
async fn answer(mut client: TcpStream, fake: String, valid: Valid, given: Arc<Mutex<Vec<Given>>>) {
    let mut request = Vec::new();
    let text = loop {
        let mut part = [0; 4096];
        let length = client.read(&mut part).await.unwrap_or(0);
        request.extend_from_slice(&part[..length]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let size =
            head.to_lowercase().split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        if length == 0 || body.len() >= size.unwrap_or(0) {
            break text;
        }
    };
    let close = |status: &str, body: String| {
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let response = if text.starts_with("POST /csp/gateway/am/api/auth/api-tokens/authorize ") {
        if text.ends_with("\r\n\r\nrefresh_token=s3cret") {
            let mut given = given.lock().unwrap();
            given.push(Given { at: Instant::now(), uses: 0, refused: 0 });
            let (number, seconds) = (given.len() - 1, valid.seconds);
            close("200 OK", format!("{{\"access_token\":\"access-{number}\",\"expires_in\":{seconds}}}"))
        } else {
            close("400 Bad Request", "{\"message\":\"invalid_grant: s3cret?\"}".into())
        }
    } else {
        let token = text.split("Bearer access-").nth(1).or_else(|| text.split("bearer access-").nth(1));
        let number = token.and_then(|rest| rest.lines().next()?.trim().parse::<usize>().ok());
        let is_valid = number.is_some_and(|number| {
            let token = &mut given.lock().unwrap()[number];
            token.uses += 1;
            let is_valid = token.at.elapsed().as_secs() < valid.seconds && token.uses <= valid.uses;
            token.refused += usize::from(!is_valid);
            is_valid
        });
        if is_valid {
            let forwarded = text.replace(&format!("access-{}", number.unwrap()), SECRET);
            let forwarded = forwarded.replacen("\r\n", "\r\nConnection: close\r\n", 1);
            let mut server = TcpStream::connect(fake).await.unwrap();
            server.write_all(forwarded.as_bytes()).await.unwrap();
            let mut response = String::new();
            server.read_to_string(&mut response).await.unwrap();
            response
        } else {
            close("401 Unauthorized", "{\"message\":\"expired\"}".into())
        }
    };
    let _ = client.write_all(response.as_bytes()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_token_is_exchanged_and_access_tokens_are_renewed_before_they_expire() {
    let csp = csp(Duration::from_millis(300)).await;
    let (url, given) = host(csp.url(), Valid { seconds: 2, uses: usize::MAX }).await;
    let folder = Folder::new("login");
    let input = folder.file("in.txt", &(0..180).fold(String::new(), |lines, id| lines + &format!("{id}\n")));
    let login = |secret: &str| {
        let mut command = deactivate(&folder, &url, &["--input", &input, "--yes", "--concurrency", "1"]);
        // A proxy does not get the secret for this machine: it has another loopback.
        command.env_remove("CSP_TOKEN").env("CSP_API_TOKEN", secret).env("HTTP_PROXY", "http://127.0.0.1:1");
        command
    };
    let output = run(login("wrong")).await;
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let told = stderr(&output);
    assert!(told.contains("no access token from") && told.contains("400 Bad Request"), "{told}");
    assert!(!told.contains("s3cret") && !told.contains("wrong"), "{told}");
    assert_eq!(csp.request_count(), 0);
    let output = run(login("s3cret")).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(csp.applied_count(), 180);
    let tokens = given.lock().unwrap().len();
    assert!(given.lock().unwrap().iter().all(|token| token.refused == 0), "each was renewed in time");
    assert!(
        (2..12).contains(&tokens),
        "12 requests of 0.3 s take more than one token of 2 s, and not one each: {tokens}"
    );
}

/// A vendor may revoke a token, or lose it in a restart. A 401 says that nothing was applied.
#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_that_is_refused_before_its_time_is_fetched_again() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("revoked");
    let input = folder.file("in.txt", &(0..180).fold(String::new(), |lines, id| lines + &format!("{id}\n")));
    // Twelve requests: the third token serves the last two. One that is good for nothing is refused, and so is the next one.
    for (uses, code, tokens, applied) in [(5, 0, 3, 180), (0, 3, 2, 0)] {
        let (url, given) = host(csp.url(), Valid { seconds: 3_600, uses }).await;
        let arguments = ["--input", &input, "--yes", "--concurrency", "1"];
        let mut command = deactivate(&folder, &url, &arguments);
        command.env_remove("CSP_TOKEN").env("CSP_API_TOKEN", "s3cret");
        let before = csp.applied_count();
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(code), "{uses}: {}{}", stdout(&output), stderr(&output));
        assert_eq!((given.lock().unwrap().len(), csp.applied_count() - before), (tokens, applied), "{uses}");
        let why = "csp deactivate: the server refused the token, and each later one";
        assert_eq!(stderr(&output).contains(why), code == 3, "{}", stderr(&output));
    }
}
