//! Where a reply says its lines, and where an address becomes a slot of the batch.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::{DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::{RawValue, to_raw_value};

use super::{Answer, Field, Fields, Handle, Misfit};
use crate::reply::{
    Address, By, Carries, Detail, ElementShape, Elements, FailsAs, ItemReply, ItemStatus, JudgesItself, Names, Nested,
    Reply, Role, Silence, Status, Text,
};
use crate::text::{counted, key_text, said, shorten};

/// What an answer's lines are said to.
///
/// Say every line as it stands in the answer, in its order. Never leave one out because it looks wrong: what is
/// missing, foreign, repeated or contradictory is judged afterwards, for all replies alike.
pub struct Says<'b, K, S, F> {
    names: &'b dyn Directory<K>,
    /// The HTTP status of the answer.
    status: u16,
    /// Where in the body the present part stands, as a JSON pointer.
    path: String,
    silence: Silence,
    /// The failure of an item that is not named, where that means that it was not done.
    pub(crate) silent: Option<Arc<F>>,
    pub(crate) lines: Vec<Line>,
    pub(crate) carried: Carried<S, F>,
    pub(crate) faults: Faults,
    pub(crate) whole: Whole,
}

/// What one line says, and of whom.
#[derive(Debug)]
pub(crate) struct Line {
    /// The slot in the batch; of a line that is told by its position, that position.
    pub(crate) slot: usize,
    /// Its position is what tells of which item it speaks.
    pub(crate) placed: bool,
    pub(crate) verdict: Verdict,
}

/// What a line says of its item. Bodies and failures are in [`Carried`], so that verdicts are of one type for all replies.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    Succeeded {
        accepted: bool,
        body: Option<BodyId>,
    },
    Failed(FailureId),
    Unprocessed,
    /// Not decided yet.
    Pending,
    /// It says that it is done and that it is not: why.
    Contradictory(String),
    /// The element names the item, and does not fit.
    Misfit(Misfit),
}

/// A body in [`Carried`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyId(usize);

/// A failure in [`Carried`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailureId(usize);

/// What the lines of an answer carry.
#[derive(Debug)]
pub(crate) struct Carried<S, F> {
    bodies: Vec<Option<S>>,
    failures: Vec<Arc<F>>,
}

impl<S, F> Carried<S, F> {
    /// A verdict with this body.
    fn done(&mut self, accepted: bool, body: Option<S>) -> Verdict {
        let body = body.map(|body| {
            self.bodies.push(Some(body));
            BodyId(self.bodies.len() - 1)
        });
        Verdict::Succeeded { accepted, body }
    }

    /// Takes a failure in.
    pub(crate) fn fail(&mut self, failure: Arc<F>) -> FailureId {
        self.failures.push(failure);
        FailureId(self.failures.len() - 1)
    }

    /// The body, for the one line that has it.
    pub(crate) fn body(&mut self, id: BodyId) -> Option<S> {
        self.bodies[id.0].take()
    }

    /// The failure.
    pub(crate) fn failure(&self, id: FailureId) -> &Arc<F> {
        &self.failures[id.0]
    }

    /// The same verdict on one more item.
    fn again(&mut self, verdict: &Verdict) -> Verdict
    where
        S: Clone,
    {
        match verdict {
            Verdict::Succeeded { accepted, body: Some(body) } => {
                let body = self.bodies[body.0].clone();
                self.done(*accepted, body)
            }
            other => other.clone(),
        }
    }
}

impl Verdict {
    /// The role of a list in which it would stand.
    pub(crate) fn role(&self) -> Option<Role> {
        match self {
            Verdict::Succeeded { .. } => Some(Role::Succeeded),
            Verdict::Failed(_) => Some(Role::Failed),
            Verdict::Unprocessed => Some(Role::Unprocessed),
            Verdict::Pending | Verdict::Contradictory(_) | Verdict::Misfit(_) => None,
        }
    }

