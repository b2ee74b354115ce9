//! The declaration: a trait with a method for each operation, and the types of all methods.

use crate::arguments::declare_arguments;
use crate::error_body::ErrorTypes;
use crate::hints;
use crate::item_type::ItemType;
use crate::items::RequestItems;
use crate::method::{BulkMethod, ReturnTypes};
use crate::names;
use crate::openapi::OpenApi;
use crate::operation::ApiOperation;
use crate::reply::declare_reply;
use crate::type_table::TypeTable;

/// A trait and its types.
pub(crate) struct Declaration<'a> {
    pub(crate) name: String,
    pub(crate) methods: Vec<BulkMethod>,
    pub(crate) types: TypeTable<'a>,
    /// Open questions about operations that are not declared.
    pub(crate) notes: Vec<String>,
    errors: ErrorTypes,
}

impl<'a> Declaration<'a> {
    pub(crate) fn new(api: &'a OpenApi, name: &str) -> Self {
        let name = names::type_name(name, |_| false);
        let types = TypeTable::new(api, vec![name.clone(), format!("{name}Client")]);
        let errors = ErrorTypes::new(&name);
        Declaration { name, methods: Vec::new(), types, notes: Vec::new(), errors }
    }

    /// Names an operation that is not declared.
    pub(crate) fn note_missing(&mut self, operation: ApiOperation<'a>, obstacle: &str) {
        let method = operation.method.to_uppercase();
        self.notes.push(format!("{method} {} is not declared: {obstacle}", operation.path));
    }

    /// Declares an operation.
    pub(crate) fn add(&mut self, operation: ApiOperation<'a>, items: &RequestItems<'a>) {
        let is_taken = |name: &str| self.methods.iter().any(|method| method.name == name);
        let name = names::free_name(&names::method_name(&operation.id(), operation.method), is_taken);
        let mut method = BulkMethod::new(name, operation);
        method.set_limits(items);
        let item = ItemType::declare(&mut self.types, &method.name, items);
        declare_arguments(&mut self.types, &mut method, operation, items);
        let reply = declare_reply(&mut self.types, &mut method, &item, operation);
        let error = self.errors.declare(&mut self.types, &mut method, operation);
        method.set_place(items, &item);
        method.set_partial(reply.as_ref().is_some_and(|reply| reply.reports_items));
        method.set_idempotent();
        method.notes.extend(hints::of_operation(operation));
        method.returns = ReturnTypes { item: Some(item.to_type()), reply: reply.map(|reply| reply.ty), error };
        self.methods.push(method);
    }
}
