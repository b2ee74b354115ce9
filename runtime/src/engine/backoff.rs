//! How long to wait before an attempt that nobody told the wait of.

use std::time::Duration;

use crate::engine::Time;

/// The longest first wait.
const BASE: Duration = Duration::from_millis(500);

/// The longest wait of all.
const CAP: Duration = Duration::from_secs(30);

/// Exponential backoff with full jitter: evenly between nothing and `BASE · 2^(attempts − 1)`, at most `CAP`.
///
/// `attempts` is how many were made, `jitter` a number from 0 to 1.
pub(crate) fn backoff(attempts: u32, jitter: f64) -> Time {
    let doublings = attempts.saturating_sub(1).min(16);
    let most = BASE.saturating_mul(1 << doublings).min(CAP);
    most.mul_f64(jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_the_cap_and_jitters_over_all_of_it() {
        for (attempts, jitter, want_ms) in [
            (0, 1.0, 500),
            (1, 1.0, 500),
            (1, 0.5, 250),
            (2, 1.0, 1000),
            (7, 1.0, 30_000),
            (60, 1.0, 30_000),
            (9, 0.0, 0),
        ] {
            assert_eq!(backoff(attempts, jitter), Duration::from_millis(want_ms), "{attempts} {jitter}");
        }
    }
}
