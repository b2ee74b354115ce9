//! An endpoint bound to its arguments: everything of a request but the items, made once for all of a run's requests.

use std::fmt::Display;
use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::utf8_percent_encode;
use serde::Serialize;
use serde_json::Value;

use super::codec::{Codec, ErasedCodec};
use super::endpoint_types::EndpointTypes;
use super::frame::BodyField;
use super::item::GroupFn;
use super::layout::{Layout, PlugIn};
use super::prepared::{BatchKeyAt, NO_KEY, PreparedEndpoint, RequestParts, SEGMENT};
use crate::client::Client;
use crate::declare::{EndpointSpec, ItemsAt};
use crate::reply::BulkReply;

/// A predicate on the failures of a `B`.
pub type Already<B> = fn(&<<B as EndpointTypes>::Reply as BulkReply>::Failure) -> bool;

/// Collects a method's arguments. Knows nothing of the method's types, so that a wrong one is told once, by `finish`. What `#[bulk_api]` generates is one chain of these calls.
#[must_use]
pub struct Binder {
    client: Client,
    spec: EndpointSpec,
    path: String,
    poll: Option<String>,
    query: Vec<(&'static str, String)>,
    headers: HeaderMap,
    fields: Vec<BodyField>,
    plug_in: PlugIn,
    invalid: Option<String>,
}

impl Binder {
    pub(crate) fn new(client: &Client, spec: EndpointSpec) -> Self {
        let mut binder = Binder {
            client: client.clone(),
            spec,
            path: spec.path.to_owned(),
            poll: spec.poll.map(|poll| poll.path.to_owned()),
            query: Vec::new(),
            headers: HeaderMap::new(),
            fields: Vec::new(),
            plug_in: PlugIn::None,
            invalid: None,
        };
        for (name, value) in spec.headers {
            binder = binder.header(name, value);
        }
        for (pointer, json) in spec.fields {
            let value: Result<Value, _> = serde_json::from_str(json);
            binder = match value {
                Ok(value) => binder.field(pointer, &value),
                Err(error) => binder.reject(format_args!("the fixed field {pointer} is not JSON: {error}")),
            };
        }
        binder
    }

    fn reject(mut self, why: impl Display) -> Self {
        self.invalid.get_or_insert_with(|| why.to_string());
        self
    }

    /// Puts a value into the placeholder `{name}` of the path.
    pub fn path(mut self, name: &'static str, value: &(impl Display + ?Sized)) -> Self {
        let value = value.to_string();
        if matches!(value.as_str(), "" | "." | "..") {
            let path = self.spec.path;
            return self.reject(format_args!(
                "the path parameter `{name}` is {value:?}, which would make {path} another path"
            ));
        }
        let (placeholder, value) = (format!("{{{name}}}"), utf8_percent_encode(&value, SEGMENT).to_string());
        for path in [Some(&mut self.path), self.poll.as_mut()].into_iter().flatten() {
            *path = path.replace(&placeholder, &value);
        }
        self
    }

    /// Adds a query parameter: a scalar, several of a list, none of a `None`.
    pub fn query(mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        let value = match serde_json::to_value(value) {
            Ok(value) => value,
            Err(error) => {
                return self.reject(format_args!("the query parameter `{name}` cannot be encoded: {error}"));
            }
        };
        let values = if let Value::Array(values) = value { values } else { vec![value] };
        for value in values {
            match value {
                Value::Null => {}
                Value::String(text) => self.query.push((name, text)),
                Value::Bool(_) | Value::Number(_) => self.query.push((name, value.to_string())),
                Value::Array(_) | Value::Object(_) => {
                    return self.reject(format_args!(
                        "the query parameter `{name}` is neither a scalar nor a list of scalars"
                    ));
                }
            }
        }
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: &(impl Display + ?Sized)) -> Self {
        let parsed = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(&value.to_string()).ok());
        let Some((name, value)) = parsed else {
            // The value may be a secret: it is not repeated.
            return self.reject(format_args!("the header `{name}` cannot carry its value (a line break, or no ASCII)"));
        };
        self.headers.append(name, value);
        self
    }

    /// Adds a body field at a JSON pointer; none for a `None`.
    pub fn field(mut self, pointer: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_value(value) {
            Ok(Value::Null) => {}
            Ok(value) => self.fields.push((pointer, value)),
            Err(error) => {
                return self.reject(format_args!("the body field {pointer} cannot be encoded: {error}"));
            }
        }
        self
    }

    /// Says how items tell their groups.
    pub(crate) fn grouped(self, group: GroupFn) -> Self {
        Binder { plug_in: PlugIn::Groups(group), ..self }
    }

    /// Says what writes the bodies.
    pub(crate) fn encoded_by<C: Codec<T>, T: 'static>(self) -> Self {
        Binder { plug_in: PlugIn::Codec(ErasedCodec::new::<C, T>()), ..self }
    }

    /// The bound endpoint. `already` recognizes the failures that say that an item was already in the state asked for.
    pub(crate) fn finish<B: EndpointTypes>(self, already: Option<Already<B>>) -> B {
        let (client, spec) = (self.client.clone(), self.spec);
        let (parts, invalid) = self.parts();
        B::from_prepared(PreparedEndpoint { client, spec, parts, already, invalid })
    }

    /// What all its requests share, and why none can be made, if that is so.
    fn parts(mut self) -> (RequestParts, Option<Arc<str>>) {
        let key_field = self.spec.batch_key.filter(|place| place.starts_with('/'));
        self.fields.extend(key_field.map(|pointer| (pointer, NO_KEY.into())));
        let layout = Layout::new(self.spec.items, self.spec.max.items, self.plug_in, &self.fields);
        let layout = layout.and_then(|layout| self.check_place(layout));
        let url = self.client.url_of(&self.path, &self.query);
        let mut invalid = self.invalid;
        let layout = layout.unwrap_or_else(|error| {
            invalid.get_or_insert(error);
            Layout::default()
        });
        if let Some(content_type) = layout.content_type {
            self.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(content_type));
        }
        self.headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        let url = url.unwrap_or_else(|error| {
            invalid.get_or_insert_with(|| format!("the path {} makes no URL: {error}", self.path));
            self.client.base().clone()
        });
        let batch_key = self.spec.batch_key.and_then(|name| {
            let place = match key_field {
                Some(_) => layout.find(NO_KEY).map(BatchKeyAt::Body),
                None => HeaderName::from_bytes(name.as_bytes()).ok().map(BatchKeyAt::Header),
            };
            if place.is_none() {
                invalid.get_or_insert_with(|| {
                    format!("`{name}`, which is to carry the batch's key, is no header or field")
                });
            }
            place
        });
        let parts = RequestParts {
            method: self.spec.method.to_http(),
            url,
            headers: self.headers,
            batch_key,
            layout,
            poll: self.poll.map(|path| (path, self.spec.poll.and_then(|poll| poll.field))),
        };
        (parts, invalid.map(Into::into))
    }

    /// The items have their query parameter, or header, for themselves.
    fn check_place(&self, layout: Layout) -> Result<Layout, String> {
        let taken = match self.spec.items {
            ItemsAt::Query(name, _) => self.query.iter().any(|(taken, _)| *taken == name),
            ItemsAt::Header(name) => self.headers.contains_key(name),
            _ => false,
        };
        if taken { Err("an argument stands where the items belong".into()) } else { Ok(layout) }
    }
}
