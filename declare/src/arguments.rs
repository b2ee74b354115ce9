//! What a request has besides its items: path, parameters, and the other fields of the body.

use crate::items::{ItemsPlace, RequestItems, parameter_style, scalar};
use crate::method::BulkMethod;
use crate::node::Node;
use crate::openapi::{Property, kinds};
use crate::operation::{ApiOperation, ApiParameter, is_json};
use crate::path::{CleanPath, pointer, without_fragment};
use crate::role_names::{decides_action, decides_partial, is_idempotency_key};
use crate::rust_type::RustType;
use crate::stated::quoted;
use crate::type_table::TypeTable;

/// Declares the path, the arguments and the fixed values of a method.
pub(crate) fn declare_arguments<'a>(
    types: &mut TypeTable<'a>,
    method: &mut BulkMethod,
    operation: ApiOperation<'a>,
    items: &RequestItems<'a>,
) {
    let mut arguments = Arguments { types, method, operation, items, omitted: Vec::new(), optional: 0 };
    arguments.declare_path();
    arguments.declare_parameters();
    arguments.declare_body();
    arguments.note_other_bodies();
    let omitted = arguments.omitted;
    if !omitted.is_empty() {
        method.notes.push(format!("optional and left out: {}", omitted.join(", ")));
    }
}

struct Arguments<'d, 'a> {
    types: &'d mut TypeTable<'a>,
    method: &'d mut BulkMethod,
    operation: ApiOperation<'a>,
    items: &'d RequestItems<'a>,
    /// The optional parameters, and the optional fields beyond the first ones, which get no argument.
    omitted: Vec<String>,
    /// The number of optional fields that are arguments.
    optional: usize,
}

/// The most optional fields of a body that become arguments.
const MAX_OPTIONAL: usize = 6;

