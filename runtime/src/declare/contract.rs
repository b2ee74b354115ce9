//! Compares a declaration with its types at compile time: neither the attribute nor a derive sees both.

use std::marker::PhantomData;

use super::message::{Message, same};
use super::spec::{EndpointSpec, ItemsAt, ListStyle};
use super::unlisted::{check_can_succeed, check_stops, check_unlisted};
use crate::reply::{BodyShape, BulkReply, Codes, ElementShape, FieldKind, ReplyShape};

/// The facts about an endpoint's types that a declaration must match.
#[derive(Clone, Copy)]
pub struct Types {
    pub(crate) key_fields: &'static [&'static str],
    /// Whether each item is a JSON object.
    pub(crate) is_object: bool,
    /// Whether an item can have an id that the run assigns.
    pub(crate) has_assigned_id: bool,
    /// Whether the reply names items by ids that the run assigned.
    pub(crate) assigned_keys: bool,
    /// The codes of the failure of an item.
    pub(crate) item_codes: Codes,
    /// The codes of the error body.
    pub(crate) error_codes: Codes,
    pub(crate) reply: ReplyShape,
}

impl Types {
    /// The facts about a reply alone.
    pub(super) const fn of_reply(reply: ReplyShape) -> Self {
        Types {
            key_fields: &[],
            is_object: false,
            has_assigned_id: true,
            assigned_keys: false,
            item_codes: Codes::ANY,
            error_codes: Codes::ANY,
            reply,
        }
    }
}

/// The reply that a variant holds, as [`Types`].
pub struct ReplyOf<R>(PhantomData<R>);

impl<R: BulkReply> ReplyOf<R> {
    /// The facts about the reply.
    pub const TYPES: Option<Types> = Some(Types::of_reply(R::SHAPE));
}

/// The default for types that are not an endpoint or a reply: a trait bound reports those.
pub trait Unfit {
    /// Nothing.
    const TYPES: Option<Types> = None;
}

impl<R> Unfit for ReplyOf<R> {}

/// Panics if a declaration contradicts its types. The compiler reports the panic at the caller.
#[track_caller]
pub const fn check(spec: &EndpointSpec, types: Option<Types>) {
    let Some(types) = types else { return };
    let Types { key_fields, reply, .. } = types;
    check_job(spec, &reply);
    check_unlisted(&reply);
    check_stops(spec.partial, &reply);
    check_can_succeed(&reply, spec.poll.is_none());
    check_keys(key_fields, &reply);
    check_text(spec, types.is_object);
    assert!(
        matches!(spec.items, ItemsAt::Groups(_) | ItemsAt::Codec) || !names_groups(&reply),
        "the reply names items by their group, but the items of the request are in no groups: write `items = groups(…)` with `#[bulk(group)]` on the item, or remove `#[bulk(group)]` from the element [BULK648]"
    );
    assert!(
        types.has_assigned_id || !types.assigned_keys,
        "the reply names items by `AssignedId`, but the item has no field of this type, so no response can name it: add one to the item, or use the type of the items' key in the reply [BULK641]"
    );
    if matches!(spec.items, ItemsAt::Map(_)) && key_fields.len() > 1 {
        let message = Message::new("`items = map(…)` needs a key of one field, found ").names(key_fields);
        message.and(": keep `#[bulk(key)]` on one of them [BULK628]").panic();
    }
}

/// An endpoint that polls has a reply with a job. The handle of a next poll is of no use to one that does not.
#[track_caller]
const fn check_job(spec: &EndpointSpec, reply: &ReplyShape) {
    match (has_job(reply, false), spec.poll.is_some()) {
        (Some(false), true) => panic!(
            "`poll` needs a reply with a job, found none: put `#[bulk(job)]` on the field with the job's handle, or remove `poll` [BULK625]"
        ),
        (Some(true), false) if matches!(has_job(reply, true), Some(true)) => panic!(
            "missing `poll` for the next poll of the reply (`#[bulk(next_job)]`), which would not be sent: add `poll = \"/jobs/{{job}}\"` to the settings, or write `#[bulk(job)]` if the items are accepted without a poll [BULK625]"
        ),
        _ => {}
    }
}

