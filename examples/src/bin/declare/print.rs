//! A declaration as the text of a module.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use crate::declare::{Declaration, Method};
use crate::names::{self, Renames};
use crate::spec::Spec;
use crate::types::{Body, Def, Field, Shape, Type, Word};

/// The longest line of a comment.
const WIDTH: usize = 110;

/// The text of a module.
pub(crate) fn print(declaration: &Declaration<'_>, spec: &Spec, file: &Path) -> String {
    let mut body = String::new();
    print_trait(&mut body, declaration, spec);
    let types = &declaration.types;
    let methods = || declaration.methods.iter();
    let sends = || methods().flat_map(|method| method.returns[0].iter().chain(&method.sends));
    let receives = methods().flat_map(|method| method.returns.iter().flatten().chain(&method.mentions));
    let (sent, named) = (types.within(sends()), types.within(receives.chain(sends())));
    let defs = || types.defs.iter().filter(|(name, _)| named.contains(*name));
    for (name, def) in defs() {
        body.push('\n');
        print_def(&mut body, name, def, sent.contains(name));
    }
    format!("{}{body}", head(spec, file, &body, defs().filter_map(|(_, def)| def.derive)))
}

fn head<'d>(spec: &Spec, file: &Path, body: &str, derives: impl Iterator<Item = &'d str>) -> String {
    let version = spec.version().map(|version| format!(" {}", one_line(&version))).unwrap_or_default();
    let file = file.file_name().map(|name| one_line(&name.to_string_lossy())).unwrap_or_default();
    let mut ours: BTreeSet<&str> = derives.collect();
    ours.insert("Bulk");
    ours.extend(body.contains(" Pairs<").then_some("Pairs"));
    let ours: Vec<&str> = ours.into_iter().chain(["bulk_api"]).collect();
    let ours = ours.join(", ");
    let maps = if body.contains("BTreeMap<") { "use std::collections::BTreeMap;\n\n" } else { "" };
    let serde = if body.contains("Serialize, ") { "use serde::{Deserialize, Serialize};\n" } else { "" };
    format!(
        "//! {}{version}: bulk operations.\n\
         //!\n\
         //! Made by `declare` from `{file}`. What the specification does not say is marked `TODO(you)`.\n\
         // TODO(you): roles, all that stands in `#[bulk(…)]`, are guessed from names and types: hold them against the vendor's page.\n\
         \n\
         {maps}\
         use bulk_endpoint::{{{ours}}};\n\
         {serde}",
        one_line(spec.title()),
    )
}

