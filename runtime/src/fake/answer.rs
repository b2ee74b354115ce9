//! Outcomes written in the declared shape: the inverse of what `decode` reads.

use std::any::Any;
use std::collections::HashMap;

use bytes::Bytes;
use http::HeaderMap;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::decode::{Answer, Directory, Says, Verdict};
use crate::item::ItemKey;
use crate::reply::{BodyShape, ElementShape, ListShape, Reply, ReplyShape, Role};

/// An item as the answer is to name it.
pub(super) struct Named<K> {
    pub(super) key: K,
    /// `None`: the answer leaves it out.
    pub(super) told: Option<Told>,
}

/// What the answer is to say of an item.
pub(super) enum Told {
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
        BodyShape::Object { lists, .. } => place(lists, role).is_some(),
        BodyShape::List(_) => role != Role::Unprocessed,
        BodyShape::Nothing | BodyShape::Opaque => false,
    }
}

/// The list in which the items of a role stand.
fn place(lists: &[ListShape], role: Role) -> Option<usize> {
    let find = |role| lists.iter().position(|list| list.role == role);
    find(role).or_else(|| find(Role::Each).filter(|_| role != Role::Unprocessed))
}

/// The body of an answer with this status, in the shape of `R`, checked by reading it as a client would.
pub(super) fn body<R: Reply, K: ItemKey>(
    items: &[Named<K>],
    fields: &[(String, Box<RawValue>)],
    status: u16,
) -> Result<Bytes, String> {
    let mut problem = None;
    for spelling in SPELLINGS {
        let body = write(&R::SHAPE, items, fields, spelling)?;
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
    fields: &[(String, Box<RawValue>)],
    spelling: fn(u16) -> String,
) -> Result<Bytes, String> {
    let body = match shape.body {
        BodyShape::Nothing | BodyShape::Opaque => return Ok(Bytes::new()),
        BodyShape::List(element) => list(items, &element, |_| true, spelling)?,
        BodyShape::Object { lists, .. } => {
            let mut object = Vec::with_capacity(lists.len() + fields.len());
            for (index, each) in lists.iter().enumerate() {
                let here = |told: &Told| place(lists, told.role()) == Some(index);
                let elements = list(items, &each.element, here, spelling)?;
                object.push((each.name, elements));
            }
            let fields = fields.iter().map(|(name, value)| (name.as_str(), value.clone()));
            object.extend(fields);
            join_object(&object)?
        }
    };
    Ok(Bytes::copy_from_slice(body.get().as_bytes()))
}

impl Told {
    fn role(&self) -> Role {
        match self {
            Told::Done { .. } => Role::Succeeded,
            Told::NotDone(_) => Role::Failed,
            Told::HandedBack => Role::Unprocessed,
        }
    }
}

/// The elements of one list: of the items that belong there, in the items' order.
fn list<K: Serialize>(
    items: &[Named<K>],
    shape: &ElementShape,
    here: impl Fn(&Told) -> bool,
    spelling: fn(u16) -> String,
) -> Result<Box<RawValue>, String> {
    let mut elements = Vec::new();
    for item in items {
        if let Some(told) = item.told.as_ref().filter(|told| here(told)) {
            elements.push(element(&item.key, told, shape, spelling)?);
        }
    }
    encode(&elements)
}

/// One element: the success's or the failure's own body, else what the shape says of a key and a status.
fn element<K: Serialize>(
    key: &K,
    told: &Told,
    shape: &ElementShape,
    spelling: fn(u16) -> String,
) -> Result<Box<RawValue>, String> {
    let accepted = match told {
        Told::Done { body: Some(body), .. } | Told::NotDone(body) => return Ok(body.clone()),
        Told::Done { accepted, .. } => *accepted,
        Told::HandedBack => false,
    };
    let key = encode(key)?;
    if shape.bare {
        return Ok(key);
    }
    let mut fields = match shape.key {
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

/// Reads the answer as a client would: each line must say of its item what was meant.
fn check<R: Reply, K: ItemKey>(items: &[Named<K>], body: &Bytes, status: u16) -> Result<(), String> {
    let by_position = match R::SHAPE.body {
        BodyShape::List(element) => element.order,
        BodyShape::Object { lists, .. } => lists.iter().any(|list| list.element.order),
        BodyShape::Nothing | BodyShape::Opaque => return Ok(()),
    };
    if by_position && items.iter().any(|item| item.told.is_none()) {
        // Somebody was left out, which moves the others: the test asked for such an answer.
        return Ok(());
    }
    let keys = Keys::new(items);
    let mut says = Says::new(&keys);
    R::read(&Answer::new(status, &HeaderMap::new(), body), &mut says).map_err(|misfit| misfit.to_string())?;
    if let Some(fault) = says.faults.describe() {
        return Err(fault);
    }
    for line in &says.lines {
        let role = match &line.verdict {
            Verdict::Succeeded { .. } => Role::Succeeded,
            Verdict::Failed(_) => Role::Failed,
            Verdict::Unprocessed => Role::Unprocessed,
            Verdict::Misfit(misfit) => return Err(misfit.to_string()),
        };
        let says = |item: &Named<K>| item.told.as_ref().is_some_and(|told| told.role() == role);
        let named = &items[line.slot];
        // A key may stand in a request twice, with another outcome the second time.
        let repeated = || items.iter().any(|item| item.key == named.key && says(item));
        if !says(named) && !repeated() {
            return Err("an element does not say what its outcome is".into());
        }
    }
    let told = |item: &&Named<K>| {
        let role = item.told.as_ref().map(Told::role);
        role.is_some_and(|role| can_tell(&R::SHAPE, role))
    };
    let (want, got) = (items.iter().filter(told).count(), says.lines.len());
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

impl<RK: 'static, K: ItemKey> Directory<RK> for Keys<'_, K> {
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
