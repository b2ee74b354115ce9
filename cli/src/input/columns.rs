//! An item from the cells of a CSV row. A column is named as the field is in JSON; a dot leads into a field.

use std::fmt;
use std::sync::Arc;

use bulk_endpoint::dynamic::DynamicValue;
use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde_json::{Error, Value};

/// Makes an item from cells, each with the name of its column.
///
/// The type says what a cell is: a string is the cell itself, a number or a flag is JSON, and so are a list and an object. Where the type
/// leaves that open, as an untagged enum does, a cell is a string if that makes an item, else JSON.
pub(crate) fn from_columns<T: DynamicValue>(cells: &[(Arc<str>, String)]) -> Result<T, Error> {
    let make = |open_is_json| {
        let mut root = Node { column: "", cells: Cells::Fields(Vec::new()), open_is_json };
        for (column, cell) in cells {
            root.insert(column, column, cell)?;
        }
        T::deserialize(&root)
    };
    make(false).or_else(|error| make(true).map_err(|_| error))
}

/// A cell, or the fields below a name.
struct Node<'c> {
    column: &'c str,
    cells: Cells<'c>,
    open_is_json: bool,
}

enum Cells<'c> {
    Cell(&'c str),
    Fields(Vec<(&'c str, Node<'c>)>),
}

impl<'c> Node<'c> {
    fn insert(&mut self, column: &'c str, path: &'c str, cell: &'c str) -> Result<(), Error> {
        let both = || Error::custom(format_args!("the column {column:?} is both a value and an object with fields"));
        let Cells::Fields(fields) = &mut self.cells else { return Err(both()) };
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let open_is_json = self.open_is_json;
        let found = fields.iter().position(|(other, _)| *other == name);
        match (rest, found) {
            (None, Some(_)) => Err(both()),
            (None, None) => {
                fields.push((name, Node { column, cells: Cells::Cell(cell), open_is_json }));
                Ok(())
            }
            (Some(rest), Some(at)) => fields[at].1.insert(column, rest, cell),
            (Some(rest), None) => {
                let mut node = Node { column, cells: Cells::Fields(Vec::new()), open_is_json };
                node.insert(column, rest, cell)?;
                fields.push((name, node));
                Ok(())
            }
        }
    }

    /// Adds the column to an error about its cell.
    fn name<V>(&self, made: Result<V, Error>) -> Result<V, Error> {
        match self.cells {
            Cells::Cell(_) => made.map_err(|error| Error::custom(format_args!("column {:?}: {error}", self.column))),
            Cells::Fields(_) => made,
        }
    }

    /// A cell that is JSON; `None` if it is not.
    fn json(&self) -> Option<Value> {
        match self.cells {
            Cells::Cell(cell) => serde_json::from_str(cell).ok(),
            Cells::Fields(_) => None,
        }
    }

    /// The fields, as a map.
    fn map<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Error> {
        match &self.cells {
            Cells::Fields(fields) => {
                let fields = fields.iter().map(|(name, node)| (*name, node));
                visitor.visit_map(MapDeserializer::new(fields))
            }
            Cells::Cell(cell) => Err(Error::custom(format_args!("expected JSON, found {cell:?}"))),
        }
    }

    /// The fields, as a list, if their names are numbers from 0.
    fn list<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Error> {
        match &self.cells {
            Cells::Fields(fields) if fields.iter().enumerate().all(|(at, (name, _))| *name == at.to_string()) => {
                visitor.visit_seq(SeqDeserializer::new(fields.iter().map(|(_, node)| node)))
            }
            Cells::Fields(_) | Cells::Cell(_) => self.map(visitor),
        }
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("column", &self.column).finish_non_exhaustive()
    }
}

impl<'de> IntoDeserializer<'de, Error> for &Node<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Types that are JSON in a cell.
macro_rules! json_cells {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.name(match self.json() {
                Some(value) => value.$method(visitor),
                None => self.map(visitor),
            })
        }
    )*};
}

/// Types that are the text of a cell.
macro_rules! text_cells {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.name(match &self.cells {
                Cells::Cell(cell) => visitor.visit_str(cell),
                Cells::Fields(_) => self.map(visitor),
            })
        }
    )*};
}

