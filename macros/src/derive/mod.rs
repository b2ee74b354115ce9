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
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, LitStr, Meta, Path, Token};

use crate::args::{self, Vocabulary, Word, Words};
use crate::report::{self, Report};
use crate::rules::Rule;
use crate::spans;
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
    /// The derive that may stand beside this one, and reads its own words.
    beside: Option<Beside>,
}

/// Another derive, by its words, and what in `__private` asks whether it is there.
struct Beside {
    words: &'static DeriveWords,
    asks: &'static str,
}

impl Derive {
    fn expand(&self, input: TokenStream) -> TokenStream {
        let mut input: DeriveInput = match syn::parse2(input) {
            Ok(input) => input,
            Err(error) => return report::syntax(&error).into_compile_error(),
        };
        let passed = self.pass_over(&mut input);
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
        let passed = passed.iter().filter(|_| !generic).map(|(word, asks)| emit_demand(word, asks, &input));
        let passed: TokenStream = passed.collect();
        let built = (self.build)(&input, &report);
        match (report.finish(), built) {
            (None, Some(built)) => quote!(#built #passed),
            (errors, _) => {
                let errors = errors.map(syn::Error::into_compile_error);
                let fallback = (!generic).then(|| (self.fallback)(&input));
                quote!(#errors #fallback #passed)
            }
        }
    }

    /// Takes away the words that the derive beside this one reads, if it is there: that is asked of the compiler.
    fn pass_over(&self, input: &mut DeriveInput) -> Vec<(Ident, &'static str)> {
        let Some(Beside { words, asks }) = &self.beside else { return Vec::new() };
        let mut passed = take_words(&mut input.attrs, &self.words.on_type, &words.on_type);
        let fields: Vec<&mut syn::Field> = match &mut input.data {
            Data::Struct(data) => data.fields.iter_mut().collect(),
            Data::Enum(data) => data.variants.iter_mut().flat_map(|variant| &mut variant.fields).collect(),
            Data::Union(_) => Vec::new(),
        };
        for field in fields {
            passed.extend(take_words(&mut field.attrs, &self.words.on_field, &words.on_field));
        }
        passed.into_iter().map(|word| (word, *asks)).collect()
    }
}

/// Takes the words out of `#[bulk(…)]` that are none of one's own and some of another's.
fn take_words(attributes: &mut Vec<Attribute>, own: &Vocabulary, other: &Vocabulary) -> Vec<Ident> {
    let mut taken = Vec::new();
    attributes.retain_mut(|attribute| {
        let Meta::List(list) = &mut attribute.meta else { return true };
        let words = Punctuated::<Word, Token![,]>::parse_terminated.parse2(list.tokens.clone());
        let Some(words) = words.ok().filter(|_| list.path.is_ident("bulk")) else { return true };
        let knows = |vocabulary: &Vocabulary, word: &Word| vocabulary.allowed.iter().any(|known| word.is(known));
        let (theirs, ours): (Vec<Word>, Vec<Word>) =
            words.into_iter().partition(|word| knows(other, word) && !knows(own, word));
        if theirs.is_empty() {
            return true;
        }
        list.tokens = quote!(#(#ours),*);
        taken.extend(theirs.into_iter().map(|word| word.name));
        !ours.is_empty()
    });
    taken
}

/// The derive is there whose word this is.
fn emit_demand(word: &Ident, asks: &str, input: &Input) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    let asks = Ident::new(asks, word.span());
    let asked = spans::place(quote!(#krate::__private::#asks::<#ident>()), word.span());
    quote!(const _: () = #asked;)
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
