//! Schemas as types of Rust.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use indexmap::IndexMap;

use crate::names;
use crate::node::Node;
use crate::spec::{Spec, kinds};

/// A type where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Type {
    /// `String`, `i64`, `u16`, `f64` or `bool`.
    Plain(&'static str),
    /// Anything.
    Json,
    Named(String),
    List(Box<Type>),
    Map(Box<Type>),
    /// A map whose repeats are kept, by the type of its keys.
    Pairs(&'static str, Box<Type>),
    Optional(Box<Type>),
    Boxed(Box<Type>),
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Plain(name) => f.write_str(name),
            Type::Json => f.write_str("serde_json::Value"),
            Type::Named(name) => f.write_str(name),
            Type::List(of) => write!(f, "Vec<{of}>"),
            Type::Map(of) => write!(f, "BTreeMap<String, {of}>"),
            Type::Pairs(key, of) => write!(f, "Pairs<{key}, {of}>"),
            Type::Optional(of) => write!(f, "Option<{of}>"),
            Type::Boxed(of) => write!(f, "Box<{of}>"),
        }
    }
}

impl Type {
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Type::Named(name) => Some(name),
            _ => None,
        }
    }

    /// Puts another name into it.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        match self {
            Type::Named(name) if name == from => *name = to.to_owned(),
            Type::List(of) | Type::Map(of) | Type::Pairs(_, of) | Type::Optional(of) | Type::Boxed(of) => {
                of.rename(from, to);
            }
            _ => {}
        }
    }

    /// A text or a whole number.
    pub(crate) fn key(&self) -> Option<&'static str> {
        match self {
            Type::Plain(name @ ("String" | "i64")) => Some(name),
            _ => None,
        }
    }
}

/// A type of a declaration.
#[derive(Debug, Clone)]
pub(crate) struct Def {
    pub(crate) docs: String,
    pub(crate) notes: Vec<String>,
    /// Of `bulk-endpoint`'s; serde's are always there.
    pub(crate) derive: Option<&'static str>,
    /// What `#[bulk(…)]` says of the type.
    pub(crate) roles: Vec<String>,
    pub(crate) shape: Shape,
}

#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Struct(Vec<Field>),
    /// Words of the vendor's.
    Words(Vec<Word>),
    /// One body a set of statuses.
    Bodies(Vec<Body>),
    /// One of several, which nothing but itself tells apart.
    Choices(Vec<(String, Type)>),
}

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) wire: String,
    /// In snake case; a keyword as it is.
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) optional: bool,
    pub(crate) docs: String,
    pub(crate) notes: Vec<String>,
    /// What `#[bulk(…)]` says of it.
    pub(crate) roles: Vec<String>,
    /// It is known, and no part of the JSON: that is the other field.
    pub(crate) apart: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) wire: String,
    pub(crate) name: String,
    /// What it says of an item, where that is its role; and whether that is a mere guess.
    pub(crate) verdict: Option<(&'static str, bool)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Body {
    pub(crate) statuses: Vec<u16>,
    pub(crate) name: String,
    pub(crate) ty: Option<Type>,
    pub(crate) notes: Vec<String>,
}

impl Def {
    pub(crate) fn new(docs: &str, shape: Shape) -> Self {
        Def { docs: docs.to_owned(), notes: Vec::new(), derive: None, roles: Vec::new(), shape }
    }

    /// The fields of a struct.
    pub(crate) fn fields(&self) -> &[Field] {
        match &self.shape {
            Shape::Struct(fields) => fields,
            _ => &[],
        }
    }

    pub(crate) fn fields_mut(&mut self) -> &mut [Field] {
        match &mut self.shape {
            Shape::Struct(fields) => fields,
            _ => &mut [],
        }
    }
}

impl Field {
    /// The fields of an item that stands in an object: its key apart, and what is under it.
    pub(crate) fn entry(value: Type) -> Vec<Field> {
        let field = |name: &str, ty| Field {
            wire: name.to_owned(),
            name: name.to_owned(),
            ty,
            optional: false,
            docs: String::new(),
            notes: Vec::new(),
            roles: Vec::new(),
            apart: false,
        };
        let key = Field { roles: vec!["key".into()], apart: true, ..field("key", Type::Plain("String")) };
        vec![key, field("value", value)]
    }

    pub(crate) fn is(&self, role: &str) -> bool {
        self.roles.iter().any(|other| other == role)
    }

    pub(crate) fn give(&mut self, role: &str) {
        if !self.is(role) {
            self.roles.push(role.to_owned());
        }
    }

    /// Its name without what only separates words.
    pub(crate) fn folded(&self) -> String {
        names::words(&self.wire).concat()
    }
}

/// A type and what is to be said of it.
pub(crate) struct Found {
    pub(crate) ty: Type,
    pub(crate) nullable: bool,
    pub(crate) note: Option<String>,
}

