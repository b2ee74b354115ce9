//! The errors of one expansion, gathered so that all of them are told at once.

use std::cell::RefCell;
use std::fmt::Display;

use proc_macro2::Span;
use quote::ToTokens;

/// Gathers errors. Must be read by [`Report::finish`]: dropping it unread would lose them.
pub(crate) struct Report {
    errors: RefCell<Option<Vec<syn::Error>>>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Report { errors: RefCell::new(Some(Vec::new())) }
    }

    /// An error that covers these tokens.
    pub(crate) fn error(&self, at: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(at, message));
    }

    /// An error at a span.
    pub(crate) fn error_at(&self, at: Span, message: impl Display) {
        self.push(syn::Error::new(at, message));
    }

    /// An error that syn found.
    pub(crate) fn push(&self, error: syn::Error) {
        if let Some(errors) = self.errors.borrow_mut().as_mut() {
            errors.push(error);
        }
    }

    /// All errors as one, if there is one.
    pub(crate) fn finish(self) -> Option<syn::Error> {
        let errors = self.errors.take().unwrap_or_default();
        errors.into_iter().reduce(|mut all, error| {
            all.combine(error);
            all
        })
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        let read = self.errors.borrow().is_none();
        assert!(read || std::thread::panicking(), "a report was dropped unread");
    }
}