fn print_trait(out: &mut String, declaration: &Declaration<'_>, spec: &Spec) {
    let base = spec.base_url().map(|url| format!("Base URL: <{url}>"));
    let docs =
        [Some(format!("Bulk operations of {}.", one_line(spec.title()))), base.filter(|url| url.contains("://"))];
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

fn print_method(out: &mut String, method: &Method) {
    print_docs(out, "    ", method.docs.iter().map(String::as_str));
    print_notes(out, "    ", &method.notes);
    let _ = writeln!(out, "    #[{}({:?})]", method.verb, method.path);
    for fixed in &method.fixed {
        let _ = writeln!(out, "    {fixed}");
    }
    let _ = writeln!(out, "    #[bulk_endpoint({})]", method.settings.join(", "));
    let types = match &method.returns {
        [Some(item), None, None] => item.to_string(),
        [Some(item), Some(reply), None] => format!("{item}, {reply}"),
        types => types.each_ref().map(|ty| ty.as_ref().map_or_else(|| "()".into(), Type::to_string)).join(", "),
    };
    let name = names::written(&method.name);
    let arguments = ["&self".to_owned()].into_iter().chain(method.arguments.iter().cloned());
    let line = format!("    fn {name}({}) -> Bulk<{types}>;", arguments.clone().collect::<Vec<_>>().join(", "));
    if line.len() <= 120 {
        let _ = writeln!(out, "{line}");
        return;
    }
    let _ = writeln!(out, "    fn {name}(");
    for argument in arguments {
        let _ = writeln!(out, "        {argument},");
    }
    let _ = writeln!(out, "    ) -> Bulk<{types}>;");
}

fn print_def(out: &mut String, name: &str, def: &Def, sent: bool) {
    print_docs(out, "", [def.docs.as_str()]);
    print_notes(out, "", &def.notes);
    let serde = match def.shape {
        Shape::Bodies(_) => &[][..],
        _ => &["Serialize", "Deserialize"],
    };
    let derives: Vec<&str> =
        ["Debug", "Clone", "PartialEq"].into_iter().chain(serde.iter().copied()).chain(def.derive).collect();
    let _ = writeln!(out, "#[derive({})]", derives.join(", "));
    if !def.roles.is_empty() {
        let _ = writeln!(out, "#[bulk({})]", def.roles.join(", "));
    }
    match &def.shape {
        Shape::Struct(fields) => print_struct(out, name, fields, sent),
        Shape::Words(words) => print_words(out, name, def, words),
        Shape::Bodies(bodies) => print_bodies(out, name, bodies),
        Shape::Choices(choices) => {
            let _ = writeln!(out, "#[serde(untagged)]\npub enum {name} {{");
            choices.iter().for_each(|(choice, ty)| _ = writeln!(out, "    {choice}({ty}),"));
            out.push_str("}\n");
        }
    }
}

fn print_struct(out: &mut String, name: &str, fields: &[Field], sent: bool) {
    let pairs: Vec<(&str, &str)> = fields.iter().map(|field| (field.name.as_str(), field.wire.as_str())).collect();
    let renames = Renames::of_fields(&pairs);
    if let Some(rule) = renames.rule {
        let _ = writeln!(out, "#[serde(rename_all = {rule:?})]");
    }
    if fields.iter().any(|field| field.apart) {
        let _ = writeln!(out, "#[serde(transparent)]");
    }
    let _ = writeln!(out, "pub struct {name} {{");
    for field in fields {
        print_docs(out, "    ", [field.docs.as_str()]);
        print_notes(out, "    ", &field.notes);
        if !field.roles.is_empty() {
            let _ = writeln!(out, "    #[bulk({})]", field.roles.join(", "));
        }
        let list = matches!(field.ty, Type::List(_) | Type::Map(_) | Type::Pairs(..));
        let mut serde = Vec::new();
        if renames.lacks(&field.name, &field.wire) {
            serde.push(format!("rename = {:?}", field.wire));
        }
        if field.apart {
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
        let _ = writeln!(out, "    pub {}: {ty},", names::written(&field.name));
    }
    out.push_str("}\n");
}

fn print_words(out: &mut String, name: &str, def: &Def, words: &[Word]) {
    let pairs: Vec<(&str, &str)> = words.iter().map(|word| (word.name.as_str(), word.wire.as_str())).collect();
    let renames = Renames::of_variants(&pairs);
    if let Some(rule) = renames.rule {
        let _ = writeln!(out, "#[serde(rename_all = {rule:?})]");
    }
    let _ = writeln!(out, "pub enum {name} {{");
    for word in words {
        if def.derive == Some("Status") {
            let (verdict, guessed) = word.verdict.unwrap_or(("failed", true));
            if guessed {
                print_notes(out, "    ", &[format!("what does {:?} say of an item?", word.wire)]);
            }
            let _ = writeln!(out, "    #[bulk({verdict})]");
        }
        if renames.lacks(&word.name, &word.wire) {
            let _ = writeln!(out, "    #[serde(rename = {:?})]", word.wire);
        }
        let _ = writeln!(out, "    {},", word.name);
    }
    let _ = writeln!(out, "    /// One that is not known yet.\n    #[serde(untagged)]\n    Other(String),\n}}");
}

fn print_bodies(out: &mut String, name: &str, bodies: &[Body]) {
    let _ = writeln!(out, "pub enum {name} {{");
    let mut taken: Vec<String> = Vec::new();
    for body in bodies {
        print_notes(out, "    ", &body.notes);
        let statuses: Vec<String> = body.statuses.iter().map(u16::to_string).collect();
        let variant = names::free(&body.name, |name| taken.iter().any(|other| other == name));
        taken.push(variant.clone());
        let holds = body.ty.as_ref().map(|ty| format!("({ty})")).unwrap_or_default();
        let _ = writeln!(out, "    #[bulk(on({}))]\n    {variant}{holds},", statuses.join(", "));
    }
    out.push_str("}\n");
}

/// What only the author can know.
fn print_notes(out: &mut String, indent: &str, notes: &[String]) {
    for note in notes {
        let note = one_line(note);
        let end = if note.ends_with(['.', '?']) { "" } else { "." };
        for (index, line) in wrapped(&format!("TODO(you): {note}{end}"), indent).enumerate() {
            let _ = writeln!(out, "{indent}//{}{line}", if index == 0 { " " } else { "   " });
        }
    }
}

/// Texts as doc comments, a paragraph each.
fn print_docs<'t>(out: &mut String, indent: &str, texts: impl IntoIterator<Item = &'t str>) {
    let texts = texts.into_iter().filter(|text| !text.trim().is_empty());
    for (index, text) in texts.enumerate() {
        if index > 0 {
            let _ = writeln!(out, "{indent}///");
        }
        let (mut fenced, mut blank) = (false, false);
        for line in text.trim().lines() {
            let line = clean(line);
            let fence = line.trim_start().starts_with("```");
            if line.trim().is_empty() && !fenced {
                // Several are one.
                blank = true;
                continue;
            }
            if std::mem::take(&mut blank) {
                let _ = writeln!(out, "{indent}///");
            }
            if fence {
                fenced = !fenced;
                // Whatever it is, it is no test of this crate's.
                let _ = writeln!(out, "{indent}/// ```{}", if fenced { "text" } else { "" });
            } else if fenced {
                let _ = writeln!(out, "{indent}/// {}", line.trim_end());
            } else {
                wrapped(line.trim(), indent).for_each(|line| _ = writeln!(out, "{indent}/// {line}"));
            }
        }
        if fenced {
            let _ = writeln!(out, "{indent}/// ```");
        }
    }
}

/// A line without what a comment cannot hold.
fn clean(line: &str) -> String {
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text in lines that are not too long.
fn wrapped(text: &str, indent: &str) -> impl Iterator<Item = String> {
    let width = WIDTH.saturating_sub(indent.len());
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.into_iter()
}
