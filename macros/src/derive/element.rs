//! `#[derive(ItemReply)]`: what is told of an item, and, where it says so, of which.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataEnum, Fields};

use super::fields::{Field, by_name, demand, emit_key, only, read_fields};
use super::serde_names::ContainerNames;
use super::status::{emit_present, verdict};
use super::told::{Methods, Told, emit_inside};
use super::{Beside, Derive, Input, emit_where, text};
use crate::report::Report;
use crate::rules::Rule;
use crate::symbol::{CODE, ELEMENT_WORDS, NESTED, ITEM_WORDS, KEY, KEYS, MESSAGE, POSITIONAL, STATUS, RETRY_AFTER};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let derive = Derive {
        name: "ItemReply",
        words: &ELEMENT_WORDS,
        build,
        fallback: emit_fallback,
        beside: Some(Beside { words: &ITEM_WORDS, asks: "item_word" }),
    };
    derive.expand(input)
}

fn build(input: &Input, report: &Report) -> Option<TokenStream> {
    if let Data::Enum(data) = &input.data {
        return build_enum(input, data, report);
    }
    let fields = input.struct_fields("a derived element", report)?;
    if !matches!(fields, Fields::Named(_)) {
        report.error(
            Rule::DeriveFields, &input.ident,
            "an element has named fields, to which roles are given; a bare key in a response is a newtype that derives `BulkItem`",
        );
        return None;
    }
    let fields = read_fields(fields, &input.attributes, &ELEMENT_WORDS.on_field, report);
    let address = check_address(input, &fields, report)?;
    let told = Told::read(&fields, report);
    let of_self = |field: &Field<'_>| {
        let member = &field.member;
        quote!(&self.#member)
    };
    let methods = told.emit(&of_self, &input.krate);
    let bounds: Vec<TokenStream> = told.bounds(&input.krate).collect();
    let detail = emit_detail(input, &methods, &bounds, told.judges());
    let has_body = fields.iter().any(has_no_role);
    let element = emit_element(input, &address, told.status, bounds, has_body);
    Some(quote!(#detail #element))
}

fn has_no_role(field: &Field<'_>) -> bool {
    let mut roles = ELEMENT_WORDS.on_field.allowed.iter();
    !roles.any(|role| field.words.get(role).is_some())
}

/// How an element says which item it speaks of.
enum Addressed<'f, 'a> {
    /// Not at all: it is the value of an object's entry, or stands inside an element.
    Not,
    Order,
    Keys(Vec<&'f Field<'a>>),
    Several(&'f Field<'a>),
    Inside(&'f Field<'a>),
}

fn check_address<'f, 'a>(input: &Input, fields: &'f [Field<'a>], report: &Report) -> Option<Addressed<'f, 'a>> {
    let keys: Vec<&Field<'_>> = fields.iter().filter(|field| field.words.get(KEY).is_some()).collect();
    let several = only(fields, KEYS, report);
    let ordered = input.words.flag(POSITIONAL, report);
    let twice = |word, other| {
        report.error(
            Rule::AddressTwice,
            word,
            format_args!("an element is told in one way: take {other} away, or this"),
        );
    };
    match (keys.as_slice(), several, ordered) {
        ([key, ..], _, true) => {
            report.error(
                Rule::AddressTwice, key.words.get(KEY),
                "an element is told by its key or by its position: take `#[bulk(positional)]` off the type, or `#[bulk(key)]` off this field",
            );
            None
        }
        ([], Some(several), true) => {
            twice(several.words.get(KEYS), "`#[bulk(positional)]`");
            None
        }
        ([_, ..], Some(several), false) => {
            twice(several.words.get(KEYS), "`#[bulk(key)]`");
            None
        }
        ([], None, true) => Some(Addressed::Order),
        ([], Some(several), false) => Some(Addressed::Several(several)),
        ([], None, false) => Some(Addressed::Not),
        ([key], None, false) if key.words.get(NESTED).is_some() => Some(Addressed::Inside(key)),
        (keys, None, false) => {
            if let Some(key) = keys.iter().find(|key| key.words.get(NESTED).is_some()) {
                twice(key.words.get(NESTED), "the other keys");
                return None;
            }
            Some(Addressed::Keys(by_name(keys.to_vec())))
        }
    }
}

/// A tagged union: each variant is a verdict of its own, or leaves it to what it holds.
fn build_enum(input: &Input, data: &DataEnum, report: &Report) -> Option<TokenStream> {
    let krate = &input.krate;
    let ordered = input.words.flag(POSITIONAL, report);
    let (mut statuses, mut codes, mut messages, mut waits) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut bounds, mut judges) = (Vec::new(), true);
    let is_ours = |attribute: &syn::Attribute| attribute.path().is_ident("bulk");
    let marked = data.variants.iter().any(|variant| variant.attrs.iter().any(is_ours));
    for variant in &data.variants {
        let name = &variant.ident;
        let fields = read_fields(&variant.fields, &[], &ELEMENT_WORDS.on_field, report);
        if let Some(key) = fields.iter().find_map(|field| field.words.get(KEY).or_else(|| field.words.get(KEYS))) {
            report.error(
                Rule::VariantKey, key,
                "an enum says what became of an item, and not which item it is: put it into the struct that does, under `#[bulk(status, nested)]`, with `#[serde(flatten)]` where it has no name of its own",
            );
            return None;
        }
        let mark = verdict(&variant.attrs, report);
        let (pattern, methods) = match fields.as_slice() {
            // What went well tells nothing more.
            _ if mark.as_ref().is_some_and(|mark| mark != "Failed") => {
                (quote!(Self::#name { .. }), Methods { status: None, code: None, message: None, wait: None })
            }
            [inner] if matches!(variant.fields, Fields::Unnamed(_)) => {
                let bound = if marked && mark.is_none() { quote!(JudgesItself) } else { quote!(Detail) };
                bounds.push(demand(inner.ty(), &quote!(#krate::__private::#bound)));
                let told = |method| Some(emit_inside(inner, method, &quote!(inner), krate));
                let methods =
                    Methods { status: told(STATUS), code: told(CODE), message: told(MESSAGE), wait: told(RETRY_AFTER) };
                (quote!(Self::#name(inner)), methods)
            }
            fields => {
                let told = Told::read(fields, report);
                judges &= mark.is_some() || told.judges();
                bounds.extend(told.bounds(krate));
                let methods = told.emit(&|field| field.member_ident(), krate);
                let used = fields.iter().filter(|field| !has_no_role(field)).map(|field| &field.member);
                (quote!(Self::#name { #(#used,)* .. }), methods)
            }
        };
        let status = match mark {
            Some(mark) => Some(quote!(::core::option::Option::Some(#krate::__private::ItemStatus::#mark))),
            None => methods.status,
        };
        let arm = |arms: &mut Vec<TokenStream>, told: Option<TokenStream>| {
            let told = told.unwrap_or_else(|| quote!(::core::option::Option::None));
            arms.push(quote!(#[allow(unused_variables)] #pattern => #told));
        };
        arm(&mut statuses, status);
        arm(&mut codes, methods.code);
        arm(&mut messages, methods.message);
        arm(&mut waits, methods.wait);
    }
    if data.variants.is_empty() {
        report.error(Rule::VariantMissing, &input.ident, "an enum of a response has variants: add one");
        return None;
    }
    let of = |arms: Vec<TokenStream>| Some(quote!(match self { #(#arms),* }));
    let methods = Methods { status: of(statuses), code: of(codes), message: of(messages), wait: of(waits) };
    let detail = emit_detail(input, &methods, &bounds, judges);
    let address = if ordered { Addressed::Order } else { Addressed::Not };
    let element = emit_element(input, &address, None, bounds, true);
    Some(quote!(#detail #element))
}

/// Whether its JSON is never an array, though serde would read one.
fn is_no_array(input: &Input) -> bool {
    let names = ContainerNames::read(&input.attributes);
    let has_names = match &input.data {
        Data::Struct(data) => matches!(data.fields, Fields::Named(_)),
        Data::Enum(_) => true,
        Data::Union(_) => false,
    };
    has_names && !names.transparent && !names.stands_in
}

fn emit_detail(input: &Input, methods: &Methods, bounds: &[TokenStream], judges: bool) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    let private = quote!(#krate::__private);
    let text = |name: &str, body: &Option<TokenStream>| {
        let name = quote::format_ident!("{name}");
        body.as_ref().map(|body| {
            quote! {
                fn #name(&self) -> ::core::option::Option<#private::Cow<'_, str>> {
                    #body
                }
            }
        })
    };
    let status = methods.status.as_ref().map(|status| {
        quote! {
            fn status(&self) -> ::core::option::Option<#private::ItemStatus> {
                #status
            }
        }
    });
    let (code, message) = (text("code", &methods.code), text("message", &methods.message));
    let wait = methods.wait.as_ref().map(|wait| {
        quote! {
            fn wait(&self) -> ::core::option::Option<::core::time::Duration> {
                #wait
            }
        }
    });
    let (bounds, present) = (emit_where(bounds), emit_present(input));
    let from_array = is_no_array(input).then(|| {
        quote!(
            const FROM_ARRAY: bool = false;
        )
    });
    let judges = judges.then(|| quote!(impl #private::JudgesItself for #ident #bounds {}));
    quote! {
        impl #private::Detail for #ident #bounds {
            #from_array
            #status
            #code
            #message
            #wait
        }
        #present
        impl #private::Failure for #ident #bounds {
            type Or<Other: #private::Failure> = Self;
        }
        impl #private::FailsAs<#ident> for #ident {
            fn fails_as(this: #private::Arc<Self>) -> #private::Arc<Self> {
                this
            }
        }
        #judges
    }
}

/// The impl of `ItemReply`, of an element that says which item it speaks of.
fn emit_element(
    input: &Input,
    address: &Addressed<'_, '_>,
    status: Option<&Field<'_>>,
    mut bounds: Vec<TokenStream>,
    has_body: bool,
) -> Option<TokenStream> {
    let (ident, krate) = (&input.ident, &input.krate);
    let private = quote!(#krate::__private);
    match address {
        Addressed::Several(keys) => bounds.push(demand(keys.ty(), &quote!(#private::Several))),
        Addressed::Inside(field) => bounds.push(demand(field.ty(), &quote!(#krate::ItemReply))),
        Addressed::Keys(keys) => bounds.extend(keys.iter().map(|key| demand(key.ty(), &quote!(#private::ReplyKey)))),
        Addressed::Not | Addressed::Order => {}
    }
    if !matches!(address, Addressed::Not) {
        bounds.push(demand(ident, &quote!(#private::Decodes)));
    }
    let (key, value, shape) = match address {
        Addressed::Not => return None,
        Addressed::Order => (quote!(#private::Unnamed), quote!(#private::Address::Position), quote!(ordered())),
        Addressed::Keys(keys) => {
            let (key, value) = emit_key(keys, krate);
            let names = keys.iter().map(|key| text(&key.names.name));
            (key, quote!(#private::Address::Key(#value)), quote!(keyed(&[#(#names),*])))
        }
        Addressed::Several(keys) => {
            let (member, ty) = (&keys.member, keys.ty());
            let of = quote!(<#ty as #private::Several>);
            (quote!(#of::Key), quote!(#private::Address::Keys(#of::keys(&self.#member))), quote!(inside()))
        }
        Addressed::Inside(field) => {
            let (member, ty) = (&field.member, field.ty());
            let of = quote!(<#ty as #krate::ItemReply>);
            let shape = quote!(inside_of(&#of::SHAPE));
            (quote!(#of::Key), quote!(#of::address(&self.#member)), shape)
        }
    };
    let (success, into_success) = if has_body {
        (quote!(#private::Arc<Self>), quote!(#private::Arc::new(self)))
    } else {
        (quote!(()), TokenStream::new())
    };
    let status = status.filter(|field| field.words.get(NESTED).is_none()).map(|field| {
        let name = text(&field.names.name);
        quote!(.status(#name))
    });
    let bounds = emit_where(&bounds);
    Some(quote! {
        impl #krate::ItemReply for #ident #bounds {
            type Key = #key;
            type Success = #success;
            type Failure = Self;
            const SHAPE: #private::ElementShape = #private::ElementShape::#shape #status;
            fn address(&self) -> #private::Address<'_, <Self as #krate::ItemReply>::Key> {
                #value
            }
            fn into_success(self) -> <Self as #krate::ItemReply>::Success {
                #into_success
            }
            fn into_failure(self, _: &'static str) -> Self {
                self
            }
        }
    })
}

/// Stands in for an element at fault: told by position, which fits any item.
fn emit_fallback(input: &Input) -> TokenStream {
    let nothing = Methods { status: None, code: None, message: None, wait: None };
    let detail = emit_detail(input, &nothing, &[], true);
    let element = emit_element(input, &Addressed::Order, None, Vec::new(), false);
    quote!(#detail #element)
}