    /// It says that the item is done.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Verdict::Succeeded { .. })
    }

    /// As it is once what it carries stands behind so many bodies and failures.
    fn behind(self, bodies: usize, failures: usize) -> Self {
        match self {
            Verdict::Succeeded { accepted, body } => {
                Verdict::Succeeded { accepted, body: body.map(|body| BodyId(body.0 + bodies)) }
            }
            Verdict::Failed(failure) => Verdict::Failed(FailureId(failure.0 + failures)),
            other => other,
        }
    }
}

/// What the answer says of itself.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    pub(crate) status: Option<ItemStatus>,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    /// The handle of the job that will tell.
    pub(crate) job: Option<Handle>,
    /// One part says that it was not done, and another that it was, or will be.
    pub(crate) disagrees: bool,
    /// Whether the parts so far say that it was not done.
    refused: Option<bool>,
}

/// What is at fault in an answer beside its lines. Any of it makes silence worthless.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Keys that no item of the batch has.
    pub(crate) foreign: First<String>,
    /// Elements that do not fit and name nobody.
    pub(crate) misfits: First<Misfit>,
    /// A required field that is not there, a count that differs.
    pub(crate) shape: Option<Misfit>,
    /// Lines told by position.
    pub(crate) positions: Option<Positions>,
}

/// Lines told by position: of how many items they speak, and how many there are.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    pub(crate) told: usize,
    pub(crate) items: usize,
    /// What is wrong with the list of a group.
    pub(crate) group: Option<String>,
}

/// The first of several, and how many there are: an answer may have a million.
#[derive(Debug)]
pub(crate) struct First<T> {
    first: Option<T>,
    count: usize,
}

impl<T> Default for First<T> {
    fn default() -> Self {
        First { first: None, count: 0 }
    }
}

impl<T> First<T> {
    fn push(&mut self, one: T) {
        self.first.get_or_insert(one);
        self.count += 1;
    }

    fn absorb(&mut self, others: Self) {
        self.first = self.first.take().or(others.first);
        self.count += others.count;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl Faults {
    /// One sentence on the first fault; `None` where there is none.
    pub(crate) fn describe(&self) -> Option<String> {
        if let Some(misfit) = self.shape.as_ref().or(self.misfits.first.as_ref()) {
            return Some(misfit.to_string());
        }
        let key = self.foreign.first.as_ref()?;
        Some(match self.foreign.count {
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
    /// The slot of the item at this place of the request, or of one of its groups. A request of groups has no other places.
    fn find_position(&self, group: Option<&str>, position: usize) -> Option<usize> {
        Some(position).filter(|position| group.is_none() && *position < self.len())
    }
    /// How many items a group of the request has; `None` where items stand in no groups.
    fn group_len(&self, _: &str) -> Option<usize> {
        None
    }
    /// The slot of the item with this index in the run's input.
    fn find_index(&self, _: usize) -> Option<usize> {
        None
    }
}

/// The keys of a batch, as elements with another kind of key name them.
pub(crate) struct Through<'b, K, N>(pub(crate) &'b dyn Directory<K>, pub(crate) PhantomData<fn() -> N>);

impl<K, N: Names<K>> Directory<N> for Through<'_, K, N> {
    fn find_raw(&self, raw: &str, near: usize) -> Option<usize> {
        N::find_raw(raw, self.0, near)
    }

    fn find_key(&self, key: &N, near: usize) -> Option<usize> {
        key.find(self.0, near)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn find_position(&self, group: Option<&str>, position: usize) -> Option<usize> {
        self.0.find_position(group, position)
    }

    fn group_len(&self, group: &str) -> Option<usize> {
        self.0.group_len(group)
    }

    fn find_index(&self, index: usize) -> Option<usize> {
        self.0.find_index(index)
    }
}

/// The keys of a batch, as the list of one of its groups names them: its places are the group's.
struct InGroup<'b, K>(&'b dyn Directory<K>, &'b str);

impl<K> Directory<K> for InGroup<'_, K> {
    fn find_raw(&self, raw: &str, near: usize) -> Option<usize> {
        self.0.find_raw(raw, near)
    }

    fn find_key(&self, key: &K, near: usize) -> Option<usize> {
        self.0.find_key(key, near)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn find_position(&self, group: Option<&str>, position: usize) -> Option<usize> {
        self.0.find_position(group.or(Some(self.1)), position)
    }

    fn find_index(&self, index: usize) -> Option<usize> {
        self.0.find_index(index)
    }
}

/// Which item a hand-written reply speaks of: `&key`, or its place in the request, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At<'k, K> {
    /// The item with this key.
    Key(&'k K),
    /// The item at this place of the request.
    Position(usize),
    /// The item at this place of a group of the request.
    InGroup(&'k str, usize),
}

impl<'k, K> From<&'k K> for At<'k, K> {
    fn from(key: &'k K) -> Self {
        At::Key(key)
    }
}

impl<K> From<usize> for At<'_, K> {
    fn from(position: usize) -> Self {
        At::Position(position)
    }
}

impl<'b, K, S, F> Says<'b, K, S, F> {
    pub(crate) fn new(names: &'b dyn Directory<K>, status: u16) -> Self {
        Says {
            names,
            status,
            path: String::new(),
            silence: Silence::Unsure,
            silent: None,
            lines: Vec::with_capacity(names.len()),
            carried: Carried { bodies: Vec::new(), failures: Vec::new() },
            faults: Faults::default(),
            whole: Whole::default(),
        }
    }

    /// This item is done.
    pub fn succeeded<'k>(&mut self, at: impl Into<At<'k, K>>, body: S)
    where
        K: serde::Serialize + 'k,
    {
        let verdict = self.carried.done(false, Some(body));
        self.line(at.into(), verdict);
    }

    /// This item is accepted, and the vendor says no more.
    pub fn accepted<'k>(&mut self, at: impl Into<At<'k, K>>, body: S)
    where
        K: serde::Serialize + 'k,
    {
        let verdict = self.carried.done(true, Some(body));
        self.line(at.into(), verdict);
    }

    /// This item is not done.
    pub fn failed<'k>(&mut self, at: impl Into<At<'k, K>>, failure: F)
    where
        K: serde::Serialize + 'k,
    {
        let failure = self.carried.fail(Arc::new(failure));
        self.line(at.into(), Verdict::Failed(failure));
    }

