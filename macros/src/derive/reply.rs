//! `#[derive(BulkReply)]`.

use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Expr, Type};

use super::error::check_statuses;
use super::fields::{Field, read_fields};
use super::{Derive, Input, text};
use crate::args::{Value, bare};
use crate::report::Report;
use crate::rules::Rule;
use crate::spans::{self, Ends};
use crate::symbol::{EACH, FAILED, ON, REPLY_WORDS, SILENCE, SUCCEEDED, UNPROCESSED};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let derive = Derive { name: "BulkReply", words: &REPLY_WORDS, build, fallback: emit_fallback };
    derive.expand(input)
}

/// A reply that passed the checks.
struct Reply<'a> {
    lists: Vec<List<'a>>,
    /// Names of other fields that are always there.
    required: Vec<String>,
    silence: bool,
    statuses: Vec<u16>,
}

struct List<'a> {
    role: &'static str,
    field: Field<'a>,
}

impl List<'_> {
    fn required(&self) -> bool {
        is_required(&self.field)
    }
}

fn build(input: &Input, report: &Report) -> Option<TokenStream> {
    let fields = input.struct_fields("a derived reply", report)?;
    if !matches!(fields, syn::Fields::Named(_)) {
        report.error(
            Rule::DeriveFields,
            &input.ident,
            "a reply has named fields, its lists; a body that is one list is `Vec<E>`, without a derive",
        );
        return None;
    }
    let fields = read_fields(fields, &input.attributes, &REPLY_WORDS.on_field, report);
    let typo = fields.iter().any(|field| !field.words.lacks(SUCCEEDED) || !field.words.lacks(FAILED));
    let (lists, others): (Vec<_>, Vec<_>) = fields.into_iter().partition(|f| role_of(f).is_some());
    let lists: Vec<List<'_>> = lists
        .into_iter()
        .filter_map(|field| {
            let role = role_of(&field)?;
            Some(List { role, field })
        })
        .collect();
    if lists.is_empty() && !typo {
        report.error(
            Rule::ListMissing, &input.ident,
            "a reply tells something of single items: put `#[bulk(succeeded)]`, `#[bulk(failed)]`, `#[bulk(unprocessed)]` or `#[bulk(each)]` on its lists; `()` is the reply that tells nothing",
        );
    }
    for list in &lists {
        check_plain(list, report);
    }
    // The shape knows one name of such a field, and an alias would make it look missing.
    let named = |field: &&Field<'_>| is_required(field) && field.names.aliases.is_empty();
    let others = others.iter().filter(named);
    let reply = Reply {
        required: others.map(|field| field.names.name.clone()).collect(),
        silence: check_silence(input, report),
        statuses: check_statuses(input.words.get(ON), report),
        lists,
    };
    check_silence_has_evidence(input, &reply, report);
    (!reply.lists.is_empty()).then(|| emit(input, &reply))
}

