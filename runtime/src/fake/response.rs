//! Writes the response of a fake endpoint: outcomes in the declared shape, the inverse of what a client reads.

use std::any::Any;
use std::collections::HashMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::item::ItemKey;
use crate::reply::{
    BodyShape, BulkReply, Collector, ElementShape, FieldKind, FieldShape, KeyIndex, KeySource, RawResponse, ReplyShape,
    Role, with_key,
};

/// The entry of one item in the response.
pub(super) struct FakeEntry<K> {
    pub(super) key: K,
    /// The group that the item is in, with `items = groups(…)`.
    pub(super) group: Option<String>,
    /// `None`: the response does not list the item.
    pub(super) verdict: Option<FakeVerdict>,
}

/// A response with a declared shape.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Bytes,
}

/// What the response says about one item.
pub(super) enum FakeVerdict {
    Succeeded {
        accepted: bool,
        /// The success body, if any.
        body: Option<Box<RawValue>>,
    },
    Failed(Box<RawValue>),
    Unprocessed,
}

/// The spellings of a status, for elements with a status field whose success has no body. The type of the field is the author's
/// (`200`, `true`, `"200"`), so each spelling is tried until the reply reads it correctly.
const SPELLINGS: [fn(u16) -> String; 3] =
    [|status| status.to_string(), |_| "true".to_owned(), |status| format!("\"{status}\"")];

/// Returns whether a response of this shape can list an item with this role.
pub(super) fn can_express(shape: &ReplyShape, role: Role) -> bool {
    match shape.body {
        BodyShape::Object(fields) => {
            place(fields, role).is_some() || nested(fields).any(|inner| can_express(inner, role))
        }
        BodyShape::List { role: of, .. } => holds(of, role),
        BodyShape::Ndjson(_) => holds(Role::Results, role),
        BodyShape::ByStatus(_) | BodyShape::Nothing | BodyShape::Error | BodyShape::Opaque => false,
    }
}

/// Returns whether items of `role` can be in a list of the role `list`.
fn holds(list: Role, role: Role) -> bool {
    let is_done = |role| matches!(role, Role::Succeeded | Role::Accepted);
    list == role || is_done(list) && is_done(role) || (list == Role::Results && role != Role::Unprocessed)
}

/// Returns the index of the list for the items of a role.
fn place(fields: &[FieldShape], role: Role) -> Option<usize> {
    let find =
        |wanted| fields.iter().position(|field| matches!(field.kind, FieldKind::List { role, .. } if role == wanted));
    // Few responses tell items that are accepted from items that are done.
    let other = match role {
        Role::Succeeded => find(Role::Accepted),
        Role::Accepted => find(Role::Succeeded),
        _ => None,
    };
    let in_results = || find(Role::Results).filter(|_| role != Role::Unprocessed);
    find(role).or_else(in_results).or(other)
}

/// The shapes of an object's nested fields.
fn nested(fields: &'static [FieldShape]) -> impl Iterator<Item = &'static ReplyShape> {
    fields.iter().filter_map(|field| match field.kind {
        FieldKind::Nested { reply, .. } => Some(reply),
        _ => None,
    })
}

/// Returns whether a list anywhere in the shape matches its elements by position.
fn by_position(shape: &'static ReplyShape) -> bool {
    match shape.body {
        BodyShape::List { element, .. } | BodyShape::Ndjson(element) => element.key_source == KeySource::Position,
        BodyShape::Object(fields) => {
            let positional = |element: ElementShape| element.key_source == KeySource::Position;
            let ordered =
                |field: &FieldShape| matches!(field.kind, FieldKind::List { element, .. } if positional(element));
            fields.iter().any(ordered) || nested(fields).any(by_position)
        }
        BodyShape::ByStatus(_) | BodyShape::Nothing | BodyShape::Error | BodyShape::Opaque => false,
    }
}

/// Returns a response with this status, in the shape of `R`. It is checked by reading it as a client would.
pub(super) fn written<R: BulkReply, K: ItemKey>(
    items: &[FakeEntry<K>],
    fields: &[(String, Box<RawValue>)],
    status: u16,
) -> Result<Written, String> {
    let mut problem = None;
    let shape = R::SHAPE.under(status).copied().unwrap_or(R::SHAPE);
    for spelling in SPELLINGS {
        let body = write(&shape, items, fields, spelling)?.into();
        let written = Written { headers: headers(&shape, items)?, body };
        match check::<R, K>(items, &written, status) {
            Ok(()) => return Ok(written),
            Err(misread) => problem = problem.or(Some(misread)),
        }
    }
    Err(problem.unwrap_or_default())
}

/// The headers with a number of items.
fn headers<K>(shape: &ReplyShape, items: &[FakeEntry<K>]) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let BodyShape::Object(fields) = shape.body else { return Ok(Vec::new()) };
    let header = |field: &FieldShape| match field.kind {
        FieldKind::Count(role) if field.is_header => {
            let name = HeaderName::try_from(field.name).map_err(|error| error.to_string());
            Some(name.map(|name| (name, HeaderValue::from(count(items, role, fields)))))
        }
        _ => None,
    };
    fields.iter().filter_map(header).collect()
}

