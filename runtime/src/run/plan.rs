//! What would be sent: the requests of a run in which nothing fails.

use std::borrow::Borrow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use http::HeaderMap;

use super::duplicates::{BytesHash, KeyHash, Repeat, Repeats};
use super::kind::Kind;
use crate::engine::{ItemId, Limits, Machine, Moment, RetryBudget, Ruling, Said, Time, Told};
use crate::item::BulkItem;
use crate::outcome::{NotAttempted, OutcomeKind};
use crate::reply::{ApiError, Reply};
use crate::request::{Bound, Encoder, Made, UNMADE};
use crate::text::{counted, shorten};

/// The requests that a run makes if nothing fails, made by the same engine. It holds no credential.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Plan {
    /// The requests, in the order in which they leave.
    pub requests: Vec<PlannedRequest>,
    /// How many items the requests carry.
    pub items: usize,
    /// How many items repeat an earlier one, and share its outcome.
    pub repeats: usize,
    /// The items that cannot be sent, by index, and why.
    pub unsendable: Vec<(usize, String)>,
    /// Why nothing at all would be sent, if so.
    pub invalid: Option<String>,
}

/// One request of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedRequest {
    /// The HTTP method.
    pub method: http::Method,
    /// The whole URL.
    pub url: url::Url,
    /// The headers that the items make: the one that carries them, or those of a codec.
    pub headers: HeaderMap,
    /// The encoded body.
    pub body: Bytes,
    /// How many items it carries.
    pub items: usize,
}

impl Plan {
    pub(crate) fn of<T, R, E, I>(kind: &Kind<T, R, E>, items: impl IntoIterator<Item = I>) -> Self
    where
        T: BulkItem,
        R: Reply,
        E: ApiError,
        I: Borrow<T>,
    {
        match kind {
            Kind::Remote(bound, _) => Planner::new(bound).plan(items),
            Kind::Mock(_) => Plan::default(),
        }
    }
}

/// An item that is planned.
#[derive(Clone, Default)]
struct Tracked {
    index: usize,
    encoded: Bytes,
    hashes: Option<(KeyHash, BytesHash)>,
}

struct Planner<'b, R: Reply> {
    bound: &'b Bound<R>,
    machine: Machine<()>,
    /// By id.
    tracked: Vec<Tracked>,
    repeats: Repeats<()>,
    plan: Plan,
}

impl<'b, R: Reply> Planner<'b, R> {
    fn new(bound: &'b Bound<R>) -> Self {
        let limits = Limits {
            caps: bound.caps(),
            max_item_bytes: bound.spec.max_item_bytes.unwrap_or(usize::MAX),
            concurrency: 1,
            attempts: 1,
            max_wait: Time::MAX,
            deadline: None,
            idempotent: bound.spec.idempotent,
            knows_already: false,
            isolates: false,
            verifies: false,
        };
        let plan = Plan { invalid: bound.invalid.as_deref().map(str::to_owned), ..Plan::default() };
        Planner {
            bound,
            machine: Machine::new(limits),
            tracked: Vec::new(),
            repeats: Repeats::new(usize::MAX, usize::MAX),
            plan,
        }
    }

    fn plan<T: BulkItem, I: Borrow<T>>(mut self, items: impl IntoIterator<Item = I>) -> Plan {
        if self.plan.invalid.is_some() {
            return self.plan;
        }
        let mut encoder = Encoder::new(self.bound.parts.layout.spelling);
        for (index, item) in items.into_iter().enumerate() {
            match encoder.encode::<T>(item.borrow(), index) {
                Ok(encoded) => self.accept::<T>(index, item.borrow(), encoded),
                Err(error) => self.plan.unsendable.push((index, NotAttempted::Encode(error.into()).to_string())),
            }
            if !self.machine.wants_items() {
                self.send();
            }
        }
        self.machine.end_input();
        self.send();
        self.plan
    }