    /// This item is handed back unprocessed.
    pub fn unprocessed<'k>(&mut self, at: impl Into<At<'k, K>>)
    where
        K: serde::Serialize + 'k,
    {
        self.line(at.into(), Verdict::Unprocessed);
    }

    /// An element that does not fit, and names nobody.
    pub fn misfit(&mut self, misfit: Misfit) {
        self.faults.misfits.push(misfit);
    }

    /// The answer says that the whole request was refused, whatever its HTTP status.
    pub fn refused(&mut self, code: Option<String>, message: Option<String>) {
        self.whole.status = Some(ItemStatus::Failed);
        (self.whole.code, self.whole.message) = (code, message);
    }

    /// The items are being worked on by the job with this handle, which the declaration's `poll` asks for: in a body, by a string.
    pub fn pending(&mut self, job: impl Into<String>) {
        self.whole.status = Some(ItemStatus::Pending);
        self.whole.job = Some(Handle::from(job.into()));
    }

    /// What an item has failed with that the answer does not name, where its shape says that silence is failure.
    pub fn silence_is(&mut self, failure: impl FailsAs<F>) {
        self.silent = Some(FailsAs::fails_as(Arc::new(failure)));
    }

    /// The number of items in the request.
    #[allow(clippy::len_without_is_empty, reason = "a request is never empty")]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    fn line(&mut self, at: At<'_, K>, verdict: Verdict)
    where
        K: serde::Serialize,
    {
        let slot = match at {
            At::Key(key) => self.names.find_key(key, self.lines.len()),
            At::Position(position) => self.names.find_position(None, position),
            At::InGroup(group, position) => self.names.find_position(Some(group), position),
        };
        match (slot, at) {
            (Some(slot), _) => self.lines.push(Line { slot, placed: false, verdict }),
            (None, At::Key(key)) => self.faults.foreign.push(shorten(&key_text(key), NAME)),
            (None, At::Position(position)) => self.faults.foreign.push(format!("the position {position}")),
            (None, At::InGroup(group, position)) => {
                self.faults.foreign.push(format!("the position {position} of {}", shorten(group, NAME)));
            }
        }
    }

    /// Nothing was said of any item, of the request or of another.
    pub(crate) fn names_nobody(&self) -> bool {
        self.lines.is_empty() && self.faults.foreign.is_empty() && self.faults.misfits.is_empty()
    }

    /// A required field is missing: remembered as a fault of the answer.
    pub fn check(&mut self, fields: &Fields<'_>) {
        if fields.shape.silence != Silence::Unsure {
            self.silence = fields.shape.silence;
        }
        if let Some(name) = fields.missing() {
            self.fault(name, "the field is missing");
        }
    }

    fn fault(&mut self, field: &str, reason: impl fmt::Display) {
        self.faults.shape(Misfit::new(self.pointer(field), reason));
    }

    /// The JSON pointer of a field here; that of the present part for no name.
    fn pointer(&self, field: &str) -> String {
        if field.is_empty() { self.path.clone() } else { format!("{}/{field}", self.path) }
    }

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

    /// What is inside a field. A part that does not fit is a fault, and spoils no other.
    pub fn inside<N>(&mut self, field: Option<Field<'_>>, answer: &Answer<'_>)
    where
        N: Nested<Reply: Reply<Key: Names<K>, Success: Carries<S>, Failure: FailsAs<F>>>,
    {
        let Some(Field { name, raw }) = field else { return };
        let path = self.pointer(name);
        if !N::SEVERAL {
            match self.part::<N::Reply>(&answer.part(raw), path) {
                Ok(whole) => self.whole.absorb(whole),
                Err(misfit) => self.faults.shape(misfit),
            }
            return;
        }
        let parts = match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
            Ok(parts) => parts,
            Err(error) => return self.faults.shape(Misfit::new(path, error)),
        };
        for (index, raw) in parts.into_iter().enumerate() {
            let path = format!("{path}/{index}");
            // One of several parts does not speak for the answer.
            match self.part::<N::Reply>(&answer.part(raw), path.clone()) {
                Ok(whole) if whole.is_no() => self.faults.shape(Misfit::new(path, whole.no())),
                Ok(_) => {}
                Err(misfit) => self.faults.shape(misfit),
            }
        }
    }

    /// The body is a reply of its own.
    pub fn body<R>(&mut self, answer: &Answer<'_>) -> Result<(), Misfit>
    where
        R: Reply<Key: Names<K>, Success: Carries<S>, Failure: FailsAs<F>>,
    {
        let whole = self.part::<R>(answer, String::new())?;
        self.whole.absorb(whole);
        Ok(())
    }

    /// Says the lines of a part; what it says of itself is handed back.
    fn part<R>(&mut self, part: &Answer<'_>, path: String) -> Result<Whole, Misfit>
    where
        R: Reply<Key: Names<K>, Success: Carries<S>, Failure: FailsAs<F>>,
    {
        let names = Through(self.names, PhantomData);
        let mut says =
            Says::<R::Key, R::Success, R::Failure> { path, silence: self.silence, ..Says::new(&names, self.status) };
        let read = R::read(part, &mut says);
        let Says { path, lines, carried, faults, whole, silent, .. } = says;
        read.map_err(|misfit| Misfit { path: format!("{path}{}", misfit.path), ..misfit })?;
        let (bodies, failures) = (self.carried.bodies.len(), self.carried.failures.len());
        self.carried.bodies.extend(carried.bodies.into_iter().map(|body| body.and_then(Carries::carry)));
        self.carried.failures.extend(carried.failures.into_iter().map(FailsAs::fails_as));
        let behind = |line: Line| Line { verdict: line.verdict.behind(bodies, failures), ..line };
        self.lines.extend(lines.into_iter().map(behind));
        self.faults.absorb(faults);
        self.silent = self.silent.take().or(silent.map(FailsAs::fails_as));
        Ok(whole)
    }

    /// What the answer says of itself.
    pub fn status<T: Status + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        let Some(status) = self.told::<T>(field) else { return };
        self.whole.status = status.item_status();
        let word = status.word().map(Cow::into_owned);
        if self.whole.status.is_none()
            && let Some(field) = field
        {
            self.fault(field.name, format_args!("{} is no status that is known", word.as_deref().unwrap_or("it")));
        }
        self.whole.code = self.whole.code.take().or(word);
    }

    /// The error code of the whole answer.
    pub fn code<T: Text + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if let Some(code) = self.told::<T>(field) {
            self.whole.code = code.text().map(Cow::into_owned);
        }
    }

    /// The message of the whole answer.
    pub fn message<T: Text + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if let Some(message) = self.told::<T>(field) {
            self.whole.message = message.text().map(Cow::into_owned);
        }
    }

    /// The handle of the job that will tell.
    pub fn job<T: Text + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if let (Some(job), Some(field)) = (self.told::<T>(field), field) {
            self.whole.job = job.text().map(|text| Handle::read(text.into_owned(), field.raw));
        }
    }

    /// How many items of a role there are, as the answer counts them; one that it names twice is one. What is silent counts as what
    /// silence means.
    pub fn count(&mut self, role: Role, field: Option<Field<'_>>) {
        let Some(said) = self.told::<u64>(field) else { return };
        let told = count_items(&self.lines, Some(role));
        let silent = match (self.silence, role) {
            (Silence::Succeeded, Role::Succeeded) | (Silence::Failed, Role::Failed) => {
                self.names.len().saturating_sub(count_items(&self.lines, None))
            }
            _ => 0,
        };
        if said != (told + silent) as u64
            && let Some(field) = field
        {
            self.fault(field.name, format_args!("it counts {said}, and the answer has {}", told + silent));
        }
    }

    /// A field without a role, whose presence is to show the declared shape where silence means something: what is of another type
    /// does not.
    pub fn evidence<T: DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if self.silence != Silence::Unsure {
            self.told::<T>(field);
        }
    }

    /// The value of a field that tells something of the whole answer.
    fn told<T: DeserializeOwned>(&mut self, field: Option<Field<'_>>) -> Option<T> {
        let Field { name, raw } = field?;
        match serde_json::from_str(raw.get()) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(name, error);
                None
            }
        }
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

