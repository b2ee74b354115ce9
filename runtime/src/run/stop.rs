//! Why a run stops: the reasons that its caller gives, and every reason as reports show it.

use crate::engine::StopReason;
use crate::outcome::NotAttempted;
use crate::response::Cause;

/// `Watch::stop`.
pub(super) fn stopped<C>() -> StopReason<C> {
    StopReason::Stopped("requested by the caller".into())
}

/// `Watch::cancel`.
pub(super) fn cancelled<C>() -> StopReason<C> {
    StopReason::Cancelled("cancelled by the caller".into())
}

/// The future or the stream of the run was dropped.
pub(super) fn dropped<C>() -> StopReason<C> {
    StopReason::Cancelled("the run was dropped".into())
}

/// `Run::run_timeout`.
pub(super) fn timed_out<C>() -> StopReason<C> {
    StopReason::Deadline("the run timeout elapsed".into())
}

/// Returns why an item was never sent.
pub(super) fn not_attempted<F, E>(reason: &StopReason<Cause<F, E>>) -> NotAttempted {
    match reason {
        StopReason::Refused(cause) => NotAttempted::Stopped(cause.describe().into()),
        StopReason::Stopped(why) => NotAttempted::Stopped(why.clone()),
        StopReason::Unreachable(cause) => NotAttempted::Unreachable(cause.describe().into()),
        StopReason::Patience { .. } => NotAttempted::Patience(describe(reason).into()),
        StopReason::Cancelled(_) => NotAttempted::Cancelled,
        StopReason::Deadline(_) => NotAttempted::Deadline,
        StopReason::InvalidArgument(why) => NotAttempted::InvalidArgument(why.clone()),
    }
}

/// Describes why the run stopped.
pub(super) fn describe<F, E>(reason: &StopReason<Cause<F, E>>) -> String {
    match reason {
        StopReason::Refused(cause) => cause.describe(),
        StopReason::Unreachable(cause) => format!("the host cannot be reached: {}", cause.describe()),
        StopReason::Patience { patience, last, delay } => {
            let last = last.as_ref().map(|last| format!(": {}", last.describe())).unwrap_or_default();
            match delay {
                Some(delay) => {
                    format!("the server asked for a delay of {delay:?}, beyond the patience of {patience:?}{last}")
                }
                None => format!("no progress within the patience of {patience:?}{last}"),
            }
        }
        StopReason::Stopped(why)
        | StopReason::Cancelled(why)
        | StopReason::Deadline(why)
        | StopReason::InvalidArgument(why) => why.to_string(),
    }
}
