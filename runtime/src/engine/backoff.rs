//! The delay before a retry when the server did not ask for one.

use std::time::Duration;

use crate::engine::Time;

/// The longest delay after the first attempt.
const BASE: Duration = Duration::from_millis(500);

/// The longest delay.
const CAP: Duration = Duration::from_secs(30);

/// Exponential backoff with full jitter: a delay evenly distributed from zero to `BASE · 2^(attempts − 1)`, at most `CAP`.
///
/// `attempts` is the number of attempts so far, `jitter` a random number from 0 to 1.
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