impl Whole {
    /// What a part says of itself, too. The worse counts: no yes takes a no back.
    fn absorb(&mut self, part: Whole) {
        let known = std::mem::take(self);
        let refused = part.status.map(|_| part.is_refusal());
        let differs = known.refused.is_some_and(|before| refused.is_some_and(|refused| refused != before));
        let (disagrees, refused) = (known.disagrees || part.disagrees || differs, known.refused.or(refused));
        let (worse, other) = if part.doubt() > known.doubt() { (part, known) } else { (known, part) };
        *self = Whole {
            disagrees,
            refused,
            status: worse.status.or(other.status),
            code: worse.code.or(other.code),
            message: worse.message.or(other.message),
            job: worse.job.or(other.job),
        };
    }

    /// How far it is from saying that all is done.
    fn doubt(&self) -> u8 {
        match self.status {
            None => 0,
            Some(status) if status.is_accepted() => 2,
            Some(status) if status.is_done() => 1,
            Some(ItemStatus::Pending) => 3,
            Some(ItemStatus::Unprocessed) => 4,
            Some(_) => 5,
        }
    }

    /// It says that it was not done, and will not be.
    fn is_refusal(&self) -> bool {
        self.is_no() && !matches!(self.status, Some(ItemStatus::Pending))
    }

