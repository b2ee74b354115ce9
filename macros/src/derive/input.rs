//! A type under a derive as written, with the words of its own `#[bulk(…)]`.

use proc_macro2::Ident;
use syn::{Attribute, Data, DeriveInput, Path};

use super::words::{read_words, take_sibling_words};
use crate::args::WordSet;
use crate::diagnostics::Diagnostics;
use crate::rules::Rule;
use crate::symbol::DeriveWords;

pub(super) struct TypeInput {
    pub(super) ident: Ident,
    pub(super) attributes: Vec<Attribute>,
    pub(super) data: Data,
    pub(super) words: WordSet,
    pub(super) krate: Path,
    pub(super) is_generic: bool,
    /// Words that only a sibling derive reads.
    pub(super) sibling_words: Vec<Ident>,
}

impl TypeInput {
    /// Reads the type under the derive `name`, which accepts these words.
    pub(super) fn read(
        mut input: DeriveInput,
        name: &str,
        words: &DeriveWords,
        sibling: Option<&DeriveWords>,
        diagnostics: &Diagnostics,
    ) -> Self {
        // A derive also sees the words of the other derives, and would report them as unknown.
        let sibling_words = sibling.map(|sibling| take_sibling_words(&mut input, words, sibling)).unwrap_or_default();
        let words = read_words(&input.attrs, &words.on_type, diagnostics);
        let is_generic = !input.generics.params.is_empty();
        if is_generic {
            diagnostics.error(
                Rule::DeriveGeneric,
                &input.generics,
                format_args!(
                    "`#[derive({name})]` does not support generics: use concrete types, or implement the trait by hand"
                ),
            );
        }
        let krate = words.krate(&input.ident, "bulk", diagnostics);
        TypeInput {
            ident: input.ident,
            attributes: input.attrs,
            data: input.data,
            words,
            krate,
            is_generic,
            sibling_words,
        }
    }
}
