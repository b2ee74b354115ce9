//! Which operations are declared, and in which order: those that the user names, else those that look bulk.

use std::fmt;

use anyhow::{Result, bail};

use crate::args::Args;
use crate::candidate::Candidate;
use crate::openapi::OpenApi;
use crate::operation::ApiOperation;

/// The operations that are declared.
pub(crate) struct Selection<'a> {
    pub(crate) candidates: Vec<Candidate<'a>>,
    /// The number of operations in the document.
    total: usize,
    /// The number of doubtful operations that are left out.
    doubtful: usize,
}

impl<'a> Selection<'a> {
    pub(crate) fn new(api: &'a OpenApi, args: &Args) -> Result<Self> {
        let all: Vec<Candidate<'a>> = ApiOperation::all(api).map(Candidate::new).collect();
        let total = all.len();
        let file = args.file.display();
        for id in &args.operation {
            if !all.iter().any(|candidate| candidate.is_named(id)) {
                bail!("expected the id of one of the {total} operations of {file}, found {id:?}: {}", hint(&all, id));
            }
        }
        let is_selected = |candidate: &Candidate<'_>| match args.operation.as_slice() {
            [] => candidate.is_bulk() || args.doubtful && candidate.is_doubtful(),
            ids => ids.iter().any(|id| candidate.is_named(id)),
        };
        let is_left_out = |candidate: &&Candidate<'_>| candidate.is_doubtful() && !is_selected(candidate);
        let doubtful = if args.operation.is_empty() { all.iter().filter(is_left_out).count() } else { 0 };
        let mut candidates: Vec<Candidate<'a>> = all.into_iter().filter(is_selected).collect();
        // The surest first; the order of the file otherwise.
        candidates.sort_by_key(|candidate| [candidate.items.is_none(), !candidate.is_bulk(), !candidate.is_sure]);
        if candidates.is_empty() {
            let hint =
                if doubtful > 0 { format!(" for sure, {doubtful} may be: see --doubtful") } else { String::new() };
            bail!("none of the {total} operations of {file} looks bulk{hint}, or name one with --operation");
        }
        Ok(Selection { candidates, total, doubtful })
    }
}

/// The operations whose ids contain what the user wrote.
fn hint(all: &[Candidate<'_>], id: &str) -> String {
    let wanted = id.to_lowercase();
    let ids = all.iter().map(|candidate| candidate.operation.id());
    let similar: Vec<String> = ids.filter(|id| id.to_lowercase().contains(&wanted)).take(5).collect();
    match similar.as_slice() {
        [] => "--list shows the operations that look bulk".to_owned(),
        similar => format!("did you mean {}?", similar.join(", ")),
    }
}

/// The list, one line for each operation.
impl fmt::Display for Selection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} of {} operations:", self.candidates.len(), self.total)?;
        for Candidate { operation, items, obstacle, reasons, doubts, .. } in &self.candidates {
            let obstacle = obstacle.as_deref().unwrap_or("its request has no array");
            let missing = if items.is_none() { format!("; not declared: {obstacle}") } else { String::new() };
            let method = operation.method.to_uppercase();
            let reasons = if reasons.is_empty() { "named by --operation".to_owned() } else { reasons.join(", ") };
            let doubts = if doubts.is_empty() { String::new() } else { format!("; but {}", doubts.join(", ")) };
            writeln!(f, "  {}  ({method} {}): {reasons}{doubts}{missing}", operation.id(), operation.path)?;
        }
        if self.doubtful > 0 {
            writeln!(f, "{} more are doubtful, such as one object with a list in it: see --doubtful", self.doubtful)?;
        }
        Ok(())
    }
}
