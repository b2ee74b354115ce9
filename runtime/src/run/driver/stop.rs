//! Why a run sends nothing more, as its report says it.

use crate::engine::StopReason;
use crate::outcome::NotAttempted;
use crate::response::Cause;

/// Why an item was never sent.
pub(super) fn not_attempted<F, E>(reason: &StopReason<Cause<F, E>>) -> NotAttempted {
    match reason {
        StopReason::Refused(cause) => NotAttempted::Stopped(cause.describe().into()),
        StopReason::Stopped(why) => NotAttempted::Stopped(why.clone()),
        StopReason::Unreachable(cause) => NotAttempted::Unreachable(cause.describe().into()),
        StopReason::NotProcessed(cause) => NotAttempted::NotProcessed(cause.describe().into()),
        StopReason::WaitTooLong(why) => NotAttempted::WaitTooLong(why.clone()),
        StopReason::Budget => NotAttempted::Budget,
        StopReason::Cancelled(_) => NotAttempted::Cancelled,
        StopReason::Deadline(_) => NotAttempted::Deadline,
        StopReason::InvalidArgument(why) => NotAttempted::InvalidArgument(why.clone()),
    }
}

/// Why the run stopped, in words.
pub(super) fn describe<F, E>(reason: &StopReason<Cause<F, E>>) -> String {
    match reason {
        StopReason::Refused(cause) | StopReason::NotProcessed(cause) => cause.describe(),
        StopReason::Unreachable(cause) => format!("the host cannot be reached: {}", cause.describe()),
        StopReason::Budget => "the client's retry budget is spent".to_owned(),
        StopReason::Stopped(why)
        | StopReason::WaitTooLong(why)
        | StopReason::Cancelled(why)
        | StopReason::Deadline(why)
        | StopReason::InvalidArgument(why) => why.to_string(),
    }
}
