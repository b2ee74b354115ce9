//! A served endpoint: decodes the items, calls the test's function for their outcomes, and writes the response.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use super::error::FakeError;
use super::items::RequestItem;
use super::refuse::Refuse;
use super::response::{self, FakeEntry, FakeVerdict, Written};
use crate::declare::{EndpointSpec, ItemsAt};
use crate::item::BulkItem;
use crate::outcome::{Outcome, OutcomeOf, Refusal};
use crate::reply::{BodyShape, BulkReply, FieldKind, FieldShape, ReplyShape, Role, Unlisted};
use crate::request::EndpointTypes;
use crate::run::Endpoint;

/// An endpoint that a [`Fake`](super::Fake) can serve.
///
/// Implemented by every [`Bulk`](crate::Bulk) whose item is `DeserializeOwned`, and whose success, failure and error bodies are
/// `Serialize`.
pub trait Servable:
    EndpointTypes<Item: DeserializeOwned, Reply: BulkReply<Success: Serialize, Failure: Serialize>, Error: Serialize>
    + 'static
{
}

impl<B> Servable for B where
    B: EndpointTypes<
            Item: DeserializeOwned,
            Reply: BulkReply<Success: Serialize, Failure: Serialize>,
            Error: Serialize,
        > + 'static
{
}

/// One endpoint of a [`Fake`](super::Fake).
#[must_use]
pub struct FakeEndpoint<B: EndpointTypes> {
    spec: EndpointSpec,
    status: Option<u16>,
    fields: Vec<(String, Box<RawValue>)>,
    outcome: Box<OutcomeFn<B>>,
    named: Option<Box<ReadNamedFn<B>>>,
    problem: Option<(String, serde_json::Error)>,
}

type Key<B> = <<B as EndpointTypes>::Item as BulkItem>::Key;

type OutcomeFor<B> = OutcomeOf<<B as EndpointTypes>::Reply, <B as EndpointTypes>::Error>;

type ReadNamedFn<B> = dyn Fn(&str, &str) -> serde_json::Result<<B as EndpointTypes>::Item> + Send + Sync;

type OutcomeFn<B> = dyn Fn(&<B as EndpointTypes>::Item) -> OutcomeFor<B> + Send + Sync;

impl<B: Servable> FakeEndpoint<B> {
    /// Serves `endpoint`; `outcome` returns the outcome of each item.
    pub fn new(endpoint: Endpoint<B>, outcome: impl Fn(&B::Item) -> OutcomeFor<B> + Send + Sync + 'static) -> Self {
        FakeEndpoint {
            spec: *endpoint.spec(),
            status: None,
            fields: Vec::new(),
            outcome: Box::new(outcome),
            named: None,
            problem: None,
        }
    }

    /// Sets the status of the responses, between 200 and 599. Default: the first 2xx that the reply declares with `on(…)`, else 200.
    ///
    /// If the reply is an enum by status, the status selects the variant.
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets how an item is read that is under a name: its key in a map, or its group. `read` gets the name and the JSON of the item.
    ///
    /// Only needed if the JSON of the item does not contain the name.
    pub fn named(mut self, read: impl Fn(&str, &str) -> serde_json::Result<B::Item> + Send + Sync + 'static) -> Self {
        self.named = Some(Box::new(read));
        self
    }

    /// Adds a field to every response, beside the lists.
    pub fn field(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let name = name.into();
        match to_raw_value(&value) {
            Ok(value) => self.fields.push((name, value)),
            Err(error) => {
                self.problem.get_or_insert((name, error));
            }
        }
        self
    }
}

impl<B: EndpointTypes> std::fmt::Debug for FakeEndpoint<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeEndpoint").field("spec", &self.spec).field("status", &self.status).finish_non_exhaustive()
    }
}

/// The result of a request that was carried out.
pub(super) struct Processed {
    pub(super) status: u16,
    /// The response; `Err`: why the shape cannot express these outcomes.
    pub(super) written: Result<Written, String>,
    /// The indices of the applied items.
    pub(super) applied: Vec<usize>,
}

