//! Roles in the body of a successful response: its lists, its maps, its job.

use crate::definition::{Definition, DefinitionKind, StructField, WordVerdict};
use crate::element_roles::{add_text_roles, add_verdict, add_word_verdicts, field_mut, word_verdict};
use crate::item_key::{KeyFields, find_key, key_type};
use crate::item_type::ItemType;
use crate::method::BulkMethod;
use crate::names;
use crate::role_names::{ERRORS, STATUSES, SUCCESSES, count_role, is_job, list_role};
use crate::rust_type::RustType;
use crate::type_table::TypeTable;

/// The deepest level of objects that is searched for lists.
const MAX_DEPTH: usize = 2;

/// Adds the roles of a response's body.
pub(crate) struct ReplyRoles<'d, 'a> {
    pub(crate) types: &'d mut TypeTable<'a>,
    pub(crate) item: &'d ItemType,
    pub(crate) method: &'d mut BulkMethod,
    /// The status of the response.
    pub(crate) status: &'d str,
    /// Whether the document says that the items are only queued.
    pub(crate) is_queued: bool,
    /// Whether objects in the response may be those that are left after a removal.
    pub(crate) may_remain: bool,
    /// Whether the document says that something is in the order of the items.
    pub(crate) is_ordered: bool,
    /// Whether elements that name no item got no role, as nothing says that they are in the order of the items.
    pub(crate) is_unordered: bool,
    /// The path that a job may be polled at.
    pub(crate) poll: String,
}

/// The role of a field, before it is written.
struct FieldRole {
    index: usize,
    role: GuessedRole,
    /// The name in its type that is replaced, and the new one.
    renamed: Option<(String, String)>,
}

#[derive(PartialEq)]
enum GuessedRole {
    /// The field reports items.
    Items(String),
    /// The field counts items.
    Count(&'static str),
    /// The field may be the handle of a job.
    Job,
}

impl FieldRole {
    fn new(index: usize, role: GuessedRole) -> Self {
        FieldRole { index, role, renamed: None }
    }

    fn items(index: usize, role: &str) -> Self {
        FieldRole::new(index, GuessedRole::Items(role.to_owned()))
    }
}

impl ReplyRoles<'_, '_> {
    /// A type as a reply. `None` if it does not report items.
    pub(crate) fn add_to(&mut self, ty: &RustType) -> Option<RustType> {
        match ty {
            RustType::List(of) => match of.name().and_then(|name| self.add_to_element(name, true, "")) {
                Some(element) => Some(RustType::List(Box::new(RustType::Named(element)))),
                None => self.add_to_plain_list(of),
            },
            RustType::Ndjson(of) => {
                let element = self.add_to_element(of.name()?, true, "")?;
                Some(RustType::Ndjson(Box::new(RustType::Named(element))))
            }
            RustType::Map(of) => {
                let key = key_type(self.types, self.item)?;
                let name = of.name().filter(|name| !self.types.is_words(name))?;
                let name = self.types.add_derive(name, "ItemReply", "Result");
                add_verdict(self.types, &name).then(|| RustType::Pairs(key, Box::new(RustType::Named(name))))
            }
            RustType::Named(name) => {
                let reply = self.add_to_object(name, 0)?;
                self.add_result(&reply, self.find_flag(&reply));
                if !self.can_succeed(&reply) {
                    if self.leaves_open(&reply) {
                        return None;
                    }
                    self.add_unlisted(&reply);
                }
                Some(RustType::Named(reply))
            }
            _ => None,
        }
    }

