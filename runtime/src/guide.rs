//! What is longer than a type's documentation: read it here, nothing is called.

#[doc = include_str!("../docs/diagnostics.md")]
pub mod diagnostics {}
