//! An OpenAPI 3 or Swagger 2 document: its title, its references, and the schemas behind them.

use std::path::Path;

use anyhow::{Result, bail};

use crate::node::Node;

/// The longest chain of references. A longer one is a circle.
const MAX_HOPS: usize = 32;

/// A vendor's document.
pub(crate) struct OpenApi {
    root: Node,
}

impl OpenApi {
    /// Reads a file and checks that it is a version that is supported.
    pub(crate) fn read(path: &Path) -> Result<OpenApi> {
        let root = Node::read(path)?;
        let name = path.display();
        let version = ["openapi", "swagger"].into_iter().find_map(|field| match root.get(field)? {
            Node::Text(version) => Some(version.clone()),
            Node::Float(version) => Some(format!("{version:.1}")),
            other => Some(format!("{other:?}")),
        });
        match version.as_deref() {
            Some(version) if version.starts_with("3.") || version == "2.0" => {}
            Some(version) => {
                bail!("{name}: expected OpenAPI 3 or Swagger 2.0, found version {version}: convert the file first")
            }
            None => bail!(
                "{name} is not an OpenAPI document: expected a field `openapi` or `swagger` at its top, found neither"
            ),
        }
        if root.get("paths").and_then(Node::fields).is_none() {
            bail!("{name} has no operations: expected an object `paths`, found none");
        }
        Ok(OpenApi { root })
    }

    pub(crate) fn title(&self) -> &str {
        self.root.at("/info/title").and_then(Node::text).unwrap_or("Api")
    }

    pub(crate) fn version(&self) -> Option<String> {
        match self.root.at("/info/version")? {
            Node::Text(text) => Some(text.clone()),
            Node::Int(number) => Some(number.to_string()),
            Node::Float(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The base URL of the API, if the document has one.
    pub(crate) fn base_url(&self) -> Option<String> {
        if let Some(url) = self.root.at("/servers/0/url").and_then(Node::text) {
            return Some(url.to_owned());
        }
        let host = self.root.text_of("host")?;
        Some(format!("https://{host}{}", self.root.text_of("basePath").unwrap_or_default()))
    }

    /// The value of a field at the top of the document.
    pub(crate) fn field(&self, name: &str) -> Option<&Node> {
        self.root.get(name)
    }

    /// The value behind references. An `Err` is a reference without a target in this file, or in a circle.
    pub(crate) fn follow<'a>(&'a self, mut node: &'a Node) -> Result<&'a Node, &'a str> {
        for _ in 0..MAX_HOPS {
            let Some(target) = node.text_of("$ref") else { return Ok(node) };
            let pointer = target.strip_prefix('#').ok_or(target)?;
            node = self.root.at(&decoded(pointer)).ok_or(target)?;
        }
        Err(node.text_of("$ref").unwrap_or_default())
    }

    /// The last name on the way to the target of a reference: the name of a schema among the components.
    pub(crate) fn name_of<'a>(&'a self, mut node: &'a Node) -> Option<&'a str> {
        let mut name = None;
        for _ in 0..MAX_HOPS {
            let Some(target) = node.text_of("$ref") else { break };
            name = target.rsplit('/').next().or(name);
            match target.strip_prefix('#').and_then(|pointer| self.root.at(&decoded(pointer))) {
                Some(next) => node = next,
                None => break,
            }
        }
        name
    }

    /// The schema of an array's elements, behind references.
    pub(crate) fn items<'a>(&'a self, schema: &'a Node) -> Option<&'a Node> {
        let schema = self.follow(schema).ok()?;
        kinds(schema).contains(&"array").then_some(())?;
        schema.get("items")
    }

    /// The properties of an object, those of its `allOf` included.
    pub(crate) fn properties<'a>(&'a self, schema: &'a Node) -> Vec<Property<'a>> {
        let mut gathered = Gathered::default();
        self.gather(schema, &mut gathered);
        let is_required = |name: &str| gathered.required.contains(&name);
        let properties = gathered.properties.iter();
        properties.map(|&(name, schema)| Property { name, schema, required: is_required(name) }).collect()
    }

    fn gather<'a>(&'a self, schema: &'a Node, gathered: &mut Gathered<'a>) {
        let is_new = |schema: &&'a Node| !gathered.seen.iter().any(|other| std::ptr::eq(*other, *schema));
        let Some(schema) = self.follow(schema).ok().filter(is_new) else { return };
        gathered.seen.push(schema);
        for part in schema.get("allOf").map(Node::elements).unwrap_or_default() {
            self.gather(part, gathered);
        }
        for (name, property) in schema.get("properties").into_iter().flat_map(Node::entries) {
            // A property that is in several parts has the schema of the last one.
            match gathered.properties.iter_mut().find(|(other, _)| *other == name) {
                Some(other) => other.1 = property,
                None => gathered.properties.push((name, property)),
            }
        }
        let required = schema.get("required").map(Node::elements).unwrap_or_default();
        gathered.required.extend(required.iter().filter_map(Node::text));
    }
}

/// The parts of an object's schema, while they are collected.
#[derive(Default)]
struct Gathered<'a> {
    properties: Vec<(&'a str, &'a Node)>,
    required: Vec<&'a str>,
    /// The schemas that are already part of it: a schema may contain itself.
    seen: Vec<&'a Node>,
}

/// The fragment of a reference without its percent-encoding.
fn decoded(pointer: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = pointer.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = (*first == b'%').then(|| tail.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The types of a schema. Without `type`, they are guessed from the other words.
pub(crate) fn kinds(schema: &Node) -> Vec<&str> {
    match schema.get("type") {
        Some(Node::Text(kind)) => vec![kind],
        Some(Node::List(kinds)) => kinds.iter().filter_map(Node::text).collect(),
        _ if schema.get("properties").is_some() || schema.get("additionalProperties").is_some() => vec!["object"],
        _ if schema.get("allOf").is_some() => vec!["object"],
        _ if schema.get("items").is_some() => vec!["array"],
        _ if schema.get("enum").is_some() => vec!["string"],
        _ => Vec::new(),
    }
}

/// One property of an object's schema.
#[derive(Clone, Copy)]
pub(crate) struct Property<'a> {
    pub(crate) name: &'a str,
    pub(crate) schema: &'a Node,
    pub(crate) required: bool,
}
