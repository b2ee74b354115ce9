//! The rows of a report, as JSON or CSV.

use std::path::Path;

use anyhow::{Result, bail};
use bulk_endpoint::{OutcomeKind, Row};
use serde::Serialize;

use crate::cells::harmless;
use crate::work::Task;

/// The outcome of one id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ReportRow {
    pub(crate) provider: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) id: String,
    pub(crate) outcome: OutcomeKind,
    pub(crate) status: Option<u16>,
    pub(crate) message: Option<String>,
}

impl ReportRow {
    pub(crate) fn new(task: Task, row: Row) -> Self {
        let Task { provider, operation } = task;
        ReportRow { provider, operation, id: row.key, outcome: row.outcome, status: row.status, message: row.message }
    }
}

/// The format of a report. A report consists of a start, rows with a separator between them, and an end. It is whole whenever the end follows a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// An array of objects.
    Json,
    /// A header and lines.
    Csv,
}

impl Format {
    /// Determines the format by the extension of the file.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("json") => Ok(Format::Json),
            Some("csv") => Ok(Format::Csv),
            _ => bail!("--report {path:?}: the file name must end with .json or .csv"),
        }
    }

    pub(crate) fn start(self) -> &'static [u8] {
        match self {
            Format::Json => b"[",
            Format::Csv => b"provider,operation,id,outcome,status,message\n",
        }
    }

    pub(crate) fn end(self) -> &'static [u8] {
        match self {
            Format::Json => b"\n]\n",
            Format::Csv => b"",
        }
    }

    /// What stands between two rows.
    pub(crate) fn separator(self) -> &'static [u8] {
        match self {
            Format::Json => b",",
            Format::Csv => b"",
        }
    }

    /// Appends a row.
    pub(crate) fn write(self, row: &ReportRow, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Format::Json => {
                out.extend_from_slice(b"\n  ");
                serde_json::to_writer(out, row)?;
            }
            Format::Csv => {
                let status = row.status.map(|status| status.to_string()).unwrap_or_default();
                let (id, message) = (harmless(&row.id), harmless(row.message.as_deref().unwrap_or_default()));
                let mut csv = csv::WriterBuilder::new().buffer_capacity(1024).from_writer(out);
                csv.write_record([row.provider, row.operation, &id, row.outcome.as_str(), &status, &message])?;
                csv.flush()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<ReportRow> {
        let row = |id: &str, outcome, status, message: Option<&str>| ReportRow {
            provider: "csp",
            operation: "deactivate",
            id: id.into(),
            outcome,
            status,
            message: message.map(Into::into),
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
        out.extend_from_slice(format.end());
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
                r#"  {"provider":"csp","operation":"deactivate","id":"a","outcome":"succeeded","status":null,"message":null},"#
            )
        );
        assert_eq!(written(Format::Json, &[]), "[\n]\n");
    }

    #[test]
    fn csv_is_quoted_and_has_no_formulas() {
        assert_eq!(
            written(Format::Csv, &rows()),
            "provider,operation,id,outcome,status,message\n\
             csp,deactivate,a,succeeded,,\n\
             csp,deactivate,\"b,\"\"c\"\"\",not_attempted,,\"not sent\nat all\"\n\
             csp,deactivate,'=d,refused,403,'-no\n"
        );
        assert_eq!(written(Format::Csv, &[]), "provider,operation,id,outcome,status,message\n");
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
