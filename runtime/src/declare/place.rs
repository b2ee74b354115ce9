//! What follows from the place of the items: the part of the request, and the format of its body.

use super::spec::ItemsAt;

pub(crate) const JSON: &str = "application/json";
pub(crate) const NDJSON: &str = "application/x-ndjson";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The part of a request with the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestPart {
    Query(&'static str),
    Header(&'static str),
    Body,
}

/// The format of the body: of the items in it, or of the fields beside items in the URL or a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFormat {
    Json,
    Ndjson,
    Form,
    /// The codec writes the body, and names its media type.
    Codec,
}

impl ItemsAt {
    pub(crate) const fn part(self) -> RequestPart {
        match self {
            ItemsAt::Query(name, _) => RequestPart::Query(name),
            ItemsAt::Header(name) => RequestPart::Header(name),
            ItemsAt::Pointer(_)
            | ItemsAt::Body
            | ItemsAt::Ndjson
            | ItemsAt::Form(..)
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
            ItemsAt::Codec => BodyFormat::Codec,
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
            BodyFormat::Codec => None,
        }
    }
}
