//! Outcomes written in the declared shape: the inverse of what `decode` reads.

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

/// An item as the response is to name it.
pub(super) struct Named<K> {
    pub(super) key: K,
    /// `None`: the response leaves it out.
    pub(super) told: Option<Spoken>,
}

/// What the response is to say of an item.
pub(super) enum Spoken {
    Done {
        accepted: bool,
        /// The success body, where there is one.
        body: Option<Box<RawValue>>,
    },
    NotDone(Box<RawValue>),
    HandedBack,
}

/// How an element that judges itself says that it is done, where its success carries nothing: the status field's type
/// is the author's, so each of these is tried until the reply reads it as it was meant.
const SPELLINGS: [fn(u16) -> String; 3] =
    [|status| status.to_string(), |_| "true".to_owned(), |status| format!("\"{status}\"")];

/// Whether a shape can say this of an item by naming it.
pub(super) fn can_tell(shape: &ReplyShape, role: Role) -> bool {
    match shape.body {
        BodyShape::Object(fields) => place(fields, role).is_some() || nested(fields).any(|inner| can_tell(inner, role)),
        BodyShape::List { role: of, .. } => holds(of, role),
        BodyShape::Ndjson(_) => holds(Role::Results, role),
        BodyShape::ByStatus(_) | BodyShape::Nothing | BodyShape::Opaque => false,
    }
}

/// Whether the items of a role can stand in a list of this one.
fn holds(list: Role, role: Role) -> bool {
    list == role || (list == Role::Results && role != Role::Unprocessed)
}

/// The list in which the items of a role stand.
fn place(fields: &[FieldShape], role: Role) -> Option<usize> {
    let find =
        |wanted| fields.iter().position(|field| matches!(field.kind, FieldKind::List { role, .. } if role == wanted));
    find(role).or_else(|| find(Role::Results).filter(|_| role != Role::Unprocessed))
}