    /// It says that it was not done, or not yet.
    pub(crate) fn is_no(&self) -> bool {
        self.status.is_some_and(|status| !status.is_done())
    }

    /// What it says then.
    pub(crate) fn no(&self) -> String {
        let what = self.code.iter().chain(&self.message).map(String::as_str).collect::<Vec<_>>().join(": ");
        let colon = if what.is_empty() { "" } else { ": " };
        format!("it says that the request was not done{colon}{}", said(&what))
    }
}

impl Faults {
    /// So many elements of a list speak of the items of the request, or of one of its groups, in their order.
    fn count_positions(&mut self, list: &str, count: usize, batch: usize, group: Option<usize>) {
        let positions = self.positions.get_or_insert_default();
        positions.told += count;
        positions.items = if group.is_some() { positions.items + count } else { batch };
        // Of a group that is short, and one that is long, neither can be told.
        if let Some(items) = group.filter(|items| *items != count) {
            let (elements, items) = (counted(count, "element"), counted(items, "item"));
            positions.group.get_or_insert_with(|| format!("{elements} in `{list}` for {items}"));
        }
    }

    /// The first one is told.
    fn shape(&mut self, misfit: Misfit) {
        self.shape.get_or_insert(misfit);
    }

    fn absorb(&mut self, inner: Faults) {
        self.foreign.absorb(inner.foreign);
        self.misfits.absorb(inner.misfits);
        self.shape = self.shape.take().or(inner.shape);
        if let Some(inner) = inner.positions {
            let positions = self.positions.get_or_insert_default();
            positions.told += inner.told;
            positions.items = positions.items.max(inner.items);
            positions.group = positions.group.take().or(inner.group);
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

/// Of how many items lines of a role speak, or any lines.
pub(crate) fn count_items(lines: &[Line], role: Option<Role>) -> usize {
    let lines = lines.iter().filter(|line| role.is_none() || line.verdict.role() == role);
    lines.map(|line| line.slot).collect::<HashSet<_>>().len()
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

impl<K, S, F> fmt::Debug for Says<'_, K, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Says").field("lines", &self.lines.len()).field("faults", &self.faults).finish()
    }
}

/// Hands each element of a JSON array to a function, as raw JSON.
struct EachElement<'e>(&'e mut dyn FnMut(&RawValue));

impl<'de> Visitor<'de> for EachElement<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(raw) = seq.next_element::<&'de RawValue>()? {
            (self.0)(raw);
        }
        Ok(())
    }
}

