//! The text of the module: imports, trait and types.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use crate::comments::{one_line, print_docs, print_notes};
use crate::declaration::Declaration;
use crate::definition::{
    Definition, DefinitionKind, StatusVariant, StructField, UntaggedVariant, WordVariant, WordVerdict,
};
use crate::hints;
use crate::method::BulkMethod;
use crate::names;
use crate::openapi::OpenApi;
use crate::renames::Renames;
use crate::rust_type::RustType;

/// The longest line of code.
const MAX_WIDTH: usize = 120;

/// The text of a module.
pub(crate) fn print_module(declaration: &Declaration<'_>, api: &OpenApi, file: &Path) -> String {
    let mut body = String::new();
    print_trait(&mut body, declaration, api);
    let types = &declaration.types;
    let methods = || declaration.methods.iter();
    let sent = || methods().flat_map(|method| method.returns.item.iter().chain(&method.argument_types));
    let received = methods().flat_map(|method| method.returns.all().chain(&method.noted_types));
    let (sent, used) = (types.names_in(sent()), types.names_in(received.chain(sent())));
    let definitions = || types.definitions.iter().filter(|(name, _)| used.contains(*name));
    for (name, definition) in definitions() {
        body.push('\n');
        print_definition(&mut body, name, definition, sent.contains(name));
    }
    let derives = definitions().filter_map(|(_, definition)| definition.derive);
    let accepts = methods().any(|method| method.returns.reply == Some(RustType::Plain("Accepted")))
        || body.contains("(Accepted),");
    let notes: Vec<String> = hints::of_document(api).into_iter().chain(declaration.notes.iter().cloned()).collect();
    format!("{}{body}", head(api, file, &notes, &body, derives.chain(accepts.then_some("Accepted"))))
}

fn head<'d>(
    api: &OpenApi,
    file: &Path,
    questions: &[String],
    body: &str,
    used: impl Iterator<Item = &'d str>,
) -> String {
    let version = api.version().map(|version| format!(" {}", one_line(&version))).unwrap_or_default();
    let file = file.file_name().map(|name| one_line(&name.to_string_lossy())).unwrap_or_default();
    // A comment may name a type that the code does not use.
    let code = body.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut ours: BTreeSet<&str> = used.collect();
    ours.insert("Bulk");
    ours.extend(code.contains(" Pairs<").then_some("Pairs"));
    ours.extend(code.contains(" Ndjson<").then_some("Ndjson"));
    ours.extend(code.contains("HttpStatus").then_some("HttpStatus"));
    let ours: Vec<&str> = ours.into_iter().chain(["bulk_api"]).collect();
    let ours = ours.join(", ");
    let mut notes = String::new();
    print_notes(&mut notes, "", questions);
    let maps = if code.contains("BTreeMap<") { "use std::collections::BTreeMap;\n\n" } else { "" };
    let serde = if body.contains("Serialize, ") { "use serde::{Deserialize, Serialize};\n" } else { "" };
    format!(
        "//! {}{version}: bulk operations.\n\
         //!\n\
         //! Made by `declare` from `{file}`. What the specification leaves open is marked `TODO(you)`.\n\
         // TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.\n\
         {notes}\n\
         {maps}\
         use bulk_endpoint::{{{ours}}};\n\
         {serde}",
        one_line(api.title()),
    )
}

fn print_trait(out: &mut String, declaration: &Declaration<'_>, api: &OpenApi) {
    let base = api.base_url().map(|url| format!("Base URL: <{url}>"));
    let docs = [Some(format!("Bulk operations of {}.", one_line(api.title()))), base.filter(|url| url.contains("://"))];
    out.push('\n');
    print_docs(out, "", docs.iter().flatten().map(String::as_str));
    let _ = writeln!(out, "#[bulk_api]\npub trait {}: Send + Sync {{", declaration.name);
    for (index, method) in declaration.methods.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        print_method(out, method);
    }
    out.push_str("}\n");
}

fn print_method(out: &mut String, method: &BulkMethod) {
    print_docs(out, "    ", method.docs.iter().map(String::as_str));
    print_notes(out, "    ", &method.notes);
    let _ = writeln!(out, "    #[{}({:?})]", method.verb, method.path);
    for fixed in &method.fixed {
        let _ = writeln!(out, "    {fixed}");
    }
    let _ = writeln!(out, "    #[bulk_endpoint({})]", method.settings.join(", "));
    let returns = &method.returns;
    let text = |ty: &Option<RustType>| ty.as_ref().map_or_else(|| "()".into(), RustType::to_string);
    let types = match (&returns.reply, &returns.error) {
        (None, None) => text(&returns.item),
        (_, None) => [&returns.item, &returns.reply].map(text).join(", "),
        _ => [&returns.item, &returns.reply, &returns.error].map(text).join(", "),
    };
    let name = names::escaped(&method.name);
    let arguments = ["&self".to_owned()].into_iter().chain(method.arguments.iter().cloned());
    let line = format!("    fn {name}({}) -> Bulk<{types}>;", arguments.clone().collect::<Vec<_>>().join(", "));
    if line.len() <= MAX_WIDTH {
        let _ = writeln!(out, "{line}");
        return;
    }
    let _ = writeln!(out, "    fn {name}(");
    for argument in arguments {
        let _ = writeln!(out, "        {argument},");
    }
    let _ = writeln!(out, "    ) -> Bulk<{types}>;");
}

