//! `Detail` for an element of a response, and `ItemReply` if it names an item.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::Path;

use super::bounds::{emit_assumed, emit_bound, emit_type_check, emit_where};
use super::code_places::{emit_code_at, emit_code_inside, emit_codes};
use super::signals::{DetailMethods, any_of, emit_bounds, emit_methods};
use super::values::{
    emit_key, emit_key_text, emit_nested, emit_present, emit_text, field_of_self, name_literal, variant_ident,
};
use crate::derive::model::{
    AddressModel, ElementDetails, ElementModel, ElementVariant, FieldModel, ImplTarget, KeyTextModel, VariantContent,
};
use crate::symbol::{CODE, MESSAGE, RETRY_AFTER};

pub(in crate::derive) fn emit_element(target: &ImplTarget, model: &ElementModel) -> TokenStream {
    let krate = &target.krate;
    let (methods, mut bounds) = match &model.details {
        ElementDetails::Struct(signals) => (emit_methods(signals, &field_of_self, krate), emit_bounds(signals, krate)),
        ElementDetails::Enum(variants) => {
            let bounds = variants.iter().flat_map(|variant| emit_variant_bounds(variant, krate));
            (emit_enum_methods(variants, krate), bounds.collect::<Vec<_>>())
        }
    };
    bounds.push(emit_assumed(&target.ident, &quote!(#krate::__private::Shareable)));
    let places = emit_detail_codes(&model.details, krate);
    let detail = emit_detail(target, &methods, places.as_ref(), &bounds, model.has_verdict);
    let reply = emit_item_reply(target, model, bounds);
    let check = emit_type_check("element_type", &target.ident, krate);
    quote!(#detail #reply #check)
}

/// Each method as a `match` on the variants.
fn emit_enum_methods(variants: &[ElementVariant], krate: &Path) -> DetailMethods {
    let arms: Vec<(TokenStream, DetailMethods)> = variants.iter().map(|variant| emit_variant(variant, krate)).collect();
    let of = |method: fn(&DetailMethods) -> &Option<TokenStream>| {
        let arms = arms.iter().map(|(pattern, methods)| {
            let body = method(methods).clone().unwrap_or_else(|| quote!(::core::option::Option::None));
            // The pattern is the same for all methods, and each uses only some of its bindings.
            quote!(#[allow(unused_variables)] #pattern => #body)
        });
        Some(quote!(match self { #(#arms),* }))
    };
    let codes = arms.iter().filter_map(|(_, methods)| methods.codes.clone());
    DetailMethods {
        codes: Some(any_of(codes, krate)),
        verdict: of(|methods| &methods.verdict),
        code: of(|methods| &methods.code),
        message: of(|methods| &methods.message),
        retry_after: of(|methods| &methods.retry_after),
        retries: arms
            .iter()
            .any(|(_, methods)| methods.retries.is_some())
            .then(|| of(|methods| &methods.retries))
            .flatten(),
    }
}

/// The pattern of a variant, and the methods with the bindings of that pattern.
fn emit_variant(variant: &ElementVariant, krate: &Path) -> (TokenStream, DetailMethods) {
    let name = &variant.ident;
    let (pattern, mut methods) = match &variant.content {
        VariantContent::Unread => (quote!(Self::#name { .. }), DetailMethods::default()),
        // All methods call those of the value, which has a verdict or only details.
        VariantContent::Nested { ty, .. } => {
            let nested = |method| Some(emit_nested(ty, method, &quote!(inner), krate));
            let methods = DetailMethods {
                codes: Some(quote!(<#ty as #krate::__private::Detail>::CODES)),
                verdict: nested("verdict"),
                code: nested(CODE),
                message: nested(MESSAGE),
                retry_after: nested(RETRY_AFTER),
                retries: nested("retries"),
            };
            (quote!(Self::#name(inner)), methods)
        }
        VariantContent::Fields { signals, members } => {
            let binding = |field: &FieldModel| {
                let member = &field.member;
                quote!(#member)
            };
            (quote!(Self::#name { #(#members,)* .. }), emit_methods(signals, &binding, krate))
        }
    };
    // A mark is the verdict, and overrides that of the content.
    if let Some(mark) = variant.mark.map(variant_ident) {
        methods.verdict = Some(quote!(::core::option::Option::Some(#krate::__private::Verdict::#mark)));
    }
    (pattern, methods)
}

fn emit_variant_bounds(variant: &ElementVariant, krate: &Path) -> Vec<TokenStream> {
    match &variant.content {
        VariantContent::Unread => Vec::new(),
        VariantContent::Nested { ty, has_verdict } => {
            let bound = if *has_verdict { quote!(HasVerdict) } else { quote!(Detail) };
            vec![emit_bound(ty, &quote!(#krate::__private::#bound))]
        }
        VariantContent::Fields { signals, .. } => emit_bounds(signals, krate),
    }
}

/// Where a struct has its error code. The fields of an enum depend on its tag, so an enum has none.
fn emit_detail_codes(details: &ElementDetails, krate: &Path) -> Option<TokenStream> {
    let ElementDetails::Struct(signals) = details else { return None };
    let own = signals.code.iter().map(|field| emit_code_at(field, krate));
    let inside = signals.nested.iter().map(|nested| emit_code_inside(&nested.field, krate));
    emit_codes(&own.chain(inside).collect::<Vec<_>>(), None, krate)
}

fn emit_detail(
    target: &ImplTarget,
    methods: &DetailMethods,
    places: Option<&TokenStream>,
    bounds: &[TokenStream],
    has_verdict: bool,
) -> TokenStream {
    let ImplTarget { ident, krate, .. } = target;
    let private = quote!(#krate::__private);
    let method = |name: &str, body: &Option<TokenStream>, ty: TokenStream| {
        let name = format_ident!("{name}");
        let body = body.as_ref();
        body.map(|body| quote!(fn #name(&self) -> ::core::option::Option<#ty> { #body }))
    };
    let status = method("verdict", &methods.verdict, quote!(#private::Verdict));
    let code = method(CODE, &methods.code, quote!(#private::Cow<'_, str>));
    let message = method(MESSAGE, &methods.message, quote!(#private::Cow<'_, str>));
    let wait = method(RETRY_AFTER, &methods.retry_after, quote!(::core::time::Duration));
    let retries = method("retries", &methods.retries, quote!(::core::primitive::bool));
    // Unlike `ItemReply`, `IsPresent` needs no bounds on the fields.
    let (bounds, present) = (emit_where(bounds), emit_present(target));
    // The default of the trait is `true`.
    let from_array = target.is_never_array.then(|| {
        quote!(
            const FROM_ARRAY: bool = false;
        )
    });
    let codes = methods.codes.as_ref().map(|codes| {
        quote!(
            const CODES: #private::Codes = #codes;
        )
    });
    // A marker trait, which `#[bulk(results)]` requires.
    let judges = has_verdict.then(|| quote!(impl #private::HasVerdict for #ident #bounds {}));
    quote! {
        impl #private::Detail for #ident #bounds {
            #from_array
            #codes
            #status
            #code
            #message
            #wait
            #retries
            #places
        }
        #present
        impl #private::Failure for #ident #bounds {
            type Or<Other: #private::Failure> = Self;
        }
        impl #private::IntoFailure<#ident> for #ident {
            fn convert_failure(this: #private::Arc<Self>) -> #private::Arc<Self> {
                this
            }
        }
        #judges
    }
}

/// The parts of an impl of `ItemReply` that name the item.
struct AddressCode {
    key: TokenStream,
    value: TokenStream,
    /// The constructor of `ElementShape`.
    shape: TokenStream,
    bounds: Vec<TokenStream>,
}

fn emit_address(address: &AddressModel, krate: &Path) -> Option<AddressCode> {
    let private = quote!(#krate::__private);
    Some(match address {
        AddressModel::None => return None,
        AddressModel::Position => AddressCode {
            key: quote!(#private::NoKey),
            value: quote!(#private::Address::Position),
            shape: quote!(positional()),
            bounds: Vec::new(),
        },
        AddressModel::Key(keys) => {
            let (key, value) = emit_key(keys, krate);
            let names = keys.iter().map(|key| name_literal(&key.json_name));
            AddressCode {
                key,
                value: quote!(#private::Address::Key(#value)),
                shape: quote!(keyed(&[#(#names),*])),
                bounds: keys.iter().map(|key| emit_bound(&key.ty, &quote!(#private::ReplyKey))).collect(),
            }
        }
        AddressModel::KeyList(FieldModel { member, ty, .. }) => {
            let of = quote!(<#ty as #private::KeyList>);
            AddressCode {
                key: quote!(#of::Key),
                value: quote!(#private::Address::Keys(#of::keys(&self.#member))),
                shape: quote!(nested()),
                bounds: vec![emit_bound(ty, &quote!(#private::KeyList))],
            }
        }
        AddressModel::Text(KeyTextModel { field, text, base }) => {
            let (name, of, ty) = (name_literal(&field.json_name), emit_key_text(text, krate), &field.ty);
            let written = emit_text(ty, &field_of_self(field), krate);
            let written = quote!(::core::option::Option::as_deref(&#written));
            let (key, found) = match base {
                None => (quote!(::std::string::String), quote!(#of.key(#written).map(::std::string::String::from))),
                Some(base) => {
                    let base = Literal::usize_unsuffixed(*base);
                    (quote!(#krate::Index<#base>), quote!(#of.index::<#base>(#written)))
                }
            };
            AddressCode {
                key,
                // A text of another form names no item.
                value: quote!(match #found {
                    ::core::option::Option::Some(key) => #private::Address::Key(#private::Cow::Owned(key)),
                    ::core::option::Option::None => #private::Address::Keys(&[]),
                }),
                shape: quote!(keyed_in(&[#name], #text)),
                bounds: vec![emit_bound(ty, &quote!(#private::AsText))],
            }
        }
        AddressModel::Nested(FieldModel { member, ty, .. }) => {
            let of = quote!(<#ty as #krate::ItemReply>);
            AddressCode {
                key: quote!(#of::Key),
                value: quote!(#of::address(&self.#member)),
                shape: quote!(nested_in(&#of::SHAPE)),
                bounds: vec![emit_bound(ty, &quote!(#krate::ItemReply))],
            }
        }
    })
}

/// The group that the address is about: in a field, or in the element that has the key.
fn emit_group(model: &ElementModel, krate: &Path) -> Option<TokenStream> {
    match (&model.group, &model.address) {
        (Some(group), _) => Some(emit_text(&group.ty, &field_of_self(group), krate)),
        (None, AddressModel::Nested(FieldModel { member, ty, .. })) => {
            Some(quote!(<#ty as #krate::ItemReply>::in_group(&self.#member)))
        }
        (None, _) => None,
    }
}

/// The impl of `ItemReply`, for an element that names its item.
fn emit_item_reply(target: &ImplTarget, model: &ElementModel, mut bounds: Vec<TokenStream>) -> Option<TokenStream> {
    let ImplTarget { ident, krate, .. } = target;
    let private = quote!(#krate::__private);
    let address = emit_address(&model.address, krate)?;
    bounds.extend(address.bounds);
    bounds.extend(model.group.as_ref().map(|group| emit_bound(&group.ty, &quote!(#private::AsText))));
    // Elements are read one by one, so the element itself is deserialized.
    bounds.push(emit_assumed(ident, &quote!(#private::Decodes)));
    let bounds = emit_where(&bounds);
    let AddressCode { key, value, shape, .. } = address;
    let (success, into_success) = if model.has_body {
        (quote!(#private::Arc<Self>), quote!(#private::Arc::new(self)))
    } else {
        (quote!(()), TokenStream::new())
    };
    let status = model.status_name.as_ref().map(|name| {
        let name = name_literal(name);
        quote!(.status(#name))
    });
    let group_name = model.group.as_ref().map(|group| {
        let name = name_literal(&group.json_name);
        quote!(.group(#name))
    });
    let group = emit_group(model, krate).map(|group| {
        quote! {
            fn in_group(&self) -> ::core::option::Option<#private::Cow<'_, ::core::primitive::str>> {
                #group
            }
        }
    });
    Some(quote! {
        impl #krate::ItemReply for #ident #bounds {
            type Key = #key;
            type Success = #success;
            type Failure = Self;
            const SHAPE: #private::ElementShape = #private::ElementShape::#shape #status #group_name;
            fn address(&self) -> #private::Address<'_, <Self as #krate::ItemReply>::Key> {
                #value
            }
            #group
            fn into_success(self) -> <Self as #krate::ItemReply>::Success {
                #into_success
            }
            fn into_failure(self, _: &'static str) -> Self {
                self
            }
        }
    })
}

/// The fallback for an invalid element. It names items by position, so it fits any item.
pub(in crate::derive) fn emit_fallback(target: &ImplTarget) -> TokenStream {
    let model = ElementModel {
        address: AddressModel::Position,
        group: None,
        details: ElementDetails::Struct(Box::default()),
        has_verdict: true,
        status_name: None,
        has_body: false,
    };
    emit_element(target, &model)
}
