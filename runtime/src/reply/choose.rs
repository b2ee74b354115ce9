//! The choice between the shapes that one status can have.

use std::collections::HashMap;

use serde::de::IgnoredAny;

use super::collector::Collector;
use super::decode_error::DecodeError;
use super::response::RawResponse;
use super::shape::{BodyShape, ElementShape, FieldKind, KeySource, ReplyShape};

/// Why a body does not have a shape.
struct Misfit {
    /// The number of fields that differ; [`OTHER_CONTAINER`] if already the container does.
    distance: usize,
    reason: DecodeError,
}

/// Farther than any number of fields.
const OTHER_CONTAINER: usize = usize::MAX;

impl<K, S, F> Collector<'_, K, S, F> {
    /// Returns the index of the shape of this body among those of a reply by status: the first whose container is that of the body, and
    /// whose required fields are all there. Elements are not looked at, so that one bad element does not choose another shape.
    ///
    /// If a status has one shape, it is that one, whatever the body is. `names` are the names of the shapes.
    ///
    /// # Errors
    ///
    /// No shape is declared for the status, or the body has none of several: the error has the reason of each, the nearest first.
    pub fn choose(
        &mut self,
        response: &RawResponse<'_>,
        reply: &'static ReplyShape,
        names: &[&str],
    ) -> Result<usize, DecodeError> {
        let (at, misfits) = response.choose(reply, names)?;
        if let BodyShape::ByStatus(shapes) = reply.body {
            self.shape = shapes.get(at);
        }
        self.misfits = misfits;
        Ok(at)
    }

    /// Marks the body as the error type of the endpoint.
    pub fn error_body(&mut self) {
        self.is_error = true;
    }
}

impl RawResponse<'_> {
    /// Returns the index of the shape of this body, as [`Collector::choose`] does.
    ///
    /// # Errors
    ///
    /// Those of [`Collector::choose`].
    pub fn chosen(&self, reply: &'static ReplyShape, names: &[&str]) -> Result<usize, DecodeError> {
        self.choose(reply, names).map(|(at, _)| at)
    }

    /// The index of the shape, and why the body does not have the shapes before it.
    fn choose(&self, reply: &'static ReplyShape, names: &[&str]) -> Result<(usize, Option<DecodeError>), DecodeError> {
        let BodyShape::ByStatus(shapes) = reply.body else {
            return Err(DecodeError::new("", "expected the shapes of a reply by status"));
        };
        let under = || shapes.iter().enumerate().filter(|(_, shape)| shape.under(self.status()).is_some());
        match under().map(|(at, _)| at).collect::<Vec<_>>().as_slice() {
            [] => return Err(DecodeError::undeclared(self.status())),
            [only] => return Ok((*only, None)),
            _ => {}
        }
        let mut misfits = Vec::new();
        for (at, shape) in under() {
            match self.misfit(shape) {
                None => return Ok((at, describe(misfits))),
                Some(misfit) => misfits.push((misfit, names.get(at).copied().unwrap_or_default())),
            }
        }
        Err(describe(misfits).unwrap_or_else(|| DecodeError::undeclared(self.status())))
    }

    /// Returns why this body does not have a shape.
    fn misfit(&self, shape: &'static ReplyShape) -> Option<Misfit> {
        let other = |reason: DecodeError| Some(Misfit { distance: OTHER_CONTAINER, reason });
        match shape.body {
            BodyShape::Object(fields) => match self.fields(shape) {
                // `{"failed": [], "failed": ["a"]}`: reading it tells what is wrong with it. It is no other shape.
                Err(_) if Container::of_json(self.bytes()) == Container::Object => None,
                Err(reason) => other(reason),
                Ok(found) => {
                    let mut differ = found.differences();
                    // A nested reply is a part of the shape, also an optional one that is there: `{"errors": ["…"]}` is another shape than
                    // `{"errors": {"invalid": ["a"]}}`. The elements of a list are not.
                    for (at, field) in fields.iter().enumerate() {
                        if let (FieldKind::Nested { reply, is_list: false }, Some(part)) = (field.kind, found.at(at))
                            && (field.required || part.raw.get() != "null")
                        {
                            differ
                                .extend(self.part(part.raw).misfit(reply).map(|inner| inner.reason.inside(field.name)));
                        }
                    }
                    let distance = differ.len();
                    differ.into_iter().next().map(|reason| Misfit { distance, reason })
                }
            },
            BodyShape::List { element, .. } => {
                let (want, found) = (Container::of(&element), Container::of_json(self.bytes()));
                if want != found {
                    let reason = format_args!("expected {}, found {}", want.name(), found.name());
                    return other(DecodeError::new("", reason));
                }
                // The body is the element, so its key is a field of the body.
                let names = if element.is_single { element.key } else { &[] };
                let missing: Vec<&str> = names.iter().copied().filter(|name| !self.has_field(name)).collect();
                let reason = DecodeError::new(format!("/{}", missing.first()?), "the field is missing");
                Some(Misfit { distance: missing.len(), reason })
            }
            BodyShape::Ndjson(_) => self.lines().err().and_then(other),
            BodyShape::Nothing => self.expect_nothing("()").err().and_then(other),
            BodyShape::ByStatus(shapes) => {
                let under = shapes.iter().filter(|shape| shape.under(self.status()).is_some());
                let misfits: Vec<Option<Misfit>> = under.map(|shape| self.misfit(shape)).collect();
                misfits.into_iter().collect::<Option<Vec<_>>>()?.into_iter().min_by_key(|misfit| misfit.distance)
            }
            BodyShape::Error if self.is_blank() => other(DecodeError::new("", "expected an error body, found none")),
            // A type of the user reads these.
            BodyShape::Error | BodyShape::Opaque => None,
        }
    }

    /// Returns whether the body is an object with this field, and not `null` in it.
    fn has_field(&self, name: &str) -> bool {
        let fields: Result<HashMap<String, Option<IgnoredAny>>, _> = serde_json::from_slice(self.bytes());
        fields.is_ok_and(|fields| fields.get(name).is_some_and(Option::is_some))
    }
}

