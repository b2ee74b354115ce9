//! Requests and answers for which the grammar has no word: a codec, a reply, or both.

use crate::coverage::Row;

pub const ROWS: &[Row] = &[];
