//! What a command writes: reports, events, help.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Folder, csp, end, run, stderr, stdout};
use crate::{bulk, deactivate};

#[tokio::test(flavor = "multi_thread")]
async fn a_report_has_a_row_for_each_item() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("reports");
    for (extension, want) in [
        (
            "csv",
            "provider,operation,id,outcome,status,code,message,request_id\ncsp,deactivate,a,succeeded,200,,,\ncsp,deactivate,bad,failed,200,,no such token,\n",
        ),
        (
            "ndjson",
            "{\"provider\":\"csp\",\"operation\":\"deactivate\",\"id\":\"a\",\"outcome\":\"succeeded\",\"status\":200,\"code\":null,\"message\":null,\"request_id\":null}\n\
             {\"provider\":\"csp\",\"operation\":\"deactivate\",\"id\":\"bad\",\"outcome\":\"failed\",\"status\":200,\"code\":null,\"message\":\"no such token\",\"request_id\":null}\n",
        ),
    ] {
        let report = folder.path(&format!("out.{extension}"));
        let output = run(deactivate(&folder, csp.url(), &["a", "bad", "--yes", "--quiet", "--report", &report])).await;
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert_eq!((stdout(&output), stderr(&output)), (String::new(), String::new()), "--quiet");
        assert_eq!(std::fs::read_to_string(&report).unwrap(), want);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_json_lines() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("events");
    let output = run(deactivate(&folder, csp.url(), &["a", "bad", "--yes", "--json"])).await;
    let events: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["start", "outcome", "outcome", "end"]);
    assert_eq!((&events[0]["items"], &events[2]["message"]), (&2.into(), &"no such token".into()));
    let end = &events[3];
    assert_eq!((&end["succeeded"], &end["failed"], &end["open"]), (&1.into(), &1.into(), &0.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_the_requests_and_needs_no_token() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("dry");
    let input = folder.file("in.txt", &(0..40).fold(String::new(), |lines, id| lines + &format!("t{id}\n")));
    let header = "X-Tenant: acme";
    let mut command = deactivate(&folder, csp.url(), &["--input", &input, "--dry-run", "--header", header]);
    command.env_remove("CSP_TOKEN");
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for part in [
        "40 items would be sent in 3 requests",
        "\nPOST /csp/gateway/am/api/orgs/o/api-tokens/deactivate HTTP/1.1\nhost: 127.0.0.1:",
        "\nauthorization: Bearer <redacted>\n",
        "\nx-tenant: <redacted>\n",
        "\ncontent-type: application/json\n",
        "\n\n{\"ids\":[\"t0\",",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(csp.request_count(), 0);
    assert!(!folder.0.join("state").exists(), "a dry run leaves nothing behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn help_completions_and_the_manual_come_from_the_declarations() {
    let folder = Folder::new("help");
    for (arguments, wants) in [
        (
            &["csp", "deactivate", "--help"][..],
            &[
                "Deactivates tokens.",
                "The id of the organization (in the path)",
                "At most 15 items in a request.",
                "https://developer.broadcom.com",
            ][..],
        ),
        (&["sailpoint", "--help"], &["tags-add", "roles-delete"]),
        (&["sailpoint-v1", "object-mappings-bulk-patch", "--help"], &["--source-org <SOURCE_ORG>", "id, operations"]),
        (&["endpoints"], &["csp activate", "sailpoint-v1 governance-groups-add-members"]),
        (&["completion", "bash"], &["complete -F"]),
        (&["completion", "zsh"], &["#compdef bulk"]),
        (&["man"], &[".TH bulk"]),
        (&["runs", "list"], &["No runs are recorded."]),
        (&["auth", "status"], &["csp: a bearer token in CSP_TOKEN"]),
    ] {
        let output = run(bulk(&folder, arguments)).await;
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
        for want in wants {
            assert!(stdout(&output).contains(want), "{arguments:?}: {want}: {}", stdout(&output));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_subcommand_has_a_manual_page() {
    let folder = Folder::new("pages");
    let pages = folder.path("man/man1");
    let output = run(bulk(&folder, &["man", "--dir", &pages])).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for (name, wants) in [
        ("bulk", &["bulk\\-csp(1)", "bulk\\-runs(1)"][..]),
        ("bulk-csp", &["bulk\\-csp\\-deactivate(1)"]),
        ("bulk-csp-deactivate", &["Deactivates tokens.", "\\-\\-org\\-id", "CSP_BASE_URL", ".SH SAFETY"]),
        ("bulk-runs-forget", &["Deletes the journal and the command of a run"]),
        ("bulk-sailpoint-v1-object-mappings-bulk-patch", &["\\-\\-source\\-org"]),
    ] {
        let page = std::fs::read_to_string(format!("{pages}/{name}.1")).unwrap();
        for want in [&format!(".TH {name} 1")].into_iter().map(String::as_str).chain(wants.iter().copied()) {
            assert!(page.contains(want), "{name}: {want}: {page}");
        }
    }
    let file = folder.file("file", "");
    let output = run(bulk(&folder, &["man", "--dir", &file])).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("cannot write manual pages to"), "{}", stderr(&output));
}

/// A pipe whose reader is gone, as that of `| head` soon is.
fn closed_pipe() -> std::io::PipeWriter {
    std::io::pipe().unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_gone_is_no_error() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("closed-pipe");
    for arguments in [
        &["completion", "bash"][..],
        &["completion", "elvish"],
        &["completion", "fish"],
        &["completion", "powershell"],
        &["completion", "zsh"],
        &["man"],
        &["endpoints"],
        &["auth", "status"],
        &["runs", "list"],
        &["--help"],
        &["--version"],
        &["csp", "deactivate", "--help"],
        &["csp", "deactivate", "--org-id", "o", "a", "--dry-run"],
        &["csp", "deactivate", "--org-id", "o", "a", "--yes"],
        &["csp", "deactivate", "--org-id", "o", "a", "--yes", "--json"],
        &["runs", "show", "csp"],
        &["runs", "forget", "csp"],
    ] {
        let mut command = bulk(&folder, arguments);
        command.env("CSP_BASE_URL", csp.url()).stdout(closed_pipe()).stderr(Stdio::piped());
        let output = end(command.spawn().unwrap()).await;
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
        assert!(!stderr(&output).contains("error"), "{arguments:?}: {}", stderr(&output));
    }
    // Nobody reads the errors either.
    let mut command = bulk(&folder, &["no-such-command"]);
    command.stdout(Stdio::null()).stderr(closed_pipe());
    assert_eq!(end(command.spawn().unwrap()).await.status.code(), Some(2));
    assert_eq!(csp.request_count(), 2);
    #[cfg(target_os = "linux")]
    for arguments in [&["completion", "bash"][..], &["man"]] {
        let mut command = bulk(&folder, arguments);
        command.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap()).stderr(Stdio::piped());
        let output = end(command.spawn().unwrap()).await;
        assert_eq!(output.status.code(), Some(2), "what is lost on a full disk is told");
        assert!(stderr(&output).contains("cannot write to standard output"), "{}", stderr(&output));
    }
}
