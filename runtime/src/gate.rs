//! The gate of a client, shared by its runs.
#[derive(Debug, Default)]
pub(crate) struct SharedGate;
