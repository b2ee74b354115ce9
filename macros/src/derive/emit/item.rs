//! `BulkItem` for an item, and `Grouped` if it has groups.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::Member;

use super::bounds::{emit_assumed, emit_bound, emit_type_check, emit_where};
use super::values::{emit_key, emit_key_text, emit_text, field_of_self, name_literal};
use crate::derive::model::{
    FieldModel, GroupModel, ImplTarget, ItemKeyModel, ItemModel, KeyTextModel, VariantKeysModel,
};

pub(in crate::derive) fn emit_item(target: &ImplTarget, model: &ItemModel) -> TokenStream {
    let facts = emit_facts(model);
    let item = match &model.key {
        ItemKeyModel::Position => emit_keyless(target, &facts),
        ItemKeyModel::WholeItem => emit_own_key(target, &facts),
        ItemKeyModel::Fields(keys) => {
            let (key, value) = emit_key(keys);
            emit_keyed(target, &key, keys, &value, &facts)
        }
        ItemKeyModel::Nested(field) => emit_nested_key(target, field, &facts),
        ItemKeyModel::Text(text) => emit_text_key(target, text, &facts),
        ItemKeyModel::Variants(keys) => emit_enum(target, keys, &facts),
    };
    let group = model.group.as_ref().map(|group| emit_grouped(target, group));
    let check = emit_type_check("item_type", &target.ident);
    quote!(#item #group #check)
}

/// What differs from the defaults of the trait.
fn emit_facts(model: &ItemModel) -> TokenStream {
    let ItemModel { facts, silent, .. } = model;
    let object = facts.is_object.then(|| {
        quote!(
            const IS_OBJECT: ::core::primitive::bool = true;
        )
    });
    let assigned = facts.has_no_assigned_id.then(|| {
        quote!(
            const HAS_ASSIGNED_ID: ::core::primitive::bool = false;
        )
    });
    let expects = (!silent.is_empty()).then(|| {
        quote! {
            fn expects_response(&self) -> ::core::primitive::bool {
                !::core::matches!(self, #(Self::#silent { .. })|*)
            }
        }
    });
    quote!(#object #assigned #expects)
}

/// The item is its own key. It is also an element, since a response can list such items as bare keys.
fn emit_own_key(target: &ImplTarget, facts: &TokenStream) -> TokenStream {
    let ident = &target.ident;
    let bounds = emit_where(&[emit_bound(ident, &quote!(__bulk::ItemKey))]);
    quote! {
        impl __bulk::BulkItem for #ident #bounds {
            type Key = #ident;
            const OWN_KEY: bool = true;
            #facts
            fn key(&self) -> __bulk::Cow<'_, <Self as __bulk::BulkItem>::Key> {
                __bulk::Cow::Borrowed(self)
            }
        }
        impl __bulk::Keyed for #ident #bounds {}
        impl __bulk::ItemReply for #ident #bounds {
            type Key = #ident;
            type Success = ();
            type Failure = __bulk::Listed;
            const SHAPE: __bulk::ElementShape = __bulk::ElementShape::bare();
            fn address(&self) -> __bulk::Address<'_, <Self as __bulk::ItemReply>::Key> {
                __bulk::Address::Key(__bulk::Cow::Borrowed(self))
            }
            fn into_success(self) {}
            fn into_failure(self, list: &'static str) -> __bulk::Listed {
                __bulk::Listed { list }
            }
        }
        impl __bulk::Detail for #ident #bounds {}
    }
}

/// The key of the item inside a field.
fn emit_nested_key(target: &ImplTarget, field: &FieldModel, facts: &TokenStream) -> TokenStream {
    let FieldModel { member, ty, .. } = field;
    let ident = &target.ident;
    let inside = emit_assumed(ty, &quote!(__bulk::KeyInside));
    let check = emit_type_check("key_inside", ty);
    let bounds: Vec<TokenStream> = emit_own_bounds(target).into_iter().chain([inside]).collect();
    let (bounds, of) = (emit_where(&bounds), quote!(<#ty as __bulk::BulkItem>));
    quote! {
        #check
        impl __bulk::BulkItem for #ident #bounds {
            type Key = #of::Key;
            const KEY_FIELDS: &'static [&'static ::core::primitive::str] = #of::KEY_FIELDS;
            #facts
            fn key(&self) -> __bulk::Cow<'_, <Self as __bulk::BulkItem>::Key> {
                #of::key(&self.#member)
            }
        }
        impl __bulk::Keyed for #ident #bounds {}
    }
}

