//! Operations as methods of a trait, with their types.

use std::collections::HashMap;

use crate::look::{Candidate, Items, Limit, Place, scalar};
use crate::names;
use crate::node::Node;
use crate::roles::{self, Known};
use crate::spec::{Operation, Property, Response, Spec, is_json};
use crate::types::{Body, Def, Field, Shape, Type, Types, singular};

/// A trait and its types.
pub(crate) struct Declaration<'a> {
    pub(crate) name: String,
    pub(crate) methods: Vec<Method>,
    pub(crate) types: Types<'a>,
    /// The error enums, by their bodies.
    errors: HashMap<String, String>,
}

/// One method.
#[derive(Default)]
pub(crate) struct Method {
    pub(crate) docs: Vec<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) name: String,
    pub(crate) verb: &'static str,
    pub(crate) path: String,
    /// `#[header("X-Kind", "bulk")]` and `#[field("/all", true)]`, as they are written.
    pub(crate) fixed: Vec<String>,
    pub(crate) settings: Vec<String>,
    /// As they are written, attributes included.
    pub(crate) arguments: Vec<String>,
    /// Item, reply and error.
    pub(crate) returns: [Option<Type>; 3],
    /// The types of the arguments.
    pub(crate) sends: Vec<Type>,
    /// Types that the notes speak of.
    pub(crate) mentions: Vec<Type>,
    taken: Vec<String>,
}

impl<'a> Declaration<'a> {
    pub(crate) fn new(spec: &'a Spec, name: &str) -> Self {
        let name = names::type_name(name, |_| false);
        let types = Types::new(spec, vec![name.clone(), format!("{name}Client")]);
        Declaration { name, methods: Vec::new(), types, errors: HashMap::new() }
    }

    /// Declares an operation whose items were found.
    pub(crate) fn add(&mut self, candidate: &Candidate<'a>, items: &Items<'a>) {
        let operation = candidate.operation;
        let taken = |name: &str| self.methods.iter().any(|method| method.name == name);
        let mut method = Method {
            name: names::free(&names::method(&operation.id(), operation.method), taken),
            verb: operation.method,
            ..Method::default()
        };
        method.document(operation);
        method.limit(items);
        let known = self.item(&method.name, items);
        self.arguments(operation, items, &mut method);
        let mut answers = Answers { types: &mut self.types, known: &known, method: &mut method };
        let reply = answers.reply(operation);
        let error = self.error(operation, &mut method);
        let item = match known {
            Known::Itself(key, _) => Type::Plain(key),
            Known::Struct(name) => Type::Named(name),
        };
        method.settings(items, operation, reply.as_ref().is_some_and(|reply| reply.tells));
        method.returns = [Some(item), reply.map(|reply| reply.ty), error];
        self.methods.push(method);
    }

    /// The type of the items.
    fn item(&mut self, method: &str, items: &Items<'a>) -> Known {
        let schema = self.types.spec.follow(items.schema).unwrap_or(items.schema);
        if let Some(key) = scalar(schema) {
            let name = match &items.place {
                Place::Field(steps) => steps.last().map(String::as_str).unwrap_or_default(),
                Place::Query(name, _) | Place::Form(name, _) | Place::Header(name) => name,
                Place::Body | Place::Lines | Place::Map(_) => "",
            };
            return Known::Itself(key, singular(name));
        }
        let found = self.types.convert(items.schema, &format!("{method} item"));
        if let Place::Map(_) = items.place {
            let mut def = Def::new("An item, and the key that it stands under.", Shape::Struct(Field::entry(found.ty)));
            def.derive = Some("BulkItem");
            return Known::Struct(self.types.add(&format!("{method} entry"), def));
        }
        let name = match found.ty {
            Type::Named(name) if !self.types.defs[&name].fields().is_empty() => {
                self.types.claim(&name, "BulkItem", "Item")
            }
            ty => {
                let parts = ["oneOf", "anyOf"].into_iter().find_map(|word| schema.get(word)).map(Node::elements);
                let mut choices: Vec<(String, Type)> = Vec::new();
                for part in parts.unwrap_or_default() {
                    let ty = self.types.convert(part, &format!("{method} choice")).ty;
                    let name = ty
                        .name()
                        .map_or_else(|| names::pascal(&ty.to_string().replace("serde_json::", "")), str::to_owned);
                    let taken = |name: &str| choices.iter().any(|(other, _)| other == name);
                    choices.push((names::free(&name, taken), ty));
                }
                if choices.is_empty() {
                    choices.push(("Any".into(), ty));
                }
                let mut def = Def::new("An item.", Shape::Choices(choices));
                def.derive = Some("BulkItem");
                self.types.add(&format!("{method} item"), def)
            }
        };
        Known::Struct(name)
    }

