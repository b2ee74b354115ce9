//! The metrics of a run, through the `metrics` facade (feature `metrics`). Without the feature they cost nothing.
//!
//! Their names are in [`guide::observability`](crate::guide::observability).

use crate::engine::{BatchEnd, ResponseClass};
use crate::response::AttemptEnd;

/// Why items are retried.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "only metrics have it"))]
pub(super) struct RetryReason(&'static str);

impl RetryReason {
    /// The reason, if items are retried after this end of an attempt.
    pub(super) fn of<F, E>(end: &AttemptEnd<F, E>, names_items: bool) -> Self {
        RetryReason(match end {
            _ if names_items => "item",
            AttemptEnd::Items(_) => "item",
            AttemptEnd::Batch(BatchEnd::NotSent { .. }) => "not_sent",
            AttemptEnd::Batch(BatchEnd::Withheld { .. }) => "withheld",
            AttemptEnd::Batch(BatchEnd::Uncertain { .. }) => "uncertain",
            AttemptEnd::Batch(BatchEnd::Refused { class, .. }) => match class {
                ResponseClass::Retry => "throttled",
                ResponseClass::Renewed => "credential",
                ResponseClass::NotProcessed => "not_processed",
                _ => "split",
            },
            AttemptEnd::Batch(BatchEnd::Invalid { .. } | BatchEnd::Unsigned { .. } | BatchEnd::GivenUp { .. }) => {
                "none"
            }
        })
    }
}

#[cfg(feature = "metrics")]
pub(super) use with::Meter;
#[cfg(not(feature = "metrics"))]
pub(super) use without::Meter;

#[cfg(feature = "metrics")]
mod with {
    use std::borrow::Cow;
    use std::collections::HashMap;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use metrics::{Counter, Gauge, Histogram, Unit};

    use super::RetryReason;
    use crate::client::transport::{Response, TransportError};
    use crate::engine::{Counters, Time};
    use crate::outcome::OutcomeKind;

    /// Reports what a run does. A recorder that panics is not called again, and the run goes on.
    pub(in super::super) struct Meter {
        endpoint: &'static str,
        /// The documented maximum of items in a request.
        max: usize,
        instruments: Option<Instruments>,
        /// What was reported of the counters.
        reported: Counters,
        /// When each request in flight left.
        sent: HashMap<usize, Time>,
        /// Since when requests are kept back, and by what.
        kept_back: Option<(Time, &'static str)>,
    }

    struct Instruments {
        outcomes: [Counter; OutcomeKind::ALL.len()],
        in_flight: Gauge,
        fill: Histogram,
        duration: Histogram,
    }

    impl Meter {
        pub(in super::super) fn new(endpoint: &'static str, max: usize) -> Self {
            let instruments = catch_unwind(|| Instruments::new(endpoint)).ok();
            let (reported, sent, kept_back) = (Counters::default(), HashMap::new(), None);
            Meter { endpoint, max, instruments, reported, sent, kept_back }
        }

        fn report(&mut self, report: impl FnOnce(&Instruments)) {
            let Some(instruments) = &self.instruments else { return };
            if catch_unwind(AssertUnwindSafe(|| report(instruments))).is_err() {
                tracing::warn!("the recorder of metrics panicked: this run reports no more metrics");
                self.instruments = None;
            }
        }

        /// A request leaves: with a number of items, or the poll of a job.
        pub(in super::super) fn sent(&mut self, request: usize, items: Option<usize>, now: impl FnOnce() -> Time) {
            self.sent.insert(request, now());
            let max = self.max;
            self.report(|to| {
                to.in_flight.increment(1.0);
                if let Some(items) = items {
                    to.fill.record(items as f64 / max.max(1) as f64);
                }
            });
        }

        /// What is reported of the result of a request: its status, or why there is none.
        pub(in super::super) fn result(result: &Result<Response, TransportError>) -> Cow<'static, str> {
            match result {
                Ok(response) => response.status.to_string().into(),
                Err(error) => error.kind.name().into(),
            }
        }

        /// A request has ended.
        pub(in super::super) fn ended(
            &mut self,
            request: usize,
            result: Cow<'static, str>,
            now: impl FnOnce() -> Time,
        ) {
            let (endpoint, sent) = (self.endpoint, self.sent.remove(&request));
            let took = sent.map(|sent| now().saturating_sub(sent));
            self.report(|to| {
                to.in_flight.decrement(1.0);
                took.into_iter().for_each(|took| to.duration.record(took));
                metrics::counter!("bulk_requests_total", "endpoint" => endpoint, "result" => result).increment(1);
            });
        }

        /// Requests in flight were abandoned.
        pub(in super::super) fn abandoned(&mut self) {
            let in_flight = std::mem::take(&mut self.sent).len();
            self.report(|to| to.in_flight.decrement(in_flight as f64));
        }

        /// Items of a request that has ended are sent again.
        pub(in super::super) fn retried(&mut self, items: usize, reason: RetryReason) {
            let endpoint = self.endpoint;
            if items > 0 {
                self.report(|_| {
                    metrics::counter!("bulk_retries_total", "endpoint" => endpoint, "reason" => reason.0)
                        .increment(items as u64);
                });
            }
        }

        /// The run waits, and its requests are kept back: by the host's throttle, or by a declared rate.
        pub(in super::super) fn kept_back(&mut self, by: &'static str, now: Time) {
            self.kept_back.get_or_insert((now, by));
        }

        /// The run goes on.
        pub(in super::super) fn goes_on(&mut self, now: Time) {
            let Some((since, by)) = self.kept_back.take() else { return };
            let endpoint = self.endpoint;
            self.report(|_| {
                metrics::histogram!("bulk_throttled_seconds", "endpoint" => endpoint, "by" => by)
                    .record(now.saturating_sub(since));
            });
        }

        /// Records are durable that were handed to the journal at a given time.
        pub(in super::super) fn journaled(&mut self, since: Time, now: impl FnOnce() -> Time) {
            let endpoint = self.endpoint;
            self.report(|_| {
                metrics::histogram!("bulk_journal_lag_seconds", "endpoint" => endpoint)
                    .record(now().saturating_sub(since));
            });
        }

        /// Reports the items that have settled.
        pub(in super::super) fn settled(&mut self, counters: &Counters) {
            if counters.settled() == self.reported.settled() {
                return;
            }
            let before = std::mem::replace(&mut self.reported, *counters);
            self.report(|to| {
                for (kind, counter) in OutcomeKind::ALL.into_iter().zip(&to.outcomes) {
                    counter.increment((counters.of(kind) - before.of(kind)) as u64);
                }
            });
        }
    }

    /// A run that is dropped has nothing in flight.
    impl Drop for Meter {
        fn drop(&mut self) {
            self.abandoned();
        }
    }

    impl Instruments {
        fn new(endpoint: &'static str) -> Self {
            describe();
            Instruments {
                outcomes: OutcomeKind::ALL.map(
                    |kind| metrics::counter!("bulk_items_total", "endpoint" => endpoint, "outcome" => kind.to_string()),
                ),
                in_flight: metrics::gauge!("bulk_requests_in_flight", "endpoint" => endpoint),
                fill: metrics::histogram!("bulk_batch_fill_ratio", "endpoint" => endpoint),
                duration: metrics::histogram!("bulk_request_duration_seconds", "endpoint" => endpoint),
            }
        }
    }

    fn describe() {
        use metrics::{describe_counter, describe_gauge, describe_histogram};
        describe_counter!("bulk_items_total", Unit::Count, "Items that have settled, by outcome.");
        describe_counter!("bulk_requests_total", Unit::Count, "Requests that have ended, by status or error.");
        describe_counter!("bulk_retries_total", Unit::Count, "Items that are retried, by reason.");
        describe_gauge!("bulk_requests_in_flight", Unit::Count, "Requests in flight.");
        describe_histogram!("bulk_batch_fill_ratio", "Items of a request / documented maximum.");
        describe_histogram!("bulk_request_duration_seconds", Unit::Seconds, "From sending a request to its end.");
        describe_histogram!(
            "bulk_journal_lag_seconds",
            Unit::Seconds,
            "From handing records to a journal until they are durable."
        );
        describe_histogram!(
            "bulk_throttled_seconds",
            Unit::Seconds,
            "Waits in which requests were kept back, by the host or a declared rate."
        );
    }
}

#[cfg(not(feature = "metrics"))]
mod without {
    use super::RetryReason;
    use crate::client::transport::{Response, TransportError};
    use crate::engine::{Counters, Time};

    pub(in super::super) struct Meter;

    /// The result of a request, which is not reported.
    pub(in super::super) struct Unreported;

    impl Meter {
        pub(in super::super) fn new(_: &'static str, _: usize) -> Self {
            Meter
        }
        pub(in super::super) fn sent(&mut self, _: usize, _: Option<usize>, _: impl FnOnce() -> Time) {}
        pub(in super::super) fn result(_: &Result<Response, TransportError>) -> Unreported {
            Unreported
        }
        pub(in super::super) fn ended(&mut self, _: usize, _: Unreported, _: impl FnOnce() -> Time) {}
        pub(in super::super) fn abandoned(&mut self) {}
        pub(in super::super) fn retried(&mut self, _: usize, _: RetryReason) {}
        pub(in super::super) fn kept_back(&mut self, _: &'static str, _: Time) {}
        pub(in super::super) fn goes_on(&mut self, _: Time) {}
        pub(in super::super) fn journaled(&mut self, _: Time, _: impl FnOnce() -> Time) {}
        pub(in super::super) fn settled(&mut self, _: &Counters) {}
    }
}
