//! The items of a command: where they come from, and that all of them are valid before the first request.

mod columns;
mod csv;
mod file;
mod invisible;
mod json;
mod mistakes;
mod raw;
mod recorded;
mod records;
mod selection;
mod shape;

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use bulk_endpoint::OutcomeKind;
use bulk_endpoint::dynamic::DynamicValue;
use serde_json::Value;

use self::csv::Rows;
use self::file::InputFile;
use self::invisible::check_id;
use self::json::{Elements, Lines};
use self::raw::Content;
use self::recorded::Recorded;
use crate::items::Items;
pub(crate) use invisible::visible;
pub use mistakes::Mistakes;
pub(crate) use raw::RawItem;
pub use records::{Records, place};
pub(crate) use selection::Selection;
pub(crate) use shape::ItemShape;

/// The format of a file of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum InputFormat {
    /// CSV with a header
    Csv,
    /// One JSON value a line
    Ndjson,
    /// One JSON array
    Json,
    /// One id a line, without a header
    Lines,
}

/// Where items come from, as the command line says it.
#[derive(Debug, Clone, Default)]
pub(crate) struct InputChoice {
    pub(crate) items: Vec<String>,
    pub(crate) file: Option<PathBuf>,
    pub(crate) format: Option<InputFormat>,
    pub(crate) column: Option<String>,
    pub(crate) from: Option<PathBuf>,
    pub(crate) outcomes: Vec<OutcomeKind>,
    pub(crate) selection: Selection,
    pub(crate) allow_invisible: bool,
}

/// An input that was checked as a whole.
#[derive(Debug)]
pub(crate) struct Input {
    source: Source,
    selection: Selection,
    sample: Option<BTreeSet<usize>>,
    /// The hashes of the keys that `--from` selects among the items of `--input`.
    keys: Option<Arc<HashSet<u64>>>,
    pub(crate) count: usize,
    /// A hash of all items.
    pub(crate) digest: u64,
    /// The columns that no item is made from.
    pub(crate) ignored: Vec<String>,
}

#[derive(Debug)]
enum Source {
    Arguments(Vec<String>),
    File { file: InputFile, format: InputFormat, column: Option<String> },
    Recorded(Recorded),
}

type RawItems = Box<dyn Iterator<Item = Result<Result<RawItem, String>>> + Send>;

/// What an input asks of an endpoint: the shape of its items, and the key of one, or what is wrong with it.
pub(crate) trait ItemType {
    fn shape(&self) -> ItemShape;
    fn key(&self, item: &RawItem) -> Result<String, String>;
}

impl Input {
    /// Opens an input and checks all of it.
    pub(crate) async fn open(choice: &InputChoice, item: &dyn ItemType) -> Result<Self> {
        let mut keys = None;
        let source = match (&choice.file, &choice.from) {
            (Some(file), from) => {
                if let Some(from) = from {
                    keys = Some(Arc::new(keys_of(&Recorded::open(from, &choice.outcomes).await?)?));
                }
                Source::open(file, choice)?
            }
            (None, Some(from)) => Source::Recorded(Recorded::open(from, &choice.outcomes).await?),
            (None, None) => Source::Arguments(choice.items.clone()),
        };
        let (selection, sample) = (choice.selection, None);
        let mut input = Input { source, selection, sample, keys, count: 0, digest: 0, ignored: Vec::new() };
        input.check(item, choice.allow_invisible).with_context(|| choice.describe())?;
        input.sample = selection.sample_of(input.count)?;
        input.count = input.sample.as_ref().map_or(input.count, BTreeSet::len);
        Ok(input)
    }

    fn check(&mut self, item: &dyn ItemType, allow_invisible: bool) -> Result<()> {
        let (items, ignored) = self.source.read(item.shape())?;
        let (mut mistakes, mut digest) = (Mistakes::default(), DefaultHasher::new());
        let mut count = 0;
        for raw in self.selection.cut(items) {
            let checked = raw?.and_then(|raw| {
                let key = item.key(&raw)?;
                // An item without a key has no id.
                if !key.is_empty() || matches!(raw.content, Content::Text(_)) {
                    check_id(&key, allow_invisible).map_err(|error| format!("{}: {error}", raw.place))?;
                }
                Ok(key)
            });
            match checked {
                Ok(key) if self.is_wanted(&key) => {
                    digest.write(key.as_bytes());
                    digest.write_u8(0xff);
                    count += 1;
                }
                Ok(_) => {}
                Err(mistake) => mistakes.add(mistake),
            }
        }
        mistakes.into_result()?;
        (self.count, self.digest, self.ignored) = (count, digest.finish(), ignored);
        Ok(())
    }

