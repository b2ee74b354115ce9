//! A JSON or YAML document as a tree that keeps the order of its fields.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(IndexMap<String, Node>),
}

impl Node {
    /// A text, a flag or a whole number as it is written in Rust and in JSON.
    pub(crate) fn literal(&self) -> Option<String> {
        match self {
            Node::Text(text) => Some(format!("{text:?}")),
            Node::Bool(value) => Some(value.to_string()),
            Node::Int(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// Reads a file. The error names it, and the line where the parser knows one.
    pub(crate) fn read(path: &Path) -> Result<Node> {
        let name = path.display();
        let bytes = fs::read(path).with_context(|| format!("{name} cannot be read"))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
            anyhow!("{name} is not UTF-8 text (line {line}): save it as UTF-8")
        })?;
        let text = text.trim_start_matches('\u{feff}');
        // JSON is YAML too, but the JSON parser is much faster.
        let yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if !yaml && text.trim_start().starts_with('{') {
            serde_json::from_str(text).with_context(|| format!("{name} is not valid JSON"))
        } else {
            yaml_serde::from_str(text).with_context(|| format!("{name} is not valid YAML"))
        }
    }

    /// The field of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.fields()?.get(name)
    }

    pub(crate) fn fields(&self) -> Option<&IndexMap<String, Node>> {
        match self {
            Node::Map(fields) => Some(fields),
            _ => None,
        }
    }

    /// The fields, in order. Empty if this is not an object.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.fields().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
    }

    /// The elements. Empty if this is not a list.
    pub(crate) fn elements(&self) -> &[Node] {
        match self {
            Node::List(elements) => elements,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a field.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }

    pub(crate) fn number_of(&self, name: &str) -> Option<usize> {
        match self.get(name)? {
            Node::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        }
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some(&Node::Bool(true))
    }

    /// The value at a JSON pointer.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Node> {
        pointer.split('/').skip(1).try_fold(self, Node::child)
    }

    /// The value at one step of a JSON pointer.
    pub(crate) fn child(&self, step: &str) -> Option<&Node> {
        match self {
            Node::List(elements) => elements.get(step.parse::<usize>().ok()?),
            node => node.get(&step.replace("~1", "/").replace("~0", "~")),
        }
    }
}

/// The value as JSON, in one line.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Null => f.write_str("null"),
            Node::Bool(value) => write!(f, "{value}"),
            Node::Int(value) => write!(f, "{value}"),
            Node::Float(value) => write!(f, "{value}"),
            Node::Text(text) => write!(f, "{text:?}"),
            Node::List(elements) => {
                f.write_str("[")?;
                for (index, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Node::Map(fields) => {
                f.write_str("{")?;
                for (index, (name, value)) in fields.iter().enumerate() {
                    write!(f, "{}{name:?}: {value}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON or YAML value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or(Node::Float(value as f64), Node::Int))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Node, E> {
        Ok(Node::Float(value as f64))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Node, E> {
        Ok(Node::Float(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(Node::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut fields = IndexMap::new();
        let mut merged = None;
        while let Some(name) = map.next_key::<FieldName>()? {
            match (name.0.as_str(), map.next_value()?) {
                // The merge key of YAML: `<<: *defaults`. Fields of the object itself win.
                ("<<", Node::Map(others)) => merged = Some(others),
                (_, value) => _ = fields.insert(name.0, value),
            }
        }
        for (name, value) in merged.into_iter().flatten() {
            fields.entry(name).or_insert(value);
        }
        Ok(Node::Map(fields))
    }
}

/// The name of a field: YAML reads `200:` as a number.
struct FieldName(String);

impl<'de> Deserialize<'de> for FieldName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(FieldName(match Node::deserialize(deserializer)? {
            Node::Text(text) => text,
            Node::Null => "null".into(),
            Node::Bool(value) => value.to_string(),
            Node::Int(value) => value.to_string(),
            Node::Float(value) => value.to_string(),
            Node::List(_) | Node::Map(_) => {
                return Err(D::Error::custom("expected text as the name of a field, found a list or an object"));
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_json_give_the_same_tree() {
        let yaml = "b: &b\n  200: {x: 1}\n  yes: text\na: [1.5, null, -3]\nc:\n  <<: *b\n  yes: other\n";
        let json =
            r#"{"b": {"200": {"x": 1}, "yes": "text"}, "a": [1.5, null, -3], "c": {"yes": "other", "200": {"x": 1}}}"#;
        let [yaml, json]: [Node; 2] = [yaml_serde::from_str(yaml).unwrap(), serde_json::from_str(json).unwrap()];
        assert_eq!(yaml, json);
        assert_eq!(yaml.entries().map(|(name, _)| name).collect::<Vec<_>>(), ["b", "a", "c"]);
        assert_eq!(yaml.at("/b/200/x"), Some(&Node::Int(1)));
        assert_eq!(yaml.at("/a/2"), Some(&Node::Int(-3)));
        assert_eq!(yaml.at("/a/x"), None);
    }
}
