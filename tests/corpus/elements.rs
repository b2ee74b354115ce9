//! Answers with one list, whose elements name their items and judge themselves.

use crate::coverage::Row;

pub const ROWS: &[Row] = &[];