    /// What a request has beside its items.
    fn arguments(&mut self, operation: Operation<'a>, items: &Items<'a>, method: &mut Method) {
        let (path, placeholders) = clean_path(operation.path);
        if operation.path.split('#').next() != Some(&path) {
            method.notes.push(format!("the path is `{}` in the specification", operation.path));
        }
        method.path = path;
        let parameters = operation.parameters();
        for name in placeholders {
            let known = parameters.iter().find(|parameter| parameter.place == "path" && parameter.name == name);
            let ty = known
                .map_or(Type::Plain("String"), |parameter| self.types.convert(parameter.schema, parameter.name).ty);
            // Whatever it is, it stands there as a text.
            let ty = if matches!(ty, Type::Plain(_)) { ty } else { Type::Plain("String") };
            method.argument(&name, ty, |argument| {
                let same = |name: &str| name.replace(['_', '-'], "").to_lowercase();
                (same(argument) != same(&name)).then(|| format!("#[path({name:?})]"))
            });
        }
        let mut left = Vec::new();
        for parameter in &parameters {
            let is_items = match &items.place {
                Place::Query(name, _) => parameter.place == "query" && parameter.name == name,
                Place::Header(name) => parameter.place == "header" && parameter.name == name,
                Place::Form(name, _) => parameter.place == "formData" && parameter.name == name,
                _ => false,
            };
            let place = match parameter.place {
                "query" => "query",
                "header" if !is_clients(parameter.name) => "header",
                "formData" => "field",
                _ => continue,
            };
            if is_items {
                continue;
            }
            if !parameter.required {
                left.push(format!("`{}`", parameter.name));
                continue;
            }
            let name = if place == "field" { pointer(&[], parameter.name) } else { parameter.name.to_owned() };
            match fixed_value(operation.spec, parameter.schema) {
                Some(value) if place == "header" => {
                    let value = if value.starts_with('"') { value } else { format!("{value:?}") };
                    method.fixed.push(format!("#[header({name:?}, {value})]"));
                }
                Some(value) if place == "field" => method.fixed.push(format!("#[field({name:?}, {value})]")),
                _ => {
                    let found = self.types.convert(parameter.schema, parameter.name);
                    let is_text = place == "header" && !matches!(found.ty, Type::Plain(_));
                    let ty = if is_text { Type::Plain("String") } else { found.ty };
                    method.argument(parameter.name, ty, |argument| {
                        Some(match place {
                            "query" if argument == parameter.name => "#[query]".into(),
                            place => format!("#[{place}({name:?})]"),
                        })
                    });
                }
            }
        }
        self.fields(operation, items, method, &mut left);
        if !left.is_empty() {
            method.notes.push(format!("left out, as they may be: {}", left.join(", ")));
        }
    }

