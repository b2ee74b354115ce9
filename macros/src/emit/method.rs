//! What one method becomes: its constant, its entry among the endpoints, and its call.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, Path, Signature};

use super::spec;
use crate::model::{Api, Argument, Method, Place};

/// `const DEACTIVATE: Endpoint<Bulk<…>>`.
pub(super) fn emit_constant(method: &Method, api: &Api) -> TokenStream {
    let (attributes, vis, krate) = (&method.attributes, &api.item.vis, &api.krate);
    let (constant, returns) = (&method.constant, &method.returns);
    let docs = constant_docs(method, api);
    let spec = spec::emit_spec(&method.spec, krate);
    quote! {
        #(#[doc = #docs])*
        #(#attributes)*
        #vis const #constant: #krate::Endpoint<#returns> = #krate::Endpoint::new(#spec);
    }
}

fn constant_docs(method: &Method, api: &Api) -> Vec<String> {
    let (item, name) = (&api.item.ident, &method.signature.ident);
    let settings = &method.spec.settings;
    let mut docs = vec![format!(" The endpoint of [`{item}::{name}`].")];
    if settings.assumed {
        let max = settings.max;
        docs.push(String::new());
        docs.push(format!(
            " A request carries at most {max} items; the vendor documents no limit, this one is assumed."
        ));
    }
    docs
}

/// The method's place in `ENDPOINTS`.
pub(super) fn emit_entry(method: &Method) -> TokenStream {
    let conditions = conditions(&method.attributes);
    let constant = &method.constant;
    quote!(#(#conditions)* *Self::#constant.spec())
}

/// The method of the client.
pub(super) fn emit_call(method: &Method, krate: &Path) -> TokenStream {
    let conditions = conditions(&method.attributes);
    let signature = plain_signature(&method.signature);
    let (receiver, returns, constant) = (&method.receiver, &method.returns, &method.constant);
    let bind = if method.spec.settings.partial {
        quote!(bind_partial)
    } else {
        quote!(bind)
    };
    let arguments = method.arguments.iter().map(emit_argument);
    let already = method.already.iter().map(|path| quote!(.already(#path)));
    quote! {
        #(#conditions)*
        #signature {
            #krate::__private::#bind::<#returns>(&#receiver.client, Self::#constant)
                #(#arguments)*
                #(#already)*
                .finish()
        }
    }
}

/// One call that puts an argument into its place. rustc blames the argument if it cannot go there.
fn emit_argument(argument: &Argument) -> TokenStream {
    let ident = &argument.ident;
    let (call, name) = match &argument.place {
        Place::Path(name) => (quote!(path), name),
        Place::Query(name) => (quote!(query), name),
        Place::Header(name) => (quote!(header), name),
        Place::Field(name) => (quote!(field), name),
    };
    let name = Literal::string(name);
    let value = quote_spanned!(argument.type_span=> &#ident);
    quote!(.#call(#name, #value))
}

/// A signature whose arguments have no attributes.
pub(super) fn plain_signature(signature: &Signature) -> Signature {
    let mut signature = signature.clone();
    for input in &mut signature.inputs {
        match input {
            syn::FnArg::Receiver(receiver) => receiver.attrs.clear(),
            syn::FnArg::Typed(typed) => typed.attrs.clear(),
        }
    }
    signature
}

/// The `#[cfg]`s among attributes.
pub(super) fn conditions(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
}
