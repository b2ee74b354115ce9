//! Golden expansions of small declarations.
