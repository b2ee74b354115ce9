//! The rows of a report, as JSON or CSV.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use bulk_endpoint::{OutcomeKind, Row};
use serde::Serialize;

use super::formulas::harmless;
use crate::extension::extension_of;
use crate::task::Task;

/// The outcome of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportRow {
    /// The vendor.
    pub provider: Arc<str>,
    /// The endpoint.
    pub operation: Arc<str>,
    /// The key of the item.
    pub id: String,
    /// Its outcome.
    pub outcome: OutcomeKind,
    /// The HTTP status behind it.
    pub status: Option<u16>,
    /// The vendor's error code.
    pub code: Option<String>,
    /// What explains it, on one line.
    pub message: Option<String>,
    /// The vendor's id of the request.
    pub request_id: Option<String>,
}

impl ReportRow {
    /// The row of an item.
    pub fn new(task: &Task, row: Row) -> Self {
        let Task { provider, operation } = task.clone();
        let Row { key, outcome, status, code, message, request_id, .. } = row;
        ReportRow { provider, operation, id: key, outcome, status, code, message, request_id }
    }
}

/// The format of a report. A report consists of a start, rows with a separator between them, and an end. It is whole whenever the end follows a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// An array of objects.
    Json,
    /// A header and lines.
    Csv,
    /// An object on each line.
    Ndjson,
    /// A page for people.
    Html,
}

impl Format {
    /// Determines the format by the extension of the file.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        match extension_of(path).as_deref() {
            Some("json") => Ok(Format::Json),
            Some("csv") => Ok(Format::Csv),
            Some("ndjson") => Ok(Format::Ndjson),
            Some("html") => Ok(Format::Html),
            _ => bail!("--report {path:?}: the file name must end with .csv, .json, .ndjson or .html"),
        }
    }

    /// The extension of its files.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Ndjson => "ndjson",
            Format::Html => "html",
        }
    }

    /// What stands before the rows.
    pub(crate) fn start(self) -> &'static [u8] {
        match self {
            Format::Json => b"[",
            Format::Csv => b"provider,operation,id,outcome,status,code,message,request_id\n",
            Format::Ndjson => b"",
            Format::Html => include_bytes!("page.html"),
        }
    }

    /// What stands after the rows. A page has a summary there, which is JSON.
    pub(crate) fn end(self, summary: &str) -> Cow<'static, [u8]> {
        match self {
            Format::Json => Cow::Borrowed(b"\n]\n"),
            Format::Csv | Format::Ndjson => Cow::Borrowed(b""),
            Format::Html => Cow::Owned(
                format!(
                    "\n]</script>\n<script type=\"application/json\" id=\"summary\">{}</script>\n</body>\n</html>\n",
                    in_script(summary)
                )
                .into_bytes(),
            ),
        }
    }

    /// What stands between two rows.
    pub(crate) fn separator(self) -> &'static [u8] {
        match self {
            Format::Json => b",",
            Format::Html => b",\n",
            Format::Csv | Format::Ndjson => b"",
        }
    }

    /// Appends a row.
    pub(crate) fn write(self, row: &ReportRow, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Format::Json => {
                out.extend_from_slice(b"\n  ");
                serde_json::to_writer(out, row)?;
            }
            Format::Ndjson => {
                serde_json::to_writer(&mut *out, row)?;
                out.push(b'\n');
            }
            Format::Html => {
                let ReportRow { provider, operation, id, outcome, status, code, message, request_id } = row;
                let cells = (provider, operation, id, outcome, status, code, message, request_id);
                out.extend_from_slice(in_script(&serde_json::to_string(&cells)?).as_bytes());
            }
            Format::Csv => {
                let status = row.status.map(|status| status.to_string()).unwrap_or_default();
                let text = |text: &Option<String>| harmless(text.as_deref().unwrap_or_default()).into_owned();
                let (id, code, message, request) =
                    (harmless(&row.id), text(&row.code), text(&row.message), text(&row.request_id));
                let mut csv = csv::WriterBuilder::new().buffer_capacity(1024).from_writer(out);
                let outcome = row.outcome.as_str();
                csv.write_record([&*row.provider, &row.operation, &id, outcome, &status, &code, &message, &request])?;
                csv.flush()?;
            }
        }
        Ok(())
    }
}

/// JSON inside a `<script>`, which a `</script>` in a text would end. JSON has `<` only in texts.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<ReportRow> {
        let row = |id: &str, outcome, status, message: Option<&str>| ReportRow {
            provider: "csp".into(),
            operation: "deactivate".into(),
            id: id.into(),
            outcome,
            status,
            code: None,
            message: message.map(Into::into),
            request_id: None,
        };
        vec![
            row("a", OutcomeKind::Succeeded, None, None),
            row("b,\"c\"", OutcomeKind::NotAttempted, None, Some("not sent\nat all")),
            row("=d", OutcomeKind::Refused, Some(403), Some("-no")),
        ]
    }

    fn written(format: Format, rows: &[ReportRow]) -> String {
        let mut out = format.start().to_vec();
        for (index, row) in rows.iter().enumerate() {
            out.extend_from_slice(if index > 0 { format.separator() } else { b"" });
            format.write(row, &mut out).unwrap();
        }
        out.extend_from_slice(&format.end("null"));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_is_exact() {
        let rows = rows();
        let text = written(Format::Json, &rows);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, serde_json::to_value(&rows).unwrap());
        assert_eq!(
            text.lines().nth(1),
            Some(
                r#"  {"provider":"csp","operation":"deactivate","id":"a","outcome":"succeeded","status":null,"code":null,"message":null,"request_id":null},"#
            )
        );
        assert_eq!(written(Format::Json, &[]), "[\n]\n");
    }

    #[test]
    fn csv_is_quoted_and_has_no_formulas() {
        assert_eq!(
            written(Format::Csv, &rows()),
            "provider,operation,id,outcome,status,code,message,request_id\n\
             csp,deactivate,a,succeeded,,,,\n\
             csp,deactivate,\"b,\"\"c\"\"\",not_attempted,,,\"not sent\nat all\",\n\
             csp,deactivate,'=d,refused,403,,'-no,\n"
        );
        assert_eq!(written(Format::Csv, &[]), "provider,operation,id,outcome,status,code,message,request_id\n");
    }

    #[test]
    fn a_text_does_not_end_the_script_of_a_page() {
        let mut row = rows().remove(0);
        row.id = "</script><script>alert(1)</script>".into();
        let page = written(Format::Html, &[row]);
        assert_eq!(page.matches("</script>").count(), 3, "the page's own");
        let rows = page.split("id=\"rows\">").nth(1).and_then(|rest| rest.split("</script>").next()).unwrap();
        let rows: serde_json::Value = serde_json::from_str(rows).unwrap();
        assert_eq!(rows[0][2], "</script><script>alert(1)</script>");
        assert!(page.ends_with("</html>\n"));
    }

    #[test]
    fn the_extension_says_the_format() {
        for (path, want) in
            [("a.json", Some(Format::Json)), ("b/c.CSV", Some(Format::Csv)), ("a.txt", None), ("json", None)]
        {
            assert_eq!(Format::of(Path::new(path)).ok(), want, "{path}");
        }
    }
}
