//! The type of error responses: one for all statuses, or an enum by status.

use std::collections::HashMap;

use crate::definition::{Definition, DefinitionKind, StatusVariant};
use crate::error_roles::add_error_roles;
use crate::method::BulkMethod;
use crate::names::status_name;
use crate::operation::{ApiOperation, ApiResponse, is_json};
use crate::rust_type::RustType;
use crate::type_table::TypeTable;

/// The error types of a declaration. Methods with the same bodies share an enum.
pub(crate) struct ErrorTypes {
    /// The name of the trait.
    prefix: String,
    /// The names of the enums, by the debug text of their variants.
    enums: HashMap<String, String>,
}

/// The error bodies of one operation.
#[derive(Default)]
struct ErrorBodies {
    by_status: Vec<StatusVariant>,
    /// Types of bodies under `default`, `4XX` and the like.
    others: Vec<String>,
}

impl ErrorTypes {
    pub(crate) fn new(prefix: &str) -> Self {
        ErrorTypes { prefix: prefix.to_owned(), enums: HashMap::new() }
    }

    /// Declares the error type of an operation. `None` if no error has a body with fields.
    pub(crate) fn declare<'a>(
        &mut self,
        types: &mut TypeTable<'a>,
        method: &mut BulkMethod,
        operation: ApiOperation<'a>,
    ) -> Option<RustType> {
        let responses = operation.responses();
        let errors: Vec<_> = responses.iter().filter(|response| !response.status.starts_with('2')).collect();
        let mut bodies = ErrorBodies::default();
        for response in &errors {
            bodies.add(types, response);
        }
        let statuses: Vec<String> =
            errors.iter().filter_map(|response| error_status(response)).map(|status| status.to_string()).collect();
        if !statuses.is_empty() {
            method.notes.push(format!(
                "documented error statuses: {}. Put those that would fail every request into `stop(…)`, \
                 and those that a single item can cause into `bisect(…)`",
                statuses.join(", ")
            ));
        }
        // A note may name them only.
        method.noted_types.extend(bodies.others.iter().cloned().map(RustType::Named));
        match (bodies.by_status.as_slice(), bodies.others.as_slice()) {
            ([], []) => None,
            ([], [first, ..]) => Some(RustType::Named(first.clone())),
            ([only], others) if others.iter().all(|other| *other == only.name) => only.ty.clone(),
            _ => Some(RustType::Named(self.declare_enum(types, bodies))),
        }
    }

    fn declare_enum(&mut self, types: &mut TypeTable<'_>, bodies: ErrorBodies) -> String {
        let variants = format!("{:?}", bodies.by_status);
        if let Some(name) = self.enums.get(&variants) {
            return name.clone();
        }
        let kind = DefinitionKind::ByStatus(bodies.by_status);
        let docs = "The body of an error response, by its status.";
        let mut definition = Definition::new(docs, kind).with_derive("ApiError");
        if let Some(name) = bodies.others.first() {
            definition.notes.push(format!("all other statuses have a `{name}`: list them"));
        }
        let name = types.add(&format!("{} error", self.prefix), definition);
        self.enums.insert(variants, name.clone());
        name
    }
}

impl ErrorBodies {
    fn add<'a>(&mut self, types: &mut TypeTable<'a>, response: &ApiResponse<'a>) {
        let Some(content) = response.content.filter(|content| is_json(content.media)) else { return };
        let RustType::Named(name) = types.convert(content.schema, &status_name(response.status)).ty else { return };
        if types.definitions[&name].fields().is_empty() {
            return;
        }
        let name = types.add_derive(&name, "ApiError", "Error");
        add_error_roles(types, &name);
        let Some(status) = error_status(response) else {
            self.others.push(name);
            return;
        };
        match self.by_status.iter_mut().find(|variant| variant.name == name) {
            Some(variant) => variant.statuses.push(status),
            None => {
                let ty = Some(RustType::Named(name.clone()));
                self.by_status.push(StatusVariant { statuses: vec![status], name, ty });
            }
        }
    }
}

fn error_status(response: &ApiResponse<'_>) -> Option<u16> {
    response.status.parse().ok().filter(|status| (400..600).contains(status))
}
