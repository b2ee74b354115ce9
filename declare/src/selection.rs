//! Which operations are declared: those that the user names, else those that look bulk.

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
            [] => !candidate.reasons.is_empty(),
            ids => ids.iter().any(|id| candidate.is_named(id)),
        };
        let candidates: Vec<Candidate<'a>> = all.into_iter().filter(is_selected).collect();
        if candidates.is_empty() {
            bail!("none of the {total} operations of {file} looks bulk: name one with --operation");
        }
        Ok(Selection { candidates, total })
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
        for Candidate { operation, items, reasons } in &self.candidates {
            let missing = if items.is_none() { "; not declared: its request has no array" } else { "" };
            let method = operation.method.to_uppercase();
            let reasons = if reasons.is_empty() { "named by --operation".to_owned() } else { reasons.join(", ") };
            writeln!(f, "  {}  ({method} {}): {reasons}{missing}", operation.id(), operation.path)?;
        }
        Ok(())
    }
}
