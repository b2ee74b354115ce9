//! A request in an OpenAPI document: its parameters, and its body with the items at their place.

use serde_json::{Value, json};

use crate::declare::{ArgumentAt, EndpointSpec, ItemsAt, ListStyle};

const JSON: &str = "application/json";

const FORM: &str = "application/x-www-form-urlencoded";

const BATCH_KEY: &str = "A key of each request's own, the same when the request is retried.";

/// Headers that OpenAPI says elsewhere.
const ELSEWHERE: [&str; 3] = ["accept", "authorization", "content-type"];

/// Gives an operation its parameters and its body.
pub(super) fn describe(spec: &EndpointSpec, item: &Value, operation: &mut Value) {
    let items = Items { spec, item };
    let parameters: Vec<Value> = parameters(spec).chain(items.parameter()).collect();
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some((content_type, media)) = items.media() {
        let content_type = fixed_header(spec, "content-type").unwrap_or(content_type);
        operation["requestBody"] = json!({ "required": true, "content": { content_type: media } });
    }
}

/// The value of a fixed header.
pub(super) fn fixed_header(spec: &EndpointSpec, name: &str) -> Option<&'static str> {
    spec.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

/// All but the items.
fn parameters(spec: &EndpointSpec) -> impl Iterator<Item = Value> {
    let (path, query) = spec.path.split_once('?').unwrap_or((spec.path, ""));
    let placeholders = path.split('{').skip(1).filter_map(|part| part.split('}').next());
    let in_path = placeholders.map(|name| Value::from(Parameter(name, "path", true, TEXT())));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let in_query = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Parameter(name, "query", true, json!({ "const": value })).into()
    });
    let headers = spec.headers.iter().filter(|(name, _)| is_parameter(name));
    let headers = headers.map(|(name, value)| Parameter(name, "header", true, json!({ "const": value })).into());
    let batch_key = spec.batch_key.filter(|place| !place.starts_with('/')).map(|name| {
        let mut parameter = Value::from(Parameter(name, "header", true, TEXT()));
        parameter["description"] = BATCH_KEY.into();
        parameter
    });
    let arguments = spec.arguments.iter().filter_map(|argument| match argument {
        ArgumentAt::Query(name) => Some(Parameter(name, "query", false, json!({})).into()),
        ArgumentAt::Header(name) if is_parameter(name) => Some(Parameter(name, "header", false, TEXT()).into()),
        _ => None,
    });
    in_path.chain(in_query).chain(headers).chain(batch_key).chain(arguments)
}

/// Name, place, whether it is required, and schema.
struct Parameter<'a>(&'a str, &'static str, bool, Value);

impl From<Parameter<'_>> for Value {
    fn from(Parameter(name, place, required, schema): Parameter<'_>) -> Value {
        json!({ "name": name, "in": place, "required": required, "schema": schema })
    }
}

const TEXT: fn() -> Value = || json!({ "type": "string" });

fn is_parameter(header: &str) -> bool {
    !ELSEWHERE.iter().any(|name| header.eq_ignore_ascii_case(name))
}

/// The items of a request.
struct Items<'a> {
    spec: &'a EndpointSpec,
    item: &'a Value,
}