/// A [`FakeEndpoint`] with its types erased.
pub(super) trait Serve: Send + Sync {
    fn spec(&self) -> &EndpointSpec;
    /// Returns why the endpoint cannot be served, if so.
    fn problem(&self) -> Option<FakeError>;
    /// Carries a request out.
    fn process(&self, items: &[RequestItem<'_>]) -> Result<Processed, Refuse>;
    fn as_any(&self) -> &dyn Any;
}

impl<B: Servable> Serve for FakeEndpoint<B> {
    fn spec(&self) -> &EndpointSpec {
        &self.spec
    }

    fn problem(&self) -> Option<FakeError> {
        let endpoint = self.spec.name;
        if let Some((field, error)) = &self.problem {
            let source = serde::ser::Error::custom(error);
            let field = field.clone();
            return Some(FakeError::Field { endpoint, field, source });
        }
        if let Some(status) = self.status.filter(|status| !(200..600).contains(status)) {
            return Some(FakeError::Status { endpoint, status });
        }
        if self.spec.items == ItemsAt::Codec {
            return Some(FakeError::Codec { endpoint });
        }
        match self.shape()?.body {
            BodyShape::Opaque => Some(FakeError::Opaque { endpoint }),
            BodyShape::Object(fields) => {
                let given = |name: &str| self.fields.iter().any(|(given, _)| given == name);
                let plain = |field: &&FieldShape| field.required && field.kind == FieldKind::Plain;
                let field = fields.iter().filter(plain).map(|field| field.name).find(|name| !given(name))?;
                Some(FakeError::RequiredField { endpoint, field })
            }
            BodyShape::List { .. }
            | BodyShape::Ndjson(_)
            | BodyShape::ByStatus(_)
            | BodyShape::Nothing
            | BodyShape::Error => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn process(&self, items: &[RequestItem<'_>]) -> Result<Processed, Refuse> {
        let groups =
            items.iter().map(|item| item.name.clone().filter(|_| matches!(self.spec.items, ItemsAt::Groups(_))));
        let groups: Vec<Option<String>> = groups.collect();
        let items = self.decode(items)?;
        let ask = || items.iter().map(|item| (self.outcome)(item)).collect();
        let outcomes: Vec<OutcomeFor<B>> = catch_unwind(AssertUnwindSafe(ask))
            .map_err(|_| Refuse::because(500, "the fake's outcome function panicked"))?;
        if let Some(refusal) = self.whole_refusal(&outcomes) {
            return Err(refuse::<B>(refusal));
        }
        let rolled_back = !self.spec.partial && outcomes.iter().any(is_failed);
        let reached = self.reached(&outcomes);
        let applied = (0..reached).filter(|&index| !rolled_back && is_applied(&outcomes[index])).collect();
        Ok(self.respond(&items, groups, outcomes, reached, rolled_back, applied))
    }
}

impl<B: Servable> FakeEndpoint<B> {
    fn response_status(&self) -> u16 {
        self.status.unwrap_or_else(|| B::Reply::SHAPE.usual_status())
    }

    /// The shape of the responses; `None` if the test set a status that the reply does not declare.
    fn shape(&self) -> Option<&'static ReplyShape> {
        let shape = const { &<B::Reply as BulkReply>::SHAPE };
        shape.under(self.response_status())
    }

    /// Returns the number of items that the endpoint acts on: all, or with `unlisted = (succeeded, unprocessed)` those up to the first one
    /// that is not done.
    fn reached(&self, outcomes: &[OutcomeFor<B>]) -> usize {
        let stops = self.shape().is_some_and(|shape| shape.unlisted == Unlisted::StopsAtFailure);
        let first = outcomes.iter().position(|outcome| stops && !is_applied(outcome));
        first.map_or(outcomes.len(), |first| first + 1)
    }

    /// Returns the refusal of the whole request, if an item is refused and the shape has no list of unprocessed items.
    fn whole_refusal<'o>(&self, outcomes: &'o [OutcomeFor<B>]) -> Option<&'o Refusal<B::Error>> {
        // An item that was not processed is in a list of such items, or is left out where that means the same.
        let can_express = |shape: &ReplyShape| {
            shape.unlisted == Unlisted::Unprocessed || response::can_express(shape, Role::Unprocessed)
        };
        if self.shape().is_some_and(can_express) {
            return None;
        }
        let outcomes = &outcomes[..self.reached(outcomes)];
        outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Refused(refusal) => Some(&**refusal),
            _ => None,
        })
    }

    /// Decodes an item, with its name if it has one.
    pub(super) fn read(&self, item: &RequestItem<'_>) -> serde_json::Result<B::Item> {
        match (&self.named, &item.name) {
            (Some(read), Some(name)) => read(name, item.written()),
            _ => item.decode(),
        }
    }

