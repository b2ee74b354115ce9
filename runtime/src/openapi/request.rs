//! The request of an operation: its parameters, and its body with the items.

use serde_json::{Value, json};

use crate::declare::{ArgumentAt, EndpointSpec, ItemsAt, JSON, ListStyle, NumberedName};

const BATCH_KEY: &str = "A unique key for each request, unchanged when the request is retried.";

/// Headers that OpenAPI does not allow as parameters: it has other places for them.
const ELSEWHERE: [&str; 3] = ["accept", "authorization", "content-type"];

/// Adds the parameters and the body to an operation.
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

/// Returns the value of a fixed header.
pub(super) fn fixed_header(spec: &EndpointSpec, name: &str) -> Option<&'static str> {
    spec.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

/// Returns all parameters except the items.
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
    let batch_keys = spec.batch_keys.iter().filter(|place| !place.starts_with('/')).map(|name| {
        let mut parameter = Value::from(Parameter(name, "header", true, json!({ "type": "string", "format": "uuid" })));
        parameter["description"] = BATCH_KEY.into();
        parameter
    });
    let arguments = spec.arguments.iter().filter_map(|argument| match argument {
        ArgumentAt::Query(name) => Some(Parameter(name, "query", false, json!({})).into()),
        ArgumentAt::Header(name) if is_parameter(name) => Some(Parameter(name, "header", false, TEXT()).into()),
        _ => None,
    });
    in_path.chain(in_query).chain(headers).chain(batch_keys).chain(arguments)
}

/// Name, place (`in`), whether it is required, and schema.
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

    /// Returns the parameter that carries the items; `None` if they are in the body.
    fn parameter(&self) -> Option<Value> {
        let mut parameter = json!({ "required": true });
        match self.spec.items {
            ItemsAt::Query(name, style) => {
                parameter["name"] = name.into();
                parameter["in"] = "query".into();
                match style {
                    ListStyle::Json => parameter["content"] = json!({ JSON: { "schema": self.array() } }),
                    ListStyle::Csv | ListStyle::Repeat | ListStyle::Numbered => {
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
            ItemsAt::Pointer(_)
            | ItemsAt::Body
            | ItemsAt::Ndjson
            | ItemsAt::Form(..)
            | ItemsAt::Text(_)
            | ItemsAt::Map(_)
            | ItemsAt::Groups(_)
            | ItemsAt::Codec => return None,
        }
        Some(parameter)
    }

    /// Returns the content type and the media type object of the body; `None` if there is no body.
    fn media(&self) -> Option<(&'static str, Value)> {
        let spec = self.spec;
        let mut body = json!({});
        for (pointer, text) in spec.fields {
            let value: Value = serde_json::from_str(text).unwrap_or_default();
            put(&mut body, pointer, json!({ "const": value }), true);
        }
        for pointer in spec.batch_keys.iter().filter(|place| place.starts_with('/')) {
            put(&mut body, pointer, json!({ "type": "string", "format": "uuid", "description": BATCH_KEY }), true);
        }
        for argument in spec.arguments {
            if let ArgumentAt::Field(pointer) = argument {
                put(&mut body, pointer, json!({}), false);
            }
        }
        // A codec writes what only it knows.
        let media_type = spec.items.body_format().media_type().unwrap_or("*/*");
        match spec.items {
            ItemsAt::Pointer(pointer) => put(&mut body, pointer, self.array(), true),
            ItemsAt::Body => body = self.array(),
            ItemsAt::Ndjson => {
                body = self.array();
                body["description"] = "Each element is one line of JSON.".into();
            }
            ItemsAt::Text(separator) => {
                let description = format!(
                    "The items one after another, separated by {separator:?}: strings as they are, other values as JSON."
                );
                body = json!({ "type": "string", "description": description });
            }
            ItemsAt::Query(..) | ItemsAt::Header(_) if body == json!({}) => return None,
            ItemsAt::Query(..) | ItemsAt::Header(_) => {}
            ItemsAt::Form(name, style) => {
                put(&mut body, &format!("/{}", escape(name)), self.array(), true);
                let mut encoding = json!({});
                styled(style, name, &mut encoding);
                return Some((media_type, json!({ "schema": body, "encoding": { name: encoding } })));
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
            ItemsAt::Codec => return Some((media_type, json!({}))),
        }
        Some((media_type, json!({ "schema": body })))
    }
}

/// Adds the serialization style of a list.
fn styled(style: ListStyle, name: &'static str, place: &mut Value) {
    match style {
        ListStyle::Csv => (place["style"], place["explode"]) = ("form".into(), false.into()),
        ListStyle::Repeat => (place["style"], place["explode"]) = ("form".into(), true.into()),
        ListStyle::Json => place["contentType"] = JSON.into(),
        // OpenAPI cannot express this style; `x-bulk` contains it.
        ListStyle::Numbered if place.get("name").is_some() => {
            let [first, second] =
                [0, 1].map(|index| NumberedName::of(name).map_or(String::new(), |name| name.at(index)));
            place["description"] = format!("Numbered: `{first}`, `{second}`, and so on.").into();
        }
        ListStyle::Numbered => {}
    }
}

/// Inserts a schema at a JSON pointer of the body's schema, and the objects and one-element arrays on its path.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_says_how_its_list_is_written() {
        let written = |style, mut place: Value| {
            styled(style, "id[{i}]", &mut place);
            place
        };
        let query = || json!({ "name": "id" });
        assert_eq!(written(ListStyle::Csv, query()), json!({ "name": "id", "style": "form", "explode": false }));
        assert_eq!(written(ListStyle::Repeat, query()), json!({ "name": "id", "style": "form", "explode": true }));
        let numbered = json!({ "name": "id", "description": "Numbered: `id[0]`, `id[1]`, and so on." });
        assert_eq!(written(ListStyle::Numbered, query()), numbered);
        // The encoding of a field of a form has no description.
        assert_eq!(written(ListStyle::Numbered, json!({})), json!({}));
    }
}