    /// Adds the roles of an object that has lists, or that has such an object in it.
    fn add_to_object(&mut self, name: &str, depth: usize) -> Option<String> {
        let mut found = Vec::new();
        for index in self.search_order(name) {
            let role = self.find_role(name, index, depth);
            let field = &self.types.definitions[name].fields()[index];
            found.extend(role.or_else(|| is_job(field, self.status).then(|| FieldRole::new(index, GuessedRole::Job))));
        }
        self.drop_conflicts(name, &mut found);
        let reports_items = found.iter().any(|field| matches!(field.role, GuessedRole::Items(_)));
        if !reports_items {
            if depth > 0 {
                return None;
            }
            // Nothing else reports items: the result of the job does.
            let job = found.iter_mut().find(|field| field.role == GuessedRole::Job)?;
            job.role = GuessedRole::Items("job".into());
            let poll = &self.poll;
            let note = format!(
                "as declared, the items of the job are accepted: to wait for its result, add `poll = {poll:?}`"
            );
            add_once(&mut self.method.notes, &note);
        }
        let reply = self.types.add_derive(name, "BulkReply", "Reply");
        let definition = self.types.definitions.get_mut(&reply)?;
        for FieldRole { index, role, renamed } in found {
            let field = &mut definition.fields_mut()[index];
            if let Some((from, to)) = renamed {
                field.ty.rename(&from, &to);
            }
            match role {
                GuessedRole::Items(role) => field.add_role(&role),
                GuessedRole::Count(of) => field.add_role(&format!("count({of})")),
                GuessedRole::Job => add_once(
                    &mut field.notes,
                    &format!(
                        "if this is the handle of a job, add `#[bulk(job)]`, and `poll = {:?}` to the settings",
                        self.poll
                    ),
                ),
            }
        }
        Some(reply)
    }

    /// The lists of a reply share one type of successes, and one of failures: a list with another one gets no role, and a question.
    fn drop_conflicts(&mut self, name: &str, found: &mut Vec<FieldRole>) {
        let mut kept = Carried::default();
        // Elements with verdicts of their own report all items; a list of errors beside them may be about the request.
        found.sort_by_key(|field| field.role != GuessedRole::Items("results".to_owned()));
        found.retain(|field| {
            let GuessedRole::Items(role) = &field.role else { return true };
            let own = &self.types.definitions[name].fields()[field.index];
            let mut ty = own.ty.clone();
            if let Some((from, to)) = &field.renamed {
                ty.rename(from, to);
            }
            let is_kept = kept.add(&Carried::of(self.types, role, &ty));
            if !is_kept
                && let Some(field) =
                    self.types.definitions.get_mut(name).map(|definition| &mut definition.fields_mut()[field.index])
            {
                add_once(
                    &mut field.notes,
                    "this list has elements of another type than the other lists: does it report items?",
                );
            }
            is_kept
        });
    }

    /// Returns whether a reply says nothing about items but that a job acts on them.
    pub(crate) fn is_job_alone(&self, reply: &RustType) -> bool {
        let Some(definition) = reply.name().and_then(|name| self.types.definitions.get(name)) else { return false };
        let reports = ["succeeded", "accepted", "failed", "unprocessed", "results", "nested"];
        let has = |role: &str| definition.fields().iter().any(|field| field.has_role(role));
        has("job") && !reports.into_iter().any(has)
    }

    /// Returns whether a list of a reply, or of an object in it, can say that an item succeeded.
    fn can_succeed(&self, reply: &str) -> bool {
        let Some(definition) = self.types.definitions.get(reply) else { return true };
        definition.fields().iter().any(|field| {
            let inner = || field.ty.name().is_some_and(|name| self.can_succeed(name));
            ["succeeded", "accepted", "results", "job"].iter().any(|role| field.has_role(role))
                || field.has_role("nested") && inner()
        })
    }

    /// Returns whether a reply that lists failures says something else that may be about the other items: a list, or a result that is not
    /// understood, as in `{"status": "CANCELED", "results": […], "errors": []}`.
    fn leaves_open(&self, reply: &str) -> bool {
        let Some(definition) = self.types.definitions.get(reply) else { return false };
        definition.fields().iter().any(|field| {
            if field.has_role("nested") {
                return field.ty.name().is_some_and(|name| self.leaves_open(name));
            }
            let is_list =
                matches!(&field.ty, RustType::List(of) if of.name().is_some_and(|of| !self.types.is_words(of)));
            let is_word =
                field.ty == RustType::Plain("String") || field.ty.name().is_some_and(|ty| self.types.is_words(ty));
            field.roles.is_empty() && (is_list || is_word && STATUSES.contains(&field.folded().as_str()))
        })
    }

