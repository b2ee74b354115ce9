//! Reports: the outcome of every item, in a file that is written as items settle.

mod file;
mod formulas;
mod recorded;
mod row;
mod timeline;

pub(crate) use file::ReportFile;
pub use file::ReportPlace;
pub(crate) use formulas::starts_formula;
pub(crate) use recorded::add_recorded;
pub use row::ReportRow;
pub(crate) use timeline::Timeline;
