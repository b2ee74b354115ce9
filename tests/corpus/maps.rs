//! Requests and answers that are objects with an entry an item.

use crate::coverage::Row;

pub const ROWS: &[Row] = &[];
