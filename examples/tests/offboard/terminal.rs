//! Texts on the terminal: nothing from a server, a file or an argument makes it do more than show it.

use std::time::Duration;

use bulk_endpoint::Outcome;
use bulk_endpoint::testing::Fake;
use bulk_endpoint_api_defs::csp::{OrgApiTokensClient, TokenFailure, TokenId};

use crate::support::{Folder, SECRET, at, csp, offboard, run, stderr, stdout};

/// An escape sequence, a C1 control, characters that change the direction of text, and Unicode's line separators.
const EVIL: &str = "\u{1b}[31m\u{9b}2J\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{2029}\r\u{7}";

fn assert_harmless(text: &str) {
    let bad = text.chars().find(|c| *c != '\n' && (c.is_control() || EVIL.contains(*c) && !"[31m2J".contains(*c)));
    assert_eq!(bad, None, "{text:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_says_is_shown_harmless() {
    let fails = |id: &TokenId| Outcome::failed(TokenFailure { id: id.clone(), message: format!("before{EVIL}after") });
    let csp = Fake::new().bearer(SECRET).endpoint(OrgApiTokensClient::DEACTIVATE, fails).start().await.unwrap();
    let folder = Folder::new("server");
    let input = folder.file("in.csv", "identity_id,token_id\na,1\n");
    let path = folder.path("out.csv");
    let output = run(offboard(&at(csp.url(), &input, &["--report", &path]))).await;
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("1: failed: before [31m"), "{}", stdout(&output));
    assert_harmless(&stdout(&output));
    assert_harmless(&std::fs::read_to_string(&path).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_files_columns_and_arguments_are_shown_harmless() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("names");
    let columns = folder.file("columns.csv", &format!("identity_id,\"tok{EVIL}\"\na,1\n"));
    let name = folder.file(&format!("in{EVIL}.csv"), "identity_id\n");
    let good = folder.file("in.csv", "identity_id,token_id\na,1\n");
    let ids = folder.file("ids.csv", &format!("identity_id,token_id\na,\"1{EVIL}\"\n"));
    let (missing, bad_report) = (folder.path(&format!("{EVIL}.csv")), folder.path(&format!("{EVIL}.txt")));
    let report = folder.path(&format!("{EVIL}.csv"));
    let (org, option) = (format!("o{EVIL}"), format!("--x{EVIL}"));
    for (arguments, code) in [
        (at(csp.url(), &columns, &[]), 2),
        (at(csp.url(), &name, &[]), 2),
        (at(csp.url(), &ids, &[]), 2),
        (at(csp.url(), &missing, &[]), 2),
        (at(csp.url(), &good, &["--report", &bad_report]), 2),
        (at(csp.url(), &good, &["--report", &report]), 0),
        (at(csp.url(), &good, &[&option]), 2),
        (at(&format!("{EVIL}x"), &good, &[]), 2),
        (vec!["--input", &good, "--csp-url", csp.url(), "--csp-org", &org], 2),
    ] {
        let output = run(offboard(&arguments)).await;
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", stderr(&output));
        assert_harmless(&stdout(&output));
        assert_harmless(&stderr(&output));
    }
}