/// The key is a part of the text in a field.
fn emit_text_key(target: &ImplTarget, key: &KeyTextModel, facts: &TokenStream) -> TokenStream {
    let ident = &target.ident;
    let (of, ty) = (emit_key_text(&key.text), &key.field.ty);
    let written = emit_text(ty, &field_of_self(&key.field));
    let is_text = emit_bound(ty, &quote!(__bulk::AsText));
    let bounds: Vec<TokenStream> = emit_own_bounds(target).into_iter().chain([is_text]).collect();
    let bounds = emit_where(&bounds);
    quote! {
        impl __bulk::BulkItem for #ident #bounds {
            type Key = ::std::string::String;
            #facts
            fn key(&self) -> __bulk::Cow<'_, <Self as __bulk::BulkItem>::Key> {
                __bulk::Cow::Owned(#of.of_item(#written))
            }
        }
        impl __bulk::Keyed for #ident #bounds {}
    }
}

/// The names of the fields of a key with several.
fn emit_key_names(keys: &[FieldModel]) -> Option<TokenStream> {
    // In the order of the tuple that is the key.
    let names = keys.iter().map(|key| name_literal(&key.json_name));
    let names = quote!(const KEY_FIELDS: &'static [&'static ::core::primitive::str] = &[#(#names),*];);
    // A key of one field is matched by its value, so its name in the response does not matter.
    (keys.len() > 1).then_some(names)
}

/// The bounds of an item with these keys.
fn emit_bounds(target: &ImplTarget, keys: &[FieldModel]) -> Option<TokenStream> {
    let keys = keys.iter().map(|key| emit_bound(&key.ty, &quote!(__bulk::ItemKey)));
    emit_where(&emit_own_bounds(target).into_iter().chain(keys).collect::<Vec<_>>())
}

/// The bounds of every item, whatever its key is: it is serialized, and sent on any thread.
fn emit_own_bounds(target: &ImplTarget) -> [TokenStream; 2] {
    let ident = &target.ident;
    [quote!(Shareable), quote!(Encodes)].map(|bound| emit_assumed(ident, &quote!(__bulk::#bound)))
}

fn emit_keyed(
    target: &ImplTarget,
    key: &TokenStream,
    keys: &[FieldModel],
    value: &TokenStream,
    facts: &TokenStream,
) -> TokenStream {
    let ident = &target.ident;
    let (names, bounds) = (emit_key_names(keys), emit_bounds(target, keys));
    quote! {
        impl __bulk::BulkItem for #ident #bounds {
            type Key = #key;
            #names
            #facts
            fn key(&self) -> __bulk::Cow<'_, <Self as __bulk::BulkItem>::Key> {
                #value
            }
        }
        impl __bulk::Keyed for #ident #bounds {}
    }
}

fn emit_keyless(target: &ImplTarget, facts: &TokenStream) -> TokenStream {
    let ident = &target.ident;
    let bounds = emit_bounds(target, &[]);
    quote! {
        impl __bulk::BulkItem for #ident #bounds {
            type Key = ();
            const KEYED: bool = false;
            #facts
            fn key(&self) -> __bulk::Cow<'_, <Self as __bulk::BulkItem>::Key> {
                __bulk::Cow::Owned(())
            }
        }
    }
}

/// The key of an enum: that of the current variant.
fn emit_enum(target: &ImplTarget, keys: &VariantKeysModel, facts: &TokenStream) -> TokenStream {
    let arms = keys.variants.iter().map(|(ident, members)| emit_key_arm(ident, members));
    let key = match keys.types.as_slice() {
        [one] => one.to_token_stream(),
        several => quote!((#(#several),*)),
    };
    // `KEY_FIELDS` has the names from a variant with named fields, if there is one.
    emit_keyed(target, &key, &keys.fields, &quote!(match self { #(#arms)* }), facts)
}

fn emit_key_arm(ident: &Ident, members: &[Member]) -> TokenStream {
    let cow = quote!(__bulk::Cow);
    // Tuple fields have no names to bind, so all variants bind numbered ones.
    let names: Vec<Ident> =
        (0..members.len()).map(|index| format_ident!("key_{index}", span = Span::mixed_site())).collect();
    let value = match names.as_slice() {
        [name] => quote!(#cow::Borrowed(#name)),
        names => quote!(#cow::Owned((#(::core::clone::Clone::clone(#names)),*))),
    };
    quote!(Self::#ident { #(#members: #names,)* .. } => #value,)
}

fn emit_grouped(target: &ImplTarget, group: &GroupModel) -> TokenStream {
    let ident = &target.ident;
    let name = match group {
        GroupModel::Field(member) => quote!(__bulk::group_name(&self.#member)),
        GroupModel::Variants(variants) => {
            let arms = variants.iter().map(|(ident, name)| quote!(Self::#ident { .. } => #name,));
            quote!(__bulk::Cow::Borrowed(match self { #(#arms)* }))
        }
    };
    quote! {
        impl __bulk::Grouped for #ident {
            fn group(&self) -> __bulk::Cow<'_, ::core::primitive::str> {
                #name
            }
        }
    }
}

/// The fallback for an invalid item. It has no key, so it fits any reply.
pub(in crate::derive) fn emit_fallback(target: &ImplTarget) -> TokenStream {
    emit_keyless(target, &TokenStream::new())
}
