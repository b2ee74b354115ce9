//! Where items come from.

use std::fs::File;
use std::time::Duration;

use bulk_endpoint::Outcome;
use bulk_endpoint::testing::Fake;
use bulk_endpoint_api_defs::csp::{OrgApiTokensClient, TokenId};
use bulk_endpoint_api_defs::sailpoint::{AccessProfileRequestable, AccessProfilesClient};

use crate::support::{Folder, SECRET, csp, run, stderr, stdout};
use crate::{bulk, deactivate};

fn ids(applied: &[TokenId]) -> Vec<&str> {
    let mut ids: Vec<&str> = applied.iter().map(AsRef::as_ref).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_input_gives_the_same_items() {
    let folder = Folder::new("inputs");
    let file = |name: &str, content: &str| folder.file(name, content);
    let json = "[\"a\",\n\"b\", \"c\"]";
    let inputs = [
        vec!["a", "b", "c"],
        vec!["--input", &*file("one.csv", "token\na\nb\nc\n").leak()],
        vec![
            "--input",
            &*file("two.csv", "\u{feff}name,token\r\nx, a\r\ny,b\r\nz,\"c\"\r\n").leak(),
            "--column",
            "token",
        ],
        vec!["--input", &*file("noext", "name,token\nx,a\ny,b\nz,c\n").leak(), "--column", "token"],
        vec!["--input", &*file("ids.txt", "a\n\n b\r\nc").leak()],
        vec!["--input", &*file("ids.ndjson", "\"a\"\n\"b\"\n\"c\"\n").leak()],
        vec!["--input", &*file("ids.json", json).leak()],
        vec!["--input", &*file("array", json).leak()],
        vec!["--input", &*file("more.txt", "x\na\nb\nc\ny").leak(), "--skip", "1", "--take", "3"],
    ];
    for arguments in inputs {
        let csp = csp(Duration::ZERO).await;
        let output = run(deactivate(&folder, csp.url(), &[&arguments[..], &["--yes"]].concat())).await;
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}{}", stdout(&output), stderr(&output));
        assert_eq!(ids(&csp.applied(OrgApiTokensClient::DEACTIVATE)), ["a", "b", "c"], "{arguments:?}");
    }
    for (content, format) in [("token\na\nb\nc\n", None), (json, None), ("a\nb\nc\n", Some("lines"))] {
        let csp = csp(Duration::ZERO).await;
        let format = format.map(|format| ["--format", format]).unwrap_or_default();
        let format = format.iter().filter(|part| !part.is_empty()).copied();
        let arguments: Vec<&str> = ["--input", "-", "--yes"].into_iter().chain(format).collect();
        let mut command = deactivate(&folder, csp.url(), &arguments);
        command.stdin(File::open(file("stdin", content)).unwrap());
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(0), "{content:?}: {}", stderr(&output));
        assert_eq!(ids(&csp.applied(OrgApiTokensClient::DEACTIVATE)), ["a", "b", "c"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_the_fields_of_an_item() {
    let succeed = |_: &AccessProfileRequestable| Outcome::succeeded();
    let fake = Fake::new().bearer(SECRET).endpoint(AccessProfilesClient::BULK_UPDATE_REQUESTABLE, succeed);
    let fake = fake.start().await.unwrap();
    let folder = Folder::new("columns");
    let input = folder.file("in.csv", "note,requestable,id\nx,true,007\ny,false,008\n");
    let command = ["sailpoint-v1", "access-profiles-bulk-update-requestable", "--base-url", fake.url()];
    let output = run(bulk(&folder, &[&command[..], &["--input", &input, "--yes"]].concat())).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("ignored columns: \"note\""), "{}", stderr(&output));
    let applied = fake.applied_items(AccessProfilesClient::BULK_UPDATE_REQUESTABLE);
    let applied: Vec<_> = applied.iter().map(|item| (item.id.as_ref(), item.requestable)).collect();
    assert_eq!(applied, [("007", true), ("008", false)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_an_earlier_run_are_taken_by_their_outcome() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("from");
    let reports = ["json", "csv", "ndjson"].map(|extension| folder.path(&format!("out.{extension}")));
    let journal = folder.path("run.db");
    for report in &reports {
        let arguments = ["x", "bad", "y", "--yes", "--new", "--journal", &journal, "--report", report];
        let output = run(deactivate(&folder, csp.url(), &arguments)).await;
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    }
    let finished = folder.path("run.finished.db");
    for from in reports.iter().chain([&finished]) {
        let take = |outcome: &'static str| ["--from", from, "--outcome", outcome, "--yes", "--quiet"];
        let report = folder.path("again.ndjson");
        let output =
            run(deactivate(&folder, csp.url(), &[&take("failed,unknown")[..], &["--report", &report]].concat())).await;
        assert_eq!(output.status.code(), Some(1), "{from}: {}", stderr(&output));
        let again = std::fs::read_to_string(&report).unwrap();
        assert!(again.lines().count() == 1 && again.contains("\"id\":\"bad\""), "{from}: {again}");
        // Among the items of a file.
        let input = folder.file("in.txt", "y\nz\nbad\n");
        let arguments = [&take("succeeded")[..], &["--input", &input, "--report", &report]].concat();
        let output = run(deactivate(&folder, csp.url(), &arguments)).await;
        assert_eq!(output.status.code(), Some(0), "{from}: {}", stderr(&output));
        let again = std::fs::read_to_string(&report).unwrap();
        assert!(again.lines().count() == 1 && again.contains("\"id\":\"y\""), "{from}: {again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_an_earlier_run_must_have_ids_that_fit() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("fitting");
    let reports = ["json", "csv", "ndjson"].map(|extension| folder.path(&format!("out.{extension}")));
    for report in &reports {
        let arguments = ["x", "y", "--yes", "--new", "--journal", &folder.path("run.db"), "--report", report];
        let output = run(deactivate(&folder, csp.url(), &arguments)).await;
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    let row = |name: &str, task: [&str; 2]| {
        let [provider, operation] = task;
        let row =
            format!("\"provider\":\"{provider}\",\"operation\":\"{operation}\",\"id\":\"a\",\"outcome\":\"succeeded\"");
        folder.file(name, &format!("{{{row}}}\n"))
    };
    let offboard = row("offboard.ndjson", ["sailpoint", "disable"]);
    let unknown = row("unknown.ndjson", ["nobody", "knows"]);
    // A run of a program with a name for it.
    let named = row("named.ndjson", ["leavers", ""]);
    let ids = folder.file("ids.txt", "a\nx\n");
    let activate = ["csp", "activate", "--org-id", "o"];
    let (enable, delete) = (["sailpoint", "enable"], ["sailpoint", "roles-delete"]);
    let enable_v1 = ["sailpoint-v1", "enable"];
    let others = "expected items of sailpoint enable or sailpoint disable or sailpoint-v1 enable";
    let found = |task: &str| format!("found those of \"{task}\"; give ids that fit with --input");
    let fits = None::<[String; 2]>;
    let mut cases: Vec<(&str, &[&str], _)> = vec![
        (&offboard, &enable, fits.clone()),
        (&offboard, &enable_v1, fits.clone()),
        (&named, &enable, fits.clone()),
        (&offboard, &activate, Some(["line 1: expected items of csp".into(), found("sailpoint disable")])),
        (&offboard, &delete, Some(["expected items of sailpoint roles-delete".into(), found("sailpoint disable")])),
        (&unknown, &enable, Some([others.into(), found("nobody knows")])),
    ];
    let finished = folder.path("run.finished.db");
    for from in reports.iter().chain([&finished]) {
        cases.push((from, &activate, fits.clone()));
        cases.push((from, &enable, Some([others.into(), found("csp deactivate")])));
    }
    for (from, command, want) in cases {
        for input in [&[][..], &["--input", &ids]] {
            let flags = ["--base-url", csp.url(), "--from", from, "--outcome", "succeeded", "--dry-run"];
            let output = run(bulk(&folder, &[command, &flags[..], input].concat())).await;
            let told = stderr(&output);
            match &want {
                None => assert_eq!(output.status.code(), Some(0), "{from} {command:?}: {told}"),
                Some(parts) => {
                    assert_eq!(output.status.code(), Some(2), "{from} {command:?}: {told}");
                    assert!(parts.iter().all(|part| told.contains(part)), "{from} {command:?}: {told}");
                    assert_eq!(told.lines().count(), 1, "{told}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_a_part_and_the_same_each_time() {
    let folder = Folder::new("sample");
    let lines = (0..500).fold(String::new(), |lines, id| lines + &format!("t{id}\n"));
    let input = folder.file("in.txt", &lines);
    let mut samples = Vec::new();
    for _ in 0..2 {
        let csp = csp(Duration::ZERO).await;
        let output = run(deactivate(&folder, csp.url(), &["--input", &input, "--sample", "20", "--yes"])).await;
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let applied = csp.applied(OrgApiTokensClient::DEACTIVATE);
        samples.push(ids(&applied).into_iter().map(str::to_owned).collect::<Vec<_>>());
    }
    assert_eq!(samples[0].len(), 20);
    assert_eq!(samples[0], samples[1]);
}