    /// A reply that lists failures only: the items that it does not list succeeded.
    fn add_unlisted(&mut self, reply: &str) {
        let Some(definition) = self.types.definitions.get_mut(reply) else { return };
        if !definition.roles.iter().any(|role| role.starts_with("unlisted")) {
            definition.roles.push(format!("unlisted = {}", if self.is_queued { "accepted" } else { "succeeded" }));
        }
        let note = "the response lists failures only: did the items that it does not list succeed?";
        add_once(&mut definition.notes, note);
        require_one(definition, "is this always there, also if nothing failed?");
    }

    /// Marks the result of the whole request, `{"ok": false, "error": "busy"}` under 200, and the text beside it.
    fn add_result(&mut self, reply: &str, at: Option<usize>) {
        let Some(at) = at else { return };
        let Some(field) = field_mut(self.types, reply, at) else { return };
        field.add_role("status");
        if let Some(name) = field.ty.name().map(str::to_owned) {
            let status = add_word_verdicts(self.types, &name);
            if let Some(field) = field_mut(self.types, reply, at) {
                field.ty.rename(&name, &status);
            }
        }
        self.add_text(reply);
    }

    /// The flag of a whole request.
    fn find_flag(&self, name: &str) -> Option<usize> {
        let fields = self.types.definitions.get(name)?.fields();
        let is_flag = |field: &StructField, name: &str| field.folded() == name && field.ty == RustType::Plain("bool");
        SUCCESSES.iter().find_map(|name| fields.iter().position(|field| is_flag(field, name)))
    }

    /// The word for the result of a whole request: `{"status": "failed"}`, or `{"status": "created"}` alone. A word that is not known, or
    /// that says that the work goes on, leaves open what the others mean.
    fn find_result_word(&self, name: &str) -> Option<usize> {
        let is_result = |field: &StructField| {
            let definition = field.ty.name().and_then(|name| self.types.definitions.get(name));
            let Some(DefinitionKind::Words(words)) = definition.map(|definition| &definition.kind) else {
                return false;
            };
            let verdicts: Vec<WordVerdict> = words.iter().map(|word| word_verdict(&word.wire)).collect();
            STATUSES.iter().chain(&["result"]).any(|name| field.folded() == *name)
                && verdicts.iter().all(|verdict| !verdict.is_guess && verdict.role != "pending")
        };
        self.types.definitions.get(name)?.fields().iter().position(is_result)
    }

    /// Marks the code and the message of a request that failed.
    fn add_text(&mut self, reply: &str) {
        let has_text = add_text_roles(self.types, reply);
        let fields = self.types.definitions.get_mut(reply).map(Definition::fields_mut).unwrap_or_default();
        let is_text = |field: &StructField| field.roles.is_empty() && field.ty == RustType::Plain("String");
        if !has_text && let Some(field) = fields.iter_mut().find(|field| field.folded() == "error" && is_text(field)) {
            field.add_role("message");
        }
    }

