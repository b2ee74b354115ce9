//! The type of successful responses: one for all statuses, or an enum by status.

use crate::definition::{Definition, DefinitionKind, StatusVariant};
use crate::item_type::ItemType;
use crate::method::BulkMethod;
use crate::names::{self, status_name};
use crate::operation::{ApiOperation, ApiResponse, is_json};
use crate::reply_roles::ReplyRoles;
use crate::rust_type::RustType;
use crate::type_table::TypeTable;

/// The reply of a method.
pub(crate) struct DeclaredReply {
    pub(crate) ty: RustType,
    /// Whether a response reports single items.
    pub(crate) reports_items: bool,
}

/// Declares the reply of a method. `None` if no response has one.
pub(crate) fn declare_reply<'a>(
    types: &mut TypeTable<'a>,
    method: &mut BulkMethod,
    item: &ItemType,
    operation: ApiOperation<'a>,
) -> Option<DeclaredReply> {
    let mut variants: Vec<StatusVariant> = Vec::new();
    for response in operation.successes() {
        let ty = body_type(types, method, item, &response);
        let status = response.status.parse().ok();
        match variants.iter_mut().find(|variant| variant.ty == ty) {
            Some(variant) => variant.statuses.extend(status),
            None => {
                let unnamed = || names::pascal(&status_name(response.status));
                let name = ty.as_ref().and_then(RustType::name).map_or_else(unnamed, str::to_owned);
                variants.push(StatusVariant { statuses: status.into_iter().collect(), name, ty });
            }
        }
    }
    let reports_items = variants.iter().any(|variant| variant.ty.is_some());
    let by_status = variants.len() > 1 && variants.iter().all(|variant| !variant.statuses.is_empty());
    if by_status {
        let kind = DefinitionKind::ByStatus(variants);
        let definition = Definition::new("A response, by its status.", kind).with_derive("BulkReply");
        let ty = RustType::Named(types.add(&format!("{} reply", method.name), definition));
        return Some(DeclaredReply { ty, reports_items });
    }
    let ty = variants.into_iter().find_map(|variant| variant.ty)?;
    Some(DeclaredReply { ty, reports_items })
}

/// The type of a response's body, with its roles. `None` if it does not report items.
fn body_type<'a>(
    types: &mut TypeTable<'a>,
    method: &mut BulkMethod,
    item: &ItemType,
    response: &ApiResponse<'a>,
) -> Option<RustType> {
    let content = response.content?;
    if !is_json(content.media) {
        method
            .notes
            .push(format!("the response under {} is `{}`: implement `Reply` for it?", response.status, content.media));
        return None;
    }
    let ty = types.convert(content.schema, &format!("{} response", method.name)).ty;
    let reply = ReplyRoles { types, item, method }.add_to(&ty);
    if reply.is_none() {
        method.notes.push(format!(
            "the response under {} is a `{ty}`, and it is unclear what it reports about items: \
             as declared, only a response without content is a success",
            response.status
        ));
        method.noted_types.push(ty);
    }
    reply
}
