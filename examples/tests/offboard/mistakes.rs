//! What cannot run: it sends nothing, and the error says why.

use std::time::Duration;

use crate::support::{Folder, at, csp, offboard, run, stderr, stdout};

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_run_sends_nothing_and_says_why() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("mistakes");
    let good = folder.file("good.csv", "identity_id,token_id\na,1\n");
    let bad = folder.file("bad.csv", "identity_id,token_id\na,1\n,2\n");
    let columns = folder.file("columns.csv", "identity_id,token\na,1\n");
    let (text, nowhere) = (folder.path("out.txt"), folder.path("no folder/out.json"));
    let folder_path = folder.path("");
    let host = ["--csp-url", csp.url(), "--csp-org", "o"];
    for (arguments, want) in [
        (vec!["--input", &bad], "row 3: `identity_id` is empty"),
        (vec!["--input", &columns], "missing column `token_id`, found: \"identity_id\", \"token\""),
        (vec!["--input", "no such file.csv"], "cannot read \"no such file.csv\""),
        (vec!["--input", &good, "--report", &text], "must end with ."),
        (vec!["--input", &good, "--report", &nowhere], "out.json\" (nothing was sent): its directory does not exist"),
        (vec!["--input", &folder_path], "it is a directory; expected a CSV file"),
        (vec!["--input", &good, "--timeout", "0"], "greater than 0"),
        (vec!["--input", &good, "--deadline", "soon"], "expected a time such as 30, 0.5s, 10min or 2h"),
        (vec!["--input", &good, "--sailpoint-url", "nowhere"], "--sailpoint-url: invalid base URL \"nowhere\""),
        (vec![], "require --input"),
    ] {
        let arguments = [arguments.as_slice(), &host].concat();
        let output = run(offboard(&arguments)).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(want), "{arguments:?}: {}", stderr(&output));
    }
    for (value, want) in [(None, "CSP_TOKEN is not set"), (Some(" "), "CSP_TOKEN is empty")] {
        let mut command = offboard(&[["--input", good.as_str()].as_slice(), &host].concat());
        match value {
            Some(value) => command.env("CSP_TOKEN", value),
            None => command.env_remove("CSP_TOKEN"),
        };
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(want), "{}", stderr(&output));
    }
    let output = run(offboard(&["--input", &good])).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--input requires a vendor"), "{}", stderr(&output));
    assert_eq!(csp.request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_names_another_resource_is_refused() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("org");
    let input = folder.file("in.csv", "identity_id,token_id\na,1\n");
    for org in ["..", ".", " ", "a/../b", "a b", "o\n", "o?x=1"] {
        let output = run(offboard(&["--input", &input, "--csp-url", csp.url(), "--csp-org", org])).await;
        assert_eq!(output.status.code(), Some(2), "{org:?}");
        assert!(stderr(&output).contains("is not an organization id"), "{org:?}: {}", stderr(&output));
    }
    assert_eq!(csp.request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_a_url_is_never_repeated() {
    let folder = Folder::new("url");
    let input = folder.file("in.csv", "identity_id,token_id\na,1\n");
    for url in [
        "https://csp.example?token=hunter2#x",
        "https://csp.example/v1?a=b@c&token=hunter2#x",
        "https://csp.example#hunter2",
        "https://me:hunter2@csp.example",
        "https://me:hunter2@csp.example:99999",
        "csp.example?token=hunter2",
        "ftp://csp.example?token=hunter2",
    ] {
        for others in [&[][..], &["--dry-run"]] {
            let output = run(offboard(&at(url, &input, others))).await;
            assert_eq!(output.status.code(), Some(2), "{url}");
            assert!(stderr(&output).contains("--csp-url: "), "{}", stderr(&output));
            let all = format!("{}{}", stdout(&output), stderr(&output));
            assert!(!all.contains("hunter2"), "{all}");
        }
    }
}