    /// An object that says nothing about items, as a reply: by its status, the items are accepted, or they succeeded.
    /// One with a list, or with an error, may say something about items, which is not understood.
    pub(crate) fn add_silent(&mut self, name: &str) -> Option<RustType> {
        let is_list =
            |field: &StructField| matches!(field.ty, RustType::List(_) | RustType::Map(_) | RustType::Pairs(..));
        let fields = self.types.definitions.get(name)?.fields();
        if fields.is_empty() || fields.iter().any(is_list) {
            return None;
        }
        // A number of errors is no error.
        let is_error = |field: &StructField| {
            [&ERRORS[..], &["errorcode", "errormessage"]].concat().contains(&field.folded().as_str())
                && (field.ty != RustType::Plain("i64") || count_role(&field.wire).is_none())
        };
        let result = self.find_flag(name).or_else(|| self.find_result_word(name));
        if result.is_none() && fields.iter().any(is_error) {
            return None;
        }
        // `{"accountId": "a", "email": "b"}`: an object that names an item is about no other one.
        if fields.iter().any(|field| self.item.is_named_by(field)) {
            return None;
        }
        let has = |names: &[&str]| fields.iter().any(|field| names.contains(&field.folded().as_str()));
        let is_task = has(&["id"]) && has(&["status", "state", "completed", "completionstatus"]);
        let word = if self.status == "202" || is_task || self.is_queued { "accepted" } else { "succeeded" };
        if word == "succeeded" && result.is_none() && fields.iter().any(|field| self.may_report(field, 0)) {
            return None;
        }
        let reply = self.silent_type(name, word);
        self.add_result(&reply, result);
        self.add_counts(&reply);
        let definition = self.types.definitions.get_mut(&reply)?;
        if !definition.roles.iter().any(|role| role.starts_with("unlisted")) {
            definition.roles.push(format!("unlisted = {word}"));
            definition.notes.push(match word {
                "accepted" => "the response says nothing about items: as declared, all of them are accepted".into(),
                _ => "the response says nothing about items: as declared, all of them succeeded. If they are only \
                      queued, write `unlisted = accepted`"
                    .to_owned(),
            });
            require_one(definition, "is this always there?");
        }
        Some(RustType::Named(reply))
    }

    /// Whether an object inside may say something about items: it has a result, an error, or a list of objects.
    fn may_report(&self, field: &StructField, depth: usize) -> bool {
        let inner = field.ty.name().and_then(|name| self.types.definitions.get(name));
        let says = |field: &StructField| {
            let is_list = matches!(&field.ty, RustType::List(of) | RustType::Map(of) if of.name().is_some());
            let name = field.folded();
            let is_named = |known: &[&str]| known.contains(&name.as_str());
            is_list
                || is_named(&STATUSES)
                || is_named(&SUCCESSES)
                || is_named(&ERRORS)
                || self.may_report(field, depth + 1)
        };
        depth <= MAX_DEPTH && inner.is_some_and(|inner| inner.fields().iter().any(says))
    }

    /// A type as a reply whose items are all `word`. If it is the reply of another endpoint, of which it says something else, it is a copy.
    fn silent_type(&mut self, name: &str, word: &str) -> String {
        let reply = self.types.add_derive(name, "BulkReply", "Reply");
        // Under 202 what succeeded is accepted anyway.
        let is_same = |other: &str| other == word || other == "succeeded" && self.status == "202";
        let is_other = |role: &String| role.strip_prefix("unlisted = ").is_some_and(|other| !is_same(other));
        if self.types.definitions.get(&reply).is_some_and(|definition| definition.roles.iter().any(is_other)) {
            return self.types.copy(&reply, "BulkReply", word, &format!(" {word}"));
        }
        reply
    }

    /// Marks the numbers of failed and of done items, in a reply that says nothing else about items: `{"imported": 7, "failed": 2}`.
    /// Items that are created and items that are updated, each with a number, are both done: neither number is that of all.
    fn add_counts(&mut self, reply: &str) {
        let Some(definition) = self.types.definitions.get_mut(reply) else { return };
        let of = |field: &StructField| count_role(&field.wire).filter(|_| field.ty == RustType::Plain("i64"));
        for role in ["failed", "succeeded", "accepted"] {
            let mut counts = definition.fields_mut().iter_mut().filter(|field| of(field) == Some(role));
            if let (Some(only), None) = (counts.next(), counts.next()) {
                only.add_role(&format!("count({role})"));
            }
        }
    }

    /// A list of elements without verdicts: the items that it names are done.
    fn add_to_plain_list(&mut self, of: &RustType) -> Option<RustType> {
        let element = match of {
            RustType::Named(_) if self.may_remain => return None,
            RustType::Named(name) => RustType::Named(self.add_to_element(name, false, "")?),
            of if self.is_key(of) => of.clone(),
            _ => return None,
        };
        let ty = RustType::List(Box::new(element));
        let mut definition = Definition::new("The done items.", DefinitionKind::Newtype { role: "succeeded", ty });
        definition.derive = Some("BulkReply");
        definition.notes.push("does the response list the items that are done, and no others?".into());
        Some(RustType::Named(self.types.add(&format!("{} response", self.method.name), definition)))
    }

