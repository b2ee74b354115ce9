//! `bulk-run` as its users call it: processes with arguments, against a fake server and a PostgreSQL server of its own (feature `postgres`).
#![cfg(unix)]
#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests, helpers included; nobody outside sees them. The helpers are shared with other tests, which use more of them"
)]

#[path = "../../../durable/tests/postgres/cluster.rs"]
mod cluster;
mod deploy;
#[path = "../offboard/support.rs"]
mod support;

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use bulk_endpoint_api_defs::csp::OrgApiTokensClient;

use crate::cluster::{Cluster, Database, database};
use crate::support::{Folder, SECRET, count, csp, end, kill, report, run, start, stderr, stdout, until};

/// `bulk-run` with this database.
fn bulk_run(database: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bulk-run"));
    command.args(arguments).env("CSP_TOKEN", SECRET).env("BULK_DATABASE", database).stdin(Stdio::null());
    command
}

async fn done(database: &Database, arguments: &[&str]) -> Output {
    run(bulk_run(&database.url(), arguments)).await
}

fn check(output: &Output, code: i32, text: &str) {
    let all = format!("{}{}", stdout(output), stderr(output));
    assert_eq!(output.status.code(), Some(code), "{all}");
    assert!(all.contains(text), "expected {text:?}, found: {all}");
}

