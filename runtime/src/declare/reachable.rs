//! The check that each variant of a reply by status is chosen for some body.

use super::contract::Types;
use super::message::{Message, same};
use crate::reply::{BodyShape, Container, FieldKind, FieldShape, ReplyShape};

/// Panics if the variant at `at` is never chosen under one of its statuses, because an earlier variant has every body that it has.
#[track_caller]
pub const fn check_reachable(types: Option<Types>, at: usize, name: &str) {
    let Some(Types { reply, .. }) = types else { return };
    let BodyShape::ByStatus(shapes) = reply.body else { return };
    let mut before = 0;
    while before < at && at < shapes.len() {
        if shares_status(&shapes[before], &shapes[at]) && covers(&shapes[before], &shapes[at]) {
            let message = Message::new("the variant `").and(name);
            let message = message.and("` is never chosen, since every body that it has is also that of an earlier variant with the same status");
            message.and(": move it before that variant, or remove one of them [BULK645]").panic();
        }
        before += 1;
    }
}

const fn shares_status(one: &ReplyShape, other: &ReplyShape) -> bool {
    let mut at = 0;
    while at < one.statuses.len() {
        let mut of = 0;
        while of < other.statuses.len() {
            if one.statuses[at] == other.statuses[of] {
                return true;
            }
            of += 1;
        }
        at += 1;
    }
    false
}

/// Returns whether every body with the shape `later` has the shape `earlier` too, so that `later` is never chosen after it. `false` if that
/// is not known.
const fn covers(earlier: &ReplyShape, later: &ReplyShape) -> bool {
    match (earlier.body, later.body) {
        (BodyShape::Opaque, _) | (BodyShape::Nothing, BodyShape::Nothing) => true,
        (BodyShape::Error, later) => !matches!(later, BodyShape::Nothing),
        (BodyShape::Ndjson(_), BodyShape::Ndjson(_) | BodyShape::Object(_) | BodyShape::List { .. }) => true,
        (BodyShape::List { element: earlier, .. }, BodyShape::List { element: later, .. }) => {
            let keys = if later.is_single { later.key } else { &[] };
            Container::of(&earlier) as u8 == Container::of(&later) as u8
                && (!earlier.is_single || contains(keys, earlier.key))
        }
        (BodyShape::List { element, .. }, BodyShape::Object(fields)) => {
            matches!(Container::of(&element), Container::Object)
                && (!element.is_single || requires(fields, element.key))
        }
        (BodyShape::Object(_), BodyShape::List { element, .. }) => {
            matches!(Container::of(&element), Container::Object) && requires_nothing(earlier)
        }
        (BodyShape::Object(fields), BodyShape::Object(others)) => {
            let mut at = 0;
            while at < fields.len() {
                if fields[at].required && !has_field(others, &fields[at]) {
                    return false;
                }
                at += 1;
            }
            !earlier.denies_unknown
        }
        _ => false,
    }
}

/// Returns whether all of `names` are among `keys`.
const fn contains(keys: &[&str], names: &[&str]) -> bool {
    let mut at = 0;
    while at < names.len() {
        let (mut of, mut found) = (0, false);
        while of < keys.len() {
            found |= same(keys[of], names[at]);
            of += 1;
        }
        if !found {
            return false;
        }
        at += 1;
    }
    true
}

/// Returns whether objects with these fields always have all of `names`.
const fn requires(fields: &[FieldShape], names: &[&str]) -> bool {
    let mut at = 0;
    while at < names.len() {
        let (mut of, mut found) = (0, false);
        while of < fields.len() {
            found |= fields[of].required && fields[of].aliases.is_empty() && same(fields[of].name, names[at]);
            of += 1;
        }
        if !found {
            return false;
        }
        at += 1;
    }
    true
}

const fn requires_nothing(shape: &ReplyShape) -> bool {
    let BodyShape::Object(fields) = shape.body else { return false };
    let mut at = 0;
    while at < fields.len() {
        if fields[at].required {
            return false;
        }
        at += 1;
    }
    !shape.denies_unknown
}

/// Returns whether objects with these fields always have `wanted`.
const fn has_field(fields: &[FieldShape], wanted: &FieldShape) -> bool {
    let mut at = 0;
    while at < fields.len() {
        let field = &fields[at];
        if field.required && field.aliases.is_empty() && is_named(wanted, field.name) {
            return match (wanted.kind, field.kind) {
                (FieldKind::Nested { reply: wanted, is_list: false }, FieldKind::Nested { reply, is_list: false }) => {
                    covers(wanted, reply)
                }
                (FieldKind::Nested { is_list: false, .. }, _) => false,
                _ => true,
            };
        }
        at += 1;
    }
    false
}

const fn is_named(field: &FieldShape, name: &str) -> bool {
    let mut at = 0;
    while at < field.aliases.len() {
        if same(field.aliases[at], name) {
            return true;
        }
        at += 1;
    }
    same(field.name, name)
}
