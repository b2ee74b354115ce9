//! What stands beside the items of a request: the other fields of the body, the path, and whether the items are required.

use crate::items::{ItemsPlace, RequestItems, scalar};
use crate::names;
use crate::node::Node;
use crate::operation::ApiOperation;
use crate::role_names::is_naming;

/// What stands beside the items.
#[derive(Default)]
pub(crate) struct Surroundings<'a> {
    /// The name of the field or parameter with the items, empty if they are the whole body.
    pub(crate) name: String,
    /// Whether it says that the items identify something: `userIds`.
    pub(crate) is_naming: bool,
    pub(crate) is_required: bool,
    /// The other fields of the objects around the items.
    pub(crate) siblings: Vec<&'a str>,
    /// How many of them are required, and have more than one possible value.
    pub(crate) required: usize,
    pub(crate) is_json_patch: bool,
    /// Whether the path names the object that has the list: `/runners/{runner_id}/labels`.
    pub(crate) is_of_one_object: bool,
    /// Whether the items are texts or numbers.
    pub(crate) has_plain_values: bool,
}

impl<'a> Surroundings<'a> {
    pub(crate) fn new(operation: ApiOperation<'a>, items: &RequestItems<'a>) -> Self {
        let mut around = Surroundings { is_required: true, ..Surroundings::default() };
        match &items.place {
            ItemsPlace::Field(steps) | ItemsPlace::Map(steps) => around.read_body(operation, items.body, steps),
            ItemsPlace::Groups(steps) => {
                around.read_body(operation, items.body, steps);
                around.name.clear();
                let is_group = |name: &str| items.groups.iter().any(|group| group.name == name);
                let beside = operation.api.properties(items.schema).into_iter().filter(|one| !is_group(one.name));
                around.siblings.extend(beside.map(|property| property.name));
            }
            ItemsPlace::Form(name, _) => around.read_body(operation, items.body, std::slice::from_ref(name)),
            ItemsPlace::Query(name, _) | ItemsPlace::Header(name) => {
                let parameters = operation.parameters();
                let own = parameters.iter().find(|parameter| parameter.name == name);
                around.is_required = own.is_some_and(|parameter| parameter.required);
                around.name = name.clone();
            }
            ItemsPlace::Body | ItemsPlace::Lines => {}
        }
        around.is_naming = is_naming(&names::singular(&around.name));
        let item = operation.api.plain(items.schema).unwrap_or(items.schema);
        let fields: Vec<String> =
            operation.api.properties(item).iter().map(|property| names::folded(property.name)).collect();
        let is_patch = ["op", "path"].iter().all(|name| fields.iter().any(|field| field == name));
        around.is_json_patch = is_patch && items.place == ItemsPlace::Body;
        around.has_plain_values = scalar(item).is_some();
        let mut steps = operation.path.trim_end_matches('/').rsplit('/');
        let (last, above) = (steps.next().unwrap_or_default(), steps.next().unwrap_or_default());
        around.is_of_one_object = above.starts_with('{') || last.starts_with('{');
        around
    }

    fn read_body(&mut self, operation: ApiOperation<'a>, body: Option<&'a Node>, steps: &[String]) {
        self.name = steps.last().cloned().unwrap_or_default();
        let Some(mut schema) = body else { return };
        for step in steps {
            let mut next = None;
            for property in operation.api.properties(schema) {
                if property.name == step {
                    self.is_required &= property.required;
                    next = Some(property.schema);
                } else {
                    self.siblings.push(property.name);
                    // A field with one possible value is part of every request.
                    let is_fixed = operation.api.fixed_value(property.schema).is_some();
                    self.required += usize::from(property.required && !is_fixed);
                }
            }
            let Some(inner) = next else { return };
            schema = inner;
        }
    }
}
