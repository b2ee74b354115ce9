//! OpenAPI documents of declarations: they have the structure that OpenAPI 3.1 requires, and each setting is in its place.
#![allow(missing_docs, dead_code, clippy::unwrap_used, reason = "tests, helpers included; nobody outside sees them")]

use std::collections::HashSet;

use bulk_endpoint::openapi::Document;
use bulk_endpoint::openapi::schemars::{self, JsonSchema};
use bulk_endpoint::{
    ApiError, AssignedId, Bulk, BulkItem, BulkReply, Codec, CodecError, ItemReply, Ndjson, Pairs, bulk_api,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The id of a token.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, BulkItem)]
struct TokenId(String);

#[derive(Deserialize, JsonSchema, BulkReply)]
struct Deactivated {
    /// Those that were deactivated.
    #[bulk(succeeded)]
    #[serde(default)]
    successes: Vec<TokenId>,
    #[bulk(failed)]
    #[serde(default)]
    failures: Vec<TokenFailure>,
}

#[derive(Deserialize, JsonSchema, ItemReply)]
struct TokenFailure {
    #[bulk(key)]
    id: TokenId,
    #[bulk(message)]
    message: String,
}

/// What the vendor says.
#[derive(Debug, Deserialize, JsonSchema, ApiError)]
struct Problem {
    #[bulk(message)]
    message: Option<String>,
}

/// A type that is written in another form than it is read.
#[derive(Serialize, Deserialize, JsonSchema, BulkItem, ItemReply)]
struct Record {
    #[bulk(key)]
    id: u64,
    #[serde(skip_deserializing)]
    name: String,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Deserialize, JsonSchema, BulkReply)]
struct Created {
    #[bulk(succeeded)]
    records: Vec<Record>,
}

#[derive(Serialize, JsonSchema, BulkItem)]
struct Message {
    id: AssignedId,
    body: String,
}

#[derive(Deserialize, JsonSchema, ItemReply)]
struct Sent {
    #[bulk(key)]
    id: AssignedId,
    #[bulk(status)]
    status: u16,
}

#[derive(Deserialize, JsonSchema, ItemReply)]
struct Told {
    #[bulk(status)]
    ok: bool,
}

#[derive(Serialize, JsonSchema, BulkItem)]
#[bulk(group)]
#[serde(untagged, rename_all = "lowercase")]
enum Change {
    Create {
        #[bulk(key)]
        id: TokenId,
        name: String,
    },
    Delete(#[bulk(key)] TokenId),
}

#[derive(Deserialize, JsonSchema, BulkReply)]
#[serde(untagged)]
enum ByStatus {
    #[bulk(on(204))]
    Done,
    #[bulk(on(207, 422))]
    Some(Deactivated),
}

#[derive(Debug, Deserialize, JsonSchema, ApiError)]
#[serde(untagged)]
enum Refusal {
    #[bulk(on(400, 422))]
    Detailed(Problem),
    #[bulk(on(401))]
    Unauthorized { error: String },
}

/// Without attributes of serde.
#[derive(JsonSchema, BulkReply)]
enum Tagged {
    #[bulk(on(204))]
    Done,
    #[bulk(on(200))]
    All(Deactivated),
    #[bulk(on(207))]
    Some(Undone),
}

#[derive(Debug, JsonSchema, ApiError)]
#[serde(rename_all = "snake_case")]
enum TaggedRefusal {
    /// With words of its own.
    #[bulk(on(404))]
    NotFound,
    #[bulk(on(400))]
    BadRequest(Problem),
    #[bulk(on(409))]
    Conflict,
    #[bulk(on(401))]
    Unauthorized { error: String },
}

/// The body is the list of the failed items.
#[derive(Deserialize, JsonSchema, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Undone(#[bulk(failed)] Vec<TokenFailure>);

/// Several bodies under one status, one of them the error.
#[derive(Deserialize, JsonSchema, BulkReply)]
enum Several {
    #[bulk(on(200))]
    Lists(Deactivated),
    #[bulk(on(200))]
    Others(Undone),
    #[bulk(failed, on(200, 400))]
    Refused,
}

struct Xml;

impl Codec<String> for Xml {
    const CONTENT_TYPE: &'static str = "application/xml";

