//! `Detail` for an element of a response, and `ItemReply` if it names an item.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

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
    let (methods, mut bounds) = match &model.details {
        ElementDetails::Struct(signals) => (emit_methods(signals, &field_of_self), emit_bounds(signals)),
        ElementDetails::Enum(variants) => {
            let bounds = variants.iter().flat_map(emit_variant_bounds);
            (emit_enum_methods(variants), bounds.collect::<Vec<_>>())
        }
    };
    bounds.push(emit_assumed(&target.ident, &quote!(__bulk::Shareable)));
    let places = emit_detail_codes(&model.details);
    let detail = emit_detail(target, &methods, places.as_ref(), &bounds, model.has_verdict);
    let reply = emit_item_reply(target, model, bounds);
    let check = emit_type_check("element_type", &target.ident);
    quote!(#detail #reply #check)
}

/// Each method as a `match` on the variants.
fn emit_enum_methods(variants: &[ElementVariant]) -> DetailMethods {
    let arms: Vec<(TokenStream, DetailMethods)> = variants.iter().map(emit_variant).collect();
    let of = |method: fn(&DetailMethods) -> &Option<TokenStream>| {
        let arms = arms.iter().map(|(pattern, methods)| {
            let body = method(methods).clone().unwrap_or_else(|| quote!(__bulk::None));
            // The pattern is the same for all methods, and each uses only some of its bindings.
            quote!(#[allow(unused_variables)] #pattern => #body)
        });
        Some(quote!(match self { #(#arms),* }))
    };
    let codes = arms.iter().filter_map(|(_, methods)| methods.codes.clone());
    DetailMethods {
        codes: Some(any_of(codes)),
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
fn emit_variant(variant: &ElementVariant) -> (TokenStream, DetailMethods) {
    let name = &variant.ident;
    let (pattern, mut methods) = match &variant.content {
        VariantContent::Unread => (quote!(Self::#name { .. }), DetailMethods::default()),
        // All methods call those of the value, which has a verdict or only details.
        VariantContent::Nested { ty, .. } => {
            let nested = |method| Some(emit_nested(ty, method, &quote!(inner)));
            let methods = DetailMethods {
                codes: Some(quote!(<#ty as __bulk::Detail>::CODES)),
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
            (quote!(Self::#name { #(#members,)* .. }), emit_methods(signals, &binding))
        }
    };
    // A mark is the verdict, and overrides that of the content.
    if let Some(mark) = variant.mark.map(variant_ident) {
        methods.verdict = Some(quote!(__bulk::Some(__bulk::Verdict::#mark)));
    }
    (pattern, methods)
}

fn emit_variant_bounds(variant: &ElementVariant) -> Vec<TokenStream> {
    match &variant.content {
        VariantContent::Unread => Vec::new(),
        VariantContent::Nested { ty, has_verdict } => {
            let bound = if *has_verdict { quote!(HasVerdict) } else { quote!(Detail) };
            vec![emit_bound(ty, &quote!(__bulk::#bound))]
        }
        VariantContent::Fields { signals, .. } => emit_bounds(signals),
    }
}

/// Where a struct has its error code. The fields of an enum depend on its tag, so an enum has none.
fn emit_detail_codes(details: &ElementDetails) -> Option<TokenStream> {
    let ElementDetails::Struct(signals) = details else { return None };
    let own = signals.code.iter().map(emit_code_at);
    let inside = signals.nested.iter().map(|nested| emit_code_inside(&nested.field));
    emit_codes(&own.chain(inside).collect::<Vec<_>>(), None)
}

fn emit_detail(
    target: &ImplTarget,
    methods: &DetailMethods,
    places: Option<&TokenStream>,
    bounds: &[TokenStream],
    has_verdict: bool,
) -> TokenStream {
    let ident = &target.ident;
    let method = |name: &str, body: &Option<TokenStream>, ty: TokenStream| {
        let name = format_ident!("{name}");
        let body = body.as_ref();
        body.map(|body| quote!(fn #name(&self) -> __bulk::Option<#ty> { #body }))
    };
    let status = method("verdict", &methods.verdict, quote!(__bulk::Verdict));
    let code = method(CODE, &methods.code, quote!(__bulk::Cow<'_, str>));
    let message = method(MESSAGE, &methods.message, quote!(__bulk::Cow<'_, str>));
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
            const CODES: __bulk::Codes = #codes;
        )
    });
    // A marker trait, which `#[bulk(results)]` requires.
    let judges = has_verdict.then(|| quote!(impl __bulk::HasVerdict for #ident #bounds {}));
    quote! {
        impl __bulk::Detail for #ident #bounds {
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
        impl __bulk::Failure for #ident #bounds {
            type Or<Other: __bulk::Failure> = Self;
        }
        impl __bulk::IntoFailure<#ident> for #ident {
            fn convert_failure(this: __bulk::Arc<Self>) -> __bulk::Arc<Self> {
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

fn emit_address(address: &AddressModel) -> Option<AddressCode> {
    Some(match address {
        AddressModel::None => return None,
        AddressModel::Position => AddressCode {
            key: quote!(__bulk::NoKey),
            value: quote!(__bulk::Address::Position),
            shape: quote!(positional()),
            bounds: Vec::new(),
        },
        AddressModel::Key(keys) => {
            let (key, value) = emit_key(keys);
            let names = keys.iter().map(|key| name_literal(&key.json_name));
            AddressCode {
                key,
                value: quote!(__bulk::Address::Key(#value)),
                shape: quote!(keyed(&[#(#names),*])),
                bounds: keys.iter().map(|key| emit_bound(&key.ty, &quote!(__bulk::ReplyKey))).collect(),
            }
        }
        AddressModel::KeyList(FieldModel { member, ty, .. }) => {
            let of = quote!(<#ty as __bulk::KeyList>);
            AddressCode {
                key: quote!(#of::Key),
                value: quote!(__bulk::Address::Keys(#of::keys(&self.#member))),
                shape: quote!(nested()),
                bounds: vec![emit_bound(ty, &quote!(__bulk::KeyList))],
            }
        }
        AddressModel::Text(KeyTextModel { field, text, base }) => {
            let (name, of, ty) = (name_literal(&field.json_name), emit_key_text(text), &field.ty);
            let written = emit_text(ty, &field_of_self(field));
            let written = quote!(__bulk::Option::as_deref(&#written));
            let (key, found) = match base {
                None => (quote!(::std::string::String), quote!(#of.key(#written).map(::std::string::String::from))),
                Some(base) => {
                    let base = Literal::usize_unsuffixed(*base);
                    (quote!(__bulk::Index<#base>), quote!(#of.index::<#base>(#written)))
                }
            };
            AddressCode {
                key,
                // A text of another form names no item.
                value: quote!(match #found {
                    __bulk::Some(key) => __bulk::Address::Key(__bulk::Cow::Owned(key)),
                    __bulk::None => __bulk::Address::Keys(&[]),
                }),
                shape: quote!(keyed_in(&[#name], #text)),
                bounds: vec![emit_bound(ty, &quote!(__bulk::AsText))],
            }
        }
        AddressModel::Nested(FieldModel { member, ty, .. }) => {
            let of = quote!(<#ty as __bulk::ItemReply>);
            AddressCode {
                key: quote!(#of::Key),
                value: quote!(#of::address(&self.#member)),
                shape: quote!(nested_in(&#of::SHAPE)),
                bounds: vec![emit_bound(ty, &quote!(__bulk::ItemReply))],
            }
        }
    })
}

/// The group that the address is about: in a field, or in the element that has the key.
fn emit_group(model: &ElementModel) -> Option<TokenStream> {
    match (&model.group, &model.address) {
        (Some(group), _) => Some(emit_text(&group.ty, &field_of_self(group))),
        (None, AddressModel::Nested(FieldModel { member, ty, .. })) => {
            Some(quote!(<#ty as __bulk::ItemReply>::in_group(&self.#member)))
        }
        (None, _) => None,
    }
}

/// The impl of `ItemReply`, for an element that names its item.
fn emit_item_reply(target: &ImplTarget, model: &ElementModel, mut bounds: Vec<TokenStream>) -> Option<TokenStream> {
    let ident = &target.ident;
    let address = emit_address(&model.address)?;
    bounds.extend(address.bounds);
    bounds.extend(model.group.as_ref().map(|group| emit_bound(&group.ty, &quote!(__bulk::AsText))));
    // Elements are read one by one, so the element itself is deserialized.
    bounds.push(emit_assumed(ident, &quote!(__bulk::Decodes)));
    let bounds = emit_where(&bounds);
    let AddressCode { key, value, shape, .. } = address;
    let (success, into_success) = if model.has_body {
        (quote!(__bulk::Arc<Self>), quote!(__bulk::Arc::new(self)))
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
    let group = emit_group(model).map(|group| {
        quote! {
            fn in_group(&self) -> __bulk::Option<__bulk::Cow<'_, ::core::primitive::str>> {
                #group
            }
        }
    });
    Some(quote! {
        impl __bulk::ItemReply for #ident #bounds {
            type Key = #key;
            type Success = #success;
            type Failure = Self;
            const SHAPE: __bulk::ElementShape = __bulk::ElementShape::#shape #status #group_name;
            fn address(&self) -> __bulk::Address<'_, <Self as __bulk::ItemReply>::Key> {
                #value
            }
            #group
            fn into_success(self) -> <Self as __bulk::ItemReply>::Success {
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