    /// The fields of the body beside the items, and beside what holds them.
    fn fields(&mut self, operation: Operation<'a>, items: &Items<'a>, method: &mut Method, left: &mut Vec<String>) {
        let Some(body) = operation.body() else { return };
        let usual = ["application/json", "*/*", "application/x-ndjson"];
        if (is_json(body.media) || items.place == Place::Lines) && !usual.contains(&body.media) {
            method.fixed.push(format!("#[header(\"Content-Type\", {:?})]", body.media));
        }
        let steps: &[String] = match &items.place {
            Place::Field(steps) | Place::Map(steps) => steps,
            Place::Form(name, _) => std::slice::from_ref(name),
            Place::Query(..) | Place::Header(_) if operation.method != "get" => &[],
            _ => return,
        };
        let mut schema = body.schema;
        for depth in 0..steps.len().max(1) {
            let step = steps.get(depth);
            let properties = operation.spec.properties(schema);
            for property in properties.iter().filter(|property| Some(&property.name.to_owned()) != step) {
                self.field(operation.spec, &steps[..depth.min(steps.len())], property, method, left);
            }
            match properties.iter().find(|property| Some(&property.name.to_owned()) == step) {
                Some(next) => schema = next.schema,
                None => return,
            }
        }
    }

    fn field(
        &mut self,
        spec: &'a Spec,
        above: &[String],
        property: &Property<'a>,
        method: &mut Method,
        left: &mut Vec<String>,
    ) {
        if !property.required {
            left.push(format!("`{}`", property.name));
            return;
        }
        let pointer = pointer(above, property.name);
        if let Some(value) = fixed_value(spec, property.schema) {
            method.fixed.push(format!("#[field({pointer:?}, {value})]"));
            return;
        }
        let found = self.types.convert(property.schema, &format!("{} {}", method.name, property.name));
        if let Some(note) = found.note {
            method.notes.push(format!("`{}`: {note}", property.name));
        }
        method.argument(property.name, found.ty, |argument| {
            (format!("/{argument}") != pointer).then(|| format!("#[field({pointer:?})]"))
        });
    }

    /// The type of a refusal: one for all statuses, or an enum by status.
    fn error(&mut self, operation: Operation<'a>, method: &mut Method) -> Option<Type> {
        let mut bodies: Vec<Body> = Vec::new();
        let mut others = Vec::new();
        let mut refusals = Vec::new();
        for response in operation.responses().iter().filter(|response| !response.status.starts_with('2')) {
            let status: Option<u16> = response.status.parse().ok().filter(|status| (400..600).contains(status));
            refusals.extend(status.map(|status| status.to_string()));
            let Some(content) = response.content.filter(|content| is_json(content.media)) else { continue };
            let hint = reason(response.status);
            let Type::Named(name) = self.types.convert(content.schema, &hint).ty else { continue };
            if self.types.defs[&name].fields().is_empty() {
                continue;
            }
            let name = self.types.claim(&name, "ApiError", "Error");
            roles::give_error(&mut self.types, &name);
            let Some(status) = status else {
                others.push(name);
                continue;
            };
            match bodies.iter_mut().find(|body| body.name == name) {
                Some(body) => body.statuses.push(status),
                None => {
                    let ty = Some(Type::Named(name.clone()));
                    bodies.push(Body { statuses: vec![status], name, ty, notes: Vec::new() });
                }
            }
        }
        if !refusals.is_empty() {
            method.notes.push(format!(
                "documented refusals: {}; `stop(…)` those that no item can change, `bisect(…)` those that one item can be the cause of",
                refusals.join(", ")
            ));
        }
        match (bodies.as_slice(), others.as_slice()) {
            ([], []) => None,
            ([], [first, ..]) => Some(Type::Named(first.clone())),
            ([only], others) if others.iter().all(|other| *other == only.name) => only.ty.clone(),
            (_, others) => {
                let known = format!("{bodies:?}");
                if let Some(name) = self.errors.get(&known) {
                    return Some(Type::Named(name.clone()));
                }
                let mut def = Def::new("The body of a refusal, by its status.", Shape::Bodies(bodies));
                def.derive = Some("ApiError");
                let rest =
                    others.iter().map(|name| format!("all other statuses have a `{name}`: list those that there are"));
                def.notes.extend(rest.take(1));
                let name = self.types.add(&format!("{} error", self.name), def);
                self.errors.insert(known, name.clone());
                Some(Type::Named(name))
            }
        }
    }
}