    fn decode(&self, items: &[RequestItem<'_>]) -> Result<Vec<B::Item>, Refuse> {
        let decode = |(index, given): (usize, &RequestItem<'_>)| {
            let item = self.read(given);
            let item = item.map_err(|error| Refuse::because(400, format!("item {index} does not decode: {error}")))?;
            let is_map = matches!(self.spec.items, ItemsAt::Map(_));
            if let Some(name) = given.name.as_ref().filter(|name| is_map && item.key_text() != **name) {
                let why =
                    format!("the item under `{name}` has another key; set how it is read with `FakeEndpoint::named`");
                return Err(Refuse::because(500, why));
            }
            Ok(item)
        };
        items.iter().enumerate().map(decode).collect()
    }

    fn respond(
        &self,
        items: &[B::Item],
        mut groups: Vec<Option<String>>,
        mut outcomes: Vec<OutcomeFor<B>>,
        reached: usize,
        rolled_back: bool,
        applied: Vec<usize>,
    ) -> Processed {
        outcomes.truncate(reached);
        let status = self.response_status();
        let left_out = |outcome: &OutcomeFor<B>| matches!(outcome, Outcome::Unknown(_) | Outcome::NotAttempted(_));
        let meaning = match self.shape().map_or(Unlisted::Unknown, |shape| shape.unlisted) {
            Unlisted::Unknown => None,
            Unlisted::Succeeded => Some("done"),
            Unlisted::Accepted => Some("accepted"),
            Unlisted::Failed => Some("not done"),
            Unlisted::Unprocessed => Some("not processed"),
            Unlisted::StopsAtFailure => Some("done, or not processed after a failure"),
        };
        let written = if let Some(meaning) = meaning.filter(|_| outcomes.iter().any(left_out)) {
            Err(format!("leaving an item out would mean that it is {meaning}"))
        } else {
            let groups_of_rest = groups.split_off(reached);
            let named: Result<Vec<_>, String> = std::iter::zip(std::iter::zip(items, groups), outcomes)
                .map(|((item, group), outcome)| {
                    let rolled_back = rolled_back && !is_failed(&outcome);
                    let verdict = if rolled_back { None } else { verdict_of::<B>(outcome)? };
                    let key = item.key().into_owned();
                    Ok(FakeEntry::<Key<B>> { key, group, verdict })
                })
                .collect();
            let rest = std::iter::zip(&items[reached..], groups_of_rest);
            let rest = rest.map(|(item, group)| FakeEntry { key: item.key().into_owned(), group, verdict: None });
            let named = named.map(|named| named.into_iter().chain(rest).collect::<Vec<_>>());
            named.and_then(|named| response::written::<B::Reply, _>(&named, &self.fields, status))
        };
        Processed {
            status,
            written: written.map_err(|why| format!("the fake cannot write this response: {why}")),
            applied,
        }
    }
}

fn is_applied<S, F, E>(outcome: &Outcome<S, F, E>) -> bool {
    matches!(outcome, Outcome::Succeeded(_) | Outcome::Unknown(_))
}

fn is_failed<S, F, E>(outcome: &Outcome<S, F, E>) -> bool {
    matches!(outcome, Outcome::Failed(_))
}

fn refuse<B: Servable>(refusal: &Refusal<B::Error>) -> Refuse {
    let mut refuse = Refuse::because(refusal.status.unwrap_or(500), "an item's outcome is a refusal");
    match refusal.error.as_ref().map(to_raw_value).transpose() {
        Ok(body) => refuse.body = body,
        Err(error) => refuse.why = format!("the refusal's error cannot be encoded: {error}"),
    }
    refuse
}

/// Returns what the response says about an item; `None`: it does not list the item.
fn verdict_of<B: Servable>(outcome: OutcomeFor<B>) -> Result<Option<FakeVerdict>, String> {
    Ok(match outcome {
        Outcome::Succeeded(success) => {
            let body = response::encode(&success.body)?;
            Some(FakeVerdict::Succeeded {
                accepted: success.accepted,
                // A success without a body is `()`, which is `null` in JSON.
                body: (body.get() != "null").then_some(body),
            })
        }
        Outcome::Failed(failure) => Some(FakeVerdict::Failed(response::encode(&*failure)?)),
        Outcome::Refused(_) => Some(FakeVerdict::Unprocessed),
        Outcome::Unknown(_) | Outcome::NotAttempted(_) => None,
    })
}
