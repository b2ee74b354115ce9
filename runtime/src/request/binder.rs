//! Binds an endpoint to its arguments: builds every part of a request except the items, once for all requests of a run.

use std::fmt::Display;
use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::utf8_percent_encode;
use serde_json::Value;

use super::argument::{HeaderArgument, JsonArgument, PathArgument};
use super::codec::{Codec, ErasedCodec};
use super::endpoint_types::EndpointTypes;
use super::finite::to_value;
use super::frame::BodyField;
use super::gzip;
use super::item::GroupFn;
use super::layout::{Layout, PlugIn};
use super::prepared::{KeyPlaces, NO_KEY, OTHER_KEY, PreparedEndpoint, RequestParts, SEGMENT};
use crate::client::Client;
use crate::declare::{EndpointSpec, JSON, RequestPart};
use crate::reply::BulkReply;

/// A predicate on the failures of a `B`.
pub type Already<B> = fn(&<<B as EndpointTypes>::Reply as BulkReply>::Failure) -> bool;

/// Collects the arguments of a method. `#[bulk_api]` generates one chain of these calls. It does not depend on the types of the method, so
/// the compiler reports a wrong type once, at `finish`.
///
/// The first invalid argument is kept: the run then sends nothing, and stops with that reason.
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
                Err(error) => binder.reject(format_args!("the fixed body field {pointer} is not valid JSON: {error}")),
            };
        }
        binder
    }

    fn reject(mut self, why: impl Display) -> Self {
        self.invalid.get_or_insert_with(|| why.to_string());
        self
    }

    /// Fills the placeholder `{name}` of the path. Invalid: an empty value, `.` and `..`, which would change the path.
    pub fn path(mut self, name: &'static str, value: &(impl PathArgument + ?Sized)) -> Self {
        let value = value.to_string();
        if matches!(value.as_str(), "" | "." | "..") {
            let path = self.spec.path;
            return self.reject(format_args!(
                "expected a path segment for the parameter `{name}`, found {value:?}, which changes the path {path}"
            ));
        }
        let (placeholder, value) = (format!("{{{name}}}"), utf8_percent_encode(&value, SEGMENT).to_string());
        for path in [Some(&mut self.path), self.poll.as_mut()].into_iter().flatten() {
            *path = path.replace(&placeholder, &value);
        }
        self
    }

    /// Adds a query parameter for a scalar, several for a list, none for `None`.
    pub fn query(mut self, name: &'static str, value: &(impl JsonArgument + ?Sized)) -> Self {
        let value = match to_value(value) {
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
                        "expected a scalar or a list of scalars for the query parameter `{name}`"
                    ));
                }
            }
        }
        self
    }

    /// Adds a header. Invalid: a name that is not a header name, and a value with line breaks or other control characters.
    pub fn header(mut self, name: &'static str, value: &(impl HeaderArgument + ?Sized)) -> Self {
        let parsed = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(&value.to_string()).ok());
        let Some((name, value)) = parsed else {
            // The value may be a secret, so the message does not quote it.
            return self.reject(format_args!("expected visible ASCII characters as the value of the header `{name}`"));
        };
        self.headers.append(name, value);
        self
    }

    /// Adds a body field at a JSON pointer; none for `None`.
    pub fn field(mut self, pointer: &'static str, value: &(impl JsonArgument + ?Sized)) -> Self {
        match to_value(value) {
            Ok(Value::Null) => {}
            Ok(value) => self.fields.push((pointer, value)),
            Err(error) => {
                return self.reject(format_args!("the body field {pointer} cannot be encoded: {error}"));
            }
        }
        self
    }

    /// Sets the function that returns the group of an item, for `items = groups(…)`.
    pub(crate) fn grouped(self, group: GroupFn) -> Self {
        Binder { plug_in: PlugIn::Groups(group), ..self }
    }

    /// Sets the codec that writes the bodies, for `items = codec(…)`.
    pub(crate) fn encoded_by<C: Codec<T>, T: 'static>(self) -> Self {
        Binder { plug_in: PlugIn::Codec(ErasedCodec::new::<C, T>()), ..self }
    }

    /// Returns the bound endpoint. `already` returns whether a failure means that the item was already in the requested state.
    pub(crate) fn finish<B: EndpointTypes>(self, already: Option<Already<B>>) -> B {
        let (client, spec) = (self.client.clone(), self.spec);
        let (parts, invalid) = self.parts();
        B::from_prepared(PreparedEndpoint { client, spec, parts, already, invalid })
    }

    /// Returns the parts that all requests share, and the reason if no request can be built.
    fn parts(mut self) -> (RequestParts, Option<Arc<str>>) {
        // A key in the body gets a placeholder of its exact length, which each batch overwrites: the layout stays the same.
        let (key_fields, key_headers): (Vec<_>, Vec<_>) =
            self.spec.batch_keys.iter().copied().partition(|place| place.starts_with('/'));
        let laid_out = |key: &str| {
            let keys = key_fields.iter().map(|pointer| (*pointer, key.into()));
            let fields: Vec<BodyField> = self.fields.iter().cloned().chain(keys).collect();
            Layout::new(self.spec.items, self.plug_in, &fields)
        };
        let layout = laid_out(NO_KEY).and_then(|layout| self.check_place(layout));
        let other = if key_fields.is_empty() { None } else { laid_out(OTHER_KEY).ok() };
        let url = self.client.url_of(&self.path, &self.query);
        let mut invalid = self.invalid;
        let layout = layout.unwrap_or_else(|error| {
            invalid.get_or_insert(error);
            Layout::default()
        });
        if let Some(content_type) = layout.content_type {
            self.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(content_type));
        }
        if let Some(compression) = self.spec.compress {
            self.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(compression.coding()));
            if !gzip::IS_AVAILABLE {
                invalid.get_or_insert_with(|| {
                    "`compress = gzip` needs the feature `gzip` of bulk-endpoint: enable it".into()
                });
            }
        }
        self.headers.entry(ACCEPT).or_insert(HeaderValue::from_static(JSON));
        let url = url.unwrap_or_else(|error| {
            invalid.get_or_insert_with(|| format!("the path {} is not part of a valid URL: {error}", self.path));
            self.client.base_url().clone()
        });
        let in_body = other.map_or_else(Vec::new, |other| layout.differences(&other, NO_KEY.len()));
        let in_headers = key_headers.iter().filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok());
        let batch_keys = KeyPlaces { in_body, in_headers: in_headers.collect() };
        if batch_keys.len() < self.spec.batch_keys.len() {
            let places = self.spec.batch_keys.join("`, `");
            invalid.get_or_insert_with(|| {
                format!("expected header names and body fields for the batch key, found `{places}`")
            });
        }
        let parts = RequestParts {
            method: self.spec.method.to_http(),
            url,
            headers: self.headers,
            batch_keys,
            layout,
            poll: self.poll.map(|path| (path, self.spec.poll.and_then(|poll| poll.field))),
        };
        (parts, invalid.map(Into::into))
    }

    /// Checks that no argument uses the query parameter, or the header, of the items.
    fn check_place(&self, layout: Layout) -> Result<Layout, String> {
        let taken = match self.spec.items.part() {
            RequestPart::Query(name, style) => self.query.iter().any(|(taken, _)| style.has_name(name, taken)),
            RequestPart::Header(name) => self.headers.contains_key(name),
            // Fields of the body are checked where the body is written.
            RequestPart::Body => false,
        };
        if taken {
            Err("an argument has the same query parameter or header as the items: rename one".into())
        } else {
            Ok(layout)
        }
    }
}
