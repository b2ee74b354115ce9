//! The types of a declaration, converted from schemas.

use std::collections::{BTreeSet, HashMap};

use indexmap::IndexMap;

use crate::definition::{Definition, DefinitionKind, StructField, WordVariant};
use crate::names;
use crate::node::Node;
use crate::openapi::{OpenApi, kinds};
use crate::rust_type::RustType;

/// The type of a schema.
pub(crate) struct Converted {
    pub(crate) ty: RustType,
    pub(crate) nullable: bool,
    /// An open question about it.
    pub(crate) note: Option<String>,
}

impl Converted {
    fn new(ty: RustType) -> Self {
        Converted { ty, nullable: false, note: None }
    }

    fn json(note: String) -> Self {
        Converted { ty: RustType::Json, nullable: false, note: Some(note) }
    }
}

/// All types that a declaration defines, by name.
pub(crate) struct TypeTable<'a> {
    pub(crate) api: &'a OpenApi,
    pub(crate) definitions: IndexMap<String, Definition>,
    /// Names of other things, such as the trait.
    reserved: Vec<String>,
    /// The type of each schema that was converted. The schema is identified by its address.
    known: HashMap<*const Node, String>,
    /// The schemas that are being converted, outermost first.
    open: Vec<*const Node>,
    /// The types that have a derive, as they were before they had roles.
    plain: HashMap<String, Definition>,
    /// The copies of types, by their names and by what they are copied for.
    copies: HashMap<(String, String), String>,
}

impl<'a> TypeTable<'a> {
    pub(crate) fn new(api: &'a OpenApi, reserved: Vec<String>) -> Self {
        TypeTable {
            api,
            definitions: IndexMap::new(),
            reserved,
            known: HashMap::new(),
            open: Vec::new(),
            plain: HashMap::new(),
            copies: HashMap::new(),
        }
    }

    /// Adds a type, and returns its name.
    pub(crate) fn add(&mut self, name: &str, definition: Definition) -> String {
        let name = self.free_name(name);
        self.definitions.insert(name.clone(), definition);
        name
    }

    fn free_name(&self, name: &str) -> String {
        names::type_name(name, |name| {
            self.definitions.contains_key(name) || self.reserved.iter().any(|other| other == name)
        })
    }

    /// The type of a schema. `hint` is its name if the document has none.
    pub(crate) fn convert(&mut self, schema: &'a Node, hint: &str) -> Converted {
        let hint = self.api.name_of(schema).unwrap_or(hint);
        let node = match self.api.follow(schema) {
            Ok(node) => node,
            Err(target) => return Converted::json(format!("`{target}` cannot be followed: what is its type?")),
        };
        if let Some(name) = self.known.get(&std::ptr::from_ref(node)) {
            let nullable = is_nullable(schema) || is_nullable(node);
            return Converted { nullable, ..Converted::new(RustType::Named(name.clone())) };
        }
        if self.open.contains(&std::ptr::from_ref(node)) {
            return Converted::json(format!("`{hint}` contains itself"));
        }
        self.open.push(node);
        let mut found = self.convert_open(node, hint);
        self.open.pop();
        // Words beside a reference count since OpenAPI 3.1, and are meant before.
        found.nullable |= is_nullable(schema) || is_nullable(node);
        found
    }

    fn convert_open(&mut self, node: &'a Node, hint: &str) -> Converted {
        for word in ["oneOf", "anyOf", "allOf"] {
            let parts = node.get(word).map(Node::elements).unwrap_or_default();
            if let Some(converted) = self.convert_parts(node, word, parts, hint) {
                return converted;
            }
        }
        let kinds: Vec<&str> = kinds(node).into_iter().filter(|kind| *kind != "null").collect();
        match kinds.as_slice() {
            ["string"] => self.convert_string(node, hint),
            ["integer"] => Converted::new(RustType::Plain("i64")),
            ["number"] => Converted::new(RustType::Plain("f64")),
            ["boolean"] => Converted::new(RustType::Plain("bool")),
            ["array"] => self.convert_array(node, hint),
            ["object"] => self.convert_object(node, hint),
            [] => Converted::json("the specification gives no type".into()),
            several => Converted::json(format!("its type is one of {}", several.join(", "))),
        }
    }

    /// The type of `oneOf`, `anyOf` or `allOf`. `None` if the rest of the schema gives the type.
    fn convert_parts(&mut self, node: &'a Node, word: &str, all: &'a [Node], hint: &str) -> Option<Converted> {
        let is_null = |node: &Node| kinds(node).as_slice() == ["null"];
        // A part without a type only adds restrictions: `required`, a description.
        let has_type = |part: &Node| {
            !kinds(part).is_empty() || ["$ref", "oneOf", "anyOf"].iter().any(|word| part.get(word).is_some())
        };
        let parts: Vec<&Node> = all.iter().filter(|part| !is_null(part) && has_type(part)).collect();
        match parts.as_slice() {
            [only] if node.get("properties").is_none() => {
                let found = self.convert(only, hint);
                Some(Converted { nullable: found.nullable || parts.len() < all.len(), ..found })
            }
            [] => None,
            _ if word == "allOf" => None,
            several => {
                let names = several.iter().filter_map(|part| self.api.name_of(part));
                let names = names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                Some(Converted::json(match names.as_str() {
                    "" => format!("`{word}` of {} schemas: an enum?", several.len()),
                    names => format!("`{word}` of {names}: an enum?"),
                }))
            }
        }
    }