/// The number of items with a role.
fn count<K>(items: &[FakeEntry<K>], role: Role, fields: &[FieldShape]) -> usize {
    let verdicts = items.iter().filter_map(|item| item.verdict.as_ref());
    verdicts.filter(|verdict| verdict.counts_as(role, fields)).count()
}

fn write<K: Serialize>(
    shape: &ReplyShape,
    items: &[FakeEntry<K>],
    extra: &[(String, Box<RawValue>)],
    spelling: fn(u16) -> String,
) -> Result<String, String> {
    let fields = match shape.body {
        BodyShape::ByStatus(_) | BodyShape::Nothing | BodyShape::Error | BodyShape::Opaque => return Ok(String::new()),
        BodyShape::List { role, element } => {
            let here = |_: &FakeEntry<K>, verdict: &FakeVerdict| holds(role, verdict.role());
            return join(&elements(items, &element, here, spelling)?, &element);
        }
        BodyShape::Ndjson(element) => {
            let lines = elements(items, &element, |_, _| true, spelling)?;
            return Ok(lines.iter().map(|line| format!("{}\n", line.get())).collect());
        }
        BodyShape::Object(fields) => fields,
    };
    let mut object = Vec::with_capacity(fields.len() + extra.len());
    for (index, field) in fields.iter().enumerate() {
        if field.is_header || extra.iter().any(|(name, _)| name == field.name) {
            continue;
        }
        let here = |item: &FakeEntry<K>, verdict: &FakeVerdict| match list_of_group(fields, item) {
            Some((at, role)) => at == index && holds(role, verdict.role()),
            None => place(fields, verdict.role()) == Some(index),
        };
        let value = match field.kind {
            FieldKind::List { element, .. } if element.is_range() => range(items, &element, here)?.to_string(),
            FieldKind::List { element, .. } => join(&elements(items, &element, here, spelling)?, &element)?,
            FieldKind::Nested { reply, is_list } => {
                let part = write(reply, items, &[], spelling)?;
                if is_list { format!("[{part}]") } else { part }
            }
            FieldKind::Count(role) => count(items, role, fields).to_string(),
            // The status of the whole response: it succeeded.
            FieldKind::Status { .. } => spelling(200),
            FieldKind::Code { .. } | FieldKind::Message | FieldKind::Job | FieldKind::NextJob | FieldKind::Plain => {
                continue;
            }
        };
        object.push((field.name, raw(value)?));
    }
    object.extend(extra.iter().map(|(name, value)| (name.as_str(), value.clone())));
    Ok(join_object(&object)?.get().to_owned())
}

/// The list with the name of an item's group, and its role.
fn list_of_group<K>(fields: &[FieldShape], item: &FakeEntry<K>) -> Option<(usize, Role)> {
    let group = item.group.as_deref()?;
    fields.iter().enumerate().filter(|(_, field)| field.name == group).find_map(|(at, field)| match field.kind {
        FieldKind::List { role, .. } => Some((at, role)),
        _ => None,
    })
}

/// The position that stands for the items that `here` selects: they are the last ones of the request, or the first ones.
fn range<K>(
    items: &[FakeEntry<K>],
    shape: &ElementShape,
    here: impl Fn(&FakeEntry<K>, &FakeVerdict) -> bool,
) -> Result<usize, String> {
    let is_here: Vec<bool> =
        items.iter().map(|item| item.verdict.as_ref().is_some_and(|verdict| here(item, verdict))).collect();
    let number = is_here.iter().filter(|is_here| **is_here).count();
    let (at, base, are_together, which) = match shape.key_source {
        KeySource::Until(base) => (number, base, is_here[..number].iter().all(|is_here| *is_here), "first"),
        KeySource::From(base) => {
            let start = items.len() - number;
            (start, base, is_here[start..].iter().all(|is_here| *is_here), "last")
        }
        _ => return Err("expected the shape of a range of positions".to_owned()),
    };
    if are_together { Ok(at + base) } else { Err(format!("the response can name only the {which} items of a request")) }
}

