//! Tests over a real socket, or of more than one crate: one binary, one module an area.
#![allow(missing_docs)]

mod fake;
