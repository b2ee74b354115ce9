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
mod wanted;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use bulk_endpoint::OutcomeKind;
use bulk_endpoint::dynamic::DynamicValue;
use bulk_endpoint::journal::FromRun;

use self::csv::Rows;
use self::file::InputFile;
use self::invisible::check_id;
use self::json::{Elements, Lines};
use self::raw::Content;
use self::recorded::Recorded;
use self::wanted::Wanted;
use crate::extension::extension_of;
use crate::fitting_runs::FittingRuns;
use crate::items::{ItemSource, Items};
use crate::stable_hash::StableHasher;
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
    /// The items that `--from` selects among those of `--input`.
    wanted: Option<Arc<Wanted>>,
    pub(crate) count: usize,
    /// A hash of all items, the same in every release.
    pub(crate) digest: u64,
    /// What the operator may not have meant.
    pub(crate) note: Option<String>,
}

#[derive(Debug)]
enum Source {
    Arguments(Vec<String>),
    File { file: InputFile, format: InputFormat, column: Option<String> },
    Recorded(Recorded),
}

type RawItems = Box<dyn Iterator<Item = Result<Result<RawItem, String>>> + Send>;

/// What an input asks of an endpoint: the shape of its items, whether a run may assign ids to them, and the key of one, if it has a key, or what
/// is wrong with it.
pub(crate) trait ItemType {
    fn has_assigned_id(&self) -> bool;
    fn shape(&self) -> ItemShape;
    fn key(&self, item: &RawItem) -> Result<Option<String>, String>;
}

impl Input {
    /// Opens an input and checks all of it. Items of an earlier run must be those of one that fits.
    pub(crate) async fn open(choice: &InputChoice, item: &dyn ItemType, fitting: &FittingRuns) -> Result<Self> {
        let mut wanted = None;
        let source = match (&choice.file, &choice.from) {
            (Some(file), from) => {
                if let Some(from) = from {
                    let recorded = Recorded::open(from, &choice.outcomes, fitting).await?;
                    let of_run =
                        Wanted::of(&recorded, item.has_assigned_id()).with_context(|| format!("--from {from:?}"))?;
                    wanted = Some(Arc::new(of_run));
                }
                Source::open(file, choice)?
            }
            (None, Some(from)) => Source::Recorded(Recorded::open(from, &choice.outcomes, fitting).await?),
            (None, None) => Source::Arguments(choice.items.clone()),
        };
        let (selection, sample) = (choice.selection, None);
        let mut input = Input { source, selection, sample, wanted, count: 0, digest: 0, note: None };
        input.check(item, choice.allow_invisible).with_context(|| choice.describe())?;
        input.sample = selection.sample_of(input.count)?;
        input.count = input.sample.as_ref().map_or(input.count, BTreeSet::len);
        Ok(input)
    }

    fn check(&mut self, item: &dyn ItemType, allow_invisible: bool) -> Result<()> {
        let (items, note) = self.source.read(item.shape())?;
        let (mut mistakes, mut digest) = (Mistakes::default(), StableHasher::new());
        let (mut count, mut seen) = (0, HashMap::new());
        for raw in self.selection.cut(items) {
            let checked = raw?.and_then(|raw| {
                let key = item.key(&raw)?;
                if let Some(key) = &key {
                    check_id(key, allow_invisible).map_err(|error| format!("{}: {error}", raw.place))?;
                }
                if let Some(wanted) = self.wanted.as_deref().filter(|_| item.has_assigned_id()) {
                    wanted.check_joined(key.as_deref().unwrap_or_default(), &raw, &mut seen)?;
                }
                Ok((key, raw.content))
            });
            match checked {
                Ok((key, content)) if self.is_wanted(key.as_deref().unwrap_or_default()) => {
                    // An item without a key is known by its content.
                    digest.write(key.unwrap_or_else(|| content.to_string()).as_bytes());
                    digest.write(&[0xff]);
                    count += 1;
                }
                Ok(_) => {}
                Err(mistake) => mistakes.add(mistake),
            }
        }
        mistakes.into_result()?;
        (self.count, self.digest, self.note) = (count, digest.finish(), note);
        Ok(())
    }

