//! What goes wrong with a request.

/// What goes wrong with a request. `applied`: the vendor carries it out all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    NotSent,
    Reset {
        applied: bool,
    },
    Timeout {
        applied: bool,
    },
    /// A 500.
    Broken {
        applied: bool,
    },
    /// A 429.
    Throttled,
    /// A 422 for all items.
    Refused,
    /// A 401.
    Expired,
    /// About half of the items are to come again.
    Partly,
    /// It is carried out, and its response says nothing.
    Empty,
}

/// One of each class.
pub const FAULTS: [Fault; 12] = [
    Fault::NotSent,
    Fault::Reset { applied: false },
    Fault::Reset { applied: true },
    Fault::Timeout { applied: false },
    Fault::Timeout { applied: true },
    Fault::Broken { applied: false },
    Fault::Broken { applied: true },
    Fault::Throttled,
    Fault::Refused,
    Fault::Expired,
    Fault::Partly,
    Fault::Empty,
];

impl Fault {
    pub fn random(rng: &mut fastrand::Rng) -> Self {
        FAULTS[rng.usize(..FAULTS.len())]
    }

    /// Whether an attempt with it counts against the most attempts of an item: its result is unknown.
    pub fn spends(self) -> bool {
        match self {
            Fault::Reset { .. } | Fault::Timeout { .. } | Fault::Broken { .. } | Fault::Empty => true,
            Fault::NotSent | Fault::Throttled | Fault::Refused | Fault::Expired | Fault::Partly => false,
        }
    }
}