impl<'de> Deserializer<'de> for &Node<'_> {
    type Error = Error;

    json_cells! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_map deserialize_bytes
        deserialize_byte_buf deserialize_unit
    }

    text_cells! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let json = if self.open_is_json { self.json() } else { None };
        self.name(match (&self.cells, json) {
            (Cells::Cell(_), Some(value)) => value.deserialize_any(visitor),
            (Cells::Cell(cell), None) => visitor.visit_str(cell),
            (Cells::Fields(_), _) => self.list(visitor),
        })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        // An empty cell is left out, so there is a value.
        visitor.visit_some(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.name(match self.json() {
            Some(value) => value.deserialize_seq(visitor),
            None => self.list(visitor),
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.name(match self.json() {
            Some(value) => value.deserialize_struct(name, fields, visitor),
            None => self.map(visitor),
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.name(match &self.cells {
            // A variant with cells is an object.
            Cells::Cell(_) if self.json().is_some_and(|value| value.is_object()) => {
                self.json().unwrap_or_default().deserialize_enum(name, variants, visitor)
            }
            Cells::Cell(cell) => {
                let cell: StrDeserializer<'_, Error> = (*cell).into_deserializer();
                cell.deserialize_enum(name, variants, visitor)
            }
            Cells::Fields(_) => {
                let value: Value = serde::Deserialize::deserialize(self)?;
                value.deserialize_enum(name, variants, visitor)
            }
        })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Id(String);

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "UPPERCASE")]
    enum Kind {
        Jit,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Record {
        id: Option<Id>,
        is_on: bool,
        count: Option<u64>,
        price: f64,
        kind: Option<Kind>,
        owner: Owner,
        tags: Vec<String>,
        more: Option<Value>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Owner {
        name: String,
        phone: String,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Flat {
        id: String,
        #[serde(flatten)]
        rest: Rest,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Rest {
        enabled: bool,
    }

    fn row<T: DynamicValue>(cells: &[(&str, &str)]) -> Result<T, String> {
        let cells: Vec<_> = cells.iter().map(|(column, cell)| (Arc::from(*column), (*cell).to_owned())).collect();
        from_columns(&cells).map_err(|error| error.to_string())
    }

    #[test]
    fn the_type_says_what_a_cell_is() {
        let record: Record = row(&[
            ("id", "007"),
            ("isOn", "true"),
            ("count", "12"),
            ("price", "1.5"),
            ("kind", "JIT"),
            ("owner.name", "Ann, \"A\""),
            ("owner.phone", "049"),
            ("tags", "[\"a\", \"b\"]"),
            ("more", "7"),
        ])
        .unwrap();
        let owner = Owner { name: "Ann, \"A\"".into(), phone: "049".into() };
        let tags = vec!["a".to_owned(), "b".to_owned()];
        let want = Record {
            id: Some(Id("007".into())),
            is_on: true,
            count: Some(12),
            price: 1.5,
            kind: Some(Kind::Jit),
            owner,
            tags,
            more: Some("7".into()),
        };
        assert_eq!(record, want);
        assert_eq!(row::<Record>(&[]).unwrap(), Record::default());
    }

    #[test]
    fn lists_and_maps_can_have_columns_too() {
        let record: Record = row(&[("tags.0", "x"), ("tags.1", "7"), ("more.a.b", "1")]).unwrap();
        assert_eq!(record.tags, ["x", "7"]);
        assert_eq!(record.more, Some(serde_json::json!({ "a": { "b": "1" } })));
        let map: BTreeMap<String, u8> = row(&[("a", "1"), ("b", "2")]).unwrap();
        assert_eq!(map["b"], 2);
    }

    #[test]
    fn where_the_type_is_open_a_cell_is_json_if_a_string_does_not_fit() {
        let flat: Flat = row(&[("id", "a"), ("enabled", "false")]).unwrap();
        assert_eq!(flat, Flat { id: "a".into(), rest: Rest { enabled: false } });
    }

    #[test]
    fn an_error_names_the_column() {
        for (cells, want) in [
            (&[("isOn", "yes")][..], "column \"isOn\": expected JSON, found \"yes\""),
            (&[("count", "-1")], "column \"count\": invalid value: integer `-1`"),
            (&[("kind", "DROP")], "column \"kind\": unknown variant `DROP`"),
            (&[("owner", "x"), ("owner.name", "y")], "the column \"owner.name\" is both"),
        ] {
            let error = row::<Record>(cells).unwrap_err();
            assert!(error.contains(want), "{error}");
        }
        assert!(row::<Flat>(&[("enabled", "true")]).unwrap_err().contains("missing field `id`"));
    }
}
