//! Runs as their users see them, one module a topic.

mod outcomes;
mod repeats;
mod retries;
mod sources;
mod stops;
mod waits;
