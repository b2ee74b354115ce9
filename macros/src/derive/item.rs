//! `#[derive(BulkItem)]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Data, Fields};

use super::fields::{Field, by_name, demand, emit_key, only, read_roles};
use super::serde_names::{ContainerNames, variant_name};
use super::{Beside, Derive, Input, emit_where, read_words, text};
use crate::report::Report;
use crate::rules::Rule;
use crate::symbol::{ELEMENT_WORDS, GROUP, ITEM_VARIANT_WORDS, ITEM_WORDS, KEY};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let derive = Derive {
        name: "BulkItem",
        words: &ITEM_WORDS,
        build,
        fallback: emit_keyless,
        beside: Some(Beside { words: &ELEMENT_WORDS, asks: "element_word" }),
    };
    derive.expand(input)
}

/// A variant, with the fields that are its key.
struct Variant<'a> {
    source: &'a syn::Variant,
    keys: Vec<Field<'a>>,
}

impl Variant<'_> {
    /// The keys have names, by which they are told.
    fn is_named(&self) -> bool {
        matches!(self.source.fields, Fields::Named(_))
    }
}

fn build(input: &Input, report: &Report) -> Option<TokenStream> {
    let whole = input.words.flag(KEY, report);
    match &input.data {
        Data::Struct(data) => build_struct(input, &data.fields, whole, report),
        Data::Enum(data) => {
            let mut variants: Vec<Variant<'_>> =
                data.variants.iter().map(|variant| read_variant(variant, input, report)).collect();
            order_keys(&mut variants);
            let group = input.words.flag(GROUP, report).then(|| emit_variant_group(input, &variants));
            check_whole(whole, variants.iter().flat_map(|variant| &variant.keys), report);
            let item = if whole {
                emit_own_key(input)
            } else {
                check_variants(&variants, report)?;
                emit_enum(input, &variants)
            };
            Some(quote!(#item #group))
        }
        Data::Union(_) => {
            let ident = &input.ident;
            report.error(
                Rule::DeriveKind,
                ident,
                format_args!("a derived item is a struct or an enum: `{ident}` is a union"),
            );
            None
        }
    }
}

fn build_struct(input: &Input, fields: &Fields, whole: bool, report: &Report) -> Option<TokenStream> {
    if let Some(word) = input.words.get(GROUP) {
        let message = "`#[bulk(group)]` on a type makes the variants of an enum its groups: on a struct, put it on the field that says the group";
        report.error(Rule::Group, word, message);
    }
    let newtype = fields.len() == 1
        && (matches!(fields, Fields::Unnamed(_)) || ContainerNames::read(&input.attributes).transparent);
    let fields = read_roles(fields, &input.attributes, &ITEM_WORDS.on_field, report);
    let group = only(&fields, GROUP, report).map(|field| emit_field_group(input, field));
    let keys: Vec<&Field<'_>> = fields.iter().filter(|field| field.words.get(KEY).is_some()).collect();
    check_whole(whole, keys.iter().copied(), report);
    let item = match keys.as_slice() {
        [] if newtype || whole => emit_own_key(input),
        [] => emit_keyless(input),
        _ => {
            let keys = by_name(keys);
            let (key, value) = emit_key(&keys, &input.krate);
            emit_keyed(input, &key, keys.iter().copied(), &value)
        }
    };
    Some(quote!(#item #group))
}

fn read_variant<'a>(variant: &'a syn::Variant, input: &Input, report: &Report) -> Variant<'a> {
    // Nothing can be said of a variant itself.
    let _ = read_words(&variant.attrs, &ITEM_VARIANT_WORDS, report);
    let fields = read_roles(&variant.fields, &input.attributes, &ITEM_WORDS.on_field, report);
    for word in fields.iter().filter_map(|field| field.words.get(GROUP)) {
        let message = "the groups of an enum are its variants: put `#[bulk(group)]` on the enum itself";
        report.error(Rule::Group, word, message);
    }
    let keys = fields.into_iter().filter(|field| field.words.get(KEY).is_some()).collect();
    Variant { source: variant, keys }
}

/// Puts the keys of all variants into the order of their names; those without names are declared in the order of those of the first
/// variant that has some.
fn order_keys(variants: &mut [Variant<'_>]) {
    let name = |variant: &Variant<'_>, at: usize| variant.keys.get(at).map(|key| key.names.name.clone());
    let named = variants.iter().find(|variant| variant.is_named() && !variant.keys.is_empty());
    let places = named.map(|first| {
        let mut places: Vec<usize> = (0..first.keys.len()).collect();
        places.sort_by_key(|at| name(first, *at));
        places
    });
    for variant in variants {
        if variant.is_named() {
            variant.keys.sort_by(|one, other| one.names.name.cmp(&other.names.name));
        } else if let Some(places) = places.as_ref().filter(|places| places.len() == variant.keys.len()) {
            let mut keys: Vec<Option<Field<'_>>> = variant.keys.drain(..).map(Some).collect();
            variant.keys = places.iter().filter_map(|at| keys[*at].take()).collect();
        }
    }
}

/// What is its own key has no key among its fields.
fn check_whole<'f, 'a: 'f>(whole: bool, keys: impl Iterator<Item = &'f Field<'a>>, report: &Report) {
    for key in keys.filter(|_| whole) {
        report.error(
            Rule::WholeKey,
            key.words.get(KEY),
            "`#[bulk(key)]` on the type says that the whole item is its key: take one of them away",
        );
    }
}

/// All variants are named in the same way: by keys of the same types, or by position.
fn check_variants(variants: &[Variant<'_>], report: &Report) -> Option<()> {
    let types = |variant: &Variant<'_>| -> Vec<String> {
        variant.keys.iter().map(|key| key.ty().to_token_stream().to_string()).collect()
    };
    let told = |types: &[String]| match types {
        [] => "no key".to_owned(),
        [one] => format!("the key `{one}`"),
        several => format!("the key `({})`", several.join(", ")),
    };
    let first = variants.iter().find(|variant| !variant.keys.is_empty());
    let mut fits = Some(());
    for variant in variants {
        let Some(first) = first else { continue };
        let (want, got) = (types(first), types(variant));
        if want != got {
            let (one, other) = (&first.source.ident, &variant.source.ident);
            report.error(
                Rule::VariantKeys, other,
                format_args!(
                    "an item has one type of key: `{one}` has {}, and `{other}` has {}: put `#[bulk(key)]` on fields of the same types in each variant, or on none",
                    told(&want), told(&got)
                ),
            );
            fits = None;
        }
    }
    fits.and_then(|()| check_names(variants, report))
}

/// Keys of several fields are told by their names.
fn check_names(variants: &[Variant<'_>], report: &Report) -> Option<()> {
    let mut named = variants.iter().filter(|variant| variant.is_named() && variant.keys.len() > 1);
    let Some(first) = named.next() else { return Some(()) };
    let names = |variant: &Variant<'_>| variant.keys.iter().map(|key| key.names.name.clone()).collect::<Vec<_>>();
    let mut fits = Some(());
    for other in named.filter(|other| names(first) != names(other)) {
        let (one, ident) = (&first.source.ident, &other.source.ident);
        let (want, got) = (names(first).join("`, `"), names(other).join("`, `"));
        report.error(
            Rule::VariantKeys, ident,
            format_args!(
                "a key of several fields is told by their names: those of `{one}` are `{want}`, those of `{ident}` are `{got}`: give them the same names"
            ),
        );
        fits = None;
    }
    fits
}

/// It is its own key, and an element that is a bare key.
fn emit_own_key(input: &Input) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    let bounds = emit_where(&[demand(ident, &quote!(#krate::ItemKey))]);
    quote! {
        impl #krate::BulkItem for #ident #bounds {
            type Key = #ident;
            const OWN_KEY: bool = true;
            fn key(&self) -> #krate::__private::Cow<'_, <Self as #krate::BulkItem>::Key> {
                #krate::__private::Cow::Borrowed(self)
            }
        }
        impl #krate::Keyed for #ident #bounds {}
        impl #krate::ItemReply for #ident #bounds {
            type Key = #ident;
            type Success = ();
            type Failure = #krate::__private::Listed;
            const SHAPE: #krate::__private::ElementShape = #krate::__private::ElementShape::bare();
            fn address(&self) -> #krate::__private::Address<'_, <Self as #krate::ItemReply>::Key> {
                #krate::__private::Address::Key(#krate::__private::Cow::Borrowed(self))
            }
            fn into_success(self) {}
            fn into_failure(self, list: &'static str) -> #krate::__private::Listed {
                #krate::__private::Listed { list }
            }
        }
        impl #krate::__private::Detail for #ident #bounds {}
    }
}

/// The names of the fields of a key of several.
fn key_fields<'f, 'a: 'f>(keys: impl Iterator<Item = &'f Field<'a>>) -> Option<TokenStream> {
    let names: Vec<_> = keys.map(|key| text(&key.names.name)).collect();
    let fields = quote!(const KEY_FIELDS: &'static [&'static ::core::primitive::str] = &[#(#names),*];);
    (names.len() > 1).then_some(fields)
}

/// What an item with these keys must be.
fn emit_bounds<'f, 'a: 'f>(input: &Input, keys: impl Iterator<Item = &'f Field<'a>>) -> Option<TokenStream> {
    let krate = &input.krate;
    let own = demand(&input.ident, &quote!(#krate::__private::Encodes));
    let keys = keys.map(|key| demand(key.ty(), &quote!(#krate::ItemKey)));
    emit_where(&Some(own).into_iter().chain(keys).collect::<Vec<_>>())
}

fn emit_keyed<'f, 'a: 'f>(
    input: &Input,
    key: &TokenStream,
    keys: impl Iterator<Item = &'f Field<'a>> + Clone,
    value: &TokenStream,
) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    let (fields, bounds) = (key_fields(keys.clone()), emit_bounds(input, keys));
    quote! {
        impl #krate::BulkItem for #ident #bounds {
            type Key = #key;
            #fields
            fn key(&self) -> #krate::__private::Cow<'_, <Self as #krate::BulkItem>::Key> {
                #value
            }
        }
        impl #krate::Keyed for #ident #bounds {}
    }
}

fn emit_keyless(input: &Input) -> TokenStream {
    let (ident, krate, bounds) = (&input.ident, &input.krate, emit_bounds(input, [].into_iter()));
    quote! {
        impl #krate::BulkItem for #ident #bounds {
            type Key = ();
            const KEYED: bool = false;
            fn key(&self) -> #krate::__private::Cow<'_, <Self as #krate::BulkItem>::Key> {
                #krate::__private::Cow::Owned(())
            }
        }
    }
}