    fn is_wanted(&self, key: &str) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.contains(&hash(key)))
    }

    /// Reads the items of a type, from their start. Every one was checked, so a mistake shows that the input changed.
    pub(crate) fn items<T: DynamicValue + 'static>(&self, key: fn(&T) -> String) -> Result<Items<T>> {
        let (items, _) = self.source.read(ItemShape::of::<T>())?;
        let (keys, sample) = (self.keys.clone(), self.sample.clone());
        let made = self.selection.cut(items).map(|raw| {
            let made = raw?.and_then(|raw| raw.make::<T>());
            made.map_err(anyhow::Error::msg).context(crate::items::CHANGED)
        });
        let wanted = made.filter(move |made| match (made, &keys) {
            (Ok(item), Some(keys)) => keys.contains(&hash(&key(item))),
            _ => true,
        });
        let sampled = wanted
            .enumerate()
            .filter(move |(at, made)| made.is_err() || sample.as_ref().is_none_or(|sample| sample.contains(at)));
        Ok(Items::new(self.count, sampled.map(|(_, made)| made)))
    }
}

impl Source {
    fn open(path: &Path, choice: &InputChoice) -> Result<Self> {
        let file = InputFile::open(path)?;
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        let format = match (choice.format, extension.as_deref()) {
            (Some(format), _) => format,
            (None, _) if choice.column.is_some() => InputFormat::Csv,
            (None, Some("csv")) => InputFormat::Csv,
            (None, Some("ndjson" | "jsonl")) => InputFormat::Ndjson,
            (None, Some("json")) => InputFormat::Json,
            (None, Some("txt")) => InputFormat::Lines,
            (None, _) => match file.first_byte()? {
                Some(b'[') => InputFormat::Json,
                Some(b'{') => InputFormat::Ndjson,
                _ => InputFormat::Csv,
            },
        };
        if choice.column.is_some() && format != InputFormat::Csv {
            bail!("--column: expected a CSV file, found another format; remove --column, or add --format csv");
        }
        Ok(Source::File { file, format, column: choice.column.clone() })
    }

    /// The items from their start, and the columns that none is made from.
    fn read(&self, shape: ItemShape) -> Result<(RawItems, Vec<String>)> {
        let items: RawItems = match self {
            Source::Arguments(texts) => {
                let texts = texts.clone().into_iter().enumerate();
                Box::new(texts.map(|(at, text)| {
                    Ok(Ok(RawItem { place: format!("item {}", at + 1), content: Content::Text(text) }))
                }))
            }
            Source::File { file, format, column } => {
                let reader = file.reader()?;
                match format {
                    InputFormat::Csv => {
                        let rows = Rows::new(reader, column.as_deref(), shape)?;
                        let ignored = rows.ignored();
                        return Ok((Box::new(rows), ignored));
                    }
                    InputFormat::Ndjson => Box::new(Lines { input: reader, is_json: true, line: 0 }),
                    InputFormat::Lines => Box::new(Lines { input: reader, is_json: false, line: 0 }),
                    InputFormat::Json => Box::new(Elements::new(reader)),
                }
            }
            Source::Recorded(recorded) => recorded.read()?,
        };
        Ok((items, Vec::new()))
    }
}

impl InputChoice {
    /// Names the input, for errors.
    fn describe(&self) -> String {
        let name = match (&self.file, &self.from) {
            (Some(file), _) if file == Path::new("-") => "standard input".to_owned(),
            (Some(file), _) => format!("file {file:?}"),
            (None, Some(from)) => format!("file {from:?}"),
            (None, None) => "items".to_owned(),
        };
        format!("invalid {name} (nothing was sent)")
    }
}

fn keys_of(recorded: &Recorded) -> Result<HashSet<u64>> {
    let key = |row: Result<Result<RawItem, String>>| match row?.map_err(anyhow::Error::msg)?.content {
        Content::Text(key) => Ok(hash(&shown_key(key))),
        Content::Json(_) | Content::Columns(_) => bail!("expected an id"),
    };
    recorded.read()?.map(key).collect()
}

/// A key as reports show it: a journal has one of several fields as a JSON array.
fn shown_key(key: String) -> String {
    let Ok(parts) = serde_json::from_str::<Vec<Value>>(&key) else { return key };
    let parts = parts.iter().map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned));
    parts.collect::<Vec<_>>().join("/")
}

fn hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(key.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_several_fields_is_shown_as_in_reports() {
        for (key, want) in [("a", "a"), ("[\"IDENTITY\",7]", "IDENTITY/7"), ("[a", "[a"), ("{\"a\":1}", "{\"a\":1}")] {
            assert_eq!(shown_key(key.to_owned()), want);
        }
    }
}
