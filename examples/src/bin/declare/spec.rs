//! What a specification says, with OpenAPI 3 and Swagger 2 made one, and references followed.

use std::path::Path;

use anyhow::{Result, bail};

use crate::node::Node;

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// How many references may lead to one another before they count as a circle.
const HOPS: usize = 32;

/// A specification.
pub(crate) struct Spec {
    root: Node,
}

impl Spec {
    pub(crate) fn read(path: &Path) -> Result<Spec> {
        let root = Node::read(path)?;
        let name = path.display();
        let version = ["openapi", "swagger"].into_iter().find_map(|field| match root.get(field)? {
            Node::Text(version) => Some(version.clone()),
            Node::Float(version) => Some(format!("{version:.1}")),
            other => Some(format!("{other:?}")),
        });
        match version.as_deref() {
            Some(version) if version.starts_with("3.") || version == "2.0" => {}
            Some(version) => bail!("{name} is of version {version}, and this reads OpenAPI 3 and Swagger 2.0"),
            None => bail!("{name} is no OpenAPI document: it has neither a field `openapi` nor `swagger` at its top"),
        }
        if root.get("paths").and_then(Node::fields).is_none() {
            bail!("{name} has no `paths`: there are no operations in it");
        }
        Ok(Spec { root })
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

    /// Where the API is, if the specification says so.
    pub(crate) fn base_url(&self) -> Option<String> {
        if let Some(url) = self.root.at("/servers/0/url").and_then(Node::text) {
            return Some(url.to_owned());
        }
        let host = self.root.text_of("host")?;
        Some(format!("https://{host}{}", self.root.text_of("basePath").unwrap_or_default()))
    }

    /// All operations, in the order of the file.
    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        let paths = self.root.get("paths").into_iter().flat_map(Node::entries);
        paths.flat_map(move |(path, item)| {
            let item = self.follow(item).unwrap_or(item);
            let of = move |method: &'static str| {
                Some(Operation {
                    spec: self,
                    path,
                    method,
                    item,
                    node: item.get(method).filter(|node| node.fields().is_some())?,
                })
            };
            METHODS.into_iter().filter_map(of)
        })
    }

    /// A value, its references followed. An `Err` is one that leads nowhere, or round in a circle.
    pub(crate) fn follow<'a>(&'a self, mut node: &'a Node) -> Result<&'a Node, &'a str> {
        for _ in 0..HOPS {
            let Some(target) = node.text_of("$ref") else { return Ok(node) };
            let pointer = target.strip_prefix('#').ok_or(target)?;
            node = self.root.at(&decoded(pointer)).ok_or(target)?;
        }
        Err(node.text_of("$ref").unwrap_or_default())
    }

    /// The last name on the way to what is referred to: that of a schema among the components.
    pub(crate) fn name_of<'a>(&'a self, mut node: &'a Node) -> Option<&'a str> {
        let mut name = None;
        for _ in 0..HOPS {
            let Some(target) = node.text_of("$ref") else { break };
            name = target.rsplit('/').next().or(name);
            match target.strip_prefix('#').and_then(|pointer| self.root.at(&decoded(pointer))) {
                Some(next) => node = next,
                None => break,
            }
        }
        name
    }

    /// An array's elements, behind references.
    pub(crate) fn items<'a>(&'a self, schema: &'a Node) -> Option<&'a Node> {
        let schema = self.follow(schema).ok()?;
        kinds(schema).contains(&"array").then_some(())?;
        schema.get("items")
    }

    /// The properties of an object, those of what it is made of (`allOf`) included.
    pub(crate) fn properties<'a>(&'a self, schema: &'a Node) -> Vec<Property<'a>> {
        let mut properties = Vec::new();
        let mut required = Vec::new();
        self.gather(schema, &mut properties, &mut required, &mut Vec::new());
        let is_required = |name: &str| required.contains(&name);
        properties.iter().map(|&(name, schema)| Property { name, schema, required: is_required(name) }).collect()
    }

    fn gather<'a>(
        &'a self,
        schema: &'a Node,
        properties: &mut Vec<(&'a str, &'a Node)>,
        required: &mut Vec<&'a str>,
        seen: &mut Vec<&'a Node>,
    ) {
        let fresh = |schema: &&'a Node| !seen.iter().any(|other| std::ptr::eq(*other, *schema));
        let Some(schema) = self.follow(schema).ok().filter(fresh) else { return };
        seen.push(schema);
        for part in schema.get("allOf").map(Node::elements).unwrap_or_default() {
            self.gather(part, properties, required, seen);
        }
        for (name, property) in schema.get("properties").into_iter().flat_map(Node::entries) {
            match properties.iter_mut().find(|(other, _)| *other == name) {
                Some(other) => other.1 = property,
                None => properties.push((name, property)),
            }
        }
        required.extend(schema.get("required").map(Node::elements).unwrap_or_default().iter().filter_map(Node::text));
    }
}

/// A reference's fragment without percent-encoding.
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

/// The types that a schema names; guessed from its other words where it names none.
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