impl Method {
    fn document(&mut self, operation: Operation<'_>) {
        let texts =
            ["summary", "description"].map(|name| operation.node.text_of(name).map(str::trim).unwrap_or_default());
        self.docs = match texts {
            [summary, description] if description.starts_with(summary) => vec![description.to_owned()],
            [summary, description] => vec![summary.to_owned(), description.to_owned()],
        };
        self.docs.retain(|text| !text.is_empty());
        if let Some(url) = operation.node.get("externalDocs").and_then(|docs| docs.text_of("url")) {
            self.docs.push(format!("[The vendor's page]({url})"));
        }
        if operation.node.is_true("deprecated") {
            self.docs.push("The vendor calls it deprecated.".into());
        }
    }

    fn limit(&mut self, items: &Items<'_>) {
        match &items.max {
            Limit::Declared(max) => self.settings.push(format!("max = {max}")),
            Limit::Told(max, text) => {
                self.settings.push(format!("max = {max}"));
                self.notes.push(format!("`max` is read from a text: {:?}", text));
            }
            Limit::Unknown => {
                self.settings.push("max = assumed(100)".into());
                self.notes.push("the specification says no limit: `max` is assumed".into());
            }
        }
        let fits = |min: &usize| !matches!(items.max, Limit::Declared(max) | Limit::Told(max, _) if max < *min);
        self.settings.extend(items.min.filter(fits).map(|min| format!("min = {min}")));
    }

    fn settings(&mut self, items: &Items<'_>, operation: Operation<'_>, partial: bool) {
        let place = match &items.place {
            Place::Field(steps) if *steps == ["ids"] => None,
            Place::Field(steps) => match steps.as_slice() {
                [one] if !one.contains(['/', '~']) && !one.is_empty() => Some(format!("{one:?}")),
                [above @ .., last] => Some(format!("{:?}", pointer(above, last))),
                [] => None,
            },
            Place::Body => Some("body".into()),
            Place::Lines => Some("lines".into()),
            Place::Map(steps) => Some(format!(
                "map({:?})",
                steps.split_last().map_or(String::new(), |(last, above)| pointer(above, last))
            )),
            Place::Query(name, style) => Some(format!("query({name:?}, {style})")),
            Place::Form(name, style) => Some(format!("form({name:?}, {style})")),
            Place::Header(name) => Some(format!("header({name:?})")),
        };
        self.settings.extend(place.map(|place| format!("items = {place}")));
        self.settings.push(format!("partial = {partial}"));
        if !partial {
            self.notes.push(
                "`partial = false` says that a request is all or nothing; the response tells nothing of single items"
                    .into(),
            );
        }
        if matches!(operation.method, "get" | "put" | "delete") {
            self.settings.push("idempotent = true".into());
            self.notes.push(format!(
                "`idempotent` is what HTTP says of {}: does the vendor, too?",
                operation.method.to_uppercase()
            ));
        } else {
            self.notes.push("is retrying an item safe? `idempotent = true` then".into());
        }
    }

    fn argument(&mut self, wire: &str, ty: Type, attribute: impl Fn(&str) -> Option<String>) {
        let name = names::free(&names::snake(wire), |name| self.taken.iter().any(|other| other == name));
        self.taken.push(name.clone());
        let attribute = attribute(&name).map(|attribute| format!("{attribute} ")).unwrap_or_default();
        self.arguments.push(format!("{attribute}{}: {}", names::written(&name), argument_type(&ty)));
        self.sends.push(ty);
    }
}

/// The responses of an operation as they are declared.
struct Answers<'d, 'a> {
    types: &'d mut Types<'a>,
    known: &'d Known,
    method: &'d mut Method,
}

struct Reply {
    ty: Type,
    tells: bool,
}