    /// The indices of an object's fields. Lists of structs come first: they show the key of an item, which decides about bare lists.
    fn search_order(&self, name: &str) -> Vec<usize> {
        let fields = self.types.definitions[name].fields();
        let mut order: Vec<usize> = (0..fields.len()).collect();
        order.sort_by_key(|index| match &fields[*index].ty {
            RustType::List(of) => of.name().is_none(),
            ty => matches!(ty, RustType::Map(_)),
        });
        order
    }

    fn find_role(&mut self, name: &str, index: usize, depth: usize) -> Option<FieldRole> {
        let field = self.types.definitions[name].fields()[index].clone();
        let role = list_role(&field.wire);
        match (&field.ty, role) {
            (RustType::List(of), role) => match of.name() {
                Some(element) => {
                    let renamed = self.add_to_element(element, role.is_none(), &field.docs)?;
                    let renamed = Some((element.to_owned(), renamed));
                    Some(FieldRole { renamed, ..FieldRole::items(index, role.unwrap_or("results")) })
                }
                None => role.filter(|_| self.is_key(of)).map(|role| FieldRole::items(index, role)),
            },
            (RustType::Pairs(key, _), role) if key_type(self.types, self.item) == Some(*key) => {
                Some(FieldRole::items(index, role.unwrap_or("results")))
            }
            // `{"responses": {"a": {}, "b": {"errors": […]}}}`
            (RustType::Map(of), None) => {
                let of = of.name().filter(|name| !self.types.is_words(name))?.to_owned();
                let key = key_type(self.types, self.item)?;
                let value = self.types.add_derive(&of, "ItemReply", "Result");
                add_verdict(self.types, &value).then_some(())?;
                let ty = RustType::Pairs(key, Box::new(RustType::Named(value)));
                self.types.definitions[name].fields_mut()[index].ty = ty;
                Some(FieldRole::items(index, "results"))
            }
            (RustType::Map(of), Some(role)) => {
                let ty = self.pairs_type(of)?;
                self.types.definitions[name].fields_mut()[index].ty = ty;
                Some(FieldRole::items(index, role))
            }
            (RustType::Named(inner), None) if depth < MAX_DEPTH && inner != name => {
                let renamed = Some((inner.clone(), self.add_to_object(inner, depth + 1)?));
                Some(FieldRole { renamed, ..FieldRole::items(index, "nested") })
            }
            (RustType::Plain("i64"), _) => {
                count_role(&field.wire).map(|of| FieldRole::new(index, GuessedRole::Count(of)))
            }
            _ => None,
        }
    }

    /// Adds the roles of a list's element, and returns its name. If `needs_verdict`, it must report the result of its item. `docs` are
    /// those of the list.
    fn add_to_element(&mut self, name: &str, needs_verdict: bool, docs: &str) -> Option<String> {
        if !matches!(self.types.definitions.get(name)?.kind, DefinitionKind::Struct(_)) {
            return None;
        }
        let mut key = find_key(self.types, self.item, name);
        let nested = if key.is_none() { self.find_nested_key(name) } else { None };
        if key.is_none() && nested.is_none() {
            let is_ordered = self.is_ordered || [docs, &self.types.definitions[name].docs].into_iter().any(says_order);
            // A position says nothing about items in groups.
            if !needs_verdict || !is_ordered || self.item.is_grouped(self.types) {
                self.is_unordered |= needs_verdict && !is_ordered;
                return None;
            }
        }
        let mut element = self.types.add_derive(name, "ItemReply", "Result");
        let fields = self.types.definitions.get(&element)?.fields().iter().enumerate();
        let current: Vec<usize> = fields.filter(|(_, field)| field.has_role("key")).map(|(index, _)| index).collect();
        if !current.is_empty() && key.as_ref().is_none_or(|key| !is_same(&current, &key.of_element)) {
            // The type is the element of another endpoint already, with another key.
            let purpose = format!("the items of {}", self.method.name);
            element = self.types.copy(&element, "ItemReply", &purpose, &format!(" of {}", self.method.name));
            key = find_key(self.types, self.item, &element);
            key.as_ref()?;
        }
        match (&key, nested) {
            (Some(key), _) => self.add_key(&element, key)?,
            (None, Some(at)) => self.add_nested_key(&element, at)?,
            (None, None) => {}
        }
        let has_verdict = add_verdict(self.types, &element);
        let definition = self.types.definitions.get_mut(&element)?;
        let is_position = key.is_none() && nested.is_none();
        if is_position && !definition.roles.iter().any(|role| role == "positional") {
            show_success(definition)?;
            definition.roles.push("positional".into());
            definition.notes.push("no field names the item: are the elements in the order of the items?".into());
        }
        (has_verdict || !needs_verdict).then_some(element)
    }

