//! How long a declared quota makes a run take.

use std::time::Duration;

use bulk_endpoint::spec::{EndpointSpec, Rate};

/// The quota of an endpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    rate: Rate,
    /// The most items in a request.
    max: usize,
}

impl Quota {
    /// The quota that an endpoint declares, if it declares one.
    pub(crate) fn of(spec: &EndpointSpec) -> Option<Self> {
        Some(Quota { rate: spec.rate?, max: spec.max.items.max(1) })
    }

    /// The shortest time for this many items, in full requests.
    pub(crate) fn least(&self, items: usize) -> Duration {
        self.least_in(items.div_ceil(self.max), items)
    }

    /// The shortest time for this many items, in this many requests: those of the last window need not wait for its end.
    pub(crate) fn least_in(&self, requests: usize, items: usize) -> Duration {
        let count = if self.rate.items { items } else { requests };
        let windows = count.saturating_sub(1) / self.rate.count.max(1);
        Duration::from_millis(self.rate.per_ms.saturating_mul(windows as u64))
    }
}

/// The time that is left for this many items: that of the observed rate, and no less than the quota allows. `None`: nothing is known yet.
pub(crate) fn time_left(quota: Option<Quota>, items: usize, observed: Option<Duration>) -> Option<Duration> {
    let least = quota.map(|quota| quota.least(items)).filter(|least| !least.is_zero());
    if items == 0 { None } else { observed.max(least) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    #[test]
    fn the_slower_of_quota_and_observed_rate_says_what_is_left() {
        let requests = Some(Quota { rate: Rate::requests(100, 10_000), max: 20 });
        let items = Some(Quota { rate: Rate::items(100, 10_000), max: 20 });
        for (quota, left, observed, want) in [
            (None, 1_000, None, None),
            (None, 1_000, seconds(7), seconds(7)),
            // 20 001 items are 1 001 requests: the last one leaves in the eleventh window.
            (requests, 20_000, None, seconds(90)),
            (requests, 20_001, None, seconds(100)),
            (items, 20_000, None, seconds(1_990)),
            // A burst at the start does not hide what follows, and a slow server is slower than its quota.
            (requests, 20_001, seconds(3), seconds(100)),
            (requests, 20_001, seconds(300), seconds(300)),
            (requests, 2_000, None, None),
            (requests, 2_000, seconds(2), seconds(2)),
            (requests, 0, seconds(2), None),
        ] {
            assert_eq!(time_left(quota, left, observed), want, "{quota:?} {left} {observed:?}");
        }
    }
}
