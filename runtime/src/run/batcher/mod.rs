//! Single calls that become batches: a handle that many tasks share, and the driver that sends their items together.

mod builder;
mod call;
mod driver;
mod flushes;
mod handle;

pub use builder::BatcherBuilder;
pub use call::{BatchedItem, BatcherRun, Call, CallError, TrySendError};
pub use driver::{BatcherDriver, CallRun};
pub use handle::Batcher;
