//! Where a reply says its lines, and where an address becomes a slot of the batch.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Fields, List, Misfit};
use crate::reply::{Address, Elements, ItemReply, ItemStatus};
use crate::text::{key_text, shorten};

/// What an answer's lines are said to.
///
/// Say every line as it stands in the answer, in its order. Never leave one out because it looks wrong: what is
/// missing, foreign, repeated or contradictory is judged afterwards, for all replies alike.
pub struct Says<'b, K, S, F> {
    names: &'b dyn Directory<K>,
    pub(crate) lines: Vec<Line<S, F>>,
    pub(crate) faults: Faults,
}

/// What one line says, and of whom.
#[derive(Debug)]
pub(crate) struct Line<S, F> {
    /// The slot in the batch.
    pub(crate) slot: usize,
    pub(crate) verdict: Verdict<S, F>,
}

/// What a line says of its item.
#[derive(Debug)]
pub(crate) enum Verdict<S, F> {
    Succeeded {
        accepted: bool,
        body: Option<S>,
    },
    Failed(F),
    Unprocessed,
    /// The element names the item, and does not fit.
    Misfit(Misfit),
}

/// What is at fault in an answer beside its lines. Any of it makes silence worthless.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Keys that no item of the batch has.
    pub(crate) foreign: Vec<String>,
    /// Elements that do not fit and name nobody.
    pub(crate) misfits: Vec<Misfit>,
    /// A required field that is not there, a count that differs.
    pub(crate) shape: Option<Misfit>,
    /// Lines told by position: how many.
    pub(crate) positions: Option<usize>,
}

impl Faults {
    /// One sentence on the first fault; `None` where there is none.
    pub(crate) fn describe(&self) -> Option<String> {
        if let Some(misfit) = self.shape.as_ref().or_else(|| self.misfits.first()) {
            return Some(misfit.to_string());
        }
        let key = self.foreign.first()?;
        Some(match self.foreign.len() {
            1 => format!("the answer names {key}, which was not sent"),
            n => format!("the answer names {key} and {} more that were not sent", n - 1),
        })
    }
}

/// The keys of a batch.
#[allow(clippy::len_without_is_empty, reason = "a batch is never empty")]
pub trait Directory<K> {
    /// The slot whose encoded key is this JSON; `near` is where to look first.
    fn find_raw(&self, raw: &str, near: usize) -> Option<usize>;
    /// The slot whose key is this.
    fn find_key(&self, key: &K, near: usize) -> Option<usize>;
    /// The number of slots.
    fn len(&self) -> usize;
}

impl<'b, K, S, F> Says<'b, K, S, F> {
    pub(crate) fn new(names: &'b dyn Directory<K>) -> Self {
        Says { names, lines: Vec::with_capacity(names.len()), faults: Faults::default() }
    }

    /// The item with this key is done.
    pub fn succeeded(&mut self, key: &K, body: S)
    where
        K: serde::Serialize,
    {
        self.line(key, Verdict::Succeeded { accepted: false, body: Some(body) });
    }

    /// The item with this key is accepted, and the vendor says no more.
    pub fn accepted(&mut self, key: &K, body: S)
    where
        K: serde::Serialize,
    {
        self.line(key, Verdict::Succeeded { accepted: true, body: Some(body) });
    }

    /// The item with this key is not done.
    pub fn failed(&mut self, key: &K, failure: F)
    where
        K: serde::Serialize,
    {
        self.line(key, Verdict::Failed(failure));
    }

    /// The item with this key is handed back unprocessed.
    pub fn unprocessed(&mut self, key: &K)
    where
        K: serde::Serialize,
    {
        self.line(key, Verdict::Unprocessed);
    }

    /// An element that does not fit, and names nobody.
    pub fn misfit(&mut self, misfit: Misfit) {
        self.faults.misfits.push(misfit);
    }

    fn line(&mut self, key: &K, verdict: Verdict<S, F>)
    where
        K: serde::Serialize,
    {
        match self.names.find_key(key, self.lines.len()) {
            Some(slot) => self.lines.push(Line { slot, verdict }),
            None => self.faults.foreign.push(shorten(&key_text(key), NAME)),
        }
    }

    /// A required field is missing: remembered as a fault of the answer.
    pub fn check(&mut self, fields: &Fields<'_>) {
        if let Some(name) = fields.missing() {
            self.faults.shape = Some(Misfit::new(format!("/{name}"), "the field is missing"));
        }
    }

