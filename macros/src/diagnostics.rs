//! The errors of one expansion. They are collected and reported together; each ends with the id of its rule.

use std::cell::RefCell;
use std::fmt::Display;

use proc_macro2::Span;
use quote::ToTokens;

use crate::rules::{Mistake, Rule};

/// Collects errors. [`Diagnostics::finish`] must be called: dropping the collection would lose them.
pub(crate) struct Diagnostics {
    errors: RefCell<Option<Vec<syn::Error>>>,
}

impl Diagnostics {
    pub(crate) fn new() -> Self {
        Diagnostics { errors: RefCell::new(Some(Vec::new())) }
    }

    /// An error that covers these tokens.
    pub(crate) fn error(&self, rule: Rule, at: impl ToTokens, message: impl Display) {
        self.push(error(rule, at, message));
    }

    /// An error at a span.
    pub(crate) fn error_at(&self, rule: Rule, at: Span, message: impl Display) {
        self.push(error_at(rule, at, message));
    }

    /// A mistake that a check found in these tokens.
    pub(crate) fn mistake(&self, at: impl ToTokens, mistake: Mistake) {
        self.error(mistake.rule, at, mistake.message);
    }

    /// An error from syn.
    pub(crate) fn syntax(&self, found: &syn::Error) {
        self.push(syntax(found));
    }

    fn push(&self, error: syn::Error) {
        if let Some(errors) = self.errors.borrow_mut().as_mut() {
            errors.push(error);
        }
    }

    /// All errors, combined into one; `None` if there are none.
    pub(crate) fn finish(self) -> Option<syn::Error> {
        let errors = self.errors.take().unwrap_or_default();
        errors.into_iter().reduce(|mut all, error| {
            all.combine(error);
            all
        })
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        let read = self.errors.borrow().is_none();
        assert!(read || std::thread::panicking(), "diagnostics were dropped unread");
    }
}

/// An error outside of a [`Diagnostics`], for an expansion that stops at it.
pub(crate) fn error(rule: Rule, at: impl ToTokens, message: impl Display) -> syn::Error {
    syn::Error::new_spanned(at, format_args!("{message} [{rule}]"))
}

/// The same, at a span.
pub(crate) fn error_at(rule: Rule, at: Span, message: impl Display) -> syn::Error {
    syn::Error::new(at, format_args!("{message} [{rule}]"))
}

/// The same, for an error from syn.
pub(crate) fn syntax(found: &syn::Error) -> syn::Error {
    error_at(Rule::Syntax, found.span(), found)
}
