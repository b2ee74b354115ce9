//! The constant part of an endpoint: a chain of calls in the order of the attribute.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::model::{
    ArgumentLocation, ArgumentModel, EndpointModel, EndpointSettings, Idempotence, ItemLocation, ListStyle,
    StatusOrCode,
};
use crate::verb::Verb;

/// `EndpointSpec::new(…).partial()…`.
pub(super) fn emit_spec(spec: &EndpointModel, arguments: &[ArgumentModel]) -> TokenStream {
    let (name, path) = (&spec.name, &spec.path);
    let verb = emit_verb(spec.verb);
    let max = Literal::usize_unsuffixed(spec.settings.max);
    let settings = emit_settings(&spec.settings);
    let classes = emit_classes(&spec.settings);
    let headers = emit_pairs("headers", &spec.headers);
    let keys = &spec.batch_keys;
    let batch_keys = (!keys.is_empty()).then(|| quote!(.batch_keys(&[#(#keys),*])));
    let fields = emit_pairs("fields", &spec.fields);
    let arguments = emit_arguments(arguments);
    // OpenAPI documents contain it.
    let docs = (!spec.docs.is_empty()).then(|| {
        let docs = &spec.docs;
        quote!(.docs(#docs))
    });
    quote! {
        __bulk::EndpointSpec::new(#name, #verb, #path, #max)
            #settings
            #classes
            #headers
            #batch_keys
            #fields
            #arguments
            #docs
    }
}

fn emit_verb(verb: Verb) -> TokenStream {
    let verb = match verb {
        Verb::Get => quote!(Get),
        Verb::Put => quote!(Put),
        Verb::Post => quote!(Post),
        Verb::Patch => quote!(Patch),
        Verb::Delete => quote!(Delete),
    };
    quote!(__bulk::Method::#verb)
}

fn emit_settings(settings: &EndpointSettings) -> TokenStream {
    let flag = |set: bool, call: TokenStream| set.then(|| quote!(.#call()));
    let assumed = flag(settings.assumed, quote!(assumed));
    let items = match &settings.items {
        // The default of `EndpointSpec`.
        ItemLocation::Pointer(pointer) if pointer == "/ids" => None,
        items => {
            let place = emit_place(items);
            Some(quote!(.items(__bulk::ItemsAt::#place)))
        }
    };
    let number = |value: Option<usize>, call: TokenStream| {
        value.map(|value| {
            let value = Literal::usize_unsuffixed(value);
            quote!(.#call(#value))
        })
    };
    let min = number(settings.min, quote!(min));
    let max_bytes = number(settings.max_bytes, quote!(max_bytes));
    let max_item_bytes = number(settings.max_item_bytes, quote!(max_item_bytes));
    let compress = settings.compress.then(|| quote!(.compress(__bulk::Compression::Gzip)));
    let max_compressed_bytes = number(settings.max_compressed_bytes, quote!(max_compressed_bytes));
    let partial = flag(settings.partial, quote!(partial));
    let idempotent = match settings.idempotent {
        Idempotence::Unsafe => None,
        Idempotence::Safe => Some(quote!(.idempotent())),
        Idempotence::ByKey { valid_ms } => {
            let valid_ms = Literal::u64_unsuffixed(valid_ms);
            Some(quote!(.idempotent_by_key(#valid_ms)))
        }
    };
    let rate = settings.rate.map(|rate| {
        let (count, per_ms) = (Literal::usize_unsuffixed(rate.count), Literal::u64_unsuffixed(rate.per_ms));
        let of = if rate.items { quote!(items) } else { quote!(requests) };
        quote!(.rate(__bulk::Rate::#of(#count, #per_ms)))
    });
    let poll = settings.poll.as_ref().map(|poll| {
        let (verb, path) = (emit_verb(poll.verb), &poll.path);
        let secret = poll.secret.then(|| quote!(.secret_handle()));
        match &poll.field {
            None => quote!(.poll(#verb, #path) #secret),
            Some(field) => quote!(.poll_with(#verb, #path, #field) #secret),
        }
    });
    quote!(#assumed #items #min #max_bytes #max_item_bytes #compress #max_compressed_bytes #partial #idempotent #rate #poll)
}

fn emit_place(items: &ItemLocation) -> TokenStream {
    let style = |style: &ListStyle| {
        let name = match style {
            ListStyle::Csv => quote!(Csv),
            ListStyle::Repeat => quote!(Repeat),
            ListStyle::Numbered => quote!(Numbered),
            ListStyle::Json => quote!(Json),
        };
        quote!(__bulk::ListStyle::#name)
    };
    match items {
        ItemLocation::Pointer(pointer) => quote!(Pointer(#pointer)),
        ItemLocation::Body => quote!(Body),
        ItemLocation::Ndjson => quote!(Ndjson),
        ItemLocation::Query(name, list) => {
            let list = style(list);
            quote!(Query(#name, #list))
        }
        ItemLocation::Form(name, list) => {
            let list = style(list);
            quote!(Form(#name, #list))
        }
        ItemLocation::Header(name) => quote!(Header(#name)),
        ItemLocation::Text(separator) => quote!(Text(#separator)),
        ItemLocation::Map(pointer) => quote!(Map(#pointer)),
        ItemLocation::Groups(pointer) => quote!(Groups(#pointer)),
        ItemLocation::Codec(_) => quote!(Codec),
    }
}

fn emit_classes(settings: &EndpointSettings) -> TokenStream {
    let classes = settings.classes.iter().map(|class| {
        let name = format_ident!("{}", class.name);
        let entries = class.members.iter().map(|entry| match entry {
            StatusOrCode::Status(status) => {
                let status = Literal::u16_unsuffixed(*status);
                quote!(__bulk::StatusOrCode::Status(#status))
            }
            StatusOrCode::Code(code) => quote!(__bulk::StatusOrCode::Code(#code)),
        });
        quote!(.#name(&[#(#entries),*]))
    });
    quote!(#(#classes)*)
}

fn emit_pairs(call: &str, pairs: &[(String, String)]) -> Option<TokenStream> {
    let call = format_ident!("{call}");
    let entries = pairs.iter().map(|(name, value)| quote!((#name, #value)));
    (!pairs.is_empty()).then(|| quote!(.#call(&[#(#entries),*])))
}

/// The arguments outside of the path.
fn emit_arguments(arguments: &[ArgumentModel]) -> Option<TokenStream> {
    let places: Vec<_> = arguments.iter().filter_map(|argument| emit_argument_at(&argument.place)).collect();
    (!places.is_empty()).then(|| quote!(.arguments(&[#(#places),*])))
}

/// The place of an argument outside of the path.
pub(super) fn emit_argument_at(place: &ArgumentLocation) -> Option<TokenStream> {
    let at = match place {
        // The path in the spec has these.
        ArgumentLocation::Path(_) => return None,
        ArgumentLocation::Query(name) => quote!(Query(#name)),
        ArgumentLocation::Header(name) => quote!(Header(#name)),
        ArgumentLocation::Field(pointer) => quote!(Field(#pointer)),
    };
    Some(quote!(__bulk::ArgumentAt::#at))
}