fn print_definition(out: &mut String, name: &str, definition: &Definition, sent: bool) {
    print_docs(out, "", [definition.docs.as_str()]);
    print_notes(out, "", &definition.notes);
    let serde = match definition.kind {
        DefinitionKind::ByStatus(_) => &[][..],
        _ => &["Serialize", "Deserialize"],
    };
    let key = if definition.is_key { &["Eq", "Hash"][..] } else { &[] };
    let derives: Vec<&str> =
        ["Debug", "Clone", "PartialEq"].iter().chain(key).chain(serde).copied().chain(definition.derive).collect();
    let _ = writeln!(out, "#[derive({})]", derives.join(", "));
    if !definition.roles.is_empty() {
        let _ = writeln!(out, "#[bulk({})]", definition.roles.join(", "));
    }
    match &definition.kind {
        DefinitionKind::Struct(fields) => print_struct(out, name, fields, sent),
        DefinitionKind::Words(words) => print_words(out, name, definition, words),
        DefinitionKind::ByStatus(variants) => print_by_status(out, name, variants),
        DefinitionKind::Newtype { role, ty } => _ = writeln!(out, "pub struct {name}(#[bulk({role})] pub {ty});"),
        DefinitionKind::Untagged(variants) => {
            print_untagged(out, name, variants);
        }
    }
}

fn print_untagged(out: &mut String, name: &str, variants: &[UntaggedVariant]) {
    let pairs: Vec<(&str, &str)> =
        variants.iter().map(|variant| (variant.name.as_str(), variant.wire.as_str())).collect();
    let renames = Renames::of_variants(&pairs);
    let rule = renames.rule.map(|rule| format!(", rename_all = {rule:?}")).unwrap_or_default();
    let _ = writeln!(out, "#[serde(untagged{rule})]\npub enum {name} {{");
    for UntaggedVariant { name, wire, ty } in variants {
        if renames.needs_rename(name, wire) {
            let _ = writeln!(out, "    #[serde(rename = {wire:?})]");
        }
        let _ = writeln!(out, "    {name}({ty}),");
    }
    out.push_str("}\n");
}

fn print_struct(out: &mut String, name: &str, fields: &[StructField], sent: bool) {
    let pairs: Vec<(&str, &str)> = fields.iter().map(|field| (field.name.as_str(), field.wire.as_str())).collect();
    let renames = Renames::of_fields(&pairs);
    if let Some(rule) = renames.rule {
        let _ = writeln!(out, "#[serde(rename_all = {rule:?})]");
    }
    if fields.iter().any(|field| field.skipped) {
        let _ = writeln!(out, "#[serde(transparent)]");
    }
    let _ = writeln!(out, "pub struct {name} {{");
    for field in fields {
        print_docs(out, "    ", [field.docs.as_str()]);
        print_notes(out, "    ", &field.notes);
        if !field.roles.is_empty() {
            let _ = writeln!(out, "    #[bulk({})]", field.roles.join(", "));
        }
        // A missing list is empty. `null` in its place needs an `Option`.
        let list = matches!(field.ty, RustType::List(_) | RustType::Map(_) | RustType::Pairs(..)) && !field.nullable;
        let mut serde = Vec::new();
        if renames.needs_rename(&field.name, &field.wire) {
            serde.push(format!("rename = {:?}", field.wire));
        }
        if field.skipped {
            serde.push("skip".into());
        } else if field.optional && sent {
            serde.push("skip_serializing_if = \"Option::is_none\"".into());
        } else if field.optional && list {
            serde.push("default".into());
        }
        if !serde.is_empty() {
            let _ = writeln!(out, "    #[serde({})]", serde.join(", "));
        }
        let optional = field.optional && (sent || !list);
        let ty = if optional { format!("Option<{}>", field.ty) } else { field.ty.to_string() };
        let _ = writeln!(out, "    pub {}: {ty},", names::escaped(&field.name));
    }
    out.push_str("}\n");
}

fn print_words(out: &mut String, name: &str, definition: &Definition, words: &[WordVariant]) {
    let pairs: Vec<(&str, &str)> = words.iter().map(|word| (word.name.as_str(), word.wire.as_str())).collect();
    let renames = Renames::of_variants(&pairs);
    if let Some(rule) = renames.rule {
        let _ = writeln!(out, "#[serde(rename_all = {rule:?})]");
    }
    let _ = writeln!(out, "pub enum {name} {{");
    for word in words {
        if definition.derive == Some("Status") {
            let unknown = WordVerdict { role: "failed", is_guess: true };
            let verdict = word.verdict.unwrap_or(unknown);
            if verdict.is_guess {
                print_notes(out, "    ", &[format!("what does {:?} mean for its item?", word.wire)]);
            }
            let _ = writeln!(out, "    #[bulk({})]", verdict.role);
        }
        if renames.needs_rename(&word.name, &word.wire) {
            let _ = writeln!(out, "    #[serde(rename = {:?})]", word.wire);
        }
        let _ = writeln!(out, "    {},", word.name);
    }
    let _ = writeln!(out, "    /// A value that is not known yet.\n    #[serde(untagged)]\n    Other(String),\n}}");
}

fn print_by_status(out: &mut String, name: &str, variants: &[StatusVariant]) {
    let _ = writeln!(out, "pub enum {name} {{");
    let mut taken: Vec<String> = Vec::new();
    for variant in variants {
        let statuses: Vec<String> = variant.statuses.iter().map(u16::to_string).collect();
        let name = names::free_name(&variant.name, |name| taken.iter().any(|other| other == name));
        taken.push(name.clone());
        let body = variant.ty.as_ref().map(|ty| format!("({ty})")).unwrap_or_default();
        let _ = writeln!(out, "    #[bulk(on({}))]\n    {name}{body},", statuses.join(", "));
    }
    out.push_str("}\n");
}
