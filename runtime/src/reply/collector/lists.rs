//! Lists: each element becomes an entry.

use std::sync::Arc;

use serde::de::Deserializer;
use serde_json::value::RawValue;

use super::super::collector::Says;
use super::super::decode_error::Misfit;
use super::super::detail::Detail;
use super::super::element::{Address, Elements, ItemReply, JudgesItself};
use super::super::failure::FailsAs;
use super::super::key::Names;
use super::super::key_index::Directory;
use super::super::response::Field;
use super::super::shape::{By, Role};
use super::super::success::Carries;
use super::super::verdict::ItemStatus;
use super::finding::{Carried, Line, Verdict};
use super::raw::{EachElement, EachEntry, NAME, element_name, entry_key, entry_value, json, raw_field};
use super::views::InGroup;
use crate::text::shorten;

impl<K, S, F> Says<'_, K, S, F> {
    /// The list of those done; under 202 they are accepted.
    pub fn succeeded_list<L>(&mut self, list: Option<Field<'_>>)
    where
        L: Elements<Element: ItemReply<Key: Names<K>, Success: Carries<S>>>,
        S: Clone,
    {
        let accepted = self.status == 202;
        let bare = Some(&Verdict::Succeeded { accepted, body: None });
        self.list::<L>(list, bare, |element, path, carried| match element.status() {
            Some(status) if !status.is_done() => contradicts(path, Role::Succeeded, status),
            status => {
                let accepted = accepted || status.is_some_and(ItemStatus::is_accepted);
                carried.done(accepted, element.into_success().carry())
            }
        });
    }

    /// The list of those not done.
    pub fn failed_list<L>(&mut self, list: Option<Field<'_>>)
    where
        L: Elements<Element: ItemReply<Key: Names<K>, Failure: FailsAs<F>>>,
        S: Clone,
    {
        let name = list.map_or("", |list| list.name);
        self.list::<L>(list, None, |element, path, carried| match element.status() {
            Some(status) if status.is_done() => contradicts(path, Role::Failed, status),
            _ => Verdict::Failed(carried.fail(FailsAs::fails_as(Arc::new(element.into_failure(name))))),
        });
    }

    /// The list of those handed back.
    pub fn unprocessed_list<L>(&mut self, list: Option<Field<'_>>)
    where
        L: Elements<Element: ItemReply<Key: Names<K>>>,
        S: Clone,
    {
        self.list::<L>(list, Some(&Verdict::Unprocessed), |element, path, _| match element.status() {
            Some(status) if status.is_done() => contradicts(path, Role::Unprocessed, status),
            _ => Verdict::Unprocessed,
        });
    }

    /// A list whose elements judge themselves.
    pub fn each_list<L>(&mut self, list: Option<Field<'_>>)
    where
        L: Elements<Element: JudgesItself + ItemReply<Key: Names<K>, Success: Carries<S>, Failure: FailsAs<F>>>,
        S: Clone,
    {
        let name = list.map_or("", |list| list.name);
        self.list::<L>(list, None, |element, path, carried| judged(element, name, path, carried));
    }

    /// The body is one list whose elements judge themselves.
    pub fn each_in_body<L>(&mut self, raw: &RawValue)
    where
        L: Elements<Element: JudgesItself + ItemReply<Key: Names<K>, Success: Carries<S>, Failure: FailsAs<F>>>,
        S: Clone,
    {
        self.each_list::<L>(Some(Field { name: "", raw }));
    }

    /// Each line of the body is an element that judges itself.
    pub fn each_line<E>(&mut self, lines: &[&RawValue])
    where
        E: JudgesItself + ItemReply<Key: Names<K>, Success: Carries<S>, Failure: FailsAs<F>>,
        S: Clone,
    {
        for (number, raw) in lines.iter().enumerate() {
            let place = Place { list: "", position: number };
            self.element(raw, &place, self.names, None, &|element: E, path, carried| {
                judged(element, "", path, carried)
            });
        }
        self.count_positions::<E>("", lines.len());
    }

    /// Says each element of a list. `bare` is the verdict on an element that is a bare key, where that needs no
    /// decoding; `verdict` the one on a decoded element, given where it stands.
    fn list<L>(
        &mut self,
        list: Option<Field<'_>>,
        bare: Option<&Verdict>,
        verdict: impl Fn(L::Element, &dyn Fn() -> String, &mut Carried<S, F>) -> Verdict,
    ) where
        L: Elements<Element: ItemReply<Key: Names<K>>>,
        S: Clone,
    {
        let Some(Field { name, raw }) = list else { return };
        let by = <L::Element as ItemReply>::SHAPE.by;
        let in_group = InGroup(self.names, name);
        let names = if self.names.group_len(name).is_some() { &in_group } else { self.names };
        let mut count = 0;
        let mut each = |raw: &RawValue| {
            let place = Place { list: name, position: count };
            count += 1;
            if L::NULLABLE && raw.get() == "null" {
                let slot = names.find_position(None, place.position).filter(|_| by == By::Position);
                return match slot {
                    Some(slot) => self.lines.push(Line { slot, placed: true, verdict: Verdict::Unprocessed }),
                    None => self.faults.foreign.push("null".to_owned()),
                };
            }
            self.element(raw, &place, names, bare, &verdict);
        };
        let mut json = serde_json::Deserializer::from_str(raw.get());
        let read = match by {
            By::Entry => json.deserialize_map(EachEntry(&mut each)),
            _ => json.deserialize_seq(EachElement(&mut each)),
        };
        if let Err(error) = read {
            self.fault(name, error);
        }
        self.count_positions::<L::Element>(name, count);
    }

    /// So many elements of a list were told by position.
    fn count_positions<E: ItemReply>(&mut self, list: &str, count: usize) {
        if E::SHAPE.by == By::Position {
            self.faults.count_positions(list, count, self.names.len(), self.names.group_len(list));
        }
    }

    fn element<E>(
        &mut self,
        raw: &RawValue,
        place: &Place,
        names: &dyn Directory<K>,
        bare: Option<&Verdict>,
        verdict: &impl Fn(E, &dyn Fn() -> String, &mut Carried<S, F>) -> Verdict,
    ) where
        E: ItemReply<Key: Names<K>>,
        S: Clone,
    {
        let near = self.lines.len();
        let by = E::SHAPE.by;
        if by == By::Itself
            && let Some(verdict) = bare
            && let Some(slot) = E::Key::find_raw(raw.get(), names, near)
        {
            return self.lines.push(Line { slot, placed: false, verdict: verdict.clone() });
        }
        let here = self.pointer(place.list);
        let path = || place.path(&here, raw, by);
        if !may_be_read(raw, by, E::FROM_ARRAY) {
            let misfit = Misfit::new(path(), "the element is no object");
            return self.misfit_element::<E>(raw, names, misfit);
        }
        let element = match serde_json::from_str::<E>(raw.get()) {
            Ok(element) => element,
            Err(error) => return self.misfit_element::<E>(raw, names, Misfit::new(path(), error)),
        };
        let address = element.address();
        let placed = matches!(address, Address::Position);
        let slot = match address {
            Address::Position => names.find_position(None, place.position),
            Address::Key(key) => key.find(names, near),
            Address::Keys([]) => {
                return self.faults.misfits.push(Misfit::new(path(), "the element names no item"));
            }
            Address::Keys(keys) => {
                let mut found = Vec::with_capacity(keys.len());
                for key in keys {
                    found.push(key.find(names, near).ok_or_else(|| json(key)));
                }
                let verdict = verdict(element, &path, &mut self.carried);
                return self.element_of_many(found, &verdict);
            }
        };
        match slot {
            Some(slot) => {
                let verdict = verdict(element, &path, &mut self.carried);
                self.lines.push(Line { slot, placed, verdict });
            }
            None => self.faults.foreign.push(element_name(raw, &E::SHAPE)),
        }
    }

    /// An element that speaks of several items.
    fn element_of_many(&mut self, found: Vec<Result<usize, String>>, verdict: &Verdict)
    where
        S: Clone,
    {
        for found in found {
            match found {
                Ok(slot) => {
                    let verdict = self.carried.again(verdict);
                    self.lines.push(Line { slot, placed: false, verdict });
                }
                Err(foreign) => self.faults.foreign.push(foreign),
            }
        }
    }

    /// An element that does not decode may still name its item.
    fn misfit_element<E: ItemReply<Key: Names<K>>>(
        &mut self,
        raw: &RawValue,
        names: &dyn Directory<K>,
        misfit: Misfit,
    ) {
        let key = match (E::SHAPE.by, E::SHAPE.key) {
            (By::Fields, [field]) => raw_field(raw, field),
            (By::Entry, _) => entry_key(raw),
            _ => None,
        };
        let named = key.and_then(|key| E::Key::find_raw(key.get(), names, self.lines.len()));
        match named {
            Some(slot) => self.lines.push(Line { slot, placed: false, verdict: Verdict::Misfit(misfit) }),
            None => self.faults.misfits.push(misfit),
        }
    }
}

/// What an element says that judges itself.
fn judged<E, S, F>(element: E, list: &'static str, path: &dyn Fn() -> String, carried: &mut Carried<S, F>) -> Verdict
where
    E: ItemReply<Success: Carries<S>, Failure: FailsAs<F>>,
{
    match element.status() {
        Some(status) if status.is_done() => carried.done(status.is_accepted(), element.into_success().carry()),
        Some(ItemStatus::Unprocessed) => Verdict::Unprocessed,
        Some(ItemStatus::Pending) => Verdict::Pending,
        Some(_) => Verdict::Failed(carried.fail(FailsAs::fails_as(Arc::new(element.into_failure(list))))),
        None => {
            let code = element.code().map_or_else(String::new, |code| format!(": {code}"));
            let reason = format_args!("the element does not say whether its item is done{code}");
            Verdict::Misfit(Misfit::new(path(), reason))
        }
    }
}

/// An element that stands in a list of one role, and says another of itself.
fn contradicts(path: &dyn Fn() -> String, role: Role, status: ItemStatus) -> Verdict {
    let (stands, says) = match (role, status) {
        (Role::Failed, _) => ("failed", "done".to_owned()),
        (Role::Unprocessed, _) => ("unprocessed", "done".to_owned()),
        (_, ItemStatus::Http(status)) => ("done", status.to_string()),
        (_, ItemStatus::Pending) => ("done", "not decided yet".to_owned()),
        (_, ItemStatus::Unprocessed) => ("done", "unprocessed".to_owned()),
        _ => ("done", "failed".to_owned()),
    };
    Verdict::Contradictory(format!("the answer lists it as {stands}, and its element at {} says: {says}", path()))
}

/// Whether serde would read what was declared: it takes an array for the fields of a struct in their order, which nobody declared.
fn may_be_read(raw: &RawValue, by: By, from_array: bool) -> bool {
    match by {
        By::Fields => raw.get().starts_with('{'),
        _ if from_array => true,
        By::Entry => entry_value(raw).is_none_or(|value| !value.get().starts_with('[')),
        _ => !raw.get().starts_with('['),
    }
}

/// Where an element stands.
struct Place {
    list: &'static str,
    position: usize,
}

impl Place {
    /// Its JSON pointer, the list's being `list`.
    fn path(&self, list: &str, raw: &RawValue, by: By) -> String {
        match by {
            By::Entry => {
                let key = entry_key(raw).and_then(|key| serde_json::from_str::<String>(key.get()).ok());
                let key = shorten(&key.unwrap_or_default(), NAME);
                format!("{list}/{}", key.replace('~', "~0").replace('/', "~1"))
            }
            _ => format!("{list}/{}", self.position),
        }
    }
}