    /// Marks the key of an element, and that of its item.
    fn add_key(&mut self, element: &str, key: &KeyFields) -> Option<()> {
        let definition = self.types.definitions.get_mut(element)?;
        // `positional` on the type excludes a key.
        if definition.roles.is_empty() {
            key.of_element.iter().for_each(|index| definition.fields_mut()[*index].make_key());
            if key.of_element.len() > 1 {
                add_once(&mut definition.notes, "no field alone names the item: do its key fields together?");
            }
            if !key.rivals.is_empty() {
                let rivals: Vec<String> = key.rivals.iter().map(|name| format!("`{name}`")).collect();
                let rivals = rivals.join(", ");
                add_once(&mut definition.notes, &format!("does the key name an item, or does {rivals} (also)?"));
            }
        }
        if let ItemType::Defined(item) = self.item {
            for (index, at) in key.of_item.iter().zip(&key.of_element) {
                let own = self.types.definitions.get_mut(item)?.fields_mut().get_mut(*index)?;
                own.make_key();
                let ty = own.ty.clone();
                self.types.make_key(&ty);
                field_mut(self.types, element, *at)?.ty = ty;
            }
        }
        Some(())
    }

    /// The field of an element with a part of the item in it: `{"item": {"id": "a"}, "status": 404}`.
    fn find_nested_key(&self, element: &str) -> Option<usize> {
        let ItemType::Defined(item) = self.item else { return None };
        let own = self.types.definitions.get(item)?.fields();
        let is_part = |field: &StructField| {
            let inner = field.ty.name().and_then(|name| self.types.definitions.get(name)).map(Definition::fields);
            let inner = inner.unwrap_or_default();
            !inner.is_empty() && inner.iter().all(|field| own.iter().any(|own| own.wire == field.wire))
        };
        let has_key =
            |field: &StructField| field.ty.name().is_some_and(|name| find_key(self.types, self.item, name).is_some());
        self.types.definitions.get(element)?.fields().iter().position(|field| is_part(field) && has_key(field))
    }

    fn add_nested_key(&mut self, element: &str, at: usize) -> Option<()> {
        let inner = field_mut(self.types, element, at)?.ty.name()?.to_owned();
        let key = find_key(self.types, self.item, &inner)?;
        let detail = self.types.add_derive(&inner, "ItemReply", "Detail");
        self.add_key(&detail, &key)?;
        let field = field_mut(self.types, element, at)?;
        field.ty.rename(&inner, &detail);
        field.optional = false;
        field.add_role("key, nested");
        Some(())
    }

    /// A map from keys of items to what is reported of them.
    fn pairs_type(&mut self, of: &RustType) -> Option<RustType> {
        let key = key_type(self.types, self.item)?;
        let of = match of {
            RustType::Plain("String") => of.clone(),
            RustType::Named(name) if self.types.is_words(name) => RustType::Plain("String"),
            RustType::Named(name) => {
                let name = self.types.add_derive(name, "ItemReply", "Result");
                add_verdict(self.types, &name);
                RustType::Named(name)
            }
            _ => return None,
        };
        Some(RustType::Pairs(key, Box::new(of)))
    }

