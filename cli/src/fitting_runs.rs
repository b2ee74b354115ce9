//! Which earlier runs have items that fit an endpoint.

use std::any::{TypeId, type_name};
use std::sync::Arc;

use anyhow::{Result, bail};

use crate::task::Task;

/// The type of the ids of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IdType {
    id: TypeId,
    /// Whether it is declared for these ids, and is no type of the standard library, which any ids can have.
    is_declared: bool,
}

impl IdType {
    pub(crate) fn of<K: 'static>() -> Self {
        let name = type_name::<K>().trim_start_matches('(');
        let crate_of = name.split_once("::").map(|(name, _)| name);
        let is_declared = crate_of.is_some_and(|name| !["alloc", "core", "std"].contains(&name));
        IdType { id: TypeId::of::<K>(), is_declared }
    }
}

/// The endpoints whose ids an endpoint takes, such as those of its inverse.
#[derive(Debug, Clone)]
pub(crate) struct FittingRuns(Arc<[Task]>);

impl FittingRuns {
    /// Those among these endpoints that are of the same vendor and have the same type of ids. A type that is declared for
    /// ids is the same ids also at another vendor, such as another version of an API.
    pub(crate) fn among(endpoints: impl Iterator<Item = (Task, IdType)>, provider: &str, ids: IdType) -> Self {
        let is_here = |task: &Task| ids.is_declared || &*task.provider == provider;
        FittingRuns(endpoints.filter(|(task, found)| *found == ids && is_here(task)).map(|(task, _)| task).collect())
    }

    /// Checks that the items of an operation fit. What is no operation, as of a run with a name of its own, says nothing about them.
    ///
    /// # Errors
    ///
    /// Their ids have another type, or this program does not have the operation.
    pub(crate) fn check(&self, provider: &str, operation: &str) -> Result<()> {
        let says_nothing = operation.is_empty() || operation.contains(' ');
        if says_nothing || self.0.iter().any(|task| (&*task.provider, &*task.operation) == (provider, operation)) {
            return Ok(());
        }
        let fitting: Vec<String> = self.0.iter().map(Task::to_string).collect();
        let found = format!("{provider} {operation}");
        bail!("expected items of {}, found those of {found:?}; give ids that fit with --input", fitting.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct MailId;

    #[test]
    fn ids_of_one_type_fit() {
        let (mails, texts) = (IdType::of::<MailId>(), IdType::of::<String>());
        let all = || {
            let endpoints = [("delete", mails), ("restore", mails), ("block", texts), ("number", IdType::of::<u64>())];
            ["old", "new"]
                .into_iter()
                .flat_map(move |vendor| endpoints.map(|(name, ids)| (Task::new(vendor, name), ids)))
        };
        for (ids, want) in [(mails, "old delete, old restore, new delete, new restore"), (texts, "old block")] {
            let fitting = FittingRuns::among(all(), "old", ids);
            assert_eq!(fitting.0.iter().map(Task::to_string).collect::<Vec<_>>().join(", "), want);
        }
    }

    #[test]
    fn a_type_of_the_standard_library_is_not_declared_for_ids() {
        for (ids, want) in [
            (IdType::of::<MailId>(), true),
            (IdType::of::<(MailId, u8)>(), true),
            (IdType::of::<(String, u8)>(), false),
            (IdType::of::<u64>(), false),
        ] {
            assert_eq!(ids.is_declared, want, "{ids:?}");
        }
    }
}