/// Returns whether a reply has a job, or with `next` the handle of a next poll; `None` for a hand-written reply, whose fields are unknown
/// here.
const fn has_job(reply: &ReplyShape, next: bool) -> Option<bool> {
    let mut at = 0;
    match reply.body {
        BodyShape::Object(fields) => {
            while at < fields.len() {
                match fields[at].kind {
                    FieldKind::NextJob => return Some(true),
                    FieldKind::Job if !next => return Some(true),
                    FieldKind::Nested { reply, .. } => match has_job(reply, next) {
                        Some(false) => {}
                        found => return found,
                    },
                    _ => {}
                }
                at += 1;
            }
        }
        BodyShape::ByStatus(replies) => {
            while at < replies.len() {
                match has_job(&replies[at], next) {
                    Some(false) => {}
                    found => return found,
                }
                at += 1;
            }
        }
        BodyShape::Opaque => return None,
        BodyShape::List { .. } | BodyShape::Ndjson(_) | BodyShape::Nothing | BodyShape::Error => {}
    }
    Some(false)
}

/// A list of texts has no place for objects.
#[track_caller]
const fn check_text(spec: &EndpointSpec, is_object: bool) {
    let is_text =
        matches!(spec.items, ItemsAt::Query(_, ListStyle::Csv) | ItemsAt::Form(_, ListStyle::Csv) | ItemsAt::Header(_));
    assert!(
        !(is_text && is_object),
        "items in a comma-separated list are text or numbers, found a struct: use an item that is one value, or the list style `repeat` or `json`, or a numbered name as `users[{{i}}]`, which write an object as JSON [BULK640]"
    );
}

/// As [`check`], for a declaration without `items`: the default place, the field `ids`, is for plain ids.
#[track_caller]
pub const fn check_default(spec: &EndpointSpec, types: Option<Types>) {
    check(spec, types);
    if let Some(Types { is_object, .. }) = types {
        assert!(
            !is_object,
            "missing `items`, the place of the items in the body: the default field `ids` is for plain ids, and the items are structs; add `items = \"users\"` with the name of the field, or `items = body` if the body is the array [BULK642]"
        );
    }
}

/// Returns whether an element of a reply names the group of its item.
const fn names_groups(reply: &ReplyShape) -> bool {
    let mut at = 0;
    match reply.body {
        BodyShape::Object(fields) => {
            while at < fields.len() {
                match fields[at].kind {
                    FieldKind::List { element, .. } if element.group.is_some() => return true,
                    FieldKind::Nested { reply, .. } if names_groups(reply) => return true,
                    _ => {}
                }
                at += 1;
            }
        }
        BodyShape::ByStatus(replies) => {
            while at < replies.len() {
                if names_groups(&replies[at]) {
                    return true;
                }
                at += 1;
            }
        }
        BodyShape::List { element, .. } | BodyShape::Ndjson(element) => return element.group.is_some(),
        BodyShape::Nothing | BodyShape::Error | BodyShape::Opaque => {}
    }
    false
}

/// A key of several fields has the same names in the item and in the response.
#[track_caller]
const fn check_keys(item: &[&str], reply: &ReplyShape) {
    let mut at = 0;
    match reply.body {
        BodyShape::Object(fields) => {
            while at < fields.len() {
                match fields[at].kind {
                    FieldKind::List { element, .. } => check_key(item, &element),
                    FieldKind::Nested { reply, .. } => check_keys(item, reply),
                    _ => {}
                }
                at += 1;
            }
        }
        BodyShape::ByStatus(replies) => {
            while at < replies.len() {
                check_keys(item, &replies[at]);
                at += 1;
            }
        }
        BodyShape::List { element, .. } | BodyShape::Ndjson(element) => check_key(item, &element),
        BodyShape::Nothing | BodyShape::Error | BodyShape::Opaque => {}
    }
}