/// Joins elements into their list: an array, or an object (`Pairs`) with one field for each.
fn join(elements: &[Box<RawValue>], shape: &ElementShape) -> Result<String, String> {
    if shape.is_single {
        return match elements {
            [] => Ok("null".to_owned()),
            [one] => Ok(one.get().to_owned()),
            _ => Err(format!("expected one element in place of a list, found {}", elements.len())),
        };
    }
    if shape.key_source == KeySource::Code {
        return join_codes(elements);
    }
    if shape.key_source != KeySource::Member {
        return Ok(encode(&elements)?.get().to_owned());
    }
    let entries = elements.iter().map(|element| {
        let (key, value): (Box<RawValue>, Box<RawValue>) =
            serde_json::from_str(element.get()).map_err(|error| format!("expected a key and its value: {error}"))?;
        let key = if key.get().starts_with('"') { key.get().to_owned() } else { format!("\"{}\"", key.get()) };
        Ok(format!("{key}:{}", value.get()))
    });
    let entries: Result<Vec<String>, String> = entries.collect();
    Ok(format!("{{{}}}", entries?.join(",")))
}

/// Joins the items of each code: `["gone", ["a"]]` and `["gone", ["b"]]` are `{"gone": ["a", "b"]}`.
fn join_codes(elements: &[Box<RawValue>]) -> Result<String, String> {
    let mut codes: Vec<(String, Vec<Box<RawValue>>)> = Vec::new();
    for element in elements {
        let (code, keys): (String, Vec<Box<RawValue>>) =
            serde_json::from_str(element.get()).map_err(|error| format!("expected a code and its keys: {error}"))?;
        match codes.iter_mut().find(|(known, _)| *known == code) {
            Some((_, known)) => known.extend(keys),
            None => codes.push((code, keys)),
        }
    }
    let members: Result<Vec<(&str, Box<RawValue>)>, String> =
        codes.iter().map(|(code, keys)| Ok((code.as_str(), encode(keys)?))).collect();
    Ok(join_object(&members?)?.get().to_owned())
}

impl FakeVerdict {
    fn role(&self) -> Role {
        match self {
            FakeVerdict::Succeeded { accepted: false, .. } => Role::Succeeded,
            FakeVerdict::Succeeded { accepted: true, .. } => Role::Accepted,
            FakeVerdict::Failed(_) => Role::Failed,
            FakeVerdict::Unprocessed => Role::Unprocessed,
        }
    }

    /// Returns whether a response with these fields counts the item in a role. One that is accepted counts as succeeded too, and one in a
    /// list of accepted items is accepted.
    fn counts_as(&self, role: Role, fields: &[FieldShape]) -> bool {
        let own = self.role();
        let in_list = place(fields, own).map(|at| fields[at].kind);
        let is_accepted =
            own == Role::Accepted || matches!(in_list, Some(FieldKind::List { role: Role::Accepted, .. }));
        own == role || is_accepted && matches!(role, Role::Succeeded | Role::Accepted)
    }
}

/// The elements of one list: those of the items that `here` selects, in the order of the items.
fn elements<K: Serialize>(
    items: &[FakeEntry<K>],
    shape: &ElementShape,
    here: impl Fn(&FakeEntry<K>, &FakeVerdict) -> bool,
    spelling: fn(u16) -> String,
) -> Result<Vec<Box<RawValue>>, String> {
    let mut elements = Vec::new();
    for item in items {
        if let Some(verdict) = item.verdict.as_ref().filter(|verdict| here(item, verdict)) {
            elements.push(element(&item.key, verdict, shape, spelling)?);
        }
    }
    Ok(elements)
}

/// One element: the body of the success or failure, or else an object with the key and the status that the shape names.
fn element<K: Serialize>(
    key: &K,
    verdict: &FakeVerdict,
    shape: &ElementShape,
    spelling: fn(u16) -> String,
) -> Result<Box<RawValue>, String> {
    let accepted = match verdict {
        // In a map, the success body is the value under the key.
        FakeVerdict::Succeeded { body: Some(body), .. } if shape.key_source == KeySource::Member => {
            return encode(&(key, body));
        }
        // A list of bare keys has no place for a body.
        FakeVerdict::Failed(_) if shape.key_source == KeySource::Itself => return encode(key),
        FakeVerdict::Succeeded { body: Some(body), .. } | FakeVerdict::Failed(body) => return Ok(body.clone()),
        FakeVerdict::Succeeded { accepted, .. } => *accepted,
        FakeVerdict::Unprocessed => false,
    };
    let key = encode(key)?;
    if shape.key_source == KeySource::Itself {
        return Ok(key);
    }
    let mut fields = match shape.key {
        [name] if shape.key_text.is_some() => {
            let text = shape.key_text.unwrap_or_default();
            vec![(*name, encode(&with_key(text, &serde_json::from_str::<String>(key.get()).unwrap_or_default()))?)]
        }
        _ if shape.key_source == KeySource::Nested => Vec::new(),
        [] => Vec::new(),
        [name] => vec![(*name, key)],
        names => {
            // A key of several fields is a tuple.
            let parts: Vec<Box<RawValue>> = serde_json::from_str(key.get())
                .map_err(|error| format!("a key of several fields must be an array: {error}"))?;
            names.iter().copied().zip(parts).collect()
        }
    };
    if let Some(name) = shape.status {
        fields.push((name, raw(spelling(if accepted { 202 } else { 200 }))?));
    }
    join_object(&fields)
}

