//! The journal: the same command continues after a kill, a stop or a refused token.
#![cfg(unix)]

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bulk_endpoint::testing::{FakeRequest, FakeServer, Fault};
use bulk_endpoint_api_defs::csp::{OrgApiTokensClient, TokenId};

use crate::support::{
    Folder, at, count, csp, end, fake_csp, kill, offboard, report, run, start, stderr, stdout, tokens, until,
};

/// A fake that answers each request after a while.
async fn slow() -> FakeServer {
    csp(Duration::from_millis(30)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_the_same_command_does_the_rest() {
    let csp = slow().await;
    let folder = Folder::new("journal-kill");
    let (input, path) = (folder.file("in.csv", &tokens(600)), folder.path("out.json"));
    let arguments = at(csp.url(), &input, &["--report", &path, "--concurrency", "2"]);
    for requests in [4, 12, 20] {
        let child = start(offboard(&arguments));
        until(|| csp.request_count() >= requests).await;
        kill(&child, "KILL");
        end(child).await;
        assert!(!fs::exists(&path).unwrap());
    }
    let output = run(offboard(&arguments)).await;
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("Continuing the run in"), "{}", stdout(&output));
    let rows = report(&path);
    let ids: HashSet<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!((rows.len(), ids.len(), count(&rows, "succeeded")), (600, 600, 600));
    let applied: HashSet<TokenId> = csp.applied(OrgApiTokensClient::DEACTIVATE).into_iter().collect();
    assert_eq!(applied.len(), 600);
    // At most what was in flight at each kill was sent twice.
    assert!(csp.request_count() <= 40 + 3 * 2, "{}", csp.request_count());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_stop_the_same_command_does_the_rest_and_the_next_one_begins_anew() {
    let csp = slow().await;
    let folder = Folder::new("journal-stop");
    let (input, path) = (folder.file("in.csv", &tokens(300)), folder.path("out.csv"));
    let arguments = at(csp.url(), &input, &["--report", &path, "--concurrency", "1"]);
    let child = start(offboard(&arguments));
    until(|| csp.request_count() >= 3).await;
    kill(&child, "INT");
    let output = end(child).await;
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stdout(&output).contains("items are open: the same command continues"), "{}", stdout(&output));
    let sent = csp.request_count();
    let output = run(offboard(&arguments)).await;
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(csp.request_count(), 20, "{sent} before the stop, and the rest");
    assert!(!fs::exists(folder.path("out.journal.db")).unwrap());
    assert!(fs::exists(folder.path("out.journal.finished.db")).unwrap());
    // The run is finished, so that the same command is a new one.
    assert_eq!(run(offboard(&arguments)).await.status.code(), Some(0));
    assert_eq!(csp.request_count(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_file_under_an_unfinished_journal_is_told() {
    let csp = slow().await;
    let folder = Folder::new("journal-other");
    let (input, path) = (folder.file("in.csv", &tokens(300)), folder.path("out.csv"));
    let arguments = at(csp.url(), &input, &["--report", &path, "--concurrency", "1"]);
    let child = start(offboard(&arguments));
    until(|| csp.request_count() >= 3).await;
    kill(&child, "INT");
    assert_eq!(end(child).await.status.code(), Some(3));
    folder.file("in.csv", &tokens(15));
    let output = run(offboard(&arguments)).await;
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stdout(&output).contains("285 items that an earlier command read are not in this input"),
        "{}",
        stdout(&output)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_leaves_all_open_for_the_next_one() {
    let csp = slow().await;
    let folder = Folder::new("journal-token");
    let (input, path) = (folder.file("in.csv", &tokens(100)), folder.path("out.json"));
    let arguments = at(csp.url(), &input, &["--report", &path]);
    let mut command = offboard(&arguments);
    command.env("CSP_TOKEN", "expired");
    assert_eq!(run(command).await.status.code(), Some(3));
    assert_eq!(csp.applied_count(), 0);
    let output = run(offboard(&arguments)).await;
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert_eq!((csp.applied_count(), count(&report(&path), "succeeded")), (100, 100));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_journal_nothing_is_recorded() {
    let csp = slow().await;
    let folder = Folder::new("journal-none");
    let (input, path) = (folder.file("in.csv", &tokens(20)), folder.path("out.json"));
    let output = run(offboard(&at(csp.url(), &input, &["--report", &path, "--no-journal"]))).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let files: HashSet<_> = fs::read_dir(&folder.0).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_cannot_be_used_is_told_before_the_first_request() {
    let csp = slow().await;
    let folder = Folder::new("journal-bad");
    let input = folder.file("in.csv", &tokens(10));
    let text = folder.file("text.db", "no database at all");
    let run_with = |journal: String| {
        let arguments = at(csp.url(), &input, &[]);
        let mut command = offboard(&arguments);
        command.args(["--journal", &journal]);
        run(command)
    };
    for (journal, want) in [
        (text.clone(), "a file that is not an SQLite database"),
        (folder.path("missing/j.db"), "create its folder"),
        (folder.0.to_str().unwrap().to_owned(), "give the path of a file"),
    ] {
        let output = run_with(journal.clone()).await;
        assert_eq!(output.status.code(), Some(4), "{journal}: {}", stderr(&output));
        assert!(stderr(&output).contains(want), "{journal}: {}", stderr(&output));
    }
    assert_eq!(fs::read_to_string(text).unwrap(), "no database at all");
    for journal in ["out.json", "out.partial.json"] {
        let (report, journal) = (folder.path("out.json"), folder.path(journal));
        let mut command = offboard(&at(csp.url(), &input, &["--report", &report]));
        command.args(["--journal", &journal]);
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains("it is the file of --report"), "{}", stderr(&output));
    }
    // Another organization is another run.
    let journal = folder.path("j.db");
    let stall = |_: &FakeRequest| Some(Fault::late(Duration::from_secs(20)));
    let stalled = fake_csp().on_request(stall).start().await.unwrap();
    let mut command = offboard(&at(stalled.url(), &input, &[]));
    command.args(["--journal", &journal]);
    let child = start(command);
    until(|| stalled.request_count() > 0).await;
    let output = run_with(journal.clone()).await;
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    assert!(stderr(&output).contains(&format!("process {} uses it", child.id())), "{}", stderr(&output));
    kill(&child, "KILL");
    end(child).await;
    let report = folder.path("other.json");
    let mut command = offboard(&at(csp.url(), &input, &["--report", &report]));
    command.args(["--journal", &journal]);
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    assert!(stderr(&output).contains("URL was `") && stderr(&output).contains("another one"), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("nothing was sent") && !stderr(&output).contains("outcomes"),
        "{}",
        stderr(&output)
    );
    assert_eq!(csp.request_count(), 0);
    assert!(!std::path::Path::new(&folder.path("other.partial.json")).exists(), "no outcome is in it");
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_can_look_into_it() {
    let csp = slow().await;
    let folder = Folder::new("journal-sql");
    let (input, path) = (folder.file("in.csv", &tokens(40)), folder.path("out.json"));
    assert_eq!(run(offboard(&at(csp.url(), &input, &["--report", &path]))).await.status.code(), Some(0));
    let journal = folder.path("out.journal.finished.db");
    let Ok(found) = Command::new("sqlite3")
        .args([&journal, "select run, outcome, open, count(*) from outcomes group by 1, 2, 3"])
        .output()
    else {
        // The program is not on this machine; `.ci/run` installs it.
        return;
    };
    assert_eq!(String::from_utf8_lossy(&found.stdout), "csp deactivate|succeeded|0|40\n");
}

/// An operator at the `sqlite3` program, who has executed a statement and has not typed the next one.
async fn operator(folder: &Folder, arguments: &[&str], statement: &str) -> Child {
    let sqlite3 = Command::new("sqlite3").args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
    let mut operator = sqlite3.expect("the program `sqlite3`: apt-get install sqlite3");
    let ready = folder.path("ready");
    let typed = format!("{statement} select count(*) from outcomes; select writefile('{ready}', 'x');\n");
    operator.stdin.as_mut().unwrap().write_all(typed.as_bytes()).unwrap();
    until(|| fs::exists(&ready).unwrap()).await;
    operator
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_fails_in_the_middle_of_a_run_ends_it_and_the_same_command_does_the_rest() {
    let csp = slow().await;
    let folder = Folder::new("journal-fails");
    let (input, path) = (folder.file("in.csv", &tokens(3000)), folder.path("out.json"));
    let arguments = at(csp.url(), &input, &["--report", &path, "--concurrency", "1"]);
    let child = start(offboard(&arguments));
    until(|| csp.request_count() >= 3).await;
    // Nothing else can be written as long as this transaction is open.
    let mut operator = operator(&folder, &[&folder.path("out.journal.db")], "begin immediate;").await;
    let output = end(child).await;
    assert_eq!(output.status.code(), Some(4), "{}{}", stdout(&output), stderr(&output));
    assert!(stderr(&output).contains("cannot write the journal"), "{}", stderr(&output));
    let sent = csp.request_count();
    assert!(sent < 200, "{sent}");
    drop(operator.stdin.take());
    operator.wait().unwrap();
    let output = run(offboard(&arguments)).await;
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    let applied: HashSet<TokenId> = csp.applied(OrgApiTokensClient::DEACTIVATE).into_iter().collect();
    assert_eq!((applied.len(), count(&report(&path), "succeeded")), (3000, 3000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_journal_is_whole_although_a_program_reads_it() {
    // An open transaction keeps the log in use; a program that waits for its next query does not.
    for (name, query, code) in [("idle", "", 0), ("reading", "begin;", 4)] {
        let csp = slow().await;
        let folder = Folder::new(&format!("journal-reader-{name}"));
        let (input, path) = (folder.file("in.csv", &tokens(60)), folder.path("out.json"));
        let (journal, aside) = (folder.path("out.journal.db"), folder.path("out.journal.finished.db"));
        let child = start(offboard(&at(csp.url(), &input, &["--report", &path, "--concurrency", "1"])));
        until(|| csp.request_count() >= 2).await;
        let mut reader = operator(&folder, &["-readonly", &journal], query).await;
        let output = end(child).await;
        assert_eq!(output.status.code(), Some(code), "{name}: {}{}", stdout(&output), stderr(&output));
        let (there, gone) = if code == 0 { (&aside, &journal) } else { (&journal, &aside) };
        assert!(!fs::exists(gone).unwrap(), "{name}");
        let count = "select outcome, open, count(*) from outcomes group by 1, 2";
        let found = Command::new("sqlite3").args(["-readonly", there, count]).output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&found.stdout),
            "succeeded|0|60\n",
            "{name}: {}",
            String::from_utf8_lossy(&found.stderr)
        );
        if code != 0 {
            assert!(
                stderr(&output).contains("could not be renamed") && stderr(&output).contains("end that program"),
                "{}",
                stderr(&output)
            );
        }
        drop(reader.stdin.take());
        reader.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_was_restored_from_a_backup_is_told_so() {
    let csp = slow().await;
    let folder = Folder::new("journal-restored");
    let (input, path) = (folder.file("in.csv", &tokens(60)), folder.path("out.json"));
    let (journal, backup) = (folder.path("out.journal.db"), folder.path("backup.db"));
    let arguments = at(csp.url(), &input, &["--report", &path, "--concurrency", "1"]);
    let restored = [&arguments[..], &["--restored"]].concat();
    let output = run(offboard(&restored)).await;
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("--restored: expected a journal at"), "{}", stderr(&output));
    let child = start(offboard(&arguments));
    until(|| csp.request_count() >= 1).await;
    kill(&child, "INT");
    assert_eq!(end(child).await.status.code(), Some(3));
    fs::copy(&journal, &backup).unwrap();
    assert_eq!(run(offboard(&arguments)).await.status.code(), Some(0));
    assert_eq!(csp.request_count(), 4);
    // The backup does not know of the requests after it. The endpoint is idempotent, so that they are sent again.
    fs::rename(&backup, &journal).unwrap();
    let output = run(offboard(&restored)).await;
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("Continuing the run in"), "{}", stdout(&output));
    assert!(!stdout(&output).contains(" 0 unknown"), "its open items may have been sent: {}", stdout(&output));
    assert!((6..=8).contains(&csp.request_count()), "{}", csp.request_count());
}
