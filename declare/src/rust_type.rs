//! A Rust type as it is used in a declaration.

use std::fmt;

/// A type as it is used: of a field, an argument or an element.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RustType {
    /// `String`, `i64`, `u16`, `f64`, `bool`, or a type of `bulk-endpoint`.
    Plain(&'static str),
    /// Any JSON value.
    Json,
    Named(String),
    List(Box<RustType>),
    Map(Box<RustType>),
    /// A map that keeps repeated keys. The first part is the type of the keys.
    Pairs(&'static str, Box<RustType>),
    /// The lines of a body.
    Ndjson(Box<RustType>),
    Optional(Box<RustType>),
    Boxed(Box<RustType>),
}

impl fmt::Display for RustType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RustType::Plain(name) => f.write_str(name),
            RustType::Json => f.write_str("serde_json::Value"),
            RustType::Named(name) => f.write_str(name),
            RustType::List(of) => write!(f, "Vec<{of}>"),
            RustType::Map(of) => write!(f, "BTreeMap<String, {of}>"),
            RustType::Pairs(key, of) => write!(f, "Pairs<{key}, {of}>"),
            RustType::Ndjson(of) => write!(f, "Ndjson<{of}>"),
            RustType::Optional(of) => write!(f, "Option<{of}>"),
            RustType::Boxed(of) => write!(f, "Box<{of}>"),
        }
    }
}

impl RustType {
    /// The name of a type that the declaration defines.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            RustType::Named(name) => Some(name),
            _ => None,
        }
    }

    /// Replaces a name, also inside a list or a map.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        match self {
            RustType::Named(name) if name == from => *name = to.to_owned(),
            RustType::List(of)
            | RustType::Map(of)
            | RustType::Pairs(_, of)
            | RustType::Ndjson(of)
            | RustType::Optional(of)
            | RustType::Boxed(of) => {
                of.rename(from, to);
            }
            _ => {}
        }
    }

    /// The type as a key: text or a whole number.
    pub(crate) fn as_key(&self) -> Option<&'static str> {
        match self {
            RustType::Plain(name @ ("String" | "i64")) => Some(name),
            _ => None,
        }
    }
}