/// The key of whichever variant it is.
fn emit_enum(input: &Input, variants: &[Variant<'_>]) -> TokenStream {
    let Some(first) = variants.first().filter(|first| !first.keys.is_empty()) else {
        return emit_keyless(input);
    };
    let krate = &input.krate;
    let cow = quote!(#krate::__private::Cow);
    let types: Vec<_> = first.keys.iter().map(Field::ty).collect();
    let arms = variants.iter().map(|variant| {
        let ident = &variant.source.ident;
        let members = variant.keys.iter().map(|key| &key.member);
        let names: Vec<Ident> =
            (0..variant.keys.len()).map(|index| format_ident!("key_{index}", span = Span::mixed_site())).collect();
        let value = match names.as_slice() {
            [name] => quote!(#cow::Borrowed(#name)),
            names => quote!(#cow::Owned((#(::core::clone::Clone::clone(#names)),*))),
        };
        quote!(Self::#ident { #(#members: #names,)* .. } => #value,)
    });
    let key = match types.as_slice() {
        [one] => one.to_token_stream(),
        several => quote!((#(#several),*)),
    };
    let named = variants.iter().find(|variant| variant.is_named()).unwrap_or(first);
    emit_keyed(input, &key, named.keys.iter(), &quote!(match self { #(#arms)* }))
}

/// A field says the group.
fn emit_field_group(input: &Input, field: &Field<'_>) -> TokenStream {
    let (krate, member) = (&input.krate, &field.member);
    emit_grouped(input, &quote!(#krate::__private::group_name(&self.#member)))
}

/// The variant is the group.
fn emit_variant_group(input: &Input, variants: &[Variant<'_>]) -> TokenStream {
    let krate = &input.krate;
    let arms = variants.iter().map(|variant| {
        let (ident, name) = (&variant.source.ident, variant_name(variant.source, &input.attributes));
        quote!(Self::#ident { .. } => #name,)
    });
    emit_grouped(input, &quote!(#krate::__private::Cow::Borrowed(match self { #(#arms)* })))
}

fn emit_grouped(input: &Input, group: &TokenStream) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    quote! {
        impl #krate::Grouped for #ident {
            fn group(&self) -> #krate::__private::Cow<'_, ::core::primitive::str> {
                #group
            }
        }
    }
}