/// Hands each entry of a JSON object to a function, as `[key, value]`, what stands there twice included.
struct EachEntry<'e>(&'e mut dyn FnMut(&RawValue));

impl<'de> Visitor<'de> for EachEntry<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry::<Cow<'de, str>, &'de RawValue>()? {
            (self.0)(&to_raw_value(&(key, value)).map_err(serde::de::Error::custom)?);
        }
        Ok(())
    }
}

/// The key of an entry.
fn entry_key(raw: &RawValue) -> Option<&RawValue> {
    let (key, _): (&RawValue, serde::de::IgnoredAny) = serde_json::from_str(raw.get()).ok()?;
    Some(key)
}

/// The value of an entry.
fn entry_value(raw: &RawValue) -> Option<&RawValue> {
    let (_, value): (serde::de::IgnoredAny, &RawValue) = serde_json::from_str(raw.get()).ok()?;
    Some(value)
}

/// The raw JSON of one field of an object.
fn raw_field<'a>(raw: &'a RawValue, field: &str) -> Option<&'a RawValue> {
    let fields: HashMap<Cow<'a, str>, &'a RawValue> = serde_json::from_str(raw.get()).ok()?;
    fields.get(field).copied()
}

/// The most characters of a foreign key that a message repeats.
const NAME: usize = 80;

/// A foreign key, for a message.
fn json(key: &impl serde::Serialize) -> String {
    shorten(&serde_json::to_string(key).unwrap_or_default(), NAME)
}

/// What an element calls its item, for a message: its key fields, else the element itself, shortened.
fn element_name(raw: &RawValue, shape: &ElementShape) -> String {
    let key = if shape.by == By::Entry { entry_key(raw) } else { None };
    let named: Vec<&str> =
        shape.key.iter().filter_map(|field| raw_field(raw, field)).chain(key).map(RawValue::get).collect();
    let text = if named.is_empty() { raw.get().to_owned() } else { named.join(", ") };
    shorten(&text, NAME)
}