pub(super) fn encode(value: &impl Serialize) -> Result<Box<RawValue>, String> {
    to_raw_value(value).map_err(|error| error.to_string())
}

fn raw(json: String) -> Result<Box<RawValue>, String> {
    RawValue::from_string(json).map_err(|error| error.to_string())
}

fn join_object(fields: &[(&str, Box<RawValue>)]) -> Result<Box<RawValue>, String> {
    let mut json = String::from("{");
    for (index, (name, value)) in fields.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        json.push_str(encode(name)?.get());
        json.push(':');
        json.push_str(value.get());
    }
    json.push('}');
    raw(json)
}

/// Reads the response as a client would, and checks that each entry has the intended verdict.
fn check<R: BulkReply, K: ItemKey>(items: &[FakeEntry<K>], written: &Written, status: u16) -> Result<(), String> {
    if matches!(R::SHAPE.body, BodyShape::Nothing | BodyShape::Error | BodyShape::Opaque) {
        return Ok(());
    }
    let shape = const { &R::SHAPE };
    let by_position = shape.under(status).is_some_and(by_position);
    if by_position && items.iter().any(|item| item.verdict.is_none()) {
        // An item that is left out shifts the positions of the others. The test asked for such a response.
        return Ok(());
    }
    let keys = Keys::new(items);
    let mut collector = Collector::new(&keys, status);
    let headers: HeaderMap = written.headers.iter().cloned().collect();
    R::read(&RawResponse::new(status, &headers, &written.body), &mut collector).map_err(|error| error.to_string())?;
    if let Some(fault) = collector.faults.describe() {
        return Err(fault);
    }
    for entry in &collector.entries {
        let Some(role) = entry.finding.role() else {
            return Err("an element of the response does not have the verdict of its outcome".into());
        };
        // Not every shape tells accepted items from others.
        let matches = |item: &FakeEntry<K>| item.verdict.as_ref().is_some_and(|verdict| holds(role, verdict.role()));
        let named = &items[entry.slot];
        // A request can contain a key twice, with different outcomes.
        let duplicate = || items.iter().any(|item| item.key == named.key && matches(item));
        if !matches(named) && !duplicate() {
            return Err("an element of the response does not have the verdict of its outcome".into());
        }
    }
    let listed = |item: &&FakeEntry<K>| {
        let role = item.verdict.as_ref().map(FakeVerdict::role);
        role.is_some_and(|role| shape.under(status).is_some_and(|shape| can_express(shape, role)))
    };
    let (want, got) = (items.iter().filter(listed).count(), collector.entries.len());
    if want != got {
        return Err(format!("expected {want} entries, found {got}"));
    }
    Ok(())
}

/// The keys of a request, for lookup as a client does it.
struct Keys<'a, K> {
    slots: HashMap<&'a K, usize>,
    /// The slots of each group, with `items = groups(…)`.
    groups: HashMap<&'a str, Vec<usize>>,
    len: usize,
}

impl<'a, K: ItemKey> Keys<'a, K> {
    fn new(items: &'a [FakeEntry<K>]) -> Self {
        let slots = items.iter().enumerate().map(|(slot, item)| (&item.key, slot));
        let mut groups: HashMap<&str, Vec<usize>> = HashMap::new();
        for (slot, item) in items.iter().enumerate() {
            if let Some(group) = &item.group {
                groups.entry(group).or_default().push(slot);
            }
        }
        Keys { slots: slots.collect(), groups, len: items.len() }
    }
}

impl<RK: 'static, K: ItemKey> KeyIndex<RK> for Keys<'_, K> {
    fn find_raw(&self, raw: &str, _: usize) -> Option<usize> {
        let key: K = serde_json::from_str(raw).ok()?;
        self.slots.get(&key).copied()
    }

