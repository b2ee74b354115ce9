//! The HTTP methods that an attribute can name.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Put,
    Post,
    Patch,
    Delete,
}

impl Verb {
    pub(crate) fn named(name: &str) -> Option<Verb> {
        Some(match name {
            "get" => Verb::Get,
            "put" => Verb::Put,
            "post" => Verb::Post,
            "patch" => Verb::Patch,
            "delete" => Verb::Delete,
            _ => return None,
        })
    }
}
