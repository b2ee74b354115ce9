//! Responses that repeat the list of items as it was sent: `{"done":["a","b"],"failed":[]}` to `["a","b"]`.
//!
//! It is the usual response where all went well, and the list is most of it. So it is compared with what was sent, and the rest is read with an
//! empty list in its place. That reading counts only if all items are done by it; otherwise the response is read as it is.

use crate::reply::{BodyShape, FieldKind, KeySource, ReplyShape, Role};

/// A body with an empty list in the place of that of the items.
pub(super) struct Shortened {
    pub(super) body: Vec<u8>,
    /// The place of the empty list.
    at: usize,
}

impl Shortened {
    /// The address of the empty list.
    pub(super) fn address(&self) -> usize {
        self.body.as_ptr().addr() + self.at
    }
}

/// Shortens a body by the list of these items, the JSON of each as it was sent.
pub(super) fn shorten(body: &[u8], items: &[&[u8]]) -> Option<Shortened> {
    let first = items.first().filter(|first| !first.is_empty())?;
    let begins = |at: &usize| body[at + 1..].starts_with(first);
    // This may be in a text: `"[7]"`. The parser must find an array in this place, or the reading does not count.
    let at = body.iter().zip(0..).filter(|(byte, _)| **byte == b'[').map(|(_, at)| at).find(begins)?;
    let mut rest = &body[at + 1..];
    for (slot, item) in items.iter().enumerate() {
        rest = if slot > 0 { rest.strip_prefix(b",")? } else { rest }.strip_prefix(*item)?;
    }
    let body = rest.starts_with(b"]").then(|| [&body[..=at], rest].concat())?;
    Some(Shortened { body, at })
}

/// Returns whether a reply has a list of bare keys of items that are done.
pub(super) fn lists_done_keys(shape: &ReplyShape) -> bool {
    let is_done = |role| matches!(role, Role::Succeeded | Role::Accepted);
    match shape.body {
        BodyShape::Object(fields) => fields.iter().any(|field| match field.kind {
            FieldKind::List { role, element } => is_done(role) && element.key_source == KeySource::Itself,
            FieldKind::Nested { reply, .. } => lists_done_keys(reply),
            _ => false,
        }),
        BodyShape::List { role, element } => is_done(role) && element.key_source == KeySource::Itself,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_all_items_is_left_out_wherever_it_is() {
        for (body, items, want) in [
            (r#"{"done":["a","b"],"failed":[]}"#, &["\"a\"", "\"b\""][..], Some(r#"{"done":[],"failed":[]}"#)),
            (r#"{"failed":[],"done":["a","b"]}"#, &["\"a\"", "\"b\""], Some(r#"{"failed":[],"done":[]}"#)),
            (r#"[[7],7,8]"#, &["7"], Some("[[],7,8]")),
            (r#"["a"]"#, &["\"a\""], Some("[]")),
            (r#"["a"]"#, &["\"a\"", "\"b\""], None),
            (r#"["b","a"]"#, &["\"a\"", "\"b\""], None),
            (r#"["a","b","c"]"#, &["\"a\"", "\"b\""], None),
            (r#"["a", "b"]"#, &["\"a\"", "\"b\""], None),
            (r#"["a","b""#, &["\"a\"", "\"b\""], None),
            ("[71]", &["7"], None),
            ("[]", &[""], None),
            ("[", &["7"], None),
            ("", &["7"], None),
        ] {
            let items: Vec<&[u8]> = items.iter().map(|item| item.as_bytes()).collect();
            let shortened = shorten(body.as_bytes(), &items);
            let at = want.is_some_and(|want| want.contains("[]"));
            assert!(shortened.as_ref().is_none_or(|short| at && short.body[short.at..].starts_with(b"[]")), "{body}");
            let body_of = shortened.map(|shortened| String::from_utf8(shortened.body).unwrap());
            assert_eq!(body_of.as_deref(), want, "{body}");
        }
    }
}
