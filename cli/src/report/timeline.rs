//! The requests of a session over time, in a bounded space.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bulk_endpoint::Event;
use serde_json::{Value, json};

/// The requests of a session over time: how they ended, and how long they took.
#[derive(Debug)]
pub(crate) struct Timeline {
    started: Instant,
    runs: usize,
    /// The time that a bucket covers. It doubles when there are too many.
    width: Duration,
    /// Ended requests: usable, refused for now, refused, without a response.
    buckets: Vec<[u64; 4]>,
    /// When the requests in flight were sent, by run and number.
    in_flight: HashMap<(usize, usize), Instant>,
    latencies: [u64; LATENCIES],
    longest: Duration,
    retries: u64,
    waited: Duration,
    waits_until: Option<Instant>,
}

const BUCKETS: usize = 240;
/// Four latencies for each doubling, from 1 ms: up to about 18 h.
const LATENCIES: usize = 104;

impl Timeline {
    pub(crate) fn new() -> Self {
        Timeline {
            started: Instant::now(),
            runs: 0,
            width: Duration::from_millis(100),
            buckets: Vec::new(),
            in_flight: HashMap::new(),
            latencies: [0; LATENCIES],
            longest: Duration::ZERO,
            retries: 0,
            waited: Duration::ZERO,
            waits_until: None,
        }
    }

    /// The number of another run.
    pub(crate) fn next_run(&mut self) -> usize {
        self.runs += 1;
        self.runs
    }

    /// Notes an event of the run with this number.
    pub(crate) fn note(&mut self, run: usize, event: &Event) {
        let now = Instant::now();
        match event {
            Event::Sent { request, attempt, .. } => {
                self.in_flight.insert((run, *request), now);
                self.retries += u64::from(*attempt > 1);
            }
            Event::Ended { request, status, .. } => {
                if let Some(sent) = self.in_flight.remove(&(run, *request)) {
                    self.add_latency(now.duration_since(sent));
                }
                let part = match status {
                    Some(200..=299) => 0,
                    Some(429 | 503) => 1,
                    Some(_) => 2,
                    None => 3,
                };
                let at = self.bucket(now.duration_since(self.started));
                self.buckets[at][part] += 1;
            }
            Event::Waiting { wait, .. } => {
                let begins = self.waits_until.map_or(now, |until| until.max(now));
                let until = now.checked_add(*wait).unwrap_or(now);
                self.waited += until.saturating_duration_since(begins);
                self.waits_until = Some(until);
            }
            _ => {}
        }
    }

    /// The bucket of a time, which is there then.
    fn bucket(&mut self, since: Duration) -> usize {
        let at = |width: Duration| (since.as_millis() / width.as_millis().max(1)) as usize;
        while at(self.width) >= BUCKETS {
            let halved = self.buckets.chunks(2).map(|pair| {
                let mut sum = [0; 4];
                for bucket in pair {
                    sum.iter_mut().zip(bucket).for_each(|(sum, part)| *sum += part);
                }
                sum
            });
            self.buckets = halved.collect();
            self.width *= 2;
        }
        let at = at(self.width);
        if at >= self.buckets.len() {
            self.buckets.resize(at + 1, [0; 4]);
        }
        at
    }

    fn add_latency(&mut self, latency: Duration) {
        self.longest = self.longest.max(latency);
        let ms = (latency.as_secs_f64() * 1_000.0).max(1.0);
        let at = (ms.log2() * 4.0).ceil() as usize;
        self.latencies[at.min(LATENCIES - 1)] += 1;
    }

    /// The upper bound of a class of latencies, in milliseconds.
    fn bound_ms(class: usize) -> f64 {
        2_f64.powf(class as f64 / 4.0)
    }

    /// The latency that this share of the requests did not exceed.
    fn percentile_ms(&self, share: f64) -> f64 {
        let total: u64 = self.latencies.iter().sum();
        let wanted = (total as f64 * share).ceil() as u64;
        let mut seen = 0;
        let class = self.latencies.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        Timeline::bound_ms(class.unwrap_or(0)).min(self.longest.as_secs_f64() * 1_000.0)
    }

    /// What the page draws.
    pub(crate) fn to_json(&self) -> Value {
        let first = self.latencies.iter().position(|count| *count > 0).unwrap_or(0);
        let end = self.latencies.iter().rposition(|count| *count > 0).map_or(first, |last| last + 1);
        json!({
            "bucket_seconds": self.width.as_secs_f64(),
            "buckets": self.buckets,
            "retries": self.retries,
            "waited_seconds": self.waited.as_secs_f64(),
            "latency": {
                "bounds_ms": (first..end).map(Timeline::bound_ms).collect::<Vec<_>>(),
                "counts": &self.latencies[first..end],
                "p50_ms": self.percentile_ms(0.5),
                "p95_ms": self.percentile_ms(0.95),
                "p99_ms": self.percentile_ms(0.99),
                "max_ms": self.longest.as_secs_f64() * 1_000.0,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_stay_few_and_lose_nothing() {
        let mut timeline = Timeline::new();
        for second in 0..10_000 {
            let at = timeline.bucket(Duration::from_secs(second));
            timeline.buckets[at][0] += 1;
        }
        assert!(timeline.buckets.len() <= BUCKETS);
        assert_eq!(timeline.buckets.iter().map(|bucket| bucket[0]).sum::<u64>(), 10_000);
    }

    #[test]
    fn percentiles_are_bounds_of_their_class() {
        let mut timeline = Timeline::new();
        (1..=100).for_each(|ms| timeline.add_latency(Duration::from_millis(ms)));
        for (share, at_least, at_most) in
            [(0.5, 50.0, 60.0), (0.95, 95.0, 100.0), (0.99, 99.0, 100.0), (1.0, 100.0, 100.0)]
        {
            let found = timeline.percentile_ms(share);
            assert!((at_least..=at_most).contains(&found), "{share}: {found}");
        }
        timeline.add_latency(Duration::from_secs(1 << 30));
        timeline.add_latency(Duration::ZERO);
    }
}
