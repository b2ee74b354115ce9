//! CSV: a header, and an item in each row.

use std::io::Read;
use std::sync::Arc;

use anyhow::{Result, bail};
use csv::StringRecord;

use super::invisible::visible;
use super::raw::{Content, RawItem};
use super::records::{Records, place};
use super::shape::ItemShape;

/// The rows of a CSV file.
pub(crate) struct Rows<R> {
    records: Records<R>,
    columns: Columns,
    /// Nobody named the column.
    is_assumed: bool,
}

/// The columns that items are made from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Columns {
    /// The item is this cell.
    One(usize),
    /// The fields of the item, with their columns.
    Fields(Vec<(usize, Arc<str>)>),
}

impl<R: Read> Rows<R> {
    pub(crate) fn new(input: R, column: Option<&str>, shape: ItemShape) -> Result<Self> {
        let records = Records::new(input)?;
        let columns = Columns::find(records.header(), column, shape)?;
        Ok(Rows { records, columns, is_assumed: column.is_none() })
    }

    /// What is made of the header, where it may not be what was meant.
    pub(crate) fn note(&self) -> Option<String> {
        let header = self.records.header();
        match &self.columns {
            // The first id of a file without a header would be lost.
            Columns::One(index) if self.is_assumed => {
                let name = visible(header.get(*index).unwrap_or_default());
                Some(format!("the items are in the column {name}; if that is an item, add --format lines"))
            }
            Columns::One(_) => None,
            Columns::Fields(used) => {
                let unused = header.iter().enumerate().filter(|(at, _)| used.iter().all(|(index, _)| index != at));
                let unused: Vec<String> = unused.map(|(_, name)| visible(name)).collect();
                (!unused.is_empty()).then(|| format!("ignored columns: {}", unused.join(", ")))
            }
        }
    }