/// The shapes inside an object's fields.
fn nested(fields: &'static [FieldShape]) -> impl Iterator<Item = &'static ReplyShape> {
    fields.iter().filter_map(|field| match field.kind {
        FieldKind::Nested { reply, .. } => Some(reply),
        _ => None,
    })
}

/// Whether elements are told by their position, anywhere in it.
fn by_position(shape: &'static ReplyShape) -> bool {
    match shape.body {
        BodyShape::List { element, .. } | BodyShape::Ndjson(element) => element.key_source == KeySource::Position,
        BodyShape::Object(fields) => {
            let ordered = |field: &FieldShape| matches!(field.kind, FieldKind::List { element, .. } if element.key_source == KeySource::Position);
            fields.iter().any(ordered) || nested(fields).any(by_position)
        }
        BodyShape::ByStatus(_) | BodyShape::Nothing | BodyShape::Opaque => false,
    }
}

/// The body of a response with this status, in the shape of `R`, checked by reading it as a client would.
pub(super) fn body<R: BulkReply, K: ItemKey>(
    items: &[Named<K>],
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
    items: &[Named<K>],
    given: &[(String, Box<RawValue>)],
    spelling: fn(u16) -> String,
) -> Result<String, String> {
    let fields = match shape.body {
        BodyShape::ByStatus(_) | BodyShape::Nothing | BodyShape::Opaque => return Ok(String::new()),
        BodyShape::List { role, element } => {
            let here = |told: &Spoken| holds(role, told.role());
            return join(&elements(items, &element, here, spelling)?, &element);
        }
        BodyShape::Ndjson(element) => {
            let lines = elements(items, &element, |_| true, spelling)?;
            return Ok(lines.iter().map(|line| format!("{}\n", line.get())).collect());
        }
        BodyShape::Object(fields) => fields,
    };
    let mut object = Vec::with_capacity(fields.len() + given.len());
    for (index, field) in fields.iter().enumerate() {
        if given.iter().any(|(name, _)| name == field.name) {
            continue;
        }
        let here = |told: &Spoken| place(fields, told.role()) == Some(index);
        let value = match field.kind {
            FieldKind::List { element, .. } => join(&elements(items, &element, here, spelling)?, &element)?,
            FieldKind::Nested { reply, is_list } => {
                let part = write(reply, items, &[], spelling)?;
                if is_list { format!("[{part}]") } else { part }
            }
            FieldKind::Count(role) => items
                .iter()
                .filter(|item| item.told.as_ref().is_some_and(|told| told.role() == role))
                .count()
                .to_string(),
            // What the response says of itself: that it is done, in the spelling that is being tried.
            FieldKind::Status => spelling(200),
            FieldKind::Code | FieldKind::Message | FieldKind::Job | FieldKind::Plain => continue,
        };
        object.push((field.name, raw(value)?));
    }
    object.extend(given.iter().map(|(name, value)| (name.as_str(), value.clone())));
    Ok(join_object(&object)?.get().to_owned())
}

/// Elements as the list that they stand in: an array, or an object whose entries they are.
fn join(elements: &[Box<RawValue>], shape: &ElementShape) -> Result<String, String> {
    if shape.key_source != KeySource::Member {
        return Ok(encode(&elements)?.get().to_owned());
    }
    let entries = elements.iter().map(|element| {
        let (key, value): (Box<RawValue>, Box<RawValue>) =
            serde_json::from_str(element.get()).map_err(|error| format!("an entry is a key and its value: {error}"))?;
        let key = if key.get().starts_with('"') { key.get().to_owned() } else { format!("\"{}\"", key.get()) };
        Ok(format!("{key}:{}", value.get()))
    });
    let entries: Result<Vec<String>, String> = entries.collect();
    Ok(format!("{{{}}}", entries?.join(",")))
}

impl Spoken {
    fn role(&self) -> Role {
        match self {
            Spoken::Done { .. } => Role::Succeeded,
            Spoken::NotDone(_) => Role::Failed,
            Spoken::HandedBack => Role::Unprocessed,
        }
    }
}

/// The elements of one list: of the items that belong there, in the items' order.
fn elements<K: Serialize>(
    items: &[Named<K>],
    shape: &ElementShape,
    here: impl Fn(&Spoken) -> bool,
    spelling: fn(u16) -> String,
) -> Result<Vec<Box<RawValue>>, String> {
    let mut elements = Vec::new();
    for item in items {
        if let Some(told) = item.told.as_ref().filter(|told| here(told)) {
            elements.push(element(&item.key, told, shape, spelling)?);
        }
    }
    Ok(elements)
}

/// One element: the success's or the failure's own body, else what the shape says of a key and a status.
fn element<K: Serialize>(
    key: &K,
    told: &Spoken,
    shape: &ElementShape,
    spelling: fn(u16) -> String,
) -> Result<Box<RawValue>, String> {
    let accepted = match told {
        // Of an entry a success has the value alone.
        Spoken::Done { body: Some(body), .. } if shape.key_source == KeySource::Member => return encode(&(key, body)),
        // A bare key has no place for more.
        Spoken::NotDone(_) if shape.key_source == KeySource::Itself => return encode(key),
        Spoken::Done { body: Some(body), .. } | Spoken::NotDone(body) => return Ok(body.clone()),
        Spoken::Done { accepted, .. } => *accepted,
        Spoken::HandedBack => false,
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
                .map_err(|error| format!("a key of several fields is no list: {error}"))?;
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

/// Reads the response as a client would: each line must say of its item what was meant.
fn check<R: BulkReply, K: ItemKey>(items: &[Named<K>], body: &Bytes, status: u16) -> Result<(), String> {
    if matches!(R::SHAPE.body, BodyShape::Nothing | BodyShape::Opaque) {
        return Ok(());
    }
    let shape = const { &R::SHAPE };
    let by_position = shape.under(status).is_some_and(by_position);
    if by_position && items.iter().any(|item| item.told.is_none()) {
        // Somebody was left out, which moves the others: the test asked for such a response.
        return Ok(());
    }
    let keys = Keys::new(items);
    let mut collector = Collector::new(&keys, status);
    R::read(&RawResponse::new(status, &HeaderMap::new(), body), &mut collector).map_err(|misfit| misfit.to_string())?;
    if let Some(fault) = collector.faults.describe() {
        return Err(fault);
    }
    for entry in &collector.entries {
        let Some(role) = entry.finding.role() else {
            return Err("an element does not say what its outcome is".into());
        };
        let says = |item: &Named<K>| item.told.as_ref().is_some_and(|told| told.role() == role);
        let named = &items[entry.slot];
        // A key may stand in a request twice, with another outcome the second time.
        let repeated = || items.iter().any(|item| item.key == named.key && says(item));
        if !says(named) && !repeated() {
            return Err("an element does not say what its outcome is".into());
        }
    }
    let told = |item: &&Named<K>| {
        let role = item.told.as_ref().map(Spoken::role);
        role.is_some_and(|role| shape.under(status).is_some_and(|shape| can_tell(shape, role)))
    };
    let (want, got) = (items.iter().filter(told).count(), collector.entries.len());
    if want != got {
        return Err(format!("{want} items are named, and {got} are read"));
    }
    Ok(())
}

/// The keys of a request, as a client finds them.
struct Keys<'a, K> {
    slots: HashMap<&'a K, usize>,
    len: usize,
}

impl<'a, K: ItemKey> Keys<'a, K> {
    fn new(items: &'a [Named<K>]) -> Self {
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
