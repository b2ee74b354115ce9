//! `declare`: makes a first declaration from a vendor's OpenAPI file.
//!
//! The stages are `documents`, `openapi` and `operation` (read the files), `candidate` and `selection` (choose operations), `declaration`
//! (make methods and types), `print` (write the module).

mod args;
mod arguments;
mod candidate;
mod comments;
mod declaration;
mod definition;
mod documents;
mod element_roles;
mod error_body;
mod error_roles;
mod hints;
mod item_key;
mod item_type;
mod items;
mod method;
mod names;
mod node;
mod openapi;
mod operation;
mod path;
mod print;
mod renames;
mod reply;
mod reply_roles;
mod role_names;
mod rust_type;
mod selection;
mod stated;
mod surroundings;
mod type_table;

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;

use args::Args;
use declaration::Declaration;
use openapi::OpenApi;
use selection::Selection;

/// The most broken references that are listed.
const MAX_BROKEN: usize = 10;

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
    let api = OpenApi::read(&args.file, args.root.as_deref())?;
    tell_broken_references(&api);
    let selection = Selection::new(&api, args)?;
    if args.list {
        write!(std::io::stdout(), "{selection}")?;
        return Ok(());
    }
    let _ = write!(std::io::stderr(), "{selection}");
    let mut declaration = Declaration::new(&api, args.name.as_deref().unwrap_or(api.title()));
    for candidate in &selection.candidates {
        match (&candidate.items, &candidate.obstacle) {
            (Some(items), _) => declaration.add(candidate.operation, items),
            (None, Some(obstacle)) => declaration.note_missing(candidate.operation, obstacle),
            (None, None) => {}
        }
    }
    if declaration.methods.is_empty() {
        bail!(
            "expected a request with an array of items, found none in these operations: name another with --operation"
        );
    }
    write!(std::io::stdout(), "{}", print::print_module(&declaration, &api, &args.file))?;
    Ok(())
}

fn tell_broken_references(api: &OpenApi) {
    let broken = api.broken_references();
    for reference in broken.iter().take(MAX_BROKEN) {
        let _ = writeln!(std::io::stderr(), "declare: {reference}");
    }
    if broken.len() > MAX_BROKEN {
        let _ = writeln!(std::io::stderr(), "declare: and {} more references", broken.len() - MAX_BROKEN);
    }
}
