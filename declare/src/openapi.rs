//! An OpenAPI 3 or Swagger 2 document: its title, and the schemas behind its references.

use std::path::Path;

use anyhow::{Result, bail};

use crate::documents::{BrokenReference, Documents};
use crate::node::Node;

/// The longest chain of references. A longer one is a circle.
const MAX_HOPS: usize = 32;

/// A vendor's document.
pub(crate) struct OpenApi {
    documents: Documents,
}

impl OpenApi {
    /// Reads a file, with the files in the folder `root` that it refers to, and checks that its version is supported.
    pub(crate) fn read(path: &Path, root: Option<&Path>) -> Result<OpenApi> {
        let api = OpenApi { documents: Documents::read(path, root)? };
        let root = api.documents.first();
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
        if api.paths().and_then(Node::fields).is_none() {
            bail!("{name} has no operations: expected an object `paths`, found none");
        }
        Ok(api)
    }

    /// The references that lead nowhere.
    pub(crate) fn broken_references(&self) -> &[BrokenReference] {
        &self.documents.broken
    }

    /// The operations, by path.
    pub(crate) fn paths(&self) -> Option<&Node> {
        self.follow(self.field("paths")?).ok()
    }

    pub(crate) fn title(&self) -> &str {
        self.top().at("/info/title").and_then(Node::text).unwrap_or("Api")
    }

    pub(crate) fn version(&self) -> Option<String> {
        match self.top().at("/info/version")? {
            Node::Text(text) => Some(text.clone()),
            Node::Int(number) => Some(number.to_string()),
            Node::Float(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The base URL of the API, if the document has one.
    pub(crate) fn base_url(&self) -> Option<String> {
        if let Some(url) = self.top().at("/servers/0/url").and_then(Node::text) {
            return Some(url.to_owned());
        }
        let host = self.top().text_of("host")?;
        Some(format!("https://{host}{}", self.top().text_of("basePath").unwrap_or_default()))
    }

    pub(crate) fn top(&self) -> &Node {
        self.documents.first()
    }

    /// The value of a field at the top of the document.
    pub(crate) fn field(&self, name: &str) -> Option<&Node> {
        self.top().get(name)
    }

    /// The value behind references. An `Err` is a reference without a target, or in a circle.
    pub(crate) fn follow<'a>(&'a self, mut node: &'a Node) -> Result<&'a Node, &'a str> {
        for _ in 0..MAX_HOPS {
            let Some(target) = node.text_of("$ref") else { return Ok(node) };
            node = self.documents.find(target).ok_or(target)?;
        }
        Err(node.text_of("$ref").unwrap_or_default())
    }

    /// The schema behind references, and behind an `allOf`, `anyOf` or `oneOf` of it alone, or of it and `null`:
    /// `{allOf: [{$ref: …}], description: …}`.
    pub(crate) fn plain<'a>(&'a self, mut schema: &'a Node) -> Result<&'a Node, &'a str> {
        for _ in 0..MAX_HOPS {
            schema = self.follow(schema)?;
            let parts = ["allOf", "anyOf", "oneOf"].into_iter().find_map(|word| schema.get(word)).map(Node::elements);
            let mut parts = parts.unwrap_or_default().iter().filter(|part| kinds(part).as_slice() != ["null"]);
            match (parts.next(), parts.next()) {
                (Some(only), None) if schema.get("type").is_none() && schema.get("properties").is_none() => {
                    schema = only;
                }
                _ => break,
            }
        }
        Ok(schema)
    }

    /// The schemas of which a value has one: those of a `oneOf` or an `anyOf`, else the schema itself.
    pub(crate) fn alternatives<'a>(&'a self, schema: &'a Node) -> Vec<&'a Node> {
        let Ok(plain) = self.plain(schema) else { return vec![schema] };
        let parts = ["oneOf", "anyOf"].into_iter().find_map(|word| plain.get(word)).map(Node::elements);
        // A part without a type only adds restrictions: `required`, a description.
        let is_type = |part: &&Node| {
            let kinds = self.follow(part).map(kinds).unwrap_or_default();
            !kinds.is_empty() && kinds != ["null"] || self.follow(part).is_ok_and(|part| part.get("oneOf").is_some())
        };
        let parts: Vec<&Node> = parts.unwrap_or_default().iter().filter(is_type).collect();
        let has_own = plain.get("properties").is_some() || plain.get("items").is_some();
        if parts.len() < 2 || has_own { vec![schema] } else { parts }
    }

    /// The name of a schema: the last name of the reference to it, which may be the name of a file.
    pub(crate) fn name_of<'a>(&'a self, mut node: &'a Node) -> Option<&'a str> {
        let mut name = None;
        for _ in 0..MAX_HOPS {
            let Some(target) = node.text_of("$ref") else { break };
            name = target_name(target).or(name);
            match self.documents.find(target) {
                Some(next) => node = next,
                None => break,
            }
        }
        name
    }

    /// The schema of an array's elements, behind references.
    pub(crate) fn items<'a>(&'a self, schema: &'a Node) -> Option<&'a Node> {
        let schema = self.plain(schema).ok()?;
        kinds(schema).contains(&"array").then_some(())?;
        schema.get("items")
    }

    /// The only value that a schema allows, as a literal.
    pub(crate) fn fixed_value(&self, schema: &Node) -> Option<String> {
        let schema = self.follow(schema).ok()?;
        let only = match schema.get("enum").map(Node::elements) {
            Some([only]) => Some(only),
            _ => schema.get("const"),
        };
        only?.literal()
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

/// The last name of a reference: `#/components/schemas/User` and `schemas/User.yaml` are of a `User`.
fn target_name(target: &str) -> Option<&str> {
    let (file, pointer) = target.split_once('#').unwrap_or((target, ""));
    match pointer.rsplit('/').next().filter(|name| !name.is_empty()) {
        Some(name) => Some(name),
        None => file.rsplit('/').next()?.split('.').next().filter(|name| !name.is_empty()),
    }
}

/// The types of a schema. Without `type`, they are guessed from the other words.
pub(crate) fn kinds(schema: &Node) -> Vec<&str> {
    let is_plain = ["oneOf", "anyOf"].iter().all(|word| schema.get(word).is_none());
    match schema.get("type") {
        Some(Node::Text(kind)) => vec![kind],
        Some(Node::List(kinds)) => kinds.iter().filter_map(Node::text).collect(),
        _ if schema.get("properties").is_some() || schema.get("additionalProperties").is_some() => vec!["object"],
        _ if schema.get("allOf").is_some() => vec!["object"],
        _ if schema.get("items").is_some() => vec!["array"],
        _ if schema.get("enum").is_some() => vec!["string"],
        // Without a type any value is allowed, `null` too.
        _ if matches!(schema.get("example"), Some(Node::Text(_))) && is_plain => vec!["string", "null"],
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