    fn find_key(&self, key: &RK, _: usize) -> Option<usize> {
        let key = (key as &dyn Any).downcast_ref::<K>()?;
        self.slots.get(key).copied()
    }

    fn len(&self) -> usize {
        self.len
    }

    fn find_position(&self, group: Option<&str>, position: usize) -> Option<usize> {
        match group {
            Some(group) => self.groups.get(group)?.get(position).copied(),
            None => Some(position).filter(|position| self.groups.is_empty() && *position < self.len),
        }
    }

    fn group_len(&self, group: &str) -> Option<usize> {
        (!self.groups.is_empty()).then(|| self.groups.get(group).map_or(0, Vec::len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(json: &[&str]) -> Vec<Box<RawValue>> {
        json.iter().map(|element| raw((*element).to_owned()).unwrap()).collect()
    }

    #[test]
    fn elements_are_joined_as_their_list_has_them() {
        let one = ElementShape::keyed(&["id"]).single();
        for (shape, all, joined) in [
            (ElementShape::bare(), &[][..], Ok("[]")),
            (ElementShape::bare(), &["1", "2"], Ok("[1,2]")),
            (one, &[], Ok("null")),
            (one, &["{}"], Ok("{}")),
            (one, &["1", "2"], Err("expected one element in place of a list, found 2")),
            (ElementShape::member(), &[], Ok("{}")),
            (ElementShape::member(), &[r#"["a",1]"#, r#"[7,{}]"#], Ok(r#"{"a":1,"7":{}}"#)),
            (ElementShape::in_code(), &[], Ok("{}")),
            (
                ElementShape::in_code(),
                &[r#"["gone",["a"]]"#, r#"["busy",["b"]]"#, r#"["gone",["c","d"]]"#],
                Ok(r#"{"gone":["a","c","d"],"busy":["b"]}"#),
            ),
        ] {
            let found = join(&elements(all), &shape);
            assert_eq!(found.as_deref().map_err(String::as_str), joined, "{all:?} {shape:?}");
        }
        let wrong = join(&elements(&["7"]), &ElementShape::in_code()).unwrap_err();
        assert!(wrong.starts_with("expected a code and its keys: "), "{wrong}");
    }

    const fn list(name: &'static str, role: Role) -> FieldShape {
        FieldShape::new(name, FieldKind::List { role, element: ElementShape::bare() })
    }

    #[test]
    fn items_that_are_done_stand_with_those_that_are_accepted_where_there_is_one_list() {
        let [done, accepted, failed, results] =
            [Role::Succeeded, Role::Accepted, Role::Failed, Role::Results].map(|role| list("list", role));
        for (fields, role, at) in [
            (&[failed, done][..], Role::Succeeded, Some(1)),
            (&[failed, done], Role::Accepted, Some(1)),
            (&[failed, accepted], Role::Succeeded, Some(1)),
            (&[done, accepted], Role::Accepted, Some(1)),
            (&[done, accepted], Role::Succeeded, Some(0)),
            (&[done, accepted], Role::Failed, None),
            // A list of results is nearer than one of another success.
            (&[done, results], Role::Accepted, Some(1)),
            (&[results, failed], Role::Failed, Some(1)),
            (&[results], Role::Unprocessed, None),
        ] {
            assert_eq!(place(fields, role), at, "{fields:?} {role:?}");
        }
    }

    #[test]
    fn an_item_of_a_group_is_in_the_list_of_its_name() {
        let fields =
            [FieldShape::new("create", FieldKind::Message), list("delete", Role::Results), list("all", Role::Results)];
        let item = |group: Option<&str>| FakeEntry { key: 1, group: group.map(str::to_owned), verdict: None };
        for (group, at) in [
            (Some("delete"), Some((1, Role::Results))),
            (Some("all"), Some((2, Role::Results))),
            // A field with another role is no list.
            (Some("create"), None),
            (Some("update"), None),
            (None, None),
        ] {
            assert_eq!(list_of_group(&fields, &item(group)), at, "{group:?}");
        }
        let done = |key, group: &str| FakeEntry {
            key,
            group: Some(group.to_owned()),
            verdict: Some(FakeVerdict::Succeeded { accepted: false, body: None }),
        };
        const SHAPE: ReplyShape =
            ReplyShape::new(BodyShape::Object(&[list("create", Role::Succeeded), list("delete", Role::Failed)]));
        let written = write(&SHAPE, &[done(1, "create"), done(2, "delete"), done(3, "create")], &[], SPELLINGS[0]);
        // Nothing is done in a list of failures.
        assert_eq!(written.unwrap(), r#"{"create":[1,3],"delete":[]}"#);
    }
}
