//! The types of arguments: text in a path or a header, JSON in a query or a body.

use std::fmt::Display;

use serde::Serialize;

/// The type of an argument in the path.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be in a path [BULK635]",
    label = "not a text",
    note = "a path parameter is one text: use a `&str`, a number, a `bool`, or a type that implements `Display`; an optional or repeated value belongs in the query, `#[query]`"
)]
pub trait PathArgument: Display {}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> PathArgument for T {}

/// The type of an argument in a header.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be in a header [BULK635]",
    label = "not a text",
    note = "a header has one text: use a `&str`, a number, a `bool`, or a type that implements `Display`"
)]
pub trait HeaderArgument: Display {}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> HeaderArgument for T {}

/// The type of an argument in the query or the body.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as an argument [BULK636]",
    label = "does not derive `Serialize`",
    note = "derive `serde::Serialize` for it, or put it into the path or a header if it implements `Display`"
)]
pub trait JsonArgument: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> JsonArgument for T {}
