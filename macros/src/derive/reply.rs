//! `#[derive(BulkReply)]`.

use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Data, DataEnum, Expr, Fields, Path, Type};

use super::error::{check_statuses, emit_variants, read_statuses};
use super::fields::{Field, demand, only, read_fields};
use super::{Derive, Input, emit_where, read_words, text};
use crate::args::{Value, bare};
use crate::report::Report;
use crate::rules::Rule;
use crate::spans::{self, Ends};
use crate::symbol::{
    CODE, COUNT, RESULTS, FAILED, NESTED, JOB, MESSAGE, ON, REPLY_WORDS, UNLISTED, STATUS, SUCCEEDED, UNPROCESSED,
    VARIANT_WORDS,
};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let derive = Derive { name: "BulkReply", words: &REPLY_WORDS, build, fallback: emit_fallback, beside: None };
    derive.expand(input)
}

/// A reply that passed the checks.
struct Reply<'a> {
    /// The fields with a role, and those that are always there.
    parts: Vec<Part<'a>>,
    /// A newtype: its one list is the whole body.
    bare: bool,
    silence: Silence,
    statuses: Vec<u16>,
}

struct Part<'a> {
    kind: Kind,
    field: Field<'a>,
}

/// What a field is to the reply.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    List(&'static str),
    Inside,
    Count(&'static str),
    /// `status`, `code`, `message` or `job`, of the whole response.
    Whole(&'static str),
    Plain,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Silence {
    Unsure,
    Succeeded,
    Failed,
}

/// The roles of lists.
const LISTS: [&str; 4] = [SUCCEEDED, FAILED, UNPROCESSED, RESULTS];

impl Part<'_> {
    fn required(&self) -> bool {
        is_required(&self.field)
    }

    fn is_list(&self, roles: &[&str]) -> bool {
        matches!(self.kind, Kind::List(role) if roles.contains(&role))
    }
}

fn build(input: &Input, report: &Report) -> Option<TokenStream> {
    if let Data::Enum(data) = &input.data {
        return build_enum(input, data, report);
    }
    let source = input.struct_fields("a derived reply", report)?;
    let fields = read_fields(source, &input.attributes, &REPLY_WORDS.on_field, report);
    let bare = !matches!(source, Fields::Named(_));
    if bare && !matches!(fields.as_slice(), [field] if list_role(field).is_some()) {
        report.error(
            Rule::DeriveFields, &input.ident,
            "a reply has named fields, or is a newtype whose body is one list: `(#[bulk(failed)] Vec<E>)`, with `succeeded`, `failed`, `unprocessed` or `results` on its one field",
        );
        return None;
    }
    for role in [STATUS, CODE, MESSAGE, JOB] {
        only(&fields, role, report);
    }
    let typo = fields.iter().any(|field| !field.words.lacks(SUCCEEDED) || !field.words.lacks(FAILED));
    let parts = fields.into_iter().map(|field| Part { kind: check_kind(&field, report), field });
    // The shape knows one name of a plain field, and an alias would make it look missing.
    let told = |part: &Part<'_>| part.kind != Kind::Plain || (part.required() && part.field.names.aliases.is_empty());
    let reply = Reply {
        parts: parts.filter(told).collect(),
        bare,
        silence: check_silence(input, report),
        statuses: check_statuses(input.words.get(ON), report),
    };
    let tells = |part: &Part<'_>| matches!(part.kind, Kind::List(_) | Kind::Inside | Kind::Whole(JOB));
    let silent = reply.silence != Silence::Unsure || !input.words.lacks(UNLISTED);
    if !reply.parts.iter().any(tells) && !silent && !typo {
        report.error(
            Rule::ListMissing, &input.ident,
            "a reply tells something of single items: put `#[bulk(succeeded)]`, `#[bulk(failed)]`, `#[bulk(unprocessed)]` or `#[bulk(results)]` on its lists, or `#[bulk(nested)]` on what holds them; where a response with these fields means that all is done, say `#[bulk(unlisted = succeeded)]` on the type",
        );
        return None;
    }
    for part in &reply.parts {
        check_plain(part, report);
    }
    check_silence_has_evidence(input, &reply, report);
    Some(emit(input, &reply))
}

fn find_role(field: &Field<'_>, roles: &[&'static str]) -> Option<&'static str> {
    roles.iter().copied().find(|role| field.words.get(role).is_some())
}