    /// The list of those done.
    pub fn succeeded_list<L>(&mut self, list: Option<List<'_>>)
    where
        L: Elements,
        L::Element: ItemReply<Key = K, Success = S>,
        K: Clone,
    {
        let done = |body| Verdict::Succeeded { accepted: false, body };
        self.list(
            list,
            || L::Element::SHAPE.bare.then(|| done(None)),
            |element: L::Element, _| done(Some(element.into_success())),
        );
    }

    /// The list of those not done.
    pub fn failed_list<L>(&mut self, list: Option<List<'_>>)
    where
        L: Elements<Element = F>,
        F: ItemReply<Key = K>,
        K: Clone,
    {
        self.list(list, || None, |element, _| Verdict::Failed(element));
    }

    /// The list of those handed back.
    pub fn unprocessed_list<L>(&mut self, list: Option<List<'_>>)
    where
        L: Elements,
        L::Element: ItemReply<Key = K>,
        K: Clone,
    {
        let bare = || L::Element::SHAPE.bare.then_some(Verdict::Unprocessed);
        self.list(list, bare, |_: L::Element, _| Verdict::Unprocessed);
    }

    /// A list whose elements judge themselves.
    pub fn each_list<L>(&mut self, list: Option<List<'_>>)
    where
        L: Elements<Element = F>,
        F: ItemReply<Key = K, Success = S>,
        K: Clone,
    {
        let judge = |element: F, path: &dyn Fn() -> String| match element.status() {
            Some(ItemStatus::Http(status @ 200..300)) => {
                Verdict::Succeeded { accepted: status == 202, body: Some(element.into_success()) }
            }
            Some(ItemStatus::Done(true)) => Verdict::Succeeded { accepted: false, body: Some(element.into_success()) },
            Some(ItemStatus::Http(_) | ItemStatus::Done(false)) => Verdict::Failed(element),
            None => Verdict::Misfit(Misfit::new(path(), "the element has no status")),
        };
        self.list(list, || None, judge);
    }

    /// The body is one list whose elements judge themselves.
    pub fn each_in_body<L>(&mut self, raw: &RawValue)
    where
        L: Elements<Element = F>,
        F: ItemReply<Key = K, Success = S>,
        K: Clone,
    {
        self.each_list::<L>(Some(List { name: "", raw }));
    }

    /// Says each element of a list. `bare` is the verdict on an element that is a bare key, where that needs no
    /// decoding; `verdict` the one on a decoded element, given where it stands.
    fn list<E>(
        &mut self,
        list: Option<List<'_>>,
        bare: impl Fn() -> Option<Verdict<S, F>>,
        verdict: impl Fn(E, &dyn Fn() -> String) -> Verdict<S, F>,
    ) where
        E: ItemReply<Key = K>,
        K: Clone,
    {
        let Some(list) = list else { return };
        let mut count = 0;
        let each = EachElement(|raw: &RawValue| {
            let path = || format!("{}/{count}", pointer(list.name));
            self.element(raw, count, &path, &bare, &verdict);
            count += 1;
        });
        let read = serde_json::Deserializer::from_str(list.raw.get()).deserialize_seq(each);
        if let Err(error) = read {
            self.faults.shape = Some(Misfit::new(pointer(list.name), error));
        }
        if E::SHAPE.order {
            self.faults.positions = Some(self.faults.positions.unwrap_or(0) + count);
        }
    }

    fn element<E>(
        &mut self,
        raw: &RawValue,
        position: usize,
        path: &dyn Fn() -> String,
        bare: &impl Fn() -> Option<Verdict<S, F>>,
        verdict: &impl Fn(E, &dyn Fn() -> String) -> Verdict<S, F>,
    ) where
        E: ItemReply<Key = K>,
        K: Clone,
    {
        let near = self.lines.len();
        if let Some(verdict) = bare()
            && let Some(slot) = self.names.find_raw(raw.get(), near)
        {
            return self.lines.push(Line { slot, verdict });
        }
        if !E::SHAPE.key.is_empty() && !raw.get().starts_with('{') {
            // serde would read an array as the fields in their order: nobody declared that.
            return self.misfit_element::<E>(raw, Misfit::new(path(), "the element is no object"));
        }
        let element = match serde_json::from_str::<E>(raw.get()) {
            Ok(element) => element,
            Err(error) => return self.misfit_element::<E>(raw, Misfit::new(path(), error)),
        };
        let slot = match element.address() {
            Address::Position => Some(position).filter(|slot| *slot < self.names.len()),
            Address::Key(key) => self.names.find_key(key.as_ref(), near),
        };
        match slot {
            Some(slot) => self.lines.push(Line { slot, verdict: verdict(element, path) }),
            None => self.faults.foreign.push(element_name(raw, E::SHAPE.key)),
        }
    }

    /// An element that does not decode may still name its item.
    fn misfit_element<E: ItemReply<Key = K>>(&mut self, raw: &RawValue, misfit: Misfit) {
        let named = match E::SHAPE.key {
            [field] => raw_field(raw, field).and_then(|key| self.names.find_raw(key.get(), self.lines.len())),
            _ => None,
        };
        match named {
            Some(slot) => self.lines.push(Line { slot, verdict: Verdict::Misfit(misfit) }),
            None => self.faults.misfits.push(misfit),
        }
    }
}

impl<K, S, F> fmt::Debug for Says<'_, K, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Says").field("lines", &self.lines.len()).field("faults", &self.faults).finish()
    }
}

/// Hands each element of a JSON array to a function, as raw JSON.
struct EachElement<G>(G);

impl<'de, G: FnMut(&'de RawValue)> Visitor<'de> for EachElement<G> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(raw) = seq.next_element::<&'de RawValue>()? {
            (self.0)(raw);
        }
        Ok(())
    }
}

/// A field's JSON pointer; the body's own for no name.
fn pointer(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("/{name}") }
}

/// The raw JSON of one field of an object.
fn raw_field<'a>(raw: &'a RawValue, field: &str) -> Option<&'a RawValue> {
    let fields: HashMap<Cow<'a, str>, &'a RawValue> = serde_json::from_str(raw.get()).ok()?;
    fields.get(field).copied()
}

/// The most characters of a foreign key that a message repeats.
const NAME: usize = 80;

/// What an element calls its item, for a message: its key fields, else the element itself, shortened.
fn element_name(raw: &RawValue, key: &[&str]) -> String {
    let named: Vec<&str> = key.iter().filter_map(|field| raw_field(raw, field)).map(RawValue::get).collect();
    let text = if named.is_empty() { raw.get().to_owned() } else { named.join(", ") };
    shorten(&text, NAME)
}