#[track_caller]
const fn check_key(item: &[&str], element: &ElementShape) {
    let mut fits = item.len() == element.key.len();
    let mut at = 0;
    while fits && at < item.len() {
        fits = same(item[at], element.key[at]);
        at += 1;
    }
    if !fits && item.len() > 1 && element.key.len() > 1 {
        let message = Message::new("expected the key fields of the item in the element, ").names(item);
        let message = message.and(", found ").names(element.key);
        message.and(": rename them, and add the names in the response as `#[serde(alias = \"…\")]` [BULK624]").panic();
    }
}

/// The statuses of a variant are among the statuses of the type in it, if that type lists any.
#[track_caller]
pub const fn check_variant(statuses: &[u16], types: Option<Types>) {
    let Some(Types { reply, .. }) = types else { return };
    let mut at = 0;
    while at < statuses.len() && !reply.statuses.is_empty() {
        let (mut own, mut found) = (0, false);
        while own < reply.statuses.len() {
            found |= reply.statuses[own] == statuses[at];
            own += 1;
        }
        assert!(
            found,
            "the variant and the type in it have different statuses: remove `#[bulk(on(…))]` from the type [BULK626]"
        );
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::complaint;
    use super::super::spec::Method;
    use super::*;
    use crate::reply::{FieldShape, Role};

    const SPEC: EndpointSpec = EndpointSpec::new("go", Method::Post, "/go", 5);

    const fn list(element: ElementShape) -> FieldShape {
        FieldShape::new("list", FieldKind::List { role: Role::Succeeded, element })
    }

    const fn nested(reply: &'static ReplyShape) -> FieldShape {
        FieldShape::new("inside", FieldKind::Nested { reply, is_list: false })
    }

    const TEXT: FieldShape = FieldShape::new("text", FieldKind::Message);
    const JOB: FieldShape = FieldShape::new("job", FieldKind::Job);
    const IDS: FieldShape = list(ElementShape::bare());
    const PLAIN: ReplyShape = ReplyShape::new(BodyShape::Object(&[TEXT, IDS]));
    const JOBS: ReplyShape = ReplyShape::new(BodyShape::Object(&[TEXT, JOB, IDS]));
    const HAND_WRITTEN: ReplyShape = ReplyShape::new(BodyShape::Opaque);

    /// Tests make shapes that live as long as those of a declaration.
    fn object<const N: usize>(fields: [FieldShape; N]) -> ReplyShape {
        ReplyShape::new(BodyShape::Object(Box::leak(Box::new(fields))))
    }

    fn by_status<const N: usize>(replies: [ReplyShape; N]) -> ReplyShape {
        ReplyShape::new(BodyShape::ByStatus(Box::leak(Box::new(replies))))
    }

    fn about(spec: EndpointSpec, types: Types) -> Option<String> {
        complaint(move || check(&spec, Some(types)))
    }

    fn of(reply: ReplyShape) -> Types {
        Types::of_reply(reply)
    }

    #[test]
    fn a_poll_and_a_job_come_together() {
        for (reply, job) in [
            (PLAIN, Some(false)),
            (JOBS, Some(true)),
            (object([IDS, JOB]), Some(true)),
            (object([TEXT, nested(&JOBS), IDS]), Some(true)),
            (object([nested(&PLAIN), JOB]), Some(true)),
            (object([nested(&PLAIN), IDS]), Some(false)),
            (object([IDS, nested(&HAND_WRITTEN)]), None),
            (HAND_WRITTEN, None),
            (by_status([PLAIN.on(&[200]), JOBS.on(&[202])]), Some(true)),
            (by_status([PLAIN.on(&[200])]), Some(false)),
            (by_status([PLAIN.on(&[200]), HAND_WRITTEN.on(&[202])]), None),
            (ReplyShape::new(BodyShape::Nothing), Some(false)),
            (ReplyShape::new(BodyShape::Ndjson(ElementShape::bare())), Some(false)),
        ] {
            assert_eq!(has_job(&reply, false), job, "{reply:?}");
            // Without `poll`, the items of the job are accepted.
            assert_eq!(complaint(move || check_job(&SPEC, &reply)), None, "{reply:?}");
            let poll = SPEC.poll(Method::Get, "/jobs/{job}");
            let with = complaint(move || check_job(&poll, &reply));
            assert_eq!(with.is_some(), job == Some(false), "{reply:?}");
            assert!(with.is_none_or(|found| found.starts_with("`poll` needs a reply with a job, found none")));
        }
        const NEXT: FieldShape = FieldShape::new("next", FieldKind::NextJob);
        assert!(about(SPEC, of(object([NEXT, IDS]))).unwrap().ends_with("[BULK625]"));
    }

    #[test]
    fn a_key_of_several_fields_has_the_same_names_in_both() {
        const AB: ElementShape = ElementShape::keyed(&["a", "b"]);
        const AC: ElementShape = ElementShape::keyed(&["a", "c"]);
        const ABC: ElementShape = ElementShape::keyed(&["a", "b", "c"]);
        const ONE: ElementShape = ElementShape::keyed(&["id"]);
        const OTHER: ReplyShape = ReplyShape::new(BodyShape::Object(&[TEXT, list(AC)]));
        let wrong = |names: &str| {
            Some(format!(
                "expected the key fields of the item in the element, `a`, `b`, found {names}: rename them, and add the names in the response as `#[serde(alias = \"…\")]` [BULK624]"
            ))
        };
        let whole = |element| ReplyShape::new(BodyShape::List { role: Role::Results, element });
        for (reply, want) in [
            (whole(AB), None),
            (whole(AC), wrong("`a`, `c`")),
            (whole(ABC), wrong("`a`, `b`, `c`")),
            (whole(ONE), None),
            (whole(ElementShape::bare()), None),
            (object([TEXT, list(AB)]), None),
            (object([list(AB), list(AC)]), wrong("`a`, `c`")),
            (object([list(AB), nested(&OTHER)]), wrong("`a`, `c`")),
            (by_status([PLAIN.on(&[200]), OTHER.on(&[207])]), wrong("`a`, `c`")),
            (ReplyShape::new(BodyShape::Ndjson(AC)), wrong("`a`, `c`")),
            (HAND_WRITTEN, None),
        ] {
            let types = Types { key_fields: &["a", "b"], ..of(reply) };
            assert_eq!(about(SPEC, types), want, "{reply:?}");
            // A key of one field has one name in the item, and another in the response.
            assert_eq!(about(SPEC, Types { key_fields: &["a"], ..types }), None, "{reply:?}");
        }
    }

    #[test]
    fn items_fit_their_place() {
        use ListStyle::{Csv, Json, Numbered, Repeat};
        for (at, for_texts) in [
            (ItemsAt::Query("q", Csv), true),
            (ItemsAt::Form("q", Csv), true),
            (ItemsAt::Header("X"), true),
            (ItemsAt::Query("q", Repeat), false),
            (ItemsAt::Form("q[{i}]", Numbered), false),
            (ItemsAt::Form("q", Json), false),
            (ItemsAt::Body, false),
        ] {
            let objects = Types { is_object: true, ..of(PLAIN) };
            assert_eq!(about(SPEC.items(at), of(PLAIN)), None, "{at:?}");
            let found = about(SPEC.items(at), objects);
            assert_eq!(found.is_some(), for_texts, "{at:?}");
            assert!(found.is_none_or(|found| found.ends_with("[BULK640]")), "{at:?}");
            let default = complaint(move || check_default(&SPEC.items(at), Some(objects))).unwrap();
            assert!(default.ends_with(if for_texts { "[BULK640]" } else { "[BULK642]" }), "{default}");
            assert_eq!(complaint(move || check_default(&SPEC.items(at), Some(of(PLAIN)))), None, "{at:?}");
        }
        for (at, keys, fits) in [
            (ItemsAt::Map("/m"), &["a", "b"][..], false),
            (ItemsAt::Map("/m"), &["a"], true),
            (ItemsAt::Map("/m"), &[], true),
            (ItemsAt::Groups("/m"), &["a", "b"], true),
        ] {
            let found = about(SPEC.items(at), Types { key_fields: keys, ..of(PLAIN) });
            let want = "`items = map(…)` needs a key of one field, found `a`, `b`: keep `#[bulk(key)]` on one of them [BULK628]";
            assert_eq!(found.as_deref(), (!fits).then_some(want), "{at:?} {keys:?}");
        }
    }

    #[test]
    fn a_group_in_a_reply_is_one_of_the_request() {
        const GROUPED: ElementShape = ElementShape::keyed(&["index"]).group("array");
        let inside: &'static ReplyShape = Box::leak(Box::new(object([TEXT, list(GROUPED)])));
        let whole = ReplyShape::new(BodyShape::List { role: Role::Results, element: GROUPED });
        for (reply, is_grouped) in [
            (*inside, true),
            (object([IDS, nested(inside)]), true),
            (by_status([PLAIN.on(&[200]), inside.on(&[207])]), true),
            (whole, true),
            (PLAIN, false),
            (by_status([PLAIN.on(&[200])]), false),
            (HAND_WRITTEN, false),
        ] {
            for (at, has_groups) in [(ItemsAt::Groups(""), true), (ItemsAt::Codec, true), (ItemsAt::Body, false)] {
                let found = about(SPEC.items(at), of(reply));
                assert_eq!(found.is_some(), is_grouped && !has_groups, "{at:?} {reply:?}");
                assert!(found.is_none_or(|found| found.ends_with("[BULK648]")));
            }
        }
    }

    #[test]
    fn ids_that_the_run_assigns_are_in_both_or_in_the_item_alone() {
        for (in_item, in_reply, fits) in
            [(true, true, true), (true, false, true), (false, false, true), (false, true, false)]
        {
            let types = Types { has_assigned_id: in_item, assigned_keys: in_reply, ..of(PLAIN) };
            let found = about(SPEC, types);
            assert_eq!(found.is_none(), fits, "{in_item} {in_reply}");
            assert!(found.is_none_or(|found| found.ends_with("[BULK641]")));
        }
    }

    #[test]
    fn all_checks_are_made_of_a_declaration_and_none_of_what_is_no_endpoint() {
        assert_eq!(about(SPEC, of(PLAIN)), None);
        assert_eq!(complaint(|| check(&SPEC.poll(Method::Get, "/x"), None)), None);
        assert_eq!(complaint(|| check_default(&SPEC, None)), None);
        const FAILURES: ReplyShape =
            ReplyShape::new(BodyShape::List { role: Role::Failed, element: ElementShape::bare() });
        assert!(about(SPEC, of(FAILURES)).unwrap().ends_with("[BULK639]"));
        const SILENT: ReplyShape = PLAIN.unlisted(crate::reply::Unlisted::Succeeded);
        let around = object([IDS, nested(&SILENT)]);
        assert!(about(SPEC, of(around)).unwrap().ends_with("[BULK627]"));
    }

    #[test]
    fn a_variant_has_statuses_of_the_type_in_it() {
        for (variant, inside, fits) in [
            (&[200][..], &[][..], true),
            (&[200], &[200], true),
            (&[200], &[207, 200], true),
            (&[200, 207], &[207, 200], true),
            (&[200, 207], &[200], false),
            (&[207, 200], &[200], false),
            (&[200], &[201], false),
            (&[], &[200], true),
        ] {
            let types = of(PLAIN.on(inside));
            let found = complaint(move || check_variant(variant, Some(types)));
            assert_eq!(found.is_none(), fits, "{variant:?} {inside:?}");
            assert!(found.is_none_or(|found| found.ends_with("[BULK626]")));
            assert_eq!(complaint(move || check_variant(variant, None)), None);
        }
    }
}