    /// Whether a plain value is the key of an item.
    fn is_key(&mut self, ty: &RustType) -> bool {
        ty.as_key().is_some_and(|key| key_type(self.types, self.item) == Some(key))
    }
}

fn is_same(one: &[usize], other: &[usize]) -> bool {
    one.len() == other.len() && one.iter().all(|index| other.contains(index))
}

/// Whether a text says that something is in the order of something else.
pub(crate) fn says_order(text: &str) -> bool {
    const SIGNS: [&str; 9] = [
        "same order",
        "natural ordering",
        "in order",
        "in the order",
        "order of",
        "order as",
        "correspond",
        "respective",
        "one to one",
    ];
    let text = names::words(text).join(" ");
    SIGNS.iter().any(|sign| text.contains(sign))
}

/// The types of what a reply carries for its items.
#[derive(Default)]
struct Carried {
    success: Option<String>,
    failure: Option<String>,
}

impl Carried {
    /// What a field with a role carries.
    fn of(types: &TypeTable<'_>, role: &str, ty: &RustType) -> Self {
        let element = || match ty {
            RustType::List(of) | RustType::Pairs(_, of) | RustType::Map(of) if of.name().is_some() => {
                Some(of.to_string())
            }
            // Bare keys, and keys with a text.
            ty => Some(if matches!(ty, RustType::Pairs(..)) { ty.to_string() } else { String::new() }),
        };
        match role {
            "succeeded" | "accepted" => Carried { success: element(), failure: None },
            "failed" => Carried { success: None, failure: element() },
            "results" => Carried { success: element(), failure: element() },
            "nested" => {
                let mut all = Carried::default();
                let definition = ty.name().and_then(|name| types.definitions.get(name));
                for field in definition.map(Definition::fields).unwrap_or_default() {
                    for role in &field.roles {
                        all.add(&Carried::of(types, role, &field.ty));
                    }
                }
                all
            }
            _ => Carried::default(),
        }
    }

    /// Returns whether both can be in one reply.
    fn add(&mut self, other: &Carried) -> bool {
        let fits = |own: &Option<String>, other: &Option<String>| own.is_none() || other.is_none() || own == other;
        if !fits(&self.success, &other.success) || !fits(&self.failure, &other.failure) {
            return false;
        }
        self.success = self.success.take().or_else(|| other.success.clone());
        self.failure = self.failure.take().or_else(|| other.failure.clone());
        true
    }
}

/// Adds a text unless it is there: two statuses, or two operations, may have one reply.
fn add_once(texts: &mut Vec<String>, text: &str) {
    if !texts.iter().any(|other| other == text) {
        texts.push(text.to_owned());
    }
}

/// A reply shows its shape by a field that is always there. If all are optional, one of them becomes it.
fn require_one(definition: &mut Definition, question: &str) {
    if definition.fields().iter().any(|field| !field.optional) {
        return;
    }
    let is_text = |field: &StructField| field.has_role("code") || field.has_role("message");
    let rank = |field: &StructField| [field.nullable, field.roles.is_empty() || is_text(field), field.folded() != "id"];
    if let Some(field) = definition.fields_mut().iter_mut().min_by_key(|field| rank(field)) {
        field.optional = false;
        field.notes.push(question.to_owned());
    }
}

/// An element without a key that is done by the absence of a failure needs a field that shows it. Without one it is not declared.
fn show_success(definition: &mut Definition) -> Option<()> {
    let fields = definition.fields();
    let fails = fields.iter().any(|field| field.roles.iter().any(|role| role.starts_with("failed")));
    if !fails || fields.iter().any(|field| !field.optional) {
        return Some(());
    }
    let fits = |field: &&mut StructField| {
        field.roles.is_empty() && matches!(field.ty, RustType::Plain("String" | "i64" | "bool") | RustType::List(_))
    };
    let field = definition.fields_mut().iter_mut().find(fits)?;
    field.add_role("succeeded");
    field.notes.push("does only a done element have this field?".into());
    Some(())
}
