//! Tokens: where they come from, and that they are never printed.

use std::time::Duration;

use crate::deactivate;
use crate::support::{Folder, SECRET, csp, run, stderr};

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
        (None, vec![], Some("the environment variable CSP_TOKEN is not set")),
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
    assert!(csp.request_count() <= 1, "{}", csp.request_count());
    let output = run(deactivate(&folder, csp.url(), &[&arguments[..], &["--resume"]].concat())).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}