    fn item(item: &String, out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.extend_from_slice(item.as_bytes());
        Ok(())
    }

    fn body(_: &Map<String, Value>, items: &[&[u8]]) -> Vec<u8> {
        items.concat()
    }
}

macro_rules! documented {
    ($(#[$doc:meta])* trait $name:ident { $($rest:tt)* }) => {
        #[bulk_api(rename_all = "camelCase")]
        trait $name: Send + Sync {
            $(#[$doc])*
            $($rest)*
        }
    };
}

documented! {
    /// Deactivates tokens
    /// of one organization.
    ///
    /// They cannot be used any more.
    trait Tokens {
        #[post("/orgs/{orgId}/tokens/deactivate?batch&mode=all")]
        #[header("X-Kind", "bulk")]
        #[header("Idempotency-Key", batch_key)]
        #[field("/options/force", true)]
        #[bulk_endpoint(items = "/data/0/ids", max = assumed(15), min = 2, max_bytes = 1000, partial = true, stop(404), rate = "100/10s")]
        fn deactivate(
            &self,
            org_id: &str,
            #[query] dry_run: bool,
            #[header("X-Caller")] caller: &str,
            #[header("Accept")] accept: &str,
            #[field("/options/reason")] reason: Option<&str>,
        ) -> Bulk<TokenId, Deactivated, Problem>;
    }
}

#[bulk_api]
trait Places: Send + Sync {
    #[put("/body")]
    #[bulk_endpoint(max = 3, partial = false, idempotent = true, items = body)]
    fn body(&self) -> Bulk<u64>;

    #[post("/lines")]
    #[bulk_endpoint(max = 3, partial = true, items = ndjson)]
    fn lines(&self) -> Bulk<Message, Ndjson<Sent>, Problem>;

    #[delete("/csv/{kind}")]
    #[bulk_endpoint(max = 3, partial = false, items = query("id", csv))]
    fn csv(&self, kind: &str) -> Bulk<u64>;

    #[get("/repeat")]
    #[bulk_endpoint(max = 3, partial = false, items = query("id", repeat))]
    fn repeat(&self) -> Bulk<u64>;

    #[post("/json")]
    #[bulk_endpoint(max = 3, partial = false, items = query("id", json))]
    fn json(&self, more: u8) -> Bulk<u64>;

    #[post("/indexed")]
    #[bulk_endpoint(max = 3, partial = false, items = query("id[{i}]"))]
    fn indexed(&self) -> Bulk<u64>;

    #[post("/form")]
    #[bulk_endpoint(max = 3, partial = false, items = form("users", csv))]
    fn form(&self, group: &str) -> Bulk<String>;

    #[post("/header")]
    #[bulk_endpoint(max = 3, partial = false, items = header("X-Ids"))]
    fn header(&self) -> Bulk<String>;

    #[post("/map")]
    #[bulk_endpoint(max = 3, min = 2, partial = true, items = map("/records"))]
    fn map(&self) -> Bulk<Record, Pairs<u64, Told>, Refusal>;

    #[post("/records")]
    #[bulk_endpoint(max = 3, partial = true, items = "records")]
    fn create(&self) -> Bulk<Record, Created, Problem>;

    #[post("/groups")]
    #[bulk_endpoint(max = 3, partial = false, items = groups(""))]
    fn groups(&self) -> Bulk<Change, ByStatus, Refusal>;

    #[post("/tagged")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn tagged(&self) -> Bulk<TokenId, Tagged, TaggedRefusal>;

    #[post("/undone")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn undone(&self) -> Bulk<TokenId, Undone>;

    #[post("/several")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn several(&self) -> Bulk<TokenId, Several, Problem>;

    #[post("/codec")]
    #[header("Content-Type", "text/xml")]
    #[bulk_endpoint(max = 3, partial = false, items = codec(Xml))]
    fn codec(&self) -> Bulk<String>;

    #[post("/body/{id}/x")]
    #[header("X-Target", "one")]
    #[bulk_endpoint(max = 3, partial = false)]
    fn one(&self, id: u8) -> Bulk<u64>;

    #[post("/body/{name}/x")]
    #[header("X-Target", "other")]
    #[bulk_endpoint(max = 3, partial = false)]
    fn other(&self, name: u8) -> Bulk<u64>;
}

fn document() -> Value {
    let document = Document::new("Everything", "1.0").description("All places.").server("https://api.example.com");
    let document = document
        .endpoint(TokensClient::DEACTIVATE)
        .endpoint(TokensClient::DEACTIVATE)
        .endpoint(PlacesClient::BODY)
        .endpoint(PlacesClient::LINES)
        .endpoint(PlacesClient::CSV)
        .endpoint(PlacesClient::REPEAT)
        .endpoint(PlacesClient::JSON)
        .endpoint(PlacesClient::INDEXED)
        .endpoint(PlacesClient::FORM)
        .endpoint(PlacesClient::HEADER)
        .endpoint(PlacesClient::MAP)
        .endpoint(PlacesClient::CREATE)
        .endpoint(PlacesClient::GROUPS)
        .endpoint(PlacesClient::TAGGED)
        .endpoint(PlacesClient::UNDONE)
        .endpoint(PlacesClient::SEVERAL)
        .endpoint(PlacesClient::CODEC)
        .endpoint(PlacesClient::ONE)
        .endpoint(PlacesClient::OTHER);
    document.to_json()
}

/// The rules of OpenAPI 3.1 that a document of this crate could break.
mod structure {
    use super::*;

    pub(super) fn check(document: &Value) {
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
        assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
        let mut ids = HashSet::new();
        for (path, operations) in document["paths"].as_object().unwrap() {
            assert!(path.starts_with('/') && !path.contains('?'), "{path}");
            for (method, operation) in operations.as_object().unwrap() {
                assert!(["get", "put", "post", "patch", "delete"].contains(&method.as_str()), "{method}");
                assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path} has another's id");
                check_parameters(path, operation);
                if let Some(body) = operation.get("requestBody") {
                    check_content(&body["content"]);
                }
                check_responses(&operation["responses"]);
            }
        }
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)), "{name}");
            check_schema(schema);
        }
        check_refs(document, document);
    }

    fn check_parameters(path: &str, operation: &Value) {
        let parameters = operation.get("parameters").map_or(&[][..], |list| list.as_array().unwrap());
        let mut seen = HashSet::new();
        for parameter in parameters {
            let (name, place) = (parameter["name"].as_str().unwrap(), parameter["in"].as_str().unwrap());
            assert!(["path", "query", "header"].contains(&place), "{place}");
            assert!(seen.insert((name.to_owned(), place)), "{path}: {name} is there twice");
            let kinds = [parameter.get("schema"), parameter.get("content")];
            assert_eq!(kinds.iter().flatten().count(), 1, "{path}: {name} has a schema or a content");
            match place {
                "path" => assert!(path.contains(&format!("{{{name}}}")) && parameter["required"] == true, "{name}"),
                "header" => {
                    assert!(!["accept", "content-type", "authorization"].contains(&name.to_lowercase().as_str()));
                }
                _ => {}
            }
            if let Some(schema) = parameter.get("schema") {
                check_schema(schema);
            }
        }
        for name in path.split('{').skip(1).map(|part| part.split('}').next().unwrap()) {
            assert!(seen.contains(&(name.to_owned(), "path")), "{path}: {name} has no parameter");
        }
    }

    fn check_responses(responses: &Value) {
        let responses = responses.as_object().unwrap();
        assert!(!responses.is_empty());
        for (status, response) in responses {
            let range = status.len() == 3 && status.starts_with(|c| ('1'..='5').contains(&c));
            let range = range && (status.ends_with("XX") || status.parse::<u16>().is_ok());
            assert!(range || status == "default", "{status}");
            assert!(response["description"].is_string(), "{status}");
            if let Some(content) = response.get("content") {
                check_content(content);
            }
        }
    }

    fn check_content(content: &Value) {
        for (media, body) in content.as_object().unwrap() {
            assert!(media.contains('/'), "{media}");
            if let Some(schema) = body.get("schema") {
                check_schema(schema);
            }
            for name in body.get("encoding").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
                assert!(
                    body["schema"]["properties"].get(name).is_some(),
                    "an encoding of {name}, which is no property"
                );
            }
        }
    }

    fn check_schema(schema: &Value) {
        let Value::Object(schema) = schema else {
            assert!(schema.is_boolean(), "{schema}");
            return;
        };
        let types = ["null", "boolean", "object", "array", "number", "string", "integer"];
        match schema.get("type") {
            None => {}
            Some(Value::Array(several)) => assert!(several.iter().all(|one| types.contains(&one.as_str().unwrap()))),
            Some(one) => assert!(types.contains(&one.as_str().unwrap()), "{one}"),
        }
        for (least, most) in [("minItems", "maxItems"), ("minProperties", "maxProperties")] {
            let [least, most] = [least, most].map(|name| schema.get(name).map(|number| number.as_u64().unwrap()));
            assert!(least.unwrap_or(0) <= most.unwrap_or(u64::MAX));
        }
        let required = schema.get("required").map_or(&[][..], |list| list.as_array().unwrap());
        assert!(required.iter().all(Value::is_string));
        for name in ["items", "additionalProperties"] {
            schema.get(name).into_iter().for_each(check_schema);
        }
        for name in ["anyOf", "oneOf", "allOf"] {
            let list = schema.get(name).map_or(&[][..], |list| list.as_array().unwrap());
            list.iter().for_each(check_schema);
        }
        schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .for_each(|(_, one)| check_schema(one));
    }

    fn check_refs(value: &Value, document: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(target)) = fields.get("$ref") {
                    assert!(document.pointer(target.strip_prefix('#').unwrap()).is_some(), "{target} is not there");
                }
                fields.values().for_each(|value| check_refs(value, document));
            }
            Value::Array(values) => values.iter().for_each(|value| check_refs(value, document)),
            _ => {}
        }
    }
}