    fn is_wanted(&self, key: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.has(key))
    }

    /// Reads the items of a type, from their start. Every one was checked, so a mistake shows that the input changed.
    pub(crate) fn items<T: DynamicValue + 'static>(&self, key: fn(&T) -> String) -> Result<ItemSource<T>> {
        let (items, _) = self.source.read(ItemShape::of::<T>())?;
        let (wanted, sample) = (self.wanted.clone(), self.sample.clone());
        let made = self.selection.cut(items).filter_map(move |raw| {
            let made = raw.and_then(|raw| {
                let made = raw.and_then(|raw| raw.make::<T>().map(|item| (item, raw.origin)));
                made.map_err(anyhow::Error::msg).context(crate::items::CHANGED)
            });
            match (made, &wanted) {
                (Ok((item, _)), Some(wanted)) => {
                    let key = key(&item);
                    wanted.has(&key).then(|| Ok((item, wanted.origin(&key))))
                }
                (made, _) => Some(made),
            }
        });
        let sampled = made
            .enumerate()
            .filter(move |(at, made)| made.is_err() || sample.as_ref().is_none_or(|sample| sample.contains(at)))
            .map(|(_, made)| made);
        Ok(if self.is_from_journal() {
            let items = sampled.map(|made| {
                let (item, origin) = made?;
                let origin = origin.context("an item of a journal is without its place there")?;
                Ok(FromRun { item, origin })
            });
            ItemSource::FromRun(Items::new(self.count, items))
        } else {
            ItemSource::Own(Items::new(self.count, sampled.map(|made| made.map(|(item, _)| item))))
        })
    }

    fn is_from_journal(&self) -> bool {
        match (&self.source, &self.wanted) {
            (_, Some(wanted)) => matches!(**wanted, Wanted::OfJournal(_)),
            (Source::Recorded(recorded), None) => recorded.is_journal(),
            (Source::Arguments(_) | Source::File { .. }, None) => false,
        }
    }
}

impl Source {
    fn open(path: &Path, choice: &InputChoice) -> Result<Self> {
        let file = InputFile::open(path)?;
        let format = match (choice.format, extension_of(path).as_deref()) {
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

    /// The items from their start, and a note about them.
    fn read(&self, shape: ItemShape) -> Result<(RawItems, Option<String>)> {
        let items: RawItems = match self {
            Source::Arguments(texts) => {
                let texts = texts.clone().into_iter().enumerate();
                Box::new(texts.map(|(at, text)| Ok(Ok(RawItem::new(format!("item {}", at + 1), Content::Text(text))))))
            }
            Source::File { file, format, column } => {
                let reader = file.reader()?;
                match format {
                    InputFormat::Csv => {
                        let rows = Rows::new(reader, column.as_deref(), shape)?;
                        let note = rows.note();
                        return Ok((Box::new(rows), note));
                    }
                    InputFormat::Ndjson => Box::new(Lines { input: reader, is_json: true, line: 0 }),
                    InputFormat::Lines => Box::new(Lines { input: reader, is_json: false, line: 0 }),
                    InputFormat::Json => Box::new(Elements::new(reader)),
                }
            }
            Source::Recorded(recorded) => recorded.read()?,
        };
        Ok((items, None))
    }
}

impl InputChoice {
    /// Says that it has no items.
    pub(crate) fn without_items(&self) -> &'static str {
        match (&self.from, self.selection == Selection::default()) {
            (None, true) => "the input has no items",
            (Some(_), true) => "the input has no items with an outcome of --outcome",
            (_, false) => "the input has no items after --skip, --take and --sample",
        }
    }

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
