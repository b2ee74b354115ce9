//! `declare`: a first declaration out of a vendor's OpenAPI file.
//!
//! `node` reads files, `spec` what they say, `look` finds what looks bulk, `declare` makes methods of it with `types` and `roles`,
//! `names` names, `print` writes.

mod declare;
mod look;
mod names;
mod node;
mod print;
mod roles;
mod spec;
mod types;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;

use declare::Declaration;
use look::Candidate;
use spec::Spec;

const LONG_ABOUT: &str = "\
Reads a vendor's OpenAPI 3 or Swagger 2.0 file (JSON or YAML), lists the operations that look bulk,
and prints a trait that declares them, with its types: a module to start from.

An operation looks bulk if its request has an array with a limit, if it says `bulk` or `batch`, or if
its response tells of single items. What the file does not say is marked `TODO(you)` in what is printed:
limits that are nowhere, what a status means, whether an item may be retried. Roles are guessed from
names: hold them against the vendor's documentation before anything is sent.";

const AFTER_LONG_HELP: &str = "\
The list goes to standard error, the module to standard output.

Exit status:
  0  a module was printed, or with --list a list
  1  the file could not be read, or nothing in it looks bulk

Examples:
  declare vendor.yaml --list
  declare vendor.yaml > src/vendor.rs
  declare vendor.json --operation bulkDeleteUsers --name Users > src/users.rs";

/// Makes a first declaration out of a vendor's OpenAPI file.
#[derive(Debug, Parser)]
#[command(name = "declare", version, long_about = LONG_ABOUT, after_long_help = AFTER_LONG_HELP)]
struct Args {
    /// The OpenAPI file.
    #[arg(value_name = "FILE")]
    spec: PathBuf,

    /// Declare this operation, whether it looks bulk or not: its operationId, or method and path. Repeatable.
    #[arg(long, value_name = "ID")]
    operation: Vec<String>,

    /// The name of the trait; made of the API's title otherwise.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Only list what looks bulk, on standard output.
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "declare: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let spec = Spec::read(&args.spec)?;
    let (all, chosen) = choose(&spec, args)?;
    let list = list(all, &chosen);
    if args.list {
        write!(std::io::stdout(), "{list}")?;
        return Ok(());
    }
    let _ = write!(std::io::stderr(), "{list}");
    let mut declaration = Declaration::new(&spec, args.name.as_deref().unwrap_or(spec.title()));
    for candidate in &chosen {
        if let Some(items) = &candidate.items {
            declaration.add(candidate, items);
        }
    }
    if declaration.methods.is_empty() {
        bail!("none of these has an array of items in its request: there is nothing to declare");
    }
    write!(std::io::stdout(), "{}", print::print(&declaration, &spec, &args.spec))?;
    Ok(())
}

/// How many operations there are, and those that are asked for, or look bulk.
fn choose<'a>(spec: &'a Spec, args: &Args) -> Result<(usize, Vec<Candidate<'a>>)> {
    let candidates: Vec<Candidate<'a>> = spec.operations().map(Candidate::of).collect();
    let all = candidates.len();
    let names = |candidate: &Candidate<'_>, id: &str| {
        let operation = candidate.operation;
        operation.id() == id || format!("{} {}", operation.method, operation.path).eq_ignore_ascii_case(id)
    };
    for id in &args.operation {
        if !candidates.iter().any(|candidate| names(candidate, id)) {
            let like =
                |candidate: &&Candidate<'_>| candidate.operation.id().to_lowercase().contains(&id.to_lowercase());
            let like: Vec<String> = candidates.iter().filter(like).take(5).map(|one| one.operation.id()).collect();
            let hint = match like.as_slice() {
                [] => "--list shows those that look bulk".to_owned(),
                like => format!("is one of these meant? {}", like.join(", ")),
            };
            bail!("{} has no operation {id:?} among {all}: {hint}", args.spec.display());
        }
    }
    let chosen = candidates.into_iter().filter(|candidate| match args.operation.as_slice() {
        [] => !candidate.reasons.is_empty(),
        ids => ids.iter().any(|id| names(candidate, id)),
    });
    let chosen: Vec<Candidate<'a>> = chosen.collect();
    if chosen.is_empty() {
        bail!("none of the {all} operations of {} looks bulk: name one with --operation", args.spec.display());
    }
    Ok((all, chosen))
}

/// What was found, a line each.
fn list(all: usize, chosen: &[Candidate<'_>]) -> String {
    let mut list = format!("{} of {all} operations:\n", chosen.len());
    for Candidate { operation, items, reasons } in chosen {
        let missing = if items.is_none() { "; not declared, as its request has no array" } else { "" };
        let method = operation.method.to_uppercase();
        let reasons = if reasons.is_empty() { "asked for".to_owned() } else { reasons.join(", ") };
        list += &format!("  {}  ({method} {}): {reasons}{missing}\n", operation.id(), operation.path);
    }
    list
}
