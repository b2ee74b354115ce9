//! The report file: one row for each id, as JSON or CSV.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use bulk_endpoint::{OutcomeKind, Row};
use serde::Serialize;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
}

/// The path and format of the report.
#[derive(Debug)]
pub(crate) struct ReportFile {
    path: PathBuf,
    format: Format,
}

/// An open report file.
#[derive(Debug)]
pub(crate) struct OpenReport {
    path: PathBuf,
    format: Format,
    file: File,
}

impl ReportFile {
    /// Determines the format by the extension of the file.
    pub(crate) fn check(path: &Path) -> Result<Self> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        let format = match extension.as_deref() {
            Some("json") => Format::Json,
            Some("csv") => Format::Csv,
            _ => bail!("--report {}: the file name must end with .json or .csv", path.display()),
        };
        Ok(ReportFile { path: path.to_owned(), format })
    }

    /// Opens the file before anything is sent, to be sure that the report can be written. An existing file keeps its content until then.
    pub(crate) fn open(self) -> Result<OpenReport> {
        let ReportFile { path, format } = self;
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = file.with_context(|| format!("cannot write --report {} (nothing was sent)", path.display()))?;
        Ok(OpenReport { path, format, file })
    }
}

impl OpenReport {
    /// Writes the report. If that fails, it is printed to standard output, since its content could not be recovered.
    pub(crate) fn write<'a>(self, rows: impl Iterator<Item = &'a ReportRow> + Clone) -> Result<()> {
        let OpenReport { path, format, file } = self;
        let written =
            file.set_len(0).map_err(Into::into).and_then(|()| write(format, rows.clone(), BufWriter::new(file)));
        if written.is_err() {
            let _ = write(format, rows, std::io::stdout().lock());
        }
        written.with_context(|| {
            let path = path.display();
            format!("all requests were sent, but the report could not be written to {path}; it is printed above")
        })
    }
}

fn write<'a>(format: Format, rows: impl Iterator<Item = &'a ReportRow>, mut out: impl Write) -> Result<()> {
    match format {
        Format::Json => {
            let mut before = "[\n  ";
            for row in rows {
                out.write_all(before.as_bytes())?;
                serde_json::to_writer(&mut out, row)?;
                before = ",\n  ";
            }
            let end = if before.starts_with('[') { "[]\n" } else { "\n]\n" };
            out.write_all(end.as_bytes())?;
        }
        Format::Csv => {
            let mut csv = csv::WriterBuilder::new().has_headers(false).from_writer(&mut out);
            csv.write_record(["provider", "operation", "id", "outcome", "status", "message"])?;
            for row in rows {
                csv.serialize(row)?;
            }
            csv.flush()?;
        }
    }
    out.flush()?;
    Ok(())
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
            row("d", OutcomeKind::Refused, Some(403), Some("no")),
        ]
    }

    fn written(format: Format, rows: &[ReportRow]) -> String {
        let mut out = Vec::new();
        write(format, rows.iter(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json() {
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
        assert_eq!(written(Format::Json, &[]), "[]\n");
    }

    #[test]
    fn csv() {
        assert_eq!(
            written(Format::Csv, &rows()),
            "provider,operation,id,outcome,status,message\n\
             csp,deactivate,a,succeeded,,\n\
             csp,deactivate,\"b,\"\"c\"\"\",not_attempted,,\"not sent\nat all\"\n\
             csp,deactivate,d,refused,403,no\n"
        );
        assert_eq!(written(Format::Csv, &[]), "provider,operation,id,outcome,status,message\n");
    }

    #[test]
    fn the_extension_says_the_format() {
        for (path, want) in
            [("a.json", Some(Format::Json)), ("b/c.CSV", Some(Format::Csv)), ("a.txt", None), ("json", None)]
        {
            let format = ReportFile::check(Path::new(path)).ok().map(|file| file.format);
            assert_eq!(format, want, "{path}");
        }
    }

    #[test]
    fn an_unwritable_path_is_found_before_anything_is_sent() {
        let path = std::env::temp_dir().join("no such folder").join("out.json");
        let error = ReportFile::check(&path).unwrap().open().unwrap_err();
        assert!(error.to_string().contains("nothing was sent"), "{error}");
    }

    #[test]
    fn an_old_report_is_overwritten_whole() {
        let path = std::env::temp_dir().join(format!("offboard-{}.csv", std::process::id()));
        std::fs::write(&path, "x".repeat(10_000)).unwrap();
        let report = ReportFile::check(&path).unwrap().open().unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 10_000);
        report.write(rows().iter()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), written(Format::Csv, &rows()));
        std::fs::remove_file(path).unwrap();
    }
}
