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

#[cfg(test)]
mod tests {
    use super::super::message::complaint;
    use super::*;
    use crate::reply::{ElementShape, Role};

    const fn field(name: &'static str) -> FieldShape {
        FieldShape::new(name, FieldKind::Message)
    }

    const fn inside(reply: &'static ReplyShape, is_list: bool) -> FieldShape {
        FieldShape::new("in", FieldKind::Nested { reply, is_list }).required()
    }

    const A: FieldShape = field("a").required();
    const B: FieldShape = field("b").required();
    const OF_A: ReplyShape = object(&[A]);
    const OF_A_AND_B: ReplyShape = object(&[A, B]);
    const IN_A: FieldShape = inside(&OF_A, false);
    const IN_A_AND_B: FieldShape = inside(&OF_A_AND_B, false);
    const ARE_A: FieldShape = inside(&OF_A, true);

    const fn object(fields: &'static [FieldShape]) -> ReplyShape {
        ReplyShape::new(BodyShape::Object(fields))
    }

    /// An object whose fields are made in a test.
    fn of<const N: usize>(fields: [FieldShape; N]) -> ReplyShape {
        object(Box::leak(Box::new(fields)))
    }

    const fn list(element: ElementShape) -> ReplyShape {
        ReplyShape::new(BodyShape::List { role: Role::Results, element })
    }

    /// What is said of a variant, with the statuses of all.
    fn said<const N: usize>(at: usize, shapes: [ReplyShape; N]) -> Option<String> {
        let shapes: &'static [ReplyShape] = Box::leak(Box::new(shapes));
        let types = Types::of_reply(ReplyShape::new(BodyShape::ByStatus(shapes)));
        let found = complaint(move || check_reachable(Some(types), at, "Second"));
        let want = "the variant `Second` is never chosen, since every body that it has is also that of an earlier variant with the same status: move it before that variant, or remove one of them [BULK645]";
        assert!(found.as_ref().is_none_or(|found| found == want), "{found:?}");
        found
    }

    /// Whether the first shape takes every body of the second.
    #[track_caller]
    fn check(earlier: ReplyShape, later: ReplyShape, takes_all: bool) {
        let found = said(1, [earlier.on(&[200]), later.on(&[200])]);
        assert_eq!(found.is_some(), takes_all, "{earlier:?} before {later:?}");
    }

    #[test]
    fn only_an_earlier_variant_with_the_same_status_hides_another() {
        let on = |statuses| OF_A.on(statuses);
        for (one, other, hides) in [
            (&[200][..], &[200][..], true),
            (&[200], &[201], false),
            (&[200, 207], &[207], true),
            (&[207], &[200, 207], true),
            (&[200, 207], &[201, 207], true),
            (&[200, 207], &[201, 202], false),
            (&[], &[200], false),
            (&[200], &[], false),
        ] {
            assert_eq!(said(1, [on(one), on(other)]).is_some(), hides, "{one:?} {other:?}");
        }
        let all = [on(&[200]), on(&[201]), on(&[201]), on(&[200])];
        for (at, is_hidden) in [(0, false), (1, false), (2, true), (3, true), (4, false)] {
            assert_eq!(said(at, all).is_some(), is_hidden, "{at}");
        }
        // A type that is no reply, or one without variants.
        assert_eq!(complaint(|| check_reachable(None, 1, "Second")), None);
        assert_eq!(complaint(|| check_reachable(Some(Types::of_reply(OF_A)), 1, "Second")), None);
    }

    #[test]
    fn a_body_of_no_known_layout_hides_more_than_one_with_a_layout() {
        let [opaque, nothing, error, lines] =
            [BodyShape::Opaque, BodyShape::Nothing, BodyShape::Error, BodyShape::Ndjson(ElementShape::bare())]
                .map(ReplyShape::new);
        let all = [opaque, nothing, error, lines, OF_A, list(ElementShape::bare())];
        for (earlier, hides) in [
            (opaque, [true, true, true, true, true, true]),
            (nothing, [false, true, false, false, false, false]),
            (error, [true, false, true, true, true, true]),
            (lines, [false, false, false, true, true, true]),
            (OF_A, [false, false, false, false, true, false]),
            (list(ElementShape::bare()), [false, false, false, false, false, true]),
        ] {
            for (later, hides) in all.into_iter().zip(hides) {
                check(earlier, later, hides);
            }
        }
    }

