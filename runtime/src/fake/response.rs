//! Writes the response of a fake endpoint: outcomes in the declared shape, the inverse of what a client reads.

use std::any::Any;
use std::collections::HashMap;

use bytes::Bytes;
use http::HeaderMap;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::item::ItemKey;
use crate::reply::{
    BodyShape, BulkReply, Collector, ElementShape, FieldKind, FieldShape, KeyIndex, KeySource, RawResponse, ReplyShape,
    Role,
};

/// The entry of one item in the response.
pub(super) struct FakeEntry<K> {
    pub(super) key: K,
    /// `None`: the response does not list the item.
    pub(super) verdict: Option<FakeVerdict>,
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

/// Returns the body of a response with this status, in the shape of `R`. It is checked by reading it as a client would.
pub(super) fn body<R: BulkReply, K: ItemKey>(
    items: &[FakeEntry<K>],
    fields: &[(String, Box<RawValue>)],
    status: u16,
) -> Result<Bytes, String> {
    let mut problem = None;
    let shape = R::SHAPE.under(status).copied().unwrap_or(R::SHAPE);
    for spelling in SPELLINGS {
        let body = Bytes::copy_from_slice(write(&shape, items, fields, spelling)?.as_bytes());
        match check::<R, K>(items, &body, status) {
            Ok(()) => return Ok(body),
            Err(misread) => problem = problem.or(Some(misread)),
        }
    }
    Err(problem.unwrap_or_default())
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
            let here = |verdict: &FakeVerdict| holds(role, verdict.role());
            return join(&elements(items, &element, here, spelling)?, &element);
        }
        BodyShape::Ndjson(element) => {
            let lines = elements(items, &element, |_| true, spelling)?;
            return Ok(lines.iter().map(|line| format!("{}\n", line.get())).collect());
        }
        BodyShape::Object(fields) => fields,
    };
    let mut object = Vec::with_capacity(fields.len() + extra.len());
    for (index, field) in fields.iter().enumerate() {
        if extra.iter().any(|(name, _)| name == field.name) {
            continue;
        }
        let here = |verdict: &FakeVerdict| place(fields, verdict.role()) == Some(index);
        let value = match field.kind {
            FieldKind::List { element, .. } => join(&elements(items, &element, here, spelling)?, &element)?,
            FieldKind::Nested { reply, is_list } => {
                let part = write(reply, items, &[], spelling)?;
                if is_list { format!("[{part}]") } else { part }
            }
            FieldKind::Count(role) => {
                let verdicts = items.iter().filter_map(|item| item.verdict.as_ref());
                verdicts.filter(|verdict| verdict.counts_as(role, fields)).count().to_string()
            }
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
    here: impl Fn(&FakeVerdict) -> bool,
    spelling: fn(u16) -> String,
) -> Result<Vec<Box<RawValue>>, String> {
    let mut elements = Vec::new();
    for item in items {
        if let Some(verdict) = item.verdict.as_ref().filter(|verdict| here(verdict)) {
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
fn check<R: BulkReply, K: ItemKey>(items: &[FakeEntry<K>], body: &Bytes, status: u16) -> Result<(), String> {
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
    R::read(&RawResponse::new(status, &HeaderMap::new(), body), &mut collector).map_err(|error| error.to_string())?;
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
    len: usize,
}

impl<'a, K: ItemKey> Keys<'a, K> {
    fn new(items: &'a [FakeEntry<K>]) -> Self {
        let slots = items.iter().enumerate().map(|(slot, item)| (&item.key, slot));
        Keys { slots: slots.collect(), len: items.len() }
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
}