fn role_of(field: &Field<'_>) -> Option<&'static str> {
    let roles = REPLY_WORDS.on_field.allowed.iter().copied();
    roles.into_iter().find(|role| field.words.get(role).is_some())
}

fn is_required(field: &Field<'_>) -> bool {
    let names = &field.names;
    !(names.default || names.skipped || names.flattened || field.is_option())
}

/// Lists are read one element at a time, past the field's own deserializer. Other types that are no lists are found
/// by the bounds of `Elements`.
fn check_plain(list: &List<'_>, report: &Report) {
    if let Type::Path(path) = list.field.ty()
        && let Some(last) = path.path.segments.last()
        && (last.ident == "HashMap" || last.ident == "BTreeMap")
    {
        report.error(
            Rule::ListMap, list.field.ty(),
            format_args!(
                "a `{}` drops an answer that stands there twice: take a list, `Vec<E>`, whose elements have `#[bulk(key)]`",
                last.ident
            ),
        );
    }
    if let Some(with) = &list.field.names.with {
        report.error(
            Rule::ListWith, with,
            format_args!(
                "a list under `#[bulk({})]` is read one element at a time, so nothing would call this function: put it on a field of the element",
                list.role
            ),
        );
    }
}

fn check_silence(input: &Input, report: &Report) -> bool {
    let Some(word) = input.words.get(SILENCE) else {
        return false;
    };
    let said = match &word.value {
        Value::Equals(value) => match bare(value) {
            Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
            _ => None,
        },
        _ => None,
    };
    match said.as_deref() {
        Some(SUCCEEDED) => return true,
        Some(FAILED) => report.error(Rule::WordToCome, word, "`silence = failed` is not supported yet"),
        _ => report.error(
            Rule::Silence,
            word,
            "write `silence = succeeded` where an item that the answer does not name was done",
        ),
    }
    false
}

/// `{}` must not count as success.
fn check_silence_has_evidence(input: &Input, reply: &Reply<'_>, report: &Report) {
    let always = reply.lists.iter().any(List::required) || !reply.required.is_empty();
    if reply.silence && !always {
        report.error(
            Rule::SilenceEvidence, input.words.get(SILENCE),
            "silence means success only in an answer that shows its shape, and here every field may be missing, so that `{}` would do: have one field without `#[serde(default)]` and `Option`",
        );
    }
}

fn emit(input: &Input, reply: &Reply<'_>) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    let first = |roles: &[&str]| {
        let mut lists = reply.lists.iter();
        lists.find(|list| roles.contains(&list.role)).map(|list| list.field.ty())
    };
    let key = first(REPLY_WORDS.on_field.allowed).map(|ty| emit_told(ty, "Key", input));
    let success = first(&[SUCCEEDED, EACH]).map_or_else(|| quote!(()), |ty| emit_told(ty, "Success", input));
    let failure =
        first(&[FAILED, EACH]).map_or_else(|| quote!(#krate::__private::NeverFails), |ty| emit_element(ty, input));
    let shape = emit_shape(input, reply);
    let judging = reply.lists.iter().filter(|list| list.role == EACH);
    let judging = judging.map(|list| emit_judging(list.field.ty(), input));
    let reads = reply.lists.iter().enumerate().map(|(index, list)| {
        let call = format!("{}_list", list.role);
        let (ty, index) = (list.field.ty(), Literal::usize_unsuffixed(index));
        let call = Ident::new(&call, Ends::of(ty).first.resolved_at(Span::call_site()));
        quote!(says.#call::<#ty>(fields.list(#index));)
    });
    // The lists are read as JSON, never as fields: this tells rustc that they are not there for nothing.
    let members = reply.lists.iter().map(|list| &list.field.member);
    // What says that a type is no list also says so of a signature with that list's key in it.
    let blamed = match reply.lists.as_slice() {
        [list] => Ends::of(list.field.ty()),
        _ => Ends { first: Span::call_site(), last: Span::call_site() },
    };
    let read = spans::place(quote!(fn read), blamed.first);
    let says = spans::place(quote!(&mut #krate::Says<'_, Self::Key, Self::Success, Self::Failure), blamed.first);
    let result = spans::place(quote!(-> ::core::result::Result<(), #krate::Misfit), blamed.first);
    let close = spans::place(quote!(>), blamed.last);
    let body = quote! {
        #(#judging)*
        let fields = &answer.fields(&Self::SHAPE)?;
        says.check(fields);
        #(#reads)*
        let _ = |reply: &Self| { #(let _ = &reply.#members;)* };
        ::core::result::Result::Ok(())
    };
    let body = spans::group(Delimiter::Brace, body, blamed.last);
    quote! {
        #[automatically_derived]
        #[allow(unused_qualifications)]
        impl #krate::Reply for #ident {
            type Key = #key;
            type Success = #success;
            type Failure = #failure;
            const SHAPE: #krate::__private::ReplyShape = #shape;
            #read(answer: &#krate::Answer<'_>, says: #says #close) #result #close #body
        }
        impl #krate::__private::TellsItems for #ident {}
    }
}

fn emit_shape(input: &Input, reply: &Reply<'_>) -> TokenStream {
    let private = {
        let krate = &input.krate;
        quote!(#krate::__private)
    };
    let lists = reply.lists.iter().map(|list| emit_list(list, input, &private));
    let required = reply.required.iter().map(|name| text(name));
    let silence = reply.silence.then(|| quote!(.silence(#private::Silence::Succeeded)));
    let statuses = reply.statuses.iter().copied().map(Literal::u16_unsuffixed);
    let on = (!reply.statuses.is_empty()).then(|| quote!(.on(&[#(#statuses),*])));
    quote! {
        #private::ReplyShape::new(#private::BodyShape::Object {
            lists: &[#(#lists),*],
            required: &[#(#required),*],
        })
        #silence
        #on
    }
}

fn emit_list(list: &List<'_>, input: &Input, private: &TokenStream) -> TokenStream {
    let name = text(&list.field.names.name);
    let role = match list.role {
        SUCCEEDED => quote!(Succeeded),
        FAILED => quote!(Failed),
        UNPROCESSED => quote!(Unprocessed),
        _ => quote!(Each),
    };
    let aliases = list.field.names.aliases.iter().map(|name| text(name));
    let aliases = (!list.field.names.aliases.is_empty()).then(|| quote!(.aliases(&[#(#aliases),*])));
    let required = list.required().then(|| quote!(.required()));
    let element = emit_told(list.field.ty(), "SHAPE", input);
    quote!(#private::ListShape::new(#name, #private::Role::#role, #element) #aliases #required)
}

/// Asks of a list under `each` that its elements have a status.
fn emit_judging(ty: &Type, input: &Input) -> TokenStream {
    let krate = &input.krate;
    let element = emit_element(ty, input);
    let asked = Ident::new("judges", Ends::of(ty).first.resolved_at(Span::call_site()));
    quote! {
        const {
            const fn judges<E: #krate::__private::JudgesItself>() {}
            #asked::<#element>();
        }
    }
}

/// The type of a list's elements.
fn emit_element(ty: &Type, input: &Input) -> TokenStream {
    let krate = &input.krate;
    let Ends { first, last } = Ends::of(ty);
    let open = spans::place(quote!(<), first);
    let close = spans::place(quote!(as #krate::__private::Elements>::Element), last);
    quote!(#open #ty #close)
}

/// What the elements of a list say of themselves.
fn emit_told(ty: &Type, what: &str, input: &Input) -> TokenStream {
    let krate = &input.krate;
    let (element, what) = (emit_element(ty, input), format_ident!("{what}"));
    let Ends { first, last } = Ends::of(ty);
    let open = spans::place(quote!(<), first);
    let close = spans::place(quote!(as #krate::ItemReply>::#what), last);
    quote!(#open #element #close)
}

/// Stands in for a reply at fault: it fits any item.
fn emit_fallback(input: &Input) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    quote! {
        impl #krate::Reply for #ident {
            type Key = #krate::__private::Unnamed;
            type Success = ();
            type Failure = #krate::__private::NeverFails;
            const SHAPE: #krate::__private::ReplyShape =
                #krate::__private::ReplyShape::new(#krate::__private::BodyShape::Opaque);
            fn read(
                _: &#krate::Answer<'_>,
                _: &mut #krate::Says<'_, Self::Key, Self::Success, Self::Failure>,
            ) -> ::core::result::Result<(), #krate::Misfit> {
                ::core::result::Result::Ok(())
            }
        }
        impl #krate::__private::TellsItems for #ident {}
    }
}