    fn accept<T: BulkItem>(&mut self, index: usize, item: &T, encoded: Bytes) {
        // The key, its `Hash` and its `Serialize` may be the user's own, as the encoding is.
        let hashed = catch_unwind(AssertUnwindSafe(|| {
            T::KEYED.then(|| (self.repeats.key_hash(item), self.repeats.bytes_hash(item, &encoded)))
        }));
        let Ok(hashes) = hashed else {
            let why = NotAttempted::Encode("its key panicked".into());
            return self.plan.unsendable.push((index, why.to_string()));
        };
        let behind = match hashes.map_or(Repeat::New, |hashes| self.look_back(hashes)) {
            Repeat::Of(_) | Repeat::OfSettled { .. } => {
                self.plan.repeats += 1;
                return self.machine.accept_settled(OutcomeKind::Succeeded);
            }
            Repeat::Behind(id) => Some(id),
            Repeat::New => None,
        };
        let fits = self.machine.over_cap(encoded.len()).is_none();
        let id = self.machine.accept(encoded.len(), behind);
        let slot = id.0 as usize;
        if self.tracked.len() <= slot {
            self.tracked.resize(slot + 1, Tracked::default());
        }
        self.tracked[slot] = Tracked { index, encoded, hashes };
        if let Some((key, _)) = hashes.filter(|_| fits) {
            self.repeats.set_out(key, id);
        }
        self.settle();
    }

    fn look_back(&self, (key, bytes): (KeyHash, BytesHash)) -> Repeat<()> {
        match self.repeats.on_the_way(key) {
            Some(id) if self.tracked[id.0 as usize].hashes == Some((key, bytes)) => Repeat::Of(id),
            Some(id) => Repeat::Behind(id),
            None => match self.repeats.given(key, || bytes) {
                Some(()) => Repeat::OfSettled { first: None, outcome: () },
                None => Repeat::New,
            },
        }
    }

    fn arrive(&mut self, id: ItemId) {
        if let Some((key, bytes)) = self.tracked[id.0 as usize].hashes
            && self.repeats.arrive(key, id)
        {
            self.repeats.give(key, bytes, (), 0);
        }
    }

    /// The items that end unsent.
    fn settle(&mut self) {
        while let Some((id, ruling)) = self.machine.poll_settled() {
            let why = match ruling {
                Ruling::TooLarge { bytes, cap } => NotAttempted::TooLarge { bytes, cap },
                _ => NotAttempted::Encode(UNMADE.into()),
            };
            self.arrive(id);
            self.plan.unsendable.push((self.tracked[id.0 as usize].index, why.to_string()));
        }
    }

    /// Sends what is ready, and has it answered at once.
    fn send(&mut self) {
        while let Some(batch) = self.machine.poll_send(Time::ZERO, false) {
            let ids: Vec<ItemId> = self.machine.batch(batch).to_vec();
            let encoded: Vec<Bytes> = ids.iter().map(|id| self.tracked[id.0 as usize].encoded.clone()).collect();
            let Made { url, headers, body } = match self.bound.make(&encoded) {
                Ok(made) => made,
                Err(unmade) => {
                    self.machine.handle_unmade(batch, unmade.bytes());
                    self.settle();
                    continue;
                }
            };
            let (method, items) = (self.bound.parts.method.clone(), ids.len());
            self.plan.requests.push(PlannedRequest { method, url, headers, body, items });
            self.plan.items += ids.len();
            let (now, budget, told) = (Time::ZERO, &mut RetryBudget::default(), Told::default());
            let mut moment = Moment { now, jitter: 0.0, budget, told };
            for id in ids {
                self.machine.handle_item(id, Said::Done, &mut moment);
                self.arrive(id);
            }
            self.machine.handle_end(batch, &mut moment);
        }
    }
}

/// How many requests `Display` lists.
const SHOWN: usize = 5;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(why) = &self.invalid {
            return write!(f, "nothing would be sent: {why}");
        }
        write!(f, "{} in {}", counted(self.items, "item"), counted(self.requests.len(), "request"))?;
        if self.repeats > 0 {
            write!(f, ", {} sent once", counted(self.repeats, "repeat"))?;
        }
        for request in self.requests.iter().take(SHOWN) {
            let body = String::from_utf8_lossy(&request.body);
            let (items, body) = (counted(request.items, "item"), shorten(&body, 100));
            write!(f, "\n  {} {} ({items}) {body}", request.method, request.url)?;
        }
        if self.requests.len() > SHOWN {
            write!(f, "\n  … and {} more", self.requests.len() - SHOWN)?;
        }
        for (index, why) in &self.unsendable {
            write!(f, "\n  item {index} would not be sent: {why}")?;
        }
        Ok(())
    }
}