    #[test]
    fn an_object_hides_those_that_have_all_that_it_requires() {
        let any = of([field("a"), field("b")]);
        for (earlier, later, hides) in [
            (any, any, true),
            (any, OF_A, true),
            (OF_A, any, false),
            (OF_A, OF_A, true),
            (OF_A, of([B]), false),
            (OF_A, OF_A_AND_B, true),
            (OF_A_AND_B, OF_A, false),
            (of([field("a"), B]), of([B]), true),
            (OF_A, of([B, A]), true),
            // The first field that has the name decides, whatever comes after.
            (of([A.aliases(&["b"])]), of([B]), true),
            (of([A.aliases(&["c", "b"])]), of([B]), true),
            (of([A.aliases(&["c"])]), of([B]), false),
            // A field with several names has one of them, which is not known.
            (OF_A, of([A.aliases(&["b"])]), false),
            (any.deny_unknown(), OF_A, false),
            (any, OF_A.deny_unknown(), true),
        ] {
            check(earlier, later, hides);
        }
    }

    #[test]
    fn a_reply_inside_a_field_hides_as_one_outside() {
        for (earlier, later, hides) in [
            (of([IN_A]), of([IN_A]), true),
            (of([IN_A]), of([IN_A_AND_B]), true),
            (of([IN_A_AND_B]), of([IN_A]), false),
            (of([IN_A]), of([ARE_A]), false),
            (of([IN_A]), of([field("in").required()]), false),
            (of([field("in").required()]), of([IN_A]), true),
            // Nothing is compared inside an array: it may be empty.
            (of([ARE_A]), of([ARE_A]), true),
            (of([ARE_A]), of([IN_A]), true),
        ] {
            check(earlier, later, hides);
        }
    }

    #[test]
    fn a_list_hides_those_in_the_same_container() {
        let [bare, member, code] = [ElementShape::bare(), ElementShape::member(), ElementShape::in_code()].map(list);
        let one = |names| list(ElementShape::keyed(names).single());
        let many = list(ElementShape::keyed(&["a"]));
        for (earlier, later, hides) in [
            (bare, bare, true),
            (bare, many, true),
            (many, bare, true),
            (bare, member, false),
            (member, bare, false),
            (member, code, true),
            (list(ElementShape::bare().single()), bare, false),
            (list(ElementShape::bare().single()), list(ElementShape::bare().single()), true),
            (one(&["a"]), many, false),
            (one(&["a"]), one(&["a"]), true),
            (one(&["a"]), one(&["b"]), false),
            (one(&["a"]), one(&["a", "b"]), true),
            (one(&["b"]), one(&["a", "b"]), true),
            (one(&["a", "b"]), one(&["a"]), false),
            (one(&["b", "a"]), one(&["a"]), false),
            // The names of any members are not known.
            (one(&["a"]), member, false),
            (member, one(&["a"]), true),
        ] {
            check(earlier, later, hides);
        }
    }

    #[test]
    fn a_list_that_is_an_object_is_compared_with_objects() {
        let one = |names| list(ElementShape::keyed(names).single());
        let member = list(ElementShape::member());
        let optional = of([field("a")]);
        for (earlier, later, hides) in [
            (member, OF_A, true),
            (list(ElementShape::bare()), OF_A, false),
            (one(&["a"]), OF_A, true),
            (one(&["a"]), optional, false),
            (one(&["a"]), of([A.aliases(&["b"])]), false),
            (one(&["a"]), of([B]), false),
            (one(&["a", "b"]), OF_A, false),
            (one(&["b", "a"]), OF_A, false),
            (one(&["a", "b"]), OF_A_AND_B, true),
            (one(&["b"]), OF_A_AND_B, true),
            (one(&["b"]), of([B, A]), true),
            (optional, member, true),
            (optional, one(&["a"]), true),
            (optional, list(ElementShape::keyed(&["a"])), false),
            (optional.deny_unknown(), member, false),
            (OF_A, member, false),
            (of([field("b"), A]), member, false),
            (of([A, field("b")]), member, false),
            (of([]), member, true),
        ] {
            check(earlier, later, hides);
        }
    }
}
