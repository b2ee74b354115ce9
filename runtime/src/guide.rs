//! The guide: pages of documentation, without code to call.

#[doc = include_str!("../docs/first_endpoint.md")]
pub mod first_endpoint {}

#[doc = include_str!("../docs/grammar.md")]
pub mod grammar {}

#[doc = include_str!("../docs/shapes.md")]
#[doc = include_str!("../docs/shapes_table.md")]
pub mod shapes {}

#[doc = include_str!("../docs/plug_in.md")]
pub mod plug_in {}

#[doc = include_str!("../docs/questions.md")]
pub mod questions {}

#[doc = include_str!("../docs/observability.md")]
pub mod observability {}

#[doc = include_str!("../docs/scale.md")]
pub mod scale {}

#[doc = include_str!("../docs/diagnostics.md")]
pub mod diagnostics {}
