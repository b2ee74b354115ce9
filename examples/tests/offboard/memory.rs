//! Memory: it does not grow with the number of ids, nor with the number of large responses.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write as _;
use std::time::Duration;

use bulk_endpoint::Outcome;
use bulk_endpoint::testing::{Fake, FakeEndpoint};
use bulk_endpoint_api_defs::csp::{OrgApiTokensClient, TokenFailure, TokenId};
use bulk_endpoint_api_defs::sailpoint::{IdentityAccountsClient, IdentityId};

use crate::support::{Folder, SECRET, at, end, offboard, start, stderr, tokens};

/// Runs the program to its end. Returns its peak memory in MiB.
async fn peak_mib(arguments: &[&str]) -> u64 {
    let child = start(offboard(arguments));
    let status = format!("/proc/{}/status", child.id());
    let watcher = tokio::spawn(async move {
        let mut peak = 0;
        while let Ok(text) = fs::read_to_string(&status) {
            // A process that has ended has no memory any more.
            let Some(line) = text.lines().find_map(|line| line.strip_prefix("VmHWM:")) else { break };
            peak = line.trim().trim_end_matches(" kB").parse().unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        peak
    });
    let output = end(child).await;
    assert_ne!(output.status.code(), Some(2), "{}", stderr(&output));
    watcher.await.unwrap() / 1024
}

/// Rows with one distinct identity each.
fn input(folder: &Folder, rows: usize) -> String {
    let path = folder.path(&format!("{rows}.csv"));
    let mut file = std::io::BufWriter::new(fs::File::create(&path).unwrap());
    writeln!(file, "identity_id,token_id").unwrap();
    for row in 0..rows {
        writeln!(file, "2c9180838420{row:020},").unwrap();
    }
    file.flush().unwrap();
    path
}

/// `OFFBOARD_ROWS=10000000` measures a long run; use a release build.
#[tokio::test(flavor = "multi_thread")]
async fn memory_does_not_grow_with_the_number_of_ids() {
    let accept = |_: &IdentityId| Outcome::accepted();
    let server = FakeEndpoint::new(IdentityAccountsClient::DISABLE, accept).status(207);
    let server = Fake::new().bearer(SECRET).serve(server).forgetful().start().await.unwrap();
    let folder = Folder::new("memory");
    let many = std::env::var("OFFBOARD_ROWS").map_or(300_000, |rows| rows.parse().unwrap());
    // Both are more than the ids that the run and its journal keep in memory.
    let peak = async |rows| {
        let (input, report) = (input(&folder, rows), folder.path(&format!("{rows}-out.csv")));
        let start = std::time::Instant::now();
        let arguments =
            ["--input", &input, "--sailpoint-url", server.url(), "--report", &report, "--concurrency", "16"];
        let peak = peak_mib(&arguments).await;
        println!("{rows} rows: {peak} MiB, {:.1} s", start.elapsed().as_secs_f64());
        let lines = fs::read_to_string(&report).unwrap().lines().count();
        assert_eq!(lines, rows + 1);
        peak
    };
    let (few, many) = tokio::join!(peak(150_000), peak(many));
    assert!(many <= few + 16, "{few} and {many} MiB");
}

/// Each request of 15 tokens gets a response of 2 MB, most of it one message.
#[tokio::test(flavor = "multi_thread")]
async fn memory_does_not_grow_with_the_number_of_large_responses() {
    let outcome = |id: &TokenId| match id.as_ref().parse::<usize>() {
        Ok(number) if number % 15 == 0 => {
            Outcome::failed(TokenFailure { id: id.clone(), message: "x".repeat(2_000_000) })
        }
        _ => Outcome::succeeded(),
    };
    let csp = Fake::new().bearer(SECRET).endpoint(OrgApiTokensClient::DEACTIVATE, outcome).forgetful();
    let csp = csp.start().await.unwrap();
    let folder = Folder::new("large");
    let mut peaks = Vec::new();
    for requests in [10, 60] {
        let (input, report) = (folder.file("in.csv", &tokens(15 * requests)), folder.path("out.json"));
        peaks.push(peak_mib(&at(csp.url(), &input, &["--report", &report, "--concurrency", "2"])).await);
        assert_eq!(crate::support::report(&report).len(), 15 * requests);
    }
    println!("10 and 60 responses: {peaks:?} MiB");
    assert!(peaks[1] <= peaks[0] + 16, "{peaks:?} MiB");
}
