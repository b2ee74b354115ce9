//! Runs that stop, and go on: the canary, too many failures, signals, kills.
#![cfg(unix)]

use std::time::Duration;

use bulk_endpoint_api_defs::csp::OrgApiTokensClient;

use crate::support::{Folder, count, csp, end, fake_csp, kill, report, run, start, stderr, stdout, until};
use crate::{bulk, deactivate};

fn numbers(folder: &Folder, count: usize) -> String {
    folder.file("in.txt", &(0..count).fold(String::new(), |lines, id| lines + &format!("{id}\n")))
}

/// The items of a run are each applied once.
fn assert_each_once(csp: &bulk_endpoint::testing::FakeServer, count: usize) {
    let mut applied: Vec<usize> =
        csp.applied(OrgApiTokensClient::DEACTIVATE).iter().map(|id| id.as_ref().parse().unwrap()).collect();
    applied.sort_unstable();
    assert_eq!(applied, (0..count).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_fails_stops_the_run() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("canary");
    // An id that starts with `=` fails.
    let line = |id: usize| if id < 5 { format!("={id}\n") } else { format!("{id}\n") };
    let lines: String = (0..100).map(line).collect();
    let input = folder.file("in.txt", &lines);
    let path = folder.path("out.json");
    let arguments = ["--input", &input, "--yes", "--report", &path];
    let canary = [&arguments[..], &["--canary", "20", "--canary-success", "90%"]].concat();
    let output = run(deactivate(&folder, csp.url(), &canary)).await;
    assert_eq!(output.status.code(), Some(3), "{}{}", stdout(&output), stderr(&output));
    assert!(stderr(&output).contains("--canary-success asks for 90%"), "{}", stderr(&output));
    let rows = report(&path);
    let counts = ["succeeded", "failed", "not_attempted"].map(|outcome| count(&rows, outcome));
    assert_eq!((csp.request_count(), counts), (2, [15, 5, 80]));
    // Without its condition, the others are sent, and none twice.
    let resumed = [&arguments[..], &["--resume"]].concat();
    let output = run(deactivate(&folder, csp.url(), &resumed)).await;
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let rows = report(&path);
    assert_eq!((rows.len(), count(&rows, "succeeded"), count(&rows, "failed")), (100, 95, 5));
    assert_eq!(csp.applied(OrgApiTokensClient::DEACTIVATE).len(), 95);
}

/// What failed is final, so that a canary of the items of an earlier command would close for ever.
#[tokio::test(flavor = "multi_thread")]
async fn each_command_judges_a_canary_of_its_own() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("canary-again");
    // Of the first three canaries of 20, two have five failures.
    let line = |id: usize| if id < 5 || (20..25).contains(&id) { format!("={id}\n") } else { format!("{id}\n") };
    let input = folder.file("in.txt", &(0..100).map(line).collect::<String>());
    let path = folder.path("out.json");
    let canary = ["--input", &input, "--yes", "--report", &path, "--canary", "20", "--canary-success", "90%"];
    for (resume, code, requests, counts) in [
        (&[][..], 3, 2, [15, 5, 80]),
        (&["--resume"], 3, 4, [30, 10, 60]),
        // What is left of the canary fills its last request only once the others are let through.
        (&["--resume"], 1, 9, [90, 10, 0]),
    ] {
        let output = run(deactivate(&folder, csp.url(), &[&canary[..], resume].concat())).await;
        assert_eq!(output.status.code(), Some(code), "{}{}", stdout(&output), stderr(&output));
        let why = "of the first 20 items that this command sent, 15 succeeded, and --canary-success asks for 90%";
        assert_eq!(stderr(&output).contains(why), code == 3, "{}", stderr(&output));
        let rows = report(&path);
        assert_eq!(["succeeded", "failed", "not_attempted"].map(|outcome| count(&rows, outcome)), counts);
        assert_eq!(csp.request_count(), requests);
    }
    assert_eq!(csp.applied(OrgApiTokensClient::DEACTIVATE).len(), 90, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_failures_stop_the_run() {
    let csp = csp(Duration::from_millis(5)).await;
    let folder = Folder::new("failures");
    let input = folder.file("in.csv", &format!("id\n{}", "bad\n".repeat(2)));
    let output = run(deactivate(&folder, csp.url(), &["--input", &input, "--yes", "--max-failures", "1"])).await;
    assert_eq!(output.status.code(), Some(1), "all were settled: {}", stderr(&output));
    let many = (0..2_000).fold(String::new(), |lines, id| lines + &format!("={id}\n"));
    let input = folder.file("in.txt", &many);
    let output = run(deactivate(&folder, csp.url(), &["--input", &input, "--yes"])).await;
    assert_eq!(output.status.code(), Some(3), "{}{}", stdout(&output), stderr(&output));
    assert!(stderr(&output).contains("settled items failed or were refused, and --max-failures allows 50%"));
    assert!(csp.request_count() < 60, "{}", csp.request_count());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_failures_of_the_canary_count() {
    let csp = csp(Duration::from_millis(5)).await;
    let folder = Folder::new("canary-failures");
    // Five of the canary fail, and all after it.
    let line = |id: usize| if (5..20).contains(&id) { format!("{id}\n") } else { format!("={id}\n") };
    let input = folder.file("in.txt", &(0..2_000).map(line).collect::<String>());
    let limits = ["--canary", "20", "--canary-success", "50%", "--max-failures", "19"];
    let output = run(deactivate(&folder, csp.url(), &[&["--input", &input, "--yes"], &limits[..]].concat())).await;
    assert_eq!(output.status.code(), Some(3), "{}{}", stdout(&output), stderr(&output));
    let why = "20 of 35 settled items failed or were refused, and --max-failures allows 19";
    assert!(stderr(&output).contains(why), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_run_is_found_again() {
    let csp = csp(Duration::from_millis(100)).await;
    let folder = Folder::new("unfinished");
    let input = numbers(&folder, 300);
    let path = folder.path("out.json");
    let arguments = ["--input", &input, "--yes", "--report", &path, "--concurrency", "1"];
    for signal in ["INT", "TERM", "KILL"] {
        let before = csp.request_count();
        let resume: &[&str] = if before > 0 { &["--resume"] } else { &[] };
        let child = start(deactivate(&folder, csp.url(), &[&arguments[..], resume].concat()));
        until(|| csp.request_count() >= before + 3).await;
        kill(&child, signal);
        let output = end(child).await;
        let want = if signal == "KILL" { None } else { Some(3) };
        assert_eq!(output.status.code(), want, "{signal}: {}{}", stdout(&output), stderr(&output));
        // A second start is refused.
        let output = run(deactivate(&folder, csp.url(), &arguments)).await;
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains("is unfinished (csp deactivate: "), "{}", stderr(&output));
    }
    let output = run(bulk(&folder, &["runs", "list"])).await;
    assert!(stdout(&output).contains("unfinished"), "{}", stdout(&output));
    let name = stdout(&output).split(':').next().unwrap().to_owned();
    let output = run(bulk(&folder, &["runs", "show", &name])).await;
    assert!(stdout(&output).contains("300 items") || stdout(&output).contains("open"), "{}", stdout(&output));
    // The command of the run is known, and there is no other one.
    let output = run(bulk(&folder, &["runs", "resume"])).await;
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(count(&report(&path), "succeeded"), 300);
    let mut applied: Vec<usize> =
        csp.applied(OrgApiTokensClient::DEACTIVATE).iter().map(|id| id.as_ref().parse().unwrap()).collect();
    applied.sort_unstable();
    applied.dedup();
    assert_eq!(applied.len(), 300);
    let output = run(bulk(&folder, &["runs", "resume"])).await;
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert!(stderr(&output).contains("no run is unfinished"), "{}", stderr(&output));
    // A run may be writing its report there.
    let partial = folder.file("exported.partial.csv", "id\n");
    let output = run(bulk(&folder, &["runs", "export", &name, "--report", &folder.path("exported.csv")])).await;
    assert!(stderr(&output).contains("it is the report of a run that is not finished"), "{}", stderr(&output));
    std::fs::remove_file(partial).unwrap();
    let exported = folder.path("exported.csv");
    let output = run(bulk(&folder, &["runs", "export", &name, "--report", &exported])).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(&exported).unwrap().lines().count(), 301);
    let output = run(bulk(&folder, &["runs", "forget", &name])).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&run(bulk(&folder, &["runs", "list"])).await).contains("No runs"));
    assert!(state_files(&folder).is_empty(), "{:?}", state_files(&folder));
}

/// The files of the runs in the state folder, by name. A lock stays for the next run, so that two of them cannot lock different files.
fn state_files(folder: &Folder) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder.path("state/bulk/runs")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths.filter(|path| path.extension().unwrap() != "db-lock").collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_a_command_is_kept_private_and_not_shown() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("secret-header");
    let url = format!("{}?key=hunter2", csp.url());
    let print = format!("printf %s {}; : hunter2", crate::support::SECRET);
    let arguments =
        ["1", "--yes", "--token-command", &print, "--header", "X-Api-Key: hunter2", "--header=X-Other:hunter2"];
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for _ in 0..2 {
        let output = run(deactivate(&folder, &url, &arguments)).await;
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let files = state_files(&folder);
        let is_command = |path: &&std::path::PathBuf| path.extension().unwrap() == "json";
        let command = files.iter().find(is_command).unwrap();
        assert!(std::fs::read_to_string(command).unwrap().contains("X-Api-Key: hunter2"));
        assert!(files.iter().all(|path| mode(path) == 0o600), "{files:?}");
        // Also where others could read the file before.
        std::fs::set_permissions(command, Permissions::from_mode(0o644)).unwrap();
    }
    let output = run(bulk(&folder, &["runs", "show", "csp-deactivate"])).await;
    let shown = stdout(&output);
    assert!(
        shown.contains("--token-command printf <redacted> --header X-Api-Key: <redacted> --header=X-Other: <redacted>"),
        "{shown}{}",
        stderr(&output)
    );
    assert!(!shown.contains("hunter2"), "{shown}");
    // `runs` finds no journal elsewhere, so no command is kept for it.
    let journal = folder.path("own.db");
    let output = run(deactivate(&folder, &url, &[&arguments[..], &["--journal", &journal]].concat())).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!folder.0.join("own.command.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_can_start_over() {
    let csp = csp(Duration::from_millis(100)).await;
    let folder = Folder::new("new");
    let input = numbers(&folder, 100);
    let arguments = ["--input", &input, "--yes", "--concurrency", "1"];
    let child = start(deactivate(&folder, csp.url(), &arguments));
    until(|| csp.request_count() >= 2).await;
    kill(&child, "INT");
    assert_eq!(end(child).await.status.code(), Some(3));
    // Without the consent, the unfinished run stays.
    let asked: Vec<&str> = arguments.iter().copied().filter(|argument| *argument != "--yes").chain(["--new"]).collect();
    assert_eq!(run(deactivate(&folder, csp.url(), &asked)).await.status.code(), Some(2));
    assert!(stdout(&run(bulk(&folder, &["runs", "list"])).await).contains("unfinished"));
    let output = run(deactivate(&folder, csp.url(), &[&arguments[..], &["--new"]].concat())).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("was put aside"), "{}", stderr(&output));
    // Both runs have one command. It goes with the last of them.
    let list = stdout(&run(bulk(&folder, &["runs", "list"])).await);
    let names: Vec<&str> = list.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(names.len(), 2, "{list}");
    for (name, has_command) in [(names[0], true), (names[1], false)] {
        let shown = stdout(&run(bulk(&folder, &["runs", "show", name])).await);
        assert!(shown.contains("Command: "), "{shown}");
        let output = run(bulk(&folder, &["runs", "forget", name])).await;
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(!state_files(&folder).is_empty(), has_command, "{:?}", state_files(&folder));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_does_not_wait() {
    let csp = fake_csp().latency(Duration::from_secs(30)).start().await.unwrap();
    let folder = Folder::new("second-signal");
    let child = start(deactivate(&folder, csp.url(), &["1", "2", "--yes"]));
    until(|| csp.request_count() == 1).await;
    for _ in 0..2 {
        kill(&child, "INT");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let output = end(child).await;
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stdout(&output).contains("2 unknown"), "{}", stdout(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_journal_a_run_has_its_gates_too() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("no-journal");
    // The ids of the canary come again after it: they are sent once.
    let again =
        folder.file("again.txt", &(0..100).chain(0..30).fold(String::new(), |lines, id| lines + &format!("{id}\n")));
    let path = folder.path("out.json");
    let base = ["--yes", "--no-journal", "--report", &path, "--input"];
    let output = run(deactivate(&folder, csp.url(), &[&base[..], &[&again, "--canary", "20"]].concat())).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_each_once(&csp, 100);
    assert_eq!(count(&report(&path), "succeeded"), 130);

    let line = |id: usize| if id < 5 { format!("={id}\n") } else { format!("1{id:03}\n") };
    let input = folder.file("in.txt", &(0..100).map(line).collect::<String>());
    let before = csp.request_count();
    for (gates, why, sent) in [
        (&["--canary", "20", "--canary-success", "90%"][..], "--canary-success asks for 90%", [2, 15, 5, 80]),
        (
            &["--canary", "20", "--canary-success", "70%", "--max-failures", "4"],
            "--max-failures allows 4",
            [2, 15, 5, 80],
        ),
    ] {
        let before = csp.request_count();
        let output = run(deactivate(&folder, csp.url(), &[&base[..], &[&input], gates].concat())).await;
        // Nothing continues without a journal, so nothing is open.
        assert_eq!(output.status.code(), Some(1), "{gates:?}: {}{}", stdout(&output), stderr(&output));
        assert!(stderr(&output).contains(why), "{gates:?}: {}", stderr(&output));
        let rows = report(&path);
        let counts = ["succeeded", "failed", "not_attempted"].map(|outcome| count(&rows, outcome));
        assert_eq!(([csp.request_count() - before], counts), ([sent[0]], [sent[1], sent[2], sent[3]]), "{gates:?}");
    }
    assert!(csp.request_count() > before && !folder.0.join("state").exists());
}