/// One field of an object's schema.
#[derive(Clone, Copy)]
pub(crate) struct Property<'a> {
    pub(crate) name: &'a str,
    pub(crate) schema: &'a Node,
    pub(crate) required: bool,
}

/// One operation of a path.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'a> {
    pub(crate) spec: &'a Spec,
    /// As it is written; perhaps with a query or a fragment.
    pub(crate) path: &'a str,
    pub(crate) method: &'static str,
    item: &'a Node,
    pub(crate) node: &'a Node,
}

/// What an operation is given beside its path and its body.
#[derive(Clone, Copy)]
pub(crate) struct Parameter<'a> {
    pub(crate) name: &'a str,
    /// `path`, `query`, `header`, …
    pub(crate) place: &'a str,
    pub(crate) required: bool,
    pub(crate) node: &'a Node,
    pub(crate) schema: &'a Node,
}

/// A body and what it is.
#[derive(Clone, Copy)]
pub(crate) struct Content<'a> {
    pub(crate) media: &'a str,
    pub(crate) schema: &'a Node,
    /// How a form's fields are written.
    pub(crate) encoding: Option<&'a Node>,
}

/// A response under a status, or under `default`, `4XX`.
#[derive(Clone, Copy)]
pub(crate) struct Response<'a> {
    pub(crate) status: &'a str,
    pub(crate) content: Option<Content<'a>>,
}

impl<'a> Operation<'a> {
    /// Its id, or a name made of method and path.
    pub(crate) fn id(&self) -> String {
        self.node.text_of("operationId").map_or_else(|| format!("{} {}", self.method, self.path), str::to_owned)
    }

    pub(crate) fn parameters(&self) -> Vec<Parameter<'a>> {
        let mut parameters: Vec<Parameter<'a>> = Vec::new();
        // Those of the operation stand over those of the path.
        for node in
            [self.item, self.node].into_iter().filter_map(|node| node.get("parameters")).flat_map(Node::elements)
        {
            let Some(parameter) = self.spec.follow(node).ok().and_then(|node| self.parameter(node)) else { continue };
            parameters.retain(|other| (other.name, other.place) != (parameter.name, parameter.place));
            parameters.push(parameter);
        }
        parameters
    }

    fn parameter(&self, node: &'a Node) -> Option<Parameter<'a>> {
        let (name, place) = (node.text_of("name")?, node.text_of("in")?);
        let inside = || node.get("content")?.entries().next()?.1.get("schema");
        // Swagger 2 has no schema: the parameter is one.
        let schema = node.get("schema").or_else(inside).unwrap_or(node);
        Some(Parameter { name, place, required: node.is_true("required"), node, schema })
    }

    /// The body of a request, JSON before others.
    pub(crate) fn body(&self) -> Option<Content<'a>> {
        if let Some(body) = self.node.get("requestBody") {
            return content(self.spec.follow(body).ok()?);
        }
        let parameters = self.parameters();
        let body = parameters.iter().find(|parameter| parameter.place == "body")?;
        Some(Content { media: self.media("consumes"), schema: body.schema, encoding: None })
    }

    /// The answers, in the order of the file.
    pub(crate) fn responses(&self) -> Vec<Response<'a>> {
        let responses = self.node.get("responses").into_iter().flat_map(Node::entries);
        let responses = responses.filter(|(status, _)| !status.starts_with("x-"));
        responses
            .map(|(status, node)| {
                let node = self.spec.follow(node).unwrap_or(node);
                let media = self.media("produces");
                // Swagger 2 has the schema right here.
                let plain = || node.get("schema").map(|schema| Content { media, schema, encoding: None });
                Response { status, content: content(node).or_else(plain) }
            })
            .collect()
    }

    /// A content type of Swagger 2.
    fn media(&self, field: &str) -> &'a str {
        let lists = [self.node, &self.spec.root].into_iter().filter_map(|node| node.get(field));
        lists.flat_map(Node::elements).find_map(Node::text).unwrap_or("application/json")
    }
}

/// The content that is read best.
fn content(node: &Node) -> Option<Content<'_>> {
    let rank = |media: &str| match media.split(';').next().unwrap_or_default().trim() {
        "application/json" => 0,
        media if is_json(media) => 1,
        media if is_lines(media) => 2,
        "application/x-www-form-urlencoded" => 3,
        _ => 4,
    };
    let contents = node.get("content")?.entries();
    let (media, node) =
        contents.filter(|(_, node)| node.get("schema").is_some()).min_by_key(|(media, _)| rank(media))?;
    Some(Content { media, schema: node.get("schema")?, encoding: node.get("encoding") })
}

/// JSON under whatever name.
pub(crate) fn is_json(media: &str) -> bool {
    media.contains("json") && !is_lines(media) || media == "*/*"
}

/// A line of JSON each.
pub(crate) fn is_lines(media: &str) -> bool {
    ["ndjson", "jsonl", "json-seq", "json-lines"].iter().any(|name| media.contains(name))
}
