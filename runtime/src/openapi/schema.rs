//! The schemas of an OpenAPI document, and those of this crate's own types.

use std::borrow::Cow;
use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::item::AssignedId;
use crate::reply::AwsErrorType;
use crate::reply::{Accepted, ByCode, ByStatus, EndIndex, InFormat, Index, Ndjson, One, Pairs, StartIndex};

/// The schema of a missing body.
pub(super) const NOTHING: fn() -> Value = || json!({ "type": "null" });

/// The places of the schemas of received types, and (until `put_into`) of sent types. A type can be written in another form than it is
/// read, so it can have two schemas.
const RECEIVED: &str = "#/components/schemas/";

const SENT: &str = "#/components/sent/";

/// The schemas of all types, as they are written and as they are read.
#[derive(Debug)]
pub(super) struct Schemas {
    sent: SchemaGenerator,
    received: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = |path: &'static str| {
            SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = path.into())
        };
        Schemas {
            sent: settings(SENT).for_serialize().into_generator(),
            received: settings(RECEIVED).for_deserialize().into_generator(),
        }
    }

    /// Returns the schema of a type that is sent.
    pub(super) fn sent<T: JsonSchema>(&mut self) -> Value {
        self.sent.subschema_for::<T>().into()
    }

    /// Returns the schema of a type that is received.
    pub(super) fn received<T: JsonSchema>(&mut self) -> Value {
        self.received.subschema_for::<T>().into()
    }

    /// Returns the schemas of an enum's variants, each of which is a body. A variant that cannot be identified accepts any value.
    pub(super) fn variants<T: JsonSchema>(&mut self, count: usize, names: &[&str]) -> Vec<Value> {
        let whole: Value = T::json_schema(&mut self.received).into();
        let tagged = match (whole.get("anyOf"), whole.get("oneOf")) {
            // Without tags, the variants are in their order.
            (Some(Value::Array(variants)), _) if variants.len() == count => return variants.clone(),
            (_, Some(Value::Array(variants))) => variants,
            _ => std::slice::from_ref(&whole),
        };
        (0..count).map(|index| names.get(index).map_or_else(|| json!({}), |name| untagged(tagged, name))).collect()
    }

    /// Adds the schemas to a document. If a type is written and read in different forms, the written one is called `name.sent`.
    pub(super) fn put_into(&self, document: &mut Value) {
        let (sent, received) = (self.sent.definitions(), self.received.definitions());
        let differ = differing(sent, received);
        let mut schemas = received.clone();
        for (name, schema) in sent {
            let suffix = if differ.contains(name) { ".sent" } else { "" };
            schemas.insert(format!("{name}{suffix}"), schema.clone());
        }
        if !schemas.is_empty() {
            document["components"]["schemas"] = schemas.into();
        }
        each_ref(document, &mut |target| {
            if let Some(name) = target.strip_prefix(SENT) {
                let suffix = if differ.contains(name) { ".sent" } else { "" };
                *target = format!("{RECEIVED}{name}{suffix}");
            }
        });
    }
}

/// Returns the schema of the variant with this name, from an externally tagged enum: the value under the name, or no body for a unit
/// variant.
fn untagged(variants: &[Value], name: &str) -> Value {
    let body = variants.iter().find_map(|variant| variant.get("properties")?.get(name));
    let is_name = |value: &Value| value == name;
    let bare = |variant: &Value| match variant.get("enum") {
        Some(Value::Array(names)) => names.iter().any(is_name),
        _ => variant.get("const").is_some_and(is_name),
    };
    match body {
        Some(body) => body.clone(),
        None if variants.iter().any(bare) => NOTHING(),
        None => json!({}),
    }
}

/// Returns the names of schemas that differ between sent and received, or that refer to such schemas.
fn differing(sent: &Map<String, Value>, received: &Map<String, Value>) -> BTreeSet<String> {
    let mut differ = BTreeSet::new();
    loop {
        let before = differ.len();
        for (name, schema) in sent {
            let mut schema = schema.clone();
            let mut names_one = false;
            each_ref(&mut schema, &mut |target| {
                if let Some(name) = target.strip_prefix(SENT) {
                    names_one |= differ.contains(name);
                    *target = format!("{RECEIVED}{name}");
                }
            });
            if received.get(name).is_some_and(|other| names_one || *other != schema) {
                differ.insert(name.clone());
            }
        }
        if differ.len() == before {
            return differ;
        }
    }
}