impl<'a> Answers<'_, 'a> {
    /// The type of what is answered; `None` where it is none that tells anything.
    fn reply(&mut self, operation: Operation<'a>) -> Option<Reply> {
        let responses = operation.responses();
        let answers: Vec<&Response<'a>> =
            responses.iter().filter(|response| response.status.starts_with('2')).collect();
        let mut bodies: Vec<Body> = Vec::new();
        let mut tells = false;
        for answer in answers {
            if let Some(content) = answer.content.filter(|content| !is_json(content.media)) {
                self.method
                    .notes
                    .push(format!("under {} `{}` is answered: a `Reply` of your own?", answer.status, content.media));
            }
            let found = answer.content.filter(|content| is_json(content.media)).and_then(|content| {
                let found = self.types.convert(content.schema, &format!("{} response", self.method.name));
                let told = self.as_reply(&found.ty);
                if told.is_none() {
                    self.method.notes.push(format!(
                        "under {} `{}` is answered, of which it is not known what it says of items: as it is, only a response without content is success",
                        answer.status, found.ty
                    ));
                    self.method.mentions.push(found.ty);
                }
                told
            });
            tells |= found.is_some();
            let status = answer.status.parse().ok();
            match bodies.iter_mut().find(|body| body.ty == found) {
                Some(body) => body.statuses.extend(status),
                None => {
                    let name = match found.as_ref().and_then(Type::name) {
                        Some(name) => name.to_owned(),
                        None => names::pascal(&reason(answer.status)),
                    };
                    bodies.push(Body { statuses: status.into_iter().collect(), name, ty: found, notes: Vec::new() });
                }
            }
        }
        let by_status = bodies.len() > 1 && bodies.iter().all(|body| !body.statuses.is_empty());
        if by_status {
            let mut def = Def::new("A response, by its status.", Shape::Bodies(bodies));
            def.derive = Some("BulkReply");
            let ty = Type::Named(self.types.add(&format!("{} answer", self.method.name), def));
            return Some(Reply { ty, tells });
        }
        let ty = bodies.into_iter().find_map(|body| body.ty)?;
        Some(Reply { ty, tells })
    }

    /// A type as a reply, its roles given; `None` where it tells nothing of items.
    fn as_reply(&mut self, ty: &Type) -> Option<Type> {
        match ty {
            Type::List(of) => {
                let element = self.element(of.name()?, true)?;
                Some(Type::List(Box::new(Type::Named(element))))
            }
            Type::Map(of) => {
                let key = self.key_type()?;
                let name = self.types.claim(of.name()?, "ItemReply", "Result");
                roles::give_verdict(self.types, &name).then(|| Type::Pairs(key, Box::new(Type::Named(name))))
            }
            Type::Named(name) => self.object(name, 0).map(Type::Named),
            _ => None,
        }
    }

    /// An object with lists in it, or with an object that has.
    fn object(&mut self, name: &str, depth: usize) -> Option<String> {
        let mut given = Vec::new();
        // Lists of structs say what names an item; bare lists only fit it.
        let mut order: Vec<usize> = (0..self.types.defs[name].fields().len()).collect();
        order.sort_by_key(|index| match &self.types.defs[name].fields()[*index].ty {
            Type::List(of) => of.name().is_none(),
            ty => matches!(ty, Type::Map(_)),
        });
        for index in order {
            let field = self.types.defs[name].fields()[index].clone();
            let role = roles::list_role(&field.wire);
            let told = match (&field.ty, role) {
                (Type::List(of), role) => match of.name().map(str::to_owned) {
                    Some(element) => {
                        let each = role.is_none();
                        self.element(&element, each).map(|told| (role.unwrap_or("each").to_owned(), element, told))
                    }
                    None => {
                        role.filter(|_| self.fits_key(of)).map(|role| (role.to_owned(), String::new(), String::new()))
                    }
                },
                (Type::Pairs(key, _), Some(role)) if self.key_type() == Some(*key) => {
                    Some((role.to_owned(), String::new(), String::new()))
                }
                (Type::Map(of), Some(role)) => self.pairs(of).map(|ty| {
                    self.types.defs[name].fields_mut()[index].ty = ty;
                    (role.to_owned(), String::new(), String::new())
                }),
                (Type::Named(inner), None) if depth < 2 && inner != name => {
                    let inner = inner.clone();
                    self.object(&inner, depth + 1).map(|told| ("inside".to_owned(), inner, told))
                }
                (Type::Plain("i64"), _) => {
                    roles::count_role(&field.wire).map(|of| (format!("count({of})"), String::new(), String::new()))
                }
                _ => None,
            };
            match told {
                Some((role, from, to)) => given.push((index, role, from, to)),
                None if roles::is_job(&field) => given.push((index, String::new(), String::new(), String::new())),
                None => {}
            }
        }
        let lists = given.iter().any(|(_, role, ..)| !role.is_empty() && !role.starts_with("count"));
        if !lists && depth > 0 {
            return None;
        }
        if !lists {
            // Nothing else tells: the job will.
            let job = given.iter_mut().find(|(_, role, ..)| role.is_empty())?;
            "job".clone_into(&mut job.1);
            self.method.notes.push("the response names a job: where is it asked for? Put the path into `poll`".into());
            self.method.settings.push("poll = \"/TODO/{job}\"".into());
        }
        let reply = self.types.claim(name, "BulkReply", "Reply");
        let def = self.types.defs.get_mut(&reply)?;
        for (index, role, from, to) in given {
            let field = &mut def.fields_mut()[index];
            field.ty.rename(&from, &to);
            match role.as_str() {
                "" => field
                    .notes
                    .push("the handle of a job? `#[bulk(job)]`, and `poll = \"/…/{job}\"` in the settings".into()),
                role => field.give(role),
            }
        }
        Some(reply)
    }

    /// A struct as an element of a list. Under `results` it must say what became of its item.
    fn element(&mut self, name: &str, each: bool) -> Option<String> {
        if !matches!(self.types.defs.get(name)?.shape, Shape::Struct(_)) {
            return None;
        }
        let key = roles::find_key(self.types, self.known, name);
        if key.is_none() && !each {
            return None;
        }
        let element = self.types.claim(name, "ItemReply", "Result");
        // It may be another endpoint's element already, by another key.
        let theirs = self.types.defs.get(&element)?.fields().iter().position(|field| field.is("key"));
        if theirs.is_some() && theirs != key.map(|(index, _)| index) {
            return None;
        }
        if let Some((index, of_item)) = key {
            let def = self.types.defs.get_mut(&element)?;
            if def.roles.is_empty() {
                let field = &mut def.fields_mut()[index];
                field.optional = false;
                field.give("key");
            }
            if let (Some(index), Known::Struct(item)) = (of_item, self.known)
                && let Some(field) = self.types.defs.get_mut(item).and_then(|def| def.fields_mut().get_mut(index))
            {
                field.optional = false;
                field.give("key");
            }
        }
        let judged = roles::give_verdict(self.types, &element);
        let def = self.types.defs.get_mut(&element)?;
        if key.is_none() && !def.roles.iter().any(|role| role == "order") {
            def.roles.push("order".into());
            def.notes.push("nothing in it names its item: is it told by its position?".into());
        }
        (judged || !each).then_some(element)
    }

    /// A map from what names an item to what is said of it.
    fn pairs(&mut self, of: &Type) -> Option<Type> {
        let key = self.key_type()?;
        let of = match of {
            Type::Plain("String") => of.clone(),
            Type::Named(name) => {
                let name = self.types.claim(name, "ItemReply", "Result");
                roles::give_verdict(self.types, &name);
                Type::Named(name)
            }
            _ => return None,
        };
        Some(Type::Pairs(key, Box::new(of)))
    }

    /// The type of what names an item. Of a struct the only field that could be it is taken for it.
    fn key_type(&mut self) -> Option<&'static str> {
        let name = match self.known {
            Known::Itself(key, _) => return Some(key),
            Known::Struct(name) => name,
        };
        let def = self.types.defs.get_mut(name)?;
        if let Some(key) = def.fields().iter().find(|field| field.is("key")) {
            return key.ty.key();
        }
        let mut fits = def.fields_mut().iter_mut().filter(|field| !field.optional && field.ty.key().is_some());
        let (only, None) = (fits.next()?, fits.next()) else { return None };
        only.give("key");
        only.notes.push("is it this that answers name an item by?".into());
        only.ty.key()
    }

    /// Whether a bare value is an item's key.
    fn fits_key(&mut self, ty: &Type) -> bool {
        ty.key().is_some_and(|key| self.key_type() == Some(key))
    }
}

