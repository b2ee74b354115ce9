//! Refusals that tell of single items: details in a 4xx, or under a 2xx that says no.

use crate::coverage::Row;

pub const ROWS: &[Row] = &[];