/// Calls `act` for every reference in a value.
fn each_ref(value: &mut Value, act: &mut impl FnMut(&mut String)) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(target) if name == "$ref" => act(target),
                    value => each_ref(value, act),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| each_ref(value, act)),
        _ => {}
    }
}

/// Implements `JsonSchema` for this crate's own types in bodies, as inline schemas.
macro_rules! inline {
    ($([$($parameters:tt)*] $ty:ty, $name:literal, |$generator:ident| $schema:expr;)*) => {$(
        impl<$($parameters)*> JsonSchema for $ty {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )*};
}

inline! {
    [] Accepted, "Accepted", |_generator| json_schema!({ "type": "null" });
    [] AssignedId, "AssignedId", |_generator| json_schema!({ "type": "string" });
    [] AwsErrorType, "AwsErrorType", |_generator| json_schema!({ "type": "string" });
    [const BASE: usize] EndIndex<BASE>, "EndIndex", |_generator| json_schema!({ "type": "integer", "minimum": BASE });
    [const BASE: usize] StartIndex<BASE>, "StartIndex", |_generator| {
        json_schema!({ "type": "integer", "minimum": BASE })
    };
    [const BASE: usize] Index<BASE>, "Index", |_generator| json_schema!({ "type": "integer", "minimum": BASE });
    [E: JsonSchema] Ndjson<E>, "Ndjson", |generator| {
        json_schema!({ "type": "array", "items": generator.subschema_for::<E>() })
    };
    [K: JsonSchema] ByCode<K>, "ByCode", |generator| {
        json_schema!({ "type": "object", "additionalProperties": generator.subschema_for::<Vec<K>>() })
    };
    [V: JsonSchema] ByStatus<V>, "ByStatus", |generator| {
        json_schema!({
            "type": "object",
            "patternProperties": { "^[1-5][0-9][0-9]$": generator.subschema_for::<V>() },
            "minProperties": 1,
            "maxProperties": 1
        })
    };
    [F, T: JsonSchema] InFormat<F, T>, "InFormat", |generator| generator.subschema_for::<T>();
    [E: JsonSchema] One<E>, "One", |generator| generator.subschema_for::<E>();
    [K, V: JsonSchema] Pairs<K, V>, "Pairs", |generator| {
        json_schema!({ "type": "object", "additionalProperties": generator.subschema_for::<V>() })
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_the_value_under_its_name() {
        let variants = [
            json!({"properties": {"Put": {"type": "string"}}}),
            json!({"enum": ["List", "Sync"]}),
            json!({"const": "Clear"}),
        ];
        for (name, body) in [
            ("Put", json!({"type": "string"})),
            ("Sync", NOTHING()),
            ("Clear", NOTHING()),
            // It is in no variant, so nothing is known of it.
            ("Other", json!({})),
        ] {
            assert_eq!(untagged(&variants, name), body, "{name}");
        }
        assert_eq!(untagged(&variants[2..], "List"), json!({}));
    }

    #[test]
    fn a_schema_differs_where_one_that_it_names_does() {
        let map = |value: Value| value.as_object().cloned().unwrap_or_default();
        let of = |name: &str| json!({ "$ref": format!("{SENT}{name}") });
        let as_received = |name: &str| json!({ "$ref": format!("{RECEIVED}{name}") });
        let both = |first: Value, second: Value| json!({ "properties": { "a": first, "b": [second] } });
        let sent = map(json!({
            "Own": {"type": "string"},
            "Same": {"type": "integer"},
            "First": both(of("Own"), of("Same")),
            "Last": both(of("Same"), of("Own")),
            "Far": of("Last"),
            "Neither": of("Same"),
            "OnlySent": {"type": "string"},
        }));
        let received = map(json!({
            "Own": {"type": "number"},
            "Same": {"type": "integer"},
            "First": both(as_received("Own"), as_received("Same")),
            "Last": both(as_received("Same"), as_received("Own")),
            "Far": as_received("Last"),
            "Neither": as_received("Same"),
        }));
        let found = differing(&sent, &received);
        assert_eq!(found, ["Far", "First", "Last", "Own"].map(str::to_owned).into());
    }

    #[test]
    fn a_reference_is_a_text_of_that_name() {
        let mut value =
            json!({"$ref": "a", "title": "b", "items": [{"$ref": "c"}, "d", 7], "x": {"$ref": {"$ref": "e"}}});
        let mut found = Vec::new();
        each_ref(&mut value, &mut |target| found.push(target.clone()));
        found.sort();
        assert_eq!(found, ["a", "c", "e"]);
    }
}
