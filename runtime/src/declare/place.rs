//! What follows from the place of the items: the part of the request, and the format of its body.

use super::spec::{ItemsAt, ListStyle};

pub(crate) const JSON: &str = "application/json";
pub(crate) const NDJSON: &str = "application/x-ndjson";
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A name with the number of an item: `users[{i}]`, `Name.{n}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NumberedName {
    pub(crate) before: &'static str,
    /// The number of the first item: 0 for `{i}`, 1 for `{n}`.
    pub(crate) first: usize,
    pub(crate) after: &'static str,
}

impl NumberedName {
    /// Reads a template; `None` if it has no number.
    pub(crate) fn of(template: &'static str) -> Option<Self> {
        let (first, (before, after)) = [(0, "{i}"), (1, "{n}")]
            .into_iter()
            .find_map(|(first, number)| Some((first, template.split_once(number)?)))?;
        Some(NumberedName { before, first, after })
    }

    /// Returns the number in a name of this form.
    pub(crate) fn number_in<'n>(&self, name: &'n str) -> Option<&'n str> {
        let number = name.strip_prefix(self.before)?.strip_suffix(self.after)?;
        (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
    }

    /// Returns the name of the item at this index.
    #[cfg(any(feature = "fake", feature = "openapi"))]
    pub(crate) fn at(&self, index: usize) -> String {
        format!("{}{}{}", self.before, self.first + index, self.after)
    }
}

/// The part of a request with the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestPart {
    Query(&'static str, ListStyle),
    Header(&'static str),
    Body,
}

/// The format of the body: of the items in it, or of the fields beside items in the URL or a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFormat {
    Json,
    Ndjson,
    Form,
    Text,
    /// The codec writes the body, and names its media type.
    Codec,
}

impl ItemsAt {
    pub(crate) const fn part(self) -> RequestPart {
        match self {
            ItemsAt::Query(name, style) => RequestPart::Query(name, style),
            ItemsAt::Header(name) => RequestPart::Header(name),
            ItemsAt::Pointer(_)
            | ItemsAt::Body
            | ItemsAt::Ndjson
            | ItemsAt::Form(..)
            | ItemsAt::Text(_)
            | ItemsAt::Map(_)
            | ItemsAt::Groups(_)
            | ItemsAt::Codec => RequestPart::Body,
        }
    }

    pub(crate) const fn body_format(self) -> BodyFormat {
        match self {
            ItemsAt::Pointer(_)
            | ItemsAt::Body
            | ItemsAt::Map(_)
            | ItemsAt::Groups(_)
            | ItemsAt::Query(..)
            | ItemsAt::Header(_) => BodyFormat::Json,
            ItemsAt::Ndjson => BodyFormat::Ndjson,
            ItemsAt::Form(..) => BodyFormat::Form,
            ItemsAt::Text(_) => BodyFormat::Text,
            ItemsAt::Codec => BodyFormat::Codec,
        }
    }
}

impl ListStyle {
    /// Returns whether items of this style, under this name, have the name `other` in a query or a form.
    pub(crate) fn has_name(self, name: &'static str, other: &str) -> bool {
        match (self, NumberedName::of(name)) {
            (ListStyle::Numbered, Some(numbered)) => numbered.number_in(other).is_some(),
            _ => name == other,
        }
    }
}

impl BodyFormat {
    /// The media type of a body of this format; `None` if the codec names it.
    pub(crate) const fn media_type(self) -> Option<&'static str> {
        match self {
            BodyFormat::Json => Some(JSON),
            BodyFormat::Ndjson => Some(NDJSON),
            BodyFormat::Form => Some(FORM),
            BodyFormat::Text => Some(TEXT),
            BodyFormat::Codec => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_name_is_that_of_each_item() {
        for (style, name, other, has) in [
            (ListStyle::Csv, "id", "id", true),
            (ListStyle::Csv, "id", "ids", false),
            (ListStyle::Numbered, "id[{i}]", "id[0]", true),
            (ListStyle::Numbered, "id[{i}]", "id[12]", true),
            (ListStyle::Numbered, "id[{i}]", "id[x]", false),
            (ListStyle::Numbered, "id[{i}]", "id", false),
            // A name with braces that numbers nothing.
            (ListStyle::Repeat, "id[{i}]", "id[0]", false),
            (ListStyle::Repeat, "id[{i}]", "id[{i}]", true),
        ] {
            assert_eq!(style.has_name(name, other), has, "{style:?} {name} {other}");
        }
    }
}
