//! The expansion of a method: its constant, its entry in `ENDPOINTS`, and its call.

use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, Signature};

use super::spec;
use crate::model::{ApiModel, ArgumentLocation, ArgumentModel, ClassList, ItemLocation, MethodModel};
use crate::spans::{self, SpanEnds};
use crate::symbol::UNPROCESSED;

/// `const DEACTIVATE: Endpoint<Bulk<…>>`.
pub(super) fn emit_constant(method: &MethodModel, api: &ApiModel) -> TokenStream {
    let (attributes, vis) = (&method.attributes, &api.item.vis);
    let (constant, returns) = (&method.constant, &method.returns);
    let docs = constant_docs(method, api);
    let spec = spec::emit_spec(&method.spec, &method.arguments);
    // The types in `Bulk<…>` are the user's, so rustc reports errors of them there.
    let SpanEnds { first, last } = method.ends;
    let endpoint = spans::place(quote!(__bulk::Endpoint), first);
    let (close, new) = (spans::place(quote!(>), last), spans::place(quote!(::new), last));
    let spec = spans::group(Delimiter::Parenthesis, spec, last);
    let plug_ins = emit_plug_ins(method);
    quote! {
        #(#[doc = #docs])*
        #(#attributes)*
        #vis const #constant: #endpoint<#returns #close = #endpoint #new #spec #plug_ins;
    }
}

fn constant_docs(method: &MethodModel, api: &ApiModel) -> Vec<String> {
    let (item, name) = (&api.item.ident, &method.spec.name);
    let settings = &method.spec.settings;
    let mut docs = vec![format!(" The endpoint of [`{item}::{name}`].")];
    // Readers of the documentation should know that the vendor does not guarantee this limit.
    if settings.assumed {
        let max = settings.max;
        docs.push(String::new());
        docs.push(format!(
            " A request carries at most {max} items; the vendor documents no limit, this one is assumed."
        ));
    }
    docs
}

