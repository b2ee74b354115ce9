//! Items of an earlier run, by their outcomes: from its journal or its report.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use bulk_endpoint::OutcomeKind;
use bulk_endpoint::journal::FromRun;
use bulk_endpoint_durable::Store;
use csv::StringRecord;

use super::file::{InputFile, Reader};
use super::invisible::visible;
use super::json::{Elements, Lines};
use super::raw::{Content, RawItem};
use super::records::{place, reason};
use crate::extension::extension_of;
use crate::fitting_runs::FittingRuns;
use crate::report::starts_formula;
use crate::task::Task;

/// An earlier run, and the outcomes of the items that are wanted.
#[derive(Debug)]
pub(crate) struct Recorded {
    outcomes: Vec<OutcomeKind>,
    fitting: FittingRuns,
    from: From,
}

#[derive(Debug)]
enum From {
    /// The journal, with the name of its run.
    Journal(Store, String),
    Json(InputFile),
    Ndjson(InputFile),
    Csv(InputFile),
}

type Item = Result<Result<RawItem, String>>;

impl Recorded {
    pub(crate) async fn open(path: &Path, outcomes: &[OutcomeKind], fitting: &FittingRuns) -> Result<Self> {
        let report = || InputFile::of_path("--from", path);
        let from = match extension_of(path).as_deref() {
            Some("json") => From::Json(report()?),
            Some("ndjson") => From::Ndjson(report()?),
            Some("csv") => From::Csv(report()?),
            Some("db") => {
                let store = Store::open_read_only(path).await.with_context(|| format!("--from {path:?}"))?;
                let mut runs = store.runs().await?;
                match (runs.pop(), runs.len()) {
                    (Some(run), 0) => {
                        let Task { provider, operation } = Task::of_run(&run.name);
                        fitting
                            .check(&provider, &operation)
                            .with_context(|| format!("--from {path:?} (nothing was sent)"))?;
                        From::Journal(store, run.name)
                    }
                    (_, count) => bail!("--from {path:?}: expected a journal with one run, found {count}"),
                }
            }
            _ => bail!("--from {path:?}: expected a journal (.db), or a report (.json, .ndjson or .csv)"),
        };
        Ok(Recorded { outcomes: outcomes.to_vec(), fitting: fitting.clone(), from })
    }

    /// Whether its items know where they were in the run.
    pub(crate) fn is_journal(&self) -> bool {
        matches!(self.from, From::Journal(..))
    }

    /// The items, in the order of the run.
    pub(crate) fn read(&self) -> Result<Box<dyn Iterator<Item = Item> + Send>> {
        let wanted = self.outcomes.iter().map(|kind| kind.as_str()).collect();
        let wanted = WantedRows { outcomes: wanted, fitting: self.fitting.clone() };
        Ok(match &self.from {
            From::Journal(store, name) => {
                let items = store.items::<String>(name);
                let items = self.outcomes.iter().fold(items, |items, outcome| items.outcome(*outcome));
                let items = items.into_iter().enumerate();
                Box::new(items.map(|(at, key)| {
                    let (place, FromRun { item, origin }) = (format!("item {} of the run", at + 1), key?);
                    Ok(Ok(RawItem { place, content: Content::Text(item), origin: Some(origin) }))
                }))
            }
            From::Json(file) => {
                Box::new(Elements::new(file.reader()?).filter_map(move |row| wanted.of_object(row).transpose()))
            }
            From::Ndjson(file) => {
                let lines = Lines { input: file.reader()?, is_json: true, line: 0 };
                Box::new(lines.filter_map(move |row| wanted.of_object(row).transpose()))
            }
            From::Csv(file) => Box::new(wanted.of_csv(file.reader()?)?),
        })
    }
}

/// The rows of a report that are wanted.
struct WantedRows {
    outcomes: Vec<&'static str>,
    fitting: FittingRuns,
}

impl WantedRows {
    /// Whether a row is wanted. It must fit then; one that does not say what it is of does.
    fn has(&self, place: &str, outcome: &str, provider: Option<&str>, operation: Option<&str>) -> Result<bool> {
        let is_wanted = self.outcomes.contains(&outcome);
        if let (true, Some(provider), Some(operation)) = (is_wanted, provider, operation) {
            self.fitting.check(provider, operation).with_context(|| place.to_owned())?;
        }
        Ok(is_wanted)
    }

    /// The item of a row of a JSON report; `None` if it is not wanted.
    fn of_object(&self, row: Item) -> Result<Option<Result<RawItem, String>>> {
        let RawItem { place, content, .. } = match row? {
            Ok(item) => item,
            Err(mistake) => return Ok(Some(Err(mistake))),
        };
        let Content::Json(row) = content else { return Ok(None) };
        let (Some(id), Some(outcome)) = (row["id"].as_str(), row["outcome"].as_str()) else {
            return Ok(Some(Err(format!("{place}: expected a row of a report, with `id` and `outcome`"))));
        };
        let is_wanted = self.has(&place, outcome, row["provider"].as_str(), row["operation"].as_str())?;
        let content = Content::Text(id.to_owned());
        Ok(is_wanted.then_some(Ok(RawItem::new(place, content))))
    }

    fn of_csv(self, file: Reader) -> Result<impl Iterator<Item = Item> + Send + use<>> {
        let mut reader = csv::Reader::from_reader(file);
        let header = reader.headers().map_err(|error| anyhow!("row 1: {}", reason(&error)))?.clone();
        let column = |name: &str| header.iter().position(|field| field == name);
        let needed = |name: &str| {
            let found = || header.iter().map(visible).collect::<Vec<_>>().join(", ");
            column(name)
                .ok_or_else(|| anyhow!("--from: expected a report with the column `{name}`, found: {}", found()))
        };
        let (id, outcome) = (needed("id")?, needed("outcome")?);
        let (provider, operation) = (column("provider"), column("operation"));
        let of_record = move |record: Result<StringRecord, csv::Error>| -> Result<Option<Result<RawItem, String>>> {
            let record = match record {
                Err(error) if !error.is_io_error() => {
                    let row = error.position().map_or(0, csv::Position::line);
                    return Ok(Some(Err(format!("row {row}: {}", reason(&error)))));
                }
                record => record?,
            };
            let (place, field) = (place(&record), |at: usize| record.get(at).unwrap_or_default());
            if !self.has(&place, field(outcome), provider.map(field), operation.map(field))? {
                return Ok(None);
            }
            let id = field(id);
            // The report put `'` before a formula. The id may have had one of its own.
            if id.strip_prefix('\'').is_some_and(starts_formula) || id.contains(";'") {
                return Ok(Some(Err(format!(
                    "{place}: the report changed this id for spreadsheets; take it from a JSON report or from the journal"
                ))));
            }
            let content = Content::Text(id.to_owned());
            Ok(Some(Ok(RawItem::new(place, content))))
        };
        Ok(reader.into_records().filter_map(move |record| of_record(record).transpose()))
    }
}
