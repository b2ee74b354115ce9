//! Bad input: one clear message, exit code 2, and nothing is sent.

use std::time::Duration;

use crate::support::{Folder, csp, run, stderr, stdout};
use crate::{bulk, deactivate};

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_input_is_told_and_nothing_is_sent() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("bad-input");
    let file = |name: &str, content: &str| &*folder.file(name, content).leak();
    let bytes = |name: &str, content: &[u8]| {
        std::fs::write(folder.path(name), content).unwrap();
        &*folder.path(name).leak()
    };
    let utf16: Vec<u8> = "\u{feff}id\na\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let [fifo, fifo_report] = ["fifo", "fifo.csv"].map(|name| &*folder.path(name).leak());
    assert!(std::process::Command::new("mkfifo").args([fifo, fifo_report]).status().unwrap().success());
    let here = folder.0.to_str().unwrap();
    let ids = file("ids.csv", "id,name\na,x\n");
    let none_failed = file("none_failed.csv", "id,outcome\na,succeeded\n");
    let one = |path, more: &[&'static str]| [&["--input", path], more].concat();
    for (arguments, want) in [
        (vec![], "no items: give ITEMs, --input FILE"),
        (one(ids, &["--column", "nope"]), r#"missing column "nope", found: "id", "name""#),
        (one(file("evil.csv", "id,\u{1b}[31m\na,x\n"), &["--column", "nope"]), r#"found: "id", "\u{1b}[31m""#),
        (one(ids, &[]), r#"expected one column, found 2: "id", "name"; choose with --column NAME"#),
        (one(file("twice.csv", "id,id\na,b\n"), &["--column", "id"]), "expected one column \"id\", found two"),
        (one(file("empty.csv", "id,n\na,1\n,2\n"), &["--column", "id"]), "row 3: the id is empty"),
        (one(file("short.csv", "id,n\na,1\nb\n"), &["--column", "id"]), "row 3: expected 2 fields, found 1"),
        (one(file("none.csv", "id\n"), &[]), "the input has no items"),
        (one(ids, &["--column", "id", "--skip", "1"]), "the input has no items after --skip, --take and --sample"),
        (vec!["--from", none_failed, "--outcome", "failed"], "the input has no items with an outcome of --outcome"),
        (one(file("zero.csv", ""), &[]), "expected a header"),
        (one(file("semicolons.csv", "id;n\na;1\n"), &[]), "expected commas between the columns, found \"id;n\""),
        (one(file("open.csv", "id\n\"a\n"), &[]), "a quotation mark is not closed"),
        (one(file("empty.json", "[\"\"]"), &[]), "element 1: the id is empty"),
        (one(file("bad.ndjson", "\"a\"\n{\n"), &[]), "line 2: expected JSON, found `{`: EOF while parsing an object"),
        (one(file("type.ndjson", "\"a\"\n7\n"), &[]), "line 2: expected a string, found integer `7`"),
        (
            one(file("bad.json", "[\"a\" \"b\"]"), &[]),
            "element 1: expected JSON, found `\"a\" \"b\"`: trailing characters",
        ),
        (one(file("cut.json", "[\"a\","), &[]), "expected an item, found nothing"),
        (one(bytes("utf16.csv", &utf16), &[]), "expected UTF-8, found UTF-16 or UTF-32; save the file as UTF-8"),
        (one(bytes("book.csv", b"PK\x03\x04"), &[]), "expected text, found a workbook or a compressed file"),
        (one(bytes("latin1.csv", b"id\n\xe9\n"), &[]), "is not UTF-8; save the file as UTF-8"),
        (
            one(file("seen.csv", "id\na\u{200b}b\n"), &[]),
            r#"row 2: the id "a\u{200b}b" has an invisible character (U+200B)"#,
        ),
        (vec!["a\u{a0}"], r#"item 1: the id "a\u{a0}" has an invisible character (U+00A0)"#),
        (one(here, &[]), "expected a file, found a directory"),
        (one(fifo, &[]), "found a pipe or a device; use `--input - <"),
        (one("/no/such/file", &[]), "No such file or directory"),
        (one(file("ids.ndjson", "\"a\"\n"), &["--format", "json"]), "expected a JSON array of items"),
        (one(file("col.ndjson", "\"a\"\n"), &["--column", "a", "--format", "ndjson"]), "--column: expected a CSV file"),
        (vec!["--from", ids, "--outcome", "failed"], "expected a report with the column `outcome`"),
        (
            vec!["--from", fifo_report, "--outcome", "failed"],
            "expected a file, found a pipe or a device; copy it to a file",
        ),
        (
            vec!["--from", file("cut.csv", "id,outcome\na,failed\nb\n"), "--outcome", "failed"],
            "row 3: expected 2 fields, found 1",
        ),
        (vec!["--from", "/no/such.db", "--outcome", "failed"], "found: no such file or directory"),
        (vec!["--from", "x.txt", "--outcome", "failed"], "expected a journal (.db), or a report"),
    ] {
        let arguments = [&arguments[..], &["--yes"]].concat();
        let output = run(deactivate(&folder, csp.url(), &arguments)).await;
        assert!(stderr(&output).contains(want), "{arguments:?}: {}", stderr(&output));
        let code = if want.contains("no such file") { Some(4) } else { Some(2) };
        assert_eq!(output.status.code(), code, "{arguments:?}: {}", stderr(&output));
        let text = stdout(&output) + &stderr(&output);
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
    assert_eq!(csp.request_count(), 0);
    let output = run(deactivate(&folder, csp.url(), &["a\u{200b}b", "--yes", "--allow-invisible"])).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_that_do_not_fit_are_usage_errors() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("bad-flags");
    let ids = folder.file("ids.txt", "a\n");
    let locked = folder.path("locked");
    std::fs::create_dir(&locked).unwrap();
    let old_report = folder.file("old.csv", "id,outcome\na,failed\n");
    let (partial, of_partial) = (folder.file("rows.partial.csv", "id\na\n"), folder.path("rows.csv"));
    let (report, input_report) = (format!("{locked}/no/out.csv"), folder.file("in.csv", "id\na\n"));
    for (arguments, want) in [
        (vec!["a", "--input", &ids], "cannot be used with"),
        (vec!["a", "--resume", "--new"], "cannot be used with"),
        (vec!["a", "--json", "--quiet"], "cannot be used with"),
        (vec!["a", "--no-journal", "--resume"], "cannot be used with"),
        (vec!["a", "--dry-run", "--report", "x.csv"], "cannot be used with"),
        (vec!["--from", "x.db"], "--outcome <LIST>"),
        (vec!["a", "--outcome", "failed"], "--outcome needs --from FILE"),
        (vec!["a", "--canary-success", "5%"], "--canary <N|off>"),
        (vec!["a", "--canary", "0"], "expected a number from 1 to 100000, or `off`"),
        (vec!["a", "--max-failures", "101%"], "expected a percentage"),
        (vec!["a", "--concurrency", "0"], "'--concurrency <N>': expected a whole number from 1"),
        (vec!["a", "--take", "x"], "'--take <N>': expected a whole number"),
        (
            vec!["--from", "x.csv", "--outcome", "done"],
            "[possible values: succeeded, failed, refused, unknown, not_attempted]",
        ),
        (vec!["a", "--format", "csv"], "--format and --column need --input FILE"),
        (vec!["a", "--header", "X Y: a"], "error: invalid header \"X Y\""),
        (vec!["a", "--timeout", "soon"], "expected a time such as"),
        (vec!["a", "--header", "Authorization: Bearer x"], "others see `Authorization` on a command line"),
        (vec!["a", "--report", "x.txt"], "must end with ."),
        (vec!["a", "--report", &report], "its directory does not exist"),
        (vec!["a", "--report", &locked], "must end with"),
        (vec!["--input", &input_report, "--report", &input_report], "it is the file of --input"),
        (
            vec!["--input", &ids, "--from", &old_report, "--outcome", "failed", "--report", &old_report],
            "it is the file of --input or --from",
        ),
        (vec!["--input", &partial, "--report", &of_partial], "its rows are written to"),
        (vec!["a", "--resume"], "--resume: there is no unfinished run"),
        (vec!["a", "--restored"], "--resume"),
        (vec!["a", "--restored", "--resume"], "--restored: expected a journal at"),
    ] {
        let output = run(deactivate(&folder, csp.url(), &[&arguments[..], &["--yes"]].concat())).await;
        assert!(stderr(&output).contains(want), "{arguments:?}: {}", stderr(&output));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
    }
    for (arguments, want) in [
        (&["csp", "deactivate", "a"][..], "--org-id <ORG_ID>"),
        (
            &["csp", "deactivate", "--org-id", "..", "a", "--base-url", "http://127.0.0.1:9", "--yes"],
            "expected a path segment for the parameter `orgId`",
        ),
        (&["csp", "deactivate", "--org-id", "o", "a", "--base-url", "ftp://x", "--yes"], "neither http nor https"),
        (&["csp", "deactivate", "--org-id", "o", "a", "--base-url", "http://10.9.8.7", "--yes"], "add --insecure-http"),
        (&["sailpoint", "disable", "a"], "--base-url <URL>"),
        (
            &[
                "sailpoint",
                "roles-update-metadata",
                "--base-url",
                "http://127.0.0.1:9",
                "--operation",
                "DROP",
                "--values",
                "[]",
                "a",
            ],
            "--operation: the argument `operation`: unknown variant `DROP`",
        ),
        (&["csp"], "Usage"),
        (&["nobody"], "unrecognized subcommand"),
    ] {
        let output = run(bulk(&folder, arguments)).await;
        assert!(stderr(&output).contains(want), "{arguments:?}: {}", stderr(&output));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    assert_eq!(csp.request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_nothing_is_sent_unasked() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("unasked");
    let output = run(deactivate(&folder, csp.url(), &["a", "b"])).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("add --yes to send 2 items"), "{}", stderr(&output));
    assert_eq!(std::fs::read_dir(folder.path("state/bulk/runs")).unwrap().count(), 0, "it leaves nothing behind");
    // What may be applied already is not sent again blindly, whatever --yes says.
    let report = folder.file("out.ndjson", "{\"id\":\"a\",\"outcome\":\"unknown\"}\n");
    let delete =
        ["sailpoint", "roles-delete", "--base-url", csp.url(), "--from", &report, "--outcome", "unknown", "--yes"];
    let output = run(bulk(&folder, &delete)).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("is not safe to retry"), "{}", stderr(&output));
    assert_eq!(csp.request_count(), 0);
}

/// What is asked about and checked is what is sent: an input that changes in between is not.
#[tokio::test(flavor = "multi_thread")]
async fn an_input_that_changes_before_it_is_sent_is_told() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("changed-input");
    let input = folder.file("in.txt", "a\nb\n");
    // The token is fetched between the check and the first request.
    let change = format!("printf 'x\\ny\\n' > {input}; echo fake-token");
    let arguments = ["--input", &input, "--yes", "--token-command", &change];
    let output = run(deactivate(&folder, csp.url(), &arguments)).await;
    assert!(stderr(&output).contains("the input file changed while it was read"), "{}", stderr(&output));
    assert_eq!((output.status.success(), csp.request_count()), (false, 0));
}
