//! Which error codes a type can hold: whether a code in `already("GONE")` can ever match.

/// The error codes that a type can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codes {
    /// None.
    None,
    /// Words, such as `"GONE"`.
    Words,
    /// Words or numbers.
    Any,
}

impl Codes {
    /// The codes of two types together.
    pub const fn or(self, other: Codes) -> Codes {
        match (self, other) {
            (Codes::None, codes) | (codes, Codes::None) => codes,
            (Codes::Words, Codes::Words) => Codes::Words,
            _ => Codes::Any,
        }
    }
}
