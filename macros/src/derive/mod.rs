//! The derives from end to end: tokens → input → check → model → emit.

mod check;
mod emit;
mod fields;
mod input;
mod model;
mod serde_names;
mod words;

use proc_macro2::TokenStream;
use quote::quote;

use crate::diagnostics::{self, Diagnostics};
use crate::scope::scoped;
use crate::symbol::{DeriveWords, ELEMENT_WORDS, ERROR_WORDS, ITEM_WORDS, REPLY_WORDS, STATUS_WORDS};
use input::TypeInput;
use model::ImplTarget;

/// One derive: its words and its stages.
struct Derive<Model> {
    name: &'static str,
    words: &'static DeriveWords,
    sibling: Option<SiblingDerive>,
    check: fn(&TypeInput, &Diagnostics) -> Option<Model>,
    emit: fn(&ImplTarget, &Model) -> TokenStream,
    /// The impls beside the errors, so that one mistake does not cause further errors elsewhere.
    fallback: fn(&ImplTarget) -> TokenStream,
}

/// A derive that can be on the same type, with its own words.
struct SiblingDerive {
    words: &'static DeriveWords,
    /// The function in `__private` that compiles only if the type has that derive.
    witness: &'static str,
}

/// `#[derive(BulkItem)]`.
pub(crate) fn expand_item(input: TokenStream) -> TokenStream {
    let derive = Derive {
        name: "BulkItem",
        words: &ITEM_WORDS,
        sibling: Some(SiblingDerive { words: &ELEMENT_WORDS, witness: "element_word" }),
        check: check::item::check_item,
        emit: emit::item::emit_item,
        fallback: emit::item::emit_fallback,
    };
    derive.expand(input)
}

/// `#[derive(ItemReply)]`.
pub(crate) fn expand_element(input: TokenStream) -> TokenStream {
    let derive = Derive {
        name: "ItemReply",
        words: &ELEMENT_WORDS,
        sibling: Some(SiblingDerive { words: &ITEM_WORDS, witness: "item_word" }),
        check: check::element::check_element,
        emit: emit::element::emit_element,
        fallback: emit::element::emit_fallback,
    };
    derive.expand(input)
}

/// `#[derive(BulkReply)]`.
pub(crate) fn expand_reply(input: TokenStream) -> TokenStream {
    let derive = Derive {
        name: "BulkReply",
        words: &REPLY_WORDS,
        sibling: None,
        check: check::reply::check_reply,
        emit: emit::reply::emit_reply,
        fallback: emit::reply::emit_fallback,
    };
    derive.expand(input)
}

/// `#[derive(ApiError)]`.
pub(crate) fn expand_error(input: TokenStream) -> TokenStream {
    let derive = Derive {
        name: "ApiError",
        words: &ERROR_WORDS,
        sibling: None,
        check: check::error::check_error,
        emit: emit::error::emit_error,
        fallback: emit::error::emit_fallback,
    };
    derive.expand(input)
}

/// `#[derive(Status)]`.
pub(crate) fn expand_status(input: TokenStream) -> TokenStream {
    let derive = Derive {
        name: "Status",
        words: &STATUS_WORDS,
        sibling: None,
        check: check::status::check_status_enum,
        emit: emit::status::emit_status,
        fallback: emit::status::emit_fallback,
    };
    derive.expand(input)
}

impl<Model> Derive<Model> {
    fn expand(&self, input: TokenStream) -> TokenStream {
        let input = match syn::parse2(input) {
            Ok(input) => input,
            Err(error) => return diagnostics::syntax(&error).into_compile_error(),
        };
        let diagnostics = Diagnostics::new();
        let sibling = self.sibling.as_ref();
        let input = TypeInput::read(input, self.name, self.words, sibling.map(|sibling| sibling.words), &diagnostics);
        let model = (self.check)(&input, &diagnostics);
        let target = check::target(&input);
        // A macro does not see the other derives, so a trait bound at each word checks that the sibling is present.
        let witnesses = sibling.filter(|_| !input.is_generic).map(|sibling| {
            let words = input.sibling_words.iter();
            words.map(|word| emit::emit_witness(word, sibling.witness, &target)).collect::<TokenStream>()
        });
        match (diagnostics.finish(), model) {
            (None, Some(model)) => {
                let impls = (self.emit)(&target, &model);
                scoped(&target.krate, &quote!(#impls #witnesses))
            }
            (errors, _) => {
                let errors = errors.map(syn::Error::into_compile_error);
                // An impl for a generic type without its parameters would be a further error.
                let fallback = (!input.is_generic).then(|| (self.fallback)(&target));
                let scope = scoped(&target.krate, &quote!(#fallback #witnesses));
                quote!(#errors #scope)
            }
        }
    }
}