#[test]
fn a_document_has_the_structure_of_openapi_3_1() {
    structure::check(&document());
    // A document contains its endpoints and nothing else.
    let empty = Document::new("Nothing", "0").to_json();
    assert_eq!(empty, json!({ "openapi": "3.1.0", "info": { "title": "Nothing", "version": "0" }, "paths": {} }));
}

/// The part of an operation at a JSON pointer.
fn part(document: &Value, path: &str, method: &str, pointer: &str) -> Value {
    let operation = &document["paths"][path][method];
    assert!(operation.is_object(), "no {method} {path}");
    operation.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {operation:#}")).clone()
}

fn parameters_of_deactivate() -> Value {
    json!([
        { "name": "orgId", "in": "path", "required": true, "schema": { "type": "string" } },
        { "name": "batch", "in": "query", "required": true, "schema": { "const": "" } },
        { "name": "mode", "in": "query", "required": true, "schema": { "const": "all" } },
        { "name": "X-Kind", "in": "header", "required": true, "schema": { "const": "bulk" } },
        {
            "name": "Idempotency-Key", "in": "header", "required": true,
            "schema": { "type": "string", "format": "uuid" },
            "description": "A unique key for each request, unchanged when the request is retried.",
        },
        { "name": "dryRun", "in": "query", "required": false, "schema": {} },
        { "name": "X-Caller", "in": "header", "required": false, "schema": { "type": "string" } },
    ])
}

fn body_of_deactivate() -> Value {
    json!({
        "type": "object",
        "required": ["options", "data"],
        "properties": {
            "options": {
                "type": "object",
                "required": ["force"],
                "properties": { "force": { "const": true }, "reason": {} },
            },
            "data": {
                "type": "array", "minItems": 1, "maxItems": 1,
                "items": {
                    "type": "object",
                    "required": ["ids"],
                    "properties": { "ids": {
                        "type": "array", "minItems": 2, "maxItems": 15,
                        "items": { "$ref": "#/components/schemas/TokenId" },
                    } },
                },
            },
        },
    })
}

#[test]
fn the_words_of_a_declaration_are_in_it() {
    let document = document();
    let path = "/orgs/{orgId}/tokens/deactivate";
    let part = |pointer: &str| part(&document, path, "post", pointer);
    assert_eq!(part("/operationId"), "deactivate");
    assert_eq!(part("/summary"), "Deactivates tokens of one organization.");
    assert_eq!(part("/description"), "Deactivates tokens\nof one organization.\n\nThey cannot be used any more.");
    assert_eq!(part("/parameters"), parameters_of_deactivate());
    assert_eq!(part("/requestBody/content/application~1json/schema"), body_of_deactivate());
    assert_eq!(
        part("/x-bulk"),
        json!({
            "partial": true,
            "idempotent": false,
            "max": { "items": 15, "assumed": true },
            "min": 2,
            "max_bytes": 1000,
            "items": { "pointer": "/data/0/ids" },
            "classes": { "stop": [404] },
            "batch_keys": ["Idempotency-Key"],
            "rate": { "count": 100, "items": false, "per_ms": 10_000 },
        })
    );
    let media =
        |name: &str| json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } });
    assert_eq!(
        part("/responses"),
        json!({
            "2XX": { "description": "The request was carried out", "content": media("Deactivated") },
            "default": { "description": "The request was refused", "content": media("Problem") },
        })
    );
    assert_eq!(document["components"]["schemas"]["TokenId"]["description"], "The id of a token.");
    let successes = &document["components"]["schemas"]["Deactivated"]["properties"]["successes"];
    assert_eq!(successes["description"], "Those that were deactivated.");
    assert_eq!(document["servers"], json!([{ "url": "https://api.example.com" }]));
}

