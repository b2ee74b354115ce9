//! Runs as users see them, one module for each topic.

mod duplicates;
mod outcomes;
mod retries;
mod sources;
mod stops;
mod waits;
