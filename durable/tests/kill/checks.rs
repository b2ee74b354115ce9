//! What must hold of a journal and the vendor's ledger: after each kill, and at the end.

use std::collections::HashMap;

use crate::endpoint::Kind;
use crate::vendor::{Arrival, Fate, Ledger, Vendor};

/// A row of the view `outcomes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ViewRow {
    pub(crate) key: u64,
    pub(crate) outcome: String,
    pub(crate) open: bool,
}

/// What the journal has, as another program reads it.
pub(crate) struct View {
    pub(crate) rows: Vec<ViewRow>,
    /// The keys of the items of each request.
    pub(crate) requests: Vec<Vec<u64>>,
}

impl View {
    pub(crate) fn count(&self, outcome: &str) -> usize {
        self.rows.iter().filter(|row| row.outcome == outcome).count()
    }
}

/// After a kill: what the journal says is true, what was told is in it, and what was final before stays.
/// `arrivals` are those that were there before the view was read.
pub(crate) fn after_kill(
    before: Option<&View>,
    view: Option<&View>,
    ledger: &Ledger,
    arrivals: &[Arrival],
    told: &str,
) {
    let nothing = View { rows: Vec::new(), requests: Vec::new() };
    let (before, view) = (before.unwrap_or(&nothing), view.unwrap_or(&nothing));
    for (then, now) in before.rows.iter().zip(&view.rows) {
        assert!(then.key == now.key && (then.open || then == now), "a final outcome changed: {then:?}, {now:?}");
    }
    assert!(view.rows.len() >= before.rows.len(), "items are lost: {} of {}", view.rows.len(), before.rows.len());
    let by_key: HashMap<u64, &ViewRow> = view.rows.iter().map(|row| (row.key, row)).collect();
    assert_eq!(by_key.len(), view.rows.len(), "each id has one row");
    for line in told.lines() {
        let (key, outcome) = line.split_once(' ').unwrap();
        let row = by_key.get(&key.parse().unwrap()).unwrap_or_else(|| panic!("told, and not in the journal: {line}"));
        assert_eq!(row.outcome, outcome, "told otherwise: {line}, {row:?}");
    }
    for row in &view.rows {
        match row.outcome.as_str() {
            "succeeded" => assert!(ledger.applied.contains_key(&row.key), "succeeded, and not applied: {row:?}"),
            "failed" => assert!(!Vendor::knows(row.key), "failed, and nothing said so: {row:?}"),
            "unknown" | "not_attempted" | "refused" => {}
            other => panic!("{other}"),
        }
    }
    // Each request that left had a durable intent with the same items in the same order.
    let mut intents: HashMap<&[u64], usize> = HashMap::new();
    for request in &view.requests {
        *intents.entry(request).or_default() += 1;
    }
    for arrival in arrivals {
        let left = intents.get_mut(arrival.ids.as_slice()).filter(|left| **left > 0);
        *left.unwrap_or_else(|| panic!("a request without an intent: {arrival:?}")) -= 1;
    }
}

/// At the end: each id has one outcome, which is true.
pub(crate) fn at_the_end(kind: Kind, ids: &[u64], view: &View, ledger: &Ledger) {
    assert!(
        view.rows.iter().map(|row| row.key).eq(ids.iter().copied()),
        "each id has one row, in the order of the input"
    );
    for row in &view.rows {
        let may_be_applied = ["succeeded", "unknown"].contains(&row.outcome.as_str());
        assert!(may_be_applied || !ledger.applied.contains_key(&row.key), "applied: {row:?}");
        assert_ne!(row.outcome, "not_attempted", "lost: {row:?}");
        assert!(!row.open || kind == Kind::Idempotent && row.outcome == "unknown", "not done: {row:?}");
    }
    let mut bodies: HashMap<&str, &[u8]> = HashMap::new();
    for arrival in &ledger.arrivals {
        let first = bodies.entry(&arrival.idempotency_key).or_insert(&arrival.body);
        assert_eq!(*first, arrival.body, "one idempotency key, two bodies: {arrival:?}");
    }
    if kind != Kind::Idempotent {
        for (id, times) in &ledger.applied {
            assert_eq!(*times, 1, "applied again: {id}");
        }
        let mut sent: HashMap<u64, usize> = HashMap::new();
        for arrival in ledger.arrivals.iter().filter(|arrival| arrival.fate != Fate::Refused) {
            arrival.ids.iter().for_each(|id| *sent.entry(*id).or_default() += 1);
        }
        let again: Vec<_> = sent.iter().filter(|(_, times)| **times > 1).collect();
        assert!(again.is_empty(), "in two requests that may have applied them: {again:?}");
    }
}