/// The path without a fragment, fit to be declared, and its placeholders.
fn clean_path(path: &str) -> (String, Vec<String>) {
    let path = path.split('#').next().unwrap_or_default();
    let (mut clean, mut placeholders) = (String::new(), Vec::new());
    let mut rest = path;
    while let Some(at) = rest.find(['{', '}']) {
        clean.push_str(&rest[..at]);
        let inside = rest[at..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let Some((name, after)) = inside else {
            clean.push_str(if rest[at..].starts_with('{') { "%7B" } else { "%7D" });
            rest = &rest[at + 1..];
            continue;
        };
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let name = name.split(|c| !fits(c)).next().unwrap_or_default();
        let name = if name.is_empty() { "value" } else { name };
        let same =
            |one: &str, other: &str| one.replace(['_', '-'], "").eq_ignore_ascii_case(&other.replace(['_', '-'], ""));
        let name = names::free(name, |name| placeholders.iter().any(|other: &String| same(other, name)));
        clean.push_str(&format!("{{{name}}}"));
        placeholders.push(name);
        rest = after;
    }
    clean.push_str(rest);
    let clean: String = clean.replace('\\', "%5C").split(char::is_whitespace).collect::<Vec<_>>().join("%20");
    (if clean.starts_with('/') { clean } else { format!("/{clean}") }, placeholders)
}

fn pointer(above: &[String], name: &str) -> String {
    let steps = above.iter().map(String::as_str).chain([name]);
    steps.map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect()
}

/// Headers that the client sees to.
fn is_clients(header: &str) -> bool {
    ["accept", "authorization", "content-type", "host", "user-agent"].contains(&header.to_lowercase().as_str())
}

/// The one value that a schema allows, as a literal.
fn fixed_value(spec: &Spec, schema: &Node) -> Option<String> {
    let schema = spec.follow(schema).ok()?;
    let only = match schema.get("enum").map(Node::elements) {
        Some([only]) => Some(only),
        _ => schema.get("const"),
    };
    match only? {
        Node::Text(text) => Some(format!("{text:?}")),
        Node::Bool(value) => Some(value.to_string()),
        Node::Int(value) => Some(value.to_string()),
        _ => None,
    }
}

fn argument_type(ty: &Type) -> String {
    match ty {
        Type::Plain("String") => "&str".into(),
        Type::Plain(name) => (*name).to_owned(),
        Type::List(of) => format!("&[{of}]"),
        ty => format!("&{ty}"),
    }
}

/// A name for what is answered under a status.
fn reason(status: &str) -> String {
    let known = match status {
        "200" => "Ok",
        "201" => "Created",
        "202" => "Accepted",
        "204" => "No content",
        "207" => "Multi status",
        "400" => "Bad request",
        "401" => "Unauthorized",
        "403" => "Forbidden",
        "404" => "Not found",
        "409" => "Conflict",
        "413" => "Too large",
        "422" => "Unprocessable",
        "429" => "Too many requests",
        "500" => "Server error",
        "503" => "Unavailable",
        "default" => "Refused",
        status => return format!("Status {status}"),
    };
    known.to_owned()
}
