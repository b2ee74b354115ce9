//! An argument of a declared method, as a visitor sees it.

use serde_json::Value;

use super::value::DynamicValue;
use crate::declare::ArgumentAt;

/// An argument of a declared method.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Argument {
    /// Its name in the declaration.
    pub name: &'static str,
    /// Its documentation: the `///` before it.
    pub docs: &'static str,
    /// Its place in a request; `None` if it is in the path.
    pub at: Option<ArgumentAt>,
    accepts_null: fn() -> bool,
}

impl Argument {
    /// An argument of this type, in the path.
    pub(crate) const fn new<T: DynamicValue>(name: &'static str, docs: &'static str) -> Self {
        Argument { name, docs, at: None, accepts_null: || T::deserialize(Value::Null).is_ok() }
    }

    /// Puts it elsewhere than in the path.
    #[doc(hidden)]
    pub const fn at(mut self, at: ArgumentAt) -> Self {
        self.at = Some(at);
        self
    }

    /// Returns whether it may be left out: its type accepts `null`, as an `Option` does.
    pub fn is_optional(&self) -> bool {
        (self.accepts_null)()
    }
}