impl<'a> Arguments<'_, 'a> {
    fn declare_path(&mut self) {
        let CleanPath { path, placeholders } = CleanPath::new(self.operation.path);
        if without_fragment(self.operation.path) != path {
            self.method.notes.push(format!("the path is `{}` in the specification", self.operation.path));
        }
        self.method.path = path;
        let parameters = self.operation.parameters();
        for name in placeholders {
            let parameter = parameters.iter().find(|parameter| parameter.place == "path" && parameter.name == name);
            let ty = parameter.map(|parameter| self.types.convert(parameter.schema, parameter.name).ty);
            let ty = plain_or_text(ty.unwrap_or(RustType::Plain("String")));
            self.method.add_argument(&name, ty, |argument| {
                let same = |name: &str| name.replace(['_', '-'], "").to_lowercase();
                (same(argument) != same(&name)).then(|| format!("#[path({name:?})]"))
            });
        }
    }

    fn declare_parameters(&mut self) {
        for parameter in self.operation.parameters() {
            let name = parameter.name;
            let attribute = match parameter.place {
                "cookie" if parameter.required => {
                    let cookie = format!(
                        "the cookie `{name}` is required: set it on the client, `.header(\"Cookie\", \"{name}=…\")`"
                    );
                    self.method.notes.push(cookie);
                    continue;
                }
                "cookie" => {
                    self.omitted.push(format!("the cookie `{name}`"));
                    continue;
                }
                "query" => "query",
                "header" if !is_set_by_client(parameter.name) => "header",
                "formData" => "field",
                _ => continue,
            };
            if self.has_items(&parameter) {
                continue;
            }
            if attribute == "header" && is_idempotency_key(parameter.name) {
                self.declare_batch_key(attribute, parameter.name);
                continue;
            }
            if parameter.required {
                self.declare_parameter(&parameter, attribute);
            } else {
                self.omitted.push(format!("`{}`", parameter.name));
            }
        }
    }

    fn has_items(&self, parameter: &ApiParameter<'_>) -> bool {
        match &self.items.place {
            ItemsPlace::Query(name, _) => parameter.place == "query" && parameter.name == name,
            ItemsPlace::Header(name) => parameter.place == "header" && parameter.name == name,
            ItemsPlace::Form(name, _) => parameter.place == "formData" && parameter.name == name,
            _ => false,
        }
    }

    fn declare_parameter(&mut self, parameter: &ApiParameter<'a>, attribute: &str) {
        let name = if attribute == "field" { pointer(&[], parameter.name) } else { parameter.name.to_owned() };
        let fixed = self.operation.api.fixed_value(parameter.schema);
        // A header that must be there and has a default, such as `X-Experimental: true`, is a switch.
        let default = || {
            let value = self.operation.api.follow(parameter.schema).ok()?.get("default")?.literal()?;
            self.method.notes.push(format!("the header `{name}` has its default {value}: should it be an argument?"));
            Some(value)
        };
        let fixed = if attribute == "header" { fixed.or_else(default) } else { fixed };
        match fixed {
            Some(value) if attribute == "header" => {
                // The value of a header is text, also if the schema has a number.
                let value = if value.starts_with('"') { value } else { format!("{value:?}") };
                self.method.fixed.push(format!("#[header({name:?}, {value})]"));
            }
            Some(value) if attribute == "field" => self.method.fixed.push(format!("#[field({name:?}, {value})]")),
            _ => {
                let ty = self.types.convert(parameter.schema, parameter.name).ty;
                let ty = if attribute == "header" { plain_or_text(ty) } else { self.query_type(parameter, ty) };
                self.method.add_argument(parameter.name, ty, |argument| {
                    Some(match attribute {
                        "query" if argument == parameter.name => "#[query]".into(),
                        attribute => format!("#[{attribute}({name:?})]"),
                    })
                });
            }
        }
    }

    /// The type of an argument in the query: a list is repeated, `?id=1&id=2`, so one with a separator is a text.
    fn query_type(&mut self, parameter: &ApiParameter<'a>, ty: RustType) -> RustType {
        let is_list = matches!(ty, RustType::List(_)) && parameter.place == "query";
        let style = parameter_style(parameter).unwrap_or_else(|style| style);
        if !is_list || style == "repeat" {
            return ty;
        }
        self.method
            .notes
            .push(format!("`{}` is a list in one text, `{style}`: the argument is this text", parameter.name));
        RustType::Plain("String")
    }

    /// Declares the fields of the body next to the items, and next to each object around the items.
    fn declare_body(&mut self) {
        let Some(body) = self.operation.body() else { return };
        let usual = ["application/json", "*/*", "application/x-ndjson"];
        if (is_json(body.media) || self.items.place == ItemsPlace::Lines) && !usual.contains(&body.media) {
            self.method.fixed.push(format!("#[header(\"Content-Type\", {:?})]", body.media));
        }
        let steps: &[String] = match &self.items.place {
            ItemsPlace::Field(steps) | ItemsPlace::Map(steps) | ItemsPlace::Groups(steps) => steps,
            ItemsPlace::Form(name, _) => std::slice::from_ref(name),
            ItemsPlace::Query(..) | ItemsPlace::Header(_) if self.operation.method != "get" => &[],
            _ => return,
        };
        let mut schema = self.items.body.unwrap_or(body.schema);
        if !self.items.groups.is_empty() {
            // The object of the groups has no place for another field.
            let is_group = |name: &str| self.items.groups.iter().any(|group| group.name == name);
            let properties = self.operation.api.properties(self.items.schema).into_iter();
            let others = properties.filter(|property| !is_group(property.name));
            self.omitted.extend(others.map(|property| format!("`{}`", property.name)));
        }
        let depths = if self.items.groups.is_empty() { steps.len().max(1) } else { steps.len() };
        for depth in 0..depths {
            let step = steps.get(depth).map(String::as_str);
            let properties = self.operation.api.properties(schema);
            for property in properties.iter().filter(|property| Some(property.name) != step) {
                self.declare_field(&steps[..depth.min(steps.len())], property);
            }
            match properties.iter().find(|property| Some(property.name) == step) {
                Some(next) => schema = next.schema,
                None => return,
            }
        }
    }

    fn note_other_bodies(&mut self) {
        if !self.items.other_bodies.is_empty() {
            let others = self.items.other_bodies.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let own = self.items.body.and_then(|body| self.operation.api.name_of(body));
            let own = own.map(|name| format!("`{name}`")).unwrap_or("the one with a list".to_owned());
            self.method.notes.push(format!("the body is {own}, or {others}: declare a method for each that you need"));
        }
    }

    /// Asks for a method for each value of a flag that decides what a failed item does to the others. Returns whether the field is one.
    fn note_flag(&mut self, property: &Property<'a>, pointer: &str) -> bool {
        let is_flag = self.operation.api.plain(property.schema).is_ok_and(|schema| kinds(schema).contains(&"boolean"));
        if !is_flag || !decides_partial(property.name) {
            return false;
        }
        let left_out = if property.required { "decides" } else { "is left out: it decides" };
        self.method.notes.push(format!(
            "`{}` {left_out} what a failed item does to the others{}. Declare a method for each value, with `#[field({pointer:?}, true)]` \
             or `#[field({pointer:?}, false)]`, and the `partial` that it means",
            property.name,
            self.quote_of(property)
        ));
        true
    }

    /// Asks for a method for each word of a field that says what the request does.
    fn note_words(&mut self, property: &Property<'a>, pointer: &str) {
        let Ok(schema) = self.operation.api.plain(property.schema) else { return };
        let words = schema.get("enum").map(Node::elements).unwrap_or_default().iter().filter_map(Node::text);
        let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
        if decides_action(property.name) && words.len() > 1 {
            self.method.notes.push(format!(
                "`{}` is one of {}{}. If one of them can be retried safely and another cannot, declare a method for each, with \
                 `#[field({pointer:?}, \"…\")]`",
                property.name,
                words.join(", "),
                self.quote_of(property)
            ));
        }
    }

    /// The description of a field as a quote, after a colon.
    fn quote_of(&self, property: &Property<'a>) -> String {
        let schema = self.operation.api.plain(property.schema).unwrap_or(property.schema);
        let text = [property.schema, schema].into_iter().find_map(|node| node.text_of("description"));
        text.map(|text| format!(": \"{}\"", quoted(text))).unwrap_or_default()
    }

    /// Each request has a key of its own. As an argument it would be the same in all requests of a run, and all but the first would be
    /// duplicates to the vendor.
    fn declare_batch_key(&mut self, attribute: &str, name: &str) {
        self.method.fixed.push(format!("#[{attribute}({name:?}, batch_key)]"));
        self.method.has_batch_key = true;
    }

    fn declare_field(&mut self, above: &[String], property: &Property<'a>) {
        if is_idempotency_key(property.name) && is_text(self.operation, property) {
            return self.declare_batch_key("field", &pointer(above, property.name));
        }
        let pointer = pointer(above, property.name);
        if self.note_flag(property, &pointer) && !property.required {
            return;
        }
        if !property.required && self.optional == MAX_OPTIONAL {
            self.omitted.push(format!("`{}`", property.name));
            return;
        }
        self.optional += usize::from(!property.required);
        if let Some(value) = self.operation.api.fixed_value(property.schema).filter(|_| property.required) {
            self.method.fixed.push(format!("#[field({pointer:?}, {value})]"));
            return;
        }
        self.note_words(property, &pointer);
        let converted = self.types.convert(property.schema, &format!("{} {}", self.method.name, property.name));
        if let Some(note) = converted.note {
            self.method.notes.push(format!("`{}`: {note}", property.name));
        }
        let ty = if property.required { converted.ty } else { RustType::Optional(Box::new(converted.ty)) };
        self.method.add_argument(property.name, ty, |argument| {
            (format!("/{argument}") != pointer).then(|| format!("#[field({pointer:?})]"))
        });
    }
}

fn is_text(operation: ApiOperation<'_>, property: &Property<'_>) -> bool {
    operation.api.plain(property.schema).is_ok_and(|schema| scalar(schema) == Some("String"))
}

/// A type that is written as text, as in a path or a header.
fn plain_or_text(ty: RustType) -> RustType {
    if matches!(ty, RustType::Plain(_)) { ty } else { RustType::Plain("String") }
}

/// Whether the client sets a header by itself.
fn is_set_by_client(header: &str) -> bool {
    ["accept", "authorization", "content-encoding", "content-type", "host", "user-agent"]
        .contains(&header.to_lowercase().as_str())
}
