//! Lists: each element becomes an entry.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::super::collector::Collector;
use super::super::decode_error::DecodeError;
use super::super::detail::Detail;
use super::super::element::{Address, ElementList, HasVerdict, ItemReply};
use super::super::failure::IntoFailure;
use super::super::json::{read, read_element};
use super::super::key::MatchesKey;
use super::super::key_index::KeyIndex;
use super::super::response::Field;
use super::super::shape::{KeySource, Role};
use super::super::success::IntoSuccess;
use super::super::verdict::Verdict;
use super::finding::{Carried, Entry, EntryFinding, Finding};
use super::raw::{Elements, NAME, each_member, element_name, entry_key, entry_value, json, raw_field};
use super::views::GroupKeys;
use crate::text::shorten;
use crate::uncertainty_kind::UncertaintyKind;

impl<K, S, F> Collector<'_, K, S, F> {
    /// Reads a list of items that are done: `{"done": ["a", {"id": "b"}]}`. Under the HTTP status 202 they are accepted.
    ///
    /// An element whose own verdict is not a success leaves its item uncertain.
    pub fn succeeded_list<L>(&mut self, list: Option<Field<'_>>)
    where
        L: ElementList<Element: ItemReply<Key: MatchesKey<K>, Success: IntoSuccess<S>>>,
        S: Clone,
    {
        self.done_list::<L>(list, Role::Succeeded, self.status == 202);
    }

    /// Reads a list of items that are accepted, and whose final result the vendor does not report: `{"queued": ["a", {"id": "b"}]}`.
    ///
    /// An element whose own verdict is not a success leaves its item uncertain.
    pub fn accepted_list<L>(&mut self, list: Option<Field<'_>>)
    where
        L: ElementList<Element: ItemReply<Key: MatchesKey<K>, Success: IntoSuccess<S>>>,
        S: Clone,
    {
        self.done_list::<L>(list, Role::Accepted, true);
    }

    fn done_list<L>(&mut self, list: Option<Field<'_>>, role: Role, accepted: bool)
    where
        L: ElementList<Element: ItemReply<Key: MatchesKey<K>, Success: IntoSuccess<S>>>,
        S: Clone,
    {
        let bare = Some(&Finding::Succeeded { accepted, status: None, body: None });
        self.list::<L>(list, bare, |element, path, carried| match element.verdict() {
            Some(verdict) if !verdict.is_done() => contradicts(path, role, verdict),
            verdict => {
                let accepted = accepted || verdict.is_some_and(Verdict::is_accepted);
                carried.success(accepted, verdict.and_then(Verdict::http), element.into_success().into_success_body())
            }
        });
    }

    /// Reads a list of items that failed: `{"errors": [{"id": "a", "message": "gone"}]}`.
    ///
    /// An element whose own verdict is a success leaves its item uncertain.
    pub fn failed_list<L>(&mut self, list: Option<Field<'_>>)
    where
        L: ElementList<Element: ItemReply<Key: MatchesKey<K>, Failure: IntoFailure<F>>>,
        S: Clone,
    {
        let name = list.map_or("", |list| list.name);
        self.list::<L>(list, None, |element, path, carried| match element.verdict() {
            Some(verdict) if verdict.is_done() => contradicts(path, Role::Failed, verdict),
            // The place is the verdict: `{"failed": [{"id": "a"}]}` needs no status in the element.
            _ => Finding::Failed(carried.fail(IntoFailure::convert_failure(Arc::new(element.into_failure(name))))),
        });
    }

    /// Reads a list of items that the server handed back: `{"unprocessed": ["a"]}`.
    ///
    /// An element whose own verdict is a success leaves its item uncertain.
    pub fn unprocessed_list<L>(&mut self, list: Option<Field<'_>>)
    where
        L: ElementList<Element: ItemReply<Key: MatchesKey<K>>>,
        S: Clone,
    {
        self.list::<L>(list, Some(&Finding::Unprocessed), |element, path, _| match element.verdict() {
            Some(verdict) if verdict.is_done() => contradicts(path, Role::Unprocessed, verdict),
            _ => Finding::Unprocessed,
        });
    }

    /// Reads a list whose elements have their own verdicts: `{"results": [{"id": "a", "status": 404}]}`.
    ///
    /// An element without a verdict leaves its item uncertain.
    pub fn results_list<L>(&mut self, list: Option<Field<'_>>)
    where
        L: ElementList<
            Element: HasVerdict + ItemReply<Key: MatchesKey<K>, Success: IntoSuccess<S>, Failure: IntoFailure<F>>,
        >,
        S: Clone,
    {
        let name = list.map_or("", |list| list.name);
        self.list::<L>(list, None, |element, path, carried| own_finding(element, name, path, carried));
    }

    /// Reads a body that is one list whose elements have their own verdicts: `[{"id": "a", "status": 404}]`.
    pub fn results_in_body<L>(&mut self, raw: &RawValue)
    where
        L: ElementList<
            Element: HasVerdict + ItemReply<Key: MatchesKey<K>, Success: IntoSuccess<S>, Failure: IntoFailure<F>>,
        >,
        S: Clone,
    {
        self.results_list::<L>(Some(Field { name: "", raw }));
    }

    /// Reads NDJSON lines ([`RawResponse::lines`](crate::reply::RawResponse::lines)), each an element with its own verdict.
    pub fn result_lines<E>(&mut self, lines: &[&RawValue])
    where
        E: HasVerdict + ItemReply<Key: MatchesKey<K>, Success: IntoSuccess<S>, Failure: IntoFailure<F>>,
        S: Clone,
    {
        for (number, raw) in lines.iter().enumerate() {
            if self.count_element().is_err() {
                break;
            }
            let place = ElementPosition { list: "", position: number, is_single: false };
            self.element(raw, &place, self.keys, None, &|element: E, path, carried| {
                own_finding(element, "", path, carried)
            });
        }
        self.count_positions::<E>("", lines.len());
    }

    /// Adds an entry for each element of a list.
    ///
    /// `bare` is the finding of an element that is a bare key: it needs no decoding. `finding` makes the finding of a decoded element; it
    /// gets the JSON pointer of the element, for messages.
    fn list<L>(
        &mut self,
        list: Option<Field<'_>>,
        bare: Option<&EntryFinding>,
        finding: impl Fn(L::Element, &dyn Fn() -> String, &mut Carried<S, F>) -> EntryFinding,
    ) where
        L: ElementList<Element: ItemReply<Key: MatchesKey<K>>>,
        S: Clone,
    {
        let Some(Field { name, raw }) = list else { return };
        let source = <L::Element as ItemReply>::SHAPE.key_source;
        let in_group = GroupKeys(self.keys, name);
        let keys = if self.keys.group_len(name).is_some() { &in_group } else { self.keys };
        if let (KeySource::Itself, Some(finding)) = (source, bare)
            && <L::Element as ItemReply>::Key::sent(keys, 0).is_some()
            && self.repeated == Some(raw.get().as_ptr().addr())
        {
            self.repeated = None;
            // No more elements than there are items.
            for slot in 0..keys.len() {
                self.push_entry(slot, false, finding.clone());
            }
            return;
        }
        let mut place = ElementPosition { list: name, position: 0, is_single: L::SHAPE.is_single };
        let read = match source {
            _ if place.is_single => self.list_element::<L>(raw, &mut place, keys, bare, &finding),
            KeySource::Member | KeySource::Code => {
                each_member(raw, &mut |raw| self.list_element::<L>(raw, &mut place, keys, bare, &finding))
            }
            _ => self.list_elements::<L>(raw, &mut place, keys, bare, &finding),
        };
        if let Err(error) = read {
            self.faults.hides_items |= raw.get().starts_with(['{', '[']);
            self.fault(name, error);
        }
        self.count_positions::<L::Element>(name, place.position);
    }

    /// Adds the entries of the elements of an array.
    fn list_elements<L>(
        &mut self,
        raw: &RawValue,
        place: &mut ElementPosition,
        keys: &dyn KeyIndex<K>,
        bare: Option<&EntryFinding>,
        finding: &impl Fn(L::Element, &dyn Fn() -> String, &mut Carried<S, F>) -> EntryFinding,
    ) -> Result<(), serde_json::Error>
    where
        L: ElementList<Element: ItemReply<Key: MatchesKey<K>>>,
        S: Clone,
    {
        let mut elements = Elements::of(raw)?;
        loop {
            if self.take_next_key::<L::Element>(&mut elements, keys, bare)? {
                place.position += 1;
            } else if let Some(raw) = elements.next() {
                self.list_element::<L>(raw?, place, keys, bare, finding)?;
            } else {
                return Ok(());
            }
        }
    }

    /// Takes the next element if it is the key of the next item, with the bytes that were sent: `["a", "b"]` in the order of the request. It is
    /// not read then.
    fn take_next_key<E>(
        &mut self,
        elements: &mut Elements<'_>,
        keys: &dyn KeyIndex<K>,
        bare: Option<&EntryFinding>,
    ) -> Result<bool, serde_json::Error>
    where
        E: ItemReply<Key: MatchesKey<K>>,
    {
        // Plain matches, here and below: this is compiled for each type of an element.
        if let (KeySource::Itself, Some(finding)) = (E::SHAPE.key_source, bare)
            && let Some(sent) = E::Key::sent(keys, self.next_slot)
            && elements.skip(sent)
        {
            self.count_next()?;
            self.push_entry(self.next_slot, false, finding.clone());
            return Ok(true);
        }
        Ok(false)
    }

    /// Adds the entry, or entries, of one element of a list. `place` is that of the next one then.
    fn list_element<L>(
        &mut self,
        raw: &RawValue,
        place: &mut ElementPosition,
        keys: &dyn KeyIndex<K>,
        bare: Option<&EntryFinding>,
        finding: &impl Fn(L::Element, &dyn Fn() -> String, &mut Carried<S, F>) -> EntryFinding,
    ) -> Result<(), serde_json::Error>
    where
        L: ElementList<Element: ItemReply<Key: MatchesKey<K>>>,
        S: Clone,
    {
        self.count_next()?;
        if L::NULLABLE && raw.get() == "null" {
            // `[{"ok": true}, null]`: a `null` can name its item only by position. Among keyed elements it is about an unknown item.
            let is_positional = <L::Element as ItemReply>::SHAPE.key_source == KeySource::Position;
            match keys.find_position(None, place.position) {
                Some(slot) if is_positional => self.push_entry(slot, true, Finding::Unprocessed),
                _ => self.faults.foreign("null".to_owned(), false),
            }
        } else {
            self.element(raw, place, keys, bare, finding);
        }
        place.position += 1;
        Ok(())
    }

    /// Adds an entry. Responses usually keep the order of the request: the next one is about the next slot.
    pub(super) fn push_entry(&mut self, slot: usize, positional: bool, finding: EntryFinding) {
        self.next_slot = slot + 1;
        self.entries.push(Entry { slot, positional, finding });
    }

    /// Counts the elements of a list that names items by position.
    fn count_positions<E: ItemReply>(&mut self, list: &str, count: usize) {
        if E::SHAPE.key_source == KeySource::Position {
            self.faults.count_positions(list, count, self.keys.len(), self.keys.group_len(list));
        }
    }

    /// Adds the entry, or entries, of one element.
    fn element<E>(
        &mut self,
        raw: &RawValue,
        place: &ElementPosition,
        keys: &dyn KeyIndex<K>,
        bare: Option<&EntryFinding>,
        finding: &impl Fn(E, &dyn Fn() -> String, &mut Carried<S, F>) -> EntryFinding,
    ) where
        E: ItemReply<Key: MatchesKey<K>>,
        S: Clone,
    {
        let near = self.next_slot;
        let source = E::SHAPE.key_source;
        // `["a", "b"]`: a bare key has no verdict of its own, and is looked up without being decoded.
        if source == KeySource::Itself
            && let Some(finding) = bare
            && let Some(slot) = E::Key::find_raw(raw.get(), keys, near)
        {
            return self.push_entry(slot, false, finding.clone());
        }
        let here = self.pointer(place.list);
        let path = || place.path(&here, raw, source);
        if !may_be_read(raw, source, E::FROM_ARRAY) {
            let error = DecodeError::new(path(), "expected a JSON object");
            return self.push_bad_element::<E>(raw, keys, error);
        }
        let (element, other) = match read_element::<E>(raw.get()) {
            Ok(read) => read,
            Err(error) => return self.push_bad_element::<E>(raw, keys, DecodeError::new(path(), error)),
        };
        // `{"input_array": "events", "index": 0}`: the position is one of the group.
        // Constant conditions, here and below: what an element does not need is not compiled for it.
        let group = if const { E::SHAPE.group.is_some() } { element.in_group() } else { None };
        let in_group = GroupKeys(self.keys, group.as_deref().unwrap_or_default());
        let keys = if group.is_some() { &in_group as &dyn KeyIndex<K> } else { keys };
        // `{"id": "a\ud83d"}`: a damaged key differs between the two readings, and names no item.
        let find = |key: &E::Key, index: usize| {
            let slot = key.find(keys, near);
            match &other {
                Some(other) => match nth_key(other, index) {
                    Some(key) if key.find(keys, near) == slot => slot,
                    _ => None,
                },
                None => slot,
            }
        };
        let address = element.address();
        let positional = matches!(address, Address::Position);
        let slot = match address {
            Address::Position => keys.find_position(None, place.position),
            Address::Key(key) => find(&key, 0),
            // `{"tooNewFrom": 8}`: all items from there on.
            Address::Range { start, end } if const { E::SHAPE.is_range() } => {
                let found = positions_between(start, end, keys.len(), &|at| keys.find_position(None, at));
                let finding = finding(element, &path, &mut self.carried);
                return self.push_many(found, &finding);
            }
            // `{"not_found": [], "forbidden": ["a"]}`: no item has this code.
            Address::Keys([]) if source == KeySource::Code => return,
            // `{"ids": [], "message": "gone"}`: an error that may be about any item.
            Address::Keys([]) | Address::Range { .. } => {
                return self.faults.bad_elements.push(DecodeError::new(path(), "the element names no item"));
            }
            Address::Keys(named) => {
                let mut found = Vec::with_capacity(named.len());
                for (index, key) in named.iter().enumerate() {
                    if self.count_element().is_err() {
                        break;
                    }
                    found.push(match find(key, index) {
                        Some(slot) => Ok(slot),
                        None => Err(json(key)),
                    });
                }
                let finding = finding(element, &path, &mut self.carried);
                return self.push_many(found, &finding);
            }
        };
        match slot {
            Some(slot) => {
                let finding = finding(element, &path, &mut self.carried);
                self.push_entry(slot, positional, finding);
            }
            // `{"id": "zzz", "error": "gone"}`: another spelling of a key that was sent is possible, but guessing would blame an item.
            None => {
                let is_known = self.faults.has_foreign_failure;
                let is_done = !is_known && finding(element, &path, &mut self.carried).is_done();
                self.faults.foreign(element_name(raw, &E::SHAPE), is_done);
            }
        }
    }

    /// Adds an entry for each item of an element with several keys: `{"ids": ["a", "b"], "message": "gone"}`.
    fn push_many(&mut self, found: Vec<Result<usize, String>>, finding: &EntryFinding)
    where
        S: Clone,
    {
        for found in found {
            match found {
                Ok(slot) => {
                    let finding = self.carried.duplicate(finding);
                    self.push_entry(slot, false, finding);
                }
                Err(foreign) => self.faults.foreign(foreign, finding.is_done()),
            }
        }
    }

    /// Adds an element that cannot be decoded. If its key can be read, only that item is uncertain.
    ///
    /// `{"id": "a", "status": "???"}` is about `a` for sure. Composite keys are not tried: a part of a key may name another item.
    fn push_bad_element<E: ItemReply<Key: MatchesKey<K>>>(
        &mut self,
        raw: &RawValue,
        keys: &dyn KeyIndex<K>,
        error: DecodeError,
    ) {
        let key = match (E::SHAPE.key_source, E::SHAPE.key) {
            (KeySource::Fields, [field]) => raw_field(raw, field),
            (KeySource::Member, _) => entry_key(raw),
            _ => None,
        };
        let named = match key {
            Some(key) => E::Key::find_raw(key.get(), keys, self.next_slot),
            None => None,
        };
        match named {
            Some(slot) => self.push_entry(slot, false, bad_element(&error)),
            None => self.faults.bad_elements.push(error),
        }
    }
}

/// The key of an element, or of its keys the one at `index`.
fn nth_key<E: ItemReply>(element: &E, index: usize) -> Option<Cow<'_, E::Key>> {
    match element.address() {
        Address::Key(key) => Some(key),
        Address::Keys(keys) => keys.get(index).map(Cow::Borrowed),
        Address::Position | Address::Range { .. } => None,
    }
}

/// The slots at the positions from `start` on, or to the one before `end`. A position that the request does not have is an error.
fn positions_between(
    start: usize,
    end: Option<usize>,
    len: usize,
    find: &dyn Fn(usize) -> Option<usize>,
) -> Vec<Result<usize, String>> {
    let end = end.unwrap_or(len.max(start));
    let foreign = |position: usize| format!("the position {position}");
    let here = (start..end.min(len)).map(|at| find(at).ok_or_else(|| foreign(at)));
    let beyond = start.max(end);
    here.chain((beyond > len).then(|| Err(foreign(beyond - 1)))).collect()
}

/// The finding of an element that carries its own verdict.
fn own_finding<E, S, F>(
    element: E,
    list: &'static str,
    path: &dyn Fn() -> String,
    carried: &mut Carried<S, F>,
) -> EntryFinding
where
    E: ItemReply<Success: IntoSuccess<S>, Failure: IntoFailure<F>>,
{
    match element.verdict() {
        Some(verdict) if verdict.is_done() => {
            carried.success(verdict.is_accepted(), verdict.http(), element.into_success().into_success_body())
        }
        Some(Verdict::Unprocessed) => Finding::Unprocessed,
        // `{"id": "a", "status": "running"}` has no result. If no job reports one later, the item is uncertain.
        Some(Verdict::Pending) => {
            Finding::Unknown(UncertaintyKind::Pending, "the response reports it as pending".to_owned())
        }
        Some(_) => Finding::Failed(carried.fail(IntoFailure::convert_failure(Arc::new(element.into_failure(list))))),
        // `{"id": "a"}`: the item is named, so only its own result is uncertain.
        None => {
            let code = element.code().map_or_else(String::new, |code| format!(": {code}"));
            let reason = format_args!("the element does not say whether its item succeeded{code}");
            bad_element(&DecodeError::new(path(), reason))
        }
    }
}

/// The finding of an element that names its item and cannot be decoded.
fn bad_element(error: &DecodeError) -> EntryFinding {
    Finding::Unknown(UncertaintyKind::BadElement, error.to_string())
}

/// The finding of an element in a list of one role that says another: `{"failed": [{"id": "a", "status": 200}]}`.
fn contradicts(path: &dyn Fn() -> String, role: Role, verdict: Verdict) -> EntryFinding {
    let listed = match role {
        Role::Failed => "failed",
        Role::Unprocessed => "unprocessed",
        Role::Accepted => "accepted",
        Role::Succeeded | Role::Results => "done",
    };
    let own = match (role, verdict) {
        (Role::Failed | Role::Unprocessed, _) => "done".to_owned(),
        (_, Verdict::Http(status)) => status.to_string(),
        (_, Verdict::Pending) => "pending".to_owned(),
        (_, Verdict::Unprocessed) => "unprocessed".to_owned(),
        (_, Verdict::Failed | Verdict::Succeeded | Verdict::Accepted) => "failed".to_owned(),
    };
    let detail = format!("the response lists it as {listed}, but its element at {} has the status {own}", path());
    Finding::Unknown(UncertaintyKind::Contradictory, detail)
}

/// Returns whether the element may be decoded.
///
/// serde also reads a struct from an array of its fields in their order: `["a", 404]` for `{"id": "a", "status": 404}`. No declaration
/// means that, so such an element is rejected.
fn may_be_read(raw: &RawValue, source: KeySource, from_array: bool) -> bool {
    match source {
        KeySource::Fields => raw.get().starts_with('{'),
        _ if from_array => true,
        KeySource::Member => entry_value(raw).is_none_or(|value| !value.get().starts_with('[')),
        _ => !raw.get().starts_with('['),
    }
}

/// The place of an element: the name of its list, and its position there.
struct ElementPosition {
    list: &'static str,
    position: usize,
    /// It is in place of the list.
    is_single: bool,
}

impl ElementPosition {
    /// Returns the JSON pointer of the element; `list` is the pointer of the list.
    fn path(&self, list: &str, raw: &RawValue, source: KeySource) -> String {
        match source {
            _ if self.is_single => list.to_owned(),
            KeySource::Member | KeySource::Code => {
                let key = entry_key(raw).and_then(|key| read::<String>(key.get()).ok());
                let key = shorten(&key.unwrap_or_default(), NAME);
                format!("{list}/{}", key.replace('~', "~0").replace('/', "~1"))
            }
            _ => format!("{list}/{}", self.position),
        }
    }
}
