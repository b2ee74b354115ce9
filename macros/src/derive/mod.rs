//! The derives: each reads a type's fields with their roles and JSON names, checks them, and writes one impl.

pub(crate) mod element;
pub(crate) mod error;
mod fields;
pub(crate) mod item;
pub(crate) mod reply;
mod serde_names;
pub(crate) mod status;
mod told;
mod variant;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Attribute, Data, DeriveInput, LitStr, Path};

use crate::args::{self, Vocabulary, Words};
use crate::report::{self, Report};
use crate::rules::Rule;
use crate::symbol::DeriveWords;

/// A type under a derive, and what its own `#[bulk(…)]` says.
struct Input {
    ident: Ident,
    attributes: Vec<Attribute>,
    data: Data,
    words: Words,
    krate: Path,
}

/// One derive: its words, what it makes of a fitting type, and what stands in where the type is at fault.
struct Derive {
    name: &'static str,
    words: &'static DeriveWords,
    build: fn(&Input, &Report) -> Option<TokenStream>,
    fallback: fn(&Input) -> TokenStream,
}

impl Derive {
    fn expand(&self, input: TokenStream) -> TokenStream {
        let input: DeriveInput = match syn::parse2(input) {
            Ok(input) => input,
            Err(error) => return report::syntax(&error).into_compile_error(),
        };
        let report = Report::new();
        let words = read_words(&input.attrs, &self.words.on_type, &report);
        let generic = !input.generics.params.is_empty();
        if generic {
            let name = self.name;
            report.error(
                Rule::DeriveGeneric, &input.generics,
                format_args!(
                    "`#[derive({name})]` takes a type without parameters: an endpoint names one concrete type; implement the trait by hand for this one"
                ),
            );
        }
        let input =
            Input { ident: input.ident, attributes: input.attrs, data: input.data, krate: words.krate(&report), words };
        let built = (self.build)(&input, &report);
        match (report.finish(), built) {
            (None, Some(built)) => built,
            (errors, _) => {
                let errors = errors.map(syn::Error::into_compile_error);
                let fallback = (!generic).then(|| (self.fallback)(&input));
                quote!(#errors #fallback)
            }
        }
    }
}

impl Input {
    /// The fields of a struct; an error for anything else.
    fn struct_fields(&self, what: &str, report: &Report) -> Option<&syn::Fields> {
        let kind = match &self.data {
            Data::Struct(data) => return Some(&data.fields),
            Data::Enum(_) => "an enum",
            Data::Union(_) => "a union",
        };
        let ident = &self.ident;
        report.error(Rule::DeriveKind, ident, format_args!("{what} is a struct: `{ident}` is {kind}"));
        None
    }
}

/// The words of all `#[bulk(…)]` among attributes.
fn read_words(attributes: &[Attribute], vocabulary: &Vocabulary, report: &Report) -> Words {
    let mut words = Words::none();
    for attribute in attributes {
        if !attribute.path().is_ident("bulk") {
            continue;
        }
        if args::inside(attribute).is_ok_and(|inside| inside.is_empty()) {
            report.error(
                Rule::WordMissing,
                attribute,
                "`#[bulk]` says nothing: give it a word, as `#[bulk(key)]`, or take it away",
            );
            words.spoil();
        }
        words.read_attribute(attribute, vocabulary, report);
    }
    words
}

/// The `where` of an impl.
fn emit_where(bounds: &[TokenStream]) -> Option<TokenStream> {
    (!bounds.is_empty()).then(|| quote!(where #(#bounds),*))
}

/// A name as a string literal without a place, so that no error points into a field's name.
fn text(name: &str) -> LitStr {
    LitStr::new(name, Span::call_site())
}