/// The method's entry in `ENDPOINTS`.
pub(super) fn emit_entry(method: &MethodModel) -> TokenStream {
    let conditions = conditions(&method.attributes);
    let constant = &method.constant;
    let SpanEnds { first, last } = method.ends;
    // By path, not as a method call: a trait of the user could have a method of the same name.
    let spec = spans::place(quote!(*__bulk::Endpoint::spec), first);
    let of = spans::group(Delimiter::Parenthesis, spans::place(quote!(&Self::#constant), last), last);
    quote!(#(#conditions)* #spec #of)
}

/// The method of the client.
pub(super) fn emit_call(method: &MethodModel) -> TokenStream {
    let conditions = conditions(&method.attributes);
    let signature = plain_signature(&method.signature);
    let (receiver, constant) = (&method.receiver, &method.constant);
    let SpanEnds { first, last } = method.ends;
    let private = spans::place(quote!(__bulk), first);
    let owner = spans::place(quote!(Self), first);
    let (bind, constant) = (spans::place(quote!(::bind), last), spans::place(quote!(::#constant), last));
    let from = spans::group(Delimiter::Parenthesis, quote!(&#receiver.client, #owner #constant), last);
    let arguments = method.arguments.iter().map(emit_argument);
    let bound = quote!(#private #bind #from #(#arguments)*);
    let call = if has_plug_ins(method) {
        // The constant has them, for responses that are judged without a client.
        quote!(finish_with_plug_ins(#owner #constant, #bound))
    } else {
        emit_finish(method, &bound)
    };
    let body = spans::group(Delimiter::Brace, quote!(#private::#call), last);
    quote! {
        #(#conditions)*
        #signature #body
    }
}

/// The function that ends the binding, with its types. The bounds on reply and error differ with `partial` and `already`.
fn emit_finish(method: &MethodModel, bound: &TokenStream) -> TokenStream {
    let finish = match (&method.already, method.spec.settings.partial) {
        (Some(_), true) => "finish_partial_already",
        (Some(_), false) => "finish_already",
        (None, true) => "finish_partial",
        (None, false) => "finish",
    };
    let (returns, finish) = (&method.returns, Ident::new(finish, Span::call_site()));
    let SpanEnds { last, .. } = method.ends;
    // One more argument, or none.
    let already = method.already.iter();
    let close = spans::place(quote!(>), last);
    let bound = spans::group(Delimiter::Parenthesis, quote!(#bound #(, #already)*), last);
    quote!(#finish::<#returns #close #bound)
}

/// Whether the declaration has more than data: functions or types of the user.
fn has_plug_ins(method: &MethodModel) -> bool {
    method.already.is_some()
        || matches!(method.spec.settings.items, ItemLocation::Map(_) | ItemLocation::Groups(_) | ItemLocation::Codec(_))
}

/// The plug-ins of a constant, if it has any.
fn emit_plug_ins(method: &MethodModel) -> Option<TokenStream> {
    has_plug_ins(method).then(|| {
        let SpanEnds { first, last } = method.ends;
        let private = spans::place(quote!(__bulk), first);
        // A name of its own: `already` may be a function of the same name.
        let binder = Ident::new("binder", Span::mixed_site());
        let bound = emit_plug_in(method, &private, quote!(#binder));
        let finish = emit_finish(method, &bound);
        let with = spans::place(quote!(.with_plug_ins), last);
        let given = spans::group(Delimiter::Parenthesis, quote!(|#binder| #private::#finish), last);
        quote!(#with #given)
    })
}

/// The check of the declaration against its types.
pub(super) fn emit_check(method: &MethodModel, client: &Ident) -> TokenStream {
    let conditions = conditions(&method.attributes);
    let (returns, constant) = (&method.returns, &method.constant);
    let SpanEnds { first, last } = method.ends;
    let types = quote!(__bulk::TypesOf::<#returns>::TYPES);
    // Beside the other checks, this one looks for a forgotten `items`.
    let check = if method.spec.settings.has_default_items { quote!(check_default) } else { quote!(check) };
    let check = spans::place(quote!(__bulk::#check), first);
    let classes = method.spec.settings.classes.iter();
    let codes: Vec<TokenStream> = classes.flat_map(|class| emit_class_checks(class, &types)).collect();
    let given = spans::group(Delimiter::Parenthesis, quote!(__bulk::Endpoint::spec(&#client::#constant), #types), last);
    quote! {
        #(#conditions)*
        const _: () = {
            #check #given;
            #(#codes)*
        };
    }
}

/// The checks that the codes and statuses of a list can match. The first code shows whether the types have codes at all, once.
fn emit_class_checks(class: &ClassList, types: &TokenStream) -> Vec<TokenStream> {
    let name = class.name;
    let check = |check: &str, value: TokenStream, span: Span| {
        let check = Ident::new(check, span);
        let check = spans::place(quote!(__bulk::#check), span);
        let given = spans::group(Delimiter::Parenthesis, quote!(#name, #value, #types), span);
        quote!(#check #given;)
    };
    let codes =
        class.codes.iter().enumerate().map(|(at, code)| {
            check(if at == 0 { "check_code" } else { "check_further_code" }, quote!(#code), code.span())
        });
    // Only this list is about single items alone: any response has a status.
    let status = class.first_status.as_ref().filter(|_| name == UNPROCESSED);
    codes.chain(status.map(|status| check("check_status", quote!(#status), status.span()))).collect()
}

/// The function that checks what the place of the items requires of their type, around the binder.
fn emit_plug_in(method: &MethodModel, private: &TokenStream, binder: TokenStream) -> TokenStream {
    let returns = &method.returns;
    let SpanEnds { last, .. } = method.ends;
    let (plug_in, codec) = match &method.spec.settings.items {
        ItemLocation::Map(_) => (quote!(::in_map), None),
        ItemLocation::Groups(_) => (quote!(::in_groups), None),
        ItemLocation::Codec(codec) => (quote!(::by_codec), Some(codec)),
        ItemLocation::Pointer(_)
        | ItemLocation::Body
        | ItemLocation::Ndjson
        | ItemLocation::Query(..)
        | ItemLocation::Form(..)
        | ItemLocation::Text(_)
        | ItemLocation::Header(_) => return binder,
    };
    let (plug_in, close) = (spans::place(plug_in, last), spans::place(quote!(>), last));
    let codec = codec.map(|codec| quote!(, #codec));
    let binder = spans::group(Delimiter::Parenthesis, binder, last);
    quote!(#private #plug_in::<#returns #codec #close #binder)
}

/// The call that puts an argument into its place.
fn emit_argument(argument: &ArgumentModel) -> TokenStream {
    let ident = &argument.ident;
    let (call, name) = match &argument.place {
        ArgumentLocation::Path(name) => (quote!(path), name),
        ArgumentLocation::Query(name) => (quote!(query), name),
        ArgumentLocation::Header(name) => (quote!(header), name),
        ArgumentLocation::Field(name) => (quote!(field), name),
    };
    let name = Literal::string(name);
    // At the type, so that rustc reports a type that does not fit the place.
    let value = quote_spanned!(argument.type_span=> &#ident);
    quote_spanned!(argument.type_span=> .#call(#name, #value))
}

/// A signature whose arguments have no attributes.
pub(super) fn plain_signature(signature: &Signature) -> Signature {
    let mut signature = signature.clone();
    for input in &mut signature.inputs {
        match input {
            // Attributes of arguments have their effect on the trait.
            syn::FnArg::Receiver(receiver) => receiver.attrs.clear(),
            syn::FnArg::Typed(typed) => typed.attrs.clear(),
        }
    }
    signature
}

/// The `#[cfg]`s among attributes.
pub(super) fn conditions(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"))
}