/// The reason of each shape, the nearest first.
fn describe(mut misfits: Vec<(Misfit, &str)>) -> Option<DecodeError> {
    // Stable: of equally near shapes, the first that is declared.
    misfits.sort_by_key(|(misfit, _)| misfit.distance);
    let reasons = misfits.iter().map(|(misfit, name)| format!("it is no `{name}`: {}", misfit.reason.at()));
    let reasons: Vec<String> = reasons.collect();
    (!reasons.is_empty()).then(|| DecodeError::new("", reasons.join("; ")))
}

/// The kind of JSON that a list is, or a body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    Array,
    Object,
    Scalar,
}

impl Container {
    pub(crate) const fn of(element: &ElementShape) -> Self {
        match element.key_source {
            KeySource::Member | KeySource::Code => Container::Object,
            KeySource::Itself | KeySource::From(_) | KeySource::Until(_) if element.is_single => Container::Scalar,
            _ if element.is_single => Container::Object,
            _ => Container::Array,
        }
    }

    fn of_json(body: &[u8]) -> Self {
        match body.trim_ascii_start().first() {
            Some(b'[') => Container::Array,
            Some(b'{') => Container::Object,
            _ => Container::Scalar,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Container::Array => "an array",
            Container::Object => "an object",
            Container::Scalar => "another value",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_the_json_that_its_elements_make() {
        let keyed = ElementShape::keyed(&["id"]);
        for (element, container) in [
            (ElementShape::bare(), "an array"),
            (keyed, "an array"),
            (ElementShape::positional(), "an array"),
            (ElementShape::range(KeySource::From(0)), "an array"),
            (ElementShape::bare().single(), "another value"),
            (ElementShape::range(KeySource::From(0)).single(), "another value"),
            (ElementShape::range(KeySource::Until(1)).single(), "another value"),
            (keyed.single(), "an object"),
            (ElementShape::positional().single(), "an object"),
            (ElementShape::member(), "an object"),
            (ElementShape::member().single(), "an object"),
            (ElementShape::in_code(), "an object"),
        ] {
            assert_eq!(Container::of(&element).name(), container, "{element:?}");
        }
    }
}