    fn convert_array(&mut self, node: &'a Node, hint: &str) -> Converted {
        let Some(items) = node.get("items") else {
            let note = Some("what are the elements of this list?".into());
            return Converted { ty: RustType::List(Box::new(RustType::Json)), nullable: false, note };
        };
        let element = self.convert(items, &names::singular(hint));
        let ty = if element.nullable { RustType::Optional(Box::new(element.ty)) } else { element.ty };
        Converted { ty: RustType::List(Box::new(ty)), nullable: false, note: element.note }
    }

    fn convert_string(&mut self, node: &'a Node, hint: &str) -> Converted {
        let mut values: Vec<&str> =
            node.get("enum").map(Node::elements).unwrap_or_default().iter().filter_map(Node::text).collect();
        let docs = node.text_of("description").unwrap_or_default();
        if values.is_empty() {
            values = listed_words(docs);
        }
        if values.is_empty() {
            return Converted::new(RustType::Plain("String"));
        }
        let mut words: Vec<WordVariant> = Vec::new();
        for value in values {
            if words.iter().any(|word| word.wire == value) {
                continue;
            }
            let taken = |name: &str| name == "Other" || words.iter().any(|word| word.name == name);
            let name = names::free_name(&names::pascal(value), taken);
            words.push(WordVariant { wire: value.to_owned(), name, verdict: None });
        }
        let name = self.add(hint, Definition::new(docs, DefinitionKind::Words(words)));
        self.known.insert(node, name.clone());
        Converted::new(RustType::Named(name))
    }

    fn convert_object(&mut self, node: &'a Node, hint: &str) -> Converted {
        let properties = self.api.properties(node);
        if properties.is_empty() {
            return match node.get("additionalProperties") {
                Some(of @ Node::Map(fields)) if !fields.is_empty() => {
                    let of = self.convert(of, &format!("{hint} value"));
                    let ty = if of.nullable { RustType::Optional(Box::new(of.ty)) } else { of.ty };
                    Converted { ty: RustType::Map(Box::new(ty)), nullable: false, note: of.note }
                }
                _ => Converted::new(RustType::Json),
            };
        }
        let docs = node.text_of("description").or(node.text_of("title")).unwrap_or_default();
        let name = self.add(hint, Definition::new(docs, DefinitionKind::Struct(Vec::new())));
        self.known.insert(node, name.clone());
        let mut fields: Vec<StructField> = Vec::new();
        for property in properties {
            let found = self.convert(property.schema, &format!("{name} {}", property.name));
            let taken = |name: &str| fields.iter().any(|field| field.name == name);
            fields.push(StructField {
                wire: property.name.to_owned(),
                name: names::free_name(&names::snake(property.name), taken),
                ty: self.boxed(found.ty),
                optional: !property.required || found.nullable,
                nullable: found.nullable,
                docs: property.schema.text_of("description").unwrap_or_default().to_owned(),
                notes: found.note.into_iter().collect(),
                roles: Vec::new(),
                read_only: self.api.follow(property.schema).is_ok_and(|schema| schema.is_true("readOnly"))
                    || property.schema.is_true("readOnly"),
                skipped: false,
            });
        }
        if let Some(definition) = self.definitions.get_mut(&name) {
            definition.kind = DefinitionKind::Struct(fields);
        }
        Converted::new(RustType::Named(name))
    }

    /// Whether a type is an enum of words, which has no fields for roles.
    pub(crate) fn is_words(&self, name: &str) -> bool {
        self.definitions.get(name).is_some_and(|definition| matches!(definition.kind, DefinitionKind::Words(_)))
    }

    /// Whether a type can be the key of an item: text, a whole number, an enum of words, or an object of these.
    pub(crate) fn can_be_key(&self, ty: &RustType) -> bool {
        match ty {
            RustType::Plain(name) => ["String", "i64"].contains(name),
            RustType::Named(name) => self.definitions.get(name).is_some_and(|definition| match &definition.kind {
                DefinitionKind::Words(_) => true,
                DefinitionKind::Struct(fields) => {
                    !fields.is_empty() && fields.iter().all(|field| self.can_be_key(&field.ty))
                }
                _ => false,
            }),
            _ => false,
        }
    }

