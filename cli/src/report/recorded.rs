//! The rows of a run that is recorded, in a journal or in a database.

use std::time::SystemTime;

use anyhow::Result;
use bulk_endpoint_durable::RunReport;
use serde_json::{Value, json};

use super::{ReportFile, ReportRow};
use crate::task::Task;
use crate::work::CHUNK;

/// Adds the rows of a run to a file. Returns the summary of the run. The rows are read while they are added, which blocks the thread.
pub(crate) fn add_recorded(file: &mut ReportFile, task: &Task, title: &str, report: &RunReport) -> Result<Value> {
    let summary = json!({
        "title": title,
        "ended": httpdate::fmt_http_date(SystemTime::now()),
        "open": report.open(),
        "requests": report.requests(),
        "stopped": report.stopped(),
    });
    for (at, row) in report.rows().enumerate() {
        file.add(&ReportRow::new(task, row?))?;
        // What is added is held in memory until then.
        if at % CHUNK == CHUNK - 1 {
            file.flush();
        }
    }
    Ok(summary)
}
