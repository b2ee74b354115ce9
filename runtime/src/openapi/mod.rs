//! OpenAPI documents of declared endpoints (feature `openapi`): for those who read, mock or check an API without Rust.

mod request;
mod response;
mod schema;

/// The crate whose derive describes types, in the version that [`Document`] takes.
pub use schemars;

use schema::Schemas;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use crate::declare::{EndpointSpec, Method};
use crate::reply::{BulkReply, Unlisted};
use crate::request::EndpointTypes;
use crate::run::Endpoint;

/// An OpenAPI 3.1 document, made of typed endpoints.
///
/// Items, replies and errors derive [`JsonSchema`] beside serde's traits; their doc comments, and those of the trait's
/// methods, are the document's texts.
///
/// ```
/// use bulk_endpoint::openapi::{Document, schemars::{self, JsonSchema}};
/// use bulk_endpoint::{ApiError, Bulk, BulkReply, bulk_api};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize, JsonSchema, BulkReply)]
/// struct Deactivated {
///     #[bulk(succeeded)]
///     successes: Vec<String>,
/// }
///
/// #[derive(Debug, Deserialize, JsonSchema, ApiError)]
/// struct Problem {
///     #[bulk(message)]
///     message: String,
/// }
///
/// #[bulk_api]
/// trait Tokens: Send + Sync {
///     /// Deactivates tokens of an organization.
///     #[post("/orgs/{orgId}/tokens/deactivate")]
///     #[bulk_endpoint(max = 15, partial = true)]
///     fn deactivate(&self, org_id: &str) -> Bulk<String, Deactivated, Problem>;
/// }
///
/// let document = Document::new("Tokens", "1.0").endpoint(TokensClient::DEACTIVATE).to_json();
///
/// let operation = &document["paths"]["/orgs/{orgId}/tokens/deactivate"]["post"];
/// assert_eq!(operation["summary"], "Deactivates tokens of an organization.");
/// let body = &operation["requestBody"]["content"]["application/json"]["schema"];
/// assert_eq!(body["properties"]["ids"]["maxItems"], 15);
/// ```
///
/// # What stands in it
///
/// | of a declaration | in the document |
/// |---|---|
/// | the place of the items, with `max` and `min` | parameter or body, with `maxItems` and `minItems` |
/// | fixed headers, fields and query | parameters and properties with a `const` |
/// | `on(…)` of the reply and the error, also of each variant | responses by status; else `2XX` and `default` |
/// | `partial`, `idempotent`, classes, quota, caps in bytes, poll, silence | the extension `x-bulk` |
///
/// An enum whose variants are the bodies under several statuses derives `JsonSchema` as it is, or with `#[serde(untagged)]`. Under a
/// tag of another kind (`#[serde(tag = "…")]`) its bodies may be anything.
///
/// # Limits
///
/// * Arguments are there by name and place, without a type: path and headers take texts, the rest is any JSON. Whether one may be
///   left out is not known, so none is required but those of the path.
/// * Whether, and how, callers authenticate is the client's business and no part of a declaration.
/// * Of a body that a codec writes nothing is said but its content type, where that is a fixed header.
/// * Two endpoints with one method and path, told apart by a header or a query, are two paths here: the second ends with `#` and its
///   name, as OpenAPI has one operation for each.
#[derive(Debug)]
pub struct Document {
    info: Value,
    servers: Vec<Value>,
    paths: Map<String, Value>,
    ids: Vec<String>,
    schemas: Schemas,
}

impl Document {
    /// A document without endpoints; the version is the API's.
    #[must_use]
    pub fn new(title: &str, version: &str) -> Self {
        Document {
            info: json!({ "title": title, "version": version }),
            servers: Vec::new(),
            paths: Map::new(),
            ids: Vec::new(),
            schemas: Schemas::new(),
        }
    }

