//! The responses of an operation: reply and error, by status.

use http::StatusCode;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::request::fixed_header;
use super::schema::{NOTHING, Schemas};
use crate::declare::{EndpointSpec, JSON, NDJSON};
use crate::reply::{ApiError, BodyShape, BulkReply, ReplyShape};

/// Returns the responses of an endpoint with this reply and error.
pub(super) fn describe<R, E>(spec: &EndpointSpec, schemas: &mut Schemas) -> Value
where
    R: BulkReply + JsonSchema,
    E: ApiError + JsonSchema,
{
    let accepted = fixed_header(spec, "accept");
    let mut responses = Map::new();
    let mut add = |is_reply: bool, statuses: &[u16], otherwise: &str, content_type: &str, schema: Value| {
        let content_type = accepted.unwrap_or(content_type);
        let none = schema == json!({ "type": "null" });
        let content = (!none).then(|| json!({ content_type: { "schema": schema } }));
        let others = statuses.is_empty().then_some(otherwise);
        for name in statuses.iter().map(u16::to_string).chain(others.map(str::to_owned)) {
            let mut response = json!({ "description": description(&name) });
            if let Some(content) = &content {
                response["content"] = content.clone();
            }
            // The reply is added first: a status that it declares is not an error. It can have several bodies under one status.
            match responses.get_mut(&name) {
                None => {
                    responses.insert(name, response);
                }
                Some(before) if is_reply => add_body(before, &response),
                Some(_) => {}
            }
        }
    };
    match R::SHAPE.body {
        BodyShape::ByStatus(shapes) => {
            for (shape, schema) in shapes.iter().zip(schemas.variants::<R>(shapes.len(), R::VARIANTS)) {
                let schema =
                    if shape.body == BodyShape::Error { schemas.received::<E>() } else { body_of(shape, schema) };
                add(true, shape.statuses, "2XX", content_type(shape), schema);
            }
        }
        _ => add(true, R::SHAPE.statuses, "2XX", content_type(&R::SHAPE), body_of(&R::SHAPE, schemas.received::<R>())),
    }
    if E::STATUSES.is_empty() {
        add(false, &[], "default", JSON, schemas.received::<E>());
    } else {
        for (statuses, schema) in E::STATUSES.iter().zip(schemas.variants::<E>(E::STATUSES.len(), E::VARIANTS)) {
            add(false, statuses, "default", JSON, schema);
        }
        add(false, &[], "default", JSON, NOTHING());
    }
    responses.into()
}

/// Adds another body to a response: `anyOf` both, in each content type.
fn add_body(response: &mut Value, other: &Value) {
    let Some(Value::Object(more)) = other.get("content") else { return };
    for (content_type, body) in more {
        match response.pointer_mut(&format!("/content/{}/schema", content_type.replace('~', "~0").replace('/', "~1"))) {
            None => response["content"][content_type] = body.clone(),
            Some(schema) => match schema.get_mut("anyOf").and_then(Value::as_array_mut) {
                Some(all) => all.push(body["schema"].clone()),
                None => *schema = json!({ "anyOf": [schema.take(), body["schema"].clone()] }),
            },
        }
    }
}

fn body_of(shape: &ReplyShape, schema: Value) -> Value {
    if shape.body == BodyShape::Nothing { NOTHING() } else { schema }
}

fn content_type(shape: &ReplyShape) -> &'static str {
    if matches!(shape.body, BodyShape::Ndjson(_)) { NDJSON } else { JSON }
}

fn description(status: &str) -> String {
    match status {
        "2XX" => "The request was carried out".into(),
        "default" => "The request was refused".into(),
        status => {
            let known = status.parse().ok().and_then(|code: StatusCode| code.canonical_reason());
            known.map_or_else(|| format!("Status {status}"), str::to_owned)
        }
    }
}