    /// The next item, or what is wrong with its row.
    fn read(&mut self) -> Result<Option<Result<RawItem, String>>> {
        let Some(record) = self.records.read()? else { return Ok(None) };
        Ok(Some(record.and_then(|record| {
            let place = place(record);
            let content = self.columns.content(record).map_err(|error| format!("{place}: {error}"))?;
            Ok(RawItem::new(place, content))
        })))
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Result<RawItem, String>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

impl Columns {
    fn find(header: &StringRecord, column: Option<&str>, shape: ItemShape) -> Result<Self> {
        if header.iter().all(str::is_empty) {
            bail!("row 1: expected a header with the names of the columns, found none");
        }
        let found = || header.iter().map(visible).collect::<Vec<_>>().join(", ");
        let is_other = |name: &str| column != Some(name) && name.contains([';', '\t']);
        if header.len() == 1 && header.iter().any(is_other) {
            bail!(
                "row 1: expected commas between the columns, found {}; save the file with commas, or give it as --column if it names one column",
                found()
            );
        }
        if let Some(name) = column {
            let mut places = header.iter().enumerate().filter(|(_, other)| *other == name);
            return match (places.next(), places.next()) {
                (Some((index, _)), None) => Ok(Columns::One(index)),
                (Some(_), Some(_)) => bail!("row 1: expected one column {}, found two: rename one", visible(name)),
                (None, _) => bail!("row 1: missing column {}, found: {}", visible(name), found()),
            };
        }
        let fields: Vec<(usize, Arc<str>)> = match shape {
            ItemShape::Value if header.len() == 1 => return Ok(Columns::One(0)),
            ItemShape::Value => {
                bail!("row 1: expected one column, found {}: {}; choose with --column NAME", header.len(), found())
            }
            ItemShape::Open => header.iter().enumerate().map(|(index, name)| (index, name.into())).collect(),
            ItemShape::Fields(names) => {
                let is_field = |name: &str| names.contains(&name.split('.').next().unwrap_or(name));
                let used = header.iter().enumerate().filter(|(_, name)| is_field(name));
                used.map(|(index, name)| (index, name.into())).collect()
            }
        };
        if fields.is_empty() {
            let ItemShape::Fields(names) = shape else { bail!("row 1: no column has a name") };
            bail!(
                "row 1: expected columns with the names of the item's fields ({}), found: {}",
                names.join(", "),
                found()
            );
        }
        for (at, (_, name)) in fields.iter().enumerate() {
            if fields[..at].iter().any(|(_, other)| other == name) {
                bail!("row 1: expected one column {}, found two: rename one", visible(name));
            }
        }
        Ok(Columns::Fields(fields))
    }

    /// The content of an item, or what is wrong with it.
    fn content(&self, record: &StringRecord) -> Result<Content, String> {
        let cell = |index: usize| record.get(index).unwrap_or_default();
        match self {
            Columns::One(index) => {
                let cell = cell(*index);
                if cell.starts_with('"') || cell.ends_with('"') {
                    return Err(format!(
                        "the cell {} has a quotation mark; remove spaces before the opening quotation mark, if any",
                        visible(cell)
                    ));
                }
                Ok(Content::Text(cell.to_owned()))
            }
            Columns::Fields(fields) => {
                let cells = fields.iter().map(|(index, name)| (name.clone(), cell(*index)));
                let cells = cells.filter(|(_, cell)| !cell.is_empty());
                Ok(Content::Columns(cells.map(|(name, cell)| (name, cell.to_owned())).collect()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str, column: Option<&str>, shape: ItemShape) -> Result<Vec<Content>, String> {
        let rows = Rows::new(file.as_bytes(), column, shape).map_err(|error| error.to_string())?;
        rows.map(|row| row.map_err(|error| error.to_string())?.map(|item| item.content)).collect()
    }

    #[test]
    fn a_column_holds_values() {
        for (file, column, want) in [
            ("id\na\nb\n", None, Ok(vec!["a", "b"])),
            ("id\r\na\r\n", None, Ok(vec!["a"])),
            ("id", None, Ok(vec![])),
            ("name,id\nAnn,7\n\nBob, 8 \n", Some("id"), Ok(vec!["7", "8"])),
            ("id\n\"1,2\"\n", None, Ok(vec!["1,2"])),
            ("a,b\n1,2\n", None, Err("found 2: \"a\", \"b\"; choose with --column NAME")),
            ("a,b\u{1b}\n1,2\n", Some("c"), Err(r#"missing column "c", found: "a", "b\u{1b}""#)),
            ("a,a\n1,2\n", Some("a"), Err("expected one column \"a\", found two")),
            ("", None, Err("expected a header")),
            (
                "id;n\na;1\n",
                None,
                Err("expected commas between the columns, found \"id;n\"; save the file with commas"),
            ),
            ("id\tn\na\t1\n", Some("id"), Err("expected commas between the columns, found \"id\\tn\"")),
            ("id;n\na\n", Some("id;n"), Ok(vec!["a"])),
            ("id,n\na\n", Some("id"), Err("row 2: expected 2 fields, found 1")),
            ("id\n\"a\n", None, Err("a quotation mark is not closed")),
            ("n,id\n1, \"a\"\n", Some("id"), Err("row 2: the cell \"\\\"a\\\"\" has a quotation mark")),
        ] {
            match (read(file, column, ItemShape::Value), want) {
                (Ok(found), Ok(want)) => {
                    assert_eq!(found, want.iter().map(|text| Content::Text((*text).into())).collect::<Vec<_>>());
                }
                (Err(found), Err(want)) => assert!(found.contains(want), "{file:?}: {found}"),
                (found, want) => panic!("{file:?}: {found:?}, expected {want:?}"),
            }
        }
    }

    #[test]
    fn a_column_that_nobody_named_is_told() {
        for (column, want) in [
            (None, Some("the items are in the column \"tok-1\"; if that is an item, add --format lines")),
            (Some("tok-1"), None),
        ] {
            let rows = Rows::new(&b"tok-1\ntok-2\n"[..], column, ItemShape::Value).unwrap();
            assert_eq!(rows.note().as_deref(), want);
        }
    }

    #[test]
    fn columns_are_fields() {
        const SHAPE: ItemShape = ItemShape::Fields(&["id", "owner"]);
        let cells = |cells: &[(&str, &str)]| {
            Content::Columns(cells.iter().map(|(name, cell)| (Arc::from(*name), (*cell).to_owned())).collect())
        };
        let rows = read("id,owner.name,note\n1,Ann,x\n2,,y\n", None, SHAPE).unwrap();
        assert_eq!(rows, [cells(&[("id", "1"), ("owner.name", "Ann")]), cells(&[("id", "2")])]);
        let rows = Rows::new(&b"id,owner.name,note\n"[..], None, SHAPE).unwrap();
        assert_eq!(rows.note().unwrap(), "ignored columns: \"note\"");
        assert!(read("x,y\n", None, SHAPE).unwrap_err().contains("the item's fields (id, owner), found: \"x\", \"y\""));
        assert!(read("id,id\n", None, SHAPE).unwrap_err().contains("found two"));
        assert_eq!(read("a,b\n1,2\n", None, ItemShape::Open).unwrap(), [cells(&[("a", "1"), ("b", "2")])]);
    }
}