impl Items<'_> {
    fn array(&self) -> Value {
        json!({ "type": "array", "items": self.item, "minItems": self.spec.min, "maxItems": self.spec.max.items })
    }

    /// Where they are one.
    fn parameter(&self) -> Option<Value> {
        let mut parameter = json!({ "required": true });
        match self.spec.items {
            ItemsAt::Query(name, style) => {
                parameter["name"] = name.into();
                parameter["in"] = "query".into();
                match style {
                    ListStyle::Json => parameter["content"] = json!({ JSON: { "schema": self.array() } }),
                    _ => {
                        parameter["schema"] = self.array();
                        styled(style, name, &mut parameter);
                    }
                }
            }
            ItemsAt::Header(name) => {
                parameter["name"] = name.into();
                parameter["in"] = "header".into();
                parameter["schema"] = self.array();
            }
            _ => return None,
        }
        Some(parameter)
    }

    /// The content type of the body and what it is; `None` where there is no body.
    fn media(&self) -> Option<(&'static str, Value)> {
        let spec = self.spec;
        let mut body = json!({});
        for (pointer, text) in spec.fields {
            let value: Value = serde_json::from_str(text).unwrap_or_default();
            put(&mut body, pointer, json!({ "const": value }), true);
        }
        if let Some(pointer) = spec.batch_key.filter(|place| place.starts_with('/')) {
            put(&mut body, pointer, json!({ "type": "string", "description": BATCH_KEY }), true);
        }
        for argument in spec.arguments {
            if let ArgumentAt::Field(pointer) = argument {
                put(&mut body, pointer, json!({}), false);
            }
        }
        let mut content_type = JSON;
        match spec.items {
            ItemsAt::Pointer(pointer) => put(&mut body, pointer, self.array(), true),
            ItemsAt::Body => body = self.array(),
            ItemsAt::Ndjson => {
                body = self.array();
                body["description"] = "A line of JSON each.".into();
                content_type = "application/x-ndjson";
            }
            ItemsAt::Query(..) | ItemsAt::Header(_) if body == json!({}) => return None,
            ItemsAt::Query(..) | ItemsAt::Header(_) => {}
            ItemsAt::Form(name, style) => {
                put(&mut body, &format!("/{}", escape(name)), self.array(), true);
                let mut encoding = json!({});
                styled(style, name, &mut encoding);
                return Some((FORM, json!({ "schema": body, "encoding": { name: encoding } })));
            }
            ItemsAt::Map(pointer) => {
                let (min, max) = (spec.min, spec.max.items);
                let map = json!({
                    "type": "object", "additionalProperties": self.item, "minProperties": min, "maxProperties": max,
                });
                put(&mut body, pointer, map, true);
            }
            ItemsAt::Groups(pointer) => {
                let group = json!({ "type": "array", "items": self.item, "maxItems": spec.max.items });
                let groups = json!({ "type": "object", "additionalProperties": group });
                put(&mut body, pointer, groups, true);
            }
            ItemsAt::Codec => return Some(("*/*", json!({}))),
        }
        Some((content_type, json!({ "schema": body })))
    }
}

/// How a list stands under one name.
fn styled(style: ListStyle, name: &str, place: &mut Value) {
    match style {
        ListStyle::Csv => (place["style"], place["explode"]) = ("form".into(), false.into()),
        ListStyle::Occurrence => (place["style"], place["explode"]) = ("form".into(), true.into()),
        ListStyle::Json => place["contentType"] = JSON.into(),
        // OpenAPI has no word for it; `x-bulk` has.
        ListStyle::Indexed if place.get("name").is_some() => {
            place["description"] = format!("Numbered: `{name}[0]`, `{name}[1]`, and so on.").into();
        }
        ListStyle::Indexed => {}
    }
}

/// Puts a schema at a JSON pointer of the body's, with objects, and arrays of one, on the way to it.
fn put(body: &mut Value, pointer: &str, schema: Value, required: bool) {
    let mut place = body;
    for step in pointer.split('/').skip(1) {
        if step == "0" {
            (place["type"], place["minItems"], place["maxItems"]) = ("array".into(), 1.into(), 1.into());
            place = &mut place["items"];
            continue;
        }
        let step = step.replace("~1", "/").replace("~0", "~");
        place["type"] = "object".into();
        if required {
            let names = place["required"].take();
            let mut names = if let Value::Array(names) = names { names } else { Vec::new() };
            if !names.contains(&json!(step)) {
                names.push(json!(step));
            }
            place["required"] = names.into();
        }
        place = &mut place["properties"][step];
    }
    *place = schema;
}

fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}
