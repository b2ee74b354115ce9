//! A clock that goes on while the machine is suspended and the process is stopped: no lease looks younger than it is (R13).

use std::time::Duration;

/// The time since the machine was started.
pub(crate) fn now() -> Duration {
    #[cfg(test)]
    if let Some(now) = SIMULATED.get() {
        return now;
    }
    of_machine()
}

#[cfg(test)]
thread_local! {
    /// The clock of the machine whose process runs at this moment in a simulation.
    pub(crate) static SIMULATED: std::cell::Cell<Option<Duration>> = const { std::cell::Cell::new(None) };
}

#[cfg(target_os = "linux")]
fn of_machine() -> Duration {
    of(rustix::time::clock_gettime(rustix::time::ClockId::Boottime))
}

/// On macOS this clock goes on in sleep.
#[cfg(target_os = "macos")]
fn of_machine() -> Duration {
    of(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic))
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn of(time: rustix::time::Timespec) -> Duration {
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The time since the first call. Elsewhere std's clock goes on in sleep: on Windows it is the performance counter.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn of_machine() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
