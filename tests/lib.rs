//! Tests that need more than one of the crates. The README's code is compiled here.

#[doc = include_str!("../README.md")]
#[derive(Debug)]
pub struct Readme;