fn list_role(field: &Field<'_>) -> Option<&'static str> {
    find_role(field, &LISTS)
}

/// What a field is to the reply.
fn check_kind(field: &Field<'_>, report: &Report) -> Kind {
    if let Some(role) = list_role(field) {
        return Kind::List(role);
    }
    if let Some(role) = find_role(field, &[STATUS, CODE, MESSAGE, JOB]) {
        return Kind::Whole(role);
    }
    if let Some(word) = field.words.get(NESTED) {
        if field.names.flattened {
            let message = "the `nested` of a reply is read under its own name, and `#[serde(flatten)]` says that it has none: put the lists here";
            report.error(Rule::RoleUnread, word, message);
        }
        return Kind::Inside;
    }
    let Some(word) = field.words.get(COUNT) else { return Kind::Plain };
    let counted = match &word.value {
        Value::List(tokens) => syn::parse2::<Ident>(tokens.clone()).ok(),
        _ => None,
    };
    let counted = counted.and_then(|counted| [SUCCEEDED, FAILED, UNPROCESSED].into_iter().find(|role| counted == role));
    counted.map_or_else(
        || {
            report.error(
                Rule::Count,
                word,
                "say what it counts: `count(failed)`, `count(succeeded)` or `count(unprocessed)`",
            );
            Kind::Plain
        },
        Kind::Count,
    )
}

fn is_required(field: &Field<'_>) -> bool {
    let names = &field.names;
    !(names.default || names.skipped || names.flattened || field.is_option())
}

/// Lists are read one element at a time, past the field's own deserializer. Other types that are no lists are found
/// by the bounds of `ElementList`.
fn check_plain(list: &Part<'_>, report: &Report) {
    let Kind::List(role) = list.kind else { return };
    if let Type::Path(path) = list.field.ty()
        && let Some(last) = path.path.segments.last()
        && (last.ident == "HashMap" || last.ident == "BTreeMap")
    {
        report.error(
            Rule::ListMap, list.field.ty(),
            format_args!(
                "a `{}` drops a response that stands there twice: take `bulk_endpoint::Pairs`, which keeps it, or a list, `Vec<E>`",
                last.ident
            ),
        );
    }
    if let Some(with) = &list.field.names.with {
        report.error(
            Rule::ListWith, with,
            format_args!(
                "a list under `#[bulk({})]` is read one element at a time, so nothing would call this function: put it on a field of the element",
                role
            ),
        );
    }
}

fn check_silence(input: &Input, report: &Report) -> Silence {
    let Some(word) = input.words.get(UNLISTED) else {
        return Silence::Unsure;
    };
    let said = match &word.value {
        Value::Equals(value) => match bare(value) {
            Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
            _ => None,
        },
        _ => None,
    };
    match said.as_deref() {
        Some(SUCCEEDED) => Silence::Succeeded,
        Some(FAILED) => Silence::Failed,
        _ => {
            report.error(
                Rule::Silence,
                word,
                "write `unlisted = succeeded` where an item that the response does not name was done, `unlisted = failed` where it was not",
            );
            Silence::Unsure
        }
    }
}

/// `{}` must not count as success; and a failure that is silent has no other type than that.
fn check_silence_has_evidence(input: &Input, reply: &Reply<'_>, report: &Report) {
    if reply.silence == Silence::Unsure {
        return;
    }
    // A list that is the whole body is always there.
    if !reply.bare && !reply.parts.iter().any(Part::required) {
        report.error(
            Rule::SilenceEvidence, input.words.get(UNLISTED),
            "silence means something only in a response that shows its shape, and here every field may be missing, so that `{}` would do: have one field without `#[serde(default)]` and `Option`",
        );
    }
    if reply.silence == Silence::Failed && reply.parts.iter().any(|part| part.is_list(&[FAILED, RESULTS])) {
        report.error(
            Rule::SilenceFailed, input.words.get(UNLISTED),
            "`unlisted = failed` is for a response that lists what was done and nothing else; this one has a list that names failures: take one of them away",
        );
    }
}

/// One reply a set of statuses.
fn build_enum(input: &Input, data: &DataEnum, report: &Report) -> Option<TokenStream> {
    let krate = &input.krate;
    if data.variants.is_empty() {
        report.error(
            Rule::VariantMissing,
            &input.ident,
            "a reply that is an enum has one variant a set of statuses: add one, with `#[bulk(on(200))]`",
        );
        return None;
    }
    let elsewhere = [
        (UNLISTED, "what silence means is said of each body: put `unlisted` on the type that the variant holds"),
        (ON, "the statuses of an enum stand on its variants, `#[bulk(on(207))]`: take `on` off the enum"),
    ];
    for (word, how) in elsewhere {
        if let Some(word) = input.words.get(word) {
            report.error(Rule::EnumWord, word, how);
        }
    }
    let (mut seen, mut arms, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for variant in &data.variants {
        let words = read_words(&variant.attrs, &VARIANT_WORDS, report);
        if words.lacks(ON) {
            let ident = &variant.ident;
            report.error(
                Rule::VariantStatus,
                ident,
                format_args!("`{ident}` has no status: put `#[bulk(on(…))]` on it, with the statuses whose body it is"),
            );
        }
        let unit: Type = syn::parse_quote!(());
        let body = match &variant.fields {
            Fields::Unit => unit,
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed[0].ty.clone(),
            fields => {
                report.error(
                    Rule::VariantFields,
                    fields,
                    "a variant of a reply holds the reply under its statuses as one type, or nothing",
                );
                unit
            }
        };
        let statuses = read_statuses(words.get(ON), &mut seen, |_| Ok(()), report);
        let statuses: Vec<Literal> = statuses.into_iter().map(Literal::u16_unsuffixed).collect();
        let call = Ident::new("body", Ends::of(&body).first);
        arms.push(quote!(#(#statuses)|* => says.#call::<#body>(answer),));
        bodies.push((body, statuses));
    }
    let private = quote!(#krate::__private);
    let whole = quote!(#krate::BulkReply<Key: #private::ReplyKey, Success: #private::Body, Failure: #private::Failure>);
    let bounds: Vec<TokenStream> = bodies.iter().map(|(body, _)| demand(body, &whole)).collect();
    let types = |name: &str, of: &str| {
        let (name, of) = (format_ident!("{name}"), format_ident!("{of}"));
        fold(bodies.iter().map(|(body, _)| quote!(<#body as #krate::BulkReply>::#name)), &quote!(#private::#of))
    };
    let (key, success, failure) = (types("Key", "ReplyKey"), types("Success", "Body"), types("Failure", "Failure"));
    let shapes = bodies.iter().map(|(body, statuses)| quote!(<#body as #krate::BulkReply>::SHAPE.on(&[#(#statuses),*])));
    let shape = quote!(#private::ReplyShape::new(#private::BodyShape::ByStatus(&[#(#shapes),*])));
    let read = quote! {
        match answer.status() {
            #(#arms)*
            status => ::core::result::Result::Err(#krate::DecodeError::undeclared(status)),
        }
    };
    let types = Types { key: key?, success: success?, failure: failure? };
    let names = emit_variants(input, data.variants.iter());
    let emitted = emit_impl(input, &types, &Said { shape, names: Some(names) }, &read, &bounds);
    let (ident, holds) = (&input.ident, emit_where(&bounds));
    let checks = bodies.iter().map(|(body, statuses)| {
        let Ends { first, last } = Ends::of(body);
        let check = spans::place(quote!(#private::check_variant), first);
        let given = quote!(&[#(#statuses),*], #private::ReplyOf::<#body>::TYPES);
        let given = spans::group(Delimiter::Parenthesis, given, last);
        quote!(#check #given)
    });
    Some(quote! {
        #emitted
        impl #private::TellsItems for #ident #holds {}
        #[allow(unused_imports, unused_qualifications)]
        const _: () = {
            use #private::Unfit as _;
            #(#checks;)*
        };
    })
}

/// The associated types of a reply.
struct Types {
    key: TokenStream,
    success: TokenStream,
    failure: TokenStream,
}

/// What a reply says of itself, as data: its shape, and the constant of its variants' names.
struct Said {
    shape: TokenStream,
    names: Option<TokenStream>,
}

/// `<A as Of>::Or<<B as Of>::Or<C>>`.
fn fold(types: impl DoubleEndedIterator<Item = TokenStream>, of: &TokenStream) -> Option<TokenStream> {
    types.rev().reduce(|rest, first| quote!(<#first as #of>::Or<#rest>))
}

fn emit(input: &Input, reply: &Reply<'_>) -> TokenStream {
    let krate = &input.krate;
    let private = quote!(#krate::__private);
    let types = |name: &str, of: &str, roles: &[&str], last: Option<TokenStream>| {
        let of = format_ident!("{of}");
        let told = reply.parts.iter().filter(|part| part.kind == Kind::Inside || part.is_list(roles));
        let told: Vec<TokenStream> = told.map(|part| emit_told(part, name, input)).chain(last).collect();
        fold(told.into_iter(), &quote!(#private::#of))
    };
    let silent = (reply.silence == Silence::Failed).then(|| quote!(#private::Silent));
    let types = Types {
        key: types("Key", "ReplyKey", &LISTS, None).unwrap_or_else(|| quote!(#private::Unnamed)),
        success: types("Success", "Body", &[SUCCEEDED, RESULTS], None).unwrap_or_else(|| quote!(())),
        failure: types("Failure", "Failure", &[FAILED, RESULTS], silent.clone())
            .unwrap_or_else(|| quote!(#private::NeverFails)),
    };
    let shape = emit_shape(input, reply);
    let bounds: Vec<TokenStream> = reply.parts.iter().filter_map(|part| emit_bound(part, &private)).collect();
    // Counts come last: they speak of the lines of all the others.
    let (counts, others): (Vec<_>, Vec<_>) =
        reply.parts.iter().enumerate().partition(|(_, part)| matches!(part.kind, Kind::Count(_)));
    let says = others.into_iter().chain(counts).filter_map(|(index, part)| {
        let index = Literal::usize_unsuffixed(index);
        let field =
            if reply.bare { quote!(::core::option::Option::Some(answer.list()?)) } else { quote!(fields.at(#index)) };
        emit_says(&field, part, krate)
    });
    let fields = (!reply.bare).then(|| {
        quote! {
            let fields = &answer.fields(&Self::SHAPE)?;
            says.check(fields);
        }
    });
    // The fields are read as JSON, never as fields: this tells rustc that they are not there for nothing.
    let members = reply.parts.iter().map(|part| &part.field.member);
    let silent = silent.map(|silent| quote!(says.silence_is(#silent);));
    let read = quote! {
        #fields
        #(#says)*
        #silent
        let _ = |reply: &Self| { #(let _ = &reply.#members;)* };
        ::core::result::Result::Ok(())
    };
    let ident = &input.ident;
    let emitted = emit_impl(input, &types, &Said { shape, names: None }, &read, &bounds);
    let tells = reply.parts.iter().any(|part| !matches!(part.kind, Kind::Plain | Kind::Whole(STATUS | CODE | MESSAGE)));
    let holds = emit_where(&bounds);
    let tells = tells.then(|| quote!(impl #private::TellsItems for #ident #holds {}));
    quote! {
        #emitted
        #[automatically_derived]
        impl #private::Nested for #ident #holds {
            type Reply = Self;
            const SEVERAL: bool = false;
        }
        #tells
    }
}

fn emit_impl(
    input: &Input,
    types: &Types,
    Said { shape, names }: &Said,
    read: &TokenStream,
    bounds: &[TokenStream],
) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    let of = quote!(<Self as #krate::BulkReply>);
    let Types { key, success, failure } = types;
    let bounds = emit_where(bounds);
    quote! {
        #[automatically_derived]
        #[allow(unused_qualifications)]
        impl #krate::BulkReply for #ident #bounds {
            type Key = #key;
            type Success = #success;
            type Failure = #failure;
            const SHAPE: #krate::__private::ReplyShape = #shape;
            #names
            fn read(
                answer: &#krate::RawResponse<'_>,
                says: &mut #krate::Collector<'_, #of::Key, #of::Success, #of::Failure>,
            ) -> ::core::result::Result<(), #krate::DecodeError> {
                #read
            }
        }
    }
}

fn emit_several(part: &Part<'_>, input: &Input) -> TokenStream {
    let (ty, krate) = (part.field.ty(), &input.krate);
    quote!(<#ty as #krate::__private::Nested>::SEVERAL)
}

/// What is read of a part, which stands in `field`.
fn emit_says(field: &TokenStream, part: &Part<'_>, krate: &Path) -> Option<TokenStream> {
    let ty = part.field.ty();
    // Where the type stands: what the method asks of it is told there, and once.
    let call = |name: &str| Ident::new(name, Ends::of(ty).first);
    Some(match part.kind {
        // What may be missing shows nothing; what another function reads, its type does not.
        Kind::Plain if !part.required() || part.field.names.with.is_some() => return None,
        Kind::Plain => {
            let call = call("evidence");
            quote!(says.#call::<#ty>(#field);)
        }
        Kind::List(role) => {
            let call = call(&format!("{role}_list"));
            quote!(says.#call::<#ty>(#field);)
        }
        Kind::Inside => {
            let call = call(NESTED);
            quote!(says.#call::<#ty>(#field, answer);)
        }
        Kind::Whole(role) => {
            let call = call(role);
            quote!(says.#call::<#ty>(#field);)
        }
        Kind::Count(role) => {
            let role = emit_role(role);
            quote!(says.count(#krate::__private::Role::#role, #field);)
        }
    })
}

fn emit_role(role: &str) -> Ident {
    let role = role[..1].to_ascii_uppercase() + &role[1..];
    Ident::new(&role, Span::call_site())
}

fn emit_shape(input: &Input, reply: &Reply<'_>) -> TokenStream {
    let private = {
        let krate = &input.krate;
        quote!(#krate::__private)
    };
    let body = match reply.parts.as_slice() {
        [list] if reply.bare => {
            let list = emit_list(list, input, &private);
            quote!(List #list)
        }
        parts => {
            let fields = parts.iter().map(|part| emit_field(part, input, &private));
            quote!(Object(&[#(#fields),*]))
        }
    };
    let silence = match reply.silence {
        Silence::Unsure => None,
        Silence::Succeeded => Some(quote!(.silence(#private::Silence::Succeeded))),
        Silence::Failed => Some(quote!(.silence(#private::Silence::Failed))),
    };
    let statuses = reply.statuses.iter().copied().map(Literal::u16_unsuffixed);
    let on = (!reply.statuses.is_empty()).then(|| quote!(.on(&[#(#statuses),*])));
    quote! {
        #private::ReplyShape::new(#private::BodyShape::#body)
        #silence
        #on
    }
}

/// The role of a list, and its elements' shape.
fn emit_list(part: &Part<'_>, input: &Input, private: &TokenStream) -> TokenStream {
    let role = if let Kind::List(role) = part.kind { emit_role(role) } else { return TokenStream::new() };
    let element = emit_told(part, "SHAPE", input);
    quote!({ role: #private::Role::#role, element: #element })
}

fn emit_field(part: &Part<'_>, input: &Input, private: &TokenStream) -> TokenStream {
    let name = text(&part.field.names.name);
    let shape = || emit_told(part, "SHAPE", input);
    let kind = match part.kind {
        Kind::List(_) => {
            let list = emit_list(part, input, private);
            quote!(List #list)
        }
        Kind::Inside => {
            let (shape, several) = (shape(), emit_several(part, input));
            quote!(Inside { reply: &#shape, several: #several })
        }
        Kind::Count(role) => {
            let role = emit_role(role);
            quote!(Count(#private::Role::#role))
        }
        Kind::Whole(role) => emit_role(role).to_token_stream(),
        Kind::Plain => quote!(Plain),
    };
    let shape = quote!(#private::FieldShape::new(#name, #private::FieldKind::#kind));
    let aliases = part.field.names.aliases.iter().map(|name| text(name));
    let aliases = (!part.field.names.aliases.is_empty()).then(|| quote!(.aliases(&[#(#aliases),*])));
    let required = part.required().then(|| quote!(.required()));
    quote!(#shape #aliases #required)
}

/// What a field's type must be.
fn emit_bound(part: &Part<'_>, private: &TokenStream) -> Option<TokenStream> {
    let bound = match part.kind {
        Kind::List(RESULTS) => quote!(#private::Elements<Element: #private::JudgesItself>),
        Kind::List(_) => quote!(#private::Elements),
        Kind::Inside => quote!(#private::Nested),
        Kind::Whole(STATUS) => quote!(#private::Status),
        Kind::Whole(_) => quote!(#private::Text),
        Kind::Count(_) | Kind::Plain => return None,
    };
    Some(demand(part.field.ty(), &bound))
}

/// What a list's elements, or a reply inside, say of themselves.
fn emit_told(part: &Part<'_>, what: &str, input: &Input) -> TokenStream {
    let (ty, krate, what) = (part.field.ty(), &input.krate, format_ident!("{what}"));
    if part.kind == Kind::Inside {
        quote!(<<#ty as #krate::__private::Nested>::Reply as #krate::BulkReply>::#what)
    } else {
        quote!(<<#ty as #krate::__private::Elements>::Element as #krate::ItemReply>::#what)
    }
}

/// Stands in for a reply at fault: it fits any item.
fn emit_fallback(input: &Input) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    quote! {
        impl #krate::BulkReply for #ident {
            type Key = #krate::__private::Unnamed;
            type Success = ();
            type Failure = #krate::__private::NeverFails;
            const SHAPE: #krate::__private::ReplyShape =
                #krate::__private::ReplyShape::new(#krate::__private::BodyShape::Opaque);
            fn read(
                _: &#krate::RawResponse<'_>,
                _: &mut #krate::Collector<'_, #krate::__private::Unnamed, (), #krate::__private::NeverFails>,
            ) -> ::core::result::Result<(), #krate::DecodeError> {
                ::core::result::Result::Ok(())
            }
        }
        impl #krate::__private::Nested for #ident {
            type Reply = Self;
            const SEVERAL: bool = false;
        }
        impl #krate::__private::TellsItems for #ident {}
    }
}
