//! The types that users hold (endpoint, run, report), and the driver, the one loop that awaits.

mod attempts;
#[cfg(feature = "batcher")]
pub mod batcher;
#[cfg(feature = "blocking")]
mod blocking;
mod builder;
mod bulk;
mod bulk_response;
mod complete;
mod delivery;
mod driver;
mod duplicates;
mod endpoint;
mod event;
mod headline;
mod in_order;
mod incomplete;
mod journaled;
mod judgement;
mod kind;
mod mock;
mod options;
mod outcome_stream;
mod outlet;
mod plan;
mod report;
mod row;
mod settled;
mod source;
mod state;
mod stop;
mod summary;
mod verify;
mod watch;

pub use attempts::Attempt;
#[cfg(feature = "blocking")]
pub use blocking::OutcomeIter;
pub use builder::Run;
pub use bulk::Bulk;
pub use bulk_response::BulkResponse;
pub use complete::CompleteReport;
pub use delivery::JournaledItem;
pub use endpoint::Endpoint;
pub use event::Event;
pub use incomplete::IncompleteRun;
pub use journaled::{JournaledRun, JournaledRunFuture, JournaledStream};
pub use judgement::{Judgement, NextStep, assigned_id};
pub use options::OnDuplicate;
pub use outcome_stream::{OutcomeStream, RunFuture};
pub use plan::{Plan, PlannedRequest};
pub use report::Report;
pub use row::Row;
pub use settled::Settled;
pub use source::{Input, SourceError};
pub use summary::Summary;
pub use verify::Verified;
pub use watch::Watch;