/// A path, a method, a pointer in its operation, and the value there.
type Place = (&'static str, &'static str, &'static str, Value);

fn array_of_three(item: &Value) -> Value {
    json!({ "type": "array", "items": item, "minItems": 1, "maxItems": 3 })
}

fn content(media: &str, schema: &Value) -> Value {
    json!({ media: { "schema": schema } })
}

fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn items_in_arrays_and_queries() -> Vec<Place> {
    let numbers = array_of_three(&json!({ "type": "integer", "format": "uint64", "minimum": 0 }));
    vec![
        ("/body", "put", "/requestBody/content", content("application/json", &numbers)),
        ("/lines", "post", "/requestBody/content/application~1x-ndjson/schema/items", schema("Message")),
        ("/lines", "post", "/responses/2XX/content/application~1x-ndjson/schema", array_of(&schema("Sent"))),
        (
            "/csv/{kind}",
            "delete",
            "/parameters/1",
            json!({ "name": "id", "in": "query", "required": true, "schema": numbers, "style": "form", "explode": false }),
        ),
        (
            "/repeat",
            "get",
            "/parameters/0",
            json!({ "name": "id", "in": "query", "required": true, "schema": numbers, "style": "form", "explode": true }),
        ),
        (
            "/json",
            "post",
            "/parameters/0",
            json!({ "name": "id", "in": "query", "required": true, "content": content("application/json", &numbers) }),
        ),
        ("/json", "post", "/requestBody/content/application~1json/schema/properties/more", json!({})),
        ("/indexed", "post", "/parameters/0/description", json!("Numbered: `id[0]`, `id[1]`, and so on.")),
    ]
}

fn items_in_other_places() -> Vec<Place> {
    vec![
        (
            "/form",
            "post",
            "/requestBody/content/application~1x-www-form-urlencoded",
            json!({
                "schema": {
                    "type": "object",
                    "required": ["users"],
                    "properties": { "users": array_of_three(&json!({ "type": "string" })), "group": {} },
                },
                "encoding": { "users": { "style": "form", "explode": false } },
            }),
        ),
        (
            "/header",
            "post",
            "/parameters/0",
            json!({ "name": "X-Ids", "in": "header", "required": true, "schema": array_of_three(&json!({ "type": "string" })) }),
        ),
        (
            "/map",
            "post",
            "/requestBody/content/application~1json/schema/properties/records",
            json!({
                "type": "object", "additionalProperties": schema("Record.sent"), "minProperties": 2, "maxProperties": 3,
            }),
        ),
        ("/map", "post", "/responses/2XX/content/application~1json/schema/additionalProperties", schema("Told")),
        (
            "/groups",
            "post",
            "/requestBody/content",
            content(
                "application/json",
                &json!({
                    "type": "object",
                    "additionalProperties": { "type": "array", "items": schema("Change"), "maxItems": 3 },
                }),
            ),
        ),
        ("/codec", "post", "/requestBody/content", json!({ "text/xml": {} })),
    ]
}

#[test]
fn items_stand_at_their_place() {
    let document = document();
    for (path, method, pointer, want) in items_in_arrays_and_queries().into_iter().chain(items_in_other_places()) {
        assert_eq!(part(&document, path, method, pointer), want, "{method} {path} {pointer}");
    }
    for (path, method) in [("/csv/{kind}", "delete"), ("/repeat", "get"), ("/header", "post")] {
        assert_eq!(document["paths"][path][method].get("requestBody"), None, "{path}");
    }
}

fn array_of(item: &Value) -> Value {
    json!({ "type": "array", "items": item })
}

#[test]
fn answers_stand_under_their_statuses() {
    let document = document();
    let of = |path: &str| part(&document, path, "post", "/responses");
    let to =
        |name: &str| json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } });
    let groups = of("/groups");
    let statuses: Vec<&String> = groups.as_object().unwrap().keys().collect();
    assert_eq!(statuses, ["204", "207", "400", "401", "422", "default"]);
    assert_eq!(groups["204"], json!({ "description": "No Content" }));
    assert_eq!(groups["207"], json!({ "description": "Multi-Status", "content": to("Deactivated") }));
    // The reply comes before the error.
    assert_eq!(groups["422"]["content"], to("Deactivated"));
    assert_eq!(groups["400"]["content"], to("Problem"));
    let unauthorized = &groups["401"]["content"]["application/json"]["schema"];
    assert_eq!(unauthorized["properties"]["error"], json!({ "type": "string" }));
    assert_eq!(groups["default"].get("content"), None);
    // The result is the same with serde's tags, which are not part of the bodies.
    let tagged = of("/tagged");
    let statuses: Vec<&String> = tagged.as_object().unwrap().keys().collect();
    assert_eq!(statuses, ["200", "204", "207", "400", "401", "404", "409", "default"]);
    for (status, content) in [
        ("200", Some(to("Deactivated"))),
        ("204", None),
        ("207", Some(to("Undone"))),
        ("400", Some(to("Problem"))),
        ("404", None),
        ("409", None),
    ] {
        assert_eq!(tagged[status].get("content"), content.as_ref(), "{status}");
    }
    let unauthorized = &tagged["401"]["content"]["application/json"]["schema"];
    assert_eq!(unauthorized["properties"]["error"], json!({ "type": "string" }));
    let several = of("/several");
    let any =
        ["Deactivated", "Undone", "Problem"].map(|name| json!({ "$ref": format!("#/components/schemas/{name}") }));
    assert_eq!(several["200"]["content"]["application/json"]["schema"], json!({ "anyOf": any }));
    assert_eq!(several["400"]["content"], to("Problem"));
    // The body is a list.
    assert_eq!(of("/undone")["2XX"]["content"], to("Undone"));
    let failures = array_of(&json!({ "$ref": "#/components/schemas/TokenFailure" }));
    let undone = &document["components"]["schemas"]["Undone"];
    assert_eq!((&undone["type"], &undone["items"]), (&failures["type"], &failures["items"]));
    assert_eq!(part(&document, "/undone", "post", "/x-bulk/unlisted"), "succeeded");
    // `Bulk<T>`: the response has no body that names items.
    assert_eq!(
        part(&document, "/body", "put", "/responses"),
        json!({
            "2XX": { "description": "The request was carried out" },
            "default": { "description": "The request was refused" },
        })
    );
}

#[test]
fn what_is_written_otherwise_than_it_is_read_has_two_schemas() {
    let schemas = &document()["components"]["schemas"];
    assert_eq!(schemas["Record"]["required"], json!(["id"]));
    assert_eq!(schemas["Record.sent"]["required"], json!(["id", "name", "tags"]));
    assert_eq!(schemas.get("TokenId.sent"), None);
    assert_eq!(schemas["Message"]["properties"]["id"], json!({ "type": "string" }));
}

#[test]
fn operations_that_share_a_path_are_told_apart() {
    let document = document();
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    for path in ["/orgs/{orgId}/tokens/deactivate#deactivate_2", "/body/{id}/x", "/body/{name}/x#other"] {
        assert!(paths.iter().any(|one| *one == path), "{path} is not among {paths:?}");
    }
}