impl Found {
    fn of(ty: Type) -> Self {
        Found { ty, nullable: false, note: None }
    }

    fn json(note: String) -> Self {
        Found { ty: Type::Json, nullable: false, note: Some(note) }
    }
}

/// All types of a declaration.
pub(crate) struct Types<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) defs: IndexMap<String, Def>,
    /// Names that are something else's.
    reserved: Vec<String>,
    /// The type of each schema that was met, by its place in memory.
    known: HashMap<*const Node, String>,
    /// The schemas that are being looked at, outermost first.
    open: Vec<*const Node>,
    /// What types were copied to, for another derive each.
    copies: HashMap<(String, &'static str), String>,
}

impl<'a> Types<'a> {
    pub(crate) fn new(spec: &'a Spec, reserved: Vec<String>) -> Self {
        Types { spec, defs: IndexMap::new(), reserved, known: HashMap::new(), open: Vec::new(), copies: HashMap::new() }
    }

    /// Adds a type under a name of its own.
    pub(crate) fn add(&mut self, name: &str, def: Def) -> String {
        let name = self.free_name(name);
        self.defs.insert(name.clone(), def);
        name
    }

    fn free_name(&self, name: &str) -> String {
        names::type_name(name, |name| self.defs.contains_key(name) || self.reserved.iter().any(|other| other == name))
    }

    /// The type of a schema; `hint` is its name if it has none.
    pub(crate) fn convert(&mut self, schema: &'a Node, hint: &str) -> Found {
        let hint = self.spec.name_of(schema).unwrap_or(hint);
        let node = match self.spec.follow(schema) {
            Ok(node) => node,
            Err(target) => return Found::json(format!("`{target}` leads nowhere in this file: what is it?")),
        };
        if let Some(name) = self.known.get(&std::ptr::from_ref(node)) {
            return Found { nullable: is_nullable(node), ..Found::of(Type::Named(name.clone())) };
        }
        if self.open.contains(&std::ptr::from_ref(node)) {
            return Found::json(format!("`{hint}` is made of itself"));
        }
        self.open.push(node);
        let mut found = self.convert_open(node, hint);
        self.open.pop();
        found.nullable |= is_nullable(node);
        found
    }

    fn convert_open(&mut self, node: &'a Node, hint: &str) -> Found {
        let is_null = |node: &&Node| kinds(node).as_slice() == ["null"];
        for word in ["oneOf", "anyOf", "allOf"] {
            let Some(all) = node.get(word).map(Node::elements) else { continue };
            // A part without a type only adds words.
            let says = |part: &&Node| {
                !kinds(part).is_empty() || ["$ref", "oneOf", "anyOf"].iter().any(|word| part.get(word).is_some())
            };
            let parts: Vec<&Node> = all.iter().filter(|part| !is_null(part) && says(part)).collect();
            match parts.as_slice() {
                [only] if node.get("properties").is_none() => {
                    let found = self.convert(only, hint);
                    return Found { nullable: found.nullable || parts.len() < all.len(), ..found };
                }
                [] => {}
                _ if word == "allOf" => {}
                several => {
                    let names = several.iter().filter_map(|part| self.spec.name_of(part));
                    let names = names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                    return Found::json(match names.as_str() {
                        "" => format!("`{word}` of {} schemas: an enum?", several.len()),
                        names => format!("`{word}` of {names}: an enum?"),
                    });
                }
            }
        }
        let kinds: Vec<&str> = kinds(node).into_iter().filter(|kind| *kind != "null").collect();
        match kinds.as_slice() {
            ["string"] => self.convert_string(node, hint),
            ["integer"] => Found::of(Type::Plain("i64")),
            ["number"] => Found::of(Type::Plain("f64")),
            ["boolean"] => Found::of(Type::Plain("bool")),
            ["array"] => match node.get("items") {
                Some(items) => {
                    let element = self.convert(items, &singular(hint));
                    let ty = if element.nullable { Type::Optional(Box::new(element.ty)) } else { element.ty };
                    Found { ty: Type::List(Box::new(ty)), nullable: false, note: element.note }
                }
                None => Found {
                    ty: Type::List(Box::new(Type::Json)),
                    nullable: false,
                    note: Some("a list of what?".into()),
                },
            },
            ["object"] => self.convert_object(node, hint),
            [] => Found::json("the specification says no type".into()),
            several => Found::json(format!("it is one of {}", several.join(", "))),
        }
    }