/// A file of so many ids, of which those that start with `=` fail.
fn ids(folder: &Folder, good: usize, bad: usize) -> String {
    let bad = (0..bad).map(|id| format!("={id}\n"));
    folder.file("in.txt", &(0..good).map(|id| format!("{id}\n")).chain(bad).collect::<String>())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_submitted_worked_on_killed_and_looked_at() {
    let Some(database) = database("bulk_run_whole") else { return };
    // Slow enough that the run is not done before its first worker is stopped, on a machine with much else to do.
    let (csp, folder) = (csp(Duration::from_millis(150)).await, Folder::new("bulk-run"));
    let input = ids(&folder, 3_000, 2);
    let submit = |org: &'static str| {
        let (database, csp, input) = (database.url(), csp.url().to_owned(), input.clone());
        let flags = ["submit", "leavers", "csp", "deactivate", "--org-id", org, "--yes"];
        let command = bulk_run(&database, &[&flags[..], &["--base-url", &csp, "--input", &input]].concat());
        run(command)
    };
    check(&submit("o").await, 0, "`leavers` is submitted: 3002 items");
    check(&submit("o").await, 0, "was there already");
    check(&submit("p").await, 4, "arguments were");
    check(&done(&database, &["list"]).await, 0, "leavers: 0 of 3002 items settled");
    check(&done(&database, &["status", "leavers"]).await, 0, "0 of 3002 settled, 3002 open");
    check(&done(&database, &["report", "leavers"]).await, 3, "3002");

    // A worker that is stopped gives its parts back; the others go on.
    let work = || start(bulk_run(&database.url(), &["work", "leavers", "--concurrency", "4", "--timeout", "1s"]));
    let (first, mut second) = (work(), work());
    until(|| csp.request_count() > 20).await;
    check(&done(&database, &["status", "leavers"]).await, 0, "workers");
    kill(&first, "TERM");
    check(&end(first).await, 3, "requests from this process");
    // One that is killed leaves its parts to the others when its leases end.
    second.kill().unwrap();
    second.wait().unwrap();
    check(&done(&database, &["pause", "leavers"]).await, 0, "is paused");
    check(&done(&database, &["status", "leavers"]).await, 0, "leavers (paused)");
    let requests = csp.request_count();
    let idle = work();
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(csp.request_count(), requests, "a paused run has no requests");
    check(&done(&database, &["resume", "leavers"]).await, 0, "is resumed");
    check(&end(idle).await, 1, "2 of 3002 items did not succeed");

    let applied = csp.applied(OrgApiTokensClient::DEACTIVATE);
    let applied: std::collections::HashSet<&str> = applied.iter().map(AsRef::as_ref).collect();
    assert_eq!(applied.len(), 3_000, "nothing is lost");
    check(&done(&database, &["status", "leavers"]).await, 0, "3002 of 3002 settled, 0 open");
    check(&done(&database, &["requeue", "leavers"]).await, 0, "0 chunks");
    let path = folder.path("out.json");
    check(&done(&database, &["report", "leavers", "--report", &path]).await, 1, "Report:");
    let rows = report(&path);
    assert_eq!((rows.len(), count(&rows, "succeeded"), count(&rows, "failed")), (3_002, 3_000, 2));
    check(&done(&database, &["restored", "--yes"]).await, 0, "workers may be started");
    check(&done(&database, &["forget", "leavers", "--yes"]).await, 0, "is deleted");
    check(&done(&database, &["list"]).await, 0, "No runs are submitted");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_before_anything_is_done() {
    let nowhere = "postgres:///runs?host=/nowhere&user=me";
    let away = |arguments: &'static [&'static str]| run(bulk_run(nowhere, arguments));
    check(&away(&["status", "leavers"]).await, 4, "cannot reach the database");
    check(&away(&["work", "leavers"]).await, 4, "start it, or correct its address");
    let submit = ["submit", "r", "csp", "deactivate", "--org-id", "o", "a"];
    check(&run(bulk_run(nowhere, &submit)).await, 2, "add --yes to submit (nothing was submitted)");
    check(&run(bulk_run(nowhere, &submit[..6])).await, 2, "no items");
    check(&run(bulk_run(nowhere, &["submit", "r", "csp", "deactivate", "a"])).await, 2, "--org-id");
    check(&away(&["work", ""]).await, 2, "a value is required for '<RUN>'");
    check(&away(&["restored"]).await, 2, "add --yes (nothing was changed)");
    check(&away(&["forget", "r"]).await, 2, "add --yes (nothing was changed)");
    check(&run(bulk_run("mysql://a", &["list"])).await, 4, "postgres://user@host/database");
    let mut none = bulk_run("", &["list"]);
    none.env_remove("BULK_DATABASE");
    check(&run(none).await, 2, "set BULK_DATABASE, or give --database");
    let Some(database) = database("bulk_run_wrong") else { return };
    check(&done(&database, &["work", "other"]).await, 4, "submit it first");
    // A run that another program submitted.
    let store = database.open().await;
    store.submit("other", ["a".to_owned()]).await.unwrap();
    check(&done(&database, &["work", "other"]).await, 2, "use the one that submitted it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_used_ends_each_command_with_4() {
    let Some(database) = database("bulk_run_refused") else { return };
    database.execute("create role bulk_stranger login");
    let stranger = database.url_of("bulk_stranger");
    check(&run(bulk_run(&stranger, &["list"])).await, 4, "the role `bulk_stranger` may not create it");
    check(&done(&database, &["list"]).await, 0, "No runs are submitted");
    check(&run(bulk_run(&stranger, &["work", "r"])).await, 4, "it lacks: usage on schema bulk_endpoint");
    database.execute("update bulk_endpoint.format set format = 99");
    check(&done(&database, &["status", "r"]).await, 4, "a newer release made them; use that release");
    let Some(cluster) = Cluster::start("fsync = off") else { return };
    let unsafe_one = std::sync::Arc::new(cluster).database("unsafe");
    check(&done(&unsafe_one, &["restored", "--yes"]).await, 4, "found `fsync = off`");
}

#[tokio::test(flavor = "multi_thread")]
async fn completions_and_manual_pages_need_no_database() {
    let folder = Folder::new("bulk-run-man");
    let pages = folder.path("man1");
    for (arguments, want) in [
        (&["completion", "bash"][..], "complete -F _bulk_run -o nosort -o bashdefault -o default bulk-run\n"),
        (&["completion", "zsh"], "#compdef bulk-run"),
        (&["man"], ".TH bulk-run"),
        (&["man", "--dir", &pages], "Manual pages: "),
    ] {
        let mut command = bulk_run("", arguments);
        command.env_remove("BULK_DATABASE");
        check(&run(command).await, 0, want);
    }
    // The address of the database has a password.
    check(&run(bulk_run("postgres://me:hunter2@host/runs", &["man", "--dir", &pages])).await, 0, "Manual pages: ");
    for (name, want) in [
        ("bulk-run", "bulk\\-run\\-submit(1)"),
        ("bulk-run-work", "BULK_DATABASE"),
        ("bulk-run-submit-csp-deactivate", "Deactivates tokens."),
    ] {
        let page = std::fs::read_to_string(format!("{pages}/{name}.1")).unwrap();
        assert!(page.contains(want) && !page.contains("hunter2"), "{name}: {want}: {page}");
    }
}
