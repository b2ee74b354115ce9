//! What a user holds: an endpoint, a run of it, its report; and the driver, the one loop that awaits.

mod attempts;
mod builder;
mod bulk;
mod driver;
mod duplicates;
mod endpoint;
mod event;
mod headline;
mod incomplete;
mod kind;
mod options;
mod outcome_stream;
mod plan;
mod report;
mod row;
mod settled;
mod source;
mod state;
mod verify;
mod watch;

pub use attempts::AttemptRecord;
pub use builder::Run;
pub use bulk::Bulk;
pub use endpoint::Endpoint;
pub use event::Event;
pub use incomplete::Incomplete;
pub use options::OnRepeat;
pub use outcome_stream::{Outcomes, RunFuture};
pub use plan::{Plan, PlannedRequest};
pub use report::Report;
pub use row::Row;
pub use settled::Settled;
pub use source::{Input, SourceError};
pub use verify::Verified;
pub use watch::Watch;
