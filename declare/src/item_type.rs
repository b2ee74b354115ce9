//! The type of the items of a method.

use crate::definition::{Definition, DefinitionKind, StructField, UntaggedVariant};
use crate::items::{ItemsPlace, RequestItems, scalar};
use crate::names;
use crate::node::Node;
use crate::rust_type::RustType;
use crate::type_table::TypeTable;

/// The type of an item.
pub(crate) enum ItemType {
    /// The item is its own key.
    Key {
        ty: &'static str,
        /// The name of one item, as the place of the items suggests it.
        name: String,
    },
    /// A type of the declaration.
    Defined(String),
}

impl ItemType {
    /// Declares the type of a method's items.
    pub(crate) fn declare<'a>(types: &mut TypeTable<'a>, method: &str, items: &RequestItems<'a>) -> Self {
        if let ItemsPlace::Groups(_) = items.place {
            return ItemType::Defined(declare_groups(types, method, items));
        }
        let schema = types.api.plain(items.schema).unwrap_or(items.schema);
        if let Some(ty) = scalar(schema) {
            return ItemType::Key { ty, name: names::singular(place_name(&items.place)) };
        }
        let ty = types.convert(items.schema, &format!("{method} item")).ty;
        if let ItemsPlace::Map(_) = items.place {
            let kind = DefinitionKind::Struct(StructField::entry(ty));
            let definition = Definition::new("An item, with its key in the object.", kind).with_derive("BulkItem");
            return ItemType::Defined(types.add(&format!("{method} entry"), definition));
        }
        ItemType::Defined(match ty {
            RustType::Named(name) if !types.definitions[&name].fields().is_empty() => {
                let name = types.sent(&name);
                types.add_derive(&name, "BulkItem", "Item")
            }
            ty => {
                let kind = DefinitionKind::Untagged(variants(types, method, schema, ty));
                let definition = Definition::new("An item.", kind).with_derive("BulkItem");
                types.add(&format!("{method} item"), definition)
            }
        })
    }

    /// Whether a field has the name of an item: `userId`, where a request has `userIds`.
    pub(crate) fn is_named_by(&self, field: &StructField) -> bool {
        let ItemType::Key { name, .. } = self else { return false };
        let name = names::folded(name);
        let name = name.strip_suffix("item").unwrap_or(&name);
        name != "id" && field.folded() == name
    }

    /// Whether a request has the items in groups.
    pub(crate) fn is_grouped(&self, types: &TypeTable<'_>) -> bool {
        matches!(self, ItemType::Defined(name) if types.definitions[name].roles.iter().any(|role| role == "group"))
    }

    pub(crate) fn to_type(&self) -> RustType {
        match self {
            ItemType::Key { ty, .. } => RustType::Plain(ty),
            ItemType::Defined(name) => RustType::Named(name.clone()),
        }
    }
}

/// An item in one of several groups: a variant for each group.
fn declare_groups<'a>(types: &mut TypeTable<'a>, method: &str, items: &RequestItems<'a>) -> String {
    let mut variants: Vec<UntaggedVariant> = Vec::new();
    for group in &items.groups {
        let Some(item) = types.api.items(group.schema) else { continue };
        let ty = types.convert(item, &format!("{method} {}", names::singular(group.name))).ty;
        let is_taken = |name: &str| variants.iter().any(|other| other.name == name);
        let name = names::free_name(&names::pascal(group.name), is_taken);
        variants.push(UntaggedVariant { name, wire: group.name.to_owned(), ty });
    }
    let definition = Definition::new("An item, in its group.", DefinitionKind::Untagged(variants));
    let definition = Definition { roles: vec!["group".into()], ..definition.with_derive("BulkItem") };
    types.add(&format!("{method} item"), definition)
}

/// The variants of an item that is not a struct. Without `oneOf` and `anyOf` there is one, of the type `ty`.
fn variants<'a>(types: &mut TypeTable<'a>, method: &str, schema: &'a Node, ty: RustType) -> Vec<UntaggedVariant> {
    let parts = ["oneOf", "anyOf"].into_iter().find_map(|word| schema.get(word)).map(Node::elements);
    let mut variants: Vec<UntaggedVariant> = Vec::new();
    for part in parts.unwrap_or_default() {
        let ty = types.convert(part, &format!("{method} choice")).ty;
        let plain_name = || names::pascal(&ty.to_string().replace("serde_json::", ""));
        let name = ty.name().map_or_else(plain_name, str::to_owned);
        let is_taken = |name: &str| variants.iter().any(|other| other.name == name);
        let name = names::free_name(&name, is_taken);
        variants.push(UntaggedVariant { wire: name.clone(), name, ty });
    }
    if variants.is_empty() {
        variants.push(UntaggedVariant { name: "Any".into(), wire: "Any".into(), ty });
    }
    variants
}

/// The name of the field or parameter with the items; empty if the items have no name in the request.
fn place_name(place: &ItemsPlace) -> &str {
    match place {
        ItemsPlace::Field(steps) => steps.last().map(String::as_str).unwrap_or_default(),
        ItemsPlace::Query(name, _) | ItemsPlace::Form(name, _) | ItemsPlace::Header(name) => name,
        ItemsPlace::Body | ItemsPlace::Lines | ItemsPlace::Map(_) | ItemsPlace::Groups(_) => "",
    }
}