    fn convert_string(&mut self, node: &'a Node, hint: &str) -> Found {
        let values: Vec<&str> =
            node.get("enum").map(Node::elements).unwrap_or_default().iter().filter_map(Node::text).collect();
        if values.is_empty() {
            return Found::of(Type::Plain("String"));
        }
        let mut words: Vec<Word> = Vec::new();
        for value in values {
            if words.iter().any(|word| word.wire == value) {
                continue;
            }
            let taken = |name: &str| name == "Other" || words.iter().any(|word| word.name == name);
            let name = names::free(&names::pascal(value), taken);
            words.push(Word { wire: value.to_owned(), name, verdict: None });
        }
        let docs = node.text_of("description").unwrap_or_default();
        let name = self.add(hint, Def::new(docs, Shape::Words(words)));
        self.known.insert(node, name.clone());
        Found::of(Type::Named(name))
    }

    fn convert_object(&mut self, node: &'a Node, hint: &str) -> Found {
        let properties = self.spec.properties(node);
        if properties.is_empty() {
            return match node.get("additionalProperties") {
                Some(of @ Node::Map(fields)) if !fields.is_empty() => {
                    let of = self.convert(of, &format!("{hint} value"));
                    Found { ty: Type::Map(Box::new(of.ty)), nullable: false, note: of.note }
                }
                _ => Found::of(Type::Json),
            };
        }
        let docs = node.text_of("description").or(node.text_of("title")).unwrap_or_default();
        let name = self.add(hint, Def::new(docs, Shape::Struct(Vec::new())));
        self.known.insert(node, name.clone());
        let mut fields: Vec<Field> = Vec::new();
        for property in properties {
            let found = self.convert(property.schema, &format!("{name} {}", property.name));
            let taken = |name: &str| fields.iter().any(|field| field.name == name);
            fields.push(Field {
                wire: property.name.to_owned(),
                name: names::free(&names::snake(property.name), taken),
                ty: self.boxed(found.ty),
                optional: !property.required || found.nullable,
                docs: property.schema.text_of("description").unwrap_or_default().to_owned(),
                notes: found.note.into_iter().collect(),
                roles: Vec::new(),
                apart: false,
            });
        }
        if let Some(def) = self.defs.get_mut(&name) {
            def.shape = Shape::Struct(fields);
        }
        Found::of(Type::Named(name))
    }

    /// A struct that is being looked at would be of no size within itself.
    fn boxed(&self, ty: Type) -> Type {
        let is_open = |name: &str| self.open.iter().any(|node| self.known.get(node).is_some_and(|known| known == name));
        match ty {
            Type::Named(name) if is_open(&name) => Type::Boxed(Box::new(Type::Named(name))),
            ty => ty,
        }
    }

    /// Gives a type a derive. One that has another already is copied for it.
    pub(crate) fn claim(&mut self, name: &str, derive: &'static str, suffix: &str) -> String {
        let Some(def) = self.defs.get_mut(name) else { return name.to_owned() };
        if *def.derive.get_or_insert(derive) == derive {
            return name.to_owned();
        }
        let known = (name.to_owned(), derive);
        if let Some(copy) = self.copies.get(&known) {
            return copy.clone();
        }
        let mut def = def.clone();
        (def.derive, def.roles) = (Some(derive), Vec::new());
        def.fields_mut().iter_mut().for_each(|field| field.roles.clear());
        let copy = self.add(&format!("{name}{suffix}"), def);
        self.copies.insert(known, copy.clone());
        copy
    }

    /// The names of all types that these are made of.
    pub(crate) fn within<'t>(&self, types: impl IntoIterator<Item = &'t Type>) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut waiting: Vec<Type> = types.into_iter().cloned().collect();
        while let Some(ty) = waiting.pop() {
            match ty {
                Type::Named(name) => {
                    let Some(def) = self.defs.get(&name).filter(|_| names.insert(name)) else { continue };
                    match &def.shape {
                        Shape::Struct(fields) => waiting.extend(fields.iter().map(|field| field.ty.clone())),
                        Shape::Bodies(bodies) => waiting.extend(bodies.iter().filter_map(|body| body.ty.clone())),
                        Shape::Choices(choices) => waiting.extend(choices.iter().map(|(_, ty)| ty.clone())),
                        Shape::Words(_) => {}
                    }
                }
                Type::List(of) | Type::Map(of) | Type::Pairs(_, of) | Type::Optional(of) | Type::Boxed(of) => {
                    waiting.push(*of);
                }
                Type::Plain(_) | Type::Json => {}
            }
        }
        names
    }
}

fn is_nullable(node: &Node) -> bool {
    node.is_true("nullable") || node.is_true("x-nullable") || kinds(node).contains(&"null")
}

/// The name of one of several: `identityIds` holds an `identityId`.
pub(crate) fn singular(name: &str) -> String {
    match name {
        name if name.ends_with("ies") => format!("{}y", &name[..name.len() - 3]),
        name if ["sses", "xes", "ches", "shes"].iter().any(|end| name.ends_with(end)) => {
            name[..name.len() - 2].to_owned()
        }
        name if name.ends_with("ss") || name.ends_with("us") || !name.ends_with('s') => format!("{name} item"),
        name => name[..name.len() - 1].to_owned(),
    }
}