    /// Describes the API: CommonMark.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.info["description"] = text.into();
        self
    }

    /// Adds a base URL.
    #[must_use]
    pub fn server(mut self, url: &str) -> Self {
        self.servers.push(json!({ "url": url }));
        self
    }

    /// Adds an endpoint: `OrgApiTokensClient::DEACTIVATE`.
    #[must_use]
    pub fn endpoint<B>(mut self, endpoint: Endpoint<B>) -> Self
    where
        B: EndpointTypes<Item: JsonSchema, Reply: JsonSchema, Error: JsonSchema>,
    {
        let spec = endpoint.spec();
        let id = self.free_id(spec.name);
        let item = self.schemas.sent::<B::Item>();
        let mut operation = json!({ "operationId": id, "x-bulk": extension(spec, B::Reply::SHAPE.unlisted) });
        if !spec.docs.is_empty() {
            let summary = spec.docs.split("\n\n").next().unwrap_or_default();
            operation["summary"] = summary.replace('\n', " ").into();
            operation["description"] = spec.docs.into();
        }
        request::describe(spec, &item, &mut operation);
        operation["responses"] = response::describe::<B::Reply, B::Error>(spec, &mut self.schemas);
        let method = method_name(spec.method);
        let path = self.free_path(spec.path, method, &id);
        self.paths.entry(path).or_insert_with(|| json!({}))[method] = operation;
        self
    }

    /// The document. `format!("{:#}", document.to_json())` is its text.
    pub fn to_json(&self) -> Value {
        let mut document = json!({
            "openapi": "3.1.0",
            "info": self.info,
            "paths": self.paths,
        });
        if !self.servers.is_empty() {
            document["servers"] = json!(self.servers);
        }
        self.schemas.put_into(&mut document);
        document
    }

    /// An operation's id is its own.
    fn free_id(&mut self, name: &str) -> String {
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let mut names = [name.to_owned()].into_iter().chain(numbered);
        let id = names.find(|id| !self.ids.contains(id)).unwrap_or_default();
        self.ids.push(id.clone());
        id
    }

    /// The path without its query, where it has no such operation yet, and no other spelling of its placeholders.
    fn free_path(&self, path: &str, method: &str, id: &str) -> String {
        let path = path.split('?').next().unwrap_or_default();
        let taken = |(other, operations): (&String, &Value)| match other == path {
            true => operations.get(method).is_some(),
            false => unnamed(other) == unnamed(path),
        };
        if self.paths.iter().any(taken) { format!("{path}#{id}") } else { path.to_owned() }
    }
}

/// A path with its placeholders' names taken out.
fn unnamed(path: &str) -> String {
    let rest = |part: &str| part.split_once('}').map_or(part.to_owned(), |(_, rest)| format!("{{}}{rest}"));
    path.split('{').map(rest).collect()
}

fn method_name(method: Method) -> &'static str {
    match method {
        Method::Get => "get",
        Method::Put => "put",
        Method::Post => "post",
        Method::Patch => "patch",
        Method::Delete => "delete",
    }
}

/// What a declaration says that OpenAPI has no word for.
fn extension(spec: &EndpointSpec, silence: Unlisted) -> Value {
    let mut all = serde_json::to_value(spec).unwrap_or_default();
    let mut said = json!({ "partial": spec.partial, "idempotent": spec.idempotent, "max": all["max"].take() });
    for name in ["items", "min", "max_bytes", "max_item_bytes", "classes", "batch_key", "rate", "poll"] {
        said[name] = all[name].take();
    }
    said["silence"] = match silence {
        Unlisted::Unknown => Value::Null,
        Unlisted::Succeeded => "succeeded".into(),
        Unlisted::Failed => "failed".into(),
    };
    drop_empty(&mut said);
    said
}

/// Takes away what says nothing.
fn drop_empty(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.values_mut().for_each(drop_empty);
        fields.retain(|_, value| match value {
            Value::Null => false,
            Value::Array(list) => !list.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            _ => true,
        });
    }
}
