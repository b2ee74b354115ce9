//! OpenAPI documents of declared endpoints (feature `openapi`), to read, mock or check an API without Rust.

mod request;
mod response;
mod schema;

/// The crate with the derive that describes types, in the version that [`Document`] requires.
pub use schemars;

use schema::Schemas;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use crate::declare::{EndpointSpec, Method};
use crate::reply::{BulkReply, Unlisted};
use crate::request::EndpointTypes;
use crate::run::Endpoint;

/// An OpenAPI 3.1 document of typed endpoints.
///
/// Items, replies and errors derive [`JsonSchema`] in addition to serde's traits. Their doc comments and those of the trait's methods
/// become the descriptions of the document.
///
/// ```
/// use bulk_endpoint::{openapi::Document, openapi::schemars::{self, JsonSchema}};
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
/// # Content
///
/// | declaration | document |
/// |---|---|
/// | place of the items, `max` and `min` | parameter or body with `maxItems` and `minItems` |
/// | fixed headers, fields and query | parameters and properties with a `const` value |
/// | `on(…)` of the reply and the error, or of their variants | responses by status; otherwise `2XX` and `default` |
/// | all other settings: `partial`, `idempotent`, classes, rate, limits in bytes, poll, `unlisted` | the extension `x-bulk` |
///
/// An enum with one variant for each status derives `JsonSchema` without a serde tag or with `#[serde(untagged)]`. With another tag
/// (`#[serde(tag = "…")]`), the schemas of its bodies accept any value.
///
/// # Limits
///
/// * Arguments have a name and a place, but no type: path parameters and headers are strings, other arguments any JSON. Only path
///   parameters are required, since a declaration does not contain whether an argument is optional.
/// * Authentication is not included: it is set on the client, not in the declaration.
/// * The body of a codec is only described by its content type, if that is a fixed header.
/// * OpenAPI allows one operation for each method and path. If a second endpoint differs only by a header or query, its path gets a
///   suffix: `#` and its name.
#[derive(Debug)]
pub struct Document {
    info: Value,
    servers: Vec<Value>,
    paths: Map<String, Value>,
    ids: Vec<String>,
    schemas: Schemas,
}

impl Document {
    /// Creates a document without endpoints. `version` is the version of the API.
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

    /// Sets the description of the API, in CommonMark.
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

    /// Returns the document as JSON. `format!("{:#}", document.to_json())` is its text.
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

    /// Returns an unused operation id: the name, with a number if needed.
    fn free_id(&mut self, name: &str) -> String {
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let mut names = [name.to_owned()].into_iter().chain(numbered);
        let id = names.find(|id| !self.ids.contains(id)).unwrap_or_default();
        self.ids.push(id.clone());
        id
    }

    /// Returns the path without its query. If the operation exists already, or the path with other placeholder names, it gets a suffix.
    fn free_path(&self, path: &str, method: &str, id: &str) -> String {
        let path = path.split('?').next().unwrap_or_default();
        let taken = |(other, operations): (&String, &Value)| match other == path {
            true => operations.get(method).is_some(),
            false => unnamed(other) == unnamed(path),
        };
        if self.paths.iter().any(taken) { format!("{path}#{id}") } else { path.to_owned() }
    }
}

/// A path without the names of its placeholders.
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

/// The settings of a declaration that OpenAPI itself expresses: operation id, path, parameters, body, description.
const EXPRESSED: [&str; 7] = ["name", "method", "path", "headers", "fields", "arguments", "docs"];

/// The extension `x-bulk`: all settings that OpenAPI does not express. A new setting of [`EndpointSpec`] appears here by itself.
fn extension(spec: &EndpointSpec, unlisted: Unlisted) -> Value {
    let mut settings = serde_json::to_value(spec).unwrap_or_default();
    if let Value::Object(settings) = &mut settings {
        settings.retain(|name, _| !EXPRESSED.contains(&name.as_str()));
    }
    settings["unlisted"] = match unlisted {
        Unlisted::Unknown => Value::Null,
        Unlisted::Succeeded => "succeeded".into(),
        Unlisted::Accepted => "accepted".into(),
        Unlisted::Failed => "failed".into(),
        Unlisted::Unprocessed => "unprocessed".into(),
        Unlisted::StopsAtFailure => "(succeeded, unprocessed)".into(),
    };
    drop_empty(&mut settings);
    settings
}

/// Removes nulls, empty lists and empty objects.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_is_left_out() {
        let mut value =
            json!({"a": null, "b": [], "c": {}, "d": {"e": null, "f": 0}, "g": {"h": {}}, "i": "", "j": [null]});
        drop_empty(&mut value);
        assert_eq!(value, json!({"d": {"f": 0}, "i": "", "j": [null]}));
    }
}