    /// Whether two types that can be keys have the same values. Two enums of words do: a word that one of them lacks is its `Other`.
    pub(crate) fn is_same(&self, one: &RustType, other: &RustType) -> bool {
        let (RustType::Named(name), RustType::Named(other_name)) = (one, other) else { return one == other };
        if name == other_name || self.is_words(name) && self.is_words(other_name) {
            return true;
        }
        let fields = |name| self.definitions.get(name).map(Definition::fields).unwrap_or_default();
        let (own, others) = (fields(name), fields(other_name));
        let has = |field: &StructField| {
            others.iter().any(|other| field.wire == other.wire && self.is_same(&field.ty, &other.ty))
        };
        !own.is_empty() && own.len() == others.len() && own.iter().all(has)
    }

    /// Lets values of a type be compared as keys.
    pub(crate) fn make_key(&mut self, ty: &RustType) {
        for name in self.names_in([ty]) {
            if let Some(definition) = self.definitions.get_mut(&name) {
                definition.is_key = true;
            }
        }
    }

    /// A struct that contains itself needs a `Box`.
    fn boxed(&self, ty: RustType) -> RustType {
        let is_open = |name: &str| self.open.iter().any(|node| self.known.get(node).is_some_and(|known| known == name));
        match ty {
            RustType::Named(name) if is_open(&name) => RustType::Boxed(Box::new(RustType::Named(name))),
            ty => ty,
        }
    }

    /// Adds a derive to a type, and returns its name. A type has one derive: with another one, it is a copy.
    pub(crate) fn add_derive(&mut self, name: &str, derive: &'static str, suffix: &str) -> String {
        let Some(definition) = self.definitions.get_mut(name) else { return name.to_owned() };
        if definition.derive.is_none() {
            self.plain.insert(name.to_owned(), definition.clone());
        }
        if *definition.derive.get_or_insert(derive) == derive {
            return name.to_owned();
        }
        self.copy(name, derive, derive, suffix)
    }

    /// The copy of a type for something that its own roles exclude. It has no roles yet, if it is new.
    pub(crate) fn copy(&mut self, name: &str, derive: &'static str, purpose: &str, suffix: &str) -> String {
        let known = (name.to_owned(), purpose.to_owned());
        if let Some(copy) = self.copies.get(&known) {
            return copy.clone();
        }
        let Some(plain) = self.plain.get(name).cloned() else { return name.to_owned() };
        let copy = self.add(&format!("{name}{suffix}"), Definition { derive: Some(derive), ..plain.clone() });
        self.plain.insert(copy.clone(), plain);
        self.copies.insert(known, copy.clone());
        copy
    }

    /// A type as it is sent: without the fields that only responses have.
    pub(crate) fn sent(&mut self, name: &str) -> String {
        let known = (name.to_owned(), "sent".to_owned());
        if let Some(copy) = self.copies.get(&known) {
            return copy.clone();
        }
        let mut sent = self.plain.get(name).unwrap_or(&self.definitions[name]).clone();
        let DefinitionKind::Struct(fields) = &mut sent.kind else { return name.to_owned() };
        let total = fields.len();
        fields.retain(|field| !field.read_only);
        if fields.len() == total || fields.is_empty() {
            return name.to_owned();
        }
        let copy = self.add(&format!("{name} Item"), sent);
        self.copies.insert(known, copy.clone());
        copy
    }

    /// The names of all types that these types need.
    pub(crate) fn names_in<'t>(&self, types: impl IntoIterator<Item = &'t RustType>) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut waiting: Vec<RustType> = types.into_iter().cloned().collect();
        while let Some(ty) = waiting.pop() {
            match ty {
                RustType::Named(name) => {
                    let Some(definition) = self.definitions.get(&name).filter(|_| names.insert(name)) else { continue };
                    match &definition.kind {
                        DefinitionKind::Struct(fields) => waiting.extend(fields.iter().map(|field| field.ty.clone())),
                        DefinitionKind::ByStatus(bodies) => {
                            waiting.extend(bodies.iter().filter_map(|body| body.ty.clone()));
                        }
                        DefinitionKind::Untagged(choices) => {
                            waiting.extend(choices.iter().map(|choice| choice.ty.clone()));
                        }
                        DefinitionKind::Newtype { ty, .. } => waiting.push(ty.clone()),
                        DefinitionKind::Words(_) => {}
                    }
                }
                RustType::List(of)
                | RustType::Map(of)
                | RustType::Pairs(_, of)
                | RustType::Ndjson(of)
                | RustType::Optional(of)
                | RustType::Boxed(of) => {
                    waiting.push(*of);
                }
                RustType::Plain(_) | RustType::Json => {}
            }
        }
        names
    }
}

/// The values of a text whose description is a list of them: `SUCCESS | FAILED`.
fn listed_words(description: &str) -> Vec<&str> {
    let words: Vec<&str> = description.split('|').map(str::trim).collect();
    let is_word = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    if words.len() > 1 && words.iter().all(is_word) { words } else { Vec::new() }
}

fn is_nullable(node: &Node) -> bool {
    let values = node.get("enum").map(Node::elements).unwrap_or_default();
    node.is_true("nullable")
        || node.is_true("x-nullable")
        || kinds(node).contains(&"null")
        || values.contains(&Node::Null)
}
